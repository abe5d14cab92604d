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
 * round the hints of all buckets (scan.c). From there it knows what a bounded number of them
 * promises, but stops reading at one that promises a record that a single segment may have made up,
 * unless that was just now. It locks the bucket that promises the cheapest record, and evicts the
 * one of its records that is
 *
 * 1. of the owner furthest above its share (limit.h), if that is further than the owner of the
 *    new record, or else of the same owner;
 * 2. of the lowest rank (rank.h);
 * 3. silent for longest.
 *
 * A bucket may keep less than it promises: hints are lower bounds. Then the next best one is looked
 * into. The hand goes on behind the bucket that has lost a record, so that each bucket loses its
 * oldest record before any of them loses its newest. Where nothing is promised at all, an owner
 * below its share looks into one more bucket, because it may also take a record in use from an
 * owner above its share. A connection that is picked up replaces nothing but what is as doubtful as
 * itself, and searches its own bucket alone. A SYN searches that as well, but last: it may be the
 * record of the connection before on its tuple that makes room.
 *
 * The hints of records of the initial owner and those of all others stand apart, and a search reads
 * only those of owners that may have to give something up. What it reads may be stale nevertheless,
 * as that of a handshake which has finished, or promise a record of an owner within its share.
 * Unfinished handshakes come first in the order, and are what strangers can make the most of; so
 * after half of its visits a search takes something else, if there is anything, and after three
 * quarters something that is not a recent one, either.
 *
 * A search that fails costs a bounded number of hints and buckets. Where one record in a hundred
 * may be evicted, and is in a bucket with five others, SCAN_LINES lines have none in less than one
 * search in a thousand. Where the limit is lower than the one that the table was made for, and
 * there are as few records, as many more lines are read.
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
	/* What could be evicted may be a record of the initial owner, or one of another */
	bool initial;
	bool others;
	u32 now_ms;
	/* What each hint costs (scan.h) */
	const u8 *costs;
	struct tcpstate_flow *victim;
	struct tcpstate_net *victim_net;
	enum tcpstate_timer victim_class;
	int victim_excess;
	enum tcpstate_rank victim_rank;
	/* What the victim of the last visit costs that was left alone */
	u8 left;
	/* The record that was evicted, in no bucket any more, and whose room it has */
	struct tcpstate_flow *evicted;
	struct tcpstate_owner *evicted_owner;
};

/* struct hints - what a bucket's mark and its other hint are to be */
struct hints {
	u32 mark;
	u8 others;
};

static const struct hints no_hints = {
	.mark = TCPSTATE_DEADLINE_NONE,
	.others = TCPSTATE_HINT_NONE,
};

static struct hints merge(struct hints a, struct hints b)
{
	return (struct hints){
		.mark = tcpstate_deadline_merge(a.mark, b.mark),
		.others = tcpstate_hint_merge(a.others, b.others),
	};
}

static struct choice choice_for(const struct tcpstate_net *tn)
{
	unsigned int share = tcpstate_limit_share(tn->owner);
	bool capped = tcpstate_limit_is_capped(tn->owner);
	int excess = tcpstate_limit_excess(tn->owner, share);
	bool initial = tcpstate_owner_is_initial(tn->owner);
	u32 now_ms = tcpstate_clock_now_ms();

	return (struct choice){
		.owner = tn->owner,
		.share = share,
		.excess = excess,
		.most = TCPSTATE_RANK_IDLE,
		.capped = capped,
		.initial = initial ||
			   (!capped && tcpstate_limit_excess(&tcpstate_owner_initial, share) >
					       max(excess, 0)),
		/* None of them is further above its share than if it had all their records. */
		.others = !initial || (int)tcpstate_limit_others() - (int)share > max(excess, 0),
		.now_ms = now_ms,
		.costs = tcpstate_scan_costs(now_ms),
	};
}

/* What hints promise of the records that could be evicted */
static u8 cost_of(const struct choice *c, struct hints hints)
{
	u8 cost = TCPSTATE_RANK_COST_NONE;

	if (hints.mark == TCPSTATE_DEADLINE_NONE)
		return cost;
	if (c->initial)
		cost = c->costs[hints.mark & TCPSTATE_DEADLINE_HINT];
	return c->others ? min(cost, c->costs[hints.others]) : cost;
}

