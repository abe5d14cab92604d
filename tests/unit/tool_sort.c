// SPDX-License-Identifier: GPL-2.0-only
/* Which rows list prints, in which order, and with which columns. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "tool_world.h"

/* More than list would keep if it had not to sort. */
#define MANY	25000

/* The id of the connection with that number; no two have the same. */
static uint64_t id_of(size_t i)
{
	return (i * 7919 + 12345) % MANY + (1ull << 40);
}

static uint64_t bytes_of(size_t i)
{
	return i * 104729 % 1000;
}

static void make(struct flow *flow, size_t i)
{
	world_fill(flow, 5, TCPSTATE_FAMILY_IPV4);
	flow->id = id_of(i);
	flow->end[0].bytes = bytes_of(i) / 3;
	flow->end[1].bytes = bytes_of(i) - flow->end[0].bytes;
}

/** struct place - a connection, as the expected order has it */
struct place {
	uint64_t bytes;
	uint64_t id;
};

static int sign;

static int by_bytes(const void *a, const void *b)
{
	const struct place *one = a, *two = b;

	if (one->bytes != two->bytes)
		return one->bytes < two->bytes ? -sign : sign;
	return one->id < two->id ? -1 : 1;
}

/* @descends: -1 if the smallest come first, 0 if the oldest do */
static void look(const char *sort, int descends, uint32_t limit)
{
	static struct place places[MANY];
	struct options options = {
		.sort = sort, .limit = limit, .no_header = true, .columns = "id",
	};
	struct world_output output;
	const char *line;
	size_t n = 0;

	for (size_t i = 0; i < MANY; i++)
		places[i] = (struct place){ descends ? bytes_of(i) : 0, id_of(i) };
	sign = -descends;
	qsort(places, MANY, sizeof(*places), by_bytes);
	output = world_run(list_run, &options);
	for (line = output.text; *line; line += strcspn(line, "\n") + 1, n++)
		if (!expect(n < MANY && strtoull(line, NULL, 10) == places[n].id,
			    "--sort %s --limit %u: line %zu is not that of %llu", sort, limit, n,
			    n < MANY ? (unsigned long long)places[n].id : 0))
			break;
	expect(n == (limit && limit < MANY ? limit : MANY), "--sort %s --limit %u: %zu lines",
	       sort, limit, n);
	free(output.text);
}

static void test_order(void)
{
	static const uint32_t limits[] = { 1, 2, 5000, 9999, 10000, 10001, 24999, 25000, 25001, 0 };

	world.make = make;
	world.n = MANY;
	world.columns = 0;
	check_begin("list --sort, --limit: the first rows of the whole table in that order");
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		look("bytes", 1, limits[i]);
		look("+bytes", -1, limits[i]);
		/* Without an order, limited rows are sorted by age. */
		look(limits[i] ? NULL : "+id", 0, limits[i]);
	}
	check_end();
	world.make = NULL;
}

/* The word of that number in a line, or "" */
static void word_of(const char *line, size_t number, char *word, size_t size)
{
	line += strspn(line, " ");
	while (number--) {
		line += strcspn(line, "\n ");
		line += strspn(line, " ");
	}
	snprintf(word, size, "%.*s", (int)strcspn(line, "\n "), line);
}

/* All columns, in the opposite order: each has what it has in a full row. */
static void test_columns(void)
{
	struct options all = {}, options = {};
	struct world_output full, output;
	char names[1024] = "", word[200], other[200];
	struct flow flow;
	size_t n = 0;

	world_fill(&flow, UINT32_MAX, TCPSTATE_FAMILY_IPV6);
	world.flows = &flow;
	world.n = 1;
	world.columns = 0;
	check_begin("list --columns: what a full row has in these columns, in that order");
	full = world_run(list_run, &all);
	for (;; n++) {
		word_of(full.text, n, word, sizeof(word));
		if (!*word)
			break;
		memmove(names + strlen(word) + 1, names, strlen(names) + 1);
		memcpy(names, word, strlen(word));
		names[strlen(word)] = ',';
	}
	names[strlen(names) - 1] = '\0';
	options.columns = names;
	output = world_run(list_run, &options);
	expect(n == 28, "%zu columns", n);
	for (size_t i = 0; i < n; i++) {
		for (int line = 0; line < 2; line++) {
			word_of(line ? strchr(full.text, '\n') + 1 : full.text, i, word,
				sizeof(word));
			word_of(line ? strchr(output.text, '\n') + 1 : output.text, n - 1 - i,
				other, sizeof(other));
			expect(!strcmp(word, other), "column %zu: '%s' is not '%s'", i, other,
			       word);
		}
	}
	free(output.text);
	options.no_header = true;
	options.columns = "i_state,id";
	output = world_run(list_run, &options);
	expect(!strcmp(output.text, "SYN_RECEIVED    4294967295\n"), "'%s'", output.text);
	free(output.text);
	free(full.text);
	check_end();
}

