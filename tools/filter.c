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
	/** @rest: the rest of the argument before @words, which may hold several words */
	const char *rest;
	/** @token: what was read last */
	char token[PARSE_ERROR / 2];
	char *error;
	size_t size;
};

/** struct word - one of the words that a filter is made of */
struct word {
	const char *name;
	/** @argument: what its argument is called; NULL if it has none */
	const char *argument;
	const char *help;
	/** @parse: reads the argument in @token; returns 0, or -1 with an error message */
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
	*text = '\0';
	for (size_t i = 0; i < table->n; i++)
		if (table->names[i])
			format_append(text, size, "%s%s",
				      !*text ? "" : i + 1 == table->n ? " or " : ", ",
				      table->names[i]);
}

/* Say which names were expected, and which of them was meant, probably. */
static int expected_one(struct reader *reader, const char *what, const struct parse_names *table)
{
	const char *closest = parse_closest(reader->token, table);
	char expected[PARSE_ERROR];

	join(expected, sizeof(expected), table);
	if (closest)
		return fail(reader, "%s: did you mean '%s'? (expected %s)", what, closest,
			    expected);
	return fail(reader, "%s: expected %s", what, expected);
}

/* States as ss, netstat and conntrack write them. */
static bool parse_other_state(const char *text, size_t len, unsigned int *value)
{
	static const struct {
		const char *name;
		unsigned int state;
	} others[] = {
		{ "ESTAB", TCPSTATE_ESTABLISHED }, { "SYN_RECV", TCPSTATE_SYN_RECEIVED },
		{ "SYN_RCVD", TCPSTATE_SYN_RECEIVED }, { "FIN_WAIT1", TCPSTATE_FIN_WAIT_1 },
		{ "FIN_WAIT2", TCPSTATE_FIN_WAIT_2 },
		{ "LISTENING", TCPSTATE_LISTEN }, { "CLOSE", TCPSTATE_CLOSED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		if (!parse_equal(text, len, others[i].name))
			continue;
		*value = others[i].state;
		return true;
	}
	return false;
}

/* Several names, joined by commas. */
static int parse_mask(struct reader *reader, const struct word *word)
{
	const struct parse_names *table = format_names(word->value);
	uint32_t *mask = place(reader, word);
	char *name = reader->token;
	char what[PARSE_ERROR];
	unsigned int value;

	for (;;) {
		size_t len = strcspn(name, ",");

		if (!parse_name(name, len, table, &value) &&
		    !(word->value == FORMAT_STATE && parse_other_state(name, len, &value))) {
			snprintf(what, sizeof(what), "'%.*s' after '%s'", (int)len, name,
				 word->name);
			memmove(reader->token, name, len);
			reader->token[len] = '\0';
			return expected_one(reader, what, table);
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
		return fail(reader, "'%s' after '%s': expected an address, such as 10.0.0.1, 10.0.0.0/8, 10.0.0.1:80, ::1, [::1]:443 or fe80::1%%eth0, or a port, such as :80 or :1024-65535",
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
	{ "initiator-state", "STATE[,STATE...]", "the initiator is in one of them",
	  parse_mask, AT(end_states[TCPSTATE_INITIATOR]), FORMAT_STATE },
	{ "responder-state", "STATE[,STATE...]", "the responder is in one of them",
	  parse_mask, AT(end_states[TCPSTATE_RESPONDER]), FORMAT_STATE },
	{ "initiator", "ADDR[/LEN][:PORT[-PORT]]", "the end that sent the first SYN",
	  parse_end, AT(end[TCPSTATE_INITIATOR]), 0 },
	{ "responder", "ADDR[/LEN][:PORT[-PORT]]", "the other end",
	  parse_end, AT(end[TCPSTATE_RESPONDER]), 0 },
	{ "host", "ADDR[/LEN][:PORT[-PORT]]", "one end or the other",
	  parse_end, AT(host), 0 },
	{ "port", "PORT[-PORT]", "port of one end or the other",
	  parse_port, AT(port), 0 },
	{ "phase", "PHASE[,PHASE...]", "it is in one of these phases",
	  parse_mask, AT(phases), FORMAT_PHASE },
	{ "verdict", "VERDICT[,VERDICT...]", "how it ended; none if it has not",
	  parse_mask, AT(verdicts), FORMAT_VERDICT },
	{ "flag", "FLAG[,FLAG...]", "it has all of these flags",
	  parse_mask, AT(flags), FORMAT_FLAG },
	{ "older", "TIME", "at least that old, such as 5s",
	  parse_age, AT(min_age_ms), 0 },
	{ "younger", "TIME", "at most that old",
	  parse_age, AT(max_age_ms), 0 },
	{ "ipv4", NULL, "it is of that family", parse_family, AT(family), TCPSTATE_FAMILY_IPV4 },
	{ "ipv6", NULL, "it is of that family", parse_family, AT(family), TCPSTATE_FAMILY_IPV6 },
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

/* What to write for the words of ss, tcpdump and conntrack, which have another meaning there. */
static const char *foreign_word(const char *token)
{
	static const struct {
		const char *name;
		const char *instead;
	} others[] = {
		{ "src", "'initiator' (the end that sent the first SYN) or 'host'" },
		{ "dst", "'responder' (the end that the first SYN went to) or 'host'" },
		{ "sport", "'initiator :PORT' (the end that sent the first SYN) or 'port PORT'" },
		{ "dport", "'responder :PORT' (the end that it went to) or 'port PORT'" },
		{ "net", "'host ADDR/LEN'" },
		{ "-4", "'ipv4'" }, { "-6", "'ipv6'" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (parse_equal(token, strlen(token), others[i].name))
			return others[i].instead;
	return NULL;
}

/* The words of a filter that take this as their argument: "'state closed' or 'phase closed'" */
static void words_before(const char *token, char *text, size_t size)
{
	*text = '\0';
	for (size_t i = 0; i < WORDS; i++) {
		unsigned int value;

		if (words[i].parse != parse_mask || strchr(words[i].name, '-'))
			continue;
		if (parse_name(token, strlen(token), format_names(words[i].value), &value) ||
		    (words[i].value == FORMAT_STATE &&
		     parse_other_state(token, strlen(token), &value)))
			format_append(text, size, "%s'%s %s'", *text ? " or " : "", words[i].name,
				      token);
	}
}

static int unknown_word(struct reader *reader)
{
	const char *instead = foreign_word(reader->token);
	const char *names[WORDS];
	const struct parse_names table = { names, WORDS };
	char text[PARSE_ERROR];

	if (instead)
		return fail(reader, "'%s': expected %s", reader->token, instead);
	words_before(reader->token, text, sizeof(text));
	if (*text)
		return fail(reader, "'%s': expected %s", reader->token, text);
	for (size_t i = 0; i < WORDS; i++)
		names[i] = words[i].name;
	snprintf(text, sizeof(text), "'%s'", reader->token);
	return expected_one(reader, text, &table);
}

static const struct word *find_word(const char *token)
{
	for (size_t i = 0; i < WORDS; i++)
		if (parse_equal(token, strlen(token), words[i].name))
			return &words[i];
	return NULL;
}

/* The word that an address or a number needs before it, and has not. */
static const struct word *implied_word(const char *token)
{
	struct parse_match match;

	if (isdigit((unsigned char)*token) && parse_ports(token, &match))
		return find_word("port");
	return parse_match(token, &match) ? find_word("host") : NULL;
}

static int read_word(struct reader *reader, uint32_t *seen)
{
	const struct word *word = find_word(reader->token);
	bool implied = false;
	int ret;

	if (!word) {
		word = implied_word(reader->token);
		implied = true;
	}
	if (!word)
		return unknown_word(reader);
	if (*seen & 1u << (word - words))
		return fail(reader, "'%s': it occurs twice", word->name);
	*seen |= 1u << (word - words);
	if (word->argument && !implied) {
		ret = next_token(reader);
		if (!ret)
			return fail(reader, "'%s': expected %s after it", word->name,
				    word->argument);
		if (ret < 0)
			return ret;
	}
	return word->parse(reader, word);
}

/* A filter that no connection can pass. */
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
		/* "and" may stand between two words. */
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
	fprintf(file, "An address alone is 'host', a number alone is 'port'.\n");
	print_names(file, "STATE", FORMAT_STATE);
	print_names(file, "PHASE", FORMAT_PHASE);
	print_names(file, "VERDICT", FORMAT_VERDICT);
	print_names(file, "FLAG", FORMAT_FLAG);
	fprintf(file, "Names may be in upper or lower case, with - or _. PORT may name a service.\n");
}
