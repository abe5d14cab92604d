// SPDX-License-Identifier: GPL-2.0-only
/* Which translations list and show find, for what the module may see of a connection. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool_world.h"

#define MANY	20000

/* 10.0.0.@host:@port */
static struct nat_end place(uint8_t host, uint16_t port)
{
	return (struct nat_end){ .address = { 10, 0, 0, host }, .port = port };
}

static void set_end(struct flow *flow, int end, uint8_t host, uint16_t port)
{
	struct nat_end at = place(host, port);

	memcpy(flow->end[end].address, at.address, sizeof(at.address));
	flow->end[end].port = port;
}

static void make_flow(struct flow *flow, uint8_t one, uint16_t one_port, uint8_t two,
		      uint16_t two_port)
{
	world_fill(flow, 5, TCPSTATE_FAMILY_IPV4);
	flow->ifindex = 0;
	set_end(flow, 0, one, one_port);
	set_end(flow, 1, two, two_port);
	world.flows = flow;
	world.n = 1;
}

/* Make one blank of several. */
static void squeeze(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++)
		if (from == text || *from != ' ' || from[-1] != ' ')
			*to++ = *from;
	*to = '\0';
}

/* Does a list of the one connection, with the filter of some words, have that text? */
static void expect_listed(const char *words, const char *text)
{
	struct options options = { .nat = true, .numeric = true, .wide = true };
	char error[PARSE_ERROR], copy[64], *word = copy;
	struct world_output output;

	snprintf(copy, sizeof(copy), "%s", words);
	if (expect(!filter_parse(&options.filter, &word, 1, error, sizeof(error)), "%s", error)) {
		output = world_run(list_run, &options);
		squeeze(output.text);
		expect(strstr(output.text, text), "%s: no '%s' in %s", words, text, output.text);
		free(output.text);
	}
}

static void expect_missing(const char *words)
{
	struct options options = { .nat = true, .count_only = true };
	char error[PARSE_ERROR], copy[64], *word = copy;
	struct world_output output;

	snprintf(copy, sizeof(copy), "%s", words);
	filter_parse(&options.filter, &word, 1, error, sizeof(error));
	output = world_run(list_run, &options);
	expect(!strcmp(output.text, "0\n"), "%s: %s", words, output.text);
	free(output.text);
}

/*
 * 10.0.0.1:1000 calls 10.0.0.9:80, a router makes of it that 10.0.0.8:2000 calls 10.0.0.2:8080:
 * the router's record has the own addresses of both.
 */
static const struct translation both = {
	.family = TCPSTATE_FAMILY_IPV4,
	.before = { { { 10, 0, 0, 1 }, 1000 }, { { 10, 0, 0, 9 }, 80 } },
	.after = { { { 10, 0, 0, 8 }, 2000 }, { { 10, 0, 0, 2 }, 8080 } },
};

static void test_list(void)
{
	struct flow flow;

	world.translations = &both;
	world.n_translations = 1;
	make_flow(&flow, 1, 1000, 2, 8080);
	expect_listed("", " 10.0.0.8:2000 10.0.0.9:80\n");
	/* Each address and port finds it, and no mixture of two. */
	expect_listed("host 10.0.0.9:80", " 10.0.0.9:80\n");
	expect_listed("10.0.0.9", " 10.0.0.9:80\n");
	expect_listed("initiator 10.0.0.8:2000", " 10.0.0.9:80\n");
	expect_listed("responder 10.0.0.9 initiator :1000", " 10.0.0.9:80\n");
	expect_listed("port 80", " 10.0.0.9:80\n");
	expect_listed("10.0.0.2:8080", " 10.0.0.9:80\n");
	expect_missing("host 10.0.0.9:8080");
	expect_missing("initiator 10.0.0.9");
	expect_missing("10.0.0.7");
	/* A record whose roles were guessed has it the other way round. */
	make_flow(&flow, 2, 8080, 1, 1000);
	expect_listed("responder 10.0.0.8", " 10.0.0.9:80 10.0.0.8:2000\n");
	/* The local ends of a connection see one side of the translation. */
	make_flow(&flow, 1, 1000, 9, 80);
	expect_listed("", " 10.0.0.8:2000 10.0.0.2:8080\n");
	make_flow(&flow, 8, 2000, 2, 8080);
	expect_listed("", " 10.0.0.1:1000 10.0.0.9:80\n");
	/* It is another connection if one number differs. */
	make_flow(&flow, 8, 2001, 2, 8080);
	expect_listed("", " - -\n");
	flow.family = TCPSTATE_FAMILY_IPV6;
	set_end(&flow, 0, 8, 2000);
	expect_listed("", " - -\n");
}

