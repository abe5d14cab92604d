/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fast path for the segments that are expected: in order, and what an ordinary connection
 * is made of. Nearly all are. It must do to the record exactly what tcpstate_fsm_segment()
 * would. The KUnit suites compare both for each segment that they play. Pure.
 */
#ifndef TCPSTATE_PREDICT_H
#define TCPSTATE_PREDICT_H

#include <linux/types.h>

#include "conn.h"
#include "matrix.h"
#include "segment.h"

#define TCPSTATE_PREDICT_BOTH(flag)	(TCPSTATE_F_##flag | TCPSTATE_F_##flag << 1)

/* The flags that must be set, and those that must not, if the segment is to move no state */
#define TCPSTATE_PREDICT_WANTED		(TCPSTATE_PREDICT_BOTH(SEEN) | \
					 TCPSTATE_PREDICT_BOTH(ACK))
#define TCPSTATE_PREDICT_UNWANTED	(TCPSTATE_PREDICT_BOTH(FIN) | \
					 TCPSTATE_F_LOOSE | TCPSTATE_F_SUCCESSOR | \
					 TCPSTATE_F_PENDING | TCPSTATE_F_OFFLOADED | \
					 TCPSTATE_VERDICT_MASK)

static inline bool tcpstate_predict_is_usual(const struct tcpstate_conn *conn)
{
	return conn->states == (TCPSTATE_ESTABLISHED | TCPSTATE_ESTABLISHED << 4) &&
	       (conn->flags & (TCPSTATE_PREDICT_WANTED | TCPSTATE_PREDICT_UNWANTED)) ==
		       TCPSTATE_PREDICT_WANTED &&
	       !(conn->end[0].hole | conn->end[1].hole);
}

/*
 * Does the segment, with an ACK and without a SYN, go on from what is known of two numbered
 * ends? There must be no gap, and nothing that conntrack tells for the first time.
 */
static inline bool tcpstate_predict_is_next(const struct tcpstate_conn *conn,
					    const struct tcpstate_segment *seg, int from)
{
	const struct tcpstate_end *s = &conn->end[from], *r = &conn->end[!from];

	if (seg->offloaded || (seg->adjusted && !(conn->flags & TCPSTATE_F_ADJUSTED)))
		return false;
	/* In order; neither before what is acknowledged nor beyond the window, which is open */
	if (seg->seq != s->snd_nxt || tcpstate_seq_before(seg->seq, r->ack) ||
	    tcpstate_seq_after(seg->seq, r->edge) || !tcpstate_seq_after(r->edge, r->ack))
		return false;
	/* An ACK of what was sent, and no older one */
	return !tcpstate_seq_before(seg->ack, s->ack) && !tcpstate_seq_after(seg->ack, r->snd_nxt);
}

/* Take the timestamp (RFC 7323, 4.3), or return false if it is not the expected one. */
static inline bool tcpstate_predict_take_ts(struct tcpstate_conn *conn,
					    const struct tcpstate_segment *seg, int from)
{
	struct tcpstate_end *s = &conn->end[from];

	if (!seg->has_ts)
		return true;
	if (!tcpstate_conn_has(conn, TCPSTATE_F_TS, from) || (__s32)(seg->ts_val - s->ts) < 0)
		return false;
	if (seg->seq == conn->end[!from].ack)
		s->ts = seg->ts_val;
	return true;
}

/* Does a local end not acknowledge all that has come to it? It may have dropped that. */
static inline bool tcpstate_predict_has_dropped(const struct tcpstate_conn *conn,
						const struct tcpstate_segment *seg, int from)
{
	return seg->local_out && !seg->len && seg->ack != conn->end[!from].snd_nxt;
}

/* The right edge of the window that the segment offers */
static inline __u32 tcpstate_predict_edge(const struct tcpstate_conn *conn,
					  const struct tcpstate_segment *seg, int from)
{
	__u8 scales = conn->wscales;

	/* RFC 7323, 2.2: only if both offered it */
	if (scales >= TCPSTATE_WSCALE_NONE << 4 || (scales & 15) == TCPSTATE_WSCALE_NONE)
		scales = 0;
	return seg->ack + ((__u32)seg->window << (scales >> (4 * from) & 15));
}

/* Take the ACK and the window of the expected segment. */
static inline void tcpstate_predict_take_ack(struct tcpstate_conn *conn,
					     const struct tcpstate_segment *seg, int from)
{
	struct tcpstate_end *s = &conn->end[from];

	s->ack = seg->ack;
	s->edge = tcpstate_seq_max(s->edge, tcpstate_predict_edge(conn, seg, from));
}

/* The sender has sent up to @end, which is beyond what it had sent. */
static inline void tcpstate_predict_advance(struct tcpstate_end *s, __u32 end)
{
	if (end < s->snd_nxt && s->wraps != TCPSTATE_WRAPS_MAX)
		s->wraps++;
	s->snd_nxt = end;
}

static inline void tcpstate_predict_take_data(struct tcpstate_end *s,
					      const struct tcpstate_segment *seg)
{
	tcpstate_predict_advance(s, seg->seq + seg->len);
	tcpstate_conn_add_segs(&s->data_segs, seg->segs);
}

/**
 * tcpstate_predict_take() - take a segment that is the expected one between established ends
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
 * a note; false if nothing was done, so that the caller has to call that function.
 */
static inline bool tcpstate_predict_take(struct tcpstate_conn *conn,
					 const struct tcpstate_segment *seg, int from,
					 __u32 now_ms)
{
	struct tcpstate_end *s = &conn->end[from];

	if (!tcpstate_predict_is_usual(conn) ||
	    tcpstate_segment_control(seg) != TCPSTATE_FLAG_ACK ||
	    !tcpstate_predict_is_next(conn, seg, from) ||
	    tcpstate_predict_has_dropped(conn, seg, from) ||
	    tcpstate_conn_is_ts_outdated(conn, now_ms) ||
	    !tcpstate_predict_take_ts(conn, seg, from))
		return false;

	tcpstate_predict_take_ack(conn, seg, from);
	if (seg->len)
		tcpstate_predict_take_data(s, seg);
	else
		tcpstate_conn_add_segs(&s->ack_segs, 1);
	/* In the first line of the record, which is left clean for as long as it can be */
	if (conn->last_seen_ms != now_ms)
		conn->last_seen_ms = now_ms;
	return true;
}

bool tcpstate_predict_step(struct tcpstate_conn *conn, const struct tcpstate_segment *seg,
			   int from, const struct tcpstate_time *time,
			   struct tcpstate_result *result);

#endif
