// SPDX-License-Identifier: GPL-2.0-only
/*
 * A reset that was believed and is disproved: its receiver acknowledges bytes
 * that were first sent after it, so it did not take it, and both ends go on.
 */
#include "fsm_cases.h"

static void disproved_rst_is_taken_back(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
		FROM_A(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 100,
		       .free_notes = IGNORED),
		FROM_B(ACK, 1, 1, CLOSED, CLOSED, .free_notes = IGNORED),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED, .notes = UNDO),
		FROM_A(FIN_ACK, 101, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 102, FIN_WAIT_2, CLOSE_WAIT),
		FROM_B(FIN_ACK, 1, 102, FIN_WAIT_2, LAST_ACK),
		FROM_A(ACK, 102, 2, TIME_WAIT, CLOSED),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_RETRACTED, TCPSTATE_F_RETRACTED);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_CLOSED);
}

static void disproved_rst_takes_its_verdict_along(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(RST_ACK, 1, 1, CLOSED, CLOSED),
		FROM_B(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 100,
		       .free_notes = IGNORED),
		FROM_A(ACK, 1, 101, ESTABLISHED, ESTABLISHED, .notes = UNDO),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_NONE);
}

static void disproved_rst_restores_half_closed_ends(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT),
		FROM_B(RST_ACK, 1, 2, CLOSED, CLOSED),
		FROM_B(PSH_ACK, 1, 2, CLOSED, CLOSED, .len = 100,
		       .free_notes = IGNORED),
		FROM_A(ACK, 2, 101, FIN_WAIT_2, CLOSE_WAIT, .notes = UNDO),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* Data of the other end in between is nothing to the states kept for this. */
static void disproved_rst_is_taken_back_after_data_both_ways(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
		FROM_A(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 100,
		       .free_notes = IGNORED),
		FROM_B(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 94,
		       .free_notes = IGNORED),
		FROM_B(ACK, 95, 101, ESTABLISHED, ESTABLISHED, .notes = UNDO),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* Both have sent one, or acknowledged it, by the time that the RST is disproved. */
static void disproved_rst_leaves_the_fins_that_came_after_it(struct kunit *test)
{
	static const struct fsm_line in_turn[] = {
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED, .forwarded = true),
		FROM_A(FIN_ACK, 1, 1, CLOSED, CLOSED, .forwarded = true),
		FROM_B(FIN_ACK, 1, 2, FIN_WAIT_2, LAST_ACK, .forwarded = true,
		       .notes = UNDO),
		FROM_A(ACK, 2, 2, TIME_WAIT, CLOSED, .forwarded = true),
	};
	static const struct fsm_line crossed[] = {
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED, .forwarded = true),
		FROM_A(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 10, .forwarded = true),
		FROM_A(FIN_ACK, 11, 1, CLOSED, CLOSED, .forwarded = true),
		FROM_B(FIN_ACK, 1, 1, CLOSED, CLOSED, .forwarded = true),
		FROM_A(ACK, 12, 2, CLOSING, FIN_WAIT_1, .forwarded = true,
		       .notes = UNDO),
		FROM_B(ACK, 2, 12, TIME_WAIT, TIME_WAIT, .forwarded = true),
	};
	static const struct fsm_line other_first[] = {
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED, .forwarded = true),
		FROM_B(FIN_ACK, 1, 1, CLOSED, CLOSED, .forwarded = true),
		FROM_A(ACK, 1, 2, CLOSE_WAIT, FIN_WAIT_2, .forwarded = true,
		       .notes = UNDO),
		FROM_A(FIN_ACK, 1, 2, LAST_ACK, FIN_WAIT_2, .forwarded = true),
		FROM_B(ACK, 2, 2, CLOSED, TIME_WAIT, .forwarded = true),
	};
	static const struct fsm_line half_closed[] = {
		FROM_B(FIN_ACK, 1, 1, ESTABLISHED, FIN_WAIT_1, .forwarded = true),
		FROM_A(ACK, 1, 2, CLOSE_WAIT, FIN_WAIT_2, .forwarded = true),
		FROM_A(RST_ACK, 1, 2, CLOSED, CLOSED, .forwarded = true),
		FROM_A(FIN_ACK, 1, 2, CLOSED, CLOSED, .forwarded = true),
		FROM_B(ACK, 2, 2, CLOSED, TIME_WAIT, .forwarded = true,
		       .notes = UNDO),
	};
	static const struct fsm_line other_before[] = {
		FROM_B(FIN_ACK, 1, 1, ESTABLISHED, FIN_WAIT_1, .forwarded = true),
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED, .forwarded = true),
		FROM_A(ACK, 1, 2, CLOSED, CLOSED, .forwarded = true),
		FROM_A(FIN_ACK, 1, 2, CLOSED, CLOSED, .forwarded = true),
		FROM_B(ACK, 2, 2, CLOSED, TIME_WAIT, .forwarded = true,
		       .notes = UNDO),
	};
	struct fsm_script *script;

	FSM_PLAY(fsm_opened(test), other_before);
	FSM_PLAY(fsm_opened(test), in_turn);
	FSM_PLAY(fsm_opened(test), crossed);
	FSM_PLAY(fsm_opened(test), other_first);
	script = fsm_opened(test);
	FSM_PLAY(script, half_closed);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_CLOSED);
}

