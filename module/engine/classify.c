// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which segments count: each is judged by its numbers as the receiving Linux
 * endpoint would judge it, and what it says is learnt for the next. Pure.
 */
#include "classify.h"

/*
 * How far behind SND.UNA an old ACK may lie: the largest window, which is not
 * kept; the one now open, or this if it is larger, stands for it (as conntrack).
 */
#define OLD_ACK_BYTES	66000

/* To a minisocket a RST's is too old to say anything after that (Linux). */
#define PAWS_RST_MS	60000u

/* RCV.NXT; an end that speaks with itself has received what it sent. */
static __u32 rcv_nxt(const struct tcpstate_passage *p)
{
	return p->from == p->to ? p->conn->end[p->to].snd_nxt :
				  tcpstate_conn_rcv_nxt(p->conn, p->to);
}

/* RFC 7323, 5.3, R1; a RST is exempt unless its receiver is in TIME_WAIT. */
static bool fails_paws(const struct tcpstate_passage *p)
{
	const struct tcpstate_segment *seg = p->seg;
	const struct tcpstate_conn *conn = p->conn;
	const struct tcpstate_end *s = &conn->end[p->from], *r = &conn->end[p->to];
	bool time_wait = tcpstate_conn_state(conn, p->to) == TCPSTATE_TIME_WAIT;
	__u32 idle_ms = p->time->now_ms - conn->last_seen_ms;
	/* Linux's TCP_PAWS_WINDOW; none for a minisocket. */
	__s32 slack = time_wait ? 0 : 1;

	/* Some hosts send a SYN with 0 (Linux's tcp_paws_check()). */
	if (!seg->has_ts || !tcpstate_conn_has(conn, TCPSTATE_F_TS, p->from) || !s->ts ||
	    (__s32)(s->ts - seg->ts_val) <= slack)
		return false;
	if (seg->flags & TCPSTATE_FLAG_RST && (!time_wait || idle_ms >= PAWS_RST_MS))
		return false;
	/* Linux lets a pure ACK pass that repeats the last one. */
	return time_wait || !tcpstate_segment_is_pure_ack(seg) ||
	       seg->seq != rcv_nxt(p) || !tcpstate_conn_has(conn, TCPSTATE_F_ACK, p->from) ||
	       seg->ack != s->ack || !tcpstate_conn_has(conn, TCPSTATE_F_ACK, p->to) ||
	       r->ack != seg->seq;
}

/*
 * Can the peer of @from have sent up to @number before its connection was picked up? The
 * window that @from offered is all that limits it.
 */
static bool may_have_sent(const struct tcpstate_conn *conn, int from, __u32 number)
{
	return conn->flags & TCPSTATE_F_LOOSE &&
	       (!tcpstate_conn_has(conn, TCPSTATE_F_ACK, from) ||
		!tcpstate_seq_after(number, conn->end[from].edge));
}

/* Does @seg's ACK lie in what the receiver has sent and not long forgotten? */
static bool is_ack_plausible(const struct tcpstate_passage *p)
{
	const struct tcpstate_segment *seg = p->seg;
	const struct tcpstate_conn *conn = p->conn;
	int from = p->from, to = p->to;
	const struct tcpstate_end *s = &conn->end[from], *r = &conn->end[to];
	__s32 behind = s->edge - s->ack;

	if (tcpstate_conn_has(conn, TCPSTATE_F_SEEN, to) && tcpstate_conn_is_numbered(conn, to) &&
	    tcpstate_seq_after(seg->ack, r->snd_nxt) &&
	    !may_have_sent(conn, from, seg->ack))
		return false;
	if (tcpstate_conn_state(conn, to) == TCPSTATE_SYN_RECEIVED &&
	    tcpstate_conn_distance(r, seg->ack) <= 0)
		return false;
	if (!tcpstate_conn_has(conn, TCPSTATE_F_ACK, from))
		return true;
	if (behind < OLD_ACK_BYTES)
		behind = OLD_ACK_BYTES;
	return !tcpstate_seq_before(seg->ack, s->ack - behind);
}

