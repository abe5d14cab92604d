// SPDX-License-Identifier: GPL-2.0-only
/*
 * Texts that are put together from pieces. A long list has so many of them that snprintf() would
 * take most of its time.
 */
#include "text.h"

#include <string.h>

/* Add the first characters of a piece, as many as there is room for. */
static void add(struct text *text, const char *piece, size_t len)
{
	if (len > text->room)
		len = text->room;
	memcpy(text->end, piece, len);
	text->end += len;
	text->room -= len;
	*text->end = '\0';
}

/**
 * text_begin() - begin a text, which is empty
 * @text: is filled
 * @array: where the text goes; it always ends there with a NUL
 * @size: of @array, 1 at least; what has no room there is cut off
 */
void text_begin(struct text *text, char *array, size_t size)
{
	text->end = array;
	text->room = size - 1;
	*array = '\0';
}

/**
 * text_add() - add a piece to a text
 * @text: the text
 * @piece: the piece
 */
void text_add(struct text *text, const char *piece)
{
	add(text, piece, strlen(piece));
}

/**
 * text_add_number() - add the digits of a number to a text
 * @text: the text
 * @number: the number
 */
void text_add_number(struct text *text, uint64_t number)
{
	/* 18446744073709551615 has the most of them. */
	char digits[20];
	size_t first = sizeof(digits);

	do {
		digits[--first] = '0' + number % 10;
		number /= 10;
	} while (number);
	add(text, digits + first, sizeof(digits) - first);
}
