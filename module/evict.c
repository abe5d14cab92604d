// SPDX-License-Identifier: GPL-2.0-only
/* Make room for a new record, if need be at the cost of another one. */
#include "evict.h"

#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/rcupdate.h>

#include "limit.h"
#include "queue.h"
#include "stats.h"
#include "table.h"
#include "zone.h"

/* Bounds of the work done to make room for one record. */
#define EVICT_TRIES	8
#define EVICT_LOOKS	8
#define EVICT_NETS	16

/* Where the last search for another namespace's record ended: only a hint */
static unsigned long evict_from;

/* Data may still flow in the closing class, until both ends have sent their FIN. */
static bool evictable(const struct tcpstate_flow *flow,
		      enum tcpstate_timer class)
{
	u8 states = READ_ONCE(flow->conn.states);
	int end;

	if (class != TCPSTATE_TIMER_CLOSING)
		return true;
	for (end = 0; end < 2; end++, states >>= 4)
		if ((states & 15) == TCPSTATE_LAST_ACK ||
		    (states & 15) == TCPSTATE_CLOSING ||
		    (states & 15) == TCPSTATE_CLOSED)
			return true;
	return false;
}

static struct tcpstate_flow *find_victim(struct tcpstate_shard *shard,
					 enum tcpstate_timer class)
{
	struct tcpstate_queue *queue = &shard->queue[class];
	int looks = EVICT_LOOKS;
	struct tcpstate_flow *flow;

	lockdep_assert_held(&shard->lock);
	if (!list_empty(&queue->visiting))
		return list_first_entry(&queue->visiting, struct tcpstate_flow, queue);
	list_for_each_entry(flow, &queue->list, queue) {
		if (evictable(flow, class))
			return flow;
		if (!--looks)
			break;
	}
	return NULL;
}

/* Is the first one older: seen earlier, or at the same time with the smaller id? */
static bool is_older(u32 seen_ms, u64 id, u32 than_ms, u64 than_id)
{
	s32 difference = seen_ms - than_ms;

	return difference ? difference < 0 : id < than_id;
}

/* The shard whose victim has been silent for longest, or NULL if no shard has a victim */
static struct tcpstate_shard *oldest_shard(struct tcpstate_net *tn,
					   enum tcpstate_timer class)
{
	struct tcpstate_shard *shard, *oldest = NULL;
	u64 oldest_id = 0;
	u32 oldest_ms = 0;

	for (shard = tn->shard; shard < tn->shard + TCPSTATE_SHARDS; shard++) {
		struct tcpstate_flow *flow;
		u32 seen_ms;

		spin_lock_bh(&shard->lock);
		flow = find_victim(shard, class);
		if (flow) {
			seen_ms = READ_ONCE(flow->conn.last_seen_ms);
			if (!oldest || is_older(seen_ms, flow->id, oldest_ms, oldest_id)) {
				oldest = shard;
				oldest_ms = seen_ms;
				oldest_id = flow->id;
			}
		}
		spin_unlock_bh(&shard->lock);
	}
	return oldest;
}

/* End the oldest record of a class. Return false if no record of it may be ended. */
static bool evict_class(struct tcpstate_net *tn,
			enum tcpstate_timer class)
{
	struct tcpstate_shard *shard = oldest_shard(tn, class);
	struct tcpstate_claim claim;
	struct tcpstate_flow *flow;

	if (!shard)
		return false;
	spin_lock_bh(&shard->lock);
	flow = find_victim(shard, class);
	if (flow)
		tcpstate_table_claim(flow, &claim);
	spin_unlock_bh(&shard->lock);
	/* Another CPU has taken it meanwhile. */
	if (!flow)
		return true;

	tcpstate_bucket_lock_bh(claim.bucket);
	flow = tcpstate_table_find_claimed(&claim);
	if (flow && tcpstate_phase_timer(&flow->conn) == class &&
	    evictable(flow, class)) {
		__tcpstate_stats_add(tn, TCPSTATE_A_COUNTER_EVICTED, 1);
		tcpstate_table_end(tn, claim.bucket, flow,
				   TCPSTATE_VERDICT_EVICTED, NULL);
	} else if (flow) {
		tcpstate_queue_put_back(tn, flow);
	}
	tcpstate_bucket_unlock_bh(claim.bucket);
	return true;
}

/* End an unfinished handshake in another namespace that uses more than its reserve. */
static bool evict_foreign(const struct tcpstate_net *tn)
{
	unsigned long number = READ_ONCE(evict_from);
	int looks = EVICT_NETS;
	struct tcpstate_net *other;
	bool evicted = false;

	rcu_read_lock();
	while (looks-- && !evicted) {
		other = tcpstate_zone_find_net_after(&number);
		if (!other)
			number = 0;
		else if (other != tn && atomic_read(&other->records) > other->reserve)
			evicted = evict_class(other,
					      TCPSTATE_TIMER_HANDSHAKE);
	}
	rcu_read_unlock();
	/* A namespace that had a victim is likely to have more: begin with it again. */
	WRITE_ONCE(evict_from, evicted ? number - 1 : number);
	return evicted;
}

