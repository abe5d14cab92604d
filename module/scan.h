/* SPDX-License-Identifier: GPL-2.0-only */
/* A search through the hints for the bucket with the best record to evict. */
#ifndef TCPSTATE_SCAN_H
#define TCPSTATE_SCAN_H

#include <linux/types.h>

/* How many buckets a search looks into, a multiple of 4 */
#define TCPSTATE_SCAN_VISITS	8

/**
 * struct tcpstate_window - buckets whose hints have been read, which is kept for the next search
 * @hand: the first of them
 * @n: how many there are; they go on at the beginning of the table behind its end
 * @filled: how many of them had records when they were read
 * @recent: how many of them promised a recent unconfirmed record
 * @made: how many records this CPU had made then
 * @cheapest: none of them promises anything cheaper, but perhaps a recent unconfirmed record
 * @initial: the hints of records of the initial owner have been read
 * @others: so have those of all other owners
 */
struct tcpstate_window {
	unsigned int hand;
	unsigned int n;
	unsigned int filled;
	unsigned int recent;
	u32 made;
	u8 cheapest;
	bool initial;
	bool others;
};

/**
 * struct tcpstate_scan - where a search stands
 * @costs: what each hint costs now (rank.h)
 * @window: what it has read
 * @kept: some of that was read for searches before
 * @reach: how many hints the window may have
 * @left: how many lines of hints may still be read
 * @looks: how many hints of the window may still be looked at again
 * @floor: what costs less is passed over
 * @visited: buckets that it has looked into, and does not look into again
 * @visits: how many there were
 * @any: a bucket that has a record, or -1
 * @best: the bucket to look into
 * @cost: what its hint promises
 */
struct tcpstate_scan {
	const u8 *costs;
	struct tcpstate_window window;
	bool kept;
	unsigned int reach;
	unsigned int left;
	unsigned int looks;
	u8 floor;
	unsigned int visited[TCPSTATE_SCAN_VISITS];
	unsigned int visits;
	int any;
	unsigned int best;
	u8 cost;
};

const u8 *tcpstate_scan_costs(u32 now_ms);
void tcpstate_scan_begin(struct tcpstate_scan *scan, u32 now_ms, bool initial, bool others);
bool tcpstate_scan_next(struct tcpstate_scan *scan);
void tcpstate_scan_end(struct tcpstate_scan *scan, int bucket);

#endif
