// SPDX-License-Identifier: GPL-2.0-only
/* tcpstate events: a line an event. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "columns.h"
#include "json.h"
#include "options.h"
#include "stream.h"
#include "term.h"

/* The callbacks' result when enough was shown. */
#define ENOUGH	2
/* A terminal with fewer columns has times without us. */
#define NARROW	106
/* So far addresses are shortened before what has triggered an event is left out. */
#define EASY	14
#define NETNS_WIDTH	10
/* All transitions of a segment, joined by commas. */
#define CELL	(RECORD_TRANSITIONS * 40)

/** struct events - what was printed so far */
struct events {
	const struct options *options;
	/** @stream: knows the network namespace that a remark is about */
	const struct stream *stream;
	uint64_t shown;
	/** @first_ns: the time of the first event, if times count from there */
	uint64_t first_ns;
	/** @narrow: times have no us */
	bool narrow;
	struct columns columns;
};

/* The columns of a line, in their order */
enum {
	TIME, NUMBER, KIND, ID, INITIATOR, RESPONDER, INITIATOR_STATE, RESPONDER_STATE, PHASE,
	STEP, TRIGGER, TRANSITIONS, VERDICT, NETNS, COLUMNS
};

static const struct column columns[COLUMNS] = {
	[TIME] = { "time", NULL, COLUMNS_TIMER, false },
	[NUMBER] = { "number", NULL, 12, true },
	[KIND] = { "kind", NULL, 5, false },
	[ID] = { "id", NULL, 13, true },
	[INITIATOR] = { "initiator", NULL, COLUMNS_END, false },
	[RESPONDER] = { "responder", NULL, COLUMNS_END, false },
	[INITIATOR_STATE] = { "i_state", NULL, COLUMNS_STATE, false },
	[RESPONDER_STATE] = { "r_state", NULL, COLUMNS_STATE, false },
	[PHASE] = { "phase", NULL, 9, false },
	[STEP] = { "step", NULL, 10, false },
	[TRIGGER] = { "trigger", NULL, 4, false },
	[TRANSITIONS] = { "transitions", NULL, 11, false },
	[VERDICT] = { "verdict", NULL, 6, false },
	/* With --all-netns alone */
	[NETNS] = { "netns", NULL, COLUMNS_END, false },
};

/* Widths in a pipe, where a longer cell moves those behind it; no heading is printed. */
static const unsigned int usual[COLUMNS] = {
	[NUMBER] = 6, [KIND] = 10, [ID] = 14, [INITIATOR] = 21, [RESPONDER] = 21,
	[INITIATOR_STATE] = 12, [RESPONDER_STATE] = 12, [PHASE] = 11, [STEP] = 3, [TRIGGER] = 5,
	[NETNS] = NETNS_WIDTH,
};

/* The widest cells, but for addresses; two transitions are as many as most segments make. */
static const unsigned int widest[COLUMNS] = {
	[NUMBER] = 10, [KIND] = 10, [ID] = 20, [INITIATOR] = 64, [RESPONDER] = 64,
	[INITIATOR_STATE] = 12, [RESPONDER_STATE] = 12, [PHASE] = 11, [STEP] = 3, [TRIGGER] = 11,
	[TRANSITIONS] = 48, [VERDICT] = 18, [NETNS] = NETNS_WIDTH,
};

/* Choose the columns of a terminal; a pipe gets all. */
static void measure(struct events *events)
{
	static const unsigned int clocks[] = {
		[FORMAT_CLOCK] = 15, [FORMAT_DATE] = 31, [FORMAT_SINCE] = 13, [FORMAT_BOOT] = 15,
	};
	unsigned int limit = events->options->wide ? UINT_MAX : term_columns();
	enum format_clock clock = events->options->clock;

	events->columns = (struct columns){
		.column = columns, .n = events->options->all_netns ? COLUMNS : NETNS,
		.kept = COLUMNS, .easy = EASY,
	};
	for (size_t i = 0; i < events->columns.n; i++)
		columns_widen(&events->columns, i, limit == UINT_MAX ? usual[i] : widest[i]);
	events->narrow = limit < NARROW && clock != FORMAT_DATE;
	if (limit != UINT_MAX)
		columns_widen(&events->columns, TIME, clocks[clock] - (events->narrow ? 3 : 0));
	columns_fit(&events->columns, limit);
	/* Widths that a pipe has as well are those of cells, not of headings. */
	if (limit == UINT_MAX)
		memcpy(events->columns.width, usual, sizeof(usual));
}

static void write_time(struct events *events, uint64_t time_ns, char text[FORMAT_TIME])
{
	enum format_clock clock = events->options->clock;

	if (!events->first_ns)
		events->first_ns = time_ns;
	if (clock == FORMAT_SINCE)
		time_ns -= events->first_ns;
	format_time(time_ns, clock, text);
	/* Leave out the us. */
	if (events->narrow)
		text[strlen(text) - 3] = '\0';
}

static void print_time(struct events *events, uint64_t time_ns)
{
	char text[FORMAT_TIME];

	write_time(events, time_ns, text);
	printf("%s ", text);
}

