/* SPDX-License-Identifier: GPL-2.0-only */
/* What the engine keeps of one connection, and what follows from it. Pure. */
#ifndef TCPSTATE_CONN_H
#define TCPSTATE_CONN_H

#include <linux/tcpstate.h>
#include <linux/types.h>

#include "seq.h"

/* No window scale option (RFC 7323, 2.2: a shift is at most 14). */
#define TCPSTATE_WSCALE_NONE	15
#define TCPSTATE_WSCALE_MAX	14

/* See tcpstate_conn_is_ts_outdated(). */
#define TCPSTATE_TS_LIFE_MS	2147000u

/* The values at which a count of an end saturates. */
#define TCPSTATE_SMALL_MAX	0xff
#define TCPSTATE_RETRANSMITS_MAX	0xffff
#define TCPSTATE_WRAPS_MAX	0xffff
#define TCPSTATE_SEGS_MAX	0xffffffffu

/* The number of verdicts. A record keeps only those up to TCPSTATE_VERDICT_GONE. */
#define TCPSTATE_VERDICTS	(TCPSTATE_VERDICT_REOPENED + 1)

/*
 * struct tcpstate_conn.flags, 28 bits. A flag of an end is two bits: shift by the end's
 * number.
 */
#define TCPSTATE_F_SYN		0x0000001	/* end's SYN seen, so its ISN is known */
#define TCPSTATE_F_SEEN		0x0000004	/* end has been heard */
#define TCPSTATE_F_ACK		0x0000010	/* end's ack and edge are known */
#define TCPSTATE_F_FIN		0x0000040	/* end sent a FIN: snd_nxt is its end */
#define TCPSTATE_F_LOOSE	0x0000100	/* numbers are lower bounds: see learn.c */
#define TCPSTATE_F_ADJUSTED	0x0000200	/* conntrack changes its numbers */
#define TCPSTATE_F_TS		0x0000400	/* end sends timestamps */
#define TCPSTATE_F_CLOSER	0x0001000	/* end sent the first FIN (both: crossed) */
#define TCPSTATE_F_MIDSTREAM	0x0004000	/* picked up after its beginning */
#define TCPSTATE_F_OFFLOADED	0x0008000	/* a flowtable carries the rest of it */
#define TCPSTATE_F_SUCCESSOR	0x0010000	/* a pending record has the same key */
#define TCPSTATE_F_PENDING	0x0020000	/* waits to replace an older record */
#define TCPSTATE_F_OPEN_ACK	0x0040000	/* a pure ACK finished the handshake */
#define TCPSTATE_F_FAST_OPEN	0x0080000	/* data on a SYN (RFC 7413) */
#define TCPSTATE_F_SIMULTANEOUS	0x0100000	/* both ends sent a SYN of their own */
#define TCPSTATE_F_RETRACTED	0x0200000	/* contrary evidence took a state back */
#define TCPSTATE_F_SACK		0x0400000	/* both ends use SACK */
#define TCPSTATE_F_TIMED	0x0800000	/* both times of the handshake are known */

/**
 * struct tcpstate_end - one direction: what an end sent, and acknowledged
 *
 * The union depends on the verdict. After a RST, a refusal or a refused
 * replacement (tcpstate_conn_is_disputable()) the record shows closed ends, but the
 * verdict may be wrong: a RST can be forged, lost, or ignored. The engine then goes
 * on unseen with @hidden as the states, and these hold until verdict.c takes the
 * verdict back or the record ends:
 *
 * - @hidden is valid, and @hole is not: both ends are taken to have no gap.
 * - An end whose shown state differs from the hidden one was closed by the verdict. An
 *   end whose shown state is the same moves as if there were no verdict.
 * - An ACK of what the other end sent after the verdict shows that the verdict is wrong.
 * - Everything else (numbers, windows, FINs, counts) is what it would be without the
 *   verdict.
 */
