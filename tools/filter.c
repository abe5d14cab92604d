// SPDX-License-Identifier: GPL-2.0-only
/* FILTER: which connections a command is about. */
#include "filter.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "format.h"

#define BLANKS	" \t\n"

/** struct reader - where filter_parse() is */
struct reader {
	struct filter *filter;
	char **words;
	int n;
	/** @rest: of the word before @words; one may hold several, quoted */
	const char *rest;
	/** @token: what was read last */
	char token[PARSE_ERROR / 2];
	char *error;
	size_t size;
};

/** struct word - one of the words that a filter is made of */
struct word {
	const char *name;
	/** @argument: how its argument is called; NULL where it has none */
	const char *argument;
	const char *help;
	/** @parse: reads the argument in @token; 0, or -1 with the error told */
	int (*parse)(struct reader *reader, const struct word *word);
	/** @where: offset in struct filter of what it sets */
	size_t where;
	/** @value: what it sets there, or the table its argument is in */
	unsigned int value;
};

static __printf(2, 3) int fail(struct reader *reader, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reader->error, reader->size, format, args);
	va_end(args);
	return -1;
}

static void *place(const struct reader *reader, const struct word *word)
{
	return (char *)reader->filter + word->where;
}

/* "a, b or c" */
static void join(char *text, size_t size, const struct parse_names *table)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < table->n && len < size; i++) {
		if (!table->names[i])
			continue;
		len += snprintf(text + len, size - len, "%s%s",
				!len ? "" : i + 1 == table->n ? " or " : ", ",
				table->names[i]);
	}
}

/* Several names, joined by commas. */
static int parse_mask(struct reader *reader, const struct word *word)
{
	const struct parse_names *table = format_names(word->value);
	uint32_t *mask = place(reader, word);
	const char *name = reader->token;
	char expected[PARSE_ERROR];
	unsigned int value;

	for (;;) {
		size_t len = strcspn(name, ",");

		if (!parse_name(name, len, table, &value)) {
			join(expected, sizeof(expected), table);
			return fail(reader, "'%.*s' after '%s': expected %s", (int)len,
				    name, word->name, expected);
		}
		*mask |= 1u << value;
		if (!name[len])
			return 0;
		name += len + 1;
	}
}

static int parse_end(struct reader *reader, const struct word *word)
{
	struct parse_match *match = place(reader, word);

	if (!parse_match(reader->token, match))
		return fail(reader, "'%s' after '%s': expected an address, such as 10.0.0.1, 10.0.0.0/8, 10.0.0.1:80, ::1 or [::1]:443, or a port, such as :80 or :1024-65535",
			    reader->token, word->name);
	if (match->ifindex)
		return fail(reader, "'%s' after '%s': expected an address without an interface",
			    reader->token, word->name);
	return 0;
}

static int parse_port(struct reader *reader, const struct word *word)
{
	if (!parse_ports(reader->token, place(reader, word)))
		return fail(reader, "'%s' after '%s': expected a port from 0 to 65535, a range such as 1024-65535, or the name of a service",
			    reader->token, word->name);
	return 0;
}

static int parse_age(struct reader *reader, const struct word *word)
{
	uint64_t *ms = place(reader, word);

	if (!parse_duration(reader->token, ms))
		return fail(reader, "'%s' after '%s': expected a time, such as 500ms, 5s, 2m, 1.5h or 1d",
			    reader->token, word->name);
	if (ms == &reader->filter->min_age_ms)
		reader->filter->has_min_age = true;
	else
		reader->filter->has_max_age = true;
	return 0;
}

static int parse_family(struct reader *reader, const struct word *word)
{
	uint8_t *family = place(reader, word);

	if (*family)
		return fail(reader, "'%s': another family was asked for before", word->name);
	*family = word->value;
	return 0;
}

#define AT(member)	offsetof(struct filter, member)

