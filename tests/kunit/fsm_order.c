// SPDX-License-Identifier: GPL-2.0-only
/* Which segments count as sent again, and which leave a gap in what was sent. */
#include "fsm_cases.h"

/* What each host has sent again, and the gaps it has left */
static void expect_order(struct fsm_script *script, u32 again_a, u32 again_b, u32 gaps_a,
			 u32 gaps_b)
{
	const struct tcpstate_conn *conn = &script->front.conn;

	KUNIT_EXPECT_EQ(script->test, conn->retransmits[A], again_a);
	KUNIT_EXPECT_EQ(script->test, conn->retransmits[B], again_b);
	KUNIT_EXPECT_EQ(script->test, conn->gaps[A], gaps_a);
	KUNIT_EXPECT_EQ(script->test, conn->gaps[B], gaps_b);
}

static void an_ordinary_connection_sends_nothing_again(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(PSH_ACK, 1, 101, ESTABLISHED, ESTABLISHED, .len = 50),
		FROM_A(FIN_ACK, 101, 51, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 51, 102, FIN_WAIT_2, CLOSE_WAIT),
		FROM_B(FIN_ACK, 51, 102, FIN_WAIT_2, LAST_ACK),
		FROM_A(ACK, 102, 52, TIME_WAIT, CLOSED),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	expect_order(script, 0, 0, 0, 0);
}

static void syns_data_and_fins_that_are_repeated_are_sent_again(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .notes = REPEAT),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .notes = REPEAT),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(PSH_ACK, 51, 1, ESTABLISHED, ESTABLISHED, .len = 50),
		/* It begins with what was sent, and goes on with what was not. */
		FROM_B(PSH_ACK, 51, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(ACK, 1, 151, ESTABLISHED, ESTABLISHED),
		/* In vain: it has been acknowledged. */
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100, .notes = IGNORED),
		FROM_A(FIN_ACK, 1, 151, FIN_WAIT_1, ESTABLISHED),
		FROM_A(FIN_ACK, 1, 151, FIN_WAIT_1, ESTABLISHED, .notes = REPEAT),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	expect_order(script, 2, 5, 0, 0);
}

static void probes_acks_and_rsts_are_not_sent_again(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED, .win = SHUT),
		/* A keep-alive, and one with a byte */
		FROM_A(ACK, 100, 1, ESTABLISHED, ESTABLISHED, .free_notes = 0xff),
		FROM_A(PSH_ACK, 100, 1, ESTABLISHED, ESTABLISHED, .len = 1, .free_notes = 0xff),
		/* An old ACK, and a RST in the window */
		FROM_A(ACK, 51, 1, ESTABLISHED, ESTABLISHED, .free_notes = 0xff),
		FROM_A(RST_ACK, 101, 1, CLOSED, CLOSED, .free_notes = 0xff),
	};
	struct fsm_script *script = fsm_opened(test);

	script->uncounted = true;
	FSM_PLAY(script, lines);
	expect_order(script, 0, 0, 0, 0);
}

/* RFC 9293, figure 7: each answers the other's SYN with its own and an ACK. */
static void answers_of_syns_that_crossed_are_not_sent_again(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN, 0, 0, SYN_SENT, SYN_SENT, .free_notes = 0xff),
		FROM_A(SYN_ACK, 0, 1, SYN_RECEIVED, SYN_SENT, .free_notes = 0xff),
		FROM_B(SYN_ACK, 0, 1, ESTABLISHED, ESTABLISHED, .free_notes = 0xff),
	};
	static const struct fsm_line again[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN, 0, 0, SYN_SENT, SYN_SENT, .free_notes = 0xff),
		FROM_A(SYN_ACK, 0, 1, SYN_RECEIVED, SYN_SENT, .free_notes = 0xff),
		FROM_A(SYN_ACK, 0, 1, SYN_RECEIVED, SYN_SENT, .free_notes = 0xff),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	expect_order(script, 0, 0, 0, 0);
	script = fsm_new(test);
	FSM_PLAY(script, again);
	expect_order(script, 1, 0, 0, 0);
}