struct tcpstate_end {
	/** @isn: initial sequence number, or the first seen less 1 */
	__u32 isn;
	/** @snd_nxt: highest sequence number sent, SYN and FIN included */
	__u32 snd_nxt;
	/**
	 * @ack: highest acknowledgment sent (the other end's SND.UNA). Until there is one
	 * (TCPSTATE_F_ACK): the number that would acknowledge the first SYN/ACK to this end
	 */
	__u32 ack;
	/** @edge: largest right edge of the window ever offered */
	__u32 edge;
	/** @ts: last timestamp the other end has taken (its TS.Recent); 0 makes none too old */
	__u32 ts;
	/** @data_segs: segments with payload, SYN and FIN excluded; saturates */
	__u32 data_segs;
	/** @ack_segs: pure ACKs that neither open nor close; saturates */
	__u32 ack_segs;
	/** @wraps: times snd_nxt passed 2^32; saturates */
	__u16 wraps;
	union {
		/**
		 * @hole: 0, or where there is a gap in what was sent: 1 + the contiguous
		 * bytes between the other end's ack and the gap, or TCPSTATE_HOLE_DROPPED
		 */
		__u16 hole;
		/**
		 * @hidden: under a verdict that can be taken back: the state
		 * without the verdict, in four bits, and how much was sent
		 * after the verdict, in twelve; packed in verdict.c
		 */
		__u16 hidden;
	};
};

/**
 * struct tcpstate_conn - what the engine keeps of one connection
 *
 * Where a byte holds four bits for each end, the initiator's are the low ones. This
 * struct follows the key in the record, so that @end is a cache line of its own.
 */
struct tcpstate_conn {
	/** @last_seen_ms: when the timeout's interval began; wraps */
	__u32 last_seen_ms;
	/** @states: enum tcpstate_state of each end */
	__u8 states;
	/** @wscales: shift each end offered, or TCPSTATE_WSCALE_NONE */
	__u8 wscales;
	/** @closings: FINs, RSTs and pure ACKs of a FIN, of each end; saturates */
	__u8 closings[2];
	/** @repeats: SYNs and SYN/ACKs after each end's first; saturates */
	__u8 repeats[2];
	/** @gaps: segments of each end that left a gap in what it sent; saturates */
	__u8 gaps[2];
	/** @retransmits: segments with data, SYN or FIN that each end sent again; saturates */
	__u16 retransmits[2];
	/** @handshake: see tcpstate_conn_syn_us(), TCPSTATE_HANDSHAKE_SYN */
	__u64 handshake:36;
	/** @flags: TCPSTATE_F_*, and the verdict at TCPSTATE_VERDICT_SHIFT */
	__u64 flags:28;
	/** @end: initiator, responder */
	struct tcpstate_end end[2];
};

/* In @handshake, until TCPSTATE_F_TIMED: a SYN of end, or a SYN/ACK, has passed here. */
#define TCPSTATE_HANDSHAKE_SYN		0x100000000ull
/* That came after its number had been inferred, so that its options were not learned. */
#define TCPSTATE_HANDSHAKE_LATE		0x400000000ull

/* A FIN was repeated. */
#define TCPSTATE_F_FIN_REPEATED		0x8000000

/*
 * Value of @hole: the other end, which is local, dropped all that came to it beyond its own
 * ack, so that it has nothing from behind the gap.
 */
#define TCPSTATE_HOLE_DROPPED		0xffff
#define TCPSTATE_LEAD_MAX		0xfffd

/* Three bits of @flags hold an enum tcpstate_verdict up to GONE. */
#define TCPSTATE_VERDICT_SHIFT	24
#define TCPSTATE_VERDICT_MASK	(7 << TCPSTATE_VERDICT_SHIFT)

static inline __u8 tcpstate_conn_state(const struct tcpstate_conn *conn, int end)
{
	return conn->states >> (4 * end) & 15;
}

/* Is it known which numbers @end sends? */
static inline bool tcpstate_conn_is_numbered(const struct tcpstate_conn *conn, int end)
{
	return conn->flags & (TCPSTATE_F_SYN << end | TCPSTATE_F_MIDSTREAM);
}

/* Has a SYN of @end passed here? If not, it may still be known from an ACK. */
static inline bool tcpstate_conn_syn_passed(const struct tcpstate_conn *conn, int end)
{
	return conn->flags & TCPSTATE_F_TIMED ||
	       conn->handshake & TCPSTATE_HANDSHAKE_SYN << end;
}

/* Were the options that @end offers learned from a SYN of it? If not, they are assumed. */
static inline bool tcpstate_conn_syn_learned(const struct tcpstate_conn *conn, int end)
{
	return conn->flags & TCPSTATE_F_TIMED ||
	       (conn->handshake >> end & (TCPSTATE_HANDSHAKE_SYN | TCPSTATE_HANDSHAKE_LATE)) ==
		       TCPSTATE_HANDSHAKE_SYN;
}

