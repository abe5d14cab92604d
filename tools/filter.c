// SPDX-License-Identifier: GPL-2.0-only
/*
 * FILTER: which connections a command is about. Words with and, or, not and parentheses become
 * terms in postfix order, as the kernel takes them, by Dijkstra's shunting-yard algorithm.
 */
#include "filter.h"

#include <string.h>

#include "filter_words.h"
#include "format.h"

/* What waits for what comes after it, and is no operator */
#define OPEN	(TCPSTATE_OPERATOR_OR + 1)

/** struct parser - the operators that still wait for what comes after them */
struct parser {
	struct reader reader;
	/** @waiting: enum tcpstate_operator, or OPEN for a parenthesis */
	uint8_t waiting[FILTER_TERMS];
	unsigned int n;
	/** @complete: the last word was no operator, so that what was read could be all */
	bool complete;
	/** @last: the last operator or parenthesis that was written */
	char last[4];
	/** @seen: the words that stand next to each other */
	uint32_t seen;
};

/* An operator that binds more tightly takes what is next to it first. */
static unsigned int tightness(uint8_t op)
{
	static const unsigned int of[] = {
		[TCPSTATE_OPERATOR_NOT] = 3, [TCPSTATE_OPERATOR_AND] = 2,
		[TCPSTATE_OPERATOR_OR] = 1, [OPEN] = 0,
	};

	return of[op];
}

/* Add the operators that are at least that tight and have all they take, back to a parenthesis. */
static int settle(struct parser *parser, unsigned int least)
{
	while (parser->n && tightness(parser->waiting[parser->n - 1]) >= least)
		if (filter_operate(&parser->reader, parser->waiting[--parser->n]))
			return -1;
	return 0;
}

static int wait(struct parser *parser, uint8_t op)
{
	if (parser->n == ARRAY_SIZE(parser->waiting))
		return filter_fail(&parser->reader, "'%s': the filter is too deep here: expected at most %d parentheses and operators that are not complete",
				   parser->reader.token, FILTER_TERMS);
	parser->waiting[parser->n++] = op;
	return 0;
}

/* Words without an operator between them have to hold both. */
static int join_words(struct parser *parser)
{
	if (!parser->complete)
		return 0;
	return settle(parser, tightness(TCPSTATE_OPERATOR_AND)) ||
	       wait(parser, TCPSTATE_OPERATOR_AND) ? -1 : 0;
}

static int operate(struct parser *parser, enum tcpstate_operator op)
{
	if (!parser->complete)
		return filter_fail(&parser->reader, "'%s': expected a condition before it",
				   parser->reader.token);
	if (settle(parser, tightness(op)) || wait(parser, op))
		return -1;
	parser->complete = false;
	parser->seen = 0;
	return 0;
}

static int negate(struct parser *parser)
{
	if (join_words(parser) || wait(parser, TCPSTATE_OPERATOR_NOT))
		return -1;
	parser->complete = false;
	parser->seen = 0;
	return 0;
}

static int open_parenthesis(struct parser *parser)
{
	if (join_words(parser) || wait(parser, OPEN))
		return -1;
	parser->complete = false;
	parser->seen = 0;
	return 0;
}

static int close_parenthesis(struct parser *parser)
{
	if (!parser->complete)
		return filter_fail(&parser->reader, "')': expected a condition before it");
	if (settle(parser, tightness(TCPSTATE_OPERATOR_OR)))
		return -1;
	if (!parser->n)
		return filter_fail(&parser->reader, "')': expected '(' somewhere before it");
	parser->n--;
	parser->seen = 0;
	return 0;
}

static int read_word(struct parser *parser)
{
	if (join_words(parser) || filter_word(&parser->reader, &parser->seen))
		return -1;
	/* What "not" stands before may hold for another value as well. */
	if (parser->n && parser->waiting[parser->n - 1] == TCPSTATE_OPERATOR_NOT)
		parser->seen = 0;
	parser->complete = true;
	return 0;
}

/* Is the token that operator or parenthesis? If so, remember it. */
static bool is(struct parser *parser, const char *name)
{
	if (!parse_equal(parser->reader.token, strlen(parser->reader.token), name))
		return false;
	snprintf(parser->last, sizeof(parser->last), "%s", name);
	return true;
}

static int read_token(struct parser *parser)
{
	if (is(parser, "("))
		return open_parenthesis(parser);
	if (is(parser, ")"))
		return close_parenthesis(parser);
	if (is(parser, "and"))
		return operate(parser, TCPSTATE_OPERATOR_AND);
	if (is(parser, "or"))
		return operate(parser, TCPSTATE_OPERATOR_OR);
	if (is(parser, "not"))
		return negate(parser);
	return read_word(parser);
}

/* Add the operators that are left. */
static int finish(struct parser *parser)
{
	/* No word at all is a filter that everything passes. */
	if (!parser->complete && !parser->n)
		return 0;
	if (!parser->complete)
		return filter_fail(&parser->reader, "'%s': expected a condition after it",
				   parser->last);
	if (settle(parser, tightness(TCPSTATE_OPERATOR_OR)))
		return -1;
	return parser->n ? filter_fail(&parser->reader, "'(': expected ')' somewhere after it") :
			   0;
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
	struct parser parser = {
		.reader = {
			.filter = filter, .words = words, .n = n, .error = error, .size = size,
		},
	};
	int ret;

	memset(filter, 0, sizeof(*filter));
	while ((ret = filter_next(&parser.reader)) > 0)
		if (read_token(&parser))
			return -1;
	return ret < 0 ? ret : finish(&parser);
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
	fprintf(file, "\nFILTER is words that all have to hold, unless 'or' joins them:\n");
	for (size_t i = 0; i < FILTER_WORDS; i++)
		fprintf(file, "  %-16s %-24s %s\n", filter_words[i].name,
			filter_words[i].argument ? filter_words[i].argument : "",
			filter_words[i].help);
	fprintf(file, "  %-16s %-24s %s\n", "not", "", "what follows does not hold");
	fprintf(file, "  %-16s %-24s %s\n", "and", "", "both hold; it may be left out");
	fprintf(file, "  %-16s %-24s %s\n", "or", "", "one of them holds");
	fprintf(file, "not binds tighter than and, and that tighter than or; ( ) group.\n"
		"port 80,443,8000-8100 and responder 10.0.0.1:80,443 want one of these ports.\n"
		"An address alone is 'host', a number alone is 'port'.\n");
	print_names(file, "STATE", FORMAT_STATE);
	print_names(file, "PHASE", FORMAT_PHASE);
	print_names(file, "VERDICT", FORMAT_VERDICT);
	print_names(file, "FLAG", FORMAT_FLAG);
	fprintf(file, "Names may be in upper or lower case, with - or _. PORT may name a service.\n");
}
