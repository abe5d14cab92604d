// SPDX-License-Identifier: GPL-2.0-only
/* What trace --all-segments tells of segments that move no state. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sums.h"
#include "tool_world.h"

#define EVENTS	8
/* Enough for any line that is compared */
#define TEXT	4096

/** struct story - a connection whose segments are counted as the module counts them */
struct story {
	struct flow flow;
	struct flow events[EVENTS];
	size_t n;
};

static void begin(struct story *story)
{
	*story = (struct story){
		.flow = {
			.has = 1u << TCPSTATE_A_FLOW_EVENT, .family = TCPSTATE_FAMILY_IPV4,
			.id = 5000000000,
			.event.has = 1u << TCPSTATE_A_EVENT_SEGMENT,
			.end = {
				{ .address = { 127, 0, 0, 1 }, .port = 60370 },
				{ .address = { 127, 0, 0, 1 }, .port = 5000 },
			},
		},
	};
}

/* The event of the segment that was counted last */
static void tell(struct story *story, unsigned int from, unsigned int flags, unsigned int len,
		 unsigned int one, unsigned int two)
{
	struct flow *flow = &story->flow;

	flow->command = story->n ? TCPSTATE_CMD_FLOW_TRANSITION : TCPSTATE_CMD_FLOW_NEW;
	flow->end[0].state = one;
	flow->end[1].state = two;
	flow->event.number = story->n + 1;
	flow->event.time_ns = 5000000000 + story->n * 1000000;
	flow->event.segment = (struct segment){
		.has = 1u << TCPSTATE_A_SEGMENT_RELATIVE_SEQ, .from = from, .flags = flags,
		.len = len, .segs = 1,
	};
	story->events[story->n++] = *flow;
}

static void syn(struct story *story)
{
	story->flow.end[0].opening++;
	tell(story, 0, TCPSTATE_FLAG_SYN, 0, TCPSTATE_SYN_SENT, TCPSTATE_LISTEN);
}

static void syn_ack(struct story *story)
{
	story->flow.end[1].opening++;
	tell(story, 1, TCPSTATE_FLAG_SYN | TCPSTATE_FLAG_ACK, 0, TCPSTATE_SYN_SENT,
	     TCPSTATE_SYN_RECEIVED);
}

static void third(struct story *story)
{
	story->flow.end[0].opening++;
	tell(story, 0, TCPSTATE_FLAG_ACK, 0, TCPSTATE_ESTABLISHED, TCPSTATE_ESTABLISHED);
}

static void fin(struct story *story)
{
	story->flow.end[0].closing++;
	tell(story, 0, TCPSTATE_FLAG_FIN | TCPSTATE_FLAG_ACK, 0, TCPSTATE_FIN_WAIT_1,
	     TCPSTATE_ESTABLISHED);
}

static void ack_of_fin(struct story *story)
{
	struct event *event = &story->flow.event;

	story->flow.end[1].closing++;
	event->n_transitions = 1;
	event->transition[0] = (struct transition){
		.end = TCPSTATE_RESPONDER, .trigger = TCPSTATE_RCV_FIN,
	};
	tell(story, 1, TCPSTATE_FLAG_ACK, 0, TCPSTATE_FIN_WAIT_2, TCPSTATE_CLOSE_WAIT);
	event->n_transitions = 0;
}

static void data(struct story *story, unsigned int end, unsigned int segs, unsigned int bytes)
{
	story->flow.end[end].data += segs;
	story->flow.end[end].bytes += bytes;
}

static void acks(struct story *story, unsigned int end, unsigned int n)
{
	story->flow.end[end].acks += n;
}

/* The rungs of the ladder, without their times, with one blank for each run of them. */
static void expect_ladder(const struct story *story, const char *expected)
{
	struct options options = { .numeric = true, .all_segments = true, .most = story->n };
	struct world_output output;
	char text[TEXT];
	size_t n = 0;

	world.flows = story->events;
	world.n = story->n;
	world.columns = 110;
	output = world_run(trace_run, &options);
	for (const char *line = output.text; *line; line += strcspn(line, "\n") + 1) {
		const char *at = strstr(line, " 1 ");

		/* The columns' names, and the heading of the connection */
		if (*line == 't' || *line == '#' || !at || at > line + strcspn(line, "\n"))
			continue;
		for (at += 3; *at != '\n' && n + 2 < TEXT; at++)
			if ((*at != ' ' && *at != '-') || at[1] != *at)
				text[n++] = *at;
		text[n++] = '\n';
	}
	text[n] = '\0';
	expect(!strcmp(text, expected), "\n%s is not\n%s", text, expected);
	free(output.text);
	world.columns = 0;
}

