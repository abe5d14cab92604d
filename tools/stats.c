// SPDX-License-Identifier: GPL-2.0-only
/* tcpstate stats: totals of a network namespace, or of each. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "options.h"
#include "stop.h"
#include "term.h"

#define BAR	30

static void title(const char *text)
{
	printf("\n%s%s%s\n", term_color(TERM_HEADING), text, term_color(TERM_PLAIN));
}

/* What endings are called for people; each begins with the word that a filter takes. */
static const char * const endings[RECORD_VERDICTS] = {
	[TCPSTATE_VERDICT_CLOSED] = "closed by both ends",
	[TCPSTATE_VERDICT_RESET_BY_INITIATOR] = "reset by the initiator",
	[TCPSTATE_VERDICT_RESET_BY_RESPONDER] = "reset by the responder",
	[TCPSTATE_VERDICT_REFUSED] = "refused: a RST answered the SYN",
	[TCPSTATE_VERDICT_GONE] = "gone: an end does not know it",
	[TCPSTATE_VERDICT_NO_ANSWER] = "no answer to the SYN",
	[TCPSTATE_VERDICT_ABANDONED] = "abandoned: SYN/ACK not answered",
	[TCPSTATE_VERDICT_IDLE] = "idle for as long as its timeout",
	[TCPSTATE_VERDICT_EVICTED] = "evicted: it made room for another",
	[TCPSTATE_VERDICT_FLUSHED] = "flushed",
	[TCPSTATE_VERDICT_REOPENED] = "reopened: a new one took its place",
};

static const char * const counters[TCPSTATE_A_COUNTER_MAX + 1] = {
	[TCPSTATE_A_COUNTER_SEGMENTS] = "segments of a connection",
	[TCPSTATE_A_COUNTER_NEW] = "connections seen from their SYN",
	[TCPSTATE_A_COUNTER_PICKED_UP] = "connections seen in mid-stream",
	[TCPSTATE_A_COUNTER_ENDED] = "connections removed from the table",
	[TCPSTATE_A_COUNTER_EVICTED] = "connections that made room",
	[TCPSTATE_A_COUNTER_UNTRACKED_FULL] = "segments not tracked: table full",
	[TCPSTATE_A_COUNTER_UNTRACKED_MEMORY] = "segments not tracked: no memory",
	[TCPSTATE_A_COUNTER_UNTRACKED_STRAY] = "RSTs of no connection",
	[TCPSTATE_A_COUNTER_UNACCEPTABLE] = "segments that their receiver ignores",
	[TCPSTATE_A_COUNTER_PAWS] = "segments with an old timestamp",
	[TCPSTATE_A_COUNTER_CHALLENGE] = "segments that draw a challenge ACK",
	[TCPSTATE_A_COUNTER_KEEPALIVE] = "keep-alive probes",
	[TCPSTATE_A_COUNTER_ZERO_WINDOW] = "zero-window probes",
	[TCPSTATE_A_COUNTER_REPEAT] = "SYNs and FINs sent again",
	[TCPSTATE_A_COUNTER_RETRACT] = "states taken back",
	[TCPSTATE_A_COUNTER_BAD_SHORT] = "packets too short for a TCP header",
	[TCPSTATE_A_COUNTER_BAD_CHECKSUM] = "packets with a wrong checksum",
	[TCPSTATE_A_COUNTER_BAD_FLAGS] = "packets with flags that no end sends",
	[TCPSTATE_A_COUNTER_BAD_OPTIONS] = "segments with a broken option",
	[TCPSTATE_A_COUNTER_FRAGMENT] = "fragments without the TCP header",
	[TCPSTATE_A_COUNTER_MULTICAST] = "packets to a group, or to all",
	[TCPSTATE_A_COUNTER_EVENTS_LOST] = "events lost before they were sent",
	[TCPSTATE_A_COUNTER_RETRANSMITS] = "segments sent again",
	[TCPSTATE_A_COUNTER_GAPS] = "segments that left a gap",
	[TCPSTATE_A_COUNTER_OWNER_UNKNOWN] = "local ends whose owner was not kept",
};

