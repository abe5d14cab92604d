// SPDX-License-Identifier: GPL-2.0-only
/*
 * TIME_WAIT: what restarts it, what ends it, what reopens the tuple (Linux's
 * tcp_timewait_state_process; RFC 1337, RFC 6191), and to which of two records
 * of a tuple a segment belongs.
 */
#include "fsm_cases.h"

static void fsm_expect_restart(struct fsm_script *script,
			       const struct fsm_line *line, bool restart)
{
	u32 before = script->front.conn.last_seen_ms;

	fsm_play(script, line, 1);
	KUNIT_EXPECT_EQ_MSG(script->test, script->front.conn.last_seen_ms,
			    restart ? fsm_now_ms(script) : before,
			    "%s 2MSL", restart ? "did not restart" : "restarted");
}

static void time_wait_begins_with_the_last_ack(struct kunit *test)
{
	struct fsm_script *script = fsm_closed(test);

	KUNIT_EXPECT_EQ(test, script->front.conn.last_seen_ms, fsm_now_ms(script));
}

/* Outside of TIME_WAIT: what counts, and what asks for a sign of life. */
static void segment_that_counts_restarts_the_idle_time(struct kunit *test)
{
	static const struct fsm_line data = FROM_A(PSH_ACK, 1, 1, ESTABLISHED,
		ESTABLISHED, .len = 10, .after_us = 9000000);
	static const struct fsm_line ack = FROM_B(ACK, 1, 1, ESTABLISHED,
		ESTABLISHED, .after_us = 9000000);
	static const struct fsm_line keepalive = FROM_A(ACK, 0, 1, ESTABLISHED,
		ESTABLISHED, .after_us = 9000000,
		.notes = TCPSTATE_NOTE_KEEPALIVE, .free_notes = IGNORED);
	static const struct fsm_line beyond = FROM_A(ACK, FSM_WINDOW + 2, 1,
		ESTABLISHED, ESTABLISHED, .len = 1, .after_us = 9000000,
		.notes = IGNORED);
	static const struct fsm_line challenged = FROM_A(RST, 2, 0, ESTABLISHED,
		ESTABLISHED, .after_us = 9000000, .notes = CHALLENGE);

	fsm_expect_restart(fsm_opened(test), &data, true);
	fsm_expect_restart(fsm_opened(test), &ack, true);
	fsm_expect_restart(fsm_opened(test), &keepalive, true);
	fsm_expect_restart(fsm_opened(test), &beyond, false);
	fsm_expect_restart(fsm_opened(test), &challenged, false);
}

static void segment_with_an_ack_to_the_holder_restarts_2msl(struct kunit *test)
{
	static const struct fsm_line fin = FROM_B(FIN_ACK, 1, 2, TIME_WAIT, LAST_ACK,
		.notes = RETRACT, .free_notes = IGNORED, .after_us = 30000000);
	static const struct fsm_line ack = FROM_B(ACK, 2, 2, TIME_WAIT, CLOSED,
		.after_us = 30000000);
	static const struct fsm_line old = FROM_B(PSH_ACK, 1, 1, TIME_WAIT, CLOSED,
		.len = 1, .free_notes = 0xff, .after_us = 30000000);

	fsm_expect_restart(fsm_closed(test), &fin, true);
	fsm_expect_restart(fsm_closed(test), &ack, true);
	fsm_expect_restart(fsm_closed(test), &old, true);
}

static void segment_of_the_holder_does_not_restart_2msl(struct kunit *test)
{
	static const struct fsm_line line = FROM_A(ACK, 2, 2, TIME_WAIT, CLOSED,
		.free_notes = 0xff, .after_us = 30000000);

	fsm_expect_restart(fsm_closed(test), &line, false);
}

static void rst_to_the_holder_does_not_restart_2msl(struct kunit *test)
{
	static const struct fsm_line line = FROM_B(RST_ACK, 3, 2, TIME_WAIT, CLOSED,
		.free_notes = IGNORED | CHALLENGE, .after_us = 30000000);
	struct fsm_script *script = fsm_closed(test);

	fsm_expect_restart(script, &line, false);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_CLOSED);
}

static void exact_rst_ends_time_wait(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(RST, 2, 0, CLOSED, CLOSED, .after_us = 1000000,
		       .transitions = { TRANSITION(A, RCV_RST) }),
	};
	struct fsm_script *script = fsm_closed(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_CLOSED);
}

