// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fast path for the segments of an ordinary opening and of an orderly close, and for those
 * between the two FINs. Pure.
 */
#include "predict.h"

#define BOTH(flag)	TCPSTATE_PREDICT_BOTH(flag)

/* The states of a segment's sender and of its receiver, as one number */
#define PAIR(sender, receiver)	(TCPSTATE_##sender | TCPSTATE_##receiver << 4)

/* Segments pass elsewhere, or there is a verdict. */
#define UNUSUAL	(TCPSTATE_F_LOOSE | TCPSTATE_F_OFFLOADED | TCPSTATE_VERDICT_MASK)

/* RFC 7323, 2.2: the window of a SYN is not scaled. */
#define SYN_WINDOW_MAX	0xffff

static __u8 pair_of(const struct tcpstate_conn *conn, int from)
{
	return from ? conn->states >> 4 | conn->states << 4 : conn->states;
}

/* As tcpstate_matrix_step(), which is called too often not to be inlined here. */
static inline void step(struct tcpstate_conn *conn, int end, enum tcpstate_trigger trigger,
			struct tcpstate_result *result)
{
	__u8 from = tcpstate_conn_state(conn, end);
	__u8 to = tcpstate_matrix[from][trigger];

	if (!to)
		return;
	conn->states ^= (from ^ to) << (4 * end);
	result->transition[result->n++] = (struct tcpstate_transition){
		.end = end, .trigger = trigger, .from = from, .to = to,
	};
}

/* What both the SYN and the SYN/ACK of @from tell */
static void take_options(struct tcpstate_conn *conn, const struct tcpstate_segment *seg, int from)
{
	struct tcpstate_end *s = &conn->end[from];

	tcpstate_conn_start(s, seg->seq);
	conn->wscales &= ~(15 << (4 * from));
	conn->wscales |= seg->wscale << (4 * from);
	if (seg->has_ts) {
		s->ts = seg->ts_val;
		conn->flags |= TCPSTATE_F_TS << from;
	}
	conn->flags |= (TCPSTATE_F_SYN | TCPSTATE_F_SEEN) << from;
	conn->handshake |= TCPSTATE_HANDSHAKE_SYN << from;
}

/* The first SYN, which begins the record */
static bool take_syn(struct tcpstate_conn *conn, const struct tcpstate_segment *seg,
		     struct tcpstate_result *result)
{
	if (tcpstate_segment_control(seg) != TCPSTATE_FLAG_SYN || seg->len ||
	    conn->flags & ~TCPSTATE_F_PENDING)
		return false;
	take_options(conn, seg, TCPSTATE_INITIATOR);
	conn->end[TCPSTATE_INITIATOR].edge = seg->window;
	step(conn, TCPSTATE_INITIATOR, TCPSTATE_SND_SYN, result);
	return true;
}

/* The first SYN/ACK, which acknowledges all of the SYN */
static bool take_syn_ack(struct tcpstate_conn *conn, const struct tcpstate_segment *seg,
			 const struct tcpstate_time *time, struct tcpstate_result *result)
{
	struct tcpstate_end *s = &conn->end[TCPSTATE_RESPONDER];
	struct tcpstate_end *r = &conn->end[TCPSTATE_INITIATOR];
	const __u32 wanted = TCPSTATE_F_SYN | TCPSTATE_F_SEEN;
	const __u32 unwanted = TCPSTATE_F_SYN << TCPSTATE_RESPONDER | BOTH(ACK) | BOTH(FIN) |
			       TCPSTATE_F_SIMULTANEOUS | TCPSTATE_F_TIMED |
			       TCPSTATE_F_MIDSTREAM | UNUSUAL;

	if (tcpstate_segment_control(seg) != (TCPSTATE_FLAG_SYN | TCPSTATE_FLAG_ACK) || seg->len ||
	    (conn->flags & (wanted | unwanted)) != wanted ||
	    seg->ack != r->snd_nxt || !tcpstate_seq_after(seg->ack, r->isn) ||
	    s->edge || s->hole)
		return false;
	s->ack = seg->ack;
	s->edge = seg->ack + seg->window;
	r->ack = seg->seq + 1;
	take_options(conn, seg, TCPSTATE_RESPONDER);
	conn->flags |= TCPSTATE_F_ACK << TCPSTATE_RESPONDER;
	if (seg->sack_ok)
		conn->flags |= TCPSTATE_F_SACK;
	conn->handshake |= time->age_us ? time->age_us : 1;
	step(conn, TCPSTATE_RESPONDER, TCPSTATE_RCV_SYN, result);
	return true;
}

