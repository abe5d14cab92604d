// SPDX-License-Identifier: GPL-2.0-only
/* The rows of watch's screen, and their columns. */
#include "screen.h"

#include <stdio.h>
#include <string.h>

#include <ncurses.h>

#include "columns.h"
#include "term.h"

#define CELL		160

/** struct screen_column - what a column shows, and when it is given up */
struct screen_column {
	enum field field;
	/** @rank: see enum columns_rank */
	unsigned int rank;
};

static const struct screen_column shown[] = {
	[ROWS_INITIATOR] = { FIELD_INITIATOR, COLUMNS_END },
	[ROWS_RESPONDER] = { FIELD_RESPONDER, COLUMNS_END },
	[ROWS_INITIATOR_STATE] = { FIELD_INITIATOR_STATE, COLUMNS_STATE },
	[ROWS_RESPONDER_STATE] = { FIELD_RESPONDER_STATE, COLUMNS_STATE },
	[ROWS_TIMER] = { FIELD_TIMER, COLUMNS_TIMER },
	[ROWS_LEFT] = { FIELD_LEFT, 6 },
	[ROWS_AGE] = { FIELD_AGE, 7 },
	[ROWS_SEGMENTS_RATE] = { FIELD_SEGMENTS_RATE, 4 },
	[ROWS_BYTES_RATE] = { FIELD_BYTES_RATE, 5 },
	[ROWS_SEGMENTS] = { FIELD_SEGMENTS, 10 },
	[ROWS_BYTES] = { FIELD_BYTES, 9 },
	[ROWS_VERDICT] = { FIELD_VERDICT, 11 },
};

#define COLUMNS_N	ARRAY_SIZE(shown)

/* So wide columns are at least, so that they rarely move. */
static const unsigned int widths[] = {
	[ROWS_INITIATOR] = 15, [ROWS_RESPONDER] = 15,
	[ROWS_INITIATOR_STATE] = 12, [ROWS_RESPONDER_STATE] = 12, [ROWS_TIMER] = 11,
	[ROWS_LEFT] = 8, [ROWS_AGE] = 8, [ROWS_SEGMENTS_RATE] = 7, [ROWS_BYTES_RATE] = 8,
	[ROWS_SEGMENTS] = 9, [ROWS_BYTES] = 10, [ROWS_VERDICT] = 8,
};

/* Columns have their brief headings, so that more of them fit. */
static const char *heading(size_t column)
{
	const char *brief = field_brief(shown[column].field);

	return brief ? brief : field_name(shown[column].field);
}

static bool is_number(size_t column)
{
	return field_is_number(shown[column].field);
}

/**
 * screen_find_column() - sort by a column
 * @screen: the screen
 * @name: the column's name, or its heading, behind a sign or without
 * @expected: filled with the names, if there is no such column
 *
 * Return: whether there is such a column.
 */
bool screen_find_column(struct screen *screen, const char *name, char expected[PARSE_ERROR])
{
	struct field_order order;
	uint64_t set = 0;

	for (size_t i = 0; i < COLUMNS_N; i++)
		set |= FIELD_BIT(shown[i].field);
	if (!field_find_order(name, set, &order)) {
		field_expected(name, set, expected, PARSE_ERROR);
		return false;
	}
	for (size_t i = 0; i < COLUMNS_N; i++)
		if (shown[i].field == order.field)
			screen->order.key = i;
	screen->order.descending = order.descending;
	return true;
}

/**
 * screen_next_column() - sort by the next column, or the one before
 * @screen: the screen
 * @step: 1 or -1
 */
void screen_next_column(struct screen *screen, int step)
{
	screen->order.key = (screen->order.key + COLUMNS_N + step) % COLUMNS_N;
	screen->order.descending = is_number(screen->order.key);
}

static void end_cell(const struct screen *screen, const struct row *row, int end,
		     char cell[CELL])
{
	struct flow flow = {
		.has = row->ifindex ? 1u << TCPSTATE_A_FLOW_IFINDEX : 0,
		.family = row->family, .ifindex = row->ifindex,
	};

	memcpy(flow.end[end].address, row->address[end], sizeof(row->address[end]));
	flow.end[end].port = row->port[end];
	format_end(&flow, end, screen->numeric, cell);
}

static void write_text(char cell[CELL], const char *text)
{
	snprintf(cell, CELL, "%s", text);
}

