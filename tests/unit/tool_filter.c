// SPDX-License-Identifier: GPL-2.0-only
/* FILTER: a filter passes what its words, operators and parentheses say, and no more. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "tool_world.h"

#define RUNS	4000
#define FLOWS	48
#define NODES	64
#define TEXT	8192

/* A small generator, so that every run has the same filters. */
static uint32_t below(uint32_t bound)
{
	static uint32_t state = 88172645u;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % bound;
}

static bool is_port(const struct flow *flow, int end, unsigned int low, unsigned int high)
{
	return flow->end[end].port >= low && flow->end[end].port <= high;
}

static bool is_host(const struct flow *flow, int end, uint8_t last)
{
	static const uint8_t first[3] = { 10, 0, 0 };

	return flow->family == TCPSTATE_FAMILY_IPV4 &&
	       !memcmp(flow->end[end].address, first, 3) && flow->end[end].address[3] == last;
}

static bool has_port(const struct flow *flow, unsigned int low, unsigned int high)
{
	return is_port(flow, 0, low, high) || is_port(flow, 1, low, high);
}

static bool is_local(const struct flow *flow, int end)
{
	return flow->family == TCPSTATE_FAMILY_IPV6 && flow->end[end].address[0] == 0xfe;
}

static bool is_state(const struct flow *flow, int end, unsigned int state)
{
	return flow->end[end].state == state;
}

static bool is_one(const struct flow *flow, int end)
{
	return (is_host(flow, end, 1) && is_port(flow, end, 80, 80)) || is_host(flow, end, 3);
}

#define TWO_FLAGS	(TCPSTATE_FLOW_FLAG_PICKED_UP | TCPSTATE_FLOW_FLAG_ONE_WAY)

/* What each atom says, without a word of the code under test */
#define ATOM(name, truth) \
	static bool atom_##name(const struct flow *flow) { return truth; }

ATOM(port, is_port(flow, 0, 80, 80) || is_port(flow, 1, 80, 80))
ATOM(ports, has_port(flow, 80, 81) || has_port(flow, 83, 83))
ATOM(low, is_port(flow, 0, 79, 80))
ATOM(host, is_host(flow, 0, 1) || is_host(flow, 1, 1))
ATOM(net, is_host(flow, 1, 2) || is_host(flow, 1, 3))
ATOM(both, is_host(flow, 1, 2) && (is_port(flow, 1, 80, 80) || is_port(flow, 1, 82, 83)))
ATOM(either, is_one(flow, 0) || is_one(flow, 1))
ATOM(ipv4, flow->family == TCPSTATE_FAMILY_IPV4)
ATOM(scope, flow->ifindex == WORLD_IFINDEX && (is_local(flow, 0) || is_local(flow, 1)))
ATOM(state, is_state(flow, 0, TCPSTATE_ESTABLISHED) || is_state(flow, 1, TCPSTATE_ESTABLISHED))
ATOM(end_state, is_state(flow, 1, TCPSTATE_TIME_WAIT) || is_state(flow, 1, TCPSTATE_CLOSED))
ATOM(phase, flow->phase == TCPSTATE_PHASE_CLOSE)
ATOM(verdict, !flow->verdict || flow->verdict == TCPSTATE_VERDICT_REFUSED)
ATOM(flag, (flow->flags & TWO_FLAGS) == TWO_FLAGS)
ATOM(older, flow->age_ms >= 5000)
ATOM(younger, flow->age_ms <= 5000)
ATOM(idle, flow->idle_ms >= 60000)
ATOM(in_state, flow->in_state_ms >= 60000)
ATOM(again, flow->end[0].retransmits || flow->end[1].retransmits)
ATOM(owner, flow->end[0].uid < 2 || flow->end[1].uid < 2)
ATOM(syn, flow->has & 1u << TCPSTATE_A_FLOW_SYN_US && flow->syn_us >= 100000)
ATOM(ack, flow->has & 1u << TCPSTATE_A_FLOW_ACK_US && flow->ack_us >= 200)

