// SPDX-License-Identifier: GPL-2.0-only
/*
 * A forged segment of which one number fits is picked up. The connection goes on from its own
 * numbers all the same: windows, FINs and acknowledgments show where they are.
 */
#include "fsm_cases.h"

#define PASSED_HERE	.forwarded = true

/*
 * One forged segment, of which one number fits, is picked up. The connection goes on from its
 * own numbers all the same: the other end's window and its sender's FIN say where they are.
 */
static void forged_number_hides_no_end_of_the_connection(struct kunit *test)
{
	static const struct fsm_line forged[] = {
		FROM_A(ACK, 0x40000000, 11, ESTABLISHED, ESTABLISHED, PASSED_HERE),
	};
	static const struct fsm_line fin_at_once[] = {
		FROM_A(FIN_ACK, 101, 11, FIN_WAIT_1, ESTABLISHED, .len = 50, PASSED_HERE),
		FROM_B(FIN_ACK, 11, 152, FIN_WAIT_2, LAST_ACK, PASSED_HERE),
		FROM_A(ACK, 152, 12, TIME_WAIT, CLOSED, PASSED_HERE),
	};
	static const struct fsm_line fin_later[] = {
		FROM_B(ACK, 11, 101, ESTABLISHED, ESTABLISHED, PASSED_HERE),
		FROM_A(PSH_ACK, 101, 11, ESTABLISHED, ESTABLISHED, .len = 50, PASSED_HERE),
		FROM_B(FIN_ACK, 11, 151, ESTABLISHED, FIN_WAIT_1, PASSED_HERE),
		FROM_A(FIN_ACK, 151, 12, LAST_ACK, FIN_WAIT_2, PASSED_HERE),
		FROM_B(ACK, 12, 152, CLOSED, TIME_WAIT, PASSED_HERE),
	};
	struct fsm_script *script = fsm_opened_with_data(test);

	FSM_PLAY(script, forged);
	FSM_PLAY(script, fin_at_once);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, 0), 150);
	script = fsm_opened_with_data(test);
	FSM_PLAY(script, forged);
	FSM_PLAY(script, fin_later);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, 0), 150);
}

