// SPDX-License-Identifier: GPL-2.0-only
/* tcpstate list: a line for each connection. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "columns.h"
#include "join.h"
#include "json.h"
#include "options.h"
#include "process.h"
#include "term.h"

/*
 * So many connections are kept to be sorted and measured. A longer list is not sorted unless
 * that is asked for, and its columns are as wide as those of the first batch.
 */
#define BATCH	10000
#define ATTEMPTS	5

/* What is kept of a connection: all but its event, which makes up nearly half. */
#define KEPT	offsetof(struct flow, event)

/** struct list - a list that is being written to stdout */
struct list {
	const struct options *options;
	struct field_order order;
	/** @is_sorted: it is sorted, however long it is */
	bool is_sorted;
	/** @is_full: the first of @batch are the best so far, as many as are wanted */
	bool is_full;
	/** @batch: those that wait until the widths, or all connections, are known */
	char *batch;
	size_t n;
	size_t room;
	/** @streaming: the batch is printed, and each connection is printed as it comes */
	bool streaming;
	/** @cells: the columns that are wanted */
	const struct cells *cells[FIELDS];
	struct column column[FIELDS];
	struct columns columns;
};

static struct flow *at(const struct list *list, size_t i)
{
	return (struct flow *)(list->batch + i * KEPT);
}

/* The longest name of a table. */
static unsigned int longest(enum format_table table)
{
	const struct parse_names *names = format_names(table);
	size_t most = 0;

	for (size_t i = 0; i < names->n; i++)
		if (names->names[i] && strlen(names->names[i]) > most)
			most = strlen(names->names[i]);
	return most;
}

/* Rows that are not known yet may be wider. */
static void expect_wider(struct columns *table)
{
	const unsigned int widths[] = {
		[COLUMNS_STATE] = longest(FORMAT_STATE), [COLUMNS_TIMER] = longest(FORMAT_TIMER),
		[COLUMNS_PHASE] = longest(FORMAT_PHASE), [COLUMNS_END] = COLUMNS_EASY,
	};

	for (size_t i = 0; i < table->n; i++)
		if (table->column[i].rank < ARRAY_SIZE(widths))
			columns_widen(table, i, widths[table->column[i].rank]);
}

static void measure(struct list *list)
{
	char cell[CELLS_TEXT];
	size_t len;

	for (size_t i = 0; i < list->columns.n; i++) {
		for (size_t n = 0; n < list->n; n++) {
			list->cells[i]->write(at(list, n), list->options->numeric, cell);
			columns_widen(&list->columns, i, strlen(cell));
			if (!list->columns.shorten[i])
				continue;
			/* The name and the pid of the first process stay. */
			process_shorten(cell);
			len = strcspn(cell, ";");
			if (len > list->columns.least[i])
				list->columns.least[i] = len;
		}
	}
	if (list->streaming)
		expect_wider(&list->columns);
	columns_fit(&list->columns, list->options->wide ? UINT_MAX : term_columns());
}

static void print_row(struct list *list, const struct flow *flow)
{
	char cell[CELLS_TEXT];

	columns_begin(&list->columns);
	for (size_t i = 0; i < list->columns.n; i++) {
		const struct cells *cells = list->cells[i];

		if (list->columns.hidden[i])
			continue;
		cells->write(flow, list->options->numeric, cell);
		columns_put(&list->columns, i, cell,
			    cells->color ? cells->color(flow) : TERM_PLAIN);
	}
	putchar_unlocked('\n');
}

static int compare(const void *a, const void *b, void *order)
{
	return cells_compare(a, b, order);
}

/* Sort the batch, and keep no more of it than is wanted. */
static void sort(struct list *list)
{
	uint32_t limit = list->options->limit;

	if (list->n)
		qsort_r(list->batch, list->n, KEPT, compare, &list->order);
	if (limit && list->n > limit) {
		list->n = limit;
		list->is_full = true;
	}
}

static void print_one(struct list *list, const struct flow *flow)
{
	if (list->options->json)
		json_flow(flow);
	else
		print_row(list, flow);
}

static void print_batch(struct list *list)
{
	/* Sorting one batch of a longer list would leave the list unsorted. */
	if (!list->streaming)
		sort(list);
	if (!list->options->json) {
		measure(list);
		if (!list->options->no_header)
			columns_print_headings(&list->columns);
	}
	for (size_t n = 0; n < list->n; n++)
		print_one(list, at(list, n));
	list->n = 0;
}

static int keep(struct list *list, const struct flow *flow)
{
	uint32_t limit = list->options->limit;

	if (list->is_full && cells_compare(flow, at(list, limit - 1), &list->order) > 0)
		return 0;
	/* Sort only now and then: when as many again have come as are wanted. */
	if (limit && list->n >= 2 * (size_t)limit && list->n >= BATCH)
		sort(list);
	if (list->n == list->room) {
		size_t room = list->room ? 2 * list->room : 64;
		char *batch = reallocarray(list->batch, room, KEPT);

		if (!batch)
			return -ENOMEM;
		list->batch = batch;
		list->room = room;
	}
	memcpy(at(list, list->n++), flow, KEPT);
	return 0;
}

