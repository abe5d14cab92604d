// SPDX-License-Identifier: GPL-2.0-only
/*
 * Read the segment of a packet. No other file reads headers. A packet is read as the
 * receiving Linux would read it. It is never written to and never made linear, and no byte
 * behind its IP length has an influence on the result.
 */
#include "packet.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/tcp.h>

/* All flags whose combination is judged. PSH is valid with any of them. */
#define JUDGED_FLAGS (TCPSTATE_FLAG_FIN | TCPSTATE_FLAG_SYN | TCPSTATE_FLAG_RST | \
		      TCPSTATE_FLAG_ACK | TCPSTATE_FLAG_URG)
#define KNOWN_FLAGS (JUDGED_FLAGS | TCPSTATE_FLAG_PSH)

/* NOP NOP TIMESTAMPS: the options of nearly every segment begin with this. */
#define ALIGNED_TIMESTAMPS (TCPOPT_NOP << 24 | TCPOPT_NOP << 16 | \
			    TCPOPT_TIMESTAMP << 8 | TCPOLEN_TIMESTAMP)

/* The longest header that a doff of four bits can describe. */
#define TCP_HEADER_MAX_BYTES 60U

static __u32 read_be32(const __u8 *byte)
{
	return (__u32)byte[0] << 24 | byte[1] << 16 | byte[2] << 8 | byte[3];
}

static bool is_super_segment(const struct sk_buff *skb)
{
	return skb_is_gso(skb) && skb_is_gso_tcp(skb);
}

/**
 * tcpstate_packet_parse_flags() - judge a combination of flags
 * @flags: TCP's flag byte (RFC 9293, 3.1)
 *
 * A segment has either a SYN or a FIN or none of them, and without a SYN it has an ACK
 * (RFC 9293, 3.10.7.4: "if the ACK bit is off, drop the segment"). A SYN/ACK may carry a FIN,
 * which Linux takes from a Fast Open server that has already closed (RFC 7413,
 * tcp_fastopen_add_skb()). PSH, ECE and CWR are valid with anything. A RST is valid with
 * any other flag, because Linux looks for the RST first, and a sender that could end
 * connections unseen could fill the table.
 *
 * Context: any.
 * Return: TCPSTATE_REJECT_NONE, or TCPSTATE_REJECT_FLAGS.
 */
enum tcpstate_reject tcpstate_packet_parse_flags(__u8 flags)
{
	static const __u64 valid =
		BIT_ULL(TCPSTATE_FLAG_SYN) |
		BIT_ULL(TCPSTATE_FLAG_SYN | TCPSTATE_FLAG_URG) |
		BIT_ULL(TCPSTATE_FLAG_SYN | TCPSTATE_FLAG_ACK) |
		BIT_ULL(TCPSTATE_FLAG_SYN | TCPSTATE_FLAG_ACK | TCPSTATE_FLAG_FIN) |
		BIT_ULL(TCPSTATE_FLAG_FIN | TCPSTATE_FLAG_ACK) |
		BIT_ULL(TCPSTATE_FLAG_FIN | TCPSTATE_FLAG_ACK | TCPSTATE_FLAG_URG) |
		BIT_ULL(TCPSTATE_FLAG_ACK) |
		BIT_ULL(TCPSTATE_FLAG_ACK | TCPSTATE_FLAG_URG);

	if (flags & TCPSTATE_FLAG_RST)
		return TCPSTATE_REJECT_NONE;
	return valid >> (flags & JUDGED_FLAGS) & 1 ? TCPSTATE_REJECT_NONE :
						     TCPSTATE_REJECT_FLAGS;
}

static void take_timestamps(const __u8 *value, struct tcpstate_segment *seg)
{
	seg->has_ts = true;
	seg->ts_val = read_be32(value);
	seg->ts_ecr = read_be32(value + 4);
}

/*
 * Take one option, which lies inside the header as a whole. As in tcp_parse_options(),
 * ignore it if its length is not that of its kind; if it is repeated, the last one counts.
 */
