// SPDX-License-Identifier: GPL-2.0-only
/* Which columns of a table there is room for, how wide each is, and lines of cells. */
#include "columns.h"

#include <langinfo.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* What stands for the part of an address that is left out: one column wide. */
static const char *ellipsis(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") ? "~" : "\u2026";
}

static bool continues(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/**
 * columns_length() - how many columns a text takes
 * @text: the text; in UTF-8, with characters that take one column each
 *
 * Return: the number.
 */
unsigned int columns_length(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += !continues(*text);
	return n;
}

/**
 * columns_cut() - cut a text off
 * @text: the text
 * @width: how many columns may stay
 */
void columns_cut(char *text, unsigned int width)
{
	for (; *text; text++)
		if (!continues(*text) && !width--)
			break;
	*text = '\0';
}

/**
 * columns_shorten() - leave out the middle of an address: "[2001:db8:1...6666]:41390"
 * @text: the address; its array has room for two bytes more
 * @width: how many columns it may take, 1 at least
 *
 * The port stays, if there is room for anything.
 */
void columns_shorten(char *text, unsigned int width)
{
	const char *mark = ellipsis(), *port = strrchr(text, ':');
	size_t len = strlen(text), bytes = strlen(mark);
	size_t tail = (width - 1) / 2;

	if (len <= width)
		return;
	if (port && strlen(port) > tail)
		tail = strlen(port);
	if (tail > width - 1)
		tail = width - 1;
	memmove(text + width - 1 - tail + bytes, text + len - tail, tail + 1);
	memcpy(text + width - 1 - tail, mark, bytes);
}

/**
 * columns_widen() - tell of a cell
 * @columns: the table
 * @column: the cell's column
 * @width: the cell's width
 */
void columns_widen(struct columns *columns, size_t column, unsigned int width)
{
	if (width > columns->width[column])
		columns->width[column] = width;
}

/**
 * columns_heading() - the name of a column
 * @columns: the table
 * @column: which column
 *
 * Return: the name that its heading has room for.
 */
const char *columns_heading(const struct columns *columns, size_t column)
{
	const struct column *one = &columns->column[column];

	return columns->is_brief && one->brief ? one->brief : one->name;
}

static bool is_end(const struct columns *columns, size_t column)
{
	return columns->column[column].rank == COLUMNS_END;
}

/* The width of a column if ends take @most columns. */
static unsigned int width_of(const struct columns *columns, size_t column, unsigned int most)
{
	unsigned int width = strlen(columns_heading(columns, column));

	if (columns->width[column] > width)
		width = columns->width[column];
	if (most < columns->least[column])
		most = columns->least[column];
	return is_end(columns, column) && width > most ? most : width;
}

/* The width of a line if ends take @most columns. */
static unsigned int total(const struct columns *columns, unsigned int most)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < columns->n; i++)
		if (!columns->hidden[i])
			sum += width_of(columns, i, most) + 1;
	return sum ? sum - 1 : 0;
}

static void hide(struct columns *columns, unsigned int rank)
{
	if (columns->all_kept)
		return;
	for (size_t i = 0; i < columns->n; i++)
		if (i != columns->kept && columns->column[i].rank == rank)
			columns->hidden[i] = true;
}

/*
 * Give up the last ones of what can be shortened, but not the ends themselves, which come first;
 * with @empty only those whose cells are all dashes.
 */
static void hide_last(struct columns *columns, unsigned int most, bool empty)
{
	unsigned int left = 0;

	for (size_t i = 0; i < columns->n; i++)
		left += is_end(columns, i) && !columns->hidden[i];
	for (size_t i = columns->n; i-- && left > 2 && total(columns, most) > columns->limit;) {
		if (!is_end(columns, i) || columns->hidden[i] || i == columns->kept ||
		    (empty && columns->width[i] > 1))
			continue;
		columns->hidden[i] = true;
		left--;
	}
}

