// SPDX-License-Identifier: GPL-2.0-only
/* The lines of trace's ladder, fitted to the terminal. */
#include "ladder.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "columns.h"
#include "stream.h"
#include "term.h"

/* Columns in addition to the segment's; a clock that shows no µs is 3 narrower. */
#define FIXED		46
#define NARROW		(FIXED + 60)
/* What a date takes in addition. */
#define DATE		16
#define SEGMENT_MAX	64
/* Where a line goes on that was too long. */
#define INDENT		17

/** enum part - how much of a segment is shown; each has those above it */
enum part {
	PART_FLAGS,
	PART_SEQ,
	PART_ACK,
	PART_WINDOW,
};

static void write_time(const struct ladder *ladder, uint64_t time_ns, char text[FORMAT_TIME])
{
	enum format_clock clock = ladder->options->clock;

	if (clock == FORMAT_SINCE)
		time_ns -= ladder->first_ns;
	format_time(time_ns, clock, text);
	if (ladder->narrow && clock != FORMAT_DATE)
		text[strlen(text) - 3] = '\0';
}

static void print_time(struct ladder *ladder, uint64_t time_ns)
{
	char text[FORMAT_TIME];

	if (!ladder->first_ns)
		ladder->first_ns = time_ns;
	write_time(ladder, time_ns, text);
	ladder->time = strlen(text);
	ladder->used = ladder->time;
	fputs(text, stdout);
}

