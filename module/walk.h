/* SPDX-License-Identifier: GPL-2.0-only */
/* Walks through all records of a namespace, to show, count or end them. */
#ifndef TCPSTATE_WALK_H
#define TCPSTATE_WALK_H

#include "table.h"

/** struct tcpstate_cursor - where a walk stands: the next record to show */
struct tcpstate_cursor {
	/** @bucket: the number of its bucket */
	unsigned int bucket;
	/** @id: the smallest id in that bucket that may not have been shown yet */
	u64 id;
};

/** struct tcpstate_tally - what is counted record by record */
struct tcpstate_tally {
	/** @pairs: records by the states of initiator and responder */
	u32 pairs[TCPSTATE_STATES][TCPSTATE_STATES];
	/** @bytes: memory that the records take */
	u64 bytes;
};

bool tcpstate_walk_next(struct tcpstate_net *tn, struct tcpstate_cursor *cursor,
			struct tcpstate_copy *copy);
void tcpstate_walk_tally(struct tcpstate_net *tn, struct tcpstate_tally *tally);
unsigned int tcpstate_walk_flush(struct tcpstate_net *tn,
				 bool (*wanted)(const struct tcpstate_flow *flow,
						const void *arg),
				 const void *arg);

#endif