static const struct atom {
	const char *text;
	bool (*truth)(const struct flow *flow);
	/** @changes: it is not about addresses and ports */
	bool changes;
} atoms[] = {
	{ "port 80", atom_port, false }, { "port 80-81,83", atom_ports, false },
	{ "initiator :79-80", atom_low, false }, { "host 10.0.0.1", atom_host, false },
	{ "responder 10.0.0.2/31", atom_net, false },
	{ "responder 10.0.0.2:80,82-83", atom_both, false },
	{ "10.0.0.1:80,10.0.0.3", atom_either, false }, { "ipv4", atom_ipv4, false },
	{ "host fe80::%" WORLD_INTERFACE, atom_scope, false },
	{ "state ESTABLISHED", atom_state, true },
	{ "responder-state time-wait,closed", atom_end_state, true },
	{ "phase close", atom_phase, true }, { "verdict none,refused", atom_verdict, true },
	{ "flag picked_up,one_way", atom_flag, true }, { "older 5s", atom_older, true },
	{ "younger 5", atom_younger, true }, { "idle 1m", atom_idle, true },
	{ "in-state 1m", atom_in_state, true }, { "slower syn 100ms", atom_syn, true },
	{ "slower ack 200us", atom_ack, true }, { "retransmitted", atom_again, true },
	{ "owner root,1", atom_owner, true },
};

/** struct node - a node of a random tree */
struct node {
	/** @op: '&', '|', '!', or 0 for an atom */
	char op;
	const struct atom *atom;
	const struct node *one;
	const struct node *two;
};

static struct node nodes[NODES];
static unsigned int n_nodes;
static bool changes;

static const struct node *make_tree(unsigned int size)
{
	struct node *node = &nodes[n_nodes++];
	unsigned int left;

	memset(node, 0, sizeof(*node));
	if (size == 1) {
		node->atom = &atoms[below(ARRAY_SIZE(atoms))];
		changes |= node->atom->changes;
		return node;
	}
	if (size == 2 || !below(4)) {
		node->op = '!';
		node->one = make_tree(size - 1);
		return node;
	}
	node->op = below(2) ? '&' : '|';
	left = 1 + below(size - 2);
	node->one = make_tree(left);
	node->two = make_tree(size - 1 - left);
	return node;
}

static bool truth(const struct node *node, const struct flow *flow)
{
	switch (node->op) {
	case '!':
		return !truth(node->one, flow);
	case '&':
		return truth(node->one, flow) && truth(node->two, flow);
	case '|':
		return truth(node->one, flow) || truth(node->two, flow);
	}
	return node->atom->truth(flow);
}

static unsigned int tightness(const struct node *node)
{
	return node->op == '|' ? 1 : node->op == '&' ? 2 : 3;
}

static const char *blank(void)
{
	return below(3) ? " " : "  ";
}

/* Write a tree, with the parentheses that it needs and some that it does not. */
static void write_tree(const struct node *node, unsigned int least, char *text)
{
	bool parentheses = tightness(node) < least || !below(8);
	char right[TEXT] = "";

	if (parentheses)
		format_append(text, TEXT, "(%s", below(2) ? " " : "");
	if (!node->op) {
		format_append(text, TEXT, "%s", node->atom->text);
	} else if (node->op == '!') {
		format_append(text, TEXT, "%s ", below(2) ? "not" : "NOT");
		write_tree(node->one, 3, text);
	} else {
		write_tree(node->one, tightness(node), text);
		write_tree(node->two, tightness(node), right);
		if (node->op == '|')
			format_append(text, TEXT, "%sor%s", blank(), blank());
		else if ((*right != '(' && strncasecmp(right, "not ", 4)) || below(2))
			format_append(text, TEXT, "%sand%s", blank(), blank());
		else
			format_append(text, TEXT, "%s", blank());
		format_append(text, TEXT, "%s", right);
	}
	if (parentheses)
		format_append(text, TEXT, "%s)", below(2) ? " " : "");
}

