// SPDX-License-Identifier: GPL-2.0-only
/*
 * Read filters, expressions and tuples from netlink attributes, which were checked against their
 * policies before. Refuse what contradicts itself, with a message and the attribute.
 */
#include "netlink_parse.h"

#include <linux/err.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "netlink_gen.h"
#include "zone.h"

/* Bits of an IPv4-mapped address in front of the IPv4 address. */
#define MAPPED_BITS	96

static int parse_address(const struct nlattr *attr, union tcpstate_addr *addr,
			 u8 *family, struct netlink_ext_ack *extack)
{
	if (nla_len(attr) != sizeof(addr->ip) && nla_len(attr) != sizeof(addr->ip6)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "address: expected 4 bytes (IPv4) or 16 (IPv6)");
		return -EINVAL;
	}
	memset(addr, 0, sizeof(*addr));
	nla_memcpy(addr, attr, nla_len(attr));
	*family = nla_len(attr) == sizeof(addr->ip) ? TCPSTATE_FAMILY_IPV4 :
						      TCPSTATE_FAMILY_IPV6;
	return 0;
}

/*
 * A dual-stack socket shows IPv4 addresses as ::ffff:0:0/96 (RFC 4291, 2.5.5.2). The packets
 * carry the IPv4 address, so a request for a mapped address means that one.
 */
static bool unmap(union tcpstate_addr *addr, u8 *family)
{
	__be32 ip = addr->ip6[3];

	if (*family != TCPSTATE_FAMILY_IPV6 ||
	    !ipv6_addr_v4mapped((const struct in6_addr *)addr->ip6))
		return false;
	memset(addr, 0, sizeof(*addr));
	addr->ip = ip;
	*family = TCPSTATE_FAMILY_IPV4;
	return true;
}

static int parse_prefix(struct nlattr **tb, struct tcpstate_match *match,
			struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = tb[TCPSTATE_A_MATCH_ADDRESS];
	const struct nlattr *len = tb[TCPSTATE_A_MATCH_PREFIX_LEN];
	int err;

	if (!attr) {
		if (!len)
			return 0;
		NL_SET_ERR_MSG_ATTR(extack, len, "prefix-len: needs an address as well");
		return -EINVAL;
	}
	err = parse_address(attr, &match->addr, &match->family, extack);
	if (err)
		return err;
	match->prefix_len = len ? nla_get_u8(len) : 8 * nla_len(attr);
	if (match->prefix_len > 8 * nla_len(attr)) {
		NL_SET_ERR_MSG_ATTR(extack, len,
				    "prefix-len: expected no more than the address has");
		return -EINVAL;
	}
	/* A shorter prefix covers other IPv6 addresses as well, and so means IPv6 alone. */
	if (match->prefix_len >= MAPPED_BITS && unmap(&match->addr, &match->family))
		match->prefix_len -= MAPPED_BITS;
	return 0;
}

static int parse_match(struct nlattr *nest, struct tcpstate_match *match,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[TCPSTATE_A_MATCH_MAX + 1];
	const struct nlattr *min, *max;
	int err;

	if (!nest)
		return 0;
	err = nla_parse_nested(tb, TCPSTATE_A_MATCH_MAX, nest,
			       tcpstate_match_nl_policy, extack);
	if (err)
		return err;
	err = parse_prefix(tb, match, extack);
	if (err)
		return err;

	min = tb[TCPSTATE_A_MATCH_PORT_MIN];
	max = tb[TCPSTATE_A_MATCH_PORT_MAX];
	if (max && !min) {
		NL_SET_ERR_MSG_ATTR(extack, max, "port-max: needs port-min as well");
		return -EINVAL;
	}
	if (!min)
		return 0;
	match->port_min = nla_get_u16(min);
	match->port_max = nla_get_u16(max ?: min);
	if (match->port_max < match->port_min) {
		NL_SET_ERR_MSG_ATTR(extack, max, "port-max: expected no less than port-min");
		return -EINVAL;
	}
	return 0;
}

