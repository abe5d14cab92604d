// SPDX-License-Identifier: GPL-2.0-only
/* Closing: RFC 9293's figures 12 and 13, half-close, repeated FINs. */
#include "fsm_cases.h"

static void figure_12_normal_close(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 99, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 299, 100, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 100, 300, ESTABLISHED, ESTABLISHED),
		FROM_A(FIN_ACK, 100, 300, FIN_WAIT_1, ESTABLISHED,
		       .transitions = { TRANSITION(A, SND_FIN) }),
		FROM_B(ACK, 300, 101, FIN_WAIT_2, CLOSE_WAIT,
		       .transitions = { TRANSITION(B, RCV_FIN), TRANSITION(A, RCV_ACK_OF_FIN) }),
		FROM_B(FIN_ACK, 300, 101, FIN_WAIT_2, LAST_ACK,
		       .transitions = { TRANSITION(B, SND_FIN) }),
		FROM_A(ACK, 101, 301, TIME_WAIT, CLOSED,
		       .transitions = { TRANSITION(A, RCV_FIN), TRANSITION(B, RCV_ACK_OF_FIN) }),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_CLOSED);
	fsm_expect_flags(script, TCPSTATE_F_CLOSER | TCPSTATE_F_CLOSER << 1,
			 TCPSTATE_F_CLOSER);
}

static void figure_13_simultaneous_close(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(FIN_ACK, 1, 1, FIN_WAIT_1, FIN_WAIT_1,
		       .transitions = { TRANSITION(B, SND_FIN) }),
		FROM_A(ACK, 2, 2, CLOSING, FIN_WAIT_1,
		       .transitions = { TRANSITION(A, RCV_FIN) }),
		FROM_B(ACK, 2, 2, TIME_WAIT, TIME_WAIT,
		       .transitions = { TRANSITION(B, RCV_FIN), TRANSITION(B, RCV_ACK_OF_FIN),
				   TRANSITION(A, RCV_ACK_OF_FIN) }),
	};
	struct fsm_script *script = fsm_opened(test);
	const u32 both = TCPSTATE_F_CLOSER | TCPSTATE_F_CLOSER << 1;

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_CLOSED);
	fsm_expect_flags(script, both, both);
}

static void simultaneous_close_acknowledged_by_the_other_end_first(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(FIN_ACK, 1, 1, FIN_WAIT_1, FIN_WAIT_1),
		FROM_B(ACK, 2, 2, FIN_WAIT_1, CLOSING),
		FROM_A(ACK, 2, 2, TIME_WAIT, TIME_WAIT),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* B's FIN is lost behind the observer: its ACK of A's comes to A first. */
static void lost_fin_of_a_simultaneous_close_holds_no_ack_back(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(FIN_ACK, 1, 1, FIN_WAIT_1, FIN_WAIT_1),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, FIN_WAIT_1,
		       .notes = TCPSTATE_NOTE_REPEAT),
		FROM_B(ACK, 2, 2, FIN_WAIT_2, CLOSING),
		FROM_B(FIN_ACK, 1, 2, FIN_WAIT_2, CLOSING,
		       .notes = TCPSTATE_NOTE_REPEAT),
		FROM_A(ACK, 2, 2, TIME_WAIT, TIME_WAIT),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

static void responder_may_close_first(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(FIN_ACK, 1, 1, ESTABLISHED, FIN_WAIT_1),
		FROM_A(ACK, 1, 2, CLOSE_WAIT, FIN_WAIT_2),
		FROM_A(FIN_ACK, 1, 2, LAST_ACK, FIN_WAIT_2),
		FROM_B(ACK, 2, 2, CLOSED, TIME_WAIT),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_CLOSED);
	fsm_expect_flags(script, TCPSTATE_F_CLOSER | TCPSTATE_F_CLOSER << 1,
			 TCPSTATE_F_CLOSER << 1);
}