static void take_option(const __u8 *opt, struct tcpstate_segment *seg)
{
	bool syn = seg->flags & TCPSTATE_FLAG_SYN;
	const __u8 *value = opt + 2;

	switch (opt[0]) {
	case TCPOPT_WINDOW:	/* RFC 7323, 2.2 and 2.3 */
		if (syn && opt[1] == TCPOLEN_WINDOW)
			seg->wscale = min_t(__u8, value[0], TCPSTATE_WSCALE_MAX);
		break;
	case TCPOPT_SACK_PERM:	/* RFC 2018, 2 */
		if (syn && opt[1] == TCPOLEN_SACK_PERM)
			seg->sack_ok = true;
		break;
	case TCPOPT_TIMESTAMP:	/* RFC 7323, 3.2 */
		if (opt[1] == TCPOLEN_TIMESTAMP)
			take_timestamps(value, seg);
		break;
	}
}

/**
 * tcpstate_packet_parse_options() - read the options of a TCP header
 * @opt: first byte after the fixed header
 * @len: bytes of options, 0 to 40
 * @seg: the segment; reads @flags, and sets @wscale, @sack_ok, @has_ts, @ts_val, @ts_ecr
 *
 * Ignore the rest of malformed options as Linux does, which takes the segment all the same.
 *
 * Context: any.
 * Return: TCPSTATE_REJECT_NONE, or TCPSTATE_REJECT_OPTIONS when an option has a
 * length below 2 or reaches beyond @len (RFC 9293, 3.2).
 */
enum tcpstate_reject tcpstate_packet_parse_options(const __u8 *opt, unsigned int len,
						   struct tcpstate_segment *seg)
{
	seg->wscale = TCPSTATE_WSCALE_NONE;
	seg->sack_ok = false;
	seg->has_ts = false;
	seg->ts_val = 0;
	seg->ts_ecr = 0;

	if (len >= TCPOLEN_TSTAMP_ALIGNED && read_be32(opt) == ALIGNED_TIMESTAMPS) {
		take_timestamps(opt + 4, seg);
		opt += TCPOLEN_TSTAMP_ALIGNED;
		len -= TCPOLEN_TSTAMP_ALIGNED;
	}
	while (len && opt[0] != TCPOPT_EOL) {
		unsigned int size = 1;

		if (opt[0] != TCPOPT_NOP) {
			if (len < 2 || opt[1] < 2 || opt[1] > len)
				return TCPSTATE_REJECT_OPTIONS;
			size = opt[1];
			take_option(opt, seg);
		}
		opt += size;
		len -= size;
	}
	return TCPSTATE_REJECT_NONE;
}

static bool is_ipv6(const struct tcpstate_packet *packet)
{
	return packet->key.zone & TCPSTATE_ZONE_IPV6;
}

/* Add the pseudo header to @sum and fold it to TCP's checksum. 0 is right. */
static __sum16 fold_checksum(const struct tcpstate_packet *packet, unsigned int len,
			     __wsum sum)
{
	const union tcpstate_addr *addr = packet->key.addr;

	if (!is_ipv6(packet))
		return csum_tcpudp_magic(addr[0].ip, addr[1].ip, len, IPPROTO_TCP, sum);
	return csum_ipv6_magic((const struct in6_addr *)addr[0].ip6,
			       (const struct in6_addr *)addr[1].ip6, len,
			       IPPROTO_TCP, sum);
}

/*
 * Verify the checksum like nf_checksum(), but do not change the packet, as nf_checksum() does
 * when it stores its result in ip_summed and csum. The device's sum begins at the IP header,
 * and an IPv4 header adds nothing to it. That sum proves nothing if it does not fit, because
 * the packet may have been changed since, or may carry padding.
 */
static bool has_good_checksum(const struct sk_buff *skb,
			      const struct tcpstate_packet *packet)
{
	unsigned int len = packet->end - packet->start;
	__wsum sum;

	if (skb->ip_summed == CHECKSUM_COMPLETE && packet->end == skb->len) {
		sum = skb->csum;
		if (is_ipv6(packet))
			sum = csum_sub(sum, skb_checksum(skb, 0, packet->start, 0));
		if (!fold_checksum(packet, len, sum))
			return true;
	}
	sum = skb_checksum(skb, packet->start, len, 0);
	return !fold_checksum(packet, len, sum);
}

