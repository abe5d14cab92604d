// SPDX-License-Identifier: GPL-2.0-only
/* What one segment does to the records: change one, begin one, end one. */
#include "track.h"

#include <linux/bottom_half.h>
#include <linux/limits.h>
#include <linux/preempt.h>

#include "account.h"
#include "clock.h"
#include "collector.h"
#include "deadline.h"
#include "engine/incarnation.h"
#include "engine/predict.h"
#include "evict.h"
#include "expiry.h"
#include "report.h"
#include "stats.h"

/* The states of both ends, as in struct tcpstate_conn, while data flows */
#define BOTH_ESTABLISHED	(TCPSTATE_ESTABLISHED | TCPSTATE_ESTABLISHED << 4)

/* Read the fine clock for a segment: once, so that all that is told of it has the same time. */
static u64 now_ns(struct tcpstate_sight *sight)
{
	if (!sight->now_ns)
		sight->now_ns = tcpstate_clock_now_ns();
	return sight->now_ns;
}

/* The us from the first segment of a connection to this one */
static u64 passed_us(struct tcpstate_sight *sight, u64 id)
{
	return div_u64(tcpstate_clock_age_ns(id, now_ns(sight)), NSEC_PER_USEC);
}

/* Let the engine take a segment, by its fast path if that expects it. */
static void take_segment(struct tcpstate_conn *conn, const struct tcpstate_segment *seg, int from,
			 int to, const struct tcpstate_time *time, struct tcpstate_result *result)
{
	if (from == to || !tcpstate_predict_step(conn, seg, from, time, result))
		tcpstate_fsm_segment(conn, seg, from, to, time, result);
}

/* Let the engine take a segment of a known record. The bucket is locked. */
static void run(struct tcpstate_flow *flow, struct tcpstate_sight *sight, int from, int to,
		struct tcpstate_result *result)
{
	struct tcpstate_conn *conn = &flow->conn;
	struct tcpstate_time time = {
		.now_ms = tcpstate_clock_now_ms(),
	};

	/* Read the fine clock only while the handshake is being timed. */
	if (!(conn->flags & TCPSTATE_F_TIMED) && conn->states != BOTH_ESTABLISHED)
		time.age_us = min_t(u64, passed_us(sight, flow->id), U32_MAX);
	take_segment(conn, &sight->packet.seg, from, to, &time, result);
}

/*
 * Report that a segment has changed a record. Set all of @change but its transitions. The times of
 * the handshake are us since the first segment, and the time of the event is one of them.
 */
static void report(struct tcpstate_net *tn, const struct tcpstate_flow *flow,
		   enum tcpstate_report_kind kind, u8 states,
		   struct tcpstate_sight *sight, int from,
		   struct tcpstate_change *change)
{
	if (!tcpstate_report_wanted(tn))
		return;
	change->states = states;
	change->seg = &sight->packet.seg;
	change->from = from;
	change->time_ns = flow->id;
	if (kind != TCPSTATE_REPORT_NEW)
		change->time_ns += passed_us(sight, flow->id) * NSEC_PER_USEC;
	tcpstate_report_add(tn, flow, kind, tcpstate_conn_verdict(&flow->conn), change);
}

/*
 * A record has changed: keep when. If its connection has ended, people are told that time to the
 * ms; otherwise the last tick will do. The bucket is locked.
 */
static void keep_time(struct tcpstate_flow *flow, struct tcpstate_sight *sight)
{
	u64 ns = sight->now_ns;

	if (!ns)
		ns = tcpstate_conn_verdict(&flow->conn) ? now_ns(sight) : tcpstate_clock_tick_ns();
	tcpstate_flow_set_lasted(flow, ns);
}

/* Is it in the class of established connections? Quicker than tcpstate_phase_timer(). */
static bool is_surely_established(const struct tcpstate_conn *conn)
{
	return conn->states == BOTH_ESTABLISHED &&
	       tcpstate_conn_both(conn, TCPSTATE_F_SEEN) &&
	       !(conn->flags & (TCPSTATE_F_MIDSTREAM | TCPSTATE_F_OFFLOADED));
}

/*
 * Does a segment that a record took bring its deadline or its eviction nearer? A record that stays
 * in its class has only been seen again; but while it closes, a transition may be the one after
 * which it can be evicted.
 */
