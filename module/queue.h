/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The records of a namespace by timeout class, oldest first: what the collector and the
 * evictor begin with.
 */
#ifndef TCPSTATE_QUEUE_H
#define TCPSTATE_QUEUE_H

#include "flow.h"
#include "net.h"

/**
 * tcpstate_queue_lazy() - is a queue of that class not sorted by last-seen?
 * @class: the class
 *
 * Where data flows, a queue touched for each segment would be a lock shared
 * by many connections. So there the collector looks at every record now and then.
 *
 * Return: whether it is.
 */
static inline bool tcpstate_queue_lazy(enum tcpstate_timer class)
{
	return class == TCPSTATE_TIMER_UNSURE ||
	       class == TCPSTATE_TIMER_ESTABLISHED ||
	       class == TCPSTATE_TIMER_HALF_CLOSED;
}

/**
 * tcpstate_queue_shard() - the share of the queues that a record is on
 * @tn: its namespace
 * @flow: the record
 *
 * By the lowest bits of its id: those of the number of the CPU that saw it first, which
 * is likely to see the rest of it, too. So CPUs are seldom at the same queue.
 *
 * Return: the share.
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
