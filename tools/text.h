/* SPDX-License-Identifier: GPL-2.0-only */
/* Texts that are put together from pieces. */
#ifndef TOOLS_TEXT_H
#define TOOLS_TEXT_H

#include <stddef.h>
#include <stdint.h>

/** struct text - a text that is being written into an array */
struct text {
	/** @end: its end, where the next piece goes */
	char *end;
	/** @last: the last character of the array, which can only be a NUL */
	char *last;
};

void text_begin(struct text *text, char *array, size_t size);
void text_add(struct text *text, const char *piece);
void text_add_number(struct text *text, uint64_t number);

#endif
