/* SPDX-License-Identifier: GPL-2.0-only */
/* The words of a FILTER one by one, and the terms that they make. For filter*.c alone. */
#ifndef TOOLS_FILTER_READER_H
#define TOOLS_FILTER_READER_H

#include "compiler.h"
#include "filter.h"

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

__printf(2, 3) int filter_fail(struct reader *reader, const char *format, ...);
int filter_next(struct reader *reader);
int filter_add(struct reader *reader, const struct condition *condition);
int filter_operate(struct reader *reader, enum tcpstate_operator op);

#endif
