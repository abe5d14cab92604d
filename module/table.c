// SPDX-License-Identifier: GPL-2.0-only
/* All records: the buckets, a record's life in them, claims. */
#include "table.h"

#include <linux/math.h>
#include <linux/mm.h>
#include <linux/prefetch.h>

#include "limit.h"
#include "queue.h"
#include "report.h"
#include "stats.h"

/**
 * DOC: design
 *
 * A bucket is a cache line: the addresses of seven records and, in the word that is locked,
 * a byte of each one's hash. What is locked is what has to be read anyway, and tells which
 * record to look at: two cache misses for a segment that has one, the bucket's and its
 * record's, and one for a SYN that has none. There are six slots for each five records
 * that may be, or 11 bytes a record; of a full table's records 9 % find no slot, and are
 * chained behind another.
 *
 * Compared by `make bench` (designs), find, lock and write, on two kinds of processor: with
 * buckets of a word and the lock in a bit of each, which three of eight records share with
 * one before them, 1,000 records take 0.7 to 0.9 times as long, 1,000,000 in random order 1.2
 * to 1.6 times; with nf_conntrack's way, 1,024 locks beside such buckets, 1.6 to 2 times, and
 * 2.2 times; with rhashtable and a lock in the record 1.6 to 2.2 times, and 2 times, and while
 * that grows, the longest insertion takes 1.9 to 2.9 ms instead of 0.1 to 0.2.
 */

/**
 * DOC: locking
 *
 * A bucket's lock is a bit of its head, taken with bottom halves off. It
 * protects the bucket and whatever is not constant in its records.
 * Lookup, update, removal and the walk hold it, and there are no lockless
 * readers: a record is freed at once.
 *
 * struct tcpstate_shard.lock protects a share of a namespace's queues and nests
 * inside. Who begins at a queue (the collector, the evictor) has to go the other way
 * round, and claims the record: takes it off the queue, lets go of the queue's
 * lock, locks the bucket and looks there for the same address with the same id.
 *
 * - Not there: someone removed it meanwhile, with the bucket locked.
 * - There: judge it again, end it or put it back.
 *
 * A record on a queue is not freed, for that takes the queue's lock. One that is
 * claimed may be freed at any time, so a claim's pointer is compared, never
 * followed. Two may claim one record, when it was requeued between: the second
 * finds it gone or judges it again.
 *
 * The namespaces are found by number under RCU. A namespace takes itself out
 * and waits a grace period before it frees anything, for another one's evictor.
 *
 * What PREEMPT_RT would want (no spinlock_t inside a bit lock) is not done.
 */

static struct tcpstate_bucket *buckets __read_mostly;
static unsigned int n_buckets __read_mostly;

/**
 * tcpstate_table_fetch() - say that the bucket of a key will be locked soon
 * @key: the key, either way round
 *
 * Where there is something to do meanwhile, such as reading the segment: 3 % less for it
 * with 1,000,000 connections.
 *
 * Context: any.
 * Return: where the key's record is.
 */
struct tcpstate_place tcpstate_table_fetch(const struct tcpstate_key *key)
{
	u32 hash = tcpstate_flow_hash(key);
	struct tcpstate_place place = {
		.bucket = &buckets[reciprocal_scale(hash, n_buckets)],
		.tag = tcpstate_bucket_tag(hash),
	};

	prefetchw(place.bucket);
	return place;
}

/**
 * tcpstate_table_insert() - put a record into its bucket and its class's queue
 * @tn: its namespace
 * @place: its key's place
 * @flow: the record, with its key set
 *
 * If it has TCPSTATE_F_PENDING, the record it waits to replace is told so by
 * TCPSTATE_F_SUCCESSOR; if there is none, it need not wait.
 *
 * Context: the bucket locked. tcpstate_expiry_arm() is the caller's to call.
 */
