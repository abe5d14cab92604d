// SPDX-License-Identifier: GPL-2.0-only
/* Numbers at the ends of their range: 2^32, the last wrap that is counted, full counts. */
#include "fsm_cases.h"

/* A difference of 2^31 lies on neither side; Linux's before() says yes both ways. */
static void opposite_number_comes_after_either_way(struct kunit *test)
{
	const struct fsm_isns *isns = test->param_value;
	u32 n = isns->shift[A];

	KUNIT_EXPECT_TRUE(test, tcpstate_seq_before(n, n + 0x80000000));
	KUNIT_EXPECT_TRUE(test, tcpstate_seq_after(n, n + 0x80000000));
	KUNIT_EXPECT_EQ(test, tcpstate_seq_max(n, n + 0x80000000), n + 0x80000000);
	KUNIT_EXPECT_EQ(test, tcpstate_seq_max(n + 0x80000000, n), n);
}

/* 14 bits of value and 4 of shift: below 1 µs is 1, for 0 would say "unknown". */
static void handshake_times_stay_within_their_bits(struct kunit *test)
{
	static const struct {
		u32 us;
		u32 kept_us;
	} times[] = {
		{ 0, 1 }, { 1, 1 }, { 0x3fff, 0x3fff }, { 0x4000, 0x4000 },
		{ 0x1fff8000, 0x1fff8000 }, { 0x1fffffff, 0x1fff8000 },
		{ 0x20000000, 0x1fff8000 }, { 0xffffffff, 0x1fff8000 },
	};
	struct tcpstate_conn conn = { .flags = TCPSTATE_F_TIMED };
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(times); i++)
		for (j = 0; j < ARRAY_SIZE(times); j++) {
			conn.handshake = tcpstate_conn_pack_us(times[i].us, times[j].us);
			KUNIT_EXPECT_EQ(test, tcpstate_conn_syn_us(&conn), times[i].kept_us);
			KUNIT_EXPECT_EQ(test, tcpstate_conn_ack_us(&conn), times[j].kept_us);
		}
}

static u64 bytes_of(const struct tcpstate_end *end)
{
	struct tcpstate_conn conn = { .end[A] = *end };

	return tcpstate_conn_bytes(&conn, A);
}

