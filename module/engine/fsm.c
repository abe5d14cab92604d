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
	RECEIVER_STEPS	= 2,	/* receiver_events(): the ACK of a SYN, of a FIN */
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
	if (result->n && !tcpstate_conn_verdict(conn))
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

/* Has @end's peer said that it received @end's SYN, or @end's FIN? */
static bool has_ack_of(const struct tcpstate_conn *conn, int peer, int end,
		       bool (*covers)(const struct tcpstate_conn *conn, int end,
				      __u32 ack))
{
	return conn->flags & TCPSTATE_F_ACK << peer &&
	       covers(conn, end, conn->end[peer].ack);
}

/*
 * If only one end is heard, infer from its segments what the other end did. An ACK of an
 * end in SYN_SENT acknowledges a SYN that passed elsewhere; if the segment repeats its
 * own SYN, the two SYNs crossed. Its first segment after a SYN/ACK shows that the third
 * segment of the handshake arrived.
 */
static void infer_unheard(struct tcpstate_conn *conn,
			  const struct tcpstate_segment *seg, int from, int to,
			  struct tcpstate_result *result)
{
	if (seg->flags & TCPSTATE_FLAG_SYN) {
		if (!tcpstate_classify_is_crossing(conn, seg, from, to))
			return;
		tcpstate_conn_start(&conn->end[to], seg->ack - 1);
		conn->flags |= TCPSTATE_F_SYN << to;
		tcpstate_matrix_step(conn, to, TCPSTATE_SND_SYN, result);
		return;
	}
	if (tcpstate_conn_state(conn, from) == TCPSTATE_SYN_SENT &&
	    tcpstate_conn_state(conn, to) == TCPSTATE_LISTEN) {
		tcpstate_conn_start(&conn->end[to], seg->ack - 1);
		conn->flags |= TCPSTATE_F_SYN << to | TCPSTATE_F_SACK;
		/* What its SYN carried was not taken if it begins before the end of that. */
		if (tcpstate_seq_before(seg->seq, conn->end[from].snd_nxt))
			tcpstate_conn_renumber(&conn->end[from], seg->seq);
		/* Nothing is refused for want of an option that passed elsewhere. */
		if (tcpstate_conn_wscale(conn, from) != TCPSTATE_WSCALE_NONE) {
			conn->wscales &= ~(15 << (4 * to));
			conn->wscales |= TCPSTATE_WSCALE_MAX << (4 * to);
		}
		tcpstate_matrix_step(conn, to, TCPSTATE_RCV_SYN, result);
		tcpstate_matrix_step(conn, from, TCPSTATE_RCV_SYN_ACK, result);
	} else if (tcpstate_conn_state(conn, from) == TCPSTATE_SYN_RECEIVED &&
		   !tcpstate_conn_has(conn, TCPSTATE_F_SEEN, to)) {
		tcpstate_matrix_step(conn, to, TCPSTATE_RCV_SYN_ACK, result);
		tcpstate_matrix_step(conn, from, TCPSTATE_RCV_ACK_OF_SYN, result);
	}
}

/* Take the transitions of what the sender's ACK proves it has received. */
static void sender_received(struct tcpstate_conn *conn,
			    const struct tcpstate_segment *seg, int from, int to,
			    struct tcpstate_result *result)
{
	__u8 state = tcpstate_conn_state(conn, from);
	bool rst = seg->flags & TCPSTATE_FLAG_RST;

	if (!rst && tcpstate_conn_covers_syn(conn, to, seg->ack)) {
		/* With a SYN of its own, the ACK answers a SYN that crossed it. */
		if (!(seg->flags & TCPSTATE_FLAG_SYN) &&
		    has_ack_of(conn, to, from, tcpstate_conn_covers_syn))
			tcpstate_matrix_step(conn, from, TCPSTATE_RCV_SYN_ACK, result);
		else if (state == TCPSTATE_LISTEN || state == TCPSTATE_SYN_SENT)
			tcpstate_matrix_step(conn, from, TCPSTATE_RCV_SYN, result);
		if (state == TCPSTATE_SYN_SENT &&
		    has_ack_of(conn, to, from, tcpstate_conn_covers_syn))
			tcpstate_matrix_step(conn, from, TCPSTATE_RCV_ACK_OF_SYN, result);
	}

