/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	spec/tcpstate.yaml */
/* YNL-GEN kernel header */
/* To regenerate run: make generate */

#ifndef _LINUX_TCPSTATE_GEN_H
#define _LINUX_TCPSTATE_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/tcpstate.h>

/* Common nested types */
extern const struct nla_policy tcpstate_expression_nl_policy[TCPSTATE_A_EXPRESSION_TERM + 1];
extern const struct nla_policy tcpstate_filter_nl_policy[TCPSTATE_A_FILTER_UID + 1];
extern const struct nla_policy tcpstate_match_nl_policy[TCPSTATE_A_MATCH_PORT_MAX + 1];
extern const struct nla_policy tcpstate_term_nl_policy[TCPSTATE_A_TERM_FILTER + 1];
extern const struct nla_policy tcpstate_tuple_nl_policy[TCPSTATE_A_TUPLE_IFINDEX + 1];

extern const struct nla_policy tcpstate_flow_get_nl_policy[TCPSTATE_A_FLOW_TUPLE + 1];

extern const struct nla_policy tcpstate_flow_list_nl_policy[TCPSTATE_A_FLOW_EXPRESSION + 1];

extern const struct nla_policy tcpstate_stats_get_nl_policy[TCPSTATE_A_STATS_COUNTERS_ONLY + 1];

extern const struct nla_policy tcpstate_flush_nl_policy[TCPSTATE_A_FLOW_EXPRESSION + 1];

/* Ops table for tcpstate */
extern const struct genl_ops tcpstate_nl_ops[4];

int tcpstate_nl_flow_get_doit(struct sk_buff *skb, struct genl_info *info);
int tcpstate_nl_flow_list_doit(struct sk_buff *skb, struct genl_info *info);
int tcpstate_nl_flow_list_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int tcpstate_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int tcpstate_nl_flush_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	TCPSTATE_NLGRP_EVENTS,
};

#endif /* _LINUX_TCPSTATE_GEN_H */
