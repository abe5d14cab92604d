// SPDX-License-Identifier: GPL-2.0-only
/* Opening: RFC 9293's figures 6 and 7, the article, Fast Open, one-way. */
#include "fsm_cases.h"

static void figure_6_basic_opening(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 100, 0, SYN_SENT, LISTEN,
		       .transitions = { TRANSITION(A, SND_SYN) }),
		FROM_B(SYN_ACK, 300, 101, SYN_SENT, SYN_RECEIVED,
		       .transitions = { TRANSITION(B, RCV_SYN) }),
		FROM_A(ACK, 101, 301, ESTABLISHED, ESTABLISHED,
		       .transitions = { TRANSITION(A, RCV_SYN_ACK),
				   TRANSITION(B, RCV_ACK_OF_SYN) }),
		FROM_A(PSH_ACK, 101, 301, ESTABLISHED, ESTABLISHED, .len = 10),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_NONE);
	fsm_expect_flags(script, TCPSTATE_F_MIDSTREAM | TCPSTATE_F_LOOSE |
			 TCPSTATE_F_SIMULTANEOUS | TCPSTATE_F_RETRACTED, 0);
}

static void figure_7_simultaneous_opening(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 100, 0, SYN_SENT, LISTEN),
		FROM_B(SYN, 300, 0, SYN_SENT, SYN_SENT,
		       .transitions = { TRANSITION(B, SND_SYN) }),
		FROM_A(SYN_ACK, 100, 301, SYN_RECEIVED, SYN_SENT,
		       .transitions = { TRANSITION(A, RCV_SYN) },
		       .free_notes = REPEAT),
		FROM_B(SYN_ACK, 300, 101, ESTABLISHED, ESTABLISHED,
		       .transitions = { TRANSITION(B, RCV_SYN), TRANSITION(B, RCV_ACK_OF_SYN),
				   TRANSITION(A, RCV_ACK_OF_SYN) },
		       .free_notes = REPEAT),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_SIMULTANEOUS, TCPSTATE_F_SIMULTANEOUS);
	KUNIT_EXPECT_EQ(test, script->front.initiator, A);
}

static void simultaneous_opening_answered_by_the_other_end_first(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN, 0, 0, SYN_SENT, SYN_SENT),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED,
		       .free_notes = REPEAT),
		FROM_A(SYN_ACK, 0, 1, ESTABLISHED, ESTABLISHED,
		       .free_notes = REPEAT),
	};

	FSM_PLAY(fsm_new(test), lines);
}

static void expect_opening(struct fsm_script *script, int end, u32 opening, u32 repeats)
{
	KUNIT_EXPECT_EQ(script->test, tcpstate_conn_opening(&script->front.conn, end),
			opening);
	KUNIT_EXPECT_EQ(script->test, script->front.conn.repeats[end], repeats);
}

/* It was taken for a SYN/ACK that passed elsewhere. */
static void late_syn_of_the_other_end_makes_the_opening_simultaneous(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_B(SYN, 0, 0, ESTABLISHED, ESTABLISHED,
		       .free_notes = REPEAT),
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10),
	};
	static const struct fsm_line answers[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_B(SYN_ACK, 0, 1, ESTABLISHED, ESTABLISHED,
		       .free_notes = REPEAT),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(SYN_ACK, 0, 1, ESTABLISHED, ESTABLISHED,
		       .free_notes = REPEAT),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_SIMULTANEOUS, TCPSTATE_F_SIMULTANEOUS);
	expect_opening(script, TCPSTATE_RESPONDER, 1, 0);
	script = fsm_new(test);
	FSM_PLAY(script, answers);
	fsm_expect_flags(script, TCPSTATE_F_SIMULTANEOUS, TCPSTATE_F_SIMULTANEOUS);
	expect_opening(script, TCPSTATE_RESPONDER, 1, 0);
	expect_opening(script, TCPSTATE_INITIATOR, 3, 1);
}

