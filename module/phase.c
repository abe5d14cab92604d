// SPDX-License-Identifier: GPL-2.0-only
/* What the pair of states means: phase, timeout class, verdict, names. Pure. */
#include "phase.h"

static bool either(const struct tcpstate_conn *conn, __u8 state)
{
	return tcpstate_conn_state(conn, 0) == state ||
	       tcpstate_conn_state(conn, 1) == state;
}

/* Has @end sent a FIN that its states still show? */
static bool is_closing(__u8 state)
{
	return state == TCPSTATE_FIN_WAIT_1 || state == TCPSTATE_FIN_WAIT_2 ||
	       state == TCPSTATE_CLOSING || state == TCPSTATE_LAST_ACK;
}

/**
 * tcpstate_phase_get() - the step of opening or closing that a pair stands for
 * @conn: the connection
 *
 * Context: any; the caller has the connection to itself.
 * Return: enum tcpstate_phase.
 */
enum tcpstate_phase tcpstate_phase_get(const struct tcpstate_conn *conn)
{
	__u8 a = tcpstate_conn_state(conn, TCPSTATE_INITIATOR);
	__u8 b = tcpstate_conn_state(conn, TCPSTATE_RESPONDER);

	if (either(conn, TCPSTATE_TIME_WAIT))
		return TCPSTATE_CLOSE_4;
	/* An end that is gone leaves nothing to go on with. */
	if (either(conn, TCPSTATE_CLOSED))
		return TCPSTATE_CLOSED_PHASE;
	if (is_closing(a) && is_closing(b))
		return TCPSTATE_CLOSE_3;
	if (either(conn, TCPSTATE_FIN_WAIT_2) || either(conn, TCPSTATE_CLOSE_WAIT))
		return TCPSTATE_CLOSE_2;
	if (is_closing(a) || is_closing(b))
		return TCPSTATE_CLOSE_1;
	if (either(conn, TCPSTATE_SYN_RECEIVED))
		return TCPSTATE_OPEN_2;
	if (either(conn, TCPSTATE_SYN_SENT))
		return TCPSTATE_OPEN_1;
	return TCPSTATE_OPENED;
}

/* Heard from both ends, and from the beginning of it? */
static bool is_sure(const struct tcpstate_conn *conn)
{
	return tcpstate_conn_both(conn, TCPSTATE_F_SEEN) &&
	       !(conn->flags & TCPSTATE_F_MIDSTREAM);
}

/**
 * tcpstate_phase_class() - the timeout class of a connection
 * @conn: the connection
 *
 * Context: any; the caller has the connection to itself.
 * Return: enum tcpstate_class.
 */
enum tcpstate_class tcpstate_phase_class(const struct tcpstate_conn *conn)
{
	if (conn->states == (TCPSTATE_CLOSED | TCPSTATE_CLOSED << 4) ||
	    conn->states == (TCPSTATE_CLOSED | TCPSTATE_LISTEN << 4))
		return TCPSTATE_CLASS_CLOSED;
	switch (tcpstate_phase_get(conn)) {
	case TCPSTATE_OPEN_1:
	case TCPSTATE_OPEN_2:
		return TCPSTATE_CLASS_HANDSHAKE;
	case TCPSTATE_OPENED:
		return is_sure(conn) ? TCPSTATE_CLASS_ESTABLISHED :
				       TCPSTATE_CLASS_UNSURE;
	case TCPSTATE_CLOSE_2:
		return is_sure(conn) ? TCPSTATE_CLASS_HALF_CLOSED :
				       TCPSTATE_CLASS_UNSURE;
	case TCPSTATE_CLOSE_4:
		return TCPSTATE_CLASS_TIME_WAIT;
	default:
		return TCPSTATE_CLASS_CLOSING;
	}
}

/**
 * tcpstate_phase_expired() - the verdict on a connection whose time is over
 * @conn: the connection, before its ends expire
 *
 * Context: any; the caller has the connection to itself.
 * Return: enum tcpstate_verdict, never TCPSTATE_VERDICT_NONE.
 */
enum tcpstate_verdict tcpstate_phase_expired(const struct tcpstate_conn *conn)
{
	if (tcpstate_conn_verdict(conn))
		return tcpstate_conn_verdict(conn);
	switch (tcpstate_phase_get(conn)) {
	case TCPSTATE_OPEN_1:
		return TCPSTATE_VERDICT_NO_ANSWER;
	case TCPSTATE_OPEN_2:
		return TCPSTATE_VERDICT_ABANDONED;
	default:
		return TCPSTATE_VERDICT_IDLE;
	}
}

/**
 * tcpstate_phase_name() - "open", "established", "close" or "closed"
 * @phase: enum tcpstate_phase
 *
 * Context: any.
 * Return: a constant string.
 */
