/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections with what other parts of the kernel know of them, as options ask for it. */
#ifndef TOOLS_JOIN_H
#define TOOLS_JOIN_H

#include "options.h"
#include "sockets.h"
#include "translations.h"

/** struct join - what is added to connections */
struct join {
	const struct options *options;
	/** @sockets: with --process */
	struct sockets sockets;
	/** @translations: with --nat */
	struct translations translations;
	/** @judging: the filter is judged here, by all addresses */
	bool judging;
	ipc_each *each;
	void *data;
};

int join_begin(struct join *join, struct ipc *ipc, const struct options *options);
int join_count(struct join *join, struct ipc *ipc, uint64_t *count);
int join_list(struct join *join, struct ipc *ipc, ipc_each *each, void *data);
int join_flow(struct join *join, struct ipc *ipc, const struct options *options,
	      struct flow *flow);
void join_end(struct join *join);

#endif
