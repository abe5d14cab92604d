// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpstate log: a line for each connection that ends, when it does. A connection has one line, also
 * if its verdict is taken back afterwards and it goes on.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "columns.h"
#include "json.h"
#include "options.h"
#include "stream.h"
#include "term.h"

#define BUCKETS		65536
/* The callbacks' result when enough was shown, or memory is short. */
#define ENOUGH		2
#define NO_MEMORY	3
/* When a connection has ended is known to the ms. */
#define NS_PER_MS	1000000

/** struct ended - a connection that has its line, while its record is there */
struct ended {
	struct ended *next;
	uint64_t id;
	/** @netns: its network namespace, with --all-netns; otherwise NULL */
	const char *netns;
	/** @marked: it is still in the table */
	bool marked;
};

/** struct log - what was printed so far */
struct log {
	const struct options *options;
	const struct stream *stream;
	struct ended *buckets[BUCKETS];
	/** @begin_ns: what has ended before has no line */
	uint64_t begin_ns;
	uint64_t shown;
	/** @first_ns: the start in the first line, if times count from there */
	uint64_t first_ns;
	struct columns columns;
	/** @field: the columns that are wanted, and @column what they are like */
	enum field field[FIELDS];
	struct column column[FIELDS];
};

/** struct log_column - a column, and how it is written */
struct log_column {
	struct column column;
	/** @field: one of list's, FIELD_START or FIELD_CLOSER */
	enum field field;
	/** @usual: how wide it is at least, since nobody knows what will come */
	unsigned int usual;
};

static const struct log_column columns[] = {
	{ { "start", NULL, 9, false }, FIELD_START, 0 },
	{ { "duration_s", NULL, 4, true }, FIELD_DURATION, 10 },
	{ { "initiator", NULL, COLUMNS_END, false }, FIELD_INITIATOR, 21 },
	{ { "responder", NULL, COLUMNS_END, false }, FIELD_RESPONDER, 21 },
	{ { "syn_us", NULL, 13, true }, FIELD_SYN, 6 },
	{ { "ack_us", NULL, 14, true }, FIELD_ACK, 6 },
	{ { "segments", NULL, 11, true }, FIELD_SEGMENTS, 9 },
	{ { "bytes", NULL, 6, true }, FIELD_BYTES, 13 },
	{ { "retransmits", NULL, 12, true }, FIELD_RETRANSMITS, 11 },
	{ { "closer", NULL, 5, false }, FIELD_CLOSER, 9 },
	{ { "verdict", NULL, COLUMNS_STATE, false }, FIELD_VERDICT, 18 },
	{ { "uid", NULL, 16, true }, FIELD_UID, 11 },
	{ { "cgroup", NULL, 17, false }, FIELD_CGROUP, 16 },
	{ { "id", NULL, 15, true }, FIELD_ID, 16 },
	/* With --all-netns alone */
	{ { "netns", NULL, COLUMNS_END, false }, FIELD_NETNS, 5 },
};

#define COLUMNS	ARRAY_SIZE(columns)

static const struct log_column *find_column(enum field field)
{
	const struct log_column *column = columns;

	while (column->field != field)
		column++;
	return column;
}

static struct ended **find(struct log *log, uint64_t id)
{
	/* Ids are times in ns: their low bits are as good as random. */
	struct ended **at = &log->buckets[(id ^ id >> 16) % BUCKETS];

	while (*at && (*at)->id != id)
		at = &(*at)->next;
	return at;
}

static void drop(struct ended **at)
{
	struct ended *ended = *at;

	*at = ended->next;
	free(ended);
}

/* Name the end that has sent the first FIN. */
static const char *closer(const struct flow *flow)
{
	bool initiator = record_closed_first(flow, TCPSTATE_INITIATOR);
	bool responder = record_closed_first(flow, TCPSTATE_RESPONDER);

	if (initiator && responder)
		return "both";
	if (initiator || responder)
		return format_name(FORMAT_ROLE, initiator ? TCPSTATE_INITIATOR :
							    TCPSTATE_RESPONDER);
	return record_closer_unknown(flow, TCPSTATE_INITIATOR) &&
	       record_closer_unknown(flow, TCPSTATE_RESPONDER) ? "?" : "-";
}