/* Only an owner above its share loses a record to another one, whatever rank that has. */
static bool is_allowed(const struct choice *c, const struct tcpstate_owner *owner,
		       int excess, enum tcpstate_rank rank)
{
	bool spare = rank <= c->most;

	if (owner == c->owner)
		return spare;
	if (c->capped && tcpstate_owner_is_initial(owner))
		return false;
	return excess > 0 && excess > c->excess && (spare || c->excess < 0);
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
	c->victim_class = class;
	c->victim_excess = excess;
	c->victim_rank = rank;
	return true;
}

static void evict(struct choice *c, struct tcpstate_bucket *bucket)
{
	__tcpstate_stats_add(c->victim_net, TCPSTATE_A_COUNTER_EVICTED, 1);
	tcpstate_table_take_out(c->victim_net, bucket, c->victim, TCPSTATE_VERDICT_EVICTED, NULL);
	c->evicted = c->victim;
	c->evicted_owner = c->victim_net->owner;
	c->victim = NULL;
}

/*
 * End what is due in some records of a bucket, all of them or those of a chain, and find a victim
 * among the others. Return how many were ended, and set @hints to those of what is neither due nor
 * the victim, and @kept to those of the victim.
 */
static unsigned int look(struct choice *c, struct tcpstate_bucket *bucket,
			 struct tcpstate_flow **flows, unsigned int n, struct hints *hints,
			 struct hints *kept)
{
	unsigned int ended = 0;

	*hints = no_hints;
	*kept = no_hints;
	while (n--) {
		struct tcpstate_flow *flow = flows[n];
		enum tcpstate_timer class = tcpstate_phase_timer(&flow->conn);
		struct tcpstate_net *tn = tcpstate_zone_find_net(flow);
		struct hints its = no_hints;

		if (tcpstate_collector_end_due(tn, bucket, flow, class, c->now_ms)) {
			ended++;
			continue;
		}
		its.mark = tcpstate_expiry_mark(tn, &flow->conn, class, c->now_ms, &its.others);
		if (consider(c, flow, tn, class))
			swap(its, *kept);
		*hints = merge(*hints, its);
	}
	return ended;
}

/* What the victim costs that was found, if any */
static u8 cost_of_victim(const struct choice *c)
{
	if (!c->victim)
		return TCPSTATE_RANK_COST_NONE;
	return c->costs[tcpstate_rank_hint(&c->victim->conn, c->victim_class, c->now_ms)];
}

/*
 * Is the victim as good as the bucket has promised? Any unconfirmed record is that is not recent,
 * because a merged hint has the cheaper kind of one record and the time of another; and so is one
 * of an owner further above its share.
 */
static bool is_good(const struct choice *c, u8 promised)
{
	return c->left <= max_t(u8, promised, TCPSTATE_RANK_UNSURE) ||
	       (c->left != TCPSTATE_RANK_COST_NONE && c->victim_excess > c->excess);
}

/*
 * End what is due in a bucket. If that is nothing, evict the victim, unless that is not what was
 * promised: then leave it for now, because another bucket may have a better one. Write the bucket's
 * hints. Return whether there is room now.
 */
static bool visit(struct choice *c, unsigned int number, u8 promised)
{
	struct tcpstate_bucket *bucket = tcpstate_table_bucket(number);
	struct tcpstate_flow *flows[TCPSTATE_CROWD_MAX];
	struct hints hints, kept, all;
	bool ended;

	tcpstate_bucket_lock(bucket);
	/*
	 * An owner at the cap has to replace a record of an owner like itself; what was due may
	 * have been the initial owner's.
	 */
	ended = look(c, bucket, flows, tcpstate_bucket_gather(bucket, flows), &hints, &kept) &&
		!c->capped;
	all = merge(hints, kept);
	c->left = cost_of_victim(c);
	if (c->victim && !ended && is_good(c, promised)) {
		evict(c, bucket);
		ended = true;
		all = hints;
	}
	c->victim = NULL;
	tcpstate_deadline_write_mark(number, all.mark);
	tcpstate_deadline_write_others(number, all.others);
	tcpstate_deadline_lower_block(number, all.mark);
	tcpstate_bucket_unlock(bucket);
	return ended;
}

