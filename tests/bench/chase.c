// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two dependent cache misses, in a working set as large as a table of connections:
 * 11 bytes of buckets for each, and a record of 128 bytes that they point to.
 */
#include "chase.h"

#include <linux/gfp.h>
#include <linux/math.h>
#include <linux/mm.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#define RECORD_BYTES	128
#define BUCKET_BYTES	11
#define CHUNK_ORDER	8
#define CHUNK_RECORDS	((PAGE_SIZE << CHUNK_ORDER) / RECORD_BYTES)
/* They take some 15 ns each: together as long as a segment that finds all in the cache */
#define HASHES		6
/* Multiplying by an odd number maps each number below a power of two to another one. */
#define SPREAD		0x9e3779b1u

struct bench_chase {
	u32 mask;
	u32 chunks;
	/* Addresses of records, spread over all cache lines that the buckets take */
	u32 **bucket;
	/* Chunks of physical memory with the records, as a slab allocator has them */
	unsigned long *chunk;
};

static u32 **bucket_of(const struct bench_chase *chase, u32 i)
{
	return &chase->bucket[(i & chase->mask) * BUCKET_BYTES / sizeof(*chase->bucket)];
}

/**
 * bench_chase_free() - undo bench_chase_alloc()
 * @chase: the working set, or NULL
 *
 * Context: process.
 */
void bench_chase_free(struct bench_chase *chase)
{
	u32 i;

	if (!chase)
		return;
	for (i = 0; chase->chunk && i < chase->chunks; i++)
		free_pages(chase->chunk[i], CHUNK_ORDER);
	kvfree(chase->chunk);
	kvfree(chase->bucket);
	kfree(chase);
}

/**
 * bench_chase_alloc() - make a working set
 * @count: how many records; up to the next power of two
 *
 * Context: process; may sleep.
 * Return: it, or NULL.
 */
struct bench_chase *bench_chase_alloc(u32 count)
{
	struct bench_chase *chase = kzalloc(sizeof(*chase), GFP_KERNEL);
	u32 i, records = roundup_pow_of_two(count);

	if (!chase)
		return NULL;
	chase->mask = records - 1;
	chase->chunks = DIV_ROUND_UP(records, CHUNK_RECORDS);
	chase->bucket = kvcalloc(records, BUCKET_BYTES, GFP_KERNEL);
	chase->chunk = kvcalloc(chase->chunks, sizeof(*chase->chunk), GFP_KERNEL);
	if (!chase->bucket || !chase->chunk)
		goto err;
	for (i = 0; i < chase->chunks; i++) {
		chase->chunk[i] = __get_free_pages(GFP_KERNEL | __GFP_ZERO, CHUNK_ORDER);
		if (!chase->chunk[i])
			goto err;
	}
	for (i = 0; i < records; i++) {
		u32 to = i * SPREAD & chase->mask;

		*bucket_of(chase, i) = (u32 *)(chase->chunk[to / CHUNK_RECORDS] +
					       to % CHUNK_RECORDS * RECORD_BYTES);
	}
	return chase;
err:
	bench_chase_free(chase);
	return NULL;
}

/**
 * bench_chase_run() - one miss after the other
 * @chase: the working set
 * @order: numbers of the buckets to look at
 * @n: how many
 * @seed: what the run before has returned, 0 at first
 *
 * What is read, 0, is part of the next place to look at, so that no two overlap.
 *
 * Context: any.
 * Return: 0, which the compiler does not know.
 */
u32 bench_chase_run(const struct bench_chase *chase, const u32 *order, u32 n, u32 seed)
{
	u32 i;

	for (i = 0; i < n; i++)
		seed = READ_ONCE(*READ_ONCE(*bucket_of(chase, order[i] ^ seed)));
	return seed;
}

/**
 * bench_chase_work() - what a segment does to processor and memory, and nothing shared
 * @chase: the working set
 * @order: numbers of the buckets to look at
 * @n: how many
 * @seed: what the run before has returned, 0 at first
 *
 * Two misses, some 100 ns of calculation, and a word of the record written. Two
 * processors that are threads of one core gain much by waiting for memory at the same
 * time, but little by calculating.
 *
 * Context: any.
 * Return: 0, but the compiler does not know.
 */
u32 bench_chase_work(const struct bench_chase *chase, const u32 *order, u32 n, u32 seed)
{
	static const hsiphash_key_t key = { { 1, 2 } };
	u32 i, j, none = 0;

	OPTIMIZER_HIDE_VAR(none);
	for (i = 0; i < n; i++) {
		u32 *record = *bucket_of(chase, order[i] ^ seed);
		u32 value = READ_ONCE(*record);

		for (j = 0; j < HASHES; j++)
			value = hsiphash_4u32(value, i, 0, 0, &key);
		WRITE_ONCE(record[1], value);
		seed = value & none;
	}
	return seed;
}