/* Bytes are the numbers between the SYN's and the next; the ISN may be any. */
static void number_taken_back_takes_its_bytes_back(struct kunit *test)
{
	static const struct {
		struct tcpstate_end end;
		u32 to;
		u64 bytes;
		u16 wraps;
	} steps[] = {
		/* Forth, to the same number, and back */
		{ { .isn = 100, .snd_nxt = 201 }, 301, 200, 0 },
		{ { .isn = 100, .snd_nxt = 201 }, 201, 100, 0 },
		{ { .isn = 100, .snd_nxt = 201 }, 151, 50, 0 },
		{ { .isn = 100, .snd_nxt = 201 }, 101, 0, 0 },
		/* Forth and back across 2^32 */
		{ { .isn = 0xfffffff0, .snd_nxt = 0xfffffff1 }, 0x10, 31, 1 },
		{ { .isn = 0xfffffff0, .snd_nxt = 0x10, .wraps = 1 }, 0xfffffff8, 7, 0 },
		{ { .isn = 0xfffffff0, .snd_nxt = 0x10, .wraps = 1 }, 0x8, 23, 1 },
		{ { .isn = 100, .snd_nxt = 101, .wraps = 1 }, 50, 0xffffffcdull, 1 },
		/* Before the first: that is the first, then */
		{ { .isn = 100, .snd_nxt = 201 }, 100, 0, 0 },
		{ { .isn = 100, .snd_nxt = 201 }, 50, 0, 0 },
		{ { .isn = 100, .snd_nxt = 201 }, 0, 0, 1 },
		{ { .isn = 0x10, .snd_nxt = 0x11 }, 0xfffffff0, 0, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		struct tcpstate_end end = steps[i].end;

		tcpstate_conn_renumber(&end, steps[i].to);
		KUNIT_EXPECT_EQ_MSG(test, end.snd_nxt, steps[i].to, "step %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, bytes_of(&end), steps[i].bytes, "step %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, end.wraps, steps[i].wraps, "step %zu", i);
		tcpstate_conn_advance(&end, end.snd_nxt + 10);
		KUNIT_EXPECT_EQ_MSG(test, bytes_of(&end), steps[i].bytes + 10, "step %zu", i);
	}
}

/* What was sent before the end was first seen is none of its bytes. */
static void number_that_begins_later_adds_no_bytes(struct kunit *test)
{
	static const struct {
		struct tcpstate_end end;
		u32 to;
		u16 wraps;
	} steps[] = {
		{ { .isn = 100, .snd_nxt = 151 }, 151, 0 },
		{ { .isn = 100, .snd_nxt = 151 }, 1000, 0 },
		{ { .isn = 0xffffff00, .snd_nxt = 0xffffff33 }, 0x1000, 0 },
		{ { .isn = 0xffffff00, .snd_nxt = 0xffffff33 }, 0x10, 1 },
		{ { .isn = 0xffffffd0, .snd_nxt = 3, .wraps = 1 }, 3, 1 },
		{ { .isn = 0xffffffd0, .snd_nxt = 3, .wraps = 1 }, 0x1000, 0 },
	};
	struct tcpstate_end full = { .isn = 0xffffff00, .snd_nxt = 0xffffff33,
				     .wraps = TCPSTATE_WRAPS_MAX };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		struct tcpstate_end end = steps[i].end;

		tcpstate_conn_begin_later(&end, steps[i].to);
		KUNIT_EXPECT_EQ_MSG(test, end.snd_nxt, steps[i].to, "step %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, end.wraps, steps[i].wraps, "step %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, bytes_of(&end), 50, "step %zu", i);
	}
	tcpstate_conn_begin_later(&full, 0x1000);
	KUNIT_EXPECT_EQ(test, full.wraps, TCPSTATE_WRAPS_MAX);
}

/* Whatever happens after it: a full count is a lower bound, and says so. */
static void full_count_of_wraps_stays_full(struct kunit *test)
{
	struct tcpstate_end end = { .isn = 0xfffffff0, .snd_nxt = 5,
				    .wraps = TCPSTATE_WRAPS_MAX };

	KUNIT_EXPECT_EQ(test, bytes_of(&end), ((u64)TCPSTATE_WRAPS_MAX << 32) - 0xfffffff0 - 1);
	tcpstate_conn_renumber(&end, 0xfffffff8);
	KUNIT_EXPECT_EQ(test, end.wraps, TCPSTATE_WRAPS_MAX);
	tcpstate_conn_renumber(&end, 0x10);
	KUNIT_EXPECT_EQ(test, end.wraps, TCPSTATE_WRAPS_MAX);
}

static void segments_are_the_sum_of_all_counts(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(PSH_ACK, 101, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(ACK, 201, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(FIN_ACK, 201, 1, FIN_WAIT_1, ESTABLISHED),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_segments(&script->front.conn, A), 6);
}

/* The counts of the responder are not those of the initiator. */
static void small_counts_of_the_responder_stop_at_255_too(struct kunit *test)
{
	static const struct fsm_line syn = FROM_A(SYN, 0, 0, SYN_SENT, LISTEN);
	static const struct fsm_line syn_ack = FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED,
		.free_notes = 0xff);
	static const struct fsm_line fin = FROM_B(FIN_ACK, 1, 1, ESTABLISHED, FIN_WAIT_1,
		.free_notes = 0xff);
	struct fsm_script *script = fsm_new(test);
	const struct tcpstate_conn *conn = &script->front.conn;
	int i;

	script->uncounted = true;
	fsm_play(script, &syn, 1);
	for (i = 0; i < 260; i++) {
		fsm_play(script, &syn_ack, 1);
		KUNIT_EXPECT_EQ(test, conn->repeats[B], min(i, 255));
		KUNIT_EXPECT_EQ(test, conn->repeats[A], 0);
	}
	script = fsm_opened(test);
	script->uncounted = true;
	conn = &script->front.conn;
	for (i = 1; i < 260; i++) {
		fsm_play(script, &fin, 1);
		KUNIT_EXPECT_EQ(test, conn->closings[B], min(i, 255));
		KUNIT_EXPECT_EQ(test, conn->closings[A], 0);
	}
}

