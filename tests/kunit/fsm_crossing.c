// SPDX-License-Identifier: GPL-2.0-only
/*
 * SYNs and FINs that cross or are sent again, where what each end has received decides
 * which of two transitions comes first (RFC 9293, 3.5, figure 7, and 3.6, figure 13).
 */
#include "fsm_cases.h"

/* Both have sent a FIN, and B's ACK of A's passes before A has answered B's. */
static const struct fsm_line fins_crossed[] = {
	FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
	FROM_B(FIN_ACK, 1, 1, FIN_WAIT_1, FIN_WAIT_1, .len = 10),
	FROM_B(ACK, 12, 2, FIN_WAIT_1, CLOSING),
};

/* A's ACK does not cover B's FIN, which was lost: the ACK of A's own came first. */
static void ack_that_does_not_cover_the_crossing_fin_shows_fin_wait_2(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(ACK, 2, 1, FIN_WAIT_2, CLOSING,
		       .transitions = { TRANSITION(A, RCV_ACK_OF_FIN) }),
		FROM_B(FIN_ACK, 1, 2, FIN_WAIT_2, CLOSING, .len = 10, .notes = REPEAT),
		FROM_A(ACK, 2, 12, TIME_WAIT, TIME_WAIT),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, fins_crossed);
	FSM_PLAY(script, lines);
}

/* What sends its FIN again has not received the ACK of it. */
static void crossing_fin_sent_again_stays_in_fin_wait_1(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, CLOSING, .notes = REPEAT),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, fins_crossed);
	FSM_PLAY(script, lines);
}

/* A FIN beyond a gap was not received, so that the ACK is the first to count. */
static void crossing_fin_beyond_a_gap_does_not_wait(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(FIN_ACK, 101, 1, FIN_WAIT_1, FIN_WAIT_1),
		FROM_B(ACK, 102, 2, FIN_WAIT_2, CLOSING),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* The FIN sent again says that its ACK was lost, whatever else its sender sends then. */
static void fin_wait_1_after_a_fin_sent_again_lasts(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED, .local = true),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, CLOSE_WAIT, .local = true,
		       .notes = RETRACT),
		FROM_B(PSH_ACK, 1, 1, FIN_WAIT_1, CLOSE_WAIT, .len = 10),
		FROM_A(ACK, 2, 11, FIN_WAIT_1, CLOSE_WAIT, .local = true),
		FROM_B(ACK, 11, 2, FIN_WAIT_2, CLOSE_WAIT),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

static void last_ack_after_a_fin_sent_again_lasts(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(FIN_ACK, 1, 2, TIME_WAIT, LAST_ACK, .notes = RETRACT,
		       .after_us = 1000000),
		FROM_B(FIN_ACK, 1, 2, TIME_WAIT, LAST_ACK, .notes = REPEAT),
		FROM_A(ACK, 2, 2, TIME_WAIT, CLOSED),
	};

	FSM_PLAY(fsm_closed(test), lines);
}

