// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which segments open and close a connection as expected: those of ordinary connections, those
 * that nearly are, and random ones, some of them of records with one thing changed at random.
 * fsm_compare_paths() expects of each that the fast path and the whole engine lead to the same
 * record by the same transitions.
 */
#include "fsm_cases.h"

#ifndef TCPSTATE_PROPERTY_RUNS
#define TCPSTATE_PROPERTY_RUNS	1
#endif

#define RANDOM_LIVES	(200 * TCPSTATE_PROPERTY_RUNS)
#define RANDOM_SEGS	30

static void an_opening_and_an_orderly_close_are_expected(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .scale = 7, .sack = true, .ts = 1),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .scale = SCALE_0, .sack = true,
		       .ts = 1),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .ts = 2),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED, .ts = 3),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT, .ts = 3),
		FROM_B(PSH_ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT, .len = 100, .ts = 4),
		FROM_A(ACK, 2, 101, FIN_WAIT_2, CLOSE_WAIT, .ts = 4, .local = true),
		FROM_B(ACK, 101, 2, FIN_WAIT_2, CLOSE_WAIT, .ts = 5),
		FROM_B(FIN_ACK, 101, 2, FIN_WAIT_2, LAST_ACK, .ts = 5),
		FROM_A(ACK, 2, 102, TIME_WAIT, CLOSED, .ts = 5),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_steps(script, ARRAY_SIZE(lines));
	fsm_expect_verdict(script, TCPSTATE_VERDICT_CLOSED);
}

/* The responder closes first, a FIN carries data, or an ACK of it does, and a super-segment. */
static void its_variants_are_expected(struct kunit *test)
{
	static const struct fsm_line in_three[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100, .segs = 2),
		FROM_B(FIN_ACK, 1, 101, ESTABLISHED, FIN_WAIT_1, .len = 3000, .segs = 3),
		FROM_A(FIN_ACK, 101, 3002, LAST_ACK, FIN_WAIT_2, .local = true),
		FROM_B(ACK, 3002, 102, CLOSED, TIME_WAIT),
	};
	static const struct fsm_line with_data[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		/* A local end need not have acknowledged all that has come to it. */
		FROM_B(FIN_ACK, 1, 1, ESTABLISHED, FIN_WAIT_1, .local = true),
		FROM_A(PSH_ACK, 101, 2, CLOSE_WAIT, FIN_WAIT_2, .len = 10),
		FROM_A(FIN_ACK, 111, 2, LAST_ACK, FIN_WAIT_2, .len = 20),
		FROM_B(ACK, 2, 132, CLOSED, TIME_WAIT, .win = SHUT),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, in_three);
	fsm_expect_steps(script, ARRAY_SIZE(in_three));
	script = fsm_opened(test);
	FSM_PLAY(script, with_data);
	fsm_expect_steps(script, 3 + ARRAY_SIZE(with_data) - 1);
}

/* RFC 3168, 6.1: the flags of ECN do not open or close anything. */
static void their_flags_of_ecn_are_expected(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN | TCPSTATE_FLAG_ECE | TCPSTATE_FLAG_CWR, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK | TCPSTATE_FLAG_ECE, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK | TCPSTATE_FLAG_CWR, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(PSH_ACK | TCPSTATE_FLAG_CWR, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK | TCPSTATE_FLAG_ECE, 1, 101, ESTABLISHED, ESTABLISHED),
		FROM_B(FIN_ACK | TCPSTATE_FLAG_ECE, 1, 101, ESTABLISHED, FIN_WAIT_1),
		FROM_A(FIN_ACK | TCPSTATE_FLAG_CWR, 101, 2, LAST_ACK, FIN_WAIT_2),
		FROM_B(ACK | TCPSTATE_FLAG_ECE, 2, 102, CLOSED, TIME_WAIT),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_steps(script, 6);
	fsm_expect_predicted(script, 2);
}

/* The clock may stand still meanwhile, or lie behind the id of the connection. */
static void handshake_that_takes_no_time_is_expected(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_new(test);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		/* A line comes 1 ms after the one before. */
		script->front.begun_us = script->now_us + 1000;
		fsm_play(script, &lines[i], 1);
	}
	fsm_expect_steps(script, ARRAY_SIZE(lines));
	KUNIT_EXPECT_EQ(test, tcpstate_conn_syn_us(&script->front.conn), 1);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_ack_us(&script->front.conn), 1);
}

