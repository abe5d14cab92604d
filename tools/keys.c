// SPDX-License-Identifier: GPL-2.0-only
/* What connections can be grouped by: the keys of groups, and their values. */
#include "keys.h"

#include <stdio.h>
#include <string.h>

#include "cgroup.h"
#include "compiler.h"
#include "format.h"
#include "json.h"
#include "parse.h"

/* Values of numbers: there is none, or it is not known. */
#define NONE		UINT64_MAX
#define UNKNOWN		(UINT64_MAX - 1)

/* What stands for IPv6 where the length of a prefix is one of IPv4: the network of a link */
#define IPV6_PREFIX	64
#define IPV4_BITS	32
#define IPV6_BITS	128

/** struct key_kind - a key, and how its values are read and written */
struct key_kind {
	enum field field;
	/** @number: its value for a connection; NULL for the address of @end */
	uint64_t (*number)(const struct flow *flow);
	/** @text: the value as a string; NULL for a number */
	const char *(*text)(uint64_t number, char text[KEYS_TEXT]);
	int end;
	/** @is_port: a number that people may read as the name of a service */
	bool is_port;
};

#define NUMBER(name, expression) \
	static uint64_t number_##name(const struct flow *flow) \
	{ \
		return expression; \
	}

#define NAME(name, table) \
	static const char *name_##name(uint64_t number, __maybe_unused char text[KEYS_TEXT]) \
	{ \
		return format_name(table, number); \
	}

#define STATES	16

/* With --all-netns an interface is known by its name, which intern() has, not by its number. */
#define IS_NAME		0x80000000000000ull

/* The family stands next to it in the third word of an address. */
#define FAMILY_SHIFT	56

static uint64_t interface_of(const struct flow *flow)
{
	return flow->interface ? IS_NAME | (uintptr_t)flow->interface : flow->ifindex;
}

/* The reverse */
static void set_interface(struct flow *flow, uint64_t word)
{
	flow->ifindex = word;
	flow->interface = word & IS_NAME ? (const char *)(uintptr_t)(word & (IS_NAME - 1)) : NULL;
}

NUMBER(family, flow->family)
NUMBER(phase, flow->phase)
NUMBER(initiator_state, flow->end[TCPSTATE_INITIATOR].state)
NUMBER(responder_state, flow->end[TCPSTATE_RESPONDER].state)
NUMBER(state, flow->end[TCPSTATE_INITIATOR].state * STATES + flow->end[TCPSTATE_RESPONDER].state)
NUMBER(timer, flow->timer)
NUMBER(verdict, flow->verdict == TCPSTATE_VERDICT_NONE ? NONE : flow->verdict)
NUMBER(initiator_port, flow->end[TCPSTATE_INITIATOR].port)
NUMBER(responder_port, flow->end[TCPSTATE_RESPONDER].port)
NUMBER(interface, flow->ifindex ? interface_of(flow) : NONE)
NUMBER(netns, flow->netns ? (uintptr_t)flow->netns : NONE)

/* The owner of the end that has one, or of the initiator. */
NUMBER(uid, record_owner(flow) < 0 ? NONE : flow->end[record_owner(flow)].uid)

static uint64_t number_cgroup(const struct flow *flow)
{
	int end = record_owner(flow);

	return end >= 0 && record_has(&flow->end[end], TCPSTATE_A_END_CGROUP) ?
		flow->end[end].cgroup : NONE;
}

NAME(family, FORMAT_FAMILY)
NAME(phase, FORMAT_PHASE)
NAME(state, FORMAT_STATE)
NAME(timer, FORMAT_TIMER)
NAME(verdict, FORMAT_VERDICT)

/* Both states, as counts of both ends are written. */
static const char *name_states(uint64_t number, char text[KEYS_TEXT])
{
	snprintf(text, KEYS_TEXT, "%s/%s", format_name(FORMAT_STATE, number / STATES),
		 format_name(FORMAT_STATE, number % STATES));
	return text;
}

static const char *name_interface(uint64_t number, __maybe_unused char text[KEYS_TEXT])
{
	struct flow flow = {};

	set_interface(&flow, number);
	return format_flow_interface(&flow);
}

static const char *name_netns(uint64_t number, char text[KEYS_TEXT])
{
	format_word((const char *)(uintptr_t)number, text, KEYS_TEXT);
	return text;
}

/* Which end sent the first FIN */
static const char * const closers[] = { "initiator", "responder", "both", "none" };

enum closer {
	CLOSER_INITIATOR,
	CLOSER_RESPONDER,
	CLOSER_BOTH,
	CLOSER_NONE,
};

static uint64_t number_closer(const struct flow *flow)
{
	bool one = record_closed_first(flow, TCPSTATE_INITIATOR);
	bool two = record_closed_first(flow, TCPSTATE_RESPONDER);

	if (one || two)
		return one && two ? CLOSER_BOTH : one ? CLOSER_INITIATOR : CLOSER_RESPONDER;
	return record_closer_unknown(flow, TCPSTATE_INITIATOR) ||
	       record_closer_unknown(flow, TCPSTATE_RESPONDER) ? UNKNOWN : CLOSER_NONE;
}

