// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family: its operations, and the sender of events. Reads the
 * table record by record, and holds no lock while it makes a message. The spec of its
 * operations is spec/tcpstate.yaml.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "netlink.h"

#include <linux/err.h>
#include <linux/nsproxy.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/sock.h>

#include "clock.h"
#include "compat.h"
#include "netlink_fill.h"
#include "netlink_gen.h"
#include "netlink_parse.h"
#include "report.h"
#include "stats.h"
#include "walk.h"

/* Collect events up to this size: a system call for each would cost the listener too much. */
#define BATCH_BYTES	SZ_16K

/*
 * The size for a single event. The one that ends an IPv6 record has all of its attributes, and 36
 * bytes for each of TCPSTATE_TRANSITIONS_MAX transitions at most: some more than 1 KB. The kernel
 * would copy it out of a much larger message into a smaller one.
 */
#define EVENT_BYTES	(SZ_1K + SZ_512)

/* Pairs of states, counters and histograms take 8 KB at most. */
#define STATS_BYTES	SZ_16K

/* A process must hit the instant in which the group has no owner. It seldom does so twice. */
#define REGISTER_TRIES	16

/* Not generated, because the generator drops flags of groups: listening needs CAP_NET_ADMIN. */
static const struct genl_multicast_group groups[] = {
	[TCPSTATE_NLGRP_EVENTS] = {
		.name = TCPSTATE_MCGRP_EVENTS,
		TCPSTATE_MCGRP_NET_ADMIN
	},
};

/*
 * A process joins the group. The kernel does not say in what namespace; nearly always it is that
 * of the process. In another one its first events are missing, UNHEARD_MS at most.
 */
static int __maybe_unused join(int group)
{
	tcpstate_report_heard(net_generic(current->nsproxy->net_ns, tcpstate_net_id));
	return 0;
}

/* No operation needs the lock that generic netlink has for all families. */
static struct genl_family family = {
	.name		= TCPSTATE_FAMILY_NAME,
	.version	= TCPSTATE_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= tcpstate_nl_ops,
	.n_ops		= ARRAY_SIZE(tcpstate_nl_ops),
	TCPSTATE_RESV_START_OP(TCPSTATE_CMD_FLOW_GET)
	TCPSTATE_GENL_BIND(join)
	.mcgrps		= groups,
	.n_mcgrps	= ARRAY_SIZE(groups),
};

static struct tcpstate_net *net_of(const struct sk_buff *skb)
{
	return net_generic(sock_net(skb->sk), tcpstate_net_id);
}

/* The namespace of a client that may have joined before it asks for the table */
static struct tcpstate_net *asked_net(const struct sk_buff *skb)
{
	struct tcpstate_net *tn = net_of(skb);

	tcpstate_report_heard(tn);
	return tn;
}

static struct sk_buff *reply_new(struct genl_info *info, size_t size, void **hdr)
{
	struct sk_buff *msg = genlmsg_new(size, GFP_KERNEL);

	if (!msg)
		return NULL;
	*hdr = genlmsg_put_reply(msg, info, &family, 0, info->genlhdr->cmd);
	return msg;
}

static int reply_send(struct sk_buff *msg, void *hdr, struct genl_info *info, int err)
{
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

static int reply_count(struct genl_info *info, u32 count)
{
	struct sk_buff *msg;
	void *hdr;

	msg = reply_new(info, NLMSG_DEFAULT_SIZE, &hdr);
	if (!msg)
		return -ENOMEM;
	return reply_send(msg, hdr, info,
			  nla_put_u32(msg, TCPSTATE_A_FLOW_COUNT, count));
}

/* The user namespace of whoever sent a request */
static struct user_namespace *reader(const struct sk_buff *request)
{
	return sk_user_ns(NETLINK_CB(request).sk);
}

/* Walk the table, since ids are for people, who ask for one at a time. */
static int get_by_id(struct tcpstate_net *tn, const struct nlattr *attr,
		     struct tcpstate_copy *copy, struct netlink_ext_ack *extack)
{
	struct tcpstate_cursor cursor = {};
	u64 id = nla_get_u64(attr);

	while (tcpstate_walk_next(tn, &cursor, copy))
		if (copy->flow.id == id)
			return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "id: there is no such connection");
	return -ENOENT;
}

static int get_by_tuple(struct tcpstate_net *tn, struct nlattr *attr,
			struct tcpstate_copy *copy, struct netlink_ext_ack *extack)
{
	struct tcpstate_place place;
	struct tcpstate_flow *flow;
	struct tcpstate_key key;
	int from, err;

	err = tcpstate_netlink_parse_tuple(tn, attr, &key, extack);
	if (err)
		return err;
	place = tcpstate_table_fetch(&key);
	tcpstate_bucket_lock_bh(place.bucket);
	flow = tcpstate_bucket_find(&place, &key, false, &from);
	if (flow)
		memcpy(copy->bytes, flow, tcpstate_flow_bytes(flow));
	tcpstate_bucket_unlock_bh(place.bucket);
	if (flow)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "tuple: there is no such connection");
	return -ENOENT;
}

