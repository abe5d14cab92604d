// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a packet to a segment. KASAN does not see a read behind skb->len, so
 * every packet is parsed with different bytes behind its end, which must agree;
 * the parsers of plain bytes get buffers of the exact size.
 */
#include <kunit/test.h>
#include <linux/icmpv6.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/tcp.h>

#include "packet.h"

#define SPORT	0x9c40
#define DPORT	0x01bb
#define SEQ	0x81020304
#define ACK	0x90a0b0c0
#define WINDOW	0xfedc
#define PAYLOAD	37
#define PSH_ACK	(TCPSTATE_FLAG_PSH | TCPSTATE_FLAG_ACK)
#define CHAIN	4

/* What 8, 10, 1, 2, 3, 4, 5, 6, 7, 8 says. */
#define TS_VAL	0x01020304
#define TS_ECR	0x05060708

static const u8 ts_options[] = { 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8 };

/* An extension header; its first byte is filled in. */
struct ext {
	u8 type;
	u8 len;
	u8 bytes[24];
};

static const struct ext hop = { NEXTHDR_HOP, 8, { 0, 0, 1, 4 } };
static const struct ext jumbo = { NEXTHDR_HOP, 8, { 0, 0, 0xc2, 4, 0, 1 } };
static const struct ext dest = { NEXTHDR_DEST, 16, { 0, 1, 1, 12 } };
static const struct ext route_end = { NEXTHDR_ROUTING, 24, { 0, 2, 4, 0 } };
static const struct ext route_on = { NEXTHDR_ROUTING, 24, { 0, 2, 4, 1 } };
static const struct ext auth = { NEXTHDR_AUTH, 24, { 0, 4 } };
static const struct ext whole = { NEXTHDR_FRAGMENT, 8, { 0, 0, 0, 0, 1, 2, 3, 4 } };
static const struct ext first = { NEXTHDR_FRAGMENT, 8, { 0, 0, 0, 1, 1, 2, 3, 4 } };
static const struct ext later = { NEXTHDR_FRAGMENT, 8, { 0, 0, 0, 9, 1, 2, 3, 4 } };
static const struct ext last = { NEXTHDR_FRAGMENT, 8, { 0, 0, 1, 0, 1, 2, 3, 4 } };

/* struct shape - what a packet looks like, and what becomes of it */
struct shape {
	const char *name;
	enum tcpstate_reject reason;
	u8 family;
	u8 ip_words;		/* IPv4 options */
	u16 frag_off;
	u8 protocol;		/* 0: TCP */
	bool plain;		/* without TCP options */
	bool cut;		/* its length is not known */
	const struct ext *chain[CHAIN];
};

/* struct wire - the bytes of a packet */
struct wire {
	u8 bytes[256];
	unsigned int len;
	unsigned int tcp;	/* where the TCP header begins */
	unsigned int data;	/* where the payload begins */
	u8 family;
};

/* struct delivery - how a packet comes */
struct delivery {
	unsigned int hook;
	unsigned int in_frag;	/* bytes at its end that are not linear */
	unsigned int padding;	/* bytes behind its IP length */
	unsigned int gso_size;
	unsigned int gso_segs;
	unsigned int gso_type;
	int csum_start;		/* from the IP header */
	__wsum csum;
	u8 ip_summed;
	u8 pkt_type;
	bool csum_valid;
	struct rtable *route;
};

static const struct delivery sent = { .hook = NF_INET_LOCAL_OUT };
static const struct delivery received = { .hook = NF_INET_LOCAL_IN };

/* What may lie behind a packet; the last four go on with a chain of headers. */
static const u8 fills[] = {
	0x00, 0xff, NEXTHDR_TCP, NEXTHDR_FRAGMENT, NEXTHDR_DEST, NEXTHDR_ROUTING
};

static __sum16 sum_tcp(const struct wire *wire, unsigned int len, __wsum sum)
{
	const struct ipv6hdr *ip6h = (const void *)wire->bytes;
	const struct iphdr *iph = (const void *)wire->bytes;

	if (wire->family == NFPROTO_IPV4)
		return csum_tcpudp_magic(iph->saddr, iph->daddr, len, IPPROTO_TCP, sum);
	return csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, len, IPPROTO_TCP, sum);
}

/* After a change: both checksums as the sender would have written them. */
static void set_checksums(struct wire *wire)
{
	struct tcphdr *th = (void *)(wire->bytes + wire->tcp);
	struct iphdr *iph = (void *)wire->bytes;
	unsigned int len = wire->len - wire->tcp;

	if (wire->family == NFPROTO_IPV4) {
		iph->check = 0;
		iph->check = ip_fast_csum(iph, iph->ihl);
	}
	th->check = 0;
	th->check = sum_tcp(wire, len, csum_partial(th, len, 0));
}

static void set_ip_length(struct wire *wire, unsigned int len)
{
	struct ipv6hdr *ip6h = (void *)wire->bytes;
	struct iphdr *iph = (void *)wire->bytes;

	if (wire->family == NFPROTO_IPV4)
		iph->tot_len = htons(len);
	else
		ip6h->payload_len = htons(len - sizeof(*ip6h));
}

static unsigned int write_ipv4(struct wire *wire, const struct shape *shape)
{
	struct iphdr *iph = (void *)wire->bytes;

	iph->version = 4;
	iph->ihl = 5 + shape->ip_words;
	iph->ttl = 64;
	iph->frag_off = htons(shape->frag_off);
	iph->protocol = shape->protocol ?: IPPROTO_TCP;
	iph->saddr = htonl(0xc0000201);
	iph->daddr = htonl(0xc6336402);
	memset(iph + 1, IPOPT_NOOP, 4 * shape->ip_words);
	return 4 * iph->ihl;
}

static unsigned int write_ipv6(struct wire *wire, const struct shape *shape)
{
	struct ipv6hdr *ip6h = (void *)wire->bytes;
	unsigned int len = sizeof(*ip6h);
	u8 *next = &ip6h->nexthdr;
	int i;

	ip6h->version = 6;
	ip6h->hop_limit = 64;
	ip6h->saddr.s6_addr32[0] = htonl(0x20010db8);
	ip6h->saddr.s6_addr32[3] = htonl(1);
	ip6h->daddr.s6_addr32[0] = htonl(0x20010db9);
	ip6h->daddr.s6_addr32[3] = htonl(2);
	for (i = 0; i < CHAIN && shape->chain[i]; i++) {
		*next = shape->chain[i]->type;
		next = wire->bytes + len;
		memcpy(next, shape->chain[i]->bytes, shape->chain[i]->len);
		len += shape->chain[i]->len;
	}
	*next = shape->protocol ?: IPPROTO_TCP;
	return len;
}

static void write_wire(struct wire *wire, const struct shape *shape)
{
	unsigned int options = shape->plain ? 0 : sizeof(ts_options);
	struct tcphdr *th;
	unsigned int i;

	memset(wire, 0, sizeof(*wire));
	wire->family = shape->family;
	wire->tcp = shape->family == NFPROTO_IPV4 ? write_ipv4(wire, shape) :
						    write_ipv6(wire, shape);
	th = (void *)(wire->bytes + wire->tcp);
	th->source = htons(SPORT);
	th->dest = htons(DPORT);
	th->seq = htonl(SEQ);
	th->ack_seq = htonl(ACK);
	th->doff = (sizeof(*th) + options) / 4;
	tcp_flag_byte(th) = PSH_ACK;
	th->window = htons(WINDOW);
	memcpy(th + 1, ts_options, options);
	wire->data = wire->tcp + sizeof(*th) + options;
	wire->len = wire->data + PAYLOAD;
	for (i = wire->data; i < wire->len; i++)
		wire->bytes[i] = 3 * i + 1;
	set_ip_length(wire, wire->len);
	set_checksums(wire);
}

