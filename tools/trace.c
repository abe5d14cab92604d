// SPDX-License-Identifier: GPL-2.0-only
/* tcpstate trace: the ladder of segments that move the states of both ends. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "json.h"
#include "options.h"
#include "stream.h"
#include "term.h"

#define BUCKETS		65536
/* The callbacks' result when enough was shown, or memory is short. */
#define ENOUGH		2
#define NO_MEMORY	3
/* Columns in addition to the segment's; a clock that shows no µs is 3 narrower. */
#define FIXED		46
#define NARROW		(FIXED + 60)
/* What a date takes in addition. */
#define DATE		16
#define SEGMENT_MAX	64
/* The longest text of a segment takes 88. */
#define SEGMENT_TEXT	96
/* Where a line goes on that was too long. */
#define INDENT		17

/** enum part - how much of a segment is shown; each has those above it */
enum part {
	PART_FLAGS,
	PART_SEQ,
	PART_ACK,
	PART_WINDOW,
};

/** struct conn - a connection of the ladder */
struct conn {
	struct conn *next;
	uint64_t id;
	/** @number: what it is called in the ladder */
	unsigned int number;
	/** @marked: it is still in the table */
	bool marked;
	/** @shown: its events were printed, and further ones are printed as they come */
	bool shown;
	/** @verdict: enum tcpstate_verdict that was printed last */
	uint8_t verdict;
	/** @flows: its events, if they are kept until it has ended */
	struct flow *flows;
	size_t n;
	size_t room;
};

/** struct trace - the ladder so far */
struct trace {
	const struct options *options;
	struct conn *buckets[BUCKETS];
	unsigned int conns;
	uint64_t shown;
	/** @last: the number of the connection that was printed last, one by one */
	unsigned int last;
	uint64_t first_ns;
	/** @narrow: the terminal is narrow, and less of each segment is shown */
	bool narrow;
	/** @limit: the width of the terminal */
	unsigned int limit;
	/** @used: how much of the line the time takes */
	unsigned int used;
	/** @width: the width of the segment's column */
	int width;
};

static struct conn **find(struct trace *trace, uint64_t id)
{
	/* Ids are times in ns: their low bits are as good as random. */
	struct conn **at = &trace->buckets[(id ^ id >> 16) % BUCKETS];

	while (*at && (*at)->id != id)
		at = &(*at)->next;
	return at;
}

static void drop(struct conn **at)
{
	struct conn *conn = *at;

	*at = conn->next;
	free(conn->flows);
	free(conn);
}

static void print_time(struct trace *trace, uint64_t time_ns)
{
	enum format_clock clock = trace->options->clock;
	char text[FORMAT_TIME];

	if (!trace->first_ns)
		trace->first_ns = time_ns;
	if (clock == FORMAT_SINCE)
		time_ns -= trace->first_ns;
	format_time(time_ns, clock, text);
	if (trace->narrow && clock != FORMAT_DATE)
		text[strlen(text) - 3] = '\0';
	trace->used = strlen(text);
	fputs(text, stdout);
}

/* Print words at column @at, and those that do not fit on lines of their own. */
static void print_words(const struct trace *trace, unsigned int at, const char *text)
{
	while (*text) {
		size_t blanks = strspn(text, " "), len = strcspn(text + blanks, " ");

		if (at + blanks + len > trace->limit && at > INDENT) {
			printf("\n%*s", INDENT, "");
			at = INDENT;
			text += blanks;
			blanks = 0;
		}
		printf("%.*s", (int)(blanks + len), text);
		text += blanks + len;
		at += blanks + len;
	}
	putchar('\n');
}