	state = tcpstate_conn_state(conn, from);
	if (tcpstate_conn_covers_fin(conn, to, seg->ack)) {
		tcpstate_matrix_step(conn, from, TCPSTATE_RCV_FIN, result);
		if (state != TCPSTATE_FIN_WAIT_1)
			return;
	} else if (state != TCPSTATE_FIN_WAIT_1 || rst ||
		   seg->flags & TCPSTATE_FLAG_FIN ||
		   !(conn->flags & TCPSTATE_F_FIN << to)) {
		return;
	}
	/* The ACK of its FIN that receiver_events() left for this answer. */
	if (has_ack_of(conn, to, from, tcpstate_conn_covers_fin))
		tcpstate_matrix_step(conn, from, TCPSTATE_RCV_ACK_OF_FIN, result);
}

/* A SYN or SYN/ACK leaves @from. */
static void send_syn(struct tcpstate_conn *conn, const struct tcpstate_segment *seg,
		     int from, int to, const struct tcpstate_time *time,
		     struct tcpstate_result *result)
{
	bool ack = seg->flags & TCPSTATE_FLAG_ACK;
	bool initiator = from == TCPSTATE_INITIATOR;

	if (!tcpstate_conn_syn_passed(conn, from))
		conn->handshake |= TCPSTATE_HANDSHAKE_SYN << from;
	if (!(conn->flags & TCPSTATE_F_SYN << from) ||
	    seg->seq != conn->end[from].isn) {
		if (ack && !(conn->flags & (TCPSTATE_F_SYN << from | TCPSTATE_F_ACK << to)))
			conn->end[to].ack = seg->seq + 1;
		tcpstate_learn_syn(conn, seg, from);
		if (from == TCPSTATE_RESPONDER) {
			conn->flags &= ~TCPSTATE_F_SIMULTANEOUS;
			if (!ack)
				conn->flags |= TCPSTATE_F_SIMULTANEOUS;
			else if (!(conn->flags & TCPSTATE_F_MIDSTREAM) &&
				 !tcpstate_conn_syn_us(conn))
				conn->handshake |= time->age_us ? time->age_us : 1;
		}
		tcpstate_matrix_step(conn, from, ack ? TCPSTATE_SND_SYN_ACK :
						    TCPSTATE_SND_SYN, result);
		return;
	}
	/* The responder's may have been inferred before, as a SYN/ACK. */
	if (ack == initiator)
		conn->flags |= TCPSTATE_F_SIMULTANEOUS;
	if (ack && from == TCPSTATE_RESPONDER &&
	    conn->end[from].snd_nxt == conn->end[from].isn + 1 &&
	    tcpstate_conn_state(conn, from) == TCPSTATE_ESTABLISHED &&
	    !(conn->flags & TCPSTATE_F_SIMULTANEOUS) && from != to &&
	    tcpstate_classify_is_evidence(conn, seg, from, time)) {
		tcpstate_matrix_step(conn, from, TCPSTATE_SYN_ACK_AGAIN, result);
		conn->flags |= TCPSTATE_F_RETRACTED;
		result->notes |= TCPSTATE_NOTE_RETRACT;
	}
}

/* A FIN leaves @from: the first, or the same again. */
static void send_fin(struct tcpstate_conn *conn, const struct tcpstate_segment *seg,
		     int from, int to, const struct tcpstate_time *time,
		     struct tcpstate_result *result)
{
	__u8 state = tcpstate_conn_state(conn, from);
	unsigned int closed = tcpstate_conn_verdict(conn);

	if (!(conn->flags & TCPSTATE_F_FIN << from)) {
		if (!tcpstate_matrix[state][TCPSTATE_SND_FIN])
			return;
		conn->flags |= TCPSTATE_F_FIN << from;
		/* Crossed if it was sent in ignorance of the other's FIN. */
		if (state != TCPSTATE_CLOSE_WAIT)
			conn->flags |= TCPSTATE_F_CLOSER << from;
		tcpstate_matrix_step(conn, from, TCPSTATE_SND_FIN, result);
		return;
	}
	/* With an older ACK than its sender's newest it is a late copy: none was lost. */
	if (closed > TCPSTATE_VERDICT_CLOSED || from == to ||
	    tcpstate_segment_end(seg) != conn->end[from].snd_nxt ||
	    seg->ack != conn->end[from].ack)
		return;
	conn->flags |= TCPSTATE_F_FIN_REPEATED;
	if (!tcpstate_matrix[state][TCPSTATE_FIN_AGAIN] ||
	    !tcpstate_classify_is_evidence(conn, seg, from, time))
		return;
	tcpstate_matrix_step(conn, from, TCPSTATE_FIN_AGAIN, result);
	tcpstate_conn_set_verdict(conn, TCPSTATE_VERDICT_NONE);
	conn->flags |= TCPSTATE_F_RETRACTED;
	result->notes |= TCPSTATE_NOTE_RETRACT;
}

