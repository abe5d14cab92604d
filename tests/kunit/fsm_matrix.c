// SPDX-License-Identifier: GPL-2.0-only
/*
 * The matrix against a list of transitions written by hand from RFC 9293's figure 5
 * and 3.10; roles; one trigger at a time; an end that is connected to itself.
 */
#include <linux/module.h>

#include "fsm_cases.h"

struct fsm_matrix_transition {
	u8 from;
	u8 trigger;
	u8 to;
};

#define FROM_TO(f, e, t) \
	{ TCPSTATE_##f, TCPSTATE_##e, TCPSTATE_##t }

static const struct fsm_matrix_transition fsm_transitions[] = {
	/* Opening. */
	FROM_TO(CLOSED, SND_SYN, SYN_SENT),
	FROM_TO(LISTEN, SND_SYN, SYN_SENT),
	FROM_TO(LISTEN, RCV_SYN, SYN_RECEIVED),
	FROM_TO(SYN_SENT, RCV_SYN, SYN_RECEIVED),
	FROM_TO(SYN_SENT, RCV_SYN_ACK, ESTABLISHED),
	FROM_TO(SYN_RECEIVED, RCV_ACK_OF_SYN, ESTABLISHED),
	/* Closing. */
	FROM_TO(SYN_RECEIVED, SND_FIN, FIN_WAIT_1),
	FROM_TO(SYN_RECEIVED, RCV_FIN, CLOSE_WAIT),
	FROM_TO(ESTABLISHED, SND_FIN, FIN_WAIT_1),
	FROM_TO(ESTABLISHED, RCV_FIN, CLOSE_WAIT),
	FROM_TO(FIN_WAIT_1, RCV_ACK_OF_FIN, FIN_WAIT_2),
	FROM_TO(FIN_WAIT_1, RCV_FIN, CLOSING),
	FROM_TO(FIN_WAIT_2, RCV_FIN, TIME_WAIT),
	FROM_TO(CLOSE_WAIT, SND_FIN, LAST_ACK),
	FROM_TO(CLOSING, RCV_ACK_OF_FIN, TIME_WAIT),
	FROM_TO(LAST_ACK, RCV_ACK_OF_FIN, CLOSED),
	/* Resets sent. */
	FROM_TO(LISTEN, SND_RST, CLOSED),
	FROM_TO(SYN_SENT, SND_RST, CLOSED),
	FROM_TO(SYN_RECEIVED, SND_RST, CLOSED),
	FROM_TO(ESTABLISHED, SND_RST, CLOSED),
	FROM_TO(FIN_WAIT_1, SND_RST, CLOSED),
	FROM_TO(FIN_WAIT_2, SND_RST, CLOSED),
	FROM_TO(CLOSE_WAIT, SND_RST, CLOSED),
	FROM_TO(CLOSING, SND_RST, CLOSED),
	FROM_TO(LAST_ACK, SND_RST, CLOSED),
	FROM_TO(TIME_WAIT, SND_RST, CLOSED),
	/* Resets received; a listener ignores them. */
	FROM_TO(SYN_SENT, RCV_RST, CLOSED),
	FROM_TO(SYN_RECEIVED, RCV_RST, CLOSED),
	FROM_TO(ESTABLISHED, RCV_RST, CLOSED),
	FROM_TO(FIN_WAIT_1, RCV_RST, CLOSED),
	FROM_TO(FIN_WAIT_2, RCV_RST, CLOSED),
	FROM_TO(CLOSE_WAIT, RCV_RST, CLOSED),
	FROM_TO(CLOSING, RCV_RST, CLOSED),
	FROM_TO(LAST_ACK, RCV_RST, CLOSED),
	FROM_TO(TIME_WAIT, RCV_RST, CLOSED),
	/* Contrary evidence. */
	FROM_TO(ESTABLISHED, SYN_ACK_AGAIN, SYN_RECEIVED),
	FROM_TO(FIN_WAIT_2, FIN_AGAIN, FIN_WAIT_1),
	FROM_TO(TIME_WAIT, FIN_AGAIN, CLOSING),
	FROM_TO(CLOSED, FIN_AGAIN, LAST_ACK),
};

static u8 fsm_transition_to(u8 state, u8 trigger)
{
	size_t i;

	/* Time, a successor and a missing socket end every record. */
	if (trigger == TCPSTATE_EXPIRE || trigger == TCPSTATE_REINCARNATE ||
	    trigger == TCPSTATE_NO_SOCKET)
		return state == TCPSTATE_NONE || state == TCPSTATE_CLOSED ?
		       0 : TCPSTATE_CLOSED;
	for (i = 0; i < ARRAY_SIZE(fsm_transitions); i++)
		if (fsm_transitions[i].from == state && fsm_transitions[i].trigger == trigger)
			return fsm_transitions[i].to;
	return 0;
}

static void every_cell_of_the_matrix_is_a_transition_of_the_list_or_empty(struct kunit *test)
{
	u8 state, trigger;

	for (state = 0; state < TCPSTATE_STATES; state++)
		for (trigger = 0; trigger < TCPSTATE_TRIGGERS; trigger++)
			KUNIT_EXPECT_EQ_MSG(test,
					    tcpstate_matrix[state][trigger],
					    fsm_transition_to(state, trigger),
					    "state %u, trigger %u", state, trigger);
}

static void fsm_check_step(struct kunit *test, int end, u8 states, u8 trigger)
{
	struct tcpstate_conn conn = { .states = states };
	u8 state = tcpstate_conn_state(&conn, end);
	u8 other = tcpstate_conn_state(&conn, !end);
	struct tcpstate_result result = {};
	u8 to = fsm_transition_to(state, trigger);

	tcpstate_matrix_step(&conn, end, trigger, &result);
	KUNIT_EXPECT_EQ(test, result.n, to ? 1 : 0);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_state(&conn, !end), other);
	KUNIT_EXPECT_EQ_MSG(test, tcpstate_conn_state(&conn, end), to ?: state,
			    "state %u, trigger %u", state, trigger);
	if (!to)
		return;
	KUNIT_EXPECT_EQ(test, result.transition[0].end, end);
	KUNIT_EXPECT_EQ(test, result.transition[0].trigger, trigger);
	KUNIT_EXPECT_EQ(test, result.transition[0].from, state);
	KUNIT_EXPECT_EQ(test, result.transition[0].to, to);
}

