// SPDX-License-Identifier: GPL-2.0-only
/*
 * Put connections, events and totals into netlink attributes. Works on copies, and holds no
 * lock. Every function returns 0, or -EMSGSIZE where there is no room.
 */
#include "netlink_fill.h"

#include <linux/string.h>
#include <linux/user_namespace.h>

#include "account.h"
#include "clock.h"
#include "expiry.h"
#include "limit.h"
#include "netlink_gen.h"
#include "report.h"
#include "stats.h"
#include "walk.h"
#include "zone.h"

static int put_address(struct sk_buff *skb, const struct tcpstate_flow *flow, int end)
{
	if (tcpstate_flow_ipv6(flow))
		return nla_put(skb, TCPSTATE_A_END_ADDRESS, sizeof(flow->ip6[end]),
			       flow->ip6[end]);
	return nla_put(skb, TCPSTATE_A_END_ADDRESS, sizeof(flow->ip[end]),
		       &flow->ip[end]);
}

/* Put the numbers and options of an end. Leave out those that were not seen. */
static int put_end_numbers(struct sk_buff *skb, const struct tcpstate_conn *conn, int end)
{
	const struct tcpstate_end *it = &conn->end[end];

	if (tcpstate_conn_isn_known(conn, end) &&
	    nla_put_u32(skb, TCPSTATE_A_END_ISN, it->isn))
		return -EMSGSIZE;
	/* A RST that refuses a SYN is all that was heard of an end without numbers. */
	if (tcpstate_conn_has(conn, TCPSTATE_F_SEEN, end) &&
	    tcpstate_conn_is_numbered(conn, end) &&
	    nla_put_u32(skb, TCPSTATE_A_END_SEQ, it->snd_nxt))
		return -EMSGSIZE;
	if (tcpstate_conn_has(conn, TCPSTATE_F_ACK, end) &&
	    nla_put_u32(skb, TCPSTATE_A_END_ACK, it->ack))
		return -EMSGSIZE;
	if (tcpstate_conn_window_known(conn, end) &&
	    nla_put_u32(skb, TCPSTATE_A_END_WINDOW, it->edge - it->ack))
		return -EMSGSIZE;
	if (tcpstate_conn_syn_learned(conn, end) &&
	    tcpstate_conn_wscale(conn, end) != TCPSTATE_WSCALE_NONE &&
	    nla_put_u8(skb, TCPSTATE_A_END_WSCALE, tcpstate_conn_wscale(conn, end)))
		return -EMSGSIZE;
	if (tcpstate_conn_has(conn, TCPSTATE_F_TS, end) &&
	    nla_put_flag(skb, TCPSTATE_A_END_TIMESTAMPS))
		return -EMSGSIZE;
	/* A FIN of an end that is not heard may have come before. */
	if (tcpstate_conn_has(conn, TCPSTATE_F_CLOSER, end) &&
	    tcpstate_conn_both(conn, TCPSTATE_F_SEEN) &&
	    nla_put_flag(skb, TCPSTATE_A_END_CLOSER))
		return -EMSGSIZE;
	return 0;
}

/*
 * Put the counts of an end. Those of an event leave out what is 0: most are, while a connection
 * opens, and a listener has to read every attribute.
 */
static int put_end_counts(struct sk_buff *skb, const struct tcpstate_conn *conn, int end,
			  bool zeros)
{
	const struct tcpstate_end *it = &conn->end[end];
	bool seen = tcpstate_conn_has(conn, TCPSTATE_F_SEEN, end);
	const struct {
		u8 attr;
		bool known;
		u32 n;
	} counts[] = {
		{ TCPSTATE_A_END_OPENING, true, tcpstate_conn_opening(conn, end) },
		{ TCPSTATE_A_END_DATA, true, it->data_segs },
		{ TCPSTATE_A_END_ACKS, true, it->ack_segs },
		{ TCPSTATE_A_END_CLOSING, true, conn->closings[end] },
		{ TCPSTATE_A_END_REPEATS, true, conn->repeats[end] },
		{ TCPSTATE_A_END_RETRANSMITS, seen, conn->retransmits[end] },
		{ TCPSTATE_A_END_GAPS, seen, conn->gaps[end] },
	};
	u32 saturated = tcpstate_conn_saturated(conn, end);
	u64 bytes = tcpstate_conn_bytes(conn, end);
	unsigned int i;

	if ((bytes || zeros) &&
	    nla_put_u64_64bit(skb, TCPSTATE_A_END_BYTES, bytes, TCPSTATE_A_END_PAD))
		return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(counts); i++)
		if (counts[i].known && (counts[i].n || zeros) &&
		    nla_put_u32(skb, counts[i].attr, counts[i].n))
			return -EMSGSIZE;
	if (saturated && nla_put_u32(skb, TCPSTATE_A_END_SATURATED, saturated))
		return -EMSGSIZE;
	return 0;
}

