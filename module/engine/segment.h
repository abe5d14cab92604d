/* SPDX-License-Identifier: GPL-2.0-only */
/* One segment and when it passed: the input of the engine. Pure. */
#ifndef TCPSTATE_SEGMENT_H
#define TCPSTATE_SEGMENT_H

#include <linux/tcpstate.h>
#include <linux/types.h>

/** struct tcpstate_segment - one TCP segment, in host byte order */
struct tcpstate_segment {
	/** @seq: sequence number */
	__u32 seq;
	/** @ack: acknowledgment number; meaningful with TCPSTATE_FLAG_ACK */
	__u32 ack;
	/** @len: bytes of payload, SYN and FIN not counted */
	__u32 len;
	/** @ts_val: TSval of the timestamps option (RFC 7323, 3.2) */
	__u32 ts_val;
	/** @ts_ecr: TSecr of the timestamps option */
	__u32 ts_ecr;
	/** @window: the window field as it stands, unscaled */
	__u16 window;
	/** @segs: segments this super-segment stands for; at least 1 */
	__u16 segs;
	/** @flags: TCPSTATE_FLAG_* */
	__u8 flags;
	/** @wscale: shift offered by a SYN, or TCPSTATE_WSCALE_NONE */
	__u8 wscale;
	/** @has_ts: the timestamps option is there */
	bool has_ts;
	/** @sack_ok: the SACK-permitted option is there */
	bool sack_ok;
	/** @local_out: sent by a socket of this host, so that it shows what that end did */
	bool local_out;
	/** @forwarded: this host is a router for it: other segments may pass elsewhere */
	bool forwarded;
	/**
	 * @adjusted: conntrack changes sequence numbers of this connection; @seq is
	 * as its sender sent it, @ack translated to the numbers that its receiver sent
	 */
	bool adjusted;
	/** @offloaded: a flowtable carries other segments of the connection past the hooks */
	bool offloaded;
};

static inline __u32 tcpstate_segment_end(const struct tcpstate_segment *seg)
{
	return seg->seq + seg->len + !!(seg->flags & TCPSTATE_FLAG_SYN) +
	       !!(seg->flags & TCPSTATE_FLAG_FIN);
}

/*
 * The flags that open, close, reset or acknowledge. No receiver judges a segment by the others:
 * PSH, URG, ECE, CWR.
 */
static inline __u8 tcpstate_segment_control(const struct tcpstate_segment *seg)
{
	return seg->flags & (TCPSTATE_FLAG_SYN | TCPSTATE_FLAG_FIN | TCPSTATE_FLAG_RST |
			     TCPSTATE_FLAG_ACK);
}

static inline bool tcpstate_segment_is_pure_ack(const struct tcpstate_segment *seg)
{
	return !seg->len && tcpstate_segment_control(seg) == TCPSTATE_FLAG_ACK;
}

/** struct tcpstate_time - when a segment passed */
struct tcpstate_time {
	/** @now_ms: milliseconds of a clock that never steps; wraps */
	__u32 now_ms;
	/** @age_us: since the connection was first seen, at most 2^32 - 1 */
	__u32 age_us;
};

#endif