/* All pairs of states, the initiator's in the low four bits. */
static bool fsm_is_pair(u8 states)
{
	return (states & 15) != TCPSTATE_NONE && (states & 15) < TCPSTATE_STATES &&
	       states >> 4 != TCPSTATE_NONE && states >> 4 < TCPSTATE_STATES;
}

static void step_moves_one_end_along_the_matrix_and_reports_it(struct kunit *test)
{
	int states;
	u8 trigger;

	for (states = 0; states < 256; states++) {
		if (!fsm_is_pair(states))
			continue;
		for (trigger = 0; trigger < TCPSTATE_TRIGGERS; trigger++) {
			/* No transition: it restores what was kept. */
			if (trigger == TCPSTATE_UNDO_RST)
				continue;
			fsm_check_step(test, A, states, trigger);
			fsm_check_step(test, B, states, trigger);
		}
	}
}

static void expiry_closes_both_ends_of_any_pair(struct kunit *test)
{
	int states;

	for (states = 0; states < 256; states++) {
		struct tcpstate_conn conn = { .states = states };
		struct tcpstate_result result = {};
		int open = ((states & 15) != TCPSTATE_CLOSED) +
			   (states >> 4 != TCPSTATE_CLOSED);

		if (!fsm_is_pair(states))
			continue;
		tcpstate_fsm_expire(&conn, &result);
		fsm_check_steps(test, states, 2, &conn, &result, "expire");
		KUNIT_EXPECT_EQ(test, conn.states,
				TCPSTATE_CLOSED | TCPSTATE_CLOSED << 4);
		KUNIT_EXPECT_EQ(test, result.n, open);
	}
}

static void numbers_compare_around_the_circle(struct kunit *test)
{
	const u32 *shift = ((const struct fsm_isns *)test->param_value)->shift;
	u32 n = shift[A];

	KUNIT_EXPECT_FALSE(test, tcpstate_seq_before(n, n));
	KUNIT_EXPECT_FALSE(test, tcpstate_seq_after(n, n));
	KUNIT_EXPECT_TRUE(test, tcpstate_seq_before(n, n + 1));
	KUNIT_EXPECT_TRUE(test, tcpstate_seq_after(n + 1, n));
	KUNIT_EXPECT_TRUE(test, tcpstate_seq_before(n, n + 0x7fffffff));
	KUNIT_EXPECT_FALSE(test, tcpstate_seq_before(n, n + 0x80000001));
	KUNIT_EXPECT_EQ(test, tcpstate_seq_max(n, n + 1000), n + 1000);
	KUNIT_EXPECT_EQ(test, tcpstate_seq_max(n + 1000, n), n + 1000);
}

static int fsm_role_of(u8 flags, u16 sport, u16 dport)
{
	struct tcpstate_segment seg = {
		.flags = flags,
		.segs = 1,
		.wscale = TCPSTATE_WSCALE_NONE,
	};

	return tcpstate_incarnation_role(&seg, sport, dport);
}

