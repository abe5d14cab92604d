// SPDX-License-Identifier: GPL-2.0-only
/* What is counted and timed: the article's captures, bytes, segments, times. */
#include "fsm_cases.h"

static const struct tcpstate_end *fsm_end(const struct fsm_script *script, int host)
{
	return &script->front.conn.end[host];
}

/* Segments 1 to 4 of the article's first capture, with its numbers and times. */
static void article_opening(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 2313595154u, 0, SYN_SENT, LISTEN, .win = 65535,
		       .scale = 6, .ts = 1648035900, .sack = true),
		FROM_B(SYN_ACK, 679172691, 2313595155u, SYN_SENT, SYN_RECEIVED,
		       .win = 65535, .scale = 6, .ts = 273853589, .sack = true,
		       .after_us = 60),
		FROM_A(ACK, 2313595155u, 679172692, ESTABLISHED, ESTABLISHED,
		       .win = 6379, .ts = 1648035900, .after_us = 11),
		FROM_B(ACK, 679172692, 2313595155u, ESTABLISHED, ESTABLISHED,
		       .win = 6379, .ts = 273853589, .after_us = 8),
	};
	struct fsm_script *script = fsm_new(test);
	const struct tcpstate_conn *conn = &script->front.conn;

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_syn_us(conn), 60);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_ack_us(conn), 11);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_opening(conn, A), 2);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_opening(conn, B), 1);
	/* The window update is an ACK, not part of the opening. */
	KUNIT_EXPECT_EQ(test, fsm_end(script, B)->ack_segs, 1);
	KUNIT_EXPECT_EQ(test, fsm_end(script, A)->ack_segs, 0);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_wscale(conn, A), 6);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_wscale(conn, B), 6);
	KUNIT_EXPECT_EQ(test, fsm_end(script, A)->isn, 2313595154u);
	KUNIT_EXPECT_EQ(test, fsm_end(script, B)->isn, 679172691);
	fsm_expect_flags(script, TCPSTATE_F_OPEN_ACK | TCPSTATE_F_SACK,
			 TCPSTATE_F_OPEN_ACK | TCPSTATE_F_SACK);
}

/* "msg" three times, then the article's second capture. */
static void article_writes_and_closing(struct kunit *test)
{
	static const struct fsm_line write[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 4,
		       .after_us = 4000000),
		FROM_B(ACK, 1, 5, ESTABLISHED, ESTABLISHED),
		FROM_A(PSH_ACK, 5, 1, ESTABLISHED, ESTABLISHED, .len = 4,
		       .after_us = 4000000),
		FROM_B(ACK, 1, 9, ESTABLISHED, ESTABLISHED),
		FROM_A(PSH_ACK, 9, 1, ESTABLISHED, ESTABLISHED, .len = 4,
		       .after_us = 4000000),
		FROM_B(ACK, 1, 13, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line close[] = {
		FROM_A(FIN_ACK, 13, 1, FIN_WAIT_1, ESTABLISHED,
		       .after_us = 4000000),
		FROM_B(ACK, 1, 14, FIN_WAIT_2, CLOSE_WAIT, .after_us = 47),
		FROM_B(FIN_ACK, 1, 14, FIN_WAIT_2, LAST_ACK, .after_us = 251),
		FROM_A(ACK, 14, 2, TIME_WAIT, CLOSED, .after_us = 36),
	};
	struct fsm_script *script = fsm_opened(test);
	const struct tcpstate_conn *conn = &script->front.conn;

	FSM_PLAY(script, write);
	KUNIT_EXPECT_EQ(test, fsm_end(script, A)->data_segs, 3);
	KUNIT_EXPECT_EQ(test, fsm_end(script, B)->ack_segs, 3);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(conn, A), 12);
	FSM_PLAY(script, close);
	KUNIT_EXPECT_EQ(test, conn->closings[A], 2);
	KUNIT_EXPECT_EQ(test, conn->closings[B], 2);
	KUNIT_EXPECT_EQ(test, fsm_end(script, A)->ack_segs, 0);
	KUNIT_EXPECT_EQ(test, fsm_end(script, B)->ack_segs, 3);
	KUNIT_EXPECT_EQ(test, fsm_end(script, B)->data_segs, 0);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(conn, A), 12);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(conn, B), 0);
	KUNIT_EXPECT_EQ(test, fsm_total(&script->front.conn, A) + fsm_total(&script->front.conn, B),
			3 + 6 + 4);
}

