// SPDX-License-Identifier: GPL-2.0-only
/* tcpstate trace: which connections the ladder shows, and when. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "ladder.h"
#include "options.h"
#include "rung.h"
#include "stream.h"
#include "term.h"

#define BUCKETS		65536
/* The callbacks' result when enough was shown, or memory is short. */
#define ENOUGH		2
#define NO_MEMORY	3
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
	/** @told: what was printed last, if sums are asked for; NULL before that */
	struct flow *told;
	/** @flows: its events, if they are kept until it has ended */
	struct flow *flows;
	size_t n;
	size_t room;
};

/** struct trace - the ladder so far */
struct trace {
	const struct options *options;
	struct ipc *ipc;
	/** @can_ask: the kernel still answers, and there is no error to be told */
	bool can_ask;
	/** @one_by_one: a connection is printed when it has ended */
	bool one_by_one;
	struct conn *buckets[BUCKETS];
	unsigned int conns;
	uint64_t shown;
	/** @last: the number of the connection that was printed last, one by one */
	unsigned int last;
	struct ladder ladder;
};

/* Is the ladder of one connection drawn, and nothing else printed? */
static bool is_picture(const struct options *options)
{
	return options->format != OPTIONS_TEXT;
}

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
	free(conn->told);
	free(conn);
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
	ladder_print_heading(&trace->ladder, conn->number, flow, is_beginning(flow) ? "" :
		      "  (its beginning was not seen)");
}

/* One by one, go on with a connection that was shown before, under its heading. */
static void print_continued(struct trace *trace, const struct conn *conn, const struct flow *flow)
{
	if (!trace->one_by_one || trace->options->json || trace->last == conn->number)
		return;
	putchar('\n');
	ladder_print_heading(&trace->ladder, conn->number, flow, "  (continued)");
	trace->last = conn->number;
}

/* Print what has passed since the last event: segments that moved no state. */
static void print_sums(struct trace *trace, const struct conn *conn, const struct flow *flow)
{
	struct sum sums[SUMS_MAX];
	size_t n = conn->told ? sums_between(conn->told, flow, sums) : 0;

	if (n && conn->shown)
		print_continued(trace, conn, flow);
	for (size_t i = 0; i < n; i++)
		ladder_print_sum(&trace->ladder, conn->number, conn->told, &sums[i]);
}

static void tell_sums(struct trace *trace, struct conn *conn, const struct flow *flow)
{
	if (!trace->options->all_segments)
		return;
	/* After a loss, it is not known what the segments were that passed. */
	if (record_has(flow, TCPSTATE_A_FLOW_EVENT))
		print_sums(trace, conn, flow);
	if (!conn->told)
		conn->told = malloc(sizeof(*conn->told));
	if (conn->told)
		*conn->told = *flow;
}

static void print_event(struct trace *trace, struct conn *conn, const struct flow *flow)
{
	if (trace->options->json) {
		json_event(flow, stream_kind(flow));
		return;
	}
	tell_sums(trace, conn, flow);
	if (flow->event.n_transitions || flow->command != TCPSTATE_CMD_FLOW_END)
		ladder_print_rung(&trace->ladder, conn->number, flow);
	if (flow->command == TCPSTATE_CMD_FLOW_END)
		ladder_print_end(&trace->ladder, conn->number, flow);
	else if (flow->verdict != TCPSTATE_VERDICT_NONE && flow->verdict != conn->verdict)
		ladder_print_verdict(&trace->ladder, conn->number, flow);
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
	if (!trace->one_by_one && !trace->options->json)
		print_first_heading(trace, *at, flow);
	return *at;
}

static int draw_conn(struct trace *trace, const struct conn *conn)
{
	const struct options *options = trace->options;
	struct rungs rungs;

	if (!rung_make(&rungs, options, conn->flows, conn->n))
		return NO_MEMORY;
	(options->format == OPTIONS_SVG ? svg_print : mermaid_print)(&rungs, options, conn->flows);
	rung_free(&rungs);
	trace->shown++;
	return 0;
}

/* Print the events that are kept of a connection, if it passes the filter as it is now. */
static int print_conn(struct trace *trace, struct conn *conn)
{
	if (!conn->n || !filter_match(&trace->options->filter, &conn->flows[conn->n - 1]))
		return 0;
	if (is_picture(trace->options))
		return draw_conn(trace, conn) ?: ENOUGH;
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
		print_continued(trace, conn, flow);
		print_event(trace, conn, flow);
		return 0;
	}
	if (!keep(conn, flow))
		return NO_MEMORY;
	if (flow->verdict == TCPSTATE_VERDICT_NONE &&
	    !(is_picture(trace->options) && conn->n == trace->options->most))
		return 0;
	return print_conn(trace, conn);
}