/* Its numbers lie ahead, so that it is picked up again: that changes no count. */
static void opening_counts_what_has_passed(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .forwarded = true),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .forwarded = true),
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10,
		       .forwarded = true),
		FROM_B(PSH_ACK, 90001, 1, ESTABLISHED, ESTABLISHED, .len = 10,
		       .after_us = 1000000, .forwarded = true),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_MIDSTREAM, TCPSTATE_F_MIDSTREAM);
	expect_opening(script, TCPSTATE_INITIATOR, 2, 0);
	expect_opening(script, TCPSTATE_RESPONDER, 0, 0);
}

/* The SYN/ACK was made again, from a cookie or by another backend; the first one was lost. */
static void other_syn_ack_replaces_one_not_yet_acknowledged(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_B(SYN_ACK, 7000, 1, SYN_SENT, SYN_RECEIVED,
		       .notes = REPEAT),
		FROM_A(ACK, 1, 7001, ESTABLISHED, ESTABLISHED),
		FROM_B(SYN_ACK, 0, 1, ESTABLISHED, ESTABLISHED,
		       .free_notes = 0xff),
		FROM_B(PSH_ACK, 7001, 1, ESTABLISHED, ESTABLISHED, .len = 10),
	};

	FSM_PLAY(fsm_new(test), lines);
}

static void split_handshake_keeps_the_first_sender_as_initiator(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN, 0, 0, SYN_SENT, SYN_SENT),
		FROM_A(SYN_ACK, 0, 1, SYN_RECEIVED, SYN_SENT,
		       .free_notes = REPEAT),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, script->front.initiator, A);
	KUNIT_EXPECT_EQ(test, script->ended, 0);
}

static void repeated_syn_is_the_same_connection_and_counted(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .notes = REPEAT,
		       .after_us = 1000000),
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .notes = REPEAT,
		       .after_us = 2000000),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .notes = REPEAT,
		       .after_us = 1000000),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_new(test);
	const struct tcpstate_conn *conn = &script->front.conn;

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_opening(conn, TCPSTATE_INITIATOR), 4);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_opening(conn, TCPSTATE_RESPONDER), 2);
}

/* A SYN that is repeated after the SYN/ACK was sent: the SYN/ACK was lost. */
static void syn_repeated_after_the_answer_changes_nothing(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(SYN, 0, 0, SYN_SENT, SYN_RECEIVED, .notes = REPEAT,
		       .free_notes = IGNORED, .after_us = 1000000),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .notes = REPEAT),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};

	FSM_PLAY(fsm_new(test), lines);
}

static void local_syn_ack_again_takes_established_back_at_once(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(SYN_ACK, 0, 1, ESTABLISHED, SYN_RECEIVED, .local = true,
		       .notes = RETRACT, .free_notes = IGNORED,
		       .transitions = { TRANSITION(B, SYN_ACK_AGAIN) }),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED,
		       .transitions = { TRANSITION(B, RCV_ACK_OF_SYN) }),
	};
	struct fsm_script *script = fsm_opened(test);

	fsm_expect_flags(script, TCPSTATE_F_RETRACTED, 0);
	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_RETRACTED, TCPSTATE_F_RETRACTED);
	/* The handshake's time is the first one's. */
	KUNIT_EXPECT_EQ(test, tcpstate_conn_ack_us(&script->front.conn),
			FSM_RTT_A_US);
}

static void remote_syn_ack_again_may_have_crossed_the_ack(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(SYN_ACK, 0, 1, ESTABLISHED, ESTABLISHED, .notes = REPEAT,
		       .free_notes = IGNORED, .after_us = 5000),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_RETRACTED, 0);
}

static void remote_syn_ack_again_counts_after_a_round_trip(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(SYN_ACK, 0, 1, ESTABLISHED, SYN_RECEIVED,
		       .notes = RETRACT, .free_notes = IGNORED,
		       .after_us = 1000000),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* What an end sent as an established one cannot be unsent. */
static void syn_ack_after_data_of_its_sender_is_an_old_duplicate(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_A(ACK, 1, 11, ESTABLISHED, ESTABLISHED),
		FROM_B(SYN_ACK, 0, 1, ESTABLISHED, ESTABLISHED,
		       .free_notes = REPEAT | IGNORED | CHALLENGE,
		       .after_us = 1000000),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_RETRACTED, 0);
}

