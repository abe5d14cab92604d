// SPDX-License-Identifier: GPL-2.0-only
/* What show and stats print, at every width of their values. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool_world.h"

/* The line of @text that begins with @label, with its blanks squeezed. */
static void find_line(const char *text, const char *label, char *line, size_t size)
{
	size_t n = 0;

	*line = '\0';
	for (; *text; text += strcspn(text, "\n") + 1) {
		const char *at = text + strspn(text, " ");

		if (strncmp(at, label, strlen(label)) || at[strlen(label)] != ' ')
			continue;
		for (; *at && *at != '\n' && n + 1 < size; at++)
			if (*at != ' ' || at[1] != ' ')
				line[n++] = *at;
		line[n] = '\0';
		return;
	}
}

static void expect_line(const char *text, const char *label, const char *expected)
{
	char line[400];

	find_line(text, label, line, sizeof(line));
	expect(!strcmp(line, expected), "'%s' is not '%s'", line, expected);
}

static void expect_pair(const char *text, const char *label, uint64_t value)
{
	char expected[100];

	snprintf(expected, sizeof(expected), "%s %llu %llu", label, (unsigned long long)value,
		 (unsigned long long)value);
	expect_line(text, label, expected);
}

/*
 * One purpose of segments: the counts of both ends, their sum, and a quarter as their share,
 * but no share if there are no segments.
 */
static void expect_cost(const char *text, const char *label, uint64_t value,
			unsigned int percent)
{
	char expected[100];

	snprintf(expected, sizeof(expected), "%s %llu %llu %llu %u %%", label,
		 (unsigned long long)value, (unsigned long long)value,
		 (unsigned long long)(2 * value), value ? percent : 0);
	expect_line(text, label, expected);
}