/* An ACK of the data before a FIN closes nothing, and one that nobody takes opens nothing. */
static void ack_counts_for_what_it_covers(struct kunit *test)
{
	static const struct fsm_line before_fin[] = {
		FROM_B(FIN_ACK, 1, 1, ESTABLISHED, FIN_WAIT_1, .len = 100),
		FROM_A(ACK, 1, 51, ESTABLISHED, FIN_WAIT_1),
		FROM_A(ACK, 1, 102, CLOSE_WAIT, FIN_WAIT_2),
	};
	static const struct fsm_line forged[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(ACK, 700000, 300000, SYN_SENT, LISTEN, .notes = IGNORED),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
	};
	static const struct fsm_line third[] = {
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_opened(test);
	const struct tcpstate_conn *conn = &script->front.conn;

	FSM_PLAY(script, before_fin);
	KUNIT_EXPECT_EQ(test, conn->closings[A], 1);
	KUNIT_EXPECT_EQ(test, conn->end[A].ack_segs, 1);
	script = fsm_new(test);
	conn = &script->front.conn;
	FSM_PLAY(script, forged);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_opening(conn, A), 1);
	FSM_PLAY(script, third);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_opening(conn, A), 2);
	KUNIT_EXPECT_EQ(test, conn->end[A].ack_segs, 1);
}

/* It repeats the connection's own SYN, though its timestamp is too old for TIME_WAIT. */
static void late_syn_of_a_connection_that_goes_on_counts_as_a_repeat(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .ts = 100),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .ts = 500),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .ts = 110),
		FROM_B(FIN_ACK, 1, 1, ESTABLISHED, FIN_WAIT_1, .ts = 510),
		FROM_A(FIN_ACK, 1, 2, LAST_ACK, FIN_WAIT_2, .ts = 120),
		FROM_B(ACK, 2, 2, CLOSED, TIME_WAIT, .ts = 520),
		FROM_A(FIN_ACK, 1, 2, LAST_ACK, TIME_WAIT, .ts = 130, .after_us = 1000000,
		       .notes = RETRACT),
		FROM_A(SYN, 0, 0, LAST_ACK, TIME_WAIT, .ts = 100, .notes = REPEAT | OLD_TS),
	};
	struct fsm_script *script = fsm_new(test);

	script->uncounted = true;
	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, script->front.conn.repeats[A], 1);
}

/* What an end sends in a test of 2.5 GiB, a quarter in each segment */
#define QUARTER		0x28000000u
#define FAR_NUMBER	(1 + 4 * QUARTER)

/* @host sends @n quarters. The other host acknowledges them here or elsewhere. */
static void send_quarters(struct fsm_script *script, int host, int n, bool acked, u8 state_a,
			  u8 state_b)
{
	struct fsm_line data = {
		.from = host, .flags = PSH_ACK, .seq = 1, .ack = 1, .len = QUARTER,
		.state = { state_a, state_b }, .forwarded = true,
	};
	struct fsm_line ack = {
		.from = !host, .flags = ACK, .seq = 1,
		.state = { state_a, state_b }, .forwarded = true,
	};
	int i;

	for (i = 0; i < n; i++) {
		fsm_play(script, &data, 1);
		data.seq += QUARTER;
		ack.ack = data.seq;
		if (acked)
			fsm_play(script, &ack, 1);
	}
}

