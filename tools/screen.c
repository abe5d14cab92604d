// SPDX-License-Identifier: GPL-2.0-only
/* The full screen of watch: totals, rows, a line for messages. */
#include "screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ncurses.h>

#include "columns.h"
#include "term.h"

/* Below that many lines, only rows are shown. */
#define SMALL_LINES	9
#define CELL		160

static const struct column columns[] = {
	[ROWS_INITIATOR] = { "initiator", NULL, COLUMNS_END, false },
	[ROWS_RESPONDER] = { "responder", NULL, COLUMNS_END, false },
	[ROWS_INITIATOR_STATE] = { "i_state", NULL, COLUMNS_STATE, false },
	[ROWS_RESPONDER_STATE] = { "r_state", NULL, COLUMNS_STATE, false },
	[ROWS_TIMER] = { "timer", NULL, COLUMNS_TIMER, false },
	[ROWS_LEFT] = { "left_s", NULL, 6, true },
	[ROWS_AGE] = { "age_s", NULL, 7, true },
	[ROWS_SEGMENTS_RATE] = { "seg/s", NULL, 4, true },
	[ROWS_BYTES_RATE] = { "byte/s", NULL, 5, true },
	[ROWS_SEGMENTS] = { "segments", NULL, 10, true },
	[ROWS_BYTES] = { "bytes", NULL, 9, true },
	[ROWS_VERDICT] = { "verdict", NULL, 11, false },
};

/* So wide columns are at least, so that they rarely move. */
static const unsigned int widths[] = {
	[ROWS_INITIATOR] = 15, [ROWS_RESPONDER] = 15,
	[ROWS_INITIATOR_STATE] = 12, [ROWS_RESPONDER_STATE] = 12, [ROWS_TIMER] = 11,
	[ROWS_LEFT] = 8, [ROWS_AGE] = 8, [ROWS_SEGMENTS_RATE] = 7, [ROWS_BYTES_RATE] = 8,
	[ROWS_SEGMENTS] = 9, [ROWS_BYTES] = 10, [ROWS_VERDICT] = 8,
};

#define COLUMNS_N	ARRAY_SIZE(columns)

static SCREEN *terminal;

/**
 * screen_open() - take the terminal
 *
 * Return: false if its type is not known.
 */
bool screen_open(void)
{
	/* Not initscr(), which would end the program instead. */
	terminal = newterm(NULL, stdout, stdin);
	if (!terminal)
		return false;
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(50);
	curs_set(0);
	if (!has_colors() || !*term_color(TERM_PLAIN))
		return true;
	start_color();
	use_default_colors();
	init_pair(TERM_OPENING, COLOR_YELLOW, -1);
	init_pair(TERM_OPEN, COLOR_GREEN, -1);
	init_pair(TERM_CLOSING, COLOR_CYAN, -1);
	init_pair(TERM_BAD, COLOR_RED, -1);
	return true;
}

/**
 * screen_close() - give the terminal back as it was
 */
void screen_close(void)
{
	endwin();
	delscreen(terminal);
}

static chtype attributes(enum term_color color)
{
	if (color == TERM_HEADING)
		return A_BOLD;
	if (!*term_color(TERM_PLAIN))
		return A_NORMAL;
	return color == TERM_DONE ? A_DIM : COLOR_PAIR(color == TERM_PLAIN ? 0 : color);
}

/**
 * screen_find_column() - sort by a column
 * @screen: the screen
 * @name: the column's name
 * @names: filled with all names
 *
 * Return: whether there is such a column.
 */
bool screen_find_column(struct screen *screen, const char *name, char names[PARSE_ERROR])
{
	*names = '\0';
	for (size_t i = 0; i < COLUMNS_N; i++)
		format_append(names, PARSE_ERROR, "%s%s",
			      !i ? "" : i + 1 == COLUMNS_N ? " or " : ", ", columns[i].name);
	for (size_t i = 0; i < COLUMNS_N; i++) {
		if (!parse_equal(name, strlen(name), columns[i].name))
			continue;
		screen->key = i;
		screen->descending = columns[i].right;
		return true;
	}
	return false;
}

/**
 * screen_next_column() - sort by the next column, or the one before
 * @screen: the screen
 * @step: 1 or -1
 */
void screen_next_column(struct screen *screen, int step)
{
	screen->key = (screen->key + COLUMNS_N + step) % COLUMNS_N;
	screen->descending = columns[screen->key].right;
}

