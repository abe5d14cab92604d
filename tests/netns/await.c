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
 *
 * A count of segments (COUNTED) is exact as long as TCP has sent no segment again. On
 * a busy machine it does: each such segment, and the answer to it, may add one. So,
 * where the kernel's RetransSegs, summed over the namespaces of the test, says R,
 * a count of N may be N to N + R, and a connection may be flagged as retracted.
 * SENT_AGAIN in the environment is what RetransSegs was before the test.
 */
#define _GNU_SOURCE
#include <dirent.h>
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
#define NAMESPACES "/run/netns"
#define COUNTED " repeats segments opening data acks closing "

struct condition {
	const char *text;
	char column[24];
	const char *pattern;
	bool negated;
	/* Is that a count of segments, or the flags? */
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
static size_t table_size = 1 << 18;
/* The namespace that this was started in, and the one that is looked at. */
static int own_netns;
static int seen_netns;

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

	if (!strcmp(netns, "."))
		return;
	snprintf(path, sizeof(path), NAMESPACES "/%s", netns);
	seen_netns = open(path, O_RDONLY);
	if (seen_netns < 0 || setns(seen_netns, CLONE_NEWNET))
		die(path, strerror(errno));
}

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
		die("/proc/net/snmp", "no RetransSegs");
	fclose(file);
	return number;
}

/* The sum over all namespaces that the test may have used. */
static long sent_again(void)
{
	const char *before = getenv("SENT_AGAIN");
	DIR *folder = opendir(NAMESPACES);
	struct dirent *entry;
	long sum;

	if (setns(own_netns, CLONE_NEWNET))
		die("setns", strerror(errno));
	sum = read_sent_again() - (before ? atol(before) : 0);
	while (folder && (entry = readdir(folder))) {
		int fd = *entry->d_name == '.' ? -1 :
			 openat(dirfd(folder), entry->d_name, O_RDONLY);

		/* It may be gone by now. */
		if (fd >= 0 && !setns(fd, CLONE_NEWNET))
			sum += read_sent_again();
		if (fd >= 0)
			close(fd);
	}
	if (folder)
		closedir(folder);
	if (setns(seen_netns, CLONE_NEWNET))
		die("setns", strerror(errno));
	return sum;
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
	if (!c->negated) {
		char word[sizeof(c->column) + 2];

		snprintf(word, sizeof(word), " %s ", c->column);
		c->counted = strstr(COUNTED, word) && strchr(c->pattern, '/');
		c->flags = !strcmp(c->column, "flags") && !strcmp(c->pattern, "-");
		any_counted |= c->counted || c->flags;
	}
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
 * Counts the lines that match where so many segments were sent again; what they have in
 * print_column goes to values.
 */
static int count(FILE *values, long more)
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
		} else if (matches(word, more)) {
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
	long ms = env_ms ? atol(env_ms) : 20000;
	const char *wanted = "1";
	char *values;
	size_t size;
	long end, more;
	int found;
	int opt;

	own_netns = open("/proc/thread-self/ns/net", O_RDONLY);
	seen_netns = own_netns;
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
	for (end = now_ms() + ms, more = 0;;) {
		FILE *stream = open_memstream(&values, &size);

		/* Counted exactly at first, and then as that number allows. */
		if (!more)
			read_table();
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
		if (now_ms() >= end) {
			explain(wanted, found, ms);
			return 1;
		}
		nanosleep(&pause, NULL);
	}
}
