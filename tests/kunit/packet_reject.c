// SPDX-License-Identifier: GPL-2.0-only
/* Addresses that are not tracked, where a packet was seen, and flags that no end sends. */
#include "packet_wire.h"

#include <linux/if_packet.h>
#include <net/tcp.h>

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

	wire_write(&wire, &wire_segments[c->ipv4 ? 0 : 5]);
	iph = (void *)wire.bytes;
	ip6h = (void *)wire.bytes;
	if (c->ipv4)
		iph->daddr = htonl(c->ipv4);
	else
		ip6h->daddr.s6_addr32[0] = htonl(c->ipv6);
	wire_checksum(&wire);
	if (c->rt_flags) {
		route = kunit_kzalloc(test, sizeof(*route), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, route);
		route->rt_flags = c->rt_flags;
		how.route = route;
	}

	KUNIT_EXPECT_EQ(test, c->reason, wire_deliver(test, &wire, &how, &packet));
}

static void only_local_out_was_sent_by_a_socket_of_this_host(struct kunit *test)
{
	struct delivery how = wire_received;
	struct tcpstate_packet packet;
	struct wire wire;

	wire_write(&wire, &wire_segments[0]);

	for (how.hook = 0; how.hook < NF_INET_NUMHOOKS; how.hook++) {
		KUNIT_ASSERT_EQ(test, TCPSTATE_REJECT_NONE,
				wire_deliver(test, &wire, &how, &packet));
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

	/* Linux looks for the RST first, and closes. */
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

	wire_write(&wire, &wire_segments[0]);
	for (flags = 0; flags < 256; flags++) {
		tcp_flag_byte(wire_tcp(&wire)) = flags;
		/* With and without the AE bit (RFC 9768), which says nothing here. */
		wire.bytes[wire.tcp + 12] = (flags & 1) | 0x80;
		wire_checksum(&wire);

		reason = wire_deliver(test, &wire, &wire_received, &packet);

		KUNIT_EXPECT_EQ(test, reason, reject_of_flags(flags));
		if (reason)
			continue;
		KUNIT_EXPECT_EQ(test, packet.seg.flags,
				flags & (flags & 0x04 ? 0x3c : 0x3f));
		KUNIT_EXPECT_EQ(test, packet.seg.ack, flags & 0x10 ? ACK : 0);
	}
}

static struct kunit_case packet_reject_cases[] = {
	KUNIT_CASE_PARAM(packet_for_many_is_not_tracked, address_gen_params),
	KUNIT_CASE(only_local_out_was_sent_by_a_socket_of_this_host),
	KUNIT_CASE(flags_that_no_end_sends_are_refused),
	KUNIT_CASE(packet_is_judged_by_its_flags),
	{}
};

static struct kunit_suite packet_reject_suite = {
	.name = "tcpstate_packet_reject",
	.test_cases = packet_reject_cases,
};

kunit_test_suite(packet_reject_suite);
