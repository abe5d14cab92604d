// SPDX-License-Identifier: GPL-2.0-only
/* What a segment leaves behind: gaps, windows, timestamps, and data on a SYN. */
#include "fsm_cases.h"

/* A gap of host A's numbers from 101 to 200, with 100 bytes before and behind it. */
static struct fsm_script *opened_with_a_gap(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .sack = true),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .sack = true),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(PSH_ACK, 201, 1, ESTABLISHED, ESTABLISHED, .len = 100),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, fsm_rcv_nxt(script, B), 101);
	return script;
}

/* What lay in the gap may pass elsewhere: the receiver has it if it says so. */
static void ack_inside_a_gap_says_how_far_it_is_filled(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(ACK, 1, 151, ESTABLISHED, ESTABLISHED, .forwarded = true),
		FROM_A(RST, 152, 0, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
		FROM_A(RST, 151, 0, CLOSED, CLOSED),
	};

	FSM_PLAY(opened_with_a_gap(test), lines);
}

/* Reordered in the network, it says less than the receiver has said before. */
static void older_ack_leaves_the_gap(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(ACK, 1, 51, ESTABLISHED, ESTABLISHED),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(RST, 51, 0, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
		FROM_A(RST, 101, 0, CLOSED, CLOSED),
	};

	FSM_PLAY(opened_with_a_gap(test), lines);
}

static void data_sent_again_before_a_gap_leaves_it(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 50),
		FROM_A(RST, 51, 0, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
		FROM_A(RST, 101, 0, CLOSED, CLOSED),
	};

	FSM_PLAY(opened_with_a_gap(test), lines);
}

