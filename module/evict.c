// SPDX-License-Identifier: GPL-2.0-only
/* Make room for a new record, if need be at the cost of another one. */
#include "evict.h"

#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>

#include "clock.h"
#include "collector.h"
#include "deadline.h"
#include "expiry.h"
#include "limit.h"
#include "rank.h"
#include "scan.h"
#include "stats.h"
#include "table.h"
#include "zone.h"

/**
 * DOC: eviction
 *
 * In a full table a new record takes the place of another one. Each CPU has a hand, which goes
 * round the marks of all buckets (scan.c). From there it reads a bounded number of marks, but stops
 * at one that promises a record that a single segment may have made up, unless that was just now.
 * It locks the bucket that promises the cheapest record, and evicts the one of its records that is
 *
 * 1. of the owner furthest above its share (limit.h), if that is further than the owner of the
 *    new record, or else of the same owner;
 * 2. of the lowest rank (rank.h);
 * 3. silent for longest.
 *
 * The hand goes on behind that bucket, so that each bucket loses its oldest record before any of
 * them loses its newest. Where nothing is promised at all, an owner below its share looks into one
 * more bucket, because it may also take a record in use from an owner above its share. A connection
 * that is picked up replaces nothing but what is as doubtful as itself, and searches its own bucket
 * alone.
 *
 * A search that fails costs a bounded number of marks and buckets. Where one record in a hundred
 * may be evicted, and is in a bucket with five others, SCAN_LINES lines have none in less than one
 * search in a thousand. Where the limit is lower than the one that the table was made for, as many
 * more lines are read.
 */

/* struct choice - a new record, and what could be evicted for it */
struct choice {
	const struct tcpstate_owner *owner;
	/* What an owner may have, and how far this one is above that */
	unsigned int share;
	int excess;
	/* What it may replace in any case, at most */
	enum tcpstate_rank most;
	/* It may only replace a record of an owner other than the initial one. */
	bool capped;
	u32 now_ms;
	/* What each hint costs (scan.h) */
	const u8 *costs;
	struct tcpstate_flow *victim;
	struct tcpstate_net *victim_net;
	int victim_excess;
	enum tcpstate_rank victim_rank;
};

static struct choice choice_for(const struct tcpstate_net *tn)
{
	unsigned int share = tcpstate_limit_share(tn->owner);
	u32 now_ms = tcpstate_clock_now_ms();

	return (struct choice){
		.owner = tn->owner,
		.share = share,
		.excess = tcpstate_limit_excess(tn->owner, share),
		.most = TCPSTATE_RANK_IDLE,
		.now_ms = now_ms,
		.costs = tcpstate_scan_costs(now_ms),
	};
}

/* What a bucket's mark promises */
static u8 cost_of(const struct choice *c, u32 mark)
{
	return mark == TCPSTATE_DEADLINE_NONE ? TCPSTATE_RANK_COST_NONE :
						c->costs[mark & TCPSTATE_DEADLINE_HINT];
}

static bool is_allowed(const struct choice *c, const struct tcpstate_owner *owner,
		       int excess, enum tcpstate_rank rank)
{
	bool spare = rank <= c->most;

	if (owner == c->owner)
		return spare;
	if (c->capped && tcpstate_owner_is_initial(owner))
		return false;
	return excess > c->excess && (spare || (excess > 0 && c->excess < 0));
}

/* Is the first one older: seen earlier, or at the same time with the smaller id? */
static bool is_older(const struct tcpstate_flow *flow, const struct tcpstate_flow *than)
{
	s32 difference = flow->conn.last_seen_ms - than->conn.last_seen_ms;

	return difference ? difference < 0 : flow->id < than->id;
}

/* Is a record a better victim than the one that was found before? */
static bool is_better(const struct choice *c, const struct tcpstate_flow *flow, int excess,
		      enum tcpstate_rank rank)
{
	if (!c->victim)
		return true;
	if (excess != c->victim_excess)
		return excess > c->victim_excess;
	if (rank != c->victim_rank)
		return rank < c->victim_rank;
	return is_older(flow, c->victim);
}