/* The order in which classes are evicted. Established and half-closed connections stay. */
static const enum tcpstate_timer eviction_order[] = {
	TCPSTATE_TIMER_HANDSHAKE,
	/* The unfinished handshakes of others come here. */
	TCPSTATE_TIMER_UNSURE,
	TCPSTATE_TIMER_CLOSED,
	TCPSTATE_TIMER_TIME_WAIT,
	TCPSTATE_TIMER_CLOSING,
};

/* Make room at the least cost. */
static bool evict_any(struct tcpstate_net *tn)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(eviction_order); i++) {
		if (evict_class(tn, eviction_order[i]))
			return true;
		if (!i && evict_foreign(tn))
			return true;
	}
	return false;
}

/*
 * Whether a record may be ended for a new one of @tn in its bucket: its place in the order
 * above, times two so that others' handshakes have a place of their own; INT_MAX if it stays.
 * Set @owner to its namespace.
 */
static int rank(struct tcpstate_net *tn, const struct tcpstate_flow *flow,
		struct tcpstate_net **owner)
{
	enum tcpstate_timer class = tcpstate_phase_timer(&flow->conn);
	unsigned int i;

	*owner = tcpstate_zone_is_of(tn, flow) ? tn : tcpstate_zone_find_net(flow);
	if (*owner != tn)
		return *owner && class == TCPSTATE_TIMER_HANDSHAKE &&
		       atomic_read(&(*owner)->records) > (*owner)->reserve ? 1 : INT_MAX;
	for (i = 0; i < ARRAY_SIZE(eviction_order); i++)
		if (class == eviction_order[i] && evictable(flow, class))
			return 2 * i;
	return INT_MAX;
}

/**
 * tcpstate_evict_crowded() - make room for a new record in its bucket
 * @tn: its namespace
 * @place: its key's place
 *
 * Only where a chain is full, which hardly ever happens by chance, this ends a record: one that
 * shares the chain and, of those that may be evicted, goes first. Count a connection that
 * stays untracked.
 *
 * Context: the bucket locked. May end any record in it.
 * Return: true if there is room now.
 */
bool tcpstate_evict_crowded(struct tcpstate_net *tn, const struct tcpstate_place *place)
{
	struct tcpstate_flow *flow, *victim = NULL;
	struct tcpstate_net *owner, *loser = NULL;
	int least = INT_MAX;

	if (likely(!tcpstate_bucket_is_full(place)))
		return true;
	rcu_read_lock();
	flow = place->bucket->slot[tcpstate_bucket_chain(place->tag)];
	for (; flow; flow = flow->next) {
		int this = rank(tn, flow, &owner);

		if (this > least || this == INT_MAX)
			continue;
		if (this == least && !is_older(flow->conn.last_seen_ms, flow->id,
					       victim->conn.last_seen_ms, victim->id))
			continue;
		least = this;
		victim = flow;
		loser = owner;
	}
	if (victim) {
		__tcpstate_stats_add(loser, TCPSTATE_A_COUNTER_EVICTED, 1);
		tcpstate_table_end(loser, place->bucket, victim, TCPSTATE_VERDICT_EVICTED, NULL);
	} else {
		__tcpstate_stats_add(tn, TCPSTATE_A_COUNTER_UNTRACKED_FULL, 1);
	}
	rcu_read_unlock();
	return victim;
}

/**
 * tcpstate_evict_alloc() - allocate a record within the limits
 * @tn: its namespace
 * @ipv6: with room for IPv6 addresses
 *
 * End other records while there is no room. Count a record that is not allocated.
 *
 * Context: any up to softirq; no bucket locked. Does not sleep.
 * Return: the record, zeroed but for its id; NULL if the connection stays untracked.
 */
struct tcpstate_flow *tcpstate_evict_alloc(struct tcpstate_net *tn, bool ipv6)
{
	int tries = EVICT_TRIES;
	struct tcpstate_flow *flow;

	while (!tcpstate_limit_take(tn)) {
		tcpstate_limit_give(tn);
		if (!tries-- || !evict_any(tn)) {
			tcpstate_stats_add(tn, TCPSTATE_A_COUNTER_UNTRACKED_FULL, 1);
			return NULL;
		}
	}
	flow = tcpstate_flow_alloc(ipv6);
	if (!flow) {
		tcpstate_limit_give(tn);
		tcpstate_stats_add(tn, TCPSTATE_A_COUNTER_UNTRACKED_MEMORY, 1);
	}
	return flow;
}