static int each(const struct flow *flow, void *data)
{
	struct list *list = data;

	if (list->streaming) {
		print_one(list, flow);
		return ferror_unlocked(stdout) ? 1 : 0;
	}
	if (list->is_sorted || list->n < BATCH)
		return keep(list, flow);
	list->streaming = true;
	print_batch(list);
	print_one(list, flow);
	return 0;
}

static bool is_process(enum field field)
{
	return field == FIELD_INITIATOR_PROCESS || field == FIELD_RESPONDER_PROCESS;
}

/* The place of the column that rows are sorted by; @n if there is none */
static size_t place_of_order(const struct list *list, size_t n)
{
	size_t i = 0;

	if (!list->options->sort)
		return n;
	while (i < n && list->cells[i]->field != list->order.field)
		i++;
	return i;
}

/*
 * Take the columns that are asked for, all of which are printed, or else all there are, of which
 * the one that rows are sorted by is printed in any case.
 */
static void choose(struct list *list, const struct options *options)
{
	char error[PARSE_ERROR + 128];
	size_t n = cells_choose(options, list->cells);
	enum field field[FIELDS];
	size_t kept;

	if (options->columns) {
		n = field_find_several(options->columns, cells_fields(options), field, error,
				       sizeof(error));
		if (!n)
			options_usage(options, "after '--columns': %s", error);
	}
	for (size_t i = 0; options->columns && i < n; i++)
		list->cells[i] = cells_of(field[i]);
	kept = place_of_order(list, n);
	/* It is one of those that must be asked for by name. */
	if (kept == n && options->sort && !options->columns)
		list->cells[n++] = cells_of(list->order.field);
	for (size_t i = 0; i < n; i++) {
		const struct cells *cells = list->cells[i];

		list->column[i] = (struct column){
			field_name(cells->field), field_brief(cells->field), cells->rank,
			field_is_number(cells->field),
		};
	}
	list->columns = (struct columns){
		.column = list->column, .n = n, .kept = kept, .all_kept = options->columns,
	};
	for (size_t i = 0; i < n; i++)
		if (is_process(list->cells[i]->field))
			list->columns.shorten[i] = process_shorten;
}

/* Without an order the oldest comes first. */
static void set_order(struct list *list, const struct options *options)
{
	char expected[PARSE_ERROR];

	list->order = (struct field_order){ .field = FIELD_ID };
	list->is_sorted = options->sort || options->limit;
	if (!options->sort || field_find_order(options->sort, cells_fields(options), &list->order))
		return;
	field_expected(options->sort, cells_fields(options), expected, sizeof(expected));
	options_usage(options, "'%s' after '--sort': %s", options->sort, expected);
}

/**
 * list_check() - end the program if an option is wrong
 * @options: what was asked for
 */
void list_check(const struct options *options)
{
	struct list list = { .options = options };

	if (options->count_only && (options->sort || options->columns || options->limit))
		options_usage(options, "'--count' prints one number: expected no '--sort', '--columns' or '--limit'");
	if (options->json && options->columns)
		options_usage(options, "'--columns' chooses columns of the table: expected no '--json', which has all keys");
	set_order(&list, options);
	choose(&list, options);
}

static int print_count(struct ipc *ipc, struct join *join, const struct options *options)
{
	uint64_t count;

	if (join_count(join, ipc, &count))
		return options_fail(ipc);
	if (options->json) {
		json_open(NULL, '{');
		json_number("count", count);
		json_end();
	} else {
		printf("%llu\n", (unsigned long long)count);
	}
	return STATUS_OK;
}

/*
 * A long list is written as it comes, since it may be larger than memory, unless it is to be
 * sorted. If the table is flushed meanwhile, what is written cannot be taken back.
 */
static int print_list(struct ipc *ipc, struct join *join, const struct options *options)
{
	/* stdio takes a buffer of another size only if it is given one. */
	static char buffer[256 * 1024];
	struct list list = { .options = options };
	int ret = -EAGAIN;

	set_order(&list, options);
	choose(&list, options);
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	for (int i = 0; i < ATTEMPTS && ret == -EAGAIN && !list.streaming; i++) {
		list.n = 0;
		list.is_full = false;
		ret = join_list(join, ipc, each, &list);
	}
	/* A damaged recording is listed as it was before the damage. */
	if (!list.streaming && (!ret || ret == -EAGAIN || ret == -EBADMSG))
		print_batch(&list);
	free(list.batch);
	if (ret == -ENOMEM) {
		fprintf(stderr, "tcpstate: %s\n", strerror(ENOMEM));
		return STATUS_FAILURE;
	}
	if (ret == -EAGAIN)
		fputs("tcpstate: the table was flushed while it was read: some of these connections were forgotten\n",
		      stderr);
	return ret < 0 && ret != -EAGAIN ? options_fail(ipc) : STATUS_OK;
}

/**
 * list_run() - tcpstate list
 * @ipc: where from
 * @options: what was asked for
 *
 * Return: STATUS_*.
 */
int list_run(struct ipc *ipc, const struct options *options)
{
	struct join join;
	int status;

	if (join_begin(&join, ipc, options))
		status = options_fail(ipc);
	else
		status = (options->count_only ? print_count : print_list)(ipc, &join, options);
	join_end(&join);
	return status;
}
