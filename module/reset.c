// SPDX-License-Identifier: GPL-2.0-only
/*
 * A reset: whom it closes, what is said of it, and how it is taken back. Pure.
 */
#include "reset.h"

/**
 * tcpstate_reset_is_believed() - is this connection closed by a RST?
 * @conn: the connection
 *
 * Context: any; the caller has the connection to itself.
 * Return: true if a RST closed it that may yet be disproved.
 */
bool tcpstate_reset_is_believed(const struct tcpstate_conn *conn)
{
	enum tcpstate_verdict verdict = tcpstate_conn_verdict(conn);

	return verdict == TCPSTATE_VERDICT_RESET_BY_INITIATOR ||
	       verdict == TCPSTATE_VERDICT_RESET_BY_RESPONDER ||
	       verdict == TCPSTATE_VERDICT_GONE;
}

/**
 * tcpstate_reset_sender() - who sent the RST that closed a connection?
 * @conn: the connection, for which tcpstate_reset_is_believed()
 *
 * Context: any; the caller has the connection to itself.
 * Return: TCPSTATE_INITIATOR or TCPSTATE_RESPONDER.
 */
int tcpstate_reset_sender(const struct tcpstate_conn *conn)
{
	return conn->flags & TCPSTATE_F_RST_BY_RESPONDER ? TCPSTATE_RESPONDER :
							   TCPSTATE_INITIATOR;
}

/*
 * What the receiver's states were, and what was sent beyond the RST's number: the
 * receiver took the RST only if it had received just as far, so that an ACK of
 * more disproves it.
 */
static void keep_undo(struct tcpstate_conn *conn, __u32 seq, int from, int to,
		      __u8 states)
{
	struct tcpstate_end *s = &conn->end[from];
	__u32 beyond = s->snd_nxt - seq;

	conn->flags &= ~(TCPSTATE_F_HOLE | TCPSTATE_F_HOLE << 1 |
			 TCPSTATE_F_RST_BY_RESPONDER);
	if (from == TCPSTATE_RESPONDER)
		conn->flags |= TCPSTATE_F_RST_BY_RESPONDER;
	s->undo = 0;
	conn->end[to].undo = states;
	/* Taken short of what was sent: what lies beyond it was not received. */
	if (states && seq == conn->end[to].ack && beyond && beyond <= TCPSTATE_UNDO_BYTES &&
	    !tcpstate_conn_has(conn, TCPSTATE_F_FIN, from) &&
	    tcpstate_seq_after(seq, s->isn)) {
		if (s->snd_nxt < beyond)
			s->wraps--;
		s->snd_nxt = seq;
		s->undo = beyond;
	}
}

/*
 * Does a RST close its sender? In synchronised states yes; before, Linux
 * answers a bad ACK with a RST that carries neither an ACK nor its own SND.NXT,
 * and lives (RFC 9293, 3.5.2, group 2).
 */
static bool rst_closes_sender(const struct tcpstate_conn *conn,
			      const struct tcpstate_segment *seg, int from)
{
	__u8 state = tcpstate_conn_state(conn, from);

	if (state != TCPSTATE_SYN_SENT && state != TCPSTATE_SYN_RECEIVED)
		return true;
	return seg->flags & TCPSTATE_FLAG_ACK ||
	       seg->seq == conn->end[from].snd_nxt;
}

/*
 * A RST without ACK that begins where the other end's ACK ended answers that
 * ACK: the sender's host has no such socket (RFC 9293, 3.5.2, group 1). In
 * FIN_WAIT it may as well be Linux that refuses data after its close().
 */
static bool rst_says_gone(const struct tcpstate_conn *conn,
			  const struct tcpstate_segment *seg, int from, int to)
{
	__u8 state = tcpstate_conn_state(conn, from);

	return !(seg->flags & TCPSTATE_FLAG_ACK) &&
	       conn->flags & TCPSTATE_F_ACK << to &&
	       seg->seq == conn->end[to].ack &&
	       state >= TCPSTATE_ESTABLISHED && state != TCPSTATE_FIN_WAIT_1 &&
	       state != TCPSTATE_FIN_WAIT_2;
}

/*
 * Does a RST with this number find @from's FIN received by @to, which has not said
 * so yet? At the FIN's own number it counts because the FIN is there, but in
 * FIN_WAIT_2: that FIN would have been acknowledged at once, or it was lost.
 */
