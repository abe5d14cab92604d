// SPDX-License-Identifier: GPL-2.0-only
/* tcpstate events: a line an event. */
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "options.h"
#include "stream.h"
#include "term.h"

/* The callbacks' result when enough was shown. */
#define ENOUGH	2

/** struct events - what was printed so far */
struct events {
	const struct options *options;
	uint64_t shown;
	/** @first_ns: the time of the first event, if times count from there */
	uint64_t first_ns;
};

static void print_time(struct events *events, uint64_t time_ns)
{
	enum format_clock clock = events->options->clock;
	char text[FORMAT_TIME];

	if (!events->first_ns)
		events->first_ns = time_ns;
	if (clock == FORMAT_SINCE)
		time_ns -= events->first_ns;
	format_time(time_ns, clock, text);
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
static void print_transitions(const struct event *event)
{
	for (unsigned int i = 0; i < event->n_transitions; i++)
		printf("%s%s:%s", i ? "," : " ", format_name(FORMAT_ROLE, event->transition[i].end),
		       format_name(FORMAT_TRIGGER, event->transition[i].trigger));
	if (!event->n_transitions)
		fputs(" -", stdout);
}

static void print_state(unsigned int state)
{
	printf(" %s%-12s%s", term_color(term_state_color(state)),
	       format_name(FORMAT_STATE, state), term_color(TERM_PLAIN));
}

/* Every line has the same number of words, one for each column. */
static void print_line(struct events *events, const struct flow *flow)
{
	bool numeric = events->options->numeric;
	const struct event *event = &flow->event;
	char initiator[FORMAT_END], responder[FORMAT_END], number[FORMAT_NUMBER];
	char text[12], step[8];

	format_number(record_has(event, TCPSTATE_A_EVENT_NUMBER), event->number, number);
	format_end(flow, TCPSTATE_INITIATOR, numeric, initiator);
	format_end(flow, TCPSTATE_RESPONDER, numeric, responder);
	print_time(events, record_has(event, TCPSTATE_A_EVENT_TIME_NS) ? event->time_ns :
		   term_now_ns());
	printf("%6s %-10s %14llu %-21s %-21s", number, stream_kind(flow),
	       (unsigned long long)flow->id, initiator, responder);
	print_state(flow->end[TCPSTATE_INITIATOR].state);
	print_state(flow->end[TCPSTATE_RESPONDER].state);
	printf(" %-11s %-3s %-5s", format_name(FORMAT_PHASE, flow->phase),
	       format_step(flow, step), trigger(event, text));
	print_transitions(event);
	printf(" %s\n", flow->verdict == TCPSTATE_VERDICT_NONE ? "-" :
	       format_name(FORMAT_VERDICT, flow->verdict));
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
	char number[FORMAT_NUMBER];

	if (events->options->json) {
		json_open(NULL, '{');
		json_maybe(kind, known, count);
		json_end();
		return;
	}
	format_number(known, count, number);
	print_time(events, term_now_ns());
	printf("%6s %-10s %14s\n", "-", kind, known ? number : "?");
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
	int ret = stream_run(&stream, ipc, options->known);

	if (ret < 0)
		return options_fail(ipc);
	fflush(stdout);
	fprintf(stderr, "%llu shown, %llu lost\n", (unsigned long long)events.shown,
		(unsigned long long)stream.total_lost);
	return STATUS_OK;
}
