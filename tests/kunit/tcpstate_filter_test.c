// SPDX-License-Identifier: GPL-2.0-only
/* Filters: each part lets pass what it should, up to its edges, and no more. */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/time64.h>
#include <linux/user_namespace.h>

#include "clock.h"
#include "filter.h"
#include "engine/phase.h"

#define BORN_NS		(100 * NSEC_PER_SEC)
#define AGE_NS		(5 * NSEC_PER_SEC)

/* 10.1.2.3:60000 to 10.1.9.9:443, and fd00::102:3 to fd00::109:9 likewise. */
static void make_flow(struct tcpstate_copy *copy, bool ipv6)
{
	static const __u8 host[2][2] = { { 2, 3 }, { 9, 9 } };
	struct tcpstate_key key = { .zone = ipv6 ? TCPSTATE_ZONE_IPV6 : 0 };
	int end;

	*copy = (struct tcpstate_copy){};
	for (end = 0; end < 2; end++) {
		u32 low = 1 << 16 | host[end][0] << 8 | host[end][1];

		if (ipv6) {
			key.addr[end].ip6[0] = htonl(0xfd000000);
			key.addr[end].ip6[3] = htonl(low);
		} else {
			key.addr[end].ip = htonl(10 << 24 | low);
		}
	}
	key.port[0] = htons(60000);
	key.port[1] = htons(443);
	copy->flow.zone = key.zone;
	tcpstate_flow_set_key(&copy->flow, &key, TCPSTATE_INITIATOR);
	copy->flow.id = BORN_NS;
	copy->flow.conn.states = TCPSTATE_FIN_WAIT_2 | TCPSTATE_CLOSE_WAIT << 4;
	copy->flow.conn.flags = TCPSTATE_F_SEEN | TCPSTATE_F_SEEN << 1 |
				TCPSTATE_F_RETRACTED | TCPSTATE_F_MIDSTREAM;
}

static bool passes(const struct tcpstate_filter *filter, bool ipv6)
{
	struct tcpstate_copy copy;

	make_flow(&copy, ipv6);
	return tcpstate_filter_match(filter, &copy.flow, BORN_NS + AGE_NS);
}

static struct tcpstate_filter any(void)
{
	struct tcpstate_filter filter;

	tcpstate_filter_init(&filter);
	return filter;
}

static void everything_passes_an_empty_filter(struct kunit *test)
{
	struct tcpstate_filter filter = any();

	KUNIT_EXPECT_TRUE(test, passes(&filter, false));
	KUNIT_EXPECT_TRUE(test, passes(&filter, true));
}

static void family_keeps_the_other_one_out(struct kunit *test)
{
	struct tcpstate_filter filter = any();

	filter.family = TCPSTATE_FAMILY_IPV4;
	KUNIT_EXPECT_TRUE(test, passes(&filter, false));
	KUNIT_EXPECT_FALSE(test, passes(&filter, true));
	filter.family = TCPSTATE_FAMILY_IPV6;
	KUNIT_EXPECT_FALSE(test, passes(&filter, false));
	KUNIT_EXPECT_TRUE(test, passes(&filter, true));
}

static struct tcpstate_match prefix4(u32 addr, u8 len)
{
	return (struct tcpstate_match){
		.addr.ip = htonl(addr),
		.family = TCPSTATE_FAMILY_IPV4,
		.prefix_len = len,
		.port_max = U16_MAX,
	};
}

static void prefix_counts_its_bits_and_no_more(struct kunit *test)
{
	const u32 addr = 10 << 24 | 1 << 16 | 2 << 8 | 3;
	struct tcpstate_filter filter = any();
	int len;

	for (len = 0; len <= 32; len++) {
		filter.end[0] = prefix4(addr, len);
		KUNIT_EXPECT_TRUE_MSG(test, passes(&filter, false), "/%d", len);
		KUNIT_EXPECT_FALSE_MSG(test, passes(&filter, true), "/%d", len);
		/* The last bit that counts, and the first that does not. */
		if (len) {
			filter.end[0] = prefix4(addr ^ BIT(32 - len), len);
			KUNIT_EXPECT_FALSE_MSG(test, passes(&filter, false), "/%d", len);
		}
		if (len < 32) {
			filter.end[0] = prefix4(addr ^ BIT(31 - len), len);
			KUNIT_EXPECT_TRUE_MSG(test, passes(&filter, false), "/%d", len);
		}
	}
}