static void expect_window(struct fsm_script *script, int host, u32 ack, u32 window)
{
	const struct tcpstate_end *end = &script->front.conn.end[host];

	fsm_expect_flags(script, TCPSTATE_F_ACK << host, TCPSTATE_F_ACK << host);
	KUNIT_EXPECT_EQ(script->test, end->ack - script->shift[!host], ack);
	KUNIT_EXPECT_EQ(script->test, end->edge - end->ack, window);
}

/* Its ISN, which is still known, seems to come after what it sends. */
static void pick_up_after_2_gib_gets_in_step(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(ACK, 1, FAR_NUMBER, ESTABLISHED, ESTABLISHED, .forwarded = true,
		       .offloaded = true),
		FROM_A(PSH_ACK, FAR_NUMBER + 70000, 1, ESTABLISHED, ESTABLISHED, .len = 10,
		       .forwarded = true),
		FROM_B(ACK, 1, FAR_NUMBER + 70010, ESTABLISHED, ESTABLISHED, .forwarded = true),
		FROM_A(ACK, FAR_NUMBER + 70010, 1, ESTABLISHED, ESTABLISHED, .forwarded = true),
	};
	static const struct fsm_line forged[] = {
		FROM_B(ACK, 1, FAR_NUMBER + 90000, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
	};
	struct fsm_script *script = fsm_opened(test);

	send_quarters(script, A, 4, true, TCPSTATE_ESTABLISHED, TCPSTATE_ESTABLISHED);
	FSM_PLAY(script, lines);
	fsm_expect_flags(script, TCPSTATE_F_LOOSE, 0);
	expect_window(script, B, FAR_NUMBER + 70010, FSM_WINDOW);
	FSM_PLAY(script, forged);
}

/* Its first ACK, and the window in it, count as ever. */
static void end_may_be_heard_first_after_2_gib_of_the_other(struct kunit *test)
{
	static const struct fsm_line opening[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .forwarded = true),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .forwarded = true),
	};
	static const struct fsm_line lines[] = {
		FROM_B(PSH_ACK, 1, FAR_NUMBER, ESTABLISHED, ESTABLISHED, .len = 10,
		       .forwarded = true),
		FROM_B(ACK, 11, FAR_NUMBER + 10, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, opening);
	send_quarters(script, A, 4, false, TCPSTATE_ESTABLISHED, TCPSTATE_ESTABLISHED);
	FSM_PLAY(script, lines);
	expect_window(script, B, FAR_NUMBER, FSM_WINDOW);
}

/* Until then the initiator's segments pass elsewhere. It has nothing to send but ACKs. */
static void responder_opens_after_it_has_sent_2_gib(struct kunit *test)
{
	static const struct fsm_line opening[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .forwarded = true),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .forwarded = true),
	};
	static const struct fsm_line lines[] = {
		FROM_A(ACK, 1, FAR_NUMBER, ESTABLISHED, ESTABLISHED, .forwarded = true,
		       .transitions = { TRANSITION(A, RCV_SYN_ACK),
					TRANSITION(B, RCV_ACK_OF_SYN) }),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, opening);
	send_quarters(script, B, 4, false, TCPSTATE_SYN_SENT, TCPSTATE_SYN_RECEIVED);
	FSM_PLAY(script, lines);
	expect_window(script, A, FAR_NUMBER, FSM_WINDOW);
}

