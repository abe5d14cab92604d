// SPDX-License-Identifier: GPL-2.0-only
/* A search through the marks for the bucket with the best record to evict. */
#include "scan.h"

#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/percpu.h>

#include "deadline.h"
#include "limit.h"
#include "rank.h"
#include "table.h"

/* Marks in a cache line */
#define LINE		16u

/* How many lines a search reads: see DOC: eviction. */
#define SCAN_LINES	8

/*
 * So many buckets with recent unconfirmed records are a flood. Fewer may be handshakes that go on:
 * a connection that passes several namespaces of a host must not lose its record in one of them to
 * its record in the next one.
 */
#define FLOOD		4

/* struct local - what a CPU keeps from one search to the next */
struct local {
	/* Where it goes on: the number of a bucket */
	unsigned int hand;
	/* When the costs were calculated, in units of an unconfirmed record's hint, and 1 */
	u32 unit;
	/* What each hint costs */
	u8 costs[U8_MAX + 1];
};

static DEFINE_PER_CPU(struct local, tcpstate_scan_local);

/**
 * tcpstate_scan_costs() - look up what each hint costs
 * @now_ms: tcpstate_clock_now_ms()
 *
 * A search reads a hundred marks, which is why this is calculated for all hints at once, each 256
 * ms. Two that do so on the same CPU at once (PREEMPT_RT) write the same.
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
		WRITE_ONCE(local->unit, unit);
	}
	return local->costs;
}

/* In a table that was made for more records, as many more lines, but at most all of them */
static unsigned int lines_to_scan(void)
{
	u64 lines = (u64)SCAN_LINES * tcpstate_limit_size();

	return min_t(u64, div_u64(lines, tcpstate_limit_get_max()) + 1,
		     tcpstate_deadline_blocks() * (TCPSTATE_DEADLINE_BLOCK / LINE) + 1);
}

/**
 * tcpstate_scan_begin() - begin a search where the last one of this CPU ended
 * @scan: the search
 * @now_ms: tcpstate_clock_now_ms()
 *
 * Context: bottom halves off until tcpstate_scan_end().
 */
void tcpstate_scan_begin(struct tcpstate_scan *scan, u32 now_ms)
{
	scan->costs = tcpstate_scan_costs(now_ms);
	/* this_cpu_read() would turn interrupts off on some architectures, and so for the write. */
	scan->hand = READ_ONCE(this_cpu_ptr(&tcpstate_scan_local)->hand);
	scan->left = lines_to_scan();
	scan->visits = 0;
	scan->any = -1;
}

/**
 * tcpstate_scan_end() - leave the place for the next search of this CPU
 * @scan: the search
 *
 * Context: as for tcpstate_scan_begin().
 */
void tcpstate_scan_end(const struct tcpstate_scan *scan)
{
	WRITE_ONCE(this_cpu_ptr(&tcpstate_scan_local)->hand, scan->hand);
}

/* Have all buckets of the block that begins with this one no records? */
static bool is_empty(unsigned int number)
{
	return tcpstate_deadline_read_block(number / TCPSTATE_DEADLINE_BLOCK) ==
	       TCPSTATE_DEADLINE_NONE;
}

static bool was_visited(const struct tcpstate_scan *scan, unsigned int number)
{
	unsigned int i;

	for (i = 0; i < scan->visits; i++)
		if (scan->visited[i] == number)
			return true;
	return false;
}

/* struct flood - recent unconfirmed records that a search has seen */
struct flood {
	/* How many buckets promise one, and the first of them */
	unsigned int n;
	unsigned int first;
};

/* Read the rest of a line of marks, and move the hand behind it. */
static void scan_line(struct tcpstate_scan *scan, struct flood *flood)
{
	unsigned int line = scan->hand & ~(LINE - 1), i;
	const u32 *marks = tcpstate_deadline_marks(line);

	for (i = scan->hand - line; i < LINE; i++) {
		u32 mark = READ_ONCE(marks[i]);
		u8 cost = scan->costs[mark & TCPSTATE_DEADLINE_HINT];

		if (unlikely(scan->any < 0) && mark != TCPSTATE_DEADLINE_NONE)
			scan->any = line + i;
		if (cost >= scan->cost && cost != TCPSTATE_RANK_RECENT)
			continue;
		if (mark == TCPSTATE_DEADLINE_NONE || was_visited(scan, line + i))
			continue;
		if (cost == TCPSTATE_RANK_RECENT) {
			if (!flood->n++)
				flood->first = line + i;
			continue;
		}
		scan->cost = cost;
		scan->best = line + i;
	}
	scan->hand = line + LINE;
}

/**
 * tcpstate_scan_next() - find the next bucket to look into
 * @scan: the search; its caller adds each bucket that it has looked into to those that were visited
 *
 * Context: as for tcpstate_scan_begin().
 * Return: true if @scan->best may have a record to evict; false if there is none.
 */
bool tcpstate_scan_next(struct tcpstate_scan *scan)
{
	struct flood flood = {};

	scan->cost = TCPSTATE_RANK_COST_NONE;
	while (scan->left && flood.n < FLOOD && scan->cost > TCPSTATE_RANK_UNSURE) {
		unsigned int lines = 1;

		if (!tcpstate_table_bucket(scan->hand))
			scan->hand = 0;
		if (!(scan->hand % TCPSTATE_DEADLINE_BLOCK) && is_empty(scan->hand)) {
			lines = TCPSTATE_DEADLINE_BLOCK / LINE;
			scan->hand += TCPSTATE_DEADLINE_BLOCK;
		} else {
			scan_line(scan, &flood);
		}
		scan->left -= min(scan->left, lines);
	}
	if (scan->cost > TCPSTATE_RANK_UNSURE &&
	    (flood.n >= FLOOD || (flood.n && scan->cost == TCPSTATE_RANK_COST_NONE))) {
		scan->cost = TCPSTATE_RANK_RECENT;
		scan->best = flood.first;
	}
	if (scan->cost == TCPSTATE_RANK_COST_NONE)
		return false;
	scan->hand = scan->best + 1;
	return true;
}
