// SPDX-License-Identifier: GPL-2.0-only
/*
 * A verdict that one segment led to: a RST, a refusal, or the refusal of a SYN that
 * would have replaced the connection. The record shows closed ends, and keeps the
 * states without the verdict (see struct tcpstate_end). tcpstate_fsm_segment() lifts
 * the verdict, lets the engine take the segment as if there were none, and lowers it
 * again, unless the segment disproves it. Pure.
 */
#include "verdict.h"

#include "classify.h"

/* A distance up to EXACT_BYTES is kept exactly, a longer one in units of 1024 bytes. */
#define EXACT_BYTES	2048
#define UNIT_SHIFT	10
#define SENT_MAX	0xfff

/*
 * Pack @hidden of an end: its state, and how far @mark lies behind SND.NXT. Round a mark
 * that is far behind up to a whole unit of the sequence space. It never moves back, so no
 * ACK disproves a verdict that would not do so exactly; and it stays where it is however
 * many segments move SND.NXT.
 */
static __u16 pack_hidden(const struct tcpstate_end *end, __u8 state, __u32 mark)
{
	__u32 sent = tcpstate_seq_after(end->snd_nxt, mark) ? end->snd_nxt - mark : 0;

	if (sent > EXACT_BYTES) {
		__u32 partial = -mark & ((1 << UNIT_SHIFT) - 1);

		sent = EXACT_BYTES + ((sent - partial) >> UNIT_SHIFT);
	}
	return state | (sent < SENT_MAX ? sent : SENT_MAX) << 4;
}

static __u32 unpack_mark(const struct tcpstate_end *end)
{
	__u32 sent = end->hidden >> 4;

	if (sent <= EXACT_BYTES)
		return end->snd_nxt - sent;
	return ((end->snd_nxt >> UNIT_SHIFT) - (sent - EXACT_BYTES)) << UNIT_SHIFT;
}

/**
 * tcpstate_verdict_give() - conclude that a connection is over
 * @conn: the connection, with the states that are to be shown, and without a verdict
 * @verdict: one that can be taken back
 * @states: both states as they were before
 * @mark: by end: the number up to which an ACK proves nothing
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_verdict_give(struct tcpstate_conn *conn, enum tcpstate_verdict verdict,
			   __u8 states, const __u32 mark[2])
{
	int end;

	tcpstate_conn_set_verdict(conn, verdict);
	for (end = 0; end < 2; end++)
		conn->end[end].hidden = pack_hidden(&conn->end[end],
						    states >> (4 * end) & 15, mark[end]);
}

/**
 * tcpstate_verdict_lift() - go on as if there were no verdict
 * @conn: the connection, for which tcpstate_conn_is_disputable()
 * @shown: filled, for tcpstate_verdict_lower()
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_verdict_lift(struct tcpstate_conn *conn, struct tcpstate_shown *shown)
{
	int end;

	*shown = (struct tcpstate_shown){
		.states = conn->states,
		.flags = conn->flags & (TCPSTATE_VERDICT_MASK | TCPSTATE_F_RETRACTED),
		.last_seen_ms = conn->last_seen_ms,
	};
	for (end = 0; end < 2; end++) {
		struct tcpstate_end *it = &conn->end[end];

		shown->isn[end] = it->isn;
		shown->snd_nxt[end] = it->snd_nxt;
		shown->mark[end] = unpack_mark(it);
		shown->hidden |= tcpstate_conn_hidden(conn, end) << (4 * end);
		it->hole = 0;
	}
	conn->states = shown->hidden;
	tcpstate_conn_set_verdict(conn, TCPSTATE_VERDICT_NONE);
}

/*
 * The mark of an end whose numbers begin elsewhere than when the verdict was lifted.
 * Another SYN/ACK was sent after the verdict, unless the other end's ACK has named it. But
 * if the end was picked up, all that is known of it now may have been sent before the
 * verdict.
 */
static __u32 new_mark(const struct tcpstate_conn *conn, int end)
{
	const struct tcpstate_end *it = &conn->end[end];
	__u32 ack = conn->end[!end].ack;

	if (!tcpstate_conn_has(conn, TCPSTATE_F_SYN, end))
		return it->snd_nxt;
	return tcpstate_conn_has(conn, TCPSTATE_F_ACK, !end) &&
	       tcpstate_seq_after(ack, it->isn) && !tcpstate_seq_after(ack, it->snd_nxt) ?
		       ack : it->isn;
}

/*
 * What an end has sent it has sent, even if a late segment has picked its numbers up below
 * that: otherwise copies of old ACKs would prove something, and real proofs would not.
 */