static void first_segment_tells_or_guesses_the_roles(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, fsm_role_of(SYN, 60370, 5000), TCPSTATE_INITIATOR);
	KUNIT_EXPECT_EQ(test, fsm_role_of(SYN, 5000, 60370), TCPSTATE_INITIATOR);
	KUNIT_EXPECT_EQ(test, fsm_role_of(SYN_ACK, 5000, 60370), TCPSTATE_RESPONDER);
	KUNIT_EXPECT_EQ(test, fsm_role_of(SYN_ACK, 60370, 5000), TCPSTATE_RESPONDER);
	KUNIT_EXPECT_EQ(test, fsm_role_of(ACK, 60370, 5000), TCPSTATE_INITIATOR);
	KUNIT_EXPECT_EQ(test, fsm_role_of(ACK, 5000, 60370), TCPSTATE_RESPONDER);
	KUNIT_EXPECT_EQ(test, fsm_role_of(PSH_ACK, 5000, 5001), TCPSTATE_RESPONDER);
	KUNIT_EXPECT_EQ(test, fsm_role_of(FIN_ACK, 443, 442), TCPSTATE_INITIATOR);
	KUNIT_EXPECT_EQ(test, fsm_role_of(ACK, 5000, 5000), TCPSTATE_INITIATOR);
}

static void rst_begins_no_record(struct kunit *test)
{
	KUNIT_EXPECT_LT(test, fsm_role_of(RST, 60370, 5000), 0);
	KUNIT_EXPECT_LT(test, fsm_role_of(RST_ACK, 5000, 60370), 0);
}

/* A socket bound to the port it connects to: each segment is sent and received. */
static void end_connected_to_itself_opens_and_closes(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .local = true),
		FROM_A(SYN_ACK, 0, 1, ESTABLISHED, LISTEN, .local = true,
		       .free_notes = REPEAT,
		       .transitions = { TRANSITION(A, RCV_SYN), TRANSITION(A, RCV_ACK_OF_SYN) }),
		FROM_A(ACK, 1, 1, ESTABLISHED, LISTEN, .local = true),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, LISTEN, .local = true,
		       .len = 10),
		FROM_A(ACK, 11, 11, ESTABLISHED, LISTEN, .local = true),
		FROM_A(FIN_ACK, 11, 11, FIN_WAIT_1, LISTEN, .local = true,
		       .transitions = { TRANSITION(A, SND_FIN) }),
		FROM_A(ACK, 12, 12, TIME_WAIT, LISTEN, .local = true,
		       .transitions = { TRANSITION(A, RCV_FIN), TRANSITION(A, RCV_ACK_OF_FIN) }),
		/* There is no other end that could have missed it. */
		FROM_A(FIN_ACK, 11, 11, TIME_WAIT, LISTEN, .local = true,
		       .notes = REPEAT, .free_notes = IGNORED),
		FROM_A(FIN_ACK, 11, 12, TIME_WAIT, LISTEN, .local = true,
		       .notes = REPEAT, .free_notes = IGNORED),
	};
	struct fsm_script *script = fsm_new(test);

	script->selfish = true;
	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 10);
	/* One endpoint, whichever of the two is asked. */
	KUNIT_EXPECT_EQ(test, tcpstate_conn_state(&script->front.conn, B),
			TCPSTATE_TIME_WAIT);
}

static void end_connected_to_itself_is_picked_up_at_its_syn_ack(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN_ACK, 0, 1, ESTABLISHED, LISTEN, .local = true),
		FROM_A(ACK, 1, 1, ESTABLISHED, LISTEN, .local = true),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, LISTEN, .local = true),
		FROM_A(ACK, 2, 2, TIME_WAIT, LISTEN, .local = true),
	};
	struct fsm_script *script = fsm_new(test);

	script->selfish = true;
	FSM_PLAY(script, lines);
}

static void end_connected_to_itself_resets_itself(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .local = true),
		FROM_A(SYN_ACK, 0, 1, ESTABLISHED, LISTEN, .local = true,
		       .free_notes = REPEAT),
		FROM_A(ACK, 1, 1, ESTABLISHED, LISTEN, .local = true),
		FROM_A(RST_ACK, 1, 1, CLOSED, LISTEN, .local = true),
	};
	struct fsm_script *script = fsm_new(test);

	script->selfish = true;
	FSM_PLAY(script, lines);
}

static struct kunit_case fsm_matrix_cases[] = {
	KUNIT_CASE(every_cell_of_the_matrix_is_a_transition_of_the_list_or_empty),
	KUNIT_CASE(step_moves_one_end_along_the_matrix_and_reports_it),
	KUNIT_CASE(expiry_closes_both_ends_of_any_pair),
	FSM_CASE(numbers_compare_around_the_circle),
	KUNIT_CASE(first_segment_tells_or_guesses_the_roles),
	KUNIT_CASE(rst_begins_no_record),
	FSM_CASE(end_connected_to_itself_opens_and_closes),
	FSM_CASE(end_connected_to_itself_is_picked_up_at_its_syn_ack),
	FSM_CASE(end_connected_to_itself_resets_itself),
	{}
};

static struct kunit_suite fsm_matrix_suite = {
	.name = "tcpstate_matrix",
	.test_cases = fsm_matrix_cases,
};

kunit_test_suite(fsm_matrix_suite);

MODULE_DESCRIPTION("KUnit suites of tcpstate's engine");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