/* The FIN overtook what it follows: with that, its receiver has all of it. */
static void gap_that_is_filled_lets_the_fin_behind_it_in(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 101, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_A(PSH_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED, .len = 100),
		FROM_A(RST, 102, 0, CLOSED, CLOSED,
		       .transitions = { TRANSITION(A, SND_RST), TRANSITION(B, RCV_FIN),
					TRANSITION(B, RCV_RST) }),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* Behind a FIN there is nothing, so nothing can be missing either. */
static void number_beyond_a_fin_makes_no_gap(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_A(PSH_ACK, 50, 1, FIN_WAIT_1, ESTABLISHED, .len = 10,
		       .free_notes = 0xff),
		FROM_A(RST, 2, 0, CLOSED, CLOSED,
		       .transitions = { TRANSITION(A, SND_RST), TRANSITION(B, RCV_FIN),
					TRANSITION(B, RCV_RST) }),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* Where nothing says what the receiver has, nothing is known to be missing (R4). */
static void gap_is_known_only_against_an_ack(struct kunit *test)
{
	static const struct fsm_line never_heard[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(PSH_ACK, 101, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(RST, 1, 0, ESTABLISHED, ESTABLISHED, .notes = IGNORED),
		FROM_A(RST, 201, 0, CLOSED, CLOSED),
	};
	static const struct fsm_line begun_elsewhere[] = {
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(PSH_ACK, 101, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(RST, 201, 0, CLOSED, CLOSED),
	};
	/* A retransmission picked it up: what it seems to lack was sent before. */
	static const struct fsm_line picked_up[] = {
		FROM_A(PSH_ACK, 1, 5000, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 5000, 51, ESTABLISHED, ESTABLISHED),
		FROM_A(PSH_ACK, 201, 5000, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_A(RST, 101, 0, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
		FROM_A(RST, 211, 0, CLOSED, CLOSED),
	};

	FSM_PLAY(fsm_new(test), never_heard);
	FSM_PLAY(fsm_new(test), begun_elsewhere);
	FSM_PLAY(fsm_new(test), picked_up);
}

/*
 * Only a pure ACK is known to follow all that has come: what a process sends may pass
 * while segments wait in its socket's backlog.
 */
static void only_a_newest_pure_ack_says_what_was_dropped(struct kunit *test)
{
	static const struct fsm_line fin[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(FIN_ACK, 1, 1, ESTABLISHED, FIN_WAIT_1, .local = true),
		FROM_A(RST, 101, 0, CLOSED, CLOSED),
	};
	static const struct fsm_line older[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED, .local = true),
		FROM_A(PSH_ACK, 101, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .local = true),
		FROM_A(RST, 201, 0, CLOSED, CLOSED),
	};
	/* A process has read the data while the FIN waited in the backlog. */
	static const struct fsm_line before_fin[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(FIN_ACK, 101, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 101, FIN_WAIT_1, ESTABLISHED, .local = true),
		FROM_A(RST, 102, 0, CLOSED, CLOSED),
	};
	/* The third segment: a Fast Open server's data waits behind its SYN/ACK. */
	static const struct fsm_line third[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .local = true),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_B(PSH_ACK, 1, 1, SYN_SENT, SYN_RECEIVED, .len = 100),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .local = true),
		FROM_B(RST, 101, 0, CLOSED, CLOSED),
	};

	FSM_PLAY(fsm_opened(test), fin);
	FSM_PLAY(fsm_opened(test), older);
	FSM_PLAY(fsm_opened(test), before_fin);
	FSM_PLAY(fsm_new(test), third);
}

/* Linux queues what lies beyond a gap, and says so in its SACK; what it drops it does not. */
static void dropped_data_are_not_in_the_sack(struct kunit *test)
{
	static const struct fsm_line queued[] = {
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .local = true),
		FROM_A(RST, 301, 0, CLOSED, CLOSED),
	};
	static const struct fsm_line dropped[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .sack = true),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .sack = true),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .local = true),
		FROM_A(RST, 101, 0, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
	};
	/* With ECN, its ACKs echo that there is congestion (RFC 3168, 6.1.3). */
	static const struct fsm_line dropped_with_ecn[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK | TCPSTATE_FLAG_ECE, 1, 1, ESTABLISHED, ESTABLISHED, .local = true),
		FROM_A(RST, 101, 0, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
	};
	/* Nothing of this says that what was dropped has come after all. */
	static const struct fsm_line still_dropped[] = {
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .local = true),
		FROM_A(RST, 101, 0, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10, .local = true),
		FROM_A(RST, 101, 0, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
		FROM_A(ACK, 1, 11, ESTABLISHED, ESTABLISHED),
		FROM_A(RST, 101, 0, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
		FROM_A(RST, 1, 0, CLOSED, CLOSED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(opened_with_a_gap(test), queued);
	FSM_PLAY(script, dropped);
	FSM_PLAY(script, still_dropped);
	FSM_PLAY(fsm_opened(test), dropped_with_ecn);
}

/* It has all that it sent itself, FIN included, whether or not it has said so. */
static void end_connected_to_itself_drops_nothing(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .local = true),
		FROM_A(SYN_ACK, 0, 1, ESTABLISHED, LISTEN, .local = true,
		       .free_notes = REPEAT),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, LISTEN, .len = 10, .local = true),
		FROM_A(PSH_ACK, 11, 1, ESTABLISHED, LISTEN, .len = 10, .local = true),
		FROM_A(ACK, 21, 11, ESTABLISHED, LISTEN, .local = true),
		FROM_A(FIN_ACK, 21, 11, FIN_WAIT_1, LISTEN, .local = true),
		FROM_A(RST, 21, 0, CLOSED, LISTEN, .local = true),
	};
	struct fsm_script *script = fsm_new(test);

	script->selfish = true;
	FSM_PLAY(script, lines);
}

/* RFC 7323, 2.2: the window of a SYN/ACK is never scaled, be it sent again. */
static void window_of_a_repeated_syn_ack_is_not_scaled(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .scale = 7),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .scale = 7, .win = 1000),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .scale = 7, .win = 1000,
		       .notes = REPEAT),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(PSH_ACK, 1002, 1, ESTABLISHED, ESTABLISHED, .len = 1,
		       .notes = IGNORED),
	};
	static const struct fsm_line one_has_none[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .scale = 7),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .win = 100),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .win = 100),
		FROM_A(PSH_ACK, 102, 1, ESTABLISHED, ESTABLISHED, .len = 1,
		       .notes = IGNORED),
	};

	FSM_PLAY(fsm_new(test), lines);
	FSM_PLAY(fsm_new(test), one_has_none);
}