static struct tcphdr *tcp_of(struct wire *wire)
{
	return (void *)(wire->bytes + wire->tcp);
}

static void put_in_frag(struct kunit *test, struct sk_buff *skb, const u8 *bytes,
			const struct delivery *how, u8 fill)
{
	struct page *page = alloc_page(GFP_KERNEL);
	u8 *start;

	KUNIT_ASSERT_NOT_NULL(test, page);
	start = page_address(page);
	memset(start, fill, PAGE_SIZE);
	memcpy(start + 100, bytes, how->in_frag);
	skb_add_rx_frag(skb, 0, page, 100, how->in_frag + how->padding, PAGE_SIZE);
}

static struct sk_buff *make_skb(struct kunit *test, const struct wire *wire,
				const struct delivery *how, u8 fill)
{
	unsigned int linear = wire->len - how->in_frag;
	struct sk_buff *skb = alloc_skb(1024, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, skb);
	memset(skb->head, fill, skb_end_offset(skb));
	skb_reserve(skb, 128);
	skb_reset_network_header(skb);
	skb_put_data(skb, wire->bytes, linear);
	if (how->in_frag)
		put_in_frag(test, skb, wire->bytes + linear, how, fill);
	else
		skb_put(skb, how->padding);
	skb->ip_summed = how->ip_summed;
	skb->csum_valid = how->csum_valid;
	skb->csum = how->csum;
	if (how->ip_summed == CHECKSUM_PARTIAL)
		skb->csum_start = skb_headroom(skb) + how->csum_start;
	skb->pkt_type = how->pkt_type;
	skb_shinfo(skb)->gso_size = how->gso_size;
	skb_shinfo(skb)->gso_segs = how->gso_segs;
	skb_shinfo(skb)->gso_type = how->gso_type;
	return skb;
}

static void expect_unchanged(struct kunit *test, const struct sk_buff *skb,
			     const struct sk_buff *copy, const struct wire *wire)
{
	u8 bytes[sizeof(wire->bytes)];

	KUNIT_EXPECT_EQ(test, skb->len, copy->len);
	KUNIT_EXPECT_EQ(test, skb->data_len, copy->data_len);
	KUNIT_EXPECT_PTR_EQ(test, skb->data, copy->data);
	KUNIT_EXPECT_TRUE(test, skb->ip_summed == copy->ip_summed);
	KUNIT_EXPECT_TRUE(test, skb->csum_valid == copy->csum_valid);
	KUNIT_EXPECT_EQ(test, (__force u32)skb->csum, (__force u32)copy->csum);
	KUNIT_EXPECT_EQ(test, skb->transport_header, copy->transport_header);
	KUNIT_EXPECT_EQ(test, 0, skb_copy_bits(skb, 0, bytes, wire->len));
	KUNIT_EXPECT_EQ(test, 0, memcmp(bytes, wire->bytes, wire->len));
}

/* As a hook does. */
static enum tcpstate_reject read_packet(const struct sk_buff *skb, unsigned int hook,
					u8 family, struct tcpstate_packet *packet)
{
	return tcpstate_packet_locate(skb, family, packet) ?:
	       tcpstate_packet_parse(skb, hook, packet);
}

static enum tcpstate_reject deliver_once(struct kunit *test, const struct wire *wire,
					 const struct delivery *how, u8 fill,
					 struct tcpstate_packet *packet)
{
	struct sk_buff *skb = make_skb(test, wire, how, fill);
	enum tcpstate_reject reason;
	struct sk_buff copy;

	memset(packet, fill, sizeof(*packet));
	rcu_read_lock();
	if (how->route)
		skb_dst_set_noref(skb, &how->route->dst);
	copy = *skb;
	reason = read_packet(skb, how->hook, wire->family, packet);
	expect_unchanged(test, skb, &copy, wire);
	kfree_skb(skb);
	rcu_read_unlock();
	return reason;
}

static void expect_same(struct kunit *test, const struct tcpstate_packet *a,
			const struct tcpstate_packet *b)
{
	unsigned int addr = a->key.zone & TCPSTATE_ZONE_IPV6 ? 16 : 4;

	KUNIT_EXPECT_EQ(test, a->seg.seq, b->seg.seq);
	KUNIT_EXPECT_EQ(test, a->seg.ack, b->seg.ack);
	KUNIT_EXPECT_EQ(test, a->seg.len, b->seg.len);
	KUNIT_EXPECT_EQ(test, a->seg.ts_val, b->seg.ts_val);
	KUNIT_EXPECT_EQ(test, a->seg.ts_ecr, b->seg.ts_ecr);
	KUNIT_EXPECT_EQ(test, a->seg.window, b->seg.window);
	KUNIT_EXPECT_EQ(test, a->seg.segs, b->seg.segs);
	KUNIT_EXPECT_EQ(test, a->seg.flags, b->seg.flags);
	KUNIT_EXPECT_EQ(test, a->seg.wscale, b->seg.wscale);
	KUNIT_EXPECT_EQ(test, a->seg.has_ts, b->seg.has_ts);
	KUNIT_EXPECT_EQ(test, a->seg.sack_ok, b->seg.sack_ok);
	KUNIT_EXPECT_EQ(test, a->seg.local_out, b->seg.local_out);
	KUNIT_EXPECT_EQ(test, a->seg.forwarded, b->seg.forwarded);
	KUNIT_EXPECT_EQ(test, a->key.zone, b->key.zone);
	KUNIT_EXPECT_EQ(test, ntohs(a->key.port[0]), ntohs(b->key.port[0]));
	KUNIT_EXPECT_EQ(test, ntohs(a->key.port[1]), ntohs(b->key.port[1]));
	KUNIT_EXPECT_EQ(test, 0, memcmp(&a->key.addr[0], &b->key.addr[0], addr));
	KUNIT_EXPECT_EQ(test, 0, memcmp(&a->key.addr[1], &b->key.addr[1], addr));
}

static enum tcpstate_reject deliver(struct kunit *test, const struct wire *wire,
				    const struct delivery *how,
				    struct tcpstate_packet *packet)
{
	struct tcpstate_packet again;
	enum tcpstate_reject reason;
	unsigned int i;

	reason = deliver_once(test, wire, how, fills[0], packet);
	for (i = 1; i < ARRAY_SIZE(fills); i++) {
		KUNIT_EXPECT_EQ_MSG(test, reason,
				    deliver_once(test, wire, how, fills[i], &again),
				    "with %#x behind the end", fills[i]);
		if (!reason)
			expect_same(test, packet, &again);
	}
	return reason;
}

