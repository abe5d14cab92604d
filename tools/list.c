// SPDX-License-Identifier: GPL-2.0-only
/* tcpstate list: a line for each connection. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "json.h"
#include "options.h"
#include "term.h"

/*
 * So many connections are kept to be sorted and measured. A longer list is not sorted, and
 * its columns are as wide as those of the first batch.
 */
#define BATCH	10000
#define ATTEMPTS	5
#define CELL	192

/** struct list_column - a column, and how its cells are written */
struct list_column {
	struct column column;
	/** @write: its text for one connection */
	void (*write)(const struct flow *flow, const struct options *options, char cell[CELL]);
	/** @color: the colour of that text, or NULL */
	enum term_color (*color)(const struct flow *flow);
};

static void write_text(char cell[CELL], const char *text)
{
	snprintf(cell, CELL, "%s", text);
}

/* What both ends have counted, each with a + if it is one of @counts that saturated. */
static void write_pair(char cell[CELL], const struct flow *flow, uint32_t counts,
		       uint64_t initiator, uint64_t responder)
{
	char one[FORMAT_NUMBER], two[FORMAT_NUMBER];

	snprintf(cell, CELL, "%s/%s",
		 format_count(initiator, flow->end[0].saturated & counts, one),
		 format_count(responder, flow->end[1].saturated & counts, two));
}

/* The same; "?" for an end that was never heard. */
static void write_known(char cell[CELL], const struct flow *flow, unsigned int attribute,
			uint32_t count, const uint32_t n[2])
{
	char text[2][FORMAT_NUMBER];

	for (int i = 0; i < 2; i++) {
		const struct end *end = &flow->end[i];

		if (record_has(end, attribute))
			format_count(n[i], end->saturated & count, text[i]);
		else
			snprintf(text[i], FORMAT_NUMBER, "?");
	}
	snprintf(cell, CELL, "%s/%s", text[0], text[1]);
}

#define WRITER(name) \
	static void write_##name(const struct flow *flow, \
				 __maybe_unused const struct options *options, \
				 char cell[CELL])

WRITER(family)
{
	write_text(cell, format_name(FORMAT_FAMILY, flow->family));
}

WRITER(initiator)
{
	format_end(flow, TCPSTATE_INITIATOR, options->numeric, cell);
}

WRITER(responder)
{
	format_end(flow, TCPSTATE_RESPONDER, options->numeric, cell);
}

WRITER(phase)
{
	write_text(cell, format_name(FORMAT_PHASE, flow->phase));
}

WRITER(step)
{
	format_step(flow, cell);
}

WRITER(initiator_state)
{
	write_text(cell, format_name(FORMAT_STATE, flow->end[TCPSTATE_INITIATOR].state));
}

WRITER(responder_state)
{
	write_text(cell, format_name(FORMAT_STATE, flow->end[TCPSTATE_RESPONDER].state));
}

WRITER(timer)
{
	write_text(cell, format_name(FORMAT_TIMER, flow->timer));
}

WRITER(left)
{
	format_tenths(flow->left_ms, cell);
}

WRITER(age)
{
	format_tenths(flow->age_ms, cell);
}

static void write_us(char cell[CELL], bool known, uint32_t us, bool unseen)
{
	if (known || !unseen)
		format_number(known, us, cell);
	else
		write_text(cell, "?");
}

WRITER(syn_us)
{
	write_us(cell, record_has(flow, TCPSTATE_A_FLOW_SYN_US), flow->syn_us,
		 record_unseen(flow, 1));
}

WRITER(ack_us)
{
	write_us(cell, record_has(flow, TCPSTATE_A_FLOW_ACK_US), flow->ack_us,
		 record_unseen(flow, 2));
}

WRITER(repeats)
{
	write_pair(cell, flow, TCPSTATE_COUNT_REPEATS, flow->end[0].repeats,
		   flow->end[1].repeats);
}

WRITER(segments)
{
	write_pair(cell, flow, RECORD_SEGMENTS, record_segments(&flow->end[0]),
		   record_segments(&flow->end[1]));
}

WRITER(bytes)
{
	write_pair(cell, flow, TCPSTATE_COUNT_BYTES, flow->end[0].bytes,
		   flow->end[1].bytes);
}

