// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a segment that counts leaves behind: numbers, options, times and counts.
 * Pure.
 */
#include "learn.h"

#include "matrix.h"

#define HAS(flag, end)	tcpstate_conn_has(conn, TCPSTATE_F_##flag, end)

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
	/* Until the other end's number is known, keep the bare size of the window. */
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

/* Move or close the other end's hole by this ACK. */
static void move_hole(struct tcpstate_end *r, __u32 old, __u32 ack)
{
	__u32 moved = ack - old, lead = tcpstate_conn_lead(r);

	if (ack == r->snd_nxt)
		r->hole = 0;
	else
		tcpstate_conn_set_lead(r, moved < lead ? lead - moved : 0);
}

/*
 * A pure ACK covers what its sender has received until then, and a local end sends it
 * after all segments that came to it before. So the local end has dropped what came and is
 * not covered, as Linux does when its window is closed or memory is short.
 */
static void learn_dropped(struct tcpstate_conn *conn,
			  const struct tcpstate_segment *seg, int from, int to)
{
	struct tcpstate_end *r = &conn->end[to];

	if (!seg->local_out || seg->len || seg->flags != TCPSTATE_FLAG_ACK ||
	    from == to || HAS(FIN, to) || seg->ack != conn->end[from].ack ||
	    seg->ack == r->snd_nxt)
		return;
	/* What lies beyond a gap was queued, and is in its SACK. */
	if (r->hole && r->hole != TCPSTATE_HOLE_DROPPED)
		tcpstate_conn_set_lead(r, 0);
	else
		r->hole = TCPSTATE_HOLE_DROPPED;
}

/*
 * Data on a SYN counts as sent only as far as the SYN/ACK acknowledges it. Without Fast
 * Open the SYN/ACK acknowledges the SYN alone, and the data is sent again (RFC 7413,
 * 4.2.1). An end that is established has gone on from a SYN/ACK that overtook this one
 * or passed elsewhere.
 */
static void learn_syn_data(struct tcpstate_conn *conn, const struct tcpstate_segment *seg,
			   int from, int to)
{
	if (seg->flags & TCPSTATE_FLAG_SYN && !HAS(ACK, from) && HAS(SYN, to) &&
	    tcpstate_conn_state(conn, to) < TCPSTATE_ESTABLISHED &&
	    tcpstate_seq_after(seg->ack, conn->end[to].isn) &&
	    tcpstate_seq_before(seg->ack, conn->end[to].snd_nxt))
		tcpstate_conn_renumber(&conn->end[to], seg->ack);
}

/* The other end has sent up to @ack, perhaps where it could not be seen. */
static void learn_sent(struct tcpstate_conn *conn, int to, __u32 ack)
{
	struct tcpstate_end *r = &conn->end[to];

	if (HAS(FIN, to) || !tcpstate_seq_after(ack, r->snd_nxt))
		return;
	if (conn->flags & TCPSTATE_F_LOOSE && HAS(SEEN, to) && !HAS(SYN, to))
		tcpstate_conn_begin_later(r, ack);
	else
		tcpstate_conn_advance(r, ack);
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

	/* Nothing is known of the other end's numbers, so that this ACK says nothing. */
	if (!tcpstate_conn_is_numbered(conn, to))
		return;
	learn_syn_data(conn, seg, from, to);
	learn_sent(conn, to, seg->ack);
	if (!HAS(ACK, from)) {
		/* A local end's first ACK may be of another connection. */
		if (HAS(SYN, to) && tcpstate_seq_before(seg->ack, conn->end[to].isn))
			return;
		/* The window of its SYN was an offer, too. If picked up, @edge is none. */
		if (HAS(SYN, from) && !(conn->flags & TCPSTATE_F_MIDSTREAM))
			edge = tcpstate_seq_max(edge, conn->end[to].isn + 1 + s->edge);
		s->ack = seg->ack;
		s->edge = edge;
		conn->flags |= TCPSTATE_F_ACK << from;
		return;
	}
	if (conn->end[to].hole && tcpstate_seq_after(seg->ack, s->ack))
		move_hole(&conn->end[to], s->ack, seg->ack);
	s->ack = tcpstate_seq_max(s->ack, seg->ack);
	s->edge = tcpstate_seq_max(s->edge, edge);
	learn_dropped(conn, seg, from, to);
}

