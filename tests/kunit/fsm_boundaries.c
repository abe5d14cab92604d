// SPDX-License-Identifier: GPL-2.0-only
/* The last number, timestamp or millisecond that counts, and the first that does not. */
#include "fsm_cases.h"

/* A remote end's repeat may have crossed the ACK for a round trip, here 30 ms. */
static void syn_ack_again_proves_a_loss_after_a_round_trip(struct kunit *test)
{
	/* The clock has whole milliseconds, so a difference of 31 may be 30 and a bit. */
	static const struct fsm_line crossed[] = {
		FROM_B(SYN_ACK, 0, 1, ESTABLISHED, ESTABLISHED, .notes = REPEAT,
		       .after_us = 31000),
	};
	static const struct fsm_line lost[] = {
		FROM_B(SYN_ACK, 0, 1, ESTABLISHED, SYN_RECEIVED, .notes = RETRACT,
		       .after_us = 32000),
	};

	FSM_PLAY(fsm_opened(test), crossed);
	FSM_PLAY(fsm_opened(test), lost);
}

/* RFC 7323, 2.2: the window of a SYN/ACK is never scaled. */
static void window_of_a_syn_ack_is_not_scaled(struct kunit *test)
{
	static const struct fsm_line opening[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .scale = 7),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .scale = 7, .win = 1000),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line beyond[] = {
		FROM_A(PSH_ACK, 1002, 1, ESTABLISHED, ESTABLISHED, .len = 1,
		       .notes = IGNORED),
		FROM_A(PSH_ACK, 1001, 1, ESTABLISHED, ESTABLISHED, .len = 1),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, opening);
	FSM_PLAY(script, beyond);
}

static struct fsm_script *opened_with_timestamps(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .ts = 100),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .ts = 500),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .ts = 110),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	return script;
}

/* Linux tolerates a timestamp that is older by one (TCP_PAWS_WINDOW). */
static void timestamp_may_be_older_by_one(struct kunit *test)
{
	static const struct fsm_line older_by_two[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10, .ts = 108,
		       .notes = OLD_TS),
	};
	static const struct fsm_line older_by_one[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10, .ts = 109),
		/* It has not replaced the newer one. */
		FROM_A(PSH_ACK, 11, 1, ESTABLISHED, ESTABLISHED, .len = 10, .ts = 108,
		       .notes = OLD_TS),
	};

	FSM_PLAY(opened_with_timestamps(test), older_by_two);
	FSM_PLAY(opened_with_timestamps(test), older_by_one);
}

/* To a minisocket any older timestamp is too old (tcp_timewait_state_process()). */
static void timestamp_to_time_wait_may_not_be_older(struct kunit *test)
{
	static const struct fsm_line closing[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED, .ts = 120),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT, .ts = 520),
		FROM_B(FIN_ACK, 1, 2, FIN_WAIT_2, LAST_ACK, .ts = 530),
		FROM_A(ACK, 2, 2, TIME_WAIT, CLOSED, .ts = 130),
		FROM_B(ACK, 2, 2, TIME_WAIT, CLOSED, .ts = 530),
		FROM_B(ACK, 2, 2, TIME_WAIT, CLOSED, .ts = 529, .notes = OLD_TS),
	};
	struct fsm_script *script = opened_with_timestamps(test);

	FSM_PLAY(script, closing);
}

/* Linux's tcp_disordered_ack(): reordered in the network, without consequence. */
static void only_a_repeated_pure_ack_may_have_an_old_timestamp(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10, .ts = 510),
		FROM_A(ACK, 1, 11, ESTABLISHED, ESTABLISHED, .ts = 120),
		FROM_A(ACK, 1, 11, ESTABLISHED, ESTABLISHED, .ts = 105),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .ts = 105, .notes = OLD_TS),
		FROM_A(ACK, 2, 11, ESTABLISHED, ESTABLISHED, .ts = 105, .notes = OLD_TS),
		FROM_A(FIN_ACK, 1, 11, ESTABLISHED, ESTABLISHED, .ts = 105,
		       .notes = OLD_TS),
	};
	struct fsm_script *script = opened_with_timestamps(test);

	FSM_PLAY(script, lines);
}

