// SPDX-License-Identifier: GPL-2.0-only
/* Groups of connections: which connection is in which, their sums and percentiles, and memory. */
#include <arpa/inet.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"
#include "tool_world.h"

#define MILLION	1000000
#define SETS	200

static uint64_t random_state = 1;

static uint32_t random_number(void)
{
	random_state = random_state * 6364136223846793005 + 1442695040888963407;
	return random_state >> 32;
}

static int by_size(const void *a, const void *b)
{
	uint32_t one = *(const uint32_t *)a, two = *(const uint32_t *)b;

	return one < two ? -1 : one > two;
}

/* The smallest time that so many percent did not exceed, by its definition. */
static uint32_t exact(const uint32_t *sorted, size_t n, unsigned int percent)
{
	size_t i = 0;

	while ((i + 1) * 100 < n * percent)
		i++;
	return sorted[i];
}

static void look_at_percentiles(const struct samples *samples, uint32_t group,
				enum samples_half half, uint32_t *times, size_t n)
{
	static const unsigned int percents[] = { 1, 50, 90, 99, 100 };

	qsort(times, n, sizeof(*times), by_size);
	for (size_t i = 0; i < ARRAY_SIZE(percents); i++) {
		uint32_t right = exact(times, n, percents[i]);
		uint64_t us = 0;
		bool known = samples_percentile(samples, group, half, percents[i], &us);
		double error = us > right ? us - right : right - us;

		expect(known && error <= right / 32.0 && (right >= 32 || !error),
		       "%u %% of %zu times: %llu instead of %u", percents[i], n,
		       (unsigned long long)us, right);
	}
}

static void test_percentiles(void)
{
	static uint32_t times[2][SETS][600];
	static size_t n[2][SETS];
	struct samples samples = {};
	uint64_t us;

	check_begin("top: percentiles are right within 1/32, and exact below 32 us");
	for (uint32_t i = 0; i < 100000; i++) {
		uint32_t set = random_number() % (i % 3 ? SETS : 3);
		enum samples_half half = random_number() % 2;
		uint32_t time = random_number() >> (set * 31 / SETS);

		if (set % 50 == 7 || n[half][set] == ARRAY_SIZE(times[0][0]))
			continue;
		times[half][set][n[half][set]++] = time;
		expect(samples_add(&samples, set, half, time), "no memory");
	}
	samples_sort(&samples);
	for (uint32_t set = 0; set < SETS; set++)
		for (int half = 0; half < 2; half++) {
			if (n[half][set])
				look_at_percentiles(&samples, set, half, times[half][set],
						    n[half][set]);
			else
				expect(!samples_percentile(&samples, set, half, 50, &us),
				       "a time of a group that has none");
		}
	samples_free(&samples);
	/* The last group that there may be, and the largest time */
	expect(samples_add(&samples, SAMPLES_GROUPS - 1, SAMPLES_ACK, UINT32_MAX) &&
	       samples_percentile(&samples, SAMPLES_GROUPS - 1, SAMPLES_ACK, 50, &us) &&
	       us > UINT32_MAX - UINT32_MAX / 32 && us <= UINT32_MAX, "%llu",
	       (unsigned long long)us);
	samples_free(&samples);
	check_end();
}

/* The address of @flow with all but its first @len bits cleared, one bit after the other. */
static void cleared(const struct flow *flow, unsigned int len, unsigned int bits, char *text)
{
	uint8_t address[16];

	memcpy(address, flow->end[0].address, sizeof(address));
	for (unsigned int bit = len; bit < bits; bit++)
		address[bit / 8] &= ~(0x80 >> bit % 8);
	inet_ntop(bits == 32 ? AF_INET : AF_INET6, address, text, 100);
	if (len < bits)
		snprintf(text + strlen(text), 100 - strlen(text), "/%u", len);
}

static void look_at_prefix(const char *by, uint8_t family, unsigned int len)
{
	unsigned int bits = family == TCPSTATE_FAMILY_IPV4 ? 32 : 128;
	char error[PARSE_ERROR], text[KEYS_TEXT], expected[100];
	uint64_t words[KEYS_WORDS];
	struct flow flow = { .family = family };
	struct keys keys;

	for (unsigned int i = 0; i < bits / 8; i++)
		flow.end[0].address[i] = 0xa5 + 29 * i;
	if (!expect(keys_parse(&keys, by, error, sizeof(error)), "%s: %s", by, error))
		return;
	keys_take(&keys, &flow, words);
	keys_write(&keys.key[0], words, true, text);
	cleared(&flow, len, bits, expected);
	expect(!strcmp(text, expected), "%s: '%s' is not '%s'", by, text, expected);
}

