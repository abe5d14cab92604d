// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments that pass elsewhere: which numbers show it, and what is known of the connection
 * afterwards. The limits are next to each other: the last that shows it, and the first that
 * does not.
 */
#include "fsm_cases.h"

#define PASSED_HERE	.forwarded = true

static void expect_picked_up(struct fsm_script *script, bool picked_up)
{
	fsm_expect_flags(script, TCPSTATE_F_MIDSTREAM, picked_up ? TCPSTATE_F_MIDSTREAM : 0);
}

static void number_that_fits_and_one_ahead_show_a_pick_up(struct kunit *test)
{
	/* The number at the edge is the last that B may have been sent. */
	static const struct fsm_line seq_at_edge[] = {
		FROM_A(ACK, FSM_WINDOW + 101, 15, ESTABLISHED, ESTABLISHED, PASSED_HERE),
	};
	static const struct fsm_line with_ecn[] = {
		FROM_A(PSH_ACK | TCPSTATE_FLAG_ECE | TCPSTATE_FLAG_CWR, FSM_WINDOW + 101, 15,
		       ESTABLISHED, ESTABLISHED, .len = 10, PASSED_HERE),
	};
	static const struct fsm_line ack_at_edge[] = {
		FROM_A(ACK, 101, FSM_WINDOW + 1, ESTABLISHED, ESTABLISHED, PASSED_HERE),
	};
	static const struct fsm_line ack_beyond_edge[] = {
		FROM_A(ACK, 101, FSM_WINDOW + 12, ESTABLISHED, ESTABLISHED, PASSED_HERE,
		       .notes = CHALLENGE),
	};
	static const struct fsm_line ack_offered_last[] = {
		FROM_A(ACK, 101, FSM_WINDOW + 11, ESTABLISHED, ESTABLISHED, PASSED_HERE),
	};
	/* A late copy of what B has acknowledged, with an ACK that it cannot have had */
	static const struct fsm_line old_seq[] = {
		FROM_A(PSH_ACK, 1, 15, ESTABLISHED, ESTABLISHED, .len = 50, PASSED_HERE,
		       .notes = IGNORED),
	};
	static const struct fsm_line late_copy[] = {
		FROM_A(PSH_ACK, 1, 11, ESTABLISHED, ESTABLISHED, .len = 50, PASSED_HERE,
		       .notes = IGNORED),
	};
	/* What lies ahead has the newest ACK, or one that is still newer. */
	static const struct fsm_line old_ack[] = {
		FROM_A(PSH_ACK, FSM_WINDOW + 5000, 1, ESTABLISHED, ESTABLISHED, .len = 10,
		       PASSED_HERE, .notes = IGNORED),
	};
	struct fsm_script *script = fsm_opened_with_data(test);

	FSM_PLAY(script, seq_at_edge);
	expect_picked_up(script, true);
	script = fsm_opened_with_data(test);
	FSM_PLAY(script, with_ecn);
	expect_picked_up(script, true);
	script = fsm_opened_with_data(test);
	FSM_PLAY(script, ack_at_edge);
	expect_picked_up(script, true);
	script = fsm_opened_with_data(test);
	FSM_PLAY(script, ack_beyond_edge);
	expect_picked_up(script, false);
	FSM_PLAY(script, ack_offered_last);
	expect_picked_up(script, true);
	script = fsm_opened_with_data(test);
	FSM_PLAY(script, old_seq);
	FSM_PLAY(script, late_copy);
	FSM_PLAY(script, old_ack);
	expect_picked_up(script, false);
}

/* Only between established ends: a FIN has said where each one's numbers end. */
static void closing_connection_is_not_picked_up_elsewhere(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED, PASSED_HERE),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT, PASSED_HERE),
		FROM_B(PSH_ACK, FSM_WINDOW + 5000, 2, FIN_WAIT_2, CLOSE_WAIT, .len = 10,
		       PASSED_HERE, .notes = IGNORED),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	expect_picked_up(script, false);
}

