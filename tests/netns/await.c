// SPDX-License-Identifier: GPL-2.0-only
/*
 * await: reads /proc/tcpstate until it says what is expected.
 *
 *   await [-n NETNS] [-t MS] [-c COUNT] [-p COLUMN] [COLUMN=PATTERN]...
 *
 * Waits until exactly COUNT lines (1; N+: at least N) match: each COLUMN, named
 * as in the header, its PATTERN. That is a range of numbers A..B, or what
 * fnmatch(3) takes; COLUMN!=PATTERN is the contrary. NETNS is one of
 * ip-netns(8), or "." for the one this was started in. Prints COLUMN of the
 * lines that match. After MS milliseconds (20000, or AWAIT_MS in the
 * environment; 0: looks once) it prints what was expected, what was there, and
 * ends with status 1; with 2 for a malformed line or a wrong use.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COLUMNS 40
#define CONDITIONS 20
#define SHOWN 25

struct condition {
	const char *text;
	char column[24];
	const char *pattern;
	bool negated;
	int index;
};

static struct condition conditions[CONDITIONS];
static int n_conditions;
static const char *print_column;
static int print_index = -1;
static char *table;
static size_t table_size = 1 << 18;

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static noreturn void die(const char *what, const char *which)
{
	fprintf(stderr, "await: %s: %s\n", what, which);
	exit(2);
}

static void enter(const char *netns)
{
	char path[64];
	int fd;

	if (!strcmp(netns, "."))
		return;
	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	fd = open(path, O_RDONLY);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(path, strerror(errno));
	close(fd);
}

static void parse_condition(const char *text)
{
	struct condition *c = &conditions[n_conditions++];
	const char *equals = strchr(text, '=');
	size_t len = equals ? (size_t)(equals - text) : 0;

	if (!len || len >= sizeof(c->column) || n_conditions == CONDITIONS)
		die("expected COLUMN=PATTERN", text);
	c->negated = text[len - 1] == '!';
	memcpy(c->column, text, len - c->negated);
	c->pattern = equals + 1;
	c->text = text;
}

/* The whole table, as one pass of reads shows it. */
static void read_table(void)
{
	int fd = open("/proc/tcpstate", O_RDONLY);
	size_t have = 0;
	ssize_t got;

	if (fd < 0)
		die("/proc/tcpstate", strerror(errno));
	while ((got = read(fd, table + have, table_size - have - 1)) > 0) {
		have += got;
		if (have < table_size / 2)
			continue;
		table_size *= 2;
		table = realloc(table, table_size);
		if (!table)
			die("realloc", strerror(errno));
	}
	if (got < 0)
		die("/proc/tcpstate", strerror(errno));
	close(fd);
	table[have] = '\0';
	if (!have || table[have - 1] != '\n')
		die("the last line of the table is not ended", table);
}

static int split(char *line, char **word)
{
	int n = 0;

	for (char *at = strtok(line, " "); at && n < COLUMNS; at = strtok(NULL, " "))
		word[n++] = at;
	return n;
}

static int find_column(const char *name, char **word, int n)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(word[i], name))
			return i;
	die("no such column", name);
}

static bool holds(const struct condition *c, const char *value)
{
	const char *dots = strstr(c->pattern, "..");
	bool match;
	char *end;

	if (dots) {
		double number = strtod(value, &end);

		match = end != value && !*end &&
			number >= strtod(c->pattern, NULL) &&
			number <= strtod(dots + 2, NULL);
	} else {
		match = !fnmatch(c->pattern, value, 0);
	}
	return match != c->negated;
}

static bool matches(char **word)
{
	for (int i = 0; i < n_conditions; i++)
		if (!holds(&conditions[i], word[conditions[i].index]))
			return false;
	return true;
}

/* Counts the lines that match; what they have in print_column goes to values. */
static int count(FILE *values)
{
	char *copy = strdup(table);
	char *word[COLUMNS];
	char *next = copy;
	int columns = 0;
	int found = 0;
	char *line;

	while ((line = strsep(&next, "\n")) && *line) {
		char *whole = strdup(line);
		int n = split(line, word);

		if (!columns) {
			columns = n;
			for (int i = 0; i < n_conditions; i++)
				conditions[i].index = find_column(conditions[i].column, word, n);
			if (print_column)
				print_index = find_column(print_column, word, n);
		} else if (n != columns) {
			die("not as many words as the header has", whole);
		} else if (matches(word)) {
			found++;
			if (print_column)
				fprintf(values, "%s\n", word[print_index]);
		}
		free(whole);
	}
	free(copy);
	return found;
}

static void explain(const char *wanted, int found, long ms)
{
	char *next = table;
	char *line;
	int shown = 0;

	printf("# expected within %ld ms: %s line(s) with", ms, wanted);
	for (int i = 0; i < n_conditions; i++)
		printf(" %s", conditions[i].text);
	printf("\n# there: %d, in\n", found);
	while ((line = strsep(&next, "\n")) && *line && shown++ < SHOWN)
		printf("#   %s\n", line);
	if (line && *line)
		puts("#   ...");
}

int main(int argc, char **argv)
{
	struct timespec pause = { .tv_nsec = 2000000 };
	const char *env_ms = getenv("AWAIT_MS");
	long ms = env_ms ? atol(env_ms) : 20000;
	const char *wanted = "1";
	char *values;
	size_t size;
	int found;
	long end;
	int opt;

	while ((opt = getopt(argc, argv, "n:t:c:p:")) != -1) {
		if (opt == 'n')
			enter(optarg);
		else if (opt == 't')
			ms = atol(optarg);
		else if (opt == 'c')
			wanted = optarg;
		else if (opt == 'p')
			print_column = optarg;
		else
			return 2;
	}
	for (; optind < argc; optind++)
		parse_condition(argv[optind]);
	table = malloc(table_size);
	for (end = now_ms() + ms;;) {
		FILE *stream = open_memstream(&values, &size);

		read_table();
		found = count(stream);
		fclose(stream);
		if (found == atoi(wanted) || (strchr(wanted, '+') && found > atoi(wanted))) {
			fputs(values, stdout);
			return 0;
		}
		free(values);
		if (now_ms() >= end) {
			explain(wanted, found, ms);
			return 1;
		}
		nanosleep(&pause, NULL);
	}
}