/* The window of its SYN was an offer, which lies 2 GiB and more behind its first ACK's. */
static void window_of_a_syn_ends_no_later_one(struct kunit *test)
{
	static const struct fsm_line opening[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .scale = 14, .forwarded = true),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .scale = 14, .forwarded = true),
	};
	static const struct fsm_line lines[] = {
		FROM_A(ACK, 1, 1 + 2 * QUARTER, ESTABLISHED, ESTABLISHED, .win = 0xffff,
		       .forwarded = true),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, opening);
	send_quarters(script, B, 2, false, TCPSTATE_SYN_SENT, TCPSTATE_SYN_RECEIVED);
	FSM_PLAY(script, lines);
	expect_window(script, A, 1 + 2 * QUARTER, 0xffffu << 14);
}

/* What the old connection explains is its own, though a pending SYN fits as well. */
static void ack_of_2_gib_and_more_speaks_of_the_connection_that_sent_them(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST, FAR_NUMBER, 0, CLOSED, CLOSED),
		FROM_A(SYN, FAR_NUMBER - 1, 0, CLOSED, CLOSED, PENDING(SYN_SENT, LISTEN),
		       .incarnation = TCPSTATE_INCARNATION_NEW, .free_notes = 0xff),
		FROM_B(ACK, 1, FAR_NUMBER, CLOSED, CLOSED, PENDING(SYN_SENT, LISTEN),
		       .incarnation = TCPSTATE_INCARNATION_OLD, .free_notes = 0xff),
	};
	struct fsm_script *script = fsm_opened(test);

	script->uncounted = true;
	send_quarters(script, A, 4, true, TCPSTATE_ESTABLISHED, TCPSTATE_ESTABLISHED);
	FSM_PLAY(script, lines);
}

/* Nothing is written beyond the last transition there is room for. */
static void transition_too_many_is_left_out(struct kunit *test)
{
	struct tcpstate_result result = { .n = TCPSTATE_TRANSITIONS_MAX - 1 };
	u8 last = TCPSTATE_TRANSITIONS_MAX - 1;

	tcpstate_matrix_record(&result, B, TCPSTATE_SND_FIN, TCPSTATE_ESTABLISHED,
			       TCPSTATE_FIN_WAIT_1);
	KUNIT_EXPECT_EQ(test, result.n, TCPSTATE_TRANSITIONS_MAX);
	KUNIT_EXPECT_EQ(test, result.transition[last].end, B);
	tcpstate_matrix_record(&result, A, TCPSTATE_RCV_FIN, TCPSTATE_ESTABLISHED,
			       TCPSTATE_CLOSE_WAIT);
	KUNIT_EXPECT_EQ(test, result.n, TCPSTATE_TRANSITIONS_MAX);
	KUNIT_EXPECT_EQ(test, result.transition[last].end, B);
}

static struct kunit_case fsm_numbers_cases[] = {
	FSM_CASE(opposite_number_comes_after_either_way),
	KUNIT_CASE(handshake_times_stay_within_their_bits),
	KUNIT_CASE(number_taken_back_takes_its_bytes_back),
	KUNIT_CASE(number_that_begins_later_adds_no_bytes),
	KUNIT_CASE(full_count_of_wraps_stays_full),
	FSM_CASE(segments_are_the_sum_of_all_counts),
	FSM_CASE(small_counts_of_the_responder_stop_at_255_too),
	FSM_CASE(ack_counts_for_what_it_covers),
	FSM_CASE(late_syn_of_a_connection_that_goes_on_counts_as_a_repeat),
	FSM_CASE(pick_up_after_2_gib_gets_in_step),
	FSM_CASE(end_may_be_heard_first_after_2_gib_of_the_other),
	FSM_CASE(responder_opens_after_it_has_sent_2_gib),
	FSM_CASE(window_of_a_syn_ends_no_later_one),
	FSM_CASE(ack_of_2_gib_and_more_speaks_of_the_connection_that_sent_them),
	KUNIT_CASE(transition_too_many_is_left_out),
	{}
};

static struct kunit_suite fsm_numbers_suite = {
	.name = "tcpstate_fsm_numbers",
	.test_cases = fsm_numbers_cases,
};

kunit_test_suite(fsm_numbers_suite);
