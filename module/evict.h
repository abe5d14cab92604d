/* SPDX-License-Identifier: GPL-2.0-only */
/* Make room for a new record, if need be at the cost of another one. */
#ifndef TCPSTATE_EVICT_H
#define TCPSTATE_EVICT_H

#include <linux/types.h>

struct tcpstate_flow;
struct tcpstate_net;
struct tcpstate_place;

struct tcpstate_flow *tcpstate_evict_alloc(struct tcpstate_net *tn, bool ipv6,
					   const struct tcpstate_place *place, bool opening);
bool tcpstate_evict_crowded(struct tcpstate_net *tn, const struct tcpstate_place *place);

#endif