/* It overtook the rest of the handshake, and all that has passed since counts. */
static void disproved_rst_leaves_the_handshake_that_came_after_it(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .forwarded = true),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .forwarded = true),
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED, .forwarded = true),
		FROM_A(ACK, 1, 1, CLOSED, CLOSED, .forwarded = true),
		FROM_A(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 10, .forwarded = true),
		FROM_B(PSH_ACK, 1, 11, ESTABLISHED, ESTABLISHED, .len = 20,
		       .forwarded = true, .notes = UNDO),
		FROM_A(ACK, 11, 21, ESTABLISHED, ESTABLISHED, .forwarded = true),
	};
	static const struct fsm_line fins[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .forwarded = true),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .forwarded = true),
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED, .forwarded = true),
		FROM_B(FIN_ACK, 1, 1, CLOSED, CLOSED, .forwarded = true),
		FROM_A(FIN_ACK, 1, 2, LAST_ACK, FIN_WAIT_2, .forwarded = true,
		       .notes = UNDO),
		FROM_B(ACK, 2, 2, CLOSED, TIME_WAIT, .forwarded = true),
	};
	struct fsm_script *script;

	FSM_PLAY(fsm_new(test), lines);
	script = fsm_new(test);
	FSM_PLAY(script, fins);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_CLOSED);
}

/* There is no number to count from for an end whose SYN nothing tells of. */
static void behind_a_rst_nothing_counts_of_an_end_without_a_number(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .forwarded = true),
		FROM_A(RST, 1, 0, CLOSED, LISTEN, .forwarded = true),
		FROM_B(PSH_ACK, 1, 1, CLOSED, LISTEN, .len = 10, .forwarded = true,
		       .notes = IGNORED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn,
						  TCPSTATE_RESPONDER), 0);
	fsm_expect_flags(script, TCPSTATE_F_ACK, 0);
}

/* As where a new SYN on its tuple is refused; it had gaps, which are no way back. */
static void forgotten_connection_stays_closed(struct kunit *test)
{
	static const struct fsm_line gaps[] = {
		FROM_A(PSH_ACK, 101, 1, ESTABLISHED, ESTABLISHED, .len = 10,
		       .forwarded = true),
		FROM_B(PSH_ACK, 101, 1, ESTABLISHED, ESTABLISHED, .len = 10,
		       .forwarded = true),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 68,
		       .forwarded = true),
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 68,
		       .forwarded = true),
	};
	static const struct fsm_line lines[] = {
		FROM_B(ACK, 111, 121, CLOSED, CLOSED, .forwarded = true,
		       .free_notes = 0xff),
		FROM_A(ACK, 111, 121, CLOSED, CLOSED, .forwarded = true,
		       .free_notes = 0xff),
	};
	struct fsm_script *script = fsm_opened(test);
	struct tcpstate_result result = {};

	FSM_PLAY(script, gaps);
	tcpstate_fsm_forget(&script->front.conn, &result);
	KUNIT_EXPECT_EQ(test, result.n, 2);
	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_GONE);
}