/* "#1 127.0.0.1:60370 > 127.0.0.1:5000", and a remark */
static void print_heading(const struct trace *trace, const struct conn *conn,
			  const struct flow *flow, const char *remark)
{
	bool numeric = trace->options->numeric;
	char initiator[FORMAT_END + 2], responder[FORMAT_END + 2], number[16];
	unsigned int at;

	format_end(flow, TCPSTATE_INITIATOR, numeric, initiator);
	format_end(flow, TCPSTATE_RESPONDER, numeric, responder);
	at = snprintf(number, sizeof(number), "#%u ", conn->number);
	if (trace->limit != UINT_MAX && trace->limit > INDENT + COLUMNS_SHORTEST) {
		columns_shorten(initiator, trace->limit - INDENT);
		columns_shorten(responder, trace->limit - INDENT);
	}
	printf("%s%s%s", term_color(TERM_HEADING), number, initiator);
	at += columns_length(initiator);
	/* If there is no room for both, the second one stands below the first. */
	if (at + 3 + columns_length(responder) > trace->limit)
		at = printf("\n  ") - 1;
	printf(" > %s%s", responder, term_color(TERM_PLAIN));
	at += 3 + columns_length(responder);
	print_words(trace, at, remark);
}

/* Does a connection begin with this event? One that is picked up is new as well. */
static bool is_beginning(const struct flow *flow)
{
	return flow->command == TCPSTATE_CMD_FLOW_NEW &&
	       (flow->event.segment.flags & (TCPSTATE_FLAG_SYN | TCPSTATE_FLAG_ACK)) ==
		       TCPSTATE_FLAG_SYN;
}

/* The heading of a connection whose first event this is. */
static void print_first_heading(const struct trace *trace, const struct conn *conn,
				const struct flow *flow)
{
	print_heading(trace, conn, flow, is_beginning(flow) ? "" :
		      "  (its beginning was not seen)");
}

/* As tcpdump writes numbers: those of a SYN are absolute, others count from it. */
static uint32_t number(const struct trace *trace, const struct segment *segment,
		       unsigned int relative, uint32_t number, uint32_t from_isn)
{
	if (trace->options->absolute || segment->flags & TCPSTATE_FLAG_SYN ||
	    !record_has(segment, relative))
		return number;
	return from_isn;
}

/* "[S.] seq 679172691, ack 2313595155, win 65535, length 0", up to one of its parts */
static void write_segment(const struct trace *trace, const struct segment *segment,
			  enum part part, char text[SEGMENT_TEXT])
{
	uint32_t seq = number(trace, segment, TCPSTATE_A_SEGMENT_RELATIVE_SEQ, segment->seq,
			      segment->relative_seq);
	uint32_t ack = number(trace, segment, TCPSTATE_A_SEGMENT_RELATIVE_ACK, segment->ack,
			      segment->relative_ack);
	char flags[12];
	size_t last;

	snprintf(text, SEGMENT_TEXT, "%s", format_tcp_flags(segment->flags, flags));
	if (part == PART_FLAGS)
		return;
	if (segment->len)
		format_append(text, SEGMENT_TEXT, " seq %u:%u,", seq, seq + segment->len);
	else if (segment->flags & (TCPSTATE_FLAG_SYN | TCPSTATE_FLAG_FIN | TCPSTATE_FLAG_RST))
		format_append(text, SEGMENT_TEXT, " seq %u,", seq);
	if (record_has(segment, TCPSTATE_A_SEGMENT_ACK) && part >= PART_ACK)
		format_append(text, SEGMENT_TEXT, " ack %u,", ack);
	if (part == PART_WINDOW)
		format_append(text, SEGMENT_TEXT, " win %u, length %u,", segment->window,
			      segment->len);
	last = strlen(text) - 1;
	if (text[last] == ',')
		text[last] = '\0';
}

/* As much of a segment as there is room for */
static void segment_text(const struct trace *trace, const struct segment *segment, int room,
			 char text[SEGMENT_TEXT])
{
	int part = trace->narrow ? PART_ACK : PART_WINDOW;

	do {
		write_segment(trace, segment, part, text);
	} while (trace->limit != UINT_MAX && (int)strlen(text) > room && part-- > PART_FLAGS);
}

static void fill(char c, int n)
{
	while (n-- > 0)
		putchar(c);
}

static void print_state(unsigned int state, int width)
{
	printf("%s%-*s%s", term_color(term_state_color(state)), width,
	       format_name(FORMAT_STATE, state), term_color(TERM_PLAIN));
}

