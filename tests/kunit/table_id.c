// SPDX-License-Identifier: GPL-2.0-only
/* The ids of records. */
#include "table_fixture.h"

#include <linux/log2.h>

static void ids_are_times_and_grow(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	u64 before = tcpstate_clock_now_ns(), last = 0;
	struct tcpstate_flow *flow;
	int i;

	for (i = 0; i < 1000; i++) {
		flow = new_flow(tn, i & 1);
		KUNIT_ASSERT_NOT_NULL(test, flow);
		KUNIT_EXPECT_GT(test, flow->id, last);
		last = flow->id;
		tcpstate_table_free(tn, flow);
	}
	KUNIT_EXPECT_GE(test, last, before);
	KUNIT_EXPECT_LE(test, last, tcpstate_clock_now_ns() + 1000);
}

/*
 * The ids of a CPU rise. They are at most two steps behind the clock at the time of the call,
 * and ahead of it only by being one step after the id before, because a clock that several
 * CPUs share may stand still for some ns.
 */
static void ids_are_unique_times(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	unsigned int i, step = roundup_pow_of_two(nr_cpu_ids);
	u64 *last = kunit_kcalloc(test, step, sizeof(*last), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, last);
	for (i = 0; i < 10000; i++) {
		u64 began = tcpstate_clock_now_ns();
		struct tcpstate_flow *flow = new_flow(tn, false);
		u64 *before;

		KUNIT_ASSERT_NOT_NULL(test, flow);
		before = &last[flow->id & (step - 1)];
		if (*before) {
			KUNIT_EXPECT_GT(test, flow->id, *before);
			KUNIT_EXPECT_LE(test, flow->id,
					max(tcpstate_clock_now_ns(), *before + step));
		}
		KUNIT_EXPECT_GE(test, flow->id + 2 * step, began);
		*before = flow->id;
		tcpstate_table_free(tn, flow);
	}
}

static struct kunit_case table_id_cases[] = {
	KUNIT_CASE(ids_are_times_and_grow),
	KUNIT_CASE(ids_are_unique_times),
	{}
};

static struct kunit_suite table_id_suite = {
	.name = "tcpstate_table_id",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = table_id_cases,
};

kunit_test_suite(table_id_suite);
