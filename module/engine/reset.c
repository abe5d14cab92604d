// SPDX-License-Identifier: GPL-2.0-only
/*
 * A reset: which ends it closes, and with what verdict. Pure.
 */
#include "reset.h"

#include "verdict.h"

/*
 * Does a RST close its sender? In synchronised states yes; before, Linux
 * answers a bad ACK with a RST that carries neither an ACK nor its own SND.NXT,
 * and lives (RFC 9293, 3.5.2, group 2).
 */
static bool rst_closes_sender(const struct tcpstate_passage *p)
{
	__u8 state = tcpstate_conn_state(p->conn, p->from);

	if (state != TCPSTATE_SYN_SENT && state != TCPSTATE_SYN_RECEIVED)
		return true;
	return p->seg->flags & TCPSTATE_FLAG_ACK ||
	       p->seg->seq == p->conn->end[p->from].snd_nxt;
}

/*
 * A RST without ACK that begins where the other end's ACK ended answers that
 * ACK: the sender's host has no such socket (RFC 9293, 3.5.2, group 1). In
 * FIN_WAIT it may as well be Linux that refuses data after its close().
 */
static bool rst_says_gone(const struct tcpstate_passage *p)
{
	__u8 state = tcpstate_conn_state(p->conn, p->from);

	return !(p->seg->flags & TCPSTATE_FLAG_ACK) &&
	       tcpstate_conn_has(p->conn, TCPSTATE_F_ACK, p->to) &&
	       p->seg->seq == p->conn->end[p->to].ack &&
	       state >= TCPSTATE_ESTABLISHED && state != TCPSTATE_FIN_WAIT_1 &&
	       state != TCPSTATE_FIN_WAIT_2;
}

/*
 * Does a RST find its sender's FIN received by its receiver, which has not said so
 * yet? At the FIN's own number it counts because the FIN is there, but in
 * FIN_WAIT_2: that FIN would have been acknowledged at once, or it was lost.
 */
static bool finds_fin(const struct tcpstate_passage *p)
{
	__u8 state = tcpstate_conn_state(p->conn, p->to);

	if (tcpstate_conn_has_hole(p->conn, p->from))
		return false;
	return tcpstate_conn_covers_fin(p->conn, p->from, p->seg->seq) ||
	       ((state == TCPSTATE_ESTABLISHED || state == TCPSTATE_FIN_WAIT_1) &&
		tcpstate_conn_covers_fin(p->conn, p->from, p->seg->seq + 1));
}

/**
 * tcpstate_reset_mark() - up to where may what a RST's sender sent be acknowledged?
 * @p: the passage of a RST that its receiver takes; its connection has no verdict, or
 *     is lifted
 *
 * An ACK of what was sent before the RST may have crossed it. But a receiver that takes
 * a RST below SND.NXT has received nothing beyond that number, except for the FIN there.
 *
 * Context: any; the caller has the connection to itself.
 * Return: a sequence number of @from; an ACK beyond it disproves the RST.
 */
__u32 tcpstate_reset_mark(const struct tcpstate_passage *p)
{
	const struct tcpstate_end *s = &p->conn->end[p->from];
	__u32 seq = p->seg->seq;

	if (tcpstate_conn_has(p->conn, TCPSTATE_F_ACK, p->to) &&
	    tcpstate_seq_before(seq, s->snd_nxt) &&
	    !tcpstate_conn_has(p->conn, TCPSTATE_F_FIN, p->from))
		return seq;
	return s->snd_nxt;
}

/**
 * tcpstate_reset_take() - take a RST through both ends
 * @p: the passage of the RST, which has been judged (RFC 5961, 3.2)
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_reset_take(const struct tcpstate_passage *p)
{
	const struct tcpstate_segment *seg = p->seg;
	struct tcpstate_conn *conn = p->conn;
	int from = p->from, to = p->to;
	bool acceptable = !(p->result->notes & TCPSTATE_NOTE_UNACCEPTABLE);
	bool refused = tcpstate_conn_state(conn, to) == TCPSTATE_SYN_SENT &&
		       tcpstate_conn_state(conn, from) == TCPSTATE_LISTEN;
	bool gone = rst_says_gone(p);
	__u32 mark[2] = { conn->end[0].snd_nxt, conn->end[1].snd_nxt };
	enum tcpstate_verdict verdict;
	__u8 before = conn->states;
	__u8 n = p->result->n;

	if (rst_closes_sender(p)) {
		if (seg->flags & TCPSTATE_FLAG_ACK && tcpstate_conn_covers_fin(conn, to, seg->ack))
			tcpstate_passage_step(p, from, TCPSTATE_RCV_FIN);
		tcpstate_passage_step(p, from, gone ? TCPSTATE_NO_SOCKET : TCPSTATE_SND_RST);
	}
	if (acceptable && from != to) {
		if (finds_fin(p))
			tcpstate_passage_step(p, to, TCPSTATE_RCV_FIN);
		tcpstate_passage_step(p, to, TCPSTATE_RCV_RST);
	}
	if (p->result->n == n || tcpstate_conn_verdict(conn))
		return;
	if (refused)
		verdict = TCPSTATE_VERDICT_REFUSED;
	else if (gone)
		verdict = TCPSTATE_VERDICT_GONE;
	else
		verdict = from ? TCPSTATE_VERDICT_RESET_BY_RESPONDER :
				 TCPSTATE_VERDICT_RESET_BY_INITIATOR;
	if (acceptable)
		mark[from] = tcpstate_reset_mark(p);
	tcpstate_verdict_give(conn, verdict, before, mark);
}