static void what_fills_a_gap_is_not_sent_again(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		/* 101 to 201 is missing, and later 301 to 401. */
		FROM_A(PSH_ACK, 201, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(PSH_ACK, 401, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED),
		/* The one comes late, and what lies before the gap comes again. */
		FROM_A(PSH_ACK, 101, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(PSH_ACK, 301, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 501, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line then[] = {
		FROM_A(PSH_ACK, 501, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(PSH_ACK, 501, 1, ESTABLISHED, ESTABLISHED, .len = 100),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	expect_order(script, 1, 0, 2, 0);
	FSM_PLAY(script, then);
	expect_order(script, 2, 0, 2, 0);
}

/* Once all before it is acknowledged, there is no gap that a FIN could fill. */
static void a_fin_that_is_all_that_is_left_is_sent_again(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(PSH_ACK, 201, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(FIN_ACK, 301, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_A(PSH_ACK, 101, 1, FIN_WAIT_1, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 301, FIN_WAIT_1, ESTABLISHED),
		FROM_A(FIN_ACK, 301, 1, FIN_WAIT_1, ESTABLISHED, .notes = REPEAT),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	expect_order(script, 1, 0, 1, 0);
}

/* A pure ACK tells as well that what precedes it was lost before it came here. */
static void ack_with_a_number_ahead_leaves_a_gap(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(ACK, 101, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(FIN_ACK, 201, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	/* The ACK has moved nothing, so that the FIN leaves the gap again. */
	expect_order(script, 0, 0, 2, 0);
}

static void super_segment_is_sent_again_as_far_as_it_was_sent(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 5000, .segs = 5),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 5000, .segs = 5),
		/* Two of these four were sent, and half of the third. */
		FROM_A(PSH_ACK, 2501, 1, ESTABLISHED, ESTABLISHED, .len = 4000, .segs = 4),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	expect_order(script, 5 + 3, 0, 0, 0);
}

static void nothing_counts_while_numbers_are_not_exact(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1001, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(PSH_ACK, 901, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(PSH_ACK, 1301, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(PSH_ACK, 1, 1401, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_A(ACK, 1401, 11, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line then[] = {
		FROM_A(PSH_ACK, 1401, 11, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(PSH_ACK, 1401, 11, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(PSH_ACK, 111, 1501, ESTABLISHED, ESTABLISHED, .len = 100),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	expect_order(script, 0, 0, 0, 0);
	FSM_PLAY(script, then);
	expect_order(script, 1, 0, 0, 1);
}

/* A forged segment that nobody takes tells nothing. */
static void a_number_out_of_the_window_leaves_no_gap(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 900001, 700001, ESTABLISHED, ESTABLISHED, .len = 100,
		       .notes = IGNORED, .forwarded = true),
		FROM_B(SYN_ACK, 700, 1, ESTABLISHED, ESTABLISHED, .free_notes = 0xff),
	};
	struct fsm_script *script = fsm_opened(test);

	script->uncounted = true;
	FSM_PLAY(script, lines);
	expect_order(script, 0, 0, 0, 0);
}

/* Nobody has sent what precedes the SYN: a third host has made it up. */
static void a_number_before_the_syn_is_not_sent_again(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(PSH_ACK, -900001, 1, ESTABLISHED, ESTABLISHED, .len = 100,
		       .notes = IGNORED, .forwarded = true),
		FROM_A(FIN_ACK, -1, 1, ESTABLISHED, ESTABLISHED,
		       .notes = IGNORED, .forwarded = true),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
	};
	struct fsm_script *script = fsm_opened(test);

	script->uncounted = true;
	FSM_PLAY(script, lines);
	expect_order(script, 1, 0, 0, 0);
}

/* The first number that was seen of a connection that is picked up is not its first. */
static void a_number_before_the_pick_up_is_sent_again(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1001, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 1101, ESTABLISHED, ESTABLISHED),
		FROM_A(ACK, 1101, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(PSH_ACK, 901, 1, ESTABLISHED, ESTABLISHED, .len = 100,
		       .free_notes = 0xff),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	expect_order(script, 1, 0, 0, 0);
}

/* What passes after a RST that turns out to be forged has been counted. */
static void a_verdict_hides_no_segment(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(RST, 1, 0, CLOSED, CLOSED, .forwarded = true, .free_notes = 0xff),
		FROM_A(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 100, .forwarded = true,
		       .free_notes = 0xff),
	};
	struct fsm_script *script = fsm_opened(test);

	script->uncounted = true;
	FSM_PLAY(script, lines);
	expect_order(script, 1, 0, 0, 0);
}

static void counts_of_order_saturate(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 5000, .segs = 5),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 5000, .segs = 5),
		FROM_A(PSH_ACK, 6001, 1, ESTABLISHED, ESTABLISHED, .len = 1000),
	};
	struct fsm_script *script = fsm_opened(test);
	struct tcpstate_conn *conn = &script->front.conn;

	conn->retransmits[A] = TCPSTATE_RETRANSMITS_MAX - 4;
	conn->gaps[A] = TCPSTATE_SMALL_MAX - 1;
	KUNIT_EXPECT_EQ(test, tcpstate_conn_saturated(conn, A), 0);
	FSM_PLAY(script, lines);
	expect_order(script, TCPSTATE_RETRANSMITS_MAX, 0, TCPSTATE_SMALL_MAX, 0);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_saturated(conn, A),
			TCPSTATE_COUNT_RETRANSMITS | TCPSTATE_COUNT_GAPS);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_saturated(conn, B), 0);
}

static struct kunit_case fsm_order_cases[] = {
	FSM_CASE(an_ordinary_connection_sends_nothing_again),
	FSM_CASE(syns_data_and_fins_that_are_repeated_are_sent_again),
	FSM_CASE(probes_acks_and_rsts_are_not_sent_again),
	FSM_CASE(answers_of_syns_that_crossed_are_not_sent_again),
	FSM_CASE(what_fills_a_gap_is_not_sent_again),
	FSM_CASE(a_fin_that_is_all_that_is_left_is_sent_again),
	FSM_CASE(ack_with_a_number_ahead_leaves_a_gap),
	FSM_CASE(super_segment_is_sent_again_as_far_as_it_was_sent),
	FSM_CASE(nothing_counts_while_numbers_are_not_exact),
	FSM_CASE(a_number_out_of_the_window_leaves_no_gap),
	FSM_CASE(a_number_before_the_syn_is_not_sent_again),
	FSM_CASE(a_number_before_the_pick_up_is_sent_again),
	FSM_CASE(a_verdict_hides_no_segment),
	FSM_CASE(counts_of_order_saturate),
	{}
};

static struct kunit_suite fsm_order_suite = {
	.name = "tcpstate_fsm_order",
	.test_cases = fsm_order_cases,
};

kunit_test_suite(fsm_order_suite);