/* Print words at column @at, and those that do not fit on lines of their own. */
static void print_words(const struct ladder *ladder, unsigned int at, const char *text)
{
	while (*text) {
		size_t blanks = strspn(text, " "), len = strcspn(text + blanks, " ");

		if (at + blanks + len > ladder->limit && at > INDENT) {
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

/**
 * ladder_print_heading() - "#1 127.0.0.1:60370 > 127.0.0.1:5000", and a remark
 * @ladder: the ladder
 * @conn: the number of the connection
 * @flow: its ends
 * @remark: the remark, with blanks before it; or ""
 */
void ladder_print_heading(const struct ladder *ladder, unsigned int conn,
			  const struct flow *flow, const char *remark)
{
	bool numeric = ladder->options->numeric;
	char initiator[FORMAT_END + 2], responder[FORMAT_END + 2], number[16];
	unsigned int at;

	format_end(flow, TCPSTATE_INITIATOR, numeric, initiator);
	format_end(flow, TCPSTATE_RESPONDER, numeric, responder);
	at = snprintf(number, sizeof(number), "#%u ", conn);
	if (ladder->limit != UINT_MAX && ladder->limit > INDENT + COLUMNS_SHORTEST) {
		columns_shorten(initiator, ladder->limit - INDENT);
		columns_shorten(responder, ladder->limit - INDENT);
	}
	printf("%s%s%s", term_color(TERM_HEADING), number, initiator);
	at += columns_length(initiator);
	/* If there is no room for both, the second one stands below the first. */
	if (at + 3 + columns_length(responder) > ladder->limit)
		at = printf("\n  ") - 1;
	printf(" > %s%s", responder, term_color(TERM_PLAIN));
	at += 3 + columns_length(responder);
	print_words(ladder, at, remark);
}

/* As tcpdump writes numbers: those of a SYN are absolute, others count from it. */
static uint32_t number(const struct options *options, const struct segment *segment,
		       unsigned int relative, uint32_t number, uint32_t from_isn)
{
	if (options->absolute || segment->flags & TCPSTATE_FLAG_SYN ||
	    !record_has(segment, relative))
		return number;
	return from_isn;
}

/* "[S.] seq 679172691, ack 2313595155, win 65535, length 0", up to one of its parts */
static void write_segment(const struct options *options, const struct segment *segment,
			  enum part part, char text[LADDER_TEXT])
{
	uint32_t seq = number(options, segment, TCPSTATE_A_SEGMENT_RELATIVE_SEQ, segment->seq,
			      segment->relative_seq);
	uint32_t ack = number(options, segment, TCPSTATE_A_SEGMENT_RELATIVE_ACK, segment->ack,
			      segment->relative_ack);
	char flags[12];
	size_t last;

	snprintf(text, LADDER_TEXT, "%s", format_tcp_flags(segment->flags, flags));
	if (part == PART_FLAGS)
		return;
	if (segment->len)
		format_append(text, LADDER_TEXT, " seq %u:%u,", seq, seq + segment->len);
	else if (segment->flags & (TCPSTATE_FLAG_SYN | TCPSTATE_FLAG_FIN | TCPSTATE_FLAG_RST))
		format_append(text, LADDER_TEXT, " seq %u,", seq);
	if (record_has(segment, TCPSTATE_A_SEGMENT_ACK) && part >= PART_ACK)
		format_append(text, LADDER_TEXT, " ack %u,", ack);
	if (part == PART_WINDOW)
		format_append(text, LADDER_TEXT, " win %u, length %u,", segment->window,
			      segment->len);
	last = strlen(text) - 1;
	if (text[last] == ',')
		text[last] = '\0';
}

/**
 * ladder_segment_text() - all that is shown of a segment
 * @options: how numbers are shown
 * @segment: the segment
 * @text: room for it
 */
void ladder_segment_text(const struct options *options, const struct segment *segment,
			 char text[LADDER_TEXT])
{
	write_segment(options, segment, PART_WINDOW, text);
}

/* As much of a segment as there is room for */
static void fit_segment(const struct ladder *ladder, const struct segment *segment, int room,
			char text[LADDER_TEXT])
{
	int part = ladder->narrow ? PART_ACK : PART_WINDOW;

	do {
		write_segment(ladder->options, segment, part, text);
	} while (ladder->limit != UINT_MAX && (int)strlen(text) > room && part-- > PART_FLAGS);
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

/* A text on its line, pointing from a sender to its receiver. */
static void print_line(const char *text, int from, int width)
{
	int rest = width - (int)strlen(text) - 2;

	if (from == TCPSTATE_INITIATOR) {
		printf("%s ", text);
		fill('-', rest);
		putchar('>');
	} else {
		putchar('<');
		fill('-', rest);
		printf(" %s", text);
	}
}

static void print_segment(const struct ladder *ladder, const struct segment *segment, int width)
{
	char text[LADDER_TEXT];

	fit_segment(ladder, segment, width - 2, text);
	print_line(text, segment->from, width);
}

/* The width of the segment's column; a number of many digits takes its room from there. */
static int width_of(const struct ladder *ladder, unsigned int conn)
{
	char number[16];
	int len = snprintf(number, sizeof(number), "%u", conn);

	return ladder->width - (ladder->limit != UINT_MAX && len > 3 ? len - 3 : 0);
}

/**
 * ladder_print_columns() - say what stands in the columns of the rungs
 * @ladder: the ladder, before its first line
 */
void ladder_print_columns(struct ladder *ladder)
{
	char text[FORMAT_TIME];

	ladder->first_ns = term_now_ns();
	write_time(ladder, ladder->first_ns, text);
	ladder->first_ns = 0;
	printf("%s%-*s %2s %-13s%-*s responder%s\n", term_color(TERM_HEADING),
	       (int)strlen(text), "time", "#", "initiator", ladder->width, "segment",
	       term_color(TERM_PLAIN));
}

/**
 * ladder_print_sum() - a line for segments that moved no state, between the rungs of two that did
 * @ladder: the ladder, which has the rung before
 * @conn: the number of the connection
 * @before: what was told before, with the states of both ends
 * @sum: the segments
 */
void ladder_print_sum(const struct ladder *ladder, unsigned int conn, const struct flow *before,
		      const struct sum *sum)
{
	int width = width_of(ladder, conn);
	enum sum_detail detail = SUM_FULL;
	char text[SUMS_TEXT];

	do {
		sum_text(sum, detail, text);
	} while (ladder->limit != UINT_MAX && (int)strlen(text) > width - 2 &&
		 detail++ < SUM_LEAST);
	if (ladder->limit != UINT_MAX && (int)strlen(text) > width - 2)
		columns_cut(text, width - 2);
	printf("%*s %2u ", (int)ladder->time, "", conn);
	print_state(before->end[TCPSTATE_INITIATOR].state, 13);
	print_line(text, sum->end, width);
	putchar(' ');
	print_state(before->end[TCPSTATE_RESPONDER].state, 0);
	putchar('\n');
}

static void print_middle(const char *text, int width)
{
	int left = (width - (int)strlen(text)) / 2;

	fill(' ', left);
	printf("%-*.*s", width - (left > 0 ? left : 0), width > 0 ? width : 0, text);
}

/**
 * ladder_print_rung() - one line: both states as they are after an event, or in the table
 * @ladder: the ladder
 * @conn: the number of the connection
 * @flow: the event, or the connection as it is in the table
 */
void ladder_print_rung(struct ladder *ladder, unsigned int conn, const struct flow *flow)
{
	const struct event *event = &flow->event;
	bool told = record_has(flow, TCPSTATE_A_FLOW_EVENT);
	unsigned int state = flow->end[TCPSTATE_RESPONDER].state;
	int width = width_of(ladder, conn);
	char timer[64];

	print_time(ladder, stream_time_ns(flow));
	ladder->used += printf(" %2u ", conn);
	print_state(flow->end[TCPSTATE_INITIATOR].state, 13);
	if (!told) {
		print_middle("(so it is in the table)", width);
	} else if (record_has(event, TCPSTATE_A_EVENT_SEGMENT)) {
		print_segment(ladder, &event->segment, width);
	} else {
		snprintf(timer, sizeof(timer), "(%s timer ran out)",
			 format_name(FORMAT_TIMER, event->timer));
		print_middle(record_has(event, TCPSTATE_A_EVENT_TIMER) ? timer : "", width);
	}
	putchar(' ');
	print_state(state, 0);
	width += strlen(format_name(FORMAT_STATE, state));
	print_words(ladder, ladder->used + 13 + width + 1,
		    told && record_has(event, TCPSTATE_A_EVENT_RETRACT) ? "  (taken back)" : "");
}

/**
 * ladder_print_untold() - the last line of a connection that goes on, in a recording
 * @ladder: the ladder
 * @conn: the number of the connection
 *
 * Only with the next segment that moves a state, a recording would have told what passed.
 */
void ladder_print_untold(struct ladder *ladder, unsigned int conn)
{
	ladder->used = printf("%*s %2u", (int)ladder->time, "", conn);
	print_words(ladder, ladder->used, " (what passed after this is not in the recording)");
}

/**
 * ladder_print_verdict() - the line below the rung that has led to a verdict
 * @ladder: the ladder
 * @conn: the number of the connection
 * @flow: the event
 */
void ladder_print_verdict(struct ladder *ladder, unsigned int conn, const struct flow *flow)
{
	print_time(ladder, stream_time_ns(flow));
	printf(" %2u %s%s%s\n", conn, term_color(term_verdict_color(flow->verdict)),
	       format_name(FORMAT_VERDICT, flow->verdict), term_color(TERM_PLAIN));
}

/* "13 segments, 3 of them data" */
static void write_counts(const struct flow *flow, char text[LADDER_TEXT])
{
	const struct end *one = &flow->end[TCPSTATE_INITIATOR];
	const struct end *two = &flow->end[TCPSTATE_RESPONDER];
	uint64_t all = record_segments(one) + record_segments(two);
	uint64_t data = (uint64_t)one->data + two->data;
	uint32_t saturated = one->saturated | two->saturated;
	char all_text[FORMAT_NUMBER], data_text[FORMAT_NUMBER];

	snprintf(text, LADDER_TEXT, "%s segment%s, %s of them data",
		 format_count(all, saturated & RECORD_SEGMENTS, all_text), all == 1 ? "" : "s",
		 format_count(data, saturated & TCPSTATE_COUNT_DATA, data_text));
}

/**
 * ladder_end_text() - what is told at the end of a record
 * @flow: the event
 * @text: room for it
 */
void ladder_end_text(const struct flow *flow, char text[LADDER_TEXT])
{
	char counts[LADDER_TEXT];

	write_counts(flow, counts);
	snprintf(text, LADDER_TEXT, "record removed (%s): ",
		 format_name(FORMAT_VERDICT, flow->verdict));
	format_append(text, LADDER_TEXT, "%s", counts);
}

/**
 * ladder_print_end() - the line at the end of a record, which may be long after that of the
 * connection
 * @ladder: the ladder
 * @conn: the number of the connection
 * @flow: the event
 */
void ladder_print_end(struct ladder *ladder, unsigned int conn, const struct flow *flow)
{
	const char *verdict = format_name(FORMAT_VERDICT, flow->verdict);
	char counts[LADDER_TEXT], text[LADDER_TEXT + 4];

	print_time(ladder, flow->event.time_ns);
	ladder->used += printf(" %2u record removed (", conn);
	printf("%s%s%s", term_color(term_verdict_color(flow->verdict)), verdict,
	       term_color(TERM_PLAIN));
	write_counts(flow, counts);
	snprintf(text, sizeof(text), "): %s", counts);
	print_words(ladder, ladder->used + strlen(verdict), text);
}

/**
 * ladder_print_lost() - say that events were lost
 * @ladder: the ladder
 * @count: how many; 0 where it is not known
 */
void ladder_print_lost(struct ladder *ladder, uint64_t count)
{
	char lost[FORMAT_NUMBER + 8] = "events";

	print_time(ladder, term_now_ns());
	if (count)
		snprintf(lost, sizeof(lost), "%llu events", (unsigned long long)count);
	ladder->used += printf("    ");
	printf("%s%s were lost%s", term_color(TERM_BAD), lost, term_color(TERM_PLAIN));
	print_words(ladder, ladder->used + strlen(lost) + strlen(" were lost"),
		    ": rungs are missing here");
}

/**
 * ladder_init() - find out how much of a line there is for the segment
 * @ladder: is filled
 * @options: what was asked for
 */
void ladder_init(struct ladder *ladder, const struct options *options)
{
	unsigned int columns = options->wide ? UINT_MAX : term_columns();
	bool date = options->clock == FORMAT_DATE;
	unsigned int fixed = FIXED + (date ? DATE : 0);

	ladder->options = options;
	ladder->first_ns = 0;
	ladder->time = 0;
	ladder->limit = columns;
	ladder->narrow = columns < NARROW;
	ladder->width = SEGMENT_MAX;
	if (columns < fixed + SEGMENT_MAX)
		ladder->width = columns - fixed + (ladder->narrow && !date ? 3 : 0);
}