/* Data on a SYN, all of which is acknowledged (RFC 7413), and data before the third segment */
static void fast_open_is_expected_after_its_syn(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 100),
		FROM_B(SYN_ACK, 0, 101, SYN_SENT, SYN_RECEIVED),
		FROM_B(PSH_ACK, 1, 101, SYN_SENT, SYN_RECEIVED, .len = 1000),
		FROM_A(ACK, 101, 1001, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_steps(script, 2);
}

/*
 * In the states of the other way round, nothing is the third segment, even if its numbers are
 * those of the other end.
 */
static void third_segment_is_the_initiators(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
	};
	struct fsm_script *script = fsm_new(test);
	struct tcpstate_time time = { .now_ms = 1, .age_us = 1000 };
	struct tcpstate_segment seg = { .flags = ACK, .segs = 1, .window = FSM_WINDOW };

	script->shift[B] = script->shift[A];
	FSM_PLAY(script, lines);
	seg.seq = script->shift[A] + 1;
	seg.ack = seg.seq;
	KUNIT_EXPECT_EQ(test, fsm_compare_paths(test, &script->front.conn, &seg, A, &time, "A"),
			FSM_PREDICTED_STEP);
	script->front.conn.states = TCPSTATE_SYN_RECEIVED | TCPSTATE_SYN_SENT << 4;
	KUNIT_EXPECT_EQ(test, fsm_compare_paths(test, &script->front.conn, &seg, B, &time, "B"),
			FSM_WHOLE);
}

/* The initiator took the first of two SYN/ACKs, and its ACK is the number of the other one. */
static void ack_of_the_first_of_two_syn_acks_is_not_expected(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_B(SYN_ACK, 1, 1, SYN_SENT, SYN_RECEIVED, .free_notes = 0xff),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .forwarded = true),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_steps(script, 2);
}

static u32 random_state;

static u32 random_below(u32 limit)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % limit;
}

/* What an end in this state sends next, as often as not */
static u8 random_flags(u8 state)
{
	switch (state) {
	case TCPSTATE_CLOSED:
		return SYN;
	case TCPSTATE_LISTEN:
		return SYN_ACK;
	case TCPSTATE_ESTABLISHED:
	case TCPSTATE_CLOSE_WAIT:
		return random_below(3) ? random_below(2) ? PSH_ACK : ACK : FIN_ACK;
	default:
		return random_below(10) ? ACK : FIN_ACK;
	}
}

static void random_segment(const struct tcpstate_conn *conn, int from,
			   struct tcpstate_segment *seg)
{
	const struct tcpstate_end *s = &conn->end[from], *r = &conn->end[!from];
	u8 flags = random_flags(tcpstate_conn_state(conn, from));
	bool syn = flags & SYN;

	*seg = (struct tcpstate_segment){
		.seq = syn ? random_below(0x1000000) * 256 : s->snd_nxt,
		.ack = r->snd_nxt,
		.len = syn || random_below(2) ? 0 : random_below(3000),
		.flags = flags,
		.window = FSM_WINDOW,
		.segs = 1 + random_below(2),
		.wscale = syn && random_below(2) ? random_below(15) : TCPSTATE_WSCALE_NONE,
		.sack_ok = syn && random_below(2),
		.has_ts = syn ? random_below(2) : tcpstate_conn_has(conn, TCPSTATE_F_TS, from),
		.ts_val = s->ts + random_below(2),
		.local_out = random_below(2),
	};
}

/* Change one thing of a segment. */
static void disturb_segment(struct tcpstate_segment *seg, const struct tcpstate_conn *conn,
			    int from)
{
	const struct tcpstate_end *s = &conn->end[from], *r = &conn->end[!from];

	switch (random_below(12)) {
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
		seg->ack = (random_below(2) ? s->ack : r->isn + 1) + random_below(3) - 1;
		break;
	case 4:
		seg->window = random_below(2) ? 0 : random_below(0x10000);
		break;
	case 5:
		seg->ts_val -= random_below(4);
		break;
	case 6:
		seg->has_ts = !seg->has_ts;
		break;
	case 7:
		seg->len = random_below(3);
		break;
	case 8:
		seg->adjusted = true;
		break;
	case 9:
		seg->offloaded = true;
		break;
	default:
		seg->flags ^= 1 << random_below(8);
	}
}

