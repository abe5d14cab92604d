/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One bucket of the table: its lock, its records and their tags. The functions that every
 * segment calls are inline.
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
#include <linux/spinlock.h>

#include "compat.h"
#include "flow.h"

/* Slots of a bucket: as many tags as a word has room for next to its flags. */
#define TCPSTATE_SLOTS		(sizeof(long) - 1)

/*
 * How many records may be chained behind a slot. Even in a full table random tuples hardly ever
 * need more than two: a chain that is full was chosen by somebody. See DOC: crowding in table.c.
 */
#define TCPSTATE_CHAIN_MAX	8

/* The most records that a bucket has */
#define TCPSTATE_CROWD_MAX	(TCPSTATE_SLOTS * (1 + TCPSTATE_CHAIN_MAX))

/* Bits in the head's highest byte: the lock, and for each slot whether it has a chain. */
#define TCPSTATE_LOCK_BIT	(8 * TCPSTATE_SLOTS)
#define TCPSTATE_CHAIN_BIT(i)	(TCPSTATE_LOCK_BIT + 1 + (i))

/* The same byte at the place of each tag */
#define TCPSTATE_TAGS(byte)	(REPEAT_BYTE((unsigned long)(byte)) >> 8)

/**
 * struct tcpstate_bucket - a cache line with the addresses of some records
 *
 * The word that holds the lock also holds the tags, which say what record to look at.
 */
struct tcpstate_bucket {
	/** @head: byte i is the tag of @slot[i], 0 if that is free; the highest byte has flags */
	unsigned long head;
	/**
	 * @slot: the records. While all slots are taken, a further record is chained
	 * behind the slot that its tag chooses
	 */
	struct tcpstate_flow *slot[TCPSTATE_SLOTS];
};

static_assert(sizeof(struct tcpstate_bucket) == sizeof(long) * sizeof(long));

/** struct tcpstate_place - where to look for the record of a key */
struct tcpstate_place {
	/** @bucket: the key's bucket */
	struct tcpstate_bucket *bucket;
	/** @tag: the tag of the key's record, repeated by TCPSTATE_TAGS() */
	unsigned long tag;
};

#ifdef CONFIG_PREEMPT_RT
/* How many locks the buckets share there, a power of two */
#define TCPSTATE_LOCKS		1024

extern spinlock_t tcpstate_bucket_locks[TCPSTATE_LOCKS];
#elif defined(CONFIG_DEBUG_LOCK_ALLOC)
/* Shows all bit locks to lockdep as one class. */
extern struct lockdep_map tcpstate_bucket_map;
#endif

void tcpstate_bucket_init_locks(void);
bool tcpstate_bucket_is_full(const struct tcpstate_place *place);
void tcpstate_bucket_insert(const struct tcpstate_place *place, struct tcpstate_flow *flow);
void tcpstate_bucket_remove(struct tcpstate_bucket *bucket, const struct tcpstate_flow *flow);
struct tcpstate_flow *tcpstate_bucket_find(const struct tcpstate_place *place,
					   const struct tcpstate_key *key, bool pending,
					   int *from);
unsigned int tcpstate_bucket_gather(const struct tcpstate_bucket *bucket,
				    struct tcpstate_flow *flows[TCPSTATE_CROWD_MAX]);

static inline unsigned long tcpstate_bucket_tag(u32 hash)
{
	/* Take the lowest bits, because the highest ones have chosen the bucket. */
	return TCPSTATE_TAGS((u8)hash ?: 1);
}

/* The slot behind which a record with that tag is chained */
static inline unsigned int tcpstate_bucket_chain(unsigned long tag)
{
	return (u8)tag * TCPSTATE_SLOTS >> 8;
}

/* The slots with a tag, which differ from it in no bit: bit 7 of their bytes is set. */
static inline unsigned long tcpstate_bucket_tagged(unsigned long head, unsigned long tag)
{
	unsigned long differ = head ^ tag;

	return ~(((differ & TCPSTATE_TAGS(0x7f)) + TCPSTATE_TAGS(0x7f)) | differ) &
	       TCPSTATE_TAGS(0x80);
}

static inline bool tcpstate_bucket_is_empty(const struct tcpstate_bucket *bucket)
{
	return !(READ_ONCE(bucket->head) & ~BIT(TCPSTATE_LOCK_BIT));
}

/* Fetch both cache lines: the second is needed as soon as the first one matches. */
static inline void tcpstate_bucket_prefetch_flow(const struct tcpstate_flow *flow)
{
	prefetchw(flow);
	prefetchw(&flow->conn.end);
}

/**
 * tcpstate_bucket_prefetch() - prefetch the record that a key is likely to have
 * @place: the key's place
 *
 * Context: any; reads the bucket, which need not be locked.
 */
static inline void tcpstate_bucket_prefetch(const struct tcpstate_place *place)
{
	const struct tcpstate_bucket *bucket = place->bucket;
	unsigned long found = tcpstate_bucket_tagged(READ_ONCE(bucket->head), place->tag);

	if (likely(found))
		tcpstate_bucket_prefetch_flow(READ_ONCE(bucket->slot[__ffs(found) / 8]));
}

#ifdef CONFIG_PREEMPT_RT
/* Buckets next to each other have different locks. Nobody holds those of two buckets. */
static inline spinlock_t *tcpstate_bucket_spinlock(const struct tcpstate_bucket *bucket)
{
	unsigned long number = (unsigned long)bucket / sizeof(*bucket);

	return &tcpstate_bucket_locks[number % TCPSTATE_LOCKS];
}

static inline void tcpstate_bucket_lock(struct tcpstate_bucket *bucket)
	__acquires(tcpstate_bucket_spinlock(bucket))
{
	spin_lock(tcpstate_bucket_spinlock(bucket));
}

static inline void tcpstate_bucket_unlock(struct tcpstate_bucket *bucket)
	__releases(tcpstate_bucket_spinlock(bucket))
{
	spin_unlock(tcpstate_bucket_spinlock(bucket));
}
#else
/**
 * tcpstate_bucket_lock() - lock a bucket
 * @bucket: the bucket
 *
 * Like bit_spin_lock(), but with a single atomic operation where no other CPU holds it. With
 * CONFIG_PREEMPT_RT it takes a spinlock_t instead, which sleeps: see DOC: locking in table.c.
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
	/* Only the holder writes the head, so this needs no atomic operation. */
	__clear_bit_unlock(TCPSTATE_LOCK_BIT, &bucket->head);
	lock_map_release(&tcpstate_bucket_map);
	preempt_enable();
	__release(bitlock);
}
#endif

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
