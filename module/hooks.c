// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hooks at which packets are seen. Knows skbs and devices; always answers NF_ACCEPT.
 *
 * A packet passes one of LOCAL_IN, LOCAL_OUT and FORWARD in a namespace. In three cases
 * it passes more than one hook, and is_repeat() ignores all but the first: loopback passes
 * LOCAL_OUT and LOCAL_IN, a VRF repeats LOCAL_OUT on the slave device, and nft dup and TEE
 * send copies. In three others each copy is counted: a bridge floods a frame to several
 * ports, two interfaces of one namespace talk to each other, and tc's mirred puts a copy
 * back into the namespace.
 */
#include "hooks.h"

#include <linux/errno.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>

#include "compat.h"
#include "conntrack.h"
#include "collector.h"
#include "packet.h"
#include "stats.h"
#include "track.h"
#include "zone.h"

/*
 * The interface that is part of the key, or 0. Link-local addresses belong to their link, and
 * a VRF has addresses of its own.
 */
static int scope_ifindex(const struct tcpstate_key *key,
			 const struct nf_hook_state *state)
{
	const struct net_device *dev = state->in ?: state->out;
	int vrf;

	if (key->zone & TCPSTATE_ZONE_IPV6) {
		const struct in6_addr *addr = (const void *)&key->addr[1];

		if (__ipv6_addr_needs_scope_id(__ipv6_addr_type(addr)))
			return dev->ifindex;
	}
	if (likely(!netif_is_l3_master(dev) && !netif_is_l3_slave(dev)))
		return 0;
	/* A connection that is forwarded from one VRF to another belongs to neither. */
	vrf = l3mdev_master_ifindex_rcu(dev);
	if (vrf && state->in && state->out &&
	    l3mdev_master_ifindex_rcu(state->out) != vrf)
		return 0;
	return vrf;
}

/* Add the zone to a key. Return 0, or the error of tcpstate_zone_get(). */
static int set_zone(struct tcpstate_net *tn, const struct nf_hook_state *state,
		    struct tcpstate_key *key)
{
	int ifindex = scope_ifindex(key, state);
	u32 zone = tn->zone;

	if (unlikely(ifindex)) {
		int err = tcpstate_zone_get(tn, ifindex, &zone);

		if (tcpstate_zone_is_scarce(tn))
			tcpstate_collector_reclaim(tn);
		if (err)
			return err;
	}
	key->zone |= zone;
	return 0;
}

/* What counts a segment that gets no zone because of an error */
static unsigned int untracked_counter(int err)
{
	return err == -ENOSPC ? TCPSTATE_A_COUNTER_UNTRACKED_FULL :
				TCPSTATE_A_COUNTER_UNTRACKED_MEMORY;
}

/*
 * Has this packet been counted at another hook or on another device, or is it a copy of
 * such a packet? nft dup and TEE send copies to a monitor by way of LOCAL_OUT, with the
 * addresses of the original.
 */
static bool is_repeat(const struct sk_buff *skb, const struct nf_hook_state *state)
{
	if (state->hook == NF_INET_LOCAL_IN)
		return (state->in->flags & IFF_LOOPBACK ||
			skb->pkt_type == PACKET_LOOPBACK) &&
		       !(skb_nfct(skb) && tcpstate_conntrack_is_translated(skb));
	if (state->hook == NF_INET_LOCAL_OUT)
		return tcpstate_sends_copy() ||
		       (netif_is_l3_slave(state->out) && skb->dev &&
			netif_is_l3_master(skb->dev));
	return false;
}

