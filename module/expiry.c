// SPDX-License-Identifier: GPL-2.0-only
/* Deadlines by timeout class, and the collector that ends records that are due. */
#include "expiry.h"

#include <linux/bitops.h>
#include <linux/bottom_half.h>
#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "clock.h"
#include "queue.h"
#include "reclaim.h"
#include "report.h"
#include "zone.h"

/* How many records one section with bottom halves off looks at, and how many it ends */
#define LOOKS_MAX		64
#define CLAIMS_MAX		16

/* The collector waits at least so long and, while there are records, at most so long. */
#define WAIT_MIN_MS		20
#define WAIT_MAX_MS		60000

/*
 * A look at a record takes some 200 ns. For each look of a pass the collector rests a hundred
 * times as long, so that passes take a hundredth of a CPU however short the timeouts are. The
 * duration of a pass would be a worse measure, because a pass may be interrupted.
 */
#define LOOKS_PER_MS		50

/*
 * A pass that a shortened timeout asks for rests less, for 4 s after a million looks: however often
 * somebody asks, such passes take a twentieth of a CPU.
 */
#define ASKED_LOOKS_PER_MS	250

/*
 * Two walks through a table of a million records take 100 ms. Rest for a hundred times as long
 * before zones are taken back once more.
 */
#define RECLAIM_REST_MS		10000

/*
 * A record may be refreshed after its reader has read the clock. One that was last seen up to
 * this far ahead of the clock was seen just now, and not nearly 2^32 ms ago.
 */
#define SKEW_MS			60000

static struct workqueue_struct *workqueue;

