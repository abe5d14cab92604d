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

#define TCPSTATE_RANK_RECENT_MS	1024
#define TCPSTATE_RANK_IDLE_MS	(300 * 1000)

/* What a hint costs that promises no record to evict */
#define TCPSTATE_RANK_COST_NONE	0xff

/*
 * A hint is written again within TCPSTATE_DEADLINE_FAR_MS, so that the times in the hints of two
 * records in use are less than half a turn apart.
 */
static_assert((TCPSTATE_DEADLINE_FAR_MS >> TCPSTATE_HINT_USED_SHIFT) + 1 + TCPSTATE_HINT_USED_MAX <
	      TCPSTATE_HINT_USED_MASK / 2 + 1);

enum tcpstate_rank tcpstate_rank_of(const struct tcpstate_conn *conn, enum tcpstate_timer class,
				    u32 now_ms);
u8 tcpstate_rank_hint(const struct tcpstate_conn *conn, enum tcpstate_timer class, u32 now_ms);
u8 tcpstate_rank_cost(u8 hint, u32 now_ms);

#endif