static struct tcpstate_match prefix6(int flip, u8 len)
{
	struct tcpstate_match match = {
		.addr.ip6 = { htonl(0xfd000000), 0, 0, htonl(0x10203) },
		.family = TCPSTATE_FAMILY_IPV6,
		.prefix_len = len,
		.port_max = U16_MAX,
	};

	if (flip >= 0)
		match.addr.ip6[flip / 32] ^= htonl(BIT(31 - flip % 32));
	return match;
}

static void prefix_of_ipv6_does_so_across_its_words(struct kunit *test)
{
	struct tcpstate_filter filter = any();
	int len;

	for (len = 0; len <= 128; len++) {
		filter.end[0] = prefix6(-1, len);
		KUNIT_EXPECT_TRUE_MSG(test, passes(&filter, true), "/%d", len);
		KUNIT_EXPECT_FALSE_MSG(test, passes(&filter, false), "/%d", len);
		if (len) {
			filter.end[0] = prefix6(len - 1, len);
			KUNIT_EXPECT_FALSE_MSG(test, passes(&filter, true), "/%d", len);
		}
		if (len < 128) {
			filter.end[0] = prefix6(len, len);
			KUNIT_EXPECT_TRUE_MSG(test, passes(&filter, true), "/%d", len);
		}
	}
}

static void ports_pass_from_the_smallest_to_the_largest(struct kunit *test)
{
	struct tcpstate_filter filter = any();

	filter.end[1].port_min = 443;
	filter.end[1].port_max = 443;
	KUNIT_EXPECT_TRUE(test, passes(&filter, false));
	filter.end[1].port_min = 444;
	filter.end[1].port_max = 500;
	KUNIT_EXPECT_FALSE(test, passes(&filter, false));
	filter.end[1].port_min = 1;
	filter.end[1].port_max = 442;
	KUNIT_EXPECT_FALSE(test, passes(&filter, false));
}

/* The initiator's address with the responder's port is nobody. */
static void either_is_one_end_with_both_address_and_port(struct kunit *test)
{
	struct tcpstate_filter filter = any();

	filter.either = prefix4(10 << 24 | 1 << 16 | 2 << 8 | 3, 32);
	KUNIT_EXPECT_TRUE(test, passes(&filter, false));
	filter.either.port_min = 60000;
	KUNIT_EXPECT_TRUE(test, passes(&filter, false));
	filter.either.port_min = 443;
	filter.either.port_max = 443;
	KUNIT_EXPECT_FALSE(test, passes(&filter, false));
	filter.either.addr.ip = htonl(10 << 24 | 1 << 16 | 9 << 8 | 9);
	KUNIT_EXPECT_TRUE(test, passes(&filter, false));
}

static void states_are_those_of_the_end_that_is_asked_for(struct kunit *test)
{
	struct tcpstate_filter filter = any();

	filter.states[0] = BIT(TCPSTATE_FIN_WAIT_2) | BIT(TCPSTATE_LISTEN);
	KUNIT_EXPECT_TRUE(test, passes(&filter, false));
	filter.states[0] = BIT(TCPSTATE_CLOSE_WAIT);
	KUNIT_EXPECT_FALSE(test, passes(&filter, false));
	filter = any();
	filter.states[1] = BIT(TCPSTATE_CLOSE_WAIT);
	KUNIT_EXPECT_TRUE(test, passes(&filter, false));
	filter.states[1] = BIT(TCPSTATE_FIN_WAIT_2);
	KUNIT_EXPECT_FALSE(test, passes(&filter, false));
	filter = any();
	filter.either_states = BIT(TCPSTATE_FIN_WAIT_2);
	KUNIT_EXPECT_TRUE(test, passes(&filter, false));
	filter.either_states = BIT(TCPSTATE_CLOSE_WAIT);
	KUNIT_EXPECT_TRUE(test, passes(&filter, false));
	filter.either_states = BIT(TCPSTATE_ESTABLISHED);
	KUNIT_EXPECT_FALSE(test, passes(&filter, false));
}

