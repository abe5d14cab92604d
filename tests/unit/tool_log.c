// SPDX-License-Identifier: GPL-2.0-only
/* log: a connection has one line, whatever happens to its verdict, and whatever is lost. */
#include <stdlib.h>
#include <string.h>

#include "term.h"
#include "tool_world.h"

#define MS	1000000ull
/* How many words stand before the verdict */
#define VERDICT	10

/** struct life - what happens to one connection */
struct life {
	/**
	 * @events: n: it is new; c: closed; r: reset; t: its verdict is taken back; e: its record
	 * is removed; i: its record is removed because it is idle
	 */
	const char *events;
	/** @old: it had ended before the log began */
	bool old;
	/** @lost: how many events are missing before each */
	unsigned int lost;
	bool final;
	/** @lines: the verdicts of its lines */
	const char *lines;
};

/* Make the event that a letter stands for. */
static void make(struct flow *flow, char letter, size_t i, const struct life *life,
		 uint64_t now_ns)
{
	uint8_t verdict = flow[-!!i].verdict;

	world_fill(flow, 5, TCPSTATE_FAMILY_IPV4);
	flow->id = now_ns - 100 * MS;
	flow->event.number = (i + 1) * (1 + life->lost);
	flow->has &= ~(1u << TCPSTATE_A_FLOW_CLOSED_AT_NS | 1u << TCPSTATE_A_FLOW_DURATION_MS);
	flow->verdict = TCPSTATE_VERDICT_NONE;
	if (letter == 'n' || letter == 't')
		return;
	flow->command = letter == 'e' || letter == 'i' ? TCPSTATE_CMD_FLOW_END :
							  TCPSTATE_CMD_FLOW_TRANSITION;
	flow->verdict = letter == 'c' ? TCPSTATE_VERDICT_CLOSED :
			letter == 'r' ? TCPSTATE_VERDICT_RESET_BY_RESPONDER :
			letter == 'i' ? TCPSTATE_VERDICT_IDLE :
			i ? verdict : TCPSTATE_VERDICT_CLOSED;
	if (letter == 'i')
		return;
	flow->has |= 1u << TCPSTATE_A_FLOW_CLOSED_AT_NS | 1u << TCPSTATE_A_FLOW_DURATION_MS;
	flow->closed_at_ns = life->old ? now_ns - 50 * MS : now_ns + 3600000 * MS;
}

static void test_life(const struct life *life)
{
	struct options options = {
		.numeric = true, .final = life->final, .no_header = true, .wide = true,
	};
	struct flow *flows = calloc(strlen(life->events), sizeof(*flows));
	struct world_output output;
	uint64_t now_ns = term_now_ns();
	char verdicts[128] = "";

	for (size_t i = 0; life->events[i]; i++)
		make(&flows[i], life->events[i], i, life, now_ns);
	world.flows = flows;
	world.n = strlen(life->events);
	output = world_run(log_run, &options);
	for (char *line = output.text, *end; (end = strchr(line, '\n')); line = end + 1) {
		char *word = line;

		*end = '\0';
		for (int i = 0; i < VERDICT; i++) {
			word += strcspn(word, " ");
			word += strspn(word, " ");
		}
		format_append(verdicts, sizeof(verdicts), "%s%.*s", *verdicts ? " " : "",
			      (int)strcspn(word, " "), word);
	}
	expect(!strcmp(verdicts, life->lines), "%s%s%s: '%s', not '%s'", life->events,
	       life->old ? " old" : "", life->final ? " final" : "", verdicts, life->lines);
	free(output.text);
	free(flows);
}

/* What it is for stays the longest: how long, between whom, how it ended, who closed, how much. */
static void test_width(void)
{
	static const struct {
		unsigned int columns;
		const char *headings;
	} widths[] = {
		{ 60, " initiator responder verdict " },
		{ 80, " duration_s initiator responder verdict " },
		{ 100, " duration_s initiator responder bytes closer verdict " },
		{ 120, " start duration_s initiator responder bytes closer verdict " },
	};

	check_begin("log: a narrow terminal keeps what it is for");
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		const struct options options = { .numeric = true };
		struct world_output output;
		char headings[256] = " ";

		world.n = 0;
		world.columns = widths[i].columns;
		output = world_run(log_run, &options);
		for (char *word = strtok(output.text, "\n "); word; word = strtok(NULL, "\n "))
			format_append(headings, sizeof(headings), "%s ", word);
		expect(!strcmp(headings, widths[i].headings), "%u:%s", widths[i].columns,
		       headings);
		free(output.text);
	}
	world.columns = 0;
	check_end();
}

static void test_columns(void)
{
	const struct options options = {
		.numeric = true, .columns = "verdict,ID,closer,duration-s,start",
		.clock = FORMAT_BOOT,
	};
	static const char text[] =
		"verdict                          id closer    duration_s start\n"
		"closed                   7000000000 responder      1.234 7.000000\n";
	struct life life = { .events = "c" };
	struct world_output output;
	struct flow flow;

	check_begin("log --columns: those alone, in that order, whatever the width");
	make(&flow, 'c', 0, &life, term_now_ns());
	flow.id = 7000000000;
	flow.duration_ms = 1234;
	for (int end = 0; end < 2; end++)
		flow.end[end].has &= ~(1u << TCPSTATE_A_END_CLOSER);
	flow.end[1].has |= 1u << TCPSTATE_A_END_CLOSER;
	world.flows = &flow;
	world.n = 1;
	for (world.columns = 0; world.columns <= 160; world.columns += 80) {
		output = world_run(log_run, &options);
		expect(!strcmp(output.text, text), "%u: %s", world.columns, output.text);
		free(output.text);
	}
	world.columns = 0;
	check_end();
}

/**
 * log_tests() - the tests of log
 */
void log_tests(void)
{
	static const struct life lives[] = {
		{ .events = "nce", .lines = "closed" },
		{ .events = "nre", .lines = "reset_by_responder" },
		{ .events = "ni", .lines = "idle" },
		{ .events = "nct", .lines = "closed" },
		{ .events = "nctre", .lines = "closed" },
		{ .events = "nrtce", .lines = "reset_by_responder" },
		{ .events = "nrti", .lines = "reset_by_responder" },
		/* Its beginning was not heard, or its end */
		{ .events = "ce", .lines = "closed" },
		{ .events = "c", .lines = "closed" },
		/* Only its removal was heard: it has ended before, or the event is missing. */
		{ .events = "e", .old = true, .lines = "" },
		{ .events = "e", .lines = "closed" },
		{ .events = "i", .lines = "idle" },
		{ .events = "n", .lines = "" },
		{ .events = "nce", .final = true, .lines = "closed" },
		{ .events = "nctre", .final = true, .lines = "reset_by_responder" },
		{ .events = "nc", .final = true, .lines = "" },
		{ .events = "e", .old = true, .final = true, .lines = "closed" },
		{ .events = "nce", .lost = 3, .lines = "closed" },
		{ .events = "nctre", .lost = 3, .lines = "closed" },
	};

	check_begin("log: a connection has one line, when it ends");
	for (size_t i = 0; i < ARRAY_SIZE(lives); i++)
		test_life(&lives[i]);
	check_end();
	test_width();
	test_columns();
}