/*
 * Trust what skb_csum_unnecessary() trusts, except csum_valid, which a tunnel may have set
 * for its outer header. TCP clears it before it looks.
 */
static bool is_checksum_trusted(const struct sk_buff *skb,
				const struct tcpstate_packet *packet)
{
	if (packet->seg.local_out || packet->cut || skb->ip_summed == CHECKSUM_UNNECESSARY)
		return true;
	return skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_start_offset(skb) >= 0;
}

/* How many segments a packet stands for. One of a virtual machine comes without the number. */
static __u16 count_segments(const struct sk_buff *skb, unsigned int len)
{
	const struct skb_shared_info *shared = skb_shinfo(skb);

	if (!shared->gso_size)
		return 1;
	if (shared->gso_segs)
		return shared->gso_segs;
	return clamp_t(unsigned int, DIV_ROUND_UP(len, shared->gso_size), 1, U16_MAX);
}

/*
 * Drop the flags that do not count: SYN and FIN next to a RST, and the FIN of a packet of
 * which only the first fragment is seen, because the FIN's number is not known.
 */
static __u8 take_flags(const struct tcphdr *th, bool cut)
{
	__u8 flags = tcp_flag_byte(th) & KNOWN_FLAGS;

	if (flags & TCPSTATE_FLAG_RST)
		flags &= ~(TCPSTATE_FLAG_SYN | TCPSTATE_FLAG_FIN);
	if (cut)
		flags &= ~TCPSTATE_FLAG_FIN;
	return flags;
}

/* Read a header. @th has as much of the segment as the longest header can take. */
static enum tcpstate_reject take_header(const struct sk_buff *skb,
					const struct tcphdr *th,
					struct tcpstate_packet *packet)
{
	unsigned int room = packet->end - packet->start, size = 4 * th->doff;
	struct tcpstate_segment *seg = &packet->seg;
	enum tcpstate_reject reason;

	if (size < sizeof(*th) || size > room)
		return TCPSTATE_REJECT_SHORT;
	if (!is_checksum_trusted(skb, packet) && !has_good_checksum(skb, packet))
		return TCPSTATE_REJECT_CHECKSUM;
	reason = tcpstate_packet_parse_flags(tcp_flag_byte(th));
	if (reason)
		return reason;

	seg->seq = ntohl(th->seq);
	seg->ack = th->ack ? ntohl(th->ack_seq) : 0;
	seg->len = packet->cut ? 0 : room - size;
	seg->window = ntohs(th->window);
	seg->segs = count_segments(skb, seg->len);
	seg->flags = take_flags(th, packet->cut);
	return tcpstate_packet_parse_options((const __u8 *)(th + 1),
					      size - sizeof(*th), seg);
}

/* Out of line, because kernels with INIT_STACK_ALL_ZERO clear the buffer at every entry. */
static noinline enum tcpstate_reject take_split_header(const struct sk_buff *skb,
						       struct tcpstate_packet *packet)
{
	unsigned int room = packet->end - packet->start;
	__u8 buffer[TCP_HEADER_MAX_BYTES] __aligned(4);

	if (skb_copy_bits(skb, packet->start, buffer, min(room, TCP_HEADER_MAX_BYTES)))
		return TCPSTATE_REJECT_SHORT;
	return take_header(skb, (const struct tcphdr *)buffer, packet);
}

/* Is the packet for one host, according to its link layer? */
static bool is_unicast(const struct sk_buff *skb)
{
	return skb->pkt_type != PACKET_MULTICAST && skb->pkt_type != PACKET_BROADCAST;
}

static bool is_ipv4_unicast(const struct sk_buff *skb, __be32 daddr)
{
	const struct rtable *route = skb_rtable(skb);

	if (ipv4_is_multicast(daddr) || ipv4_is_lbcast(daddr) || !is_unicast(skb))
		return false;
	return !route || !(route->rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST));
}

