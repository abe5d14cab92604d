// SPDX-License-Identifier: GPL-2.0-only
/* The table of all records: its buckets, and the life of a record. */
#include "table.h"

#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/prefetch.h>
#include <linux/sched.h>

#include "deadline.h"
#include "limit.h"
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
 * A bucket's lock is taken with bottom halves off. It protects the bucket, whatever is not
 * constant in its records, and the bucket's mark (deadline.h). It is the only lock on records:
 * lookup, update, removal, the collector, the evictor and the walk all take it, and nobody ever
 * holds two. There are no lockless readers, so a record is freed at once.
 *
 * Inside it nest the lock that says when the collector comes next, a namespace's lock on its
 * events, and the lock on new accounts (account.c). The blocks above the marks have no lock: see
 * DOC: marks.
 *
 * Namespaces are found by number under RCU. A namespace hides itself and waits for a grace period
 * before it is freed, because the collector or an evictor may be using it. Its records stay
 * where they are, belong to nobody, and are freed by whoever comes by; its number is used again
 * after a pass of the collector over the whole table.
 *
 * struct tcpstate_net.zones_lock protects what interfaces have which numbers, and no other lock
 * is taken inside it but those of the two arrays. A packet finds the number of its interface
 * under RCU and puts a record with it into the table before it leaves its hook. So a number that
 * has been hidden for a grace period, and of which a walk finds no record then, is free
 * (reclaim.c).
 *
 * With CONFIG_PREEMPT_RT, spin locks sleep, and so they may not nest inside a bit lock, which
 * turns preemption off. There, and only there, a bucket takes one of TCPSTATE_LOCKS spin locks
 * instead. That is about twice as slow, and buckets share locks; as nobody holds two, that is
 * harmless. Bottom halves still have to be off, because whoever turns them on again inside a
 * lock would run them, and they would take the lock. But they do not keep other tasks from the
 * data of the CPU: whatever is per CPU is written by this_cpu operations there (stats.h), or with
 * preemption off (ids in flow.c).
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
 * tcpstate_table_insert() - put a record into its bucket, and count it
 * @tn: its namespace
 * @place: its key's place, which is not full
 * @flow: the record, with its key set
 *
 * If it has TCPSTATE_F_PENDING, mark the record that it waits to replace by
 * TCPSTATE_F_SUCCESSOR. If there is no such record, it need not wait. The caller calls
 * tcpstate_collector_note() afterwards.
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
	__tcpstate_stats_add(tn, flow->conn.flags & TCPSTATE_F_MIDSTREAM ?
					 TCPSTATE_A_COUNTER_PICKED_UP :
					 TCPSTATE_A_COUNTER_NEW, 1);
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

