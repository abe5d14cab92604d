// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections of which segments pass where they cannot be seen: behind a SYNPROXY, in a
 * flowtable, on another path. Pure.
 */
#include "pickup.h"

#include "classify.h"
#include "learn.h"

/* For how long no segment with the known numbers has passed: RFC 6298's first timeout. */
#define ELSEWHERE_MS	1000

/*
 * Open a connection whose handshake was finished by segments that do not pass here: a
 * SYNPROXY's, for example.
 */
static void open_unseen(const struct tcpstate_passage *p)
{
	static const __u8 trigger[TCPSTATE_STATES] = {
		[TCPSTATE_LISTEN] = TCPSTATE_RCV_SYN,
		[TCPSTATE_SYN_SENT] = TCPSTATE_RCV_SYN_ACK,
		[TCPSTATE_SYN_RECEIVED] = TCPSTATE_RCV_ACK_OF_SYN,
	};
	int end;

	if (!tcpstate_conn_syn_passed(p->conn, TCPSTATE_RESPONDER))
		tcpstate_conn_assume_wscale(p->conn);
	for (end = 0; end < 2; end++)
		while (tcpstate_conn_state(p->conn, end) < TCPSTATE_ESTABLISHED)
			tcpstate_passage_step(p, end, trigger[tcpstate_conn_state(p->conn, end)]);
}

/*
 * Does a forwarded connection go on from other numbers than the known ones, because
 * another path has carried the segments between?
 *
 * - If one number fits and the other lies ahead, it does: a blind forger would have to
 *   guess the one that fits.
 * - If both numbers lie ahead, it does once no segment that fits has passed for a second.
 *   Before that, the segment is taken to be forged.
 * - If the known numbers are lower bounds, it does in any case: they may lie too high as
 *   well, because the segment that was picked up may have been forged.
 *
 * A FIN does so only if the known numbers are lower bounds and it acknowledges exactly what
 * the other end has sent, because nothing could take it back. Only forwarded segments are
 * judged so, and no RST.
 */
static bool is_elsewhere(const struct tcpstate_passage *p)
{
	const struct tcpstate_conn *conn = p->conn;
	const struct tcpstate_end *s = &conn->end[p->from], *r = &conn->end[p->to];
	const struct tcpstate_segment *seg = p->seg;
	__u8 control = tcpstate_segment_control(seg);
	bool seq_ahead, ack_ahead;

	if (!seg->forwarded ||
	    conn->states != (TCPSTATE_ESTABLISHED | TCPSTATE_ESTABLISHED << 4))
		return false;
	if (control == (TCPSTATE_FLAG_ACK | TCPSTATE_FLAG_FIN))
		return conn->flags & TCPSTATE_F_LOOSE && seg->ack == r->snd_nxt;
	if (control != TCPSTATE_FLAG_ACK)
		return false;
	if (conn->flags & TCPSTATE_F_LOOSE)
		return true;
	if (!tcpstate_conn_both(conn, TCPSTATE_F_ACK))
		return false;
	seq_ahead = tcpstate_seq_after(seg->seq, r->edge);
	ack_ahead = tcpstate_seq_after(seg->ack, r->snd_nxt);
	if (seq_ahead && ack_ahead)
		return p->time->now_ms - conn->last_seen_ms >= ELSEWHERE_MS;
	/* The other end cannot have sent more than it was offered. */
	if (ack_ahead)
		return !tcpstate_seq_after(seg->ack, s->edge) &&
		       !tcpstate_seq_before(tcpstate_segment_end(seg), r->ack);
	return seq_ahead && !tcpstate_seq_before(seg->ack, s->ack);
}

/*
 * Does an initiator that has sent nothing but its SYN acknowledge the first SYN/ACK, and not
 * the last one? It takes the one that arrives first, and the last one may be forged. A local
 * responder judges by the number that it has sent itself.
 */
static bool is_other_opening(const struct tcpstate_passage *p)
{
	const struct tcpstate_segment *seg = p->seg;
	const struct tcpstate_conn *conn = p->conn;
	int from = p->from;

	return (seg->local_out || seg->forwarded) &&
	       conn->states == (TCPSTATE_SYN_SENT | TCPSTATE_SYN_RECEIVED << 4) &&
	       !(conn->flags & TCPSTATE_F_SIMULTANEOUS) &&
	       !tcpstate_conn_has(conn, TCPSTATE_F_ACK, from) &&
	       seg->seq == conn->end[from].snd_nxt && seg->ack == conn->end[from].ack;
}

/*
 * Learn from conntrack whether the connection is adjusted or offloaded. Returns true if
 * its numbers have to be picked up from this segment. @ignored: by the known numbers, the
 * receiver would not take the segment.
 */
static bool learn_conntrack(struct tcpstate_conn *conn, const struct tcpstate_segment *seg,
			    bool ignored)
{
	bool returned = conn->flags & TCPSTATE_F_OFFLOADED;
	bool adjusted = seg->adjusted && !(conn->flags & TCPSTATE_F_ADJUSTED);

	conn->flags &= ~TCPSTATE_F_OFFLOADED;
	if (seg->offloaded)
		conn->flags |= TCPSTATE_F_OFFLOADED;
	/* A SYNPROXY's own timestamps are not the server's. */
	if (adjusted)
		conn->flags &= ~(TCPSTATE_F_TS | TCPSTATE_F_TS << 1);
	if (seg->adjusted)
		conn->flags |= TCPSTATE_F_ADJUSTED;
	return returned || (adjusted && ignored);
}

/**
 * tcpstate_pickup_judge() - would the receiver take this segment?
 * @p: the passage of the segment
 *
 * As tcpstate_classify_judge(), but segments of the connection may have passed where they
 * could not be seen. If need be, pick the connection up from the segment's numbers, and
 * take the transitions of an opening that passed elsewhere.
 *
 * Context: any; the caller has the connection to itself.
 * Return: enum tcpstate_note bits.
 */
__u8 tcpstate_pickup_judge(const struct tcpstate_passage *p)
{
	const struct tcpstate_segment *seg = p->seg;
	struct tcpstate_conn *conn = p->conn;
	__u8 notes = tcpstate_classify_judge(p);
	bool ignored = notes & TCPSTATE_NOTE_UNACCEPTABLE;

	if (seg->flags & TCPSTATE_FLAG_SYN || p->from == p->to)
		return notes;
	if (notes == (TCPSTATE_NOTE_UNACCEPTABLE | TCPSTATE_NOTE_CHALLENGE) &&
	    is_other_opening(p)) {
		tcpstate_conn_start(&conn->end[p->to], seg->ack - 1);
		return tcpstate_classify_judge(p);
	}
	if (learn_conntrack(conn, seg, ignored))
		open_unseen(p);
	else if ((notes & ~TCPSTATE_NOTE_CHALLENGE) != TCPSTATE_NOTE_UNACCEPTABLE ||
		 !is_elsewhere(p))
		return notes;
	tcpstate_learn_pick_up(p);
	return tcpstate_classify_judge(p);
}
