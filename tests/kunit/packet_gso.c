// SPDX-License-Identifier: GPL-2.0-only
/* Super-segments, and packets that are longer than their IP header can say. */
#include "packet_wire.h"

static const struct ext jumbo = { NEXTHDR_HOP, 8, { 0, 0, 0xc2, 4, 0, 1 } };

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

	wire_write(&wire, &wire_segments[0]);

	KUNIT_ASSERT_EQ(test, TCPSTATE_REJECT_NONE, wire_deliver(test, &wire, &how, &packet));
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

	wire_write(&wire, &wire_segments[0]);
	wire.len = wire.data;
	wire_set_ip_length(&wire, wire.len);

	KUNIT_ASSERT_EQ(test, TCPSTATE_REJECT_NONE, wire_deliver(test, &wire, &how, &packet));
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
		wire_write(&wire, &wire_segments[i ? 5 : 0]);
		how.gso_type = types[i];
		wire_set_ip_length(&wire, i ? sizeof(struct ipv6hdr) : 0);

		KUNIT_ASSERT_EQ(test, TCPSTATE_REJECT_NONE,
				wire_deliver(test, &wire, &how, &packet));
		KUNIT_EXPECT_EQ(test, packet.seg.len, PAYLOAD);
		KUNIT_EXPECT_EQ(test, TCPSTATE_REJECT_SHORT,
				wire_deliver(test, &wire, &wire_sent, &packet));
	}
}

static void length_of_a_jumbogram_is_the_packets_own(struct kunit *test)
{
	static const struct shape shape = { "", V6, .chain = { &jumbo } };
	struct tcpstate_packet packet;
	struct wire wire;

	wire_write(&wire, &shape);
	wire_set_ip_length(&wire, sizeof(struct ipv6hdr));

	KUNIT_ASSERT_EQ(test, TCPSTATE_REJECT_NONE,
			wire_deliver(test, &wire, &wire_received, &packet));
	wire_expect(test, &packet, &wire, PAYLOAD);
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

	wire_write(&wire, &wire_segments[0]);
	wire.len = wire.data;
	wire_set_ip_length(&wire, 0);
	skb = wire_make_skb(test, &wire, &how, 0);
	pages = alloc_pages(GFP_KERNEL | __GFP_COMP, get_order(100000));
	KUNIT_ASSERT_NOT_NULL(test, pages);
	skb_add_rx_frag(skb, 0, pages, 0, 100000, PAGE_SIZE << get_order(100000));

	reason = wire_read(skb, NF_INET_LOCAL_OUT, NFPROTO_IPV4, &packet);
	kfree_skb(skb);

	KUNIT_ASSERT_EQ(test, reason, TCPSTATE_REJECT_NONE);
	KUNIT_EXPECT_EQ(test, packet.seg.len, 100000);
	KUNIT_EXPECT_EQ(test, packet.seg.segs, 100);
}

static struct kunit_case packet_gso_cases[] = {
	KUNIT_CASE_PARAM(super_segment_counts_its_segments, gso_gen_params),
	KUNIT_CASE(count_of_super_segment_without_payload_is_one),
	KUNIT_CASE(length_of_zero_is_the_packets_own_in_a_super_segment),
	KUNIT_CASE(length_of_a_jumbogram_is_the_packets_own),
	KUNIT_CASE(super_segment_may_be_longer_than_64_kb),
	{}
};

static struct kunit_suite packet_gso_suite = {
	.name = "tcpstate_packet_gso",
	.test_cases = packet_gso_cases,
};

kunit_test_suite(packet_gso_suite);