/* Without an ACK of each end nothing says which of its numbers would fit. */
static void end_that_has_acknowledged_nothing_is_not_picked_up(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, PASSED_HERE),
		FROM_A(ACK, 1, 1000001, ESTABLISHED, ESTABLISHED, PASSED_HERE),
		FROM_B(PSH_ACK, 1050001, 1, ESTABLISHED, ESTABLISHED, .len = 10, PASSED_HERE,
		       .notes = IGNORED),
		FROM_A(ACK, 1, 900001, ESTABLISHED, ESTABLISHED, PASSED_HERE,
		       .notes = CHALLENGE),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	expect_picked_up(script, false);
}

/* While its numbers are lower bounds, too: what its receiver takes is no new beginning. */
static void retransmission_takes_no_bytes_back(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 5000, ESTABLISHED, ESTABLISHED, .len = 100, PASSED_HERE),
		FROM_A(PSH_ACK, 101, 5000, ESTABLISHED, ESTABLISHED, .len = 100, PASSED_HERE),
		FROM_A(PSH_ACK, 1, 5000, ESTABLISHED, ESTABLISHED, .len = 100, PASSED_HERE),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 200);
}

/* A spoofed segment from an end to itself passes no other path. */
static void forwarded_segment_of_an_end_to_itself_picks_nothing_up(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(ACK, 1, 1, ESTABLISHED, LISTEN, PASSED_HERE),
		FROM_A(ACK, 0x20000000, 1, ESTABLISHED, LISTEN, .after_us = 2000000,
		       PASSED_HERE, .notes = IGNORED),
	};
	struct fsm_script *script = fsm_new(test);

	script->selfish = true;
	FSM_PLAY(script, lines);
}

/* The SYN of another connection brings no packets of this one back from a flowtable. */
static void syn_is_no_return_from_a_flowtable(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10, PASSED_HERE,
		       .offloaded = true),
		FROM_A(SYN, 90000, 0, ESTABLISHED, ESTABLISHED, PASSED_HERE,
		       .incarnation = TCPSTATE_INCARNATION_NEW, .notes = CHALLENGE,
		       PENDING(SYN_SENT, LISTEN)),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	expect_picked_up(script, false);
	fsm_expect_flags(script, TCPSTATE_F_OFFLOADED, TCPSTATE_F_OFFLOADED);
}

/* The rest of the handshake is a SYNPROXY's. Nothing says when it was finished. */
static void first_adjusted_segment_opens_both_ends(struct kunit *test)
{
	static const struct fsm_line unanswered[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, PASSED_HERE),
		FROM_B(PSH_ACK, 3001, 1, ESTABLISHED, ESTABLISHED, .len = 20, PASSED_HERE,
		       .adjusted = true,
		       .transitions = { TRANSITION(A, RCV_SYN_ACK), TRANSITION(B, RCV_SYN),
					TRANSITION(B, RCV_ACK_OF_SYN) }),
	};
	static const struct fsm_line answered[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, PASSED_HERE),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, PASSED_HERE),
		FROM_A(PSH_ACK, 1, 70001, ESTABLISHED, ESTABLISHED, .len = 20, PASSED_HERE,
		       .adjusted = true),
		FROM_A(PSH_ACK, 21, 70001, ESTABLISHED, ESTABLISHED, .len = 20, PASSED_HERE,
		       .adjusted = true),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, unanswered);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, B), 20);
	script = fsm_new(test);
	FSM_PLAY(script, answered);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_ack_us(&script->front.conn), 0);
}

/*
 * The server's window scale is unknown, so that nothing is refused for its sake, unless its
 * SYN/ACK has passed, or the client has offered none.
 */
