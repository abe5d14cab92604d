// SPDX-License-Identifier: GPL-2.0-only
/* What passed between two events of a connection, by the difference of its counts. */
#include "sums.h"

#include <stdio.h>

#include "format.h"

/** struct counts - what an end has sent between two events */
struct counts {
	uint64_t opening;
	uint64_t repeats;
	uint64_t data;
	uint64_t acks;
	uint64_t closing;
	uint64_t bytes;
	uint64_t retransmits;
};

/* A count that was taken back, as by a pick-up, tells of nothing that passed. */
static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static struct counts difference(const struct end *before, const struct end *after)
{
	return (struct counts){
		.opening = minus(after->opening, before->opening),
		.repeats = minus(after->repeats, before->repeats),
		.data = minus(after->data, before->data),
		.acks = minus(after->acks, before->acks),
		.closing = minus(after->closing, before->closing),
		.bytes = minus(after->bytes, before->bytes),
		.retransmits = minus(after->retransmits, before->retransmits),
	};
}

/* Did the segment acknowledge a FIN? Then it was counted as one that closes. */
static bool acks_fin(const struct event *event)
{
	for (unsigned int i = 0; i < event->n_transitions; i++)
		if (event->transition[i].trigger == TCPSTATE_RCV_FIN ||
		    event->transition[i].trigger == TCPSTATE_RCV_ACK_OF_FIN)
			return true;
	return false;
}

static void take_ack(struct counts *counts, bool closes)
{
	if (closes && counts->closing)
		counts->closing--;
	else if (counts->opening > counts->repeats)
		counts->opening--;
	else if (counts->acks)
		counts->acks--;
	else if (counts->closing)
		counts->closing--;
}

/* The segment of the event has a rung of its own: leave it out. */
static void take_segment(struct counts *counts, const struct event *event)
{
	const struct segment *segment = &event->segment;
	uint64_t segs = segment->segs ? segment->segs : 1;

	counts->bytes = minus(counts->bytes, segment->len);
	if (segment->flags & TCPSTATE_FLAG_SYN) {
		counts->opening = minus(counts->opening, 1);
	} else if (segment->flags & (TCPSTATE_FLAG_FIN | TCPSTATE_FLAG_RST)) {
		counts->closing = minus(counts->closing, 1);
		/* A FIN may ride at the end of a super-segment. */
		counts->data = minus(counts->data, segs - 1);
	} else if (segment->len) {
		counts->data = minus(counts->data, segs);
	} else {
		take_ack(counts, acks_fin(event));
	}
}

static enum sum_kind closing_kind(unsigned int state)
{
	switch (state) {
	case TCPSTATE_FIN_WAIT_1:
	case TCPSTATE_CLOSING:
	case TCPSTATE_LAST_ACK:
		return SUM_FIN;
	case TCPSTATE_CLOSED:
		return SUM_RST;
	default:
		return SUM_ACK_OF_FIN;
	}
}

/* Add a sum, unless it is one of nothing. @counts: the TCPSTATE_COUNT_* that it comes from */
static size_t add(struct sum sums[SUMS_MAX], size_t i, const struct sum *sum,
		  const struct flow *after, uint32_t counts)
{
	if (!sum->n)
		return i;
	sums[i] = *sum;
	sums[i].saturated = after->end[sum->end].saturated & counts;
	return i + 1;
}

/* What an end has sent, but for the segment of the event itself */
static struct counts sent(const struct flow *before, const struct flow *after, int end)
{
	struct counts counts = difference(&before->end[end], &after->end[end]);
	const struct event *event = &after->event;

	if (record_has(after, TCPSTATE_A_FLOW_EVENT) &&
	    record_has(event, TCPSTATE_A_EVENT_SEGMENT) && event->segment.from == end)
		take_segment(&counts, event);
	/* The third segment of a handshake need not move a state. */
	if (counts.opening > counts.repeats) {
		counts.acks += counts.opening - counts.repeats;
		counts.opening = counts.repeats;
	}
	return counts;
}

/* How many segments of data came again? The others are told as such. */
static uint64_t data_again(const struct counts *counts, enum sum_kind closing)
{
	uint64_t others = counts->opening + (closing == SUM_FIN ? counts->closing : 0);
	uint64_t again = minus(counts->retransmits, others);

	return again < counts->data ? again : counts->data;
}