static void rst_proves_no_life(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
		FROM_A(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 100,
		       .free_notes = IGNORED),
		FROM_B(RST_ACK, 1, 101, CLOSED, CLOSED,
		       .free_notes = IGNORED | CHALLENGE),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_RETRACTED, 0);
}

/* As forged ones are: no ACK, and the number that was last acknowledged. */
static void disproved_rst_of_no_socket_is_taken_back_too(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST, 1, 0, CLOSED, CLOSED),
		FROM_A(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 100,
		       .free_notes = IGNORED),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED, .notes = UNDO),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_NONE);
}

/* Only bytes first sent after the RST show that its receiver lives. */
static void ack_that_crossed_the_rst_disproves_nothing(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(RST_ACK, 101, 1, CLOSED, CLOSED),
		FROM_B(ACK, 1, 101, CLOSED, CLOSED, .free_notes = IGNORED),
		FROM_B(PSH_ACK, 1, 101, CLOSED, CLOSED, .len = 10,
		       .free_notes = IGNORED),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_RETRACTED, 0);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_RESET_BY_INITIATOR);
}

/*
 * A host that has sent a RST answers an ACK that crossed it with another, at a lower number.
 * What may have crossed the first one proves as little as before.
 */
static void rst_that_answers_an_older_ack_lowers_no_mark(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 3000, .forwarded = true),
		FROM_A(PSH_ACK, 3001, 1, ESTABLISHED, ESTABLISHED, .len = 1000,
		       .forwarded = true),
		FROM_A(RST_ACK, 4001, 1, CLOSED, CLOSED, .forwarded = true),
		FROM_B(ACK, 1, 3001, CLOSED, CLOSED, .forwarded = true, .free_notes = IGNORED),
		FROM_A(RST, 3001, 0, CLOSED, CLOSED, .forwarded = true, .free_notes = IGNORED),
		FROM_B(FIN_ACK, 1, 4001, CLOSED, CLOSED, .forwarded = true,
		       .free_notes = IGNORED),
		FROM_A(RST, 4001, 0, CLOSED, CLOSED, .forwarded = true, .free_notes = IGNORED),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_RETRACTED, 0);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_RESET_BY_INITIATOR);
}

/* However small the segments are: what was sent after the RST stays known. */
static void rst_is_disproved_by_an_ack_far_behind_the_newest_byte(struct kunit *test)
{
	static const struct fsm_line rst[] = {
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED, .forwarded = true),
	};
	static const struct fsm_line ack[] = {
		FROM_B(ACK, 1, 1501, ESTABLISHED, ESTABLISHED, .forwarded = true, .notes = UNDO),
	};
	struct fsm_line data = FROM_A(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 100,
				      .forwarded = true, .free_notes = IGNORED);
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, rst);
	for (; data.seq < 9001; data.seq += data.len)
		fsm_play(script, &data, 1);
	FSM_PLAY(script, ack);
}

/* Host B has no numbers yet, so that only its ACK says which SYN it refuses. */
static void refusal_of_an_unknown_syn_is_not_taken_for_its_number(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(SYN, 9000, 0, SYN_SENT, LISTEN, .free_notes = 0xff,
		       .incarnation = TCPSTATE_INCARNATION_NEW, PENDING(SYN_SENT, LISTEN)),
		FROM_B(RST_ACK, 0, 9001, CLOSED, CLOSED,
		       .incarnation = TCPSTATE_INCARNATION_PENDING, PENDING(CLOSED, CLOSED)),
		FROM_B(RST_ACK, 0, 500000, CLOSED, CLOSED, .notes = IGNORED,
		       PENDING(CLOSED, CLOSED)),
	};
	static const struct fsm_line its_own[] = {
		FROM_B(RST_ACK, 0, 1, CLOSED, CLOSED, PENDING(CLOSED, CLOSED)),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_SEEN << 1, 0);
	FSM_PLAY(script, its_own);
	fsm_expect_flags(script, TCPSTATE_F_SEEN << 1, TCPSTATE_F_SEEN << 1);
}

