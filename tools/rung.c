// SPDX-License-Identifier: GPL-2.0-only
/* The rungs of one connection's ladder, for pictures of it. */
#include "rung.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "ladder.h"
#include "stream.h"

/* An event makes at most a segment or a note, a verdict, and a note at the end. */
#define RUNGS_EACH	3

static struct rung *add(struct rungs *rungs, const struct flow *flow, enum rung_kind kind)
{
	struct rung *rung = &rungs->rung[rungs->n++];

	*rung = (struct rung){
		.kind = kind, .time_ns = stream_time_ns(flow), .verdict = flow->verdict,
		.state = { flow->end[0].state, flow->end[1].state },
	};
	return rung;
}

static void add_event(struct rungs *rungs, const struct options *options,
		      const struct flow *flow)
{
	bool told = record_has(flow, TCPSTATE_A_FLOW_EVENT);
	const struct event *event = &flow->event;
	struct rung *rung;

	if (told && record_has(event, TCPSTATE_A_EVENT_SEGMENT)) {
		rung = add(rungs, flow, RUNG_SEGMENT);
		rung->from = event->segment.from;
		ladder_segment_text(options, &event->segment, rung->text);
	} else {
		rung = add(rungs, flow, RUNG_NOTE);
		if (!told)
			snprintf(rung->text, RUNG_TEXT, "so it is in the table");
		else if (record_has(event, TCPSTATE_A_EVENT_TIMER))
			snprintf(rung->text, RUNG_TEXT, "%s timer ran out",
				 format_name(FORMAT_TIMER, event->timer));
	}
	if (told && record_has(event, TCPSTATE_A_EVENT_RETRACT))
		format_append(rung->text, RUNG_TEXT, " (taken back)");
}

static void add_flow(struct rungs *rungs, const struct options *options, const struct flow *flow,
		     unsigned int verdict)
{
	bool end = flow->command == TCPSTATE_CMD_FLOW_END;
	struct rung *rung;

	if (!end || flow->event.n_transitions)
		add_event(rungs, options, flow);
	if (end) {
		rung = add(rungs, flow, RUNG_NOTE);
		ladder_end_text(flow, rung->text);
	} else if (flow->verdict != TCPSTATE_VERDICT_NONE && flow->verdict != verdict) {
		rung = add(rungs, flow, RUNG_VERDICT);
		snprintf(rung->text, RUNG_TEXT, "%s", format_name(FORMAT_VERDICT, flow->verdict));
	}
}

/**
 * rung_make() - make the rungs of a connection
 * @rungs: is filled
 * @options: what was asked for
 * @flows: its events
 * @n: how many there are, from one on
 *
 * Return: false without memory.
 */
bool rung_make(struct rungs *rungs, const struct options *options, const struct flow *flows,
	       size_t n)
{
	unsigned int verdict = TCPSTATE_VERDICT_NONE;

	*rungs = (struct rungs){};
	rungs->rung = reallocarray(NULL, n, RUNGS_EACH * sizeof(*rungs->rung));
	if (!rungs->rung)
		return false;
	for (int end = 0; end < 2; end++)
		if (record_has(&flows->end[end], TCPSTATE_A_END_STATE_BEFORE))
			rungs->before[end] = flows->end[end].state_before;
	for (size_t i = 0; i < n; i++) {
		add_flow(rungs, options, &flows[i], verdict);
		verdict = flows[i].verdict;
	}
	return true;
}

/**
 * rung_time() - when a rung was seen, as the options ask for it
 * @rungs: all of them
 * @options: what was asked for
 * @i: which one
 * @text: room for it
 */
void rung_time(const struct rungs *rungs, const struct options *options, size_t i,
	       char text[FORMAT_TIME])
{
	uint64_t time_ns = rungs->rung[i].time_ns;

	if (options->clock == FORMAT_SINCE)
		time_ns -= rungs->rung[0].time_ns;
	format_time(time_ns, options->clock, text);
}

/**
 * rung_free() - free what rung_make() took
 * @rungs: the rungs
 */
void rung_free(struct rungs *rungs)
{
	free(rungs->rung);
	*rungs = (struct rungs){};
}

/**
 * rung_print_text() - print a text whose characters may mean something to the reader
 * @text: the text, in the character set of the locale; what is no character becomes a ?
 * @escape: prints one character by its number in Unicode
 */
void rung_print_text(const char *text, rung_escape *escape)
{
	size_t rest = strlen(text);
	mbstate_t state = {};

	while (rest) {
		wchar_t character;
		size_t len = mbrtowc(&character, text, rest, &state);

		if (len == (size_t)-1 || len == (size_t)-2 || !len) {
			memset(&state, 0, sizeof(state));
			character = '?';
			len = 1;
		}
		/* Neither control characters, nor what XML 1.0 excludes. */
		if (character < ' ' || (character >= 0x7f && character < 0xa0) ||
		    (character & 0xfffe) == 0xfffe)
			character = '?';
		escape(character);
		text += len;
		rest -= len;
	}
}