/* The segment on its line, pointing from its sender to its receiver. */
static void print_segment(const struct trace *trace, const struct segment *segment, int width)
{
	char text[SEGMENT_TEXT];
	int rest;

	segment_text(trace, segment, width - 2, text);
	rest = width - (int)strlen(text) - 2;
	if (segment->from == TCPSTATE_INITIATOR) {
		printf("%s ", text);
		fill('-', rest);
		putchar('>');
	} else {
		putchar('<');
		fill('-', rest);
		printf(" %s", text);
	}
}

static void print_middle(const char *text, int width)
{
	int left = (width - (int)strlen(text)) / 2;

	fill(' ', left);
	printf("%-*.*s", width - (left > 0 ? left : 0), width > 0 ? width : 0, text);
}

/* One line of the ladder: both states as they are after it, or in the table. */
static void print_rung(struct trace *trace, const struct conn *conn, const struct flow *flow)
{
	const struct event *event = &flow->event;
	bool told = record_has(flow, TCPSTATE_A_FLOW_EVENT);
	unsigned int state = flow->end[TCPSTATE_RESPONDER].state;
	char timer[64], name[16];
	int width;

	print_time(trace, stream_time_ns(flow));
	trace->used += printf(" %2u ", conn->number);
	/* A number of many digits takes its room from the segment. */
	width = trace->width;
	snprintf(name, sizeof(name), "%u", conn->number);
	if (trace->limit != UINT_MAX && strlen(name) > 3)
		width -= strlen(name) - 3;
	print_state(flow->end[TCPSTATE_INITIATOR].state, 13);
	if (!told) {
		print_middle("(so it is in the table)", width);
	} else if (record_has(event, TCPSTATE_A_EVENT_SEGMENT)) {
		print_segment(trace, &event->segment, width);
	} else {
		snprintf(timer, sizeof(timer), "(%s timer ran out)",
			 format_name(FORMAT_TIMER, event->timer));
		print_middle(record_has(event, TCPSTATE_A_EVENT_TIMER) ? timer : "", width);
	}
	putchar(' ');
	print_state(state, 0);
	print_words(trace, trace->used + 13 + width + 1 + strlen(format_name(FORMAT_STATE, state)),
		    told && record_has(event, TCPSTATE_A_EVENT_RETRACT) ? "  (taken back)" : "");
}

/* The line below the rung that has led to a verdict. */
static void print_verdict(struct trace *trace, const struct conn *conn, const struct flow *flow)
{
	bool told = record_has(flow, TCPSTATE_A_FLOW_EVENT);

	print_time(trace, told ? flow->event.time_ns : term_now_ns());
	printf(" %2u %s%s%s\n", conn->number, term_color(term_verdict_color(flow->verdict)),
	       format_name(FORMAT_VERDICT, flow->verdict), term_color(TERM_PLAIN));
}

/* The line at the end of a record, which may be long after that of the connection. */
static void print_end(struct trace *trace, const struct conn *conn, const struct flow *flow)
{
	const struct end *one = &flow->end[TCPSTATE_INITIATOR];
	const struct end *two = &flow->end[TCPSTATE_RESPONDER];
	uint64_t all = record_segments(one) + record_segments(two);
	uint64_t data = (uint64_t)one->data + two->data;
	uint32_t saturated = one->saturated | two->saturated;
	char all_text[FORMAT_NUMBER], data_text[FORMAT_NUMBER], text[128];
	const char *verdict = format_name(FORMAT_VERDICT, flow->verdict);

	print_time(trace, flow->event.time_ns);
	trace->used += printf(" %2u record removed (", conn->number);
	printf("%s%s%s", term_color(term_verdict_color(flow->verdict)), verdict,
	       term_color(TERM_PLAIN));
	snprintf(text, sizeof(text), "): %s segment%s, %s of them data",
		 format_count(all, saturated & RECORD_SEGMENTS, all_text), all == 1 ? "" : "s",
		 format_count(data, saturated & TCPSTATE_COUNT_DATA, data_text));
	print_words(trace, trace->used + strlen(verdict), text);
}

