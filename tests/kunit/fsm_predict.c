// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which segments are the expected ones: those of an ordinary connection, those that nearly
 * are, and random ones. fsm_script.c checks for every segment of every script that the fast
 * path and the whole engine lead to the same record.
 */
#include "fsm_cases.h"

#define RANDOM_CONNS	50
#define RANDOM_SEGS	400

static void what_a_transfer_is_made_of_is_expected(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED, .len = 1448),
		FROM_B(PSH_ACK, 1449, 101, ESTABLISHED, ESTABLISHED, .len = 2896,
		       .segs = 2),
		FROM_A(ACK, 101, 1449, ESTABLISHED, ESTABLISHED),
		FROM_A(ACK, 101, 4345, ESTABLISHED, ESTABLISHED, .win = 20000),
		FROM_A(PSH_ACK | TCPSTATE_FLAG_URG, 101, 4345, ESTABLISHED, ESTABLISHED, .len = 1,
		       .local = true),
		FROM_B(ACK, 4345, 102, ESTABLISHED, ESTABLISHED, .local = true),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_predicted(script, ARRAY_SIZE(lines));
}

static void its_timestamps_and_scaled_windows_are_expected(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .scale = 7, .ts = 1),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .scale = SCALE_0, .ts = 1),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .ts = 2),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100, .ts = 3),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED, .ts = 3),
		FROM_A(PSH_ACK, 101, 1, ESTABLISHED, ESTABLISHED, .len = 100, .ts = 4),
		FROM_A(PSH_ACK, 201, 1, ESTABLISHED, ESTABLISHED, .len = 100, .ts = 5),
		FROM_B(ACK, 1, 301, ESTABLISHED, ESTABLISHED, .ts = 5),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_predicted(script, 5);
	/* The timestamp kept is that of the first segment since the last ACK (RFC 7323, 4.3). */
	KUNIT_EXPECT_EQ(test, script->front.conn.end[A].ts, 4 + script->shift[A]);
}

static void what_differs_in_anything_is_not_expected(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		/* No timestamps before, a gap, old data, an old ACK */
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100, .ts = 3),
		FROM_B(ACK, 1, 50, ESTABLISHED, ESTABLISHED),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100, .ts = 3),
		FROM_B(ACK, 1, 40, ESTABLISHED, ESTABLISHED),
		/* Older by its timestamp; without all that came to it */
		FROM_A(ACK, 101, 1, ESTABLISHED, ESTABLISHED, .ts = 2),
		FROM_B(ACK, 1, 60, ESTABLISHED, ESTABLISHED, .local = true),
		FROM_A(PSH_ACK, 302, 1, ESTABLISHED, ESTABLISHED, .len = 100, .ts = 5),
	};
	static const struct fsm_line probe[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10000),
		FROM_B(ACK, 1, 10001, ESTABLISHED, ESTABLISHED, .win = SHUT),
		FROM_A(ACK, 10001, 1, ESTABLISHED, ESTABLISHED, .len = 1,
		       .notes = TCPSTATE_NOTE_ZERO_WINDOW),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	/* The first ACK but one: all the others differ. */
	fsm_expect_predicted(script, 1);
	script = fsm_opened(test);
	FSM_PLAY(script, probe);
	fsm_expect_predicted(script, 2);
}

