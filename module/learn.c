// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a segment that counts leaves behind: numbers, options, times and counts.
 * Pure.
 */
#include "learn.h"
#include "reset.h"

#define HAS(flag, end)	tcpstate_conn_has(conn, TCPSTATE_F_##flag, end)

#define LEAD_MAX	0xffff

/**
 * tcpstate_learn_syn() - take an end's first number and options
 * @conn: the connection
 * @seg: its first SYN or SYN/ACK
 * @from: the end that sent it
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_learn_syn(struct tcpstate_conn *conn,
			const struct tcpstate_segment *seg, int from)
{
	struct tcpstate_end *s = &conn->end[from];

	tcpstate_conn_start(s, seg->seq);
	/* What it offers before it has a number to count from. */
	if (!HAS(ACK, from))
		s->edge = seg->window;
	conn->flags |= TCPSTATE_F_SYN << from;
	conn->wscales &= ~(15 << (4 * from));
	conn->wscales |= seg->wscale << (4 * from);
	if (seg->has_ts) {
		s->ts = seg->ts_val;
		conn->flags |= TCPSTATE_F_TS << from;
	}
	if (seg->sack_ok && seg->flags & TCPSTATE_FLAG_ACK)
		conn->flags |= TCPSTATE_F_SACK;
	if (seg->len)
		conn->flags |= TCPSTATE_F_FAST_OPEN;
}

static __u32 window_bytes(const struct tcpstate_conn *conn,
			  const struct tcpstate_segment *seg, int from, int to)
{
	__u8 scale = tcpstate_conn_wscale(conn, from);

	/* RFC 7323, 2.2: never on a SYN, and only if both offered it. */
	if (seg->flags & TCPSTATE_FLAG_SYN || scale == TCPSTATE_WSCALE_NONE ||
	    tcpstate_conn_wscale(conn, to) == TCPSTATE_WSCALE_NONE)
		return seg->window;
	return (__u32)seg->window << scale;
}

/* The other end's hole, as far as this ACK moves or closes it. */
static void move_hole(struct tcpstate_conn *conn, __u32 old, __u32 ack, int to)
{
	struct tcpstate_end *r = &conn->end[to];
	__u32 moved = ack - old;

	if (ack == r->snd_nxt) {
		conn->flags &= ~(TCPSTATE_F_HOLE << to);
		r->lead = 0;
	} else {
		r->lead = moved < r->lead ? r->lead - moved : 0;
	}
}

/*
 * A pure ACK carries what its sender has received by then. A local end's comes after
 * all that came to it: of what came and is not covered, nothing was taken (Linux drops
 * data when its window is closed, or its memory full).
 */
static void learn_dropped(struct tcpstate_conn *conn,
			  const struct tcpstate_segment *seg, int from, int to)
{
	struct tcpstate_end *r = &conn->end[to];

	if (!seg->local_out || seg->len || seg->flags != TCPSTATE_FLAG_ACK ||
	    from == to || HAS(FIN, to) || seg->ack != conn->end[from].ack ||
	    seg->ack == r->snd_nxt)
		return;
	conn->flags |= TCPSTATE_F_HOLE << to;
	r->lead = 0;
}

/* While a RST is believed: its sender's first ACK; tcpstate_reset_learn() has the rest. */
static bool is_first_after_rst(const struct tcpstate_conn *conn,
			       const struct tcpstate_segment *seg, int from, int to)
{
	return from == tcpstate_reset_sender(conn) && !HAS(ACK, from) &&
	       !(seg->flags & TCPSTATE_FLAG_SYN) &&
	       tcpstate_conn_is_numbered(conn, to) &&
	       !tcpstate_seq_after(seg->ack, conn->end[to].snd_nxt);
}