void tcpstate_table_insert(struct tcpstate_net *tn, const struct tcpstate_place *place,
			   struct tcpstate_flow *flow)
{
	if (flow->conn.flags & TCPSTATE_F_PENDING) {
		struct tcpstate_flow *old;
		struct tcpstate_key key;
		int from;

		tcpstate_flow_get_key(flow, &key);
		old = tcpstate_bucket_find(place, &key, false, &from);
		if (old)
			old->conn.flags |= TCPSTATE_F_SUCCESSOR;
		else
			flow->conn.flags &= ~TCPSTATE_F_PENDING;
	}
	tcpstate_bucket_insert(place, flow);
	tcpstate_queue_add(tn, flow);
}

/* The other record with that key has it alone from now on. */
static void part_pair(const struct tcpstate_flow *flow)
{
	struct tcpstate_place place;
	struct tcpstate_flow *other;
	struct tcpstate_key key;
	int from;

	tcpstate_flow_get_key(flow, &key);
	place = tcpstate_table_fetch(&key);
	other = tcpstate_bucket_find(&place, &key,
				     !(flow->conn.flags & TCPSTATE_F_PENDING), &from);
	if (other)
		other->conn.flags &= ~(TCPSTATE_F_PENDING | TCPSTATE_F_SUCCESSOR);
}

static void report_end(struct tcpstate_net *tn, const struct tcpstate_flow *flow,
		       enum tcpstate_verdict verdict, const struct tcpstate_change *change)
{
	struct tcpstate_change none;

	if (!change) {
		none = (struct tcpstate_change){
			.states = flow->conn.states,
			.timer = TCPSTATE_TIMERS,
		};
		change = &none;
	}
	tcpstate_report_add(tn, flow, TCPSTATE_REPORT_END, verdict, change);
}

/**
 * tcpstate_table_end() - a record ends: the one place where all do
 * @tn: its namespace
 * @bucket: its bucket
 * @flow: the record; freed
 * @verdict: how the connection ended, for those who want to be told
 * @change: what moved its ends as it ended; NULL: nothing did
 *
 * If another one was waiting to replace it, that one is the record of the key
 * now; if it was itself waiting, the other one has no successor any more.
 *
 * Context: @bucket locked.
 */
void tcpstate_table_end(struct tcpstate_net *tn, struct tcpstate_bucket *bucket,
			struct tcpstate_flow *flow, enum tcpstate_verdict verdict,
			const struct tcpstate_change *change)
{
	if (tcpstate_report_wanted(tn))
		report_end(tn, flow, verdict, change);
	tcpstate_bucket_remove(bucket, flow);
	if (flow->conn.flags & (TCPSTATE_F_PENDING | TCPSTATE_F_SUCCESSOR))
		part_pair(flow);
	tcpstate_queue_remove(tn, flow);
	__tcpstate_stats_add_ending(tn, verdict);
	tcpstate_table_free(tn, flow);
}

/**
 * tcpstate_table_claim() - take a record off its queue, to judge it later
 * @flow: the record, on a queue
 * @claim: filled, for tcpstate_table_find_claimed()
 *
 * Context: the lock of its shard held, and kept since @flow was found.
 */
void tcpstate_table_claim(struct tcpstate_flow *flow, struct tcpstate_claim *claim)
{
	struct tcpstate_key key;

	tcpstate_flow_get_key(flow, &key);
	claim->bucket = tcpstate_table_fetch(&key).bucket;
	claim->flow = flow;
	claim->id = flow->id;
	prefetchw(&flow->conn.end);
	/* The last that is done to it: tcpstate_queue_remove() may be waiting. */
	list_del_init_careful(&flow->queue);
}

/**
 * tcpstate_table_find_claimed() - look for a claimed record again
 * @claim: the claim
 *
 * Context: @claim->bucket locked, and locked only after the shard's lock was let go.
 * Return: the record, to end or to put back; NULL if it is gone.
 */
struct tcpstate_flow *tcpstate_table_find_claimed(const struct tcpstate_claim *claim)
{
	if (!tcpstate_bucket_has(claim->bucket, claim->flow) ||
	    claim->flow->id != claim->id)
		return NULL;
	return claim->flow;
}