static void make_tuple(struct flow *flow)
{
	flow->family = below(4) ? TCPSTATE_FAMILY_IPV4 : TCPSTATE_FAMILY_IPV6;
	for (int end = 0; end < 2; end++) {
		uint8_t v4[4] = { 10, 0, 0, below(5) }, v6[2] = { below(2) ? 0xfe : 0xfd, 0x80 };

		memset(flow->end[end].address, 0, sizeof(flow->end[end].address));
		if (flow->family == TCPSTATE_FAMILY_IPV4)
			memcpy(flow->end[end].address, v4, sizeof(v4));
		else
			memcpy(flow->end[end].address, v6, sizeof(v6));
		flow->end[end].port = 78 + below(7);
	}
	flow->ifindex = below(2) ? WORLD_IFINDEX : 0;
}

/* Everything but addresses and ports */
static void make_rest(struct flow *flow)
{
	static const uint64_t ms[] = { 0, 4999, 5000, 5001, 59999, 60000, 1000000 };

	flow->has = ~0u;
	for (int end = 0; end < 2; end++) {
		flow->end[end].has = ~0u;
		flow->end[end].retransmits = below(3) / 2;
		flow->end[end].uid = below(5);
		flow->end[end].state = TCPSTATE_LISTEN + below(RECORD_STATES - 1);
	}
	flow->phase = below(4);
	flow->verdict = below(6);
	flow->flags = below(0x200);
	flow->age_ms = ms[below(ARRAY_SIZE(ms))];
	flow->idle_ms = ms[below(ARRAY_SIZE(ms))];
	flow->in_state_ms = ms[below(ARRAY_SIZE(ms))];
	flow->syn_us = 99999 + below(3);
	flow->ack_us = 199 + below(3);
	if (!below(3))
		flow->has &= ~(1u << TCPSTATE_A_FLOW_SYN_US);
	if (!below(3))
		flow->has &= ~(1u << TCPSTATE_A_FLOW_ACK_US);
}

static bool parse(struct filter *filter, const char *text, char *error)
{
	char *words = (char *)text;

	*error = '\0';
	return !filter_parse(filter, &words, 1, error, PARSE_ERROR);
}

static void try_tree(const struct node *tree, unsigned int *passed, unsigned int *contrary)
{
	char error[PARSE_ERROR], text[TEXT] = "";
	struct filter filter;
	struct flow flow = {};

	write_tree(tree, 0, text);
	if (!parse(&filter, text, error)) {
		/* An address of IPv6 next to one of IPv4 is refused, even behind a not. */
		++*contrary;
		expect(strstr(error, "family") && strstr(text, "fe80"), "'%s': %s", text, error);
		return;
	}
	for (unsigned int i = 0; i < FLOWS; i++) {
		bool pass;

		/* Several flows have the same addresses and ports. */
		if (i % 4 == 0)
			make_tuple(&flow);
		make_rest(&flow);
		pass = truth(tree, &flow);
		*passed += pass;
		expect(filter_match(&filter, &flow) == pass, "'%s' %s what it should%s", text,
		       pass ? "does not pass" : "passes", pass ? "" : " not");
		expect(!pass || filter_match_tuple(&filter, &flow),
		       "'%s': it passes, but not by its addresses and ports", text);
		expect(changes || filter_match_tuple(&filter, &flow) == pass,
		       "'%s' is about addresses and ports alone", text);
	}
}

static void test_random(void)
{
	unsigned int passed = 0, contrary = 0;

	check_begin("filter: random words, operators and parentheses pass what they say");
	for (unsigned int i = 0; i < RUNS; i++) {
		n_nodes = 0;
		changes = false;
		try_tree(make_tree(1 + below(20)), &passed, &contrary);
	}
	expect(contrary < RUNS / 100, "%u of %u are refused", contrary, RUNS);
	expect(passed > RUNS * FLOWS / 4 && passed < RUNS * FLOWS / 4 * 3, "%u passed", passed);
	check_end();
}

