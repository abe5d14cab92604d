// SPDX-License-Identifier: GPL-2.0-only
/*
 * Texts that are put together from pieces. A long list has so many of them that snprintf() would
 * take most of its time.
 */
#include "text.h"

/**
 * text_begin() - begin a text, which is empty
 * @text: is filled
 * @array: where the text goes; it always ends there with a NUL
 * @size: of @array, 1 at least; what has no room there is cut off
 */
void text_begin(struct text *text, char *array, size_t size)
{
	text->end = array;
	text->last = array + size - 1;
	*array = '\0';
}

/**
 * text_add() - add a piece to a text
 * @text: the text
 * @piece: the piece
 */
void text_add(struct text *text, const char *piece)
{
	char *to = text->end;

	while (*piece && to != text->last)
		*to++ = *piece++;
	*to = '\0';
	text->end = to;
}

/**
 * text_add_number() - add the digits of a number to a text
 * @text: the text
 * @number: the number
 */
void text_add_number(struct text *text, uint64_t number)
{
	/* No number has more digits than the largest one. */
	char digits[sizeof("18446744073709551615")], *first = digits + sizeof(digits) - 1;

	*first = '\0';
	do {
		*--first = '0' + number % 10;
		number /= 10;
	} while (number);
	text_add(text, first);
}