/* The packet that write_wire() writes, with the length @len. */
static void expect_packet(struct kunit *test, const struct tcpstate_packet *packet,
			  const struct wire *wire, unsigned int len)
{
	const struct tcpstate_segment *seg = &packet->seg;
	bool options = wire->data - wire->tcp > sizeof(struct tcphdr);
	bool ipv4 = wire->family == NFPROTO_IPV4;
	unsigned int addr = ipv4 ? 4 : 16, at = ipv4 ? 12 : 8;

	KUNIT_EXPECT_EQ(test, seg->seq, SEQ);
	KUNIT_EXPECT_EQ(test, seg->ack, ACK);
	KUNIT_EXPECT_EQ(test, seg->len, len);
	KUNIT_EXPECT_EQ(test, seg->window, WINDOW);
	KUNIT_EXPECT_EQ(test, seg->segs, 1);
	KUNIT_EXPECT_EQ(test, seg->flags, PSH_ACK);
	KUNIT_EXPECT_EQ(test, seg->wscale, TCPSTATE_WSCALE_NONE);
	KUNIT_EXPECT_EQ(test, seg->has_ts, options);
	KUNIT_EXPECT_EQ(test, seg->ts_val, options ? TS_VAL : 0);
	KUNIT_EXPECT_EQ(test, seg->ts_ecr, options ? TS_ECR : 0);
	KUNIT_EXPECT_FALSE(test, seg->sack_ok);
	KUNIT_EXPECT_EQ(test, ntohs(packet->key.port[0]), SPORT);
	KUNIT_EXPECT_EQ(test, ntohs(packet->key.port[1]), DPORT);
	KUNIT_EXPECT_EQ(test, packet->key.zone, ipv4 ? 0 : TCPSTATE_ZONE_IPV6);
	KUNIT_EXPECT_EQ(test, 0, memcmp(&packet->key.addr[0], wire->bytes + at, addr));
	KUNIT_EXPECT_EQ(test, 0,
			memcmp(&packet->key.addr[1], wire->bytes + at + addr, addr));
}

#define V4 .family = NFPROTO_IPV4
#define V6 .family = NFPROTO_IPV6
#define REASON(reason_) .reason = TCPSTATE_REJECT_##reason_
static const struct shape segments[] = {
	{ "IPv4", V4 },
	{ "IPv4 without TCP options", V4, .plain = true },
	{ "IPv4 with options", V4, .ip_words = 3 },
	{ "IPv4 with all options there can be", V4, .ip_words = 10 },
	{ "IPv4 that must not be fragmented", V4, .frag_off = IP_DF },
	{ "IPv6", V6 },
	{ "IPv6 without TCP options", V6, .plain = true },
	{ "IPv6 hop-by-hop", V6, .chain = { &hop } },
	{ "IPv6 destination options", V6, .chain = { &dest } },
	{ "IPv6 routing header at its end", V6, .chain = { &route_end } },
	{ "IPv6 fragment header of a whole", V6, .chain = { &whole } },
	{ "IPv6 with a chain", V6, .chain = { &hop, &dest, &route_end, &whole } },
};

KUNIT_ARRAY_PARAM_DESC(segment, segments, name);

static const struct shape firsts[] = {
	{ "IPv4 first fragment", V4, .frag_off = IP_MF },
	{ "IPv4 first fragment with options", V4, .frag_off = IP_MF, .ip_words = 2 },
	{ "IPv6 first fragment", V6, .chain = { &first } },
	{ "IPv6 first fragment in a chain", V6, .chain = { &hop, &first, &dest } },
};

KUNIT_ARRAY_PARAM_DESC(first, firsts, name);

static const struct shape others[] = {
	{ "IPv4 UDP", REASON(NOT_TCP), V4, .protocol = IPPROTO_UDP },
	{ "IPv4 AH", REASON(NOT_TCP), V4, .protocol = IPPROTO_AH },
	{ "IPv4 later fragment of UDP", REASON(NOT_TCP), V4,
	  .protocol = IPPROTO_UDP, .frag_off = 1 },
	{ "IPv4 later fragment", REASON(FRAGMENT), V4, .frag_off = IP_MF | 1 },
	{ "IPv4 last fragment", REASON(FRAGMENT), V4, .frag_off = 0x1000 },
	{ "IPv6 UDP", REASON(NOT_TCP), V6, .protocol = IPPROTO_UDP },
	{ "IPv6 UDP in a chain", REASON(NOT_TCP), V6, .protocol = IPPROTO_UDP,
	  .chain = { &hop, &dest } },
	{ "IPv6 no next header", REASON(NOT_TCP), V6, .protocol = NEXTHDR_NONE },
	{ "IPv6 chain without end", REASON(NOT_TCP), V6, .protocol = NEXTHDR_NONE,
	  .chain = { &dest, &dest, &dest, &dest } },
	{ "IPv6 ESP", REASON(NOT_TCP), V6, .protocol = NEXTHDR_ESP },
	{ "IPv6 AH", REASON(NOT_TCP), V6, .chain = { &auth } },
	{ "IPv6 AH in a chain", REASON(NOT_TCP), V6, .chain = { &hop, &auth, &dest } },
	{ "IPv6 routing header with segments left", REASON(NOT_TCP), V6, .chain = { &route_on } },
	{ "IPv6 two routing headers, one with segments left", REASON(NOT_TCP), V6,
	  .chain = { &dest, &route_end, &route_on } },
	{ "IPv6 later fragment", REASON(FRAGMENT), V6, .chain = { &later } },
	{ "IPv6 last fragment", REASON(FRAGMENT), V6, .chain = { &hop, &last } },
	{ "IPv6 later fragment of UDP", REASON(NOT_TCP), V6, .chain = { &later },
	  .protocol = IPPROTO_UDP },
};

KUNIT_ARRAY_PARAM_DESC(other, others, name);

static void segment_has_every_field(struct kunit *test)
{
	struct tcpstate_packet packet;
	struct wire wire;

	write_wire(&wire, test->param_value);

	KUNIT_ASSERT_EQ(test, TCPSTATE_REJECT_NONE,
			deliver(test, &wire, &received, &packet));
	expect_packet(test, &packet, &wire, PAYLOAD);
}

static void segment_is_the_same_wherever_the_packet_is_split(struct kunit *test)
{
	struct delivery how = received;
	struct tcpstate_packet packet;
	struct wire wire;
	unsigned int ip;

	write_wire(&wire, test->param_value);
	ip = wire.family == NFPROTO_IPV4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);

	for (how.in_frag = 1; how.in_frag <= wire.len - ip; how.in_frag++) {
		KUNIT_ASSERT_EQ_MSG(test, TCPSTATE_REJECT_NONE,
				    deliver(test, &wire, &how, &packet),
				    "%u bytes of %u in a frag", how.in_frag, wire.len);
		expect_packet(test, &packet, &wire, PAYLOAD);
	}
}

/* What is left of a packet that ends after @len bytes. */
static enum tcpstate_reject reject_of_length(const struct wire *wire, unsigned int len)
{
	if (len >= wire->data)
		return TCPSTATE_REJECT_NONE;
	if (wire->family == NFPROTO_IPV6 && len >= sizeof(struct ipv6hdr) &&
	    len < wire->tcp)
		return TCPSTATE_REJECT_NOT_TCP;
	return TCPSTATE_REJECT_SHORT;
}