/* A late copy of an ACK from before the other FIN says nothing of what was received since. */
static void closing_after_a_fin_sent_again_lasts(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_A(ACK, 2, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(FIN_ACK, 1, 1, FIN_WAIT_1, FIN_WAIT_1),
		FROM_A(ACK, 2, 2, CLOSING, FIN_WAIT_1),
		FROM_B(ACK, 2, 2, TIME_WAIT, TIME_WAIT),
		FROM_A(FIN_ACK, 1, 2, CLOSING, TIME_WAIT, .notes = RETRACT,
		       .after_us = 1000000),
		FROM_A(ACK, 2, 1, CLOSING, TIME_WAIT),
		FROM_B(ACK, 2, 2, TIME_WAIT, TIME_WAIT),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

static void syn_received_after_a_syn_ack_sent_again_lasts(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(SYN_ACK, 0, 1, ESTABLISHED, SYN_RECEIVED, .local = true,
		       .notes = RETRACT),
		FROM_B(SYN_ACK, 0, 1, ESTABLISHED, SYN_RECEIVED, .local = true,
		       .notes = REPEAT),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* Behind a FIN there is no other one: it was not this FIN's ACK that was lost. */
static void fin_beyond_a_fin_takes_nothing_back(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT),
		FROM_A(FIN_ACK, 50, 1, FIN_WAIT_2, CLOSE_WAIT, .after_us = 1000000),
		FROM_A(FIN_ACK, 50, 1, FIN_WAIT_2, CLOSE_WAIT, .local = true),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* Its numbers are known from a segment that returned: the FINs stay acknowledged. */
static void last_ack_that_returns_from_a_flowtable_closes(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED, .forwarded = true),
		FROM_B(FIN_ACK, 1, 2, FIN_WAIT_2, LAST_ACK, .forwarded = true,
		       .offloaded = true),
		FROM_A(ACK, 2, 2, TIME_WAIT, CLOSED, .forwarded = true),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* A's first segment that is seen has acknowledged B's FIN, of which only a copy passes. */
static void fin_that_was_acknowledged_before_is_not_waited_for(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 2, FIN_WAIT_1, ESTABLISHED),
		FROM_B(FIN_ACK, 1, 1, FIN_WAIT_1, FIN_WAIT_1),
		FROM_B(ACK, 2, 2, FIN_WAIT_2, TIME_WAIT),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* A SYN/ACK that carries a FIN, and that FIN again: nothing of it tells of the other end. */
static void fin_again_of_a_lone_responder_opens_nothing(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(SYN_ACK | FIN, 0, 1, SYN_SENT, FIN_WAIT_1),
		FROM_B(FIN_ACK, 1, 1, SYN_SENT, FIN_WAIT_1, .notes = REPEAT),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* Whichever end closes first, with one FIN sent again the connection is not over. */
static void fin_sent_again_to_the_responder_in_time_wait_takes_the_verdict_back(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(FIN_ACK, 1, 1, ESTABLISHED, FIN_WAIT_1),
		FROM_A(FIN_ACK, 1, 2, LAST_ACK, FIN_WAIT_2),
		FROM_B(ACK, 2, 2, CLOSED, TIME_WAIT),
		FROM_A(FIN_ACK, 1, 2, LAST_ACK, TIME_WAIT, .notes = RETRACT,
		       .after_us = 1000000),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_NONE);
}

/* A SYN proves the other SYN received, but only an ACK on it that its own was. */
static void plain_ack_of_a_crossing_syn_opens_its_sender_halfway(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN, 300, 0, SYN_SENT, SYN_SENT),
		FROM_A(ACK, 1, 301, SYN_RECEIVED, SYN_SENT,
		       .transitions = { TRANSITION(A, RCV_SYN) }),
		FROM_B(SYN_ACK, 300, 1, ESTABLISHED, ESTABLISHED, .notes = REPEAT),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* It is the first with an ACK, and no sign that an ACK was lost. */
static void syn_ack_of_a_simultaneous_opening_takes_nothing_back(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN, 300, 0, SYN_SENT, SYN_SENT, .local = true),
		FROM_A(SYN_ACK, 0, 301, SYN_RECEIVED, SYN_SENT, .notes = REPEAT),
		FROM_B(SYN_ACK, 300, 1, ESTABLISHED, ESTABLISHED, .local = true,
		       .notes = REPEAT),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* A real SYN/ACK with another number shows that the crossing SYN was a stray one. */
static void stray_syn_leaves_the_opening_an_ordinary_one(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN, 700000, 0, SYN_SENT, SYN_SENT),
		FROM_B(SYN_ACK, 5000, 1, SYN_SENT, SYN_RECEIVED, .notes = REPEAT),
		/* It would have answered that SYN with a SYN/ACK. */
		FROM_A(ACK, 1, 700001, SYN_SENT, SYN_RECEIVED, .forwarded = true,
		       .notes = CHALLENGE),
		FROM_A(ACK, 1, 5001, ESTABLISHED, ESTABLISHED, .forwarded = true),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_SIMULTANEOUS, 0);
}

/* The number of a SYN that passed elsewhere is one less than what acknowledges it. */
static void syn_that_an_ack_told_of_is_known_when_it_comes(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(SYN_ACK, 0, 9001, SYN_RECEIVED, SYN_SENT, .notes = REPEAT),
		FROM_B(SYN, 9000, 0, SYN_RECEIVED, SYN_SENT, .notes = REPEAT),
		FROM_B(ACK, 9001, 1, ESTABLISHED, ESTABLISHED),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* Whatever its own scale, and without change to that. */
static void scale_of_an_unheard_end_is_the_largest(struct kunit *test)
{
	struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script;
	u8 scale;

	for (scale = 1; scale <= TCPSTATE_WSCALE_MAX; scale++) {
		lines[0].scale = scale;
		script = fsm_new(test);
		FSM_PLAY(script, lines);
		KUNIT_EXPECT_EQ(test, tcpstate_conn_wscale(&script->front.conn, A), scale);
		KUNIT_EXPECT_EQ(test, tcpstate_conn_wscale(&script->front.conn, B),
				TCPSTATE_WSCALE_MAX);
	}
}

/* Its number is not the SYN/ACK's, nor one that acknowledges it. */
static void local_ack_of_another_number_opens_nothing(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .local = true),
		FROM_B(SYN_ACK, 300, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 1, 299, SYN_SENT, SYN_RECEIVED, .local = true, .notes = CHALLENGE),
		FROM_A(ACK, 1, 300, SYN_SENT, SYN_RECEIVED, .local = true, .notes = CHALLENGE),
		FROM_A(ACK, 1, 300, SYN_SENT, SYN_RECEIVED, .local = true, .notes = CHALLENGE),
		/* Nor is a FIN with it the connection's. */
		FROM_A(FIN_ACK, 1, 300, SYN_SENT, SYN_RECEIVED, .local = true,
		       .notes = CHALLENGE),
		FROM_A(ACK, 1, 301, ESTABLISHED, ESTABLISHED, .local = true),
		FROM_A(FIN_ACK, 1, 301, FIN_WAIT_1, ESTABLISHED, .local = true),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* A local end has sent it and so received the FIN; but beyond the window it says nothing. */
static void local_ack_that_its_receiver_ignores_moves_its_sender_alone(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(FIN_ACK, 1, 1, ESTABLISHED, FIN_WAIT_1),
		FROM_A(ACK, FSM_WINDOW + 2, 2, CLOSE_WAIT, FIN_WAIT_1, .local = true,
		       .notes = IGNORED),
		FROM_B(FIN_ACK, 1, 1, CLOSE_WAIT, FIN_WAIT_1, .notes = REPEAT),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* The first SYN/ACK is the one that is timed, be it in the microsecond of the SYN. */
static void handshake_is_timed_by_the_first_syn_ack(struct kunit *test)
{
	static const struct fsm_line other_syn_ack[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 300, 1, SYN_SENT, SYN_RECEIVED, .after_us = 5),
		FROM_B(SYN_ACK, 900, 1, SYN_SENT, SYN_RECEIVED, .after_us = 3,
		       .notes = REPEAT),
		FROM_A(ACK, 1, 901, ESTABLISHED, ESTABLISHED, .after_us = 2),
	};
	static const struct fsm_line at_once[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 300, 1, SYN_SENT, SYN_RECEIVED, .after_us = 1),
		FROM_A(ACK, 1, 301, ESTABLISHED, ESTABLISHED, .after_us = 7),
	};
	struct fsm_script *script = fsm_new(test);
	const struct tcpstate_conn *conn = &script->front.conn;

	fsm_play(script, other_syn_ack, 2);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_syn_us(conn), 5);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_ack_us(conn), 0);
	fsm_play(script, other_syn_ack + 2, 2);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_syn_us(conn), 5);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_ack_us(conn), 5);
	script = fsm_new(test);
	conn = &script->front.conn;
	fsm_play(script, at_once, 1);
	script->now_us--;
	fsm_play(script, at_once + 1, 2);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_syn_us(conn), 1);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_ack_us(conn), 6);
}

