// SPDX-License-Identifier: GPL-2.0-only
/* What events and trace print, at every width of their values and of the terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names_gen.h"
#include "tool_world.h"

/* How many words a line of events has. */
#define WORDS	13

static unsigned int count_words(const char *line)
{
	unsigned int n = 0;

	for (bool in = false; *line && *line != '\n'; line++) {
		n += !in && *line != ' ';
		in = *line != ' ';
	}
	return n;
}

/* Are these texts in the line, in this order? */
static void expect_texts(const char *line, const char * const *texts, unsigned int n)
{
	const char *at = line;

	for (unsigned int i = 0; i < n; i++) {
		at = strstr(at, texts[i]);
		if (!expect(at, "'%s' is not in its place in '%s'", texts[i], line))
			return;
		at += strlen(texts[i]);
	}
}

static void events_one(struct flow *flow, enum format_clock clock)
{
	struct options options = { .numeric = true, .clock = clock, .most = 1 };
	char number[24], id[24], port[24];
	const char * const texts[] = {
		number, "transition", id, port, "SYN_RECEIVED", "SYN_RECEIVED", "[FSRP.UEW]",
		"responder:rcv_ack_of_syn", "reset_by_initiator",
	};
	struct world_output output;

	snprintf(number, sizeof(number), " %llu ", (unsigned long long)flow->event.number);
	snprintf(id, sizeof(id), " %llu ", (unsigned long long)flow->id);
	snprintf(port, sizeof(port), ":%u ", flow->end[0].port);
	world.flows = flow;
	world.n = 1;
	output = world_run(events_run, &options);
	expect(!output.status, "status %d", output.status);
	expect(count_words(output.text) == WORDS, "no %u words: %s", WORDS, output.text);
	expect_texts(output.text, texts, ARRAY_SIZE(texts));
	free(output.text);
}

static void test_events(void)
{
	check_begin("events: every value, whatever its width, with every clock");
	world.columns = 0;
	for (unsigned int i = 0; i < WORLD_VALUES; i++)
		for (int clock = FORMAT_CLOCK; clock <= FORMAT_BOOT; clock++) {
			struct flow flow;

			world_fill(&flow, world_value(i), TCPSTATE_FAMILY_IPV6);
			events_one(&flow, clock);
			world_fill(&flow, world_value(i), TCPSTATE_FAMILY_IPV4);
			events_one(&flow, clock);
		}
	check_end();
}

/* The text of a segment, as tcpdump has it, in so many parts: all of them are 4. */
static void segment_text(const struct segment *segment, int parts, char *text, size_t size)
{
	int len = snprintf(text, size, "[FSRP.UEW]");

	if (parts > 1 && segment->len)
		len += snprintf(text + len, size - len, " seq %u:%u", segment->seq,
				segment->seq + segment->len);
	else if (parts > 1)
		len += snprintf(text + len, size - len, " seq %u", segment->seq);
	if (parts > 2)
		len += snprintf(text + len, size - len, ", ack %u", segment->ack);
	if (parts > 3)
		snprintf(text + len, size - len, ", win %u, length %u", segment->window,
			 segment->len);
}

/* A rung has as many parts of its segment as there is room for; dashes fill the rest. */
static void expect_segment(const char *line, size_t len, const struct segment *segment,
			   unsigned int columns)
{
	int parts = columns && columns < 106 ? 3 : 4;
	char text[200], less[200];
	size_t dashes = 0;

	/* A date has dashes, too. */
	for (const char *c = strchr(line, ' '); c < line + len; c++)
		dashes += *c == '-';
	segment_text(segment, parts, text, sizeof(text));
	while (columns && parts > 1 && !memmem(line, len, text, strlen(text))) {
		segment_text(segment, --parts, less, sizeof(less));
		expect(strlen(text) - strlen(less) > dashes ||
		       !memmem(line, len, less, strlen(less)),
		       "%u columns: there is room for '%s' in '%.*s'", columns, text, (int)len,
		       line);
		memcpy(text, less, sizeof(text));
	}
	expect(memmem(line, len, text, strlen(text)), "'%s' is not in '%.*s'", text, (int)len,
	       line);
}

