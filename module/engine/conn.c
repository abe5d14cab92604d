// SPDX-License-Identifier: GPL-2.0-only
/*
 * What follows from the numbers kept of a connection: derived, not stored. Pure.
 */
#include "conn.h"

/**
 * tcpstate_conn_rcv_nxt() - RCV.NXT of an end
 * @conn: the connection
 * @end: the receiver
 *
 * The larger of its last ACK and the contiguous end of what was sent to it: it
 * runs ahead of a delayed ACK (RFC 9293, 3.4.1).
 *
 * Context: any; the caller has the connection to itself.
 * Return: a sequence number of the other end.
 */
__u32 tcpstate_conn_rcv_nxt(const struct tcpstate_conn *conn, int end)
{
	const struct tcpstate_end *peer = &conn->end[!end];

	if (!tcpstate_conn_has_hole(conn, !end))
		return peer->snd_nxt;
	return conn->end[end].ack + tcpstate_conn_lead(peer);
}

/**
 * tcpstate_conn_isn_known() - has the initial sequence number of an end been seen?
 * @conn: the connection
 * @end: the end
 *
 * TCPSTATE_F_SYN does not say that, since an ACK names the number of a SYN that passed
 * elsewhere. And if conntrack changes the numbers, a pick-up may have begun them again.
 *
 * Context: any; the caller has the connection to itself.
 * Return: true if it is that of a SYN which has passed here.
 */
bool tcpstate_conn_isn_known(const struct tcpstate_conn *conn, int end)
{
	return tcpstate_conn_syn_passed(conn, end) &&
	       (conn->flags & (TCPSTATE_F_MIDSTREAM | TCPSTATE_F_ADJUSTED)) !=
		       (TCPSTATE_F_MIDSTREAM | TCPSTATE_F_ADJUSTED);
}

/* Is it known that @end offered no window scale? Then neither end scales (RFC 7323, 2.2). */
static bool is_unscaled(const struct tcpstate_conn *conn, int end)
{
	return tcpstate_conn_syn_learned(conn, end) &&
	       tcpstate_conn_wscale(conn, end) == TCPSTATE_WSCALE_NONE;
}

/**
 * tcpstate_conn_window_known() - is the window that an end offers known?
 * @conn: the connection
 * @end: the end
 *
 * Without both SYNs it is not known how the windows are scaled, unless one of them offered no
 * scale; the engine then assumes the largest one.
 *
 * Context: any; the caller has the connection to itself.
 * Return: true if it is.
 */
bool tcpstate_conn_window_known(const struct tcpstate_conn *conn, int end)
{
	return tcpstate_conn_has(conn, TCPSTATE_F_ACK, end) &&
	       (is_unscaled(conn, 0) || is_unscaled(conn, 1) ||
		(tcpstate_conn_syn_learned(conn, 0) && tcpstate_conn_syn_learned(conn, 1)));
}

/* The times of a handshake are kept in 18 bits each: 14 of value, 4 of shift. */
static __u64 pack_us(__u32 us)
{
	__u32 shift = 0;

	if (!us)
		us = 1;
	while (us >> shift >> 14)
		if (++shift == 15)
			break;
	us >>= shift;
	return (us > 0x3fff ? 0x3fff : us) << 4 | shift;
}

static __u32 unpack_us(__u64 packed)
{
	return (__u32)(packed >> 4 & 0x3fff) << (packed & 15);
}

/**
 * tcpstate_conn_syn_us() - from the first SYN to the first SYN/ACK
 * @conn: the connection
 *
 * Until the handshake is done the lower 32 of the 36 bits hold this one exactly, then
 * all hold both.
 *
 * Context: any; the caller has the connection to itself.
 * Return: µs, exact below 16,384 and to 1/8192 above, at most 536 s; 0 if unknown.
 */
__u32 tcpstate_conn_syn_us(const struct tcpstate_conn *conn)
{
	return conn->flags & TCPSTATE_F_TIMED ? unpack_us(conn->handshake >> 18) :
						(__u32)conn->handshake;
}

/**
 * tcpstate_conn_ack_us() - from the first SYN/ACK to the ACK of it
 * @conn: the connection
 *
 * Context: any; the caller has the connection to itself.
 * Return: as tcpstate_conn_syn_us().
 */