static void lone_initiator_proves_the_other_s_syn_by_its_ack(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_SEEN | TCPSTATE_F_SEEN << 1,
			 TCPSTATE_F_SEEN);
}

static void lone_responder_proves_the_handshake_by_data(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, script->front.initiator, A);
	fsm_expect_flags(script, TCPSTATE_F_SEEN | TCPSTATE_F_SEEN << 1,
			 TCPSTATE_F_SEEN << 1);
	fsm_expect_flags(script, TCPSTATE_F_MIDSTREAM, TCPSTATE_F_MIDSTREAM);
	KUNIT_EXPECT_FALSE(test, tcpstate_conn_is_guessed(&script->front.conn));
}

static void picked_up_at_the_syn_ack_goes_on_as_usual(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT),
	};

	FSM_PLAY(fsm_new(test), lines);
}

static void picked_up_in_midstream_is_established_and_says_so(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(PSH_ACK, 5000, 7000, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_A(ACK, 7000, 5010, ESTABLISHED, ESTABLISHED),
		FROM_A(PSH_ACK, 7000, 5010, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_B(FIN_ACK, 5010, 7010, ESTABLISHED, FIN_WAIT_1),
		FROM_A(FIN_ACK, 7010, 5011, LAST_ACK, FIN_WAIT_2),
		FROM_B(ACK, 5011, 7011, CLOSED, TIME_WAIT),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_MIDSTREAM, TCPSTATE_F_MIDSTREAM);
	KUNIT_EXPECT_TRUE(test, tcpstate_conn_is_guessed(&script->front.conn));
	fsm_expect_verdict(script, TCPSTATE_VERDICT_CLOSED);
}

static void picked_up_at_a_fin_is_closing(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 7000, 5000, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 5000, 7001, FIN_WAIT_2, CLOSE_WAIT),
	};

	FSM_PLAY(fsm_new(test), lines);
}

static void third_segment_may_carry_data(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_OPEN_ACK, 0);
	KUNIT_EXPECT_EQ(test, script->front.conn.end[A].data_segs, 1);
}

static void third_segment_may_be_a_fin(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED,
		       .transitions = { TRANSITION(A, RCV_SYN_ACK), TRANSITION(A, SND_FIN),
				   TRANSITION(B, RCV_ACK_OF_SYN) }),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT),
	};

	FSM_PLAY(fsm_new(test), lines);
}

static void third_ack_of_another_number_opens_nothing(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 1, 500, SYN_SENT, SYN_RECEIVED, .notes = IGNORED,
		       .free_notes = TCPSTATE_NOTE_CHALLENGE),
		FROM_A(ACK, 1, 0, SYN_SENT, SYN_RECEIVED, .notes = IGNORED,
		       .free_notes = TCPSTATE_NOTE_CHALLENGE),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};

	FSM_PLAY(fsm_new(test), lines);
}

static void fast_open_with_the_data_acknowledged(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 50),
		FROM_B(SYN_ACK, 0, 51, SYN_SENT, SYN_RECEIVED),
		FROM_B(PSH_ACK, 1, 51, SYN_SENT, SYN_RECEIVED, .len = 20),
		FROM_A(ACK, 51, 21, ESTABLISHED, ESTABLISHED),
		FROM_A(FIN_ACK, 51, 21, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 21, 52, FIN_WAIT_2, CLOSE_WAIT),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_FAST_OPEN, TCPSTATE_F_FAST_OPEN);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 50);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, B), 20);
}

static void fast_open_with_the_data_refused(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 50),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 50),
		FROM_B(ACK, 1, 51, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_FAST_OPEN, TCPSTATE_F_FAST_OPEN);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 50);
}