/* What a recording may leave out of a connection, as it may have been */
#define GUESSES	16

static void guess(struct flow *flow, unsigned int n)
{
	flow->has = ~0u;
	flow->idle_ms = n & 1 ? 1000000 : 0;
	flow->in_state_ms = n & 2 ? 1000000 : 0;
	flow->flags = n & 4 ? 0x1ff : 0;
	for (int end = 0; end < 2; end++) {
		flow->end[end].retransmits = n & 8 ? 1 : 0;
		flow->end[end].saturated = 0;
	}
}

/* Take from the flow what the bits of @n say. */
static void forget(struct flow *flow, unsigned int n)
{
	flow->has = ~(1u << TCPSTATE_A_FLOW_EVENT);
	if (n & 1)
		flow->has &= ~(1u << TCPSTATE_A_FLOW_IDLE_MS);
	if (n & 2)
		flow->has &= ~(1u << TCPSTATE_A_FLOW_IN_STATE_MS);
	if (n & 4)
		flow->has &= ~(1u << TCPSTATE_A_FLOW_FLAGS);
	/* What stands there is of another time. */
	flow->idle_ms = n & 1 ? below(2) * 1000000 : 0;
	flow->in_state_ms = n & 2 ? below(2) * 1000000 : 0;
	flow->flags = n & 4 ? below(0x200) : 0;
	for (int end = 0; end < 2; end++) {
		flow->end[end].retransmits = 0;
		flow->end[end].saturated = n & 8 ? TCPSTATE_COUNT_RETRANSMITS : 0;
	}
}

/* How many of the connections that it may be pass, if only what was forgotten is guessed? */
static unsigned int count_passing(const struct node *tree, const struct flow *flow, unsigned int n,
				  unsigned int *all)
{
	unsigned int passing = 0;

	*all = 0;
	for (unsigned int i = 0; i < GUESSES; i++) {
		struct flow one = *flow;

		if (i & ~n)
			continue;
		guess(&one, i);
		passing += truth(tree, &one);
		++*all;
	}
	return passing;
}

static void try_unknown(unsigned int answers[3])
{
	unsigned int size = 1 + below(9), n = below(GUESSES), passing, all;
	const struct node *tree;
	char error[PARSE_ERROR], text[TEXT] = "";
	enum filter_answer answer;
	struct filter filter;
	struct flow flow = {};

	n_nodes = 0;
	tree = make_tree(size);
	write_tree(tree, 0, text);
	if (!parse(&filter, text, error))
		return;
	make_tuple(&flow);
	make_rest(&flow);
	passing = count_passing(tree, &flow, n, &all);
	forget(&flow, n);
	answer = filter_judge(&filter, &flow);
	answers[answer]++;
	expect(answer != FILTER_YES || passing == all, "'%s' passes what may not", text);
	expect(answer != FILTER_NO || !passing, "'%s' does not pass what may", text);
	/* Words that depend on each other may leave open what is certain. */
	if (!n || size == 1)
		expect((answer == FILTER_UNKNOWN) == (passing && passing < all),
		       "'%s': %u of %u pass, answer %d", text, passing, all, answer);
}

static void test_unknown(void)
{
	unsigned int answers[3] = {};

	check_begin("filter: what a recording does not tell neither passes nor is negated");
	for (unsigned int i = 0; i < 4 * RUNS; i++)
		try_unknown(answers);
	for (unsigned int i = 0; i < ARRAY_SIZE(answers); i++)
		expect(answers[i] > RUNS / 4, "%u answers are %u", answers[i], i);
	check_end();
}

