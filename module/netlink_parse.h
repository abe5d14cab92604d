/* SPDX-License-Identifier: GPL-2.0-only */
/* Read filters and tuples from netlink attributes. */
#ifndef TCPSTATE_NETLINK_PARSE_H
#define TCPSTATE_NETLINK_PARSE_H

#include "filter.h"
#include "net.h"

struct netlink_ext_ack;
struct nlattr;

int tcpstate_netlink_parse_filter(struct nlattr *nest, struct tcpstate_filter *filter,
				  struct netlink_ext_ack *extack);
int tcpstate_netlink_parse_tuple(struct tcpstate_net *tn, struct nlattr *nest,
				 struct tcpstate_key *key,
				 struct netlink_ext_ack *extack);

#endif
