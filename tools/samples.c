// SPDX-License-Identifier: GPL-2.0-only
/* How long handshakes took, by group: percentiles from buckets of 1/16 of a time. */
#include "samples.h"

#include <stdlib.h>

#define LEAST		4096

/* Each power of two has so many buckets; times below twice that have one each. */
#define STEPS_BITS	4
#define STEPS		16

/* Buckets of 32 bits of µs are less than 2^9. With the half that leaves 22 bits to groups. */
#define BUCKET_BITS	9
#define HALF_BITS	1

static unsigned int bucket_of(uint32_t us)
{
	unsigned int shift;

	if (us < 2 * STEPS)
		return us;
	shift = 31 - STEPS_BITS - __builtin_clz(us);
	return shift * STEPS + (us >> shift);
}

/* The time in the middle of a bucket, from which no time in it differs by more than 1/32. */
static uint64_t middle_of(unsigned int bucket)
{
	unsigned int shift;

	if (bucket < 2 * STEPS)
		return bucket;
	shift = bucket / STEPS - 1;
	return ((uint64_t)(bucket % STEPS + STEPS) << shift) + ((1u << shift) - 1) / 2;
}

static uint32_t key_of(uint32_t group, enum samples_half half, unsigned int bucket)
{
	return group << (HALF_BITS + BUCKET_BITS) | half << BUCKET_BITS | bucket;
}

static int compare(const void *a, const void *b)
{
	const struct sample *one = a, *two = b;

	return one->key < two->key ? -1 : one->key > two->key;
}

/**
 * samples_sort() - make one sample of those that are the same, and sort them
 * @samples: the times
 *
 * samples_percentile() needs them sorted.
 */
void samples_sort(struct samples *samples)
{
	size_t n = 0;

	if (!samples->n)
		return;
	qsort(samples->sample, samples->n, sizeof(*samples->sample), compare);
	for (size_t i = 1; i < samples->n; i++) {
		if (samples->sample[i].key == samples->sample[n].key)
			samples->sample[n].count += samples->sample[i].count;
		else
			samples->sample[++n] = samples->sample[i];
	}
	samples->n = n + 1;
}

/* Make room, if sorting leaves less than half of it. */
static bool make_room(struct samples *samples)
{
	struct sample *larger;
	size_t room;

	samples_sort(samples);
	if (samples->n < samples->room / 2)
		return true;
	room = samples->room ? 2 * samples->room : LEAST;
	larger = reallocarray(samples->sample, room, sizeof(*larger));
	if (!larger)
		return false;
	samples->sample = larger;
	samples->room = room;
	return true;
}

/**
 * samples_reset() - forget all times, and keep the memory
 * @samples: the times
 */
void samples_reset(struct samples *samples)
{
	samples->n = 0;
}

/**
 * samples_add() - add a time
 * @samples: the times
 * @group: its group, less than SAMPLES_GROUPS
 * @half: which half of the handshake took it
 * @us: the time
 *
 * Return: false without memory.
 */
bool samples_add(struct samples *samples, uint32_t group, enum samples_half half, uint32_t us)
{
	if (samples->n == samples->room && !make_room(samples))
		return false;
	samples->sample[samples->n++] = (struct sample){
		.key = key_of(group, half, bucket_of(us)), .count = 1,
	};
	return true;
}

/* The place of the first sample that is not below a key. */
static size_t place(const struct samples *samples, uint32_t key)
{
	size_t low = 0, high = samples->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (samples->sample[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/**
 * samples_percentile() - the time that so many percent did not exceed
 * @samples: the times, after samples_sort()
 * @group: of which group
 * @half: of which half of the handshake
 * @percent: 50 for the median
 * @us: is filled with the nearest-rank percentile, or with a time that differs from it by less
 *	than 1/32
 *
 * Return: false if there is none.
 */
bool samples_percentile(const struct samples *samples, uint32_t group, enum samples_half half,
			unsigned int percent, uint64_t *us)
{
	uint32_t key = key_of(group, half, 0);
	size_t first = place(samples, key), end = place(samples, key + (1u << BUCKET_BITS));
	uint64_t all = 0, rank;

	for (size_t i = first; i < end; i++)
		all += samples->sample[i].count;
	if (!all)
		return false;
	rank = (all * percent + 99) / 100;
	while (samples->sample[first].count < rank)
		rank -= samples->sample[first++].count;
	*us = middle_of(samples->sample[first].key % (1u << BUCKET_BITS));
	return true;
}

/**
 * samples_free() - free what samples_add() took
 * @samples: the times
 */
void samples_free(struct samples *samples)
{
	free(samples->sample);
	*samples = (struct samples){};
}