static void print_event(struct trace *trace, struct conn *conn, const struct flow *flow)
{
	if (trace->options->json) {
		json_event(flow, stream_kind(flow));
		return;
	}
	if (flow->event.n_transitions || flow->command != TCPSTATE_CMD_FLOW_END)
		print_rung(trace, conn, flow);
	if (flow->command == TCPSTATE_CMD_FLOW_END)
		print_end(trace, conn, flow);
	else if (flow->verdict != TCPSTATE_VERDICT_NONE && flow->verdict != conn->verdict)
		print_verdict(trace, conn, flow);
	conn->verdict = flow->verdict;
}

static struct conn *get_conn(struct trace *trace, const struct flow *flow)
{
	struct conn **at = find(trace, flow->id);

	if (*at)
		return *at;
	*at = calloc(1, sizeof(**at));
	if (!*at)
		return NULL;
	(*at)->id = flow->id;
	(*at)->number = ++trace->conns;
	if (!trace->options->by_connection && !trace->options->json)
		print_first_heading(trace, *at, flow);
	return *at;
}

/* Print the events that are kept of a connection, if it passes the filter as it is now. */
static int print_conn(struct trace *trace, struct conn *conn)
{
	if (!conn->n || !filter_match(&trace->options->filter, &conn->flows[conn->n - 1]))
		return 0;
	if (!trace->options->json) {
		if (trace->shown)
			putchar('\n');
		print_first_heading(trace, conn, conn->flows);
	}
	for (size_t i = 0; i < conn->n; i++)
		print_event(trace, conn, &conn->flows[i]);
	conn->shown = true;
	conn->n = 0;
	trace->last = conn->number;
	return ++trace->shown == trace->options->most ? ENOUGH : 0;
}

/* Print what comes of a connection after it was shown, under its heading. */
static void print_later(struct trace *trace, struct conn *conn, const struct flow *flow)
{
	if (!trace->options->json && trace->last != conn->number) {
		putchar('\n');
		print_heading(trace, conn, flow, "  (continued)");
		trace->last = conn->number;
	}
	print_event(trace, conn, flow);
}

static bool keep(struct conn *conn, const struct flow *flow)
{
	if (conn->n == conn->room) {
		size_t room = conn->room ? 2 * conn->room : 8;
		struct flow *flows = reallocarray(conn->flows, room, sizeof(*flows));

		if (!flows)
			return false;
		conn->flows = flows;
		conn->room = room;
	}
	conn->flows[conn->n++] = *flow;
	return true;
}

/* One by one: keep what happens to a connection until it has ended, then print it. */
static int add_event(struct trace *trace, struct conn *conn, const struct flow *flow)
{
	if (conn->shown) {
		print_later(trace, conn, flow);
		return 0;
	}
	if (!keep(conn, flow))
		return NO_MEMORY;
	return flow->verdict == TCPSTATE_VERDICT_NONE ? 0 : print_conn(trace, conn);
}

static int each_event(const struct flow *flow, void *data)
{
	struct trace *trace = data;
	struct conn *conn = get_conn(trace, flow);
	int ret = 0;

	if (!conn)
		return NO_MEMORY;
	if (trace->options->by_connection) {
		ret = add_event(trace, conn, flow);
	} else {
		print_event(trace, conn, flow);
		if (++trace->shown == trace->options->most)
			ret = ENOUGH;
	}
	if (flow->command == TCPSTATE_CMD_FLOW_END)
		drop(find(trace, flow->id));
	return ret;
}

static int each_lost(uint64_t count, void *data)
{
	char lost[FORMAT_NUMBER + 8] = "events";
	struct trace *trace = data;

	for (size_t i = 0; i < BUCKETS; i++)
		for (struct conn *conn = trace->buckets[i]; conn; conn = conn->next)
			conn->marked = false;
	if (trace->options->json) {
		json_open(NULL, '{');
		json_maybe("lost", count, count);
		json_end();
		return 0;
	}
	print_time(trace, term_now_ns());
	if (count)
		snprintf(lost, sizeof(lost), "%llu events", (unsigned long long)count);
	trace->used += printf("    ");
	printf("%s%s were lost%s", term_color(TERM_BAD), lost, term_color(TERM_PLAIN));
	print_words(trace, trace->used + strlen(lost) + strlen(" were lost"),
		    ": rungs are missing here");
	return 0;
}