static bool is_nearer(const struct tcpstate_net *tn, const struct tcpstate_result *result,
		      enum tcpstate_timer before, enum tcpstate_timer class)
{
	if (class == before)
		return class == TCPSTATE_TIMER_CLOSING && result->n;
	return !tcpstate_expiry_is_far(tn, class);
}

static void find_owner(struct tcpstate_net *tn, const struct tcpstate_sight *sight,
		       struct tcpstate_flow *flow, int from)
{
	flow->owner[from] = tcpstate_account_get(tn, sight->sk);
	if (tcpstate_flow_self(&sight->packet.key))
		flow->owner[!from] = flow->owner[from];
	/* Let the collector look for accounts that have no records any more. */
	if (unlikely(tcpstate_account_is_scarce()))
		tcpstate_collector_ask(TCPSTATE_PASS_ACCOUNTS);
}

/* Keep whose socket has sent a segment of @from, unless that is known. The bucket is locked. */
static inline void keep_owner(struct tcpstate_net *tn, const struct tcpstate_sight *sight,
			      struct tcpstate_flow *flow, int from)
{
	if (sight->sk && unlikely(!flow->owner[from]))
		find_owner(tn, sight, flow, from);
}

/* Take a segment to a record in the table. */
static void update(struct tcpstate_net *tn, struct tcpstate_sight *sight,
		   struct tcpstate_flow *flow, int from, int to)
{
	struct tcpstate_conn *conn = &flow->conn;
	bool data = is_surely_established(conn);
	enum tcpstate_timer before = data ? TCPSTATE_TIMER_ESTABLISHED :
					    tcpstate_phase_timer(conn);
	enum tcpstate_timer class;
	bool timed = conn->flags & TCPSTATE_F_TIMED;
	struct tcpstate_change change;
	u8 states = conn->states;

	keep_owner(tn, sight, flow, from);
	run(flow, sight, from, to, &change.result);
	if (unlikely(change.result.notes))
		tcpstate_stats_add_notes(tn, &sight->packet.seg, change.result.notes);
	if (unlikely(change.result.retransmits | change.result.gaps))
		tcpstate_stats_add_order(tn, &change.result);
	if (data && !change.result.n && is_surely_established(conn))
		return;
	if (!timed && conn->flags & TCPSTATE_F_TIMED)
		tcpstate_stats_add_times(tn, conn);
	if (change.result.n) {
		keep_time(flow, sight);
		report(tn, flow, TCPSTATE_REPORT_TRANSITION, states, sight, from,
		       &change);
	}
	class = tcpstate_phase_timer(conn);
	if (is_nearer(tn, &change.result, before, class))
		tcpstate_collector_note(tn, sight->place.bucket, flow, class);
}

/*
 * Begin a record with its first segment and put it into the bucket, which is locked. *@spare is
 * that record and becomes NULL; where the bucket has no room for it, it stays, and this returns
 * false. May end any other record of the bucket.
 */
static bool begin(struct tcpstate_net *tn, struct tcpstate_sight *sight,
		  struct tcpstate_flow **spare, int from, bool pending)
{
	const struct tcpstate_key *key = &sight->packet.key;
	const struct tcpstate_segment *seg = &sight->packet.seg;
	int to = tcpstate_flow_self(key) ? from : !from;
	/* The age is 0, because the id is the time. */
	struct tcpstate_time time = { .now_ms = tcpstate_clock_now_ms() };
	struct tcpstate_flow *flow = *spare;
	struct tcpstate_change change;
	u8 states;

	if (!tcpstate_evict_crowded(tn, &sight->place))
		return false;
	*spare = NULL;
	tcpstate_flow_set_key(flow, key, from);
	tcpstate_incarnation_begin(&flow->conn, seg, from);
	if (pending)
		flow->conn.flags |= TCPSTATE_F_PENDING;
	states = flow->conn.states;
	take_segment(&flow->conn, seg, from, to, &time, &change.result);
	flow->conn.last_seen_ms = time.now_ms;
	keep_owner(tn, sight, flow, from);
	tcpstate_table_insert(tn, &sight->place, flow);
	tcpstate_collector_note(tn, sight->place.bucket, flow,
				tcpstate_phase_timer(&flow->conn));
	report(tn, flow, TCPSTATE_REPORT_NEW, states, sight, from, &change);
	return true;
}

/* End a record whose tuple a new connection has taken, as a segment of @from shows. */
static void end_old(struct tcpstate_net *tn, struct tcpstate_sight *sight,
		    struct tcpstate_flow *flow, int from)
{
	struct tcpstate_change change = {
		.states = flow->conn.states,
		.seg = &sight->packet.seg,
		.from = from,
		.time_ns = now_ns(sight),
	};

