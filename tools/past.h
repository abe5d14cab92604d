/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of connections as it was at a moment of a recording. */
#ifndef TOOLS_PAST_H
#define TOOLS_PAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipc.h"
#include "record.h"

struct past_entry;

/** struct past - the connections; all zero at first */
struct past {
	struct past_entry **bucket;
	size_t n;
	/** @room: how many buckets there are: a power of two, or 0 */
	size_t room;
	/** @lossy: events were lost, and the table was not read again since then */
	bool lossy;
	/** @n_unknown: of how many past_list() could not tell whether they pass its filter */
	size_t n_unknown;
};

bool past_know(struct past *past, const struct flow *flow);
bool past_happen(struct past *past, const struct flow *flow);
void past_lose(struct past *past);
void past_sync(struct past *past);
int past_list(struct past *past, uint64_t now_ns, const struct filter *filter,
	      ipc_each *each, void *data);
void past_free(struct past *past);

#endif
