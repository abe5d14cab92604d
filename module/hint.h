/* SPDX-License-Identifier: GPL-2.0-only */
/* Hints: a byte that says what it may cost to evict one of some records. */
#ifndef TCPSTATE_HINT_H
#define TCPSTATE_HINT_H

#include <linux/minmax.h>
#include <linux/types.h>

/**
 * DOC: hints
 *
 * A hint stands for the record of a bucket that is the first to be evicted, without a look at the
 * bucket. It is one of
 *
 * - an unfinished handshake, and when it had its last segment,
 * - an unsure record, and the same,
 * - TCPSTATE_HINT_OVER, TCPSTATE_HINT_UNUSED: a record of that rank (rank.h),
 * - a record in use, and when it had its last segment,
 * - TCPSTATE_HINT_NONE: there is no such record.
 *
 * It is a lower bound: the record may have had another segment since then, or be gone.
 *
 * Times have few bits. Those of unconfirmed records have units of 256 ms and wrap after 8 s, so
 * that an old one looks for about a second as if it had just had a segment, and may be passed over
 * meanwhile. Those of records in use have units of 131 s and wrap after more than four hours. So
 * that two of them can be compared, a record that was silent for longer than
 * TCPSTATE_HINT_USED_MAX units gets the time of one that was silent for just that.
 */

/* An unfinished handshake, or an unsure record: the lower five bits are the time. */
#define TCPSTATE_HINT_HANDSHAKE		0x00
#define TCPSTATE_HINT_UNSURE		0x20
#define TCPSTATE_HINT_EARLY_MASK	0x1f
#define TCPSTATE_HINT_EARLY_SHIFT	8

#define TCPSTATE_HINT_OVER		0x40
#define TCPSTATE_HINT_UNUSED		0x41
#define TCPSTATE_HINT_NONE		0x7f

/* A record in use: the lower seven bits are the time. */
#define TCPSTATE_HINT_USED		0x80
#define TCPSTATE_HINT_USED_MASK		0x7f
#define TCPSTATE_HINT_USED_SHIFT	17
#define TCPSTATE_HINT_USED_MAX		32

/**
 * tcpstate_hint_at() - make a hint with a time
 * @kind: TCPSTATE_HINT_HANDSHAKE, TCPSTATE_HINT_UNSURE or TCPSTATE_HINT_USED
 * @seen_ms: the time of the last segment
 *
 * Context: any.
 * Return: the hint.
 */
static inline u8 tcpstate_hint_at(u8 kind, u32 seen_ms)
{
	if (kind == TCPSTATE_HINT_USED)
		return kind | (seen_ms >> TCPSTATE_HINT_USED_SHIFT & TCPSTATE_HINT_USED_MASK);
	return kind | (seen_ms >> TCPSTATE_HINT_EARLY_SHIFT & TCPSTATE_HINT_EARLY_MASK);
}

/**
 * tcpstate_hint_merge() - make a hint that stands for two sets of records
 * @a: the hint of one set
 * @b: the hint of the other one
 *
 * Context: any.
 * Return: the cheaper one. For two unconfirmed records, that is the cheaper kind with the earlier
 * time.
 */
static inline u8 tcpstate_hint_merge(u8 a, u8 b)
{
	u8 between = a - b;

	if (a == TCPSTATE_HINT_NONE || b == TCPSTATE_HINT_NONE)
		return a == TCPSTATE_HINT_NONE ? b : a;
	if (a >= TCPSTATE_HINT_USED && b >= TCPSTATE_HINT_USED)
		return (s8)(between << 1) < 0 ? a : b;
	if (a < TCPSTATE_HINT_OVER && b < TCPSTATE_HINT_OVER)
		return (a & b & TCPSTATE_HINT_UNSURE) |
		       (((s8)(between << 3) < 0 ? a : b) & TCPSTATE_HINT_EARLY_MASK);
	return min(a, b);
}

#endif
