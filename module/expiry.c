// SPDX-License-Identifier: GPL-2.0-only
/* Deadlines by timeout class, and the collector that frees what is due. */
#include "expiry.h"

#include <linux/bottom_half.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "clock.h"
#include "queue.h"
#include "report.h"

/* Records looked at, and freed, in one section with bottom halves off. */
#define LOOKS_MAX		64
#define CLAIMS_MAX		16

/* The collector runs no oftener, and while there are records no rarer. */
#define WAIT_MIN_MS		20
#define WAIT_MAX_MS		60000

/*
 * A look at a record takes some 200 ns. With a hundred times as much rest for each
 * of a pass, passes take a hundredth of a CPU, however short the timeouts are. The
 * time a pass took says less: it may have stood still in the middle.
 */
#define LOOKS_PER_MS		50

/* A record may be refreshed between reading the clock and reading the record. */
#define SKEW_MS			60000

static struct workqueue_struct *workqueue;

static const unsigned int default_timeout_ms[TCPSTATE_TIMERS] = {
	/* Longer than the 64 s that Linux waits after its last SYN; as nf_conntrack. */
	[TCPSTATE_TIMER_HANDSHAKE]	= 120 * MSEC_PER_SEC,
	[TCPSTATE_TIMER_UNSURE]		= 300 * MSEC_PER_SEC,
	/* RFC 5382, REQ-5 asks for 2 h 4 min at least; as nf_conntrack. */
	[TCPSTATE_TIMER_ESTABLISHED]	= 432000 * MSEC_PER_SEC,
	/* A forgotten close() is looked for half a day later. */
	[TCPSTATE_TIMER_HALF_CLOSED]	= 43200 * MSEC_PER_SEC,
	/* Twice the 120 s between two retransmissions (TCP_RTO_MAX). */
	[TCPSTATE_TIMER_CLOSING]	= 240 * MSEC_PER_SEC,
	/* 2MSL as Linux has it (TCP_TIMEWAIT_LEN). */
	[TCPSTATE_TIMER_TIME_WAIT]	= 60 * MSEC_PER_SEC,
	/* Linux' own TIME_WAIT timer fires up to an eighth of 60 s late. */
	[TCPSTATE_TIMER_CLOSED]		= 10 * MSEC_PER_SEC,
};

static u32 time_left(u32 since_ms, u32 timeout_ms, u32 now_ms)
{
	u32 elapsed_ms = now_ms - since_ms;

	if (elapsed_ms > U32_MAX - SKEW_MS)
		elapsed_ms = 0;
	return elapsed_ms < timeout_ms ? timeout_ms - elapsed_ms : 0;
}

/**
 * tcpstate_expiry_left_ms() - how long a connection has in its class
 * @tn: its namespace
 * @conn: the connection
 * @now_ms: tcpstate_clock_now_ms()
 *
 * In TIME_WAIT that is what is left of 2MSL (RFC 9293, 3.4.2).
 *
 * Context: any; the caller has the connection, or a copy, to itself.
 * Return: ms; 0: it is over.
 */
u32 tcpstate_expiry_left_ms(const struct tcpstate_net *tn,
			    const struct tcpstate_conn *conn, u32 now_ms)
{
	enum tcpstate_timer class = tcpstate_phase_timer(conn);

	return time_left(conn->last_seen_ms, READ_ONCE(tn->timeout_ms[class]), now_ms);
}

/*
 * How long a record of a class stays. From TIME_WAIT it goes only some time after
 * the countdown's end: the socket answers until its own timer fires, and each
 * answer starts 2MSL again.
 */
static u32 stay_of(const struct tcpstate_net *tn, enum tcpstate_timer class)
{
	u32 stay_ms = READ_ONCE(tn->timeout_ms[class]);

	if (class == TCPSTATE_TIMER_TIME_WAIT)
		stay_ms += READ_ONCE(tn->timeout_ms[TCPSTATE_TIMER_CLOSED]);
	return min_t(u32, stay_ms, TCPSTATE_TIMEOUT_MAX_MS);
}

/* Reads the time of a record in a queue, whose bucket may not be locked. */
static u32 rest_of(const struct tcpstate_net *tn, const struct tcpstate_flow *flow,
		   enum tcpstate_timer class, u32 now_ms)
{
	return time_left(READ_ONCE(flow->conn.last_seen_ms), stay_of(tn, class), now_ms);
}

/*
 * When to look again at what is due in @left_ms. The timer wheel is late by up to
 * an eighth, so the way is gone in hops, each an eighth of the one before.
 */
static u32 hop_of(u32 left_ms)
{
	return clamp_t(u32, left_ms - left_ms / 8, WAIT_MIN_MS, WAIT_MAX_MS);
}