static void show_one(uint64_t value, uint8_t family)
{
	struct options options = { .n_words = 1, .words = (char *[]){ (char *)"1" } };
	unsigned long long days, seconds;
	struct world_output output;
	struct flow flow;
	char text[100];

	world_fill(&flow, value, family);
	flow.flags = ~0u;
	world.flows = &flow;
	world.n = 1;
	output = world_run(show_run, &options);
	expect(!output.status, "status %d", output.status);
	expect_pair(output.text, "initial number", flow.end[0].isn);
	expect_pair(output.text, "next number", flow.end[0].seq);
	expect_pair(output.text, "acknowledged", flow.end[0].ack);
	expect_pair(output.text, "window", flow.end[0].window);
	expect_pair(output.text, "window scale", flow.end[0].wscale);
	expect_cost(output.text, "data", flow.end[0].data, 25);
	expect_cost(output.text, "closing", flow.end[0].closing, 25);
	expect_cost(output.text, "all", 4ull * flow.end[0].data, 100);
	snprintf(text, sizeof(text), "id %llu", (unsigned long long)flow.id);
	expect_line(output.text, "id", text);
	days = flow.age_ms / 86400000;
	seconds = flow.age_ms / 1000;
	if (flow.duration_ms < 60000)
		snprintf(text, sizeof(text), "duration %llu.%03llu s", flow.duration_ms / 1000ull,
			 flow.duration_ms % 1000ull);
	else if (days)
		snprintf(text, sizeof(text), "duration %llu d %llu:%02llu:%02llu", days,
			 seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
	else
		snprintf(text, sizeof(text), "duration %llu:%02llu:%02llu", seconds / 3600,
			 seconds / 60 % 60, seconds % 60);
	expect_line(output.text, "duration", text);
	snprintf(text, sizeof(text), "%llu d %llu:%02llu:%02llu ago", days, seconds / 3600 % 24,
		 seconds / 60 % 60, seconds % 60);
	if (days)
		expect(strstr(output.text, text), "'%s' is not there: %s", text, output.text);
	expect(!strstr(output.text, ".-"), "a time has a sign in its middle: %s", output.text);
	free(output.text);
}

/**
 * show_tests() - the tests of show
 */
void show_tests(void)
{
	struct options options = { .n_words = 1, .words = (char *[]){ (char *)"1" } };
	static const char * const numbers[] = {
		"initial number", "next number", "acknowledged", "window", "window scale",
		"timestamps", "selective acks",
	};
	static const struct flow nothing = { .family = TCPSTATE_FAMILY_IPV6 };
	char text[100], line[400];
	struct world_output output;
	struct flow flow;

	check_begin("show: every value, whatever its width");
	for (unsigned int i = 0; i < WORLD_VALUES; i++) {
		show_one(world_value(i), TCPSTATE_FAMILY_IPV4);
		show_one(world_value(i), TCPSTATE_FAMILY_IPV6);
	}
	check_end();
	check_begin("show: counts that have saturated have a plus, and no share is known");
	world_fill(&flow, 15, TCPSTATE_FAMILY_IPV4);
	flow.flags = 0;
	flow.end[0].saturated = TCPSTATE_COUNT_REPEATS | TCPSTATE_COUNT_CLOSING;
	flow.end[1].saturated = TCPSTATE_COUNT_BYTES;
	world.flows = &flow;
	output = world_run(show_run, &options);
	expect_line(output.text, "repeated: SYN", "repeated: SYN 15+, SYN/ACK 15");
	expect_line(output.text, "opening", "opening 15 15 30 -");
	expect_line(output.text, "data", "data 15 15 30 -");
	expect_line(output.text, "closing", "closing 15+ 15 30+ -");
	expect_line(output.text, "all", "all 60+ 60 120+ -");
	expect_line(output.text, "bytes", "bytes 15 15+ 30+");
	expect_line(output.text, "retransmitted", "retransmitted 15 15 30 -");
	expect_line(output.text, "gaps", "gaps 15 15 30 -");
	expect_line(output.text, "30 of 120+ segments",
		    "30 of 120+ segments carried data; 90+ opened, acknowledged or closed.");
	free(output.text);
	check_end();
	check_begin("show: every flag is explained");
	for (unsigned int i = 0; i < format_names(FORMAT_FLAG)->n; i++) {
		flow.flags = 1u << i;
		output = world_run(show_run, &options);
		snprintf(text, sizeof(text), "flags %s: ", format_names(FORMAT_FLAG)->names[i]);
		find_line(output.text, "flags", line, sizeof(line));
		expect(!strncmp(line, text, strlen(text)) && strlen(line) > strlen(text), "'%s'",
		       line);
		free(output.text);
	}
	check_end();
	check_begin("show: a flag of a newer module is not left out");
	flow.flags = 1u << 31 | TCPSTATE_FLOW_FLAG_PICKED_UP;
	output = world_run(show_run, &options);
	expect(!!strstr(output.text, "?: the module is newer than this tool"), "'%s'", output.text);
	free(output.text);
	check_end();
	check_begin("show: a sum that has no room is a lower bound");
	world_fill(&flow, UINT64_MAX, TCPSTATE_FAMILY_IPV4);
	output = world_run(show_run, &options);
	expect_line(output.text, "bytes",
		    "bytes 18446744073709551615 18446744073709551615 18446744073709551615+");
	free(output.text);
	check_end();
	check_begin("show: nothing is known");
	world.flows = &nothing;
	output = world_run(show_run, &options);
	for (unsigned int i = 0; i < ARRAY_SIZE(numbers); i++) {
		snprintf(text, sizeof(text), "%s ? ?", numbers[i]);
		expect_line(output.text, numbers[i], text);
	}
	expect(!!strstr(output.text, "\nhandshake\n  not seen\n"), "'%s'", output.text);
	free(output.text);
	check_end();
}

static void fill_histogram(struct histogram *histogram, uint64_t value)
{
	histogram->has = ~0u;
	histogram->sum_us = value;
	histogram->n_buckets = RECORD_BUCKETS;
	for (unsigned int i = 0; i < RECORD_BUCKETS; i++)
		histogram->bucket[i] = (struct bucket){
			.has = ~0u, .le_us = value < UINT32_MAX ? value : UINT32_MAX,
			.count = i ? value / i : value,
		};
}

static void fill_stats(struct stats *stats, uint64_t value)
{
	uint32_t small = value < UINT32_MAX ? value : UINT32_MAX;

	*stats = (struct stats){
		.has = ~0u, .records = small, .max_records = small, .share = small,
		.memory_bytes = value, .table_bytes = value, .counters.has = ~0u,
		.n_endings = RECORD_VERDICTS, .n_pairs = RECORD_STATES * RECORD_STATES,
	};
	for (unsigned int i = 0; i < ARRAY_SIZE(stats->counters.n); i++)
		stats->counters.n[i] = value;
	for (unsigned int i = 0; i < RECORD_VERDICTS; i++)
		stats->ending[i] = (struct ending){ .has = ~0u, .verdict = i, .count = value };
	for (unsigned int i = 0; i < stats->n_pairs; i++)
		stats->pair[i] = (struct pair){
			.has = ~0u, .count = small,
			.state = { i / RECORD_STATES, i % RECORD_STATES },
		};
	fill_histogram(&stats->syn_time, value);
	fill_histogram(&stats->ack_time, value);
}

/* Each counter and verdict has a label of its own, in words, with its count and its rate. */
static void test_labels(void)
{
	struct options options = { .interval_ms = 100, .has_interval = true, .most = 1 };
	struct world_output output;
	unsigned int n = 0;

	check_begin("stats: words for every counter and verdict, and how fast they grow");
	fill_stats(&world.stats, 1000);
	world.stats.n_pairs = 0;
	world.stats.counters.has &= ~(1u << 0 | 1u << TCPSTATE_A_COUNTER_PAD);
	world.stats.ending[0] = world.stats.ending[--world.stats.n_endings];
	world.growth = 1000;
	output = world_run(stats_run, &options);
	for (const char *line = output.text; *line; line += strcspn(line, "\n") + 1) {
		size_t len = strcspn(line, "\n");
		unsigned long long count;
		double rate;
		char label[40] = "";

		if (sscanf(line, "  %36[^\n]%llu %lf", label, &count, &rate) != 3)
			continue;
		n++;
		/* The names have _, and some are a single word. */
		expect(!strchr(label, '_') && !strchr(label, '?'), "%.*s", (int)len, line);
		expect(count == 3000 && rate > 0 && rate <= 10000, "%.*s", (int)len, line);
	}
	expect(n == TCPSTATE_A_COUNTER_MAX - 1 + RECORD_VERDICTS - 1, "only %u lines: %s", n,
	       output.text);
	free(output.text);
	world.growth = 0;
	check_end();
}

static void test_zeros(void)
{
	struct options options = {};
	struct world_output output;
	char some[100], all[100];

	check_begin("stats: what is 0 is left out, unless --all asks for it");
	fill_stats(&world.stats, 0);
	world.stats.counters.n[TCPSTATE_A_COUNTER_PAWS] = 7;
	output = world_run(stats_run, &options);
	find_line(output.text, "segments", some, sizeof(some));
	expect(!strcmp(some, "segments with an old timestamp 7"), "'%s'", some);
	expect(!strstr(output.text, "keep-alive") && !strstr(output.text, "refused"), "%s",
	       output.text);
	free(output.text);
	options.all = true;
	output = world_run(stats_run, &options);
	find_line(output.text, "keep-alive", all, sizeof(all));
	expect(!strcmp(all, "keep-alive probes 0"), "'%s'", all);
	find_line(output.text, "refused:", all, sizeof(all));
	expect(!strcmp(all, "refused: a RST answered the SYN 0"), "'%s'", all);
	free(output.text);
	check_end();
}

/**
 * stats_tests() - the tests of stats and metrics
 */
void stats_tests(void)
{
	struct options options = { .all = true };
	struct world_output output;
	char text[100];

	check_begin("stats and metrics: every value, whatever its width");
	for (unsigned int i = 0; i < WORLD_VALUES; i++) {
		unsigned long long value = world_value(i);

		fill_stats(&world.stats, value);
		output = world_run(stats_run, &options);
		snprintf(text, sizeof(text), "segments of a connection %llu", value);
		expect_line(output.text, "segments", text);
		snprintf(text, sizeof(text), "reset by the responder %llu", value);
		expect_line(output.text, "reset by the responder", text);
		expect(!strstr(output.text, "###############################"),
		       "a bar is longer than the longest: %s", output.text);
		free(output.text);
		output = world_run(metrics_run, &options);
		snprintf(text, sizeof(text), "tcpstate_segments_total %llu", value);
		expect_line(output.text, "tcpstate_segments_total", text);
		free(output.text);
	}
	check_end();
	test_labels();
	test_zeros();
}
