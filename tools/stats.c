// SPDX-License-Identifier: GPL-2.0-only
/* tcpstate stats: totals of a network namespace. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "options.h"
#include "term.h"

#define BAR	30

static void title(const char *text)
{
	printf("\n%s%s%s\n", term_color(TERM_HEADING), text, term_color(TERM_PLAIN));
}

static void print_bytes(const char *label, uint64_t bytes)
{
	printf("  %-28s %12llu bytes", label, (unsigned long long)bytes);
	if (bytes >= 10 << 20)
		printf(" (%llu MiB)", (unsigned long long)(bytes >> 20));
	putchar('\n');
}

static void print_count(const char *label, uint64_t count)
{
	printf("  %-28s %12llu\n", label, (unsigned long long)count);
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
		printf(" %12u\n", pair->count);
	}
}

static void print_endings(const struct stats *stats)
{
	title("ended, by verdict");
	for (unsigned int i = 0; i < stats->n_endings; i++)
		print_count(format_name(FORMAT_VERDICT, stats->ending[i].verdict),
			    stats->ending[i].count);
}

static void print_counters(const struct stats *stats)
{
	title("counters");
	for (unsigned int i = 1; i <= TCPSTATE_A_COUNTER_MAX; i++)
		if (record_has(&stats->counters, i))
			print_count(format_name(FORMAT_COUNTER, i), stats->counters.n[i]);
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

static void json_stats(const struct stats *stats)
{
	json_open(NULL, '{');
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

/**
 * stats_run() - tcpstate stats
 * @ipc: where from
 * @options: what was asked for
 *
 * Return: STATUS_*.
 */
int stats_run(struct ipc *ipc, const struct options *options)
{
	struct stats stats = {};

	if (ipc_stats(ipc, &stats))
		return options_fail(ipc);
	if (options->json) {
		json_stats(&stats);
		return STATUS_OK;
	}
	print_table(&stats);
	print_pairs(&stats);
	print_endings(&stats);
	print_counters(&stats);
	print_histogram("time from SYN to SYN/ACK", &stats.syn_time);
	print_histogram("time from SYN/ACK to ACK", &stats.ack_time);
	return STATUS_OK;
}