static void truncated_packet_is_short_until_the_header_is_whole(struct kunit *test)
{
	struct tcpstate_packet packet;
	struct wire wire, part;
	enum tcpstate_reject reason;

	write_wire(&wire, test->param_value);
	part = wire;

	for (part.len = 0; part.len <= wire.len; part.len++) {
		reason = deliver(test, &part, &sent, &packet);
		KUNIT_EXPECT_EQ_MSG(test, reason, reject_of_length(&wire, part.len),
				    "after %u bytes", part.len);
		if (!reason)
			expect_packet(test, &packet, &wire, part.len - wire.data);
	}
}

static void truncated_packet_in_a_frag_is_the_same(struct kunit *test)
{
	struct delivery how = sent;
	struct tcpstate_packet packet;
	struct wire wire, part;
	unsigned int ip;

	write_wire(&wire, test->param_value);
	part = wire;
	ip = wire.family == NFPROTO_IPV4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);

	for (part.len = ip + 1; part.len <= wire.len; part.len++) {
		how.in_frag = part.len - ip;
		KUNIT_EXPECT_EQ_MSG(test, reject_of_length(&wire, part.len),
				    deliver(test, &part, &how, &packet),
				    "after %u bytes", part.len);
	}
}

/* Padding: bytes behind the IP length, which may even look like the packet. */
static void bytes_behind_the_ip_length_do_not_count(struct kunit *test)
{
	struct tcpstate_packet packet;
	struct delivery how = sent;
	struct wire wire, part;
	enum tcpstate_reject reason;
	unsigned int len, from;

	write_wire(&wire, test->param_value);
	part = wire;
	/* An IPv6 length of 0 has a meaning of its own. */
	from = wire.family == NFPROTO_IPV4 ? 0 : sizeof(struct ipv6hdr) + 1;

	for (len = from; len <= wire.len; len++) {
		set_ip_length(&part, len);
		for (how.padding = 0; how.padding <= 64; how.padding += 64) {
			part.len = how.padding ? max_t(u32, len, 40) : wire.len;
			reason = deliver(test, &part, &how, &packet);
			KUNIT_EXPECT_EQ_MSG(test, reason, reject_of_length(&wire, len),
					    "IP length %u, padding %u", len, how.padding);
			if (!reason)
				expect_packet(test, &packet, &wire, len - wire.data);
		}
	}
}

static void padded_segment_keeps_its_length_and_checksum(struct kunit *test)
{
	struct delivery how = received;
	struct tcpstate_packet packet;
	struct wire wire;

	write_wire(&wire, test->param_value);
	for (how.padding = 1; how.padding < 8; how.padding++) {
		how.in_frag = how.padding % 2 ? 0 : 10;
		how.ip_summed = how.padding % 3 ? CHECKSUM_NONE : CHECKSUM_COMPLETE;

		KUNIT_ASSERT_EQ(test, TCPSTATE_REJECT_NONE,
				deliver(test, &wire, &how, &packet));
		expect_packet(test, &packet, &wire, PAYLOAD);
	}
}

static void first_fragment_has_no_length_and_no_checksum(struct kunit *test)
{
	struct tcpstate_packet packet;
	struct wire wire;

	write_wire(&wire, test->param_value);
	wire.bytes[wire.data] ^= 1;

	KUNIT_ASSERT_EQ(test, TCPSTATE_REJECT_NONE,
			deliver(test, &wire, &received, &packet));
	expect_packet(test, &packet, &wire, 0);
}

static void first_fragment_without_the_whole_header_is_short(struct kunit *test)
{
	struct tcpstate_packet packet;
	struct wire wire;

	write_wire(&wire, test->param_value);

	for (wire.len = wire.tcp; wire.len < wire.data; wire.len++) {
		set_ip_length(&wire, wire.len);
		KUNIT_EXPECT_EQ_MSG(test, TCPSTATE_REJECT_SHORT,
				    deliver(test, &wire, &received, &packet),
				    "%u bytes of TCP", wire.len - wire.tcp);
	}
}

static void packet_that_is_no_segment_has_its_reason(struct kunit *test)
{
	const struct shape *shape = test->param_value;
	struct delivery how = received;
	struct tcpstate_packet packet;
	struct wire wire;

	write_wire(&wire, shape);

	for (how.in_frag = 0; how.in_frag <= wire.len - 40; how.in_frag++)
		KUNIT_EXPECT_EQ(test, shape->reason, deliver(test, &wire, &how, &packet));
}

/* A header that is cut must not be read to its end, whatever lies there. */
static void fragment_header_that_is_cut_is_no_fragment(struct kunit *test)
{
	static const struct shape shape = { "", V6, .chain = { &later } };
	struct delivery how = sent;
	struct tcpstate_packet packet;
	struct wire wire;

	write_wire(&wire, &shape);

	for (wire.len = 41; wire.len <= 48; wire.len++) {
		set_ip_length(&wire, wire.len);
		for (how.padding = 0; how.padding <= 60; how.padding += 60)
			KUNIT_EXPECT_EQ_MSG(test, deliver(test, &wire, &how, &packet),
					    wire.len < 48 ? TCPSTATE_REJECT_NOT_TCP :
							    TCPSTATE_REJECT_FRAGMENT,
					    "%u bytes", wire.len);
	}
}

static void ipv4_header_below_five_words_is_short(struct kunit *test)
{
	struct tcpstate_packet packet;
	struct wire wire;
	struct iphdr *iph;

	write_wire(&wire, &segments[0]);
	iph = (void *)wire.bytes;

	for (iph->ihl = 0; iph->ihl < 5; iph->ihl++)
		KUNIT_EXPECT_EQ(test, TCPSTATE_REJECT_SHORT,
				deliver(test, &wire, &sent, &packet));
}

/* 20 bytes of TCP header, 12 of options and 37 of payload: 5 to 17 words fit. */
static void tcp_header_has_five_words_and_lies_in_the_packet(struct kunit *test)
{
	struct tcpstate_packet packet;
	enum tcpstate_reject reason;
	struct wire wire;
	unsigned int doff, room;

	write_wire(&wire, &segments[0]);
	for (room = 20; room <= 69; room++) {
		/* NOPs, so that no option is cut wherever the header ends. */
		memset(wire.bytes + wire.tcp + 20, TCPOPT_NOP, 49);
		wire.len = wire.tcp + room;
		set_ip_length(&wire, wire.len);
		for (doff = 0; doff < 16; doff++) {
			tcp_of(&wire)->doff = doff;
			reason = deliver(test, &wire, &sent, &packet);
			if (doff < 5 || 4 * doff > room) {
				KUNIT_EXPECT_EQ(test, reason, TCPSTATE_REJECT_SHORT);
				continue;
			}
			KUNIT_EXPECT_EQ(test, reason, TCPSTATE_REJECT_NONE);
			KUNIT_EXPECT_EQ(test, packet.seg.len, room - 4 * doff);
		}
	}
}

/* struct checksum_case - who summed, what is true, and what is believed */
struct checksum_case {
	const char *name;
	enum tcpstate_reject reason;
	unsigned int hook;
	u8 ip_summed;
	bool damaged;		/* after the sender summed */
	bool device_lies;	/* it summed another packet than this */
	bool valid;		/* csum_valid, left by an outer header */
	int csum_start;
	unsigned int padding;
};

