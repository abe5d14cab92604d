// SPDX-License-Identifier: GPL-2.0-only
/*
 * A SYN on a tuple that already has a record: RFC 9293's figures 8 and 9, RFC
 * 5961's challenge, and which of two records the segments after it speak of.
 */
#include "fsm_cases.h"

#define NEW		.incarnation = TCPSTATE_INCARNATION_NEW
#define WAITING		.incarnation = TCPSTATE_INCARNATION_PENDING
#define TAKEOVER	.incarnation = TCPSTATE_INCARNATION_TAKEOVER

/* Figure 8 as seen near host A, where the old SYN does not pass. */
static void figure_8_seen_from_the_active_side(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 100, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 300, 91, SYN_SENT, LISTEN, .notes = IGNORED),
		FROM_A(RST, 91, 0, SYN_SENT, LISTEN,
		       .free_notes = IGNORED | CHALLENGE),
		FROM_B(SYN_ACK, 400, 101, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 101, 401, ESTABLISHED, ESTABLISHED),
		FROM_B(PSH_ACK, 401, 101, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(ACK, 101, 501, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, script->ended, 0);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, B), 100);
}

/* Figure 8 as seen near host B: the old SYN is the first that passes. */
static void figure_8_seen_from_the_passive_side(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 90, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 300, 91, SYN_SENT, SYN_RECEIVED),
		FROM_A(RST, 91, 0, CLOSED, CLOSED),
		FROM_A(SYN, 100, 0, CLOSED, CLOSED, NEW, .free_notes = 0xff,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(SYN_ACK, 400, 101, SYN_SENT, SYN_RECEIVED, TAKEOVER),
		FROM_A(ACK, 101, 401, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, script->ended, 1);
}

/* The repeat takes the refusal back, and host B's own SYN then crosses it. */
static void repeated_syn_of_a_refused_connection_meets_the_other_s_syn(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(RST_ACK, 0, 1, CLOSED, CLOSED),
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .notes = RETRACT),
		FROM_B(SYN, 300, 0, SYN_SENT, SYN_SENT),
		FROM_A(SYN, 0, 0, SYN_SENT, SYN_SENT, .notes = REPEAT),
		FROM_B(SYN_ACK, 300, 1, SYN_SENT, SYN_RECEIVED, .notes = REPEAT),
		FROM_A(ACK, 1, 301, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, script->ended, 0);
	fsm_expect_flags(script, TCPSTATE_F_SIMULTANEOUS, TCPSTATE_F_SIMULTANEOUS);
}

/* The same, where the duplicate was made further on: only host B's answer to it passes. */
static void syn_of_a_refused_connection_is_answered_further_on(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(RST_ACK, 0, 1, CLOSED, CLOSED),
		FROM_B(SYN, 300, 0, CLOSED, CLOSED, NEW, .free_notes = 0xff,
		       PENDING(LISTEN, SYN_SENT)),
		FROM_B(SYN_ACK, 300, 1, SYN_SENT, SYN_RECEIVED, TAKEOVER,
		       .free_notes = 0xff),
		FROM_A(ACK, 1, 301, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, script->ended, 1);
	fsm_expect_flags(script, TCPSTATE_F_SIMULTANEOUS, TCPSTATE_F_SIMULTANEOUS);
}

/* The same, where host A's ACK overtakes its SYN/ACK: it acknowledges the SYN that waits. */
static void ack_of_the_syn_that_waits_overtakes_its_syn_ack(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(RST_ACK, 0, 1, CLOSED, CLOSED),
		FROM_B(SYN, 300, 0, CLOSED, CLOSED, NEW, .free_notes = 0xff,
		       PENDING(LISTEN, SYN_SENT)),
		FROM_A(ACK, 1, 301, CLOSED, CLOSED, WAITING, .free_notes = 0xff,
		       PENDING(LISTEN, SYN_SENT)),
		FROM_A(SYN_ACK, 0, 301, SYN_RECEIVED, SYN_SENT, TAKEOVER),
		FROM_B(ACK, 301, 1, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, script->ended, 1);
}

