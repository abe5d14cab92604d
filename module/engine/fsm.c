// SPDX-License-Identifier: GPL-2.0-only
/*
 * The order in which one segment's triggers are taken, for its sender and its receiver
 * (RFC 9293, 3.10.7). Pure.
 */
#include "fsm.h"
#include "classify.h"
#include "learn.h"
#include "pickup.h"
#include "reset.h"
#include "verdict.h"

/* The most transitions that each part of tcpstate_fsm_segment() takes. */
enum {
	RETRACT_STEPS	= 2,	/* retract(): one for each end */
	UNHEARD_STEPS	= 2,	/* infer_unheard() */
	RECEIVED_STEPS	= 4,	/* sender_received(): a SYN and its ACK, a FIN and its ACK */
	SENT_STEPS	= 2,	/* send_syn(), send_fin() */
	RECEIVER_STEPS	= 2,	/* receiver_acked(): the ACK of a SYN, of a FIN */
	RST_STEPS	= 4,	/* tcpstate_reset_take(): a FIN and the RST for each end */
};

_Static_assert(RETRACT_STEPS + UNHEARD_STEPS + RECEIVED_STEPS + SENT_STEPS +
	       RECEIVER_STEPS <= TCPSTATE_TRANSITIONS_MAX, "a segment may lose a transition");
/* Ends that have opened unseen have no transition of an opening left to take. */
_Static_assert(RETRACT_STEPS + TCPSTATE_PICKUP_STEPS + RECEIVED_STEPS / 2 + SENT_STEPS / 2 +
	       RECEIVER_STEPS / 2 <= TCPSTATE_TRANSITIONS_MAX, "a pick-up may lose a transition");
_Static_assert(TCPSTATE_PICKUP_STEPS + RST_STEPS <= TCPSTATE_TRANSITIONS_MAX,
	       "a RST may lose a transition");

/**
 * tcpstate_fsm_forget() - neither end knows a connection any more
 * @conn: the connection
 * @result: the transitions are added here
 *
 * This is concluded from the refusal of another SYN, and can be taken back. A connection
 * that has closed stays as it is: the refusal may be forged, and TIME_WAIT ends by itself.
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_fsm_forget(struct tcpstate_conn *conn, struct tcpstate_result *result)
{
	const __u32 mark[2] = { conn->end[0].snd_nxt, conn->end[1].snd_nxt };
	__u8 before = conn->states;

	if (tcpstate_conn_verdict(conn) == TCPSTATE_VERDICT_CLOSED)
		return;
	tcpstate_matrix_step(conn, TCPSTATE_INITIATOR, TCPSTATE_NO_SOCKET, result);
	tcpstate_matrix_step(conn, TCPSTATE_RESPONDER, TCPSTATE_NO_SOCKET, result);
	if (!tcpstate_conn_verdict(conn))
		tcpstate_verdict_give(conn, TCPSTATE_VERDICT_GONE, before, mark);
}

/**
 * tcpstate_fsm_expire() - the time of a connection is over
 * @conn: the connection
 * @result: the transitions are added here
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_fsm_expire(struct tcpstate_conn *conn, struct tcpstate_result *result)
{
	tcpstate_matrix_step(conn, TCPSTATE_INITIATOR, TCPSTATE_EXPIRE, result);
	tcpstate_matrix_step(conn, TCPSTATE_RESPONDER, TCPSTATE_EXPIRE, result);
}

/* Has the receiver acknowledged the sender's SYN, or its FIN? */
static bool is_acked(const struct tcpstate_passage *p,
		     bool (*covers)(const struct tcpstate_conn *conn, int end, __u32 ack))
{
	return tcpstate_conn_has(p->conn, TCPSTATE_F_ACK, p->to) &&
	       covers(p->conn, p->from, p->conn->end[p->to].ack);
}

/*
 * If only one end is heard, infer from its segments what the other end did. An ACK of an
 * end in SYN_SENT acknowledges a SYN that passed elsewhere; if the segment repeats its
 * own SYN, the two SYNs crossed. Its first segment after a SYN/ACK shows that the third
 * segment of the handshake arrived.
 */
