// SPDX-License-Identifier: GPL-2.0-only
/* watch on tables of a million connections: which rows it keeps, its memory, its keys. */
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <ncurses.h>

#include "screen.h"
#include "stop.h"
#include "tool_world.h"

#define MILLION		1000000
#define MEMORY_MOST	100000000
/* More than are kept. */
#define MANY		50000
/* Has no divisor in common with MANY, or with MILLION: multiplying by it shuffles numbers. */
#define SHUFFLE		7919

static unsigned int turn;

/* The sum of both ends' segments is a number of its own for each. */
static uint64_t segments_of(size_t i)
{
	return i * SHUFFLE % MANY;
}

static void make_many(struct flow *flow, size_t i)
{
	world_fill(flow, 0, i % 2 ? TCPSTATE_FAMILY_IPV6 : TCPSTATE_FAMILY_IPV4);
	flow->id = i + 1;
	flow->age_ms = 3600000;
	flow->end[0].data = segments_of(i) / 2 + turn * i;
	flow->end[1].data = segments_of(i) - segments_of(i) / 2;
}

static void expect_order(const struct rows *rows, bool descending, bool from_end)
{
	expect(rows->shown.n == MANY && rows->shown.kept == ROWS_KEPT &&
	       rows_first(rows) == (from_end ? MANY - ROWS_KEPT : 0), "%zu of %zu rows from %zu",
	       rows->shown.kept, rows->shown.n, rows_first(rows));
	for (size_t i = 0; i < rows->shown.kept; i++) {
		size_t at = rows_first(rows) + i;
		uint64_t expected = descending ? MANY - 1 - at : at;

		expect(rows->shown.row[i].segments == expected, "row %zu has %llu segments", at,
		       (unsigned long long)rows->shown.row[i].segments);
	}
}

static void test_kept(void)
{
	const struct rows_order fastest = { .key = ROWS_SEGMENTS_RATE, .descending = true };
	static const struct filter all;
	struct rows rows = {};

	world.make = make_many;
	world.n = MANY;
	turn = 0;
	check_begin("watch: the first or the last rows of a table that is too large to be kept");
	for (int i = 0; i < 4; i++) {
		struct rows_order order = {
			.key = ROWS_SEGMENTS, .descending = i % 2, .from_end = i / 2,
		};
		struct rows_order other = order;

		if (!expect(!rows_read(&rows, NULL, &all, &order), "no rows"))
			break;
		expect_order(&rows, order.descending, order.from_end);
		other.descending = !other.descending;
		expect(rows_sort(&rows, &order) && !rows_sort(&rows, &other),
		       "the other rows are not asked for");
	}
	/* Each has as many more segments now as its number says. */
	turn = 1;
	expect(!rows_read(&rows, NULL, &all, &fastest),
	       "no rows");
	for (size_t i = 0; i < rows.shown.kept; i++) {
		double rate = (MANY - 1 - i) / rows.seconds;

		expect(rows.shown.row[i].id == MANY - i &&
		       rows.shown.row[i].segments_rate > rate * 0.999 &&
		       rows.shown.row[i].segments_rate < rate * 1.001,
		       "row %zu is %llu, with %g segments/s, not %g", i,
		       (unsigned long long)rows.shown.row[i].id,
		       rows.shown.row[i].segments_rate, rate);
	}
	rows_free(&rows);
	check_end();
}

static size_t most_bytes;

static void look_at_memory(size_t i)
{
	size_t bytes = __sanitizer_get_current_allocated_bytes();

	(void)i;
	if (bytes > most_bytes)
		most_bytes = bytes;
}

/* At every other reading all connections are new. */
static void make_million(struct flow *flow, size_t i)
{
	static struct flow filled;

	if (!filled.has)
		world_fill(&filled, 1000, TCPSTATE_FAMILY_IPV6);
	*flow = filled;
	flow->id = (i + turn / 2 * MILLION) * SHUFFLE + 1;
}

static void test_memory(void)
{
	const struct rows_order busiest = { .key = ROWS_BYTES_RATE, .descending = true };
	static const struct filter all;
	struct rows rows = {};

	world.make = make_million;
	world.n = MILLION;
	world.step = look_at_memory;
	check_begin("watch: a million connections take less than 100 MB");
	for (turn = 0; turn < 3; turn++)
		expect(!rows_read(&rows, NULL, &all, &busiest) && rows.shown.n == MILLION,
		       "not all rows");
	expect(most_bytes < MEMORY_MOST, "%zu bytes", most_bytes);
	rows_free(&rows);
	world.step = NULL;
	check_end();
}

