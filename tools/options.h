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
#include "label.h"

/* What main() returns. */
#define STATUS_OK	0
#define STATUS_FAILURE	1
#define STATUS_USAGE	2

/** enum options_format - what trace prints */
enum options_format {
	OPTIONS_TEXT,
	OPTIONS_SVG,
	OPTIONS_MERMAID,
};

/** struct options - what was asked for */
struct options {
	const struct command *command;
	const char *netns;
	bool all_netns;
	/** @process: with the processes of local ends */
	bool process;
	/** @nat: with addresses before and after translation */
	bool nat;
	bool numeric;
	bool json;
	/** @count_only: list prints only how many there are */
	bool count_only;
	/** @wide: shorten nothing, whatever the width of the terminal */
	bool wide;
	/** @known: events begins with the connections that are there */
	bool known;
	bool absolute;
	/** @format: what trace prints */
	enum options_format format;
	/** @to_scale: the rungs of a picture are as far apart as their times */
	bool to_scale;
	bool by_connection;
	/** @all_segments: trace tells of segments that move no state, too */
	bool all_segments;
	bool force;
	/** @final: log waits until records are removed */
	bool final;
	/** @all: stats prints what is 0, too */
	bool all;
	/** @has_interval: @interval_ms was asked for */
	bool has_interval;
	enum format_clock clock;
	/** @most: how many events to show; 0 for no limit */
	uint64_t most;
	uint64_t interval_ms;
	/** @read: the recording to read in the place of the kernel; or NULL */
	const char *read;
	/** @at: the time of the recording that list is asked for; or NULL */
	const char *at;
	/** @rotate_bytes: the size at which record begins another file; 0 for none */
	uint64_t rotate_bytes;
	/** @keep: how many older files record keeps then */
	uint64_t keep;
	const char *sort;
	/** @by: what to group by, joined by commas; NULL for the default */
	const char *by;
	/** @columns: which columns, joined by commas; NULL for all */
	const char *columns;
	/** @no_header: leave out the line with the names of the columns */
	bool no_header;
	/** @limit: how many rows to print at most; 0 for no limit */
	uint32_t limit;
	const char *output;
	struct labels labels;
	/** @words: the arguments that are no options */
	char **words;
	int n_words;
	/** @filter: what the words mean, if the command takes a filter */
	struct filter filter;
};

/** struct command - one of the commands */
struct command {
	const char *name;
	/** @arguments: what it takes; OPTIONS_FILTER for a filter, OPTIONS_FILE for both */
	const char *arguments;
	const char *summary;
	/** @options: the keys of its own options in the table of options.c */
	const char *options;
	int (*run)(struct ipc *ipc, const struct options *options);
	/** @check: ends the program if its words are wrong; may be NULL */
	void (*check)(const struct options *options);
	/** @notes: what --help says in addition; may be NULL */
	const char *notes;
};

#define OPTIONS_FILTER	"[FILTER]"
#define OPTIONS_FILE	"FILE [FILTER]"

void options_parse(struct options *options, const struct command *commands, int argc,
		   char **argv);
void options_check_verdict(const struct options *options, const struct filter *filter);
void options_check(struct options *options);
__printf(2, 3) __noreturn
void options_usage(const struct options *options, const char *format, ...);
int options_fail(const struct ipc *ipc);
int options_finish(int status);

void list_check(const struct options *options);
void show_check(const struct options *options);
void trace_check(const struct options *options);
void watch_check(const struct options *options);
void top_check(const struct options *options);
void record_check(const struct options *options);
void metrics_check(const struct options *options);
void flush_check(const struct options *options);

extern const char metrics_notes[];
extern const char top_notes[];

/* The connection that the words of show and explain name. */
int show_get(struct ipc *ipc, const struct options *options, struct flow *flow);

int list_run(struct ipc *ipc, const struct options *options);
int show_run(struct ipc *ipc, const struct options *options);
int explain_run(struct ipc *ipc, const struct options *options);
int top_run(struct ipc *ipc, const struct options *options);
int watch_run(struct ipc *ipc, const struct options *options);
int events_run(struct ipc *ipc, const struct options *options);
int trace_run(struct ipc *ipc, const struct options *options);
void log_check(const struct options *options);
int log_run(struct ipc *ipc, const struct options *options);
int stats_run(struct ipc *ipc, const struct options *options);
int metrics_run(struct ipc *ipc, const struct options *options);
int flush_run(struct ipc *ipc, const struct options *options);
int record_run(struct ipc *ipc, const struct options *options);

#endif
