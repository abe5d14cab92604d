// SPDX-License-Identifier: GPL-2.0-only
/* The rungs of one connection's ladder, for pictures of it. */
#include "rung.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "ladder.h"
#include "stream.h"
#include "sums.h"

/* An event makes at most sums, a segment or a note, a verdict, and a note at the end. */
#define RUNGS_EACH	(SUMS_MAX + 3)

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

/* What passed between two events: at times that are not known, so spread them evenly. */
static void add_sums(struct rungs *rungs, const struct flow *before, const struct flow *flow)
{
	uint64_t from_ns = stream_time_ns(before), to_ns = stream_time_ns(flow);
	struct sum sums[SUMS_MAX];
	size_t n = sums_between(before, flow, sums);

	for (size_t i = 0; i < n; i++) {
		struct rung *rung = add(rungs, before, RUNG_SUM);

		rung->from = sums[i].end;
		rung->time_ns = to_ns > from_ns ? from_ns + (to_ns - from_ns) / (n + 1) * (i + 1) :
						  from_ns;
		sum_text(&sums[i], SUM_FULL, rung->text);
	}
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

/* Is that the record as it was read at the end, where no state has changed any more? */
static bool is_last(const struct flow *flows, size_t n, size_t i)
{
	return i && i + 1 == n && !record_has(&flows[i], TCPSTATE_A_FLOW_EVENT) &&
	       flows[i].end[0].state == flows[i - 1].end[0].state &&
	       flows[i].end[1].state == flows[i - 1].end[1].state;
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
		bool told = record_has(&flows[i], TCPSTATE_A_FLOW_EVENT);

		/* After a loss, it is not known what the segments were that passed. */
		if (options->all_segments && i && (told || is_last(flows, n, i)))
			add_sums(rungs, &flows[i - 1], &flows[i]);
		if (options->all_segments && !told && is_last(flows, n, i))
			break;
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
 * @text: room for it; becomes empty for a sum
 */
void rung_time(const struct rungs *rungs, const struct options *options, size_t i,
	       char text[FORMAT_TIME])
{
	uint64_t time_ns = rungs->rung[i].time_ns;

	*text = '\0';
	if (rungs->rung[i].kind == RUNG_SUM)
		return;
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