/* Refuse addresses of two families, or of another family than @filter, which never match. */
static int check_families(struct nlattr **tb, const struct tcpstate_filter *filter,
			  struct netlink_ext_ack *extack)
{
	const struct {
		const struct nlattr *attr;
		u8 family;
	} matches[] = {
		{ tb[TCPSTATE_A_FILTER_INITIATOR], filter->end[0].family },
		{ tb[TCPSTATE_A_FILTER_RESPONDER], filter->end[1].family },
		{ tb[TCPSTATE_A_FILTER_EITHER], filter->either.family },
	};
	u8 family = filter->family;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(matches); i++) {
		if (!matches[i].family)
			continue;
		if (family && family != matches[i].family) {
			NL_SET_ERR_MSG_ATTR(extack, matches[i].attr,
					    "address: expected one of the filter's family");
			return -EINVAL;
		}
		family = matches[i].family;
	}
	return 0;
}

static int parse_mask(const struct nlattr *attr, u32 *mask,
		      struct netlink_ext_ack *extack)
{
	if (!attr)
		return 0;
	*mask = nla_get_u32(attr);
	if (*mask)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "mask: at least one bit must be set");
	return -EINVAL;
}

static int parse_masks(struct nlattr **tb, struct tcpstate_filter *filter,
		       struct netlink_ext_ack *extack)
{
	const struct {
		int attr;
		u32 *mask;
	} masks[] = {
		{ TCPSTATE_A_FILTER_INITIATOR_STATES, &filter->states[0] },
		{ TCPSTATE_A_FILTER_RESPONDER_STATES, &filter->states[1] },
		{ TCPSTATE_A_FILTER_STATES, &filter->either_states },
		{ TCPSTATE_A_FILTER_PHASES, &filter->phases },
		{ TCPSTATE_A_FILTER_VERDICTS, &filter->verdicts },
		{ TCPSTATE_A_FILTER_FLAGS, &filter->flags },
	};
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < ARRAY_SIZE(masks); i++)
		err = parse_mask(tb[masks[i].attr], masks[i].mask, extack);
	return err;
}

static u64 get_ns(const struct nlattr *attr)
{
	return min_t(u64, nla_get_u64(attr), U64_MAX / NSEC_PER_MSEC) * NSEC_PER_MSEC;
}

/* A time of the handshake that is known is not 0. */
static u32 get_known_us(const struct nlattr *attr)
{
	return max_t(u32, nla_get_u32(attr), 1);
}

static int parse_times(struct nlattr **tb, struct tcpstate_filter *filter,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *min = tb[TCPSTATE_A_FILTER_MIN_AGE_MS];
	const struct nlattr *max = tb[TCPSTATE_A_FILTER_MAX_AGE_MS];

	if (min)
		filter->min_age_ns = get_ns(min);
	if (max)
		filter->max_age_ns = get_ns(max);
	if (tb[TCPSTATE_A_FILTER_MIN_IDLE_MS])
		filter->min_idle_ms = nla_get_u64(tb[TCPSTATE_A_FILTER_MIN_IDLE_MS]);
	if (tb[TCPSTATE_A_FILTER_MIN_IN_STATE_MS])
		filter->min_in_state_ms = nla_get_u64(tb[TCPSTATE_A_FILTER_MIN_IN_STATE_MS]);
	if (tb[TCPSTATE_A_FILTER_MIN_SYN_US])
		filter->min_syn_us = get_known_us(tb[TCPSTATE_A_FILTER_MIN_SYN_US]);
	if (tb[TCPSTATE_A_FILTER_MIN_ACK_US])
		filter->min_ack_us = get_known_us(tb[TCPSTATE_A_FILTER_MIN_ACK_US]);
	if (filter->min_age_ns <= filter->max_age_ns)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, max, "max-age-ms: expected no less than min-age-ms");
	return -EINVAL;
}