__u32 tcpstate_conn_ack_us(const struct tcpstate_conn *conn)
{
	return conn->flags & TCPSTATE_F_TIMED ? unpack_us(conn->handshake) : 0;
}

/**
 * tcpstate_conn_pack_us() - both times of a handshake for @handshake's 36 bits
 * @syn_us: from SYN to SYN/ACK, µs
 * @ack_us: from SYN/ACK to ACK, µs
 *
 * Context: any.
 * Return: the packed value, for a connection with TCPSTATE_F_TIMED.
 */
__u64 tcpstate_conn_pack_us(__u32 syn_us, __u32 ack_us)
{
	return pack_us(syn_us) << 18 | pack_us(ack_us);
}

/**
 * tcpstate_conn_bytes() - payload bytes that an end has sent
 * @conn: the connection
 * @end: the sender
 *
 * The sequence space without SYN and FIN, so that a retransmission adds nothing. If the
 * end was never heard, it is what the other end acknowledged. Saturates some 2^48 bytes
 * after the ISN.
 *
 * Context: any; the caller has the connection to itself.
 * Return: bytes.
 */
__u64 tcpstate_conn_bytes(const struct tcpstate_conn *conn, int end)
{
	const struct tcpstate_end *s = &conn->end[end];
	/* After the last wrap that is counted, the low half would fall back to 0. */
	__u32 low = s->wraps == TCPSTATE_WRAPS_MAX ? 0 : s->snd_nxt;
	__u64 sent = ((__u64)s->wraps << 32 | low) - s->isn;
	__u64 marks = 1 + !!(conn->flags & TCPSTATE_F_FIN << end);

	return sent > marks ? sent - marks : 0;
}

/**
 * tcpstate_conn_opening() - segments that an end spent on the handshake
 * @conn: the connection
 * @end: the sender
 *
 * SYNs and their repeats, and the initiator's third segment if it carried
 * nothing.
 *
 * Context: any; the caller has the connection to itself.
 * Return: segments.
 */
__u32 tcpstate_conn_opening(const struct tcpstate_conn *conn, int end)
{
	__u32 n = conn->repeats[end];

	n += tcpstate_conn_syn_passed(conn, end);
	if (end == TCPSTATE_INITIATOR && conn->flags & TCPSTATE_F_OPEN_ACK)
		n++;
	return n;
}

/**
 * tcpstate_conn_segments() - segments that an end has sent
 * @conn: the connection
 * @end: the sender
 *
 * Context: any; the caller has the connection to itself.
 * Return: the sum of the counts by purpose; a lower bound if one of them saturated.
 */
__u64 tcpstate_conn_segments(const struct tcpstate_conn *conn, int end)
{
	return (__u64)tcpstate_conn_opening(conn, end) + conn->end[end].data_segs +
	       conn->end[end].ack_segs + conn->closings[end];
}

/**
 * tcpstate_conn_saturated() - counts of an end that have reached their maximum
 * @conn: the connection
 * @end: the sender
 *
 * Such a count is a lower bound, and is shown as one.
 *
 * Context: any; the caller has the connection to itself.
 * Return: bits of enum tcpstate_count.
 */
__u32 tcpstate_conn_saturated(const struct tcpstate_conn *conn, int end)
{
	const struct tcpstate_end *s = &conn->end[end];
	__u32 counts = 0;

	if (conn->repeats[end] == TCPSTATE_SMALL_MAX)
		counts |= TCPSTATE_COUNT_REPEATS | TCPSTATE_COUNT_OPENING;
	if (s->data_segs == TCPSTATE_SEGS_MAX)
		counts |= TCPSTATE_COUNT_DATA;
	if (s->ack_segs == TCPSTATE_SEGS_MAX)
		counts |= TCPSTATE_COUNT_ACKS;
	if (conn->closings[end] == TCPSTATE_SMALL_MAX)
		counts |= TCPSTATE_COUNT_CLOSING;
	if (s->wraps == TCPSTATE_WRAPS_MAX)
		counts |= TCPSTATE_COUNT_BYTES;
	if (conn->retransmits[end] == TCPSTATE_RETRANSMITS_MAX)
		counts |= TCPSTATE_COUNT_RETRANSMITS;
	if (conn->gaps[end] == TCPSTATE_SMALL_MAX)
		counts |= TCPSTATE_COUNT_GAPS;
	return counts;
}
