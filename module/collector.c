// SPDX-License-Identifier: GPL-2.0-only
/* The collector, which ends records at their deadline, and passes over the whole table. */
#include "collector.h"

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "account.h"
#include "clock.h"
#include "deadline.h"
#include "expiry.h"
#include "owner.h"
#include "reclaim.h"
#include "report.h"
#include "zone.h"

/* The collector waits at least so long and, while there are records, at most so long. */
#define WAIT_MIN_MS		20
#define WAIT_MAX_MS		60000

/*
 * A look at a record takes up to 200 ns. After a pass that nobody waits for, rest a hundred
 * times as long. The duration of a pass would be a worse measure, because a pass may be
 * interrupted.
 */
#define LOOKS_PER_MS		50

/*
 * A pass that a shortened timeout asks for rests less, for 8 s after a million looks: however
 * often somebody asks, such passes take a fortieth of a CPU.
 */
#define ASKED_LOOKS_PER_MS	125
#define PASS_REST_MIN_MS	100

/* As long as a look at a record takes a pass through so many empty buckets. */
#define BUCKETS_PER_LOOK	16

/*
 * A walk that takes back zones looks at a record in 50 ns. Rest a hundred times as long before the
 * zones of a namespace are taken back once more: after the two walks through a table of a million
 * records for 10 s, and never for less than a second.
 */
#define RECLAIM_LOOKS_PER_MS	200
#define RECLAIM_REST_MIN_MS	1000

static struct workqueue_struct *workqueue;

static void collect(struct work_struct *work);
static void pass(struct work_struct *work);

/* When the collector runs next */
static struct {
	/* Protects the rest; nests inside the bucket's lock. */
	spinlock_t lock;
	bool armed;
	u32 at_ms;
	/* When the last run that has ended began */
	u32 from_ms;
	/* How many records it has looked at */
	unsigned int looks;
	struct delayed_work work;
} collector ____cacheline_aligned_in_smp = {
	.lock = __SPIN_LOCK_UNLOCKED(collector.lock),
	.work = __DELAYED_WORK_INITIALIZER(collector.work, collect, 0),
};

/* The pass over all records: why it is due, when the last one ended, and what it looked at. */
static struct {
	unsigned long reasons;
	u32 ended_ms;
	unsigned int looks;
	/* How many there were */
	unsigned int passes;
	struct delayed_work work;
} passing = {
	.work = __DELAYED_WORK_INITIALIZER(passing.work, pass, 0),
};

/*
 * When to look again at a bucket that is due in @left_ms. The timer wheel is late by up to an
 * eighth, so approach the deadline in hops, each an eighth as long as the one before.
 */
static u32 hop_of(u32 left_ms)
{
	return clamp_t(u32, left_ms - left_ms / 8, WAIT_MIN_MS, WAIT_MAX_MS);
}

/* Is the collector going to run in @wait_ms or sooner? With or without the lock */
static bool is_armed(u32 wait_ms, u32 now_ms)
{
	/* Pairs with the release in arm(): the time that is read is not one from before. */
	return smp_load_acquire(&collector.armed) &&
	       (s32)(READ_ONCE(collector.at_ms) - now_ms - wait_ms) <= 0;
}

/* Make the collector run in time for a deadline, which a block has already: see DOC: marks. */
static void arm(u32 mark, u32 now_ms)
{
	u32 wait_ms = hop_of(tcpstate_deadline_left_ms(mark, now_ms));

	if (is_armed(wait_ms, now_ms))
		return;
	spin_lock_bh(&collector.lock);
	if (!is_armed(wait_ms, now_ms)) {
		WRITE_ONCE(collector.at_ms, now_ms + wait_ms);
		/* Publish the time first: a CPU that sees the flag must also see the time. */
		smp_store_release(&collector.armed, true);
		mod_delayed_work(workqueue, &collector.work, msecs_to_jiffies(wait_ms));
	}
	spin_unlock_bh(&collector.lock);
}

/**
 * tcpstate_collector_note() - let the collector come in time for a record
 * @tn: its namespace
 * @bucket: its bucket
 * @flow: the record, which is new, or in another class, or in another state of the class
 * @class: its class
 *
 * Context: @bucket locked.
 */
