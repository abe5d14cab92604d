// SPDX-License-Identifier: GPL-2.0-only
/* TCP options. The parser of plain bytes gets buffers of the exact size. */
#include "packet_wire.h"

#include <linux/module.h>
#include <net/tcp.h>

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

	/* Set all that a segment before may have left. */
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
	struct delivery how = wire_received;
	struct wire wire;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		wire_write(&wire, &wire_segments[shapes[i]]);
		wire.bytes[wire.tcp + sizeof(struct tcphdr) + 3] = 11;
		wire_checksum(&wire);

		for (how.in_frag = 0; how.in_frag <= wire.len - 40; how.in_frag++) {
			memset(&packet, 0, sizeof(packet));
			KUNIT_EXPECT_EQ(test, TCPSTATE_REJECT_OPTIONS,
					wire_deliver(test, &wire, &how, &packet));
			KUNIT_EXPECT_EQ(test, packet.seg.seq, ntohl(wire_tcp(&wire)->seq));
			KUNIT_EXPECT_TRUE(test, packet.key.port[0] == wire_tcp(&wire)->source);
		}
	}
}

static struct kunit_case packet_options_cases[] = {
	KUNIT_CASE_PARAM(options_say_what_they_say_to_linux, option_gen_params),
	KUNIT_CASE(hostile_lengths_never_lead_out_of_the_options),
	KUNIT_CASE(padding_alone_says_nothing),
	KUNIT_CASE(packet_with_a_broken_option_is_counted_and_complete),
	{}
};

static struct kunit_suite packet_options_suite = {
	.name = "tcpstate_packet_options",
	.test_cases = packet_options_cases,
};

kunit_test_suite(packet_options_suite);

MODULE_DESCRIPTION("KUnit suites of tcpstate's packet.c");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
