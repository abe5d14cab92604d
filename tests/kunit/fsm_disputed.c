// SPDX-License-Identifier: GPL-2.0-only
/*
 * What goes on behind a verdict, and what other sockets of the same addresses and ports
 * leave behind: nothing that would be the connection's.
 */
#include "fsm_cases.h"

#define NEW		.incarnation = TCPSTATE_INCARNATION_NEW
#define WAITING		.incarnation = TCPSTATE_INCARNATION_PENDING

static void expect_idle_since(struct fsm_script *script, u32 since_ms)
{
	KUNIT_EXPECT_EQ(script->test, script->front.conn.last_seen_ms, since_ms);
}

/* A RST of local host A that host B does not take: only A is shown closed. */
static const struct fsm_line rst_of_a[] = {
	FROM_A(RST_ACK, 100, 1, CLOSED, ESTABLISHED, .local = true, .notes = CHALLENGE),
};

static void fin_sent_again_by_the_end_that_a_rst_did_not_close_is_shown(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(FIN_ACK, 1, 1, ESTABLISHED, FIN_WAIT_1),
		FROM_A(ACK, 1, 2, CLOSE_WAIT, FIN_WAIT_2, .local = true),
		FROM_A(RST_ACK, 100, 2, CLOSED, FIN_WAIT_2, .local = true, .notes = CHALLENGE),
		FROM_B(FIN_ACK, 1, 1, CLOSED, FIN_WAIT_1, .notes = RETRACT,
		       .after_us = 1000000, .transitions = { TRANSITION(B, FIN_AGAIN) }),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_RESET_BY_INITIATOR);
	fsm_expect_flags(script, TCPSTATE_F_RETRACTED, TCPSTATE_F_RETRACTED);
	expect_idle_since(script, fsm_now_ms(script));
}

static void syn_ack_sent_again_by_the_end_that_a_rst_did_not_close_is_shown(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(SYN_ACK, 0, 1, CLOSED, SYN_RECEIVED, .notes = RETRACT,
		       .after_us = 1000000, .transitions = { TRANSITION(B, SYN_ACK_AGAIN) }),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, rst_of_a);
	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_RETRACTED, TCPSTATE_F_RETRACTED);
	expect_idle_since(script, fsm_now_ms(script));
}

/* A transition that is shown begins the interval of the timeout; what is hidden does not. */
static void what_a_verdict_hides_does_not_keep_its_record(struct kunit *test)
{
	static const struct fsm_line data[] = {
		FROM_B(PSH_ACK, 1, 1, CLOSED, ESTABLISHED, .len = 10, .after_us = 5000000),
	};
	static const struct fsm_line fin[] = {
		FROM_B(FIN_ACK, 11, 1, CLOSED, FIN_WAIT_1, .after_us = 5000000),
	};
	static const struct fsm_line rst[] = {
		FROM_A(RST, 1, 0, CLOSED, CLOSED, .local = true, .after_us = 5000000),
	};
	struct fsm_script *script = fsm_opened(test);
	u32 since_ms;

	FSM_PLAY(script, rst_of_a);
	since_ms = fsm_now_ms(script);
	FSM_PLAY(script, data);
	expect_idle_since(script, since_ms);
	FSM_PLAY(script, fin);
	expect_idle_since(script, fsm_now_ms(script));
	FSM_PLAY(script, rst);
	expect_idle_since(script, fsm_now_ms(script));
}