void tcpstate_collector_note(struct tcpstate_net *tn, struct tcpstate_bucket *bucket,
			     const struct tcpstate_flow *flow, enum tcpstate_timer class)
{
	u32 now_ms = tcpstate_clock_now_ms();
	unsigned int number = tcpstate_table_number(bucket);
	u8 others = TCPSTATE_HINT_NONE;
	u32 mark = tcpstate_expiry_mark(tn, &flow->conn, class, now_ms, &others);

	if (unlikely(others != TCPSTATE_HINT_NONE))
		tcpstate_deadline_lower_others(number, others);
	if (unlikely(tcpstate_deadline_lower(number, mark)))
		arm(mark, now_ms);
}

static void expire(struct tcpstate_net *tn, struct tcpstate_bucket *bucket,
		   struct tcpstate_flow *flow)
{
	enum tcpstate_verdict verdict = tcpstate_phase_expired(&flow->conn);
	struct tcpstate_change change = {
		.states = flow->conn.states,
		.timer = tcpstate_phase_timer(&flow->conn),
	};

	tcpstate_fsm_expire(&flow->conn, &change.result);
	tcpstate_table_end(tn, bucket, flow, verdict, &change);
}

/**
 * tcpstate_collector_end_due() - end a record if it is due
 * @tn: its namespace; NULL if the record is left over, and so is due
 * @bucket: its bucket
 * @flow: the record
 * @class: its class
 * @now_ms: tcpstate_clock_now_ms()
 *
 * Context: @bucket locked, under rcu_read_lock().
 * Return: true if it was ended.
 */
bool tcpstate_collector_end_due(struct tcpstate_net *tn, struct tcpstate_bucket *bucket,
				struct tcpstate_flow *flow, enum tcpstate_timer class,
				u32 now_ms)
{
	if (unlikely(!tn))
		tcpstate_table_drop(tcpstate_zone_find_owner(flow), bucket, flow);
	else if (tcpstate_expiry_is_due(tn, &flow->conn, class, now_ms))
		expire(tn, bucket, flow);
	else
		return false;
	return true;
}

/* End what is due in a bucket, and write its mark. Return how many records it had. */
static unsigned int sweep(struct tcpstate_bucket *bucket, unsigned int number, u32 now_ms)
{
	struct tcpstate_flow *flows[TCPSTATE_CROWD_MAX];
	unsigned int looks = tcpstate_bucket_gather(bucket, flows), n;
	u32 mark = TCPSTATE_DEADLINE_NONE;
	u8 others = TCPSTATE_HINT_NONE;

	for (n = looks; n--; ) {
		struct tcpstate_flow *flow = flows[n];
		enum tcpstate_timer class = tcpstate_phase_timer(&flow->conn);
		struct tcpstate_net *tn = tcpstate_zone_find_net(flow);
		u32 its;

		if (tcpstate_collector_end_due(tn, bucket, flow, class, now_ms))
			continue;
		tcpstate_account_mark(flow->owner);
		its = tcpstate_expiry_mark(tn, &flow->conn, class, now_ms, &others);
		mark = tcpstate_deadline_merge(mark, its);
	}
	tcpstate_deadline_write_mark(number, mark);
	tcpstate_deadline_write_others(number, others);
	return looks;
}

static bool is_over(u32 mark)
{
	return mark != TCPSTATE_DEADLINE_NONE &&
	       !tcpstate_deadline_left_ms(mark, tcpstate_clock_now_ms());
}

/* Sweep a bucket. Return its mark, and add to @looks how many records it had. */
static u32 visit(unsigned int number, unsigned int *looks)
{
	struct tcpstate_bucket *bucket = tcpstate_table_bucket(number);
	u32 mark;

	tcpstate_bucket_lock_bh(bucket);
	rcu_read_lock();
	*looks += sweep(bucket, number, tcpstate_clock_now_ms());
	rcu_read_unlock();
	mark = tcpstate_deadline_read(number);
	tcpstate_bucket_unlock_bh(bucket);
	return mark;
}

/*
 * Sweep the buckets of a block where something is due, or all of them, and set the block's
 * deadline. Return it, and add to @looks how many records there were.
 */
