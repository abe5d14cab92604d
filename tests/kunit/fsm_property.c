// SPDX-License-Identifier: GPL-2.0-only
/*
 * Properties that hold for any conversation of two model ends (fsm_model.h), which know
 * nothing of the engine's rules:
 *
 * - A false ending, which only the observer hears, is forgotten after one round trip in
 *   which something new was acknowledged: the states are those of an observer that
 *   did not hear it.
 * - A connection that is picked up at any segment, a keep-alive probe or a
 *   retransmission among them, shows its ends' own states after one round trip.
 */
#include <linux/string.h>

#include "fsm_cases.h"
#include "fsm_model.h"
#include "names.h"

/* tests/unit multiplies the runs. */
#ifndef TCPSTATE_PROPERTY_RUNS
#define TCPSTATE_PROPERTY_RUNS	1
#endif

#define RUNS	(200 * TCPSTATE_PROPERTY_RUNS)
#define ACTS	24

/** struct property - two model ends, and what observers between them are told */
struct property {
	/** @test: the case */
	struct kunit *test;
	/** @model: the ends and their wires */
	struct model model;
	/** @fresh: an observer that has heard nothing */
	struct fsm_script *fresh;
	/** @plain: an observer that hears every segment */
	struct fsm_script plain;
	/** @told: an observer that hears the false ending as well */
	struct fsm_script told;
	/** @is_told: there is such an observer */
	bool is_told;
	/** @seed: the seed of the random numbers */
	u32 seed;
	/** @proof: a number of each end; acknowledged, it proves the end's life */
	u32 proof[2];
	/** @proved: one was acknowledged */
	bool proved;
	/** @forwarded: the observer is a router */
	bool forwarded;
	/** @where: for messages */
	char where[40];
};

static u32 below(struct property *property, u32 limit)
{
	property->seed = property->seed * 1664525 + 1013904223;
	return (property->seed >> 8) % limit;
}

static void hear(struct property *property, struct fsm_script *script,
		 const struct tcpstate_segment *seg, int host)
{
	struct tcpstate_segment copy = *seg;
	struct tcpstate_result result;

	copy.forwarded = property->forwarded;
	script->now_us += 1000;
	fsm_deliver(script, &copy, host, &result, property->where);
}

/* A segment passes the observers, and goes on. */
static void pass(struct property *property, int host)
{
	struct model *model = &property->model;
	struct tcpstate_segment seg;

	if (!model_wire_take(&model->before[host], 0, &seg))
		return;
	if (property->is_told)
		hear(property, &property->told, &seg, host);
	hear(property, &property->plain, &seg, host);
	if (seg.flags & ACK && tcpstate_seq_after(seg.ack, property->proof[!host]))
		property->proved = true;
	model_wire_put(model, &model->behind[host], &seg);
}

static void arrive(struct property *property, int host)
{
	struct model *model = &property->model;
	struct tcpstate_segment seg;

	if (model_wire_take(&model->behind[host], 0, &seg))
		model_receive(model, !host, &seg, !below(property, 3));
}

static void act(struct property *property)
{
	struct model *model = &property->model;
	int host = below(property, 2);

	switch (below(property, 12)) {
	case 0:
	case 1:
		model_send_data(model, host, 1 + below(property, 2000));
		break;
	case 2:
		if (!below(property, 3))
			model_close(model, host);
		break;
	case 3:
		if (model->end[host].ack_due)
			model_send_ack(model, host);
		break;
	case 4 ... 7:
		pass(property, host);
		break;
	default:
		arrive(property, host);
	}
}

/* Everything in flight arrives, and is answered. */
static void settle(struct property *property)
{
	struct model *model = &property->model;
	int round, host;

	for (round = 0; round < 400; round++) {
		bool busy = false;

		for (host = 0; host < 2; host++) {
			if (model->end[host].ack_due)
				model_send_ack(model, host);
			busy |= model->before[host].n || model->behind[host].n;
			pass(property, host);
			arrive(property, host);
		}
		if (!busy && !model->end[A].ack_due && !model->end[B].ack_due)
			return;
	}
	KUNIT_EXPECT_LE_MSG(property->test, round, 399, "%s: no end", property->where);
}

