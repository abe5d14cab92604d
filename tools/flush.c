// SPDX-License-Identifier: GPL-2.0-only
/* tcpstate flush: forget connections. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "options.h"

static const char *connections(uint64_t count)
{
	return count == 1 ? "connection" : "connections";
}

/* Ask a user at a terminal; a script knows what it does. */
static bool confirm(uint64_t count)
{
	char answer[16];

	printf("Forget %llu %s? [y/N] ", (unsigned long long)count, connections(count));
	fflush(stdout);
	if (!fgets(answer, sizeof(answer), stdin)) {
		putchar('\n');
		return false;
	}
	return !strcasecmp(answer, "y\n") || !strcasecmp(answer, "yes\n");
}

/**
 * flush_run() - tcpstate flush
 * @ipc: where
 * @options: what was asked for
 *
 * Return: STATUS_*.
 */
int flush_run(struct ipc *ipc, const struct options *options)
{
	uint64_t count;

	if (!options->force && isatty(STDIN_FILENO)) {
		if (ipc_count(ipc, &options->filter, &count))
			return options_fail(ipc);
		if (!confirm(count)) {
			puts("nothing was forgotten");
			return STATUS_FAILURE;
		}
	}
	if (ipc_flush(ipc, &options->filter, &count))
		return options_fail(ipc);
	printf("%llu %s forgotten\n", (unsigned long long)count, connections(count));
	return STATUS_OK;
}