/* RFC 7323, 4.3 and 5.3, for an end whose SYN has passed before the module was there. */
static void first_timestamp_is_taken_whatever_it_is(struct kunit *test)
{
	static const struct fsm_line heard[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10, .ts = 1000),
		FROM_B(ACK, 1, 11, ESTABLISHED, ESTABLISHED, .ts = 0x80001000),
		FROM_A(PSH_ACK, 11, 1, ESTABLISHED, ESTABLISHED, .len = 10, .ts = 900,
		       .notes = OLD_TS),
		FROM_B(PSH_ACK, 1, 11, ESTABLISHED, ESTABLISHED, .len = 10, .ts = 0x80000f00,
		       .notes = OLD_TS),
	};
	static const struct fsm_line one_way[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10, .ts = 0x80001000),
		FROM_A(PSH_ACK, 11, 1, ESTABLISHED, ESTABLISHED, .len = 10, .ts = 0x80000f00,
		       .notes = OLD_TS),
	};

	FSM_PLAY(fsm_new(test), heard);
	FSM_PLAY(fsm_new(test), one_way);
}

/* The responder's data and the third segment cross: that says nothing of the data. */
static void third_segment_takes_no_data_of_the_responder_back(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 10),
		FROM_B(SYN_ACK, 0, 11, SYN_SENT, SYN_RECEIVED),
		FROM_B(PSH_ACK, 1, 11, SYN_SENT, SYN_RECEIVED, .len = 1000),
		FROM_A(ACK, 11, 1, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line acked[] = {
		FROM_A(ACK, 11, 1001, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, B), 1000);
	FSM_PLAY(script, acked);
}

/* The SYN/ACK that arrives first says how much was taken of the data on the SYN. */
static void later_syn_ack_takes_no_data_back(struct kunit *test)
{
	static const struct fsm_line other_backend[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 50),
		FROM_B(SYN_ACK, 0, 51, SYN_SENT, SYN_RECEIVED),
		FROM_B(SYN_ACK, 900, 1, SYN_SENT, SYN_RECEIVED, .notes = REPEAT),
	};
	/* The data was sent again, and acknowledged, where it could not be seen. */
	static const struct fsm_line overtaken[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 50),
		FROM_A(ACK, 51, 1, ESTABLISHED, ESTABLISHED),
		FROM_B(SYN_ACK, 0, 1, ESTABLISHED, ESTABLISHED, .notes = REPEAT),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, other_backend);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 50);
	script = fsm_new(test);
	FSM_PLAY(script, overtaken);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 50);
}

static void syn_sent_again_after_its_data_were_refused_brings_none(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 50),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(SYN, 0, 0, SYN_SENT, SYN_RECEIVED, .len = 50, .notes = REPEAT),
	};
	static const struct fsm_line end[] = {
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 0);
	FSM_PLAY(script, end);
}

static struct kunit_case fsm_learn_cases[] = {
	FSM_CASE(ack_inside_a_gap_says_how_far_it_is_filled),
	FSM_CASE(older_ack_leaves_the_gap),
	FSM_CASE(data_sent_again_before_a_gap_leaves_it),
	FSM_CASE(gap_that_is_filled_lets_the_fin_behind_it_in),
	FSM_CASE(number_beyond_a_fin_makes_no_gap),
	FSM_CASE(gap_is_known_only_against_an_ack),
	FSM_CASE(only_a_newest_pure_ack_says_what_was_dropped),
	FSM_CASE(dropped_data_are_not_in_the_sack),
	FSM_CASE(end_connected_to_itself_drops_nothing),
	FSM_CASE(window_of_a_repeated_syn_ack_is_not_scaled),
	FSM_CASE(first_timestamp_is_taken_whatever_it_is),
	FSM_CASE(third_segment_takes_no_data_of_the_responder_back),
	FSM_CASE(later_syn_ack_takes_no_data_back),
	FSM_CASE(syn_sent_again_after_its_data_were_refused_brings_none),
	{}
};

static struct kunit_suite fsm_learn_suite = {
	.name = "tcpstate_fsm_learn",
	.test_cases = fsm_learn_cases,
};

kunit_test_suite(fsm_learn_suite);