static void test_one_side(void)
{
	static const struct translation dnat = {
		.family = TCPSTATE_FAMILY_IPV4,
		.before = { { { 10, 0, 0, 1 }, 1000 }, { { 10, 0, 0, 9 }, 80 } },
		.after = { { { 10, 0, 0, 1 }, 1000 }, { { 10, 0, 0, 2 }, 80 } },
	};
	struct flow flow;

	world.translations = &dnat;
	make_flow(&flow, 1, 1000, 2, 80);
	expect_listed("10.0.0.9", " - 10.0.0.9:80\n");
}

#define END(role, host, port) \
	"\"" role "\":{\"address\":\"10.0.0." host "\",\"port\":" port "}"

static void test_json(void)
{
	struct options options = { .nat = true, .json = true };
	struct world_output output;
	struct flow flow;

	world.translations = &both;
	make_flow(&flow, 2, 8080, 1, 1000);
	output = world_run(list_run, &options);
	expect(strstr(output.text, "\"nat\":{\"before\":{" END("initiator", "9", "80") ","
		      END("responder", "1", "1000") "},\"after\":{" END("initiator", "2", "8080")
		      "," END("responder", "8", "2000") "}}"), "%s", output.text);
	free(output.text);
	make_flow(&flow, 2, 8080, 1, 1001);
	output = world_run(list_run, &options);
	expect(strstr(output.text, "\"nat\":null"), "%s", output.text);
	free(output.text);
	options.nat = false;
	output = world_run(list_run, &options);
	expect(!strstr(output.text, "\"nat\""), "%s", output.text);
	free(output.text);
}

static void test_show(void)
{
	char id[] = "100000", *words[] = { id };
	struct options options = { .nat = true, .numeric = true, .words = words, .n_words = 1 };
	struct world_output output;
	struct flow flow;

	make_flow(&flow, 1, 1000, 2, 8080);
	output = world_run(show_run, &options);
	expect(strstr(output.text, "  before          10.0.0.1:1000            10.0.0.9:80\n"), "%s",
	       output.text);
	expect(strstr(output.text, "  after           10.0.0.8:2000            10.0.0.2:8080\n"),
	       "%s", output.text);
	free(output.text);
	make_flow(&flow, 1, 1000, 2, 8081);
	output = world_run(show_run, &options);
	expect(strstr(output.text, "responder\n  none\n"), "%s", output.text);
	free(output.text);
}

static void make_many(struct flow *flow, size_t i)
{
	make_flow(flow, 1 + i / 60000, 1 + i % 60000, 2, 443);
}

static void test_many(void)
{
	struct options options = { .nat = true };
	struct translation *translations = calloc(MANY, sizeof(*translations));
	size_t before = __sanitizer_get_current_allocated_bytes();
	struct world_output output;

	for (unsigned int i = 0; i < MANY; i++) {
		translations[i].family = TCPSTATE_FAMILY_IPV4;
		translations[i].before[0] = place(1, 1 + i);
		translations[i].before[1] = place(2, 443);
		translations[i].after[0] = place(9, 1 + i);
		translations[i].after[1] = place(2, 443);
	}
	world.translations = translations;
	world.n_translations = MANY;
	world.n_translation_lists = 0;
	world.make = make_many;
	world.n = MANY;
	output = world_run(list_run, &options);
	expect(world.n_translation_lists == 1, "%u lists", world.n_translation_lists);
	free(output.text);
	expect(__sanitizer_get_current_allocated_bytes() == before, "%zu bytes are left",
	       __sanitizer_get_current_allocated_bytes() - before);
	world.make = NULL;
	free(translations);
}

/**
 * nat_tests() - the tests of --nat
 */
void nat_tests(void)
{
	check_begin("list --nat: every address finds a connection, as whatever it is seen");
	test_list();
	check_end();
	check_begin("list --nat: an end that is not translated has a dash");
	test_one_side();
	check_end();
	check_begin("list --nat --json: both ends before and after");
	test_json();
	check_end();
	check_begin("show --nat: both ends before and after");
	test_show();
	check_end();
	check_begin("list --nat: one list of translations for all connections");
	test_many();
	check_end();
	world.n_translations = 0;
}