/** struct report - what is printed of two readings of one network namespace */
struct report {
	struct report *next;
	/** @netns: its name, with --all-netns; otherwise NULL */
	const char *netns;
	struct stats now;
	struct stats before;
	/** @read_ns: when @now was read; 0 if it never was */
	uint64_t read_ns;
	/** @round: the round in which it was read */
	uint64_t round;
	/** @seconds: between them; 0 if there is no @before */
	double seconds;
	/** @all: print what is 0, too */
	bool all;
	/** @printed: some line of the current part was */
	bool printed;
};

static void print_bytes(const char *label, uint64_t bytes)
{
	printf("  %-36s %12llu bytes", label, (unsigned long long)bytes);
	if (bytes >= 10 << 20)
		printf(" (%llu MiB)", (unsigned long long)(bytes >> 20));
	putchar('\n');
}

static void print_count(const char *label, uint64_t count)
{
	printf("  %-36s %12llu\n", label, (unsigned long long)count);
}

/* A counter, unless it is 0, and how fast it grew. */
static void print_growth(struct report *report, const char *label, const char *name,
			 uint64_t count, uint64_t before)
{
	char rate[16];

	if (!count && !report->all)
		return;
	report->printed = true;
	/* A newer module may have more. */
	printf("  %-36s %12llu", label ? label : name, (unsigned long long)count);
	if (report->seconds > 0) {
		format_scaled((count - before) / report->seconds, false, rate);
		printf(" %10s/s", rate);
	}
	putchar('\n');
}

static void begin_part(struct report *report, const char *text)
{
	report->printed = false;
	title(text);
}

static void end_part(const struct report *report)
{
	if (!report->printed)
		printf("  none yet\n");
}

static void print_table(const struct stats *stats)
{
	printf("%sconnections%s\n", term_color(TERM_HEADING), term_color(TERM_PLAIN));
	print_count("here", stats->records);
	print_count("limit, all namespaces", stats->max_records);
	print_count("share of this one's owner", stats->share);
	print_bytes("their records take", stats->memory_bytes);
	print_bytes("the table takes, for all", stats->table_bytes);
}

static int by_count(const void *a, const void *b)
{
	const struct pair *one = a, *two = b;

	return one->count > two->count ? -1 : one->count < two->count;
}

static void print_pairs(struct stats *stats)
{
	qsort(stats->pair, stats->n_pairs, sizeof(*stats->pair), by_count);
	if (stats->n_pairs)
		title("states of initiator and responder");
	for (unsigned int i = 0; i < stats->n_pairs; i++) {
		const struct pair *pair = &stats->pair[i];

		printf("  ");
		for (int end = 0; end < 2; end++)
			printf("%s%-14s%s", term_color(term_state_color(pair->state[end])),
			       format_name(FORMAT_STATE, pair->state[end]),
			       term_color(TERM_PLAIN));
		printf(" %20u\n", pair->count);
	}
}

static uint64_t ended_before(const struct report *report, unsigned int verdict)
{
	for (unsigned int i = 0; i < report->before.n_endings; i++)
		if (report->before.ending[i].verdict == verdict)
			return report->before.ending[i].count;
	return 0;
}

static void print_endings(struct report *report)
{
	begin_part(report, "removed from the table, by verdict");
	for (unsigned int i = 0; i < report->now.n_endings; i++) {
		unsigned int verdict = report->now.ending[i].verdict;

		print_growth(report, verdict < RECORD_VERDICTS ? endings[verdict] : NULL,
			     format_name(FORMAT_VERDICT, verdict), report->now.ending[i].count,
			     ended_before(report, verdict));
	}
	end_part(report);
}

static void print_counters(struct report *report)
{
	begin_part(report, "counted");
	for (unsigned int i = 1; i <= TCPSTATE_A_COUNTER_MAX; i++)
		if (record_has(&report->now.counters, i))
			print_growth(report, counters[i], format_name(FORMAT_COUNTER, i),
				     report->now.counters.n[i], report->before.counters.n[i]);
	end_part(report);
}