static const struct word words[] = {
	{ "state", "STATE[,STATE...]", "either end is in one of these states",
	  parse_mask, AT(states), FORMAT_STATE },
	{ "initiator-state", "STATE[,STATE...]", "the initiator is",
	  parse_mask, AT(end_states[TCPSTATE_INITIATOR]), FORMAT_STATE },
	{ "responder-state", "STATE[,STATE...]", "the responder is",
	  parse_mask, AT(end_states[TCPSTATE_RESPONDER]), FORMAT_STATE },
	{ "initiator", "ADDR[/LEN][:PORT[-PORT]]", "the end that sent the first SYN",
	  parse_end, AT(end[TCPSTATE_INITIATOR]), 0 },
	{ "responder", "ADDR[/LEN][:PORT[-PORT]]", "the other end",
	  parse_end, AT(end[TCPSTATE_RESPONDER]), 0 },
	{ "host", "ADDR[/LEN][:PORT[-PORT]]", "one end or the other",
	  parse_end, AT(host), 0 },
	{ "port", "PORT[-PORT]", "port of one end or the other",
	  parse_port, AT(port), 0 },
	{ "phase", "PHASE[,PHASE...]", "how far it is",
	  parse_mask, AT(phases), FORMAT_PHASE },
	{ "verdict", "VERDICT[,VERDICT...]", "how it ended; none where it has not",
	  parse_mask, AT(verdicts), FORMAT_VERDICT },
	{ "flag", "FLAG[,FLAG...]", "it has all of these flags",
	  parse_mask, AT(flags), FORMAT_FLAG },
	{ "older", "TIME", "seen first so long ago, such as 5s",
	  parse_age, AT(min_age_ms), 0 },
	{ "younger", "TIME", "seen first since then",
	  parse_age, AT(max_age_ms), 0 },
	{ "ipv4", NULL, "of that family", parse_family, AT(family), TCPSTATE_FAMILY_IPV4 },
	{ "ipv6", NULL, "of that family", parse_family, AT(family), TCPSTATE_FAMILY_IPV6 },
};

#define WORDS	ARRAY_SIZE(words)

/* Reads the next token: 1, 0 at the end, or -1 for one that cannot be a word. */
static int next_token(struct reader *reader)
{
	size_t len;

	for (;;) {
		if (reader->rest) {
			reader->rest += strspn(reader->rest, BLANKS);
			len = strcspn(reader->rest, BLANKS);
			if (len)
				break;
		}
		if (!reader->n)
			return 0;
		reader->rest = *reader->words++;
		reader->n--;
	}
	if (len >= sizeof(reader->token))
		return fail(reader, "'%.20s...': the word is too long", reader->rest);
	memcpy(reader->token, reader->rest, len);
	reader->token[len] = '\0';
	reader->rest += len;
	return 1;
}

static int unknown_word(struct reader *reader)
{
	const char *names[WORDS];
	const struct parse_names table = { names, WORDS };
	char expected[PARSE_ERROR];

	for (size_t i = 0; i < WORDS; i++)
		names[i] = words[i].name;
	join(expected, sizeof(expected), &table);
	return fail(reader, "'%s': expected %s", reader->token, expected);
}

static const struct word *find_word(const char *token)
{
	for (size_t i = 0; i < WORDS; i++)
		if (parse_equal(token, strlen(token), words[i].name))
			return &words[i];
	return NULL;
}

static int read_word(struct reader *reader, uint32_t *seen)
{
	const struct word *word = find_word(reader->token);
	int ret;

	if (!word)
		return unknown_word(reader);
	if (*seen & 1u << (word - words))
		return fail(reader, "'%s': it is there twice", word->name);
	*seen |= 1u << (word - words);
	if (word->argument) {
		ret = next_token(reader);
		if (!ret)
			return fail(reader, "'%s': expected %s after it", word->name,
				    word->argument);
		if (ret < 0)
			return ret;
	}
	return word->parse(reader, word);
}

