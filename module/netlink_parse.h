/* SPDX-License-Identifier: GPL-2.0-only */
/* Read filters, expressions and tuples from netlink attributes. */
#ifndef TCPSTATE_NETLINK_PARSE_H
#define TCPSTATE_NETLINK_PARSE_H

#include "expression.h"
#include "net.h"

struct netlink_ext_ack;
struct nlattr;

struct tcpstate_expression *
tcpstate_netlink_parse_expression(struct nlattr **attrs, struct user_namespace *user_ns,
				  struct netlink_ext_ack *extack);
int tcpstate_netlink_parse_tuple(struct tcpstate_net *tn, struct nlattr *nest,
				 struct tcpstate_key *key,
				 struct netlink_ext_ack *extack);

#endif
