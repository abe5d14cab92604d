// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random runs, repeatable from their seed. Segments of any kind must leave the
 * engine on the transitions of its matrix; between two model ends, the states it
 * shows must be theirs whenever nothing is in flight.
 */
#include <linux/string.h>

#include "fsm_cases.h"
#include "fsm_model.h"
#include "names.h"

/* tests/unit multiplies the connections. */
#ifndef TCPSTATE_PROPERTY_RUNS
#define TCPSTATE_PROPERTY_RUNS	1
#endif

#define RANDOM_CONNS	(200 * TCPSTATE_PROPERTY_RUNS)
#define RANDOM_SEGS	60
#define MODEL_RUNS	150
#define MODEL_ACTS	120

static u32 random_state;

/* A number below @limit (Numerical Recipes' generator; the low bits are poor). */
static u32 random_below(u32 limit)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % limit;
}

static u32 random_number(const struct fsm_script *script, int host)
{
	u32 near = script->shift[host];
	const struct fsm_record *front = &script->front;

	if (front->used && random_below(4))
		near = random_below(2) ? front->conn.end[host].snd_nxt :
					 front->conn.end[!host].ack;
	switch (random_below(8)) {
	case 0:
		return near + random_below(0x1000000) * 0x100;
	case 1:
		return near + random_below(70000);
	case 2:
		return near - random_below(70000);
	default:
		return near + random_below(3) - 1;
	}
}

static bool is_near(const struct fsm_script *script, u32 number, int host)
{
	const struct fsm_record *front = &script->front;

	return front->used && number - front->conn.end[host].snd_nxt + 70000 <= 140000;
}

static void random_segment(const struct fsm_script *script, int host,
			   struct tcpstate_segment *seg)
{
	static const u8 flags[] = {
		SYN, SYN_ACK, ACK, PSH_ACK, ACK, ACK, FIN_ACK, RST, RST_ACK, FIN, 0,
	};

	*seg = (struct tcpstate_segment){
		.seq = random_number(script, host),
		.len = random_below(3) ? 0 : random_below(3000),
		.flags = flags[random_below(ARRAY_SIZE(flags))],
		.window = random_below(8) ? 20000 : random_below(3),
		.segs = 1 + random_below(3),
		.wscale = random_below(2) ? TCPSTATE_WSCALE_NONE : random_below(15),
		.has_ts = random_below(2),
		.ts_val = 1000 + random_below(100),
		.sack_ok = random_below(2),
		.local_out = !random_below(3),
		.forwarded = !random_below(3),
		.adjusted = !random_below(30),
		.offloaded = !random_below(30),
	};
	if (seg->flags & ACK)
		seg->ack = random_number(script, !host);
	/* A local end goes on from its own numbers, and from those that it knows. */
	if (!is_near(script, seg->seq, host) || !is_near(script, seg->ack, !host))
		seg->local_out = false;
}

static void random_check(struct fsm_script *script, const char *where)
{
	const struct tcpstate_conn *conn = &script->front.conn;
	struct kunit *test = script->test;
	bool over = true;
	int end;

	for (end = 0; end < 2; end++) {
		u8 state = tcpstate_conn_state(conn, end);

		over &= state == TCPSTATE_CLOSED || state == TCPSTATE_TIME_WAIT;
		KUNIT_EXPECT_LE_MSG(test, tcpstate_conn_bytes(conn, end) >> 32,
				    conn->end[end].wraps, "%s: bytes", where);
	}
	if (over)
		KUNIT_EXPECT_NE_MSG(test, tcpstate_conn_verdict(conn),
				    TCPSTATE_VERDICT_NONE, "%s: no verdict", where);
	KUNIT_EXPECT_LE_MSG(test, tcpstate_conn_verdict(conn),
			    TCPSTATE_VERDICT_GONE, "%s: verdict", where);
}

/* The interval of the timeout begins at a segment, or goes on. */
static void random_deliver(struct fsm_script *script, const char *where)
{
	u32 seen_ms = script->front.conn.last_seen_ms;
	unsigned int ended = script->ended;
	bool used = script->front.used;
	struct tcpstate_segment seg;
	struct tcpstate_result result;
	int host = random_below(2);

	random_segment(script, host, &seg);
	if (!used && tcpstate_incarnation_role(&seg, 1, 2) < 0)
		return;
	script->now_us += random_below(100000);
	fsm_deliver(script, &seg, host, &result, where);
	random_check(script, where);
	if (used && ended == script->ended &&
	    script->front.conn.last_seen_ms != seen_ms)
		KUNIT_EXPECT_EQ_MSG(script->test,
				    script->front.conn.last_seen_ms,
				    fsm_now_ms(script), "%s: last seen", where);
}

static void any_segments_leave_the_ends_on_the_transitions_of_the_matrix(struct kunit *test)
{
	struct fsm_script *opened = fsm_opened(test), *fresh = fsm_new(test);
	struct fsm_script *script = fsm_new(test);
	char where[40];
	int conn, i;

	for (conn = 0; conn < RANDOM_CONNS; conn++) {
		random_state = conn;
		*script = conn % 2 ? *opened : *fresh;
		for (i = 0; i < RANDOM_SEGS; i++) {
			snprintf(where, sizeof(where), "connection %d:%d", conn, i);
			random_deliver(script, where);
		}
	}
}