/**
 * tcpstate_learn_ack() - take what an end acknowledges and offers
 * @conn: the connection
 * @seg: a believed segment with ACK
 * @from: the end that sent it
 * @to: the end whose bytes it acknowledges
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_learn_ack(struct tcpstate_conn *conn,
			const struct tcpstate_segment *seg,
				 int from, int to)
{
	struct tcpstate_end *s = &conn->end[from];
	__u32 edge = seg->ack + window_bytes(conn, seg, from, to);

	if (tcpstate_reset_is_believed(conn) && !is_first_after_rst(conn, seg, from, to))
		return;
	/* Sent where we could not see it: its receiver did. */
	if (!HAS(FIN, to))
		tcpstate_conn_advance(&conn->end[to], seg->ack);
	if (!HAS(ACK, from)) {
		/* What its SYN offered; in mid-stream @edge is no such offer. */
		if (HAS(SYN, from) && !(conn->flags & TCPSTATE_F_MIDSTREAM))
			edge = tcpstate_seq_max(edge, conn->end[to].isn + 1 + s->edge);
		s->ack = seg->ack;
		s->edge = edge;
		conn->flags |= TCPSTATE_F_ACK << from;
		return;
	}
	if (HAS(HOLE, to) && tcpstate_seq_after(seg->ack, s->ack))
		move_hole(conn, s->ack, seg->ack, to);
	s->ack = tcpstate_seq_max(s->ack, seg->ack);
	s->edge = tcpstate_seq_max(s->edge, edge);
	learn_dropped(conn, seg, from, to);
}

/*
 * RFC 7323, 4.3: the timestamp of what the last ACK sent asked for. A SYN's only if it
 * is the first: one that comes again is answered, and read no further (RFC 5961, 4.2).
 */
static void learn_ts(struct tcpstate_conn *conn, const struct tcpstate_segment *seg,
		     int from, int to)
{
	struct tcpstate_end *s = &conn->end[from];

	if (!seg->has_ts || seg->flags & TCPSTATE_FLAG_SYN ||
	    (HAS(TS, from) && (__s32)(seg->ts_val - s->ts) < 0) ||
	    (HAS(ACK, to) && tcpstate_seq_after(seg->seq, conn->end[to].ack)))
		return;
	s->ts = seg->ts_val;
	conn->flags |= TCPSTATE_F_TS << from;
}

/**
 * tcpstate_learn_seq() - take the numbers that an end sends
 * @conn: the connection
 * @seg: a believed segment
 * @from: the end that sent it
 * @to: the end that it is for
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_learn_seq(struct tcpstate_conn *conn,
			const struct tcpstate_segment *seg,
				 int from, int to)
{
	struct tcpstate_end *s = &conn->end[from], *r = &conn->end[to];
	__u32 end = tcpstate_segment_end(seg);

	if (tcpstate_reset_is_believed(conn)) {
		tcpstate_reset_learn(conn, seg, from);
		return;
	}
	learn_ts(conn, seg, from, to);
	if (HAS(HOLE, from)) {
		__u32 lead = end - r->ack;

		if (!tcpstate_seq_after(seg->seq, r->ack + s->lead) &&
		    tcpstate_seq_after(end, r->ack + s->lead))
			s->lead = lead < LEAD_MAX ? lead : LEAD_MAX;
		/* All of it, up to the highest number, or a FIN's, which is there. */
		if (!tcpstate_seq_before(r->ack + s->lead, s->snd_nxt - HAS(FIN, from))) {
			conn->flags &= ~(TCPSTATE_F_HOLE << from);
			s->lead = 0;
		}
	} else if (!HAS(FIN, from) && HAS(ACK, to) && HAS(SEEN, from) &&
		   tcpstate_seq_after(seg->seq, s->snd_nxt)) {
		__u32 lead = s->snd_nxt - r->ack;

		conn->flags |= TCPSTATE_F_HOLE << from;
		s->lead = lead < LEAD_MAX ? lead : LEAD_MAX;
	}
	if (!HAS(FIN, from))
		tcpstate_conn_advance(s, end);
}

/**
 * tcpstate_learn_jump() - begin anew where a forwarded connection has gone on unseen
 * @conn: the connection
 * @seg: a segment that its receiver would not take, by the numbers we know
 * @from: the end that sent it
 * @to: the end that it is for
 *
 * A flowtable, or a path that has come back, has carried the rest: numbers lie
 * ahead of what was offered or sent. Local ends are never guessed at like that,
 * nor is a FIN or a RST believed for it.
 *
 * Context: any; the caller has the connection to itself.
 * Return: true if the numbers are this segment's now; it is to be judged again.
 */
