// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pictures that trace draws: those of the scenes below are written to a folder, where
 * tests/unit/pictures reads them with parsers that are not ours.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool_world.h"

#define MS	1000000ull
#define STEPS	8

/** struct step - an event of a scene: the time, the segment, and the states after it */
struct step {
	uint64_t time_ms;
	uint8_t from;
	uint8_t flags;
	uint32_t len;
	uint8_t one;
	uint8_t two;
};

static const struct step article[STEPS] = {
	{ 5000, 0, TCPSTATE_FLAG_SYN, 0, TCPSTATE_SYN_SENT, TCPSTATE_LISTEN },
	{ 5001, 1, TCPSTATE_FLAG_SYN | TCPSTATE_FLAG_ACK, 0, TCPSTATE_SYN_SENT,
	  TCPSTATE_SYN_RECEIVED },
	{ 5002, 0, TCPSTATE_FLAG_ACK, 0, TCPSTATE_ESTABLISHED, TCPSTATE_ESTABLISHED },
	{ 13000, 0, TCPSTATE_FLAG_FIN | TCPSTATE_FLAG_ACK, 0, TCPSTATE_FIN_WAIT_1,
	  TCPSTATE_ESTABLISHED },
	{ 13001, 1, TCPSTATE_FLAG_ACK, 0, TCPSTATE_FIN_WAIT_2, TCPSTATE_CLOSE_WAIT },
	{ 13002, 1, TCPSTATE_FLAG_FIN | TCPSTATE_FLAG_ACK, 0, TCPSTATE_FIN_WAIT_2,
	  TCPSTATE_LAST_ACK },
	{ 13003, 0, TCPSTATE_FLAG_ACK, 0, TCPSTATE_TIME_WAIT, TCPSTATE_CLOSED },
};

static const struct step refused[STEPS] = {
	{ 5000, 0, TCPSTATE_FLAG_SYN, 0, TCPSTATE_SYN_SENT, TCPSTATE_LISTEN },
	{ 5001, 1, TCPSTATE_FLAG_RST | TCPSTATE_FLAG_ACK, 0, TCPSTATE_CLOSED, TCPSTATE_CLOSED },
};

static const char *folder;

static void make_step(struct flow *flow, const struct step *step, size_t i)
{
	struct segment *segment = &flow->event.segment;

	*flow = (struct flow){
		.has = 1u << TCPSTATE_A_FLOW_EVENT, .family = TCPSTATE_FAMILY_IPV4,
		.command = i ? TCPSTATE_CMD_FLOW_TRANSITION : TCPSTATE_CMD_FLOW_NEW,
		.id = 5000 * MS,
		.event = {
			.has = 1u << TCPSTATE_A_EVENT_SEGMENT, .number = i + 1,
			.time_ns = step->time_ms * MS,
		},
		.end = {
			{ .address = { 127, 0, 0, 1 }, .port = 60370, .state = step->one },
			{ .address = { 127, 0, 0, 1 }, .port = 5000, .state = step->two },
		},
	};
	segment->from = step->from;
	segment->flags = step->flags;
	segment->seq = 2313595154;
	segment->len = step->len;
	segment->has = 1u << TCPSTATE_A_SEGMENT_RELATIVE_SEQ;
	segment->window = 65535;
	if (i)
		return;
	for (int end = 0; end < 2; end++) {
		flow->end[end].has = 1u << TCPSTATE_A_END_STATE_BEFORE;
		flow->end[end].state_before = end ? TCPSTATE_LISTEN : TCPSTATE_CLOSED;
	}
}

static void draw(const char *name, const char *suffix, const struct options *options)
{
	struct world_output output = world_run(trace_run, options);
	char path[PATH_MAX];
	FILE *file;

	expect(*output.text, "%s%s is empty", name, suffix);
	if (folder) {
		snprintf(path, sizeof(path), "%s/%s%s", folder, name, suffix);
		file = fopen(path, "w");
		if (expect(file, "%s cannot be written", path)) {
			fputs(output.text, file);
			fclose(file);
		}
	}
	free(output.text);
}

/* Draw the flows in each format. */
static void draw_all(const char *name, const struct flow *flows, size_t n, const char *netns,
		     enum format_clock clock)
{
	struct options options = {
		.format = OPTIONS_SVG, .netns = netns, .clock = clock,
		.all_segments = true,
	};

