// SPDX-License-Identifier: GPL-2.0-only
/* What the pair of states means: phase, timer, verdict. Pure. */
#include "phase.h"

/* A set of states has a bit for each. */
#define SET(state)	(1u << TCPSTATE_##state)

/* An end in these has sent a FIN, and its state still shows that. */
#define FIN_SENT	(SET(FIN_WAIT_1) | SET(FIN_WAIT_2) | SET(CLOSING) | SET(LAST_ACK))

/**
 * tcpstate_phase_stage() - the step of opening or closing that a pair stands for
 * @conn: the connection
 *
 * Context: any; the caller has the connection to itself.
 * Return: enum tcpstate_stage.
 */
enum tcpstate_stage tcpstate_phase_stage(const struct tcpstate_conn *conn)
{
	__u32 set = 1u << tcpstate_conn_state(conn, TCPSTATE_INITIATOR) |
		    1u << tcpstate_conn_state(conn, TCPSTATE_RESPONDER);

	if (set & SET(TIME_WAIT))
		return TCPSTATE_CLOSE_4;
	/* An end that is gone leaves nothing to go on with. */
	if (set & SET(CLOSED))
		return TCPSTATE_CLOSED_STAGE;
	if (!(set & ~FIN_SENT))
		return TCPSTATE_CLOSE_3;
	if (set & (SET(FIN_WAIT_2) | SET(CLOSE_WAIT)))
		return TCPSTATE_CLOSE_2;
	if (set & FIN_SENT)
		return TCPSTATE_CLOSE_1;
	if (set & SET(SYN_RECEIVED))
		return TCPSTATE_OPEN_2;
	if (set & SET(SYN_SENT))
		return TCPSTATE_OPEN_1;
	return TCPSTATE_OPENED;
}

/* Heard from both ends, from the beginning, and to the end? */
static bool is_sure(const struct tcpstate_conn *conn)
{
	return tcpstate_conn_both(conn, TCPSTATE_F_SEEN) &&
	       !(conn->flags & (TCPSTATE_F_MIDSTREAM | TCPSTATE_F_OFFLOADED));
}

/**
 * tcpstate_phase_timer() - the timeout class of a connection
 * @conn: the connection
 *
 * Context: any; the caller has the connection to itself.
 * Return: enum tcpstate_timer.
 */
