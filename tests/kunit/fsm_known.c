// SPDX-License-Identifier: GPL-2.0-only
/* What is known of an end's numbers and options, and what the engine has to assume. */
#include "engine/phase.h"
#include "fsm_cases.h"

typedef bool known_t(const struct tcpstate_conn *conn, int end);

static void expect_both(struct fsm_script *script, const char *what, known_t *known,
			bool a, bool b)
{
	const struct tcpstate_conn *conn = &script->front.conn;

	KUNIT_EXPECT_EQ_MSG(script->test, known(conn, TCPSTATE_INITIATOR), a,
			    "the initiator's %s", what);
	KUNIT_EXPECT_EQ_MSG(script->test, known(conn, TCPSTATE_RESPONDER), b,
			    "the responder's %s", what);
}

/* What is known of each end: its number, the options of its SYN, its window. */
static void expect_known(struct fsm_script *script, bool isn_a, bool isn_b, bool syn_a, bool syn_b,
			 bool window_a, bool window_b)
{
	expect_both(script, "number", tcpstate_conn_isn_known, isn_a, isn_b);
	expect_both(script, "options", tcpstate_conn_syn_learned, syn_a, syn_b);
	expect_both(script, "window", tcpstate_conn_window_known, window_a, window_b);
}

static void everything_is_known_of_both_syns(struct kunit *test)
{
	static const struct fsm_line syn[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .scale = 7),
	};
	static const struct fsm_line answer[] = {
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .scale = 2),
	};
	static const struct fsm_line third[] = {
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, syn);
	expect_known(script, true, false, true, false, false, false);
	FSM_PLAY(script, answer);
	expect_known(script, true, true, true, true, false, true);
	FSM_PLAY(script, third);
	expect_known(script, true, true, true, true, true, true);
}

/* RFC 7323, 2.2: then the other end's scale does not matter. */
static void windows_are_known_if_a_syn_offers_no_scale(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	expect_known(script, true, false, true, false, true, true);
}

static void responder_that_is_not_heard_is_not_known(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .scale = 7),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	expect_known(script, true, false, true, false, false, false);
}

static void initiator_that_is_not_heard_is_not_known(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .scale = 7),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	expect_known(script, false, true, false, true, false, false);
}

/* It offers none because it was not offered any, or does not want to. */
static void windows_are_known_if_a_syn_ack_offers_no_scale(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	expect_known(script, false, true, false, true, true, true);
}

/* Its SYN has crossed the other one, and may have offered a scale. */
static void responder_whose_syn_crossed_elsewhere_is_not_known(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .scale = 7),
		FROM_A(SYN_ACK, 0, 1, SYN_RECEIVED, SYN_SENT, .scale = 7, .free_notes = 0xff),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	expect_known(script, true, false, true, false, false, false);
}

static void picked_up_connection_has_no_known_beginning(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1000, 2000, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_B(ACK, 2000, 1010, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	expect_known(script, false, false, false, false, false, false);
}

/* Its options are not taken any more, and the scale that was assumed stays. */
static void late_syn_ack_tells_its_number_alone(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .scale = 7),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_B(SYN_ACK, 0, 1, ESTABLISHED, ESTABLISHED, .scale = 2, .free_notes = 0xff),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	expect_known(script, true, true, true, false, false, false);
}

static void late_syn_tells_its_number_alone(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .scale = 7),
		FROM_A(SYN, 0, 0, SYN_SENT, SYN_RECEIVED, .scale = 2, .free_notes = 0xff),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	expect_known(script, true, true, false, true, false, false);
}

/* The number that a pick-up goes on from need not be the end's own. */
static void number_is_not_known_once_conntrack_changes_it(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .adjusted = true),
	};
	static const struct fsm_line more[] = {
		FROM_B(PSH_ACK, 500001, 1, ESTABLISHED, ESTABLISHED, .len = 10, .adjusted = true,
		       .offloaded = true, .free_notes = 0xff),
		FROM_B(PSH_ACK, 900001, 1, ESTABLISHED, ESTABLISHED, .len = 10, .adjusted = true,
		       .free_notes = 0xff),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_ADJUSTED | TCPSTATE_F_MIDSTREAM, TCPSTATE_F_ADJUSTED);
	expect_known(script, true, true, true, true, true, true);
	FSM_PLAY(script, more);
	fsm_expect_flags(script, TCPSTATE_F_ADJUSTED | TCPSTATE_F_MIDSTREAM,
			 TCPSTATE_F_ADJUSTED | TCPSTATE_F_MIDSTREAM);
	expect_both(script, "number", tcpstate_conn_isn_known, false, false);
}