static struct property *property_new(struct kunit *test)
{
	struct property *property = kunit_kzalloc(test, sizeof(*property), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, property);
	property->test = test;
	property->fresh = fsm_new(test);
	/* Some runs send more segments than a small count can hold. */
	property->fresh->uncounted = true;
	return property;
}

static void begin(struct property *property, int run)
{
	struct model *model = &property->model;

	snprintf(property->where, sizeof(property->where), "run %d", run);
	memset(model, 0, sizeof(*model));
	property->seed = run * 7919 + 1;
	property->plain = *property->fresh;
	property->is_told = false;
	property->forwarded = below(property, 2);
	model->end[A].isn = property->fresh->shift[A];
	model->end[B].isn = property->fresh->shift[B];
	model->end[A].state = TCPSTATE_CLOSED;
	model->end[B].state = TCPSTATE_LISTEN;
	model_connect(model, A);
}

static void lie(struct property *property, int host, u8 flags, u32 seq, u32 ack)
{
	struct tcpstate_segment seg = {
		.seq = seq,
		.ack = ack,
		.flags = flags,
		.window = 1000,
		.segs = 1,
		.wscale = TCPSTATE_WSCALE_NONE,
	};

	hear(property, &property->told, &seg, host);
}

/* An ending that neither end knows of, with numbers of the ends' own or of chance. */
static void tell_false_ending(struct property *property)
{
	int host = below(property, 2);
	const struct model_end *s = &property->model.end[host];
	const struct model_end *r = &property->model.end[!host];
	u32 chance = below(property, 0x1000000) * 251;

	switch (below(property, 6)) {
	case 0:
		lie(property, host, RST, s->snd_nxt, 0);
		break;
	case 1:
		lie(property, host, RST_ACK, s->snd_nxt, s->rcv_nxt);
		break;
	case 2:
		lie(property, host, RST, r->rcv_nxt, 0);
		break;
	case 3:
		lie(property, B, RST_ACK, 0, property->model.end[A].isn + 1);
		break;
	case 4:
		/* With a bare RST in front of it */
		lie(property, host, RST, r->rcv_nxt, 0);
		fallthrough;
	default:
		lie(property, host, SYN, chance, 0);
		lie(property, !host, RST_ACK, 0, chance + 1);
	}
}

/* Something new from one end or from both, and its acknowledgment */
static void go_on(struct property *property)
{
	struct model *model = &property->model;
	int who = 1 + below(property, 3), host;

	for (host = 0; host < 2; host++) {
		if (!(who & 1 << host))
			continue;
		if (!below(property, 4))
			model_close(model, host);
		else
			model_send_data(model, host, 1 + below(property, 3000));
	}
	settle(property);
}

static void compare(struct property *property, const struct fsm_script *script,
		    const char *what)
{
	int host;

	for (host = 0; host < 2; host++) {
		u8 shown = fsm_state(&script->front, host);
		u8 truth = property->model.end[host].state;

		KUNIT_EXPECT_EQ_MSG(property->test, shown, truth,
				    "%s: %s: host %c is shown in %s, and is in %s",
				    property->where, what, 'A' + host,
				    tcpstate_names_state(shown),
				    tcpstate_names_state(truth));
	}
}

/* Whether something new was acknowledged after the false ending. */
static bool disprove_false_ending(struct property *property)
{
	int i;

	for (i = 1 + below(property, ACTS); i > 0; i--)
		act(property);
	if (!property->plain.front.used)
		return false;
	property->told = property->plain;
	property->is_told = true;
	for (i = 0; i < 2; i++)
		property->proof[i] = property->model.end[i].snd_nxt;
	property->proved = false;
	tell_false_ending(property);
	for (i = below(property, 4); i > 0; i--)
		act(property);
	settle(property);
	go_on(property);
	return property->proved;
}