/* Change one thing of a connection, so that it may be one that no segments lead to. */
static void disturb_conn(struct tcpstate_conn *conn)
{
	struct tcpstate_end *end = &conn->end[random_below(2)];

	switch (random_below(9)) {
	case 0:
		conn->states = (TCPSTATE_LISTEN + random_below(TCPSTATE_CLOSED)) |
			       (TCPSTATE_LISTEN + random_below(TCPSTATE_CLOSED)) << 4;
		break;
	case 1:
		end->hole = random_below(2) ? random_below(4) : TCPSTATE_HOLE_DROPPED;
		break;
	case 2:
		end->ack += random_below(5) - 2;
		break;
	case 3:
		end->edge += random_below(2) ? random_below(5) - 2 : random_below(0x1000000) << 4;
		break;
	case 4:
		end->snd_nxt += random_below(5) - 2;
		break;
	case 5:
		(random_below(2) ? conn->closings : conn->repeats)[random_below(2)] ^=
			1 << random_below(8);
		break;
	case 6:
		end->data_segs = TCPSTATE_SEGS_MAX - random_below(2);
		end->ack_segs = TCPSTATE_SEGS_MAX - random_below(2);
		end->wraps = TCPSTATE_WRAPS_MAX - random_below(2);
		break;
	default:
		conn->flags ^= 1 << random_below(28);
	}
}

static void live(struct fsm_script *script, const char *where)
{
	struct tcpstate_segment seg;
	struct tcpstate_result result;
	int i, host, again;

	for (i = 0; i < RANDOM_SEGS; i++) {
		struct tcpstate_conn conn = script->front.conn;
		struct tcpstate_time time = { .now_ms = fsm_now_ms(script) };

		host = script->front.used ? random_below(2) : A;
		/* What the end in LISTEN or a closed one has to say ends no life here. */
		if (!script->front.used)
			conn.states = TCPSTATE_CLOSED | TCPSTATE_LISTEN << 4;
		else if (tcpstate_conn_state(&conn, host) == TCPSTATE_CLOSED)
			host = !host;
		random_segment(&conn, host, &seg);
		for (again = 0; script->front.used && again < 20; again++) {
			struct tcpstate_conn changed = script->front.conn;
			struct tcpstate_segment other = seg;

			time.age_us = random_below(100000);
			switch (random_below(3)) {
			case 0:
				disturb_segment(&other, &changed, host);
				break;
			case 1:
				disturb_conn(&changed);
				break;
			case 2:
				disturb_conn(&changed);
				random_segment(&changed, host, &other);
			}
			fsm_compare_paths(script->test, &changed, &other, host, &time, where);
		}
		script->now_us += random_below(20000);
		if (!random_below(8))
			disturb_segment(&seg, &conn, host);
		if (!script->front.used && tcpstate_incarnation_role(&seg, 1, 2) != A)
			continue;
		fsm_deliver(script, &seg, host, &result, where);
	}
}

static void random_lives_are_taken_as_the_whole_engine_takes_them(struct kunit *test)
{
	unsigned int run, steps = 0;
	struct fsm_script *script;
	char where[40];

	script = fsm_new(test);
	for (run = 0; run < RANDOM_LIVES; run++) {
		random_state = run;
		snprintf(where, sizeof(where), "life %u", run);
		memset(&script->front, 0, sizeof(script->front));
		memset(&script->waiting, 0, sizeof(script->waiting));
		live(script, where);
		steps = script->taken[FSM_PREDICTED_STEP];
	}
	/* With fewer expected segments this would show nothing. */
	KUNIT_EXPECT_GE(test, steps, 5 * RANDOM_LIVES);
}

static struct kunit_case fsm_predict_steps_cases[] = {
	FSM_CASE(an_opening_and_an_orderly_close_are_expected),
	FSM_CASE(its_variants_are_expected),
	FSM_CASE(their_flags_of_ecn_are_expected),
	FSM_CASE(handshake_that_takes_no_time_is_expected),
	FSM_CASE(fast_open_is_expected_after_its_syn),
	FSM_CASE(third_segment_is_the_initiators),
	FSM_CASE(ack_of_the_first_of_two_syn_acks_is_not_expected),
	FSM_CASE(random_lives_are_taken_as_the_whole_engine_takes_them),
	{}
};

static struct kunit_suite fsm_predict_steps_suite = {
	.name = "tcpstate_fsm_predict_steps",
	.test_cases = fsm_predict_steps_cases,
};

kunit_test_suite(fsm_predict_steps_suite);