bool tcpstate_learn_jump(struct tcpstate_conn *conn,
			 const struct tcpstate_segment *seg, int from, int to)
{
	struct tcpstate_end *s = &conn->end[from], *r = &conn->end[to];

	if (!seg->forwarded || from == to ||
	    (seg->flags & ~(TCPSTATE_FLAG_PSH | TCPSTATE_FLAG_URG)) != TCPSTATE_FLAG_ACK ||
	    conn->states != (TCPSTATE_ESTABLISHED | TCPSTATE_ESTABLISHED << 4) ||
	    !tcpstate_conn_both(conn, TCPSTATE_F_ACK) ||
	    !(tcpstate_seq_after(seg->ack, r->snd_nxt) ||
	      tcpstate_seq_after(seg->seq, r->edge)))
		return false;
	conn->flags &= ~(TCPSTATE_F_ACK | TCPSTATE_F_ACK << 1 | TCPSTATE_F_HOLE |
			 TCPSTATE_F_HOLE << 1 | TCPSTATE_F_TS | TCPSTATE_F_TS << 1);
	conn->flags |= TCPSTATE_F_MIDSTREAM;
	tcpstate_conn_advance(s, seg->seq);
	tcpstate_conn_advance(r, seg->ack);
	s->lead = 0;
	r->lead = 0;
	return true;
}

/**
 * tcpstate_learn_opened() - the third segment of the handshake passed
 * @conn: the connection
 * @time: when it passed
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_learn_opened(struct tcpstate_conn *conn,
			   const struct tcpstate_time *time)
{
	__u32 syn_us = conn->handshake;

	if (conn->flags & TCPSTATE_F_TIMED || !syn_us)
		return;
	conn->handshake = tcpstate_conn_pack_us(syn_us, time->age_us - syn_us);
	conn->flags |= TCPSTATE_F_TIMED;
}

static void count_nibble(__u8 *pair, int end)
{
	if ((*pair >> (4 * end) & 15) != TCPSTATE_NIBBLE_MAX)
		*pair += 1 << (4 * end);
}

/* Is this pure ACK the third segment of the handshake? */
static bool is_third(const struct tcpstate_conn *conn,
		     const struct tcpstate_segment *seg, int from, int to)
{
	if (from != TCPSTATE_INITIATOR || conn->flags & TCPSTATE_F_OPEN_ACK)
		return false;
	if (!HAS(SEEN, to))
		return tcpstate_conn_state(conn, from) == TCPSTATE_SYN_SENT;
	return tcpstate_conn_state(conn, to) == TCPSTATE_SYN_RECEIVED &&
	       tcpstate_seq_after(seg->ack, conn->end[to].isn);
}

/**
 * tcpstate_learn_count() - count a segment by its purpose
 * @conn: the connection, before the segment has moved it
 * @seg: the segment
 * @from: the end that sent it
 * @to: the end that it is for
 * @notes: what tcpstate_classify_judge() said of it
 *
 * A super-segment counts as the segments it stands for. What its receiver
 * ignores has passed too, and is counted, so that the sums are tcpdump's.
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_learn_count(struct tcpstate_conn *conn,
			  const struct tcpstate_segment *seg,
			     int from, int to, __u8 notes)
{
	struct tcpstate_end *s = &conn->end[from], *r = &conn->end[to];

	if (seg->flags & TCPSTATE_FLAG_SYN) {
		/* One that nobody takes: a SYN begins a connection, a SYN/ACK none. */
		if (notes & TCPSTATE_NOTE_UNACCEPTABLE ?
		    notes & TCPSTATE_NOTE_REPEAT || seg->flags & TCPSTATE_FLAG_ACK :
		    tcpstate_conn_syn_passed(conn, from))
			count_nibble(&conn->repeats, from);
	} else if (seg->flags & (TCPSTATE_FLAG_FIN | TCPSTATE_FLAG_RST)) {
		count_nibble(&conn->closings, from);
		/* A FIN may ride at the end of a super-segment. */
		tcpstate_conn_add_segs(&s->data_segs, seg->segs - 1);
	} else if (seg->len && !(notes & (TCPSTATE_NOTE_KEEPALIVE |
					  TCPSTATE_NOTE_ZERO_WINDOW))) {
		tcpstate_conn_add_segs(&s->data_segs, seg->segs);
	} else if (HAS(FIN, to) && seg->ack == r->snd_nxt) {
		count_nibble(&conn->closings, from);
	} else if (!(notes & TCPSTATE_NOTE_UNACCEPTABLE) &&
		   is_third(conn, seg, from, to)) {
		conn->flags |= TCPSTATE_F_OPEN_ACK;
	} else {
		tcpstate_conn_add_segs(&s->ack_segs, 1);
	}
}
