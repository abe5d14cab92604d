// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	spec/tcpstate.yaml */
/* YNL-GEN kernel source */
/* To regenerate run: make generate */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/tcpstate.h>

/* Sparse enums validation callbacks */
static int
tcpstate_a_filter_family_validate(const struct nlattr *attr,
				  struct netlink_ext_ack *extack)
{
	switch (nla_get_u8(attr)) {
	case TCPSTATE_FAMILY_IPV4:
		fallthrough;
	case TCPSTATE_FAMILY_IPV6:
		return 0;
	}
	NL_SET_ERR_MSG_ATTR(extack, attr, "invalid enum value");
	return -EINVAL;
}

/* Common nested types */
const struct nla_policy tcpstate_expression_nl_policy[TCPSTATE_A_EXPRESSION_TERM + 1] = {
	[TCPSTATE_A_EXPRESSION_TERM] = NLA_POLICY_NESTED(tcpstate_term_nl_policy),
};

const struct nla_policy tcpstate_filter_nl_policy[TCPSTATE_A_FILTER_UID + 1] = {
	[TCPSTATE_A_FILTER_FAMILY] = NLA_POLICY_VALIDATE_FN(NLA_U8, &tcpstate_a_filter_family_validate),
	[TCPSTATE_A_FILTER_INITIATOR] = NLA_POLICY_NESTED(tcpstate_match_nl_policy),
	[TCPSTATE_A_FILTER_RESPONDER] = NLA_POLICY_NESTED(tcpstate_match_nl_policy),
	[TCPSTATE_A_FILTER_EITHER] = NLA_POLICY_NESTED(tcpstate_match_nl_policy),
	[TCPSTATE_A_FILTER_INITIATOR_STATES] = NLA_POLICY_MASK(NLA_U32, 0xffe),
	[TCPSTATE_A_FILTER_RESPONDER_STATES] = NLA_POLICY_MASK(NLA_U32, 0xffe),
	[TCPSTATE_A_FILTER_STATES] = NLA_POLICY_MASK(NLA_U32, 0xffe),
	[TCPSTATE_A_FILTER_PHASES] = NLA_POLICY_MASK(NLA_U32, 0xf),
	[TCPSTATE_A_FILTER_VERDICTS] = NLA_POLICY_MASK(NLA_U32, 0xfff),
	[TCPSTATE_A_FILTER_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x1ff),
	[TCPSTATE_A_FILTER_MIN_AGE_MS] = { .type = NLA_U64, },
	[TCPSTATE_A_FILTER_MAX_AGE_MS] = { .type = NLA_U64, },
	[TCPSTATE_A_FILTER_MIN_IDLE_MS] = { .type = NLA_U64, },
	[TCPSTATE_A_FILTER_MIN_IN_STATE_MS] = { .type = NLA_U64, },
	[TCPSTATE_A_FILTER_MIN_SYN_US] = { .type = NLA_U32, },
	[TCPSTATE_A_FILTER_MIN_ACK_US] = { .type = NLA_U32, },
	[TCPSTATE_A_FILTER_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[TCPSTATE_A_FILTER_MIN_RETRANSMITS] = { .type = NLA_U32, },
	[TCPSTATE_A_FILTER_UID] = { .type = NLA_U32, },
};

const struct nla_policy tcpstate_match_nl_policy[TCPSTATE_A_MATCH_PORT_MAX + 1] = {
	[TCPSTATE_A_MATCH_ADDRESS] = { .type = NLA_BINARY, },
	[TCPSTATE_A_MATCH_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[TCPSTATE_A_MATCH_PORT_MIN] = { .type = NLA_U16, },
	[TCPSTATE_A_MATCH_PORT_MAX] = { .type = NLA_U16, },
};

const struct nla_policy tcpstate_term_nl_policy[TCPSTATE_A_TERM_FILTER + 1] = {
	[TCPSTATE_A_TERM_OP] = NLA_POLICY_MAX(NLA_U8, 3),
	[TCPSTATE_A_TERM_FILTER] = NLA_POLICY_NESTED(tcpstate_filter_nl_policy),
};

const struct nla_policy tcpstate_tuple_nl_policy[TCPSTATE_A_TUPLE_IFINDEX + 1] = {
	[TCPSTATE_A_TUPLE_SOURCE] = { .type = NLA_BINARY, },
	[TCPSTATE_A_TUPLE_SOURCE_PORT] = { .type = NLA_U16, },
	[TCPSTATE_A_TUPLE_DESTINATION] = { .type = NLA_BINARY, },
	[TCPSTATE_A_TUPLE_DESTINATION_PORT] = { .type = NLA_U16, },
	[TCPSTATE_A_TUPLE_IFINDEX] = { .type = NLA_U32, },
};

/* TCPSTATE_CMD_FLOW_GET - do */
const struct nla_policy tcpstate_flow_get_nl_policy[TCPSTATE_A_FLOW_TUPLE + 1] = {
	[TCPSTATE_A_FLOW_ID] = { .type = NLA_U64, },
	[TCPSTATE_A_FLOW_TUPLE] = NLA_POLICY_NESTED(tcpstate_tuple_nl_policy),
};

/* TCPSTATE_CMD_FLOW_LIST - do */
const struct nla_policy tcpstate_flow_list_nl_policy[TCPSTATE_A_FLOW_EXPRESSION + 1] = {
	[TCPSTATE_A_FLOW_FILTER] = NLA_POLICY_NESTED(tcpstate_filter_nl_policy),
	[TCPSTATE_A_FLOW_EXPRESSION] = NLA_POLICY_NESTED(tcpstate_expression_nl_policy),
};

/* TCPSTATE_CMD_STATS_GET - do */
const struct nla_policy tcpstate_stats_get_nl_policy[TCPSTATE_A_STATS_COUNTERS_ONLY + 1] = {
	[TCPSTATE_A_STATS_COUNTERS_ONLY] = { .type = NLA_FLAG, },
};

/* TCPSTATE_CMD_FLUSH - do */
const struct nla_policy tcpstate_flush_nl_policy[TCPSTATE_A_FLOW_EXPRESSION + 1] = {
	[TCPSTATE_A_FLOW_FILTER] = NLA_POLICY_NESTED(tcpstate_filter_nl_policy),
	[TCPSTATE_A_FLOW_EXPRESSION] = NLA_POLICY_NESTED(tcpstate_expression_nl_policy),
};

/* Ops table for tcpstate */
const struct genl_ops tcpstate_nl_ops[4] = {
	{
		.cmd		= TCPSTATE_CMD_FLOW_GET,
		.doit		= tcpstate_nl_flow_get_doit,
		.policy		= tcpstate_flow_get_nl_policy,
		.maxattr	= TCPSTATE_A_FLOW_TUPLE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= TCPSTATE_CMD_FLOW_LIST,
		.doit		= tcpstate_nl_flow_list_doit,
		.dumpit		= tcpstate_nl_flow_list_dumpit,
		.policy		= tcpstate_flow_list_nl_policy,
		.maxattr	= TCPSTATE_A_FLOW_EXPRESSION,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= TCPSTATE_CMD_STATS_GET,
		.doit		= tcpstate_nl_stats_get_doit,
		.policy		= tcpstate_stats_get_nl_policy,
		.maxattr	= TCPSTATE_A_STATS_COUNTERS_ONLY,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= TCPSTATE_CMD_FLUSH,
		.doit		= tcpstate_nl_flush_doit,
		.policy		= tcpstate_flush_nl_policy,
		.maxattr	= TCPSTATE_A_FLOW_EXPRESSION,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
};