/**
 * tcpstate_nl_flow_get_doit() - get a connection by its id or its tuple
 * @skb: the request
 * @info: its attributes
 *
 * Context: process.
 * Return: 0; -EINVAL, -ENOENT, -ENOMEM.
 */
int tcpstate_nl_flow_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *id = info->attrs[TCPSTATE_A_FLOW_ID];
	struct nlattr *tuple = info->attrs[TCPSTATE_A_FLOW_TUPLE];
	struct tcpstate_net *tn = asked_net(skb);
	struct tcpstate_copy copy;
	struct sk_buff *msg;
	void *hdr;
	int err;

	if (!id == !tuple) {
		NL_SET_ERR_MSG_ATTR(info->extack, tuple, "expected either id or tuple");
		return -EINVAL;
	}
	err = id ? get_by_id(tn, id, &copy, info->extack) :
		   get_by_tuple(tn, tuple, &copy, info->extack);
	if (err)
		return err;
	msg = reply_new(info, NLMSG_DEFAULT_SIZE, &hdr);
	if (!msg)
		return -ENOMEM;
	return reply_send(msg, hdr, info,
			  tcpstate_netlink_fill_flow(msg, tn, &copy.flow, reader(skb)));
}

/**
 * tcpstate_nl_flow_list_doit() - count the connections that a request asks for
 * @skb: the request
 * @info: its attributes
 *
 * Context: process.
 * Return: 0; -EINVAL, -ENOMEM.
 */
int tcpstate_nl_flow_list_doit(struct sk_buff *skb, struct genl_info *info)
{
	u64 now_ns = tcpstate_clock_now_ns();
	struct tcpstate_net *tn = asked_net(skb);
	struct tcpstate_expression *expression;
	struct tcpstate_cursor cursor = {};
	struct tcpstate_copy copy;
	u32 count = 0;

	expression = tcpstate_netlink_parse_expression(info->attrs, reader(skb), info->extack);
	if (IS_ERR(expression))
		return PTR_ERR(expression);
	while (tcpstate_walk_next(tn, &cursor, &copy))
		count += tcpstate_expression_match(expression, &copy.flow, now_ns);
	kfree(expression);
	return reply_count(info, count);
}

static int list_one(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct tcpstate_net *tn, const struct tcpstate_flow *flow)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				&family, NLM_F_MULTI, TCPSTATE_CMD_FLOW_LIST);

	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (tcpstate_netlink_fill_flow(skb, tn, flow, reader(cb->skb))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* The sequence is never 0, which would mean that nothing changes. */
static unsigned int dump_sequence(const struct tcpstate_net *tn)
{
	return (unsigned int)atomic_read(&tn->flushes) << 1 | 1;
}

/**
 * tcpstate_nl_flow_list_dumpit() - list the connections that a request asks for
 * @skb: the message to fill
 * @cb: the dump, which has the cursor
 *
 * Context: process.
 * Return: bytes in @skb, 0 at the end; -EINVAL, -EMSGSIZE, -ENOMEM.
 */
int tcpstate_nl_flow_list_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct tcpstate_cursor *cursor = (void *)cb->ctx;
	struct tcpstate_net *tn = asked_net(skb);
	struct tcpstate_expression *expression;
	struct tcpstate_copy copy;
	u64 now_ns;
	int err = 0;

	BUILD_BUG_ON(sizeof(*cursor) > sizeof(cb->ctx));
	expression = tcpstate_netlink_parse_expression(tcpstate_dump_attrs(cb), reader(cb->skb),
						       cb->extack);
	if (IS_ERR(expression))
		return PTR_ERR(expression);
	cb->seq = dump_sequence(tn);
	now_ns = tcpstate_clock_now_ns();
	while (tcpstate_walk_next(tn, cursor, &copy)) {
		if (!tcpstate_expression_match(expression, &copy.flow, now_ns))
			continue;
		err = list_one(skb, cb, tn, &copy.flow);
		if (err) {
			/* The next message begins with it. */
			cursor->id = copy.flow.id;
			break;
		}
	}
	kfree(expression);
	/* Show a flush that came meanwhile. */
	cb->seq = dump_sequence(tn);
	return skb->len ?: err;
}

