/* SPDX-License-Identifier: GPL-2.0-only */
/* Zones: a namespace and, where addresses belong to one, an interface as one number. */
#ifndef TCPSTATE_ZONE_H
#define TCPSTATE_ZONE_H

#include <linux/types.h>

#include "flow.h"
#include "net.h"

/* How many numbers there are for the interfaces of a namespace; 0 stands for no interface */
#define TCPSTATE_ZONE_INTERFACES	4096

int tcpstate_zone_net_init(struct tcpstate_net *tn);
void tcpstate_zone_net_pre_exit(struct tcpstate_net *tn);
void tcpstate_zone_net_exit(struct tcpstate_net *tn, bool records);
void tcpstate_zone_begin_pass(void);
void tcpstate_zone_end_pass(void);
void tcpstate_zone_exit(void);

int tcpstate_zone_get(struct tcpstate_net *tn, int ifindex, u32 *zone);
bool tcpstate_zone_find(struct tcpstate_net *tn, int ifindex, u32 *zone);
int tcpstate_zone_find_ifindex(u32 zone);
unsigned int tcpstate_zone_interface(const struct tcpstate_flow *flow);
bool tcpstate_zone_is_scarce(const struct tcpstate_net *tn);
void tcpstate_zone_hide(struct tcpstate_net *tn, const unsigned long *used,
			unsigned long *hidden);
void tcpstate_zone_free_hidden(struct tcpstate_net *tn, const unsigned long *used,
			       const unsigned long *hidden);
bool tcpstate_zone_is_of(const struct tcpstate_net *tn,
			 const struct tcpstate_flow *flow);
struct tcpstate_net *tcpstate_zone_find_net(const struct tcpstate_flow *flow);
struct tcpstate_owner *tcpstate_zone_find_owner(const struct tcpstate_flow *flow);

#endif