/*
 * A SYN/ACK with another number while the first is not yet acknowledged: it was made
 * again, from a cookie or by another backend, and the initiator takes the one that
 * arrives first. A SYN that crossed, and was not acknowledged either, was not its
 * supposed sender's if the SYN/ACK has another number.
 */
static bool is_other_syn_ack(const struct tcpstate_passage *p)
{
	__u8 sender = tcpstate_conn_state(p->conn, p->from);

	return p->seg->flags & TCPSTATE_FLAG_ACK &&
	       tcpstate_conn_state(p->conn, p->to) == TCPSTATE_SYN_SENT &&
	       (sender == TCPSTATE_SYN_RECEIVED || sender == TCPSTATE_SYN_SENT);
}

/* Is a SYN/ACK a late copy of the first one, after another? See @ack of struct tcpstate_end. */
static bool is_first_syn_ack_again(const struct tcpstate_passage *p)
{
	const struct tcpstate_conn *conn = p->conn;

	return p->seg->seq != conn->end[p->from].isn &&
	       !tcpstate_conn_has(conn, TCPSTATE_F_ACK, p->to) &&
	       !(conn->flags & TCPSTATE_F_SIMULTANEOUS) &&
	       p->seg->seq + 1 == conn->end[p->to].ack;
}

/**
 * tcpstate_classify_is_crossing() - does this answer a SYN that passed elsewhere?
 * @p: the passage of a segment with SYN and ACK
 *
 * An initiator repeats its SYN with the ACK of another that crossed it (RFC 9293, 3.5,
 * figure 7), and nothing was seen of the other end.
 *
 * Context: any; the caller has the connection to itself.
 * Return: true if it does.
 */
bool tcpstate_classify_is_crossing(const struct tcpstate_passage *p)
{
	/* Such an end is the initiator, and its own SYN is known. */
	return !tcpstate_conn_has(p->conn, TCPSTATE_F_SEEN, p->to) &&
	       tcpstate_conn_state(p->conn, p->from) == TCPSTATE_SYN_SENT;
}

/*
 * A SYN that the receiver does not take draws a challenge in synchronised states; in
 * TIME_WAIT it may begin another connection.
 */
static __u8 refusal_of_syn(const struct tcpstate_conn *conn, int to)
{
	__u8 state = tcpstate_conn_state(conn, to);

	if (state < TCPSTATE_ESTABLISHED || state == TCPSTATE_TIME_WAIT ||
	    state == TCPSTATE_CLOSED)
		return TCPSTATE_NOTE_UNACCEPTABLE;
	return TCPSTATE_NOTE_UNACCEPTABLE | TCPSTATE_NOTE_CHALLENGE;
}

/* A SYN, with or without ACK. */
static __u8 judge_syn(const struct tcpstate_passage *p)
{
	const struct tcpstate_segment *seg = p->seg;
	const struct tcpstate_conn *conn = p->conn;
	int from = p->from, to = p->to;
	const struct tcpstate_end *s = &conn->end[from], *r = &conn->end[to];
	__u8 notes = 0;

	if (tcpstate_conn_has(conn, TCPSTATE_F_SYN, from)) {
		if (seg->seq != s->isn && !is_other_syn_ack(p))
			return refusal_of_syn(conn, to);
		if (is_first_syn_ack_again(p))
			return TCPSTATE_NOTE_UNACCEPTABLE | TCPSTATE_NOTE_REPEAT;
		/* After a bare SYN a SYN/ACK repeats it, too: the SYNs crossed. */
		notes = TCPSTATE_NOTE_REPEAT;
	} else if (tcpstate_conn_state(conn, from) > TCPSTATE_SYN_SENT &&
		   conn->flags & (TCPSTATE_F_SEEN | TCPSTATE_F_SEEN << 1)) {
		/* Picked up without its SYN, or refused: this one is another's. */
		return refusal_of_syn(conn, to);
	}
	if (!(seg->flags & TCPSTATE_FLAG_ACK))
		return notes;
	if (tcpstate_classify_is_crossing(p))
		return notes;
	if (!tcpstate_conn_has(conn, TCPSTATE_F_SYN, to) ||
	    !tcpstate_seq_after(seg->ack, r->isn) ||
	    tcpstate_seq_after(seg->ack, r->snd_nxt))
		return notes | TCPSTATE_NOTE_UNACCEPTABLE;
	return notes;
}

