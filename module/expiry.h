/* SPDX-License-Identifier: GPL-2.0-only */
/* Deadlines by timeout class, and the collector that ends records that are due. */
#ifndef TCPSTATE_EXPIRY_H
#define TCPSTATE_EXPIRY_H

#include <linux/types.h>

#include "table.h"

/* Bounds of a timeout. At the upper one the clock of 32 bits is half way round. */
#define TCPSTATE_TIMEOUT_MIN_MS	100
#define TCPSTATE_TIMEOUT_MAX_MS	2147483647

int tcpstate_expiry_init(void);
void tcpstate_expiry_exit(void);

u32 tcpstate_expiry_left_ms(const struct tcpstate_net *tn,
			    const struct tcpstate_conn *conn, u32 now_ms);
void tcpstate_expiry_arm(struct tcpstate_net *tn, enum tcpstate_timer class);
void tcpstate_expiry_shortened(struct tcpstate_net *tn, enum tcpstate_timer class);
void tcpstate_expiry_reclaim(struct tcpstate_net *tn);
void tcpstate_expiry_net_init(struct tcpstate_net *tn);
void tcpstate_expiry_net_exit(struct tcpstate_net *tn);

#endif