/* One thing happens: at a host, or on a wire. */
static void model_act(struct fsm_script *script, struct model *model,
		      unsigned int loss, bool aborts, const char *where)
{
	struct tcpstate_segment seg;
	struct tcpstate_result result;
	int host = random_below(2);
	/* Sometimes one segment overtakes another. */
	unsigned int i = loss && !random_below(8);

	script->now_us += random_below(2000);
	switch (random_below(16)) {
	case 0:
		model_send_data(model, host, 1 + random_below(1000));
		break;
	case 1:
		if (!random_below(4))
			model_close(model, host);
		break;
	case 2:
		if (aborts && !random_below(16))
			model_abort(model, host);
		break;
	case 3:
		if (model->end[host].ack_due)
			model_send_ack(model, host);
		break;
	case 4 ... 9:
		if (!model_wire_take(&model->before[host], i, &seg))
			break;
		/* A FIN lost here hides that it crossed another one. */
		if (random_below(100) < loss && !(seg.flags & FIN))
			break;
		fsm_deliver(script, &seg, host, &result, where);
		model_wire_put(model, &model->behind[host], &seg);
		break;
	default:
		if (model_wire_take(&model->behind[host], i, &seg) &&
		    random_below(100) >= loss)
			model_receive(model, !host, &seg, !random_below(2));
	}
}

static bool model_is_quiet(const struct model *model)
{
	int host;

	for (host = 0; host < 2; host++)
		if (model->before[host].n || model->behind[host].n ||
		    model->end[host].ack_due)
			return false;
	return true;
}

/* What is unacknowledged is sent again until nothing is in flight. */
static void model_settle(struct fsm_script *script, struct model *model,
			 const char *where)
{
	struct tcpstate_segment seg;
	struct tcpstate_result result;
	int round, host;

	for (round = 0; round < 1000; round++) {
		if (model_is_quiet(model)) {
			/* The timer's back-off outgrows any round trip here. */
			script->now_us += 60000000;
			model_resend(model, A);
			model_resend(model, B);
			if (model_is_quiet(model))
				return;
		}
		for (host = 0; host < 2; host++) {
			if (model->end[host].ack_due)
				model_send_ack(model, host);
			while (model_wire_take(&model->before[host], 0, &seg)) {
				fsm_deliver(script, &seg, host, &result, where);
				model_wire_put(model, &model->behind[host], &seg);
			}
			while (model_wire_take(&model->behind[host], 0, &seg))
				model_receive(model, !host, &seg, false);
		}
	}
	KUNIT_EXPECT_LE_MSG(script->test, round, 999, "%s: no end", where);
}

static void model_compare(struct fsm_script *script, struct model *model,
			  const char *where)
{
	struct kunit *test = script->test;
	int host;

	KUNIT_ASSERT_FALSE_MSG(test, model->overrun, "%s: wire full", where);
	if (!script->front.used)
		return;
	for (host = 0; host < 2; host++) {
		u8 shown = fsm_state(&script->front, host);
		u8 truth = model->end[host].state;

		KUNIT_EXPECT_EQ_MSG(test, shown, truth,
				    "%s: host %c is shown in %s, and is in %s",
				    where, 'A' + host,
				    tcpstate_names_state(shown),
				    tcpstate_names_state(truth));
	}
}

static void model_run(struct kunit *test, unsigned int loss, bool aborts, bool crossing)
{
	struct fsm_script *script;
	struct model *model;
	char where[40];
	int run, i;

	model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, model);
	for (run = 0; run < MODEL_RUNS; run++) {
		snprintf(where, sizeof(where), "run %d", run);
		random_state = run;
		script = fsm_new(test);
		memset(model, 0, sizeof(*model));
		model->end[A].isn = script->shift[A];
		model->end[B].isn = script->shift[B];
		model->end[A].state = TCPSTATE_CLOSED;
		model->end[B].state = crossing ? TCPSTATE_CLOSED : TCPSTATE_LISTEN;
		model_connect(model, A);
		if (crossing)
			model_connect(model, B);
		for (i = 0; i < MODEL_ACTS; i++) {
			model_act(script, model, loss, aborts, where);
			if (i % 40 == 39) {
				model_settle(script, model, where);
				model_compare(script, model, where);
			}
		}
	}
}

static void states_shown_are_the_ends_own(struct kunit *test)
{
	model_run(test, 0, false, false);
}

static void states_shown_are_the_ends_own_after_aborts(struct kunit *test)
{
	model_run(test, 0, true, false);
}

static void states_shown_are_the_ends_own_after_crossing_syns(struct kunit *test)
{
	model_run(test, 0, false, true);
}

static void states_shown_are_the_ends_own_after_losses(struct kunit *test)
{
	model_run(test, 15, false, false);
}

static void states_shown_are_the_ends_own_after_crossing_syns_and_losses(struct kunit *test)
{
	model_run(test, 15, false, true);
}

static struct kunit_case fsm_random_cases[] = {
	FSM_CASE(any_segments_leave_the_ends_on_the_transitions_of_the_matrix),
	FSM_CASE(states_shown_are_the_ends_own),
	FSM_CASE(states_shown_are_the_ends_own_after_aborts),
	FSM_CASE(states_shown_are_the_ends_own_after_crossing_syns),
	FSM_CASE(states_shown_are_the_ends_own_after_losses),
	FSM_CASE(states_shown_are_the_ends_own_after_crossing_syns_and_losses),
	{}
};

static struct kunit_suite fsm_random_suite = {
	.name = "tcpstate_fsm_random",
	.test_cases = fsm_random_cases,
};

kunit_test_suite(fsm_random_suite);