/* "< 64 us", and how many took that long. */
static void print_bucket(const struct bucket *bucket, const struct bucket *before, uint64_t most)
{
	bool bounded = record_has(bucket, TCPSTATE_A_BUCKET_LE_US);
	uint32_t us = bounded ? bucket->le_us : before ? before->le_us : 0;
	int bar = most ? (double)bucket->count * BAR / most : 0;

	printf("  %s %8u us %12llu ", bounded ? "up to" : " over", us,
	       (unsigned long long)bucket->count);
	while (bar--)
		putchar('#');
	putchar('\n');
}

/* Empty buckets at either end are left out. */
static void print_histogram(const char *label, const struct histogram *histogram)
{
	unsigned int first = histogram->n_buckets, last = 0;
	uint64_t count = 0, most = 0;

	for (unsigned int i = 0; i < histogram->n_buckets; i++) {
		uint64_t n = histogram->bucket[i].count;

		count += n;
		if (n > most)
			most = n;
		if (n && first > i)
			first = i;
		if (n)
			last = i;
	}
	title(label);
	if (!count) {
		printf("  none yet\n");
		return;
	}
	printf("  mean %10llu us %12llu\n", (unsigned long long)(histogram->sum_us / count),
	       (unsigned long long)count);
	for (unsigned int i = first; i <= last; i++)
		print_bucket(&histogram->bucket[i], i ? &histogram->bucket[i - 1] : NULL, most);
}

static void json_histogram(const char *key, const struct histogram *histogram)
{
	json_open(key, '{');
	json_number("sum_us", histogram->sum_us);
	json_open("buckets", '[');
	for (unsigned int i = 0; i < histogram->n_buckets; i++) {
		const struct bucket *bucket = &histogram->bucket[i];

		json_open(NULL, '{');
		json_maybe("le_us", record_has(bucket, TCPSTATE_A_BUCKET_LE_US), bucket->le_us);
		json_number("count", bucket->count);
		json_close('}');
	}
	json_close(']');
	json_close('}');
}

static void json_stats(const struct stats *stats, const char *netns)
{
	json_open(NULL, '{');
	if (netns)
		json_string("netns", netns);
	json_maybe("records", record_has(stats, TCPSTATE_A_STATS_RECORDS), stats->records);
	json_maybe("max_records", record_has(stats, TCPSTATE_A_STATS_MAX_RECORDS),
		   stats->max_records);
	json_maybe("share", record_has(stats, TCPSTATE_A_STATS_SHARE), stats->share);
	json_maybe("memory_bytes", record_has(stats, TCPSTATE_A_STATS_MEMORY_BYTES),
		   stats->memory_bytes);
	json_maybe("table_bytes", record_has(stats, TCPSTATE_A_STATS_TABLE_BYTES),
		   stats->table_bytes);
	json_open("pairs", '[');
	for (unsigned int i = 0; i < stats->n_pairs; i++) {
		const struct pair *pair = &stats->pair[i];

		json_open(NULL, '{');
		json_string("initiator_state", format_name(FORMAT_STATE, pair->state[0]));
		json_string("responder_state", format_name(FORMAT_STATE, pair->state[1]));
		json_number("count", pair->count);
		json_close('}');
	}
	json_close(']');
	json_open("endings", '{');
	for (unsigned int i = 0; i < stats->n_endings; i++)
		json_number(format_name(FORMAT_VERDICT, stats->ending[i].verdict),
			    stats->ending[i].count);
	json_close('}');
	json_open("counters", '{');
	for (unsigned int i = 1; i <= TCPSTATE_A_COUNTER_MAX; i++)
		if (i != TCPSTATE_A_COUNTER_PAD)
			json_maybe(format_name(FORMAT_COUNTER, i),
				   record_has(&stats->counters, i), stats->counters.n[i]);
	json_close('}');
	json_histogram("syn_time", &stats->syn_time);
	json_histogram("ack_time", &stats->ack_time);
	json_end();
}