static void test_prefixes(void)
{
	char by[40];

	check_begin("top --by initiator/LEN: every length, for both families");
	look_at_prefix("initiator", TCPSTATE_FAMILY_IPV4, 32);
	look_at_prefix("initiator", TCPSTATE_FAMILY_IPV6, 128);
	for (unsigned int len = 0; len <= 128; len++) {
		snprintf(by, sizeof(by), "initiator/%u/%u", len % 33, len);
		look_at_prefix(by, TCPSTATE_FAMILY_IPV4, len % 33);
		look_at_prefix(by, TCPSTATE_FAMILY_IPV6, len);
		snprintf(by, sizeof(by), "initiator/%u", len);
		look_at_prefix(by, TCPSTATE_FAMILY_IPV4, len < 32 ? len : 32);
		look_at_prefix(by, TCPSTATE_FAMILY_IPV6, len < 32 ? 64 : len == 32 ? 128 : len);
	}
	check_end();
}

static void test_names(void)
{
	static const char * const wrong[][2] = {
		{ "", "expected family, initiator" }, { "initiator,", "expected family" },
		{ "initiatr/24", "did you mean 'initiator'?" },
		{ "initiator/24,initiator/16", "'initiator/16': it occurs twice" },
		{ "initiator/", "expected the length" }, { "initiator/129", "expected the length" },
		{ "initiator/33/64", "expected the length" },
		{ "initiator/24/129", "expected the length" },
		{ "initiator/24/48/1", "expected the length" },
		{ "phase/24", "expected no '/'" }, { "bytes", "expected family" },
		{ "family,initiator,responder,phase,state,timer,verdict,closer,interface",
		  "'interface': expected 8 keys at most" },
	};
	char error[PARSE_ERROR + 128];
	struct keys keys;

	check_begin("top --by: what is wrong is said, and --help has every key");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		expect(!keys_parse(&keys, wrong[i][0], error, sizeof(error)) &&
		       strstr(error, wrong[i][1]), "'%s': %s", wrong[i][0], error);
	expect(keys_parse(&keys, "Responder-Port,i_state", error, sizeof(error)) && keys.n == 2,
	       "%s", error);
	for (unsigned int i = 0; i < FIELDS; i++)
		if (keys_fields() & FIELD_BIT(i))
			expect(strstr(top_notes, field_name(i)), "--help lacks %s", field_name(i));
	check_end();
}

/* 25 groups, of which group N has N connections; the first 10 to come are 1 to 10. */
static void make_triangle(struct flow *flow, size_t i)
{
	size_t group = 1;

	while (i >= group)
		i -= group++;
	world_fill(flow, 5, TCPSTATE_FAMILY_IPV4);
	flow->end[TCPSTATE_RESPONDER].port = group;
	flow->end[0].bytes = group;
	flow->end[1].bytes = 1000;
}

static void test_others(void)
{
	struct groups groups = { .most = 10 };
	char error[PARSE_ERROR];
	struct flow flow;

	check_begin("top: groups beyond the last that there may be are summed up");
	expect(keys_parse(&groups.keys, "responder_port", error, sizeof(error)), "%s", error);
	for (int reading = 0; reading < 2; reading++) {
		expect(groups_begin(&groups, 0, 6), "no memory");
		for (size_t i = 0; i < 25 * 26 / 2; i++) {
			make_triangle(&flow, i);
			expect(groups_add(&groups, &flow), "no memory");
		}
		groups_end(&groups);
		expect(groups.n == 11, "%u groups", groups.n);
		for (uint32_t i = 1; i < groups.n; i++) {
			const struct group *group = groups_at(&groups, i);

			expect(group->connections == i && *group->words == i &&
			       group->bytes == i * (1000 + i) && group->fresh == i,
			       "group %u has %u", i, group->connections);
		}
		expect(groups_at(&groups, GROUPS_OTHERS)->connections == 325 - 55, "%u others",
		       groups_at(&groups, GROUPS_OTHERS)->connections);
	}
	groups_free(&groups);
	check_end();
}

static size_t most_bytes;