/* The article: three writes of "msg", each with its ACK, and a window update before them. */
static void test_article(void)
{
	struct story story;

	check_begin("trace: all segments of the article's exchange");
	begin(&story);
	syn(&story);
	syn_ack(&story);
	third(&story);
	acks(&story, 1, 1);
	data(&story, 0, 3, 9);
	acks(&story, 1, 3);
	fin(&story);
	ack_of_fin(&story);
	expect_ladder(&story,
		      "SYN_SENT [S] seq 0, win 0, length 0 -> LISTEN\n"
		      "SYN_SENT <- [S.] seq 0, win 0, length 0 SYN_RECEIVED\n"
		      "ESTABLISHED [.] win 0, length 0 -> ESTABLISHED\n"
		      "ESTABLISHED 3 segments, 9 bytes -> ESTABLISHED\n"
		      "ESTABLISHED <- 4 ACKs ESTABLISHED\n"
		      "FIN_WAIT_1 [F.] seq 0, win 0, length 0 -> ESTABLISHED\n"
		      "FIN_WAIT_2 <- [.] win 0, length 0 CLOSE_WAIT\n");
	check_end();
}

static void test_again(void)
{
	struct story story;

	check_begin("trace: SYNs, data and FINs that come again");
	begin(&story);
	syn(&story);
	story.flow.end[0].opening += 2;
	story.flow.end[0].repeats += 2;
	story.flow.end[0].retransmits += 2;
	syn_ack(&story);
	story.flow.end[1].opening++;
	story.flow.end[1].repeats++;
	third(&story);
	data(&story, 1, 2, 1);
	story.flow.end[1].retransmits++;
	acks(&story, 0, 1);
	fin(&story);
	story.flow.end[0].closing++;
	story.flow.end[0].retransmits++;
	ack_of_fin(&story);
	expect_ladder(&story,
		      "SYN_SENT [S] seq 0, win 0, length 0 -> LISTEN\n"
		      "SYN_SENT SYN again, 2 times -> LISTEN\n"
		      "SYN_SENT <- [S.] seq 0, win 0, length 0 SYN_RECEIVED\n"
		      "SYN_SENT <- SYN/ACK again SYN_RECEIVED\n"
		      "ESTABLISHED [.] win 0, length 0 -> ESTABLISHED\n"
		      "ESTABLISHED <- 2 segments, 1 byte, 1 again ESTABLISHED\n"
		      "ESTABLISHED 1 ACK -> ESTABLISHED\n"
		      "FIN_WAIT_1 [F.] seq 0, win 0, length 0 -> ESTABLISHED\n"
		      "FIN_WAIT_1 FIN again -> ESTABLISHED\n"
		      "FIN_WAIT_2 <- [.] win 0, length 0 CLOSE_WAIT\n");
	check_end();
}

/* A connection that had begun before has no sum before its first rung. */
static void test_begun_before(void)
{
	struct story story;

	check_begin("trace: nothing is told of what passed before the first rung");
	begin(&story);
	data(&story, 0, 100, 1000);
	acks(&story, 1, 100);
	fin(&story);
	ack_of_fin(&story);
	expect_ladder(&story,
		      "FIN_WAIT_1 [F.] seq 0, win 0, length 0 -> ESTABLISHED\n"
		      "FIN_WAIT_2 <- [.] win 0, length 0 CLOSE_WAIT\n");
	check_end();
}

static uint32_t random_number(uint32_t limit)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005 + 1442695040888963407;
	return (state >> 33) % limit;
}

