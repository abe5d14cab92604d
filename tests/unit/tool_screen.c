// SPDX-License-Identifier: GPL-2.0-only
/* The screen of watch, read back from ncurses, at every width. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ncurses.h>

#include "screen.h"
#include "tool_world.h"

#define LINES_SHOWN	24
#define WIDEST		250
/* From here on there is room for the ends next to states, timer and any other column. */
#define ENDS		80
/* A character may have three bytes. */
#define TEXT		(3 * WIDEST + 1)

static void read_line(int line, char *text)
{
	memset(text, 0, TEXT);
	mvinnstr(line, 0, text, TEXT - 1);
}

/* The first cell of each row is the initiator, up to where it is shortened; states are whole. */
static void look(const struct screen *screen, const struct flow *flows, size_t n, int columns)
{
	for (size_t i = 0; i < n; i++) {
		char text[TEXT], end[FORMAT_END];
		size_t len;

		read_line(5 + i, text);
		format_end(&flows[screen->rows.shown.row[i].id], 0, true, end);
		len = strcspn(text, "\u2026 ");
		expect(columns < ENDS ||
		       (!strncmp(text, end, len) && (text[len] != ' ' || !end[len])),
		       "%d columns: '%s' does not begin with '%s'", columns, text, end);
		expect(strstr(text, "SYN_RECEIVED SYN_RECEIVED"), "%d columns: no states: %s",
		       columns, text);
	}
}

static void draw_all(struct screen *screen, const struct flow *flows, size_t n)
{
	for (int columns = 40; columns <= WIDEST; columns += 5) {
		resizeterm(LINES_SHOWN, columns);
		for (int key = ROWS_INITIATOR; key <= ROWS_VERDICT; key++) {
			screen->order = (struct rows_order){ .key = key, .descending = key % 2 };
			rows_sort(&screen->rows, &screen->order);
			screen_draw(screen);
			look(screen, flows, n, columns);
		}
	}
	resizeterm(3, 10);
	screen_draw(screen);
	screen->help = true;
	screen_draw(screen);
	screen->help = false;
	screen->editing = true;
	memset(screen->input, 'x', sizeof(screen->input) - 1);
	memset(screen->error, 'e', sizeof(screen->error) - 1);
	memset(screen->filter_text, 'f', sizeof(screen->filter_text) - 1);
	screen_draw(screen);
	resizeterm(LINES_SHOWN, WIDEST);
	screen_draw(screen);
	screen->editing = false;
	screen_draw(screen);
}

static void test_screen(unsigned int first, unsigned int last, bool numeric)
{
	struct flow flows[LINES_SHOWN];
	struct screen screen = { .numeric = numeric, .interval_ms = 1 };
	size_t n = 0;

	for (unsigned int i = first; i <= last; i++) {
		world_fill(&flows[n], world_value(i),
			   i % 2 ? TCPSTATE_FAMILY_IPV6 : TCPSTATE_FAMILY_IPV4);
		flows[n].id = n;
		n++;
	}
	world.flows = flows;
	world.n = n;
	/* Read twice without a pause, so that the rates are as large as they can be. */
	if (expect(!rows_read(&screen.rows, NULL, &screen.filter, &screen.order) &&
		   !rows_read(&screen.rows, NULL, &screen.filter, &screen.order), "no rows"))
		draw_all(&screen, flows, numeric ? n : 0);
	rows_free(&screen.rows);
}

/* Rates of every size, up to the largest unit, E. */
static void test_scale(void)
{
	struct flow flow;
	struct screen screen = { .numeric = true };
	char text[TEXT];

	world_fill(&flow, 1, TCPSTATE_FAMILY_IPV4);
	world.flows = &flow;
	world.n = 1;
	resizeterm(LINES_SHOWN, WIDEST);
	rows_read(&screen.rows, NULL, &screen.filter, &screen.order);
	for (double rate = 1; rate < 1e27; rate *= 10) {
		screen.rows.shown.row[0].bytes_rate = rate;
		screen.rows.shown.row[0].segments_rate = rate;
		screen.rows.shown.bytes_rate = rate * rate;
		screen_draw(&screen);
		read_line(5, text);
		expect(rate < 1e21 || strstr(text, "E "), "a rate of %g has no unit: '%s'", rate,
		       text);
		read_line(1, text);
		expect(strstr(text, " bytes/s"), "a sum of %g: '%s'", rate * rate, text);
	}
	rows_free(&screen.rows);
}

static void test_saturated(void)
{
	struct screen screen = { .numeric = true };
	char text[TEXT];
	struct flow flow;

	world_fill(&flow, 15, TCPSTATE_FAMILY_IPV4);
	flow.end[0].saturated = TCPSTATE_COUNT_ACKS;
	flow.end[1].saturated = TCPSTATE_COUNT_BYTES;
	world.flows = &flow;
	world.n = 1;
	resizeterm(LINES_SHOWN, WIDEST);
	rows_read(&screen.rows, NULL, &screen.filter, &screen.order);
	screen_draw(&screen);
	read_line(1, text);
	expect(strstr(text, "0+ segments/s  0+ bytes/s"), "'%s'", text);
	read_line(5, text);
	expect(strstr(text, " 0+ ") && strstr(text, " 120+ ") && strstr(text, " 30+ "), "'%s'",
	       text);
	rows_free(&screen.rows);
}

/**
 * screen_tests() - the tests of the screen
 */
void screen_tests(void)
{
	FILE *out = stdout, *screen = fopen("/dev/null", "w");
	bool open;

	/* ncurses writes to the file that it was opened with; failures go to the other file. */
	stdout = screen;
	open = screen_open();
	stdout = out;
	check_begin("watch: every value, at every width of the terminal");
	if (expect(open, "the terminal 'xterm' is not known"))
		for (unsigned int i = 0; i < WORLD_VALUES; i += 11) {
			test_screen(i, i + 10, true);
			test_screen(i, i + 10, false);
		}
	check_end();
	check_begin("watch: a rate of any size");
	if (expect(open, "the terminal 'xterm' is not known"))
		test_scale();
	check_end();
	check_begin("watch: counts that have saturated have a plus, and their rates");
	if (expect(open, "the terminal 'xterm' is not known"))
		test_saturated();
	check_end();
	if (open)
		screen_close();
	fclose(screen);
}