/* An empty bucket promises nothing, and is not looked at. */
static void forget_mark(struct tcpstate_bucket *bucket)
{
	if (tcpstate_bucket_is_empty(bucket))
		tcpstate_deadline_write_mark(tcpstate_table_number(bucket),
					     TCPSTATE_DEADLINE_NONE);
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
 * tcpstate_table_take_out() - end a record, but keep its memory and its room
 * @tn: its namespace
 * @bucket: its bucket
 * @flow: the record
 * @verdict: how the connection ended
 * @change: how the record changed as it ended; NULL if it did not
 *
 * While a namespace is there, its records end in no other way. If another record was waiting to
 * replace this one, that is the record of the key now. If this one was waiting itself, the other
 * one has no successor any more.
 *
 * Context: @bucket locked.
 */
void tcpstate_table_take_out(struct tcpstate_net *tn, struct tcpstate_bucket *bucket,
			     struct tcpstate_flow *flow, enum tcpstate_verdict verdict,
			     const struct tcpstate_change *change)
{
	if (tcpstate_report_wanted(tn))
		report_end(tn, flow, verdict, change);
	tcpstate_bucket_remove(bucket, flow);
	if (flow->conn.flags & (TCPSTATE_F_PENDING | TCPSTATE_F_SUCCESSOR))
		part_pair(flow);
	forget_mark(bucket);
	__tcpstate_stats_add_ending(tn, verdict);
}

/**
 * tcpstate_table_end() - end a record
 * @tn: its namespace
 * @bucket: its bucket
 * @flow: the record; freed
 * @verdict: how the connection ended
 * @change: how the record changed as it ended; NULL if it did not
 *
 * Context: @bucket locked.
 */
void tcpstate_table_end(struct tcpstate_net *tn, struct tcpstate_bucket *bucket,
			struct tcpstate_flow *flow, enum tcpstate_verdict verdict,
			const struct tcpstate_change *change)
{
	tcpstate_table_take_out(tn, bucket, flow, verdict, change);
	tcpstate_table_free(tn, flow);
}

/**
 * tcpstate_table_drop() - free a record that is left over of a namespace
 * @owner: the owner of the namespace
 * @bucket: the record's bucket
 * @flow: the record
 *
 * Nobody is left who could be told.
 *
 * Context: @bucket locked.
 */
void tcpstate_table_drop(struct tcpstate_owner *owner, struct tcpstate_bucket *bucket,
			 struct tcpstate_flow *flow)
{
	tcpstate_bucket_remove(bucket, flow);
	forget_mark(bucket);
	tcpstate_flow_free(flow);
	tcpstate_limit_give(owner);
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
	struct tcpstate_flow *flow;

	if (!tcpstate_limit_take(tn->owner))
		return NULL;
	flow = tcpstate_flow_alloc(ipv6);
	if (!flow)
		tcpstate_limit_give(tn->owner);
	return flow;
}

/**
 * tcpstate_table_free() - free a record and give back its room
 * @tn: its namespace
 * @flow: the record, in no bucket
 *
 * Context: any up to softirq.
 */
void tcpstate_table_free(struct tcpstate_net *tn, struct tcpstate_flow *flow)
{
	tcpstate_flow_free(flow);
	tcpstate_limit_give(tn->owner);
}

/**
 * tcpstate_table_bucket() - find a bucket by its number
 * @number: the number
 *
 * Context: any.
 * Return: the bucket, or NULL if there are no more.
 */
struct tcpstate_bucket *tcpstate_table_bucket(unsigned int number)
{
	return number < n_buckets ? &buckets[number] : NULL;
}

/**
 * tcpstate_table_number() - tell the number of a bucket
 * @bucket: the bucket
 *
 * Context: any.
 * Return: the number.
 */
unsigned int tcpstate_table_number(const struct tcpstate_bucket *bucket)
{
	return bucket - buckets;
}

/**
 * tcpstate_table_prefetch() - prefetch the records of a bucket
 * @number: its number; nothing happens if there is no such bucket
 *
 * Context: any.
 */
void tcpstate_table_prefetch(unsigned int number)
{
	const struct tcpstate_bucket *bucket = tcpstate_table_bucket(number);
	unsigned int i;

	for (i = 0; bucket && i < TCPSTATE_SLOTS; i++)
		tcpstate_bucket_prefetch_flow(READ_ONCE(bucket->slot[i]));
}

/**
 * tcpstate_table_bytes() - tell how much memory the buckets and their marks take
 *
 * Context: any.
 * Return: bytes, for all namespaces together.
 */
u64 tcpstate_table_bytes(void)
{
	return (u64)n_buckets * (sizeof(*buckets) + sizeof(u32) + sizeof(u8));
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

	int err;

	tcpstate_bucket_init_locks();
	n_buckets = div_u64(slots, TCPSTATE_SLOTS) + 1;
	buckets = kvcalloc(n_buckets, sizeof(*buckets), GFP_KERNEL);
	if (!buckets)
		return -ENOMEM;
	err = tcpstate_deadline_init(n_buckets);
	if (err)
		kvfree(buckets);
	return err;
}

/**
 * tcpstate_table_exit() - undo tcpstate_table_init()
 *
 * Frees what namespaces have left over. Nobody else uses the table any more.
 *
 * Context: process; may sleep.
 */
void tcpstate_table_exit(void)
{
	struct tcpstate_flow *flows[TCPSTATE_CROWD_MAX];
	unsigned int i, n;

	for (i = 0; i < n_buckets; i++) {
		for (n = tcpstate_bucket_gather(&buckets[i], flows); n--; )
			tcpstate_flow_free(flows[n]);
		cond_resched();
	}
	tcpstate_deadline_exit();
	kvfree(buckets);
}