/* After a loss, connections of the ladder go on from the states that they have now. */
static int each_known(const struct flow *flow, void *data)
{
	struct trace *trace = data;
	struct conn *conn = *find(trace, flow->id);

	if (!conn)
		return 0;
	conn->marked = true;
	if (trace->options->by_connection)
		return add_event(trace, conn, flow);
	print_event(trace, conn, flow);
	return 0;
}

static int each_synced(uint64_t count, void *data)
{
	struct trace *trace = data;
	int ret = 0;

	(void)count;
	for (size_t i = 0; i < BUCKETS && !ret; i++) {
		struct conn **at = &trace->buckets[i];

		while (*at && !ret) {
			if ((*at)->marked) {
				at = &(*at)->next;
				continue;
			}
			if (trace->options->by_connection)
				ret = print_conn(trace, *at);
			drop(at);
		}
	}
	return ret;
}

static int by_number(const void *a, const void *b)
{
	const struct conn *one = *(const struct conn * const *)a;
	const struct conn *two = *(const struct conn * const *)b;

	return one->number < two->number ? -1 : one->number > two->number;
}

/* Print the connections that have not ended yet, in order, and free all. */
static void finish(struct trace *trace, bool print)
{
	size_t n = 0, room = 0;
	struct conn **conns;

	for (size_t i = 0; i < BUCKETS; i++)
		for (struct conn *conn = trace->buckets[i]; conn; conn = conn->next)
			room++;
	conns = calloc(room + 1, sizeof(*conns));
	for (size_t i = 0; conns && i < BUCKETS; i++)
		for (struct conn *conn = trace->buckets[i]; conn; conn = conn->next)
			conns[n++] = conn;
	if (conns)
		qsort(conns, n, sizeof(*conns), by_number);
	for (size_t i = 0; print && i < n; i++)
		if (print_conn(trace, conns[i]))
			print = false;
	free(conns);
	for (size_t i = 0; i < BUCKETS; i++)
		while (trace->buckets[i])
			drop(&trace->buckets[i]);
}

/* Find out how much of a line there is for the segment. */
static void measure(struct trace *trace)
{
	unsigned int columns = trace->options->wide ? UINT_MAX : term_columns();
	bool date = trace->options->clock == FORMAT_DATE;
	unsigned int fixed = FIXED + (date ? DATE : 0);

	trace->limit = columns;
	trace->narrow = columns < NARROW;
	trace->width = SEGMENT_MAX;
	if (columns < fixed + SEGMENT_MAX)
		trace->width = columns - fixed + (trace->narrow && !date ? 3 : 0);
}

/**
 * trace_run() - tcpstate trace
 * @ipc: where from
 * @options: what was asked for
 *
 * Return: STATUS_*.
 */
int trace_run(struct ipc *ipc, const struct options *options)
{
	struct trace *trace = calloc(1, sizeof(*trace));
	struct stream stream = {
		.filter = &options->filter, .tuple_only = options->by_connection,
		.event = each_event, .lost = each_lost,
		.known = each_known, .synced = each_synced,
		.data = trace,
	};
	int ret;

	if (!trace)
		return STATUS_FAILURE;
	trace->options = options;
	measure(trace);
	ret = stream_run(&stream, ipc, false);
	finish(trace, options->by_connection && ret != ENOUGH && ret != NO_MEMORY);
	fflush(stdout);
	if (ret == NO_MEMORY)
		fputs("tcpstate: out of memory\n", stderr);
	else if (ret >= 0)
		fprintf(stderr, "%llu shown, %llu lost\n", (unsigned long long)trace->shown,
			(unsigned long long)stream.total_lost);
	free(trace);
	if (ret < 0)
		return options_fail(ipc);
	return ret == NO_MEMORY ? STATUS_FAILURE : STATUS_OK;
}
