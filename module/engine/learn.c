// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a segment that counts leaves behind: numbers, options, times and counts.
 * Pure.
 */
#include "learn.h"

/**
 * tcpstate_learn_syn() - take an end's first number and options
 * @p: the passage of its first SYN or SYN/ACK
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_learn_syn(const struct tcpstate_passage *p)
{
	const struct tcpstate_segment *seg = p->seg;
	struct tcpstate_conn *conn = p->conn;
	int from = p->from;
	struct tcpstate_end *s = &conn->end[from];

	tcpstate_conn_start(s, seg->seq);
	/* Until the other end's number is known, keep the bare size of the window. */
	if (!tcpstate_conn_has(conn, TCPSTATE_F_ACK, from))
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

static __u32 window_bytes(const struct tcpstate_passage *p)
{
	__u8 scale = tcpstate_conn_wscale(p->conn, p->from);

	/* RFC 7323, 2.2: never on a SYN, and only if both offered it. */
	if (p->seg->flags & TCPSTATE_FLAG_SYN || scale == TCPSTATE_WSCALE_NONE ||
	    tcpstate_conn_wscale(p->conn, p->to) == TCPSTATE_WSCALE_NONE)
		return p->seg->window;
	return (__u32)p->seg->window << scale;
}

/*
 * Move or close the other end's hole by this ACK, which lies beyond @old, the one before. A
 * known FIN has passed here, so that nothing is missing if the ACK covers all before it.
 */
static void move_hole(struct tcpstate_conn *conn, int to, __u32 old, __u32 ack)
{
	struct tcpstate_end *r = &conn->end[to];
	__u32 moved = ack - old, lead = tcpstate_conn_lead(r);

	if (!tcpstate_seq_before(ack, r->snd_nxt - tcpstate_conn_has(conn, TCPSTATE_F_FIN, to)))
		r->hole = 0;
	else
		tcpstate_conn_set_lead(r, moved < lead ? lead - moved : 0);
}

/*
 * A pure ACK covers what its sender has received until then, and a local end sends it
 * after all segments that came to it before. So the local end has dropped what came and is
 * not covered, as Linux does when its window is closed or memory is short.
 */
static void learn_dropped(const struct tcpstate_passage *p)
{
	struct tcpstate_end *s = &p->conn->end[p->from], *r = &p->conn->end[p->to];
	const struct tcpstate_segment *seg = p->seg;

	if (!seg->local_out || !tcpstate_segment_is_pure_ack(seg) ||
	    p->from == p->to || tcpstate_conn_has(p->conn, TCPSTATE_F_FIN, p->to) ||
	    seg->ack != s->ack || seg->ack == r->snd_nxt)
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
 * or passed elsewhere; so may have one in SYN_RECEIVED, unless its SYN had data.
 */
static void learn_syn_data(const struct tcpstate_passage *p)
{
	const struct tcpstate_conn *conn = p->conn;
	struct tcpstate_end *r = &p->conn->end[p->to];

	if (p->seg->flags & TCPSTATE_FLAG_SYN &&
	    !tcpstate_conn_has(conn, TCPSTATE_F_ACK, p->from) &&
	    (tcpstate_conn_state(conn, p->to) < TCPSTATE_SYN_RECEIVED ||
	     (tcpstate_conn_state(conn, p->to) == TCPSTATE_SYN_RECEIVED &&
	      conn->flags & TCPSTATE_F_FAST_OPEN)))
		tcpstate_conn_renumber(r, p->seg->ack);
}

/* The other end has sent up to @ack, perhaps where it could not be seen. */
static void learn_sent(struct tcpstate_conn *conn, int to, __u32 ack)
{
	struct tcpstate_end *r = &conn->end[to];

	if (tcpstate_conn_has(conn, TCPSTATE_F_FIN, to) || !tcpstate_seq_after(ack, r->snd_nxt))
		return;
	if (conn->flags & TCPSTATE_F_LOOSE && tcpstate_conn_has(conn, TCPSTATE_F_SEEN, to) &&
	    !tcpstate_conn_has(conn, TCPSTATE_F_SYN, to))
		tcpstate_conn_begin_later(r, ack);
	else
		tcpstate_conn_advance(r, ack);
}

/**
 * tcpstate_learn_ack() - take what an end acknowledges and offers
 * @p: the passage of a believed segment with ACK
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_learn_ack(const struct tcpstate_passage *p)
{
	struct tcpstate_conn *conn = p->conn;
	int from = p->from, to = p->to;
	struct tcpstate_end *s = &conn->end[from], *r = &conn->end[to];
	__u32 ack = p->seg->ack, edge = ack + window_bytes(p);

	learn_syn_data(p);
	learn_sent(conn, to, ack);
	if (!tcpstate_conn_has(conn, TCPSTATE_F_ACK, from)) {
		/* A local end's first ACK may be of another connection. */
		if (tcpstate_conn_has(conn, TCPSTATE_F_SYN, to) &&
		    tcpstate_conn_distance(r, ack) < 0)
			return;
		/*
		 * The window of its SYN was an offer, too, until as much is acknowledged. If
		 * picked up, @edge is none.
		 */
		if (!(conn->flags & TCPSTATE_F_MIDSTREAM) &&
		    tcpstate_conn_distance(r, ack) <= s->edge)
			edge = tcpstate_seq_max(edge, r->isn + 1 + s->edge);
		s->ack = ack;
		s->edge = edge;
		conn->flags |= TCPSTATE_F_ACK << from;
		/* No end sends more than it was offered: a forged segment was picked up. */
		if (conn->flags & TCPSTATE_F_LOOSE && tcpstate_seq_after(r->snd_nxt, edge) &&
		    !tcpstate_conn_has(conn, TCPSTATE_F_FIN, to)) {
			tcpstate_conn_renumber(r, ack);
			p->result->corrected |= 1 << to;
		}
		return;
	}
	if (r->hole && tcpstate_seq_after(ack, s->ack))
		move_hole(conn, to, s->ack, ack);
	s->ack = tcpstate_seq_max(s->ack, ack);
	s->edge = tcpstate_seq_max(s->edge, edge);
	learn_dropped(p);
}