const char *tcpstate_phase_name(enum tcpstate_phase phase)
{
	static const char * const names[TCPSTATE_PHASES] = {
		[TCPSTATE_OPEN_1]	= "open",
		[TCPSTATE_OPEN_2]	= "open",
		[TCPSTATE_OPENED]	= "established",
		[TCPSTATE_CLOSE_1]	= "close",
		[TCPSTATE_CLOSE_2]	= "close",
		[TCPSTATE_CLOSE_3]	= "close",
		[TCPSTATE_CLOSE_4]	= "close",
		[TCPSTATE_CLOSED_PHASE]	= "closed",
	};

	return names[phase];
}

/**
 * tcpstate_phase_step() - the step within a phase: "2/3", or "-"
 * @phase: enum tcpstate_phase
 *
 * Context: any.
 * Return: a constant string.
 */
const char *tcpstate_phase_step(enum tcpstate_phase phase)
{
	static const char * const steps[TCPSTATE_PHASES] = {
		[TCPSTATE_OPEN_1]	= "1/3",
		[TCPSTATE_OPEN_2]	= "2/3",
		[TCPSTATE_OPENED]	= "-",
		[TCPSTATE_CLOSE_1]	= "1/4",
		[TCPSTATE_CLOSE_2]	= "2/4",
		[TCPSTATE_CLOSE_3]	= "3/4",
		[TCPSTATE_CLOSE_4]	= "4/4",
		[TCPSTATE_CLOSED_PHASE]	= "-",
	};

	return steps[phase];
}

/**
 * tcpstate_phase_state_name() - a state as RFC 9293 names it
 * @state: enum tcpstate_state
 *
 * Context: any.
 * Return: a constant string.
 */
const char *tcpstate_phase_state_name(enum tcpstate_state state)
{
	static const char * const names[TCPSTATE_STATES] = {
		[TCPSTATE_NONE]		= "-",
		[TCPSTATE_LISTEN]	= "LISTEN",
		[TCPSTATE_SYN_SENT]	= "SYN_SENT",
		[TCPSTATE_SYN_RECEIVED]	= "SYN_RECEIVED",
		[TCPSTATE_ESTABLISHED]	= "ESTABLISHED",
		[TCPSTATE_FIN_WAIT_1]	= "FIN_WAIT_1",
		[TCPSTATE_FIN_WAIT_2]	= "FIN_WAIT_2",
		[TCPSTATE_CLOSE_WAIT]	= "CLOSE_WAIT",
		[TCPSTATE_CLOSING]	= "CLOSING",
		[TCPSTATE_LAST_ACK]	= "LAST_ACK",
		[TCPSTATE_TIME_WAIT]	= "TIME_WAIT",
		[TCPSTATE_CLOSED]	= "CLOSED",
	};

	return names[state];
}

/**
 * tcpstate_phase_class_name() - a timeout class, as its sysctl begins
 * @class: enum tcpstate_class
 *
 * Context: any.
 * Return: a constant string.
 */
const char *tcpstate_phase_class_name(enum tcpstate_class class)
{
	static const char * const names[TCPSTATE_CLASSES] = {
		[TCPSTATE_CLASS_HANDSHAKE]	= "handshake",
		[TCPSTATE_CLASS_UNSURE]		= "unsure",
		[TCPSTATE_CLASS_ESTABLISHED]	= "established",
		[TCPSTATE_CLASS_HALF_CLOSED]	= "half_closed",
		[TCPSTATE_CLASS_CLOSING]	= "closing",
		[TCPSTATE_CLASS_TIME_WAIT]	= "time_wait",
		[TCPSTATE_CLASS_CLOSED]		= "closed",
	};

	return names[class];
}

/**
 * tcpstate_phase_verdict_name() - how a connection ended, or "-"
 * @verdict: enum tcpstate_verdict
 *
 * Context: any.
 * Return: a constant string.
 */
const char *tcpstate_phase_verdict_name(enum tcpstate_verdict verdict)
{
	static const char * const names[TCPSTATE_VERDICTS] = {
		[TCPSTATE_VERDICT_NONE]			= "-",
		[TCPSTATE_VERDICT_CLOSED]		= "closed",
		[TCPSTATE_VERDICT_RESET_BY_INITIATOR]	= "reset_by_initiator",
		[TCPSTATE_VERDICT_RESET_BY_RESPONDER]	= "reset_by_responder",
		[TCPSTATE_VERDICT_REFUSED]		= "refused",
		[TCPSTATE_VERDICT_GONE]			= "gone",
		[TCPSTATE_VERDICT_NO_ANSWER]		= "no_answer",
		[TCPSTATE_VERDICT_ABANDONED]		= "abandoned",
		[TCPSTATE_VERDICT_IDLE]			= "idle",
		[TCPSTATE_VERDICT_EVICTED]		= "evicted",
		[TCPSTATE_VERDICT_FLUSHED]		= "flushed",
		[TCPSTATE_VERDICT_REOPENED]		= "reopened",
	};

	return names[verdict];
}