/* Two rungs, one in each direction: both have the segment, and their states are aligned. */
static void trace_one(uint64_t value, unsigned int columns, enum format_clock clock)
{
	struct options options = { .numeric = true, .clock = clock, .most = 2 };
	struct world_output output;
	size_t at[2] = {}, n = 0;
	struct flow flows[2];

	for (int i = 0; i < 2; i++) {
		world_fill(&flows[i], value, TCPSTATE_FAMILY_IPV6);
		flows[i].event.segment.from = i;
		/* Leave out the remark on a state that was taken back, which comes last. */
		flows[i].event.has &= ~(1u << TCPSTATE_A_EVENT_RETRACT);
		/* So has a verdict a line of its own. */
		flows[i].verdict = TCPSTATE_VERDICT_NONE;
		/* Number them without a gap: a missing number would mean that an event was lost. */
		flows[i].event.number += i;
	}
	world.flows = flows;
	world.n = 2;
	world.columns = columns;
	output = world_run(trace_run, &options);
	for (const char *line = output.text; *line; line += strcspn(line, "\n") + 1) {
		size_t len = strcspn(line, "\n"), width = 0;
		const char *state = strstr(line, "SYN_RECEIVED");

		for (size_t i = 0; i < len; i++)
			width += (line[i] & 0xc0) != 0x80;
		expect(!columns || columns < 60 || clock != FORMAT_CLOCK || width <= columns,
		       "%u columns: %zu in '%.*s'", columns, width, (int)len, line);
		if (*line == '#' || *line == ' ' || !state)
			continue;
		expect_segment(line, len, &flows[0].event.segment, columns);
		state = strstr(state + 1, "SYN_RECEIVED");
		if (expect(state && n < 2, "%u columns: a line too many, or cut: %s", columns,
			   output.text))
			at[n++] = state - line;
	}
	expect(n == 2 && at[0] == at[1], "%u columns: the states do not stand alike: %s", columns,
	       output.text);
	free(output.text);
}

static void test_trace(void)
{
	check_begin("trace: every value, at every width of the terminal, with every clock");
	for (unsigned int i = 0; i < WORLD_VALUES; i++)
		for (int clock = FORMAT_CLOCK; clock <= FORMAT_BOOT; clock++) {
			trace_one(world_value(i), 80, clock);
			trace_one(world_value(i), 250, clock);
		}
	for (unsigned int columns = 40; columns <= 250; columns++) {
		trace_one(0, columns, FORMAT_CLOCK);
		trace_one(UINT64_MAX, columns, FORMAT_CLOCK);
	}
	check_end();
}

/* Every line that trace prints, with the longest of each: no terminal from 60 on is too narrow. */
static void test_trace_fits(void)
{
	struct flow flows[5];

	check_begin("trace: no line is longer than a terminal of 60 columns or more");
	for (unsigned int i = 0; i < ARRAY_SIZE(flows); i++) {
		world_fill(&flows[i], UINT64_MAX, TCPSTATE_FAMILY_IPV6);
		flows[i].id = i / 2;
		flows[i].end[0].port = 90;
		flows[i].end[0].saturated = ~0u;
		flows[i].event.number = i + 1;
	}
	flows[1].command = TCPSTATE_CMD_FLOW_END;
	flows[2].event.segment.from = TCPSTATE_RESPONDER;
	flows[3].event.has &= ~(1u << TCPSTATE_A_EVENT_SEGMENT);
	/* Some are missing before the last. */
	flows[4].event.number = UINT64_MAX;
	world.flows = flows;
	world.n = ARRAY_SIZE(flows);
	for (world.columns = 60; world.columns <= 250; world.columns++) {
		struct options options = { .most = ARRAY_SIZE(flows) };
		struct world_output output = world_run(trace_run, &options);

		for (const char *line = output.text; *line; line += strcspn(line, "\n") + 1) {
			size_t width = 0;

			for (size_t i = 0; line[i] && line[i] != '\n'; i++)
				width += (line[i] & 0xc0) != 0x80;
			expect(width <= world.columns, "%u columns: %zu in '%.*s'", world.columns,
			       width, (int)strcspn(line, "\n"), line);
		}
		/* The remarks are there, on whatever line. */
		for (int i = 0; i < 3; i++) {
			static const char * const words[] = { "back)", "missing", "data" };

			expect(strstr(output.text, words[i]), "%u columns: no '%s': %s",
			       world.columns, words[i], output.text);
		}
		free(output.text);
	}
	check_end();
}

/* On a terminal, a line has the states, and as much of the rest as there is room for. */
static void test_events_fit(void)
{
	check_begin("events: no line is longer than a terminal of 60 columns or more");
	for (unsigned int i = 0; i < WORLD_VALUES; i++)
		for (world.columns = 60; world.columns <= 250;
		     world.columns += i == 5 ? 1 : 10) {
			struct options options = { .most = 1, .numeric = i % 2 };
			struct world_output output;
			struct flow flow;
			size_t width = 0;

			world_fill(&flow, world_value(i), i % 3 ? TCPSTATE_FAMILY_IPV6 :
				   TCPSTATE_FAMILY_IPV4);
			flow.end[0].port = 12345;
			world.flows = &flow;
			world.n = 1;
			output = world_run(events_run, &options);
			for (const char *c = output.text; *c && *c != '\n'; c++)
				width += (*c & 0xc0) != 0x80;
			expect(width <= world.columns, "%u columns: %zu in %s", world.columns,
			       width, output.text);
			expect(strstr(output.text, " SYN_RECEIVED SYN_RECEIVED") &&
			       strstr(output.text, ":12345 "), "%u columns: %s", world.columns,
			       output.text);
			expect(world.columns < 80 || strstr(output.text, "[FSRP.UEW]"),
			       "%u columns: %s", world.columns, output.text);
			free(output.text);
		}
	world.columns = 80;
	check_end();
}

