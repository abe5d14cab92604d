/* SPDX-License-Identifier: GPL-2.0-only */
/* Room for a new record, at the cost of another one if need be. */
#ifndef TCPSTATE_EVICT_H
#define TCPSTATE_EVICT_H

#include <linux/types.h>

struct tcpstate_flow;
struct tcpstate_net;

struct tcpstate_flow *tcpstate_evict_alloc(struct tcpstate_net *tn, bool ipv6);

#endif
