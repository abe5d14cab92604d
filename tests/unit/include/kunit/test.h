/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of KUnit that the suites of the pure code use, for user space: the
 * same suites then run in a fraction of a second, and under sanitizers.
 */
#ifndef UNIT_KUNIT_TEST_H
#define UNIT_KUNIT_TEST_H

#include <linux/kernel.h>
#include <linux/string.h>
#include <setjmp.h>

#define KUNIT_PARAM_DESC_SIZE	128

/** struct kunit - one run of a case */
struct kunit {
	/** @param_value: the parameter of this run, or NULL */
	const void *param_value;
	/** @failed: an expectation or an assertion failed */
	bool failed;
	/** @abort: where a failed assertion continues */
	jmp_buf abort;
	/** @allocated: what kunit_kzalloc() returned, freed after the run */
	struct unit_allocation *allocated;
};

/** struct kunit_case - a function, and the parameters it runs with */
struct kunit_case {
	/** @run_case: the function; NULL ends the array */
	void (*run_case)(struct kunit *test);
	/** @name: its name */
	const char *name;
	/** @generate_params: the parameter after @prev, or NULL */
	const void *(*generate_params)(const void *prev, char *desc);
};

/** struct kunit_suite - an array of cases */
struct kunit_suite {
	/** @name: its name */
	const char name[256];
	/** @test_cases: the cases */
	struct kunit_case *test_cases;
};

void unit_register(struct kunit_suite *suite);
void *kunit_kzalloc(struct kunit *test, size_t size, int gfp);
void unit_fail(struct kunit *test, bool abort, const char *file, int line,
	       const char *text, long long left, long long right,
	       const char *format, ...) __attribute__((format(printf, 8, 9)));

#define KUNIT_CASE(function) \
	{ .run_case = function, .name = #function }
#define KUNIT_CASE_PARAM(function, generator) \
	{ .run_case = function, .name = #function, .generate_params = generator }

#define KUNIT_ARRAY_PARAM(name, array, describe)				\
	static const void *name##_gen_params(const void *prev, char *desc)	\
	{									\
		typeof((array)[0]) *next = prev ?				\
			(typeof(next))prev + 1 : &(array)[0];			\
										\
		if (next >= (array) + ARRAY_SIZE(array))			\
			return NULL;						\
		describe(next, desc);						\
		return next;							\
	}

#define kunit_test_suite(suite)							\
	__attribute__((constructor)) static void register_##suite(void)		\
	{									\
		unit_register(&(suite));					\
	}

#define UNIT_COMPARE(test, abort, left, op, right, ...)				\
do {										\
	typeof(left) unit_left = (left);					\
	typeof(right) unit_right = (right);					\
										\
	if (!(unit_left op unit_right))						\
		unit_fail(test, abort, __FILE__, __LINE__,			\
			  #left " " #op " " #right, (long long)unit_left,	\
			  (long long)unit_right, "" __VA_ARGS__);		\
} while (0)

#define KUNIT_EXPECT_EQ_MSG(t, a, b, ...) UNIT_COMPARE(t, false, a, ==, b, __VA_ARGS__)
#define KUNIT_EXPECT_NE_MSG(t, a, b, ...) UNIT_COMPARE(t, false, a, !=, b, __VA_ARGS__)
#define KUNIT_EXPECT_LT_MSG(t, a, b, ...) UNIT_COMPARE(t, false, a, <, b, __VA_ARGS__)
#define KUNIT_EXPECT_LE_MSG(t, a, b, ...) UNIT_COMPARE(t, false, a, <=, b, __VA_ARGS__)
#define KUNIT_EXPECT_GE_MSG(t, a, b, ...) UNIT_COMPARE(t, false, a, >=, b, __VA_ARGS__)
#define KUNIT_EXPECT_TRUE_MSG(t, a, ...) UNIT_COMPARE(t, false, !!(a), ==, true, __VA_ARGS__)
#define KUNIT_EXPECT_FALSE_MSG(t, a, ...) UNIT_COMPARE(t, false, !!(a), ==, false, __VA_ARGS__)
#define KUNIT_EXPECT_MEMEQ_MSG(t, a, b, size, ...) \
	UNIT_COMPARE(t, false, memcmp(a, b, size), ==, 0, __VA_ARGS__)
#define KUNIT_EXPECT_STREQ(t, a, b) UNIT_COMPARE(t, false, strcmp(a, b), ==, 0)
#define KUNIT_EXPECT_EQ(t, a, b) KUNIT_EXPECT_EQ_MSG(t, a, b)
#define KUNIT_EXPECT_NE(t, a, b) KUNIT_EXPECT_NE_MSG(t, a, b)
#define KUNIT_EXPECT_LT(t, a, b) KUNIT_EXPECT_LT_MSG(t, a, b)
#define KUNIT_EXPECT_LE(t, a, b) KUNIT_EXPECT_LE_MSG(t, a, b)
#define KUNIT_EXPECT_GE(t, a, b) KUNIT_EXPECT_GE_MSG(t, a, b)
#define KUNIT_EXPECT_TRUE(t, a) KUNIT_EXPECT_TRUE_MSG(t, a)
#define KUNIT_EXPECT_FALSE(t, a) KUNIT_EXPECT_FALSE_MSG(t, a)

#define KUNIT_ASSERT_EQ_MSG(t, a, b, ...) UNIT_COMPARE(t, true, a, ==, b, __VA_ARGS__)
#define KUNIT_ASSERT_LT_MSG(t, a, b, ...) UNIT_COMPARE(t, true, a, <, b, __VA_ARGS__)
#define KUNIT_ASSERT_LE_MSG(t, a, b, ...) UNIT_COMPARE(t, true, a, <=, b, __VA_ARGS__)
#define KUNIT_ASSERT_GE_MSG(t, a, b, ...) UNIT_COMPARE(t, true, a, >=, b, __VA_ARGS__)
#define KUNIT_ASSERT_TRUE_MSG(t, a, ...) UNIT_COMPARE(t, true, !!(a), ==, true, __VA_ARGS__)
#define KUNIT_ASSERT_FALSE_MSG(t, a, ...) UNIT_COMPARE(t, true, !!(a), ==, false, __VA_ARGS__)
#define KUNIT_ASSERT_EQ(t, a, b) KUNIT_ASSERT_EQ_MSG(t, a, b)
#define KUNIT_ASSERT_FALSE(t, a) KUNIT_ASSERT_FALSE_MSG(t, a)
#define KUNIT_ASSERT_NOT_NULL(t, a) KUNIT_ASSERT_TRUE_MSG(t, a)

#endif
