/* SPDX-License-Identifier: GPL-2.0-only */
/* What the pair of states means: phase, timer, verdict. Pure. */
#ifndef TCPSTATE_PHASE_H
#define TCPSTATE_PHASE_H

#include <linux/types.h>

#include "conn.h"

/** enum tcpstate_stage - a phase and its step, as the textbooks count */
enum tcpstate_stage {
	TCPSTATE_OPEN_1,	/* SYN */
	TCPSTATE_OPEN_2,	/* SYN/ACK */
	TCPSTATE_OPENED,	/* ACK */
	TCPSTATE_CLOSE_1,	/* FIN */
	TCPSTATE_CLOSE_2,	/* ACK: half-closed */
	TCPSTATE_CLOSE_3,	/* FIN */
	TCPSTATE_CLOSE_4,	/* ACK: TIME_WAIT */
	TCPSTATE_CLOSED_STAGE,
	TCPSTATE_STAGES
};

/* Timeout classes: each has a timeout, which is a sysctl. */
#define TCPSTATE_TIMERS		(TCPSTATE_TIMER_CLOSED + 1)

/* Bits of enum tcpstate_flow_flag. */
#define TCPSTATE_FLOW_FLAGS	9

enum tcpstate_stage tcpstate_phase_stage(const struct tcpstate_conn *conn);
enum tcpstate_timer tcpstate_phase_timer(const struct tcpstate_conn *conn);
enum tcpstate_verdict tcpstate_phase_expired(const struct tcpstate_conn *conn);
enum tcpstate_phase tcpstate_phase_of(enum tcpstate_stage stage);
unsigned int tcpstate_phase_step(enum tcpstate_stage stage);
__u32 tcpstate_phase_flags(const struct tcpstate_conn *conn);
bool tcpstate_phase_unseen(const struct tcpstate_conn *conn, enum tcpstate_stage last);

const char *tcpstate_phase_step_name(enum tcpstate_stage stage);

#endif