/* RFC 5961, 3.2: in the window a challenge, outside of it nothing. */
static void rst_is_challenged_up_to_the_right_edge(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST, FSM_WINDOW + 2, 0, ESTABLISHED, ESTABLISHED, .notes = IGNORED),
		FROM_A(RST, FSM_WINDOW + 1, 0, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
		FROM_A(RST, 2, 0, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
		FROM_A(RST, 0, 0, ESTABLISHED, ESTABLISHED, .notes = IGNORED),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* RFC 5961, 5.2: SND.UNA - MAX.SND.WND <= SEG.ACK <= SND.NXT; 66000 as in conntrack. */
static void ack_counts_from_the_largest_window_back_to_snd_nxt(struct kunit *test)
{
	static const struct fsm_line acks[] = {
		FROM_B(ACK, 1, 80002, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
		FROM_B(ACK, 1, 80001 - 66000, ESTABLISHED, ESTABLISHED),
		FROM_B(ACK, 1, 80000 - 66000, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
	};
	struct fsm_script *script = fsm_opened(test);
	struct fsm_line round[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10000),
		FROM_B(ACK, 1, 10001, ESTABLISHED, ESTABLISHED),
	};

	script->uncounted = true;
	for (; round[0].seq < 80001; round[0].seq += 10000, round[1].ack += 10000)
		FSM_PLAY(script, round);
	FSM_PLAY(script, acks);
}

/* RFC 9293, 3.8.6.1, and Linux, whose probe has an old number and no byte. */
static void probe_of_a_closed_window_is_no_data(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = FSM_WINDOW),
		FROM_B(ACK, 1, FSM_WINDOW + 1, ESTABLISHED, ESTABLISHED, .win = SHUT),
		FROM_A(ACK, FSM_WINDOW, 1, ESTABLISHED, ESTABLISHED,
		       .notes = TCPSTATE_NOTE_ZERO_WINDOW | IGNORED),
		/* Without a byte it asks for no answer. */
		FROM_A(ACK, FSM_WINDOW + 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(ACK, FSM_WINDOW + 1, 1, ESTABLISHED, ESTABLISHED, .len = 1,
		       .notes = TCPSTATE_NOTE_ZERO_WINDOW),
		FROM_A(ACK, FSM_WINDOW + 1, 1, ESTABLISHED, ESTABLISHED, .len = 2),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, script->front.conn.end[A].data_segs, 2);
	KUNIT_EXPECT_EQ(test, script->front.conn.end[A].ack_segs, 3);
}

/* RFC 9293, 3.8.4: with or without one garbage byte. */
static void keep_alive_probe_is_no_data(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED),
		FROM_A(ACK, 100, 1, ESTABLISHED, ESTABLISHED, .len = 1,
		       .notes = TCPSTATE_NOTE_KEEPALIVE),
		FROM_A(ACK, 100, 1, ESTABLISHED, ESTABLISHED,
		       .notes = TCPSTATE_NOTE_KEEPALIVE | IGNORED),
		/* Two bytes are a retransmission and a new one. */
		FROM_A(PSH_ACK, 100, 1, ESTABLISHED, ESTABLISHED, .len = 2),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, script->front.conn.end[A].data_segs, 2);
	KUNIT_EXPECT_EQ(test, script->front.conn.end[A].ack_segs, 2);
}

/* RFC 7413, 4.2.1: the SYN/ACK says how much of a SYN's data was taken. */
static void data_on_a_syn_counts_as_far_as_the_syn_ack_says(struct kunit *test)
{
	static const struct fsm_line none[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 100),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line all[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 100),
		FROM_B(SYN_ACK, 0, 101, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 101, 1, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, none);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 0);
	fsm_expect_flags(script, TCPSTATE_F_FAST_OPEN, TCPSTATE_F_FAST_OPEN);
	script = fsm_new(test);
	FSM_PLAY(script, all);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 100);
	script = fsm_opened(test);
	fsm_expect_flags(script, TCPSTATE_F_FAST_OPEN, 0);
}