static const char *name_closer(uint64_t number, __maybe_unused char text[KEYS_TEXT])
{
	return closers[number];
}

/* Its path, or its number if it has none any more. */
static const char *name_cgroup(uint64_t number, char text[KEYS_TEXT])
{
	const char *path = cgroup_path(number);

	if (path)
		format_word(path, text, KEYS_TEXT);
	else
		snprintf(text, KEYS_TEXT, "%llu", (unsigned long long)number);
	return text;
}

static const struct key_kind kinds[] = {
	{ FIELD_FAMILY, number_family, name_family, 0, false },
	{ FIELD_INITIATOR, NULL, NULL, TCPSTATE_INITIATOR, false },
	{ FIELD_RESPONDER, NULL, NULL, TCPSTATE_RESPONDER, false },
	{ FIELD_INITIATOR_PORT, number_initiator_port, NULL, 0, true },
	{ FIELD_RESPONDER_PORT, number_responder_port, NULL, 0, true },
	{ FIELD_PHASE, number_phase, name_phase, 0, false },
	{ FIELD_STATE, number_state, name_states, 0, false },
	{ FIELD_INITIATOR_STATE, number_initiator_state, name_state, 0, false },
	{ FIELD_RESPONDER_STATE, number_responder_state, name_state, 0, false },
	{ FIELD_TIMER, number_timer, name_timer, 0, false },
	{ FIELD_VERDICT, number_verdict, name_verdict, 0, false },
	{ FIELD_CLOSER, number_closer, name_closer, 0, false },
	{ FIELD_INTERFACE, number_interface, name_interface, 0, false },
	{ FIELD_UID, number_uid, NULL, 0, false },
	{ FIELD_CGROUP, number_cgroup, name_cgroup, 0, false },
	{ FIELD_NETNS, number_netns, name_netns, 0, false },
};

/**
 * keys_fields() - the names of all keys
 *
 * Return: FIELD_BIT() of each.
 */
uint64_t keys_fields(void)
{
	uint64_t set = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		set |= FIELD_BIT(kinds[i].field);
	return set;
}

static const struct key_kind *kind_of(const char *text, size_t len)
{
	enum field field;

	if (!field_find(text, len, keys_fields(), &field))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].field == field)
			return &kinds[i];
	return NULL;
}

/* Read "", "/LEN", or "/LEN/LEN", of which the second is for IPv6. */
static bool parse_prefix(struct key *key, char *text)
{
	char *second = *text ? strchr(text + 1, '/') : NULL;
	uint64_t len, ipv6_len;

	key->prefix_len[0] = IPV4_BITS;
	key->prefix_len[1] = IPV6_BITS;
	if (!*text)
		return true;
	if (second)
		*second = '\0';
	if (!parse_number(text + 1, second ? IPV4_BITS : IPV6_BITS, &len))
		return false;
	if (second) {
		if (!parse_number(second + 1, IPV6_BITS, &ipv6_len))
			return false;
		key->prefix_len[0] = len;
		key->prefix_len[1] = ipv6_len;
	} else if (len <= IPV4_BITS) {
		key->prefix_len[0] = len;
		key->prefix_len[1] = len == IPV4_BITS ? IPV6_BITS : IPV6_PREFIX;
	} else {
		key->prefix_len[1] = len;
	}
	return true;
}

static bool has(const struct keys *keys, const struct key_kind *kind)
{
	for (size_t i = 0; i < keys->n; i++)
		if (keys->key[i].kind == kind)
			return true;
	return false;
}

/* Read one key; false with @error. */
static bool parse_key(struct keys *keys, char *word, char *error, size_t size)
{
	size_t len = strcspn(word, "/");
	struct key *key = &keys->key[keys->n];
	char expected[PARSE_ERROR], prefix[64];

	key->kind = kind_of(word, len);
	snprintf(prefix, sizeof(prefix), "%s", word + len);
	if (!key->kind) {
		word[len] = '\0';
		field_expected(word, keys_fields(), expected, sizeof(expected));
		snprintf(error, size, "'%s': %s", word, expected);
	} else if (*prefix && key->kind->number) {
		snprintf(error, size, "'%s': expected no '/' after what is no address", word);
	} else if (!parse_prefix(key, prefix)) {
		snprintf(error, size, "'%s': expected the length of a prefix after '/', such as 24, 48 (for IPv6), or 24/48 (for IPv4 and IPv6)",
			 word);
	} else if (has(keys, key->kind)) {
		snprintf(error, size, "'%s': it occurs twice", word);
	} else {
		key->at = keys->words;
		keys->words += key->kind->number ? 1 : 3;
		keys->n++;
		return true;
	}
	return false;
}

/**
 * keys_parse() - read by which keys to group: "responder_port,initiator/24"
 * @keys: is filled
 * @text: what was written
 * @error: gets what is wrong, and what was expected
 * @size: of @error
 *
 * Return: whether it was right.
 */
