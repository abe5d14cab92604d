// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a packet begins and ends: truncated and padded packets, extension headers,
 * fragments, the length of each header.
 */
#include "packet_wire.h"

#include <net/tcp.h>

static const struct ext route_on = { NEXTHDR_ROUTING, 24, { 0, 2, 4, 1 } };
static const struct ext auth = { NEXTHDR_AUTH, 24, { 0, 4 } };
static const struct ext first = { NEXTHDR_FRAGMENT, 8, { 0, 0, 0, 1, 1, 2, 3, 4 } };
static const struct ext later = { NEXTHDR_FRAGMENT, 8, { 0, 0, 0, 9, 1, 2, 3, 4 } };
static const struct ext last = { NEXTHDR_FRAGMENT, 8, { 0, 0, 1, 0, 1, 2, 3, 4 } };

KUNIT_ARRAY_PARAM_DESC(segment, wire_segments, name);

static const struct shape firsts[] = {
	{ "IPv4 first fragment", V4, .frag_off = IP_MF },
	{ "IPv4 first fragment with options", V4, .frag_off = IP_MF, .ip_words = 2 },
	{ "IPv6 first fragment", V6, .chain = { &first } },
	{ "IPv6 first fragment in a chain", V6, .chain = { &wire_hop, &first, &wire_dest } },
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
	  .chain = { &wire_hop, &wire_dest } },
	{ "IPv6 no next header", REASON(NOT_TCP), V6, .protocol = NEXTHDR_NONE },
	{ "IPv6 chain without end", REASON(NOT_TCP), V6, .protocol = NEXTHDR_NONE,
	  .chain = { &wire_dest, &wire_dest, &wire_dest, &wire_dest } },
	{ "IPv6 ESP", REASON(NOT_TCP), V6, .protocol = NEXTHDR_ESP },
	{ "IPv6 AH", REASON(NOT_TCP), V6, .chain = { &auth } },
	{ "IPv6 AH in a chain", REASON(NOT_TCP), V6, .chain = { &wire_hop, &auth, &wire_dest } },
	{ "IPv6 routing header with segments left", REASON(NOT_TCP), V6, .chain = { &route_on } },
	{ "IPv6 two routing headers, one with segments left", REASON(NOT_TCP), V6,
	  .chain = { &wire_dest, &wire_route_end, &route_on } },
	{ "IPv6 later fragment", REASON(FRAGMENT), V6, .chain = { &later } },
	{ "IPv6 last fragment", REASON(FRAGMENT), V6, .chain = { &wire_hop, &last } },
	{ "IPv6 later fragment of UDP", REASON(NOT_TCP), V6, .chain = { &later },
	  .protocol = IPPROTO_UDP },
};

KUNIT_ARRAY_PARAM_DESC(other, others, name);

static void segment_has_every_field(struct kunit *test)
{
	struct tcpstate_packet packet;
	struct wire wire;

	wire_write(&wire, test->param_value);

	KUNIT_ASSERT_EQ(test, TCPSTATE_REJECT_NONE,
			wire_deliver(test, &wire, &wire_received, &packet));
	wire_expect(test, &packet, &wire, PAYLOAD);
}

static void segment_is_the_same_wherever_the_packet_is_split(struct kunit *test)
{
	struct delivery how = wire_received;
	struct tcpstate_packet packet;
	struct wire wire;
	unsigned int ip;

	wire_write(&wire, test->param_value);
	ip = wire.family == NFPROTO_IPV4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);

	for (how.in_frag = 1; how.in_frag <= wire.len - ip; how.in_frag++) {
		KUNIT_ASSERT_EQ_MSG(test, TCPSTATE_REJECT_NONE,
				    wire_deliver(test, &wire, &how, &packet),
				    "%u bytes of %u in a frag", how.in_frag, wire.len);
		wire_expect(test, &packet, &wire, PAYLOAD);
	}
}

/* The reject reason of a packet that ends after @len bytes. */
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

	wire_write(&wire, test->param_value);
	part = wire;

	for (part.len = 0; part.len <= wire.len; part.len++) {
		reason = wire_deliver(test, &part, &wire_sent, &packet);
		KUNIT_EXPECT_EQ_MSG(test, reason, reject_of_length(&wire, part.len),
				    "after %u bytes", part.len);
		if (!reason)
			wire_expect(test, &packet, &wire, part.len - wire.data);
	}
}

static void truncated_packet_in_a_frag_is_the_same(struct kunit *test)
{
	struct delivery how = wire_sent;
	struct tcpstate_packet packet;
	struct wire wire, part;
	unsigned int ip;

	wire_write(&wire, test->param_value);
	part = wire;
	ip = wire.family == NFPROTO_IPV4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);

	for (part.len = ip + 1; part.len <= wire.len; part.len++) {
		how.in_frag = part.len - ip;
		KUNIT_EXPECT_EQ_MSG(test, reject_of_length(&wire, part.len),
				    wire_deliver(test, &part, &how, &packet),
				    "after %u bytes", part.len);
	}
}