/* What is typed into the terminal during a reading, and what the screen shows at once. */
static const struct {
	const char *keys;
	/** @line: where the screen has @text one datagram later */
	int line;
	const char *text;
} typed[] = {
	{ "?", 0, "up, down" },
	{ "x", 0, " connections" },
	{ ">", 4, "byte/sv" },
	{ "r", 4, "byte/s^" },
	{ "/port 5000", 23, "/port 5000" },
	{ "\033", 23, "(reading)" },
	{ "n", 23, "(reading)" },
	{ "G", 23, "(reading)" },
};

static int keyboard;
static size_t n_typed, waits;

static void press(const char *keys)
{
	expect(write(keyboard, keys, strlen(keys)) == (ssize_t)strlen(keys), "cannot type");
}

static void type_and_look(size_t i)
{
	char text[251] = "";

	/* Let the first reading show something, and Esc be told from the first of several keys. */
	if (i < 1000)
		return;
	if (n_typed < ARRAY_SIZE(typed)) {
		if (waits++ % 2 == 0) {
			press(typed[n_typed].keys);
			return;
		}
		mvinnstr(typed[n_typed].line, 0, text, sizeof(text) - 1);
		expect(strstr(text, typed[n_typed].text), "after '%s' the screen has '%s'",
		       typed[n_typed].keys, text);
		n_typed++;
	} else if (n_typed == ARRAY_SIZE(typed)) {
		press("q");
		n_typed++;
	} else {
		expect(false, "the reading goes on after q");
		stop_now();
	}
}

static void test_keys(void)
{
	struct options options = { .interval_ms = 1000, .numeric = true };
	FILE *out = stdout, *in = stdin, *null = fopen("/dev/null", "w");
	int slave, kept = dup(STDIN_FILENO), status = -1;
	struct termios raw = {};
	struct winsize size = { .ws_row = 24, .ws_col = 200 };

	check_begin("watch: every key is answered within a datagram, and q ends a reading");
	/* As cbreak() makes it, which looks for the terminal at stdout. */
	cfmakeraw(&raw);
	if (expect(!openpty(&keyboard, &slave, NULL, &raw, &size) &&
		   dup2(slave, STDIN_FILENO) >= 0, "no terminal")) {
		world.step = type_and_look;
		world.n = 100000;
		world.columns = 200;
		world.stdin_terminal = true;
		stdout = null;
		stdin = fdopen(slave, "r");
		status = watch_run(NULL, &options);
		stdout = out;
		fclose(stdin);
		stdin = in;
		close(keyboard);
		world.stdin_terminal = false;
	}
	expect(status == STATUS_OK && n_typed == ARRAY_SIZE(typed) + 1, "status %d after key %zu",
	       status, n_typed);
	dup2(kept, STDIN_FILENO);
	close(kept);
	fclose(null);
	world.step = NULL;
	world.between = NULL;
	check_end();
}

static void expect_interval(uint64_t took_ms, uint64_t asked_ms, const char *text)
{
	struct screen screen = {
		.interval_ms = asked_ms, .rows.shown.begin_ns = 1000000000,
		.rows.shown.end_ns = 1000000000 + took_ms * 1000000,
	};
	char line[251] = "";

	resizeterm(24, 200);
	screen_draw(&screen);
	mvinnstr(0, 0, line, sizeof(line) - 1);
	expect(strstr(line, text), "%llu ms: '%s', not '%s'", (unsigned long long)took_ms, line,
	       text);
}

static void test_interval(void)
{
	FILE *out = stdout, *null = fopen("/dev/null", "w");
	bool open;

	stdout = null;
	open = screen_open();
	stdout = out;
	check_begin("watch: slow readings lengthen the interval, and the header says so");
	if (expect(open, "the terminal 'xterm' is not known")) {
		expect_interval(0, 1000, " every 1 s");
		expect_interval(100, 1000, " every 1 s");
		expect_interval(500, 1000, " every 1.5 s");
		expect_interval(1000, 1000, " every 2 s");
		expect_interval(2500, 1000, " every 5 s");
		expect_interval(3, 200, " every 0.2 s");
		expect_interval(2500, 60000, " every 60 s");
		screen_close();
	}
	fclose(null);
	check_end();
}

/**
 * watch_tests() - the tests of watch
 */
void watch_tests(void)
{
	test_kept();
	test_memory();
	test_keys();
	test_interval();
	world.make = NULL;
}
