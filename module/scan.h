/* SPDX-License-Identifier: GPL-2.0-only */
/* A search through the marks for the bucket with the best record to evict. */
#ifndef TCPSTATE_SCAN_H
#define TCPSTATE_SCAN_H

#include <linux/types.h>

/* How many buckets a search looks into */
#define TCPSTATE_SCAN_VISITS	8

/**
 * struct tcpstate_scan - where a search stands
 * @costs: what each hint costs now (rank.h)
 * @hand: the bucket whose mark is read next
 * @left: how many lines of marks may still be read
 * @visited: buckets that kept less than they promised
 * @visits: how many there were
 * @any: the first bucket that has a record, or -1
 * @best: the bucket to look into
 * @cost: what its mark promises
 */
struct tcpstate_scan {
	const u8 *costs;
	unsigned int hand;
	unsigned int left;
	unsigned int visited[TCPSTATE_SCAN_VISITS];
	unsigned int visits;
	int any;
	unsigned int best;
	u8 cost;
};

const u8 *tcpstate_scan_costs(u32 now_ms);
void tcpstate_scan_begin(struct tcpstate_scan *scan, u32 now_ms);
bool tcpstate_scan_next(struct tcpstate_scan *scan);
void tcpstate_scan_end(const struct tcpstate_scan *scan);

#endif