/* Is the terminal too small for more than rows? */
static bool small(void)
{
	return getmaxy(stdscr) < SMALL_LINES;
}

static int first_line(void)
{
	return small() ? 1 : 5;
}

/**
 * screen_page() - how many rows there is room for
 * @screen: the screen
 *
 * Return: that many, at least one.
 */
long screen_page(const struct screen *screen)
{
	long lines = LINES - first_line() - 1;

	(void)screen;
	return lines > 0 ? lines : 1;
}

/* "1.2k": rates and sums are for comparing; "1.2k+" is a lower bound. */
static void scaled(double number, bool saturated, char text[16])
{
	static const char units[] = " kMGTPE";
	const char *unit = units;

	while (unit[1] && (number >= 99999.5 || (unit > units && number >= 999.95))) {
		number /= 1000;
		unit++;
	}
	if (unit == units)
		snprintf(text, 16, "%.*f", number < 9.95 && number > 0.05 ? 1 : 0, number);
	else
		snprintf(text, 16, "%.1f%c", number, *unit);
	if (saturated)
		format_append(text, 16, "+");
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
		scaled(row->segments_rate, row->saturated & RECORD_SEGMENTS, cell);
		break;
	case ROWS_BYTES_RATE:
		scaled(row->bytes_rate, row->saturated & TCPSTATE_COUNT_BYTES, cell);
		break;
	case ROWS_SEGMENTS:
		scaled(row->segments, row->saturated & RECORD_SEGMENTS, cell);
		break;
	case ROWS_BYTES:
		scaled(row->bytes, row->saturated & TCPSTATE_COUNT_BYTES, cell);
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
	return &screen->rows.row[screen->rows.order[at]];
}

/* Make each column as wide as its widest cell on the screen, as far as there is room. */
static void measure(const struct screen *screen, struct columns *table)
{
	size_t end = screen->top + screen_page(screen);
	char cell[CELL];

	for (size_t i = 0; i < COLUMNS_N; i++) {
		columns_widen(table, i, widths[i]);
		for (size_t n = screen->top; n < end && n < screen->rows.n; n++) {
			write_cell(screen, row_at(screen, n), i, cell);
			columns_widen(table, i, strlen(cell));
		}
	}
	columns_fit(table, COLS);
}

/* Draw a cell where the one before it ended; a text that does not fit is cut off. */
static void draw_cell(struct columns *table, size_t column, char *cell, chtype attribute)
{
	unsigned int width = table->width[column], pad;

	if (width > table->left)
		width = table->left;
	if (columns[column].rank == COLUMNS_END && width)
		columns_shorten(cell, width);
	columns_cut(cell, width);
	pad = width - columns_length(cell);
	attron(attribute);
	if (columns[column].right)
		printw("%*s", (int)pad, "");
	addstr(cell);
	if (!columns[column].right)
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
		const char *mark = i != screen->key ? "" : screen->descending ? "v" : "^";

		if (table->hidden[i])
			continue;
		snprintf(cell, sizeof(cell), "%s%s", columns_heading(table, i), mark);
		draw_cell(table, i, cell, A_NORMAL);
	}
	printw("%*s", (int)table->left, "");
	attroff(A_REVERSE);
}

static void draw_rows(const struct screen *screen, int line)
{
	struct columns table = { .column = columns, .n = COLUMNS_N, .kept = screen->key };
	char cell[CELL];

	measure(screen, &table);
	draw_headings(screen, &table, line);
	for (size_t n = screen->top; n < screen->rows.n && ++line < LINES - 1; n++) {
		const struct row *row = row_at(screen, n);

		move(line, 0);
		columns_begin(&table);
		for (size_t i = 0; i < COLUMNS_N; i++) {
			if (table.hidden[i])
				continue;
			write_cell(screen, row, i, cell);
			draw_cell(&table, i, cell, attributes(color_of(row, i)));
		}
	}
}

/* "initiators: ESTABLISHED 12  TIME_WAIT 3" */
static void draw_states(const struct screen *screen, int line, int end)
{
	mvprintw(line, 0, "%-9ss:", format_name(FORMAT_ROLE, end));
	for (unsigned int state = 1; state < RECORD_STATES; state++) {
		char text[64];
		int len;

		if (!screen->rows.states[end][state])
			continue;
		len = snprintf(text, sizeof(text), " %s %u", format_name(FORMAT_STATE, state),
			       screen->rows.states[end][state]);
		if (getcurx(stdscr) + len >= COLS)
			break;
		attron(attributes(term_state_color(state)));
		addstr(text);
		attroff(attributes(term_state_color(state)));
		addch(' ');
	}
}