bool keys_parse(struct keys *keys, const char *text, char *error, size_t size)
{
	char word[64];

	*keys = (struct keys){};
	for (;; text++) {
		size_t len = strcspn(text, ",");

		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		if (keys->n == KEYS_MOST) {
			snprintf(error, size, "'%s': expected %d keys at most", word, KEYS_MOST);
			return false;
		}
		if (!parse_key(keys, word, error, size))
			return false;
		text += len;
		if (!*text)
			return true;
	}
}

/* Copy the first @len bits of an address; the others are 0. */
static void take_prefix(uint8_t *to, const uint8_t *address, unsigned int len)
{
	memcpy(to, address, len / 8);
	if (len % 8)
		to[len / 8] = address[len / 8] & 0xff << (8 - len % 8);
}

static bool is_ipv6(uint8_t family)
{
	return family == TCPSTATE_FAMILY_IPV6;
}

/**
 * keys_take() - the values that a connection has
 * @keys: for which keys
 * @flow: the connection
 * @words: are filled; equal values have equal words
 */
void keys_take(const struct keys *keys, const struct flow *flow, uint64_t words[KEYS_WORDS])
{
	for (size_t i = 0; i < keys->n; i++) {
		const struct key *key = &keys->key[i];
		uint64_t *word = words + key->at;
		uint8_t address[16] = {};

		if (key->kind->number) {
			*word = key->kind->number(flow);
			continue;
		}
		take_prefix(address, flow->end[key->kind->end].address,
			    key->prefix_len[is_ipv6(flow->family)]);
		memcpy(word, address, sizeof(address));
		word[2] = (uint64_t)flow->family << FAMILY_SHIFT;
		if (record_has(flow, TCPSTATE_A_FLOW_IFINDEX) && flow->ifindex)
			word[2] |= interface_of(flow);
	}
}

/**
 * keys_field() - the name of a key
 * @key: the key
 *
 * Return: the name.
 */
enum field keys_field(const struct key *key)
{
	return key->kind->field;
}

/**
 * keys_is_address() - is the key an address?
 * @key: the key
 *
 * Return: whether it is.
 */
bool keys_is_address(const struct key *key)
{
	return !key->kind->number;
}

/* "10.0.0.0/24", "fe80::1%eth0"; an address that is whole has no length. */
static void write_address(const struct key *key, const uint64_t *word, char text[KEYS_TEXT])
{
	struct flow flow = {
		.family = word[2] >> FAMILY_SHIFT, .has = 1u << TCPSTATE_A_FLOW_IFINDEX,
	};
	unsigned int len = key->prefix_len[is_ipv6(flow.family)];

	set_interface(&flow, word[2]);
	memcpy(flow.end[0].address, word, sizeof(flow.end[0].address));
	format_host(&flow, 0, text);
	if (len < (is_ipv6(flow.family) ? IPV6_BITS : IPV4_BITS))
		format_append(text, KEYS_TEXT, "/%u", len);
}

/**
 * keys_write() - the value of a key, for people
 * @key: the key
 * @words: of the values of all keys
 * @numeric: ports as numbers
 * @text: is filled
 */
void keys_write(const struct key *key, const uint64_t *words, bool numeric,
		char text[KEYS_TEXT])
{
	uint64_t number = words[key->at];
	char room[KEYS_TEXT];

	if (keys_is_address(key))
		write_address(key, words + key->at, text);
	else if (number == NONE || number == UNKNOWN)
		snprintf(text, KEYS_TEXT, number == NONE ? "-" : "?");
	else if (key->kind->text)
		snprintf(text, KEYS_TEXT, "%s", key->kind->text(number, room));
	else if (key->kind->is_port)
		format_port(number, numeric, text);
	else
		format_number(true, number, text);
}

/**
 * keys_json() - the value of a key, as a member of an object
 * @key: the key
 * @words: of the values of all keys; NULL for null
 */
void keys_json(const struct key *key, const uint64_t *words)
{
	const char *name = field_name(key->kind->field);
	uint64_t number = words ? words[key->at] : NONE;
	char room[KEYS_TEXT];

	if (words && keys_is_address(key)) {
		write_address(key, words + key->at, room);
		json_string(name, room);
	} else if (number == NONE || number == UNKNOWN) {
		json_string(name, NULL);
	} else if (key->kind->text) {
		json_string(name, key->kind->text(number, room));
	} else {
		json_number(name, number);
	}
}

#define COMPARE(one, two)	((one) < (two) ? -1 : (one) > (two))

/**
 * keys_compare() - in which order two groups come that are equal otherwise
 * @keys: the keys
 * @one: the words of their values
 * @two: the others
 *
 * Return: as for qsort().
 */
int keys_compare(const struct keys *keys, const uint64_t *one, const uint64_t *two)
{
	for (size_t i = 0; i < keys->n; i++) {
		unsigned int at = keys->key[i].at;
		int ret;

		if (keys_is_address(&keys->key[i])) {
			ret = COMPARE(one[at + 2], two[at + 2]);
			if (!ret)
				ret = memcmp(one + at, two + at, 16);
		} else {
			ret = COMPARE(one[at], two[at]);
		}
		if (ret)
			return ret;
	}
	return 0;
}