static void print_report(struct report *report)
{
	print_table(&report->now);
	print_pairs(&report->now);
	print_endings(report);
	print_counters(report);
	print_histogram("time from SYN to SYN/ACK", &report->now.syn_time);
	print_histogram("time from SYN/ACK to ACK", &report->now.ack_time);
}

/** struct totals - the reports of all network namespaces that are asked */
struct totals {
	const struct options *options;
	struct report *reports;
	/** @round: how often they were read; the first time, with --delay, is not printed */
	uint64_t round;
	/** @printed: some report was */
	bool printed;
};

static struct report *find_report(struct totals *totals, const char *netns)
{
	struct report *report = totals->reports;

	/* A name is the same text as long as the program runs. */
	while (report && report->netns != netns)
		report = report->next;
	if (report)
		return report;
	report = calloc(1, sizeof(*report));
	if (!report)
		return NULL;
	report->netns = netns;
	report->all = totals->options->all;
	report->next = totals->reports;
	totals->reports = report;
	return report;
}

/* Forget the namespaces that were not there in this round. */
static void forget(struct totals *totals)
{
	struct report **at = &totals->reports;

	while (*at) {
		struct report *report = *at;

		if (report->round == totals->round) {
			at = &report->next;
			continue;
		}
		*at = report->next;
		free(report);
	}
}

static void print_one(struct totals *totals, struct report *report)
{
	char time[FORMAT_TIME], netns[256];

	if (totals->options->json) {
		json_stats(&report->now, report->netns);
		return;
	}
	if (totals->printed)
		putchar('\n');
	totals->printed = true;
	format_time(report->read_ns, FORMAT_CLOCK, time);
	if (report->seconds > 0)
		printf("%s, after %.1f s\n", time, report->seconds);
	format_word(report->netns, netns, sizeof(netns));
	if (report->netns)
		printf("%snetwork namespace %s%s\n", term_color(TERM_HEADING), netns,
		       term_color(TERM_PLAIN));
	print_report(report);
}

/* Read the totals of one network namespace, and print them. */
static int report_one(struct ipc *ipc, void *data)
{
	struct totals *totals = data;
	struct report *report = find_report(totals, ipc_netns(ipc));
	uint64_t now_ns;
	int ret;

	if (!report)
		return -ENOMEM;
	report->before = report->now;
	memset(&report->now, 0, sizeof(report->now));
	ret = ipc_stats(ipc, &report->now);
	if (ret)
		return ret;
	now_ns = term_now_ns();
	report->seconds = report->read_ns ? (now_ns - report->read_ns) / 1e9 : 0;
	report->read_ns = now_ns;
	report->round = totals->round;
	if (totals->round || !totals->options->has_interval)
		print_one(totals, report);
	return 0;
}

static int read_all(struct ipc *ipc, struct totals *totals)
{
	int ret = ipc_each_netns(ipc, report_one, totals);

	forget(totals);
	totals->round++;
	fflush(stdout);
	return ret;
}

/**
 * stats_run() - tcpstate stats
 * @ipc: where from
 * @options: what was asked for
 *
 * With --delay, print the totals again and again, with their growth since the time before.
 *
 * Return: STATUS_*.
 */
int stats_run(struct ipc *ipc, const struct options *options)
{
	struct totals totals = { .options = options };
	int ret = read_all(ipc, &totals);

	if (options->has_interval) {
		stop_at(SIGINT);
		stop_at(SIGTERM);
	}
	while (!ret && options->has_interval &&
	       (!options->most || totals.round <= options->most)) {
		if (stop_wait(options->interval_ms) || ferror(stdout))
			break;
		ret = read_all(ipc, &totals);
	}
	/* No report is of a later round. */
	forget(&totals);
	return ret ? options_fail(ipc) : STATUS_OK;
}