static void write_cell(const struct screen *screen, const struct row *row, enum rows_key column,
		       char cell[CELL])
{
	switch (column) {
	case ROWS_INITIATOR:
	case ROWS_RESPONDER:
		end_cell(screen, row, column - ROWS_INITIATOR, cell);
		break;
	case ROWS_INITIATOR_STATE:
	case ROWS_RESPONDER_STATE:
		write_text(cell, format_name(FORMAT_STATE,
					     row->state[column - ROWS_INITIATOR_STATE]));
		break;
	case ROWS_TIMER:
		write_text(cell, format_name(FORMAT_TIMER, row->timer));
		break;
	case ROWS_LEFT:
		format_tenths(row->left_ms, cell);
		break;
	case ROWS_AGE:
		format_tenths(row->age_ms, cell);
		break;
	case ROWS_SEGMENTS_RATE:
		format_scaled(row->segments_rate, row->saturated & RECORD_SEGMENTS, cell);
		break;
	case ROWS_BYTES_RATE:
		format_scaled(row->bytes_rate, row->saturated & TCPSTATE_COUNT_BYTES, cell);
		break;
	case ROWS_SEGMENTS:
		format_scaled(row->segments, row->saturated & RECORD_SEGMENTS, cell);
		break;
	case ROWS_BYTES:
		format_scaled(row->bytes, row->saturated & TCPSTATE_COUNT_BYTES, cell);
		break;
	case ROWS_VERDICT:
		write_text(cell, row->verdict == TCPSTATE_VERDICT_NONE ? "-" :
			   format_name(FORMAT_VERDICT, row->verdict));
		break;
	}
}

static enum term_color color_of(const struct row *row, enum rows_key column)
{
	switch (column) {
	case ROWS_INITIATOR_STATE:
	case ROWS_RESPONDER_STATE:
		return term_state_color(row->state[column - ROWS_INITIATOR_STATE]);
	case ROWS_VERDICT:
		return term_verdict_color(row->verdict);
	default:
		return TERM_PLAIN;
	}
}

static const struct row *row_at(const struct screen *screen, size_t at)
{
	return &screen->rows.shown.row[at - rows_first(&screen->rows)];
}

/* Make each column as wide as its widest cell on the screen, as far as there is room. */
static void measure(const struct screen *screen, struct columns *table)
{
	size_t end = screen->top + screen_page(screen);
	char cell[CELL];

	for (size_t i = 0; i < COLUMNS_N; i++) {
		columns_widen(table, i, widths[i]);
		for (size_t n = screen->top; n < end && n < rows_end(&screen->rows); n++) {
			write_cell(screen, row_at(screen, n), i, cell);
			columns_widen(table, i, strlen(cell));
		}
	}
	columns_fit(table, COLS);
}

/* Draw a cell where the one before it ended; a text that does not fit is cut off. */
static void draw_cell(struct columns *table, size_t column, char *cell, int attribute)
{
	unsigned int width = table->width[column], pad;

	if (width > table->left)
		width = table->left;
	if (shown[column].rank == COLUMNS_END && width)
		columns_shorten(cell, width);
	columns_cut(cell, width);
	pad = width - columns_length(cell);
	attron(attribute);
	if (is_number(column))
		printw("%*s", (int)pad, "");
	addstr(cell);
	if (!is_number(column))
		printw("%*s", (int)pad, "");
	attroff(attribute);
	table->left -= width;
	if (table->left) {
		addch(' ');
		table->left--;
	}
}

static void draw_headings(const struct screen *screen, struct columns *table, int line)
{
	char cell[CELL];

	move(line, 0);
	columns_begin(table);
	attron(A_REVERSE);
	for (size_t i = 0; i < COLUMNS_N; i++) {
		const char *mark = screen->order.descending ? "v" : "^";

		if (table->hidden[i])
			continue;
		if (i != screen->order.key)
			mark = "";
		snprintf(cell, sizeof(cell), "%s%s", heading(i), mark);
		draw_cell(table, i, cell, A_NORMAL);
	}
	printw("%*s", (int)table->left, "");
	attroff(A_REVERSE);
}

/**
 * screen_draw_rows() - draw the headings, and rows up to the line before the last
 * @screen: the screen
 * @line: the line of the headings
 */
void screen_draw_rows(const struct screen *screen, int line)
{
	struct column column[COLUMNS_N];
	struct columns table = { .column = column, .n = COLUMNS_N, .kept = screen->order.key };
	char cell[CELL];

	for (size_t i = 0; i < COLUMNS_N; i++)
		column[i] = (struct column){ heading(i), NULL, shown[i].rank, is_number(i) };
	measure(screen, &table);
	draw_headings(screen, &table, line);
	for (size_t n = screen->top; n < rows_end(&screen->rows) && ++line < LINES - 1; n++) {
		const struct row *row = row_at(screen, n);

		move(line, 0);
		columns_begin(&table);
		for (size_t i = 0; i < COLUMNS_N; i++) {
			if (table.hidden[i])
				continue;
			write_cell(screen, row, i, cell);
			draw_cell(&table, i, cell, screen_attribute(color_of(row, i)));
		}
	}
}
