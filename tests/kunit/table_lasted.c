// SPDX-License-Identifier: GPL-2.0-only
/* How long a connection lasted, in 32 bits, and for how long it has been as it is. */
#include <kunit/test.h>
#include <linux/time64.h>

#include "expiry.h"
#include "flow.h"

static u64 kept(u64 ms)
{
	return tcpstate_flow_unpack_lasted(tcpstate_flow_pack_lasted(ms));
}

static void lasted_is_exact_to_the_ms_for_24_days(struct kunit *test)
{
	static const u64 ms[] = { 0, 1, 999, 1000, 86400000, (1ull << 31) - 1 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ms); i++)
		KUNIT_EXPECT_EQ(test, kept(ms[i]), ms[i]);
}

/* In 49 days a clock of ms wraps at 32 bits. */
static void lasted_is_exact_to_the_second_for_68_years(struct kunit *test)
{
	static const u64 ms[] = {
		1ull << 31, (1ull << 32) - 1, 1ull << 32, (1ull << 32) + 1, 1ull << 33,
		((1ull << 31) - 1) * 1000 + 999,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ms); i++)
		KUNIT_EXPECT_EQ(test, kept(ms[i]), ms[i] / 1000 * 1000);
}

static void lasted_does_not_wrap(struct kunit *test)
{
	u64 most = ((1ull << 31) - 1) * 1000;

	KUNIT_EXPECT_EQ(test, kept(most + 1000), most);
	KUNIT_EXPECT_EQ(test, kept(U64_MAX), most);
}

static void states_last_since_the_last_transition(struct kunit *test)
{
	struct tcpstate_flow flow = { .id = 1000 * NSEC_PER_SEC };

	KUNIT_EXPECT_EQ(test, tcpstate_flow_in_state_ms(&flow, flow.id + 5 * NSEC_PER_SEC), 5000);
	flow.lasted = tcpstate_flow_pack_lasted(3000);
	KUNIT_EXPECT_EQ(test, tcpstate_flow_in_state_ms(&flow, flow.id + 5 * NSEC_PER_SEC), 2000);
	/* Ids may be ahead of the clock, and so may times that a tick has not caught up with. */
	KUNIT_EXPECT_EQ(test, tcpstate_flow_in_state_ms(&flow, flow.id + 2 * NSEC_PER_SEC), 0);
	KUNIT_EXPECT_EQ(test, tcpstate_flow_in_state_ms(&flow, 1), 0);
}

static void idle_time_survives_the_wrap_and_a_segment_that_comes_meanwhile(struct kunit *test)
{
	struct tcpstate_conn conn = { .last_seen_ms = U32_MAX - 99 };

	KUNIT_EXPECT_EQ(test, tcpstate_expiry_idle_ms(&conn, U32_MAX - 99), 0);
	KUNIT_EXPECT_EQ(test, tcpstate_expiry_idle_ms(&conn, 900), 1000);
	KUNIT_EXPECT_EQ(test, tcpstate_expiry_idle_ms(&conn, U32_MAX - 100), 0);
}

static struct kunit_case table_lasted_cases[] = {
	KUNIT_CASE(lasted_is_exact_to_the_ms_for_24_days),
	KUNIT_CASE(lasted_is_exact_to_the_second_for_68_years),
	KUNIT_CASE(lasted_does_not_wrap),
	KUNIT_CASE(states_last_since_the_last_transition),
	KUNIT_CASE(idle_time_survives_the_wrap_and_a_segment_that_comes_meanwhile),
	{}
};

static struct kunit_suite table_lasted_suite = {
	.name = "tcpstate_table_lasted",
	.test_cases = table_lasted_cases,
};

kunit_test_suite(table_lasted_suite);