/**
 * tcpstate_table_alloc() - allocate a record where there is room for one
 * @tn: its namespace
 * @ipv6: with room for IPv6 addresses
 *
 * Context: any up to softirq; does not sleep.
 * Return: the record with its id, zeroed otherwise; NULL: there is no room, or no memory.
 */
struct tcpstate_flow *tcpstate_table_alloc(struct tcpstate_net *tn, bool ipv6)
{
	struct tcpstate_flow *flow = NULL;

	if (tcpstate_limit_take(tn))
		flow = tcpstate_flow_alloc(ipv6);
	if (!flow)
		tcpstate_limit_give(tn);
	return flow;
}

/**
 * tcpstate_table_free() - free a record and give back its room
 * @tn: its namespace
 * @flow: the record, never inserted
 *
 * Context: any up to softirq.
 */
void tcpstate_table_free(struct tcpstate_net *tn, struct tcpstate_flow *flow)
{
	tcpstate_flow_free(flow);
	tcpstate_limit_give(tn);
}

/**
 * tcpstate_table_bucket() - a bucket by its number
 * @i: the number
 *
 * Context: any.
 * Return: the bucket; NULL: there are no more.
 */
struct tcpstate_bucket *tcpstate_table_bucket(unsigned int i)
{
	return i < n_buckets ? &buckets[i] : NULL;
}

/**
 * tcpstate_table_bytes() - what the buckets take
 *
 * Context: any.
 * Return: bytes, for all namespaces together.
 */
u64 tcpstate_table_bytes(void)
{
	return (u64)n_buckets * sizeof(*buckets);
}

/* Ends the records of a queue, which nobody but those that end them looks at. */
static void drain_queue(struct tcpstate_net *tn, struct tcpstate_shard *shard,
			struct tcpstate_queue *queue)
{
	struct tcpstate_claim claim;
	struct tcpstate_flow *flow;

	for (;;) {
		spin_lock_bh(&shard->lock);
		flow = list_first_entry_or_null(&queue->list, struct tcpstate_flow, queue);
		if (flow)
			tcpstate_table_claim(flow, &claim);
		spin_unlock_bh(&shard->lock);
		if (!flow)
			break;
		tcpstate_bucket_lock_bh(claim.bucket);
		flow = tcpstate_table_find_claimed(&claim);
		if (!WARN_ON_ONCE(!flow))
			tcpstate_table_end(tn, claim.bucket, flow,
					   TCPSTATE_VERDICT_FLUSHED, NULL);
		tcpstate_bucket_unlock_bh(claim.bucket);
		cond_resched();
	}
}

/**
 * tcpstate_table_drain() - end the records of a namespace that goes
 * @tn: the namespace, whose hooks and collector are gone, and which other namespaces'
 *	evictors no longer know
 *
 * Walk the namespace's queues, which hold every record by now, and not the table: the table
 * may be large, and where each container has a namespace there are many to drain.
 *
 * Context: process; may sleep.
 */
void tcpstate_table_drain(struct tcpstate_net *tn)
{
	struct tcpstate_shard *shard;
	int class;

	for (shard = tn->shard; shard < tn->shard + TCPSTATE_SHARDS; shard++)
		for (class = 0; class < TCPSTATE_TIMERS; class++)
			drain_queue(tn, shard, &shard->queue[class]);
	WARN_ON_ONCE(atomic_read(&tn->records));
}

/**
 * tcpstate_table_init() - make the table
 * @max_records: how many records it is made for
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int tcpstate_table_init(unsigned int max_records)
{
	u64 slots = max_records + max_records / 5;

	n_buckets = div_u64(slots, TCPSTATE_SLOTS) + 1;
	buckets = kvcalloc(n_buckets, sizeof(*buckets), GFP_KERNEL);
	return buckets ? 0 : -ENOMEM;
}

/**
 * tcpstate_table_exit() - undo tcpstate_table_init(); no namespace is left
 *
 * Context: process; may sleep.
 */
void tcpstate_table_exit(void)
{
	kvfree(buckets);
}