/*
 * RFC 7323, 4.3: take the timestamp of a segment that does not begin after the last ACK
 * sent. Ignore that of a SYN, of which tcpstate_learn_syn() takes the first: a repeated
 * SYN draws an ACK and is read no further (RFC 5961, 4.2).
 */
static void learn_ts(const struct tcpstate_passage *p)
{
	const struct tcpstate_segment *seg = p->seg;
	struct tcpstate_conn *conn = p->conn;
	struct tcpstate_end *s = &conn->end[p->from], *r = &conn->end[p->to];

	if (!seg->has_ts || seg->flags & TCPSTATE_FLAG_SYN ||
	    (tcpstate_conn_has(conn, TCPSTATE_F_TS, p->from) && s->ts &&
	     (__s32)(seg->ts_val - s->ts) < 0) ||
	    (tcpstate_conn_has(conn, TCPSTATE_F_ACK, p->to) &&
	     tcpstate_seq_after(seg->seq, r->ack)))
		return;
	s->ts = seg->ts_val;
	conn->flags |= TCPSTATE_F_TS << p->from;
}

/* Fill the gap in what the sender sent by this segment, wholly or in part. */
static void fill_hole(const struct tcpstate_passage *p)
{
	struct tcpstate_end *s = &p->conn->end[p->from];
	__u32 ack = p->conn->end[p->to].ack, end = tcpstate_segment_end(p->seg);
	__u32 gap = ack + tcpstate_conn_lead(s);

	if (!tcpstate_seq_after(p->seg->seq, gap) && tcpstate_seq_after(end, gap)) {
		tcpstate_conn_set_lead(s, end - ack);
		gap = ack + tcpstate_conn_lead(s);
	}
	/* It is filled if all is there up to the highest number, or to a known FIN. */
	if (!tcpstate_seq_before(gap, s->snd_nxt -
				      tcpstate_conn_has(p->conn, TCPSTATE_F_FIN, p->from)))
		s->hole = 0;
}

/**
 * tcpstate_learn_seq() - take the numbers that an end sends
 * @p: the passage of a believed segment
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_learn_seq(const struct tcpstate_passage *p)
{
	const struct tcpstate_segment *seg = p->seg;
	struct tcpstate_conn *conn = p->conn;
	int from = p->from, to = p->to;
	struct tcpstate_end *s = &conn->end[from], *r = &conn->end[to];
	bool acked = tcpstate_conn_has(conn, TCPSTATE_F_ACK, to);
	bool fin = tcpstate_conn_has(conn, TCPSTATE_F_FIN, from);
	__u32 end = tcpstate_segment_end(seg);

	learn_ts(p);
	if (s->hole) {
		fill_hole(p);
	} else if (!fin && acked && tcpstate_conn_has(conn, TCPSTATE_F_SEEN, from) &&
		   !(conn->flags & TCPSTATE_F_LOOSE) &&
		   tcpstate_seq_after(seg->seq, s->snd_nxt)) {
		tcpstate_conn_set_lead(s, s->snd_nxt - r->ack);
	}
	/*
	 * The SYN/ACK has said how much of the data on this SYN counts as sent, even if
	 * it passed elsewhere: then its receiver has gone on to be established.
	 */
	if (seg->flags & TCPSTATE_FLAG_SYN &&
	    (acked || tcpstate_conn_state(conn, from) >= TCPSTATE_ESTABLISHED))
		end = seg->seq + 1;
	if (fin)
		return;
	/* Nothing tells better where the numbers of a picked-up connection end. */
	if (seg->flags & TCPSTATE_FLAG_FIN && conn->flags & TCPSTATE_F_LOOSE) {
		tcpstate_conn_renumber(s, end);
		p->result->corrected |= 1 << from;
	} else {
		tcpstate_conn_advance(s, end);
	}
}

