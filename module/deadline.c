// SPDX-License-Identifier: GPL-2.0-only
/* When to look at a bucket again. */
#include "deadline.h"

#include <linux/mm.h>
#include <linux/prefetch.h>
#include <linux/slab.h>
#include <linux/string.h>

/* By bucket */
static u32 *marks __read_mostly;
/* By bucket: the hint of records whose owner is not the initial one */
static u8 *others __read_mostly;
/* By block: the deadline alone, with 0 as its hint, or TCPSTATE_DEADLINE_NONE */
static u32 *blocks __read_mostly;
static unsigned int n_blocks __read_mostly;

/**
 * tcpstate_deadline_read() - read the mark of a bucket
 * @bucket: its number
 *
 * Context: any; only a hint, unless the bucket is locked.
 * Return: the mark.
 */
u32 tcpstate_deadline_read(unsigned int bucket)
{
	return READ_ONCE(marks[bucket]);
}

/**
 * tcpstate_deadline_marks() - find the marks of a bucket and of those that follow in its block
 * @bucket: its number
 *
 * A block that has fewer buckets has TCPSTATE_DEADLINE_NONE in their place.
 *
 * Context: any; to be read with READ_ONCE().
 * Return: the marks.
 */
const u32 *tcpstate_deadline_marks(unsigned int bucket)
{
	return &marks[bucket];
}

/**
 * tcpstate_deadline_prefetch() - fetch the mark of a bucket
 * @bucket: its number
 *
 * Context: any.
 */
void tcpstate_deadline_prefetch(unsigned int bucket)
{
	prefetch(&marks[bucket]);
}

/**
 * tcpstate_deadline_lower_mark() - let the mark of a bucket hold for one more record
 * @bucket: its number
 * @mark: the record's mark
 *
 * If this returns true, the caller calls tcpstate_deadline_lower_block() next.
 *
 * Context: the bucket locked.
 * Return: true if the bucket's deadline is earlier now.
 */
bool tcpstate_deadline_lower_mark(unsigned int bucket, u32 mark)
{
	u32 before = marks[bucket];
	u32 after = tcpstate_deadline_merge(mark, before);

	if (likely(after == before))
		return false;
	WRITE_ONCE(marks[bucket], after);
	return tcpstate_deadline_earlier(after, before);
}

/**
 * tcpstate_deadline_write_mark() - set the mark of a bucket whose records were all looked at
 * @bucket: its number
 * @mark: the merged marks of its records, or TCPSTATE_DEADLINE_NONE if it has none
 *
 * The caller calls tcpstate_deadline_lower_block() next, unless it merges the mark into the
 * block itself.
 *
 * Context: the bucket locked.
 */
void tcpstate_deadline_write_mark(unsigned int bucket, u32 mark)
{
	if (marks[bucket] != mark)
		WRITE_ONCE(marks[bucket], mark);
}

/**
 * tcpstate_deadline_lower_block() - let the block of a bucket be no later than a mark
 * @bucket: the bucket's number
 * @mark: the mark, which was written, or read after tcpstate_deadline_empty_block()
 *
 * Context: any.
 * Return: true if the block is earlier now.
 */
bool tcpstate_deadline_lower_block(unsigned int bucket, u32 mark)
{
	u32 *block = &blocks[bucket / TCPSTATE_DEADLINE_BLOCK];
	u32 due = mark & ~TCPSTATE_DEADLINE_HINT;
	u32 before;

	if (mark == TCPSTATE_DEADLINE_NONE)
		return false;
	/* Pairs with the one in tcpstate_deadline_empty_block(): see DOC: marks. */
	smp_mb();
	before = READ_ONCE(*block);
	while (tcpstate_deadline_earlier(due, before)) {
		/* A full barrier, where it succeeds: see DOC: marks. */
		u32 seen = cmpxchg(block, before, due);

		if (seen == before)
			return true;
		before = seen;
	}
	return false;
}