/*
 * RFC 7323, 4.3: take the timestamp of a segment that does not begin after the last ACK
 * sent. Ignore that of a SYN, of which tcpstate_learn_syn() takes the first: a repeated
 * SYN draws an ACK and is read no further (RFC 5961, 4.2).
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

/* Fill the gap in what @from sent by this segment, wholly or in part. */
static void fill_hole(struct tcpstate_conn *conn, const struct tcpstate_segment *seg,
		      int from, int to)
{
	struct tcpstate_end *s = &conn->end[from];
	__u32 ack = conn->end[to].ack, end = tcpstate_segment_end(seg);
	__u32 gap = ack + tcpstate_conn_lead(s);

	if (!tcpstate_seq_after(seg->seq, gap) && tcpstate_seq_after(end, gap)) {
		tcpstate_conn_set_lead(s, end - ack);
		gap = ack + tcpstate_conn_lead(s);
	}
	/* It is filled if all is there up to the highest number, or to a known FIN. */
	if (!tcpstate_seq_before(gap, s->snd_nxt - HAS(FIN, from)))
		s->hole = 0;
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

	if (!tcpstate_conn_is_numbered(conn, from))
		return;
	learn_ts(conn, seg, from, to);
	if (s->hole) {
		fill_hole(conn, seg, from, to);
	} else if (!HAS(FIN, from) && HAS(ACK, to) && HAS(SEEN, from) &&
		   !(conn->flags & TCPSTATE_F_LOOSE) &&
		   tcpstate_seq_after(seg->seq, s->snd_nxt)) {
		tcpstate_conn_set_lead(s, s->snd_nxt - r->ack);
	}
	/*
	 * The SYN/ACK has said how much of the data on this SYN counts as sent, even if
	 * it passed elsewhere: then its receiver has gone on to be established.
	 */
	if (seg->flags & TCPSTATE_FLAG_SYN &&
	    (HAS(ACK, to) || tcpstate_conn_state(conn, from) >= TCPSTATE_ESTABLISHED))
		end = seg->seq + 1;
	if (!HAS(FIN, from))
		tcpstate_conn_advance(s, end);
}

/**
 * tcpstate_learn_pick_up() - go on from the numbers of this segment
 * @conn: the connection
 * @seg: a segment that its receiver would not take, by the numbers that are known
 * @from: the end that sent it
 * @to: the end that it is for
 *
 * The segments between have passed where they could not be seen. This one may begin below
 * what its sender has sent, as a keep-alive probe or a retransmission does, and it may
 * acknowledge less than the other end has sent. So the numbers are lower bounds
 * (TCPSTATE_F_LOOSE) until each end has acknowledged all that is known of the other.
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_learn_pick_up(struct tcpstate_conn *conn,
			    const struct tcpstate_segment *seg, int from, int to)
{
	conn->flags &= ~(TCPSTATE_F_ACK | TCPSTATE_F_ACK << 1 |
			 TCPSTATE_F_TS | TCPSTATE_F_TS << 1);
	conn->flags |= TCPSTATE_F_MIDSTREAM | TCPSTATE_F_LOOSE;
	conn->end[0].hole = 0;
	conn->end[1].hole = 0;
	tcpstate_conn_renumber(&conn->end[from], seg->seq);
	tcpstate_conn_renumber(&conn->end[to], seg->ack);
}

/**
 * tcpstate_learn_in_step() - are the numbers of a picked-up connection exact now?
 * @conn: the connection
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_learn_in_step(struct tcpstate_conn *conn)
{
	if (tcpstate_conn_both(conn, TCPSTATE_F_SEEN) &&
	    tcpstate_conn_both(conn, TCPSTATE_F_ACK) &&
	    conn->end[0].ack == conn->end[1].snd_nxt &&
	    conn->end[1].ack == conn->end[0].snd_nxt)
		conn->flags &= ~TCPSTATE_F_LOOSE;
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
	if (!HAS(SYN, to))
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
 * A super-segment counts as the segments it stands for. A segment that its receiver
 * ignores is counted as well, so that the sums are those of tcpdump.
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_learn_count(struct tcpstate_conn *conn,
			  const struct tcpstate_segment *seg,
			     int from, int to, __u8 notes)
{
	struct tcpstate_end *s = &conn->end[from], *r = &conn->end[to];

	if (seg->flags & TCPSTATE_FLAG_SYN) {
		/*
		 * If its receiver ignores it, a bare SYN belongs to another connection,
		 * but a SYN/ACK is counted here.
		 */
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