/* Does a RST stand where this receiver takes it? (RFC 5961, 3.2, as Linux has it.) */
static bool is_rst_exact(const struct tcpstate_passage *p)
{
	const struct tcpstate_segment *seg = p->seg;
	const struct tcpstate_conn *conn = p->conn;
	int from = p->from, to = p->to;
	const struct tcpstate_end *s = &conn->end[from], *r = &conn->end[to];
	/* Segments that came to this host before have come to its socket. */
	bool arrived = !seg->local_out && !seg->forwarded;
	bool acked = tcpstate_conn_has(conn, TCPSTATE_F_ACK, to);
	__u8 state = tcpstate_conn_state(conn, to);
	__u32 next = rcv_nxt(p);
	bool fin = false;

	if (seg->seq == next)
		return true;
	/* Data on a SYN is not taken until it is acknowledged. */
	if (tcpstate_conn_state(conn, from) == TCPSTATE_SYN_SENT && !acked &&
	    seg->seq == s->isn + 1)
		return true;
	/* Linux judges the window first (tcp_sequence()). */
	if (acked && (tcpstate_seq_before(seg->seq, r->ack - 1) ||
		      tcpstate_seq_after(seg->seq, r->edge)))
		return false;
	/* The sender may have sent more than was seen before the pick-up. */
	if (conn->flags & TCPSTATE_F_LOOSE && tcpstate_seq_after(seg->seq, next))
		return true;
	/* It may have less than was sent to it: see tcpstate_reset_mark(). */
	if (acked && seg->seq == r->ack && from != to && !arrived)
		return true;
	/* The right edge of its SACK; there is none of what it dropped. */
	if (tcpstate_conn_has_hole(conn, from) && s->hole != TCPSTATE_HOLE_DROPPED &&
	    conn->flags & TCPSTATE_F_SACK && seg->seq == s->snd_nxt)
		return true;
	/* Its FIN is there, though not yet acknowledged. */
	if (tcpstate_conn_has(conn, TCPSTATE_F_FIN, from) && !tcpstate_conn_has_hole(conn, from) &&
	    (state == TCPSTATE_ESTABLISHED || state == TCPSTATE_FIN_WAIT_1))
		fin = true;
	if (state == TCPSTATE_CLOSE_WAIT || state == TCPSTATE_LAST_ACK ||
	    state == TCPSTATE_CLOSING)
		fin = true;
	return fin && seg->seq == next - 1;
}

static __u8 judge_rst(const struct tcpstate_passage *p)
{
	const struct tcpstate_segment *seg = p->seg;
	const struct tcpstate_conn *conn = p->conn;
	int to = p->to;
	const struct tcpstate_end *r = &conn->end[to];

	/*
	 * RFC 9293, 3.10.7.3: the ACK is judged before the RST. If its sender has no numbers
	 * yet, its receiver has been in SYN_SENT, though a verdict may show that end closed.
	 */
	if (tcpstate_conn_state(conn, to) == TCPSTATE_SYN_SENT ||
	    !tcpstate_conn_is_numbered(conn, p->from)) {
		if (seg->flags & TCPSTATE_FLAG_ACK && tcpstate_seq_after(seg->ack, r->isn) &&
		    !tcpstate_seq_after(seg->ack, r->snd_nxt))
			return 0;
		return TCPSTATE_NOTE_UNACCEPTABLE;
	}
	if (fails_paws(p))
		return TCPSTATE_NOTE_UNACCEPTABLE | TCPSTATE_NOTE_PAWS;
	if (is_rst_exact(p))
		return 0;
	if (tcpstate_conn_has(conn, TCPSTATE_F_ACK, to) &&
	    !tcpstate_seq_before(seg->seq, r->ack) &&
	    !tcpstate_seq_after(seg->seq, r->edge))
		return TCPSTATE_NOTE_UNACCEPTABLE | TCPSTATE_NOTE_CHALLENGE;
	return TCPSTATE_NOTE_UNACCEPTABLE;
}