/* Look for a record to evict. Return false if there was none. */
static bool search(struct choice *c)
{
	struct tcpstate_scan scan;
	u8 cheapest = TCPSTATE_RANK_COST_NONE;
	bool found = false;
	int kept = -1, last = -1;

	tcpstate_scan_begin(&scan, c->now_ms, c->initial, c->others);
	while (!found && tcpstate_scan_next(&scan)) {
		last = scan.best;
		found = visit(c, last, scan.cost);
		scan.visited[scan.visits++] = last;
		if (c->left < cheapest) {
			cheapest = c->left;
			kept = last;
		}
	}
	/* What was left alone in these buckets may still be the best that there is. */
	if (!found && kept >= 0) {
		last = kept;
		found = visit(c, last, TCPSTATE_RANK_COST_NONE);
	}
	/* An owner below its share may also take a record in use: look into any bucket. */
	if (!found)
		last = c->excess < 0 ? scan.any : -1;
	if (!found && last >= 0)
		found = visit(c, last, TCPSTATE_RANK_COST_NONE);
	tcpstate_scan_end(&scan, last);
	return found;
}

/* Make room in the bucket of a place, at the cost of a record that is not in use. */
static bool search_place(struct choice *c, const struct tcpstate_place *place,
			 enum tcpstate_rank most)
{
	unsigned int number = tcpstate_table_number(place->bucket);
	struct hints hints = {
		.mark = tcpstate_deadline_read(number),
		.others = READ_ONCE(*tcpstate_deadline_others(number)),
	};

	c->most = most;
	/* Not even an owner below its share takes a record in use here. */
	c->excess = max(c->excess, 0);
	return cost_of(c, hints) <= most && visit(c, number, TCPSTATE_RANK_COST_NONE);
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
	struct hints hints, kept;
	struct choice c;

	if (likely(!tcpstate_bucket_is_full(place)))
		return true;
	c = choice_for(tn);
	flow = place->bucket->slot[tcpstate_bucket_chain(place->tag)];
	for (; flow && n < ARRAY_SIZE(flows); flow = flow->next)
		flows[n++] = flow;
	rcu_read_lock();
	/* The bucket's hints stay as they are, because there are more records than these. */
	look(&c, place->bucket, flows, n, &hints, &kept);
	if (c.victim && tcpstate_bucket_is_full(place)) {
		evict(&c, place->bucket);
		tcpstate_flow_free(c.evicted);
		tcpstate_limit_give(c.evicted_owner);
	}
	rcu_read_unlock();
	if (!tcpstate_bucket_is_full(place))
		return true;
	__tcpstate_stats_add(tn, TCPSTATE_A_COUNTER_UNTRACKED_FULL, 1);
	return false;
}

/*
 * Make room in a full table. Return false if there is none; otherwise set @evicted to the record
 * whose memory the new one may have, or to NULL.
 */
static bool make_room(struct tcpstate_net *tn, const struct tcpstate_place *place, bool opening,
		      struct tcpstate_flow **evicted)
{
	struct choice c = choice_for(tn);
	bool found;

	rcu_read_lock();
	found = opening && search(&c);
	/* A single segment may have made up a connection that is picked up. */
	if (!found && place)
		found = search_place(&c, place, opening ? TCPSTATE_RANK_IDLE :
							  TCPSTATE_RANK_RECENT);
	if (c.evicted)
		tcpstate_limit_pass(c.evicted_owner, tn->owner);
	else if (found)
		tcpstate_limit_take_over(tn->owner);
	rcu_read_unlock();
	*evicted = c.evicted;
	return found;
}

/**
 * tcpstate_evict_alloc() - allocate a record within the limits
 * @tn: its namespace
 * @ipv6: with room for IPv6 addresses
 * @place: the place of its key, or NULL
 * @opening: search the whole table for a record to evict, and then @place; otherwise @place alone
 *
 * Where the table is full, end another record. Count a record that is not allocated.
 *
 * Context: bottom halves off; no bucket locked. Does not sleep.
 * Return: the record, zeroed but for its id; NULL if the connection stays untracked.
 */
struct tcpstate_flow *tcpstate_evict_alloc(struct tcpstate_net *tn, bool ipv6,
					   const struct tcpstate_place *place, bool opening)
{
	struct tcpstate_flow *flow, *evicted = NULL;

	if (!tcpstate_limit_take(tn->owner) && !make_room(tn, place, opening, &evicted)) {
		__tcpstate_stats_add(tn, TCPSTATE_A_COUNTER_UNTRACKED_FULL, 1);
		return NULL;
	}
	flow = evicted ? tcpstate_flow_renew(evicted, ipv6) : tcpstate_flow_alloc(ipv6);
	if (!flow) {
		tcpstate_limit_give(tn->owner);
		__tcpstate_stats_add(tn, TCPSTATE_A_COUNTER_UNTRACKED_MEMORY, 1);
	}
	return flow;
}