/* Put who owns the socket of an end, as @user_ns names him. */
static int put_owner(struct sk_buff *skb, const struct tcpstate_flow *flow, int end,
		     struct user_namespace *user_ns)
{
	u64 cgroup;
	kuid_t uid;

	if (!tcpstate_account_find(flow->owner[end], &uid, &cgroup))
		return 0;
	if (nla_put_u32(skb, TCPSTATE_A_END_UID, from_kuid_munged(user_ns, uid)) ||
	    (cgroup && nla_put_u64_64bit(skb, TCPSTATE_A_END_CGROUP, cgroup, TCPSTATE_A_END_PAD)))
		return -EMSGSIZE;
	return 0;
}

/* Put an end. @states, unless it is NULL, has the states of both ends before an event. */
static int put_end(struct sk_buff *skb, const struct tcpstate_flow *flow, int end,
		   const u8 *states, struct user_namespace *user_ns, bool record)
{
	struct nlattr *nest = nla_nest_start(skb, end == TCPSTATE_INITIATOR ?
						  TCPSTATE_A_FLOW_INITIATOR :
						  TCPSTATE_A_FLOW_RESPONDER);

	if (!nest || put_address(skb, flow, end) ||
	    nla_put_u16(skb, TCPSTATE_A_END_PORT, ntohs(flow->port[end])) ||
	    nla_put_u8(skb, TCPSTATE_A_END_STATE, tcpstate_conn_state(&flow->conn, end)))
		return -EMSGSIZE;
	if (states && nla_put_u8(skb, TCPSTATE_A_END_STATE_BEFORE,
				 *states >> (4 * end) & 15))
		return -EMSGSIZE;
	if (record && put_end_numbers(skb, &flow->conn, end))
		return -EMSGSIZE;
	if (put_owner(skb, flow, end, user_ns) ||
	    put_end_counts(skb, &flow->conn, end, record))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Put what dumps and events have in common: the ends and the phase. */
static int put_head(struct sk_buff *skb, const struct tcpstate_flow *flow,
		    const u8 *states, struct user_namespace *user_ns, bool record)
{
	enum tcpstate_stage stage = tcpstate_phase_stage(&flow->conn);
	int ifindex = tcpstate_zone_find_ifindex(flow->zone);

	if (nla_put_u64_64bit(skb, TCPSTATE_A_FLOW_ID, flow->id, TCPSTATE_A_FLOW_PAD) ||
	    nla_put_u8(skb, TCPSTATE_A_FLOW_FAMILY, tcpstate_flow_family(flow)) ||
	    (ifindex && nla_put_u32(skb, TCPSTATE_A_FLOW_IFINDEX, ifindex)) ||
	    put_end(skb, flow, TCPSTATE_INITIATOR, states, user_ns, record) ||
	    put_end(skb, flow, TCPSTATE_RESPONDER, states, user_ns, record) ||
	    nla_put_u8(skb, TCPSTATE_A_FLOW_PHASE, tcpstate_phase_of(stage)))
		return -EMSGSIZE;
	if (tcpstate_phase_step(stage) &&
	    nla_put_u8(skb, TCPSTATE_A_FLOW_STEP, tcpstate_phase_step(stage)))
		return -EMSGSIZE;
	return 0;
}

/* Do both ends use SACK, as the SYN/ACK says? Without it, that is assumed. */
static bool has_sack(const struct tcpstate_conn *conn)
{
	return conn->flags & TCPSTATE_F_SACK &&
	       tcpstate_conn_syn_learned(conn, TCPSTATE_RESPONDER);
}

/* Put when the connection has ended, if it has. */
static int put_closing(struct sk_buff *skb, const struct tcpstate_flow *flow)
{
	u64 ms;

	if (tcpstate_flow_get_lasted(flow, &ms) &&
	    (nla_put_u64_64bit(skb, TCPSTATE_A_FLOW_CLOSED_AT_NS, flow->id + ms * NSEC_PER_MSEC,
			       TCPSTATE_A_FLOW_PAD) ||
	     nla_put_u64_64bit(skb, TCPSTATE_A_FLOW_DURATION_MS, ms, TCPSTATE_A_FLOW_PAD)))
		return -EMSGSIZE;
	return 0;
}

/* Put what changes with transitions alone, so that a filter can judge an event by it. */
static int put_handshake(struct sk_buff *skb, const struct tcpstate_conn *conn)
{
	u32 syn_us = tcpstate_conn_syn_us(conn), ack_us = tcpstate_conn_ack_us(conn);

	if ((syn_us && nla_put_u32(skb, TCPSTATE_A_FLOW_SYN_US, syn_us)) ||
	    (ack_us && nla_put_u32(skb, TCPSTATE_A_FLOW_ACK_US, ack_us)) ||
	    nla_put_u32(skb, TCPSTATE_A_FLOW_FLAGS, tcpstate_phase_flags(conn)))
		return -EMSGSIZE;
	return 0;
}

/* Put what only a whole record has. */
static int put_tail(struct sk_buff *skb, const struct tcpstate_net *tn,
		    const struct tcpstate_flow *flow, u64 now_ns,
		    enum tcpstate_verdict verdict)
{
	const struct tcpstate_conn *conn = &flow->conn;
	u64 age_ms = div_u64(tcpstate_clock_age_ns(flow->id, now_ns), NSEC_PER_MSEC);
	u32 now_ms = tcpstate_clock_now_ms();

	if (nla_put_u8(skb, TCPSTATE_A_FLOW_TIMER, tcpstate_phase_timer(conn)) ||
	    nla_put_u32(skb, TCPSTATE_A_FLOW_LEFT_MS, tcpstate_expiry_left_ms(tn, conn, now_ms)) ||
	    nla_put_u64_64bit(skb, TCPSTATE_A_FLOW_AGE_MS, age_ms, TCPSTATE_A_FLOW_PAD) ||
	    nla_put_u32(skb, TCPSTATE_A_FLOW_IDLE_MS, tcpstate_expiry_idle_ms(conn, now_ms)) ||
	    nla_put_u64_64bit(skb, TCPSTATE_A_FLOW_IN_STATE_MS,
			      tcpstate_flow_in_state_ms(flow, now_ns), TCPSTATE_A_FLOW_PAD) ||
	    (has_sack(conn) && nla_put_flag(skb, TCPSTATE_A_FLOW_SACK)) ||
	    put_handshake(skb, conn) || nla_put_u8(skb, TCPSTATE_A_FLOW_VERDICT, verdict))
		return -EMSGSIZE;
	return put_closing(skb, flow);
}

/**
 * tcpstate_netlink_fill_flow() - put a record into a message
 * @skb: the message
 * @tn: the record's namespace
 * @flow: a copy of the record
 * @user_ns: the reader's user namespace
 *
 * Context: process.
 * Return: 0, or -EMSGSIZE where there is no room.
 */
int tcpstate_netlink_fill_flow(struct sk_buff *skb, const struct tcpstate_net *tn,
			       const struct tcpstate_flow *flow, struct user_namespace *user_ns)
{
	return put_head(skb, flow, NULL, user_ns, true) ?:
	       put_tail(skb, tn, flow, tcpstate_clock_now_ns(),
			tcpstate_conn_verdict(&flow->conn));
}

static int put_segment(struct sk_buff *skb, const struct tcpstate_flow *flow,
		       const struct tcpstate_segment *seg, int from)
{
	struct nlattr *nest = nla_nest_start(skb, TCPSTATE_A_EVENT_SEGMENT);
	const struct tcpstate_conn *conn = &flow->conn;
	struct tcpstate_key key;
	int to;

	tcpstate_flow_get_key(flow, &key);
	to = tcpstate_flow_self(&key) ? from : !from;
	if (!nest ||
	    nla_put_u8(skb, TCPSTATE_A_SEGMENT_FROM, from) ||
	    nla_put_u8(skb, TCPSTATE_A_SEGMENT_FLAGS, seg->flags) ||
	    nla_put_u32(skb, TCPSTATE_A_SEGMENT_SEQ, seg->seq) ||
	    nla_put_u32(skb, TCPSTATE_A_SEGMENT_WINDOW, seg->window) ||
	    nla_put_u32(skb, TCPSTATE_A_SEGMENT_LEN, seg->len) ||
	    nla_put_u32(skb, TCPSTATE_A_SEGMENT_SEGS, seg->segs))
		return -EMSGSIZE;
	if (tcpstate_conn_isn_known(conn, from) &&
	    nla_put_u32(skb, TCPSTATE_A_SEGMENT_RELATIVE_SEQ,
			seg->seq - conn->end[from].isn))
		return -EMSGSIZE;
	if (!(seg->flags & TCPSTATE_FLAG_ACK))
		goto end;
	if (nla_put_u32(skb, TCPSTATE_A_SEGMENT_ACK, seg->ack))
		return -EMSGSIZE;
	if (tcpstate_conn_isn_known(conn, to) &&
	    nla_put_u32(skb, TCPSTATE_A_SEGMENT_RELATIVE_ACK,
			seg->ack - conn->end[to].isn))
		return -EMSGSIZE;
end:
	nla_nest_end(skb, nest);
	return 0;
}

static int put_transition(struct sk_buff *skb, const struct tcpstate_transition *transition)
{
	struct nlattr *nest = nla_nest_start(skb, TCPSTATE_A_EVENT_TRANSITION);

	if (!nest ||
	    nla_put_u8(skb, TCPSTATE_A_TRANSITION_END, transition->end) ||
	    nla_put_u8(skb, TCPSTATE_A_TRANSITION_TRIGGER, transition->trigger) ||
	    nla_put_u8(skb, TCPSTATE_A_TRANSITION_FROM, transition->from) ||
	    nla_put_u8(skb, TCPSTATE_A_TRANSITION_TO, transition->to))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_event(struct sk_buff *skb, const struct tcpstate_report *report)
{
	const struct tcpstate_change *change = &report->change;
	struct nlattr *nest = nla_nest_start(skb, TCPSTATE_A_FLOW_EVENT);
	unsigned int i;

	if (!nest ||
	    nla_put_u64_64bit(skb, TCPSTATE_A_EVENT_NUMBER, report->number,
			      TCPSTATE_A_EVENT_PAD) ||
	    nla_put_u64_64bit(skb, TCPSTATE_A_EVENT_TIME_NS, report->time_ns,
			      TCPSTATE_A_EVENT_PAD))
		return -EMSGSIZE;
	for (i = 0; i < change->result.n; i++)
		if (put_transition(skb, &change->result.transition[i]))
			return -EMSGSIZE;
	if (change->result.notes & TCPSTATE_NOTE_RETRACT &&
	    nla_put_flag(skb, TCPSTATE_A_EVENT_RETRACT))
		return -EMSGSIZE;
	if (report->has_seg) {
		if (put_segment(skb, &report->copy.flow, &report->seg, change->from))
			return -EMSGSIZE;
	} else if (change->timer < TCPSTATE_TIMERS) {
		if (nla_put_u8(skb, TCPSTATE_A_EVENT_TIMER, change->timer))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * tcpstate_netlink_fill_report() - put an event into a message
 * @skb: the message
 * @tn: the namespace
 * @report: the event
 *
 * Context: process.
 * Return: 0, or -EMSGSIZE where there is no room.
 */
int tcpstate_netlink_fill_report(struct sk_buff *skb, const struct tcpstate_net *tn,
				 const struct tcpstate_report *report)
{
	const struct tcpstate_flow *flow = &report->copy.flow;
	/* The end of a connection is told with all that was known of it then. */
	bool whole = report->kind == TCPSTATE_REPORT_END || report->verdict;

	/* There may be several listeners, so name users as the namespace itself does. */
	if (put_head(skb, flow, &report->change.states, tn->net->user_ns, whole))
		return -EMSGSIZE;
	if (whole && put_tail(skb, tn, flow, report->time_ns, report->verdict))
		return -EMSGSIZE;
	if (!whole && put_handshake(skb, &flow->conn))
		return -EMSGSIZE;
	return put_event(skb, report);
}

static int put_pair(struct sk_buff *skb, u8 initiator, u8 responder, u32 count)
{
	struct nlattr *nest = nla_nest_start(skb, TCPSTATE_A_STATS_PAIR);

	if (!nest ||
	    nla_put_u8(skb, TCPSTATE_A_PAIR_INITIATOR_STATE, initiator) ||
	    nla_put_u8(skb, TCPSTATE_A_PAIR_RESPONDER_STATE, responder) ||
	    nla_put_u32(skb, TCPSTATE_A_PAIR_COUNT, count))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_tally(struct sk_buff *skb, const struct tcpstate_tally *tally)
{
	u8 a, b;

	if (nla_put_u64_64bit(skb, TCPSTATE_A_STATS_MEMORY_BYTES, tally->bytes,
			      TCPSTATE_A_STATS_PAD))
		return -EMSGSIZE;
	for (a = 0; a < TCPSTATE_STATES; a++)
		for (b = 0; b < TCPSTATE_STATES; b++)
			if (tally->pairs[a][b] &&
			    put_pair(skb, a, b, tally->pairs[a][b]))
				return -EMSGSIZE;
	return 0;
}

static int put_counters(struct sk_buff *skb, const struct tcpstate_net *tn)
{
	struct nlattr *nest = nla_nest_start(skb, TCPSTATE_A_STATS_COUNTERS);
	int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = TCPSTATE_A_COUNTER_SEGMENTS; i < TCPSTATE_COUNTERS; i++)
		if (nla_put_u64_64bit(skb, i, tcpstate_stats_sum(tn, i), TCPSTATE_A_COUNTER_PAD))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_ending(struct sk_buff *skb, u8 verdict, u64 count)
{
	struct nlattr *nest = nla_nest_start(skb, TCPSTATE_A_STATS_ENDING);

	if (!nest ||
	    nla_put_u8(skb, TCPSTATE_A_ENDING_VERDICT, verdict) ||
	    nla_put_u64_64bit(skb, TCPSTATE_A_ENDING_COUNT, count,
			      TCPSTATE_A_ENDING_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_endings(struct sk_buff *skb, const struct tcpstate_net *tn)
{
	u8 verdict;

	for (verdict = TCPSTATE_VERDICT_CLOSED; verdict < TCPSTATE_VERDICTS; verdict++)
		if (put_ending(skb, verdict, tcpstate_stats_sum_endings(tn, verdict)))
			return -EMSGSIZE;
	return 0;
}

static int put_bucket(struct sk_buff *skb, unsigned int i, u64 count)
{
	struct nlattr *nest = nla_nest_start(skb, TCPSTATE_A_HISTOGRAM_BUCKET);
	u32 bound_us = tcpstate_stats_bound_us(i);

	if (!nest ||
	    (bound_us && nla_put_u32(skb, TCPSTATE_A_BUCKET_LE_US, bound_us)) ||
	    nla_put_u64_64bit(skb, TCPSTATE_A_BUCKET_COUNT, count,
			      TCPSTATE_A_BUCKET_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_histogram(struct sk_buff *skb, const struct tcpstate_net *tn, int attr,
			 enum tcpstate_interval interval)
{
	struct nlattr *nest = nla_nest_start(skb, attr);
	struct tcpstate_histogram sum;
	unsigned int i;

	tcpstate_stats_sum_times(tn, interval, &sum);
	if (!nest ||
	    nla_put_u64_64bit(skb, TCPSTATE_A_HISTOGRAM_SUM_US, sum.sum_us,
			      TCPSTATE_A_HISTOGRAM_PAD))
		return -EMSGSIZE;
	for (i = 0; i < TCPSTATE_BUCKETS; i++)
		if (put_bucket(skb, i, sum.n[i]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * tcpstate_netlink_fill_stats() - put the totals of a namespace into a message
 * @skb: the message
 * @tn: the namespace
 * @tally: what was counted in the table; NULL if the request did not ask for it
 *
 * Context: process.
 * Return: 0, or -EMSGSIZE where there is no room.
 */
int tcpstate_netlink_fill_stats(struct sk_buff *skb, const struct tcpstate_net *tn,
				const struct tcpstate_tally *tally)
{
	if (nla_put_u32(skb, TCPSTATE_A_STATS_RECORDS, tcpstate_stats_records(tn)) ||
	    nla_put_u32(skb, TCPSTATE_A_STATS_MAX_RECORDS, tcpstate_limit_get_max()) ||
	    nla_put_u32(skb, TCPSTATE_A_STATS_SHARE, tcpstate_limit_share(tn->owner)) ||
	    nla_put_u64_64bit(skb, TCPSTATE_A_STATS_TABLE_BYTES, tcpstate_table_bytes(),
			      TCPSTATE_A_STATS_PAD) ||
	    put_counters(skb, tn) || put_endings(skb, tn) ||
	    put_histogram(skb, tn, TCPSTATE_A_STATS_SYN_TIME, TCPSTATE_INTERVAL_SYN) ||
	    put_histogram(skb, tn, TCPSTATE_A_STATS_ACK_TIME, TCPSTATE_INTERVAL_ACK))
		return -EMSGSIZE;
	return tally ? put_tally(skb, tally) : 0;
}
