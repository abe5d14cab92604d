// SPDX-License-Identifier: GPL-2.0-only
/* The words of a FILTER one by one, and the terms that they make. */
#include "filter_reader.h"

#include <stdarg.h>
#include <string.h>

#define BLANKS	" \t\n"

/**
 * filter_fail() - say what is wrong with a filter
 * @reader: where it is read
 * @format: the sentence, for printf()
 *
 * Return: -1.
 */
int filter_fail(struct reader *reader, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reader->error, reader->size, format, args);
	va_end(args);
	return -1;
}

/**
 * filter_next() - read the next word, or parenthesis, into the token
 * @reader: where it is read
 *
 * Return: 1; 0 at the end; -1 for one that is too long.
 */
int filter_next(struct reader *reader)
{
	size_t len;

	for (;;) {
		if (reader->rest) {
			reader->rest += strspn(reader->rest, BLANKS);
			len = strcspn(reader->rest, BLANKS "()");
			if (!len && *reader->rest)
				len = 1;
			if (len)
				break;
		}
		if (!reader->n)
			return 0;
		reader->rest = *reader->words++;
		reader->n--;
	}
	if (len >= sizeof(reader->token))
		return filter_fail(reader, "'%.20s...': the word is too long", reader->rest);
	memcpy(reader->token, reader->rest, len);
	reader->token[len] = '\0';
	reader->rest += len;
	return 1;
}

static struct filter_term *add_term(struct reader *reader, enum tcpstate_operator op)
{
	struct filter *filter = reader->filter;

	if (filter->n == FILTER_TERMS) {
		filter_fail(reader, "'%s': the filter is too long here: expected at most %d conditions, values and operators",
			    reader->token, FILTER_TERMS);
		return NULL;
	}
	filter->term[filter->n].op = op;
	return &filter->term[filter->n++];
}

/**
 * filter_add() - add a condition to the terms
 * @reader: where the filter is read
 * @condition: the condition
 *
 * Return: 0, or -1 with an error message.
 */
int filter_add(struct reader *reader, const struct condition *condition)
{
	struct filter_term *term = add_term(reader, TCPSTATE_OPERATOR_MATCH);

	if (!term)
		return -1;
	term->condition = *condition;
	return 0;
}

/* A condition that no connection can match */
static int contradiction(struct reader *reader, const struct condition *condition)
{
	const struct {
		const char *name;
		uint8_t family;
	} ends[] = {
		{ "initiator", condition->end[TCPSTATE_INITIATOR].family },
		{ "responder", condition->end[TCPSTATE_RESPONDER].family },
		{ "host", condition->either.family },
	};
	const uint32_t ages = 1u << TCPSTATE_A_FILTER_MIN_AGE_MS |
			      1u << TCPSTATE_A_FILTER_MAX_AGE_MS;
	uint8_t family = condition->family;

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		if (family && ends[i].family && family != ends[i].family)
			return filter_fail(reader, "'%s': its address is not of the family asked for before",
					   ends[i].name);
		if (ends[i].family)
			family = ends[i].family;
	}
	if ((condition->asked & ages) == ages && condition->min_age_ms > condition->max_age_ms)
		return filter_fail(reader, "'older' and 'younger': nothing is both");
	return 0;
}

/* Conditions that ask for the same, which can still be contrary: two families. */
static int contrary(struct reader *reader, const struct condition *one,
		    const struct condition *two)
{
	if (one->family && two->family && one->family != two->family)
		return filter_fail(reader, "'%s': another family was asked for before",
				   two->family == TCPSTATE_FAMILY_IPV4 ? "ipv4" : "ipv6");
	return 0;
}

/*
 * Make one condition of the last two terms, which both have to hold, unless they ask for the same.
 * A member that was not asked for is 0, so that each byte is that of one or of the other.
 */
static int merge(struct reader *reader, bool *merged)
{
	struct filter *filter = reader->filter;
	struct filter_term *one = &filter->term[filter->n - 2];
	struct filter_term *two = &filter->term[filter->n - 1];
	const unsigned char *from = (const unsigned char *)&two->condition;
	unsigned char *to = (unsigned char *)&one->condition;

	*merged = false;
	if (one->op != TCPSTATE_OPERATOR_MATCH || two->op != TCPSTATE_OPERATOR_MATCH)
		return 0;
	if (one->condition.asked & two->condition.asked)
		return contrary(reader, &one->condition, &two->condition);
	for (size_t i = 0; i < sizeof(one->condition); i++)
		to[i] |= from[i];
	memset(two, 0, sizeof(*two));
	filter->n--;
	*merged = true;
	return contradiction(reader, &one->condition);
}

/**
 * filter_operate() - add an operator to the terms
 * @reader: where the filter is read; its terms leave as many results as the operator takes
 * @op: the operator
 *
 * Return: 0, or -1 with an error message.
 */
int filter_operate(struct reader *reader, enum tcpstate_operator op)
{
	bool merged = false;

	if (op == TCPSTATE_OPERATOR_AND && merge(reader, &merged))
		return -1;
	return merged || add_term(reader, op) ? 0 : -1;
}