/* The third segment of the handshake, with data or without */
static bool take_third(struct tcpstate_conn *conn, const struct tcpstate_segment *seg,
		       const struct tcpstate_time *time, struct tcpstate_result *result)
{
	struct tcpstate_end *s = &conn->end[TCPSTATE_INITIATOR];
	struct tcpstate_end *r = &conn->end[TCPSTATE_RESPONDER];
	const __u32 wanted = BOTH(SYN) | BOTH(SEEN) | TCPSTATE_F_ACK << TCPSTATE_RESPONDER;
	const __u32 unwanted = TCPSTATE_F_ACK | BOTH(FIN) | TCPSTATE_F_OPEN_ACK |
			       TCPSTATE_F_TIMED | TCPSTATE_F_MIDSTREAM | UNUSUAL;
	__u32 syn_us = conn->handshake;

	if (tcpstate_segment_control(seg) != TCPSTATE_FLAG_ACK ||
	    (conn->flags & (wanted | unwanted)) != wanted || !syn_us ||
	    !tcpstate_seq_after(r->ack, s->isn) || seg->ack - r->isn - 1 > SYN_WINDOW_MAX ||
	    s->hole | r->hole ||
	    !tcpstate_predict_is_next(conn, seg, TCPSTATE_INITIATOR) ||
	    !tcpstate_predict_take_ts(conn, seg, TCPSTATE_INITIATOR))
		return false;
	/* The window of its SYN was an offer, too. */
	s->edge = tcpstate_seq_max(tcpstate_predict_edge(conn, seg, TCPSTATE_INITIATOR),
				   r->isn + 1 + s->edge);
	s->ack = seg->ack;
	conn->handshake = tcpstate_conn_pack_us(syn_us, time->age_us > syn_us ?
							time->age_us - syn_us : 0);
	conn->flags |= TCPSTATE_F_ACK | TCPSTATE_F_TIMED;
	if (seg->len)
		tcpstate_predict_take_data(s, seg);
	else
		conn->flags |= TCPSTATE_F_OPEN_ACK;
	step(conn, TCPSTATE_INITIATOR, TCPSTATE_RCV_SYN_ACK, result);
	step(conn, TCPSTATE_RESPONDER, TCPSTATE_RCV_ACK_OF_SYN, result);
	return true;
}

/*
 * A segment of two ends of which one closes at least: the first FIN of its sender, the ACK of
 * the receiver's, or what passes between the two. @fin: the sender's FIN has passed before;
 * @other_fin: so has the receiver's.
 */
