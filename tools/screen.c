// SPDX-License-Identifier: GPL-2.0-only
/* The full screen of watch: totals, rows, a line for messages. */
#include "screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ncurses.h>

#include "term.h"

/* Below that many lines, only rows are shown. */
#define SMALL_LINES	9

static SCREEN *terminal;

/**
 * screen_open() - take the terminal
 *
 * Return: false if its type is not known, or it cannot move its cursor.
 */
bool screen_open(void)
{
	/* Not initscr(), which would end the program instead. */
	terminal = newterm(NULL, stdout, stdin);
	if (!terminal)
		return false;
	if (!tigetstr("cup")) {
		screen_close();
		return false;
	}
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

/**
 * screen_attribute() - the attribute with which ncurses shows a colour
 * @color: the colour
 *
 * Return: the attribute.
 */
int screen_attribute(enum term_color color)
{
	if (color == TERM_HEADING)
		return A_BOLD;
	if (!*term_color(TERM_PLAIN))
		return A_NORMAL;
	return color == TERM_DONE ? A_DIM : COLOR_PAIR(color == TERM_PLAIN ? 0 : color);
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

/* "initiators: ESTABLISHED 12  TIME_WAIT 3" */
static void draw_states(const struct screen *screen, int line, int end)
{
	mvprintw(line, 0, "%-9ss:", format_name(FORMAT_ROLE, end));
	for (unsigned int state = 1; state < RECORD_STATES; state++) {
		char text[64];
		int len;

		if (!screen->rows.shown.states[end][state])
			continue;
		len = snprintf(text, sizeof(text), " %s %u", format_name(FORMAT_STATE, state),
			       screen->rows.shown.states[end][state]);
		if (getcurx(stdscr) + len >= COLS)
			break;
		attron(screen_attribute(term_state_color(state)));
		addstr(text);
		attroff(screen_attribute(term_state_color(state)));
		addch(' ');
	}
}

/**
 * screen_interval_ms() - how long a reading and the pause after it take
 * @screen: the screen
 *
 * The pause is as long as the reading took, at least, so that the tool takes half of the time
 * of a processor at most.
 *
 * Return: the time from the beginning of one reading to that of the next.
 */
uint64_t screen_interval_ms(const struct screen *screen)
{
	uint64_t took_ms = (screen->rows.shown.end_ns - screen->rows.shown.begin_ns) / 1000000;

	return took_ms + (took_ms > screen->interval_ms ? took_ms : screen->interval_ms);
}

/* What the header says: what the user has asked for, as long as it is about that. */
static double shown_interval(const struct screen *screen)
{
	uint64_t interval_ms = screen_interval_ms(screen);

	return (interval_ms > screen->interval_ms * 11 / 10 ? interval_ms / 100 * 100 :
		screen->interval_ms) / 1000.0;
}

static void draw_totals(const struct screen *screen)
{
	const struct reading *shown = &screen->rows.shown;
	char segments[16], bytes[16], text[SCREEN_INPUT + 128], clock[16];
	time_t now = time(NULL);
	struct tm tm;

	format_scaled(shown->segments_rate, shown->saturated & RECORD_SEGMENTS, segments);
	format_scaled(shown->bytes_rate, shown->saturated & TCPSTATE_COUNT_BYTES, bytes);
	localtime_r(&now, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%s  %zu connections%s  every %g s%s", clock, shown->n,
		 *screen->filter_text ? " pass the filter" : "", shown_interval(screen),
		 screen->paused ? "  paused" : "");
	attron(screen_attribute(TERM_HEADING));
	mvaddnstr(0, 0, text, COLS);
	attroff(screen_attribute(TERM_HEADING));
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
		attron(screen_attribute(TERM_BAD) | A_BOLD);
		mvaddnstr(LINES > 1 ? LINES - 2 : 0, 0, screen->error, COLS);
		attroff(screen_attribute(TERM_BAD) | A_BOLD);
		clrtoeol();
		move(LINES - 1, len < (size_t)COLS ? len : (size_t)COLS - 1);
		return;
	}
	if (last > screen->rows.shown.n)
		last = screen->rows.shown.n;
	snprintf(text, sizeof(text), "%zu-%zu of %zu%s   q quit  ? help  / filter  < > sort  r reverse  p pause",
		 screen->rows.shown.n ? screen->top + 1 : 0, last, screen->rows.shown.n,
		 screen->reading ? " (reading)" : "");
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
		"A filter is words that all have to hold, unless 'or' joins them; not, ( )",
		"  state, initiator-state, responder-state STATE[,STATE...]",
		"  initiator, responder, host ADDR[/LEN][:PORT[-PORT]]",
		"  port PORT[-PORT][,PORT...]   phase PHASE   verdict VERDICT   flag FLAG",
		"  older, younger, idle, in-state TIME   slower syn|ack TIME",
		"  retransmitted   owner USER[,USER...]   ipv4   ipv6",
		"",
		"Any key goes back.",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines) && (int)i < LINES; i++)
		mvaddnstr(i, 0, lines[i], COLS);
}

/**
 * screen_draw() - draw the screen
 * @screen: the screen; its first row is moved to where rows were kept
 */
void screen_draw(struct screen *screen)
{
	size_t page = screen_page(screen);

	if (screen->top + page > rows_end(&screen->rows))
		screen->top = rows_end(&screen->rows) > page ? rows_end(&screen->rows) - page : 0;
	if (screen->top < rows_first(&screen->rows))
		screen->top = rows_first(&screen->rows);
	erase();
	if (screen->help) {
		draw_help();
	} else {
		if (!small())
			draw_totals(screen);
		screen_draw_rows(screen, first_line() - 1);
		draw_message(screen);
	}
	curs_set(screen->editing && !screen->help);
	refresh();
}