/* What follows the SYN/ACK that is waited for may come before what it was sent behind. */
static void data_beyond_a_gap_is_of_the_connection_whose_syn_it_acknowledges(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(SYN, 700000, 0, SYN_SENT, LISTEN, NEW, .free_notes = 0xff,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(SYN_ACK, 0, 700001, SYN_SENT, LISTEN, WAITING,
		       PENDING(SYN_SENT, SYN_RECEIVED)),
		FROM_B(PSH_ACK, 21, 700001, SYN_SENT, LISTEN, WAITING, .len = 10,
		       PENDING(SYN_SENT, SYN_RECEIVED)),
		FROM_B(PSH_ACK, 100000, 700001, SYN_SENT, LISTEN, .len = 10, .notes = IGNORED,
		       PENDING(SYN_SENT, SYN_RECEIVED)),
		FROM_A(ACK, 700001, 1, ESTABLISHED, ESTABLISHED, TAKEOVER),
	};
	static const struct fsm_line after_a_refusal[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(SYN, 700000, 0, SYN_SENT, LISTEN, NEW, .free_notes = 0xff,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(RST_ACK, 0, 700001, CLOSED, CLOSED, WAITING, PENDING(CLOSED, CLOSED)),
		FROM_A(ACK, 700001, 1, CLOSED, CLOSED, WAITING, .notes = UNDO,
		       PENDING(ESTABLISHED, ESTABLISHED)),
		FROM_B(PSH_ACK, 537, 700001, ESTABLISHED, ESTABLISHED, TAKEOVER, .len = 10),
	};

	FSM_PLAY(fsm_new(test), lines);
	FSM_PLAY(fsm_new(test), after_a_refusal);
}

/* Nothing is heard of host B. Host A goes on from the SYN that waits, so its RST was forged. */
static void pending_record_whose_rst_is_disproved_takes_over(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(RST, 1, 0, CLOSED, LISTEN),
		FROM_A(SYN, 700000, 0, CLOSED, LISTEN, NEW, .free_notes = 0xff,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_A(RST, 700001, 0, CLOSED, LISTEN, WAITING, PENDING(CLOSED, LISTEN)),
		FROM_A(PSH_ACK, 700001, 9000, CLOSED, LISTEN, WAITING, .len = 10,
		       .notes = UNDO, PENDING(ESTABLISHED, ESTABLISHED)),
		FROM_A(ACK, 700011, 9020, ESTABLISHED, ESTABLISHED, TAKEOVER),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* Figure 9: host A crashed and connects again. */
static void figure_9_half_open_connection_is_discovered(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 400, 0, ESTABLISHED, ESTABLISHED, NEW,
		       .notes = CHALLENGE, PENDING(SYN_SENT, LISTEN)),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_A(RST, 1, 0, CLOSED, CLOSED,
		       .transitions = { TRANSITION(A, NO_SOCKET), TRANSITION(B, RCV_RST) },
		       PENDING(SYN_SENT, LISTEN)),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_GONE);
}

static void figure_9_goes_on_with_the_new_connection(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 400, 0, ESTABLISHED, ESTABLISHED, NEW,
		       .notes = CHALLENGE, PENDING(SYN_SENT, LISTEN)),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_A(RST, 1, 0, CLOSED, CLOSED, PENDING(SYN_SENT, LISTEN)),
		FROM_A(SYN, 400, 0, CLOSED, CLOSED, WAITING, .notes = REPEAT,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(SYN_ACK, 90000, 401, SYN_SENT, SYN_RECEIVED, TAKEOVER),
		FROM_A(ACK, 401, 90001, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, script->ended, 1);
}

static void syn_in_an_established_connection_is_only_challenged(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(SYN, 400, 0, ESTABLISHED, ESTABLISHED, NEW,
		       .notes = CHALLENGE, PENDING(SYN_SENT, LISTEN)),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_A(FIN_ACK, 101, 1, FIN_WAIT_1, ESTABLISHED,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(ACK, 1, 102, FIN_WAIT_2, CLOSE_WAIT,
		       PENDING(SYN_SENT, LISTEN)),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, script->ended, 0);
}

/* The challenge ACK is an ACK: it may acknowledge a FIN. */
static void challenge_ack_counts_for_what_its_number_covers(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_A(SYN, 90000, 0, FIN_WAIT_1, ESTABLISHED, NEW,
		       .notes = CHALLENGE,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT,
		       PENDING(SYN_SENT, LISTEN)),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

static void answered_syn_is_a_new_incarnation_from_any_state(struct kunit *test)
{
	static const struct fsm_line opened[] = {
		FROM_A(SYN, 90000, 0, ESTABLISHED, ESTABLISHED, NEW,
		       .notes = CHALLENGE,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(SYN_ACK, 95000, 90001, SYN_SENT, SYN_RECEIVED, TAKEOVER),
		FROM_A(ACK, 90001, 95001, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line half_closed[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT),
		FROM_B(SYN, 90000, 0, FIN_WAIT_2, CLOSE_WAIT, NEW,
		       .notes = CHALLENGE,
		       PENDING(LISTEN, SYN_SENT)),
		FROM_A(SYN_ACK, 95000, 90001, SYN_RECEIVED, SYN_SENT, TAKEOVER),
		FROM_B(ACK, 90001, 95001, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line reset[] = {
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
		FROM_A(SYN, 90000, 0, CLOSED, CLOSED, NEW, .free_notes = 0xff,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(SYN_ACK, 95000, 90001, SYN_SENT, SYN_RECEIVED, TAKEOVER),
		FROM_A(ACK, 90001, 95001, ESTABLISHED, ESTABLISHED),
	};

	FSM_PLAY(fsm_opened(test), opened);
	FSM_PLAY(fsm_opened(test), half_closed);
	FSM_PLAY(fsm_opened(test), reset);
}

/* Nothing could take back that TIME_WAIT is over, and two segments are easily forged. */
static void refusal_of_the_new_syn_leaves_time_wait(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(SYN, 90000, 0, TIME_WAIT, CLOSED, NEW, .free_notes = 0xff,
		       PENDING(LISTEN, SYN_SENT)),
		FROM_A(RST_ACK, 0, 90001, TIME_WAIT, CLOSED, WAITING, PENDING(CLOSED, CLOSED)),
		FROM_B(FIN_ACK, 1, 2, TIME_WAIT, LAST_ACK, .notes = RETRACT,
		       .after_us = 1000000, PENDING(CLOSED, CLOSED)),
	};

	FSM_PLAY(fsm_closed(test), lines);
}

/* Two segments that need no knowledge of any number hide it until its own data pass. */
static void refusal_of_the_new_syn_ends_the_old_connection_until_it_goes_on(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 90000, 0, ESTABLISHED, ESTABLISHED, NEW,
		       .notes = CHALLENGE,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(RST_ACK, 0, 90001, CLOSED, CLOSED, WAITING,
		       PENDING(CLOSED, CLOSED)),
		FROM_A(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 10,
		       PENDING(CLOSED, CLOSED)),
		FROM_B(ACK, 1, 11, ESTABLISHED, ESTABLISHED, .notes = UNDO,
		       PENDING(CLOSED, CLOSED)),
		FROM_B(RST_ACK, 0, 90001, ESTABLISHED, ESTABLISHED, WAITING,
		       .free_notes = IGNORED, PENDING(CLOSED, CLOSED)),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_NONE);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_verdict(&script->waiting.conn),
			TCPSTATE_VERDICT_REFUSED);
}

/* Where what the old one has sent comes to the number of a SYN that nobody answered. */
static void rst_that_both_may_mean_closes_the_old_connection(struct kunit *test)
{
	static const struct fsm_line sender[] = {
		FROM_A(SYN, 100, 0, ESTABLISHED, ESTABLISHED, NEW,
		       .notes = CHALLENGE, PENDING(SYN_SENT, LISTEN)),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED,
		       .free_notes = 0xff, PENDING(SYN_SENT, LISTEN)),
		FROM_A(RST, 101, 0, CLOSED, CLOSED, PENDING(SYN_SENT, LISTEN)),
	};
	static const struct fsm_line receiver[] = {
		FROM_A(SYN, 100, 0, ESTABLISHED, ESTABLISHED, NEW,
		       .notes = CHALLENGE, PENDING(SYN_SENT, LISTEN)),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(RST_ACK, 1, 101, CLOSED, CLOSED, PENDING(SYN_SENT, LISTEN)),
	};

	static const struct fsm_line time_wait[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(SYN, 1, 0, FIN_WAIT_1, ESTABLISHED, NEW,
		       .notes = CHALLENGE, PENDING(LISTEN, SYN_SENT)),
		FROM_B(FIN_ACK, 1, 2, FIN_WAIT_2, LAST_ACK, PENDING(LISTEN, SYN_SENT)),
		FROM_A(ACK, 2, 2, TIME_WAIT, CLOSED,
		       .free_notes = 0xff, PENDING(LISTEN, SYN_SENT)),
		FROM_B(RST, 2, 0, CLOSED, CLOSED, PENDING(LISTEN, SYN_SENT)),
	};

	FSM_PLAY(fsm_opened(test), sender);
	FSM_PLAY(fsm_opened(test), receiver);
	FSM_PLAY(fsm_opened(test), time_wait);
}

static void syn_ack_that_answers_neither_belongs_to_the_old_record(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 90000, 0, ESTABLISHED, ESTABLISHED, NEW,
		       .notes = CHALLENGE,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(SYN_ACK, 95000, 90002, ESTABLISHED, ESTABLISHED,
		       .notes = CHALLENGE, .free_notes = REPEAT,
		       PENDING(SYN_SENT, LISTEN)),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* The port was reused before anybody answered: who answers which is open. */
static void two_openings_go_on_until_the_new_one_is_established(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(SYN, 90000, 0, SYN_SENT, LISTEN, NEW, .free_notes = 0xff,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(SYN_ACK, 300, 90001, SYN_SENT, LISTEN, WAITING,
		       PENDING(SYN_SENT, SYN_RECEIVED)),
		FROM_A(ACK, 90001, 301, ESTABLISHED, ESTABLISHED, TAKEOVER),
		FROM_A(PSH_ACK, 90001, 301, ESTABLISHED, ESTABLISHED, .len = 9),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, script->ended, 1);
}

/* The same, where host A's third segment and first byte pass elsewhere. */
static void second_opening_goes_on_beyond_what_has_passed(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(SYN, 90000, 0, SYN_SENT, LISTEN, NEW, .free_notes = 0xff,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(SYN_ACK, 300, 90001, SYN_SENT, LISTEN, WAITING,
		       PENDING(SYN_SENT, SYN_RECEIVED)),
		FROM_A(PSH_ACK, 90002, 301, ESTABLISHED, ESTABLISHED, TAKEOVER, .len = 10),
	};
	/* What the old connection explains is the old connection's. */
	static const struct fsm_line old[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(SYN, 90000, 0, SYN_SENT, LISTEN, NEW, .free_notes = 0xff,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(SYN_ACK, 300, 90001, SYN_SENT, LISTEN, WAITING,
		       PENDING(SYN_SENT, SYN_RECEIVED)),
		FROM_B(SYN_ACK, 300, 1, SYN_SENT, SYN_RECEIVED,
		       PENDING(SYN_SENT, SYN_RECEIVED)),
		FROM_A(ACK, 1, 301, ESTABLISHED, ESTABLISHED, PENDING(SYN_SENT, SYN_RECEIVED)),
	};

	FSM_PLAY(fsm_new(test), lines);
	FSM_PLAY(fsm_new(test), old);
}

static void two_openings_go_on_until_the_old_one_is_established(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(SYN, 90000, 0, SYN_SENT, LISTEN, NEW, .free_notes = 0xff,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(SYN_ACK, 300, 1, SYN_SENT, SYN_RECEIVED,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_A(ACK, 1, 301, ESTABLISHED, ESTABLISHED,
		       PENDING(SYN_SENT, LISTEN)),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, script->ended, 0);
}

static void repeated_syns_go_to_the_record_they_began(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(SYN, 90000, 0, SYN_SENT, LISTEN, NEW, .free_notes = 0xff,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_A(SYN, 90000, 0, SYN_SENT, LISTEN, WAITING,
		       .notes = REPEAT, PENDING(SYN_SENT, LISTEN)),
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .notes = REPEAT,
		       PENDING(SYN_SENT, LISTEN)),
	};

	FSM_PLAY(fsm_new(test), lines);
}

static void third_syn_replaces_the_one_that_waits(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 90000, 0, ESTABLISHED, ESTABLISHED, NEW,
		       .free_notes = 0xff, PENDING(SYN_SENT, LISTEN)),
		FROM_A(SYN, 95000, 0, ESTABLISHED, ESTABLISHED, NEW,
		       .free_notes = 0xff, PENDING(SYN_SENT, LISTEN)),
		FROM_B(SYN_ACK, 300, 95001, SYN_SENT, SYN_RECEIVED, TAKEOVER),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* Only host A is heard: its new SYN seems reset by itself, but it goes on from that SYN. */
static void pending_syn_that_seems_reset_goes_on(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .forwarded = true),
		FROM_A(RST, 1, 0, CLOSED, LISTEN, .forwarded = true),
		FROM_A(SYN, 90000, 0, CLOSED, LISTEN, NEW, .free_notes = 0xff,
		       PENDING(SYN_SENT, LISTEN), .forwarded = true),
		FROM_A(RST, 90001, 0, CLOSED, LISTEN, WAITING,
		       PENDING(CLOSED, LISTEN), .forwarded = true),
		FROM_A(ACK, 90001, 301, CLOSED, LISTEN, WAITING, .notes = UNDO,
		       PENDING(ESTABLISHED, ESTABLISHED), .forwarded = true),
		FROM_A(PSH_ACK, 90001, 301, ESTABLISHED, ESTABLISHED, TAKEOVER,
		       .len = 10, .forwarded = true),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, script->ended, 1);
}

/* The same where both ends are heard, but not the data that host A acknowledges. */
static void opened_pending_record_takes_over_though_data_pass_elsewhere(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(SYN, 700000, 0, SYN_SENT, LISTEN, NEW, .free_notes = 0xff,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(SYN_ACK, 0, 700001, SYN_SENT, LISTEN, WAITING,
		       PENDING(SYN_SENT, SYN_RECEIVED)),
		FROM_A(RST, 700001, 0, SYN_SENT, LISTEN, WAITING, PENDING(CLOSED, CLOSED)),
		FROM_A(ACK, 700001, 1, SYN_SENT, LISTEN, WAITING, PENDING(CLOSED, CLOSED)),
		FROM_B(PSH_ACK, 1, 700001, SYN_SENT, LISTEN, WAITING, .len = 10,
		       PENDING(CLOSED, CLOSED)),
		FROM_A(ACK, 700001, 11, SYN_SENT, LISTEN, WAITING, .notes = UNDO,
		       PENDING(ESTABLISHED, ESTABLISHED)),
		FROM_A(ACK, 700001, 21, ESTABLISHED, ESTABLISHED, TAKEOVER,
		       .forwarded = true),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* A RST that is believed opens nothing: before its third segment, host A has no data. */
static void pending_record_that_is_reset_early_has_no_data_elsewhere(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(SYN, 700000, 0, SYN_SENT, LISTEN, NEW, .free_notes = 0xff,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(SYN_ACK, 0, 700001, SYN_SENT, LISTEN, WAITING,
		       PENDING(SYN_SENT, SYN_RECEIVED)),
		FROM_A(ACK, 700001, 21, SYN_SENT, LISTEN, .notes = IGNORED,
		       PENDING(SYN_SENT, SYN_RECEIVED)),
		FROM_B(RST_ACK, 1, 700001, SYN_SENT, LISTEN, WAITING, PENDING(CLOSED, CLOSED)),
		FROM_A(ACK, 700001, 21, SYN_SENT, LISTEN, .notes = IGNORED,
		       PENDING(CLOSED, CLOSED)),
	};

	FSM_PLAY(fsm_new(test), lines);
}

static struct kunit_case fsm_incarnation_cases[] = {
	FSM_CASE(figure_8_seen_from_the_active_side),
	FSM_CASE(figure_8_seen_from_the_passive_side),
	FSM_CASE(repeated_syn_of_a_refused_connection_meets_the_other_s_syn),
	FSM_CASE(syn_of_a_refused_connection_is_answered_further_on),
	FSM_CASE(ack_of_the_syn_that_waits_overtakes_its_syn_ack),
	FSM_CASE(data_beyond_a_gap_is_of_the_connection_whose_syn_it_acknowledges),
	FSM_CASE(pending_record_whose_rst_is_disproved_takes_over),
	FSM_CASE(figure_9_half_open_connection_is_discovered),
	FSM_CASE(figure_9_goes_on_with_the_new_connection),
	FSM_CASE(syn_in_an_established_connection_is_only_challenged),
	FSM_CASE(challenge_ack_counts_for_what_its_number_covers),
	FSM_CASE(answered_syn_is_a_new_incarnation_from_any_state),
	FSM_CASE(refusal_of_the_new_syn_leaves_time_wait),
	FSM_CASE(refusal_of_the_new_syn_ends_the_old_connection_until_it_goes_on),
	FSM_CASE(rst_that_both_may_mean_closes_the_old_connection),
	FSM_CASE(syn_ack_that_answers_neither_belongs_to_the_old_record),
	FSM_CASE(two_openings_go_on_until_the_new_one_is_established),
	FSM_CASE(second_opening_goes_on_beyond_what_has_passed),
	FSM_CASE(two_openings_go_on_until_the_old_one_is_established),
	FSM_CASE(repeated_syns_go_to_the_record_they_began),
	FSM_CASE(third_syn_replaces_the_one_that_waits),
	FSM_CASE(pending_syn_that_seems_reset_goes_on),
	FSM_CASE(opened_pending_record_takes_over_though_data_pass_elsewhere),
	FSM_CASE(pending_record_that_is_reset_early_has_no_data_elsewhere),
	{}
};

static struct kunit_suite fsm_incarnation_suite = {
	.name = "tcpstate_fsm_incarnation",
	.test_cases = fsm_incarnation_cases,
};

kunit_test_suite(fsm_incarnation_suite);