/* Take a record for the victim if it is a better one. Its bucket is locked. */
static bool consider(struct choice *c, struct tcpstate_flow *flow, struct tcpstate_net *tn,
		     enum tcpstate_timer class)
{
	enum tcpstate_rank rank = tcpstate_rank_of(&flow->conn, class, c->now_ms);
	int excess = tn->owner == c->owner ? c->excess :
		     tcpstate_limit_excess(tn->owner, c->share);

	if (!is_allowed(c, tn->owner, excess, rank) || !is_better(c, flow, excess, rank))
		return false;
	c->victim = flow;
	c->victim_net = tn;
	c->victim_excess = excess;
	c->victim_rank = rank;
	return true;
}

static void evict(struct choice *c, struct tcpstate_bucket *bucket)
{
	__tcpstate_stats_add(c->victim_net, TCPSTATE_A_COUNTER_EVICTED, 1);
	tcpstate_table_end(c->victim_net, bucket, c->victim, TCPSTATE_VERDICT_EVICTED, NULL);
	c->victim = NULL;
}

/*
 * End what is due in some records of a bucket, all of them or those of a chain, and find a victim
 * among the others. Return how many were ended, and set @mark to the mark of those that are
 * neither due nor the victim, and @kept to that of the victim.
 */
static unsigned int look(struct choice *c, struct tcpstate_bucket *bucket,
			 struct tcpstate_flow **flows, unsigned int n, u32 *mark, u32 *kept)
{
	unsigned int ended = 0;

	*mark = TCPSTATE_DEADLINE_NONE;
	*kept = TCPSTATE_DEADLINE_NONE;
	while (n--) {
		struct tcpstate_flow *flow = flows[n];
		enum tcpstate_timer class = tcpstate_phase_timer(&flow->conn);
		struct tcpstate_net *tn = tcpstate_zone_find_net(flow);
		u32 its;

		if (tcpstate_collector_end_due(tn, bucket, flow, class, c->now_ms)) {
			ended++;
			continue;
		}
		its = tcpstate_expiry_mark(tn, &flow->conn, class, c->now_ms);
		if (consider(c, flow, tn, class))
			swap(its, *kept);
		*mark = tcpstate_deadline_merge(*mark, its);
	}
	return ended;
}

/*
 * Look for room in a bucket, and write its mark. If that costs more than @promised, another bucket
 * may be the better one: look there first. Return whether a record was ended.
 */
static bool visit(struct choice *c, unsigned int number, u8 promised)
{
	struct tcpstate_bucket *bucket = tcpstate_table_bucket(number);
	struct tcpstate_flow *flows[TCPSTATE_CROWD_MAX];
	u32 mark, kept, all;
	bool ended;

	tcpstate_bucket_lock(bucket);
	/* Room that was not taken from an owner like itself is of no use to an owner at the cap. */
	ended = look(c, bucket, flows, tcpstate_bucket_gather(bucket, flows), &mark, &kept) &&
		!c->capped;
	all = tcpstate_deadline_merge(mark, kept);
	if (c->victim && !ended && cost_of(c, all) <= promised) {
		evict(c, bucket);
		ended = true;
		all = mark;
	}
	c->victim = NULL;
	tcpstate_deadline_write_mark(number, all);
	tcpstate_deadline_lower_block(number, all);
	tcpstate_bucket_unlock(bucket);
	return ended;
}

/* Look for a record to evict. Return false if there was none. */
static bool search(struct choice *c)
{
	struct tcpstate_scan scan;
	u8 cheapest = TCPSTATE_RANK_COST_NONE;
	bool found = false;
	int kept = -1;

	tcpstate_scan_begin(&scan, c->now_ms);
	while (!found && scan.visits < TCPSTATE_SCAN_VISITS && tcpstate_scan_next(&scan)) {
		u8 cost;

		found = visit(c, scan.best, scan.cost);
		scan.visited[scan.visits++] = scan.best;
		/* If its mark had promised too much, it is right now. */
		cost = cost_of(c, tcpstate_deadline_read(scan.best));
		if (cost < cheapest) {
			cheapest = cost;
			kept = scan.best;
		}
	}
	/* What was left alone in these buckets may still be the best that there is. */
	if (!found && kept >= 0)
		found = visit(c, kept, TCPSTATE_RANK_COST_NONE);
	if (!found && c->excess < 0 && scan.any >= 0) {
		found = visit(c, scan.any, TCPSTATE_RANK_COST_NONE);
		scan.hand = scan.any + 1;
	}
	tcpstate_scan_end(&scan);
	return found;
}

