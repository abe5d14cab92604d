// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which segments count: window, scale, acknowledgment, timestamps, holes,
 * probes (RFC 9293 3.10.7.4, RFC 5961 5.2, RFC 7323).
 */
#include "fsm_cases.h"

static void segment_wholly_before_the_last_ack_is_ignored(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 99,
		       .notes = IGNORED),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

static void segment_beyond_the_largest_edge_is_ignored(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(ACK, FSM_WINDOW + 2, 1, ESTABLISHED, ESTABLISHED,
		       .len = 1, .notes = IGNORED),
		FROM_A(ACK, FSM_WINDOW, 1, ESTABLISHED, ESTABLISHED, .len = 1),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* A receiver may shrink its window, but what it once offered may be in flight. */
static void largest_edge_stays_when_the_window_shrinks(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .win = 100),
		FROM_A(ACK, 5000, 1, ESTABLISHED, ESTABLISHED, .len = 100),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

static void ack_of_what_was_never_sent_is_ignored(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 2, ESTABLISHED, ESTABLISHED,
		       .notes = IGNORED, .free_notes = TCPSTATE_NOTE_CHALLENGE),
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 1),
		FROM_A(FIN_ACK, 1, 2, FIN_WAIT_1, ESTABLISHED),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* RFC 5961, 5.2: not below SND.UNA - MAX.SND.WND. */
static void ack_more_than_a_window_old_is_ignored(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .win = 65535),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 60000),
		FROM_A(ACK, 1, 60001, ESTABLISHED, ESTABLISHED, .win = 65535),
		FROM_B(ACK, 60001, 1, ESTABLISHED, ESTABLISHED, .len = 60000),
		FROM_A(ACK, 1, 120001, ESTABLISHED, ESTABLISHED, .win = 65535),
		FROM_A(FIN_ACK, 1, 50000, ESTABLISHED, ESTABLISHED,
		       .win = 65535, .notes = IGNORED,
		       .free_notes = TCPSTATE_NOTE_CHALLENGE),
		FROM_A(FIN_ACK, 1, 120001 - 65535, FIN_WAIT_1, ESTABLISHED,
		       .win = 65535),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

static void window_scale_counts_when_both_syns_offered_it(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .scale = SCALE_0),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .scale = 7,
		       .win = 100),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .win = 200),
		/* The window of a SYN/ACK is never scaled. */
		FROM_A(ACK, 102, 1, ESTABLISHED, ESTABLISHED, .len = 10,
		       .win = 200, .notes = IGNORED),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .win = 100),
		FROM_A(ACK, 12801, 1, ESTABLISHED, ESTABLISHED, .len = 10,
		       .win = 200),
		FROM_A(ACK, 12802, 1, ESTABLISHED, ESTABLISHED, .len = 10,
		       .win = 200, .notes = IGNORED),
		/* The SYN's own window of 10000 is the largest edge here. */
		FROM_B(ACK, 10001, 1, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_B(ACK, 10002, 1, ESTABLISHED, ESTABLISHED, .len = 10,
		       .notes = IGNORED),
	};

	FSM_PLAY(fsm_new(test), lines);
}

static void window_scale_of_one_syn_counts_for_nobody(struct kunit *test)
{
	static const struct fsm_line responder_has_none[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .scale = 7, .win = 100),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .win = 100),
		FROM_B(ACK, 102, 1, ESTABLISHED, ESTABLISHED, .len = 10,
		       .notes = IGNORED),
	};
	static const struct fsm_line initiator_has_none[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .scale = 7,
		       .win = 100),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .win = 100),
		FROM_A(ACK, 102, 1, ESTABLISHED, ESTABLISHED, .len = 10,
		       .notes = IGNORED),
	};

	FSM_PLAY(fsm_new(test), responder_has_none);
	FSM_PLAY(fsm_new(test), initiator_has_none);
}

/* 65535 << 14 is a window of almost 2^30. */
static void largest_window_scale_is_14(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .scale = 14),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .scale = 14),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .win = 65535),
		FROM_A(ACK, 0x3fffc001, 1, ESTABLISHED, ESTABLISHED, .len = 9),
		FROM_A(ACK, 0x3fffc002, 1, ESTABLISHED, ESTABLISHED, .len = 9,
		       .notes = IGNORED),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* The SYNs were not seen, so any scale up to 14 may be in force. */