static const struct checksum_case checksum_cases[] = {
	{ "nobody, good", REASON(NONE), NF_INET_LOCAL_IN, CHECKSUM_NONE },
	{ "nobody, damaged", REASON(CHECKSUM), NF_INET_LOCAL_IN, CHECKSUM_NONE, true },
	{ "nobody, forwarded, good", REASON(NONE), NF_INET_FORWARD, CHECKSUM_NONE },
	{ "nobody, forwarded, damaged", REASON(CHECKSUM), NF_INET_FORWARD,
	  CHECKSUM_NONE, true },
	{ "nobody, damaged, outer header valid", REASON(CHECKSUM), NF_INET_LOCAL_IN,
	  CHECKSUM_NONE, true, .valid = true },
	{ "nobody, sent here, damaged", REASON(NONE), NF_INET_LOCAL_OUT,
	  CHECKSUM_NONE, true },
	{ "device, good", REASON(NONE), NF_INET_LOCAL_IN, CHECKSUM_COMPLETE },
	{ "device, damaged", REASON(CHECKSUM), NF_INET_LOCAL_IN, CHECKSUM_COMPLETE, true },
	{ "device, forwarded, damaged", REASON(CHECKSUM), NF_INET_FORWARD,
	  CHECKSUM_COMPLETE, true },
	{ "device summed something else, good", REASON(NONE), NF_INET_LOCAL_IN,
	  CHECKSUM_COMPLETE, .device_lies = true },
	{ "device summed what was good, no second pass", REASON(NONE), NF_INET_LOCAL_IN,
	  CHECKSUM_COMPLETE, true, .device_lies = true },
	{ "device summed padding that hides the damage", REASON(CHECKSUM),
	  NF_INET_LOCAL_IN, CHECKSUM_COMPLETE, true, .device_lies = true, .padding = 4 },
	{ "device verified it", REASON(NONE), NF_INET_LOCAL_IN, CHECKSUM_UNNECESSARY, true },
	{ "not filled in", REASON(NONE), NF_INET_LOCAL_IN, CHECKSUM_PARTIAL, true,
	  .csum_start = 40 },
	{ "not filled in, forwarded", REASON(NONE), NF_INET_FORWARD, CHECKSUM_PARTIAL,
	  true, .csum_start = 40 },
	{ "not filled in outside, damaged inside", REASON(CHECKSUM), NF_INET_LOCAL_IN,
	  CHECKSUM_PARTIAL, true, .csum_start = -8 },
	{ "not filled in outside, good inside", REASON(NONE), NF_INET_LOCAL_IN,
	  CHECKSUM_PARTIAL, .csum_start = -8 },
};

KUNIT_ARRAY_PARAM_DESC(checksum, checksum_cases, name);

static void checksum_is_verified_where_nobody_did(struct kunit *test)
{
	const struct checksum_case *c = test->param_value;
	struct delivery how = { .hook = c->hook, .ip_summed = c->ip_summed,
				.csum_valid = c->valid, .csum_start = c->csum_start,
				.padding = c->padding };
	struct tcpstate_packet packet;
	struct wire wire, good;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(segments); i++) {
		write_wire(&wire, &segments[i]);
		good = wire;
		if (c->damaged)
			wire.bytes[wire.len - 1] ^= 0x10;
		if (c->ip_summed == CHECKSUM_COMPLETE) {
			/* A lie about a good packet is a lie; about a bad one, its past. */
			if (c->device_lies && !c->damaged)
				good.bytes[good.len - 1] ^= 0x10;
			how.csum = csum_partial(c->device_lies ? good.bytes : wire.bytes,
						wire.len, 0);
		}
		for (how.in_frag = 0; how.in_frag <= PAYLOAD; how.in_frag += 9)
			KUNIT_EXPECT_EQ_MSG(test, c->reason,
					    deliver(test, &wire, &how, &packet),
					    "%s, %u bytes in a frag", segments[i].name,
					    how.in_frag);
	}
}

static void damage_to_any_byte_shows_in_the_checksum(struct kunit *test)
{
	struct tcpstate_packet packet;
	enum tcpstate_reject reason;
	struct wire wire;
	unsigned int i, bit;

	write_wire(&wire, test->param_value);

	for (i = wire.tcp; i < wire.len; i++) {
		bit = 1 << i % 8;
		/* The size of the header is looked at before. */
		if (i == wire.tcp + 12)
			bit = 1;
		wire.bytes[i] ^= bit;
		reason = deliver(test, &wire, &received, &packet);
		KUNIT_EXPECT_EQ_MSG(test, reason, TCPSTATE_REJECT_CHECKSUM, "byte %u", i);
		wire.bytes[i] ^= bit;
	}
}

/* struct gso_case - a super-segment */
struct gso_case {
	const char *name;
	unsigned int gso_size;
	unsigned int gso_segs;
	unsigned int segs;
};

static const struct gso_case gso_cases[] = {
	{ "one segment", 0, 0, 1 },
	{ "one segment, with a count of TCP's", 0, 1, 1 },
	{ "four of 10 bytes", 10, 4, 4 },
	{ "the count is believed", 10, 3, 3 },
	{ "as many as there can be", 1, 65535, 65535 },
	{ "a virtual machine's, without a count", 10, 0, 4 },
	{ "without a count, one", 37, 0, 1 },
	{ "without a count, one and a byte", 36, 0, 2 },
};

KUNIT_ARRAY_PARAM_DESC(gso, gso_cases, name);

static void super_segment_counts_its_segments(struct kunit *test)
{
	const struct gso_case *c = test->param_value;
	struct delivery how = {
		.hook = NF_INET_FORWARD, .ip_summed = CHECKSUM_UNNECESSARY,
		.gso_size = c->gso_size, .gso_segs = c->gso_segs,
		.gso_type = c->gso_size ? SKB_GSO_TCPV4 : 0,
	};
	struct tcpstate_packet packet;
	struct wire wire;

	write_wire(&wire, &segments[0]);

	KUNIT_ASSERT_EQ(test, TCPSTATE_REJECT_NONE, deliver(test, &wire, &how, &packet));
	KUNIT_EXPECT_EQ(test, packet.seg.segs, c->segs);
	KUNIT_EXPECT_EQ(test, packet.seg.len, PAYLOAD);
}

static void count_of_super_segment_without_payload_is_one(struct kunit *test)
{
	struct delivery how = { .hook = NF_INET_FORWARD, .gso_size = 10,
				.gso_type = SKB_GSO_TCPV4,
				.ip_summed = CHECKSUM_UNNECESSARY };
	struct tcpstate_packet packet;
	struct wire wire;

	write_wire(&wire, &segments[0]);
	wire.len = wire.data;
	set_ip_length(&wire, wire.len);

	KUNIT_ASSERT_EQ(test, TCPSTATE_REJECT_NONE, deliver(test, &wire, &how, &packet));
	KUNIT_EXPECT_EQ(test, packet.seg.segs, 1);
}