/* What B sent before the second RST A may have acknowledged before that, too. */
static void second_rst_holds_against_acks_of_what_was_sent_before_it(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
		FROM_B(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 10),
		FROM_A(RST_ACK, 1, 11, CLOSED, CLOSED),
		FROM_A(ACK, 1, 11, CLOSED, CLOSED),
		FROM_B(PSH_ACK, 11, 1, CLOSED, CLOSED, .len = 10),
		FROM_A(ACK, 1, 21, ESTABLISHED, ESTABLISHED, .notes = UNDO),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* Only the sender of a forged RST is heard: it goes on, so it has not sent that. */
static void rst_is_disproved_where_one_end_is_heard(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(ACK, 1, 301, ESTABLISHED, ESTABLISHED),
		FROM_A(RST_ACK, 1, 301, CLOSED, CLOSED),
		FROM_A(PSH_ACK, 1, 801, CLOSED, CLOSED, .len = 10),
		FROM_A(PSH_ACK, 11, 801, ESTABLISHED, ESTABLISHED, .len = 10, .notes = UNDO),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* An ACK of what either end had sent before says nothing; one of what it sent since does. */
static void refusal_of_another_syn_holds_against_acks_that_crossed_it(struct kunit *test)
{
	static const struct fsm_line refused[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 20),
		FROM_A(SYN, 90000, 0, ESTABLISHED, ESTABLISHED, NEW, .notes = CHALLENGE,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(RST_ACK, 0, 90001, CLOSED, CLOSED, WAITING, PENDING(CLOSED, CLOSED)),
		FROM_B(ACK, 21, 101, CLOSED, CLOSED, PENDING(CLOSED, CLOSED)),
		FROM_A(ACK, 101, 21, CLOSED, CLOSED, PENDING(CLOSED, CLOSED)),
	};
	static const struct fsm_line by_b[] = {
		FROM_A(PSH_ACK, 101, 21, CLOSED, CLOSED, .len = 10, PENDING(CLOSED, CLOSED)),
		FROM_B(ACK, 21, 111, ESTABLISHED, ESTABLISHED, .notes = UNDO,
		       PENDING(CLOSED, CLOSED)),
	};
	static const struct fsm_line by_a[] = {
		FROM_B(PSH_ACK, 21, 101, CLOSED, CLOSED, .len = 10, PENDING(CLOSED, CLOSED)),
		FROM_A(ACK, 101, 31, ESTABLISHED, ESTABLISHED, .notes = UNDO,
		       PENDING(CLOSED, CLOSED)),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, refused);
	FSM_PLAY(script, by_b);
	script = fsm_opened(test);
	FSM_PLAY(script, refused);
	FSM_PLAY(script, by_a);
}

/* 2MSL is of the end that closed first, be it the responder. */
static void time_wait_of_the_responder_restarts_as_the_initiator_s(struct kunit *test)
{
	static const struct fsm_line closed_by_b[] = {
		FROM_B(FIN_ACK, 1, 1, ESTABLISHED, FIN_WAIT_1),
		FROM_A(FIN_ACK, 1, 2, LAST_ACK, FIN_WAIT_2),
		FROM_B(ACK, 2, 2, CLOSED, TIME_WAIT),
	};
	static const struct fsm_line by_holder[] = {
		FROM_B(ACK, 2, 2, CLOSED, TIME_WAIT, .after_us = 30000000),
	};
	static const struct fsm_line to_holder[] = {
		FROM_A(ACK, 2, 2, CLOSED, TIME_WAIT, .after_us = 10000000),
	};
	struct fsm_script *script = fsm_opened(test);
	u32 since_ms;

	FSM_PLAY(script, closed_by_b);
	since_ms = fsm_now_ms(script);
	FSM_PLAY(script, by_holder);
	expect_idle_since(script, since_ms);
	FSM_PLAY(script, to_holder);
	expect_idle_since(script, fsm_now_ms(script));
}

/* Its TIME_WAIT ended by a RST, nothing of it is kept any longer. */
static void late_segment_does_not_keep_a_closed_connection(struct kunit *test)
{
	static const struct fsm_line rst[] = {
		FROM_B(RST, 2, 0, CLOSED, CLOSED, .after_us = 1000000),
	};
	static const struct fsm_line late[] = {
		FROM_A(ACK, 2, 2, CLOSED, CLOSED, .after_us = 1000000),
		FROM_B(ACK, 2, 2, CLOSED, CLOSED, .after_us = 1000000),
	};
	struct fsm_script *script = fsm_closed(test);
	u32 since_ms;

	FSM_PLAY(script, rst);
	since_ms = fsm_now_ms(script);
	FSM_PLAY(script, late);
	expect_idle_since(script, since_ms);
}

/* The SYN of another local socket says nothing of the numbers of this one. */
static void syn_of_another_local_socket_leaves_the_numbers(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 90000, 0, ESTABLISHED, ESTABLISHED, NEW, .local = true,
		       .notes = CHALLENGE, PENDING(SYN_SENT, LISTEN)),
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_A(PSH_ACK, 1, 11, ESTABLISHED, ESTABLISHED, .len = 20,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(ACK, 11, 21, ESTABLISHED, ESTABLISHED, PENDING(SYN_SENT, LISTEN)),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 20);
}

/*
 * RFC 9293, 3.5, figure 9, where the module was loaded after host A had crashed: host B's
 * socket is still of the old connection, answers with the old numbers, and closes.
 */
static void half_open_connection_of_before_leaves_nothing(struct kunit *test)
{
	static const u32 old_acks[] = { 1000000, -1000000u, 0 };
	struct fsm_line old[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(ACK, 777000, 0, SYN_SENT, LISTEN, .local = true, .ts = 9000,
		       .notes = IGNORED),
		FROM_B(FIN_ACK, 777000, 0, SYN_SENT, LISTEN, .local = true, .ts = 9000,
		       .notes = IGNORED),
	};
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .notes = REPEAT, .after_us = 1000000),
		FROM_B(SYN_ACK, 5000, 1, SYN_SENT, SYN_RECEIVED, .local = true),
		FROM_A(ACK, 1, 5001, ESTABLISHED, ESTABLISHED),
		FROM_A(PSH_ACK, 1, 5001, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_B(PSH_ACK, 5001, 11, ESTABLISHED, ESTABLISHED, .len = 20, .local = true),
		FROM_A(FIN_ACK, 11, 5021, FIN_WAIT_1, ESTABLISHED),
		FROM_B(FIN_ACK, 5021, 12, FIN_WAIT_2, LAST_ACK, .local = true),
		FROM_A(ACK, 12, 5022, TIME_WAIT, CLOSED),
	};
	struct fsm_script *script;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(old_acks); i++) {
		old[1].ack = old_acks[i];
		old[2].ack = old_acks[i];
		script = fsm_new(test);
		script->uncounted = true;
		FSM_PLAY(script, old);
		FSM_PLAY(script, lines);
		KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 10);
		KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, B), 20);
	}
}

static struct kunit_case fsm_disputed_cases[] = {
	FSM_CASE(fin_sent_again_by_the_end_that_a_rst_did_not_close_is_shown),
	FSM_CASE(syn_ack_sent_again_by_the_end_that_a_rst_did_not_close_is_shown),
	FSM_CASE(what_a_verdict_hides_does_not_keep_its_record),
	FSM_CASE(second_rst_holds_against_acks_of_what_was_sent_before_it),
	FSM_CASE(rst_is_disproved_where_one_end_is_heard),
	FSM_CASE(refusal_of_another_syn_holds_against_acks_that_crossed_it),
	FSM_CASE(time_wait_of_the_responder_restarts_as_the_initiator_s),
	FSM_CASE(late_segment_does_not_keep_a_closed_connection),
	FSM_CASE(syn_of_another_local_socket_leaves_the_numbers),
	FSM_CASE(half_open_connection_of_before_leaves_nothing),
	{}
};

static struct kunit_suite fsm_disputed_suite = {
	.name = "tcpstate_fsm_disputed",
	.test_cases = fsm_disputed_cases,
};

kunit_test_suite(fsm_disputed_suite);