/* Go on from a number of @end, which is the first one if none was known. */
static void pick_up(struct tcpstate_conn *conn, int end, __u32 number)
{
	if (tcpstate_conn_is_numbered(conn, end))
		tcpstate_conn_renumber(&conn->end[end], number);
	else
		tcpstate_conn_start(&conn->end[end], number - 1);
}

/**
 * tcpstate_learn_pick_up() - go on from the numbers of this segment
 * @p: the passage of a segment that its receiver would not take, by the known numbers
 *
 * The segments between have passed where they could not be seen. This one may begin below
 * what its sender has sent, as a keep-alive probe or a retransmission does, and it may
 * acknowledge less than the other end has sent. So the numbers are lower bounds
 * (TCPSTATE_F_LOOSE) until each end has acknowledged all that is known of the other.
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_learn_pick_up(const struct tcpstate_passage *p)
{
	struct tcpstate_conn *conn = p->conn;

	pick_up(conn, p->from, p->seg->seq);
	pick_up(conn, p->to, p->seg->ack);
	conn->flags &= ~(TCPSTATE_F_ACK | TCPSTATE_F_ACK << 1 |
			 TCPSTATE_F_TS | TCPSTATE_F_TS << 1);
	conn->flags |= TCPSTATE_F_MIDSTREAM | TCPSTATE_F_LOOSE;
	conn->end[0].hole = 0;
	conn->end[1].hole = 0;
}

/**
 * tcpstate_learn_in_step() - are the numbers of a picked-up connection exact now?
 * @conn: the connection
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_learn_in_step(struct tcpstate_conn *conn)
{
	if (tcpstate_conn_both(conn, TCPSTATE_F_ACK) &&
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
	/* The clock may stand still, and a CPU may have read it before it waited for another. */
	conn->handshake = tcpstate_conn_pack_us(syn_us, time->age_us > syn_us ?
							time->age_us - syn_us : 0);
	conn->flags |= TCPSTATE_F_TIMED;
}

/* Is this pure ACK the third segment of the handshake? */
static bool is_third(const struct tcpstate_passage *p)
{
	const struct tcpstate_conn *conn = p->conn;
	int from = p->from, to = p->to;

	if (from != TCPSTATE_INITIATOR || conn->flags & TCPSTATE_F_OPEN_ACK)
		return false;
	if (!tcpstate_conn_has(conn, TCPSTATE_F_SYN, to))
		return tcpstate_conn_state(conn, from) == TCPSTATE_SYN_SENT;
	return tcpstate_conn_state(conn, to) == TCPSTATE_SYN_RECEIVED;
}

/**
 * tcpstate_learn_count() - count a segment by its purpose
 * @p: the passage of the segment, after it was judged and before it moves the connection
 *
 * A super-segment counts as the segments it stands for. A segment that its receiver
 * ignores is counted as well, so that the sums are those of tcpdump.
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_learn_count(const struct tcpstate_passage *p)
{
	const struct tcpstate_segment *seg = p->seg;
	struct tcpstate_conn *conn = p->conn;
	int from = p->from;
	struct tcpstate_end *s = &conn->end[from];
	__u8 notes = p->result->notes;

	if (seg->flags & TCPSTATE_FLAG_SYN) {
		/*
		 * If its receiver ignores it, a bare SYN belongs to another connection,
		 * but a SYN/ACK is counted here.
		 */
		if (notes & TCPSTATE_NOTE_UNACCEPTABLE ?
		    notes & TCPSTATE_NOTE_REPEAT || seg->flags & TCPSTATE_FLAG_ACK :
		    tcpstate_conn_syn_passed(conn, from))
			tcpstate_conn_add_small(&conn->repeats[from]);
	} else if (seg->flags & (TCPSTATE_FLAG_FIN | TCPSTATE_FLAG_RST)) {
		tcpstate_conn_add_small(&conn->closings[from]);
		/* A FIN may ride at the end of a super-segment. */
		tcpstate_conn_add_segs(&s->data_segs, seg->segs - 1);
	} else if (seg->len && !(notes & (TCPSTATE_NOTE_KEEPALIVE |
					  TCPSTATE_NOTE_ZERO_WINDOW))) {
		tcpstate_conn_add_segs(&s->data_segs, seg->segs);
	} else if (tcpstate_conn_covers_fin(conn, p->to, seg->ack)) {
		tcpstate_conn_add_small(&conn->closings[from]);
	} else if (!(notes & TCPSTATE_NOTE_UNACCEPTABLE) && is_third(p)) {
		conn->flags |= TCPSTATE_F_OPEN_ACK;
	} else {
		tcpstate_conn_add_segs(&s->ack_segs, 1);
	}
}

