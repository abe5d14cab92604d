// SPDX-License-Identifier: GPL-2.0-only
/* Words of the command line: the tool can read what it prints, and no word does harm. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool_world.h"

/* A small generator, so that every run has the same words. */
static uint32_t next_random(void)
{
	static uint32_t state = 2463534242u;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static void test_round_trip(void)
{
	check_begin("parse: the end of a connection, as it is printed");
	for (unsigned int i = 0; i < 20000; i++) {
		struct flow flow = {
			.has = ~0u, .family = i % 2 ? TCPSTATE_FAMILY_IPV6 : TCPSTATE_FAMILY_IPV4,
		};
		size_t len = i % 2 ? 16 : 4;
		char ends[2][FORMAT_END];
		struct tuple tuple;

		for (int end = 0; end < 2; end++) {
			for (size_t byte = 0; byte < len; byte++)
				flow.end[end].address[byte] =
					next_random() % 3 ? 0 : next_random();
			/* No IPv6 packet has one of IPv4's addresses. */
			if (len == 16)
				flow.end[end].address[0] = 0xfd;
			flow.end[end].port = next_random() % 4 ? next_random() :
							     next_random() % WORLD_SERVICES;
		}
		flow.ifindex = next_random() % 2 ? WORLD_IFINDEX : 0;
		format_end(&flow, 0, next_random() % 2, ends[0]);
		format_end(&flow, 1, next_random() % 2, ends[1]);
		if (!expect(parse_tuple((char *[]){ ends[0], ends[1] }, 2, &tuple), "%s %s",
			    ends[0], ends[1]))
			continue;
		expect(tuple.family == flow.family && tuple.ifindex == flow.ifindex &&
		       !memcmp(tuple.address[0], flow.end[0].address, len) &&
		       !memcmp(tuple.address[1], flow.end[1].address, len) &&
		       tuple.port[0] == flow.end[0].port && tuple.port[1] == flow.end[1].port,
		       "%s %s is read as something else", ends[0], ends[1]);
	}
	check_end();
}

/* All notations of an end have to be read alike. */
static void expect_alike(const char *address, unsigned int bits, unsigned int port)
{
	char plain[80], mapped[80];
	struct parse_match one, two;

	snprintf(plain, sizeof(plain), "%s/%u", address, bits);
	snprintf(mapped, sizeof(mapped), "::ffff:%s/%u", address, bits + 96);
	expect(parse_match(plain, &one) && parse_match(mapped, &two) &&
	       !memcmp(&one, &two, sizeof(one)), "%s is not %s", mapped, plain);
	snprintf(plain, sizeof(plain), "%s/%u:%u", address, bits, port);
	snprintf(mapped, sizeof(mapped), "[::ffff:%s]/%u:%u", address, bits + 96, port);
	expect(parse_match(plain, &one) && parse_match(mapped, &two) &&
	       !memcmp(&one, &two, sizeof(one)), "%s is not %s", mapped, plain);
}

static void test_mapped(void)
{
	check_begin("parse: an IPv4 address as a dual-stack socket has it");
	for (unsigned int bits = 0; bits <= 128; bits++) {
		uint32_t random = next_random();
		char address[INET_ADDRSTRLEN], word[80];
		struct parse_match match;

		inet_ntop(AF_INET, &random, address, sizeof(address));
		snprintf(word, sizeof(word), "::ffff:%s/%u", address, bits);
		expect(parse_match(word, &match) &&
		       match.family == (bits < 96 ? TCPSTATE_FAMILY_IPV6 : TCPSTATE_FAMILY_IPV4) &&
		       match.prefix_len == (bits < 96 ? bits : bits - 96), "%s", word);
		if (bits <= 32)
			expect_alike(address, bits, bits);
		/* Other prefixes that end in an IPv4 address are IPv6's. */
		snprintf(word, sizeof(word), "::%s/%u", address, bits);
		expect(parse_match(word, &match) && match.family == TCPSTATE_FAMILY_IPV6, "%s",
		       word);
		snprintf(word, sizeof(word), "64:ff9b::%s/%u", address, bits);
		expect(parse_match(word, &match) && match.family == TCPSTATE_FAMILY_IPV6, "%s",
		       word);
	}
	check_end();
}

/* A random word of pieces of a filter's words, up to some hundred letters long. */
static void random_word(char *word, size_t size)
{
	static const char * const parts[] = {
		"[", "]", ":", "::", "/", "%", "-", ",", ".", " ", "0", "1", "128", "32", "65536",
		"4294967296", "ffff", "10.0.0.1", "fe80::1", WORLD_INTERFACE, "abcdef", "1.5h",
		"host", "port", "state", "older", "flag", "and", "TIME_WAIT", "picked_up",
		"18446744073709551616", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		"::ffff:127.0.0.1", "99999999999999999999999999999999999999999999999999999999999",
	};
	unsigned int n = next_random() % (next_random() % 8 ? 8 : 40);
	size_t len = 0;

	*word = '\0';
	for (unsigned int i = 0; i < n && len < size; i++)
		len += snprintf(word + len, size - len, "%s",
				parts[next_random() % ARRAY_SIZE(parts)]);
}

static void test_random(void)
{
	unsigned int taken = 0;

	check_begin("parse: any word is taken, or refused with a sentence");
	for (unsigned int i = 0; i < 60000; i++) {
		char word[1200], error[PARSE_ERROR] = "";
		struct parse_match match;
		struct filter filter;
		char *words = word;

		random_word(word, sizeof(word));
		if (parse_match(word, &match)) {
			unsigned int most = match.family == TCPSTATE_FAMILY_IPV4 ? 32 : 128;

			taken++;
			expect(match.prefix_len <= (match.family ? most : 0) &&
			       match.port_min <= match.port_max, "'%s'", word);
		}
		if (filter_parse(&filter, &words, 1, error, sizeof(error)))
			expect(*error, "'%s' is refused without a word", word);
	}
	expect(taken > 1000, "only %u were addresses", taken);
	check_end();
}

/* What one word of another tool means here: the filter in this tool's words, or the answer. */
static void test_foreign(void)
{
	static const struct {
		const char *written;
		const char *same;
	} understood[] = {
		{ "10.0.0.1", "host 10.0.0.1" }, { "10.0.0.0/8", "host 10.0.0.0/8" },
		{ "10.0.0.1:80", "host 10.0.0.1:80" }, { "::1", "host ::1" },
		{ "[::1]:443 ipv6", "host [::1]:443 ipv6" }, { ":443", "host :443" },
		{ "443", "port 443" }, { "1024-65535", "port 1024-65535" },
		{ "10.0.0.1 443", "host 10.0.0.1 and port 443" },
		{ "state ESTAB", "state ESTABLISHED" },
		{ "state syn-recv,estab", "state SYN_RECEIVED,ESTABLISHED" },
		{ "initiator-state fin-wait-1", "initiator-state FIN_WAIT_1" },
		{ "responder-state FIN_WAIT2", "responder-state FIN_WAIT_2" },
		{ "state listening", "state LISTEN" },
	};
	static const struct {
		const char *written;
		const char *answer;
	} answered[] = {
		{ "src 10.0.0.1", "'src': expected 'initiator'" },
		{ "DST 10.0.0.1", "'DST': expected 'responder'" },
		{ "sport 80", "'initiator :PORT'" }, { "dport 80", "'responder :PORT'" },
		{ "established", "'state established' or 'phase established'" },
		{ "ESTAB", "'state ESTAB'" }, { "refused", "'verdict refused'" },
		{ "one-way", "'flag one-way'" },
		{ "statte TIME_WAIT", "did you mean 'state'?" },
		{ "prot 80", "did you mean 'port'?" }, { "hots ::1", "did you mean 'host'?" },
		{ "state TIMEWAIT", "did you mean 'TIME_WAIT'?" },
		{ "state LISTEN,ESTABLISHD", "did you mean 'ESTABLISHED'?" },
		{ "verdict refusd", "did you mean 'refused'?" },
		{ "flag pickedup", "did you mean 'picked_up'?" },
		{ "uid 33", "'uid': expected 'owner USER'" },
		{ "user www-data", "'user': expected 'owner USER'" },
		{ "unanswered", "'unanswered': expected 'phase open'" },
		{ "not closer none", "'top --by closer'" },
		{ "syn_us 100ms", "'slower syn TIME'" },
		{ "retransmits", "expected 'retransmitted'" },
	};
	struct filter one, two;
	char error[PARSE_ERROR];

	check_begin("parse: words of other tools are understood, or answered with the word to use");
	for (size_t i = 0; i < ARRAY_SIZE(understood); i++) {
		char *written = (char *)understood[i].written, *same = (char *)understood[i].same;

		*error = '\0';
		expect(!filter_parse(&one, &written, 1, error, sizeof(error)) &&
		       !filter_parse(&two, &same, 1, error, sizeof(error)) &&
		       !memcmp(&one, &two, sizeof(one)), "'%s' is not '%s': %s",
		       understood[i].written, understood[i].same, error);
	}
	for (size_t i = 0; i < ARRAY_SIZE(answered); i++) {
		char *written = (char *)answered[i].written;

		*error = '\0';
		expect(filter_parse(&one, &written, 1, error, sizeof(error)) &&
		       strstr(error, answered[i].answer), "'%s' is answered by '%s', not by '%s'",
		       answered[i].written, error, answered[i].answer);
	}
	/* Nothing is like that. */
	expect(filter_parse(&one, (char *[]){ (char *)"frobnicate" }, 1, error, sizeof(error)) &&
	       !strstr(error, "did you mean"), "%s", error);
	check_end();
}

/**
 * parse_tests() - the tests of words
 */
void parse_tests(void)
{
	test_round_trip();
	test_mapped();
	test_random();
	test_foreign();
}