static void infer_unheard(const struct tcpstate_passage *p)
{
	const struct tcpstate_segment *seg = p->seg;
	struct tcpstate_conn *conn = p->conn;
	int from = p->from, to = p->to;

	if (seg->flags & TCPSTATE_FLAG_SYN) {
		if (!tcpstate_classify_is_crossing(p))
			return;
		tcpstate_conn_start(&conn->end[to], seg->ack - 1);
		conn->flags |= TCPSTATE_F_SYN << to;
		tcpstate_passage_step(p, to, TCPSTATE_SND_SYN);
		return;
	}
	if (tcpstate_conn_state(conn, to) == TCPSTATE_LISTEN) {
		tcpstate_conn_start(&conn->end[to], seg->ack - 1);
		conn->flags |= TCPSTATE_F_SYN << to | TCPSTATE_F_SACK;
		/* What its SYN carried was not taken if it begins before the end of that. */
		if (tcpstate_seq_before(seg->seq, conn->end[from].snd_nxt))
			tcpstate_conn_renumber(&conn->end[from], seg->seq);
		tcpstate_conn_assume_wscale(conn);
		tcpstate_passage_step(p, to, TCPSTATE_RCV_SYN);
		tcpstate_passage_step(p, from, TCPSTATE_RCV_SYN_ACK);
	} else if (tcpstate_conn_state(conn, from) == TCPSTATE_SYN_RECEIVED &&
		   !tcpstate_conn_has(conn, TCPSTATE_F_SEEN, to)) {
		tcpstate_passage_step(p, to, TCPSTATE_RCV_SYN_ACK);
		tcpstate_passage_step(p, from, TCPSTATE_RCV_ACK_OF_SYN);
	}
}

/* Take the transitions of what the sender's ACK proves it has received (R1 in matrix.c). */
static void sender_received(const struct tcpstate_passage *p)
{
	const struct tcpstate_segment *seg = p->seg;
	const struct tcpstate_conn *conn = p->conn;
	int from = p->from, to = p->to;
	__u8 state = tcpstate_conn_state(conn, from);

	if (tcpstate_conn_covers_syn(conn, to, seg->ack)) {
		/* With a SYN of its own, the ACK answers a SYN that crossed it. */
		if (!(seg->flags & TCPSTATE_FLAG_SYN) && is_acked(p, tcpstate_conn_covers_syn))
			tcpstate_passage_step(p, from, TCPSTATE_RCV_SYN_ACK);
		else if (state == TCPSTATE_LISTEN || state == TCPSTATE_SYN_SENT)
			tcpstate_passage_step(p, from, TCPSTATE_RCV_SYN);
		if (state == TCPSTATE_SYN_SENT && is_acked(p, tcpstate_conn_covers_syn))
			tcpstate_passage_step(p, from, TCPSTATE_RCV_ACK_OF_SYN);
	}

	if (tcpstate_conn_covers_fin(conn, to, seg->ack)) {
		tcpstate_passage_step(p, from, TCPSTATE_RCV_FIN);
		if (state != TCPSTATE_FIN_WAIT_1)
			return;
	} else if (state != TCPSTATE_FIN_WAIT_1 ||
		   seg->flags & TCPSTATE_FLAG_FIN ||
		   !(conn->flags & TCPSTATE_F_FIN << to)) {
		return;
	}
	/* The ACK of its FIN that receiver_acked() left for this answer. */
	if (is_acked(p, tcpstate_conn_covers_fin))
		tcpstate_passage_step(p, from, TCPSTATE_RCV_ACK_OF_FIN);
}

/* A SYN or SYN/ACK leaves @from: the first, or the same again (R3). */
static void send_syn(const struct tcpstate_passage *p)
{
	const struct tcpstate_segment *seg = p->seg;
	struct tcpstate_conn *conn = p->conn;
	int from = p->from, to = p->to;
	bool ack = seg->flags & TCPSTATE_FLAG_ACK;
	bool initiator = from == TCPSTATE_INITIATOR;

	if (!tcpstate_conn_syn_passed(conn, from)) {
		conn->handshake |= TCPSTATE_HANDSHAKE_SYN << from;
		if (tcpstate_conn_has(conn, TCPSTATE_F_SYN, from))
			conn->handshake |= TCPSTATE_HANDSHAKE_LATE << from;
	}
	if (!(conn->flags & TCPSTATE_F_SYN << from) ||
	    seg->seq != conn->end[from].isn) {
		if (ack && !(conn->flags & (TCPSTATE_F_SYN << from | TCPSTATE_F_ACK << to)))
			conn->end[to].ack = seg->seq + 1;
		tcpstate_learn_syn(p);
		if (from == TCPSTATE_RESPONDER) {
			conn->flags &= ~TCPSTATE_F_SIMULTANEOUS;
			if (!ack)
				conn->flags |= TCPSTATE_F_SIMULTANEOUS;
			else if (!(conn->flags & TCPSTATE_F_MIDSTREAM) &&
				 !tcpstate_conn_syn_us(conn))
				conn->handshake |= p->time->age_us ? p->time->age_us : 1;
		}
		tcpstate_passage_step(p, from, ack ? TCPSTATE_SND_SYN_ACK : TCPSTATE_SND_SYN);
		return;
	}
	/* The responder's may have been inferred before, as a SYN/ACK. */
	if (ack == initiator)
		conn->flags |= TCPSTATE_F_SIMULTANEOUS;
	if (ack && conn->end[from].snd_nxt == conn->end[from].isn + 1 &&
	    tcpstate_conn_state(conn, from) == TCPSTATE_ESTABLISHED &&
	    !(conn->flags & TCPSTATE_F_SIMULTANEOUS) &&
	    tcpstate_classify_is_evidence(p)) {
		tcpstate_passage_step(p, from, TCPSTATE_SYN_ACK_AGAIN);
		conn->flags |= TCPSTATE_F_RETRACTED;
		p->result->notes |= TCPSTATE_NOTE_RETRACT;
	}
}

