// SPDX-License-Identifier: GPL-2.0-only
/* The table of all records: its buckets, the life of a record, claims. */
#include "table.h"

#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/prefetch.h>

#include "limit.h"
#include "queue.h"
#include "report.h"
#include "stats.h"

/**
 * DOC: design
 *
 * A bucket is a cache line. It has the addresses of seven records and, in the word with the
 * lock, one byte of the hash of each. The word that is locked has to be read anyway, and says
 * which record to look at. So a segment of a known connection costs two cache misses, one for
 * the bucket and one for the record, and a SYN that has no record yet costs one. There are six
 * slots for each five records that the limit allows, which is 11 bytes for each record. In a
 * full table 9 % of the records find no slot and are chained behind another record.
 *
 * Other designs were measured, on two kinds of processor, when this one was chosen. To find,
 * lock and write a record takes them so many times as long:
 *
 * - Buckets of one word with the lock in one of its bits, where three of eight records share
 *   a bucket with one before them: 0.7 to 0.9 with 1,000 records, 1.2 to 1.6 with 1,000,000 in
 *   random order.
 * - The same buckets next to 1,024 locks, as in nf_conntrack: 1.6 to 2, and 2.2.
 * - rhashtable and a lock in the record: 1.6 to 2.2, and 2. While it grows, the longest insertion
 *   takes 1.9 to 2.9 ms instead of 0.1 to 0.2 ms.
 */

/**
 * DOC: crowding
 *
 * A bucket has at most TCPSTATE_CROWD_MAX records. No search in it follows more than the seven
 * slots and a chain of TCPSTATE_CHAIN_MAX, and nothing that holds its lock looks at more than
 * all of its records once. Where a chain is full, tcpstate_evict_crowded() ends one of its
 * records for the new one, and if none may be ended, the new connection is not tracked.
 *
 * That bound is needed because the order in which a namespace's records are shown is that of the
 * buckets: whoever reads it learns which of his own tuples share a bucket, and can collect
 * any number of such tuples. More than that he does not learn. The hash is keyed, so that no
 * number of tuples says where another one is, least of all one of another namespace, whose number
 * is hashed as well. So what he can do with a bucket that he has filled is to keep out other
 * connections of his own, and those of others that happen to hash to the same chain. To keep out
 * one connection in a hundred he has to fill a hundredth of all chains, and needs more records
 * than the same effect costs him at the limit of the table.
 */

/**
 * DOC: locking
 *
 * A bucket's lock is a bit of its head, and is taken with bottom halves off. It protects the
 * bucket and whatever is not constant in its records. Lookup, update, removal and the walk
 * hold it. There are no lockless readers, so a record is freed at once.
 *
 * struct tcpstate_shard.lock protects a shard of a namespace's queues and nests inside the
 * bucket's lock. The collector and the evictor begin at a queue and have to take the locks
 * the other way round. They claim the record: take it off the queue, unlock the shard, lock
 * the bucket and look there for the same address with the same id.
 *
 * - If it is not there, another CPU has removed it meanwhile, with the bucket locked.
 * - If it is there, judge it again, and end it or put it back.
 *
 * A record on a queue is not freed, because freeing it takes the shard's lock. A claimed record
 * may be freed at any time, so the pointer of a claim is compared and never followed. Two CPUs
 * may claim the same record if it was put on a queue again in between. The second one then
 * finds it gone or judges it again.
 *
 * struct tcpstate_net.zones_lock protects what interfaces have which numbers, and no other lock
 * is taken inside it but those of the two arrays. A packet finds the number of its interface
 * under RCU and puts a record with it into the table before it leaves its hook. So a number that
 * has been hidden for a grace period, and of which a walk finds no record then, is free
 * (reclaim.c).
 *
 * Namespaces are found by number under RCU. A namespace hides itself and waits for a grace
 * period before it frees anything, because the evictor of another one may be using it.
 *
 * PREEMPT_RT is not supported: it forbids a spinlock_t inside a bit lock.
 */

static struct tcpstate_bucket *buckets __read_mostly;
static unsigned int n_buckets __read_mostly;

/**
 * tcpstate_table_fetch() - find and prefetch the bucket of a key
 * @key: the key, either way round
 *
 * A caller that has something to do meanwhile, such as reading the segment, saves 3 % of the
 * time that the segment takes with 1,000,000 connections.
 *
 * Context: any.
 * Return: where to look for the key's record.
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
 * tcpstate_table_insert() - put a record into its bucket and on the queue of its class
 * @tn: its namespace
 * @place: its key's place, which is not full
 * @flow: the record, with its key set
 *
 * If it has TCPSTATE_F_PENDING, mark the record that it waits to replace by
 * TCPSTATE_F_SUCCESSOR. If there is no such record, it need not wait. The caller calls
 * tcpstate_expiry_arm() afterwards.
 *
 * Context: the bucket locked.
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

/* Let the other record with that key have it alone from now on. */
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
 * tcpstate_table_end() - end a record: the only function that does
 * @tn: its namespace
 * @bucket: its bucket
 * @flow: the record; freed
 * @verdict: how the connection ended
 * @change: how the record changed as it ended; NULL if it did not
 *
 * If another record was waiting to replace it, that is the record of the key now. If this one
 * was waiting itself, the other one has no successor any more.
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
 * tcpstate_table_claim() - take a record off its queue, to look at it later
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
	/* Do this last, because tcpstate_queue_remove() may be waiting for it. */
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
 * Return: the record, zeroed but for its id; NULL if there is no room or no memory.
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
 * @flow: the record, in no bucket and on no queue
 *
 * Context: any up to softirq.
 */
void tcpstate_table_free(struct tcpstate_net *tn, struct tcpstate_flow *flow)
{
	tcpstate_flow_free(flow);
	tcpstate_limit_give(tn);
}

/**
 * tcpstate_table_bucket() - find a bucket by its number
 * @i: the number
 *
 * Context: any.
 * Return: the bucket, or NULL if there are no more.
 */
struct tcpstate_bucket *tcpstate_table_bucket(unsigned int i)
{
	return i < n_buckets ? &buckets[i] : NULL;
}

/**
 * tcpstate_table_bytes() - tell how much memory the buckets take
 *
 * Context: any.
 * Return: bytes, for all namespaces together.
 */
u64 tcpstate_table_bytes(void)
{
	return (u64)n_buckets * sizeof(*buckets);
}

/* End the records of a queue that nobody else uses any more. No pass over it is under way. */
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
 * tcpstate_table_init() - allocate the table
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