static void write_start(struct log *log, const struct flow *flow, char cell[CELLS_TEXT])
{
	enum format_clock clock = log->options->clock;
	char text[FORMAT_TIME];

	if (!log->first_ns)
		log->first_ns = flow->id;
	format_time(clock == FORMAT_SINCE ? flow->id - log->first_ns : flow->id, clock, text);
	snprintf(cell, CELLS_TEXT, "%s", text);
}

static void print_line(struct log *log, const struct flow *flow)
{
	char cell[CELLS_TEXT];

	columns_begin(&log->columns);
	for (size_t i = 0; i < log->columns.n; i++) {
		enum term_color color = TERM_PLAIN;

		if (log->columns.hidden[i])
			continue;
		if (log->field[i] == FIELD_START) {
			write_start(log, flow, cell);
		} else if (log->field[i] == FIELD_CLOSER) {
			snprintf(cell, sizeof(cell), "%s", closer(flow));
		} else {
			const struct cells *cells = cells_of(log->field[i]);

			cells->write(flow, log->options->numeric, cell);
			color = cells->color ? cells->color(flow) : TERM_PLAIN;
		}
		columns_put(&log->columns, i, cell, color);
	}
	putchar('\n');
}

/*
 * Print the line of a connection, if it passes the filter as it is now. Where no transition has
 * ended it, it has lasted until its last segment.
 */
static int print(struct log *log, const struct flow *flow)
{
	struct flow line = *flow;

	if (!filter_match(&log->options->filter, flow))
		return 0;
	if (!record_has(flow, TCPSTATE_A_FLOW_DURATION_MS) &&
	    record_has(flow, TCPSTATE_A_FLOW_IDLE_MS) && flow->age_ms >= flow->idle_ms) {
		line.has |= 1u << TCPSTATE_A_FLOW_DURATION_MS;
		line.duration_ms = flow->age_ms - flow->idle_ms;
	}
	if (log->options->json)
		json_ended(&line);
	else
		print_line(log, &line);
	return ++log->shown == log->options->most ? ENOUGH : 0;
}

/* Has it ended before this log began? */
static bool is_old(const struct log *log, const struct flow *flow)
{
	return record_has(flow, TCPSTATE_A_FLOW_CLOSED_AT_NS) &&
	       flow->closed_at_ns + NS_PER_MS <= log->begin_ns;
}

/* A connection has a verdict: print its line, unless it has one already. */
static int end(struct log *log, const struct flow *flow)
{
	struct ended **at = find(log, flow->id);

	if (*at) {
		(*at)->marked = true;
		return 0;
	}
	*at = calloc(1, sizeof(**at));
	if (!*at)
		return NO_MEMORY;
	(*at)->id = flow->id;
	(*at)->netns = flow->netns;
	(*at)->marked = true;
	return is_old(log, flow) ? 0 : print(log, flow);
}

/*
 * The record of a connection is removed. If it has no line, no transition has ended it, or the
 * event of that one was lost.
 */
static int remove_record(struct log *log, const struct flow *flow)
{
	struct ended **at = find(log, flow->id);

	if (*at) {
		drop(at);
		return 0;
	}
	return is_old(log, flow) && !log->options->final ? 0 : print(log, flow);
}

static int each_event(const struct flow *flow, void *data)
{
	struct log *log = data;

	if (flow->command == TCPSTATE_CMD_FLOW_END)
		return remove_record(log, flow);
	if (flow->verdict == TCPSTATE_VERDICT_NONE || log->options->final)
		return 0;
	return end(log, flow);
}

static int each_lost(uint64_t count, void *data)
{
	struct log *log = data;

	(void)count;
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct ended *ended = log->buckets[i]; ended; ended = ended->next)
			if (ended->netns == log->stream->netns)
				ended->marked = false;
	return 0;
}

