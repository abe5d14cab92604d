// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a table of connections may be built on: buckets of a cache line, with tags and a
 * lock in each, as tcpstate has; buckets of a word with a lock in each; such, and beside
 * them an array of locks, as nf_conntrack has; rhashtable, and a lock in the record. The
 * same keys, hash and records, and nothing else in the way.
 */
#include "bench.h"

#include <linux/bit_spinlock.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/prefetch.h>
#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#define LOCKS		1024
/* Bit of a line's head that locks it */
#define LOCK_BIT	56
#define SLOTS		7
/* Keys are made ready so many at a time, outside of the time that counts. */
#define BATCH		64
#define COUNT_MAX	4000000

/* struct record - of 128 bytes, as those of connections; two lines */
struct record {
	union {
		struct record *next;
		struct rhash_head node;
	};
	u32 key[4];
	/* Of the record, where it is not its bucket's */
	spinlock_t lock;
	/* What an update writes */
	u64 word ____cacheline_aligned;
} ____cacheline_aligned;

static_assert(sizeof(struct record) == 128);

/* struct line - a bucket of seven records by their tags; full, the last has a chain */
struct line {
	u64 head;
	struct record *slot[SLOTS];
};

/* struct design - how records are kept; all with bottom halves off */
struct design {
	const char *name;
	int (*add)(struct record *record);
	/* Finds a record, locks it, writes, unlocks; false: it is not there */
	bool (*update)(const u32 *key);
};

static hsiphash_key_t secret;
static unsigned long *buckets;
static u32 mask;
static struct line *lines;
static u32 lines_n;
static spinlock_t locks[LOCKS];
static struct rhashtable table;

static u32 hash(const u32 *key)
{
	return hsiphash_4u32(key[0], key[1], key[2], key[3], &secret);
}

static struct record *find(unsigned long word, const u32 *key)
{
	struct record *record = (struct record *)(word & ~1ul);

	while (record && memcmp(record->key, key, sizeof(record->key)))
		record = record->next;
	return record;
}

static void prefetch_record(unsigned long word)
{
	prefetchw((void *)(word & ~1ul));
	prefetchw((void *)(word & ~1ul) + 64);
}

static u64 tagged(u64 head, u8 tag)
{
	u64 low = REPEAT_BYTE(1ull) >> 8, differ = head ^ tag * low;

	return (differ - low) & ~differ & low << 7;
}

static struct line *line_of(const u32 *key, u8 *tag)
{
	u32 h = hash(key);

	*tag = (u8)h ?: 1;
	return &lines[reciprocal_scale(h, lines_n)];
}

static int lines_add(struct record *record)
{
	struct line *line;
	u64 free;
	u8 tag;

	line = line_of(record->key, &tag);
	bit_spin_lock(LOCK_BIT, (unsigned long *)&line->head);
	free = tagged(line->head, 0);
	record->next = NULL;
	if (free) {
		line->head |= (u64)tag << (__ffs64(free) - 7);
		line->slot[__ffs64(free) / 8] = record;
	} else {
		record->next = line->slot[SLOTS - 1]->next;
		line->slot[SLOTS - 1]->next = record;
	}
	__bit_spin_unlock(LOCK_BIT, (unsigned long *)&line->head);
	return 0;
}

static bool lines_update(const u32 *key)
{
	struct record *record = NULL;
	struct line *line;
	u64 found;
	u8 tag;

	line = line_of(key, &tag);
	prefetchw(line);
	found = tagged(READ_ONCE(line->head), tag);
	if (found)
		prefetch_record((unsigned long)line->slot[__ffs64(found) / 8]);
	bit_spin_lock(LOCK_BIT, (unsigned long *)&line->head);
	for (found = tagged(line->head, tag); found && !record; found &= found - 1) {
		record = line->slot[__ffs64(found) / 8];
		if (memcmp(record->key, key, sizeof(record->key)))
			record = NULL;
	}
	if (!record)
		record = find((unsigned long)line->slot[SLOTS - 1], key);
	if (record)
		record->word++;
	__bit_spin_unlock(LOCK_BIT, (unsigned long *)&line->head);
	return record;
}

static int bits_add(struct record *record)
{
	unsigned long *bucket = &buckets[hash(record->key) & mask];

	bit_spin_lock(0, bucket);
	record->next = (struct record *)(*bucket & ~1ul);
	*bucket = (unsigned long)record | 1;
	__bit_spin_unlock(0, bucket);
	return 0;
}

static bool bits_update(const u32 *key)
{
	unsigned long *bucket = &buckets[hash(key) & mask];
	struct record *record;

	prefetchw(bucket);
	bit_spin_lock(0, bucket);
	prefetch_record(*bucket);
	record = find(*bucket, key);
	if (record)
		record->word++;
	__bit_spin_unlock(0, bucket);
	return record;
}

static int locks_add(struct record *record)
{
	u32 h = hash(record->key);
	unsigned long *bucket = &buckets[h & mask];

	spin_lock(&locks[h % LOCKS]);
	record->next = (struct record *)*bucket;
	*bucket = (unsigned long)record;
	spin_unlock(&locks[h % LOCKS]);
	return 0;
}

static bool locks_update(const u32 *key)
{
	u32 h = hash(key);
	unsigned long *bucket = &buckets[h & mask];
	struct record *record;

	prefetchw(bucket);
	spin_lock(&locks[h % LOCKS]);
	prefetch_record(*bucket);
	record = find(*bucket, key);
	if (record)
		record->word++;
	spin_unlock(&locks[h % LOCKS]);
	return record;
}

static u32 table_hash(const void *data, u32 len, u32 seed)
{
	return hash(data);
}

