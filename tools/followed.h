/* SPDX-License-Identifier: GPL-2.0-only */
/* Which connections a filter has picked, by what became of them. */
#ifndef TOOLS_FOLLOWED_H
#define TOOLS_FOLLOWED_H

#include "filter.h"
#include "numbers.h"

/** struct followed - the connections that have passed a filter; all but @filter is zero at first */
struct followed {
	const struct filter *filter;
	/** @ids: of those that have passed it, and whose records exist */
	struct numbers ids;
	/** @next: what @ids becomes when the table has been read, while it is being read */
	struct numbers next;
	bool reading;
};

int followed_take(struct followed *followed, const struct flow *flow);
void followed_begin_table(struct followed *followed);
void followed_end_table(struct followed *followed);
void followed_free(struct followed *followed);

#endif