static void length_of_zero_is_the_packets_own_in_a_super_segment(struct kunit *test)
{
	static const unsigned int types[] = { SKB_GSO_TCPV4, SKB_GSO_TCPV6 };
	struct delivery how = { .hook = NF_INET_LOCAL_OUT, .gso_size = 10, .gso_segs = 4 };
	struct tcpstate_packet packet;
	struct wire wire;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		write_wire(&wire, &segments[i ? 5 : 0]);
		how.gso_type = types[i];
		set_ip_length(&wire, i ? sizeof(struct ipv6hdr) : 0);

		KUNIT_ASSERT_EQ(test, TCPSTATE_REJECT_NONE,
				deliver(test, &wire, &how, &packet));
		KUNIT_EXPECT_EQ(test, packet.seg.len, PAYLOAD);
		KUNIT_EXPECT_EQ(test, TCPSTATE_REJECT_SHORT,
				deliver(test, &wire, &sent, &packet));
	}
}

static void length_of_a_jumbogram_is_the_packets_own(struct kunit *test)
{
	static const struct shape shape = { "", V6, .chain = { &jumbo } };
	struct tcpstate_packet packet;
	struct wire wire;

	write_wire(&wire, &shape);
	set_ip_length(&wire, sizeof(struct ipv6hdr));

	KUNIT_ASSERT_EQ(test, TCPSTATE_REJECT_NONE,
			deliver(test, &wire, &received, &packet));
	expect_packet(test, &packet, &wire, PAYLOAD);
}

static void super_segment_may_be_longer_than_64_kb(struct kunit *test)
{
	struct delivery how = { .gso_size = 1000, .gso_segs = 100,
				.gso_type = SKB_GSO_TCPV4 };
	struct tcpstate_packet packet;
	enum tcpstate_reject reason;
	struct sk_buff *skb;
	struct page *pages;
	struct wire wire;

	write_wire(&wire, &segments[0]);
	wire.len = wire.data;
	set_ip_length(&wire, 0);
	skb = make_skb(test, &wire, &how, 0);
	pages = alloc_pages(GFP_KERNEL | __GFP_COMP, get_order(100000));
	KUNIT_ASSERT_NOT_NULL(test, pages);
	skb_add_rx_frag(skb, 0, pages, 0, 100000, PAGE_SIZE << get_order(100000));

	reason = read_packet(skb, NF_INET_LOCAL_OUT, NFPROTO_IPV4, &packet);
	kfree_skb(skb);

	KUNIT_ASSERT_EQ(test, reason, TCPSTATE_REJECT_NONE);
	KUNIT_EXPECT_EQ(test, packet.seg.len, 100000);
	KUNIT_EXPECT_EQ(test, packet.seg.segs, 100);
}

/* struct address_case - for whom a packet is */
struct address_case {
	const char *name;
	enum tcpstate_reject reason;
	u32 ipv4;		/* 0: IPv6 */
	u32 ipv6;		/* first word */
	u8 pkt_type;
	unsigned int rt_flags;
};

static const struct address_case address_cases[] = {
	{ "below multicast", REASON(NONE), 0xdfffffff },
	{ "first multicast", REASON(MULTICAST), 0xe0000000 },
	{ "last multicast", REASON(MULTICAST), 0xefffffff },
	{ "above multicast", REASON(NONE), 0xf0000000 },
	{ "just not broadcast", REASON(NONE), 0xfffffffe },
	{ "broadcast", REASON(MULTICAST), 0xffffffff },
	{ "IPv6 multicast, interface", REASON(MULTICAST), 0, 0xff010000 },
	{ "IPv6 multicast, global", REASON(MULTICAST), 0, 0xff0e0000 },
	{ "IPv6 link-local", REASON(NONE), 0, 0xfe800000 },
	{ "IPv4 in a broadcast frame", REASON(MULTICAST), 0x0a000001, 0, PACKET_BROADCAST },
	{ "IPv4 in a multicast frame", REASON(MULTICAST), 0x0a000001, 0, PACKET_MULTICAST },
	{ "IPv6 in a multicast frame", REASON(MULTICAST), 0, 0x20010db8, PACKET_MULTICAST },
	{ "IPv4 from ourselves", REASON(NONE), 0x0a000001, 0, PACKET_OUTGOING },
	{ "IPv4 looped", REASON(NONE), 0x0a000001, 0, PACKET_LOOPBACK },
	{ "IPv4 routed as local", REASON(NONE), 0x0a000001, 0, 0, RTCF_LOCAL },
	{ "IPv4 routed as a subnet's broadcast", REASON(MULTICAST), 0x0a0000ff, 0, 0,
	  RTCF_BROADCAST | RTCF_LOCAL },
	{ "IPv4 routed as multicast", REASON(MULTICAST), 0x0a0000ff, 0, 0, RTCF_MULTICAST },
};

KUNIT_ARRAY_PARAM_DESC(address, address_cases, name);

static void packet_for_many_is_not_tracked(struct kunit *test)
{
	const struct address_case *c = test->param_value;
	struct delivery how = { .hook = NF_INET_LOCAL_IN, .pkt_type = c->pkt_type };
	struct tcpstate_packet packet;
	struct ipv6hdr *ip6h;
	struct rtable *route;
	struct iphdr *iph;
	struct wire wire;

	write_wire(&wire, &segments[c->ipv4 ? 0 : 5]);
	iph = (void *)wire.bytes;
	ip6h = (void *)wire.bytes;
	if (c->ipv4)
		iph->daddr = htonl(c->ipv4);
	else
		ip6h->daddr.s6_addr32[0] = htonl(c->ipv6);
	set_checksums(&wire);
	if (c->rt_flags) {
		route = kunit_kzalloc(test, sizeof(*route), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, route);
		route->rt_flags = c->rt_flags;
		how.route = route;
	}

	KUNIT_EXPECT_EQ(test, c->reason, deliver(test, &wire, &how, &packet));
}

static void only_local_out_was_sent_by_a_socket_of_this_host(struct kunit *test)
{
	struct delivery how = received;
	struct tcpstate_packet packet;
	struct wire wire;

	write_wire(&wire, &segments[0]);

	for (how.hook = 0; how.hook < NF_INET_NUMHOOKS; how.hook++) {
		KUNIT_ASSERT_EQ(test, TCPSTATE_REJECT_NONE,
				deliver(test, &wire, &how, &packet));
		KUNIT_EXPECT_EQ(test, packet.seg.local_out, how.hook == NF_INET_LOCAL_OUT);
	}
}

/* Every other combination is refused, but those with a RST. */
static const u8 flags_of_an_end[] = {
	0x02, 0x0a,	/* SYN */
	0x22, 0x2a,	/* SYN, URG */
	0x12, 0x1a,	/* SYN, ACK */
	0x13, 0x1b,	/* SYN, ACK, FIN */
	0x11, 0x19,	/* FIN, ACK */
	0x31, 0x39,	/* FIN, ACK, URG */
	0x10, 0x18,	/* ACK */
	0x30, 0x38,	/* ACK, URG */
};

static enum tcpstate_reject reject_of_flags(unsigned int flags)
{
	unsigned int without_ecn = flags & 0x3f;

	/* Linux looks for that first, and closes. */
	if (flags & 0x04)
		return TCPSTATE_REJECT_NONE;
	return memchr(flags_of_an_end, without_ecn, sizeof(flags_of_an_end)) ?
		TCPSTATE_REJECT_NONE : TCPSTATE_REJECT_FLAGS;
}