/* Nor while a forged RST is believed: what acknowledges the real numbers takes that back. */
static void forged_number_hides_no_proof_against_a_verdict(struct kunit *test)
{
	static const struct fsm_line forged[] = {
		FROM_A(ACK, 0x40000000, 11, ESTABLISHED, ESTABLISHED, PASSED_HERE),
		FROM_B(RST, 11, 0, CLOSED, CLOSED, PASSED_HERE),
	};
	static const struct fsm_line window[] = {
		FROM_B(ACK, 11, 101, CLOSED, CLOSED, PASSED_HERE),
		FROM_A(PSH_ACK, 101, 11, CLOSED, CLOSED, .len = 50, PASSED_HERE),
		FROM_B(ACK, 11, 151, ESTABLISHED, ESTABLISHED, PASSED_HERE, .notes = UNDO),
	};
	static const struct fsm_line fin[] = {
		FROM_A(FIN_ACK, 101, 11, CLOSED, CLOSED, .len = 50, PASSED_HERE),
		FROM_A(PSH_ACK, 101, 11, CLOSED, CLOSED, .len = 50, PASSED_HERE),
		FROM_B(PSH_ACK, 11, 152, CLOSED, CLOSED, .len = 30, PASSED_HERE),
		FROM_A(ACK, 152, 41, FIN_WAIT_2, CLOSE_WAIT, PASSED_HERE, .notes = UNDO),
	};
	static const struct fsm_line other_way[] = {
		FROM_B(ACK, 0x40000000, 101, ESTABLISHED, ESTABLISHED, PASSED_HERE),
		FROM_A(RST, 101, 0, CLOSED, CLOSED, PASSED_HERE),
		FROM_A(ACK, 101, 11, CLOSED, CLOSED, PASSED_HERE),
		FROM_B(PSH_ACK, 11, 101, CLOSED, CLOSED, .len = 50, PASSED_HERE),
		FROM_A(ACK, 101, 61, ESTABLISHED, ESTABLISHED, PASSED_HERE, .notes = UNDO),
	};
	static const struct fsm_line other_fin[] = {
		FROM_B(ACK, 0x40000000, 101, ESTABLISHED, ESTABLISHED, PASSED_HERE),
		FROM_A(RST, 101, 0, CLOSED, CLOSED, PASSED_HERE),
		FROM_B(FIN_ACK, 11, 101, CLOSED, CLOSED, .len = 50, PASSED_HERE),
		FROM_A(PSH_ACK, 101, 62, CLOSED, CLOSED, .len = 30, PASSED_HERE,
		       .free_notes = IGNORED),
		FROM_B(ACK, 62, 131, CLOSE_WAIT, FIN_WAIT_2, PASSED_HERE, .notes = UNDO),
	};
	/* The FIN itself is picked up. */
	static const struct fsm_line fin_elsewhere[] = {
		FROM_A(FIN_ACK, 102 + FSM_WINDOW, 11, CLOSED, CLOSED, PASSED_HERE),
		FROM_B(PSH_ACK, 11, 103 + FSM_WINDOW, CLOSED, CLOSED, .len = 30, PASSED_HERE),
		FROM_A(ACK, 103 + FSM_WINDOW, 41, FIN_WAIT_2, CLOSE_WAIT, PASSED_HERE,
		       .notes = UNDO),
	};
	struct fsm_script *script = fsm_opened_with_data(test);

	FSM_PLAY(script, forged);
	FSM_PLAY(script, fin_elsewhere);
	script = fsm_opened_with_data(test);
	FSM_PLAY(script, other_fin);
	script = fsm_opened_with_data(test);
	FSM_PLAY(script, other_way);
	script = fsm_opened_with_data(test);
	FSM_PLAY(script, forged);
	FSM_PLAY(script, window);
	fsm_expect_flags(script, TCPSTATE_F_RETRACTED, TCPSTATE_F_RETRACTED);
	script = fsm_opened_with_data(test);
	FSM_PLAY(script, forged);
	FSM_PLAY(script, fin);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 150);
}

/* What a window does not exclude stands, and so does the number of a FIN. */
static void window_corrects_only_what_cannot_have_been_sent(struct kunit *test)
{
	static const struct fsm_line at_edge[] = {
		FROM_A(ACK, FSM_WINDOW + 200, 11, ESTABLISHED, ESTABLISHED, PASSED_HERE),
		FROM_B(ACK, 11, 101, ESTABLISHED, ESTABLISHED, PASSED_HERE,
		       .win = FSM_WINDOW + 99),
	};
	static const struct fsm_line fin[] = {
		FROM_A(ACK, 0x40000000, 11, ESTABLISHED, ESTABLISHED, PASSED_HERE),
		FROM_A(FIN_ACK, 101, 11, FIN_WAIT_1, ESTABLISHED, .len = 50, PASSED_HERE),
		FROM_B(ACK, 11, 101, FIN_WAIT_1, ESTABLISHED, PASSED_HERE, .win = 1),
		FROM_B(ACK, 11, 152, FIN_WAIT_2, CLOSE_WAIT, PASSED_HERE),
	};
	struct fsm_script *script = fsm_opened_with_data(test);

	FSM_PLAY(script, at_edge);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), FSM_WINDOW + 199);
	FSM_PLAY(fsm_opened_with_data(test), fin);
}

/* Without a pick-up, the first ACK that passes may be a late one. */
static void late_first_ack_takes_no_number_back(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, PASSED_HERE),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 50000, PASSED_HERE),
		FROM_A(PSH_ACK, 50001, 1, ESTABLISHED, ESTABLISHED, .len = 50000, PASSED_HERE),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED, PASSED_HERE, .win = 1000),
		FROM_B(FIN_ACK, 1, 100001, ESTABLISHED, FIN_WAIT_1, PASSED_HERE),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/*
 * A FIN that acknowledges less than all lies in the window that the other end offered last,
 * before the pick-up. With any other number it may be forged.
 */