static void adjusted_connection_has_a_window_of_unknown_scale(struct kunit *test)
{
	static const struct fsm_line with_syn_ack[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .scale = 7, PASSED_HERE),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .scale = 2, PASSED_HERE),
		FROM_A(ACK, 1, 70001, ESTABLISHED, ESTABLISHED, PASSED_HERE, .adjusted = true),
	};
	static const struct fsm_line without_scale[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, PASSED_HERE),
		FROM_A(PSH_ACK, 1, 70001, ESTABLISHED, ESTABLISHED, .len = 20, PASSED_HERE,
		       .adjusted = true),
	};
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .scale = 7, PASSED_HERE),
		FROM_B(ACK, 3001, 1, ESTABLISHED, ESTABLISHED, .win = 500, PASSED_HERE,
		       .adjusted = true),
		FROM_A(PSH_ACK, 60001, 3001, ESTABLISHED, ESTABLISHED, .len = 20, PASSED_HERE,
		       .adjusted = true),
		FROM_B(ACK, 3001, 60021, ESTABLISHED, ESTABLISHED, .win = 500, PASSED_HERE,
		       .adjusted = true),
		FROM_A(FIN_ACK, 61021, 3001, FIN_WAIT_1, ESTABLISHED, PASSED_HERE,
		       .adjusted = true),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	script = fsm_new(test);
	FSM_PLAY(script, with_syn_ack);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_wscale(&script->front.conn, B), 2);
	script = fsm_new(test);
	FSM_PLAY(script, without_scale);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_wscale(&script->front.conn, B), TCPSTATE_WSCALE_NONE);
	/* Nothing that the server has sent has passed here yet. */
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, B), 0);
}

/* A SYN/ACK that is forged may pass last, and an ACK that is forged, too. */
static void only_an_opening_initiator_says_which_syn_ack_it_has_taken(struct kunit *test)
{
	static const struct fsm_line two[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, PASSED_HERE),
		FROM_B(SYN_ACK, 7000, 1, SYN_SENT, SYN_RECEIVED, PASSED_HERE),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, PASSED_HERE, .notes = REPEAT),
	};
	static const struct fsm_line local[] = {
		FROM_A(ACK, 1, 7001, ESTABLISHED, ESTABLISHED, .local = true),
	};
	/* To a local responder */
	static const struct fsm_line arrived[] = {
		FROM_A(ACK, 1, 7001, SYN_SENT, SYN_RECEIVED, .notes = CHALLENGE),
	};
	/* The responder has gone on from its last SYN/ACK. */
	static const struct fsm_line closing[] = {
		FROM_B(FIN_ACK, 1, 1, SYN_SENT, FIN_WAIT_1, PASSED_HERE),
		FROM_A(ACK, 1, 7001, SYN_SENT, FIN_WAIT_1, PASSED_HERE, .notes = CHALLENGE),
	};
	/* Its number is no SYN/ACK's, but what stands for "none" */
	static const struct fsm_line crossing[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, PASSED_HERE),
		FROM_B(SYN, 300, 0, SYN_SENT, SYN_SENT, PASSED_HERE),
		FROM_B(SYN_ACK, 300, 1, SYN_SENT, SYN_RECEIVED, PASSED_HERE, .notes = REPEAT),
		FROM_A(ACK, 1, 0, SYN_SENT, SYN_RECEIVED, PASSED_HERE, .notes = CHALLENGE),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, two);
	FSM_PLAY(script, local);
	script = fsm_new(test);
	FSM_PLAY(script, two);
	FSM_PLAY(script, arrived);
	script = fsm_new(test);
	FSM_PLAY(script, two);
	FSM_PLAY(script, closing);
	FSM_PLAY(fsm_new(test), crossing);
}

static struct fsm_script *offloaded(struct kunit *test, bool gaps)
{
	static const struct fsm_line opening[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, PASSED_HERE, .ts = 1000),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, PASSED_HERE, .ts = 5000),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, PASSED_HERE, .ts = 1001),
	};
	static const struct fsm_line behind_gaps[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 50, PASSED_HERE),
		FROM_A(PSH_ACK, 101, 1, ESTABLISHED, ESTABLISHED, .len = 10, PASSED_HERE),
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 50, PASSED_HERE),
		FROM_B(PSH_ACK, 101, 1, ESTABLISHED, ESTABLISHED, .len = 10, PASSED_HERE),
	};
	static const struct fsm_line offload[] = {
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED, PASSED_HERE, .ts = 5001,
		       .offloaded = true),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, opening);
	if (gaps)
		FSM_PLAY(script, behind_gaps);
	FSM_PLAY(script, offload);
	return script;
}