static inline __u8 tcpstate_conn_wscale(const struct tcpstate_conn *conn, int end)
{
	return conn->wscales >> (4 * end) & 15;
}

/*
 * The SYN/ACK passed elsewhere, with an unknown window scale. Then no segment is refused for
 * the sake of the responder's window. RFC 7323, 2.2: both have to offer a scale.
 */
static inline void tcpstate_conn_assume_wscale(struct tcpstate_conn *conn)
{
	if (tcpstate_conn_wscale(conn, TCPSTATE_INITIATOR) == TCPSTATE_WSCALE_NONE)
		return;
	conn->wscales &= 15;
	conn->wscales |= TCPSTATE_WSCALE_MAX << 4;
}

static inline bool tcpstate_conn_has(const struct tcpstate_conn *conn,
				     unsigned int pair, int end)
{
	return conn->flags & pair << end;
}

static inline void tcpstate_conn_start(struct tcpstate_end *end, __u32 isn)
{
	end->isn = isn;
	end->snd_nxt = isn + 1;
	end->wraps = !end->snd_nxt;
}

/* Add @n segments to a count that stops at its maximum instead of wrapping. */
static inline void tcpstate_conn_add_segs(__u32 *count, __u32 n)
{
	__u32 sum = *count + n;

	*count = sum < n ? TCPSTATE_SEGS_MAX : sum;
}

/* The same for one, in a count of a byte. */
static inline void tcpstate_conn_add_small(__u8 *count)
{
	if (*count != TCPSTATE_SMALL_MAX)
		++*count;
}

/* @end has sent as far as @to. */
static inline void tcpstate_conn_advance(struct tcpstate_end *end, __u32 to)
{
	if (!tcpstate_seq_after(to, end->snd_nxt))
		return;
	if (to < end->snd_nxt && end->wraps != TCPSTATE_WRAPS_MAX)
		end->wraps++;
	end->snd_nxt = to;
}

/* @end has sent as far as @to, which may be less than was thought. */
static inline void tcpstate_conn_renumber(struct tcpstate_end *end, __u32 to)
{
	__s32 wraps;

	if (!tcpstate_seq_before(to, end->snd_nxt)) {
		tcpstate_conn_advance(end, to);
		return;
	}
	wraps = end->wraps;
	if (to > end->snd_nxt && wraps != TCPSTATE_WRAPS_MAX)
		wraps--;
	/* Nothing can have been sent before the first number, so that @to is the first. */
	if (wraps < 0 || ((__u64)wraps << 32 | to) <= end->isn) {
		tcpstate_conn_start(end, to - 1);
		return;
	}
	end->wraps = wraps;
	end->snd_nxt = to;
}

/* @end had sent as far as @to before it was first seen: none of that is counted. */
static inline void tcpstate_conn_begin_later(struct tcpstate_end *end, __u32 to)
{
	__u32 isn = end->isn + (to - end->snd_nxt);

	tcpstate_conn_advance(end, to);
	if (isn < end->isn && end->wraps && end->wraps != TCPSTATE_WRAPS_MAX)
		end->wraps--;
	end->isn = isn;
}

/*
 * How far does @number lie behind @end's ISN? It is counted from SND.NXT, because an end that has
 * sent 2 GiB and more uses numbers that come before its ISN in the circle. Negative if @number
 * comes before the connection.
 */
static inline __s64 tcpstate_conn_distance(const struct tcpstate_end *end, __u32 number)
{
	__s64 sent = (__s64)((__u64)end->wraps << 32 | end->snd_nxt) - end->isn;

	return sent + (__s32)(number - end->snd_nxt);
}

/*
 * Have the timestamps that are known passed so long ago that they say nothing more (RFC 7323, 5.5)?
 * Linux takes any timestamp after 2147 s of silence, in which a clock of 1 us moves by 2^31
 * (TCP_PAWS_WRAP). Before 6.7 it did so after 24 days, in which one of 1 ms does. Which of
 * them the receiver has is not known, and the shorter time makes the smaller mistake: no old
 * duplicate lives as long, so the sender has sent the segment now, and a receiver that drops it
 * does not acknowledge it. But if one is refused here that the receiver takes, so are all that
 * follow, and the ACKs of them.
 */