/**
 * tcpstate_nl_stats_get_doit() - get the totals of a namespace
 * @skb: the request
 * @info: its attributes
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int tcpstate_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	bool counters_only = info->attrs[TCPSTATE_A_STATS_COUNTERS_ONLY];
	struct tcpstate_net *tn = asked_net(skb);
	struct tcpstate_tally tally = {};
	struct sk_buff *msg;
	void *hdr;

	if (!counters_only)
		tcpstate_walk_tally(tn, &tally);
	msg = reply_new(info, STATS_BYTES, &hdr);
	if (!msg)
		return -ENOMEM;
	return reply_send(msg, hdr, info,
			  tcpstate_netlink_fill_stats(msg, tn, counters_only ?
						      NULL : &tally));
}

/** struct flush - what a flush ends */
struct flush {
	/** @expression: which records it ends */
	const struct tcpstate_expression *expression;
	/** @now_ns: when it began */
	u64 now_ns;
};

static bool is_wanted(const struct tcpstate_flow *flow, const void *arg)
{
	const struct flush *flush = arg;

	return tcpstate_expression_match(flush->expression, flow, flush->now_ns);
}

/**
 * tcpstate_nl_flush_doit() - forget the connections that a request asks for
 * @skb: the request
 * @info: its attributes
 *
 * Context: process.
 * Return: 0; -EINVAL, -ENOMEM.
 */
int tcpstate_nl_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct flush flush = { .now_ns = tcpstate_clock_now_ns() };
	struct tcpstate_expression *expression;
	u32 count;

	expression = tcpstate_netlink_parse_expression(info->attrs, reader(skb), info->extack);
	if (IS_ERR(expression))
		return PTR_ERR(expression);
	flush.expression = expression;
	count = tcpstate_walk_flush(net_of(skb), is_wanted, &flush);
	kfree(expression);
	return reply_count(info, count);
}

/* Add an event to a message, which may have others already. */
static int add_report(struct sk_buff *skb, const struct tcpstate_net *tn,
		      const struct tcpstate_report *report)
{
	static const u8 cmds[] = {
		[TCPSTATE_REPORT_NEW]		= TCPSTATE_CMD_FLOW_NEW,
		[TCPSTATE_REPORT_TRANSITION]	= TCPSTATE_CMD_FLOW_TRANSITION,
		[TCPSTATE_REPORT_END]		= TCPSTATE_CMD_FLOW_END,
	};
	void *hdr = genlmsg_put(skb, 0, 0, &family, 0, cmds[report->kind]);

	if (!hdr)
		return -EMSGSIZE;
	if (tcpstate_netlink_fill_report(skb, tn, report)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static void multicast(struct tcpstate_net *tn, struct sk_buff *skb)
{
	/* A listener that has no room for it gets the error from its own socket. */
	if (genlmsg_multicast_netns(&family, tn->net, skb, 0, TCPSTATE_NLGRP_EVENTS,
				    GFP_KERNEL) == -ESRCH)
		tcpstate_report_unheard(tn);
	else
		tcpstate_report_heard(tn);
}

/* Put several events into a message. If there is no memory, their numbers are missing. */
static void send_reports(struct tcpstate_net *tn, struct list_head *reports)
{
	const struct tcpstate_report *report;
	struct sk_buff *skb = NULL;

	list_for_each_entry(report, reports, list) {
		if (skb && !add_report(skb, tn, report))
			continue;
		if (skb)
			multicast(tn, skb);
		skb = genlmsg_new(list_is_last(&report->list, reports) ? EVENT_BYTES :
				  BATCH_BYTES, GFP_KERNEL);
		if (!skb || add_report(skb, tn, report)) {
			nlmsg_free(skb);
			skb = NULL;
			tcpstate_stats_add(tn, TCPSTATE_A_COUNTER_EVENTS_LOST, 1);
		}
	}
	if (skb)
		multicast(tn, skb);
}

/*
 * Register the family without members of its group. A process without the right to join may
 * have joined the group's number while it had no owner. Unregistering a family removes the
 * members of its groups.
 */
static int register_family(void)
{
	int tries, err;

	for (tries = 0; tries < REGISTER_TRIES; tries++) {
		err = genl_register_family(&family);
		if (err)
			return err;
		if (!netlink_has_listeners(init_net.genl_sock, family.mcgrp_offset))
			return 0;
		genl_unregister_family(&family);
	}
	pr_err("someone keeps joining the number of the group \"%s\" before it is ours\n",
	       TCPSTATE_MCGRP_EVENTS);
	return -EBUSY;
}

/**
 * tcpstate_netlink_init() - register the family
 *
 * Context: process; may sleep. Every namespace is ready.
 * Return: 0, -EBUSY, or the error of genl_register_family().
 */
int tcpstate_netlink_init(void)
{
	int err = register_family();

	if (!err)
		tcpstate_report_open(family.mcgrp_offset, send_reports);
	return err;
}

/**
 * tcpstate_netlink_exit() - undo tcpstate_netlink_init()
 *
 * Waits for operations. Every namespace is still there.
 *
 * Context: process; may sleep.
 */
void tcpstate_netlink_exit(void)
{
	tcpstate_report_close();
	genl_unregister_family(&family);
}