	world.flows = flows;
	world.n = n;
	draw(name, ".svg", &options);
	options.to_scale = true;
	draw(name, "-scale.svg", &options);
	options.to_scale = false;
	options.format = OPTIONS_MERMAID;
	draw(name, ".mmd", &options);
}

static size_t make_scene(struct flow *flows, const struct step *steps, unsigned int verdict)
{
	size_t n = 0;

	while (n < STEPS && steps[n].time_ms) {
		make_step(&flows[n], &steps[n], n);
		n++;
	}
	flows[n - 1].verdict = verdict;
	return n;
}

/* Every kind of rung, with the longest of each */
static size_t make_longest(struct flow *flows)
{
	for (size_t i = 0; i < 6; i++) {
		world_fill(&flows[i], UINT64_MAX, TCPSTATE_FAMILY_IPV6);
		flows[i].event.segment.from = i % 2;
		flows[i].event.number = i + 1;
		flows[i].event.time_ns = INT64_MAX;
		flows[i].end[0].port = WORLD_SERVICES;
		flows[i].verdict = TCPSTATE_VERDICT_NONE;
		flows[i].end[i % 2].state = TCPSTATE_TIME_WAIT;
		flows[i].end[i % 2].state_before = TCPSTATE_SYN_RECEIVED;
	}
	flows[2].event.has &= ~(1u << TCPSTATE_A_EVENT_SEGMENT);
	flows[3].has &= ~(1u << TCPSTATE_A_FLOW_EVENT);
	flows[5].verdict = TCPSTATE_VERDICT_RESET_BY_RESPONDER;
	return 6;
}

static void test_options(void)
{
	struct options options = { .format = OPTIONS_SVG, .most = 2 };
	struct world_output output;
	struct flow flows[STEPS];
	unsigned int n = 0;

	check_begin("trace: a picture has one connection, up to its end or as many events as asked");
	world.flows = flows;
	world.n = make_scene(flows, article, TCPSTATE_VERDICT_CLOSED);
	output = world_run(trace_run, &options);
	for (const char *at = output.text; (at = strstr(at, "class=\"segment\"")); at++)
		n++;
	expect(n == 2 && !output.status, "%u segments, status %d", n, output.status);
	expect(!strstr(output.text, "ESTABLISHED"), "%s", output.text);
	free(output.text);
	options.most = 0;
	output = world_run(trace_run, &options);
	expect(strstr(output.text, ">closed</text>"), "%s", output.text);
	free(output.text);
	world.n = 0;
	output = world_run(trace_run, &options);
	expect(!*output.text && output.status == STATUS_FAILURE, "status %d: %s", output.status,
	       output.text);
	free(output.text);
	check_end();
}

/**
 * picture_tests() - the tests of pictures
 * @into: a folder to which the pictures are written; NULL for none
 */
void picture_tests(const char *into)
{
	static const char hostile[] = "a<b>&\"'#; b;%%\n\t\x7f\xff\xc3\xa9 end ]]> --> <!-- {{}}";
	struct flow flows[STEPS];
	size_t n;

	folder = into;
	world.columns = 0;
	check_begin("trace: pictures of scenes");
	n = make_scene(flows, article, TCPSTATE_VERDICT_CLOSED);
	draw_all("article", flows, n, NULL, FORMAT_CLOCK);
	/* Three writes of "msg", and the ACKs of them */
	for (size_t i = 3; i < n; i++) {
		flows[i].end[0].data = 3;
		flows[i].end[0].bytes = 9;
		flows[i].end[1].acks = 3;
	}
	draw_all("writes", flows, n, NULL, FORMAT_CLOCK);
	draw_all("hostile", flows, n, hostile, FORMAT_DATE);
	draw_all("unfinished", flows, 1, NULL, FORMAT_BOOT);
	n = make_scene(flows, refused, TCPSTATE_VERDICT_REFUSED);
	draw_all("refused", flows, n, "left", FORMAT_SINCE);
	n = make_longest(flows);
	draw_all("longest", flows, n, "left", FORMAT_DATE);
	check_end();
	test_options();
}