/* Linux's timestamps may count microseconds: 2^31 of them pass in 36 minutes. */
static void timestamps_after_a_flowtable_may_be_any(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 90001, 70001, ESTABLISHED, ESTABLISHED, .len = 10, PASSED_HERE,
		       .ts = 0x90001000),
		FROM_B(PSH_ACK, 70001, 90011, ESTABLISHED, ESTABLISHED, .len = 10, PASSED_HERE,
		       .ts = 0x90005000),
		FROM_A(ACK, 90011, 70011, ESTABLISHED, ESTABLISHED, PASSED_HERE,
		       .ts = 0x90001001),
		FROM_B(PSH_ACK, 70011, 90011, ESTABLISHED, ESTABLISHED, .len = 10, PASSED_HERE,
		       .ts = 0x90004000, .notes = OLD_TS),
	};

	FSM_PLAY(offloaded(test, false), lines);
}

/* What was missing then was sent again meanwhile, or the connection would not go on. */
static void gaps_do_not_outlast_a_flowtable(struct kunit *test)
{
	static const struct fsm_line from_a[] = {
		FROM_A(PSH_ACK, 90001, 70001, ESTABLISHED, ESTABLISHED, .len = 10, PASSED_HERE),
	};
	static const struct fsm_line from_b[] = {
		FROM_B(PSH_ACK, 70001, 90001, ESTABLISHED, ESTABLISHED, .len = 10, PASSED_HERE),
	};
	struct fsm_script *script = offloaded(test, true);

	FSM_PLAY(script, from_a);
	KUNIT_EXPECT_EQ(test, fsm_rcv_nxt(script, A), 70001);
	KUNIT_EXPECT_EQ(test, fsm_rcv_nxt(script, B), 90011);
	script = offloaded(test, true);
	FSM_PLAY(script, from_b);
	KUNIT_EXPECT_EQ(test, fsm_rcv_nxt(script, A), 70011);
	KUNIT_EXPECT_EQ(test, fsm_rcv_nxt(script, B), 90001);
}

static u64 bytes_of_b(const struct fsm_script *script)
{
	return tcpstate_conn_bytes(&script->front.conn, B);
}

/*
 * If it was sent before its sender was first seen, it is none of the bytes. But an end that
 * is never heard is counted by what is acknowledged, and one that is known by its numbers.
 */