static void flags_that_no_end_sends_are_refused(struct kunit *test)
{
	unsigned int flags, accepted = 0;

	for (flags = 0; flags < 256; flags++) {
		KUNIT_EXPECT_EQ_MSG(test, tcpstate_packet_parse_flags(flags),
				    reject_of_flags(flags), "flags %#x", flags);
		accepted += !tcpstate_packet_parse_flags(flags);
	}
	KUNIT_EXPECT_EQ(test, accepted, 64 + 128);
}

static void packet_is_judged_by_its_flags(struct kunit *test)
{
	struct tcpstate_packet packet;
	enum tcpstate_reject reason;
	unsigned int flags;
	struct wire wire;

	write_wire(&wire, &segments[0]);
	for (flags = 0; flags < 256; flags++) {
		tcp_flag_byte(tcp_of(&wire)) = flags;
		/* With and without the AE bit (RFC 9768), which says nothing here. */
		wire.bytes[wire.tcp + 12] = (flags & 1) | 0x80;
		set_checksums(&wire);

		reason = deliver(test, &wire, &received, &packet);

		KUNIT_EXPECT_EQ(test, reason, reject_of_flags(flags));
		if (reason)
			continue;
		KUNIT_EXPECT_EQ(test, packet.seg.flags,
				flags & (flags & 0x04 ? 0x3c : 0x3f));
		KUNIT_EXPECT_EQ(test, packet.seg.ack, flags & 0x10 ? ACK : 0);
	}
}

/* struct option_case - the options of a header, and what they say */
struct option_case {
	const char *name;
	enum tcpstate_reject reason;
	u8 flags;
	u8 len;
	u8 bytes[40];
	u8 wscale;
	bool sack_ok;
	bool has_ts;
};

#define SYN .flags = TCPSTATE_FLAG_SYN
#define NOT_SYN .flags = TCPSTATE_FLAG_ACK
#define OPTIONS(...) .len = sizeof((u8[]){ __VA_ARGS__ }), .bytes = { __VA_ARGS__ }
#define UNSCALED .wscale = TCPSTATE_WSCALE_NONE
static const struct option_case option_cases[] = {
	{ "none", REASON(NONE), SYN, UNSCALED },
	{ "a SYN of Linux", REASON(NONE), SYN,
	  OPTIONS(2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 3, 3, 7),
	  .wscale = 7, .sack_ok = true, .has_ts = true },
	{ "a SYN without timestamps", REASON(NONE), SYN,
	  OPTIONS(2, 4, 5, 0xb4, 1, 1, 4, 2, 1, 3, 3, 0), .wscale = 0, .sack_ok = true },
	{ "a segment of Linux", REASON(NONE), NOT_SYN, OPTIONS(1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8),
	  UNSCALED, .has_ts = true },
	{ "timestamps and two SACK blocks", REASON(NONE), NOT_SYN,
	  OPTIONS(1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1,
		  5, 18, 1, 2, 3, 4, 5, 6, 7, 8, 3, 3, 9, 4, 2, 8, 10, 0),
	  UNSCALED, .has_ts = true },
	{ "timestamps last", REASON(NONE), NOT_SYN,
	  OPTIONS(1, 1, 1, 30, 3, 0, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8), UNSCALED, .has_ts = true },
	{ "timestamps, then nothing good", REASON(OPTIONS), NOT_SYN,
	  OPTIONS(1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 5, 11, 0, 0) },
	{ "timestamps that want a byte", REASON(OPTIONS), NOT_SYN,
	  .len = 11, .bytes = { 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8 } },
	{ "timestamps too short", REASON(NONE), NOT_SYN,
	  OPTIONS(8, 9, 1, 2, 3, 4, 5, 6, 7, 1, 1, 1), UNSCALED },
	{ "timestamps too long", REASON(NONE), NOT_SYN,
	  OPTIONS(8, 11, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1), UNSCALED },
	{ "scale of 14", REASON(NONE), SYN, OPTIONS(3, 3, 14, 1), .wscale = 14 },
	{ "scale of 15", REASON(NONE), SYN, OPTIONS(3, 3, 15, 1), .wscale = 14 },
	{ "scale of 255", REASON(NONE), SYN, OPTIONS(3, 3, 255, 1), .wscale = 14 },
	{ "scale on a SYN/ACK", REASON(NONE), .flags = 0x12, OPTIONS(1, 3, 3, 9),
	  .wscale = 9 },
	{ "scale on no SYN", REASON(NONE), NOT_SYN, OPTIONS(1, 3, 3, 9), UNSCALED },
	{ "scale too short", REASON(NONE), SYN, OPTIONS(3, 2, 1, 1), UNSCALED },
	{ "scale too long", REASON(NONE), SYN, OPTIONS(3, 4, 9, 1), UNSCALED },
	{ "scale that wants a byte", REASON(OPTIONS), SYN, OPTIONS(1, 1, 3, 3) },
	{ "scale twice", REASON(NONE), SYN, OPTIONS(3, 3, 5, 3, 3, 6, 1, 1), .wscale = 6 },
	{ "SACK permitted on no SYN", REASON(NONE), NOT_SYN, OPTIONS(1, 1, 4, 2), UNSCALED },
	{ "SACK permitted too long", REASON(NONE), SYN, OPTIONS(1, 4, 3, 2), UNSCALED },
	{ "MSS too short", REASON(NONE), SYN, OPTIONS(2, 3, 5, 1), UNSCALED },
	{ "MSS too long", REASON(NONE), SYN, OPTIONS(2, 5, 5, 0xb4, 3, 3, 3, 8),
	  .wscale = 8 },
	{ "unknown kinds are stepped over", REASON(NONE), SYN,
	  OPTIONS(253, 4, 3, 3, 34, 2, 3, 3, 3, 255, 3, 3), .wscale = 3 },
	{ "the end hides a scale", REASON(NONE), SYN, OPTIONS(1, 0, 3, 3, 9, 1, 1, 1),
	  UNSCALED },
	{ "the end hides a broken one", REASON(NONE), SYN, OPTIONS(3, 3, 1, 0, 3, 0, 8, 99),
	  .wscale = 1 },
	{ "a length of 0", REASON(OPTIONS), SYN, OPTIONS(3, 3, 1, 30, 0, 0, 0, 0) },
	{ "a length of 1", REASON(OPTIONS), SYN, OPTIONS(30, 1, 0, 0) },
	{ "a kind without a length", REASON(OPTIONS), SYN, OPTIONS(1, 1, 1, 4) },
	{ "a length beyond the header", REASON(OPTIONS), SYN, OPTIONS(254, 5, 0, 0) },
	{ "one option of 40 bytes", REASON(NONE), SYN, .len = 40, .bytes = { 254, 40 },
	  UNSCALED },
	{ "one option of 41 bytes", REASON(OPTIONS), SYN, .len = 40, .bytes = { 254, 41 } },
};

KUNIT_ARRAY_PARAM_DESC(option, option_cases, name);

/* parse_options() on a buffer that ends where the options do */
static enum tcpstate_reject parse_exact(struct kunit *test, const u8 *bytes,
					unsigned int len, struct tcpstate_segment *seg)
{
	u8 *exact = kmemdup(bytes, len, GFP_KERNEL);
	enum tcpstate_reject reason;

	KUNIT_ASSERT_NOT_NULL(test, exact);
	reason = tcpstate_packet_parse_options(exact, len, seg);
	kfree(exact);
	return reason;
}