static bool finds_fin(const struct tcpstate_conn *conn, __u32 seq, int from, int to)
{
	__u8 state = tcpstate_conn_state(conn, to);

	if (tcpstate_conn_has(conn, TCPSTATE_F_HOLE, from))
		return false;
	return tcpstate_conn_covers_fin(conn, from, seq) ||
	       ((state == TCPSTATE_ESTABLISHED || state == TCPSTATE_FIN_WAIT_1) &&
		tcpstate_conn_covers_fin(conn, from, seq + 1));
}

/**
 * tcpstate_reset_take() - take a RST through both ends
 * @conn: the connection
 * @seg: the RST
 * @from: the end that sent it
 * @to: the end that it is for
 * @acceptable: its receiver believes it (RFC 5961, 3.2)
 * @steps: the arrows are added here
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_reset_take(struct tcpstate_conn *conn,
			 const struct tcpstate_segment *seg, int from, int to,
			 bool acceptable, struct tcpstate_steps *steps)
{
	bool refused = acceptable &&
		       tcpstate_conn_state(conn, to) == TCPSTATE_SYN_SENT &&
		       tcpstate_conn_state(conn, from) == TCPSTATE_LISTEN;
	bool gone = rst_says_gone(conn, seg, from, to);
	__u8 before = conn->states;
	__u8 n = steps->n;

	if (rst_closes_sender(conn, seg, from)) {
		if (seg->flags & TCPSTATE_FLAG_ACK && tcpstate_conn_covers_fin(conn, to, seg->ack))
			tcpstate_fsm_step(conn, from, TCPSTATE_RCV_FIN, steps);
		tcpstate_fsm_step(conn, from, gone ? TCPSTATE_NO_SOCKET :
						     TCPSTATE_SND_RST, steps);
	}
	if (acceptable && from != to) {
		if (finds_fin(conn, seg->seq, from, to))
			tcpstate_fsm_step(conn, to, TCPSTATE_RCV_FIN, steps);
		tcpstate_fsm_step(conn, to, TCPSTATE_RCV_RST, steps);
	}
	if (steps->n == n || tcpstate_conn_verdict(conn))
		return;
	if (refused) {
		tcpstate_conn_set_verdict(conn, TCPSTATE_VERDICT_REFUSED);
		return;
	}
	if (gone)
		tcpstate_conn_set_verdict(conn, TCPSTATE_VERDICT_GONE);
	else
		tcpstate_conn_set_verdict(conn, from ? TCPSTATE_VERDICT_RESET_BY_RESPONDER :
					 TCPSTATE_VERDICT_RESET_BY_INITIATOR);
	keep_undo(conn, seg->seq, from, to, acceptable ? before : 0);
}

/* The states before a RST go on with the third segment of the handshake. */
static void learn_opened(struct tcpstate_conn *conn, __u32 ack, int from)
{
	struct tcpstate_end *r = &conn->end[!from];
	__u8 state = r->undo >> (4 * from) & 15, other = r->undo >> (4 * !from) & 15;

	if (state != TCPSTATE_SYN_SENT || other == TCPSTATE_SYN_SENT ||
	    !tcpstate_conn_covers_syn(conn, !from, ack))
		return;
	r->undo &= ~TCPSTATE_UNDO_STATES;
	r->undo |= TCPSTATE_ESTABLISHED | TCPSTATE_ESTABLISHED << 4;
}

/* An ACK of @from's, while a RST is believed. */
static void learn_ack(struct tcpstate_conn *conn, const struct tcpstate_segment *seg,
		      int from)
{
	struct tcpstate_end *s = &conn->end[from];

	if (!(seg->flags & TCPSTATE_FLAG_ACK) ||
	    !tcpstate_conn_has(conn, TCPSTATE_F_ACK, from) ||
	    tcpstate_seq_after(seg->ack, conn->end[!from].snd_nxt))
		return;
	s->ack = tcpstate_seq_max(s->ack, seg->ack);
	learn_opened(conn, seg->ack, from);
}