static int each_event(const struct flow *flow, void *data)
{
	struct trace *trace = data;
	struct conn *conn = get_conn(trace, flow);
	int ret = 0;

	if (!conn)
		return NO_MEMORY;
	if (trace->one_by_one) {
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
	struct trace *trace = data;

	for (size_t i = 0; i < BUCKETS; i++)
		for (struct conn *conn = trace->buckets[i]; conn; conn = conn->next)
			conn->marked = false;
	if (is_picture(trace->options))
		return 0;
	if (trace->options->json) {
		json_open(NULL, '{');
		json_maybe("lost", count, count);
		json_end();
		return 0;
	}
	ladder_print_lost(&trace->ladder, count);
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
	if (trace->one_by_one)
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
			if (trace->one_by_one)
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

/* Is the connection in the table in the states that were told last? */
static bool get_last(const struct trace *trace, const struct conn *conn, const struct flow *told,
		     struct flow *flow)
{
	return trace->can_ask && told && !ipc_get_id(trace->ipc, conn->id, flow) &&
	       flow->end[0].state == told->end[0].state &&
	       flow->end[1].state == told->end[1].state;
}

/* Does the connection go on, as far as a recording tells? */
static bool is_untold(const struct trace *trace, const struct conn *conn)
{
	return trace->options->read && conn->told &&
	       conn->told->verdict == TCPSTATE_VERDICT_NONE;
}

/* What has passed since the last event of a connection that goes on */
static void finish_sums(struct trace *trace, struct conn *conn)
{
	struct flow flow;

	if (is_picture(trace->options)) {
		if (conn->n && get_last(trace, conn, &conn->flows[conn->n - 1], &flow))
			keep(conn, &flow);
	} else if (get_last(trace, conn, conn->told, &flow)) {
		print_sums(trace, conn, &flow);
	} else if (is_untold(trace, conn)) {
		ladder_print_untold(&trace->ladder, conn->number);
	}
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
	for (size_t i = 0; print && i < n; i++) {
		if (trace->options->all_segments && is_picture(trace->options))
			finish_sums(trace, conns[i]);
		if (trace->one_by_one && print_conn(trace, conns[i]))
			print = false;
		if (trace->options->all_segments && !is_picture(trace->options))
			finish_sums(trace, conns[i]);
	}
	free(conns);
	for (size_t i = 0; i < BUCKETS; i++)
		while (trace->buckets[i])
			drop(&trace->buckets[i]);
}

/**
 * trace_check() - end the program if its options exclude each other
 * @options: what was asked for
 */
void trace_check(const struct options *options)
{
	if (options->json && is_picture(options))
		options_usage(options, "'--json' and '--format': expected one of them");
	if (options->json && options->all_segments)
		options_usage(options, "'--json' and '--all-segments': expected one of them");
	if (options->to_scale && options->format != OPTIONS_SVG)
		options_usage(options, "'--to-scale': expected '--format svg' with it");
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
		.filter = &options->filter,
		.tuple_only = options->by_connection || is_picture(options),
		.event = each_event, .lost = each_lost,
		.known = each_known, .synced = each_synced,
		.data = trace,
	};
	bool drawn;
	int ret;

	if (!trace)
		return STATUS_FAILURE;
	trace->options = options;
	trace->ipc = ipc;
	trace->one_by_one = stream.tuple_only;
	ladder_init(&trace->ladder, options);
	if (options->all_segments && !is_picture(options))
		ladder_print_columns(&trace->ladder);
	ret = stream_run(&stream, ipc, false);
	trace->can_ask = !ret && !options->read;
	finish(trace, (trace->one_by_one || options->all_segments) && ret != ENOUGH &&
	       ret != NO_MEMORY);
	fflush(stdout);
	if (ret == NO_MEMORY)
		fputs("tcpstate: out of memory\n", stderr);
	else if (ret >= 0)
		stream_sum_up(&stream, trace->shown,
			      trace->one_by_one ? "connection" : "event");
	drawn = trace->shown || !is_picture(options);
	free(trace);
	if (ret < 0)
		return options_fail(ipc);
	if (!drawn)
		fputs("tcpstate: nothing is drawn, because no such connection passed\n", stderr);
	return ret == NO_MEMORY || !drawn ? STATUS_FAILURE : STATUS_OK;
}
