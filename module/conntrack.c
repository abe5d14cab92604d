// SPDX-License-Identifier: GPL-2.0-only
/*
 * What conntrack says about a packet. Uses inline accessors only: one call of an
 * exported function would make modprobe load nf_conntrack with this module.
 *
 * SYNPROXY and NAT helpers give the two sides of a connection different sequence
 * numbers. conntrack adds the difference when it confirms a packet, which is after
 * the hook at LOCAL_IN and, for a forwarded packet, after the one at FORWARD.
 */
#include "conntrack.h"

#include <linux/netfilter.h>

#if IS_ENABLED(CONFIG_NF_CONNTRACK)
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_extend.h>
#include <net/netfilter/nf_conntrack_seqadj.h>

#include "engine/seq.h"

/**
 * tcpstate_conntrack_is_translated() - tell whether NAT changes the addresses of a packet
 * @skb: the packet, with a conntrack entry; not changed
 *
 * Context: any.
 * Return: true if its connection is translated.
 */
bool tcpstate_conntrack_is_translated(const struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;

	return READ_ONCE(nf_ct_get(skb, &ctinfo)->status) & IPS_NAT_MASK;
}

/*
 * Find the extension without nfct_seqadj(), which in older kernels calls into nf_conntrack
 * when the entry is not confirmed. It does so for extensions that point into other modules,
 * which may have been unloaded; this one holds numbers only. No extension is added to an
 * entry that two CPUs can see, so the offset is stable.
 */
static const struct nf_conn_seqadj *find_seqadj(const struct nf_conn *ct)
{
	if (!nf_ct_ext_exist(ct, NF_CT_EXT_SEQADJ))
		return NULL;
	return (const void *)ct->ext + ct->ext->offset[NF_CT_EXT_SEQADJ];
}

/* The offset that conntrack adds to a number @seq of the side that @way describes */
static s32 offset_of_seq(const struct nf_ct_seqadj *way, __u32 seq)
{
	return tcpstate_seq_after(seq, way->correction_pos) ? way->offset_after :
							      way->offset_before;
}

/* The offset that conntrack subtracts from an acknowledgment @ack of that side's numbers */
static s32 offset_of_ack(const struct nf_ct_seqadj *way, __u32 ack)
{
	return offset_of_seq(way, ack - way->offset_before);
}

/*
 * Change the numbers as nf_ct_seq_adjust() will change the packet's. A socket here
 * is going to see both of them changed. A forwarded segment keeps the number that
 * its sender gave it; only what it acknowledges is counted as the other side counts.
 */
static void translate(struct nf_conn *ct, enum ip_conntrack_dir dir, unsigned int hook,
		      struct tcpstate_segment *seg)
{
	const struct nf_conn_seqadj *seqadj = find_seqadj(ct);

	if (!seqadj)
		return;
	/* A helper on another CPU may be changing the three numbers of a side. */
	spin_lock_bh(&ct->lock);
	if (hook == NF_INET_LOCAL_IN)
		seg->seq += offset_of_seq(&seqadj->seq[dir], seg->seq);
	if (seg->flags & TCPSTATE_FLAG_ACK)
		seg->ack -= offset_of_ack(&seqadj->seq[!dir], seg->ack);
	spin_unlock_bh(&ct->lock);
}

/*
 * Has SYNPROXY opened the connection? It changes timestamps always, and numbers unless both
 * sides happen to have the same: two namespaces share the secret of their SYN cookies.
 */
static bool is_proxied(const struct nf_conn *ct)
{
#if IS_ENABLED(CONFIG_NETFILTER_SYNPROXY)
	return nf_ct_ext_exist(ct, NF_CT_EXT_SYNPROXY);
#else
	return false;
#endif
}

/**
 * tcpstate_conntrack_parse() - take what conntrack knows of a packet's connection
 * @skb: the packet, with a conntrack entry; not changed
 * @hook: NF_INET_LOCAL_IN, NF_INET_FORWARD or NF_INET_LOCAL_OUT
 * @seg: its segment, complete; sets @adjusted and @offloaded, and translates @seq and @ack
 *	where conntrack is going to change them behind the hook
 *
 * At LOCAL_OUT a segment has the numbers that its socket uses for both sides, and
 * conntrack has not seen it yet, unless conntrack's own SYNPROXY made it. conntrack does not
 * change the numbers of packets that come over loopback.
 *
 * Context: any, under rcu_read_lock(); takes the lock of an entry that adjusts numbers.
 */
void tcpstate_conntrack_parse(const struct sk_buff *skb, unsigned int hook,
			      struct tcpstate_segment *seg)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	unsigned long status = READ_ONCE(ct->status);

	seg->offloaded = hook == NF_INET_FORWARD && status & IPS_OFFLOAD;
	seg->adjusted = (status & IPS_SEQ_ADJUST || is_proxied(ct)) &&
			!nf_is_loopback_packet(skb);
	if (seg->adjusted && hook != NF_INET_LOCAL_OUT)
		translate(ct, CTINFO2DIR(ctinfo), hook, seg);
}
#endif