WRITER(opening)
{
	write_pair(cell, flow, TCPSTATE_COUNT_OPENING, flow->end[0].opening,
		   flow->end[1].opening);
}

WRITER(data)
{
	write_pair(cell, flow, TCPSTATE_COUNT_DATA, flow->end[0].data,
		   flow->end[1].data);
}

WRITER(acks)
{
	write_pair(cell, flow, TCPSTATE_COUNT_ACKS, flow->end[0].acks,
		   flow->end[1].acks);
}

WRITER(closing)
{
	write_pair(cell, flow, TCPSTATE_COUNT_CLOSING, flow->end[0].closing,
		   flow->end[1].closing);
}

WRITER(flags)
{
	format_flags(flow->flags, cell);
}

WRITER(verdict)
{
	write_text(cell, flow->verdict == TCPSTATE_VERDICT_NONE ? "-" :
		   format_name(FORMAT_VERDICT, flow->verdict));
}

WRITER(id)
{
	format_number(true, flow->id, cell);
}

WRITER(closed_at)
{
	format_number(record_has(flow, TCPSTATE_A_FLOW_CLOSED_AT_NS), flow->closed_at_ns, cell);
}

WRITER(duration)
{
	if (record_has(flow, TCPSTATE_A_FLOW_DURATION_MS))
		format_thousandths(flow->duration_ms, cell);
	else
		write_text(cell, "-");
}

WRITER(retransmits)
{
	write_known(cell, flow, TCPSTATE_A_END_RETRANSMITS, TCPSTATE_COUNT_RETRANSMITS,
		    (uint32_t[]){ flow->end[0].retransmits, flow->end[1].retransmits });
}

WRITER(gaps)
{
	write_known(cell, flow, TCPSTATE_A_END_GAPS, TCPSTATE_COUNT_GAPS,
		    (uint32_t[]){ flow->end[0].gaps, flow->end[1].gaps });
}

static enum term_color color_initiator(const struct flow *flow)
{
	return term_state_color(flow->end[TCPSTATE_INITIATOR].state);
}

static enum term_color color_responder(const struct flow *flow)
{
	return term_state_color(flow->end[TCPSTATE_RESPONDER].state);
}

static enum term_color color_verdict(const struct flow *flow)
{
	return term_verdict_color(flow->verdict);
}

/* The names, and their order, of /proc/tcpstate. */
static const struct list_column columns[] = {
	{ { "family", NULL, 21, false }, write_family, NULL },
	{ { "initiator", NULL, COLUMNS_END, false }, write_initiator, NULL },
	{ { "responder", NULL, COLUMNS_END, false }, write_responder, NULL },
	{ { "phase", NULL, COLUMNS_PHASE, false }, write_phase, NULL },
	{ { "step", NULL, 10, false }, write_step, NULL },
	{ { "initiator_state", "i_state", COLUMNS_STATE, false },
	  write_initiator_state, color_initiator },
	{ { "responder_state", "r_state", COLUMNS_STATE, false },
	  write_responder_state, color_responder },
	{ { "timer", NULL, COLUMNS_TIMER, false }, write_timer, NULL },
	{ { "left_s", NULL, 4, true }, write_left, NULL },
	{ { "age_s", NULL, 6, true }, write_age, NULL },
	{ { "syn_us", NULL, 13, true }, write_syn_us, NULL },
	{ { "ack_us", NULL, 14, true }, write_ack_us, NULL },
	{ { "repeats", NULL, 16, true }, write_repeats, NULL },
	{ { "segments", NULL, 11, true }, write_segments, NULL },
	{ { "bytes", NULL, 7, true }, write_bytes, NULL },
	{ { "opening", NULL, 17, true }, write_opening, NULL },
	{ { "data", NULL, 18, true }, write_data, NULL },
	{ { "acks", NULL, 19, true }, write_acks, NULL },
	{ { "closing", NULL, 20, true }, write_closing, NULL },
	{ { "flags", NULL, 12, false }, write_flags, NULL },
	{ { "verdict", NULL, 5, false }, write_verdict, color_verdict },
	{ { "id", NULL, 15, true }, write_id, NULL },
	{ { "closed_at_ns", NULL, 23, true }, write_closed_at, NULL },
	{ { "duration_s", NULL, 22, true }, write_duration, NULL },
	{ { "retransmits", NULL, 24, true }, write_retransmits, NULL },
	{ { "gaps", NULL, 25, true }, write_gaps, NULL },
};