static const unsigned int default_timeout_ms[TCPSTATE_TIMERS] = {
	/* As in nf_conntrack: more than the 64 s that Linux waits after its last SYN */
	[TCPSTATE_TIMER_HANDSHAKE]	= 120 * MSEC_PER_SEC,
	[TCPSTATE_TIMER_UNSURE]		= 300 * MSEC_PER_SEC,
	/* As in nf_conntrack: RFC 5382, REQ-5 asks for at least 2 h 4 min. */
	[TCPSTATE_TIMER_ESTABLISHED]	= 432000 * MSEC_PER_SEC,
	/* Half a day: somebody may still look for a close() that was forgotten. */
	[TCPSTATE_TIMER_HALF_CLOSED]	= 43200 * MSEC_PER_SEC,
	/* Twice the 120 s between two retransmissions (TCP_RTO_MAX). */
	[TCPSTATE_TIMER_CLOSING]	= 240 * MSEC_PER_SEC,
	/* 2MSL in Linux (TCP_TIMEWAIT_LEN) */
	[TCPSTATE_TIMER_TIME_WAIT]	= 60 * MSEC_PER_SEC,
	/* Linux's TIME_WAIT timer fires up to an eighth of 60 s late. */
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
 * tcpstate_expiry_left_ms() - calculate what is left of a connection's timeout
 * @tn: its namespace
 * @conn: the connection
 * @now_ms: tcpstate_clock_now_ms()
 *
 * In TIME_WAIT this is what is left of 2MSL (RFC 9293, 3.4.2).
 *
 * Context: any; the caller has the connection, or a copy, to itself.
 * Return: ms; 0 once the timeout is over.
 */
u32 tcpstate_expiry_left_ms(const struct tcpstate_net *tn,
			    const struct tcpstate_conn *conn, u32 now_ms)
{
	enum tcpstate_timer class = tcpstate_phase_timer(conn);

	return time_left(conn->last_seen_ms, READ_ONCE(tn->timeout_ms[class]), now_ms);
}

/*
 * How long a silent record of a class stays. In TIME_WAIT it stays for some time after its
 * countdown has ended, because the socket answers until its own timer fires, and each answer
 * starts 2MSL again.
 */
static u32 stay_of(const struct tcpstate_net *tn, enum tcpstate_timer class)
{
	u32 stay_ms = READ_ONCE(tn->timeout_ms[class]);

	if (class == TCPSTATE_TIMER_TIME_WAIT)
		stay_ms += READ_ONCE(tn->timeout_ms[TCPSTATE_TIMER_CLOSED]);
	return min_t(u32, stay_ms, TCPSTATE_TIMEOUT_MAX_MS);
}

/* How long a record in a queue may still stay. Its bucket need not be locked. */
static u32 rest_of(const struct tcpstate_net *tn, const struct tcpstate_flow *flow,
		   enum tcpstate_timer class, u32 now_ms)
{
	return time_left(READ_ONCE(flow->conn.last_seen_ms), stay_of(tn, class), now_ms);
}

/*
 * When to look again at a record that is due in @left_ms. The timer wheel is late by up to an
 * eighth, so approach the deadline in hops, each an eighth as long as the one before.
 */
static u32 hop_of(u32 left_ms)
{
	return clamp_t(u32, left_ms - left_ms / 8, WAIT_MIN_MS, WAIT_MAX_MS);
}

/* Is the collector going to run in @wait_ms or sooner? */
static bool is_armed(const struct tcpstate_net *tn, u32 wait_ms, u32 now_ms)
{
	return READ_ONCE(tn->collect_armed) &&
	       (s32)(READ_ONCE(tn->collect_ms) - now_ms - wait_ms) <= 0;
}

/* Make the collector run in @wait_ms at the latest. */
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
 * tcpstate_expiry_arm() - make the collector run in time for a record of a class
 * @tn: its namespace
 * @class: the class
 *
 * Nearly always it is going to run early enough anyway, and this takes a few ns.
 *
 * Context: any up to softirq, after the record was put on the queue of the class. Its bucket
 * may be locked.
 */
void tcpstate_expiry_arm(struct tcpstate_net *tn, enum tcpstate_timer class)
{
	u32 wait_ms = hop_of(stay_of(tn, class));

	if (!is_armed(tn, wait_ms, tcpstate_clock_now_ms()))
		plan(tn, wait_ms);
}

/**
 * tcpstate_expiry_shortened() - apply a shorter timeout to the records that are there
 * @tn: the namespace
 * @class: the class
 *
 * A longer timeout needs nothing: the collector looks too early, once, and waits again.
 *
 * Context: any up to softirq.
 */
void tcpstate_expiry_shortened(struct tcpstate_net *tn, enum tcpstate_timer class)
{
	u32 wait_ms;

	spin_lock_bh(&tn->collect_lock);
	tn->collect_asked |= BIT(class);
	wait_ms = time_left(tn->collected_ms, WAIT_MIN_MS, tcpstate_clock_now_ms());
	spin_unlock_bh(&tn->collect_lock);
	plan(tn, wait_ms);
}

/*
 * Claim records of a queue that are due. Claim several at a time, so that their cache lines
 * are fetched at the same time. Lower @left_ms to what the records that are not due have left.
 * An exact queue is sorted, and the first such record ends the search. A lazy queue is not, and
 * they move from the records to visit to those visited. Add the records looked at to @looks,
 * set @more if there may be more to claim, and return how many were claimed.
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

/* End the records of a class that are due in one shard. */
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
 * End the records of a class that are due. Add the records looked at to @looks, and return how
 * many ms the next record has left.
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
 * Pass over the lazy queues of a class, unless it is too early: no record can be due before
 * the shortest time that the last pass saw left has gone by. If it is @asked for, because the
 * timeout is shorter now, it comes as soon as the last one has had its rest. One pass serves all
 * who ask meanwhile. Return how many ms to wait for the next pass.
 */
static u32 pass_over(struct tcpstate_net *tn, enum tcpstate_timer class, bool asked)
{
	struct tcpstate_pass *pass = &tn->pass[class];
	struct tcpstate_shard *shard;
	u32 now_ms = tcpstate_clock_now_ms();
	unsigned int looks = 0;
	u32 left_ms;

	pass->asked |= asked;
	left_ms = time_left(pass->began_ms, pass->asked ? min(pass->rest_ms, pass->wait_ms) :
							  pass->wait_ms, now_ms);
	if (left_ms)
		return left_ms;
	pass->asked = false;

	for (shard = tn->shard; shard < tn->shard + TCPSTATE_SHARDS; shard++) {
		struct tcpstate_queue *queue = &shard->queue[class];

		spin_lock_bh(&shard->lock);
		list_splice_tail_init(&queue->list, &queue->visiting);
		spin_unlock_bh(&shard->lock);
	}
	left_ms = sweep(tn, class, &looks);

	pass->began_ms = now_ms;
	pass->wait_ms = 0;
	pass->rest_ms = looks / ASKED_LOOKS_PER_MS;
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
	unsigned long asked;
	int class;

	/*
	 * Disarm before looking at the queues. A CPU that puts a record on a queue that
	 * was looked at already takes the lock later, and then sees that it must arm.
	 */
	spin_lock_bh(&tn->collect_lock);
	WRITE_ONCE(tn->collect_armed, false);
	asked = tn->collect_asked;
	tn->collect_asked = 0;
	tn->collected_ms = tcpstate_clock_now_ms();
	spin_unlock_bh(&tn->collect_lock);

	for (class = 0; class < TCPSTATE_TIMERS; class++)
		left_ms = min(left_ms, tcpstate_queue_lazy(class) ?
				       pass_over(tn, class, asked & BIT(class)) :
				       sweep(tn, class, &looks));
	/* Count the records, because a claimed one is on no queue just now. */
	if (atomic_read(&tn->records))
		plan(tn, hop_of(left_ms));
}

static void rest_and_reclaim(struct tcpstate_net *tn)
{
	u32 rest_ms = time_left(READ_ONCE(tn->reclaimed_ms), RECLAIM_REST_MS,
				tcpstate_clock_now_ms());

	queue_delayed_work(workqueue, &tn->reclaimer, msecs_to_jiffies(rest_ms));
}

static void reclaim(struct work_struct *work)
{
	struct tcpstate_net *tn = container_of(to_delayed_work(work), struct tcpstate_net,
					       reclaimer);

	WRITE_ONCE(tn->reclaimed_ms, tcpstate_clock_now_ms());
	tcpstate_reclaim_zones(tn);
	if (tcpstate_zone_is_scarce(tn))
		rest_and_reclaim(tn);
}

/**
 * tcpstate_expiry_reclaim() - take back the zones of interfaces without records soon
 * @tn: the namespace, whose zones are scarce
 *
 * Context: any up to softirq.
 */
void tcpstate_expiry_reclaim(struct tcpstate_net *tn)
{
	if (!delayed_work_pending(&tn->reclaimer))
		rest_and_reclaim(tn);
}

/**
 * tcpstate_expiry_net_init() - give a namespace the default timeouts and a collector
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
	INIT_DELAYED_WORK(&tn->reclaimer, reclaim);
	tn->reclaimed_ms = tcpstate_clock_now_ms() - RECLAIM_REST_MS;
	tn->collected_ms = tcpstate_clock_now_ms() - WAIT_MIN_MS;
}

/**
 * tcpstate_expiry_net_exit() - stop the collector
 * @tn: the namespace, whose hooks and sysctls are gone already
 *
 * Context: process; may sleep.
 */
void tcpstate_expiry_net_exit(struct tcpstate_net *tn)
{
	cancel_delayed_work_sync(&tn->reclaimer);
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
	/* Unbound, because a million records that are due at once take most of a second */
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
