// SPDX-License-Identifier: GPL-2.0-only
/* Which packets have their checksum verified, and that it is. */
#include "packet_wire.h"

KUNIT_ARRAY_PARAM_DESC(segment, wire_segments, name);

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

	for (i = 0; i < ARRAY_SIZE(wire_segments); i++) {
		wire_write(&wire, &wire_segments[i]);
		good = wire;
		if (c->damaged)
			wire.bytes[wire.len - 1] ^= 0x10;
		if (c->ip_summed == CHECKSUM_COMPLETE) {
			/* A lying device summed before the damage, or another packet. */
			if (c->device_lies && !c->damaged)
				good.bytes[good.len - 1] ^= 0x10;
			how.csum = csum_partial(c->device_lies ? good.bytes : wire.bytes,
						wire.len, 0);
		}
		for (how.in_frag = 0; how.in_frag <= PAYLOAD; how.in_frag += 9)
			KUNIT_EXPECT_EQ_MSG(test, c->reason,
					    wire_deliver(test, &wire, &how, &packet),
					    "%s, %u bytes in a frag", wire_segments[i].name,
					    how.in_frag);
	}
}

static void damage_to_any_byte_shows_in_the_checksum(struct kunit *test)
{
	struct tcpstate_packet packet;
	enum tcpstate_reject reason;
	struct wire wire;
	unsigned int i, bit;

	wire_write(&wire, test->param_value);

	for (i = wire.tcp; i < wire.len; i++) {
		bit = 1 << i % 8;
		/* The size of the header, which is checked before, stays as it is. */
		if (i == wire.tcp + 12)
			bit = 1;
		wire.bytes[i] ^= bit;
		reason = wire_deliver(test, &wire, &wire_received, &packet);
		KUNIT_EXPECT_EQ_MSG(test, reason, TCPSTATE_REJECT_CHECKSUM, "byte %u", i);
		wire.bytes[i] ^= bit;
	}
}

static struct kunit_case packet_checksum_cases[] = {
	KUNIT_CASE_PARAM(checksum_is_verified_where_nobody_did, checksum_gen_params),
	KUNIT_CASE_PARAM(damage_to_any_byte_shows_in_the_checksum, segment_gen_params),
	{}
};

static struct kunit_suite packet_checksum_suite = {
	.name = "tcpstate_packet_checksum",
	.test_cases = packet_checksum_cases,
};

kunit_test_suite(packet_checksum_suite);
