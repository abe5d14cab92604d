// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections whose segments passed elsewhere: before the first that was seen, behind a
 * SYNPROXY, or through a flowtable.
 */
#include "fsm_cases.h"

/* After insmod, each idle connection is first seen by one of these. */
static void keepalive_probe_picks_a_connection_up(struct kunit *test)
{
	static const struct fsm_line closed_by_a[] = {
		FROM_A(ACK, 999, 5000, ESTABLISHED, ESTABLISHED),
		FROM_B(ACK, 5000, 1000, ESTABLISHED, ESTABLISHED),
		FROM_A(ACK, 999, 5000, ESTABLISHED, ESTABLISHED,
		       .notes = IGNORED | TCPSTATE_NOTE_KEEPALIVE),
		FROM_B(ACK, 5000, 1000, ESTABLISHED, ESTABLISHED),
		FROM_A(FIN_ACK, 1000, 5000, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 5000, 1001, FIN_WAIT_2, CLOSE_WAIT),
		FROM_B(FIN_ACK, 5000, 1001, FIN_WAIT_2, LAST_ACK),
		FROM_A(ACK, 1001, 5001, TIME_WAIT, CLOSED),
	};
	static const struct fsm_line closed_by_b[] = {
		FROM_A(ACK, 999, 5000, ESTABLISHED, ESTABLISHED),
		FROM_B(FIN_ACK, 5000, 1000, ESTABLISHED, FIN_WAIT_1),
		FROM_A(ACK, 1000, 5001, CLOSE_WAIT, FIN_WAIT_2),
	};
	static const struct fsm_line reset_by_a[] = {
		FROM_A(ACK, 999, 5000, ESTABLISHED, ESTABLISHED),
		FROM_B(ACK, 5000, 1000, ESTABLISHED, ESTABLISHED),
		FROM_A(RST_ACK, 1000, 5000, CLOSED, CLOSED),
	};
	static const struct fsm_line reset_at_once[] = {
		FROM_A(ACK, 999, 5000, ESTABLISHED, ESTABLISHED),
		FROM_A(RST_ACK, 1000, 5000, CLOSED, CLOSED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, closed_by_a);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 0);
	fsm_expect_flags(script, TCPSTATE_F_CLOSER | TCPSTATE_F_CLOSER << 1, TCPSTATE_F_CLOSER);
	FSM_PLAY(fsm_new(test), closed_by_b);
	FSM_PLAY(fsm_new(test), reset_by_a);
	FSM_PLAY(fsm_new(test), reset_at_once);
}

static void retransmission_picks_a_connection_up(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 100, 5000, ESTABLISHED, ESTABLISHED, .len = 100),
		/* The other end had all of it but that. */
		FROM_B(ACK, 5000, 900, ESTABLISHED, ESTABLISHED),
		FROM_B(PSH_ACK, 5000, 900, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_A(FIN_ACK, 900, 5010, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 5010, 901, FIN_WAIT_2, CLOSE_WAIT),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_LOOSE, 0);
}

/* Once both have acknowledged all, a number that was never sent is refused as ever. */
static void picked_up_numbers_are_exact_when_both_ends_are_in_step(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(ACK, 1000, 5000, ESTABLISHED, ESTABLISHED),
		FROM_A(RST, 900, 0, ESTABLISHED, ESTABLISHED, .notes = IGNORED),
		FROM_B(ACK, 5000, 1000, ESTABLISHED, ESTABLISHED),
		FROM_B(ACK, 5000, 1100, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
		FROM_A(RST, 1100, 0, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* One forged segment cannot put a router's record out of step for good. */
static void far_number_on_a_router_does_not_stay(struct kunit *test)
{
	static const struct fsm_line live[] = {
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .forwarded = true),
		FROM_A(PSH_ACK, 0x40000000, 0x30000000, ESTABLISHED, ESTABLISHED, .len = 10,
		       .forwarded = true, .notes = IGNORED, .after_us = 900000),
	};
	static const struct fsm_line lines[] = {
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .forwarded = true),
		FROM_A(PSH_ACK, 0x40000000, 0x30000000, ESTABLISHED, ESTABLISHED, .len = 10,
		       .forwarded = true, .after_us = 1000000),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10,
		       .forwarded = true, .free_notes = IGNORED),
		FROM_B(ACK, 1, 11, ESTABLISHED, ESTABLISHED, .forwarded = true,
		       .free_notes = IGNORED),
		FROM_A(PSH_ACK, 11, 1, ESTABLISHED, ESTABLISHED, .len = 10,
		       .forwarded = true, .free_notes = IGNORED),
		FROM_B(PSH_ACK, 1, 21, ESTABLISHED, ESTABLISHED, .len = 10, .forwarded = true),
		FROM_A(FIN_ACK, 21, 11, FIN_WAIT_1, ESTABLISHED, .forwarded = true),
		FROM_B(ACK, 11, 22, FIN_WAIT_2, CLOSE_WAIT, .forwarded = true),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, live);
	fsm_expect_flags(script, TCPSTATE_F_MIDSTREAM, 0);
	FSM_PLAY(fsm_opened(test), lines);
}