/*
 * While the other end is silent, an ACK of an end in SYN_SENT tells of a SYN/ACK that
 * passed elsewhere, but only if it goes on from its own SYN.
 */
static bool is_from_opener(const struct tcpstate_passage *p)
{
	const struct tcpstate_conn *conn = p->conn;
	int from = p->from;

	return tcpstate_conn_state(conn, from) != TCPSTATE_SYN_SENT ||
	       tcpstate_conn_has(conn, TCPSTATE_F_SYN, p->to) ||
	       tcpstate_seq_after(p->seg->seq, conn->end[from].isn);
}

/*
 * Until the receiver's first ACK passes it is not known where its window lies, but its
 * size is limited: does the segment lie further than that from what its sender has sent?
 */
static bool is_beyond_any_window(const struct tcpstate_passage *p)
{
	const struct tcpstate_conn *conn = p->conn;
	__u8 scale = tcpstate_conn_wscale(conn, p->to);
	__u32 largest = 0xffff << (scale == TCPSTATE_WSCALE_NONE ? 0 : scale);
	__u32 next = conn->end[p->from].snd_nxt;

	if (tcpstate_conn_has(conn, TCPSTATE_F_ACK, p->to) ||
	    !tcpstate_conn_has(conn, TCPSTATE_F_SYN, p->from) || conn->flags & TCPSTATE_F_LOOSE)
		return false;
	return tcpstate_seq_before(p->seg->seq, next - largest) ||
	       tcpstate_seq_after(p->seg->seq, next + largest);
}

/* A segment one before what is expected asks only for an answer. */
static __u8 probe_note(const struct tcpstate_passage *p)
{
	const struct tcpstate_segment *seg = p->seg;
	const struct tcpstate_conn *conn = p->conn;
	const struct tcpstate_end *s = &conn->end[p->from], *r = &conn->end[p->to];

	if (!tcpstate_conn_has(conn, TCPSTATE_F_ACK, p->to) || seg->len > 1 ||
	    seg->flags & TCPSTATE_FLAG_FIN ||
	    tcpstate_conn_state(conn, p->from) < TCPSTATE_ESTABLISHED)
		return 0;
	/* RFC 9293, 3.8.6.1: with the next byte. Linux takes an old number. */
	if (!tcpstate_seq_after(r->edge, r->ack) &&
	    (seg->seq == r->ack - 1 || (seg->seq == r->edge && seg->len)))
		return TCPSTATE_NOTE_ZERO_WINDOW;
	if (seg->seq != r->ack - 1)
		return 0;
	return seg->seq == s->snd_nxt - 1 ? TCPSTATE_NOTE_KEEPALIVE : 0;
}

/*
 * A FIN where none can be: inside what was sent, or before another FIN. Data on a SYN is not
 * sent until the SYN/ACK has acknowledged it. And a forged segment may have been picked up, so
 * that its sender has not sent as much as was thought: then a FIN counts that lies in the
 * window last offered to it.
 */
static bool is_fin_misplaced(const struct tcpstate_passage *p)
{
	const struct tcpstate_segment *seg = p->seg;
	const struct tcpstate_conn *conn = p->conn;
	const struct tcpstate_end *r = &conn->end[p->to];

	if (!(seg->flags & TCPSTATE_FLAG_FIN) ||
	    !tcpstate_seq_before(tcpstate_segment_end(seg), conn->end[p->from].snd_nxt) ||
	    tcpstate_conn_state(conn, p->from) == TCPSTATE_SYN_SENT)
		return false;
	return !(conn->flags & TCPSTATE_F_LOOSE) ||
	       tcpstate_conn_has(conn, TCPSTATE_F_FIN, p->from) ||
	       tcpstate_seq_before(seg->seq, r->ack) || !tcpstate_seq_before(seg->seq, r->edge);
}

