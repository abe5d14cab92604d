/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One bucket of the table: its lock, its records and their tags. What each segment does
 * is inline.
 */
#ifndef TCPSTATE_BUCKET_H
#define TCPSTATE_BUCKET_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/bottom_half.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/preempt.h>
#include <linux/prefetch.h>

#include "flow.h"

/* Slots of a bucket: as many tags as a word has room for beside its flags. */
#define TCPSTATE_SLOTS		(sizeof(long) - 1)

/* In the head's highest byte: the lock, and whether a slot's chain goes on. */
#define TCPSTATE_LOCK_BIT	(8 * TCPSTATE_SLOTS)
#define TCPSTATE_CHAIN_BIT(i)	(TCPSTATE_LOCK_BIT + 1 + (i))

/* A byte at each tag */
#define TCPSTATE_TAGS(byte)	(REPEAT_BYTE((unsigned long)(byte)) >> 8)

/**
 * struct tcpstate_bucket - a cache line with the addresses of some records
 *
 * The word that is locked tells, too, which of them to look at.
 */
struct tcpstate_bucket {
	/** @head: byte i is the tag of @slot[i], 0: free; the highest byte is flags */
	unsigned long head;
	/**
	 * @slot: records. While all are taken, one more is chained behind the slot
	 * that its tag chooses
	 */
	struct tcpstate_flow *slot[TCPSTATE_SLOTS];
};

static_assert(sizeof(struct tcpstate_bucket) == sizeof(long) * sizeof(long));

/** struct tcpstate_place - where the record of a key is to be found */
struct tcpstate_place {
	/** @bucket: its bucket */
	struct tcpstate_bucket *bucket;
	/** @tag: of its slot, TCPSTATE_TAGS() */
	unsigned long tag;
};

#ifdef CONFIG_DEBUG_LOCK_ALLOC
/* Shows the bit locks to lockdep, all as one. */
extern struct lockdep_map tcpstate_bucket_map;
#endif

void tcpstate_bucket_insert(const struct tcpstate_place *place, struct tcpstate_flow *flow);
void tcpstate_bucket_remove(struct tcpstate_bucket *bucket, const struct tcpstate_flow *flow);
struct tcpstate_flow *tcpstate_bucket_find(const struct tcpstate_place *place,
					   const struct tcpstate_key *key, bool pending,
					   int *from);
bool tcpstate_bucket_has(const struct tcpstate_bucket *bucket,
			 const struct tcpstate_flow *flow);

static inline unsigned long tcpstate_bucket_tag(u32 hash)
{
	/* The highest bits have chosen the bucket. */
	return TCPSTATE_TAGS((u8)hash ?: 1);
}

/* Behind which slot a record is chained. */
static inline unsigned int tcpstate_bucket_chain(unsigned long tag)
{
	return (u8)tag * TCPSTATE_SLOTS >> 8;
}

/* The slots with a tag, by bit 7 of their bytes: those that do not differ in any bit. */
static inline unsigned long tcpstate_bucket_tagged(unsigned long head, unsigned long tag)
{
	unsigned long differ = head ^ tag;

	return ~(((differ & TCPSTATE_TAGS(0x7f)) + TCPSTATE_TAGS(0x7f)) | differ) &
	       TCPSTATE_TAGS(0x80);
}

/* Both lines of a record at once: the second is needed as soon as it matches. */
static inline void tcpstate_bucket_prefetch_flow(const struct tcpstate_flow *flow)
{
	prefetchw(flow);
	prefetchw(&flow->conn.end);
}

/**
 * tcpstate_bucket_prefetch() - say that a key's record will be looked for soon
 * @place: the key's place
 *
 * Context: any; the bucket is read, and need not be locked.
 */
static inline void tcpstate_bucket_prefetch(const struct tcpstate_place *place)
{
	const struct tcpstate_bucket *bucket = place->bucket;
	unsigned long found = tcpstate_bucket_tagged(READ_ONCE(bucket->head), place->tag);

	if (likely(found))
		tcpstate_bucket_prefetch_flow(READ_ONCE(bucket->slot[__ffs(found) / 8]));
}

/**
 * tcpstate_bucket_lock() - lock a bucket
 * @bucket: the bucket
 *
 * As bit_spin_lock(), with one atomic where nobody else has it.
 *
 * Context: bottom halves off; no other bucket locked.
 */
static inline void tcpstate_bucket_lock(struct tcpstate_bucket *bucket)
	__acquires(bitlock)
{
	unsigned long head = READ_ONCE(bucket->head) & ~BIT(TCPSTATE_LOCK_BIT);

	preempt_disable();
	lock_map_acquire(&tcpstate_bucket_map);
	while (unlikely(!try_cmpxchg_acquire(&bucket->head, &head,
					     head | BIT(TCPSTATE_LOCK_BIT)))) {
		while (head & BIT(TCPSTATE_LOCK_BIT)) {
			cpu_relax();
			head = READ_ONCE(bucket->head);
		}
	}
	__acquire(bitlock);
}

/**
 * tcpstate_bucket_unlock() - undo tcpstate_bucket_lock()
 * @bucket: the bucket
 *
 * Context: as left by tcpstate_bucket_lock().
 */
static inline void tcpstate_bucket_unlock(struct tcpstate_bucket *bucket)
	__releases(bitlock)
{
	/* The holder alone writes the head, so that needs no atomic. */
	__clear_bit_unlock(TCPSTATE_LOCK_BIT, &bucket->head);
	lock_map_release(&tcpstate_bucket_map);
	preempt_enable();
	__release(bitlock);
}

/**
 * tcpstate_bucket_lock_bh() - turn bottom halves off and lock a bucket
 * @bucket: the bucket
 *
 * Context: any up to softirq; no other bucket locked.
 */
static inline void tcpstate_bucket_lock_bh(struct tcpstate_bucket *bucket)
	__acquires(bitlock)
{
	local_bh_disable();
	tcpstate_bucket_lock(bucket);
}

/**
 * tcpstate_bucket_unlock_bh() - undo tcpstate_bucket_lock_bh()
 * @bucket: the bucket
 *
 * Context: as left by tcpstate_bucket_lock_bh().
 */
static inline void tcpstate_bucket_unlock_bh(struct tcpstate_bucket *bucket)
	__releases(bitlock)
{
	tcpstate_bucket_unlock(bucket);
	local_bh_enable();
}

#endif