/* What an acceptable ACK does to its receiver (RFC 9293, 3.10.7.4, fifth). */
static void receiver_events(struct tcpstate_conn *conn,
			    const struct tcpstate_segment *seg, int from, int to,
			    bool fin_before, const struct tcpstate_time *time,
			    struct tcpstate_result *result)
{
	__u8 n = result->n;

	if (tcpstate_conn_covers_syn(conn, to, seg->ack))
		tcpstate_matrix_step(conn, to, TCPSTATE_RCV_ACK_OF_SYN, result);
	if (result->n != n && to == TCPSTATE_RESPONDER)
		tcpstate_learn_opened(conn, time);
	/*
	 * With the sender's own FIN outstanding since an earlier segment, that
	 * FIN arrives before this ACK: which of the two transitions comes first is
	 * known when the receiver answers (RFC 9293, 3.6, figure 13). Where a
	 * FIN was repeated one has been lost, and the ACK is taken to arrive.
	 */
	if (fin_before && !(conn->flags & TCPSTATE_F_FIN_REPEATED) &&
	    tcpstate_conn_state(conn, to) == TCPSTATE_FIN_WAIT_1 &&
	    !tcpstate_conn_has_hole(conn, from) &&
	    !has_ack_of(conn, to, from, tcpstate_conn_covers_fin))
		return;
	if (tcpstate_conn_covers_fin(conn, to, seg->ack))
		tcpstate_matrix_step(conn, to, TCPSTATE_RCV_ACK_OF_FIN, result);
}

/* Restart the interval of the timeout, unless this segment is no reason for that. */
static void touch(struct tcpstate_conn *conn, const struct tcpstate_segment *seg,
		  __u8 to_was, const struct tcpstate_time *time,
		  const struct tcpstate_result *result, bool believed)
{
	bool time_wait = tcpstate_conn_state(conn, 0) == TCPSTATE_TIME_WAIT ||
			 tcpstate_conn_state(conn, 1) == TCPSTATE_TIME_WAIT;

	if (result->n) {
		conn->last_seen_ms = time->now_ms;
	} else if (time_wait) {
		/* Linux's tcp_timewait_state_process(); RFC 9293, 3.10.7.4 */
		if (to_was == TCPSTATE_TIME_WAIT &&
		    !(seg->flags & TCPSTATE_FLAG_RST) &&
		    (seg->flags & TCPSTATE_FLAG_ACK ||
		     result->notes & TCPSTATE_NOTE_PAWS))
			conn->last_seen_ms = time->now_ms;
	} else if (conn->states != (TCPSTATE_CLOSED | TCPSTATE_CLOSED << 4)) {
		if (believed || result->notes & (TCPSTATE_NOTE_KEEPALIVE |
						TCPSTATE_NOTE_ZERO_WINDOW))
			conn->last_seen_ms = time->now_ms;
	}
}

static bool is_over(const struct tcpstate_conn *conn, int end)
{
	__u8 state = tcpstate_conn_state(conn, end);

	return state == TCPSTATE_CLOSED || state == TCPSTATE_TIME_WAIT;
}

/* Take one segment through both ends, as if there were no verdict. */
static void take(struct tcpstate_conn *conn, const struct tcpstate_segment *seg, int from,
		 int to, const struct tcpstate_time *time, struct tcpstate_result *result)
{
	__u8 to_was = tcpstate_conn_state(conn, to);
	bool fin_before = conn->flags & TCPSTATE_F_FIN << from;
	bool acceptable, believed;

	result->notes |= tcpstate_pickup_judge(conn, seg, from, to, time, result);
	acceptable = !(result->notes & TCPSTATE_NOTE_UNACCEPTABLE);
	/*
	 * A local end has certainly sent this, whether or not its receiver takes it. But
	 * a SYN may come from another socket.
	 */
	believed = acceptable ||
		   (seg->local_out && !(seg->flags & TCPSTATE_FLAG_SYN));

	tcpstate_learn_count(conn, seg, from, to, result->notes);
	if (believed) {
		if (seg->flags & TCPSTATE_FLAG_RST) {
			tcpstate_reset_take(conn, seg, from, to, acceptable, result);
		} else {
			bool ack = seg->flags & TCPSTATE_FLAG_ACK;

			if (ack) {
				infer_unheard(conn, seg, from, to, result);
				tcpstate_learn_ack(conn, seg, from, to);
				sender_received(conn, seg, from, to, result);
			}
			if (seg->flags & TCPSTATE_FLAG_SYN)
				send_syn(conn, seg, from, to, time, result);
			tcpstate_learn_seq(conn, seg, from, to);
			if (seg->flags & TCPSTATE_FLAG_FIN)
				send_fin(conn, seg, from, to, time, result);
			if (acceptable && ack)
				receiver_events(conn, seg, from, to, fin_before,
						time, result);
		}
		conn->flags |= TCPSTATE_F_SEEN << from;
		if (conn->flags & TCPSTATE_F_LOOSE)
			tcpstate_learn_in_step(conn);
	}
	if (from == to)
		tcpstate_matrix_set_state(conn, !from, tcpstate_conn_state(conn, from));
	if (is_over(conn, 0) && is_over(conn, 1) && !tcpstate_conn_verdict(conn))
		tcpstate_conn_set_verdict(conn, TCPSTATE_VERDICT_CLOSED);
	touch(conn, seg, to_was, time, result, believed);
}