	tcpstate_matrix_step(&flow->conn, TCPSTATE_INITIATOR, TCPSTATE_REINCARNATE,
			     &change.result);
	tcpstate_matrix_step(&flow->conn, TCPSTATE_RESPONDER, TCPSTATE_REINCARNATE,
			     &change.result);
	tcpstate_table_end(tn, sight->place.bucket, flow, TCPSTATE_VERDICT_REOPENED, &change);
}

/*
 * A new SYN on the tuple was refused. It seems that one end has started again, and that
 * the other has lost the old connection: otherwise it would have sent a challenge ACK.
 */
static void forget_old(struct tcpstate_net *tn, struct tcpstate_sight *sight,
		       struct tcpstate_flow *flow, int from)
{
	struct tcpstate_change change = {};
	u8 states = flow->conn.states;

	tcpstate_fsm_forget(&flow->conn, &change.result);
	if (!change.result.n)
		return;
	flow->conn.last_seen_ms = tcpstate_clock_now_ms();
	tcpstate_collector_note(tn, sight->place.bucket, flow, TCPSTATE_TIMER_CLOSED);
	keep_time(flow, sight);
	report(tn, flow, TCPSTATE_REPORT_TRANSITION, states, sight, from, &change);
}

/*
 * Take a segment whose tuple has a record, and perhaps one that waits to replace it. Do
 * nothing and return false if a new record is needed and *@spare is NULL.
 */
static bool take_known(struct tcpstate_net *tn, struct tcpstate_sight *sight,
		       struct tcpstate_flow *flow, int from,
		       struct tcpstate_flow **spare, bool may_begin)
{
	const struct tcpstate_key *key = &sight->packet.key;
	const struct tcpstate_segment *seg = &sight->packet.seg;
	bool self = tcpstate_flow_self(key);
	struct tcpstate_flow *pending = NULL;
	enum tcpstate_verdict was;
	enum tcpstate_incarnation which;
	int pending_from = 0;

	tcpstate_deadline_prefetch(tcpstate_table_number(sight->place.bucket));
	if (flow->conn.flags & TCPSTATE_F_SUCCESSOR)
		pending = tcpstate_bucket_find(&sight->place, key, true, &pending_from);
	which = tcpstate_incarnation_choose(&flow->conn, from,
					    pending ? &pending->conn : NULL,
					    pending_from, seg);
	if (which >= TCPSTATE_INCARNATION_NEW && may_begin && !*spare)
		return false;

	switch (which) {
	case TCPSTATE_INCARNATION_OLD:
		break;
	case TCPSTATE_INCARNATION_TAKEOVER:
		end_old(tn, sight, flow, from);
		fallthrough;
	case TCPSTATE_INCARNATION_PENDING:
		was = tcpstate_conn_verdict(&pending->conn);
		update(tn, sight, pending, pending_from,
		       self ? pending_from : !pending_from);
		if (which == TCPSTATE_INCARNATION_PENDING && was != TCPSTATE_VERDICT_REFUSED &&
		    tcpstate_conn_verdict(&pending->conn) == TCPSTATE_VERDICT_REFUSED)
			forget_old(tn, sight, flow, from);
		return true;
	case TCPSTATE_INCARNATION_NEW:
		if (!*spare || !tcpstate_incarnation_is_repeat(&flow->conn, from, seg))
			update(tn, sight, flow, from, self ? from : !from);
		if (!*spare)
			return true;
		if (pending)
			end_old(tn, sight, pending, pending_from);
		begin(tn, sight, spare, TCPSTATE_INITIATOR, true);
		return true;
	case TCPSTATE_INCARNATION_REOPEN:
		if (!*spare)
			return true;
		if (pending)
			end_old(tn, sight, pending, pending_from);
		end_old(tn, sight, flow, from);
		begin(tn, sight, spare,
		      tcpstate_incarnation_role(seg, ntohs(key->port[0]), ntohs(key->port[1])),
		      false);
		return true;
	}
	update(tn, sight, flow, from, self ? from : !from);
	return true;
}

/* Take a segment that the fast path expects, as nearly all are: it changes the record alone. */
static bool take_expected(const struct tcpstate_sight *sight, struct tcpstate_flow *flow, int from)
{
	const struct tcpstate_key *key = &sight->packet.key;

	if (key->port[0] == key->port[1] && tcpstate_flow_self(key))
		return false;
	return tcpstate_predict_take(&flow->conn, &sight->packet.seg, from,
				     tcpstate_clock_now_ms());
}