/* Numbers are circular: the one before 0 is large, and yet earlier. */
static void picked_up_number_before_the_first_adds_no_bytes(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 5, 5000, ESTABLISHED, ESTABLISHED, .len = 10, .forwarded = true),
		FROM_B(ACK, 5000, 5, ESTABLISHED, ESTABLISHED, .forwarded = true),
		/* An old duplicate, from before the first number that was seen */
		FROM_A(PSH_ACK, -100u, 5000, ESTABLISHED, ESTABLISHED, .len = 50,
		       .forwarded = true),
		FROM_A(PSH_ACK, 15, 5000, ESTABLISHED, ESTABLISHED, .len = 10, .forwarded = true),
		FROM_B(ACK, 5000, 25, ESTABLISHED, ESTABLISHED, .forwarded = true),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_LE(test, tcpstate_conn_bytes(&script->front.conn, A), 125);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, B), 0);
}

/* What it acknowledges was sent before the RST, though not where it could be seen. */
static void rst_of_a_picked_up_connection_holds_against_acks_that_crossed_it(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(PSH_ACK, 1000, 50, ESTABLISHED, ESTABLISHED, .len = 100,
		       .forwarded = true),
		FROM_B(RST_ACK, 9000, 50, CLOSED, CLOSED, .forwarded = true),
		FROM_A(ACK, 50, 5000, CLOSED, CLOSED, .forwarded = true),
		FROM_A(ACK, 50, 7000, CLOSED, CLOSED, .forwarded = true),
		FROM_A(ACK, 50, 7000, CLOSED, CLOSED, .forwarded = true),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_RETRACTED, 0);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_RESET_BY_RESPONDER);
}

/*
 * A SYNPROXY answers the SYN with a number of its own, opens the connection to the server
 * itself, and has conntrack change the server's numbers from then on.
 */
static void connection_behind_a_synproxy_opens_at_its_first_adjusted_segment(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(SYN_ACK, 777000, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(SYN, 0, 0, SYN_SENT, SYN_RECEIVED, .notes = REPEAT),
		FROM_A(ACK, 1, 3001, SYN_SENT, SYN_RECEIVED, .free_notes = 0xff),
		FROM_A(PSH_ACK, 1, 3001, ESTABLISHED, ESTABLISHED, .len = 1000,
		       .forwarded = true, .adjusted = true,
		       .transitions = { TRANSITION(A, RCV_SYN_ACK),
					TRANSITION(B, RCV_ACK_OF_SYN) }),
		FROM_B(PSH_ACK, 3001, 1001, ESTABLISHED, ESTABLISHED, .len = 2000,
		       .forwarded = true, .adjusted = true),
		FROM_A(ACK, 1001, 5001, ESTABLISHED, ESTABLISHED, .forwarded = true,
		       .adjusted = true),
		FROM_B(FIN_ACK, 5001, 1001, ESTABLISHED, FIN_WAIT_1, .forwarded = true,
		       .adjusted = true),
		FROM_A(ACK, 1001, 5002, CLOSE_WAIT, FIN_WAIT_2, .forwarded = true,
		       .adjusted = true),
	};
	struct fsm_script *script = fsm_new(test);

	script->uncounted = true;
	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_ADJUSTED, TCPSTATE_F_ADJUSTED);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_NONE);
}

/* A SYNPROXY changes timestamps as well, so the server's may seem older than its own. */
static void timestamps_behind_a_synproxy_begin_with_adjustment(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .ts = 10),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .ts = 76952),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .ts = 11),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED, .ts = 12,
		       .forwarded = true, .adjusted = true),
		FROM_B(FIN_ACK, 1, 2, FIN_WAIT_2, LAST_ACK, .ts = 100,
		       .forwarded = true, .adjusted = true),
		FROM_A(ACK, 2, 2, TIME_WAIT, CLOSED, .ts = 13,
		       .forwarded = true, .adjusted = true),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* A helper that begins to change numbers leaves those that have passed. */