static u32 sweep_block(unsigned int block, bool all, unsigned int *looks)
{
	unsigned int first = block * TCPSTATE_DEADLINE_BLOCK, i;
	struct tcpstate_bucket *bucket;
	u32 mark;

	tcpstate_deadline_empty_block(block);
	for (i = first; i < first + TCPSTATE_DEADLINE_BLOCK; i++) {
		bucket = tcpstate_table_bucket(i);
		if (!bucket)
			break;
		mark = tcpstate_deadline_read(i);
		if ((all && !tcpstate_bucket_is_empty(bucket)) || is_over(mark)) {
			tcpstate_table_prefetch(i + 1);
			mark = visit(i, looks);
		}
		tcpstate_deadline_lower_block(i, mark);
	}
	cond_resched();
	return tcpstate_deadline_read_block(block);
}

static void collect(struct work_struct *work)
{
	u32 from_ms = tcpstate_clock_now_ms(), next = TCPSTATE_DEADLINE_NONE;
	unsigned int block, looks = 0;

	spin_lock_bh(&collector.lock);
	WRITE_ONCE(collector.armed, false);
	spin_unlock_bh(&collector.lock);
	/*
	 * Disarm before reading the blocks: a CPU that lowers a block reads afterwards whether the
	 * collector is armed, so either it arms, or this run sees its block. See DOC: marks.
	 */
	smp_mb();

	for (block = 0; block < tcpstate_deadline_blocks(); block++) {
		u32 due = tcpstate_deadline_read_block(block);

		if (is_over(due))
			due = sweep_block(block, false, &looks);
		if (tcpstate_deadline_earlier(due, next))
			next = due;
	}
	WRITE_ONCE(collector.looks, collector.looks + looks);
	WRITE_ONCE(collector.from_ms, from_ms);
	if (next != TCPSTATE_DEADLINE_NONE)
		arm(next, tcpstate_clock_now_ms());
}

/* How long to rest before a pass that is due for @reasons */
static u32 rest_before(unsigned long reasons)
{
	unsigned int looks_per_ms = reasons & BIT(TCPSTATE_PASS_SHORTENED) ? ASKED_LOOKS_PER_MS :
									     LOOKS_PER_MS;
	u32 rest_ms = READ_ONCE(passing.looks) / looks_per_ms;

	return tcpstate_expiry_rest_ms(READ_ONCE(passing.ended_ms),
				       max_t(u32, rest_ms, PASS_REST_MIN_MS),
				       tcpstate_clock_now_ms());
}

/**
 * tcpstate_collector_ask() - ask for a pass over all records
 * @reason: why
 *
 * One pass serves all who asked before it began. A longer timeout needs none: the collector looks
 * too early, once, and waits again.
 *
 * Context: any up to softirq.
 */
void tcpstate_collector_ask(enum tcpstate_pass_reason reason)
{
	u32 rest_ms;

	if (test_and_set_bit(reason, &passing.reasons))
		return;
	rest_ms = rest_before(READ_ONCE(passing.reasons));
	mod_delayed_work(workqueue, &passing.work, msecs_to_jiffies(rest_ms));
}

static void pass(struct work_struct *work)
{
	u32 rest_ms = rest_before(READ_ONCE(passing.reasons));
	unsigned int blocks = tcpstate_deadline_blocks(), block;
	unsigned int looks = blocks * TCPSTATE_DEADLINE_BLOCK / BUCKETS_PER_LOOK;
	u32 due, next = TCPSTATE_DEADLINE_NONE;

	/* Somebody may have asked while the last pass was under way. */
	if (rest_ms) {
		queue_delayed_work(workqueue, &passing.work, msecs_to_jiffies(rest_ms));
		return;
	}
	WRITE_ONCE(passing.reasons, 0);
	/* A request that comes from now on is one for another pass. */
	smp_mb();
	tcpstate_zone_begin_pass();
	tcpstate_account_begin_pass();
	for (block = 0; block < blocks; block++) {
		due = sweep_block(block, true, &looks);
		if (tcpstate_deadline_earlier(due, next))
			next = due;
	}
	tcpstate_zone_end_pass();
	if (tcpstate_account_end_pass())
		tcpstate_collector_ask(TCPSTATE_PASS_ACCOUNTS);
	WRITE_ONCE(passing.looks, looks);
	WRITE_ONCE(passing.ended_ms, tcpstate_clock_now_ms());
	WRITE_ONCE(passing.passes, passing.passes + 1);
	if (next != TCPSTATE_DEADLINE_NONE)
		arm(next, tcpstate_clock_now_ms());
}

