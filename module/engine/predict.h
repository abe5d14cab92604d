/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fast path for the segment that is expected: between two established ends, in order,
 * and with nothing but bytes and an ACK, as nearly all segments are. It must do to the
 * record exactly what tcpstate_fsm_segment() would. The KUnit suites compare both for
 * each segment that they play. Pure.
 */
#ifndef TCPSTATE_PREDICT_H
#define TCPSTATE_PREDICT_H

#include <linux/types.h>

#include "conn.h"
#include "segment.h"

#define TCPSTATE_PREDICT_BOTH(flag)	(TCPSTATE_F_##flag | TCPSTATE_F_##flag << 1)

/* The flags that must be set, and those that must not, if the segment is to move no state */
#define TCPSTATE_PREDICT_WANTED		(TCPSTATE_PREDICT_BOTH(SEEN) | \
					 TCPSTATE_PREDICT_BOTH(ACK))
#define TCPSTATE_PREDICT_UNWANTED	(TCPSTATE_PREDICT_BOTH(FIN) | \
					 TCPSTATE_F_MIDSTREAM | TCPSTATE_F_SUCCESSOR | \
					 TCPSTATE_F_PENDING | TCPSTATE_F_OFFLOADED | \
					 TCPSTATE_VERDICT_MASK)

static inline bool tcpstate_predict_is_usual(const struct tcpstate_conn *conn)
{
	return conn->states == (TCPSTATE_ESTABLISHED | TCPSTATE_ESTABLISHED << 4) &&
	       (conn->flags & (TCPSTATE_PREDICT_WANTED | TCPSTATE_PREDICT_UNWANTED)) ==
		       TCPSTATE_PREDICT_WANTED &&
	       !(conn->end[0].hole | conn->end[1].hole);
}

/**
 * tcpstate_predict_take() - take a segment that is the expected one
 * @conn: the connection, of two different ends
 * @seg: the segment
 * @from: the end that sent it
 * @now_ms: as in struct tcpstate_time
 *
 * As header prediction in TCP itself (RFC 9293, 3.10.7.4 allows any order of checks
 * that has the same result): seldom more than the second line of the record is
 * written.
 *
 * Context: any; the caller has the connection to itself.
 * Return: true if it was taken, as tcpstate_fsm_segment() would have, without a step or
 * a note; false if nothing was done, and that is to be asked.
 */
static inline bool tcpstate_predict_take(struct tcpstate_conn *conn,
					 const struct tcpstate_segment *seg, int from,
					 __u32 now_ms)
{
	struct tcpstate_end *s = &conn->end[from], *r = &conn->end[!from];
	__u8 scales = conn->wscales, scale;
	__u32 end, edge;

	if (!tcpstate_predict_is_usual(conn) ||
	    (seg->flags & ~TCPSTATE_FLAG_PSH) != TCPSTATE_FLAG_ACK || seg->offloaded ||
	    (seg->adjusted && !(conn->flags & TCPSTATE_F_ADJUSTED)))
		return false;
	/* In order; neither before what is acknowledged nor beyond the window, which is open */
	if (seg->seq != s->snd_nxt || tcpstate_seq_before(seg->seq, r->ack) ||
	    tcpstate_seq_after(seg->seq, r->edge) || !tcpstate_seq_after(r->edge, r->ack))
		return false;
	/* An ACK of what was sent, and no older one */
	if (tcpstate_seq_before(seg->ack, s->ack) || tcpstate_seq_after(seg->ack, r->snd_nxt))
		return false;
	/* A local end that does not acknowledge all that has come to it may have dropped it. */
	if (seg->local_out && !seg->len && seg->ack != r->snd_nxt)
		return false;
	if (seg->has_ts) {
		if (!tcpstate_conn_has(conn, TCPSTATE_F_TS, from) ||
		    (__s32)(seg->ts_val - s->ts) < 0)
			return false;
		/* RFC 7323, 4.3 */
		if (seg->seq == r->ack)
			s->ts = seg->ts_val;
	}

	s->ack = seg->ack;
	scale = scales >> (4 * from) & 15;
	/* RFC 7323, 2.2: only if both offered it */
	if (scale == TCPSTATE_WSCALE_NONE ||
	    (scales >> (4 * !from) & 15) == TCPSTATE_WSCALE_NONE)
		scale = 0;
	edge = seg->ack + ((__u32)seg->window << scale);
	s->edge = tcpstate_seq_max(s->edge, edge);
	if (seg->len) {
		end = seg->seq + seg->len;
		if (end < s->snd_nxt && s->wraps != TCPSTATE_WRAPS_MAX)
			s->wraps++;
		s->snd_nxt = end;
		tcpstate_conn_add_segs(&s->data_segs, seg->segs);
	} else {
		tcpstate_conn_add_segs(&s->ack_segs, 1);
	}
	/* In the first line of the record, which is left clean for as long as it can be */
	if (conn->last_seen_ms != now_ms)
		conn->last_seen_ms = now_ms;
	return true;
}

#endif