static void phase_and_verdict_are_one_of_those_asked_for(struct kunit *test)
{
	struct tcpstate_filter filter = any();

	filter.phases = BIT(TCPSTATE_PHASE_CLOSE);
	KUNIT_EXPECT_TRUE(test, passes(&filter, false));
	filter.phases = ~(u32)BIT(TCPSTATE_PHASE_CLOSE);
	KUNIT_EXPECT_FALSE(test, passes(&filter, false));
	filter = any();
	filter.verdicts = BIT(TCPSTATE_VERDICT_NONE);
	KUNIT_EXPECT_TRUE(test, passes(&filter, false));
	filter.verdicts = ~(u32)BIT(TCPSTATE_VERDICT_NONE);
	KUNIT_EXPECT_FALSE(test, passes(&filter, false));
}

static void flags_asked_for_have_all_to_be_there(struct kunit *test)
{
	struct tcpstate_filter filter = any();

	filter.flags = TCPSTATE_FLOW_FLAG_RETRACTED | TCPSTATE_FLOW_FLAG_GUESSED;
	KUNIT_EXPECT_TRUE(test, passes(&filter, false));
	filter.flags |= TCPSTATE_FLOW_FLAG_PENDING;
	KUNIT_EXPECT_FALSE(test, passes(&filter, false));
}

static void age_passes_up_to_its_bounds(struct kunit *test)
{
	struct tcpstate_filter filter = any();

	filter.min_age_ns = AGE_NS;
	filter.max_age_ns = AGE_NS;
	KUNIT_EXPECT_TRUE(test, passes(&filter, false));
	filter.min_age_ns = AGE_NS + 1;
	filter.max_age_ns = U64_MAX;
	KUNIT_EXPECT_FALSE(test, passes(&filter, false));
	filter.min_age_ns = 0;
	filter.max_age_ns = AGE_NS - 1;
	KUNIT_EXPECT_FALSE(test, passes(&filter, false));
}

/* Ids are unique times: of many in a burst one may be ahead of the clock. */
static void record_from_the_future_is_new(struct kunit *test)
{
	struct tcpstate_filter filter = any();
	struct tcpstate_copy copy;

	make_flow(&copy, false);
	filter.max_age_ns = 0;
	KUNIT_EXPECT_TRUE(test, tcpstate_filter_match(&filter, &copy.flow, BORN_NS - 1));
}

/* Its timeout was restarted 3 s ago, and a tick may come meanwhile. */
static void idle_time_passes_from_its_bound_on(struct kunit *test)
{
	struct tcpstate_filter filter = any();
	struct tcpstate_copy copy;

	make_flow(&copy, false);
	copy.flow.conn.last_seen_ms = tcpstate_clock_now_ms() - 3000;
	filter.min_idle_ms = 3000;
	KUNIT_EXPECT_TRUE(test, tcpstate_filter_match(&filter, &copy.flow, BORN_NS));
	filter.min_idle_ms = 60000;
	KUNIT_EXPECT_FALSE(test, tcpstate_filter_match(&filter, &copy.flow, BORN_NS));
	filter.min_idle_ms = 1ull << 32;
	KUNIT_EXPECT_FALSE(test, tcpstate_filter_match(&filter, &copy.flow, BORN_NS));
}

static void time_in_state_passes_from_its_bound_on(struct kunit *test)
{
	struct tcpstate_filter filter = any();
	struct tcpstate_copy copy;

	make_flow(&copy, false);
	copy.flow.lasted = tcpstate_flow_pack_lasted(3000);
	filter.min_in_state_ms = 2000;
	KUNIT_EXPECT_TRUE(test, tcpstate_filter_match(&filter, &copy.flow, BORN_NS + AGE_NS));
	filter.min_in_state_ms = 2001;
	KUNIT_EXPECT_FALSE(test, tcpstate_filter_match(&filter, &copy.flow, BORN_NS + AGE_NS));
}

