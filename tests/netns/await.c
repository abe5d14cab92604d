// SPDX-License-Identifier: GPL-2.0-only
/*
 * await: reads /proc/tcpstate until it says what is expected.
 *
 *   await [-n NETNS] [-t MS] [-c COUNT] [-p COLUMN] [COLUMN=PATTERN]...
 *
 * Waits until exactly COUNT lines (default 1; N+ means at least N) match. A line matches
 * if each COLUMN, named as in the header, matches its PATTERN: a range of numbers A..B, or
 * a pattern of fnmatch(3). COLUMN!=PATTERN is the contrary. NETNS is one of ip-netns(8), or
 * "." for the one this was started in. Prints COLUMN of the lines that match. After MS
 * milliseconds (default 120000, or AWAIT_MS in the environment; 0 looks once) it prints what
 * was expected and what was there, and exits with status 1. A malformed line or wrong usage
 * is status 2.
 *
 * A count of segments (COUNTED) is exact as long as TCP sends no segment again. On a busy
 * machine TCP does, and each such segment, and the answer to it, may add one. If the
 * kernel's RetransSegs, summed over the namespaces of the test, says R, a count of N may
 * therefore be N to N + R, and a connection may be flagged as retracted. SENT_AGAIN in the
 * environment is RetransSegs before the test.
 */
#define _GNU_SOURCE
#include "table.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "netns.h"

#define CONDITIONS 20
#define SHOWN 25
#define COUNTED " repeats segments opening data acks closing "

struct condition {
	const char *text;
	char column[24];
	const char *pattern;
	bool negated;
	/* Whether the column is a count of segments, or the flags */
	bool counted;
	bool flags;
	int index;
};

static struct condition conditions[CONDITIONS];
static int n_conditions;
static bool any_counted;
static const char *print_column;
static int print_index = -1;
static char *table;
/* The namespace that this was started in, and the one that is looked at. */
static int own_netns;
static int seen_netns;

/* RetransSegs of the present namespace: the SYNs, SYN/ACKs, data and FINs sent again. */
static long read_sent_again(void)
{
	char line[2][1024] = {}, *name, *value, *rest[2] = { line[0], line[1] };
	FILE *file = fopen("/proc/thread-self/net/snmp", "r");
	long number = -1;

	while (file && number < 0 && fgets(line[0], sizeof(line[0]), file)) {
		if (strncmp(line[0], "Tcp:", 4) || !fgets(line[1], sizeof(line[1]), file))
			continue;
		while ((name = strsep(&rest[0], " ")) && (value = strsep(&rest[1], " ")))
			if (!strcmp(name, "RetransSegs"))
				number = atol(value);
	}
	if (number < 0)
		table_die("/proc/net/snmp", "no RetransSegs");
	fclose(file);
	return number;
}

/* The sum over all namespaces that the test may have used. */
static long sent_again(void)
{
	const char *before = getenv("SENT_AGAIN");
	DIR *folder = opendir(NETNS_FOLDER);
	struct dirent *entry;
	long sum;

	if (setns(own_netns, CLONE_NEWNET))
		table_die("setns", strerror(errno));
	sum = read_sent_again() - (before ? atol(before) : 0);
	while (folder && (entry = readdir(folder))) {
		int fd = *entry->d_name == '.' ? -1 :
			 openat(dirfd(folder), entry->d_name, O_RDONLY);

		/* The namespace may be gone by now. */
		if (fd >= 0 && !setns(fd, CLONE_NEWNET))
			sum += read_sent_again();
		if (fd >= 0)
			close(fd);
	}
	if (folder)
		closedir(folder);
	if (setns(seen_netns, CLONE_NEWNET))
		table_die("setns", strerror(errno));
	return sum;
}

static void parse_condition(const char *text)
{
	struct condition *c = &conditions[n_conditions++];
	const char *equals = strchr(text, '=');
	size_t len = equals ? (size_t)(equals - text) : 0;

	if (!len || len >= sizeof(c->column) || n_conditions == CONDITIONS)
		table_die("expected COLUMN=PATTERN", text);
	c->negated = text[len - 1] == '!';
	memcpy(c->column, text, len - c->negated);
	c->pattern = equals + 1;
	c->text = text;
	if (!c->negated) {
		char word[sizeof(c->column) + 2];

		snprintf(word, sizeof(word), " %s ", c->column);
		c->counted = strstr(COUNTED, word) && strchr(c->pattern, '/');
		c->flags = !strcmp(c->column, "flags") && !strcmp(c->pattern, "-");
		any_counted |= c->counted || c->flags;
	}
}