/* What no connection could ever be like. */
static int contradiction(struct reader *reader)
{
	struct filter *filter = reader->filter;
	const struct {
		const char *name;
		const struct parse_match *match;
	} ends[] = {
		{ "initiator", &filter->end[TCPSTATE_INITIATOR] },
		{ "responder", &filter->end[TCPSTATE_RESPONDER] },
		{ "host", &filter->host },
	};
	uint8_t family = filter->family;

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		if (!ends[i].match->family)
			continue;
		if (family && family != ends[i].match->family)
			return fail(reader, "'%s': its address is not of the family asked for before",
				    ends[i].name);
		family = ends[i].match->family;
	}
	if (filter->has_min_age && filter->has_max_age &&
	    filter->min_age_ms > filter->max_age_ms)
		return fail(reader, "'older' and 'younger': nothing is both");
	return 0;
}

/**
 * filter_parse() - read a filter
 * @filter: is filled
 * @words: its words; one may hold several, separated by blanks
 * @n: how many
 * @error: gets one line that shows what is wrong, and what was expected
 * @size: of @error, PARSE_ERROR at least
 *
 * Return: 0 or -1.
 */
int filter_parse(struct filter *filter, char **words, int n, char *error, size_t size)
{
	struct reader reader = {
		.filter = filter, .words = words, .n = n, .error = error, .size = size,
	};
	bool and = false;
	uint32_t seen = 0;
	int ret;

	memset(filter, 0, sizeof(*filter));
	while ((ret = next_token(&reader)) > 0) {
		/* It may be written, between two words. */
		if (!strcasecmp(reader.token, "and") && seen && !and) {
			and = true;
			continue;
		}
		and = false;
		if (read_word(&reader, &seen))
			return -1;
	}
	if (ret < 0)
		return ret;
	if (and)
		return fail(&reader, "'and': expected another word after it");
	return contradiction(&reader);
}

static bool is_set(const struct parse_match *match)
{
	return match->family || match->has_port;
}

static bool same_prefix(const uint8_t *a, const uint8_t *b, unsigned int len)
{
	if (memcmp(a, b, len / 8))
		return false;
	return !(len % 8) || !((a[len / 8] ^ b[len / 8]) >> (8 - len % 8));
}

static bool match_end(const struct parse_match *match, const struct flow *flow, int which)
{
	const struct end *end = &flow->end[which];

	if (match->has_port && (end->port < match->port_min || end->port > match->port_max))
		return false;
	return !match->family ||
	       (match->family == flow->family &&
		same_prefix(match->address, end->address, match->prefix_len));
}

static bool match_either(const struct parse_match *match, const struct flow *flow)
{
	return !is_set(match) || match_end(match, flow, 0) || match_end(match, flow, 1);
}

/**
 * filter_match_tuple() - does a connection pass, by its addresses and ports?
 * @filter: what was asked for
 * @flow: the connection
 *
 * That much never changes.
 *
 * Return: whether it may pass.
 */
bool filter_match_tuple(const struct filter *filter, const struct flow *flow)
{
	return (!filter->family || filter->family == flow->family) &&
	       match_end(&filter->end[0], flow, 0) && match_end(&filter->end[1], flow, 1) &&
	       match_either(&filter->host, flow) && match_either(&filter->port, flow);
}

static bool match_mask(uint32_t mask, unsigned int value)
{
	return !mask || mask & 1u << value;
}

/**
 * filter_match() - does a connection pass? As the kernel would judge it
 * @filter: what was asked for
 * @flow: the connection, or an event of it: then, as it is after that
 *
 * Return: whether it passes.
 */