static void draw_totals(const struct screen *screen)
{
	char segments[16], bytes[16], text[SCREEN_INPUT + 128], clock[16];
	time_t now = time(NULL);
	struct tm tm;

	scaled(screen->rows.segments_rate, screen->rows.saturated & RECORD_SEGMENTS, segments);
	scaled(screen->rows.bytes_rate, screen->rows.saturated & TCPSTATE_COUNT_BYTES, bytes);
	localtime_r(&now, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%s  %zu connections%s  every %g s%s", clock, screen->rows.n,
		 *screen->filter_text ? " pass the filter" : "", screen->interval_ms / 1000.0,
		 screen->paused ? "  paused" : "");
	attron(attributes(TERM_HEADING));
	mvaddnstr(0, 0, text, COLS);
	attroff(attributes(TERM_HEADING));
	snprintf(text, sizeof(text), "%s segments/s  %s bytes/s%s%s", segments, bytes,
		 *screen->filter_text ? "  filter: " : "", screen->filter_text);
	mvaddnstr(1, 0, text, COLS);
	draw_states(screen, 2, TCPSTATE_INITIATOR);
	draw_states(screen, 3, TCPSTATE_RESPONDER);
}

/* The last line: the filter as it is written, or which rows these are. */
static void draw_message(const struct screen *screen)
{
	char text[SCREEN_INPUT + PARSE_ERROR];
	size_t last = screen->top + screen_page(screen), len;

	if (screen->editing) {
		snprintf(text, sizeof(text), "/%s", screen->input);
		/* If the text is longer than the line, show its end. */
		len = strlen(text);
		mvaddnstr(LINES - 1, 0, len >= (size_t)COLS ? text + len - COLS + 1 : text, COLS);
		if (!*screen->error)
			return;
		attron(attributes(TERM_BAD) | A_BOLD);
		mvaddnstr(LINES > 1 ? LINES - 2 : 0, 0, screen->error, COLS);
		attroff(attributes(TERM_BAD) | A_BOLD);
		clrtoeol();
		move(LINES - 1, len < (size_t)COLS ? len : (size_t)COLS - 1);
		return;
	}
	if (last > screen->rows.n)
		last = screen->rows.n;
	snprintf(text, sizeof(text), "%zu-%zu of %zu   q quit  ? help  / filter  < > sort  r reverse  p pause",
		 screen->rows.n ? screen->top + 1 : 0, last, screen->rows.n);
	mvaddnstr(LINES - 1, 0, text, COLS);
}

static void draw_help(void)
{
	static const char * const lines[] = {
		"up, down, k, j        one row on",
		"PgUp, PgDn            one page on",
		"Home, End, g, G       the first, the last",
		"left, right, < >      sort by the column before, the next",
		"r                     in the other direction",
		"/                     filter: Enter takes it, Esc does not, Ctrl-U empties it",
		"p                     pause",
		"blank                 read now",
		"n                     ports as numbers, or names of services",
		"Ctrl-L                draw again",
		"q, Ctrl-C             quit",
		"",
		"A filter is words that all have to hold:",
		"  state, initiator-state, responder-state STATE[,STATE...]",
		"  initiator, responder, host ADDR[/LEN][:PORT[-PORT]]",
		"  port PORT[-PORT]   phase PHASE   verdict VERDICT   flag FLAG",
		"  older TIME   younger TIME   ipv4   ipv6",
		"",
		"Any key goes back.",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines) && (int)i < LINES; i++)
		mvaddnstr(i, 0, lines[i], COLS);
}

/**
 * screen_draw() - draw the screen
 * @screen: the screen; its first row is moved up if there are fewer rows now
 */
void screen_draw(struct screen *screen)
{
	size_t page = screen_page(screen);

	if (screen->top + page > screen->rows.n)
		screen->top = screen->rows.n > page ? screen->rows.n - page : 0;
	erase();
	if (screen->help) {
		draw_help();
	} else {
		if (!small())
			draw_totals(screen);
		draw_rows(screen, first_line() - 1);
		draw_message(screen);
	}
	curs_set(screen->editing && !screen->help);
	refresh();
}
