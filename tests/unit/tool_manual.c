// SPDX-License-Identifier: GPL-2.0-only
/*
 * The manual defines every word that the tool prints: each is the tag of a paragraph, or, among
 * the keys of JSON, in bold.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names_gen.h"
#include "tool_world.h"

#define TAGS	1024
#define TAG	80

/** struct tag - a word that a paragraph defines, and the section in which it does */
struct tag {
	char section[TAG];
	char word[TAG];
};

static struct tag tags[TAGS];
static size_t n_tags;

/* The words of a line after its macro, without fonts and quotes. */
static void add_tags(const char *section, char *line)
{
	char *from, *to;

	/* "\-" is a dash, and "\fB" a font. */
	for (from = to = line; *from; from++) {
		if (*from == '\\' && from[1] == '-')
			continue;
		if (*from == '\\' && from[1] == 'f')
			from += 2;
		else if (strchr("\",=\n", *from))
			*to++ = ' ';
		else
			*to++ = *from;
	}
	*to = '\0';
	strtok(line, " ");
	for (char *word = strtok(NULL, " "); word && n_tags < TAGS; word = strtok(NULL, " ")) {
		snprintf(tags[n_tags].section, TAG, "%s", section);
		snprintf(tags[n_tags++].word, TAG, "%s", word);
	}
}

static bool read_manual(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[1024], section[TAG] = "";
	bool tag = false;

	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		if (!strncmp(line, ".SH ", 4))
			snprintf(section, sizeof(section), "%.*s", (int)strcspn(line + 4, "\n"),
				 line + 4);
		else if ((tag && *line == '.') ||
			 (!strcmp(section, "JSON") && !strncmp(line, ".B", 2)))
			add_tags(section, line);
		/* .TQ adds a tag to the one before. */
		tag = !strncmp(line, ".TP", 3) || !strncmp(line, ".TQ", 3);
	}
	fclose(file);
	return true;
}

static bool is_defined(const char *section, const char *word, size_t len)
{
	for (size_t i = 0; i < n_tags; i++)
		if (!strcmp(tags[i].section, section) && strlen(tags[i].word) == len &&
		    !memcmp(tags[i].word, word, len))
			return true;
	return false;
}

static void expect_names(const char *section, enum format_table table)
{
	const struct parse_names *names = format_names(table);

	for (size_t i = 0; i < names->n; i++)
		if (names->names[i] && strcmp(names->names[i], "pad"))
			expect(is_defined(section, names->names[i], strlen(names->names[i])),
			       "%s does not define '%s'", section, names->names[i]);
}

/* Every key of the objects in @text, and every value of some. */
static void expect_keys(const char *text)
{
	expect(*text, "no objects");
	for (const char *at = text; (at = strchr(at, '"')); at++) {
		const char *word = ++at;
		size_t len = strcspn(word, "\"");

		at = word + len;
		/* Endings and counters have sections of their own. */
		if (at[1] == ':' && !is_defined("VERDICTS", word, len) &&
		    !is_defined("COUNTERS", word, len))
			expect(is_defined("JSON", word, len), "JSON does not define '%.*s'",
			       (int)len, word);
	}
}

/* The keys that --all-netns adds */
static void test_json_netns(void)
{
	static const char * const netns[] = { "blue", NULL };
	struct options options = { .json = true, .all_netns = true, .most = 1 };
	struct flow flow = *world.flows;
	const struct flow *before = world.flows;
	struct world_output output;

	flow.netns = *netns;
	world.flows = &flow;
	world.netns = netns;
	output = world_run(list_run, &options);
	expect_keys(output.text);
	free(output.text);
	output = world_run(stats_run, &options);
	expect_keys(output.text);
	free(output.text);
	world.netns = NULL;
	world.flows = before;
}

/* The keys that --process adds */
static void test_json_process(void)
{
	const struct flow *flow = world.flows;
	struct options options = { .json = true, .process = true };
	struct world_output output;
	struct diag diag = {
		.tuple = {
			.family = flow->family,
			.port = { flow->end[0].port, flow->end[1].port },
		},
		.has_info = true,
	};

	memcpy(diag.tuple.address[0], flow->end[0].address, sizeof(flow->end[0].address));
	memcpy(diag.tuple.address[1], flow->end[1].address, sizeof(flow->end[1].address));
	world.diags = &diag;
	world.n_diags = 1;
	options.words = (char *[]){ "100000" };
	options.n_words = 1;
	output = world_run(show_run, &options);
	expect(strstr(output.text, "tcp_info"), "no tcp_info");
	expect_keys(output.text);
	free(output.text);
	world.n_diags = 0;
}

static void test_json(void)
{
	struct options options = { .json = true, .most = 1 };
	struct world_output output;
	struct flow flow;

	world_fill(&flow, 5, TCPSTATE_FAMILY_IPV6);
	world.flows = &flow;
	world.n = 1;
	memset(&world.stats, 0, sizeof(world.stats));
	world.stats.n_pairs = 1;
	world.stats.syn_time.n_buckets = 1;
	output = world_run(list_run, &options);
	expect_keys(output.text);
	free(output.text);
	output = world_run(events_run, &options);
	expect_keys(output.text);
	free(output.text);
	/* log leaves out what has ended before it began. */
	flow.closed_at_ns = INT64_MAX;
	output = world_run(log_run, &options);
	expect_keys(output.text);
	free(output.text);
	output = world_run(stats_run, &options);
	expect_keys(output.text);
	free(output.text);
	output = world_run(top_run, &options);
	expect_keys(output.text);
	free(output.text);
	options.by = "family,initiator,responder,phase,state,timer,closer,interface";
	output = world_run(top_run, &options);
	expect_keys(output.text);
	free(output.text);
	test_json_netns();
	test_json_process();
	options.count_only = true;
	output = world_run(list_run, &options);
	expect_keys(output.text);
	free(output.text);
}

static void test_metrics(void)
{
	struct options options = {};
	struct world_output output = world_run(metrics_run, &options);
	unsigned int n = 0;

	for (const char *line = output.text; (line = strstr(line, "# TYPE ")); line++) {
		const char *name = line + strlen("# TYPE ");
		size_t len = strcspn(name, " ");

		n++;
		expect(is_defined("METRICS", name, len), "METRICS does not define '%.*s'", (int)len,
		       name);
	}
	expect(n > 10, "only %u metrics", n);
	free(output.text);
}

/**
 * manual_tests() - the tests of the manual
 * @path: its name
 */
void manual_tests(const char *path)
{
	check_begin("manual: it can be read");
	expect(read_manual(path), "%s cannot be opened", path);
	expect(n_tags > 50 && n_tags < TAGS, "%s: %zu tags", path, n_tags);
	check_end();
	check_begin("manual: every state, timer, verdict, flag, trigger and counter is defined");
	expect_names("STATES", FORMAT_STATE);
	expect_names("STATES", FORMAT_PHASE);
	expect_names("TIMERS", FORMAT_TIMER);
	expect_names("VERDICTS", FORMAT_VERDICT);
	expect_names("FLAGS", FORMAT_FLAG);
	expect_names("TRIGGERS", FORMAT_TRIGGER);
	expect_names("COUNTERS", FORMAT_COUNTER);
	check_end();
	check_begin("manual: every metric is defined");
	test_metrics();
	check_end();
	check_begin("manual: every key of JSON is defined");
	test_json();
	check_end();
}
