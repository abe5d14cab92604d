/* SPDX-License-Identifier: GPL-2.0-only */
/* How long handshakes took, by group: percentiles that are right within 1/32. */
#ifndef TOOLS_SAMPLES_H
#define TOOLS_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Groups have smaller numbers than this. */
#define SAMPLES_GROUPS	2097152

/** struct sample - times of one half of the handshake, in one group, that are about the same */
struct sample {
	/** @key: the group, the half, and the bucket of the time: times sort by it */
	uint32_t key;
	uint32_t count;
};

/** struct samples - the times; all zero at first */
struct samples {
	struct sample *sample;
	size_t n;
	size_t room;
};

/** enum samples_half - the halves of the handshake */
enum samples_half {
	SAMPLES_SYN,
	SAMPLES_ACK,
};

void samples_reset(struct samples *samples);
bool samples_add(struct samples *samples, uint32_t group, enum samples_half half, uint32_t us);
void samples_sort(struct samples *samples);
bool samples_percentile(const struct samples *samples, uint32_t group, enum samples_half half,
			unsigned int percent, uint64_t *us);
void samples_free(struct samples *samples);

#endif