/* At every hook, the IP header itself is linear. */
static enum tcpstate_reject locate_ipv4(const struct sk_buff *skb,
					struct tcpstate_packet *packet)
{
	const struct iphdr *iph = ip_hdr(skb);
	unsigned int len;

	if (skb_headlen(skb) < sizeof(*iph) || iph->ihl < 5)
		return TCPSTATE_REJECT_SHORT;
	if (iph->protocol != IPPROTO_TCP)
		return TCPSTATE_REJECT_NOT_TCP;
	if (iph->frag_off & htons(IP_OFFSET))
		return TCPSTATE_REJECT_FRAGMENT;
	if (!is_ipv4_unicast(skb, iph->daddr))
		return TCPSTATE_REJECT_MULTICAST;

	/* Above 64 KB the length is 0. Linux 6.1 does not have iph_totlen(). */
	len = ntohs(iph->tot_len);
	if (!len && is_super_segment(skb))
		len = skb->len;
	packet->start = 4 * iph->ihl;
	packet->end = min(len, skb->len);
	packet->cut = iph->frag_off & htons(IP_MF);
	packet->key.zone = 0;
	packet->key.addr[0].ip = iph->saddr;
	packet->key.addr[1].ip = iph->daddr;
	return TCPSTATE_REJECT_NONE;
}

/*
 * Skip the extension headers. Stop at an authentication header and at a routing header with
 * segments left. A packet with AH passes the hooks without it as well: incoming ones after
 * verification, outgoing ones before AH is added. In IPv4, AH is a protocol of its own. A
 * routing header with segments left (RFC 8200, 4.4) says that the destination is not the
 * receiver but a node before it.
 *
 * A chain of headers that does not end within the packet leads to no TCP header.
 */
static enum tcpstate_reject skip_extensions(const struct sk_buff *skb, __u8 nexthdr,
					    struct tcpstate_packet *packet)
{
	int flags = IP6_FH_F_SKIP_RH;
	unsigned short offset = 0;
	unsigned int start = 0;
	__be16 fragment = 0;
	int at = 0;

	if (ipv6_find_hdr(skb, &start, NEXTHDR_ROUTING, NULL, &flags) == NEXTHDR_ROUTING)
		return TCPSTATE_REJECT_NOT_TCP;

	start = 0;
	flags = IP6_FH_F_AUTH;
	if (ipv6_find_hdr(skb, &start, -1, &offset, &flags) != NEXTHDR_TCP)
		return TCPSTATE_REJECT_NOT_TCP;
	if (flags & IP6_FH_F_FRAG)
		at = ipv6_skip_exthdr(skb, sizeof(struct ipv6hdr), &nexthdr, &fragment);
	if (offset)	/* ipv6_find_hdr() tells no place in a later fragment */
		start = at + sizeof(struct frag_hdr);
	if (start > packet->end)
		return TCPSTATE_REJECT_NOT_TCP;
	packet->start = start;
	/* A packet that is whole may carry a fragment header as well (RFC 6946). */
	packet->cut = fragment & htons(IP6_MF);
	return offset ? TCPSTATE_REJECT_FRAGMENT : TCPSTATE_REJECT_NONE;
}

/* Copy word by word, because memcpy() of 16 bytes is a call on some architectures. */
static void copy_address(__be32 *to, const struct in6_addr *from)
{
	to[0] = from->s6_addr32[0];
	to[1] = from->s6_addr32[1];
	to[2] = from->s6_addr32[2];
	to[3] = from->s6_addr32[3];
}

static enum tcpstate_reject locate_ipv6(const struct sk_buff *skb,
					struct tcpstate_packet *packet)
{
	enum tcpstate_reject reason = TCPSTATE_REJECT_NONE;
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	unsigned int len;

	if (skb_headlen(skb) < sizeof(*ip6h))
		return TCPSTATE_REJECT_SHORT;