/* Is the collector to come in @wait_ms, or sooner? */
static bool is_armed(const struct tcpstate_net *tn, u32 wait_ms, u32 now_ms)
{
	return READ_ONCE(tn->collect_armed) &&
	       (s32)(READ_ONCE(tn->collect_ms) - now_ms - wait_ms) <= 0;
}

/* The collector is to come in @wait_ms at the latest. */
static void plan(struct tcpstate_net *tn, u32 wait_ms)
{
	u32 now_ms = tcpstate_clock_now_ms();

	spin_lock_bh(&tn->collect_lock);
	if (!is_armed(tn, wait_ms, now_ms)) {
		WRITE_ONCE(tn->collect_ms, now_ms + wait_ms);
		WRITE_ONCE(tn->collect_armed, true);
		mod_delayed_work(workqueue, &tn->collector, msecs_to_jiffies(wait_ms));
	}
	spin_unlock_bh(&tn->collect_lock);
}

/**
 * tcpstate_expiry_arm() - a record has entered a class
 * @tn: its namespace
 * @class: the class
 *
 * Nearly always the collector comes early enough anyway: a few ns then.
 *
 * Context: any up to softirq; after the record was put on the class's queue.
 * Its bucket may be locked.
 */
void tcpstate_expiry_arm(struct tcpstate_net *tn, enum tcpstate_timer class)
{
	u32 wait_ms = hop_of(stay_of(tn, class));

	if (!is_armed(tn, wait_ms, tcpstate_clock_now_ms()))
		plan(tn, wait_ms);
}

/**
 * tcpstate_expiry_changed() - a timeout has another value, to hold at once
 * @tn: the namespace
 *
 * Context: any up to softirq.
 */
void tcpstate_expiry_changed(struct tcpstate_net *tn)
{
	spin_lock_bh(&tn->collect_lock);
	tn->collect_all = true;
	spin_unlock_bh(&tn->collect_lock);
	plan(tn, 0);
}

/*
 * Claims records of a queue that are due, several at a time: what they need from
 * memory then comes for all of them at once. Lowers @left_ms to what is left to
 * those that are not due. An exact queue is sorted: the first of these ends the
 * search. A lazy one is not: they go from those to visit to those visited.
 * Adds to @looks. Returns how many were claimed; @more: there may be more.
 */
static int claim_due(struct tcpstate_net *tn, struct tcpstate_shard *shard,
		     enum tcpstate_timer class, struct tcpstate_claim *claims, u32 *left_ms,
		     unsigned int *looks, bool *more)
{
	struct tcpstate_queue *queue = &shard->queue[class];
	bool lazy = tcpstate_queue_lazy(class);
	struct list_head *list = lazy ? &queue->visiting : &queue->list;
	u32 now_ms = tcpstate_clock_now_ms();
	unsigned int limit = *looks + LOOKS_MAX;
	struct tcpstate_flow *flow;
	int claimed = 0;

	*more = false;
	spin_lock(&shard->lock);
	while ((flow = list_first_entry_or_null(list, struct tcpstate_flow, queue))) {
		u32 rest_ms;

		*more = *looks == limit || claimed == CLAIMS_MAX;
		if (*more)
			break;
		++*looks;
		rest_ms = rest_of(tn, flow, class, now_ms);
		if (!rest_ms) {
			tcpstate_table_claim(flow, &claims[claimed++]);
			continue;
		}
		*left_ms = min(*left_ms, rest_ms);
		if (!lazy)
			break;
		list_move_tail(&flow->queue, &queue->list);
	}
	spin_unlock(&shard->lock);
	return claimed;
}

/*
 * Lock the bucket of a claimed record and look at it again. End the record if it is due.
 * Otherwise lower @left_ms to what it has left: a record of a lazy class may have been
 * refreshed meanwhile, and nobody else tells the collector. Bottom halves are off.
 */
static void judge(struct tcpstate_net *tn, const struct tcpstate_claim *claim, u32 *left_ms)
{
	struct tcpstate_flow *flow;
	u32 rest_ms = 0;

	tcpstate_bucket_lock(claim->bucket);
	flow = tcpstate_table_find_claimed(claim);
	if (flow)
		rest_ms = rest_of(tn, flow, tcpstate_phase_timer(&flow->conn),
				  tcpstate_clock_now_ms());
	if (rest_ms) {
		*left_ms = min(*left_ms, rest_ms);
		tcpstate_queue_put_back(tn, flow);
	} else if (flow) {
		enum tcpstate_verdict verdict = tcpstate_phase_expired(&flow->conn);
		struct tcpstate_change change = {
			.states = flow->conn.states,
			.timer = tcpstate_phase_timer(&flow->conn),
		};

		tcpstate_fsm_expire(&flow->conn, &change.result);
		tcpstate_table_end(tn, claim->bucket, flow, verdict, &change);
	}
	tcpstate_bucket_unlock(claim->bucket);
}