/* Before each end has acknowledged all of the other, the numbers are lower bounds. */
static void what_was_picked_up_is_expected_once_it_is_in_step(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 5000, 7000, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(PSH_ACK, 7000, 5100, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_A(ACK, 5100, 7010, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line expected[] = {
		FROM_A(PSH_ACK, 5100, 7010, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 7010, 5200, ESTABLISHED, ESTABLISHED),
		FROM_B(FIN_ACK, 7010, 5200, ESTABLISHED, FIN_WAIT_1),
		FROM_A(ACK, 5200, 7011, CLOSE_WAIT, FIN_WAIT_2),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_predicted(script, 0);
	FSM_PLAY(script, expected);
	fsm_expect_predicted(script, 2);
	fsm_expect_steps(script, 2);
}

static u32 random_state;

static u32 random_below(u32 limit)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % limit;
}

/* What an end would send next, but often not quite */
static void nearly_expected(const struct fsm_script *script, int host,
			    struct tcpstate_segment *seg)
{
	const struct tcpstate_end *s = &script->front.conn.end[host];
	const struct tcpstate_end *r = &script->front.conn.end[!host];

	*seg = (struct tcpstate_segment){
		.seq = s->snd_nxt,
		.ack = r->snd_nxt,
		.len = random_below(2) ? random_below(3000) : 0,
		.flags = random_below(2) ? ACK : PSH_ACK,
		.window = FSM_WINDOW,
		.segs = 1 + random_below(2),
		.wscale = TCPSTATE_WSCALE_NONE,
		.has_ts = random_below(2),
		.ts_val = s->ts + random_below(2),
		.local_out = random_below(2),
	};
	switch (random_below(10)) {
	case 0:
		seg->seq += random_below(5) - 2;
		break;
	case 1:
		seg->seq = random_below(2) ? r->ack - 1 : r->edge + random_below(3) - 1;
		break;
	case 2:
		seg->ack += random_below(5) - 2;
		break;
	case 3:
		seg->ack = s->ack + random_below(3) - 1;
		break;
	case 4:
		seg->window = random_below(2) ? 0 : random_below(0x10000);
		break;
	case 5:
		seg->ts_val -= random_below(4);
		break;
	case 6:
		seg->flags |= BIT(random_below(8)) & ~(SYN | FIN | RST);
		break;
	}
}

static void random_segments_are_taken_as_the_whole_engine_takes_them(struct kunit *test)
{
	struct tcpstate_segment seg;
	struct tcpstate_result result;
	struct fsm_script *script;
	char where[40];
	int conn, i;

	for (conn = 0; conn < RANDOM_CONNS; conn++) {
		random_state = conn;
		script = fsm_opened(test);
		for (i = 0; i < RANDOM_SEGS; i++) {
			int host = random_below(2);

			snprintf(where, sizeof(where), "connection %d:%d", conn, i);
			script->now_us += random_below(20000);
			nearly_expected(script, host, &seg);
			fsm_deliver(script, &seg, host, &result, where);
		}
		/* With fewer expected segments this would show nothing. */
		KUNIT_EXPECT_GE_MSG(test, script->taken[FSM_PREDICTED], RANDOM_SEGS / 20,
				    "connection %d", conn);
	}
}

/* A full window, a timestamp as before, and what a local end has not acknowledged yet */
static void what_is_just_within_bounds_is_expected(struct kunit *test)
{
	static const struct fsm_line full[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = FSM_WINDOW),
		FROM_A(ACK, FSM_WINDOW + 1, 1, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line local[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100, .local = true),
	};
	static const struct fsm_line timestamps[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .ts = 1),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .ts = 1),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .ts = 2),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100, .ts = 2),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, full);
	fsm_expect_predicted(script, 2);
	script = fsm_opened(test);
	FSM_PLAY(script, local);
	fsm_expect_predicted(script, 2);
	script = fsm_new(test);
	FSM_PLAY(script, timestamps);
	fsm_expect_predicted(script, 1);
}

/* RFC 7323, 2.2: a scale that only one end offers is none. */
static void window_with_a_scale_of_one_end_is_expected_unscaled(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .scale = 7),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100, .win = 20000),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED, .win = 20000),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_predicted(script, 2);
	KUNIT_EXPECT_EQ(test, script->front.conn.end[A].edge, 20001 + script->shift[B]);
	KUNIT_EXPECT_EQ(test, script->front.conn.end[B].edge, 20101 + script->shift[A]);
}

/* The first says so; the others are as usual. */
static void what_conntrack_adjusts_is_expected_once_that_is_known(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100, .adjusted = true),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED, .adjusted = true),
		FROM_B(PSH_ACK, 1, 101, ESTABLISHED, ESTABLISHED, .len = 100, .adjusted = true),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_predicted(script, 2);
}

/* The count of wraps stops at its maximum. */
static void expected_segment_across_the_last_wrap_is_not_counted(struct kunit *test)
{
	static const struct fsm_line opening[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line across[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 1000),
	};
	struct fsm_script *script = fsm_new(test);

	script->shift[A] = 0xffffff00;
	FSM_PLAY(script, opening);
	script->front.conn.end[A].wraps = TCPSTATE_WRAPS_MAX;
	FSM_PLAY(script, across);
	fsm_expect_predicted(script, 1);
	KUNIT_EXPECT_EQ(test, script->front.conn.end[A].wraps, TCPSTATE_WRAPS_MAX);
}

static struct kunit_case fsm_predict_cases[] = {
	FSM_CASE(what_a_transfer_is_made_of_is_expected),
	FSM_CASE(its_timestamps_and_scaled_windows_are_expected),
	FSM_CASE(what_differs_in_anything_is_not_expected),
	FSM_CASE(what_was_picked_up_is_expected_once_it_is_in_step),
	FSM_CASE(random_segments_are_taken_as_the_whole_engine_takes_them),
	FSM_CASE(what_is_just_within_bounds_is_expected),
	FSM_CASE(window_with_a_scale_of_one_end_is_expected_unscaled),
	FSM_CASE(what_conntrack_adjusts_is_expected_once_that_is_known),
	FSM_CASE(expected_segment_across_the_last_wrap_is_not_counted),
	{}
};

static struct kunit_suite fsm_predict_suite = {
	.name = "tcpstate_fsm_predict",
	.test_cases = fsm_predict_cases,
};

kunit_test_suite(fsm_predict_suite);
