/* SPDX-License-Identifier: GPL-2.0-only */
/* Timeouts by class, and the deadlines that follow from them. */
#ifndef TCPSTATE_EXPIRY_H
#define TCPSTATE_EXPIRY_H

#include <linux/types.h>

#include "net.h"

/* Bounds of a timeout. At the upper one the clock of 32 bits is half way round. */
#define TCPSTATE_TIMEOUT_MIN_MS	100
#define TCPSTATE_TIMEOUT_MAX_MS	2147483647

u32 tcpstate_expiry_rest_ms(u32 since_ms, u32 length_ms, u32 now_ms);
u32 tcpstate_expiry_idle_ms(const struct tcpstate_conn *conn, u32 now_ms);
u32 tcpstate_expiry_left_ms(const struct tcpstate_net *tn,
			    const struct tcpstate_conn *conn, u32 now_ms);
bool tcpstate_expiry_is_due(const struct tcpstate_net *tn, const struct tcpstate_conn *conn,
			    enum tcpstate_timer class, u32 now_ms);
bool tcpstate_expiry_is_far(const struct tcpstate_net *tn, enum tcpstate_timer class);
u32 tcpstate_expiry_mark(const struct tcpstate_net *tn, const struct tcpstate_conn *conn,
			 enum tcpstate_timer class, u32 now_ms, u8 *others);
void tcpstate_expiry_net_init(struct tcpstate_net *tn);

#endif