static void window_of_a_picked_up_connection_may_be_scaled(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_B(ACK, 1, 11, ESTABLISHED, ESTABLISHED, .win = 500),
		FROM_A(ACK, 11, 1, ESTABLISHED, ESTABLISHED, .len = 30000),
		FROM_A(FIN_ACK, 30011, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 30012, FIN_WAIT_2, CLOSE_WAIT),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* The SYN/ACK tells that nothing is scaled, or leaves open how far. */
static void window_after_a_syn_ack_alone_may_be_scaled_if_it_says_so(struct kunit *test)
{
	static const struct fsm_line without[] = {
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .win = 200),
		FROM_B(ACK, 20001, 1, ESTABLISHED, ESTABLISHED, .len = 10,
		       .notes = IGNORED),
	};
	static const struct fsm_line with[] = {
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .scale = 7),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .win = 200),
		FROM_B(ACK, 20001, 1, ESTABLISHED, ESTABLISHED, .len = 10),
	};

	FSM_PLAY(fsm_new(test), without);
	FSM_PLAY(fsm_new(test), with);
}

static void edge_of_what_is_picked_up_again_counts_from_there(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 500001, 1, ESTABLISHED, ESTABLISHED, .len = 100,
		       .forwarded = true, .after_us = 1000000),
		FROM_B(ACK, 1, 500101, ESTABLISHED, ESTABLISHED, .win = 1000,
		       .forwarded = true),
		FROM_A(FIN_ACK, 600001, 1, ESTABLISHED, ESTABLISHED,
		       .forwarded = true, .notes = IGNORED),
		FROM_A(FIN_ACK, 500101, 1, FIN_WAIT_1, ESTABLISHED,
		       .forwarded = true),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

static void window_after_a_syn_ack_that_passed_elsewhere_may_be_scaled(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .scale = 7),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .win = 200),
		FROM_A(FIN_ACK, 20001, 1, FIN_WAIT_1, ESTABLISHED),
	};

	FSM_PLAY(fsm_new(test), lines);
}

static struct fsm_script *fsm_opened_stamped(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .ts = 1000),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .ts = 5000),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .ts = 1010),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .ts = 5010),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	return script;
}

static void old_timestamp_makes_a_segment_unacceptable(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .ts = 900,
		       .notes = OLD_TS),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED, .ts = 1010),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT, .ts = 5020),
		FROM_B(FIN_ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT, .ts = 4000,
		       .notes = OLD_TS),
	};

	FSM_PLAY(fsm_opened_stamped(test), lines);
}

/* It is answered with a challenge ACK, and read no further (RFC 5961, 4.2). */
static void repeated_syn_ack_leaves_the_timestamp(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .ts = 1000),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .ts = 5000),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .ts = 1000),
		FROM_B(SYN_ACK, 0, 1, ESTABLISHED, ESTABLISHED, .ts = 5003,
		       .notes = REPEAT),
		FROM_B(FIN_ACK, 1, 1, ESTABLISHED, FIN_WAIT_1, .ts = 5001),
		FROM_A(ACK, 1, 2, CLOSE_WAIT, FIN_WAIT_2, .ts = 1001),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* Linux's tcp_disordered_ack(): reordered among acknowledgments. */
static void repeated_pure_ack_may_have_an_old_timestamp(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .ts = 900),
	};

	FSM_PLAY(fsm_opened_stamped(test), lines);
}

/* The first ACK of an end repeats none, so its timestamp counts (tcp_check_req()). */
static void third_segment_may_not_have_an_old_timestamp(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .ts = 1000),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .ts = 5000),
		FROM_A(ACK, 1, 1, SYN_SENT, SYN_RECEIVED, .ts = 900, .notes = OLD_TS),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .ts = 1010),
	};

	FSM_PLAY(fsm_new(test), lines);
}

static void segment_without_a_timestamp_is_not_judged_by_it(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_A(FIN_ACK, 11, 1, FIN_WAIT_1, ESTABLISHED),
	};

	FSM_PLAY(fsm_opened_stamped(test), lines);
}

static void rst_is_exempt_from_paws(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED, .ts = 900,
		       .free_notes = TCPSTATE_NOTE_PAWS),
	};

	FSM_PLAY(fsm_opened_stamped(test), lines);
}

/* RFC 7323, 4.3: TS.Recent is taken of what covers the last ACK sent. */
static void reordered_segment_may_be_older_than_one_beyond_a_gap(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(ACK, 101, 1, ESTABLISHED, ESTABLISHED, .len = 100,
		       .ts = 2000),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .ts = 5020),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100,
		       .ts = 1500),
		FROM_B(ACK, 1, 201, ESTABLISHED, ESTABLISHED, .ts = 5030),
		FROM_A(ACK, 201, 1, ESTABLISHED, ESTABLISHED, .len = 100,
		       .ts = 1400, .notes = OLD_TS),
	};

	FSM_PLAY(fsm_opened_stamped(test), lines);
}

