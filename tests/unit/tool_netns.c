// SPDX-License-Identifier: GPL-2.0-only
/* What list, stats and metrics print of several network namespaces. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool_world.h"

/* The second one has to be quoted in a label, and the third is not UTF-8. */
static const char * const names[] = { "blue", "a \"b\\c\nd", "\xff", NULL };
static const char * const labels[] = { "blue", "a \\\"b\\\\c\\nd", "?" };

static unsigned int count(const char *text, const char *part)
{
	unsigned int n = 0;

	while ((text = strstr(text, part))) {
		text++;
		n++;
	}
	return n;
}

static void test_metrics(void)
{
	struct options options = { .all_netns = true };
	struct world_output output;
	unsigned int heads = 0;
	char part[64];

	world.stats.has = ~0u;
	output = world_run(metrics_run, &options);
	for (const char *line = output.text; (line = strstr(line, "# TYPE ")); line++) {
		snprintf(part, sizeof(part), "%.*s\n", (int)strcspn(line, "\n"), line);
		expect(count(output.text, part) == 1, "'%s' is there %u times", part,
		       count(output.text, part));
		heads++;
	}
	expect(heads > 10, "only %u metrics", heads);
	for (unsigned int i = 0; names[i]; i++) {
		snprintf(part, sizeof(part), "tcpstate_records{netns=\"%s\"} ", labels[i]);
		expect(count(output.text, part) == 1, "no '%s'", part);
		snprintf(part, sizeof(part), "{netns=\"%s\",role=\"responder\",state=\"CLOSED\"} ",
			 labels[i]);
		expect(count(output.text, part) == 1, "no '%s'", part);
	}
	/* What is the same for all of them is there once, without a namespace. */
	expect(count(output.text, "\ntcpstate_records_limit ") == 1, "no tcpstate_records_limit");
	expect(count(output.text, "\ntcpstate_table_bytes ") == 1, "no tcpstate_table_bytes");
	expect(count(output.text, "\ntcpstate_build_info{version=") == 1, "no tcpstate_build_info");
	free(output.text);
}

static void test_list(void)
{
	struct options options = { .all_netns = true };
	struct world_output output;
	struct flow flow[3];

	for (unsigned int i = 0; i < 3; i++) {
		world_fill(&flow[i], 5 + i, TCPSTATE_FAMILY_IPV4);
		flow[i].netns = names[i];
	}
	world.flows = flow;
	world.n = 3;
	output = world_run(list_run, &options);
	expect(count(output.text, " netns\n") == 1, "no heading");
	expect(count(output.text, " blue\n") == 1, "no 'blue'");
	expect(count(output.text, " a?\"b\\c?d\n") == 1, "the second one is no word");
	free(output.text);
	options.json = true;
	output = world_run(list_run, &options);
	expect(count(output.text, "\"netns\":\"blue\"") == 1, "no 'blue' in JSON");
	expect(count(output.text, "\"netns\":\"a \\\"b\\\\c\\u000ad\"") == 1,
	       "the second one is not quoted");
	free(output.text);
	options.all_netns = false;
	world.n = 0;
	options.json = false;
	output = world_run(list_run, &options);
	expect(!count(output.text, "netns"), "a heading without --all-netns");
	free(output.text);
}

/* What options add is dropped before the states, and before both ends. */
static void test_widths(void)
{
	struct options options = { .all_netns = true, .process = true, .nat = true };
	struct world_output output;
	bool before = false;
	struct flow flow;

	world_fill(&flow, 5, TCPSTATE_FAMILY_IPV6);
	flow.netns = *names;
	world.flows = &flow;
	world.n = 1;
	/* The narrowest terminal has no room for it, and the widest has. */
	for (world.columns = 50; world.columns <= 250; world.columns++) {
		bool all;

		output = world_run(list_run, &options);
		output.text[strcspn(output.text, "\n")] = '\0';
		all = strstr(output.text, " netns");
		expect(strstr(output.text, "r_state") || strstr(output.text, "responder_state"),
		       "no states at %u: %s", world.columns, output.text);
		expect(!strstr(output.text, "i_nat") || strstr(output.text, "respo"),
		       "no responder at %u: %s", world.columns, output.text);
		expect(all >= before, "no netns at %u: %s", world.columns, output.text);
		before = all;
		expect(world.columns != 50 || !all, "a netns at 50: %s", output.text);
		free(output.text);
	}
	expect(before, "no netns at 250");
	world.columns = 0;
}

static void test_stats(void)
{
	struct options options = { .all_netns = true };
	struct world_output output = world_run(stats_run, &options);

	expect(count(output.text, "network namespace blue\n") == 1, "no heading");
	expect(count(output.text, "network namespace ") == 3, "%u headings",
	       count(output.text, "network namespace "));
	free(output.text);
}

/**
 * netns_tests() - the tests of several network namespaces
 */
void netns_tests(void)
{
	world.netns = names;
	check_begin("metrics: several namespaces have a label, and each metric one heading");
	test_metrics();
	check_end();
	check_begin("list: a namespace is a column, and a key of JSON");
	test_list();
	check_end();
	check_begin("list: columns that options add are dropped before states and ends");
	test_widths();
	check_end();
	check_begin("stats: each namespace has a heading");
	test_stats();
	check_end();
	world.netns = NULL;
}
