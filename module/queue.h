/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queues of records by timeout class, oldest first. The collector and the evictor look for
 * records there.
 */
#ifndef TCPSTATE_QUEUE_H
#define TCPSTATE_QUEUE_H

#include "flow.h"
#include "net.h"

/**
 * tcpstate_queue_lazy() - tell whether the queues of a class are lazy, that is, not sorted
 * @class: the class
 *
 * A queue that is sorted by the last segment seen has to be locked for each segment. Where data
 * flows, many connections would share that lock, so there the collector instead looks at every
 * record now and then.
 *
 * Return: true if they are lazy.
 */
static inline bool tcpstate_queue_lazy(enum tcpstate_timer class)
{
	return class == TCPSTATE_TIMER_UNSURE ||
	       class == TCPSTATE_TIMER_ESTABLISHED ||
	       class == TCPSTATE_TIMER_HALF_CLOSED;
}

/**
 * tcpstate_queue_shard() - find the shard of a record
 * @tn: its namespace
 * @flow: the record
 *
 * The lowest bits of its id choose it, which are those of the number of the CPU that saw the
 * record first. That CPU is likely to see the rest of it as well, so that CPUs seldom use the
 * same queue.
 *
 * Return: the shard.
 */
static inline struct tcpstate_shard *tcpstate_queue_shard(struct tcpstate_net *tn,
							  const struct tcpstate_flow *flow)
{
	return &tn->shard[flow->id % TCPSTATE_SHARDS];
}

void tcpstate_queue_net_init(struct tcpstate_net *tn);

void tcpstate_queue_add(struct tcpstate_net *tn, struct tcpstate_flow *flow);
void tcpstate_queue_prefetch(const struct tcpstate_flow *flow);
void tcpstate_queue_move(struct tcpstate_net *tn, struct tcpstate_flow *flow,
			 enum tcpstate_timer class);
void tcpstate_queue_put_back(struct tcpstate_net *tn, struct tcpstate_flow *flow);
void tcpstate_queue_remove(struct tcpstate_net *tn, struct tcpstate_flow *flow);

#endif
