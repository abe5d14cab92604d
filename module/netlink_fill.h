/* SPDX-License-Identifier: GPL-2.0-only */
/* Put connections, events and totals into netlink attributes. */
#ifndef TCPSTATE_NETLINK_FILL_H
#define TCPSTATE_NETLINK_FILL_H

#include "flow.h"
#include "net.h"

struct sk_buff;
struct tcpstate_report;
struct tcpstate_tally;
struct user_namespace;

int tcpstate_netlink_fill_flow(struct sk_buff *skb, const struct tcpstate_net *tn,
			       const struct tcpstate_flow *flow,
			       struct user_namespace *user_ns);
int tcpstate_netlink_fill_report(struct sk_buff *skb, const struct tcpstate_net *tn,
				 const struct tcpstate_report *report);
int tcpstate_netlink_fill_stats(struct sk_buff *skb, const struct tcpstate_net *tn,
				const struct tcpstate_tally *tally);

#endif
