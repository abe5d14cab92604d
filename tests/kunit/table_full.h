/* SPDX-License-Identifier: GPL-2.0-only */
/* How to fill a table, so that new records need room. */
#ifndef TABLE_FULL_H
#define TABLE_FULL_H

#include "table_fixture.h"

/* Adds records up to the first that is refused; returns how many there was room for. */
static inline unsigned int fill(struct tcpstate_net *tn, const struct tcpstate_conn *conn,
				u32 age_ms, u32 first, unsigned int limit)
{
	unsigned int n;

	for (n = 0; n < limit; n++) {
		struct tcpstate_key key = key_of(tn, first + n, false);

		if (!add_aged(tn, &key, conn, age_ms))
			break;
	}
	return n;
}

static inline unsigned int fill_in_use(struct tcpstate_net *tn, u32 first, unsigned int limit)
{
	return fill(tn, &in_class[TCPSTATE_TIMER_ESTABLISHED], 0, first, limit);
}

static inline unsigned int fill_handshakes(struct tcpstate_net *tn, u32 first, unsigned int limit)
{
	return fill(tn, &in_class[TCPSTATE_TIMER_HANDSHAKE], SILENT_MS, first, limit);
}

static inline u64 evicted(const struct tcpstate_net *tn)
{
	return stat_of(tn, TCPSTATE_A_COUNTER_EVICTED);
}

#endif