/* A FIN leaves @from: the first, or the same again (R3). */
static void send_fin(const struct tcpstate_passage *p)
{
	const struct tcpstate_segment *seg = p->seg;
	struct tcpstate_conn *conn = p->conn;
	int from = p->from;
	__u8 state = tcpstate_conn_state(conn, from);

	if (!(conn->flags & TCPSTATE_F_FIN << from)) {
		if (!tcpstate_matrix[state][TCPSTATE_SND_FIN])
			return;
		conn->flags |= TCPSTATE_F_FIN << from;
		/* Crossed if it was sent in ignorance of the other's FIN. */
		if (state != TCPSTATE_CLOSE_WAIT)
			conn->flags |= TCPSTATE_F_CLOSER << from;
		tcpstate_passage_step(p, from, TCPSTATE_SND_FIN);
		return;
	}
	/* With an older ACK than its sender's newest it is a late copy: none was lost. */
	if (from == p->to ||
	    tcpstate_segment_end(seg) != conn->end[from].snd_nxt ||
	    seg->ack != conn->end[from].ack)
		return;
	conn->flags |= TCPSTATE_F_FIN_REPEATED;
	if (!tcpstate_matrix[state][TCPSTATE_FIN_AGAIN] ||
	    !tcpstate_classify_is_evidence(p))
		return;
	tcpstate_passage_step(p, from, TCPSTATE_FIN_AGAIN);
	tcpstate_conn_set_verdict(conn, TCPSTATE_VERDICT_NONE);
	conn->flags |= TCPSTATE_F_RETRACTED;
	p->result->notes |= TCPSTATE_NOTE_RETRACT;
}

/* What an acceptable ACK does to its receiver (R2; RFC 9293, 3.10.7.4, fifth). */
static void receiver_acked(const struct tcpstate_passage *p, bool fin_before)
{
	struct tcpstate_conn *conn = p->conn;
	__u32 ack = p->seg->ack;
	__u8 n = p->result->n;
	int to = p->to;

	if (tcpstate_conn_covers_syn(conn, to, ack))
		tcpstate_passage_step(p, to, TCPSTATE_RCV_ACK_OF_SYN);
	if (p->result->n != n && to == TCPSTATE_RESPONDER)
		tcpstate_learn_opened(conn, p->time);
	/*
	 * With the sender's own FIN outstanding since an earlier segment, that
	 * FIN arrives before this ACK: which of the two transitions comes first is
	 * known when the receiver answers (RFC 9293, 3.6, figure 13). Where a
	 * FIN was repeated one has been lost, and the ACK is taken to arrive.
	 */
	if (fin_before && !(conn->flags & TCPSTATE_F_FIN_REPEATED) &&
	    tcpstate_conn_state(conn, to) == TCPSTATE_FIN_WAIT_1 &&
	    !tcpstate_conn_has_hole(conn, p->from) &&
	    !is_acked(p, tcpstate_conn_covers_fin))
		return;
	if (tcpstate_conn_covers_fin(conn, to, ack))
		tcpstate_passage_step(p, to, TCPSTATE_RCV_ACK_OF_FIN);
}