/* On a terminal none of them is dropped; a line that is too long is cut off. */
static void test_narrow(void)
{
	struct options options = { .columns = "closing,initiator,duration_s" };
	struct flow flow;

	world_fill(&flow, 7, TCPSTATE_FAMILY_IPV6);
	world.flows = &flow;
	world.n = 1;
	setlocale(LC_CTYPE, "C");
	check_begin("list --columns: a terminal of any width has them all, as far as a line goes");
	for (world.columns = 1; world.columns < 120; world.columns++) {
		struct world_output output = world_run(list_run, &options);
		size_t len = strcspn(output.text, "\n");

		expect(len <= world.columns, "%u columns: a line of %zu", world.columns, len);
		expect(world.columns < 30 || strstr(output.text, "duration_s\n"),
		       "%u columns: '%s'", world.columns, output.text);
		free(output.text);
	}
	setlocale(LC_CTYPE, "C.UTF-8");
	world.columns = 0;
	check_end();
}

static void test_names(void)
{
	char error[PARSE_ERROR + 128];
	enum field field[FIELDS];
	struct field_order order;
	const uint64_t set = FIELD_BIT(FIELD_ID) | FIELD_BIT(FIELD_INITIATOR_STATE);

	check_begin("fields: names, headings, signs, and what is said of others");
	expect(field_find_several("Initiator-State,ID", set, field, error, sizeof(error)) == 2 &&
	       field[0] == FIELD_INITIATOR_STATE && field[1] == FIELD_ID, "%s", error);
	expect(!field_find_several("id,i_state,id", set, field, error, sizeof(error)) &&
	       !strcmp(error, "'id': it occurs twice"), "%s", error);
	expect(!field_find_several("", set, field, error, sizeof(error)) &&
	       !strcmp(error, "'': expected initiator_state or id"), "%s", error);
	expect(!field_find_several("initiator_stat,id", set, field, error, sizeof(error)) &&
	       !strncmp(error, "'initiator_stat': did you mean 'initiator_state'? (expected", 59),
	       "%s", error);
	expect(!field_find_several("client", set, field, error, sizeof(error)) &&
	       strstr(error, "expected initiator_state or id"), "client: %s", error);
	expect(!field_find_several("owner,id", ~0ull, field, error, sizeof(error)) &&
	       strstr(error, "'owner': did you mean 'uid'? (expected"), "%s", error);
	expect(!field_find_several("closer", set, field, error, sizeof(error)) &&
	       strstr(error, "'closer': 'top --by closer' groups by it, and 'log' prints it"),
	       "%s", error);
	expect(!field_find_several("process", set, field, error, sizeof(error)) &&
	       strstr(error, "'list --process' and 'show --process' have it (expected"), "%s",
	       error);
	field_expected("+netns", set, error, sizeof(error));
	expect(!strncmp(error, "'--all-netns' adds it to 'list' and 'top' (expected", 51), "%s",
	       error);
	field_expected("process", ~0ull, error, sizeof(error));
	expect(!strncmp(error, "did you mean 'initiator_process'? (", 35), "%s", error);
	field_expected("-user", ~0ull, error, sizeof(error));
	expect(!strncmp(error, "did you mean 'uid'? (", 21), "%s", error);
	expect(!field_find_several("id,bytes", set, field, error, sizeof(error)), "bytes");
	expect(field_find_order("id", set, &order) && order.descending, "id");
	expect(field_find_order("+id", set, &order) && !order.descending, "+id");
	expect(field_find_order("-i_state", set, &order) && order.descending, "-i_state");
	expect(field_find_order("i_state", set, &order) && !order.descending, "i_state");
	expect(!field_find_order("+", set, &order) && !field_find_order("--id", set, &order) &&
	       !field_find_order("bytes", set, &order), "no order");
	check_end();
}

/**
 * sort_tests() - the tests of what list prints, and where
 */
void sort_tests(void)
{
	test_names();
	test_order();
	test_columns();
	test_narrow();
}