static void fin_below_what_was_picked_up_lies_in_the_last_window(struct kunit *test)
{
	static const struct fsm_line forged[] = {
		FROM_A(ACK, 0x40000000, 11, ESTABLISHED, ESTABLISHED, PASSED_HERE),
	};
	static const struct fsm_line exact_in_step[] = {
		FROM_A(FIN_ACK, 102 + FSM_WINDOW, 11, ESTABLISHED, ESTABLISHED, PASSED_HERE,
		       .notes = IGNORED),
	};
	static const struct fsm_line before_it[] = {
		FROM_A(FIN_ACK, 100, 10, ESTABLISHED, ESTABLISHED, .len = 50, PASSED_HERE,
		       .notes = IGNORED),
	};
	static const struct fsm_line behind_it[] = {
		FROM_A(FIN_ACK, 101 + FSM_WINDOW, 10, ESTABLISHED, ESTABLISHED, .len = 50,
		       PASSED_HERE, .notes = IGNORED),
	};
	static const struct fsm_line last[] = {
		FROM_A(FIN_ACK, 100 + FSM_WINDOW, 10, FIN_WAIT_1, ESTABLISHED, .len = 50,
		       PASSED_HERE),
		FROM_A(FIN_ACK, 101, 11, FIN_WAIT_1, ESTABLISHED, PASSED_HERE,
		       .notes = IGNORED),
	};
	static const struct fsm_line no_window[] = {
		FROM_A(ACK, 1000, 5000, ESTABLISHED, ESTABLISHED, PASSED_HERE),
		FROM_A(FIN_ACK, 0, 4000, ESTABLISHED, ESTABLISHED, PASSED_HERE,
		       .notes = IGNORED),
	};
	static const struct fsm_line first[] = {
		FROM_A(FIN_ACK, 101, 10, FIN_WAIT_1, ESTABLISHED, PASSED_HERE),
	};
	static const struct fsm_line exact[] = {
		FROM_A(FIN_ACK, 102 + FSM_WINDOW, 11, FIN_WAIT_1, ESTABLISHED, PASSED_HERE),
		FROM_B(ACK, 11, 103 + FSM_WINDOW, FIN_WAIT_2, CLOSE_WAIT, PASSED_HERE),
	};
	struct fsm_script *script = fsm_opened_with_data(test);

	FSM_PLAY(script, exact_in_step);
	FSM_PLAY(script, forged);
	FSM_PLAY(script, before_it);
	FSM_PLAY(script, behind_it);
	FSM_PLAY(script, last);
	script = fsm_opened_with_data(test);
	FSM_PLAY(script, forged);
	FSM_PLAY(script, exact);
	script = fsm_opened_with_data(test);
	FSM_PLAY(script, forged);
	FSM_PLAY(script, first);
	/* Host B has offered none yet. */
	script = fsm_new(test);
	script->shift[A] = 0;
	FSM_PLAY(script, no_window);
}

/* An acknowledgment is believed as far as the window that its sender offered reaches. */
static void forged_acknowledgment_hides_no_fin(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(ACK, 101, FSM_WINDOW + 1, ESTABLISHED, ESTABLISHED, PASSED_HERE),
		FROM_B(FIN_ACK, 11, 101, ESTABLISHED, FIN_WAIT_1, .len = 50, PASSED_HERE),
		FROM_A(ACK, 101, 62, CLOSE_WAIT, FIN_WAIT_2, PASSED_HERE),
	};

	FSM_PLAY(fsm_opened_with_data(test), lines);
}

static struct kunit_case fsm_forged_cases[] = {
	FSM_CASE(forged_number_hides_no_end_of_the_connection),
	FSM_CASE(forged_number_hides_no_proof_against_a_verdict),
	FSM_CASE(window_corrects_only_what_cannot_have_been_sent),
	FSM_CASE(late_first_ack_takes_no_number_back),
	FSM_CASE(fin_below_what_was_picked_up_lies_in_the_last_window),
	FSM_CASE(forged_acknowledgment_hides_no_fin),
	{}
};

static struct kunit_suite fsm_forged_suite = {
	.name = "tcpstate_fsm_forged",
	.test_cases = fsm_forged_cases,
};

kunit_test_suite(fsm_forged_suite);