/**
 * tcpstate_collector_flush() - carry out now what the collector is to do later
 *
 * That is to end what is due, and the pass that was asked for, unless it has to rest.
 *
 * Context: process; may sleep.
 */
void tcpstate_collector_flush(void)
{
	flush_delayed_work(&passing.work);
	flush_delayed_work(&collector.work);
}

/**
 * tcpstate_collector_get_state() - tell where the collector stands
 *
 * Context: any.
 * Return: its state.
 */
struct tcpstate_collector_state tcpstate_collector_get_state(void)
{
	return (struct tcpstate_collector_state){
		.armed = READ_ONCE(collector.armed),
		.at_ms = READ_ONCE(collector.at_ms),
		.from_ms = READ_ONCE(collector.from_ms),
		.looks = READ_ONCE(collector.looks),
		.asked = READ_ONCE(passing.reasons),
		.passes = READ_ONCE(passing.passes),
	};
}

/* How long to rest before the zones of a namespace are taken back once more */
static u32 rest_before_reclaim(const struct tcpstate_net *tn)
{
	u32 rest_ms = READ_ONCE(tn->reclaim_looks) / RECLAIM_LOOKS_PER_MS;

	return tcpstate_expiry_rest_ms(READ_ONCE(tn->reclaimed_ms),
				       max_t(u32, rest_ms, RECLAIM_REST_MIN_MS),
				       tcpstate_clock_now_ms());
}

static void rest_and_reclaim(struct tcpstate_net *tn)
{
	queue_delayed_work(workqueue, &tn->reclaimer, msecs_to_jiffies(rest_before_reclaim(tn)));
}

static void reclaim(struct work_struct *work)
{
	struct tcpstate_net *tn = container_of(to_delayed_work(work), struct tcpstate_net,
					       reclaimer);

	/* A packet may have asked while the last walks were under way. */
	if (rest_before_reclaim(tn)) {
		rest_and_reclaim(tn);
		return;
	}
	WRITE_ONCE(tn->reclaim_looks, tcpstate_reclaim_zones(tn));
	WRITE_ONCE(tn->reclaimed_ms, tcpstate_clock_now_ms());
	if (tcpstate_zone_is_scarce(tn))
		rest_and_reclaim(tn);
}

/**
 * tcpstate_collector_reclaim() - take back the zones of interfaces without records soon
 * @tn: the namespace, whose zones are scarce
 *
 * Context: any up to softirq.
 */
void tcpstate_collector_reclaim(struct tcpstate_net *tn)
{
	if (!delayed_work_pending(&tn->reclaimer))
		rest_and_reclaim(tn);
}

/**
 * tcpstate_collector_net_init() - set up what reclaims a namespace's zones
 * @tn: the namespace
 *
 * Context: process.
 */
void tcpstate_collector_net_init(struct tcpstate_net *tn)
{
	INIT_DELAYED_WORK(&tn->reclaimer, reclaim);
	tn->reclaimed_ms = tcpstate_clock_now_ms() - RECLAIM_REST_MIN_MS;
}

/**
 * tcpstate_collector_net_exit() - stop what reclaims a namespace's zones
 * @tn: the namespace, whose hooks are gone already
 *
 * Context: process; may sleep.
 */
void tcpstate_collector_net_exit(struct tcpstate_net *tn)
{
	cancel_delayed_work_sync(&tn->reclaimer);
}

/**
 * tcpstate_collector_init() - make the collector's workqueue
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int tcpstate_collector_init(void)
{
	passing.ended_ms = tcpstate_clock_now_ms() - PASS_REST_MIN_MS;
	/* Unbound, because a million records that are due at once take most of a second */
	workqueue = alloc_workqueue("tcpstate", WQ_UNBOUND, 0);
	return workqueue ? 0 : -ENOMEM;
}

/**
 * tcpstate_collector_exit() - stop the collector, and free what is left over; no namespace is left
 *
 * The owners of what is left over must not have any records when they go.
 *
 * Context: process; may sleep.
 */
void tcpstate_collector_exit(void)
{
	unsigned int block, looks = 0;

	cancel_delayed_work_sync(&passing.work);
	cancel_delayed_work_sync(&collector.work);
	for (block = 0; block < tcpstate_deadline_blocks(); block++)
		sweep_block(block, true, &looks);
	destroy_workqueue(workqueue);
}
