/* SPDX-License-Identifier: GPL-2.0-only */
/* Zones: a namespace and, where addresses belong to one, an interface as one number. */
#ifndef TCPSTATE_ZONE_H
#define TCPSTATE_ZONE_H

#include <linux/types.h>

#include "flow.h"
#include "net.h"

int tcpstate_zone_net_init(struct tcpstate_net *tn);
void tcpstate_zone_net_pre_exit(struct tcpstate_net *tn);
void tcpstate_zone_net_exit(struct tcpstate_net *tn);
void tcpstate_zone_exit(void);

int tcpstate_zone_get(struct tcpstate_net *tn, int ifindex, u32 *zone);
bool tcpstate_zone_find(struct tcpstate_net *tn, int ifindex, u32 *zone);
int tcpstate_zone_find_ifindex(u32 zone);
bool tcpstate_zone_is_of(const struct tcpstate_net *tn,
			 const struct tcpstate_flow *flow);
struct tcpstate_net *tcpstate_zone_find_net(const struct tcpstate_flow *flow);
struct tcpstate_net *tcpstate_zone_find_net_after(unsigned long *number);
unsigned int tcpstate_zone_records(void);

#endif
