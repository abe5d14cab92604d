// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "netns.h"

static char *table;
static size_t table_size = 1 << 17;

/* Status 2: the table is malformed, or the program was used in a wrong way. */
noreturn void table_die(const char *what, const char *which)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, which);
	exit(2);
}

long table_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Enters a namespace, whose table the program then reads, or ends the program. */
void table_enter(const char *netns)
{
	int err = netns_enter(netns);

	if (err)
		table_die(netns, strerror(-err));
}

/* The whole table, as one pass of reads shows it; it stays until the next call. */
char *table_read(void)
{
	int fd = open("/proc/tcpstate", O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t got = 0;

	if (fd < 0)
		table_die("/proc/tcpstate", strerror(errno));
	do {
		have += got;
		if (table && have < table_size / 2)
			continue;
		table_size *= 2;
		table = realloc(table, table_size);
		if (!table)
			table_die("realloc", strerror(errno));
	} while ((got = read(fd, table + have, table_size - have - 1)) > 0);
	if (got < 0)
		table_die("/proc/tcpstate", strerror(errno));
	close(fd);
	table[have] = '\0';
	if (!have || table[have - 1] != '\n')
		table_die("the last line of the table is not ended", table);
	return table;
}

/* Splits a line into words, at most TABLE_WORDS; returns how many there are. */
int table_split(char *line, char **word)
{
	static const char blanks[] = "\n ";
	int n = 0;

	for (char *at = strtok(line, blanks); at && n < TABLE_WORDS; at = strtok(NULL, blanks))
		word[n++] = at;
	return n;
}

/*
 * Splits the next line of a table, of which @rest is left; 0 at its end. After the header,
 * @columns is how many words each line must have.
 */
int table_next(char **rest, char **word, int columns)
{
	char *line = strsep(rest, "\n");
	char *whole;
	int n;

	/* The last line is ended: what follows it is empty. */
	if (!*rest)
		return 0;
	whole = strdup(line);
	n = table_split(line, word);
	if (columns && n != columns)
		table_die("not as many words as the header has", whole);
	free(whole);
	return n;
}

int table_find_column(const char *name, char **word, int n)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(word[i], name))
			return i;
	table_die("no such column", name);
}
