// SPDX-License-Identifier: GPL-2.0-only
/* Queues of records by timeout class. */
#include "queue.h"

#include <linux/list.h>
#include <linux/prefetch.h>
#include <linux/spinlock.h>

/**
 * tcpstate_queue_net_init() - initialise the queues of a namespace
 * @tn: the namespace
 *
 * Context: process.
 */
void tcpstate_queue_net_init(struct tcpstate_net *tn)
{
	struct tcpstate_shard *shard;
	int class;

	for (shard = tn->shard; shard < tn->shard + TCPSTATE_SHARDS; shard++) {
		spin_lock_init(&shard->lock);
		for (class = 0; class < TCPSTATE_TIMERS; class++) {
			INIT_LIST_HEAD(&shard->queue[class].list);
			INIT_LIST_HEAD(&shard->queue[class].visiting);
		}
	}
}

/**
 * tcpstate_queue_add() - put a new record on the queue of its class
 * @tn: its namespace
 * @flow: the record
 *
 * The caller calls tcpstate_expiry_arm() afterwards.
 *
 * Context: the record's bucket locked.
 */
void tcpstate_queue_add(struct tcpstate_net *tn, struct tcpstate_flow *flow)
{
	struct tcpstate_shard *shard = tcpstate_queue_shard(tn, flow);

	spin_lock(&shard->lock);
	list_add_tail(&flow->queue, &shard->queue[tcpstate_phase_timer(&flow->conn)].list);
	spin_unlock(&shard->lock);
}

/**
 * tcpstate_queue_prefetch() - prefetch what moving a record writes
 * @flow: the record
 *
 * The neighbours of a record that moves have to be written, and were last touched long ago.
 * With 1,000,000 connections these are two cache misses, which the engine's work may hide.
 *
 * Context: the record's bucket locked. The neighbours are hints, since they may change.
 */
void tcpstate_queue_prefetch(const struct tcpstate_flow *flow)
{
	prefetchw(READ_ONCE(flow->queue.prev));
	prefetchw(READ_ONCE(flow->queue.next));
}

/**
 * tcpstate_queue_move() - move a record to the end of the queue of its class
 * @tn: its namespace
 * @flow: the record
 * @class: its class
 *
 * Do not call this for a record that stays in a lazy class. The caller calls
 * tcpstate_expiry_arm() afterwards if the class has changed.
 *
 * Context: the record's bucket locked.
 */
void tcpstate_queue_move(struct tcpstate_net *tn, struct tcpstate_flow *flow,
			 enum tcpstate_timer class)
{
	struct tcpstate_shard *shard = tcpstate_queue_shard(tn, flow);

	spin_lock(&shard->lock);
	list_move_tail(&flow->queue, &shard->queue[class].list);
	spin_unlock(&shard->lock);
}

/**
 * tcpstate_queue_put_back() - put a claimed record that stays back on its queue
 * @tn: its namespace
 * @flow: the record
 *
 * Unless a segment has moved it meanwhile, put it where it came from, which is the head of a
 * sorted queue; but put it at the tail of a lazy one.
 *
 * Context: the record's bucket locked.
 */
void tcpstate_queue_put_back(struct tcpstate_net *tn, struct tcpstate_flow *flow)
{
	enum tcpstate_timer class = tcpstate_phase_timer(&flow->conn);
	struct tcpstate_shard *shard = tcpstate_queue_shard(tn, flow);

	spin_lock(&shard->lock);
	if (!list_empty(&flow->queue))
		;
	else if (tcpstate_queue_lazy(class))
		list_add_tail(&flow->queue, &shard->queue[class].list);
	else
		list_add(&flow->queue, &shard->queue[class].list);
	spin_unlock(&shard->lock);
}

/**
 * tcpstate_queue_remove() - take a record that ends off its queue
 * @tn: its namespace
 * @flow: the record
 *
 * Context: the record's bucket locked, and the record removed from it, so that nobody can put
 * it on a queue any more.
 */
void tcpstate_queue_remove(struct tcpstate_net *tn, struct tcpstate_flow *flow)
{
	struct tcpstate_shard *shard = tcpstate_queue_shard(tn, flow);

	/* A claimed record is on no queue. */
	if (list_empty_careful(&flow->queue))
		return;
	spin_lock(&shard->lock);
	list_del_init(&flow->queue);
	spin_unlock(&shard->lock);
}