/* Read a filter; without @nest, one that every connection passes. */
static int parse_filter(struct nlattr *nest, struct user_namespace *user_ns,
			struct tcpstate_filter *filter, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[TCPSTATE_A_FILTER_MAX + 1];
	int err;

	tcpstate_filter_init(filter);
	if (!nest)
		return 0;
	err = nla_parse_nested(tb, TCPSTATE_A_FILTER_MAX, nest,
			       tcpstate_filter_nl_policy, extack);
	if (err)
		return err;
	if (tb[TCPSTATE_A_FILTER_FAMILY])
		filter->family = nla_get_u8(tb[TCPSTATE_A_FILTER_FAMILY]);
	if (tb[TCPSTATE_A_FILTER_IFINDEX])
		filter->ifindex = nla_get_u32(tb[TCPSTATE_A_FILTER_IFINDEX]);
	if (tb[TCPSTATE_A_FILTER_MIN_RETRANSMITS])
		filter->min_retransmits = nla_get_u32(tb[TCPSTATE_A_FILTER_MIN_RETRANSMITS]);
	if (tb[TCPSTATE_A_FILTER_UID]) {
		filter->uid = nla_get_u32(tb[TCPSTATE_A_FILTER_UID]);
		filter->user_ns = user_ns;
	}
	err = parse_match(tb[TCPSTATE_A_FILTER_INITIATOR], &filter->end[0], extack) ?:
	      parse_match(tb[TCPSTATE_A_FILTER_RESPONDER], &filter->end[1], extack) ?:
	      parse_match(tb[TCPSTATE_A_FILTER_EITHER], &filter->either, extack) ?:
	      check_families(tb, filter, extack) ?:
	      parse_masks(tb, filter, extack) ?:
	      parse_times(tb, filter, extack);
	return err;
}

static int parse_term(struct nlattr *nest, struct user_namespace *user_ns,
		      struct tcpstate_term *term, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[TCPSTATE_A_TERM_MAX + 1], *filter;
	int err;

	err = nla_parse_nested(tb, TCPSTATE_A_TERM_MAX, nest, tcpstate_term_nl_policy, extack);
	if (err)
		return err;
	filter = tb[TCPSTATE_A_TERM_FILTER];
	if (!tb[TCPSTATE_A_TERM_OP]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "term: needs an op");
		return -EINVAL;
	}
	term->op = nla_get_u8(tb[TCPSTATE_A_TERM_OP]);
	if (term->op == TCPSTATE_OPERATOR_MATCH && !filter) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "term: match needs a filter as well");
		return -EINVAL;
	}
	if (term->op != TCPSTATE_OPERATOR_MATCH && filter) {
		NL_SET_ERR_MSG_ATTR(extack, filter, "filter: expected with match alone");
		return -EINVAL;
	}
	return parse_filter(filter, user_ns, &term->filter, extack);
}

/* Read the terms into @expression, which has room for all of them. */
static int parse_terms(struct nlattr *nest, struct user_namespace *user_ns,
		       struct tcpstate_expression *expression, struct netlink_ext_ack *extack)
{
	struct nlattr *attr;
	int depth = 0, rem, err;

	expression->n = 0;
	nla_for_each_nested(attr, nest, rem) {
		struct tcpstate_term *term = &expression->term[expression->n++];

		err = parse_term(attr, user_ns, term, extack);
		if (err)
			return err;
		depth = tcpstate_expression_depth(depth, term->op);
		if (depth < 0) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "term: takes more results than are left before it");
			return -EINVAL;
		}
	}
	if (depth == 1)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, nest, "expression: expected terms that leave one result");
	return -EINVAL;
}

/* Count the terms, whose types and lengths the policy has checked. */
static int count_terms(struct nlattr *nest, struct netlink_ext_ack *extack)
{
	struct nlattr *attr;
	int n = 0, rem;

	nla_for_each_nested(attr, nest, rem) {
		if (n++ < TCPSTATE_EXPRESSION_TERMS)
			continue;
		NL_SET_ERR_MSG_ATTR(extack, attr, "expression: expected 64 terms at most");
		return -EINVAL;
	}
	return n;
}

