// SPDX-License-Identifier: GPL-2.0-only
/* Histograms of times. */
#include <kunit/test.h>
#include <linux/module.h>

#include "stats.h"

/* A bucket's bound is in it; what is beyond the last bound is in the last bucket. */
static void time_is_counted_in_the_first_bucket_that_holds_it(struct kunit *test)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, tcpstate_stats_bucket(0), 0);
	KUNIT_EXPECT_EQ(test, tcpstate_stats_bucket(1), 0);
	for (i = 0; i < TCPSTATE_BUCKETS - 1; i++) {
		u32 bound_us = BIT(TCPSTATE_BUCKET_MIN_BITS + i);

		KUNIT_EXPECT_EQ(test, tcpstate_stats_bound_us(i), bound_us);
		KUNIT_EXPECT_EQ(test, tcpstate_stats_bucket(bound_us), i);
		KUNIT_EXPECT_EQ(test, tcpstate_stats_bucket(bound_us + 1), i + 1);
	}
	KUNIT_EXPECT_EQ(test, tcpstate_stats_bucket(U32_MAX), TCPSTATE_BUCKETS - 1);
	KUNIT_EXPECT_EQ(test, tcpstate_stats_bound_us(TCPSTATE_BUCKETS - 1), 0);
}

static struct kunit_case stats_cases[] = {
	KUNIT_CASE(time_is_counted_in_the_first_bucket_that_holds_it),
	{}
};

static struct kunit_suite stats_suite = {
	.name = "tcpstate_stats",
	.test_cases = stats_cases,
};

kunit_test_suite(stats_suite);

MODULE_DESCRIPTION("tests of tcpstate's statistics");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