/* Which end of a new record the sender would be, or -1 if the segment begins none. */
static int role(const struct tcpstate_sight *sight)
{
	const struct tcpstate_key *key = &sight->packet.key;

	return tcpstate_incarnation_role(&sight->packet.seg, ntohs(key->port[0]),
				   ntohs(key->port[1]));
}

/*
 * Like take_known(), but the tuple need not have a record. Return false as well if it has none
 * and gets none. Bottom halves are off.
 */
static bool take(struct tcpstate_net *tn, struct tcpstate_sight *sight,
		 struct tcpstate_flow **spare, bool may_begin)
{
	bool done = true, accounted = true;
	struct tcpstate_flow *flow;
	int from;

	tcpstate_bucket_prefetch(&sight->place);
	tcpstate_bucket_lock(sight->place.bucket);
	flow = tcpstate_bucket_find(&sight->place, &sight->packet.key, false, &from);
	if (flow) {
		if (likely(take_expected(sight, flow, from)))
			keep_owner(tn, sight, flow, from);
		else
			done = take_known(tn, sight, flow, from, spare, may_begin);
	} else if (*spare) {
		accounted = begin(tn, sight, spare, role(sight), false);
	} else {
		done = false;
	}
	if (done && accounted)
		__tcpstate_stats_add(tn, TCPSTATE_A_COUNTER_SEGMENTS,
				     sight->packet.seg.segs);
	tcpstate_bucket_unlock(sight->place.bucket);
	return done;
}

static bool is_opening(const struct tcpstate_sight *sight)
{
	return sight->packet.seg.flags & TCPSTATE_FLAG_SYN;
}

/*
 * Allocate a record, or evict another one for it, with no bucket locked. A connection that is
 * picked up evicts within its own bucket alone, because while the table is full each of its
 * segments comes here. Then search again, because another CPU may have inserted the record
 * meanwhile. Bottom halves are off.
 */
static void take_new(struct tcpstate_net *tn, struct tcpstate_sight *sight)
{
	struct tcpstate_flow *spare;

	if (role(sight) < 0) {
		__tcpstate_stats_add(tn, TCPSTATE_A_COUNTER_UNTRACKED_STRAY, 1);
		return;
	}
	spare = tcpstate_evict_alloc(tn, sight->packet.key.zone & TCPSTATE_ZONE_IPV6,
				     &sight->place, is_opening(sight));
	take(tn, sight, &spare, spare);
	if (spare)
		tcpstate_table_free(tn, spare);
}

/*
 * While the bucket is being fetched, do what every SYN needs: allocate the record that a
 * bare SYN is likely to begin, unless another one would have to be evicted for it, or read
 * the clock for a SYN/ACK. That saves 13 % of the three opening segments of 1,000,000
 * connections. Return the record, or NULL.
 */
static struct tcpstate_flow *prepare(struct tcpstate_net *tn, struct tcpstate_sight *sight)
{
	tcpstate_deadline_prefetch(tcpstate_table_number(sight->place.bucket));
	if (!(sight->packet.seg.flags & TCPSTATE_FLAG_ACK))
		return tcpstate_table_alloc(tn, sight->packet.key.zone & TCPSTATE_ZONE_IPV6);
	sight->now_ns = tcpstate_clock_now_ns();
	return NULL;
}

/**
 * tcpstate_track_segment() - take a segment to the record of its connection
 * @tn: the namespace in which it was seen
 * @sight: the segment, and the place of its key, from tcpstate_table_fetch()
 *
 * Context: any up to softirq; no bucket locked.
 */
void tcpstate_track_segment(struct tcpstate_net *tn, struct tcpstate_sight *sight)
{
	struct tcpstate_flow *spare = NULL;
	bool on;

	sight->now_ns = 0;
	if (unlikely(sight->packet.seg.flags & TCPSTATE_FLAG_SYN))
		spare = prepare(tn, sight);
	/* They are off already for received and forwarded packets, and a test costs less. */
	on = !softirq_count();
	if (on)
		local_bh_disable();
	if (unlikely(!take(tn, sight, &spare, true)))
		take_new(tn, sight);
	if (on)
		local_bh_enable();
	if (unlikely(spare))
		tcpstate_table_free(tn, spare);
}
