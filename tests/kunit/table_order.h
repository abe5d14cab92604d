/* SPDX-License-Identifier: GPL-2.0-only */
/* Which record is evicted before which. */
#ifndef TABLE_ORDER_H
#define TABLE_ORDER_H

#include "table_fixture.h"

/* Kinds of records in the order in which they are evicted */
static const struct {
	struct tcpstate_conn conn;
	u32 age_ms;
} eviction_order[] = {
	{ {
		.states = TCPSTATE_SYN_SENT | TCPSTATE_LISTEN << 4,
	}, SILENT_MS },
	{ {
		.states = TCPSTATE_ESTABLISHED | TCPSTATE_ESTABLISHED << 4,
		.flags = TCPSTATE_F_SEEN | BOTH(TCPSTATE_F_ACK),
		USED,
	}, SILENT_MS },
	{ {
		.states = TCPSTATE_SYN_SENT | TCPSTATE_LISTEN << 4,
	}, TCPSTATE_RANK_RECENT_MS / 2 },
	{ {
		.states = TCPSTATE_ESTABLISHED | TCPSTATE_ESTABLISHED << 4,
		.flags = TCPSTATE_F_SEEN | BOTH(TCPSTATE_F_ACK),
		USED,
	}, 0 },
	{ {
		.states = TCPSTATE_TIME_WAIT | TCPSTATE_CLOSED << 4,
		.flags = BOTH(TCPSTATE_F_SEEN),
	}, SILENT_MS },
	{ {
		.states = TCPSTATE_FIN_WAIT_2 | TCPSTATE_LAST_ACK << 4,
		.flags = BOTH(TCPSTATE_F_SEEN),
	}, 0 },
	{ {
		.states = TCPSTATE_ESTABLISHED | TCPSTATE_ESTABLISHED << 4,
		.flags = BOTH(TCPSTATE_F_SEEN) | BOTH(TCPSTATE_F_ACK),
		/* The data of one end was acknowledged. */
		.end = { { .data_segs = 1, .ack = 1 }, { .ack = 100 } },
	}, SILENT_MS },
	{ {
		.states = TCPSTATE_FIN_WAIT_2 | TCPSTATE_CLOSE_WAIT << 4,
		.flags = BOTH(TCPSTATE_F_SEEN) | BOTH(TCPSTATE_F_ACK),
		USED,
	}, TCPSTATE_RANK_IDLE_MS },
};

#endif