#define COLUMNS	ARRAY_SIZE(columns)

/** struct list - a list that is being written to stdout */
struct list {
	const struct options *options;
	/** @batch: those that wait until the widths are known */
	struct flow *batch;
	size_t n;
	size_t room;
	/** @streaming: the batch is printed, and each connection is printed as it comes */
	bool streaming;
	struct column column[COLUMNS];
	struct columns columns;
};

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

	for (size_t i = 0; i < COLUMNS; i++)
		if (columns[i].column.rank < ARRAY_SIZE(widths))
			columns_widen(table, i, widths[columns[i].column.rank]);
}

static void measure(struct list *list)
{
	char cell[CELL];

	list->columns = (struct columns){ .column = list->column, .n = COLUMNS, .kept = COLUMNS };
	for (size_t i = 0; i < COLUMNS; i++) {
		list->column[i] = columns[i].column;
		for (size_t n = 0; n < list->n; n++) {
			columns[i].write(&list->batch[n], list->options, cell);
			columns_widen(&list->columns, i, strlen(cell));
		}
	}
	if (list->streaming)
		expect_wider(&list->columns);
	columns_fit(&list->columns, list->options->wide ? UINT_MAX : term_columns());
}

static void print_row(struct list *list, const struct flow *flow)
{
	char cell[CELL];

	columns_begin(&list->columns);
	for (size_t i = 0; i < COLUMNS; i++) {
		if (list->columns.hidden[i])
			continue;
		columns[i].write(flow, list->options, cell);
		columns_put(&list->columns, i, cell,
			    columns[i].color ? columns[i].color(flow) : TERM_PLAIN);
	}
	putchar_unlocked('\n');
}

static int compare(const void *a, const void *b)
{
	const struct flow *one = a, *two = b;

	return one->id < two->id ? -1 : one->id > two->id;
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
	if (!list->streaming && list->n)
		qsort(list->batch, list->n, sizeof(*list->batch), compare);
	if (!list->options->json) {
		measure(list);
		columns_print_headings(&list->columns);
	}
	for (size_t n = 0; n < list->n; n++)
		print_one(list, &list->batch[n]);
	list->n = 0;
}

static int keep(struct list *list, const struct flow *flow)
{
	if (list->n == list->room) {
		size_t room = list->room ? 2 * list->room : 64;
		struct flow *batch = reallocarray(list->batch, room, sizeof(*batch));

		if (!batch)
			return -ENOMEM;
		list->batch = batch;
		list->room = room;
	}
	list->batch[list->n++] = *flow;
	return 0;
}

static int each(const struct flow *flow, void *data)
{
	struct list *list = data;

	if (list->streaming) {
		print_one(list, flow);
		return ferror_unlocked(stdout) ? 1 : 0;
	}
	if (list->n < BATCH)
		return keep(list, flow);
	list->streaming = true;
	print_batch(list);
	print_one(list, flow);
	return 0;
}

static int print_count(struct ipc *ipc, const struct options *options)
{
	uint64_t count;

	if (ipc_count(ipc, &options->filter, &count))
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

/**
 * list_run() - tcpstate list
 * @ipc: where from
 * @options: what was asked for
 *
 * A long list is written as it comes, since it may be larger than memory. If the table is
 * flushed meanwhile, what is written cannot be taken back.
 *
 * Return: STATUS_*.
 */
int list_run(struct ipc *ipc, const struct options *options)
{
	/* stdio takes a buffer of another size only if it is given one. */
	static char buffer[256 * 1024];
	struct list list = { .options = options };
	int ret = -EAGAIN;

	if (options->count_only)
		return print_count(ipc, options);
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	for (int i = 0; i < ATTEMPTS && ret == -EAGAIN && !list.streaming; i++) {
		list.n = 0;
		ret = ipc_list(ipc, &options->filter, each, &list);
	}
	if (!list.streaming && (!ret || ret == -EAGAIN))
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
