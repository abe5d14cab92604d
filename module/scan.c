// SPDX-License-Identifier: GPL-2.0-only
/* A search through the hints for the bucket with the best record to evict. */
#include "scan.h"

#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/percpu.h>

#include "deadline.h"
#include "flow.h"
#include "limit.h"
#include "rank.h"
#include "table.h"

/* Marks in a cache line */
#define LINE		16u

/* How many lines a search reads: see DOC: eviction. */
#define SCAN_LINES	8

/*
 * So many buckets with recent unconfirmed records are a flood, if they are one in FLOOD_SHARE of
 * those that have records at all. Fewer may be handshakes that go on: a connection that passes
 * several namespaces of a host must not lose its record in one of them to its record in the next
 * one. Where one bucket in ten has such a record, chance puts 16 of them among 64 buckets less
 * than once in a thousand times, but 4 among 16 buckets once in 14 times.
 */
#define FLOOD		16
#define FLOOD_SHARE	4

/*
 * How often a search may look through its window: once for what is cheapest, once for what is left
 * when that was stale, and the same once more above the floor.
 */
#define PASSES		4

/* struct local - what a CPU keeps from one search to the next */
struct local {
	struct tcpstate_window window;
	/* When the costs were calculated, in units of an unconfirmed record's hint, and 1 */
	u32 unit;
	/* What each hint costs */
	u8 costs[U8_MAX + 1];
};

static DEFINE_PER_CPU(struct local, tcpstate_scan_local);

/* Forget what was read, but not where. */
static void clear(struct tcpstate_window *window)
{
	window->n = 0;
	window->filled = 0;
	window->recent = 0;
	window->made = tcpstate_flow_made();
	window->cheapest = TCPSTATE_RANK_COST_NONE;
}

/**
 * tcpstate_scan_costs() - look up what each hint costs
 * @now_ms: tcpstate_clock_now_ms()
 *
 * A search reads many hints, which is why this is calculated for all of them at once, each 256 ms.
 * What was read before then is not relied on any longer. Two tasks that do so on the same CPU at
 * once (PREEMPT_RT) write the same.
 *
 * Context: bottom halves off.
 * Return: tcpstate_rank_cost() by hint.
 */
const u8 *tcpstate_scan_costs(u32 now_ms)
{
	struct local *local = this_cpu_ptr(&tcpstate_scan_local);
	u32 unit = (now_ms >> TCPSTATE_HINT_EARLY_SHIFT) + 1;
	unsigned int hint;

	if (unlikely(READ_ONCE(local->unit) != unit)) {
		for (hint = 0; hint < ARRAY_SIZE(local->costs); hint++)
			local->costs[hint] = tcpstate_rank_cost(hint, now_ms);
		clear(&local->window);
		WRITE_ONCE(local->unit, unit);
	}
	return local->costs;
}

/* In a table that was made for more records, as many more lines, but at most all of them */
static unsigned int lines_to_scan(void)
{
	unsigned int records = max(tcpstate_limit_get_max(), tcpstate_limit_used());
	u64 lines = (u64)SCAN_LINES * tcpstate_limit_size();

	return min_t(u64, div_u64(lines, records) + 1,
		     tcpstate_deadline_blocks() * (TCPSTATE_DEADLINE_BLOCK / LINE) + 1);
}

/* How many hints there are, with those behind the last bucket of the last block */
static unsigned int all_hints(void)
{
	return tcpstate_deadline_blocks() * TCPSTATE_DEADLINE_BLOCK;
}

static unsigned int wrap(unsigned int bucket)
{
	return bucket < all_hints() ? bucket : bucket - all_hints();
}

/*
 * A new record is most often a recent unconfirmed one. After so many there may be a flood of them
 * that was none when the window was read.
 */
static bool is_outdated(const struct tcpstate_window *window)
{
	u32 made = tcpstate_flow_made() - window->made;

	return !window->n || made >= window->filled / FLOOD_SHARE;
}

/**
 * tcpstate_scan_begin() - begin a search where the last one of this CPU ended
 * @scan: the search
 * @now_ms: tcpstate_clock_now_ms()
 * @initial: look for records of the initial owner
 * @others: look for records of all other owners
 *
 * Context: bottom halves off until tcpstate_scan_end(). With PREEMPT_RT another task on the same
 * CPU may write what is kept meanwhile; then a search may take a record that is not the cheapest.
 */
void tcpstate_scan_begin(struct tcpstate_scan *scan, u32 now_ms, bool initial, bool others)
{
	scan->costs = tcpstate_scan_costs(now_ms);
	/* this_cpu_read() would turn interrupts off on some architectures, and so for the write. */
	scan->window = this_cpu_ptr(&tcpstate_scan_local)->window;
	scan->window.hand = wrap(scan->window.hand);
	if (scan->window.initial != initial || scan->window.others != others ||
	    is_outdated(&scan->window))
		clear(&scan->window);
	scan->kept = scan->window.n;
	scan->window.initial = initial;
	scan->window.others = others;
	scan->left = lines_to_scan();
	scan->reach = min(scan->left * LINE, all_hints());
	scan->looks = PASSES * scan->reach;
	scan->floor = 0;
	scan->visits = 0;
	scan->any = -1;
}

