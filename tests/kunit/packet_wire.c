// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes packets and has them read. KASAN does not see a read behind skb->len, so
 * every packet is parsed with different bytes behind its end, which must agree.
 */
#include "packet_wire.h"

#include <net/ip6_checksum.h>
#include <net/tcp.h>

const struct ext wire_hop = { NEXTHDR_HOP, 8, { 0, 0, 1, 4 } };
const struct ext wire_dest = { NEXTHDR_DEST, 16, { 0, 1, 1, 12 } };
const struct ext wire_route_end = { NEXTHDR_ROUTING, 24, { 0, 2, 4, 0 } };
static const struct ext whole = { NEXTHDR_FRAGMENT, 8, { 0, 0, 0, 0, 1, 2, 3, 4 } };

/* One of each shape that is a whole segment */
const struct shape wire_segments[WIRE_SEGMENTS] = {
	{ "IPv4", V4 },
	{ "IPv4 without TCP options", V4, .plain = true },
	{ "IPv4 with options", V4, .ip_words = 3 },
	{ "IPv4 with all options there can be", V4, .ip_words = 10 },
	{ "IPv4 that must not be fragmented", V4, .frag_off = IP_DF },
	{ "IPv6", V6 },
	{ "IPv6 without TCP options", V6, .plain = true },
	{ "IPv6 hop-by-hop", V6, .chain = { &wire_hop } },
	{ "IPv6 destination options", V6, .chain = { &wire_dest } },
	{ "IPv6 routing header at its end", V6, .chain = { &wire_route_end } },
	{ "IPv6 fragment header of a whole", V6, .chain = { &whole } },
	{ "IPv6 with a chain", V6, .chain = { &wire_hop, &wire_dest, &wire_route_end, &whole } },
};

const struct delivery wire_sent = { .hook = NF_INET_LOCAL_OUT };
const struct delivery wire_received = { .hook = NF_INET_LOCAL_IN };

/* Timestamps: TS_VAL and TS_ECR */
static const u8 ts_options[] = { 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8 };

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

/**
 * wire_checksum() - writes both checksums as the sender would have written them
 * @wire: the packet, after a change
 */
void wire_checksum(struct wire *wire)
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

/**
 * wire_set_ip_length() - writes the length that the IP header says
 * @wire: the packet
 * @len: bytes, from the IP header on
 */
void wire_set_ip_length(struct wire *wire, unsigned int len)
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

/**
 * wire_write() - writes a packet with PAYLOAD bytes of data
 * @wire: takes the packet
 * @shape: what it looks like
 */
void wire_write(struct wire *wire, const struct shape *shape)
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
	wire_set_ip_length(wire, wire->len);
	wire_checksum(wire);
}

/**
 * wire_tcp() - where the TCP header is
 * @wire: the packet
 *
 * Return: the header, in @wire.
 */
struct tcphdr *wire_tcp(struct wire *wire)
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

/**
 * wire_make_skb() - makes an skb of a packet
 * @test: fails if there is no memory
 * @wire: the packet
 * @how: how it comes
 * @fill: the byte in front of and behind the packet
 *
 * Return: the skb, which the caller frees.
 */
struct sk_buff *wire_make_skb(struct kunit *test, const struct wire *wire,
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

/**
 * wire_read() - reads a packet as a hook does
 * @skb: the packet
 * @hook: where it passes
 * @family: NFPROTO_*
 * @packet: takes what is read
 *
 * Return: the reject reason.
 */
enum tcpstate_reject wire_read(const struct sk_buff *skb, unsigned int hook, u8 family,
			       struct tcpstate_packet *packet)
{
	return tcpstate_packet_locate(skb, family, packet) ?:
	       tcpstate_packet_parse(skb, hook, packet);
}

static enum tcpstate_reject deliver_once(struct kunit *test, const struct wire *wire,
					 const struct delivery *how, u8 fill,
					 struct tcpstate_packet *packet)
{
	struct sk_buff *skb = wire_make_skb(test, wire, how, fill);
	enum tcpstate_reject reason;
	struct sk_buff copy;

	memset(packet, fill, sizeof(*packet));
	rcu_read_lock();
	if (how->route)
		skb_dst_set_noref(skb, &how->route->dst);
	copy = *skb;
	reason = wire_read(skb, how->hook, wire->family, packet);
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

/**
 * wire_deliver() - reads a packet several times, with other bytes behind its end
 * @test: fails if the results differ, or if reading changes the packet
 * @wire: the packet
 * @how: how it comes
 * @packet: takes what is read
 *
 * Return: the reject reason.
 */
enum tcpstate_reject wire_deliver(struct kunit *test, const struct wire *wire,
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

/**
 * wire_expect() - expects the segment that wire_write() writes
 * @test: fails if it is another one
 * @packet: what was read
 * @wire: the packet
 * @len: how many bytes of data are expected
 */
void wire_expect(struct kunit *test, const struct tcpstate_packet *packet,
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