enum tcpstate_timer tcpstate_phase_timer(const struct tcpstate_conn *conn)
{
	if (conn->states == (TCPSTATE_CLOSED | TCPSTATE_CLOSED << 4) ||
	    conn->states == (TCPSTATE_CLOSED | TCPSTATE_LISTEN << 4))
		return TCPSTATE_TIMER_CLOSED;
	switch (tcpstate_phase_stage(conn)) {
	case TCPSTATE_OPEN_1:
	case TCPSTATE_OPEN_2:
		return TCPSTATE_TIMER_HANDSHAKE;
	case TCPSTATE_OPENED:
		return is_sure(conn) ? TCPSTATE_TIMER_ESTABLISHED :
				       TCPSTATE_TIMER_UNSURE;
	case TCPSTATE_CLOSE_2:
		return is_sure(conn) ? TCPSTATE_TIMER_HALF_CLOSED :
				       TCPSTATE_TIMER_UNSURE;
	case TCPSTATE_CLOSE_4:
		return TCPSTATE_TIMER_TIME_WAIT;
	default:
		return is_sure(conn) ? TCPSTATE_TIMER_CLOSING :
				       TCPSTATE_TIMER_UNSURE;
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
	switch (tcpstate_phase_stage(conn)) {
	case TCPSTATE_OPEN_1:
		return TCPSTATE_VERDICT_NO_ANSWER;
	case TCPSTATE_OPEN_2:
		return TCPSTATE_VERDICT_ABANDONED;
	default:
		return TCPSTATE_VERDICT_IDLE;
	}
}

/* Phase and step of each stage. */
static const struct {
	__u8 phase;
	__u8 step;
	const char *step_name;
} stages[TCPSTATE_STAGES] = {
	[TCPSTATE_OPEN_1]	= { TCPSTATE_PHASE_OPEN, 1, "1/3" },
	[TCPSTATE_OPEN_2]	= { TCPSTATE_PHASE_OPEN, 2, "2/3" },
	[TCPSTATE_OPENED]	= { TCPSTATE_PHASE_ESTABLISHED, 0, "-" },
	[TCPSTATE_CLOSE_1]	= { TCPSTATE_PHASE_CLOSE, 1, "1/4" },
	[TCPSTATE_CLOSE_2]	= { TCPSTATE_PHASE_CLOSE, 2, "2/4" },
	[TCPSTATE_CLOSE_3]	= { TCPSTATE_PHASE_CLOSE, 3, "3/4" },
	[TCPSTATE_CLOSE_4]	= { TCPSTATE_PHASE_CLOSE, 4, "4/4" },
	[TCPSTATE_CLOSED_STAGE]	= { TCPSTATE_PHASE_CLOSED, 0, "-" },
};

/**
 * tcpstate_phase_of() - the phase that a stage belongs to
 * @stage: enum tcpstate_stage
 *
 * Context: any.
 * Return: enum tcpstate_phase.
 */
enum tcpstate_phase tcpstate_phase_of(enum tcpstate_stage stage)
{
	return stages[stage].phase;
}

/**
 * tcpstate_phase_step() - the step of a stage within its phase
 * @stage: enum tcpstate_stage
 *
 * Context: any.
 * Return: 1 or 2 of 3 in opening, 1 to 4 of 4 in closing, else 0.
 */
unsigned int tcpstate_phase_step(enum tcpstate_stage stage)
{
	return stages[stage].step;
}

/**
 * tcpstate_phase_flags() - what was not seen of a connection, or was unusual
 * @conn: the connection
 *
 * Context: any; the caller has the connection to itself.
 * Return: bits of enum tcpstate_flow_flag.
 */
__u32 tcpstate_phase_flags(const struct tcpstate_conn *conn)
{
	/* By the number of the bit; what is 0 is derived below. */
	static const __u32 kept[TCPSTATE_FLOW_FLAGS] = {
		TCPSTATE_F_MIDSTREAM, 0, TCPSTATE_F_FAST_OPEN,
		TCPSTATE_F_SIMULTANEOUS, TCPSTATE_F_RETRACTED, TCPSTATE_F_PENDING, 0,
		TCPSTATE_F_ADJUSTED, TCPSTATE_F_OFFLOADED,
	};
	unsigned int bit;
	__u32 flags = 0;

	for (bit = 0; bit < TCPSTATE_FLOW_FLAGS; bit++)
		if (conn->flags & kept[bit])
			flags |= 1u << bit;
	if (tcpstate_conn_is_guessed(conn))
		flags |= TCPSTATE_FLOW_FLAG_GUESSED;
	if (!tcpstate_conn_both(conn, TCPSTATE_F_SEEN))
		flags |= TCPSTATE_FLOW_FLAG_ONE_WAY;
	return flags;
}

/*
 * Has the SYN/ACK of an opened connection passed elsewhere, or after the segment that answered
 * it? If two SYNs crossed, there is no time.
 */
static bool has_no_answer(const struct tcpstate_conn *conn)
{
	return !tcpstate_conn_syn_us(conn) && !(conn->flags & TCPSTATE_F_SIMULTANEOUS);
}

/**
 * tcpstate_phase_unseen() - may a time of the handshake be unknown, and not just missing?
 * @conn: the connection, of which that time is not known
 * @last: the last step of opening in which there is no such time yet
 *
 * Context: any; the caller has the connection to itself.
 * Return: true if segments of the handshake may have passed elsewhere, before, or out of order;
 * false if the handshake has not come that far.
 */
bool tcpstate_phase_unseen(const struct tcpstate_conn *conn, enum tcpstate_stage last)
{
	return tcpstate_phase_stage(conn) > last &&
	       tcpstate_conn_verdict(conn) != TCPSTATE_VERDICT_REFUSED &&
	       (conn->flags & TCPSTATE_F_MIDSTREAM || has_no_answer(conn));
}

/**
 * tcpstate_phase_step_name() - the step within a phase: "2/3", or "-"
 * @stage: enum tcpstate_stage
 *
 * Context: any.
 * Return: a constant string.
 */
const char *tcpstate_phase_step_name(enum tcpstate_stage stage)
{
	return stages[stage].step_name;
}
