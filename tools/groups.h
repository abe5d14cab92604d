/* SPDX-License-Identifier: GPL-2.0-only */
/* The connections of a reading, summed up by groups: what top shows. */
#ifndef TOOLS_GROUPS_H
#define TOOLS_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "keys.h"
#include "record.h"
#include "samples.h"

/* There are no more groups than this, of no more bytes: the others are summed up as number 0. */
#define GROUPS_MOST	1048576
#define GROUPS_BYTES	100000000
#define GROUPS_OTHERS	0

/** struct group - what is known of the connections of a group */
struct group {
	uint32_t connections;
	/** @fresh: those that began in the time that groups_begin() was given */
	uint32_t fresh;
	uint32_t refused;
	/** @unanswered: those of which a SYN or a SYN/ACK is not answered yet */
	uint32_t unanswered;
	uint32_t time_wait;
	/** @saturated: TCPSTATE_COUNT_* that are too low, because those of a connection are */
	uint16_t saturated;
	/** @has_segments: @segments is known of some end; a recording need not have it */
	bool has_segments;
	bool has_bytes;
	uint64_t segments;
	uint64_t bytes;
	uint64_t retransmits;
	/** @known: segments of those ends of which @retransmits is known */
	uint64_t known;
	/** @words: the values of its keys; 0 in the group of the others */
	uint64_t words[];
};

/** struct groups - the groups; @keys is filled by the caller, and all else zero at first */
struct groups {
	struct keys keys;
	/** @most: how many there may be, without the others; 0 until groups_begin() */
	uint32_t most;
	/** @group: from 1 on in the order in which they came */
	char *group;
	/** @n: how many there are, with the group of the others */
	uint32_t n;
	uint32_t room;
	/** @place: of a table of @places, a power of two: the number of a group, or 0 */
	uint32_t *place;
	uint32_t places;
	/** @factor: of the hash of their keys; random, because the keys come from the network */
	uint64_t factor[2 * KEYS_WORDS + 1];
	struct samples samples;
	/** @from_ns: connections that began from then on and before @until_ns are fresh */
	uint64_t from_ns;
	uint64_t until_ns;
};

bool groups_begin(struct groups *groups, uint64_t from_ns, uint64_t until_ns);
bool groups_add(struct groups *groups, const struct flow *flow);
void groups_end(struct groups *groups);
struct group *groups_at(const struct groups *groups, uint32_t number);
void groups_free(struct groups *groups);

#endif