static void test_same(void)
{
	static const struct {
		const char *one;
		const char *two;
	} same[] = {
		{ "", "  " }, { "port 80", "(port 80)" }, { "port 80", "((port 80) )" },
		{ "port 80 ipv4", "port 80 and ipv4" }, { "port 80 ipv4", "( port 80 )ipv4" },
		{ "port 80 or port 81 ipv4", "port 80 or (port 81 and ipv4)" },
		{ "not port 80 ipv4", "(not port 80) and ipv4" },
		{ "not port 80 or ipv4", "(not port 80) or ipv4" },
		{ "not not ipv4", "not (not ipv4)" }, { "port 80,81", "port 80 or port 81" },
		{ "80,81-82", "port 80,81-82" }, { "10.0.0.1:80,443", "host 10.0.0.1:80,443" },
		{ "host 10.0.0.1:80,443", "host 10.0.0.1:80 or host 10.0.0.1:443" },
		{ "responder :80,443", "responder :80 or responder :443" },
		{ "host 10.0.0.1,::1", "host 10.0.0.1 or host ::1" },
		{ "slower SYN 1.5ms", "slower syn 1500us" }, { "idle 60", "idle 1m" },
		{ "in_state 1h", "in-state 60m" }, { "IPV4 Or NOT port 80", "ipv4 or not port 80" },
		{ "host 10.0.0.1 port 80", "host 10.0.0.1 and port 80" },
		{ "slower syn 1s slower ack 1s", "slower syn 1s and slower ack 1s" },
	};
	static const char * const many[] = {
		"state", "ESTABLISHED", "older 5s and (port 80 ipv4)", "phase close idle 1h",
		"in-state 1m slower syn 1s slower ack", "1s", "verdict none initiator :1",
		"responder 10.0.0.1 flag one_way", "initiator-state CLOSED younger 1h",
	};
	char error[PARSE_ERROR];
	struct filter one, two;

	check_begin("filter: two ways to write the same");
	for (size_t i = 0; i < ARRAY_SIZE(same); i++)
		expect(parse(&one, same[i].one, error) && parse(&two, same[i].two, error) &&
		       !memcmp(&one, &two, sizeof(one)), "'%s' is not '%s': %s", same[i].one,
		       same[i].two, error);
	check_end();
	/* What older modules know, and what costs the kernel least. */
	check_begin("filter: words that have to hold together are one condition");
	expect(!filter_parse(&one, (char **)many, ARRAY_SIZE(many), error, sizeof(error)) &&
	       one.n == 1, "%u terms: %s", one.n, error);
	expect(parse(&one, "port 80 and port 81", error) && one.n == 3, "%u terms: %s", one.n,
	       error);
	check_end();
}

static void test_refused(void)
{
	static const struct {
		const char *text;
		const char *answer;
	} refused[] = {
		{ "or port 80", "'or': expected a condition before it" },
		{ "and ipv4", "'and': expected a condition before it" },
		{ "ipv4 or", "'or': expected a condition after it" },
		{ "ipv4 and", "'and': expected a condition after it" },
		{ "not", "'not': expected a condition after it" },
		{ "ipv4 or  or ipv6", "'or': expected a condition before it" },
		{ "ipv4 and or port 1", "'or': expected a condition before it" },
		{ "(", "'(': expected a condition after it" },
		{ "(ipv4", "'(': expected ')' somewhere after it" },
		{ "((ipv4) or port 1", "'(': expected ')' somewhere after it" },
		{ "ipv4)", "')': expected '(' somewhere before it" },
		{ "(ipv4))", "')': expected '(' somewhere before it" },
		{ "()", "')': expected a condition before it" },
		{ "(ipv4 or)", "')': expected a condition before it" },
		{ "port 80 port 81", "'port': it occurs twice: expected 'or' before it" },
		{ "10.0.0.80:1 10.0.0.32:6379",
		  "'10.0.0.32:6379': another address: expected 'and'" },
		{ "80 443", "'443': another port: expected 'and' before it" },
		{ "state LISTEN ipv4 state CLOSED", "'state': it occurs twice" },
		{ "ipv4 and ipv6", "'ipv6': another family" },
		{ "host 10.0.0.1 and ipv6", "'host': its address is not of the family" },
		{ "older 5m and younger 1m", "nothing is both" },
		{ "port 80,", "'' after 'port': expected a port" },
		{ "port 80,x/y,81", "'x/y' after 'port': expected a port" },
		{ "host 10.0.0.1,80", "'80' after 'host': expected an address" },
		{ "10.0.0.1:80,99999", "'99999' after 'host': expected an address" },
		{ "slower", "'slower': expected syn|ack TIME after it" },
		{ "slower syn", "'slower syn': expected TIME after it" },
		{ "slower 100ms", "'100ms' after 'slower': expected syn" },
		{ "slower ack fast", "'fast' after 'slower ack': expected a time" },
		{ "owner", "'owner': expected USER[,USER...] after it" },
		{ "owner root,nobodyatall", "'nobodyatall' after 'owner': expected the name" },
		{ "owner 4294967296", "'4294967296' after 'owner': expected the name of a user" },
		{ "idle 5us", "'5us' after 'idle': expected a time" },
		{ "idle", "'idle': expected TIME after it" },
		{ "in-state long", "'long' after 'in-state': expected a time" },
		{ "port or", "'or' after 'port': expected a port" },
		{ "ipv4 && port 1", "'&&': expected 'and'" }, { "! ipv4", "'!': expected 'not'" },
		{ "ipv4 || port 1", "'||': expected 'or'" },
		{ "ipv4 adn port 1", "did you mean 'and'" },
		{ "nto port 1", "did you mean 'not'" },
	};
	char error[PARSE_ERROR];
	struct filter filter;

	check_begin("filter: what is wrong is refused, with the word and what to write");
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		expect(!parse(&filter, refused[i].text, error) && strstr(error, refused[i].answer),
		       "'%s' is answered by '%s', not by '%s'", refused[i].text, error,
		       refused[i].answer);
	check_end();
}