/* Are the times of the handshake unseen, from SYN to SYN/ACK and from there to the ACK? */
static void expect_unseen(struct fsm_script *script, bool syn, bool ack)
{
	const struct tcpstate_conn *conn = &script->front.conn;

	KUNIT_EXPECT_EQ(script->test, tcpstate_phase_unseen(conn, TCPSTATE_OPEN_1), syn);
	KUNIT_EXPECT_EQ(script->test, tcpstate_phase_unseen(conn, TCPSTATE_OPEN_2), ack);
}

static void times_that_have_not_come_yet_are_not_unseen(struct kunit *test)
{
	static const struct fsm_line syn[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
	};
	static const struct fsm_line answer[] = {
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
	};
	static const struct fsm_line reset[] = {
		FROM_B(RST_ACK, 1, 1, CLOSED, CLOSED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, syn);
	expect_unseen(script, false, false);
	FSM_PLAY(script, answer);
	expect_unseen(script, false, false);
	FSM_PLAY(script, reset);
	expect_unseen(script, false, false);
}

static void refused_syn_has_no_times(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(RST_ACK, 0, 1, CLOSED, CLOSED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	expect_unseen(script, false, false);
}

static void syns_that_cross_have_no_times(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN, 0, 0, SYN_SENT, SYN_SENT),
		FROM_A(SYN_ACK, 0, 1, SYN_RECEIVED, SYN_SENT, .free_notes = 0xff),
		FROM_B(SYN_ACK, 0, 1, ESTABLISHED, ESTABLISHED, .free_notes = 0xff),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	expect_unseen(script, false, false);
}

static void times_of_what_passed_elsewhere_are_unseen(struct kunit *test)
{
	static const struct fsm_line alone[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line other[] = {
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10),
	};
	static const struct fsm_line late[] = {
		FROM_B(SYN_ACK, 0, 1, ESTABLISHED, ESTABLISHED, .free_notes = 0xff),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, alone);
	expect_unseen(script, true, true);
	FSM_PLAY(script, other);
	expect_unseen(script, true, true);
	FSM_PLAY(script, late);
	expect_unseen(script, true, true);
}

static void times_before_a_pick_up_are_unseen(struct kunit *test)
{
	static const struct fsm_line syn_ack[] = {
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
	};
	static const struct fsm_line third[] = {
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, syn_ack);
	expect_unseen(script, true, false);
	FSM_PLAY(script, third);
	expect_unseen(script, true, true);
}

/* A SYNPROXY finishes the handshake by segments that do not pass here. */
static void time_of_an_opening_that_was_not_seen_is_unseen(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 1, 70001, ESTABLISHED, ESTABLISHED, .adjusted = true,
		       .free_notes = 0xff),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_NE(test, tcpstate_conn_syn_us(&script->front.conn), 0);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_ack_us(&script->front.conn), 0);
	KUNIT_EXPECT_TRUE(test, tcpstate_phase_unseen(&script->front.conn, TCPSTATE_OPEN_2));
}

static struct kunit_case fsm_known_cases[] = {
	FSM_CASE(everything_is_known_of_both_syns),
	FSM_CASE(windows_are_known_if_a_syn_offers_no_scale),
	FSM_CASE(responder_that_is_not_heard_is_not_known),
	FSM_CASE(initiator_that_is_not_heard_is_not_known),
	FSM_CASE(windows_are_known_if_a_syn_ack_offers_no_scale),
	FSM_CASE(responder_whose_syn_crossed_elsewhere_is_not_known),
	FSM_CASE(picked_up_connection_has_no_known_beginning),
	FSM_CASE(late_syn_ack_tells_its_number_alone),
	FSM_CASE(late_syn_tells_its_number_alone),
	FSM_CASE(number_is_not_known_once_conntrack_changes_it),
	FSM_CASE(times_that_have_not_come_yet_are_not_unseen),
	FSM_CASE(refused_syn_has_no_times),
	FSM_CASE(syns_that_cross_have_no_times),
	FSM_CASE(times_of_what_passed_elsewhere_are_unseen),
	FSM_CASE(times_before_a_pick_up_are_unseen),
	FSM_CASE(time_of_an_opening_that_was_not_seen_is_unseen),
	{}
};

static struct kunit_suite fsm_known_suite = {
	.name = "tcpstate_fsm_known",
	.test_cases = fsm_known_cases,
};

kunit_test_suite(fsm_known_suite);