static void bare_syn_to_the_holder_does_not_restart_2msl(struct kunit *test)
{
	static const struct fsm_line above = FROM_B(SYN, 100000, 0, TIME_WAIT, CLOSED,
		.incarnation = TCPSTATE_INCARNATION_NEW, PENDING(LISTEN, SYN_SENT),
		.free_notes = 0xff, .after_us = 30000000);
	static const struct fsm_line below = FROM_B(SYN, 0x90000000, 0, TIME_WAIT, CLOSED,
		.incarnation = TCPSTATE_INCARNATION_NEW, PENDING(LISTEN, SYN_SENT),
		.free_notes = 0xff, .after_us = 30000000);

	fsm_expect_restart(fsm_closed(test), &above, false);
	fsm_expect_restart(fsm_closed(test), &below, false);
}

static void syn_in_time_wait_is_a_new_incarnation_when_answered(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(SYN, 100000, 0, TIME_WAIT, CLOSED,
		       .incarnation = TCPSTATE_INCARNATION_NEW, .free_notes = 0xff,
		       PENDING(LISTEN, SYN_SENT)),
		FROM_A(SYN_ACK, 65539, 100001, SYN_RECEIVED, SYN_SENT,
		       .incarnation = TCPSTATE_INCARNATION_TAKEOVER),
		FROM_B(ACK, 100001, 65540, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_closed(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, script->ended, 1);
	KUNIT_EXPECT_EQ(test, script->front.initiator, B);
}

static void syn_in_time_wait_answered_by_an_ack_changes_nothing(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(SYN, 0x90000000, 0, TIME_WAIT, CLOSED,
		       .incarnation = TCPSTATE_INCARNATION_NEW, .free_notes = 0xff,
		       PENDING(LISTEN, SYN_SENT)),
		FROM_A(ACK, 2, 2, TIME_WAIT, CLOSED, .free_notes = 0xff,
		       PENDING(LISTEN, SYN_SENT)),
		FROM_B(RST, 2, 0, CLOSED, CLOSED,
		       PENDING(LISTEN, SYN_SENT)),
	};

	FSM_PLAY(fsm_closed(test), lines);
}

static void holder_of_time_wait_reopens_by_its_own_syn(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 100000, 0, SYN_SENT, LISTEN,
		       .incarnation = TCPSTATE_INCARNATION_REOPEN),
		FROM_B(SYN_ACK, 200000, 100001, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 100001, 200001, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_closed(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, script->ended, 1);
}

/* The SYN passed elsewhere, or was ousted by another. RFC 9293, 3.6.1 (1): a larger ISN. */
static void holder_of_time_wait_reopens_by_its_syn_ack(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN_ACK, 65539, 300001, SYN_RECEIVED, SYN_SENT,
		       .incarnation = TCPSTATE_INCARNATION_REOPEN, .free_notes = 0xff),
		FROM_B(ACK, 300001, 65540, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line ousted[] = {
		FROM_B(SYN, 400000, 0, TIME_WAIT, CLOSED, .incarnation = TCPSTATE_INCARNATION_NEW,
		       .free_notes = 0xff, PENDING(LISTEN, SYN_SENT)),
		FROM_A(SYN_ACK, 65539, 300001, SYN_RECEIVED, SYN_SENT,
		       .incarnation = TCPSTATE_INCARNATION_REOPEN, .free_notes = 0xff),
	};
	struct fsm_script *script = fsm_closed(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, script->ended, 1);
	FSM_PLAY(fsm_closed(test), ousted);
}

static void old_syn_ack_leaves_time_wait_alone(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN_ACK, 0, 300001, TIME_WAIT, CLOSED, .free_notes = 0xff),
		FROM_A(SYN_ACK, (u32)-70000, 300001, TIME_WAIT, CLOSED, .free_notes = 0xff),
		FROM_B(SYN_ACK, 65539, 300001, TIME_WAIT, CLOSED, .free_notes = 0xff),
	};

	FSM_PLAY(fsm_closed(test), lines);
}

static void expiry_ends_time_wait(struct kunit *test)
{
	struct fsm_script *script = fsm_closed(test);
	struct tcpstate_conn *conn = &script->front.conn;
	struct tcpstate_result result = {};
	u8 states = conn->states;

	tcpstate_fsm_expire(conn, &result);
	fsm_check_steps(test, states, 2, conn, &result, "expire");
	KUNIT_EXPECT_EQ(test, result.n, 1);
	KUNIT_EXPECT_EQ(test, result.transition[0].trigger, TCPSTATE_EXPIRE);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_state(conn, A), TCPSTATE_CLOSED);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_state(conn, B), TCPSTATE_CLOSED);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_CLOSED);
}

