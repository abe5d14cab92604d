/* SPDX-License-Identifier: GPL-2.0-only */
/* Events as they happen, and the table after some were lost. */
#ifndef TOOLS_STREAM_H
#define TOOLS_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "filter.h"
#include "ipc.h"

/* If no event comes for so long, those that were lost were the last. */
#define STREAM_QUIET_MS	200

/**
 * struct stream - a listener and its filter; a callback that does not return 0 ends it
 *
 * A loss is told by @lost, then by @known for each connection of the table that passes the
 * filter, and then by @synced. Connections that are not among them have ended. The first
 * events after that may be older than what @known told: the last one told counts. If it
 * becomes known only later how many were lost, @lost is called again, alone.
 */
struct stream {
	const struct filter *filter;
	/** @tuple_only: judge only the filter's addresses and ports, which never change */
	bool tuple_only;
	ipc_each *event;
	/** @lost: @count is 0 where it is not known */
	int (*lost)(uint64_t count, void *data);
	ipc_each *known;
	int (*synced)(uint64_t count, void *data);
	void *data;
	/** @netns: the network namespace of which a callback tells; NULL without --all-netns */
	const char *netns;
	/* The members below are private to stream.c. */
	struct ipc *ipc;
	/** @overrun: the kernel said that some were lost, and no gap showed them yet */
	bool overrun;
	/** @announced: a gap that is yet to come was told already */
	bool announced;
	uint64_t total_lost;
	uint64_t n_known;
};

int stream_run(struct stream *stream, struct ipc *ipc, bool begin_known);
int stream_begin(struct stream *stream, struct ipc *ipc, bool begin_known);
int stream_receive(struct stream *stream, int timeout_ms);
void stream_sum_up(const struct stream *stream, uint64_t shown, const char *what);
uint64_t stream_time_ns(const struct flow *flow);
const char *stream_kind(const struct flow *flow);

#endif
