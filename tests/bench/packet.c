// SPDX-License-Identifier: GPL-2.0-only
/* Packets that look like real ones, and how they pass the hooks. */
#include "packet.h"

#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/tcp.h>

/* Each remote address has so many connections. */
#define PORTS_BITS	12
#define PORT_FIRST	16384

#define PACKET_BYTES	2048

/**
 * bench_packet_alloc() - allocate a packet
 * @dev: the device it comes by and leaves by
 *
 * Context: process.
 * Return: the packet, or NULL.
 */
struct sk_buff *bench_packet_alloc(struct net_device *dev)
{
	struct sk_buff *skb = alloc_skb(PACKET_BYTES, GFP_KERNEL);

	if (!skb)
		return NULL;
	skb_reserve(skb, LL_MAX_HEADER);
	skb->dev = dev;
	skb->pkt_type = PACKET_HOST;
	return skb;
}

static void set_ends(struct tcphdr *th, const struct bench_segment *segment)
{
	__be16 far = htons(PORT_FIRST + (segment->conn & ((1 << PORTS_BITS) - 1)));
	__be16 near = htons(443);

	th->source = segment->from ? near : far;
	th->dest = segment->from ? far : near;
}

static void fill_ipv4(struct sk_buff *skb, const struct bench_segment *segment)
{
	__be32 far = htonl(0x0a000001 + (segment->conn >> PORTS_BITS));
	__be32 near = htonl(0xc0a80001);
	struct iphdr *iph = ip_hdr(skb);

	*iph = (struct iphdr){
		.version = 4,
		.ihl = 5,
		.tot_len = htons(skb->len),
		.frag_off = htons(IP_DF),
		.ttl = 64,
		.protocol = IPPROTO_TCP,
		.saddr = segment->from ? near : far,
		.daddr = segment->from ? far : near,
	};
	skb->protocol = htons(ETH_P_IP);
}

static void fill_ipv6(struct sk_buff *skb, const struct bench_segment *segment)
{
	struct in6_addr far = { .s6_addr32 = {
		htonl(0xfd000001), 0, 0, htonl(1 + (segment->conn >> PORTS_BITS)) } };
	struct in6_addr near = { .s6_addr32 = { htonl(0xfd000002), 0, 0, htonl(1) } };

	*ipv6_hdr(skb) = (struct ipv6hdr){
		.version = 6,
		.payload_len = htons(skb->len - sizeof(struct ipv6hdr)),
		.nexthdr = IPPROTO_TCP,
		.hop_limit = 64,
		.saddr = segment->from ? near : far,
		.daddr = segment->from ? far : near,
	};
	skb->protocol = htons(ETH_P_IPV6);
}

/* The options that Linux sends, in the order it does. Returns their length. */
static unsigned int fill_options(__be32 *option, const struct bench_segment *segment)
{
	if (!(segment->flags & TCPHDR_SYN)) {
		option[0] = htonl(TCPOPT_NOP << 24 | TCPOPT_NOP << 16 |
				  TCPOPT_TIMESTAMP << 8 | TCPOLEN_TIMESTAMP);
		option[1] = htonl(segment->ts);
		option[2] = htonl(segment->ts);
		return 12;
	}
	option[0] = htonl(TCPOPT_MSS << 24 | TCPOLEN_MSS << 16 | 1460);
	option[1] = htonl(TCPOPT_SACK_PERM << 24 | TCPOLEN_SACK_PERM << 16 |
			  TCPOPT_TIMESTAMP << 8 | TCPOLEN_TIMESTAMP);
	option[2] = htonl(segment->ts);
	option[3] = htonl(segment->flags & TCPHDR_ACK ? segment->ts : 0);
	option[4] = htonl(TCPOPT_NOP << 24 | TCPOPT_WINDOW << 16 |
			  TCPOLEN_WINDOW << 8 | 7);
	return 20;
}

/**
 * bench_packet_fill() - make a packet one of a connection
 * @skb: from bench_packet_alloc()
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @segment: what to put into it
 *
 * There is no checksum to verify, as after a device that has verified it.
 *
 * Context: any.
 */
void bench_packet_fill(struct sk_buff *skb, u8 family,
		       const struct bench_segment *segment)
{
	unsigned int ip_bytes = family == NFPROTO_IPV4 ? sizeof(struct iphdr) :
							 sizeof(struct ipv6hdr);
	unsigned int options;
	struct tcphdr *th;

	skb_trim(skb, 0);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, ip_bytes);
	th = tcp_hdr(skb);
	memset(th, 0, sizeof(*th));
	options = fill_options((__be32 *)(th + 1), segment);
	set_ends(th, segment);
	th->seq = htonl(segment->seq);
	th->ack_seq = htonl(segment->ack);
	th->doff = (sizeof(*th) + options) / 4;
	tcp_flag_byte(th) = segment->flags;
	th->window = htons(65000);
	skb_put(skb, ip_bytes + sizeof(*th) + options + segment->len);
	if (family == NFPROTO_IPV4)
		fill_ipv4(skb, segment);
	else
		fill_ipv6(skb, segment);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
}

/**
 * bench_packet_walk() - lead a packet past the hooks, as the IP layer does
 * @skb: the packet
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @from: 0: PRE_ROUTING and LOCAL_IN; 1: LOCAL_OUT and POST_ROUTING
 *
 * Context: bottom halves off.
 * Return: 1 if it passed; otherwise somebody has taken it.
 */
int bench_packet_walk(struct sk_buff *skb, u8 family, int from)
{
	struct net_device *in = from ? NULL : skb->dev, *out = from ? skb->dev : NULL;
	struct net *net = dev_net(skb->dev);
	int passed;

	passed = nf_hook(family, from ? NF_INET_LOCAL_OUT : NF_INET_PRE_ROUTING, net,
			 NULL, skb, in, out, NULL);
	if (passed != 1)
		return passed;
	return nf_hook(family, from ? NF_INET_POST_ROUTING : NF_INET_LOCAL_IN, net,
		       NULL, skb, in, out, NULL);
}