/* Has a block, which begins with this bucket, no records at all? */
static bool is_empty_block(unsigned int bucket)
{
	return !(bucket % TCPSTATE_DEADLINE_BLOCK) &&
	       tcpstate_deadline_read_block(bucket / TCPSTATE_DEADLINE_BLOCK) ==
		       TCPSTATE_DEADLINE_NONE;
}

/* What do the hints of a bucket promise? */
static u8 cost_of(const struct tcpstate_scan *scan, u32 mark, const u8 *others)
{
	u8 cost = TCPSTATE_RANK_COST_NONE;

	if (mark == TCPSTATE_DEADLINE_NONE)
		return cost;
	if (scan->window.initial)
		cost = scan->costs[mark & TCPSTATE_DEADLINE_HINT];
	if (scan->window.others)
		cost = min(cost, scan->costs[READ_ONCE(*others)]);
	return cost < scan->floor ? TCPSTATE_RANK_COST_NONE : cost;
}

static u8 cost_of_bucket(const struct tcpstate_scan *scan, unsigned int bucket)
{
	return cost_of(scan, READ_ONCE(*tcpstate_deadline_marks(bucket)),
		       tcpstate_deadline_others(bucket));
}

/*
 * A bucket that was visited stays in the window, with this cost now. If it promises a recent
 * unconfirmed record, it was counted when it was read.
 */
static void keep_visited(struct tcpstate_window *window, u8 cost)
{
	if (cost == TCPSTATE_RANK_RECENT)
		window->recent = max(window->recent, 1u);
	else
		window->cheapest = min(window->cheapest, cost);
}

/**
 * tcpstate_scan_end() - leave the place for the next search of this CPU
 * @scan: the search
 * @bucket: the bucket behind which the next one goes on, or -1: behind all that was read
 *
 * Context: as for tcpstate_scan_begin().
 */
void tcpstate_scan_end(struct tcpstate_scan *scan, int bucket)
{
	struct tcpstate_window *window = &scan->window;
	unsigned int passed = window->n, i;

	if (bucket >= 0)
		passed = wrap(bucket + all_hints() - window->hand) + 1;
	window->hand = wrap(window->hand + passed);
	window->n -= min(window->n, passed);
	/* What was passed over may be just what another search needs. */
	if (scan->floor)
		clear(window);
	for (i = 0; i < scan->visits; i++)
		if (wrap(scan->visited[i] + all_hints() - window->hand) < window->n)
			keep_visited(window, cost_of_bucket(scan, scan->visited[i]));
	this_cpu_ptr(&tcpstate_scan_local)->window = *window;
}

/* Forget what was read for the searches before, and begin to read at the same place. */
static void read_again(struct tcpstate_scan *scan)
{
	clear(&scan->window);
	scan->kept = false;
	scan->left = lines_to_scan();
	scan->looks = PASSES * scan->reach;
}

static bool can_read(const struct tcpstate_scan *scan)
{
	return scan->left && scan->looks && scan->window.n < scan->reach;
}

/* Read one more line of hints, or pass over a block that has none. */
static void read_ahead(struct tcpstate_scan *scan)
{
	struct tcpstate_window *window = &scan->window;
	unsigned int bucket = wrap(window->hand + window->n), i;
	unsigned int n = min(LINE - bucket % LINE, all_hints() - window->n);
	const u8 *others = tcpstate_deadline_others(bucket);
	const u32 *marks = tcpstate_deadline_marks(bucket);
	unsigned int filled = 0, recent = 0;
	u8 cheapest = TCPSTATE_RANK_COST_NONE;
	int any = -1;

	if (is_empty_block(bucket)) {
		window->n = min(window->n + TCPSTATE_DEADLINE_BLOCK, all_hints());
		scan->left -= min(scan->left, TCPSTATE_DEADLINE_BLOCK / LINE);
		return;
	}
	/* Write nothing to the window meanwhile, so that it stays in registers. */
	for (i = 0; i < n; i++) {
		u32 mark = READ_ONCE(marks[i]);
		u8 cost = cost_of(scan, mark, others + i);

		if (mark == TCPSTATE_DEADLINE_NONE)
			continue;
		filled++;
		any = bucket + i;
		if (cost == TCPSTATE_RANK_RECENT)
			recent++;
		else
			cheapest = min(cheapest, cost);
	}
	if (scan->any < 0)
		scan->any = any;
	window->filled += filled;
	window->recent += recent;
	window->cheapest = min(window->cheapest, cheapest);
	window->n += n;
	scan->left--;
}

static bool is_flood(const struct tcpstate_window *window)
{
	return window->recent >= FLOOD && window->recent * FLOOD_SHARE >= window->filled;
}

/* Would more hints not change what to look for? */
static bool has_enough(const struct tcpstate_window *window)
{
	return window->n && (window->cheapest <= TCPSTATE_RANK_UNSURE || is_flood(window));
}