static void adjusted_segment_in_step_changes_nothing_else(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 20, .forwarded = true),
		FROM_B(PSH_ACK, 1, 21, ESTABLISHED, ESTABLISHED, .len = 20, .forwarded = true,
		       .adjusted = true),
		FROM_A(RST, 500, 0, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE,
		       .forwarded = true, .adjusted = true),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_ADJUSTED | TCPSTATE_F_MIDSTREAM, TCPSTATE_F_ADJUSTED);
}

/* Packets return when the flowtable gives the connection back: with its FIN, or a RST. */
static void packets_that_return_from_a_flowtable_are_a_pick_up(struct kunit *test)
{
	static const struct fsm_line offload[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10, .forwarded = true),
		FROM_B(ACK, 1, 11, ESTABLISHED, ESTABLISHED, .forwarded = true,
		       .offloaded = true),
	};
	static const struct fsm_line fin[] = {
		FROM_A(FIN_ACK, 900000, 70000, FIN_WAIT_1, ESTABLISHED, .forwarded = true),
		FROM_B(ACK, 70000, 900001, FIN_WAIT_2, CLOSE_WAIT, .forwarded = true),
		FROM_B(FIN_ACK, 70000, 900001, FIN_WAIT_2, LAST_ACK, .forwarded = true),
		FROM_A(ACK, 900001, 70001, TIME_WAIT, CLOSED, .forwarded = true),
	};
	static const struct fsm_line rst[] = {
		FROM_B(RST_ACK, 70000, 900000, CLOSED, CLOSED, .forwarded = true),
	};
	static const struct fsm_line bare_rst[] = {
		FROM_B(RST, 70000, 0, CLOSED, CLOSED, .forwarded = true),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, offload);
	fsm_expect_flags(script, TCPSTATE_F_OFFLOADED, TCPSTATE_F_OFFLOADED);
	FSM_PLAY(script, fin);
	fsm_expect_flags(script, TCPSTATE_F_OFFLOADED | TCPSTATE_F_MIDSTREAM, TCPSTATE_F_MIDSTREAM);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_CLOSED);
	script = fsm_opened(test);
	FSM_PLAY(script, offload);
	FSM_PLAY(script, rst);
	script = fsm_opened(test);
	FSM_PLAY(script, offload);
	FSM_PLAY(script, bare_rst);
}

/* Another path has carried a segment: one number shows it, and the other one fits. */
static void router_that_misses_a_segment_follows_the_close(struct kunit *test)
{
	static const struct fsm_line data_unseen[] = {
		FROM_B(ACK, 1, 5, ESTABLISHED, ESTABLISHED, .forwarded = true),
		FROM_B(FIN_ACK, 1, 5, ESTABLISHED, FIN_WAIT_1, .forwarded = true),
		FROM_A(FIN_ACK, 5, 2, LAST_ACK, FIN_WAIT_2, .forwarded = true),
		FROM_B(ACK, 2, 6, CLOSED, TIME_WAIT, .forwarded = true),
	};
	static const struct fsm_line acks_unseen[] = {
		FROM_A(PSH_ACK, FSM_WINDOW + 5000, 1, ESTABLISHED, ESTABLISHED, .len = 10,
		       .forwarded = true),
		FROM_A(FIN_ACK, FSM_WINDOW + 5010, 1, FIN_WAIT_1, ESTABLISHED,
		       .forwarded = true),
		FROM_B(ACK, 1, FSM_WINDOW + 5011, FIN_WAIT_2, CLOSE_WAIT,
		       .forwarded = true),
	};
	static const struct fsm_line more_than_offered[] = {
		FROM_B(ACK, 1, FSM_WINDOW + 2, ESTABLISHED, ESTABLISHED,
		       .forwarded = true, .notes = CHALLENGE),
	};
	/* Its sender may have guessed, and nothing would take it back. */
	static const struct fsm_line fin[] = {
		FROM_B(FIN_ACK, 1, 5, ESTABLISHED, ESTABLISHED, .forwarded = true,
		       .notes = CHALLENGE),
	};

	FSM_PLAY(fsm_opened(test), data_unseen);
	FSM_PLAY(fsm_opened(test), acks_unseen);
	FSM_PLAY(fsm_opened(test), more_than_offered);
	FSM_PLAY(fsm_opened(test), fin);
}