/* Without Fast Open the data of a SYN were never sent, and the next number is ISN + 1. */
static void end_after_a_syn_whose_data_were_refused(struct kunit *test)
{
	static const struct fsm_line opened[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 50),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line rst[] = {
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
	};
	static const struct fsm_line fin[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(FIN_ACK, 1, 2, FIN_WAIT_2, LAST_ACK),
		FROM_A(ACK, 2, 2, TIME_WAIT, CLOSED),
	};
	static const struct fsm_line early_rst[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 50),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(RST, 1, 0, CLOSED, CLOSED),
	};
	static const struct fsm_line repeated[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 50),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(SYN, 0, 0, ESTABLISHED, ESTABLISHED, .len = 50, .notes = REPEAT),
	};
	static const struct fsm_line overtaken[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 50),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_B(SYN_ACK, 0, 1, ESTABLISHED, ESTABLISHED, .notes = REPEAT),
	};
	static const struct fsm_line partly[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 50),
		FROM_B(SYN_ACK, 0, 21, SYN_SENT, SYN_RECEIVED),
		FROM_A(PSH_ACK, 21, 1, ESTABLISHED, ESTABLISHED, .len = 30),
		FROM_A(FIN_ACK, 51, 1, FIN_WAIT_1, ESTABLISHED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, opened);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 0);
	FSM_PLAY(script, rst);
	script = fsm_new(test);
	FSM_PLAY(script, opened);
	FSM_PLAY(script, fin);
	FSM_PLAY(fsm_new(test), early_rst);
	script = fsm_new(test);
	FSM_PLAY(script, partly);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 50);
	script = fsm_new(test);
	FSM_PLAY(script, repeated);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 0);
	script = fsm_new(test);
	FSM_PLAY(script, overtaken);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 0);
}

/* Linux's Fast Open client takes it (tcp_fastopen_add_skb()); others ignore it. */
static void syn_ack_may_carry_a_fin(struct kunit *test)
{
	static const struct fsm_line taken[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 50),
		FROM_B(SYN_ACK | FIN, 0, 51, SYN_SENT, FIN_WAIT_1, .len = 20,
		       .transitions = { TRANSITION(B, RCV_SYN), TRANSITION(B, SND_FIN) }),
		FROM_A(ACK, 51, 22, CLOSE_WAIT, FIN_WAIT_2),
	};
	static const struct fsm_line ignored[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK | FIN, 0, 1, SYN_SENT, FIN_WAIT_1),
		FROM_A(ACK, 1, 1, ESTABLISHED, FIN_WAIT_1),
		FROM_B(FIN_ACK, 1, 1, ESTABLISHED, FIN_WAIT_1, .notes = REPEAT),
		FROM_A(ACK, 1, 2, CLOSE_WAIT, FIN_WAIT_2),
	};

	FSM_PLAY(fsm_new(test), taken);
	FSM_PLAY(fsm_new(test), ignored);
}

/* A server that answers the data of the SYN before the third segment came. */
static void fast_open_server_may_close_before_the_third_segment(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 50),
		FROM_B(SYN_ACK, 0, 51, SYN_SENT, SYN_RECEIVED),
		FROM_B(FIN_ACK, 1, 51, SYN_SENT, FIN_WAIT_1, .len = 20,
		       .transitions = { TRANSITION(B, SND_FIN) }),
		FROM_A(ACK, 51, 22, CLOSE_WAIT, FIN_WAIT_2,
		       .transitions = { TRANSITION(A, RCV_SYN_ACK), TRANSITION(A, RCV_FIN),
				   TRANSITION(B, RCV_ACK_OF_FIN) }),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* Its third segment has gone on from the SYN alone, so the data was not taken. */
static void late_copy_of_a_syn_brings_no_data_back(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 10, .forwarded = true),
		FROM_A(ACK, 1, 301, ESTABLISHED, ESTABLISHED, .forwarded = true),
		FROM_A(SYN, 0, 0, ESTABLISHED, ESTABLISHED, .len = 10,
		       .forwarded = true, .notes = REPEAT),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 0);
}