/* The same where the first one that is seen lies beyond a gap. */
static void first_timestamp_of_a_picked_up_connection_lies_within_its_ack(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED, .ts = 1000),
		FROM_B(ACK, 2, 2, FIN_WAIT_2, CLOSE_WAIT, .ts = 5010),
		FROM_B(FIN_ACK, 1, 2, FIN_WAIT_2, LAST_ACK, .ts = 5000),
		FROM_A(ACK, 2, 2, TIME_WAIT, CLOSED, .ts = 1010),
	};

	FSM_PLAY(fsm_new(test), lines);
}

static void segment_that_is_ignored_leaves_no_timestamp(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(ACK, 0x70000000, 1, ESTABLISHED, ESTABLISHED, .len = 1,
		       .ts = 0x10000000, .notes = IGNORED),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 1,
		       .ts = 1020),
	};

	FSM_PLAY(fsm_opened_stamped(test), lines);
}

static void keepalive_is_recognised_and_moves_nobody(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(ACK, 0, 1, ESTABLISHED, ESTABLISHED,
		       .notes = TCPSTATE_NOTE_KEEPALIVE, .free_notes = IGNORED,
		       .after_us = 3600000000u),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		/* The old way, with one byte of garbage. */
		FROM_A(ACK, 0, 1, ESTABLISHED, ESTABLISHED, .len = 1,
		       .notes = TCPSTATE_NOTE_KEEPALIVE, .free_notes = IGNORED),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 0);
}

static void zero_window_probe_is_recognised_and_moves_nobody(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = FSM_WINDOW),
		FROM_B(ACK, 1, 10001, ESTABLISHED, ESTABLISHED, .win = SHUT),
		/* Linux: an empty segment below what was acknowledged. */
		FROM_A(ACK, 10000, 1, ESTABLISHED, ESTABLISHED,
		       .notes = TCPSTATE_NOTE_ZERO_WINDOW,
		       .free_notes = IGNORED, .after_us = 1000000),
		FROM_B(ACK, 1, 10001, ESTABLISHED, ESTABLISHED, .win = SHUT),
		/* RFC 9293, 3.8.6.1: one byte of new data. */
		FROM_A(ACK, 10001, 1, ESTABLISHED, ESTABLISHED, .len = 1,
		       .notes = TCPSTATE_NOTE_ZERO_WINDOW,
		       .free_notes = IGNORED, .after_us = 1000000),
		FROM_B(ACK, 1, 10001, ESTABLISHED, ESTABLISHED, .win = SHUT),
		FROM_B(ACK, 1, 10001, ESTABLISHED, ESTABLISHED),
		FROM_A(ACK, 10001, 1, ESTABLISHED, ESTABLISHED, .len = 100),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