/**
 * tcpstate_reset_learn() - take what an end sends while a RST is believed
 * @conn: the connection, for which tcpstate_reset_is_believed()
 * @seg: a believed segment, no RST
 * @from: the end that sent it
 *
 * It counts if the RST turns out not to have been taken.
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_reset_learn(struct tcpstate_conn *conn,
			  const struct tcpstate_segment *seg, int from)
{
	int sender = tcpstate_reset_sender(conn);
	struct tcpstate_end *s = &conn->end[sender], *r = &conn->end[!sender];
	bool fin = seg->flags & TCPSTATE_FLAG_FIN;
	__u32 end = tcpstate_segment_end(seg);
	__u32 beyond = end - s->snd_nxt;

	if (seg->flags & TCPSTATE_FLAG_SYN || !r->undo ||
	    !tcpstate_conn_is_numbered(conn, !sender))
		return;
	if (from != sender) {
		if (tcpstate_conn_has(conn, TCPSTATE_F_FIN, from) ||
		    r->undo & TCPSTATE_UNDO_PEER_FIN)
			return;
		tcpstate_conn_advance(r, end);
		if (fin)
			r->undo |= TCPSTATE_UNDO_PEER_FIN;
		return;
	}
	learn_ack(conn, seg, from);
	if (!tcpstate_seq_after(end, s->snd_nxt) || s->undo & TCPSTATE_UNDO_FIN)
		return;
	if (beyond > TCPSTATE_UNDO_BYTES) {
		s->undo = TCPSTATE_UNDO_BYTES;
		return;
	}
	if (s->undo < beyond)
		s->undo = beyond;
	if (!fin)
		return;
	s->undo |= TCPSTATE_UNDO_FIN;
	if (s->ack == r->snd_nxt &&
	    (r->undo & TCPSTATE_UNDO_PEER_FIN ||
	     tcpstate_conn_has(conn, TCPSTATE_F_FIN, !sender)))
		r->undo |= TCPSTATE_UNDO_PEER_FIRST;
}

/**
 * tcpstate_reset_is_undone() - does this ACK show that a RST was not taken?
 * @conn: the connection
 * @seg: a segment
 * @from: the end that sent it
 *
 * Its receiver acknowledges bytes that were first sent after it.
 *
 * Context: any; the caller has the connection to itself.
 * Return: true if it does.
 */
bool tcpstate_reset_is_undone(const struct tcpstate_conn *conn,
			      const struct tcpstate_segment *seg, int from)
{
	int sender = tcpstate_reset_sender(conn);
	const struct tcpstate_end *s = &conn->end[sender];

	return tcpstate_reset_is_believed(conn) && from != sender &&
	       conn->end[!sender].undo &&
	       !(seg->flags & (TCPSTATE_FLAG_RST | TCPSTATE_FLAG_SYN)) &&
	       seg->flags & TCPSTATE_FLAG_ACK &&
	       tcpstate_seq_after(seg->ack, s->snd_nxt) &&
	       !tcpstate_seq_after(seg->ack, s->snd_nxt + (s->undo & TCPSTATE_UNDO_BYTES));
}

/* A FIN of @end that passed while the RST was believed. */
static void send_fin(struct tcpstate_conn *conn, int end, struct tcpstate_steps *steps)
{
	if (tcpstate_conn_state(conn, end) != TCPSTATE_CLOSE_WAIT)
		conn->flags |= TCPSTATE_F_CLOSER << end;
	conn->flags |= TCPSTATE_F_FIN << end;
	tcpstate_fsm_step(conn, end, TCPSTATE_SND_FIN, steps);
}

/**
 * tcpstate_reset_undo() - go on where the RST was not taken
 * @conn: the connection, with both states as they were before the RST
 * @steps: the arrows are added here
 *
 * The FINs that have passed since are sent, and the receiver's acknowledged, if the
 * sender has done so; not the sender's, since that would have shown it.
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_reset_undo(struct tcpstate_conn *conn, struct tcpstate_steps *steps)
{
	int sender = tcpstate_reset_sender(conn);
	struct tcpstate_end *s = &conn->end[sender], *r = &conn->end[!sender];
	__u16 sent = s->undo, peer_sent = r->undo;

	conn->flags &= ~TCPSTATE_F_RST_BY_RESPONDER;
	tcpstate_conn_advance(s, s->snd_nxt + (sent & TCPSTATE_UNDO_BYTES));
	s->lead = 0;
	r->lead = 0;
	if (peer_sent & TCPSTATE_UNDO_PEER_FIN)
		send_fin(conn, !sender, steps);
	if (sent & TCPSTATE_UNDO_FIN && !(peer_sent & TCPSTATE_UNDO_PEER_FIRST))
		send_fin(conn, sender, steps);
	if (tcpstate_conn_covers_fin(conn, !sender, s->ack)) {
		tcpstate_fsm_step(conn, sender, TCPSTATE_RCV_FIN, steps);
		tcpstate_fsm_step(conn, !sender, TCPSTATE_RCV_ACK_OF_FIN, steps);
	}
	if (sent & TCPSTATE_UNDO_FIN && peer_sent & TCPSTATE_UNDO_PEER_FIRST)
		send_fin(conn, sender, steps);
}