/* Restart the interval of the timeout, unless this segment is no reason for that. */
static void touch(const struct tcpstate_passage *p, __u8 to_was, bool believed)
{
	const struct tcpstate_result *result = p->result;
	struct tcpstate_conn *conn = p->conn;
	bool time_wait = tcpstate_conn_state(conn, 0) == TCPSTATE_TIME_WAIT ||
			 tcpstate_conn_state(conn, 1) == TCPSTATE_TIME_WAIT;

	if (result->n) {
		conn->last_seen_ms = p->time->now_ms;
	} else if (time_wait) {
		/* Linux's tcp_timewait_state_process(); RFC 9293, 3.10.7.4 */
		if (to_was == TCPSTATE_TIME_WAIT && !(p->seg->flags & TCPSTATE_FLAG_RST) &&
		    (p->seg->flags & TCPSTATE_FLAG_ACK || result->notes & TCPSTATE_NOTE_PAWS))
			conn->last_seen_ms = p->time->now_ms;
	} else if (conn->states != (TCPSTATE_CLOSED | TCPSTATE_CLOSED << 4)) {
		if (believed || result->notes & (TCPSTATE_NOTE_KEEPALIVE |
						TCPSTATE_NOTE_ZERO_WINDOW))
			conn->last_seen_ms = p->time->now_ms;
	}
}

static bool is_over(const struct tcpstate_conn *conn, int end)
{
	__u8 state = tcpstate_conn_state(conn, end);

	return state == TCPSTATE_CLOSED || state == TCPSTATE_TIME_WAIT;
}

/* Take one segment through both ends, as if there were no verdict. */
static void take(const struct tcpstate_passage *p)
{
	const struct tcpstate_segment *seg = p->seg;
	struct tcpstate_conn *conn = p->conn;
	int from = p->from, to = p->to;
	__u8 to_was = tcpstate_conn_state(conn, to);
	bool fin_before = tcpstate_conn_has(conn, TCPSTATE_F_FIN, from);
	bool ack = seg->flags & TCPSTATE_FLAG_ACK;
	bool acceptable, believed;

	p->result->notes |= tcpstate_pickup_judge(p);
	acceptable = !(p->result->notes & TCPSTATE_NOTE_UNACCEPTABLE);
	/*
	 * A local end has certainly sent this, whether or not its receiver takes it. But
	 * a SYN may come from another socket, and so may what precedes the SYN of its sender.
	 */
	believed = acceptable ||
		   (seg->local_out && !(seg->flags & TCPSTATE_FLAG_SYN) &&
		    tcpstate_conn_is_numbered(conn, from));

	tcpstate_learn_count(p);
	tcpstate_learn_order(p);
	if (believed) {
		if (seg->flags & TCPSTATE_FLAG_RST) {
			tcpstate_reset_take(p);
		} else {
			if (ack) {
				infer_unheard(p);
				tcpstate_learn_ack(p);
				sender_received(p);
			}
			if (seg->flags & TCPSTATE_FLAG_SYN)
				send_syn(p);
			tcpstate_learn_seq(p);
			if (seg->flags & TCPSTATE_FLAG_FIN)
				send_fin(p);
			if (acceptable && ack)
				receiver_acked(p, fin_before);
		}
		conn->flags |= TCPSTATE_F_SEEN << from;
		if (conn->flags & TCPSTATE_F_LOOSE)
			tcpstate_learn_in_step(conn);
	}
	if (from == to)
		tcpstate_matrix_set_state(conn, !from, tcpstate_conn_state(conn, from));
	if (is_over(conn, 0) && is_over(conn, 1) && !tcpstate_conn_verdict(conn))
		tcpstate_conn_set_verdict(conn, TCPSTATE_VERDICT_CLOSED);
	touch(p, to_was, believed);
}

/* The verdict was wrong (R3). Record the transitions from what it showed to the real states. */
static void retract(const struct tcpstate_passage *p, const struct tcpstate_shown *shown)
{
	int end;

	for (end = 0; end < 2; end++)
		if (tcpstate_verdict_covers(shown, end))
			tcpstate_matrix_record(p->result, end, TCPSTATE_UNDO_RST,
					       shown->states >> (4 * end) & 15,
					       tcpstate_conn_state(p->conn, end));
	/* Without a transition, both ends have meanwhile closed without the verdict as well. */
	if (!p->result->n)
		return;
	p->conn->flags |= TCPSTATE_F_RETRACTED;
	p->result->notes |= TCPSTATE_NOTE_RETRACT;
}

/* Keep the transitions of an end that the verdict did not close: they are visible. */
static void keep_seen(struct tcpstate_result *result, const struct tcpstate_result *unseen,
		      const struct tcpstate_shown *shown, int to)
{
	int i;

	result->notes = unseen->notes & ~TCPSTATE_NOTE_RETRACT;
	result->gaps = unseen->gaps;
	result->retransmits = unseen->retransmits;
	/* An end that is closed challenges nothing. */
	if (tcpstate_verdict_covers(shown, to))
		result->notes &= ~TCPSTATE_NOTE_CHALLENGE;
	for (i = 0; i < unseen->n; i++) {
		const struct tcpstate_transition *transition = &unseen->transition[i];

		if (tcpstate_verdict_covers(shown, transition->end))
			continue;
		result->transition[result->n++] = *transition;
		if (transition->trigger == TCPSTATE_FIN_AGAIN ||
		    transition->trigger == TCPSTATE_SYN_ACK_AGAIN)
			result->notes |= TCPSTATE_NOTE_RETRACT;
	}
}