static void rcv_nxt_runs_ahead_of_a_delayed_ack(struct kunit *test)
{
	static const struct fsm_line data[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
	};
	static const struct fsm_line beyond_a_gap[] = {
		FROM_A(PSH_ACK, 201, 1, ESTABLISHED, ESTABLISHED, .len = 100),
	};
	static const struct fsm_line partly_filled[] = {
		FROM_A(PSH_ACK, 101, 1, ESTABLISHED, ESTABLISHED, .len = 50),
		FROM_A(PSH_ACK, 171, 1, ESTABLISHED, ESTABLISHED, .len = 30),
	};
	static const struct fsm_line acknowledged[] = {
		FROM_B(ACK, 1, 121, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line filled[] = {
		FROM_A(PSH_ACK, 151, 1, ESTABLISHED, ESTABLISHED, .len = 20),
		FROM_B(ACK, 1, 301, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line more[] = {
		FROM_A(PSH_ACK, 301, 1, ESTABLISHED, ESTABLISHED, .len = 100),
	};
	struct fsm_script *script = fsm_opened(test);

	KUNIT_EXPECT_EQ(test, fsm_rcv_nxt(script, B), 1);
	FSM_PLAY(script, data);
	KUNIT_EXPECT_EQ(test, fsm_rcv_nxt(script, B), 101);
	FSM_PLAY(script, beyond_a_gap);
	KUNIT_EXPECT_EQ(test, fsm_rcv_nxt(script, B), 101);
	FSM_PLAY(script, partly_filled);
	KUNIT_EXPECT_EQ(test, fsm_rcv_nxt(script, B), 151);
	FSM_PLAY(script, acknowledged);
	KUNIT_EXPECT_EQ(test, fsm_rcv_nxt(script, B), 151);
	KUNIT_EXPECT_TRUE(test, tcpstate_conn_has_hole(&script->front.conn, A));
	FSM_PLAY(script, filled);
	KUNIT_EXPECT_EQ(test, fsm_rcv_nxt(script, B), 301);
	KUNIT_EXPECT_FALSE(test, tcpstate_conn_has_hole(&script->front.conn, A));
	FSM_PLAY(script, more);
	KUNIT_EXPECT_EQ(test, fsm_rcv_nxt(script, B), 401);
	KUNIT_EXPECT_EQ(test, fsm_rcv_nxt(script, A), 1);
}

/* A flowtable carried the rest: what comes back to the hooks lies far ahead. */
static void forwarded_connection_is_picked_up_again_where_it_has_gone_on(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 5000000, 4000000, ESTABLISHED, ESTABLISHED,
		       .len = 100, .forwarded = true, .after_us = 1000000),
		FROM_B(ACK, 4000000, 5000100, ESTABLISHED, ESTABLISHED,
		       .forwarded = true),
		FROM_A(FIN_ACK, 5000100, 4000000, FIN_WAIT_1, ESTABLISHED,
		       .forwarded = true),
		FROM_B(FIN_ACK, 4000000, 5000101, FIN_WAIT_2, LAST_ACK,
		       .forwarded = true),
		FROM_A(ACK, 5000101, 4000001, TIME_WAIT, CLOSED,
		       .forwarded = true),
	};
	static const struct fsm_line local[] = {
		FROM_A(PSH_ACK, 5000000, 4000000, ESTABLISHED, ESTABLISHED,
		       .len = 100, .after_us = 1000000, .notes = IGNORED),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
	};
	static const struct fsm_line closing[] = {
		FROM_A(FIN_ACK, 5000000, 1, ESTABLISHED, ESTABLISHED,
		       .forwarded = true, .notes = TCPSTATE_NOTE_UNACCEPTABLE),
		FROM_A(RST_ACK, 5000000, 1, ESTABLISHED, ESTABLISHED,
		       .forwarded = true, .notes = TCPSTATE_NOTE_UNACCEPTABLE),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_MIDSTREAM, TCPSTATE_F_MIDSTREAM);
	FSM_PLAY(fsm_opened(test), local);
	FSM_PLAY(fsm_opened(test), closing);
}

static struct kunit_case fsm_sequence_cases[] = {
	FSM_CASE(forwarded_connection_is_picked_up_again_where_it_has_gone_on),
	FSM_CASE(segment_wholly_before_the_last_ack_is_ignored),
	FSM_CASE(segment_beyond_the_largest_edge_is_ignored),
	FSM_CASE(largest_edge_stays_when_the_window_shrinks),
	FSM_CASE(ack_of_what_was_never_sent_is_ignored),
	FSM_CASE(ack_more_than_a_window_old_is_ignored),
	FSM_CASE(window_scale_counts_when_both_syns_offered_it),
	FSM_CASE(window_scale_of_one_syn_counts_for_nobody),
	FSM_CASE(largest_window_scale_is_14),
	FSM_CASE(window_of_a_picked_up_connection_may_be_scaled),
	FSM_CASE(window_after_a_syn_ack_alone_may_be_scaled_if_it_says_so),
	FSM_CASE(window_after_a_syn_ack_that_passed_elsewhere_may_be_scaled),
	FSM_CASE(edge_of_what_is_picked_up_again_counts_from_there),
	FSM_CASE(old_timestamp_makes_a_segment_unacceptable),
	FSM_CASE(repeated_syn_ack_leaves_the_timestamp),
	FSM_CASE(repeated_pure_ack_may_have_an_old_timestamp),
	FSM_CASE(third_segment_may_not_have_an_old_timestamp),
	FSM_CASE(segment_without_a_timestamp_is_not_judged_by_it),
	FSM_CASE(rst_is_exempt_from_paws),
	FSM_CASE(reordered_segment_may_be_older_than_one_beyond_a_gap),
	FSM_CASE(first_timestamp_of_a_picked_up_connection_lies_within_its_ack),
	FSM_CASE(segment_that_is_ignored_leaves_no_timestamp),
	FSM_CASE(keepalive_is_recognised_and_moves_nobody),
	FSM_CASE(zero_window_probe_is_recognised_and_moves_nobody),
	FSM_CASE(rcv_nxt_runs_ahead_of_a_delayed_ack),
	{}
};

static struct kunit_suite fsm_sequence_suite = {
	.name = "tcpstate_fsm_sequence",
	.test_cases = fsm_sequence_cases,
};

kunit_test_suite(fsm_sequence_suite);