static void test_event_age(void)
{
	struct flow event = { .id = 5000000016, .has = ~(1u << TCPSTATE_A_FLOW_AGE_MS) };
	struct filter older, younger;
	char error[PARSE_ERROR];

	check_begin("filter: an event is as old as from the first segment to its time");
	expect(parse(&older, "older 5s", error), "%s", error);
	expect(parse(&younger, "younger 5s", error), "%s", error);
	event.event.time_ns = event.id + 6000000000;
	expect(filter_match(&older, &event) && !filter_match(&younger, &event), "after 6 s");
	event.event.time_ns = event.id - 16;
	expect(!filter_match(&older, &event) && filter_match(&younger, &event),
	       "an id that is ahead of the clock");
	check_end();
}

static void repeat(char *text, const char *part, unsigned int times)
{
	while (times--)
		format_append(text, TEXT, "%s", part);
}

static void test_limits(void)
{
	char text[TEXT] = "port 1", error[PARSE_ERROR];
	struct filter filter;

	check_begin("filter: as long and as deep as the kernel takes, and no more");
	repeat(text, ",7", 31);
	expect(parse(&filter, text, error) && filter.n == FILTER_TERMS - 1, "%s", error);
	repeat(text, ",7", 1);
	expect(!parse(&filter, text, error) && strstr(error, "too long"), "%s", error);
	*text = '\0';
	repeat(text, "not ", FILTER_TERMS - 1);
	repeat(text, "ipv4", 1);
	expect(parse(&filter, text, error) && filter.n == FILTER_TERMS, "%s", error);
	*text = '\0';
	repeat(text, "(", FILTER_TERMS);
	repeat(text, "ipv4", 1);
	repeat(text, ")", FILTER_TERMS);
	expect(parse(&filter, text, error) && filter.n == 1, "%s", error);
	*text = '\0';
	repeat(text, "(", FILTER_TERMS + 1);
	expect(!parse(&filter, text, error) && strstr(error, "too deep"), "%s", error);
	*text = '\0';
	repeat(text, "not ", TEXT / 8);
	expect(!parse(&filter, text, error) && strstr(error, "too deep"), "%s", error);
	check_end();
}

/**
 * filter_tests() - the tests of filters
 */
void filter_tests(void)
{
	test_random();
	test_unknown();
	test_same();
	test_refused();
	test_event_age();
	test_limits();
}