/* The verdict was wrong. Record the transitions from the states that it showed to the real ones. */
static void retract(struct tcpstate_conn *conn, const struct tcpstate_shown *shown,
		    struct tcpstate_result *result)
{
	int end;

	for (end = 0; end < 2; end++)
		if (tcpstate_verdict_covers(shown, end))
			tcpstate_matrix_record(result, end, TCPSTATE_UNDO_RST,
					       shown->states >> (4 * end) & 15,
					       tcpstate_conn_state(conn, end));
	/* Without a transition, both ends have meanwhile closed without the verdict as well. */
	if (!result->n)
		return;
	conn->flags |= TCPSTATE_F_RETRACTED;
	result->notes |= TCPSTATE_NOTE_RETRACT;
}

/* Keep the transitions of an end that the verdict did not close: they are visible. */
static void keep_seen(struct tcpstate_result *result, const struct tcpstate_result *unseen,
		      const struct tcpstate_shown *shown, int to)
{
	int i;

	result->notes = unseen->notes & ~TCPSTATE_NOTE_RETRACT;
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
static void take_disputed(struct tcpstate_conn *conn, const struct tcpstate_segment *seg,
			  int from, int to, const struct tcpstate_time *time,
			  struct tcpstate_result *result)
{
	struct tcpstate_result unseen = {};
	struct tcpstate_shown shown;
	__u32 sent;

	tcpstate_verdict_lift(conn, &shown);
	if (tcpstate_verdict_is_disproved(conn, &shown, seg, from, to, time)) {
		retract(conn, &shown, result);
		take(conn, seg, from, to, time, result);
		return;
	}
	sent = conn->end[to].snd_nxt;
	take(conn, seg, from, to, time, &unseen);
	/* It acknowledges what passed elsewhere, perhaps before the verdict. */
	if (conn->flags & TCPSTATE_F_SEEN << to && conn->end[to].snd_nxt != sent)
		shown.mark[to] = conn->end[to].snd_nxt;
	keep_seen(result, &unseen, &shown, to);
	tcpstate_verdict_lower(conn, &shown);
	if (result->n)
		conn->last_seen_ms = time->now_ms;
	if (result->notes & TCPSTATE_NOTE_RETRACT)
		conn->flags |= TCPSTATE_F_RETRACTED;
}

/*
 * Take a RST of a connection that already has a verdict: it closes an end that is still
 * shown open, and moves the marks to what was sent until now.
 */
static void take_rst_again(struct tcpstate_conn *conn, const struct tcpstate_segment *seg,
			   int from, int to, const struct tcpstate_time *time,
			   struct tcpstate_result *result)
{
	struct tcpstate_shown shown;
	__u8 hidden;

	tcpstate_verdict_lift(conn, &shown);
	hidden = conn->states;
	conn->states = shown.states;
	tcpstate_conn_set_verdict(conn, shown.flags >> TCPSTATE_VERDICT_SHIFT & 7);
	take(conn, seg, from, to, time, result);
	if (!(result->notes & TCPSTATE_NOTE_UNACCEPTABLE)) {
		shown.mark[from] = tcpstate_reset_mark(conn, seg, from, to);
		shown.mark[to] = conn->end[to].snd_nxt;
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
	result->n = 0;
	result->notes = 0;
	if (!tcpstate_conn_is_disputable(conn))
		take(conn, seg, from, to, time, result);
	else if (seg->flags & TCPSTATE_FLAG_RST)
		take_rst_again(conn, seg, from, to, time, result);
	else
		take_disputed(conn, seg, from, to, time, result);
}
