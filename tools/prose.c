// SPDX-License-Identifier: GPL-2.0-only
/* Sentences, wrapped to the width of the terminal. */
#include "prose.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "columns.h"
#include "term.h"

/* Longer lines are hard to read. */
#define WIDEST		80
/* Before each line of a paragraph. */
#define INDENT		2
/* The longest sentence with the longest names of both ends. */
#define SENTENCE	1024

/**
 * prose_init() - begin a text
 * @prose: is filled
 */
void prose_init(struct prose *prose)
{
	unsigned int columns = term_columns();

	prose->limit = columns < WIDEST ? columns : WIDEST;
	prose->at = 0;
}

/**
 * prose_title() - print a line that names the paragraphs below it
 * @prose: the text, after prose_end()
 * @title: the line
 */
void prose_title(struct prose *prose, const char *title)
{
	prose->at = 0;
	printf("%s%s%s\n", term_color(TERM_HEADING), title, term_color(TERM_PLAIN));
}

/**
 * prose_add() - add words to the paragraph, as many to a line as fit
 * @prose: the text
 * @format: as for printf(); blanks separate words
 */
void prose_add(struct prose *prose, const char *format, ...)
{
	char text[SENTENCE], *rest = text;
	const char *word;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	while ((word = strtok_r(rest, " ", &rest))) {
		unsigned int length = columns_length(word);

		if (!prose->at) {
			prose->at = printf("%*s", INDENT, "");
		} else if (prose->at + 1 + length > prose->limit) {
			prose->at = printf("\n%*s", INDENT, "") - 1;
		} else {
			putchar(' ');
			prose->at++;
		}
		fputs(word, stdout);
		prose->at += length;
	}
}

/**
 * prose_end() - end a paragraph
 * @prose: the text
 */
void prose_end(struct prose *prose)
{
	if (prose->at)
		putchar('\n');
	prose->at = 0;
}