static void test_flags(void)
{
	check_begin("trace: every set of TCP's flags, narrow and wide");
	for (unsigned int flags = 0; flags < 256; flags++)
		for (unsigned int columns = 40; columns <= 140; columns += 100) {
			struct options options = { .numeric = true, .most = 1 };
			struct world_output output;
			struct flow flow;
			char text[24] = "[";

			world_fill(&flow, UINT64_MAX, TCPSTATE_FAMILY_IPV4);
			flow.event.segment.flags = flags;
			world.flows = &flow;
			world.n = 1;
			world.columns = columns;
			output = world_run(trace_run, &options);
			for (unsigned int i = 0; i < 8; i++)
				if (flags >> i & 1)
					strncat(text, &"FSRP.UEW"[i], 1);
			strcat(text, flags ? "]" : "none]");
			expect(strstr(output.text, text), "%s is not there: %s", text,
			       output.text);
			free(output.text);
		}
	check_end();
}

static void test_end(void)
{
	check_begin("trace: the end of a connection, with every verdict and count");
	for (unsigned int i = 0; i < WORLD_VALUES; i++)
		for (unsigned int verdict = 1; verdict < RECORD_VERDICTS; verdict++) {
			struct options options = { .numeric = true, .most = 1 };
			struct world_output output;
			struct flow flow;
			char text[160];

			world_fill(&flow, world_value(i), TCPSTATE_FAMILY_IPV4);
			flow.command = TCPSTATE_CMD_FLOW_END;
			flow.verdict = verdict;
			world.flows = &flow;
			world.n = 1;
			world.columns = 0;
			output = world_run(trace_run, &options);
			snprintf(text, sizeof(text),
				 " record removed (%s): %llu segments, %llu of them data\n",
				 tcpstate_verdict_names[verdict], 8ull * flow.end[0].data,
				 2ull * flow.end[0].data);
			expect(strstr(output.text, text), "'%s' is not there: %s", text,
			       output.text);
			free(output.text);
		}
	check_end();
}

/* The verdicts of three events of a connection, and how many lines of the first verdict come. */
static void expect_verdicts(const uint8_t verdicts[3], unsigned int lines, bool by_connection)
{
	struct options options = { .numeric = true, .by_connection = by_connection };
	const char *name = tcpstate_verdict_names[TCPSTATE_VERDICT_REFUSED];
	struct world_output output;
	unsigned int n = 0;
	struct flow flows[3];
	char text[40];

	for (int i = 0; i < 3; i++) {
		world_fill(&flows[i], 15, TCPSTATE_FAMILY_IPV4);
		flows[i].event.number += i;
		flows[i].verdict = verdicts[i];
	}
	world.flows = flows;
	world.n = 3;
	world.columns = 0;
	output = world_run(trace_run, &options);
	snprintf(text, sizeof(text), " 1 %s\n", name);
	for (const char *at = output.text; (at = strstr(at, text)); at++)
		n++;
	expect(n == lines, "%u lines of %s: %s", n, name, output.text);
	free(output.text);
}

static void test_verdicts(void)
{
	static const uint8_t none = TCPSTATE_VERDICT_NONE, refused = TCPSTATE_VERDICT_REFUSED;

	check_begin("trace: a verdict is told once, and again after it was taken back");
	for (int by_connection = 0; by_connection < 2; by_connection++) {
		expect_verdicts((const uint8_t[]){ none, none, none }, 0, by_connection);
		expect_verdicts((const uint8_t[]){ none, none, refused }, 1, by_connection);
		expect_verdicts((const uint8_t[]){ none, refused, refused }, 1, by_connection);
		expect_verdicts((const uint8_t[]){ refused, none, refused }, 2, by_connection);
	}
	check_end();
}

static void test_saturated(void)
{
	struct options options = { .numeric = true, .most = 1 };
	struct world_output output;
	struct flow flow;

	check_begin("trace: counts that have saturated have a plus");
	world_fill(&flow, 15, TCPSTATE_FAMILY_IPV4);
	flow.command = TCPSTATE_CMD_FLOW_END;
	world.flows = &flow;
	world.n = 1;
	flow.end[1].saturated = TCPSTATE_COUNT_CLOSING;
	output = world_run(trace_run, &options);
	expect(strstr(output.text, ": 120+ segments, 30 of them data\n"), "%s", output.text);
	free(output.text);
	flow.end[0].saturated = TCPSTATE_COUNT_DATA;
	output = world_run(trace_run, &options);
	expect(strstr(output.text, ": 120+ segments, 30+ of them data\n"), "%s", output.text);
	free(output.text);
	check_end();
}

/**
 * stream_tests() - the tests of events and trace
 */
void stream_tests(void)
{
	test_events();
	test_trace();
	test_trace_fits();
	test_events_fit();
	test_flags();
	test_verdicts();
	test_end();
	test_saturated();
}