static void small_request_and_answer_cost_eleven_segments(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_B(ACK, 1, 11, ESTABLISHED, ESTABLISHED),
		FROM_B(PSH_ACK, 1, 11, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_A(ACK, 11, 11, ESTABLISHED, ESTABLISHED),
		FROM_A(FIN_ACK, 11, 11, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 11, 12, FIN_WAIT_2, CLOSE_WAIT),
		FROM_B(FIN_ACK, 11, 12, FIN_WAIT_2, LAST_ACK),
		FROM_A(ACK, 12, 12, TIME_WAIT, CLOSED),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, fsm_total(&script->front.conn, A), 6);
	KUNIT_EXPECT_EQ(test, fsm_total(&script->front.conn, B), 5);
}

static void close_in_three_segments_counts_three(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(FIN_ACK, 1, 2, FIN_WAIT_2, LAST_ACK),
		FROM_A(ACK, 2, 2, TIME_WAIT, CLOSED),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, script->front.conn.closings[A], 2);
	KUNIT_EXPECT_EQ(test, script->front.conn.closings[B], 1);
}

static void super_segment_counts_as_the_segments_it_stands_for(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 5000,
		       .segs = 4),
		FROM_B(ACK, 1, 5001, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line fin_at_its_end[] = {
		FROM_A(FIN_ACK, 5001, 1, FIN_WAIT_1, ESTABLISHED, .len = 5000,
		       .segs = 4),
		FROM_B(ACK, 1, 10002, FIN_WAIT_2, CLOSE_WAIT),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, fsm_end(script, A)->data_segs, 4);
	FSM_PLAY(script, fin_at_its_end);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 10000);
	KUNIT_EXPECT_EQ(test, script->front.conn.closings[A], 1);
	KUNIT_EXPECT_EQ(test, fsm_total(&script->front.conn, A), 2 + 4 + 4);
}

static void repeated_data_is_counted_as_segments_not_as_bytes(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(PSH_ACK, 51, 1, ESTABLISHED, ESTABLISHED, .len = 100),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, fsm_end(script, A)->data_segs, 3);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 150);
}

static void bytes_of_a_picked_up_connection_count_from_there(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 2, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(PSH_ACK, 2, 101, ESTABLISHED, ESTABLISHED, .len = 30),
		FROM_A(FIN_ACK, 101, 32, FIN_WAIT_1, ESTABLISHED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 100);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, B), 30);
}

/* Nine times around 2^32 of host B's numbers, by windows of almost 2^30. */
static void bytes_count_on_beyond_4_gib(struct kunit *test)
{
	static const struct fsm_line open[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .scale = 14),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .scale = 14),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .win = 65535),
	};
	struct fsm_line pair[] = {
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 0x3000000),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .win = 65535),
	};
	struct fsm_script *script = fsm_new(test);
	u64 bytes = 0;
	int i;

	FSM_PLAY(script, open);
	for (i = 0; i < 800; i++) {
		bytes += pair[0].len;
		pair[0].seq = pair[1].ack;
		pair[1].ack += pair[0].len;
		FSM_PLAY(script, pair);
		KUNIT_ASSERT_EQ_MSG(test,
				    tcpstate_conn_bytes(&script->front.conn, B),
				    bytes, "after segment %d", i);
	}
	KUNIT_EXPECT_EQ(test, fsm_end(script, B)->wraps,
			(u32)((bytes + 1 + script->shift[B]) >> 32));
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 0);
}

