// SPDX-License-Identifier: GPL-2.0-only
/* A line of text in the making. Knows nothing of what it says. */
#include "line.h"

#include <linux/math64.h>
#include <linux/string.h>

/**
 * tcpstate_line_pad() - fill a column with blanks
 * @to: where its text ended
 * @from: where it began
 * @width: the column's; a longer text stays as it is
 *
 * Context: any.
 * Return: where the next text goes.
 */
char *tcpstate_line_pad(char *to, const char *from, unsigned int width)
{
	while (to < from + width)
		*to++ = ' ';
	return to;
}

/**
 * tcpstate_line_put() - put a text, without its final 0
 * @to: where
 * @text: the text
 *
 * Context: any.
 * Return: where the next text goes.
 */
char *tcpstate_line_put(char *to, const char *text)
{
	while (*text)
		*to++ = *text++;
	return to;
}

/* The digits, from the last one backwards: returns the first one. */
static char *digits_before(char *end, u64 number)
{
	u32 rest;

	while (number > U32_MAX) {
		number = div_u64_rem(number, 10, &rest);
		*--end = '0' + rest;
	}
	rest = number;
	do {
		*--end = '0' + rest % 10;
		rest /= 10;
	} while (rest);
	return end;
}

/**
 * tcpstate_line_number() - put a number
 * @to: where
 * @number: the number
 *
 * Context: any.
 * Return: where the next text goes.
 */
char *tcpstate_line_number(char *to, u64 number)
{
	char digits[TCPSTATE_LINE_NUMBER], *end = digits + TCPSTATE_LINE_NUMBER, *first;

	if (number < 10) {
		*to = '0' + number;
		return to + 1;
	}
	first = digits_before(end, number);
	while (first < end)
		*to++ = *first++;
	return to;
}

/**
 * tcpstate_line_column() - put a blank, and a text to the left of a column
 * @to: where
 * @width: the column's
 * @text: the text; a longer one makes it wider
 *
 * Context: any.
 * Return: where the next text goes.
 */
char *tcpstate_line_column(char *to, unsigned int width, const char *text)
{
	*to++ = ' ';
	return tcpstate_line_pad(tcpstate_line_put(to, text), to, width);
}

/**
 * tcpstate_line_number_column() - put a blank, and a number to the right of a column
 * @to: where
 * @width: the column's
 * @number: the number; a longer one makes it wider
 *
 * Context: any.
 * Return: where the next text goes.
 */
char *tcpstate_line_number_column(char *to, unsigned int width, u64 number)
{
	char digits[TCPSTATE_LINE_NUMBER], *end = digits + TCPSTATE_LINE_NUMBER;
	char *first = digits_before(end, number);
	unsigned int n = end - first;

	*to++ = ' ';
	for (; width > n; width--)
		*to++ = ' ';
	while (n--)
		*to++ = *first++;
	return to;
}