static unsigned int see(void *priv, struct sk_buff *skb,
			const struct nf_hook_state *state)
{
	struct tcpstate_net *tn = priv;
	/* Do not clear it, which would take longer than to find the record. */
	struct tcpstate_sight sight __uninitialized;
	enum tcpstate_reject reason;

	if (is_repeat(skb, state))
		return NF_ACCEPT;
	reason = tcpstate_packet_locate(skb, state->pf, &sight.packet);
	if (likely(!reason)) {
		int err = set_zone(tn, state, &sight.packet.key);

		if (unlikely(err)) {
			tcpstate_stats_add(tn, untracked_counter(err), 1);
			return NF_ACCEPT;
		}
		/* Fetch the bucket while the segment is read. */
		sight.place = tcpstate_table_fetch(&sight.packet.key);
		reason = tcpstate_packet_parse(skb, state->hook, &sight.packet);
	}
	if (unlikely(reason)) {
		if (reason != TCPSTATE_REJECT_NOT_TCP)
			tcpstate_stats_add(tn, TCPSTATE_COUNTER_OF(reason), 1);
		/* Linux takes a segment whose options are malformed. */
		if (reason != TCPSTATE_REJECT_OPTIONS)
			return NF_ACCEPT;
	}
	if (skb_nfct(skb))
		tcpstate_conntrack_parse(skb, state->hook, &sight.packet.seg);
	sight.sk = state->hook == NF_INET_LOCAL_OUT ? state->sk : NULL;
	tcpstate_track_segment(tn, &sight);
	return NF_ACCEPT;
}

/*
 * LOCAL_IN is last, to see what the filter let through with the addresses that the socket
 * sees. But it is before SYNPROXY, and before conntrack confirms a packet and changes its
 * numbers, at INT_MAX for IPv4 and INT_MAX - 1 for IPv6. LOCAL_OUT is first, to see the
 * addresses that the socket used. FORWARD is last, after the filter; destinations are
 * translated there, and sources are not yet.
 */
#define HOOK(family, where, prio) {		\
		.hook		= see,		\
		.pf		= family,	\
		.hooknum	= where,	\
		.priority	= prio,		\
	}

static const struct nf_hook_ops hook_ops[] = {
	HOOK(NFPROTO_IPV4, NF_INET_LOCAL_IN, INT_MAX - 2),
	HOOK(NFPROTO_IPV4, NF_INET_LOCAL_OUT, INT_MIN),
	HOOK(NFPROTO_IPV4, NF_INET_FORWARD, INT_MAX),
	HOOK(NFPROTO_IPV6, NF_INET_LOCAL_IN, INT_MAX - 2),
	HOOK(NFPROTO_IPV6, NF_INET_LOCAL_OUT, INT_MIN),
	HOOK(NFPROTO_IPV6, NF_INET_FORWARD, INT_MAX),
};

/**
 * tcpstate_hooks_init() - begin to see the packets of a namespace
 * @tn: the namespace, ready
 *
 * If it fails, no packet is seen any more when it returns.
 *
 * Context: process; may sleep.
 * Return: 0, -ENOMEM, or the error of nf_register_net_hooks().
 */
int tcpstate_hooks_init(struct tcpstate_net *tn)
{
	unsigned int i;
	int err;

	tn->hooks = kmemdup(hook_ops, sizeof(hook_ops), GFP_KERNEL);
	if (!tn->hooks)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(hook_ops); i++)
		tn->hooks[i].priv = tn;
	err = nf_register_net_hooks(tn->net, tn->hooks, ARRAY_SIZE(hook_ops));
	if (err) {
		/*
		 * A packet or nfnetlink_hook's dump may have found the hooks that were
		 * registered first.
		 */
		synchronize_rcu();
		kfree(tn->hooks);
	}
	return err;
}

/**
 * tcpstate_hooks_exit() - stop seeing the packets of a namespace
 * @tn: the namespace
 *
 * A packet may still be at a hook until an RCU grace period is over.
 *
 * Context: process; may sleep.
 */
void tcpstate_hooks_exit(struct tcpstate_net *tn)
{
	nf_unregister_net_hooks(tn->net, tn->hooks, ARRAY_SIZE(hook_ops));
}

/**
 * tcpstate_hooks_free() - free the hooks, an RCU grace period after tcpstate_hooks_exit()
 * @tn: the namespace
 *
 * Context: process.
 */
void tcpstate_hooks_free(struct tcpstate_net *tn)
{
	kfree(tn->hooks);
}