static inline bool tcpstate_conn_is_ts_outdated(const struct tcpstate_conn *conn, __u32 now_ms)
{
	return now_ms - conn->last_seen_ms >= TCPSTATE_TS_LIFE_MS;
}

static inline enum tcpstate_verdict
tcpstate_conn_verdict(const struct tcpstate_conn *conn)
{
	return conn->flags >> TCPSTATE_VERDICT_SHIFT & 7;
}

static inline void tcpstate_conn_set_verdict(struct tcpstate_conn *conn,
					     enum tcpstate_verdict verdict)
{
	conn->flags &= ~TCPSTATE_VERDICT_MASK;
	conn->flags |= verdict << TCPSTATE_VERDICT_SHIFT;
}

/* Does @ack acknowledge @end's SYN? */
static inline bool tcpstate_conn_covers_syn(const struct tcpstate_conn *conn, int end,
					    __u32 ack)
{
	return tcpstate_conn_has(conn, TCPSTATE_F_SYN, end) &&
	       tcpstate_conn_distance(&conn->end[end], ack) > 0;
}

/* Does @ack acknowledge @end's FIN? */
static inline bool tcpstate_conn_covers_fin(const struct tcpstate_conn *conn, int end,
					    __u32 ack)
{
	return tcpstate_conn_has(conn, TCPSTATE_F_FIN, end) &&
	       ack == conn->end[end].snd_nxt;
}

/*
 * Can a segment take the verdict back? REFUSED, RESET_BY_* and GONE are conclusions
 * from one segment.
 */
static inline bool tcpstate_conn_is_disputable(const struct tcpstate_conn *conn)
{
	return tcpstate_conn_verdict(conn) > TCPSTATE_VERDICT_CLOSED;
}

/* The state of @end without a verdict that can be taken back. */
static inline __u8 tcpstate_conn_hidden(const struct tcpstate_conn *conn, int end)
{
	return tcpstate_conn_is_disputable(conn) ? conn->end[end].hidden & 15 :
						   tcpstate_conn_state(conn, end);
}

/* Is there a gap in what @end sent? */
static inline bool tcpstate_conn_has_hole(const struct tcpstate_conn *conn, int end)
{
	return !tcpstate_conn_is_disputable(conn) && conn->end[end].hole;
}

/* Contiguous bytes between the other end's ack and the gap, which there must be. */
static inline __u32 tcpstate_conn_lead(const struct tcpstate_end *end)
{
	return end->hole == TCPSTATE_HOLE_DROPPED ? 0 : end->hole - 1;
}

static inline void tcpstate_conn_set_lead(struct tcpstate_end *end, __u32 lead)
{
	end->hole = 1 + (lead < TCPSTATE_LEAD_MAX ? lead : TCPSTATE_LEAD_MAX);
}

/* Were the roles guessed from the ports, since no SYN was seen? */
static inline bool tcpstate_conn_is_guessed(const struct tcpstate_conn *conn)
{
	return (conn->flags & (TCPSTATE_F_MIDSTREAM | TCPSTATE_F_SYN |
			       TCPSTATE_F_SYN << 1)) == TCPSTATE_F_MIDSTREAM;
}

static inline bool tcpstate_conn_both(const struct tcpstate_conn *conn,
				      unsigned int pair)
{
	return (conn->flags & (pair | pair << 1)) == (pair | pair << 1);
}

bool tcpstate_conn_isn_known(const struct tcpstate_conn *conn, int end);
bool tcpstate_conn_window_known(const struct tcpstate_conn *conn, int end);
__u32 tcpstate_conn_syn_us(const struct tcpstate_conn *conn);
__u32 tcpstate_conn_ack_us(const struct tcpstate_conn *conn);
__u64 tcpstate_conn_bytes(const struct tcpstate_conn *conn, int end);
__u64 tcpstate_conn_segments(const struct tcpstate_conn *conn, int end);
__u32 tcpstate_conn_saturated(const struct tcpstate_conn *conn, int end);
__u32 tcpstate_conn_opening(const struct tcpstate_conn *conn, int end);
__u32 tcpstate_conn_rcv_nxt(const struct tcpstate_conn *conn, int end);
__u64 tcpstate_conn_pack_us(__u32 syn_us, __u32 ack_us);

#endif
