/* SPDX-License-Identifier: GPL-2.0-only */
/* What the connections of a reading had counted, by id: 32 bytes a connection. */
#ifndef TOOLS_SEEN_H
#define TOOLS_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** struct seen_slot - one connection, or none */
struct seen_slot {
	/** @key: its id and 1; 0 if the slot is empty */
	uint64_t key;
	uint64_t segments;
	uint64_t bytes;
};

/** struct seen - the connections; all zero at first */
struct seen {
	struct seen_slot *slot;
	size_t n;
	/** @room: how many slots there are, of which a quarter stays empty */
	size_t room;
};

bool seen_reset(struct seen *seen, size_t expected);
bool seen_add(struct seen *seen, uint64_t id, uint64_t segments, uint64_t bytes);
const struct seen_slot *seen_find(const struct seen *seen, uint64_t id);
void seen_free(struct seen *seen);

#endif
