// SPDX-License-Identifier: GPL-2.0-only
/* What a connection costs: what both ends have sent, by purpose, and what they sent again. */
#include "cost.h"

#include <stdio.h>

#include "format.h"
#include "term.h"

/** struct cost - the counts of both ends, of which some may have saturated */
struct cost {
	uint64_t n[2];
	bool saturated[2];
};

static struct cost cost_of(const struct flow *flow, uint32_t counts)
{
	struct cost cost = {};

	for (int i = 0; i < 2; i++) {
		const struct end *end = &flow->end[i];

		cost.saturated[i] = end->saturated & counts;
		cost.n[i] += counts & TCPSTATE_COUNT_OPENING ? end->opening : 0;
		cost.n[i] += counts & TCPSTATE_COUNT_DATA ? end->data : 0;
		cost.n[i] += counts & TCPSTATE_COUNT_ACKS ? end->acks : 0;
		cost.n[i] += counts & TCPSTATE_COUNT_CLOSING ? end->closing : 0;
		cost.n[i] += counts & TCPSTATE_COUNT_BYTES ? end->bytes : 0;
	}
	return cost;
}

/* The sum of both ends. If it has no room in 64 bits, it is a lower bound as well. */
static const char *cost_sum(const struct cost *cost, uint64_t *sum, char text[FORMAT_NUMBER])
{
	bool saturated = cost->saturated[0] || cost->saturated[1];

	if (__builtin_add_overflow(cost->n[0], cost->n[1], sum)) {
		*sum = UINT64_MAX;
		saturated = true;
	}
	return format_count(*sum, saturated, text);
}

static unsigned int percent(uint64_t part, uint64_t all)
{
	return all ? (part * 100 + all / 2) / all : 0;
}

static void cost_row(const struct flow *flow, const char *label, uint32_t counts, bool share)
{
	struct cost cost = cost_of(flow, counts), all = cost_of(flow, RECORD_SEGMENTS);
	char one[FORMAT_NUMBER], two[FORMAT_NUMBER], both[FORMAT_NUMBER];
	uint64_t sum;

	cost_sum(&cost, &sum, both);
	printf(FORMAT_LABEL FORMAT_ENDS " %10s", label,
	       format_count(cost.n[0], cost.saturated[0], one),
	       format_count(cost.n[1], cost.saturated[1], two), both);
	/* If some segments were not counted, no share is known. */
	if (share && (all.saturated[0] || all.saturated[1]))
		printf("     -");
	else if (share)
		printf(" %5u %%", percent(sum, all.n[0] + all.n[1]));
	putchar('\n');
}

/* What each end sent again, or out of order; "?" for an end that was never heard. */
static void order_row(const struct flow *flow, const char *label, unsigned int attribute,
		      uint32_t count, const uint32_t n[2])
{
	struct cost all = cost_of(flow, RECORD_SEGMENTS);
	struct cost cost = { .n = { n[0], n[1] } };
	char text[2][FORMAT_NUMBER], both[FORMAT_NUMBER] = "?";
	bool known = true;
	uint64_t sum;

	for (int i = 0; i < 2; i++) {
		const struct end *end = &flow->end[i];

		cost.saturated[i] = end->saturated & count;
		known = known && record_has(end, attribute);
		if (record_has(end, attribute))
			format_count(n[i], cost.saturated[i], text[i]);
		else
			snprintf(text[i], FORMAT_NUMBER, "?");
	}
	if (known)
		cost_sum(&cost, &sum, both);
	printf(FORMAT_LABEL FORMAT_ENDS " %10s", label, text[0], text[1], both);
	if (!known || cost.saturated[0] || cost.saturated[1] ||
	    all.saturated[0] || all.saturated[1] || !(all.n[0] + all.n[1]))
		printf("     -\n");
	else
		printf(" %5.1f %%\n", 100. * sum / (all.n[0] + all.n[1]));
}

/* The share of its own segments that an end has sent again, without the other end's ACKs */
static void print_again(const struct flow *flow)
{
	for (int i = 0; i < 2; i++) {
		const struct end *end = &flow->end[i];
		uint64_t all = record_segments(end);

		if (record_has(end, TCPSTATE_A_END_RETRANSMITS) && end->retransmits && all &&
		    !(end->saturated & (RECORD_SEGMENTS | TCPSTATE_COUNT_RETRANSMITS)))
			printf("  The %s sent %.1f %% of its own segments again.\n",
			       format_name(FORMAT_ROLE, i), 100. * end->retransmits / all);
	}
}

/**
 * cost_show() - print what opening and closing cost in addition to the data
 * @flow: the connection
 */
void cost_show(const struct flow *flow)
{
	struct cost all = cost_of(flow, RECORD_SEGMENTS);
	struct cost data = cost_of(flow, TCPSTATE_COUNT_DATA);
	struct cost rest = cost_of(flow, RECORD_SEGMENTS & ~TCPSTATE_COUNT_DATA);
	char all_text[FORMAT_NUMBER], data_text[FORMAT_NUMBER], rest_text[FORMAT_NUMBER];
	char share[16] = "";
	uint64_t n, n_data, n_rest;

	printf("\n%s  %-16s" FORMAT_ENDS " %10s %7s%s\n", term_color(TERM_HEADING), "segments",
	       format_name(FORMAT_ROLE, TCPSTATE_INITIATOR),
	       format_name(FORMAT_ROLE, TCPSTATE_RESPONDER), "both", "share",
	       term_color(TERM_PLAIN));
	cost_row(flow, "opening", TCPSTATE_COUNT_OPENING, true);
	cost_row(flow, "data", TCPSTATE_COUNT_DATA, true);
	cost_row(flow, "acks", TCPSTATE_COUNT_ACKS, true);
	cost_row(flow, "closing", TCPSTATE_COUNT_CLOSING, true);
	cost_row(flow, "all", RECORD_SEGMENTS, true);
	order_row(flow, "retransmitted", TCPSTATE_A_END_RETRANSMITS, TCPSTATE_COUNT_RETRANSMITS,
		  (uint32_t[]){ flow->end[0].retransmits, flow->end[1].retransmits });
	order_row(flow, "gaps", TCPSTATE_A_END_GAPS, TCPSTATE_COUNT_GAPS,
		  (uint32_t[]){ flow->end[0].gaps, flow->end[1].gaps });
	cost_row(flow, "bytes", TCPSTATE_COUNT_BYTES, false);
	cost_sum(&all, &n, all_text);
	cost_sum(&data, &n_data, data_text);
	cost_sum(&rest, &n_rest, rest_text);
	if (!all.saturated[0] && !all.saturated[1])
		snprintf(share, sizeof(share), " (%u %%)", percent(n_data, n));
	if (n_data)
		printf("\n  %s of %s segments carried data%s; %s opened, acknowledged or closed.\n",
		       data_text, all_text, share, rest_text);
	else
		printf("\n  None of %s segments carried data.\n", all_text);
	print_again(flow);
}
