// SPDX-License-Identifier: GPL-2.0-only
/*
 * RFC 9293's figure 5 as one matrix for both ends. The numbers of a segment are judged in
 * classify.c; the matrix sees triggers alone. Pure.
 */
#include "matrix.h"

/*
 * An observer sees what an end sends, and not what it receives. Four rules follow, which
 * decide when each trigger is taken; comments cite them by number.
 *
 * R1: Received means acknowledged. A SYN or a FIN is sent when it passes (SND_SYN, SND_FIN),
 *     and received when its receiver's ACK covers it (RCV_SYN, RCV_SYN_ACK, RCV_FIN).
 * R2: An ACK is assumed to arrive, because nothing need ever confirm it (RCV_ACK_OF_SYN,
 *     RCV_ACK_OF_FIN). So is a RST that its receiver would take (RCV_RST).
 * R3: Contrary evidence takes an assumption back: a SYN/ACK or a FIN that is repeated
 *     (SYN_ACK_AGAIN, FIN_AGAIN), and what disproves a verdict (UNDO_RST). No verdict is
 *     final while the record exists.
 * R4: What was not seen is reported as not seen, by a flag of the connection or as unknown.
 *     No state stands for it.
 *
 * Two triggers have no cell. SND_SYN_ACK changes nothing: its sender has received the other
 * SYN, by R1, and is in SYN_RECEIVED. UNDO_RST leads to the state that the verdict has hidden
 * (verdict.c).
 */

/*
 * What ends an end in any state: its timeout (3.10.8: user timeout, 2MSL), another
 * connection that takes the tuple (3.10.7.2), a host that has forgotten it (3.5.2, group
 * 1), and a RST that it sends (3.10.5, ABORT; 3.5.2, group 1).
 */
#define ENDINGS							\
	[TCPSTATE_EXPIRE] = TCPSTATE_CLOSED,			\
	[TCPSTATE_REINCARNATE] = TCPSTATE_CLOSED,		\
	[TCPSTATE_NO_SOCKET] = TCPSTATE_CLOSED,			\
	[TCPSTATE_SND_RST] = TCPSTATE_CLOSED

/*
 * current state: trigger: new state. A cell left out is 0: nothing changes.
 *
 * In addition to figure 5 there are ENDINGS and the two AGAIN. And a RST in a passive
 * SYN_RECEIVED leads to CLOSED instead of LISTEN, because the record ends with it.
 */