static const struct rhashtable_params table_params = {
	.head_offset = offsetof(struct record, node),
	.key_offset = offsetof(struct record, key),
	.key_len = sizeof_field(struct record, key),
	.hashfn = table_hash,
};

static int table_add(struct record *record)
{
	return rhashtable_insert_fast(&table, &record->node, table_params);
}

static bool table_update(const u32 *key)
{
	struct record *record;

	rcu_read_lock();
	record = rhashtable_lookup(&table, key, table_params);
	if (record) {
		spin_lock(&record->lock);
		record->word++;
		spin_unlock(&record->lock);
	}
	rcu_read_unlock();
	return record;
}

static const struct design designs[] = {
	{ "lines", lines_add, lines_update },
	{ "bits", bits_add, bits_update },
	{ "locks", locks_add, locks_update },
	{ "rhashtable", table_add, table_update },
};

static void make_key(u32 *key, u32 i)
{
	key[0] = 0x0a000000 + i / 60000;
	key[1] = 0xc0a80001;
	key[2] = (1024 + i % 60000) << 16 | 443;
	key[3] = 1;
}

/* Adds all records; leaves the longest time that one took in @max_ns. */
static int fill(const struct design *design, struct record **records, u32 count, u64 *max_ns)
{
	int err = 0;
	u32 i;

	*max_ns = 0;
	for (i = 0; i < count && !err; i++) {
		u64 began;

		make_key(records[i]->key, i);
		spin_lock_init(&records[i]->lock);
		local_bh_disable();
		began = ktime_get_ns();
		err = design->add(records[i]);
		*max_ns = max(*max_ns, ktime_get_ns() - began);
		local_bh_enable();
		if (!(i % 1024))
			cond_resched();
	}
	return err;
}

/* Updates all records once, in an order of their own; adds to @ns what that took. */
static int update_all(const struct design *design, u32 count, u64 *ns)
{
	u32 keys[BATCH][4], size = roundup_pow_of_two(count), i = 0, n, k;
	bool found = true;

	while (i < size && found) {
		u64 began;

		for (n = 0; n < BATCH && i < size; i++) {
			/* Odd: each number below a power of two comes once. */
			u32 number = i * 0x9e3779b1u % size;

			if (number < count)
				make_key(keys[n++], number);
		}
		local_bh_disable();
		began = ktime_get_ns();
		for (k = 0; k < n && found; k++)
			found = design->update(keys[k]);
		*ns += ktime_get_ns() - began;
		local_bh_enable();
		cond_resched();
	}
	return found ? 0 : -ENOENT;
}

static int measure(const struct design *design, struct record **records, u32 count,
		   struct seq_buf *answer)
{
	u64 updates = 0, ns = 0, max_ns;
	int err;

	memset(buckets, 0, (mask + 1ul) * sizeof(*buckets));
	memset(lines, 0, lines_n * sizeof(*lines));
	err = rhashtable_init(&table, &table_params);
	if (err)
		return err;
	err = fill(design, records, count, &max_ns);
	/* The table grows in the background. */
	flush_work(&table.run_work);
	if (!err)
		err = update_all(design, count, &ns);
	for (ns = 0; updates < 3000000 && !err; updates += count)
		err = update_all(design, count, &ns);
	rhashtable_destroy(&table);
	if (!err)
		seq_buf_printf(answer, "%s_ns %llu\n%s_updates %llu\n%s_max_ns %llu\n",
			       design->name, ns, design->name, updates, design->name, max_ns);
	return err;
}

static struct record **make_records(u32 count, struct kmem_cache *cache)
{
	struct record **records = kvcalloc(count, sizeof(*records), GFP_KERNEL);
	u32 i;

	for (i = 0; records && i < count; i++) {
		records[i] = kmem_cache_zalloc(cache, GFP_KERNEL);
		if (!records[i])
			break;
	}
	return records;
}

static void free_records(struct record **records, u32 count, struct kmem_cache *cache)
{
	u32 i;

	for (i = 0; records && i < count && records[i]; i++)
		kmem_cache_free(cache, records[i]);
	kvfree(records);
}

/**
 * bench_designs() - designs COUNT BUCKETS
 * @argc: how many words
 * @argv: the words
 * @answer: of each design the time of all updates, ns, and how many; and the longest
 * that the insertion of one record took
 *
 * COUNT records, of which each is found by its key, locked and written in turn.
 *
 * Context: process; may sleep.
 * Return: 0 or an error.
 */
int bench_designs(int argc, char **argv, struct seq_buf *answer)
{
	struct kmem_cache *cache;
	struct record **records;
	u32 count, number, i;
	int err = -ENOMEM;

	if (argc != 3 || kstrtou32(argv[1], 0, &count) || !count || count > COUNT_MAX ||
	    kstrtou32(argv[2], 0, &number) || !is_power_of_2(number) || number < 16)
		return -EINVAL;
	mask = number - 1;
	/* Six slots for each five records that may be: 11 bytes a record instead of 8. */
	lines_n = (number + number / 5) / SLOTS;
	get_random_bytes(&secret, sizeof(secret));
	for (i = 0; i < LOCKS; i++)
		spin_lock_init(&locks[i]);
	cache = KMEM_CACHE(record, 0);
	if (!cache)
		return -ENOMEM;
	buckets = kvcalloc(number, sizeof(*buckets), GFP_KERNEL);
	lines = kvcalloc(lines_n, sizeof(*lines), GFP_KERNEL);
	records = make_records(count, cache);
	if (buckets && lines && records && records[count - 1])
		err = 0;
	for (i = 0; i < ARRAY_SIZE(designs) && !err; i++)
		err = measure(&designs[i], records, count, answer);
	free_records(records, count, cache);
	kvfree(lines);
	kvfree(buckets);
	kmem_cache_destroy(cache);
	return err;
}