/* What triggered the event: the flags of a segment, or the name of a timer. */
static const char *trigger(const struct event *event, char text[12])
{
	if (record_has(event, TCPSTATE_A_EVENT_SEGMENT))
		return format_tcp_flags(event->segment.flags, text);
	if (record_has(event, TCPSTATE_A_EVENT_TIMER))
		return format_name(FORMAT_TIMER, event->timer);
	return "-";
}

/* "initiator:rcv_syn_ack,responder:rcv_ack_of_syn" */
static void write_transitions(const struct event *event, char cell[CELL])
{
	*cell = '\0';
	for (unsigned int i = 0; i < event->n_transitions; i++)
		format_append(cell, CELL, "%s%s:%s", i ? "," : "",
			      format_name(FORMAT_ROLE, event->transition[i].end),
			      format_name(FORMAT_TRIGGER, event->transition[i].trigger));
	if (!event->n_transitions)
		format_append(cell, CELL, "-");
}

static void write_cell(struct events *events, const struct flow *flow, size_t column,
		       char cell[CELL])
{
	const struct event *event = &flow->event;
	char text[12];

	switch (column) {
	case TIME:
		write_time(events, stream_time_ns(flow), cell);
		break;
	case NUMBER:
		format_number(record_has(event, TCPSTATE_A_EVENT_NUMBER), event->number, cell);
		break;
	case KIND:
		snprintf(cell, CELL, "%s", stream_kind(flow));
		break;
	case ID:
		format_number(true, flow->id, cell);
		break;
	case INITIATOR:
	case RESPONDER:
		format_end(flow, column - INITIATOR, events->options->numeric, cell);
		break;
	case INITIATOR_STATE:
	case RESPONDER_STATE:
		snprintf(cell, CELL, "%s", format_name(FORMAT_STATE,
						       flow->end[column - INITIATOR_STATE].state));
		break;
	case PHASE:
		snprintf(cell, CELL, "%s", format_name(FORMAT_PHASE, flow->phase));
		break;
	case STEP:
		format_step(flow, cell);
		break;
	case TRIGGER:
		snprintf(cell, CELL, "%s", trigger(event, text));
		break;
	case TRANSITIONS:
		write_transitions(event, cell);
		break;
	case NETNS:
		format_word(flow->netns, cell, CELL);
		break;
	default:
		snprintf(cell, CELL, "%s", flow->verdict == TCPSTATE_VERDICT_NONE ? "-" :
			 format_name(FORMAT_VERDICT, flow->verdict));
	}
}

/* In a pipe every line has the same number of words, one for each column. */
static void print_line(struct events *events, const struct flow *flow)
{
	char cell[CELL];

	columns_begin(&events->columns);
	for (size_t i = 0; i < events->columns.n; i++) {
		enum term_color color = TERM_PLAIN;

		if (events->columns.hidden[i])
			continue;
		write_cell(events, flow, i, cell);
		if (i == TRANSITIONS && events->columns.limit != UINT_MAX)
			columns_cut(cell, events->columns.width[i]);
		if (i == INITIATOR_STATE || i == RESPONDER_STATE)
			color = term_state_color(flow->end[i - INITIATOR_STATE].state);
		columns_put(&events->columns, i, cell, color);
	}
	putchar('\n');
}

static int print_event(const struct flow *flow, void *data)
{
	struct events *events = data;

	if (events->options->json)
		json_event(flow, stream_kind(flow));
	else
		print_line(events, flow);
	return ++events->shown == events->options->most ? ENOUGH : 0;
}

static int print_known(const struct flow *flow, void *data)
{
	struct events *events = data;

	if (events->options->json)
		json_event(flow, stream_kind(flow));
	else
		print_line(events, flow);
	return 0;
}

/* A line about the stream itself. */
static void print_remark(struct events *events, const char *kind, bool known, uint64_t count)
{
	const char *netns = events->stream->netns;
	char number[FORMAT_NUMBER], word[CELL];

	if (events->options->json) {
		json_open(NULL, '{');
		json_maybe(kind, known, count);
		if (netns)
			json_string("netns", netns);
		json_end();
		return;
	}
	format_number(known, count, number);
	format_word(netns, word, sizeof(word));
	print_time(events, term_now_ns());
	printf("%6s %-10s %14s%s%s\n", "-", kind, known ? number : "?", netns ? " " : "",
	       netns ? word : "");
}

static int print_lost(uint64_t count, void *data)
{
	print_remark(data, "lost", count, count);
	return 0;
}

static int print_synced(uint64_t count, void *data)
{
	print_remark(data, "synced", true, count);
	return 0;
}

/**
 * events_run() - tcpstate events
 * @ipc: where from
 * @options: what was asked for
 *
 * Return: STATUS_*.
 */
int events_run(struct ipc *ipc, const struct options *options)
{
	struct events events = { .options = options };
	struct stream stream = {
		.filter = &options->filter,
		.event = print_event, .lost = print_lost,
		.known = print_known, .synced = print_synced,
		.data = &events,
	};
	int ret;

	events.stream = &stream;
	measure(&events);
	ret = stream_run(&stream, ipc, options->known);
	if (ret < 0)
		return options_fail(ipc);
	fflush(stdout);
	stream_sum_up(&stream, events.shown, "event");
	return STATUS_OK;
}