const __u8 tcpstate_matrix[TCPSTATE_STATES][TCPSTATE_TRIGGERS] = {
	[TCPSTATE_LISTEN] = {
		ENDINGS,
		[TCPSTATE_SND_SYN] = TCPSTATE_SYN_SENT,		/* 3.10.2, SEND in LISTEN */
		[TCPSTATE_RCV_SYN] = TCPSTATE_SYN_RECEIVED,	/* 3.10.7.2, third */
	},
	[TCPSTATE_SYN_SENT] = {
		ENDINGS,
		[TCPSTATE_RCV_SYN] = TCPSTATE_SYN_RECEIVED,	/* 3.5, figure 7 */
		[TCPSTATE_RCV_SYN_ACK] = TCPSTATE_ESTABLISHED,	/* 3.10.7.3, fourth */
		[TCPSTATE_RCV_RST] = TCPSTATE_CLOSED,		/* 3.10.7.3, second */
	},
	[TCPSTATE_SYN_RECEIVED] = {
		ENDINGS,
		[TCPSTATE_RCV_ACK_OF_SYN] = TCPSTATE_ESTABLISHED,	/* 3.10.7.4, fifth */
		[TCPSTATE_SND_FIN] = TCPSTATE_FIN_WAIT_1,	/* 3.10.4, CLOSE */
		[TCPSTATE_RCV_FIN] = TCPSTATE_CLOSE_WAIT,	/* 3.10.7.4, eighth */
		[TCPSTATE_RCV_RST] = TCPSTATE_CLOSED,		/* 3.10.7.4, second */
	},
	[TCPSTATE_ESTABLISHED] = {
		ENDINGS,
		[TCPSTATE_SND_FIN] = TCPSTATE_FIN_WAIT_1,	/* 3.10.4, CLOSE */
		[TCPSTATE_RCV_FIN] = TCPSTATE_CLOSE_WAIT,	/* 3.10.7.4, eighth */
		[TCPSTATE_RCV_RST] = TCPSTATE_CLOSED,		/* 3.10.7.4, second */
		[TCPSTATE_SYN_ACK_AGAIN] = TCPSTATE_SYN_RECEIVED,	/* 3.8.1 */
	},
	[TCPSTATE_FIN_WAIT_1] = {
		ENDINGS,
		[TCPSTATE_RCV_ACK_OF_FIN] = TCPSTATE_FIN_WAIT_2,	/* 3.10.7.4, fifth */
		[TCPSTATE_RCV_FIN] = TCPSTATE_CLOSING,		/* 3.10.7.4, eighth */
		[TCPSTATE_RCV_RST] = TCPSTATE_CLOSED,		/* 3.10.7.4, second */
	},
	[TCPSTATE_FIN_WAIT_2] = {
		ENDINGS,
		[TCPSTATE_RCV_FIN] = TCPSTATE_TIME_WAIT,	/* 3.10.7.4, eighth */
		[TCPSTATE_RCV_RST] = TCPSTATE_CLOSED,		/* 3.10.7.4, second */
		[TCPSTATE_FIN_AGAIN] = TCPSTATE_FIN_WAIT_1,	/* 3.8.1 */
	},
	[TCPSTATE_CLOSE_WAIT] = {
		ENDINGS,
		[TCPSTATE_SND_FIN] = TCPSTATE_LAST_ACK,		/* 3.10.4, CLOSE */
		[TCPSTATE_RCV_RST] = TCPSTATE_CLOSED,		/* 3.10.7.4, second */
	},
	[TCPSTATE_CLOSING] = {
		ENDINGS,
		[TCPSTATE_RCV_ACK_OF_FIN] = TCPSTATE_TIME_WAIT,	/* 3.10.7.4, fifth */
		[TCPSTATE_RCV_RST] = TCPSTATE_CLOSED,		/* 3.10.7.4, second */
	},
	[TCPSTATE_LAST_ACK] = {
		ENDINGS,
		[TCPSTATE_RCV_ACK_OF_FIN] = TCPSTATE_CLOSED,	/* 3.10.7.4, fifth */
		[TCPSTATE_RCV_RST] = TCPSTATE_CLOSED,		/* 3.10.7.4, second */
	},
	[TCPSTATE_TIME_WAIT] = {
		ENDINGS,
		[TCPSTATE_RCV_RST] = TCPSTATE_CLOSED,		/* 3.10.7.4, second; RFC 1337 */
		[TCPSTATE_FIN_AGAIN] = TCPSTATE_CLOSING,	/* 3.8.1 */
	},
	[TCPSTATE_CLOSED] = {
		[TCPSTATE_SND_SYN] = TCPSTATE_SYN_SENT,		/* 3.10.1, active OPEN */
		[TCPSTATE_FIN_AGAIN] = TCPSTATE_LAST_ACK,	/* 3.8.1 */
	},
};

/**
 * tcpstate_matrix_set_state() - set the state of one end
 * @conn: the connection
 * @end: whose
 * @state: enum tcpstate_state
 *
 * Records no transition: see tcpstate_matrix_step().
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_matrix_set_state(struct tcpstate_conn *conn, int end, __u8 state)
{
	conn->states &= ~(15 << (4 * end));
	conn->states |= state << (4 * end);
}

/**
 * tcpstate_matrix_record() - add a transition to those that a segment takes
 * @result: the transitions
 * @end: whose state changes
 * @trigger: enum tcpstate_trigger
 * @from: enum tcpstate_state before
 * @to: enum tcpstate_state after
 *
 * Context: any.
 */
void tcpstate_matrix_record(struct tcpstate_result *result, int end, __u8 trigger,
			    __u8 from, __u8 to)
{
	struct tcpstate_transition *transition = &result->transition[result->n];

	/* The assertions in fsm.c rule this out. */
	if (result->n == TCPSTATE_TRANSITIONS_MAX)
		return;
	transition->end = end;
	transition->trigger = trigger;
	transition->from = from;
	transition->to = to;
	result->n++;
}

/**
 * tcpstate_matrix_step() - take one trigger of one end through figure 5
 * @conn: the connection
 * @end: whose trigger
 * @trigger: what happened to it
 * @result: the transition is added here, if there is one
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_matrix_step(struct tcpstate_conn *conn, int end,
			  enum tcpstate_trigger trigger, struct tcpstate_result *result)
{
	__u8 from = tcpstate_conn_state(conn, end);
	__u8 to = tcpstate_matrix[from][trigger];

	if (!to)
		return;
	tcpstate_matrix_set_state(conn, end, to);
	tcpstate_matrix_record(result, end, trigger, from, to);
}