/* Make room in the bucket of a place, at the cost of what only one end has confirmed. */
static bool search_place(struct choice *c, const struct tcpstate_place *place)
{
	unsigned int number = tcpstate_table_number(place->bucket);

	/* A single segment may have made up the new record, too. */
	c->most = TCPSTATE_RANK_RECENT;
	return cost_of(c, tcpstate_deadline_read(number)) <= c->most &&
	       visit(c, number, TCPSTATE_RANK_COST_NONE);
}

/**
 * tcpstate_evict_crowded() - make room for a new record in its bucket
 * @tn: its namespace
 * @place: its key's place
 *
 * Only where a chain is full, which hardly ever happens by chance, this ends a record of that
 * chain, by the same rules as in a full table. Count a connection that stays untracked.
 *
 * Context: the bucket locked. May end any record in it.
 * Return: true if there is room now.
 */
bool tcpstate_evict_crowded(struct tcpstate_net *tn, const struct tcpstate_place *place)
{
	struct tcpstate_flow *flows[1 + TCPSTATE_CHAIN_MAX], *flow;
	unsigned int n = 0;
	struct choice c;
	u32 mark, kept;

	if (likely(!tcpstate_bucket_is_full(place)))
		return true;
	c = choice_for(tn);
	flow = place->bucket->slot[tcpstate_bucket_chain(place->tag)];
	for (; flow && n < ARRAY_SIZE(flows); flow = flow->next)
		flows[n++] = flow;
	rcu_read_lock();
	/* The bucket's mark stays as it is, because there are more records than these. */
	look(&c, place->bucket, flows, n, &mark, &kept);
	if (c.victim && tcpstate_bucket_is_full(place))
		evict(&c, place->bucket);
	rcu_read_unlock();
	if (!tcpstate_bucket_is_full(place))
		return true;
	__tcpstate_stats_add(tn, TCPSTATE_A_COUNTER_UNTRACKED_FULL, 1);
	return false;
}

/* Make room within the limits. Return false if there is none. */
static bool make_room(struct tcpstate_net *tn, const struct tcpstate_place *place)
{
	struct choice c;
	bool found;

	if (tcpstate_limit_take(tn->owner))
		return true;
	c = choice_for(tn);
	c.capped = tcpstate_limit_is_capped(tn->owner);
	rcu_read_lock();
	found = place ? search_place(&c, place) : search(&c);
	rcu_read_unlock();
	if (found)
		tcpstate_limit_take_over(tn->owner);
	return found;
}

/**
 * tcpstate_evict_alloc() - allocate a record within the limits
 * @tn: its namespace
 * @ipv6: with room for IPv6 addresses
 * @place: the only place to look for a record to evict; NULL for the whole table
 *
 * Where the table is full, end another record. Count a record that is not allocated.
 *
 * Context: bottom halves off; no bucket locked. Does not sleep.
 * Return: the record, zeroed but for its id; NULL if the connection stays untracked.
 */
struct tcpstate_flow *tcpstate_evict_alloc(struct tcpstate_net *tn, bool ipv6,
					   const struct tcpstate_place *place)
{
	struct tcpstate_flow *flow;

	if (!make_room(tn, place)) {
		__tcpstate_stats_add(tn, TCPSTATE_A_COUNTER_UNTRACKED_FULL, 1);
		return NULL;
	}
	flow = tcpstate_flow_alloc(ipv6);
	if (!flow) {
		tcpstate_limit_give(tn->owner);
		__tcpstate_stats_add(tn, TCPSTATE_A_COUNTER_UNTRACKED_MEMORY, 1);
	}
	return flow;
}