/* The SYN/ACK that crossed the answer says that the data on its SYN was not taken. */
static void data_on_a_syn_that_crossed_another_is_sent_again(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 100),
		FROM_B(SYN, 0, 0, SYN_SENT, SYN_SENT),
		FROM_A(SYN_ACK, 0, 1, SYN_RECEIVED, SYN_SENT, .notes = REPEAT),
		FROM_B(SYN_ACK, 0, 1, ESTABLISHED, ESTABLISHED, .notes = REPEAT),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* Only a SYN/ACK shows that its ACK was lost. A SYN has no ACK, whatever its field holds. */
static void late_copy_of_a_syn_takes_nothing_back(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(SYN, 0, 0, ESTABLISHED, ESTABLISHED, .after_us = 2000000,
		       .notes = REPEAT),
	};
	struct fsm_script *script = fsm_new(test);

	/* Host A has acknowledged 0. */
	script->shift[B] = -1u;
	FSM_PLAY(script, lines);
}

static struct kunit_case fsm_crossing_cases[] = {
	FSM_CASE(ack_that_does_not_cover_the_crossing_fin_shows_fin_wait_2),
	FSM_CASE(crossing_fin_sent_again_stays_in_fin_wait_1),
	FSM_CASE(crossing_fin_beyond_a_gap_does_not_wait),
	FSM_CASE(fin_wait_1_after_a_fin_sent_again_lasts),
	FSM_CASE(last_ack_after_a_fin_sent_again_lasts),
	FSM_CASE(closing_after_a_fin_sent_again_lasts),
	FSM_CASE(syn_received_after_a_syn_ack_sent_again_lasts),
	FSM_CASE(fin_beyond_a_fin_takes_nothing_back),
	FSM_CASE(last_ack_that_returns_from_a_flowtable_closes),
	FSM_CASE(fin_that_was_acknowledged_before_is_not_waited_for),
	FSM_CASE(fin_again_of_a_lone_responder_opens_nothing),
	FSM_CASE(fin_sent_again_to_the_responder_in_time_wait_takes_the_verdict_back),
	FSM_CASE(plain_ack_of_a_crossing_syn_opens_its_sender_halfway),
	FSM_CASE(syn_ack_of_a_simultaneous_opening_takes_nothing_back),
	FSM_CASE(stray_syn_leaves_the_opening_an_ordinary_one),
	FSM_CASE(data_on_a_syn_that_crossed_another_is_sent_again),
	FSM_CASE(late_copy_of_a_syn_takes_nothing_back),
	FSM_CASE(syn_that_an_ack_told_of_is_known_when_it_comes),
	FSM_CASE(scale_of_an_unheard_end_is_the_largest),
	FSM_CASE(local_ack_of_another_number_opens_nothing),
	FSM_CASE(local_ack_that_its_receiver_ignores_moves_its_sender_alone),
	FSM_CASE(handshake_is_timed_by_the_first_syn_ack),
	{}
};

static struct kunit_suite fsm_crossing_suite = {
	.name = "tcpstate_fsm_crossing",
	.test_cases = fsm_crossing_cases,
};

kunit_test_suite(fsm_crossing_suite);