/* After a loss: what has ended meanwhile, and is still in the table, has its line now. */
static int each_known(const struct flow *flow, void *data)
{
	struct log *log = data;
	struct ended *ended = *find(log, flow->id);

	if (ended)
		ended->marked = true;
	if (ended || flow->verdict == TCPSTATE_VERDICT_NONE || log->options->final)
		return 0;
	return end(log, flow);
}

/* Forget those whose records were removed while events were lost. */
static int each_synced(uint64_t count, void *data)
{
	struct log *log = data;

	(void)count;
	for (size_t i = 0; i < BUCKETS; i++) {
		struct ended **at = &log->buckets[i];

		while (*at) {
			if ((*at)->marked || (*at)->netns != log->stream->netns)
				at = &(*at)->next;
			else
				drop(at);
		}
	}
	return 0;
}

static void forget_all(struct log *log)
{
	for (size_t i = 0; i < BUCKETS; i++)
		while (log->buckets[i])
			drop(&log->buckets[i]);
}

/* Take the columns that are asked for, all of which are printed, or else all there are. */
static size_t choose(const struct options *options, enum field field[FIELDS])
{
	size_t n = options->all_netns ? COLUMNS : COLUMNS - 1;
	char error[PARSE_ERROR + 128];
	uint64_t set = 0;

	for (size_t i = 0; i < n; i++) {
		field[i] = columns[i].field;
		set |= FIELD_BIT(field[i]);
	}
	if (!options->columns)
		return n;
	n = field_find_several(options->columns, set, field, error, sizeof(error));
	if (!n)
		options_usage(options, "after '--columns': %s", error);
	return n;
}

/* Choose the columns of a terminal; a pipe gets all. */
static void measure(struct log *log)
{
	static const unsigned int clocks[] = {
		[FORMAT_CLOCK] = 15, [FORMAT_DATE] = 31, [FORMAT_SINCE] = 13, [FORMAT_BOOT] = 15,
	};

	size_t n = choose(log->options, log->field);

	log->columns = (struct columns){
		.column = log->column, .n = n, .kept = n, .all_kept = log->options->columns,
	};
	for (size_t i = 0; i < n; i++) {
		const struct log_column *one = find_column(log->field[i]);

		log->column[i] = one->column;
		columns_widen(&log->columns, i, one->field == FIELD_START ?
			      clocks[log->options->clock] : one->usual);
	}
	columns_fit(&log->columns, log->options->wide ? UINT_MAX : term_columns());
}

/**
 * log_check() - end the program if an option is wrong
 * @options: what was asked for
 */
void log_check(const struct options *options)
{
	enum field field[FIELDS];

	if (options->json && options->columns)
		options_usage(options, "'--columns' chooses columns of the table: expected no '--json', which has all keys");
	choose(options, field);
}

/**
 * log_run() - tcpstate log
 * @ipc: where from
 * @options: what was asked for
 *
 * Return: STATUS_*.
 */
int log_run(struct ipc *ipc, const struct options *options)
{
	struct log *log = calloc(1, sizeof(*log));
	struct stream stream = {
		.filter = &options->filter, .tuple_only = true,
		.event = each_event, .lost = each_lost,
		.known = each_known, .synced = each_synced,
		.data = log,
	};
	int ret;

	if (!log)
		return STATUS_FAILURE;
	log->options = options;
	log->stream = &stream;
	log->begin_ns = term_now_ns();
	measure(log);
	if (!options->json && !options->no_header)
		columns_print_headings(&log->columns);
	ret = stream_run(&stream, ipc, false);
	forget_all(log);
	fflush(stdout);
	if (ret == NO_MEMORY)
		fputs("tcpstate: out of memory\n", stderr);
	else if (ret >= 0)
		stream_sum_up(&stream, log->shown, "connection");
	free(log);
	if (ret < 0)
		return options_fail(ipc);
	return ret == NO_MEMORY ? STATUS_FAILURE : STATUS_OK;
}