/* Count a segment as the module does, by its purpose; a FIN may ride on segments of data. */
static void count(struct end *end, unsigned int purpose, uint32_t segs, uint32_t len)
{
	switch (purpose) {
	case 0:
		end->opening++;
		end->repeats++;
		break;
	case 1:
		end->data += segs;
		end->bytes += len;
		break;
	case 2:
		end->acks++;
		break;
	case 3:
		end->closing++;
		end->data += segs - 1;
		end->bytes += len;
		break;
	}
}

/* Whatever passes: the rungs' own segments and the sums are all that was counted. */
static void test_complete(void)
{
	static const uint8_t flags[] = {
		TCPSTATE_FLAG_SYN, TCPSTATE_FLAG_ACK, TCPSTATE_FLAG_ACK, TCPSTATE_FLAG_FIN,
	};

	check_begin("trace: rungs and sums together are all segments and bytes that were counted");
	for (unsigned int round = 0; round < 5000; round++) {
		struct flow before = { .has = 1u << TCPSTATE_A_FLOW_EVENT }, after;
		uint64_t told[2] = {}, bytes[2] = {};
		struct sum sums[SUMS_MAX];
		struct segment *own = &after.event.segment;
		unsigned int purpose = random_number(4);
		size_t n;

		before.event.has = 1u << TCPSTATE_A_EVENT_SEGMENT;
		for (int end = 0; end < 2; end++) {
			before.end[end].state = 1 + random_number(RECORD_STATES - 1);
			before.end[end].data = random_number(1000);
		}
		after = before;
		/* A FIN that moves no state has come before, with its data. */
		for (unsigned int i = random_number(6), hidden; i; i--) {
			hidden = random_number(4);
			count(&after.end[random_number(2)], hidden, 1 + random_number(4),
			      hidden == 3 ? 0 : random_number(3000));
		}
		own->from = random_number(2);
		own->flags = flags[purpose];
		own->segs = purpose == 1 || purpose == 3 ? 1 + random_number(4) : 1;
		own->len = purpose == 1 || purpose == 3 ? 1 + random_number(3000) : 0;
		count(&after.end[own->from], purpose, own->segs, own->len);
		n = sums_between(&before, &after, sums);
		for (size_t i = 0; i < n; i++) {
			expect(sums[i].n, "a sum of nothing");
			told[sums[i].end] += sums[i].n;
			bytes[sums[i].end] += sums[i].bytes;
		}
		told[own->from] += own->segs;
		bytes[own->from] += own->len;
		for (int end = 0; end < 2; end++) {
			uint64_t all = record_segments(&after.end[end]) -
				       record_segments(&before.end[end]);

			expect(told[end] == all, "%llu of %llu segments, purpose %u",
			       (unsigned long long)told[end], (unsigned long long)all, purpose);
			expect(bytes[end] == after.end[end].bytes - before.end[end].bytes,
			       "bytes, purpose %u", purpose);
		}
	}
	check_end();
}

static void test_widths(void)
{
	struct flow flows[2];

	check_begin("trace: sums fit a terminal of 60 columns or more, whatever their values");
	for (unsigned int i = 0; i < WORLD_VALUES; i++)
		for (world.columns = 60; world.columns <= 250; world.columns += 5) {
			struct options options = { .most = 2, .all_segments = true };
			struct world_output output;

			world_fill(&flows[1], world_value(i), TCPSTATE_FAMILY_IPV4);
			flows[0] = flows[1];
			for (int end = 0; end < 2; end++)
				flows[0].end[end] = (struct end){
					.has = ~0u, .state = TCPSTATE_SYN_RECEIVED,
				};
			flows[0].event.number = 1;
			flows[1].event.number = 2;
			flows[1].end[0].saturated = ~0u;
			world.flows = flows;
			world.n = 2;
			output = world_run(trace_run, &options);
			for (const char *line = output.text; *line;
			     line += strcspn(line, "\n") + 1)
				expect(strcspn(line, "\n") <= world.columns, "%u columns: %.*s",
				       world.columns, (int)strcspn(line, "\n"), line);
			expect(strstr(output.text, "responder\n"), "no names of columns: %s",
			       output.text);
			free(output.text);
		}
	world.columns = 0;
	check_end();
}

/**
 * sums_tests() - the tests of trace --all-segments
 */
void sums_tests(void)
{
	test_article();
	test_again();
	test_begun_before();
	test_complete();
	test_widths();
}