static void acknowledged_bytes_count_unless_they_were_sent_before(struct kunit *test)
{
	static const struct fsm_line unheard[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_A(ACK, 11, 5001, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line sent_before[] = {
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_A(ACK, 1, 5001, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line sent_elsewhere[] = {
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_A(ACK, 1, 11, ESTABLISHED, ESTABLISHED),
		FROM_A(ACK, 1, 511, ESTABLISHED, ESTABLISHED, .local = true,
		       .notes = CHALLENGE),
	};
	static const struct fsm_line after_its_syn[] = {
		FROM_A(PSH_ACK, 90001, 70001, ESTABLISHED, ESTABLISHED, .len = 10, PASSED_HERE),
		FROM_A(PSH_ACK, 90011, 70501, ESTABLISHED, ESTABLISHED, .len = 10, PASSED_HERE),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, unheard);
	KUNIT_EXPECT_EQ(test, bytes_of_b(script), 5000);
	script = fsm_new(test);
	FSM_PLAY(script, sent_before);
	KUNIT_EXPECT_EQ(test, bytes_of_b(script), 10);
	script = fsm_new(test);
	FSM_PLAY(script, sent_elsewhere);
	KUNIT_EXPECT_EQ(test, bytes_of_b(script), 510);
	script = offloaded(test, false);
	FSM_PLAY(script, after_its_syn);
	KUNIT_EXPECT_EQ(test, bytes_of_b(script), 70500);
}

/* Nothing can have been sent behind a FIN, wherever the connection was picked up. */
static void ack_beyond_a_fin_moves_no_number(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 50, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* Until each end has acknowledged all, a retransmission may have picked them up. */
static void numbers_stay_lower_bounds_until_both_ends_have_acknowledged_all(struct kunit *test)
{
	/* B's data was sent again: more of it is on the way already. */
	static const struct fsm_line data_again[] = {
		FROM_B(PSH_ACK, 5000, 1000, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_A(ACK, 1000, 4900, ESTABLISHED, ESTABLISHED),
		FROM_B(ACK, 5010, 1000, ESTABLISHED, ESTABLISHED),
		FROM_A(ACK, 1000, 5510, ESTABLISHED, ESTABLISHED),
	};
	/* The first segment that returns has the last numbers that passed here. */
	static const struct fsm_line returned[] = {
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, PASSED_HERE),
		FROM_B(ACK, 1, 501, ESTABLISHED, ESTABLISHED, PASSED_HERE),
	};

	FSM_PLAY(fsm_new(test), data_again);
	FSM_PLAY(offloaded(test, false), returned);
}

/* It may acknowledge less than what was first seen; its window is one all the same. */
static void first_ack_of_a_picked_up_connection_offers_a_window(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1000, 5000, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_B(ACK, 5000, 900, ESTABLISHED, ESTABLISHED, .win = 1),
		FROM_A(PSH_ACK, 901 + (1 << 14), 5000, ESTABLISHED, ESTABLISHED, .len = 10,
		       .notes = IGNORED),
		FROM_A(PSH_ACK, 900 + (1 << 14), 5000, ESTABLISHED, ESTABLISHED, .len = 10),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* A local initiator's ACK of a number that is not the SYN/ACK's offers that window only. */
static void local_ack_from_before_the_syn_offers_no_window(struct kunit *test)
{
	static const struct fsm_line opening[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .local = true),
		FROM_B(SYN_ACK, 300, 1, SYN_SENT, SYN_RECEIVED),
	};
	static const struct fsm_line other[] = {
		FROM_A(ACK, 1, -1000000u, SYN_SENT, SYN_RECEIVED, .local = true,
		       .notes = CHALLENGE),
		FROM_B(PSH_ACK, 301, 1, SYN_SENT, SYN_RECEIVED, .len = 10),
	};
	static const struct fsm_line of_the_syn[] = {
		FROM_A(ACK, 1, 300, SYN_SENT, SYN_RECEIVED, .local = true, .notes = CHALLENGE),
		FROM_B(PSH_ACK, 302 + FSM_WINDOW, 1, SYN_SENT, SYN_RECEIVED, .len = 10,
		       .notes = IGNORED),
		FROM_B(PSH_ACK, 301 + FSM_WINDOW, 1, SYN_SENT, SYN_RECEIVED, .len = 10),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, opening);
	FSM_PLAY(script, other);
	script = fsm_new(test);
	FSM_PLAY(script, opening);
	FSM_PLAY(script, of_the_syn);
}

static struct kunit_case fsm_elsewhere_cases[] = {
	FSM_CASE(number_that_fits_and_one_ahead_show_a_pick_up),
	FSM_CASE(closing_connection_is_not_picked_up_elsewhere),
	FSM_CASE(end_that_has_acknowledged_nothing_is_not_picked_up),
	FSM_CASE(retransmission_takes_no_bytes_back),
	FSM_CASE(forwarded_segment_of_an_end_to_itself_picks_nothing_up),
	FSM_CASE(syn_is_no_return_from_a_flowtable),
	FSM_CASE(first_adjusted_segment_opens_both_ends),
	FSM_CASE(adjusted_connection_has_a_window_of_unknown_scale),
	FSM_CASE(only_an_opening_initiator_says_which_syn_ack_it_has_taken),
	FSM_CASE(timestamps_after_a_flowtable_may_be_any),
	FSM_CASE(gaps_do_not_outlast_a_flowtable),
	FSM_CASE(acknowledged_bytes_count_unless_they_were_sent_before),
	FSM_CASE(ack_beyond_a_fin_moves_no_number),
	FSM_CASE(numbers_stay_lower_bounds_until_both_ends_have_acknowledged_all),
	FSM_CASE(first_ack_of_a_picked_up_connection_offers_a_window),
	FSM_CASE(local_ack_from_before_the_syn_offers_no_window),
	{}
};

static struct kunit_suite fsm_elsewhere_suite = {
	.name = "tcpstate_fsm_elsewhere",
	.test_cases = fsm_elsewhere_cases,
};

kunit_test_suite(fsm_elsewhere_suite);