/* Does the segment reach into the gap in what its sender sent, or beyond it? */
static bool reaches_hole(const struct tcpstate_passage *p)
{
	const struct tcpstate_end *s = &p->conn->end[p->from];

	return s->hole && s->hole != TCPSTATE_HOLE_DROPPED &&
	       tcpstate_seq_after(tcpstate_segment_end(p->seg),
				  p->conn->end[p->to].ack + tcpstate_conn_lead(s));
}

/*
 * Is @seq, which lies before the next number of @from, none of its connection at all? Nothing
 * tells where the numbers of a connection begin that was picked up.
 */
static bool precedes_syn(const struct tcpstate_conn *conn, int from, __u32 seq)
{
	return !(conn->flags & TCPSTATE_F_MIDSTREAM) &&
	       tcpstate_conn_distance(&conn->end[from], seq) < 0;
}

/* Has the sender, whose numbers are exact, sent the beginning of this segment before? */
static bool is_retransmission(const struct tcpstate_passage *p)
{
	const struct tcpstate_segment *seg = p->seg;
	const struct tcpstate_end *s = &p->conn->end[p->from];

	if (!tcpstate_seq_before(seg->seq, s->snd_nxt) ||
	    p->result->notes & (TCPSTATE_NOTE_KEEPALIVE | TCPSTATE_NOTE_ZERO_WINDOW))
		return false;
	/* An end in SYN_SENT answers a SYN that crossed its own, and does not repeat that. */
	if (seg->flags & TCPSTATE_FLAG_SYN)
		return seg->seq == s->isn &&
		       !(seg->flags & TCPSTATE_FLAG_ACK &&
			 tcpstate_conn_state(p->conn, p->from) == TCPSTATE_SYN_SENT);
	return (seg->len || seg->flags & TCPSTATE_FLAG_FIN) && !reaches_hole(p) &&
	       !precedes_syn(p->conn, p->from, seg->seq);
}

/* How many of the segments that this one stands for begin before @snd_nxt? */
static __u32 count_before(const struct tcpstate_segment *seg, __u32 snd_nxt)
{
	__u32 before = snd_nxt - seg->seq;
	__u32 size;

	if (seg->segs < 2 || before >= seg->len)
		return seg->segs;
	size = (seg->len + seg->segs - 1) / seg->segs;
	return (before + size - 1) / size;
}

/**
 * tcpstate_learn_order() - count a segment that was sent again, or that leaves a gap
 * @p: the passage of the segment, after it was judged and before its numbers are taken
 *
 * What fills a gap that was seen was delayed, or lost before it came here, and only its sender
 * knows which. Not before the numbers are exact can any of that be told. Whether the receiver
 * ignores a segment that is sent again does not matter: most are sent in vain.
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_learn_order(const struct tcpstate_passage *p)
{
	const struct tcpstate_segment *seg = p->seg;
	struct tcpstate_conn *conn = p->conn;
	int from = p->from;
	__u32 n;

	if (seg->flags & TCPSTATE_FLAG_RST || conn->flags & TCPSTATE_F_LOOSE ||
	    !tcpstate_conn_has(conn, TCPSTATE_F_SEEN, from) ||
	    !tcpstate_conn_is_numbered(conn, from))
		return;
	if (is_retransmission(p)) {
		n = count_before(seg, conn->end[from].snd_nxt);
		p->result->retransmits = n;
		n += conn->retransmits[from];
		conn->retransmits[from] = n < TCPSTATE_RETRANSMITS_MAX ? n :
					  TCPSTATE_RETRANSMITS_MAX;
	} else if (tcpstate_seq_after(seg->seq, conn->end[from].snd_nxt) &&
		   !(seg->flags & TCPSTATE_FLAG_SYN) &&
		   !tcpstate_conn_has(conn, TCPSTATE_F_FIN, from) &&
		   !(p->result->notes & TCPSTATE_NOTE_UNACCEPTABLE)) {
		p->result->gaps = 1;
		tcpstate_conn_add_small(&conn->gaps[from]);
	}
}
