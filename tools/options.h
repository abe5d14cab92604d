/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line: which command, its options, its words. */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler.h"
#include "filter.h"
#include "format.h"
#include "ipc.h"

/* What main() returns. */
#define STATUS_OK	0
#define STATUS_FAILURE	1
#define STATUS_USAGE	2

/** struct options - what was asked for */
struct options {
	const struct command *command;
	const char *netns;
	bool numeric;
	bool json;
	/** @count_only: list: how many, and no more */
	bool count_only;
	/** @known: events: begin with what is there */
	bool known;
	bool absolute;
	bool by_connection;
	bool force;
	enum format_clock clock;
	/** @most: events to be shown; 0 for no end */
	uint64_t most;
	uint64_t interval_ms;
	const char *sort;
	const char *output;
	/** @words: what is no option */
	char **words;
	int n_words;
	/** @filter: of the words, where the command takes one */
	struct filter filter;
};

/** struct command - one of the commands */
struct command {
	const char *name;
	/** @arguments: what it takes; a filter where it is OPTIONS_FILTER */
	const char *arguments;
	const char *summary;
	/** @options: letters of its own in options.c's table */
	const char *options;
	int (*run)(struct ipc *ipc, const struct options *options);
	/** @check: ends the program where its words are wrong; may be NULL */
	void (*check)(const struct options *options);
};

#define OPTIONS_FILTER	"[FILTER]"

void options_parse(struct options *options, const struct command *commands, int argc,
		   char **argv);
__printf(2, 3) __noreturn
void options_usage(const struct options *options, const char *format, ...);
int options_fail(const struct ipc *ipc);
int options_finish(int status);

void show_check(const struct options *options);
void watch_check(const struct options *options);

int list_run(struct ipc *ipc, const struct options *options);
int show_run(struct ipc *ipc, const struct options *options);
int watch_run(struct ipc *ipc, const struct options *options);
int events_run(struct ipc *ipc, const struct options *options);
int trace_run(struct ipc *ipc, const struct options *options);
int stats_run(struct ipc *ipc, const struct options *options);
int metrics_run(struct ipc *ipc, const struct options *options);
int flush_run(struct ipc *ipc, const struct options *options);

#endif