/* Padding: bytes behind the IP length, which may even look like the packet. */
static void bytes_behind_the_ip_length_do_not_count(struct kunit *test)
{
	struct tcpstate_packet packet;
	struct delivery how = wire_sent;
	struct wire wire, part;
	enum tcpstate_reject reason;
	unsigned int len, from;

	wire_write(&wire, test->param_value);
	part = wire;
	/* An IPv6 length of 0 has a meaning of its own. */
	from = wire.family == NFPROTO_IPV4 ? 0 : sizeof(struct ipv6hdr) + 1;

	for (len = from; len <= wire.len; len++) {
		wire_set_ip_length(&part, len);
		for (how.padding = 0; how.padding <= 64; how.padding += 64) {
			part.len = how.padding ? max_t(u32, len, 40) : wire.len;
			reason = wire_deliver(test, &part, &how, &packet);
			KUNIT_EXPECT_EQ_MSG(test, reason, reject_of_length(&wire, len),
					    "IP length %u, padding %u", len, how.padding);
			if (!reason)
				wire_expect(test, &packet, &wire, len - wire.data);
		}
	}
}

static void padded_segment_keeps_its_length_and_checksum(struct kunit *test)
{
	struct delivery how = wire_received;
	struct tcpstate_packet packet;
	struct wire wire;

	wire_write(&wire, test->param_value);
	for (how.padding = 1; how.padding < 8; how.padding++) {
		how.in_frag = how.padding % 2 ? 0 : 10;
		how.ip_summed = how.padding % 3 ? CHECKSUM_NONE : CHECKSUM_COMPLETE;

		KUNIT_ASSERT_EQ(test, TCPSTATE_REJECT_NONE,
				wire_deliver(test, &wire, &how, &packet));
		wire_expect(test, &packet, &wire, PAYLOAD);
	}
}

static void first_fragment_has_no_length_and_no_checksum(struct kunit *test)
{
	struct tcpstate_packet packet;
	struct wire wire;

	wire_write(&wire, test->param_value);
	wire.bytes[wire.data] ^= 1;

	KUNIT_ASSERT_EQ(test, TCPSTATE_REJECT_NONE,
			wire_deliver(test, &wire, &wire_received, &packet));
	wire_expect(test, &packet, &wire, 0);
}

static void first_fragment_without_the_whole_header_is_short(struct kunit *test)
{
	struct tcpstate_packet packet;
	struct wire wire;

	wire_write(&wire, test->param_value);

	for (wire.len = wire.tcp; wire.len < wire.data; wire.len++) {
		wire_set_ip_length(&wire, wire.len);
		KUNIT_EXPECT_EQ_MSG(test, TCPSTATE_REJECT_SHORT,
				    wire_deliver(test, &wire, &wire_received, &packet),
				    "%u bytes of TCP", wire.len - wire.tcp);
	}
}

static void packet_that_is_no_segment_has_its_reason(struct kunit *test)
{
	const struct shape *shape = test->param_value;
	struct delivery how = wire_received;
	struct tcpstate_packet packet;
	struct wire wire;

	wire_write(&wire, shape);

	for (how.in_frag = 0; how.in_frag <= wire.len - 40; how.in_frag++)
		KUNIT_EXPECT_EQ(test, shape->reason, wire_deliver(test, &wire, &how, &packet));
}

/* A header that is cut must not be read to its end, whatever lies there. */
static void fragment_header_that_is_cut_is_no_fragment(struct kunit *test)
{
	static const struct shape shape = { "", V6, .chain = { &later } };
	struct delivery how = wire_sent;
	struct tcpstate_packet packet;
	struct wire wire;

	wire_write(&wire, &shape);

	for (wire.len = 41; wire.len <= 48; wire.len++) {
		wire_set_ip_length(&wire, wire.len);
		for (how.padding = 0; how.padding <= 60; how.padding += 60)
			KUNIT_EXPECT_EQ_MSG(test, wire_deliver(test, &wire, &how, &packet),
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

	wire_write(&wire, &wire_segments[0]);
	iph = (void *)wire.bytes;

	for (iph->ihl = 0; iph->ihl < 5; iph->ihl++)
		KUNIT_EXPECT_EQ(test, TCPSTATE_REJECT_SHORT,
				wire_deliver(test, &wire, &wire_sent, &packet));
}

/* 20 bytes of TCP header, 12 of options and 37 of payload: 5 to 17 words fit. */
static void tcp_header_has_five_words_and_lies_in_the_packet(struct kunit *test)
{
	struct tcpstate_packet packet;
	enum tcpstate_reject reason;
	struct wire wire;
	unsigned int doff, room;

	wire_write(&wire, &wire_segments[0]);
	for (room = 20; room <= 69; room++) {
		/* NOPs, so that no option is cut wherever the header ends. */
		memset(wire.bytes + wire.tcp + 20, TCPOPT_NOP, 49);
		wire.len = wire.tcp + room;
		wire_set_ip_length(&wire, wire.len);
		for (doff = 0; doff < 16; doff++) {
			wire_tcp(&wire)->doff = doff;
			reason = wire_deliver(test, &wire, &wire_sent, &packet);
			if (doff < 5 || 4 * doff > room) {
				KUNIT_EXPECT_EQ(test, reason, TCPSTATE_REJECT_SHORT);
				continue;
			}
			KUNIT_EXPECT_EQ(test, reason, TCPSTATE_REJECT_NONE);
			KUNIT_EXPECT_EQ(test, packet.seg.len, room - 4 * doff);
		}
	}
}

static struct kunit_case packet_length_cases[] = {
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
	{}
};

static struct kunit_suite packet_length_suite = {
	.name = "tcpstate_packet_length",
	.test_cases = packet_length_cases,
};

kunit_test_suite(packet_length_suite);
