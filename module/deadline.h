/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When to look at a bucket again: a mark for each bucket, and the earliest deadline of each
 * block of marks.
 */
#ifndef TCPSTATE_DEADLINE_H
#define TCPSTATE_DEADLINE_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/types.h>

#include "hint.h"

/**
 * DOC: marks
 *
 * A mark is a word that says two things of a bucket: the earliest deadline of its records, in
 * ticks of 16 ms, and a hint of what it would cost to evict one of those of the initial owner
 * (hint.h). The hint of the records of all other owners is a byte of its own, in another array: the
 * initial owner may not take these while their owners are within their shares, and would otherwise
 * be led to buckets that have nothing for it. Deadline and hints are lower bounds. A segment that
 * moves a record's deadline away leaves them alone; they are written only for a record that comes
 * nearer. So nearly all segments write none. A function that has looked at all records of a bucket
 * writes them as they are then. An empty bucket has no mark, and its other hint does not count.
 *
 * Both are written with their bucket locked, and may be read without.
 *
 * A block is the earliest deadline of TCPSTATE_DEADLINE_BLOCK marks, which the collector reads
 * in their place. No lock protects it. It is never later than the marks of its buckets, except
 * while the collector looks at them. The collector first empties the block, then reads the marks,
 * and then merges what it read into the block; if two do so at once, the one that empties the block
 * last merges all of them. A function that lowers a mark writes the mark first and reads the block
 * afterwards. There is a full memory barrier between both steps on both sides, so one of them sees
 * what the other has written.
 *
 * A function that has lowered a block then reads, without a lock, whether the collector is going to
 * run in time, and if not, arms it. The collector disarms before it reads the blocks. Here too is a
 * full memory barrier between both steps on both sides: the cmpxchg() that lowers the block, and
 * smp_mb() in the collector. So either the function arms, or the collector sees the lowered block.
 * A function that finds its block early enough need not read that: the one that lowered the block
 * arms.
 *
 * Ticks wrap after three days. Therefore no deadline is more than TCPSTATE_DEADLINE_FAR_MS away:
 * the collector looks too early, and sets it again.
 */

/* A tick is 2^4 ms. */
#define TCPSTATE_DEADLINE_TICK_SHIFT	4

/* How many buckets share a block: their marks are four cache lines. */
#define TCPSTATE_DEADLINE_BLOCK		64

/* No deadline is later than that. */
#define TCPSTATE_DEADLINE_FAR_MS	(60 * 60 * 1000)

/* The lowest byte of a mark is the hint, the rest is the tick. */
#define TCPSTATE_DEADLINE_HINT		0xffu

/* The mark of an empty bucket, and the deadline of a block of such buckets */
#define TCPSTATE_DEADLINE_NONE		(~0u)

/**
 * tcpstate_deadline_round() - round a time up to a tick
 * @ms: the time
 *
 * Context: any.
 * Return: a mark with that deadline, and 0 as its hint.
 */
static inline u32 tcpstate_deadline_round(u32 ms)
{
	u32 tick = (ms + (1 << TCPSTATE_DEADLINE_TICK_SHIFT) - 1) >> TCPSTATE_DEADLINE_TICK_SHIFT;
	u32 due = tick << 8;

	/* That tick would look like TCPSTATE_DEADLINE_NONE: take the next one. */
	return due == (TCPSTATE_DEADLINE_NONE & ~TCPSTATE_DEADLINE_HINT) ? 0 : due;
}

/**
 * tcpstate_deadline_left_ms() - tell how far away a deadline is
 * @mark: the mark, not TCPSTATE_DEADLINE_NONE
 * @now_ms: tcpstate_clock_now_ms()
 *
 * Context: any.
 * Return: ms, up to one tick more than until the deadline; 0 if it is over.
 */
static inline u32 tcpstate_deadline_left_ms(u32 mark, u32 now_ms)
{
	u32 now = now_ms >> TCPSTATE_DEADLINE_TICK_SHIFT << 8;
	s32 left = (mark & ~TCPSTATE_DEADLINE_HINT) - now;

	return left > 0 ? (u32)left >> 8 << TCPSTATE_DEADLINE_TICK_SHIFT : 0;
}

/**
 * tcpstate_deadline_earlier() - compare the deadlines of two marks
 * @mark: the first one
 * @than: the second one
 *
 * Context: any.
 * Return: true if the first one is earlier.
 */
static inline bool tcpstate_deadline_earlier(u32 mark, u32 than)
{
	if (mark == TCPSTATE_DEADLINE_NONE || than == TCPSTATE_DEADLINE_NONE)
		return mark != than && than == TCPSTATE_DEADLINE_NONE;
	return (s32)((mark & ~TCPSTATE_DEADLINE_HINT) - (than & ~TCPSTATE_DEADLINE_HINT)) < 0;
}

/**
 * tcpstate_deadline_merge() - make a mark that holds for two sets of records
 * @a: the mark of one set
 * @b: the mark of the other one
 *
 * Context: any.
 * Return: the earlier deadline with the cheaper hint.
 */
static inline u32 tcpstate_deadline_merge(u32 a, u32 b)
{
	u32 due = tcpstate_deadline_earlier(a, b) ? a : b;

	if (a == TCPSTATE_DEADLINE_NONE || b == TCPSTATE_DEADLINE_NONE)
		return due;
	return (due & ~TCPSTATE_DEADLINE_HINT) | tcpstate_hint_merge(a, b);
}

int tcpstate_deadline_init(unsigned int buckets);
void tcpstate_deadline_exit(void);

u32 tcpstate_deadline_read(unsigned int bucket);
const u32 *tcpstate_deadline_marks(unsigned int bucket);
void tcpstate_deadline_prefetch(unsigned int bucket);
bool tcpstate_deadline_lower_mark(unsigned int bucket, u32 mark);
void tcpstate_deadline_write_mark(unsigned int bucket, u32 mark);
bool tcpstate_deadline_lower_block(unsigned int bucket, u32 mark);
bool tcpstate_deadline_lower(unsigned int bucket, u32 mark);

const u8 *tcpstate_deadline_others(unsigned int bucket);
void tcpstate_deadline_lower_others(unsigned int bucket, u8 hint);
void tcpstate_deadline_write_others(unsigned int bucket, u8 hint);

unsigned int tcpstate_deadline_blocks(void);
u32 tcpstate_deadline_read_block(unsigned int block);
void tcpstate_deadline_empty_block(unsigned int block);

#endif