/* Fix the widths: ends take @most columns, and one after the other what is left over. */
static void share(struct columns *columns, unsigned int most)
{
	unsigned int used = total(columns, most), wanted[COLUMNS_MAX];
	unsigned int room = used < columns->limit ? columns->limit - used : 0;
	bool grown = true;

	for (size_t i = 0; i < columns->n; i++) {
		wanted[i] = width_of(columns, i, UINT_MAX);
		columns->width[i] = width_of(columns, i, most);
	}
	while (grown) {
		grown = false;
		for (size_t i = 0; room && i < columns->n; i++) {
			if (columns->hidden[i] || columns->width[i] == wanted[i])
				continue;
			columns->width[i]++;
			room--;
			grown = true;
		}
	}
}

/**
 * columns_fit() - choose columns, and fix their widths
 * @columns: the table, with the widths of its cells
 * @limit: how wide a line may be; UINT_MAX for all columns at their full width
 */
void columns_fit(struct columns *columns, unsigned int limit)
{
	unsigned int most = UINT_MAX;

	columns->limit = limit;
	columns->is_brief = false;
	memset(columns->hidden, 0, sizeof(columns->hidden));
	if (columns->rather_brief && total(columns, most) > limit)
		columns->is_brief = true;
	for (unsigned int rank = COLUMNS_RANKS; total(columns, most) > limit && rank; rank--) {
		if (rank == COLUMNS_USEFUL || rank == COLUMNS_END) {
			columns->is_brief = true;
			most = rank == COLUMNS_END ? COLUMNS_SHORTEST :
				columns->easy ? columns->easy : COLUMNS_EASY;
			if (rank == COLUMNS_END) {
				hide_last(columns, most, true);
				/* Rather shorten two of them than drop one that says something. */
				if (total(columns, most) > limit)
					memset(columns->least, 0, sizeof(columns->least));
				hide_last(columns, most, false);
			}
			if (total(columns, most) <= limit)
				break;
		}
		hide(columns, rank);
	}
	share(columns, most);
}

/**
 * columns_begin() - begin a line
 * @columns: the table
 */
void columns_begin(struct columns *columns)
{
	columns->left = columns->limit;
	columns->owed = 0;
}

static void put_blanks(unsigned int n)
{
	while (n--)
		putchar_unlocked(' ');
}

/**
 * columns_put() - print the next cell of a line
 * @columns: the table
 * @column: the cell's column, which is not hidden
 * @cell: the cell, in an array that has room for two bytes more; is changed to what fits
 * @color: its colour
 *
 * Addresses are shortened to their column, and the line is cut off at its limit.
 */
void columns_put(struct columns *columns, size_t column, char *cell, enum term_color color)
{
	unsigned int width = columns->width[column], len, pad;

	if (is_end(columns, column) && columns->limit != UINT_MAX) {
		if (columns->shorten[column] && columns_length(cell) > width)
			columns->shorten[column](cell);
		columns_shorten(cell, width);
	}
	len = columns_length(cell);
	pad = len < width ? width - len : 0;
	if (columns->column[column].right)
		columns->owed += pad;
	if (columns->left <= columns->owed) {
		columns->left = 0;
		return;
	}
	put_blanks(columns->owed);
	columns->left -= columns->owed;
	if (len > columns->left) {
		columns_cut(cell, columns->left);
		len = columns->left;
	}
	columns->left -= len;
	if (color != TERM_PLAIN)
		fputs_unlocked(term_color(color), stdout);
	fputs_unlocked(cell, stdout);
	if (color != TERM_PLAIN)
		fputs_unlocked(term_color(TERM_PLAIN), stdout);
	/* Print blanks only if something follows. */
	columns->owed = 1 + (columns->column[column].right ? 0 : pad);
}

/**
 * columns_print_headings() - print the line of headings
 * @columns: the table
 */
void columns_print_headings(struct columns *columns)
{
	char heading[64];

	fputs_unlocked(term_color(TERM_HEADING), stdout);
	columns_begin(columns);
	for (size_t i = 0; i < columns->n; i++) {
		if (columns->hidden[i])
			continue;
		snprintf(heading, sizeof(heading), "%s", columns_heading(columns, i));
		columns_cut(heading, columns->width[i]);
		columns_put(columns, i, heading, TERM_PLAIN);
	}
	fputs_unlocked(term_color(TERM_PLAIN), stdout);
	putchar_unlocked('\n');
}
