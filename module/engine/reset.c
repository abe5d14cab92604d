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

	if (tcpstate_conn_has_hole(conn, from))
		return false;
	return tcpstate_conn_covers_fin(conn, from, seq) ||
	       ((state == TCPSTATE_ESTABLISHED || state == TCPSTATE_FIN_WAIT_1) &&
		tcpstate_conn_covers_fin(conn, from, seq + 1));
}

/**
 * tcpstate_reset_mark() - up to where may what a RST's sender sent be acknowledged?
 * @conn: the connection, without a verdict or lifted
 * @rst: the RST, which its receiver takes
 * @from: the end that sent it
 * @to: the end that it is for
 *
 * An ACK of what was sent before the RST may have crossed it. But a receiver that takes
 * a RST at its last ACK has received nothing beyond.
 *
 * Context: any; the caller has the connection to itself.
 * Return: a sequence number of @from; an ACK beyond it disproves the RST.
 */
__u32 tcpstate_reset_mark(const struct tcpstate_conn *conn,
			  const struct tcpstate_segment *rst, int from, int to)
{
	const struct tcpstate_end *s = &conn->end[from];

	if (tcpstate_conn_has(conn, TCPSTATE_F_ACK, to) && rst->seq == conn->end[to].ack &&
	    tcpstate_seq_before(rst->seq, s->snd_nxt) &&
	    !tcpstate_conn_has(conn, TCPSTATE_F_FIN, from))
		return rst->seq;
	return s->snd_nxt;
}

/**
 * tcpstate_reset_take() - take a RST through both ends
 * @conn: the connection
 * @seg: the RST
 * @from: the end that sent it
 * @to: the end that it is for
 * @acceptable: its receiver believes it (RFC 5961, 3.2)
 * @result: the transitions are added here
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_reset_take(struct tcpstate_conn *conn,
			 const struct tcpstate_segment *seg, int from, int to,
			 bool acceptable, struct tcpstate_result *result)
{
	bool refused = acceptable &&
		       tcpstate_conn_state(conn, to) == TCPSTATE_SYN_SENT &&
		       tcpstate_conn_state(conn, from) == TCPSTATE_LISTEN;
	bool gone = rst_says_gone(conn, seg, from, to);
	__u32 mark[2] = { conn->end[0].snd_nxt, conn->end[1].snd_nxt };
	enum tcpstate_verdict verdict;
	__u8 before = conn->states;
	__u8 n = result->n;

	if (rst_closes_sender(conn, seg, from)) {
		if (seg->flags & TCPSTATE_FLAG_ACK && tcpstate_conn_covers_fin(conn, to, seg->ack))
			tcpstate_matrix_step(conn, from, TCPSTATE_RCV_FIN, result);
		tcpstate_matrix_step(conn, from, gone ? TCPSTATE_NO_SOCKET :
						     TCPSTATE_SND_RST, result);
	}
	if (acceptable && from != to) {
		if (finds_fin(conn, seg->seq, from, to))
			tcpstate_matrix_step(conn, to, TCPSTATE_RCV_FIN, result);
		tcpstate_matrix_step(conn, to, TCPSTATE_RCV_RST, result);
	}
	if (result->n == n || tcpstate_conn_verdict(conn))
		return;
	if (refused)
		verdict = TCPSTATE_VERDICT_REFUSED;
	else if (gone)
		verdict = TCPSTATE_VERDICT_GONE;
	else
		verdict = from ? TCPSTATE_VERDICT_RESET_BY_RESPONDER :
				 TCPSTATE_VERDICT_RESET_BY_INITIATOR;
	if (acceptable)
		mark[from] = tcpstate_reset_mark(conn, seg, from, to);
	tcpstate_verdict_give(conn, verdict, before, mark);
}