bool filter_match(const struct filter *filter, const struct flow *flow)
{
	uint64_t age_ms = flow->age_ms;

	if (!record_has(flow, TCPSTATE_A_FLOW_AGE_MS))
		age_ms = (flow->event.time_ns - flow->id) / 1000000;
	return filter_match_tuple(filter, flow) &&
	       match_mask(filter->end_states[0], flow->end[0].state) &&
	       match_mask(filter->end_states[1], flow->end[1].state) &&
	       (match_mask(filter->states, flow->end[0].state) ||
		match_mask(filter->states, flow->end[1].state)) &&
	       match_mask(filter->phases, flow->phase) &&
	       match_mask(filter->verdicts, flow->verdict) &&
	       (flow->flags & filter->flags) == filter->flags &&
	       (!filter->has_min_age || age_ms >= filter->min_age_ms) &&
	       (!filter->has_max_age || age_ms <= filter->max_age_ms);
}

/* Leaves in @a what is like both; false where nothing is. */
static bool intersect(struct parse_match *a, const struct parse_match *b)
{
	if (a->family && b->family) {
		unsigned int len = a->prefix_len;

		if (b->prefix_len < len)
			len = b->prefix_len;
		if (a->family != b->family || !same_prefix(a->address, b->address, len))
			return false;
	}
	if (b->family && (!a->family || b->prefix_len > a->prefix_len)) {
		a->family = b->family;
		a->prefix_len = b->prefix_len;
		memcpy(a->address, b->address, sizeof(a->address));
	}
	if (!b->has_port)
		return true;
	if (!a->has_port || b->port_min > a->port_min)
		a->port_min = b->port_min;
	if (!a->has_port || b->port_max < a->port_max)
		a->port_max = b->port_max;
	a->has_port = true;
	return a->port_min <= a->port_max;
}

/**
 * filter_is_split() - does the kernel need several filters for this one?
 * @filter: what was asked for
 *
 * It knows one "either end", but "host" and "port" may be about different ends.
 *
 * Return: whether it does.
 */
bool filter_is_split(const struct filter *filter)
{
	return is_set(&filter->host) && is_set(&filter->port);
}

/**
 * filter_split() - filters that together pass what this one passes
 * @filter: what was asked for
 * @parts: are filled; none has both host and port
 *
 * Return: how many of @parts there are. They overlap.
 */
unsigned int filter_split(const struct filter *filter, struct filter parts[3])
{
	unsigned int n = 0;

	if (!filter_is_split(filter)) {
		parts[0] = *filter;
		return 1;
	}
	parts[n] = *filter;
	memset(&parts[n].port, 0, sizeof(parts[n].port));
	if (intersect(&parts[n].host, &filter->port))
		n++;
	for (int end = 0; end < 2; end++) {
		parts[n] = *filter;
		memset(&parts[n].host, 0, sizeof(parts[n].host));
		memset(&parts[n].port, 0, sizeof(parts[n].port));
		if (intersect(&parts[n].end[end], &filter->host) &&
		    intersect(&parts[n].end[!end], &filter->port))
			n++;
	}
	return n;
}

/* The values of a word, so that no line is longer than a terminal's. */
static void print_names(FILE *file, const char *what, enum format_table which)
{
	const struct parse_names *table = format_names(which);
	int column = fprintf(file, "  %-8s", what);

	for (size_t i = 0; i < table->n; i++) {
		if (!table->names[i])
			continue;
		if (column + strlen(table->names[i]) > 76)
			column = fprintf(file, "\n  %-8s", "") - 1;
		column += fprintf(file, " %s", table->names[i]);
	}
	fputc('\n', file);
}

/**
 * filter_print_help() - the words of a filter, a line each
 * @file: where to
 */
void filter_print_help(FILE *file)
{
	fprintf(file, "\nFILTER is words that all have to hold, in any order:\n");
	for (size_t i = 0; i < WORDS; i++)
		fprintf(file, "  %-16s %-24s %s\n", words[i].name,
			words[i].argument ? words[i].argument : "", words[i].help);
	print_names(file, "STATE", FORMAT_STATE);
	print_names(file, "PHASE", FORMAT_PHASE);
	print_names(file, "VERDICT", FORMAT_VERDICT);
	print_names(file, "FLAG", FORMAT_FLAG);
	fprintf(file, "Names are in any case, with - or _. PORT may be the name of a service.\n");
}