/* Late copies of a connection that was picked up, and then really reset. */
static void late_copies_do_not_disprove_the_rst_of_a_picked_up_connection(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(ACK, 1, 1449, ESTABLISHED, ESTABLISHED, .forwarded = true),
		FROM_A(RST, 1, 0, CLOSED, CLOSED, .forwarded = true),
		FROM_B(ACK, 1, 1, CLOSED, CLOSED, .forwarded = true, .free_notes = 0xff),
		FROM_B(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 1448, .forwarded = true,
		       .free_notes = 0xff),
		FROM_A(ACK, 1, 1449, CLOSED, CLOSED, .forwarded = true, .free_notes = 0xff),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* The initiator takes the first SYN/ACK; one that is forged may pass last. */
static void initiator_says_which_syn_ack_it_has_taken(struct kunit *test)
{
	static const struct fsm_line forged[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .forwarded = true),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .forwarded = true),
		FROM_B(SYN_ACK, 7000, 1, SYN_SENT, SYN_RECEIVED, .forwarded = true,
		       .notes = REPEAT),
	};
	static const struct fsm_line goes_on[] = {
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .forwarded = true),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED, .forwarded = true),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT, .forwarded = true),
		FROM_B(FIN_ACK, 1, 2, FIN_WAIT_2, LAST_ACK, .forwarded = true),
		FROM_A(ACK, 2, 2, TIME_WAIT, CLOSED, .forwarded = true),
	};
	/*
	 * A segment of the initiator that does not go on from its SYN proves nothing, nor
	 * does an ACK of a SYN/ACK that has not passed.
	 */
	static const struct fsm_line misses[] = {
		FROM_A(ACK, 2, 1, SYN_SENT, SYN_RECEIVED, .forwarded = true,
		       .free_notes = 0xff),
		FROM_A(ACK, 1, 5001, SYN_SENT, SYN_RECEIVED, .forwarded = true,
		       .free_notes = 0xff),
		FROM_A(ACK, 1, 7001, ESTABLISHED, ESTABLISHED, .forwarded = true),
	};
	/* A local responder judges by the number that it has sent itself. */
	static const struct fsm_line to_responder[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .local = true),
		FROM_A(ACK, 1, 7001, SYN_SENT, SYN_RECEIVED, .free_notes = 0xff),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, forged);
	FSM_PLAY(script, goes_on);
	script = fsm_new(test);
	FSM_PLAY(script, forged);
	FSM_PLAY(script, misses);
	FSM_PLAY(fsm_new(test), to_responder);
}

/* Host A answers the first SYN/ACK with a RST and takes the second; then a copy comes late. */
static void late_copy_of_the_first_syn_ack_leaves_the_second(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .forwarded = true),
		FROM_B(SYN_ACK, 70000, 1, SYN_SENT, SYN_RECEIVED, .forwarded = true),
		FROM_A(RST, 1, 0, CLOSED, CLOSED, .forwarded = true),
		FROM_B(SYN_ACK, 0, 1, CLOSED, CLOSED, .forwarded = true, .free_notes = 0xff),
		FROM_B(SYN_ACK, 70000, 1, CLOSED, CLOSED, .forwarded = true,
		       .free_notes = 0xff),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .forwarded = true, .notes = UNDO),
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10, .forwarded = true),
	};

	FSM_PLAY(fsm_new(test), lines);
}

static struct kunit_case fsm_pickup_cases[] = {
	FSM_CASE(initiator_says_which_syn_ack_it_has_taken),
	FSM_CASE(keepalive_probe_picks_a_connection_up),
	FSM_CASE(retransmission_picks_a_connection_up),
	FSM_CASE(picked_up_numbers_are_exact_when_both_ends_are_in_step),
	FSM_CASE(picked_up_number_before_the_first_adds_no_bytes),
	FSM_CASE(rst_of_a_picked_up_connection_holds_against_acks_that_crossed_it),
	FSM_CASE(far_number_on_a_router_does_not_stay),
	FSM_CASE(late_copies_do_not_disprove_the_rst_of_a_picked_up_connection),
	FSM_CASE(router_that_misses_a_segment_follows_the_close),
	FSM_CASE(connection_behind_a_synproxy_opens_at_its_first_adjusted_segment),
	FSM_CASE(timestamps_behind_a_synproxy_begin_with_adjustment),
	FSM_CASE(adjusted_segment_in_step_changes_nothing_else),
	FSM_CASE(packets_that_return_from_a_flowtable_are_a_pick_up),
	FSM_CASE(late_copy_of_the_first_syn_ack_leaves_the_second),
	{}
};

static struct kunit_suite fsm_pickup_suite = {
	.name = "tcpstate_fsm_pickup",
	.test_cases = fsm_pickup_cases,
};

kunit_test_suite(fsm_pickup_suite);