/**
 * tcpstate_deadline_lower() - lower the mark of a bucket, and its block
 * @bucket: the bucket's number
 * @mark: the mark of a record
 *
 * Context: the bucket locked.
 * Return: true if the block is earlier now, so that the collector may have to come earlier.
 */
bool tcpstate_deadline_lower(unsigned int bucket, u32 mark)
{
	return unlikely(tcpstate_deadline_lower_mark(bucket, mark)) &&
	       tcpstate_deadline_lower_block(bucket, mark);
}

/**
 * tcpstate_deadline_others() - find the other hints of a bucket and of those that follow it
 * @bucket: its number
 *
 * They are those of records whose owner is not the initial one, TCPSTATE_HINT_NONE where there are
 * none.
 *
 * Context: any; to be read with READ_ONCE(), up to the end of the bucket's block.
 * Return: the hints.
 */
const u8 *tcpstate_deadline_others(unsigned int bucket)
{
	return &others[bucket];
}

/**
 * tcpstate_deadline_lower_others() - let the other hint of a bucket hold for one more record
 * @bucket: its number
 * @hint: the record's hint
 *
 * Context: the bucket locked.
 */
void tcpstate_deadline_lower_others(unsigned int bucket, u8 hint)
{
	tcpstate_deadline_write_others(bucket, tcpstate_hint_merge(others[bucket], hint));
}

/**
 * tcpstate_deadline_write_others() - set the other hint of a bucket that was looked at as a whole
 * @bucket: its number
 * @hint: the merged hints of its records
 *
 * Context: the bucket locked.
 */
void tcpstate_deadline_write_others(unsigned int bucket, u8 hint)
{
	if (others[bucket] != hint)
		WRITE_ONCE(others[bucket], hint);
}

/**
 * tcpstate_deadline_blocks() - tell how many blocks there are
 *
 * Context: any.
 * Return: their number.
 */
unsigned int tcpstate_deadline_blocks(void)
{
	return n_blocks;
}

/**
 * tcpstate_deadline_read_block() - read the earliest deadline of a block
 * @block: its number
 *
 * Context: any.
 * Return: a mark without hint.
 */
u32 tcpstate_deadline_read_block(unsigned int block)
{
	return READ_ONCE(blocks[block]);
}

/**
 * tcpstate_deadline_empty_block() - begin to look at the marks of a block
 * @block: its number
 *
 * The caller then reads all of its marks and merges each of them into the block by
 * tcpstate_deadline_lower_block().
 *
 * Context: any.
 */
void tcpstate_deadline_empty_block(unsigned int block)
{
	WRITE_ONCE(blocks[block], TCPSTATE_DEADLINE_NONE);
	/* Read no mark before that is written: see DOC: marks. */
	smp_mb();
}

/**
 * tcpstate_deadline_init() - allocate marks and blocks
 * @buckets: how many buckets the table has
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int tcpstate_deadline_init(unsigned int buckets)
{
	n_blocks = DIV_ROUND_UP(buckets, TCPSTATE_DEADLINE_BLOCK);
	marks = kvmalloc_array(n_blocks, TCPSTATE_DEADLINE_BLOCK * sizeof(*marks), GFP_KERNEL);
	others = kvmalloc_array(n_blocks, TCPSTATE_DEADLINE_BLOCK, GFP_KERNEL);
	blocks = kvmalloc_array(n_blocks, sizeof(*blocks), GFP_KERNEL);
	if (!marks || !others || !blocks) {
		tcpstate_deadline_exit();
		return -ENOMEM;
	}
	memset32(marks, TCPSTATE_DEADLINE_NONE, n_blocks * TCPSTATE_DEADLINE_BLOCK);
	memset(others, TCPSTATE_HINT_NONE, n_blocks * TCPSTATE_DEADLINE_BLOCK);
	memset32(blocks, TCPSTATE_DEADLINE_NONE, n_blocks);
	return 0;
}

/**
 * tcpstate_deadline_exit() - undo tcpstate_deadline_init()
 *
 * Context: process; may sleep.
 */
void tcpstate_deadline_exit(void)
{
	kvfree(blocks);
	kvfree(others);
	kvfree(marks);
}