/**
 * tcpstate_netlink_parse_expression() - read which connections a request asks for
 * @attrs: the attributes of the request
 * @user_ns: the user namespace of whoever sent it, which he keeps as long as the expression lives
 * @extack: set to the attribute that is wrong, and what was expected
 *
 * A filter becomes an expression of one term. Without a filter and an expression, the request
 * asks for every connection.
 *
 * Context: process; may sleep.
 * Return: the expression, for kfree(), or an ERR_PTR() of -EINVAL or -ENOMEM.
 */
struct tcpstate_expression *
tcpstate_netlink_parse_expression(struct nlattr **attrs, struct user_namespace *user_ns,
				  struct netlink_ext_ack *extack)
{
	struct nlattr *filter = attrs[TCPSTATE_A_FLOW_FILTER];
	struct nlattr *nest = attrs[TCPSTATE_A_FLOW_EXPRESSION];
	struct tcpstate_expression *expression;
	int n = 1, err;

	BUILD_BUG_ON(TCPSTATE_EXPRESSION_TERMS != 64);
	if (filter && nest) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "expected either filter or expression");
		return ERR_PTR(-EINVAL);
	}
	if (nest) {
		n = count_terms(nest, extack);
		if (n < 0)
			return ERR_PTR(n);
	}
	expression = kzalloc(struct_size(expression, term, n), GFP_KERNEL_ACCOUNT);
	if (!expression)
		return ERR_PTR(-ENOMEM);
	expression->n = n;
	err = nest ? parse_terms(nest, user_ns, expression, extack) :
		     parse_filter(filter, user_ns, &expression->term[0].filter, extack);
	if (!err)
		return expression;
	kfree(expression);
	return ERR_PTR(err);
}

/**
 * tcpstate_netlink_parse_tuple() - read the key of a connection
 * @tn: its namespace
 * @nest: its attribute
 * @key: filled, source first
 * @extack: set to the attribute that is wrong, and what was expected
 *
 * Context: process.
 * Return: 0; -EINVAL; -ENOENT if the interface has no connections of its own.
 */
int tcpstate_netlink_parse_tuple(struct tcpstate_net *tn, struct nlattr *nest,
				 struct tcpstate_key *key,
				 struct netlink_ext_ack *extack)
{
	struct nlattr *tb[TCPSTATE_A_TUPLE_MAX + 1];
	const struct nlattr *addr[2], *port[2];
	int ifindex = 0;
	u8 family[2];
	int err;

	err = nla_parse_nested(tb, TCPSTATE_A_TUPLE_MAX, nest,
			       tcpstate_tuple_nl_policy, extack);
	if (err)
		return err;
	addr[0] = tb[TCPSTATE_A_TUPLE_SOURCE];
	addr[1] = tb[TCPSTATE_A_TUPLE_DESTINATION];
	port[0] = tb[TCPSTATE_A_TUPLE_SOURCE_PORT];
	port[1] = tb[TCPSTATE_A_TUPLE_DESTINATION_PORT];
	if (!addr[0] || !addr[1] || !port[0] || !port[1]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "tuple: expected two addresses and two ports");
		return -EINVAL;
	}
	err = parse_address(addr[0], &key->addr[0], &family[0], extack) ?:
	      parse_address(addr[1], &key->addr[1], &family[1], extack);
	if (err)
		return err;
	unmap(&key->addr[0], &family[0]);
	unmap(&key->addr[1], &family[1]);
	if (family[0] != family[1]) {
		NL_SET_ERR_MSG_ATTR(extack, addr[1],
				    "destination: expected one of the source's family");
		return -EINVAL;
	}
	key->port[0] = htons(nla_get_u16(port[0]));
	key->port[1] = htons(nla_get_u16(port[1]));
	if (tb[TCPSTATE_A_TUPLE_IFINDEX])
		ifindex = nla_get_u32(tb[TCPSTATE_A_TUPLE_IFINDEX]);
	if (!tcpstate_zone_find(tn, ifindex, &key->zone)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[TCPSTATE_A_TUPLE_IFINDEX],
				    "ifindex: no connection belongs to that interface");
		return -ENOENT;
	}
	if (family[0] == TCPSTATE_FAMILY_IPV6)
		key->zone |= TCPSTATE_ZONE_IPV6;
	return 0;
}
