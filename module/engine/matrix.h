/* SPDX-License-Identifier: GPL-2.0-only */
/* RFC 9293's figure 5 as one matrix for both ends, and taking one transition of it. Pure. */
#ifndef TCPSTATE_MATRIX_H
#define TCPSTATE_MATRIX_H

#include <linux/types.h>

#include "conn.h"

/* "No transition" in the matrix. */
#define TCPSTATE_NONE		0
#define TCPSTATE_STATES		(TCPSTATE_CLOSED + 1)
#define TCPSTATE_TRIGGERS		(TCPSTATE_NO_SOCKET + 1)

/** struct tcpstate_transition - one transition taken */
struct tcpstate_transition {
	/** @end: whose state changed */
	__u8 end;
	/** @trigger: enum tcpstate_trigger */
	__u8 trigger;
	/** @from: enum tcpstate_state before */
	__u8 from;
	/** @to: enum tcpstate_state after */
	__u8 to;
};

/* The most transitions that one segment takes; fsm.c adds them up. */
#define TCPSTATE_TRANSITIONS_MAX	12

/** enum tcpstate_note - what a segment was, in addition to its transitions */
enum tcpstate_note {
	TCPSTATE_NOTE_UNACCEPTABLE	= 0x01,	/* its receiver ignores it */
	TCPSTATE_NOTE_PAWS		= 0x02,	/* an old timestamp (RFC 7323, 5) */
	TCPSTATE_NOTE_CHALLENGE		= 0x04,	/* draws a challenge ACK (RFC 5961) */
	TCPSTATE_NOTE_KEEPALIVE		= 0x08,
	TCPSTATE_NOTE_ZERO_WINDOW	= 0x10,	/* a zero-window probe */
	TCPSTATE_NOTE_REPEAT		= 0x20,	/* a repeated SYN or FIN */
	TCPSTATE_NOTE_RETRACT		= 0x40,	/* a transition here takes one back */
};

/** struct tcpstate_result - what one segment did */
struct tcpstate_result {
	/** @n: transitions in @transition */
	__u8 n;
	/** @notes: enum tcpstate_note */
	__u8 notes;
	/** @corrected: ends (bits) that have sent less than was thought */
	__u8 corrected;
	/** @gaps: gaps that it left in what its sender has sent, 0 or 1 */
	__u8 gaps;
	/** @retransmits: segments, of those that it stands for, that had been sent before */
	__u32 retransmits;
	/** @transition: in the order they were taken */
	struct tcpstate_transition transition[TCPSTATE_TRANSITIONS_MAX];
};

extern const __u8 tcpstate_matrix[TCPSTATE_STATES][TCPSTATE_TRIGGERS];

void tcpstate_matrix_set_state(struct tcpstate_conn *conn, int end, __u8 state);
void tcpstate_matrix_record(struct tcpstate_result *result, int end, __u8 trigger,
			    __u8 from, __u8 to);
void tcpstate_matrix_step(struct tcpstate_conn *conn, int end,
			  enum tcpstate_trigger trigger, struct tcpstate_result *result);

#endif
