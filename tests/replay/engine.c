// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine alone, with the table of one tuple that the KUnit suites use: reads segments
 * from stdin, one a line, and answers a line "." with all records of the tuple. A line
 * "self" before the first segment says that both ends are the same.
 */
#include <stdlib.h>

#include "../kunit/fsm_script.h"
#include "engine/phase.h"
#include "names.h"

#define RECORDS_MAX	64

static struct kunit test;
/* Records that another connection of the tuple has replaced */
static struct fsm_record ended[RECORDS_MAX];
static unsigned int n_ended;

void unit_fail(struct kunit *failed, bool abort, const char *file, int line,
	       const char *text, long long left, long long right, const char *format, ...)
{
	(void)failed;
	(void)abort;
	(void)format;
	fprintf(stderr, "engine: %s:%d: expected %s, but they are %lld and %lld\n", file, line,
		text, left, right);
	exit(1);
}

void *kunit_kzalloc(struct kunit *unused, size_t size, int gfp)
{
	void *memory = calloc(1, size);

	(void)unused;
	(void)gfp;
	if (!memory)
		exit(1);
	return memory;
}

void unit_register(struct kunit_suite *suite)
{
	(void)suite;
}

static void keep(const struct fsm_record *record)
{
	if (!record->used)
		return;
	if (n_ended == RECORDS_MAX) {
		fprintf(stderr, "engine: more than %d records of one tuple\n", RECORDS_MAX);
		exit(1);
	}
	ended[n_ended++] = *record;
}

static void deliver(struct fsm_script *script, const struct tcpstate_segment *seg, int host)
{
	const struct fsm_record front = script->front, waiting = script->waiting;
	struct tcpstate_result result;
	char where[40];
	u8 incarnation;

	/* Neither a RST nor what has no ACK begins a record. */
	if (!front.used && tcpstate_incarnation_role(seg, 2 - host, 1 + host) < 0)
		return;
	script->line++;
	snprintf(where, sizeof(where), "segment %u", script->line);
	incarnation = fsm_deliver(script, seg, host, &result, where);
	if (incarnation == TCPSTATE_INCARNATION_TAKEOVER ||
	    incarnation == TCPSTATE_INCARNATION_REOPEN)
		keep(&front);
	if (incarnation == TCPSTATE_INCARNATION_NEW ||
	    incarnation == TCPSTATE_INCARNATION_REOPEN)
		keep(&waiting);
}

static void show(const struct fsm_record *record, bool is_ended)
{
	enum tcpstate_verdict verdict = is_ended ? TCPSTATE_VERDICT_REOPENED :
						   tcpstate_conn_verdict(&record->conn);
	u32 flags = tcpstate_phase_flags(&record->conn);
	unsigned int bit;
	int end;

	printf("%llu %c %d %s %u", record->begun_us, record->initiator == A ? 'A' : 'B', is_ended,
	       verdict ? tcpstate_names_verdict(verdict) : "-",
	       tcpstate_conn_ack_us(&record->conn));
	for (end = 0; end < 2; end++)
		printf(" %s %u %u %u %u %u %u %u",
		       tcpstate_names_state(tcpstate_conn_state(&record->conn, end)),
		       record->conn.end[end].snd_nxt, tcpstate_conn_opening(&record->conn, end),
		       record->conn.end[end].data_segs, record->conn.end[end].ack_segs,
		       record->conn.closings[end], record->conn.retransmits[end],
		       record->conn.gaps[end]);
	for (bit = 0; bit < TCPSTATE_FLOW_FLAGS; bit++)
		if (flags & 1u << bit)
			printf(" %s", tcpstate_names_flow_flag(bit));
	printf("\n");
}

static void show_all(const struct fsm_script *script)
{
	unsigned int i;

	for (i = 0; i < n_ended; i++)
		show(&ended[i], true);
	if (script->front.used)
		show(&script->front, false);
	if (script->waiting.used)
		show(&script->waiting, false);
	printf(".\n");
	fflush(stdout);
}

/* HOST TIME_US FLAGS SEQ ACK LEN WINDOW SCALE SACK HAS_TS TS; A has the higher port. */
static void read_segment(struct fsm_script *script, const char *line)
{
	struct tcpstate_segment seg = { .segs = 1, .forwarded = true };
	unsigned int flags, window, scale, sack, has_ts;
	unsigned long long time_us;
	char host;

	if (sscanf(line, "%c %llu %x %u %u %u %u %u %u %u %u", &host, &time_us, &flags, &seg.seq,
		   &seg.ack, &seg.len, &window, &scale, &sack, &has_ts, &seg.ts_val) != 11) {
		fprintf(stderr, "engine: '%s' is no segment\n", line);
		exit(2);
	}
	seg.flags = flags;
	seg.window = window;
	seg.wscale = scale;
	seg.sack_ok = sack;
	seg.has_ts = has_ts;
	script->now_us = time_us;
	deliver(script, &seg, host == 'A' ? A : B);
}

int main(void)
{
	struct fsm_script *script = fsm_new(&test);
	char line[200];

	script->uncounted = true;
	while (fgets(line, sizeof(line), stdin)) {
		if (!strcmp(line, "self\n")) {
			script->selfish = true;
		} else if (!strcmp(line, ".\n")) {
			show_all(script);
			memset(script, 0, sizeof(*script));
			script->test = &test;
			script->uncounted = true;
			n_ended = 0;
		} else {
			read_segment(script, line);
		}
	}
	free(script);
	return 0;
}
