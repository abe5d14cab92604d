/* SPDX-License-Identifier: GPL-2.0-only */
/* What the pair of states means: phase, timeout class, verdict, names. Pure. */
#ifndef TCPSTATE_PHASE_H
#define TCPSTATE_PHASE_H

#include <linux/types.h>

#include "fsm.h"

/** enum tcpstate_phase - the step of the handshake, as the textbooks count */
enum tcpstate_phase {
	TCPSTATE_OPEN_1,	/* SYN */
	TCPSTATE_OPEN_2,	/* SYN/ACK */
	TCPSTATE_OPENED,	/* ACK */
	TCPSTATE_CLOSE_1,	/* FIN */
	TCPSTATE_CLOSE_2,	/* ACK: half-closed */
	TCPSTATE_CLOSE_3,	/* FIN */
	TCPSTATE_CLOSE_4,	/* ACK: TIME_WAIT */
	TCPSTATE_CLOSED_PHASE,
	TCPSTATE_PHASES
};

/** enum tcpstate_class - timeout classes; one queue and one sysctl each */
enum tcpstate_class {
	TCPSTATE_CLASS_HANDSHAKE,
	TCPSTATE_CLASS_UNSURE,		/* picked up, or one direction heard */
	TCPSTATE_CLASS_ESTABLISHED,
	TCPSTATE_CLASS_HALF_CLOSED,
	TCPSTATE_CLASS_CLOSING,
	TCPSTATE_CLASS_TIME_WAIT,
	TCPSTATE_CLASS_CLOSED,
	TCPSTATE_CLASSES
};

enum tcpstate_phase tcpstate_phase_get(const struct tcpstate_conn *conn);
enum tcpstate_class tcpstate_phase_class(const struct tcpstate_conn *conn);
enum tcpstate_verdict tcpstate_phase_expired(const struct tcpstate_conn *conn);

const char *tcpstate_phase_name(enum tcpstate_phase phase);
const char *tcpstate_phase_step(enum tcpstate_phase phase);
const char *tcpstate_phase_state_name(enum tcpstate_state state);
const char *tcpstate_phase_class_name(enum tcpstate_class class);
const char *tcpstate_phase_verdict_name(enum tcpstate_verdict verdict);

#endif
