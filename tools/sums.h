/* SPDX-License-Identifier: GPL-2.0-only */
/* What passed between two events of a connection, by the difference of its counts. */
#ifndef TOOLS_SUMS_H
#define TOOLS_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

#define SUMS_MAX	8
#define SUMS_TEXT	64

/** enum sum_kind - what the segments of a sum were for */
enum sum_kind {
	/** @SUM_SYN: a SYN or a SYN/ACK that came again */
	SUM_SYN,
	SUM_DATA,
	SUM_ACK,
	/** @SUM_FIN: a FIN that came again */
	SUM_FIN,
	/** @SUM_ACK_OF_FIN: an ACK of a FIN that came again */
	SUM_ACK_OF_FIN,
	/** @SUM_RST: segments of an end that is closed */
	SUM_RST,
};

/** struct sum - segments of one end and one kind */
struct sum {
	enum sum_kind kind;
	/** @end: the sender */
	uint8_t end;
	uint64_t n;
	uint64_t bytes;
	/** @again: how many of them came again */
	uint64_t again;
	/** @saturated: there may be more */
	bool saturated;
};

/** enum sum_detail - how much is said of a sum; from one to the next the text is shorter */
enum sum_detail {
	SUM_FULL,
	SUM_BRIEF,
	SUM_LEAST,
};

size_t sums_between(const struct flow *before, const struct flow *after,
		    struct sum sums[SUMS_MAX]);
void sum_text(const struct sum *sum, enum sum_detail detail, char text[SUMS_TEXT]);

#endif