static bool was_visited(const struct tcpstate_scan *scan, unsigned int bucket)
{
	unsigned int i;

	for (i = 0; i < scan->visits; i++)
		if (scan->visited[i] == bucket)
			return true;
	return false;
}

static bool is_enough(u8 cost, u8 enough)
{
	return cost <= enough && cost != TCPSTATE_RANK_COST_NONE;
}

/*
 * Look at the hints of @n buckets of one block from @bucket on, up to one that is cheap @enough,
 * and remember the cheapest one. Where there is no flood, remember one that promises a recent
 * unconfirmed record apart. Return how many were looked at.
 */
static unsigned int look_through(struct tcpstate_scan *scan, unsigned int bucket, unsigned int n,
				 u8 enough, bool flood, int *recent)
{
	const u8 *others = tcpstate_deadline_others(bucket);
	const u32 *marks = tcpstate_deadline_marks(bucket);
	unsigned int best = scan->best, i;
	u8 least = scan->cost;

	for (i = 0; i < n && !is_enough(least, enough); i++) {
		u8 cost = cost_of(scan, READ_ONCE(marks[i]), others + i);

		if (cost >= least || was_visited(scan, bucket + i))
			continue;
		if (cost == TCPSTATE_RANK_RECENT && !flood) {
			if (*recent < 0)
				*recent = bucket + i;
			continue;
		}
		least = cost;
		best = bucket + i;
	}
	scan->best = best;
	scan->cost = least;
	return i;
}

/*
 * Find the first bucket of the window that is as cheap as the window promised. Return false if
 * there is none any more; then @best is the cheapest one that there is, and the window promises
 * what that does.
 */
static bool find_best(struct tcpstate_scan *scan)
{
	struct tcpstate_window *window = &scan->window;
	bool flood = is_flood(window);
	u8 enough = clamp_t(u8, window->cheapest, TCPSTATE_RANK_UNSURE,
			    flood ? TCPSTATE_RANK_RECENT : TCPSTATE_RANK_COST_NONE);
	unsigned int i, n;
	int recent = -1;

	scan->cost = TCPSTATE_RANK_COST_NONE;
	if (window->cheapest == TCPSTATE_RANK_COST_NONE && !window->recent)
		return false;
	for (i = 0; i < window->n && scan->looks && !is_enough(scan->cost, enough); i += n) {
		unsigned int bucket = wrap(window->hand + i);

		n = min(TCPSTATE_DEADLINE_BLOCK - bucket % TCPSTATE_DEADLINE_BLOCK, window->n - i);
		if (is_empty_block(bucket)) {
			scan->looks--;
		} else {
			n = min(n, scan->looks);
			scan->looks -= look_through(scan, bucket, n, enough, flood, &recent);
		}
	}
	if (is_enough(scan->cost, enough))
		return true;
	if (scan->looks) {
		window->cheapest = scan->cost;
		if (scan->cost > TCPSTATE_RANK_RECENT && flood)
			window->recent = 0;
	}
	if (scan->cost == TCPSTATE_RANK_COST_NONE && recent >= 0) {
		scan->cost = TCPSTATE_RANK_RECENT;
		scan->best = recent;
	}
	return false;
}

/* Find the next bucket, reading as much as is needed. Return false if there is none. */
static bool find_next(struct tcpstate_scan *scan)
{
	for (;;) {
		while (can_read(scan) && !has_enough(&scan->window))
			read_ahead(scan);
		if (find_best(scan))
			return true;
		if (can_read(scan)) {
			read_ahead(scan);
			continue;
		}
		if (scan->cost != TCPSTATE_RANK_COST_NONE || !scan->kept)
			return scan->cost != TCPSTATE_RANK_COST_NONE;
		/* What was read for the searches before is not enough to give up. */
		read_again(scan);
	}
}

/**
 * tcpstate_scan_next() - find the next bucket to look into
 * @scan: the search; its caller adds each bucket that it has looked into to those that were visited
 *
 * What was read for the last search is not read again: it is enough to know that nothing in the
 * window is cheaper than what it promised, and to take the first one that is as cheap.
 *
 * Context: as for tcpstate_scan_begin().
 * Return: true if @scan->best may have a record to evict; false if there is none.
 */
bool tcpstate_scan_next(struct tcpstate_scan *scan)
{
	if (scan->visits == TCPSTATE_SCAN_VISITS)
		return false;
	if (scan->visits == TCPSTATE_SCAN_VISITS / 2)
		scan->floor = TCPSTATE_RANK_RECENT;
	else if (scan->visits == TCPSTATE_SCAN_VISITS / 4 * 3)
		scan->floor = TCPSTATE_RANK_OVER;
	if (find_next(scan))
		return true;
	if (!scan->floor)
		return false;
	/* There is nothing else: look again at what was passed over. */
	scan->floor = 0;
	scan->window.cheapest = TCPSTATE_RANK_HANDSHAKE;
	return find_next(scan);
}