/**
 * tcpstate_classify_judge() - would the receiver take this segment?
 * @p: the passage of the segment; its result is left alone
 *
 * RFC 9293, 3.10.7; RFC 5961; RFC 7323, 5; Linux's tcp_validate_incoming(),
 * tcp_ack() and tcp_timewait_state_process().
 *
 * Context: any; the caller has the connection to itself.
 * Return: enum tcpstate_note bits; TCPSTATE_NOTE_UNACCEPTABLE if it would not.
 */
__u8 tcpstate_classify_judge(const struct tcpstate_passage *p)
{
	const struct tcpstate_segment *seg = p->seg;
	const struct tcpstate_conn *conn = p->conn;
	int from = p->from, to = p->to;
	const struct tcpstate_end *s = &conn->end[from], *r = &conn->end[to];
	bool time_wait = tcpstate_conn_state(conn, to) == TCPSTATE_TIME_WAIT;
	__u8 notes;

	if (seg->flags & TCPSTATE_FLAG_RST)
		return judge_rst(p);
	if (seg->flags & TCPSTATE_FLAG_SYN) {
		notes = judge_syn(p);
		if (time_wait && fails_paws(p))
			notes |= TCPSTATE_NOTE_UNACCEPTABLE | TCPSTATE_NOTE_PAWS;
		return notes;
	}
	if (!(seg->flags & TCPSTATE_FLAG_ACK))
		return TCPSTATE_NOTE_UNACCEPTABLE;
	if (fails_paws(p))
		return TCPSTATE_NOTE_UNACCEPTABLE | TCPSTATE_NOTE_PAWS;
	/* RFC 9293, 3.10.7.3: without a SYN nothing happens in SYN_SENT. */
	if (tcpstate_conn_state(conn, to) == TCPSTATE_SYN_SENT &&
	    !tcpstate_conn_has(conn, TCPSTATE_F_SYN, from))
		return TCPSTATE_NOTE_UNACCEPTABLE;
	if (!is_from_opener(p) || is_beyond_any_window(p))
		return TCPSTATE_NOTE_UNACCEPTABLE;
	notes = probe_note(p);
	if (tcpstate_conn_has(conn, TCPSTATE_F_ACK, to) &&
	    (tcpstate_seq_before(tcpstate_segment_end(seg), r->ack) ||
	     tcpstate_seq_after(seg->seq, r->edge)))
		return notes | TCPSTATE_NOTE_UNACCEPTABLE;
	if (!is_ack_plausible(p))
		return notes | TCPSTATE_NOTE_UNACCEPTABLE | TCPSTATE_NOTE_CHALLENGE;
	if (is_fin_misplaced(p))
		return notes | TCPSTATE_NOTE_UNACCEPTABLE;
	if (seg->flags & TCPSTATE_FLAG_FIN && tcpstate_conn_has(conn, TCPSTATE_F_FIN, from) &&
	    tcpstate_segment_end(seg) == s->snd_nxt)
		notes |= TCPSTATE_NOTE_REPEAT;
	return notes;
}

static __u32 rtt_ms(const struct tcpstate_conn *conn)
{
	if (!(conn->flags & TCPSTATE_F_TIMED))
		return TCPSTATE_CLASSIFY_RTO_MIN_MS;
	return (tcpstate_conn_syn_us(conn) + tcpstate_conn_ack_us(conn)) / 1000 + 1;
}

/**
 * tcpstate_classify_is_evidence() - does a repeat prove that an ACK was lost?
 * @p: the passage of a repeated SYN/ACK or FIN, whose ACK is learnt
 *
 * What is sent again has its sender's newest ACK; with an older one it is a late copy.
 * What the local end repeats it repeats because no ACK came. A remote end's repeat may
 * have crossed the ACK; more than a round trip after it, it has not.
 *
 * Context: any; the caller has the connection to itself.
 * Return: true if the ACK is to be taken back.
 */
bool tcpstate_classify_is_evidence(const struct tcpstate_passage *p)
{
	if (p->seg->ack != p->conn->end[p->from].ack)
		return false;
	return p->seg->local_out ||
	       p->time->now_ms - p->conn->last_seen_ms > rtt_ms(p->conn);
}