static bool take_closing(struct tcpstate_conn *conn, const struct tcpstate_segment *seg, int from,
			 bool fin, bool other_fin, struct tcpstate_result *result)
{
	struct tcpstate_end *s = &conn->end[from], *r = &conn->end[!from];
	const __u32 fins = (fin << from | other_fin << !from) * TCPSTATE_F_FIN;
	const __u32 wanted = BOTH(SEEN) | BOTH(ACK);
	bool sends_fin = seg->flags & TCPSTATE_FLAG_FIN;

	if ((tcpstate_segment_control(seg) & ~TCPSTATE_FLAG_FIN) != TCPSTATE_FLAG_ACK ||
	    (conn->flags & (wanted | BOTH(FIN) | UNUSUAL)) != (wanted | fins) ||
	    s->hole | r->hole || (fin && (sends_fin || seg->len)) ||
	    (other_fin && seg->ack != r->snd_nxt) ||
	    !tcpstate_predict_is_next(conn, seg, from) ||
	    (!sends_fin && tcpstate_predict_has_dropped(conn, seg, from)) ||
	    !tcpstate_predict_take_ts(conn, seg, from))
		return false;
	tcpstate_predict_take_ack(conn, seg, from);
	if (other_fin)
		step(conn, from, TCPSTATE_RCV_FIN, result);
	if (sends_fin) {
		tcpstate_predict_advance(s, seg->seq + seg->len + 1);
		/* A FIN may ride at the end of a super-segment. */
		tcpstate_conn_add_segs(&s->data_segs, seg->segs - 1);
		conn->flags |= TCPSTATE_F_FIN << from;
		if (!other_fin)
			conn->flags |= TCPSTATE_F_CLOSER << from;
		step(conn, from, TCPSTATE_SND_FIN, result);
	} else if (seg->len) {
		tcpstate_predict_take_data(s, seg);
	} else if (!other_fin) {
		tcpstate_conn_add_segs(&s->ack_segs, 1);
	}
	if (sends_fin || (other_fin && !seg->len))
		tcpstate_conn_add_small(&conn->closings[from]);
	if (other_fin)
		step(conn, !from, TCPSTATE_RCV_ACK_OF_FIN, result);
	if (fin && other_fin)
		tcpstate_conn_set_verdict(conn, TCPSTATE_VERDICT_CLOSED);
	return true;
}

/**
 * tcpstate_predict_step() - take a segment that opens or closes a connection as usual
 * @conn: the connection, of two different ends
 * @seg: the segment
 * @from: the end that sent it
 * @time: when it passed
 * @result: filled if the segment is taken
 *
 * Context: any; the caller has the connection to itself.
 * Return: true if it was taken, as tcpstate_fsm_segment() would have, without a note; false
 * if nothing was done to the connection, so that the caller has to call that function.
 */
bool tcpstate_predict_step(struct tcpstate_conn *conn, const struct tcpstate_segment *seg,
			   int from, const struct tcpstate_time *time,
			   struct tcpstate_result *result)
{
	__u8 pair = pair_of(conn, from);
	bool taken = false;

	result->n = 0;
	result->notes = 0;
	result->corrected = 0;
	result->gaps = 0;
	result->retransmits = 0;
	/* The first SYN finds no timestamps to forget. */
	if (tcpstate_conn_is_ts_outdated(conn, time->now_ms) && pair != PAIR(CLOSED, LISTEN))
		return false;
	switch (pair) {
	case PAIR(CLOSED, LISTEN):
		taken = take_syn(conn, seg, result);
		break;
	case PAIR(LISTEN, SYN_SENT):
		taken = take_syn_ack(conn, seg, time, result);
		break;
	case PAIR(SYN_SENT, SYN_RECEIVED):
		taken = from == TCPSTATE_INITIATOR && take_third(conn, seg, time, result);
		break;
	case PAIR(ESTABLISHED, ESTABLISHED):
		taken = seg->flags & TCPSTATE_FLAG_FIN &&
			take_closing(conn, seg, from, false, false, result);
		break;
	case PAIR(ESTABLISHED, FIN_WAIT_1):
	case PAIR(CLOSE_WAIT, FIN_WAIT_2):
		taken = take_closing(conn, seg, from, false, true, result);
		break;
	case PAIR(FIN_WAIT_2, CLOSE_WAIT):
		taken = take_closing(conn, seg, from, true, false, result);
		break;
	case PAIR(FIN_WAIT_2, LAST_ACK):
		taken = take_closing(conn, seg, from, true, true, result);
		break;
	}
	if (taken)
		conn->last_seen_ms = time->now_ms;
	return taken;
}