	/* Above 64 KB the length is 0, with a jumbo option (RFC 2675) or without. */
	len = ntohs(ip6h->payload_len) + sizeof(*ip6h);
	if (!ip6h->payload_len &&
	    (ip6h->nexthdr == NEXTHDR_HOP || is_super_segment(skb)))
		len = skb->len;
	packet->start = sizeof(*ip6h);
	packet->end = min(len, skb->len);
	packet->cut = false;
	if (ip6h->nexthdr != NEXTHDR_TCP)
		reason = skip_extensions(skb, ip6h->nexthdr, packet);
	if (reason)
		return reason;
	if (ipv6_addr_is_multicast(&ip6h->daddr) || !is_unicast(skb))
		return TCPSTATE_REJECT_MULTICAST;
	packet->key.zone = TCPSTATE_ZONE_IPV6;
	copy_address(packet->key.addr[0].ip6, &ip6h->saddr);
	copy_address(packet->key.addr[1].ip6, &ip6h->daddr);
	return TCPSTATE_REJECT_NONE;
}

/**
 * tcpstate_packet_locate() - find the TCP segment of a packet, and its two ends
 * @skb: the packet, whose data begins with the IP header; not changed
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @packet: filled, except for the segment
 *
 * This is separate from tcpstate_packet_parse(), so that the caller can prefetch the bucket
 * while it reads the segment.
 *
 * Context: any, under rcu_read_lock(), as netfilter calls its hooks.
 * Return: TCPSTATE_REJECT_NONE, or the reason why this packet is not tracked.
 */
enum tcpstate_reject tcpstate_packet_locate(const struct sk_buff *skb, __u8 family,
					    struct tcpstate_packet *packet)
{
	enum tcpstate_reject reason = family == NFPROTO_IPV4 ? locate_ipv4(skb, packet) :
							     locate_ipv6(skb, packet);
	const struct tcphdr *th;

	if (unlikely(reason))
		return reason;
	if (packet->end < packet->start + sizeof(*th))
		return TCPSTATE_REJECT_SHORT;
	th = (const struct tcphdr *)(skb->data + packet->start);
	if (likely(skb_headlen(skb) >= packet->start + sizeof(*th))) {
		packet->key.port[0] = th->source;
		packet->key.port[1] = th->dest;
		return TCPSTATE_REJECT_NONE;
	}
	/* The header begins with the two ports. */
	return skb_copy_bits(skb, packet->start, packet->key.port,
			     sizeof(packet->key.port)) ? TCPSTATE_REJECT_SHORT :
							 TCPSTATE_REJECT_NONE;
}

/**
 * tcpstate_packet_parse() - read the TCP segment of a packet
 * @skb: the packet, whose data begins with the IP header; not changed
 * @hook: NF_INET_LOCAL_IN, NF_INET_FORWARD or NF_INET_LOCAL_OUT
 * @packet: as tcpstate_packet_locate() left it; sets the segment, which is complete only with
 *	TCPSTATE_REJECT_NONE
 *
 * Verify the checksum, at the cost of a pass over the payload, unless the device did so, it
 * is not filled in yet, or the packet leaves this host. A first fragment stands for its whole
 * packet, with a length of 0.
 *
 * Context: any.
 * Return: TCPSTATE_REJECT_NONE, or the reason why this packet is not tracked. With
 * TCPSTATE_REJECT_OPTIONS @packet is complete as well, and is tracked.
 */
enum tcpstate_reject tcpstate_packet_parse(const struct sk_buff *skb, unsigned int hook,
					   struct tcpstate_packet *packet)
{
	const struct tcphdr *th = (const struct tcphdr *)(skb->data + packet->start);
	unsigned int headlen = skb_headlen(skb);

	packet->seg.forwarded = hook == NF_INET_FORWARD;
	packet->seg.local_out = hook == NF_INET_LOCAL_OUT;
	/* Only conntrack knows: see tcpstate_conntrack_parse(). */
	packet->seg.adjusted = false;
	packet->seg.offloaded = false;
	if (headlen < packet->start + sizeof(*th) ||
	    headlen < packet->start + 4 * th->doff)
		return take_split_header(skb, packet);
	return take_header(skb, th, packet);
}
