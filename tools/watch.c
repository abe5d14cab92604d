// SPDX-License-Identifier: GPL-2.0-only
/* tcpstate watch: keys, readings, and what is shown when. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ncurses.h>

#include "screen.h"
#include "stop.h"
#include "term.h"

/* Signals come in wait_key() alone. */
static void catch_signals(void)
{
	sigset_t set;

	stop_at(SIGINT);
	stop_at(SIGTERM);
	stop_at(SIGHUP);
	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Wait for a key; ERR when the time is over, or a signal came. */
static int wait_key(int64_t timeout_ms)
{
	struct timespec timeout = {
		.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000,
	};
	struct pollfd poller = { .fd = STDIN_FILENO, .events = POLLIN };
	int key = getch();
	sigset_t none;

	if (key != ERR)
		return key;
	sigemptyset(&none);
	if (ppoll(&poller, 1, timeout_ms < 0 ? NULL : &timeout, &none) > 0 &&
	    poller.revents & (POLLHUP | POLLERR))
		stop_now();
	key = getch();
	/* The terminal has gone away: it is readable, but has no key. */
	if (key == ERR && poller.revents & POLLIN)
		stop_now();
	return key;
}

static void apply_filter(struct screen *screen)
{
	char *words = screen->input;
	struct filter filter;

	if (filter_parse(&filter, &words, 1, screen->error, sizeof(screen->error)) ||
	    filter_check_table(&filter, screen->error, sizeof(screen->error)))
		return;
	*screen->error = '\0';
	screen->filter = filter;
	memcpy(screen->filter_text, screen->input, sizeof(screen->filter_text));
	screen->editing = false;
	screen->due = true;
	screen->order.from_end = false;
	screen->top = 0;
	screen->jump = true;
}

/* Handle a key while the user writes the filter. */
static void edit(struct screen *screen, int key)
{
	size_t len = strlen(screen->input);

	switch (key) {
	case '\r':
	case '\n':
	case KEY_ENTER:
		apply_filter(screen);
		return;
	case 27:
		screen->editing = false;
		*screen->error = '\0';
		return;
	case KEY_BACKSPACE:
	case 127:
	case '\b':
		if (len)
			screen->input[len - 1] = '\0';
		break;
	case 'U' & 0x1f:
		screen->input[0] = '\0';
		break;
	default:
		if (key < ' ' || key > '~' || len + 1 >= sizeof(screen->input))
			return;
		screen->input[len] = key;
		screen->input[len + 1] = '\0';
	}
	*screen->error = '\0';
}

static void scroll_by(struct screen *screen, long rows)
{
	long last = (long)screen->rows.shown.n - screen_page(screen);
	long top = (long)screen->top;

	/* Behind the end, screen_draw() shows the last rows: begin there. */
	if (top > last)
		top = last;
	top += rows;
	screen->top = top < 0 ? 0 : top;
	/* The next reading must not go back to where the user has been before. */
	screen->jump = false;
}

/* Put the rows into the order that is wanted, for which the table may have to be read again. */
static void sort(struct screen *screen)
{
	if (!rows_sort(&screen->rows, &screen->order))
		screen->due = true;
}

static void sort_by(struct screen *screen, int step)
{
	screen_next_column(screen, step);
	screen->order.from_end = false;
	screen->top = 0;
	screen->jump = true;
	sort(screen);
}

/* Go to the first row, or to the last. */
static void jump(struct screen *screen, bool to_end)
{
	screen->order.from_end = to_end;
	screen->top = to_end ? screen->rows.shown.n : 0;
	screen->jump = true;
	sort(screen);
}

static void command(struct screen *screen, int key)
{
	long page = screen_page(screen);

	switch (key) {
	case 'q':
	case 'Q':
		stop_now();
		break;
	case KEY_UP:
	case 'k':
		scroll_by(screen, -1);
		break;
	case KEY_DOWN:
	case 'j':
		scroll_by(screen, 1);
		break;
	case KEY_PPAGE:
		scroll_by(screen, -page);
		break;
	case KEY_NPAGE:
		scroll_by(screen, page);
		break;
	case KEY_HOME:
	case 'g':
		jump(screen, false);
		break;
	case KEY_END:
	case 'G':
		jump(screen, true);
		break;
	case '<':
	case KEY_LEFT:
		sort_by(screen, -1);
		break;
	case '>':
	case KEY_RIGHT:
		sort_by(screen, 1);
		break;
	case 'r':
		screen->order.descending = !screen->order.descending;
		sort(screen);
		break;
	case 'p':
		screen->paused = !screen->paused;
		break;
	case ' ':
		screen->due = true;
		break;
	case 'n':
		screen->numeric = !screen->numeric;
		break;
	case '/':
		screen->editing = true;
		memcpy(screen->input, screen->filter_text, sizeof(screen->input));
		break;
	case '?':
	case 'h':
		screen->help = true;
		break;
	case 'L' & 0x1f:
		clear();
		break;
	}
}

static void handle_key(struct screen *screen, int key)
{
	if (key == KEY_RESIZE)
		return;
	if (screen->help)
		screen->help = false;
	else if (screen->editing)
		edit(screen, key);
	else
		command(screen, key);
}

/* While the table is read: answer keys from the reading before. */
static int answer_keys(void *data)
{
	struct screen *screen = data;
	int key = getch();

	stop_wait(0);
	if (key != ERR) {
		for (; key != ERR && !stop_asked(); key = getch())
			handle_key(screen, key);
		screen_draw(screen);
	}
	return stop_asked();
}

static int read_table(struct screen *screen, struct ipc *ipc)
{
	const struct rows_order order = screen->order;
	int ret;

	screen->due = false;
	screen->reading = true;
	/* The first reading has nothing to show before it. */
	if (!screen->rows.shown.end_ns)
		screen_draw(screen);
	ret = rows_read(&screen->rows, ipc, &screen->filter, &order);
	screen->reading = false;
	if (ret || screen->due)
		return ret;
	/* Another key may have asked for another order meanwhile. */
	sort(screen);
	if (screen->jump && !screen->due) {
		screen->top = screen->order.from_end ? screen->rows.shown.n : 0;
		screen->jump = false;
	}
	return 0;
}

/* How long to wait until the next reading; from the end of the last one on. */
static uint64_t left_ms(const struct screen *screen)
{
	const struct reading *shown = &screen->rows.shown;
	uint64_t since_ms = (term_now_ns() - shown->begin_ns) / 1000000;
	uint64_t interval_ms = shown->end_ns ? screen_interval_ms(screen) : 0;

	return since_ms < interval_ms ? interval_ms - since_ms : 0;
}

/* Run until the user or a signal ends it; returns 0, or a reading's error. */
static int run(struct screen *screen, struct ipc *ipc)
{
	int key, ret;

	ipc_set_between(ipc, answer_keys, screen);
	while (!stop_asked()) {
		if (screen->due || (!screen->paused && !left_ms(screen))) {
			ret = read_table(screen, ipc);
			if (stop_asked())
				return 0;
			if (ret)
				return ret;
			if (screen->due)
				continue;
		}
		screen_draw(screen);
		key = wait_key(screen->paused ? -1 : (int64_t)left_ms(screen));
		/* Handle all keys that were typed meanwhile before drawing again. */
		while (key != ERR && !stop_asked()) {
			handle_key(screen, key);
			key = getch();
		}
	}
	return 0;
}

/**
 * watch_check() - end the program if there is no such column
 * @options: what was asked for
 */
void watch_check(const struct options *options)
{
	struct screen screen = {};
	char expected[PARSE_ERROR];

	if (options->sort && !screen_find_column(&screen, options->sort, expected))
		options_usage(options, "'%s' after '--sort': %s", options->sort, expected);
}

static void join_words(struct screen *screen, const struct options *options)
{
	for (int i = 0; i < options->n_words; i++)
		format_append(screen->filter_text, sizeof(screen->filter_text), "%s%s",
			      i ? " " : "", options->words[i]);
}

/**
 * watch_run() - tcpstate watch
 * @ipc: where from
 * @options: what was asked for
 *
 * Return: STATUS_*.
 */
int watch_run(struct ipc *ipc, const struct options *options)
{
	struct screen screen = {
		.filter = options->filter, .numeric = options->numeric,
		.interval_ms = options->interval_ms, .due = true,
	};
	char expected[PARSE_ERROR];
	const char *term = getenv("TERM");
	struct stats stats;
	int ret;

	screen_find_column(&screen, options->sort ? options->sort : "seg/s", expected);
	join_words(&screen, options);
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		fputs("tcpstate: 'watch' needs a terminal; 'list' and 'events' do not\n", stderr);
		return STATUS_FAILURE;
	}
	/* Ask for a little before taking the terminal, so that an error shows without it. */
	ret = ipc_stats(ipc, &stats);
	if (!ret) {
		catch_signals();
		if (!screen_open()) {
			fprintf(stderr, "tcpstate: TERM is '%s': 'watch' needs a terminal that can move its cursor; 'list' and 'events' do not\n",
				term ? term : "");
			return STATUS_FAILURE;
		}
		ret = run(&screen, ipc);
		screen_close();
	}
	rows_free(&screen.rows);
	if (ret == -ENOMEM)
		fputs("tcpstate: out of memory\n", stderr);
	else if (ret)
		return options_fail(ipc);
	return ret ? STATUS_FAILURE : STATUS_OK;
}