static void keep_sent(struct tcpstate_conn *conn, int end, const struct tcpstate_shown *shown)
{
	struct tcpstate_end *it = &conn->end[end];

	if (!tcpstate_seq_before(it->snd_nxt, shown->snd_nxt[end]))
		return;
	if (it->isn == shown->isn[end])
		tcpstate_conn_advance(it, shown->snd_nxt[end]);
	else if (!tcpstate_conn_has(conn, TCPSTATE_F_SYN, end))
		tcpstate_conn_begin_later(it, shown->snd_nxt[end]);
}

/**
 * tcpstate_verdict_lower() - show the verdict again
 * @conn: the connection, after it has taken a segment without the verdict
 * @shown: from tcpstate_verdict_lift()
 *
 * An end that the verdict did not close shows where it has gone.
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_verdict_lower(struct tcpstate_conn *conn,
			    const struct tcpstate_shown *shown)
{
	__u8 states = 0;
	int end;

	for (end = 0; end < 2; end++) {
		struct tcpstate_end *it = &conn->end[end];
		__u8 hidden = tcpstate_conn_state(conn, end);

		keep_sent(conn, end, shown);
		states |= tcpstate_verdict_covers(shown, end) ?
				  shown->states & 15 << (4 * end) : hidden << (4 * end);
		it->hidden = pack_hidden(it, hidden, it->isn == shown->isn[end] ?
						     shown->mark[end] : new_mark(conn, end));
	}
	conn->states = states;
	conn->last_seen_ms = shown->last_seen_ms;
	conn->flags &= ~(TCPSTATE_VERDICT_MASK | TCPSTATE_F_RETRACTED);
	conn->flags |= shown->flags;
}

static bool is_opening(const struct tcpstate_conn *conn, int end)
{
	__u8 state = tcpstate_conn_state(conn, end);

	return state == TCPSTATE_SYN_SENT || state == TCPSTATE_SYN_RECEIVED;
}

/*
 * Does the sender acknowledge what the other end first sent after the verdict? An end
 * that had taken the RST, or had sent it, would have answered with another RST.
 */
static bool acks_beyond(const struct tcpstate_passage *p, const struct tcpstate_shown *shown)
{
	/* The end in SYN_SENT acknowledges a SYN/ACK that passed elsewhere. */
	if (!tcpstate_conn_is_numbered(p->conn, p->to))
		return tcpstate_conn_state(p->conn, p->from) == TCPSTATE_SYN_SENT;
	return tcpstate_seq_after(p->seg->ack, shown->mark[p->to]) &&
	       !tcpstate_seq_after(p->seg->ack, p->conn->end[p->to].snd_nxt);
}

/*
 * Is a local end that was shown closed still talking, be it by a keep-alive probe? Its
 * socket takes a RST late if a process holds it meanwhile, hence the interval.
 */
static bool is_local_alive(const struct tcpstate_passage *p, const struct tcpstate_shown *shown)
{
	return p->seg->local_out && !(p->seg->flags & TCPSTATE_FLAG_SYN) &&
	       tcpstate_verdict_covers(shown, p->from) &&
	       p->time->now_ms - shown->last_seen_ms > TCPSTATE_CLASSIFY_RTO_MIN_MS;
}

/**
 * tcpstate_verdict_is_disproved() - does this segment show that a verdict is wrong?
 * @p: the passage of the segment, which is no RST; the connection is lifted
 * @shown: from tcpstate_verdict_lift()
 *
 * Contrary evidence is a segment that the receiver would take without the verdict, and
 * that acknowledges what was first sent after it; a connection that opens all the
 * same, by the same SYN or by a SYN/ACK; or a local end that goes on.
 *
 * Context: any; the caller has the connection to itself.
 * Return: true if the verdict is to be taken back.
 */
bool tcpstate_verdict_is_disproved(const struct tcpstate_passage *p,
				   const struct tcpstate_shown *shown)
{
	if (p->from == p->to)
		return false;
	if (is_local_alive(p, shown))
		return true;
	if (tcpstate_classify_judge(p) & TCPSTATE_NOTE_UNACCEPTABLE)
		return false;
	/* It has an ACK: without SYN, RST and ACK it would be unacceptable. */
	if (!(p->seg->flags & TCPSTATE_FLAG_SYN))
		return acks_beyond(p, shown);
	/* The first SYN/ACK, or the SYN again, of a connection that was opening */
	if (p->seg->flags & TCPSTATE_FLAG_ACK)
		return tcpstate_conn_state(p->conn, p->from) == TCPSTATE_LISTEN ||
		       tcpstate_classify_is_crossing(p);
	return is_opening(p->conn, p->from);
}