static void close_in_three_segments(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(FIN_ACK, 1, 2, FIN_WAIT_2, LAST_ACK,
		       .transitions = { TRANSITION(B, RCV_FIN), TRANSITION(B, SND_FIN),
				   TRANSITION(A, RCV_ACK_OF_FIN) }),
		FROM_A(ACK, 2, 2, TIME_WAIT, CLOSED),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_CLOSED);
}

static void half_closed_connection_goes_on_carrying_data(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT),
		FROM_B(PSH_ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT, .len = 5000),
		FROM_A(ACK, 2, 5001, FIN_WAIT_2, CLOSE_WAIT,
		       .after_us = 3600000000u),
		FROM_B(PSH_ACK, 5001, 2, FIN_WAIT_2, CLOSE_WAIT, .len = 5000,
		       .after_us = 3600000000u),
		FROM_A(ACK, 2, 10001, FIN_WAIT_2, CLOSE_WAIT),
		FROM_B(FIN_ACK, 10001, 2, FIN_WAIT_2, LAST_ACK, .len = 7),
		FROM_A(ACK, 2, 10009, TIME_WAIT, CLOSED),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 0);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, B), 10007);
}

static void ack_of_the_data_before_a_fin_is_no_ack_of_the_fin(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 101, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 102, FIN_WAIT_2, CLOSE_WAIT),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

static void fin_out_of_order_counts_when_the_ack_covers_it(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 101, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_A(PSH_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 102, FIN_WAIT_2, CLOSE_WAIT),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

static void fin_may_exceed_the_window_by_one(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = FSM_WINDOW),
		FROM_A(FIN_ACK, FSM_WINDOW + 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, FSM_WINDOW + 2, FIN_WAIT_2, CLOSE_WAIT),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

static void fin_beyond_the_window_moves_neither_end(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, FSM_WINDOW + 2, 1, ESTABLISHED, ESTABLISHED,
		       .notes = IGNORED),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

static void nothing_counts_beyond_a_fin(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_A(PSH_ACK, 2, 1, FIN_WAIT_1, ESTABLISHED, .len = 10),
		FROM_A(FIN_ACK, 5, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 0);
}

/* Linux takes the ACK of such a segment, before it ignores the rest. */
static void ack_behind_a_fin_counts(struct kunit *test)
{
	static const struct fsm_line last_ack[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT),
		FROM_B(FIN_ACK, 1, 2, FIN_WAIT_2, LAST_ACK),
		FROM_A(PSH_ACK, 2, 2, TIME_WAIT, CLOSED, .len = 10),
	};
	static const struct fsm_line closing[] = {
		FROM_B(FIN_ACK, 1, 1, ESTABLISHED, FIN_WAIT_1),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, FIN_WAIT_1),
		FROM_B(ACK, 2, 2, FIN_WAIT_1, CLOSING),
		FROM_A(PSH_ACK, 2, 2, TIME_WAIT, TIME_WAIT, .len = 10),
	};

	FSM_PLAY(fsm_opened(test), last_ack);
	FSM_PLAY(fsm_opened(test), closing);
}

static void fin_inside_what_was_sent_is_ignored(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(FIN_ACK, 51, 1, ESTABLISHED, ESTABLISHED,
		       .notes = IGNORED),
		FROM_A(FIN_ACK, 51, 1, FIN_WAIT_1, ESTABLISHED, .len = 50),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

static void local_fin_beyond_the_window_moves_its_sender(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, FSM_WINDOW + 2, 1, FIN_WAIT_1, ESTABLISHED,
		       .notes = IGNORED, .local = true,
		       .transitions = { TRANSITION(A, SND_FIN) }),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

static void fin_repeated_before_its_ack_changes_nothing(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED, .notes = REPEAT,
		       .after_us = 1000000),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT),
		FROM_B(FIN_ACK, 1, 2, FIN_WAIT_2, LAST_ACK),
		FROM_B(FIN_ACK, 1, 2, FIN_WAIT_2, LAST_ACK, .notes = REPEAT,
		       .after_us = 1000000),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_RETRACTED, 0);
}