static void look_at_memory(size_t i)
{
	size_t bytes = __sanitizer_get_current_allocated_bytes();

	(void)i;
	if (bytes > most_bytes)
		most_bytes = bytes;
}

/* No two have the same initiator; each has times that share no bucket with its others. */
static void make_crowd(struct flow *flow, size_t i)
{
	static struct flow filled;

	if (!filled.family)
		world_fill(&filled, 5, TCPSTATE_FAMILY_IPV6);
	*flow = filled;
	memcpy(flow->end[0].address, &i, sizeof(i));
	flow->id = i;
	flow->syn_us = random_number();
	flow->ack_us = random_number();
}

static void test_memory(void)
{
	struct options options = { .by = "initiator", .limit = 3, .columns = "connections" };
	size_t before = __sanitizer_get_current_allocated_bytes();
	struct world_output output;

	check_begin("top: a million groups take less than 200 MB");
	world.make = make_crowd;
	world.n = MILLION;
	world.step = look_at_memory;
	most_bytes = 0;
	output = world_run(top_run, &options);
	/* The key is there, though only another column was asked for. */
	expect(!output.status && !strncmp(output.text, "initiator ", 10) &&
	       strstr(output.text, " connections\n"), "'%s'", output.text);
	for (const char *line = output.text; (line = strchr(line, '\n')) && line[1]; line++)
		expect(!strncmp(line + strcspn(line + 1, "\n"), "1\n", 2), "'%s'", output.text);
	expect(most_bytes > before && most_bytes - before < 200000000, "%zu bytes",
	       most_bytes - before);
	free(output.text);
	world.step = NULL;
	world.make = NULL;
	check_end();
}

/* Lines of all widths, with values of all widths. */
static void test_widths(void)
{
	static struct flow flows[2 * WORLD_VALUES];
	struct options options = { .by = "initiator,state,verdict" };

	for (unsigned int i = 0; i < WORLD_VALUES; i++) {
		world_fill(&flows[2 * i], world_value(i), TCPSTATE_FAMILY_IPV4);
		world_fill(&flows[2 * i + 1], world_value(i), TCPSTATE_FAMILY_IPV6);
		flows[2 * i].end[0].address[3] = i;
		flows[2 * i + 1].end[0].address[3] = i;
	}
	world.flows = flows;
	world.n = ARRAY_SIZE(flows);
	setlocale(LC_CTYPE, "C");
	check_begin("top: no line is wider than the terminal, and the states stay");
	for (world.columns = 40; world.columns <= 250; world.columns++) {
		struct world_output output = world_run(top_run, &options);

		for (const char *line = output.text; *line; line += strcspn(line, "\n") + 1)
			expect(strcspn(line, "\n") <= world.columns, "%u columns: '%.*s'",
			       world.columns, (int)strcspn(line, "\n"), line);
		expect(world.columns < 80 || strstr(output.text, "SYN_RECEIVED/SYN_RECEIVED"),
		       "%u columns: %s", world.columns, output.text);
		free(output.text);
	}
	setlocale(LC_CTYPE, "C.UTF-8");
	world.columns = 0;
	check_end();
}

static void test_live(void)
{
	struct options options = {
		.by = "responder_port", .has_interval = true, .interval_ms = 1, .most = 3,
		.numeric = true, .columns = "responder_port,connections,bytes",
	};
	const char *header = ", 1 groups, new_per_s over ";
	struct world_output output;
	struct flow flow;
	unsigned int n = 0;

	world_fill(&flow, UINT64_MAX, TCPSTATE_FAMILY_IPV4);
	world.flows = &flow;
	world.n = 1;
	check_begin("top --delay --count: so many rankings, each with its time");
	output = world_run(top_run, &options);
	for (const char *at = output.text; (at = strstr(at, header)); at++)
		n++;
	expect(n == 3 && !strchr(output.text, '\033'), "%s", output.text);
	/* Both ends have counted as many bytes as there can be. */
	expect(strstr(output.text, "\n65535                    1 18446744073709551615+\n"), "%s",
	       output.text);
	free(output.text);
	world.columns = 80;
	output = world_run(top_run, &options);
	expect(!strncmp(output.text, "\033[H\033[J", 6), "a terminal is not cleared");
	free(output.text);
	world.columns = 0;
	check_end();
}

/**
 * top_tests() - the tests of top
 */
void top_tests(void)
{
	test_percentiles();
	test_prefixes();
	test_names();
	test_others();
	test_memory();
	test_widths();
	test_live();
}