/* One end's count: a number, a class of digits like [12], or any other pattern. */
static bool count_holds(const char *pattern, const char *value, long more)
{
	size_t digits = strspn(pattern, "0123456789"), len = strlen(pattern);
	long least = 10, most = -1, number = atol(value);

	if (digits == len) {
		least = atol(pattern);
		most = least;
	} else if (*pattern == '[' && pattern[len - 1] == ']' &&
		   strspn(pattern + 1, "0123456789-") == len - 2) {
		for (const char *at = pattern + 1; *at != ']'; at++) {
			if (*at == '-')
				continue;
			least = *at - '0' < least ? *at - '0' : least;
			most = *at - '0' > most ? *at - '0' : most;
		}
	} else {
		return !fnmatch(pattern, value, 0);
	}
	return number >= least && number <= most + more;
}

static bool counts_hold(const struct condition *c, const char *value, long more)
{
	char pattern[64], text[64], *ends[2] = { pattern, text };
	const char *first[2];

	snprintf(pattern, sizeof(pattern), "%s", c->pattern);
	snprintf(text, sizeof(text), "%s", value);
	first[0] = strsep(&ends[0], "/");
	first[1] = strsep(&ends[1], "/");
	return ends[1] && count_holds(first[0], first[1], more) &&
	       count_holds(ends[0], ends[1], more);
}

static bool holds(const struct condition *c, const char *value, long more)
{
	const char *dots = strstr(c->pattern, "..");
	bool match;
	char *end;

	if (more && c->counted)
		return counts_hold(c, value, more);
	if (more && c->flags)
		return !strcmp(value, "-") || !strcmp(value, "retracted");
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

static bool matches(char **word, long more)
{
	for (int i = 0; i < n_conditions; i++)
		if (!holds(&conditions[i], word[conditions[i].index], more))
			return false;
	return true;
}

/*
 * Counts the lines that match if @more segments were sent again, and writes their
 * print_column to @values.
 */
static int count(FILE *values, long more)
{
	char *copy = strdup(table);
	char *word[TABLE_WORDS];
	char *rest = copy;
	int columns = table_next(&rest, word, 0);
	int found = 0;

	for (int i = 0; i < n_conditions; i++)
		conditions[i].index = table_find_column(conditions[i].column, word, columns);
	if (print_column)
		print_index = table_find_column(print_column, word, columns);
	while (table_next(&rest, word, columns)) {
		if (!matches(word, more))
			continue;
		found++;
		if (print_column)
			fprintf(values, "%s\n", word[print_index]);
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
	printf("\n# there: %d, with %ld segments sent again, in\n", found, sent_again());
	while ((line = strsep(&next, "\n")) && *line && shown++ < SHOWN)
		printf("#   %s\n", line);
	if (line && *line)
		puts("#   ...");
}

int main(int argc, char **argv)
{
	struct timespec pause = { .tv_nsec = 2000000 };
	const char *env_ms = getenv("AWAIT_MS");
	long ms = env_ms ? atol(env_ms) : 120000;
	const char *wanted = "1";
	char *values;
	size_t size;
	long end, more;
	int found;
	int opt;

	own_netns = netns_open(".");
	while ((opt = getopt(argc, argv, "n:t:c:p:")) != -1) {
		if (opt == 'n')
			table_enter(optarg);
		else if (opt == 't')
			ms = atol(optarg);
		else if (opt == 'c')
			wanted = optarg;
		else if (opt == 'p')
			print_column = optarg;
		else
			return 2;
	}
	seen_netns = netns_open(".");
	for (; optind < argc; optind++)
		parse_condition(argv[optind]);
	for (end = table_now_ms() + ms, more = 0;;) {
		FILE *stream = open_memstream(&values, &size);

		/* Count exactly first, and then as the number of repeated segments allows. */
		if (!more)
			table = table_read();
		found = count(stream, more);
		fclose(stream);
		if (found == atoi(wanted) || (strchr(wanted, '+') && found > atoi(wanted))) {
			fputs(values, stdout);
			return 0;
		}
		free(values);
		more = more || !any_counted ? 0 : sent_again();
		if (more)
			continue;
		if (table_now_ms() >= end) {
			explain(wanted, found, ms);
			return 1;
		}
		nanosleep(&pause, NULL);
	}
}