static void local_fin_again_takes_fin_wait_2_back_at_once(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED, .local = true),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, CLOSE_WAIT, .local = true,
		       .notes = RETRACT, .free_notes = IGNORED,
		       .transitions = { TRANSITION(A, FIN_AGAIN) }),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT,
		       .transitions = { TRANSITION(A, RCV_ACK_OF_FIN) }),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_RETRACTED, TCPSTATE_F_RETRACTED);
}

static void remote_fin_again_may_have_crossed_the_ack(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_2, CLOSE_WAIT, .after_us = 2000,
		       .notes = REPEAT, .free_notes = IGNORED),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_RETRACTED, 0);
}

static void remote_fin_again_counts_after_a_round_trip(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, CLOSE_WAIT,
		       .notes = RETRACT, .free_notes = IGNORED,
		       .after_us = 1000000),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

static void fin_again_takes_closed_back_to_last_ack(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(FIN_ACK, 1, 2, TIME_WAIT, CLOSED, .after_us = 2000,
		       .notes = REPEAT, .free_notes = IGNORED),
		FROM_B(FIN_ACK, 1, 2, TIME_WAIT, LAST_ACK, .after_us = 1000000,
		       .notes = RETRACT, .free_notes = IGNORED,
		       .transitions = { TRANSITION(B, FIN_AGAIN) }),
		FROM_A(ACK, 2, 2, TIME_WAIT, CLOSED,
		       .transitions = { TRANSITION(B, RCV_ACK_OF_FIN) }),
	};
	struct fsm_script *script = fsm_closed(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_CLOSED);
}

static void fin_again_takes_time_wait_back_to_closing(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(FIN_ACK, 1, 1, FIN_WAIT_1, FIN_WAIT_1),
		FROM_A(ACK, 2, 2, CLOSING, FIN_WAIT_1),
		FROM_B(ACK, 2, 2, TIME_WAIT, TIME_WAIT),
		FROM_B(FIN_ACK, 1, 2, TIME_WAIT, CLOSING, .local = true,
		       .notes = RETRACT, .free_notes = IGNORED,
		       .transitions = { TRANSITION(B, FIN_AGAIN) }),
		FROM_A(ACK, 2, 2, TIME_WAIT, TIME_WAIT),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* The FIN overtook the data before it, which then came; its ACK may cross that. */
static void gap_before_a_fin_is_filled_by_what_it_overtook(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(FIN_ACK, 11, 1, ESTABLISHED, FIN_WAIT_1),
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, FIN_WAIT_1, .len = 10,
		       .free_notes = REPEAT),
		FROM_A(FIN_ACK, 1, 11, FIN_WAIT_1, FIN_WAIT_1),
		FROM_B(ACK, 12, 2, FIN_WAIT_1, CLOSING),
		FROM_A(ACK, 2, 12, TIME_WAIT, TIME_WAIT),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* What is sent again has the newest ACK. */
static void fin_with_an_older_ack_is_a_late_copy(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT, .len = 10),
		FROM_A(ACK, 2, 11, FIN_WAIT_2, CLOSE_WAIT),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_2, CLOSE_WAIT, .after_us = 1000000,
		       .notes = REPEAT, .free_notes = IGNORED),
		FROM_B(FIN_ACK, 11, 2, FIN_WAIT_2, LAST_ACK),
		FROM_A(ACK, 2, 12, TIME_WAIT, CLOSED),
		FROM_A(FIN_ACK, 1, 1, TIME_WAIT, CLOSED, .after_us = 1000000,
		       .notes = REPEAT, .free_notes = IGNORED),
		FROM_A(FIN_ACK, 1, 12, CLOSING, CLOSED, .after_us = 1000000,
		       .notes = RETRACT, .free_notes = IGNORED,
		       .transitions = { TRANSITION(A, FIN_AGAIN) }),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* Nothing was lost: B has the first FIN before it has the ACK of its own. */