static void false_ending_lasts_for_one_round_trip(struct kunit *test)
{
	struct property *property = property_new(test);
	int run, proved = 0;

	for (run = 0; run < RUNS; run++) {
		begin(property, run);
		if (!disprove_false_ending(property))
			continue;
		KUNIT_ASSERT_FALSE(test, property->model.overrun);
		proved++;
		compare(property, &property->plain, "not told");
		compare(property, &property->told, "told");
	}
	/* Most runs go on after the false ending. */
	KUNIT_EXPECT_GE_MSG(test, proved, RUNS / 3, "of %d", RUNS);
}

/* A keep-alive probe, a retransmission, or a window update: what comes first */
static void send_first(struct property *property, int host)
{
	struct model *model = &property->model;
	const struct model_end *end = &model->end[host];
	struct tcpstate_segment seg = {
		.seq = end->snd_nxt - 1,
		.ack = end->rcv_nxt,
		.window = MODEL_WINDOW,
		.segs = 1,
		.flags = ACK,
		.wscale = TCPSTATE_WSCALE_NONE,
	};

	switch (below(property, 3)) {
	case 0:
		model_wire_put(model, &model->before[host], &seg);
		/* Answered like any old segment (RFC 9293, 3.8.4) */
		model->end[!host].ack_due = true;
		break;
	case 1:
		seg.len = 1 + below(property, 1000);
		seg.seq = end->snd_nxt - seg.len - (below(property, 2) ? below(property, 500) : 0);
		seg.flags = PSH_ACK;
		/* What was never sent cannot be sent again. */
		if (tcpstate_seq_after(seg.seq, end->isn))
			model_wire_put(model, &model->before[host], &seg);
		break;
	default:
		model_send_ack(model, host);
	}
}

/* Whether the connection is open, idle, and not known to the observer. */
static bool open_unobserved(struct property *property)
{
	int i;

	settle(property);
	for (i = below(property, ACTS); i > 0; i--)
		act(property);
	settle(property);
	property->plain = *property->fresh;
	return property->model.end[A].state == TCPSTATE_ESTABLISHED &&
	       property->model.end[B].state == TCPSTATE_ESTABLISHED;
}

static void end_picked_up(struct property *property)
{
	struct model *model = &property->model;
	int host = below(property, 2);

	if (below(property, 2))
		model_abort(model, host);
	else
		model_close(model, host);
	settle(property);
	compare(property, &property->plain, "one has ended");
	model_close(model, !host);
	settle(property);
	compare(property, &property->plain, "both have ended");
}

static void picked_up_connection_shows_its_ends_own_states(struct kunit *test)
{
	struct property *property = property_new(test);
	int run, seen = 0;

	for (run = 0; run < RUNS; run++) {
		begin(property, run);
		if (!open_unobserved(property))
			continue;
		send_first(property, below(property, 2));
		settle(property);
		if (!property->plain.front.used)
			continue;
		seen++;
		compare(property, &property->plain, "idle");
		if (below(property, 2)) {
			go_on(property);
			compare(property, &property->plain, "data");
		}
		end_picked_up(property);
	}
	KUNIT_EXPECT_GE_MSG(test, seen, RUNS / 4, "of %d", RUNS);
}

static struct kunit_case fsm_property_cases[] = {
	FSM_CASE(false_ending_lasts_for_one_round_trip),
	FSM_CASE(picked_up_connection_shows_its_ends_own_states),
	{}
};

static struct kunit_suite fsm_property_suite = {
	.name = "tcpstate_fsm_property",
	.test_cases = fsm_property_cases,
};

kunit_test_suite(fsm_property_suite);