/* Frees what is due in one share of a queue. */
static void sweep_shard(struct tcpstate_net *tn, struct tcpstate_shard *shard,
			enum tcpstate_timer class, u32 *left_ms, unsigned int *looks)
{
	struct tcpstate_claim claims[CLAIMS_MAX];
	int i, n;
	bool more;

	do {
		local_bh_disable();
		n = claim_due(tn, shard, class, claims, left_ms, looks, &more);
		for (i = 0; i < n; i++)
			judge(tn, &claims[i], left_ms);
		local_bh_enable();
		cond_resched();
	} while (more);
}

/*
 * Frees what is due in a queue. Returns what the next one has left, ms; adds the
 * records that were looked at to @looks.
 */
static u32 sweep(struct tcpstate_net *tn, enum tcpstate_timer class, unsigned int *looks)
{
	struct tcpstate_shard *shard;
	u32 left_ms = U32_MAX;

	for (shard = tn->shard; shard < tn->shard + TCPSTATE_SHARDS; shard++)
		sweep_shard(tn, shard, class, &left_ms, looks);
	return left_ms;
}

/*
 * A pass over a lazy queue, unless it is too early for one: records that nothing
 * has refreshed can't be due before the least that the last pass saw left.
 */
static u32 pass_over(struct tcpstate_net *tn, enum tcpstate_timer class, bool now)
{
	struct tcpstate_pass *pass = &tn->pass[class];
	struct tcpstate_shard *shard;
	u32 now_ms = tcpstate_clock_now_ms();
	unsigned int looks = 0;
	u32 left_ms;

	left_ms = time_left(pass->began_ms, pass->wait_ms, now_ms);
	if (left_ms && !now)
		return left_ms;

	for (shard = tn->shard; shard < tn->shard + TCPSTATE_SHARDS; shard++) {
		struct tcpstate_queue *queue = &shard->queue[class];

		spin_lock_bh(&shard->lock);
		list_splice_tail_init(&queue->list, &queue->visiting);
		spin_unlock_bh(&shard->lock);
	}
	left_ms = sweep(tn, class, &looks);

	pass->began_ms = now_ms;
	pass->wait_ms = 0;
	if (left_ms < U32_MAX)
		pass->wait_ms = max(left_ms, looks / LOOKS_PER_MS);
	return pass->wait_ms ?: left_ms;
}

static void collect(struct work_struct *work)
{
	struct tcpstate_net *tn = container_of(to_delayed_work(work), struct tcpstate_net,
					       collector);
	u32 left_ms = U32_MAX;
	unsigned int looks = 0;
	int class;
	bool all;

	/*
	 * Before the queues are looked at: who puts a record in behind our back
	 * takes the lock after us, and sees that the collector is to be armed.
	 */
	spin_lock_bh(&tn->collect_lock);
	WRITE_ONCE(tn->collect_armed, false);
	all = tn->collect_all;
	tn->collect_all = false;
	spin_unlock_bh(&tn->collect_lock);

	for (class = 0; class < TCPSTATE_TIMERS; class++)
		left_ms = min(left_ms, tcpstate_queue_lazy(class) ?
				       pass_over(tn, class, all) :
				       sweep(tn, class, &looks));
	/* A record that is on no queue just now counts as well. */
	if (atomic_read(&tn->records))
		plan(tn, hop_of(left_ms));
}

/**
 * tcpstate_expiry_net_init() - default timeouts, and a collector at rest
 * @tn: the namespace
 *
 * Context: process.
 */
void tcpstate_expiry_net_init(struct tcpstate_net *tn)
{
	BUILD_BUG_ON(sizeof(tn->timeout_ms) != sizeof(default_timeout_ms));
	memcpy(tn->timeout_ms, default_timeout_ms, sizeof(tn->timeout_ms));
	spin_lock_init(&tn->collect_lock);
	INIT_DELAYED_WORK(&tn->collector, collect);
}

/**
 * tcpstate_expiry_net_exit() - stop the collector
 * @tn: the namespace, whose hooks and sysctls are gone already
 *
 * Context: process; may sleep.
 */
void tcpstate_expiry_net_exit(struct tcpstate_net *tn)
{
	cancel_delayed_work_sync(&tn->collector);
}

/**
 * tcpstate_expiry_init() - make the collectors' workqueue
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int tcpstate_expiry_init(void)
{
	/* Unbound: a million records due at once take most of a second. */
	workqueue = alloc_workqueue("tcpstate", WQ_UNBOUND, 0);
	return workqueue ? 0 : -ENOMEM;
}

/**
 * tcpstate_expiry_exit() - undo tcpstate_expiry_init(); no namespace is left
 *
 * Context: process; may sleep.
 */
void tcpstate_expiry_exit(void)
{
	destroy_workqueue(workqueue);
}