/* A byte counts repeats and closing segments; at 255 they are lower bounds. */
static void small_counts_are_lower_bounds_from_255(struct kunit *test)
{
	static const struct fsm_line syn = FROM_A(SYN, 0, 0, SYN_SENT, LISTEN,
		.free_notes = 0xff);
	static const struct fsm_line fin = FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED,
		.free_notes = 0xff);
	struct fsm_script *script = fsm_new(test);
	int i;

	script->uncounted = true;
	for (i = 0; i < 260; i++) {
		fsm_play(script, &syn, 1);
		KUNIT_EXPECT_EQ(test, script->front.conn.repeats[A], min(i, 255));
		KUNIT_EXPECT_EQ(test, tcpstate_conn_saturated(&script->front.conn, A),
				i < 255 ? 0 : TCPSTATE_COUNT_REPEATS | TCPSTATE_COUNT_OPENING);
	}
	script = fsm_opened(test);
	script->uncounted = true;
	for (i = 1; i < 260; i++) {
		fsm_play(script, &fin, 1);
		KUNIT_EXPECT_EQ(test, script->front.conn.closings[A], min(i, 255));
		KUNIT_EXPECT_EQ(test, tcpstate_conn_saturated(&script->front.conn, A),
				i < 255 ? 0 : TCPSTATE_COUNT_CLOSING);
	}
}

/*
 * Until an end has acknowledged something it is not known where its window lies, but how
 * large it can be: host A's may be scaled by 2^1.
 */
static void segment_before_the_first_ack_lies_within_the_largest_window(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .scale = 1),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .scale = 1),
		FROM_B(FIN_ACK, 0x60000000, 1, SYN_SENT, SYN_RECEIVED, .notes = IGNORED),
		FROM_B(FIN_ACK, 0xa0000000, 1, SYN_SENT, SYN_RECEIVED, .notes = IGNORED),
		FROM_B(PSH_ACK, 2 * 65535 + 2, 1, SYN_SENT, SYN_RECEIVED, .len = 10,
		       .notes = IGNORED),
		FROM_B(PSH_ACK, 2 * 65535 + 1, 1, SYN_SENT, SYN_RECEIVED, .len = 10),
		FROM_B(PSH_ACK, 10, 1, SYN_SENT, SYN_RECEIVED, .len = 10, .notes = IGNORED),
		FROM_B(PSH_ACK, 11, 1, SYN_SENT, SYN_RECEIVED, .len = 10),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* The SYN passed elsewhere, and the scale of its sender with it. */
static void scale_of_an_end_that_is_not_heard_is_the_largest(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .scale = 1),
		FROM_B(FIN_ACK, 0x60000000, 1, SYN_SENT, SYN_RECEIVED, .notes = IGNORED),
		FROM_B(PSH_ACK, 65535 << 14, 1, ESTABLISHED, ESTABLISHED, .len = 10),
	};

	FSM_PLAY(fsm_new(test), lines);
}

static struct kunit_case fsm_boundaries_cases[] = {
	FSM_CASE(syn_ack_again_proves_a_loss_after_a_round_trip),
	FSM_CASE(window_of_a_syn_ack_is_not_scaled),
	FSM_CASE(timestamp_may_be_older_by_one),
	FSM_CASE(timestamp_to_time_wait_may_not_be_older),
	FSM_CASE(only_a_repeated_pure_ack_may_have_an_old_timestamp),
	FSM_CASE(rst_is_challenged_up_to_the_right_edge),
	FSM_CASE(ack_counts_from_the_largest_window_back_to_snd_nxt),
	FSM_CASE(small_counts_are_lower_bounds_from_255),
	FSM_CASE(probe_of_a_closed_window_is_no_data),
	FSM_CASE(keep_alive_probe_is_no_data),
	FSM_CASE(data_on_a_syn_counts_as_far_as_the_syn_ack_says),
	FSM_CASE(segment_before_the_first_ack_lies_within_the_largest_window),
	FSM_CASE(scale_of_an_end_that_is_not_heard_is_the_largest),
	{}
};

static struct kunit_suite fsm_boundaries_suite = {
	.name = "tcpstate_fsm_boundaries",
	.test_cases = fsm_boundaries_cases,
};

kunit_test_suite(fsm_boundaries_suite);