/**
 * sums_between() - what passed between two events of a connection
 * @before: the first event
 * @after: the second one, whose segment does not count; or the record as it is in the table
 * @sums: the sums
 *
 * The counts of both ends have changed by what has passed, by its purpose and not one by one.
 *
 * Return: how many sums there are.
 */
size_t sums_between(const struct flow *before, const struct flow *after,
		    struct sum sums[SUMS_MAX])
{
	struct counts counts[2];
	enum sum_kind kind[2];
	struct sum sum;
	size_t n = 0;

	for (int end = 0; end < 2; end++) {
		counts[end] = sent(before, after, end);
		kind[end] = closing_kind(before->end[end].state);
		sum = (struct sum){ .kind = SUM_SYN, .end = end, .n = counts[end].opening };
		n = add(sums, n, &sum, after, TCPSTATE_COUNT_OPENING);
	}
	/* What acknowledges data stands behind it. */
	for (int end = 0; end < 2; end++) {
		sum = (struct sum){
			.kind = SUM_DATA, .end = end, .n = counts[end].data,
			.bytes = counts[end].bytes, .again = data_again(&counts[end], kind[end]),
		};
		n = add(sums, n, &sum, after, TCPSTATE_COUNT_DATA);
		sum = (struct sum){ .kind = SUM_ACK, .end = !end, .n = counts[!end].acks };
		n = add(sums, n, &sum, after, TCPSTATE_COUNT_ACKS);
	}
	for (int end = 0; end < 2; end++) {
		sum = (struct sum){ .kind = kind[end], .end = end, .n = counts[end].closing };
		n = add(sums, n, &sum, after, TCPSTATE_COUNT_CLOSING);
	}
	return n;
}

/* "SYN again", "SYN again, 3 times" */
static void again_text(const char *what, const struct sum *sum, char text[SUMS_TEXT])
{
	char number[FORMAT_NUMBER];

	snprintf(text, SUMS_TEXT, "%s again", what);
	if (sum->n > 1)
		format_append(text, SUMS_TEXT, ", %s times",
			      format_count(sum->n, sum->saturated, number));
}

static void data_text(const struct sum *sum, enum sum_detail detail, char text[SUMS_TEXT])
{
	char n[FORMAT_NUMBER], bytes[FORMAT_NUMBER], scaled[16];

	format_count(sum->n, sum->saturated, n);
	format_number(true, sum->bytes, bytes);
	if (detail == SUM_LEAST) {
		format_scaled(sum->n, sum->saturated, scaled);
		snprintf(text, SUMS_TEXT, "%s seg", scaled);
		return;
	}
	if (detail == SUM_BRIEF) {
		snprintf(text, SUMS_TEXT, "%s seg, %s B", n, bytes);
		return;
	}
	snprintf(text, SUMS_TEXT, "%s segment%s, %s byte%s", n, sum->n == 1 ? "" : "s", bytes,
		 sum->bytes == 1 ? "" : "s");
	if (sum->again)
		format_append(text, SUMS_TEXT, ", %llu again", (unsigned long long)sum->again);
}

/**
 * sum_text() - a sum for people: "3 segments, 9 bytes"
 * @sum: the sum
 * @detail: how much is said
 * @text: room for it
 */
void sum_text(const struct sum *sum, enum sum_detail detail, char text[SUMS_TEXT])
{
	char n[FORMAT_NUMBER], scaled[16];

	switch (sum->kind) {
	case SUM_SYN:
		again_text(sum->end == TCPSTATE_INITIATOR ? "SYN" : "SYN/ACK", sum, text);
		break;
	case SUM_DATA:
		data_text(sum, detail, text);
		break;
	case SUM_ACK:
		format_scaled(sum->n, sum->saturated, scaled);
		snprintf(text, SUMS_TEXT, "%s ACK%s", detail == SUM_LEAST ? scaled :
			 format_count(sum->n, sum->saturated, n), sum->n == 1 ? "" : "s");
		break;
	case SUM_FIN:
		again_text("FIN", sum, text);
		break;
	case SUM_ACK_OF_FIN:
		again_text(detail == SUM_FULL ? "ACK of the FIN" : "ACK", sum, text);
		break;
	case SUM_RST:
		format_count(sum->n, sum->saturated, n);
		snprintf(text, SUMS_TEXT, "%s after the end", n);
		break;
	}
}