static void options_say_what_they_say_to_linux(struct kunit *test)
{
	const struct option_case *c = test->param_value;
	struct tcpstate_segment seg;

	/* Whatever the segment before has left. */
	memset(&seg, 1, sizeof(seg));
	seg.flags = c->flags;

	KUNIT_ASSERT_EQ(test, c->reason, parse_exact(test, c->bytes, c->len, &seg));
	if (c->reason)
		return;
	KUNIT_EXPECT_EQ(test, seg.wscale, c->wscale);
	KUNIT_EXPECT_EQ(test, seg.sack_ok, c->sack_ok);
	KUNIT_EXPECT_EQ(test, seg.has_ts, c->has_ts);
	KUNIT_EXPECT_EQ(test, seg.ts_val, c->has_ts ? TS_VAL : 0);
	KUNIT_EXPECT_EQ(test, seg.ts_ecr, c->has_ts ? TS_ECR : 0);
}

/* One option of @kind with the length byte @size, after @at NOPs, then EOLs. */
static void expect_option(struct kunit *test, unsigned int len, unsigned int at,
			  u8 kind, u8 size)
{
	bool good = at + 1 < len && size >= 2 && size <= len - at;
	struct tcpstate_segment seg = { SYN };
	u8 bytes[40] = {};

	memset(bytes, TCPOPT_NOP, at);
	bytes[at] = kind;
	if (at + 1 < len)
		bytes[at + 1] = size;

	KUNIT_EXPECT_EQ_MSG(test, parse_exact(test, bytes, len, &seg),
			    good ? TCPSTATE_REJECT_NONE : TCPSTATE_REJECT_OPTIONS,
			    "kind %u, length %u at %u of %u", kind, size, at, len);
	KUNIT_EXPECT_EQ(test, seg.has_ts, good && kind == 8 && size == 10);
	KUNIT_EXPECT_EQ(test, seg.sack_ok, good && kind == 4 && size == 2);
	KUNIT_EXPECT_EQ(test, seg.wscale != TCPSTATE_WSCALE_NONE,
			good && kind == 3 && size == 3);
}

static void hostile_lengths_never_lead_out_of_the_options(struct kunit *test)
{
	static const u8 kinds[] = { 2, 3, 4, 5, 8, 19, 28, 30, 34, 172, 253, 254, 255 };
	unsigned int len, at, size, i;

	for (len = 1; len <= 40; len++)
		for (at = 0; at < len; at++)
			for (i = 0; i < ARRAY_SIZE(kinds); i++) {
				for (size = 0; size <= 11; size++)
					expect_option(test, len, at, kinds[i], size);
				for (size = len - at; size <= len - at + 1; size++)
					expect_option(test, len, at, kinds[i], size);
				expect_option(test, len, at, kinds[i], 255);
			}
}

static void padding_alone_says_nothing(struct kunit *test)
{
	static const u8 pads[] = { TCPOPT_NOP, TCPOPT_EOL };
	struct tcpstate_segment seg = { SYN };
	unsigned int len, i;
	u8 bytes[40];

	for (i = 0; i < ARRAY_SIZE(pads); i++) {
		memset(bytes, pads[i], sizeof(bytes));
		for (len = 0; len <= 40; len++) {
			KUNIT_EXPECT_EQ(test, TCPSTATE_REJECT_NONE,
					parse_exact(test, bytes, len, &seg));
			KUNIT_EXPECT_EQ(test, seg.wscale, TCPSTATE_WSCALE_NONE);
			KUNIT_EXPECT_FALSE(test, seg.has_ts);
		}
	}
}

static void packet_with_a_broken_option_is_counted_and_complete(struct kunit *test)
{
	static const u8 shapes[] = { 0, 5 };
	struct tcpstate_packet packet;
	struct delivery how = received;
	struct wire wire;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		write_wire(&wire, &segments[shapes[i]]);
		wire.bytes[wire.tcp + sizeof(struct tcphdr) + 3] = 11;
		set_checksums(&wire);

		for (how.in_frag = 0; how.in_frag <= wire.len - 40; how.in_frag++) {
			memset(&packet, 0, sizeof(packet));
			KUNIT_EXPECT_EQ(test, TCPSTATE_REJECT_OPTIONS,
					deliver(test, &wire, &how, &packet));
			KUNIT_EXPECT_EQ(test, packet.seg.seq, ntohl(tcp_of(&wire)->seq));
			KUNIT_EXPECT_TRUE(test, packet.key.port[0] == tcp_of(&wire)->source);
		}
	}
}

static struct kunit_case segment_test_cases[] = {
	KUNIT_CASE_PARAM(segment_has_every_field, segment_gen_params),
	KUNIT_CASE_PARAM(segment_is_the_same_wherever_the_packet_is_split,
			 segment_gen_params),
	KUNIT_CASE_PARAM(truncated_packet_is_short_until_the_header_is_whole,
			 segment_gen_params),
	KUNIT_CASE_PARAM(truncated_packet_in_a_frag_is_the_same, segment_gen_params),
	KUNIT_CASE_PARAM(bytes_behind_the_ip_length_do_not_count, segment_gen_params),
	KUNIT_CASE_PARAM(padded_segment_keeps_its_length_and_checksum, segment_gen_params),
	KUNIT_CASE_PARAM(first_fragment_has_no_length_and_no_checksum, first_gen_params),
	KUNIT_CASE_PARAM(first_fragment_without_the_whole_header_is_short,
			 first_gen_params),
	KUNIT_CASE_PARAM(packet_that_is_no_segment_has_its_reason, other_gen_params),
	KUNIT_CASE(fragment_header_that_is_cut_is_no_fragment),
	KUNIT_CASE(ipv4_header_below_five_words_is_short),
	KUNIT_CASE(tcp_header_has_five_words_and_lies_in_the_packet),
	KUNIT_CASE_PARAM(checksum_is_verified_where_nobody_did, checksum_gen_params),
	KUNIT_CASE_PARAM(damage_to_any_byte_shows_in_the_checksum, segment_gen_params),
	KUNIT_CASE_PARAM(super_segment_counts_its_segments, gso_gen_params),
	KUNIT_CASE(count_of_super_segment_without_payload_is_one),
	KUNIT_CASE(length_of_zero_is_the_packets_own_in_a_super_segment),
	KUNIT_CASE(length_of_a_jumbogram_is_the_packets_own),
	KUNIT_CASE(super_segment_may_be_longer_than_64_kb),
	KUNIT_CASE_PARAM(packet_for_many_is_not_tracked, address_gen_params),
	KUNIT_CASE(only_local_out_was_sent_by_a_socket_of_this_host),
	KUNIT_CASE(flags_that_no_end_sends_are_refused),
	KUNIT_CASE(packet_is_judged_by_its_flags),
	KUNIT_CASE_PARAM(options_say_what_they_say_to_linux, option_gen_params),
	KUNIT_CASE(hostile_lengths_never_lead_out_of_the_options),
	KUNIT_CASE(padding_alone_says_nothing),
	KUNIT_CASE(packet_with_a_broken_option_is_counted_and_complete),
	{}
};

static struct kunit_suite segment_test_suite = {
	.name = "tcpstate_segment",
	.test_cases = segment_test_cases,
};

kunit_test_suite(segment_test_suite);

MODULE_DESCRIPTION("tests of tcpstate's packet.c");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
