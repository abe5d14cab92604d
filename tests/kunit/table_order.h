/* SPDX-License-Identifier: GPL-2.0-only */
/* Which record is evicted before which. */
#ifndef TABLE_ORDER_H
#define TABLE_ORDER_H

#include "table_fixture.h"

/* Classes in the order in which they are evicted; the last two never are. */
static const enum tcpstate_timer eviction_order[] = {
	TCPSTATE_TIMER_HANDSHAKE, TCPSTATE_TIMER_UNSURE, TCPSTATE_TIMER_CLOSED,
	TCPSTATE_TIMER_TIME_WAIT, TCPSTATE_TIMER_CLOSING,
	TCPSTATE_TIMER_ESTABLISHED, TCPSTATE_TIMER_HALF_CLOSED,
};

#endif
