/* SPDX-License-Identifier: GPL-2.0-only */
/* The words that a FILTER is made of. For filter*.c alone. */
#ifndef TOOLS_FILTER_WORDS_H
#define TOOLS_FILTER_WORDS_H

#include "filter_reader.h"

/** struct word - one of the words that a filter is made of */
struct word {
	const char *name;
	/** @argument: what its argument is called; NULL if it has none */
	const char *argument;
	const char *help;
	/** @parse: adds the argument in the token; returns 0, or -1 with an error message */
	int (*parse)(struct reader *reader, const struct word *word);
	/** @attribute: TCPSTATE_A_FILTER_*; 0 if its argument says which one */
	unsigned int attribute;
	/** @where: offset in struct condition of what it sets */
	size_t where;
	/** @value: what it sets there, or the table its argument is in */
	unsigned int value;
};

#define FILTER_WORDS	19

extern const struct word filter_words[FILTER_WORDS];

int filter_word(struct reader *reader, uint32_t *seen);

#endif