/* Take a segment of a connection whose verdict it may disprove. */
static void take_disputed(const struct tcpstate_passage *p)
{
	struct tcpstate_result unseen = {}, *result = p->result;
	struct tcpstate_passage hidden = *p;
	struct tcpstate_conn *conn = p->conn;
	struct tcpstate_shown shown;
	int to = p->to, end;
	__u32 sent;

	tcpstate_verdict_lift(conn, &shown);
	if (tcpstate_verdict_is_disproved(p, &shown)) {
		retract(p, &shown);
		take(p);
		return;
	}
	sent = conn->end[to].snd_nxt;
	hidden.result = &unseen;
	take(&hidden);
	/* It acknowledges what passed elsewhere, perhaps before the verdict. */
	if (conn->flags & TCPSTATE_F_SEEN << to && tcpstate_seq_after(conn->end[to].snd_nxt, sent))
		shown.mark[to] = conn->end[to].snd_nxt;
	/* A forged number had been picked up. A mark beyond the real one counts as that. */
	for (end = 0; end < 2; end++)
		if (unseen.corrected & 1 << end)
			shown.snd_nxt[end] = conn->end[end].snd_nxt;
	keep_seen(result, &unseen, &shown, to);
	tcpstate_verdict_lower(conn, &shown);
	if (result->n)
		conn->last_seen_ms = p->time->now_ms;
	if (result->notes & TCPSTATE_NOTE_RETRACT)
		conn->flags |= TCPSTATE_F_RETRACTED;
}

/*
 * Take a RST of a connection that already has a verdict: it closes an end that is still
 * shown open, and moves the marks to what was sent until now.
 */
static void take_rst_again(const struct tcpstate_passage *p)
{
	struct tcpstate_conn *conn = p->conn;
	struct tcpstate_shown shown;
	__u32 mark;
	__u8 hidden;

	tcpstate_verdict_lift(conn, &shown);
	hidden = conn->states;
	conn->states = shown.states;
	tcpstate_conn_set_verdict(conn, shown.flags >> TCPSTATE_VERDICT_SHIFT & 7);
	take(p);
	if (!(p->result->notes & TCPSTATE_NOTE_UNACCEPTABLE)) {
		/* An ACK that may have crossed the RST before proves nothing still. */
		mark = tcpstate_reset_mark(p);
		if (tcpstate_seq_after(mark, shown.mark[p->from]))
			shown.mark[p->from] = mark;
		shown.mark[p->to] = conn->end[p->to].snd_nxt;
	}
	shown.states = conn->states;
	shown.last_seen_ms = conn->last_seen_ms;
	conn->states = hidden;
	tcpstate_verdict_lower(conn, &shown);
}

/**
 * tcpstate_fsm_segment() - take one segment through both ends
 * @conn: the connection, begun with tcpstate_incarnation_begin()
 * @seg: the segment
 * @from: the end that sent it
 * @to: the end that it is for; @from in a connection of an end with itself
 * @time: when it passed
 * @result: filled with the transitions it took, in order, and what it was
 *
 * The sender first: what its ACK proves received, then what it sends. Then the
 * receiver, if the segment is acceptable to it (RFC 9293, 3.10.7.4).
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_fsm_segment(struct tcpstate_conn *conn,
			  const struct tcpstate_segment *seg, int from, int to,
			  const struct tcpstate_time *time,
			  struct tcpstate_result *result)
{
	const struct tcpstate_passage passage = {
		.conn = conn, .seg = seg, .from = from, .to = to, .time = time, .result = result,
	};

	result->n = 0;
	result->notes = 0;
	result->corrected = 0;
	result->gaps = 0;
	result->retransmits = 0;
	/* Forget both: after this segment, nothing tells how old the other end's is. */
	if (tcpstate_conn_is_ts_outdated(conn, time->now_ms)) {
		conn->end[0].ts = 0;
		conn->end[1].ts = 0;
	}
	if (!tcpstate_conn_is_disputable(conn))
		take(&passage);
	else if (seg->flags & TCPSTATE_FLAG_RST)
		take_rst_again(&passage);
	else
		take_disputed(&passage);
}