static void counts_of_a_byte_stop_at_255(struct kunit *test)
{
	static const struct fsm_line syn[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .free_notes = REPEAT),
	};
	static const struct fsm_line open[] = {
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line fin[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED,
		       .free_notes = REPEAT),
	};
	struct fsm_script *script = fsm_new(test);
	const struct tcpstate_conn *conn = &script->front.conn;
	int i;

	script->uncounted = true;
	for (i = 0; i < 300; i++)
		FSM_PLAY(script, syn);
	KUNIT_EXPECT_EQ(test, conn->repeats[A], 255);
	KUNIT_EXPECT_EQ(test, conn->repeats[B], 0);
	FSM_PLAY(script, open);
	for (i = 0; i < 300; i++)
		FSM_PLAY(script, fin);
	KUNIT_EXPECT_EQ(test, conn->closings[A], 255);
	KUNIT_EXPECT_EQ(test, conn->closings[B], 0);
	KUNIT_EXPECT_EQ(test, conn->repeats[A], 255);
}

/* Records at the edge of their counts: each stops there, and says so. */
static void counts_saturate_instead_of_wrapping(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 3000, .segs = 3),
		FROM_B(ACK, 1, 3001, ESTABLISHED, ESTABLISHED),
		FROM_A(PSH_ACK, 3001, 1, ESTABLISHED, ESTABLISHED, .len = 1000),
		FROM_B(ACK, 1, 4001, ESTABLISHED, ESTABLISHED),
		FROM_A(FIN_ACK, 4001, 1, FIN_WAIT_1, ESTABLISHED, .len = 1000, .segs = 2),
	};
	struct fsm_script *script = fsm_opened(test);
	struct tcpstate_conn *conn = &script->front.conn;

	script->uncounted = true;
	conn->end[A].data_segs = TCPSTATE_SEGS_MAX - 2;
	conn->end[B].ack_segs = TCPSTATE_SEGS_MAX - 1;
	KUNIT_EXPECT_EQ(test, tcpstate_conn_saturated(conn, A), 0);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_saturated(conn, B), 0);
	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, conn->end[A].data_segs, TCPSTATE_SEGS_MAX);
	KUNIT_EXPECT_EQ(test, conn->end[B].ack_segs, TCPSTATE_SEGS_MAX);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_saturated(conn, A), TCPSTATE_COUNT_DATA);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_saturated(conn, B), TCPSTATE_COUNT_ACKS);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_segments(conn, A), 2ull + TCPSTATE_SEGS_MAX + 1);
}

/* Every gigabyte of 2^49, and never less than before */
static void bytes_never_fall(struct kunit *test)
{
	struct tcpstate_conn conn = { .flags = TCPSTATE_F_SYN };
	u64 bytes, before = 0;
	u32 i;

	tcpstate_conn_start(&conn.end[A], 0xfffffff0);
	for (i = 0; i < 1 << 19; i++) {
		tcpstate_conn_advance(&conn.end[A], conn.end[A].snd_nxt + (1 << 30));
		bytes = tcpstate_conn_bytes(&conn, A);
		if (bytes < before || (bytes == before &&
				       !(tcpstate_conn_saturated(&conn, A) & TCPSTATE_COUNT_BYTES)))
			break;
		before = bytes;
	}
	KUNIT_EXPECT_EQ(test, i, 1 << 19);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_saturated(&conn, A), TCPSTATE_COUNT_BYTES);
	KUNIT_EXPECT_EQ(test, before >> 32, 0xfffe);
}

static void syn_ack_that_nobody_takes_is_counted(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 7, SYN_SENT, LISTEN, .notes = IGNORED),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_B(SYN_ACK, 1000, 1, SYN_SENT, SYN_RECEIVED, .notes = REPEAT),
		FROM_A(ACK, 1, 1001, ESTABLISHED, ESTABLISHED),
		FROM_B(SYN_ACK, 5000, 1, ESTABLISHED, ESTABLISHED,
		       .notes = IGNORED | TCPSTATE_NOTE_CHALLENGE),
	};
	struct fsm_script *script = fsm_new(test);
	const struct tcpstate_conn *conn = &script->front.conn;

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_opening(conn, A), 2);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_opening(conn, B), 4);
}