/* A time that is not known passes no bound. */
static void times_of_the_handshake_pass_from_their_bounds_on(struct kunit *test)
{
	struct tcpstate_filter filter = any();
	struct tcpstate_copy copy;

	make_flow(&copy, false);
	filter.min_syn_us = 1;
	KUNIT_EXPECT_FALSE(test, tcpstate_filter_match(&filter, &copy.flow, BORN_NS));
	copy.flow.conn.flags |= TCPSTATE_F_TIMED;
	copy.flow.conn.handshake = tcpstate_conn_pack_us(100, 20);
	filter.min_syn_us = tcpstate_conn_syn_us(&copy.flow.conn);
	filter.min_ack_us = tcpstate_conn_ack_us(&copy.flow.conn);
	KUNIT_EXPECT_EQ(test, filter.min_syn_us, 100);
	KUNIT_EXPECT_EQ(test, filter.min_ack_us, 20);
	KUNIT_EXPECT_TRUE(test, tcpstate_filter_match(&filter, &copy.flow, BORN_NS));
	filter.min_syn_us++;
	KUNIT_EXPECT_FALSE(test, tcpstate_filter_match(&filter, &copy.flow, BORN_NS));
	filter.min_syn_us--;
	filter.min_ack_us++;
	KUNIT_EXPECT_FALSE(test, tcpstate_filter_match(&filter, &copy.flow, BORN_NS));
}

static void retransmits_are_those_of_either_end(struct kunit *test)
{
	struct tcpstate_filter filter = any();
	struct tcpstate_copy copy;
	int end;

	for (end = 0; end < 2; end++) {
		make_flow(&copy, false);
		copy.flow.conn.retransmits[end] = 7;
		filter.min_retransmits = 7;
		KUNIT_EXPECT_TRUE(test, tcpstate_filter_match(&filter, &copy.flow, BORN_NS));
		filter.min_retransmits = 8;
		KUNIT_EXPECT_FALSE(test, tcpstate_filter_match(&filter, &copy.flow, BORN_NS));
	}
}

/* The record has no owner. */
static void owner_must_be_known(struct kunit *test)
{
	struct tcpstate_filter filter = any();
	struct tcpstate_copy copy;

	make_flow(&copy, false);
	filter.user_ns = &init_user_ns;
	KUNIT_EXPECT_FALSE(test, tcpstate_filter_match(&filter, &copy.flow, BORN_NS));
}

static struct kunit_case filter_cases[] = {
	KUNIT_CASE(everything_passes_an_empty_filter),
	KUNIT_CASE(family_keeps_the_other_one_out),
	KUNIT_CASE(prefix_counts_its_bits_and_no_more),
	KUNIT_CASE(prefix_of_ipv6_does_so_across_its_words),
	KUNIT_CASE(ports_pass_from_the_smallest_to_the_largest),
	KUNIT_CASE(either_is_one_end_with_both_address_and_port),
	KUNIT_CASE(states_are_those_of_the_end_that_is_asked_for),
	KUNIT_CASE(phase_and_verdict_are_one_of_those_asked_for),
	KUNIT_CASE(flags_asked_for_have_all_to_be_there),
	KUNIT_CASE(age_passes_up_to_its_bounds),
	KUNIT_CASE(record_from_the_future_is_new),
	KUNIT_CASE(idle_time_passes_from_its_bound_on),
	KUNIT_CASE(time_in_state_passes_from_its_bound_on),
	KUNIT_CASE(times_of_the_handshake_pass_from_their_bounds_on),
	KUNIT_CASE(retransmits_are_those_of_either_end),
	KUNIT_CASE(owner_must_be_known),
	{}
};

static struct kunit_suite filter_suite = {
	.name = "tcpstate_filter",
	.test_cases = filter_cases,
};

kunit_test_suite(filter_suite);

MODULE_DESCRIPTION("KUnit suite of tcpstate's filters");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