/*
 * Host B has sent as far as 50101 before its RST. A late copy of host A's first data has a
 * lower ACK, and host B is picked up there, but late ACKs disprove nothing.
 */
static void late_segment_behind_a_rst_makes_no_old_ack_a_proof(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 50, .forwarded = true),
		FROM_B(PSH_ACK, 1, 51, ESTABLISHED, ESTABLISHED, .len = 100, .forwarded = true),
		FROM_B(ACK, 50101, 51, ESTABLISHED, ESTABLISHED, .forwarded = true),
		FROM_B(RST_ACK, 50101, 51, CLOSED, CLOSED, .forwarded = true),
		FROM_A(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 40, .forwarded = true),
		FROM_B(PSH_ACK, 1, 41, CLOSED, CLOSED, .len = 100, .forwarded = true,
		       .free_notes = 0xff),
		FROM_A(ACK, 41, 101, CLOSED, CLOSED, .forwarded = true),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* Which SYN/ACK host A has taken, it took before its own RST: the ACK of that proves nothing. */
static void ack_of_the_first_syn_ack_behind_a_rst_disproves_nothing(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .forwarded = true),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .forwarded = true),
		FROM_B(SYN_ACK, 70000, 1, SYN_SENT, SYN_RECEIVED, .forwarded = true,
		       .notes = REPEAT),
		FROM_A(RST, 1, 0, CLOSED, CLOSED, .forwarded = true),
		FROM_A(ACK, 1, 1, CLOSED, CLOSED, .forwarded = true),
		FROM_A(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 10, .forwarded = true),
		FROM_B(PSH_ACK, 1, 11, ESTABLISHED, ESTABLISHED, .len = 10,
		       .forwarded = true, .notes = UNDO),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* What host B has sent behind the RST it has sent, even if a late segment picks up less. */
static void late_segment_behind_a_rst_hides_no_proof(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 50, .forwarded = true),
		FROM_A(RST, 51, 0, CLOSED, CLOSED, .forwarded = true),
		FROM_A(ACK, 51, 21, CLOSED, CLOSED, .forwarded = true),
		FROM_B(PSH_ACK, 21, 51, CLOSED, CLOSED, .len = 100, .forwarded = true),
		FROM_B(ACK, 1, 51, CLOSED, CLOSED, .forwarded = true),
		FROM_A(ACK, 51, 121, ESTABLISHED, ESTABLISHED, .forwarded = true,
		       .notes = UNDO),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

static struct kunit_case fsm_undo_cases[] = {
	FSM_CASE(disproved_rst_is_taken_back),
	FSM_CASE(disproved_rst_takes_its_verdict_along),
	FSM_CASE(disproved_rst_restores_half_closed_ends),
	FSM_CASE(disproved_rst_is_taken_back_after_data_both_ways),
	FSM_CASE(disproved_rst_of_no_socket_is_taken_back_too),
	FSM_CASE(disproved_rst_leaves_the_fins_that_came_after_it),
	FSM_CASE(disproved_rst_leaves_the_handshake_that_came_after_it),
	FSM_CASE(behind_a_rst_nothing_counts_of_an_end_without_a_number),
	FSM_CASE(forgotten_connection_stays_closed),
	FSM_CASE(rst_proves_no_life),
	FSM_CASE(ack_that_crossed_the_rst_disproves_nothing),
	FSM_CASE(rst_that_answers_an_older_ack_lowers_no_mark),
	FSM_CASE(rst_is_disproved_by_an_ack_far_behind_the_newest_byte),
	FSM_CASE(refusal_of_an_unknown_syn_is_not_taken_for_its_number),
	FSM_CASE(late_segment_behind_a_rst_makes_no_old_ack_a_proof),
	FSM_CASE(ack_of_the_first_syn_ack_behind_a_rst_disproves_nothing),
	FSM_CASE(late_segment_behind_a_rst_hides_no_proof),
	{}
};

static struct kunit_suite fsm_undo_suite = {
	.name = "tcpstate_fsm_undo",
	.test_cases = fsm_undo_cases,
};

kunit_test_suite(fsm_undo_suite);