static const u32 fsm_times_us[] = {
	1, 2, 1000, 16382, 16383, 16384, 16385, 20000, 32767, 32768, 65535, 65536,
	1000000, 3000000, 63000000, 127000000, 500000000,
};

static void fsm_times_describe(const u32 *us, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u_us", *us);
}

KUNIT_ARRAY_PARAM(fsm_times, fsm_times_us, fsm_times_describe);

static void fsm_expect_near(struct kunit *test, u32 measured, u32 us)
{
	u32 off = measured > us ? measured - us : us - measured;

	if (us <= 16383)
		KUNIT_EXPECT_EQ(test, measured, us);
	else
		KUNIT_EXPECT_LE(test, off, us / 8192);
}

/* Both times are kept, and neither disturbs the other. */
static void handshake_times_are_exact_or_within_an_8192th(struct kunit *test)
{
	const u32 *param = test->param_value, us = *param;
	struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};
	static const u32 other_us[] = { 1, 12345, 70000 };
	struct fsm_script *script;
	size_t i;

	test->param_value = NULL;
	for (i = 0; i < ARRAY_SIZE(other_us); i++) {
		lines[1].after_us = us;
		lines[2].after_us = other_us[i];
		script = fsm_new(test);
		FSM_PLAY(script, lines);
		fsm_expect_near(test, tcpstate_conn_syn_us(&script->front.conn), us);
		fsm_expect_near(test, tcpstate_conn_ack_us(&script->front.conn),
				other_us[i]);

		lines[1].after_us = other_us[i];
		lines[2].after_us = us;
		script = fsm_new(test);
		FSM_PLAY(script, lines);
		fsm_expect_near(test, tcpstate_conn_syn_us(&script->front.conn),
				other_us[i]);
		fsm_expect_near(test, tcpstate_conn_ack_us(&script->front.conn), us);
	}
	test->param_value = param;
}

static void repeats_do_not_move_the_handshake_s_times(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .notes = REPEAT,
		       .after_us = 5000),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .after_us = 300),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .notes = REPEAT,
		       .after_us = 7000),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .after_us = 20),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .after_us = 9000),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_syn_us(&script->front.conn), 5300);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_ack_us(&script->front.conn), 7020);
}

static void handshake_not_seen_has_no_times(struct kunit *test)
{
	static const struct fsm_line midstream[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_B(ACK, 1, 11, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line unanswered[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .notes = REPEAT,
		       .after_us = 1000000),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, midstream);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_syn_us(&script->front.conn), 0);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_ack_us(&script->front.conn), 0);
	script = fsm_new(test);
	FSM_PLAY(script, unanswered);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_syn_us(&script->front.conn), 0);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_ack_us(&script->front.conn), 0);
}

static struct kunit_case fsm_counts_cases[] = {
	KUNIT_CASE(article_opening),
	FSM_CASE(article_writes_and_closing),
	FSM_CASE(small_request_and_answer_cost_eleven_segments),
	FSM_CASE(close_in_three_segments_counts_three),
	FSM_CASE(super_segment_counts_as_the_segments_it_stands_for),
	FSM_CASE(repeated_data_is_counted_as_segments_not_as_bytes),
	FSM_CASE(bytes_of_a_picked_up_connection_count_from_there),
	FSM_CASE(bytes_count_on_beyond_4_gib),
	FSM_CASE(counts_of_a_byte_stop_at_255),
	FSM_CASE(counts_saturate_instead_of_wrapping),
	KUNIT_CASE(bytes_never_fall),
	FSM_CASE(syn_ack_that_nobody_takes_is_counted),
	KUNIT_CASE_PARAM(handshake_times_are_exact_or_within_an_8192th,
			 fsm_times_gen_params),
	FSM_CASE(repeats_do_not_move_the_handshake_s_times),
	FSM_CASE(handshake_not_seen_has_no_times),
	{}
};

static struct kunit_suite fsm_counts_suite = {
	.name = "tcpstate_fsm_counts",
	.test_cases = fsm_counts_cases,
};

kunit_test_suite(fsm_counts_suite);
