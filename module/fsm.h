/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine: RFC 9293's figure 5 for the two ends of one connection. Pure:
 * includes nothing but <linux/types.h> and the names in <linux/tcpstate.h>, so
 * that it compiles in the module, in KUnit and in user space.
 */
#ifndef TCPSTATE_FSM_H
#define TCPSTATE_FSM_H

#include <linux/types.h>

#include "conn.h"

/* "No arrow" in the matrix. */
#define TCPSTATE_NONE		0
#define TCPSTATE_STATES		(TCPSTATE_CLOSED + 1)
#define TCPSTATE_EVENTS		(TCPSTATE_NO_SOCKET + 1)

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
	/** @local_out: sent by a socket of this host: it is what that end did */
	bool local_out;
	/** @forwarded: on its way through: others may have passed elsewhere */
	bool forwarded;
	/**
	 * @adjusted: conntrack changes sequence numbers of this connection; @seq is
	 * as its sender sent it, @ack translated to the numbers that its receiver sent
	 */
	bool adjusted;
	/** @offloaded: a flowtable carries other segments of it past the hooks */
	bool offloaded;
};

static inline __u32 tcpstate_segment_end(const struct tcpstate_segment *seg)
{
	return seg->seq + seg->len + !!(seg->flags & TCPSTATE_FLAG_SYN) +
	       !!(seg->flags & TCPSTATE_FLAG_FIN);
}

/** struct tcpstate_transition - one arrow taken */
struct tcpstate_transition {
	/** @end: whose state changed */
	__u8 end;
	/** @event: enum tcpstate_event */
	__u8 event;
	/** @from: enum tcpstate_state before */
	__u8 from;
	/** @to: enum tcpstate_state after */
	__u8 to;
};

/* The most arrows that one segment takes; fsm.c adds them up. */
#define TCPSTATE_STEPS_MAX	12

/** enum tcpstate_note - what a segment was, beside its arrows */
enum tcpstate_note {
	TCPSTATE_NOTE_UNACCEPTABLE	= 0x01,	/* its receiver ignores it */
	TCPSTATE_NOTE_PAWS		= 0x02,	/* an old timestamp (RFC 7323, 5) */
	TCPSTATE_NOTE_CHALLENGE		= 0x04,	/* draws a challenge ACK (RFC 5961) */
	TCPSTATE_NOTE_KEEPALIVE		= 0x08,
	TCPSTATE_NOTE_ZERO_WINDOW	= 0x10,	/* a zero-window probe */
	TCPSTATE_NOTE_REPEAT		= 0x20,	/* a repeated SYN or FIN */
	TCPSTATE_NOTE_RETRACT		= 0x40,	/* an arrow here takes one back */
};

/** struct tcpstate_steps - what one segment did */
struct tcpstate_steps {
	/** @n: arrows in @step */
	__u8 n;
	/** @notes: enum tcpstate_note */
	__u8 notes;
	/** @step: in the order they were taken */
	struct tcpstate_transition step[TCPSTATE_STEPS_MAX];
};

/** struct tcpstate_time - when a segment passed */
struct tcpstate_time {
	/** @now_ms: milliseconds of a clock that never steps; wraps */
	__u32 now_ms;
	/** @age_us: since the connection was first seen, at most 2^32 - 1 */
	__u32 age_us;
};

extern const __u8 tcpstate_fsm_matrix[TCPSTATE_STATES][TCPSTATE_EVENTS];

void tcpstate_fsm_segment(struct tcpstate_conn *conn,
			  const struct tcpstate_segment *seg, int from, int to,
			  const struct tcpstate_time *time,
			  struct tcpstate_steps *steps);
void tcpstate_fsm_step(struct tcpstate_conn *conn, int end,
		       enum tcpstate_event event, struct tcpstate_steps *steps);
void tcpstate_fsm_forget(struct tcpstate_conn *conn, struct tcpstate_steps *steps);
void tcpstate_fsm_expire(struct tcpstate_conn *conn, struct tcpstate_steps *steps);

#endif