static void late_copy_of_a_fin_does_not_say_that_one_was_lost(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 1, FIN_WAIT_1, ESTABLISHED, .len = 10),
		FROM_A(ACK, 2, 11, FIN_WAIT_1, ESTABLISHED),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED, .after_us = 1000000,
		       .notes = REPEAT, .free_notes = IGNORED),
		FROM_B(FIN_ACK, 11, 1, FIN_WAIT_1, FIN_WAIT_1),
		FROM_A(ACK, 2, 12, CLOSING, FIN_WAIT_1),
		FROM_B(ACK, 12, 2, TIME_WAIT, TIME_WAIT,
		       .transitions = { TRANSITION(B, RCV_FIN), TRANSITION(B, RCV_ACK_OF_FIN),
				   TRANSITION(A, RCV_ACK_OF_FIN) }),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* The data is repeated, but the FIN behind it is not. */
static void data_again_takes_nothing_back(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(FIN_ACK, 101, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 102, FIN_WAIT_2, CLOSE_WAIT),
		FROM_A(ACK, 1, 1, FIN_WAIT_2, CLOSE_WAIT, .len = 100,
		       .local = true, .free_notes = IGNORED,
		       .after_us = 1000000),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* The ACK came one place early: the FIN fills the gap before it. */
static void fin_that_fills_a_gap_is_received_before_the_ack_behind_it(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(ACK, 2, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(FIN_ACK, 1, 1, FIN_WAIT_1, FIN_WAIT_1),
		FROM_B(ACK, 2, 2, FIN_WAIT_1, CLOSING),
		FROM_A(ACK, 2, 2, TIME_WAIT, TIME_WAIT),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

static struct kunit_case fsm_closing_cases[] = {
	FSM_CASE(figure_12_normal_close),
	FSM_CASE(figure_13_simultaneous_close),
	FSM_CASE(simultaneous_close_acknowledged_by_the_other_end_first),
	FSM_CASE(lost_fin_of_a_simultaneous_close_holds_no_ack_back),
	FSM_CASE(responder_may_close_first),
	FSM_CASE(close_in_three_segments),
	FSM_CASE(half_closed_connection_goes_on_carrying_data),
	FSM_CASE(ack_of_the_data_before_a_fin_is_no_ack_of_the_fin),
	FSM_CASE(fin_out_of_order_counts_when_the_ack_covers_it),
	FSM_CASE(fin_may_exceed_the_window_by_one),
	FSM_CASE(fin_beyond_the_window_moves_neither_end),
	FSM_CASE(nothing_counts_beyond_a_fin),
	FSM_CASE(ack_behind_a_fin_counts),
	FSM_CASE(fin_inside_what_was_sent_is_ignored),
	FSM_CASE(local_fin_beyond_the_window_moves_its_sender),
	FSM_CASE(fin_repeated_before_its_ack_changes_nothing),
	FSM_CASE(local_fin_again_takes_fin_wait_2_back_at_once),
	FSM_CASE(remote_fin_again_may_have_crossed_the_ack),
	FSM_CASE(remote_fin_again_counts_after_a_round_trip),
	FSM_CASE(fin_again_takes_closed_back_to_last_ack),
	FSM_CASE(fin_again_takes_time_wait_back_to_closing),
	FSM_CASE(gap_before_a_fin_is_filled_by_what_it_overtook),
	FSM_CASE(fin_with_an_older_ack_is_a_late_copy),
	FSM_CASE(late_copy_of_a_fin_does_not_say_that_one_was_lost),
	FSM_CASE(data_again_takes_nothing_back),
	FSM_CASE(fin_that_fills_a_gap_is_received_before_the_ack_behind_it),
	{}
};

static struct kunit_suite fsm_closing_suite = {
	.name = "tcpstate_fsm_closing",
	.test_cases = fsm_closing_cases,
};

kunit_test_suite(fsm_closing_suite);