/* A connection with timestamps, closed by host A. */
static struct fsm_script *fsm_closed_stamped(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .ts = 1000),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .ts = 5000),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .ts = 1010),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED, .ts = 1020),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT, .ts = 5020),
		FROM_B(FIN_ACK, 1, 2, FIN_WAIT_2, LAST_ACK, .ts = 5030),
		FROM_A(ACK, 2, 2, TIME_WAIT, CLOSED, .ts = 1030),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	return script;
}

static void bare_syn_that_fails_paws_restarts_2msl(struct kunit *test)
{
	static const struct fsm_line older = FROM_B(SYN, 100000, 0, TIME_WAIT, CLOSED,
		.ts = 4000, .incarnation = TCPSTATE_INCARNATION_NEW,
		PENDING(LISTEN, SYN_SENT),
		.notes = TCPSTATE_NOTE_PAWS, .free_notes = IGNORED | CHALLENGE,
		.after_us = 30000000);
	static const struct fsm_line newer = FROM_B(SYN, 0x90000000, 0, TIME_WAIT, CLOSED,
		.ts = 6000, .incarnation = TCPSTATE_INCARNATION_NEW,
		PENDING(LISTEN, SYN_SENT),
		.free_notes = IGNORED | CHALLENGE, .after_us = 30000000);

	fsm_expect_restart(fsm_closed_stamped(test), &older, true);
	fsm_expect_restart(fsm_closed_stamped(test), &newer, false);
}

static void rst_with_an_old_timestamp_does_not_end_time_wait(struct kunit *test)
{
	static const struct fsm_line soon = FROM_B(RST, 2, 0, TIME_WAIT, CLOSED,
		.ts = 4000, .notes = OLD_TS, .after_us = 59990000);

	fsm_expect_restart(fsm_closed_stamped(test), &soon, false);
}

static void rst_with_an_old_timestamp_ends_time_wait_after_60_s(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(RST, 2, 0, CLOSED, CLOSED, .ts = 4000,
		       .after_us = 60000000),
	};

	FSM_PLAY(fsm_closed_stamped(test), lines);
}

static void rst_with_the_present_timestamp_ends_time_wait(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(RST, 2, 0, CLOSED, CLOSED, .ts = 5030),
	};

	FSM_PLAY(fsm_closed_stamped(test), lines);
}

/* Linux keeps no TIME_WAIT when it is short of memory or over its limit. */
static void host_that_forgot_its_time_wait_answers_by_rst(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(FIN_ACK, 1, 2, TIME_WAIT, LAST_ACK, .after_us = 1000000,
		       .notes = RETRACT, .free_notes = IGNORED),
		FROM_A(RST, 2, 0, CLOSED, CLOSED,
		       .transitions = { TRANSITION(A, NO_SOCKET), TRANSITION(B, RCV_RST) }),
	};
	struct fsm_script *script = fsm_closed(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_GONE);
}

static struct kunit_case fsm_timewait_cases[] = {
	FSM_CASE(time_wait_begins_with_the_last_ack),
	FSM_CASE(segment_that_counts_restarts_the_idle_time),
	FSM_CASE(segment_with_an_ack_to_the_holder_restarts_2msl),
	FSM_CASE(segment_of_the_holder_does_not_restart_2msl),
	FSM_CASE(rst_to_the_holder_does_not_restart_2msl),
	FSM_CASE(exact_rst_ends_time_wait),
	FSM_CASE(bare_syn_to_the_holder_does_not_restart_2msl),
	FSM_CASE(syn_in_time_wait_is_a_new_incarnation_when_answered),
	FSM_CASE(syn_in_time_wait_answered_by_an_ack_changes_nothing),
	FSM_CASE(holder_of_time_wait_reopens_by_its_own_syn),
	FSM_CASE(holder_of_time_wait_reopens_by_its_syn_ack),
	FSM_CASE(old_syn_ack_leaves_time_wait_alone),
	FSM_CASE(expiry_ends_time_wait),
	FSM_CASE(bare_syn_that_fails_paws_restarts_2msl),
	FSM_CASE(rst_with_an_old_timestamp_does_not_end_time_wait),
	FSM_CASE(rst_with_an_old_timestamp_ends_time_wait_after_60_s),
	FSM_CASE(rst_with_the_present_timestamp_ends_time_wait),
	FSM_CASE(host_that_forgot_its_time_wait_answers_by_rst),
	{}
};

static struct kunit_suite fsm_timewait_suite = {
	.name = "tcpstate_fsm_timewait",
	.test_cases = fsm_timewait_cases,
};

kunit_test_suite(fsm_timewait_suite);
