// SPDX-License-Identifier: GPL-2.0-only
/* What the connections of a reading had counted, by id. */
#include "seen.h"

#include <stdlib.h>

#define LEAST	1024

/*
 * The slot of a key, or the empty one where it belongs. C's bsearch() would need the ids
 * sorted, and sorting a million of them takes longer than a key may wait for its answer.
 */
static struct seen_slot *place(const struct seen *seen, uint64_t key)
{
	uint64_t hash = key * 0x9e3779b97f4a7c15 >> 32;
	size_t at = hash * seen->room >> 32;

	while (seen->slot[at].key && seen->slot[at].key != key)
		at = at + 1 == seen->room ? 0 : at + 1;
	return &seen->slot[at];
}

static bool grow(struct seen *seen)
{
	struct seen larger = { .n = seen->n, .room = seen->room + seen->room / 2 };

	larger.slot = calloc(larger.room, sizeof(*larger.slot));
	if (!larger.slot)
		return false;
	for (size_t i = 0; i < seen->room; i++)
		if (seen->slot[i].key)
			*place(&larger, seen->slot[i].key) = seen->slot[i];
	free(seen->slot);
	*seen = larger;
	return true;
}

/**
 * seen_reset() - forget all connections
 * @seen: the connections
 * @expected: how many there will be, at a guess
 *
 * Return: false without memory.
 */
bool seen_reset(struct seen *seen, size_t expected)
{
	seen_free(seen);
	/* A few more, or else the last of as many as before would make it grow. */
	seen->room = LEAST + expected / 3 * 4 + expected / 16;
	seen->slot = calloc(seen->room, sizeof(*seen->slot));
	return seen->slot;
}

/**
 * seen_add() - remember a connection
 * @seen: the connections, after seen_reset()
 * @id: its id
 * @segments: what it has counted
 * @bytes: what it has counted
 *
 * Return: false without memory.
 */
bool seen_add(struct seen *seen, uint64_t id, uint64_t segments, uint64_t bytes)
{
	struct seen_slot *slot;

	if (id == UINT64_MAX)
		return true;
	if (seen->n + 1 > seen->room / 4 * 3 && !grow(seen))
		return false;
	slot = place(seen, id + 1);
	if (!slot->key)
		seen->n++;
	*slot = (struct seen_slot){ .key = id + 1, .segments = segments, .bytes = bytes };
	return true;
}

/**
 * seen_find() - look a connection up
 * @seen: the connections
 * @id: its id
 *
 * Return: what it had counted, or NULL.
 */
const struct seen_slot *seen_find(const struct seen *seen, uint64_t id)
{
	const struct seen_slot *slot;

	if (!seen->n || id == UINT64_MAX)
		return NULL;
	slot = place(seen, id + 1);
	return slot->key ? slot : NULL;
}

/**
 * seen_free() - free what seen_reset() took
 * @seen: the connections
 */
void seen_free(struct seen *seen)
{
	free(seen->slot);
	*seen = (struct seen){};
}