/* Host A's data is on no SYN: host B's SYN/ACK, which comes late, does not take it back. */
static void data_that_overtakes_the_other_syn_ack_was_sent(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .forwarded = true),
		FROM_B(SYN, 0, 0, SYN_SENT, SYN_SENT, .forwarded = true),
		FROM_A(SYN_ACK, 0, 1, SYN_RECEIVED, SYN_SENT, .forwarded = true,
		       .notes = REPEAT),
		FROM_A(PSH_ACK, 1, 1, SYN_RECEIVED, SYN_SENT, .len = 100, .forwarded = true),
		FROM_B(SYN_ACK, 0, 1, ESTABLISHED, ESTABLISHED, .forwarded = true,
		       .notes = REPEAT),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED, .forwarded = true),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_MIDSTREAM, 0);
}

/* Its CPU may have read the clock, and then waited until another one had taken the SYN/ACK. */
static void third_segment_that_seems_older_than_the_syn_ack_took_no_time(struct kunit *test)
{
	static const struct fsm_line opening[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 10),
		FROM_B(SYN_ACK, 0, 11, SYN_SENT, SYN_RECEIVED, .after_us = 5000),
	};
	static const struct fsm_line third[] = {
		/* With the first of an adjustment: not the expected segment */
		FROM_A(ACK, 11, 1, ESTABLISHED, ESTABLISHED, .adjusted = true),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, opening);
	script->front.begun_us += 2000;
	FSM_PLAY(script, third);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_syn_us(&script->front.conn), 5000);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_ack_us(&script->front.conn), 1);
	fsm_expect_steps(script, 1);
}

static struct kunit_case fsm_opening_cases[] = {
	FSM_CASE(figure_6_basic_opening),
	FSM_CASE(figure_7_simultaneous_opening),
	FSM_CASE(simultaneous_opening_answered_by_the_other_end_first),
	FSM_CASE(late_syn_of_the_other_end_makes_the_opening_simultaneous),
	FSM_CASE(opening_counts_what_has_passed),
	FSM_CASE(other_syn_ack_replaces_one_not_yet_acknowledged),
	FSM_CASE(split_handshake_keeps_the_first_sender_as_initiator),
	FSM_CASE(repeated_syn_is_the_same_connection_and_counted),
	FSM_CASE(syn_repeated_after_the_answer_changes_nothing),
	FSM_CASE(local_syn_ack_again_takes_established_back_at_once),
	FSM_CASE(remote_syn_ack_again_may_have_crossed_the_ack),
	FSM_CASE(remote_syn_ack_again_counts_after_a_round_trip),
	FSM_CASE(syn_ack_after_data_of_its_sender_is_an_old_duplicate),
	FSM_CASE(lone_initiator_proves_the_other_s_syn_by_its_ack),
	FSM_CASE(lone_responder_proves_the_handshake_by_data),
	FSM_CASE(picked_up_at_the_syn_ack_goes_on_as_usual),
	FSM_CASE(picked_up_in_midstream_is_established_and_says_so),
	FSM_CASE(picked_up_at_a_fin_is_closing),
	FSM_CASE(third_segment_may_carry_data),
	FSM_CASE(third_segment_may_be_a_fin),
	FSM_CASE(third_ack_of_another_number_opens_nothing),
	FSM_CASE(fast_open_with_the_data_acknowledged),
	FSM_CASE(fast_open_with_the_data_refused),
	FSM_CASE(late_copy_of_a_syn_brings_no_data_back),
	FSM_CASE(end_after_a_syn_whose_data_were_refused),
	FSM_CASE(syn_ack_may_carry_a_fin),
	FSM_CASE(fast_open_server_may_close_before_the_third_segment),
	FSM_CASE(data_that_overtakes_the_other_syn_ack_was_sent),
	FSM_CASE(third_segment_that_seems_older_than_the_syn_ack_took_no_time),
	{}
};

static struct kunit_suite fsm_opening_suite = {
	.name = "tcpstate_fsm_opening",
	.test_cases = fsm_opening_cases,
};

kunit_test_suite(fsm_opening_suite);
