// SPDX-License-Identifier: GPL-2.0-only
/* Walks through all records of a namespace, to show, count or end them. */
#include "walk.h"

#include <linux/sched/signal.h>

#include "stats.h"
#include "zone.h"

/* How many buckets a walk passes before it offers the CPU to others */
#define STRIDE	1024

/* Find a bucket, NULL at the end, and prefetch the records of the next one. */
static struct tcpstate_bucket *enter(unsigned int n)
{
	if (!(n % STRIDE))
		cond_resched();
	tcpstate_table_prefetch(n + 1);
	return tcpstate_table_bucket(n);
}

/* Find the namespace's record with the smallest id from @id on. The bucket is locked. */
static struct tcpstate_flow *find_from(struct tcpstate_net *tn,
				       const struct tcpstate_bucket *bucket, u64 id)
{
	struct tcpstate_flow *flow, *next = NULL;
	unsigned int i;

	for (i = 0; i < TCPSTATE_SLOTS; i++)
		for (flow = bucket->slot[i]; flow; flow = flow->next)
			if (flow->id >= id && (!next || flow->id < next->id) &&
			    tcpstate_zone_is_of(tn, flow))
				next = flow;
	return next;
}

/**
 * tcpstate_walk_next() - copy the next record of a namespace
 * @tn: the namespace
 * @cursor: where the walk stands, zeroed at first; moved behind what was copied
 * @copy: filled with the record
 *
 * A record that stays in the table during the walk is copied once, and one that comes or
 * goes meanwhile at most once. Buckets are not sorted, so the next record of a bucket is
 * the one with the smallest id that was not copied yet.
 *
 * Context: process; may sleep. No lock is held between two calls.
 * Return: false at the end of the table, or when the caller is being killed.
 */
bool tcpstate_walk_next(struct tcpstate_net *tn, struct tcpstate_cursor *cursor,
			struct tcpstate_copy *copy)
{
	struct tcpstate_bucket *bucket;

	/*
	 * Do not walk a large table for a namespace without records. Adding up its counters reads
	 * lines that all CPUs write, so ask that only where a walk begins.
	 */
	if (!cursor->bucket && !cursor->id && !tcpstate_stats_records(tn))
		return false;
	while ((bucket = cursor->id ? tcpstate_table_bucket(cursor->bucket) :
				      enter(cursor->bucket))) {
		struct tcpstate_flow *flow = NULL;

		if (fatal_signal_pending(current))
			return false;
		if (!tcpstate_bucket_is_empty(bucket)) {
			tcpstate_bucket_lock_bh(bucket);
			flow = find_from(tn, bucket, cursor->id);
			if (flow)
				memcpy(copy->bytes, flow, tcpstate_flow_bytes(flow));
			tcpstate_bucket_unlock_bh(bucket);
		}
		if (flow) {
			cursor->id = copy->flow.id + 1;
			return true;
		}
		cursor->bucket++;
		cursor->id = 0;
	}
	return false;
}

/**
 * tcpstate_walk_tally() - count the records of a namespace by their states
 * @tn: the namespace
 * @tally: where to add them
 *
 * Context: process; may sleep.
 */
void tcpstate_walk_tally(struct tcpstate_net *tn, struct tcpstate_tally *tally)
{
	struct tcpstate_cursor cursor = {};
	struct tcpstate_copy copy;

	while (tcpstate_walk_next(tn, &cursor, &copy)) {
		const struct tcpstate_conn *conn = &copy.flow.conn;

		tally->pairs[tcpstate_conn_state(conn, TCPSTATE_INITIATOR)]
			    [tcpstate_conn_state(conn, TCPSTATE_RESPONDER)]++;
		tally->bytes += tcpstate_flow_bytes(&copy.flow);
	}
}

/**
 * tcpstate_walk_flush() - end records of a namespace
 * @tn: the namespace
 * @wanted: says whether to end a record, with its bucket locked; NULL to end all
 * @arg: passed to @wanted
 *
 * All records that are there at the beginning are gone at the end, although traffic goes on
 * and brings new ones.
 *
 * Context: process; may sleep.
 * Return: how many records were ended.
 */
unsigned int tcpstate_walk_flush(struct tcpstate_net *tn,
				 bool (*wanted)(const struct tcpstate_flow *flow,
						const void *arg),
				 const void *arg)
{
	struct tcpstate_flow *flows[TCPSTATE_CROWD_MAX];
	struct tcpstate_bucket *bucket;
	unsigned int ended = 0;
	unsigned int i, n;

	if (!tcpstate_stats_records(tn))
		return 0;
	for (i = 0; (bucket = enter(i)); i++) {
		if (tcpstate_bucket_is_empty(bucket))
			continue;
		tcpstate_bucket_lock_bh(bucket);
		for (n = tcpstate_bucket_gather(bucket, flows); n--; ) {
			if (!tcpstate_zone_is_of(tn, flows[n]) ||
			    (wanted && !wanted(flows[n], arg)))
				continue;
			tcpstate_table_end(tn, bucket, flows[n],
					   TCPSTATE_VERDICT_FLUSHED, NULL);
			ended++;
		}
		tcpstate_bucket_unlock_bh(bucket);
	}
	if (ended)
		atomic_inc(&tn->flushes);
	return ended;
}
