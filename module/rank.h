/* SPDX-License-Identifier: GPL-2.0-only */
/* Ranks: in which order records are evicted. */
#ifndef TCPSTATE_RANK_H
#define TCPSTATE_RANK_H

#include <linux/types.h>

#include "deadline.h"
#include "engine/phase.h"

/**
 * enum tcpstate_rank - how much is lost with a record, the least first
 *
 * What one segment, or one direction alone, may have made up goes before everything that both
 * ends have confirmed. A handshake that goes on while the table is flooded has a second to finish
 * before its turn comes, unless nothing older is left.
 *
 * @TCPSTATE_RANK_HANDSHAKE: an unfinished handshake
 * @TCPSTATE_RANK_UNSURE: picked up, one-way, or offloaded
 * @TCPSTATE_RANK_RECENT: one of both that had a segment during the last second
 * @TCPSTATE_RANK_OVER: closed, or both ends have sent their FIN
 * @TCPSTATE_RANK_UNUSED: no data was acknowledged in both directions
 * @TCPSTATE_RANK_IDLE: used, and silent for TCPSTATE_RANK_IDLE_MS
 * @TCPSTATE_RANK_IN_USE: stays, unless its owner is above its share
 */
enum tcpstate_rank {
	TCPSTATE_RANK_HANDSHAKE,
	TCPSTATE_RANK_UNSURE,
	TCPSTATE_RANK_RECENT,
	TCPSTATE_RANK_OVER,
	TCPSTATE_RANK_UNUSED,
	TCPSTATE_RANK_IDLE,
	TCPSTATE_RANK_IN_USE,
};

#define TCPSTATE_RANK_RECENT_MS	1000
#define TCPSTATE_RANK_IDLE_MS	(300 * 1000)

/*
 * The hint of a record that is established and used says when it was last seen, in units of 65 s
 * and with seven bits. A mark is written again within TCPSTATE_DEADLINE_FAR_MS, so that the clock
 * goes less than half way round meanwhile.
 */
#define TCPSTATE_RANK_UNIT_SHIFT	16
#define TCPSTATE_RANK_UNIT_MASK		0x7f
static_assert(TCPSTATE_DEADLINE_FAR_MS >> TCPSTATE_RANK_UNIT_SHIFT <
	      TCPSTATE_RANK_UNIT_MASK / 2 + 1);

enum tcpstate_rank tcpstate_rank_of(const struct tcpstate_conn *conn, enum tcpstate_timer class,
				    u32 now_ms);
u8 tcpstate_rank_hint(const struct tcpstate_conn *conn, enum tcpstate_timer class);

/**
 * tcpstate_rank_promises() - tell whether it is worth while to look for a record to evict
 * @hint: the hint of a mark
 * @now_ms: tcpstate_clock_now_ms()
 *
 * Context: any.
 * Return: false if each record of the bucket is in use.
 */
static inline bool tcpstate_rank_promises(u8 hint, u32 now_ms)
{
	u8 units = (now_ms >> TCPSTATE_RANK_UNIT_SHIFT) - hint;

	if (hint <= TCPSTATE_HINT_RANK_MAX)
		return hint != TCPSTATE_HINT_NOTHING;
	/* Both times were rounded down. */
	return (units & TCPSTATE_RANK_UNIT_MASK) >=
	       TCPSTATE_RANK_IDLE_MS >> TCPSTATE_RANK_UNIT_SHIFT;
}

#endif
