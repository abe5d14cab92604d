// SPDX-License-Identifier: GPL-2.0-only
/* The walk through the records of a namespace, and the flush that uses it. */
#include "table_crowd.h"
#include "table_family.h"

/* While others come and go, each record that stays is shown exactly once. */
static void walk_misses_nothing_and_repeats_nothing(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	struct rnd_state rnd = seeded(test);
	u32 *numbers = crowd(test, tn);
	struct tcpstate_cursor cursor = {};
	struct tcpstate_copy copy;
	unsigned int i, j, shown = 0;
	u64 *ids;

	ids = kunit_kcalloc(test, 20 * CROWD, sizeof(*ids), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ids);
	for (i = 0; i < CROWD; i++) {
		struct tcpstate_key key = key_of(tn, numbers[i], numbers[i] & 1);

		KUNIT_ASSERT_NOT_NULL(test, add(tn, &key, TCPSTATE_TIMER_ESTABLISHED));
	}

	while (tcpstate_walk_next(tn, &cursor, &copy)) {
		KUNIT_ASSERT_LT(test, shown, 20 * CROWD);
		ids[shown++] = copy.flow.id;
		for (i = 0; i < 16; i++) {
			/* The even places stay, the odd ones come and go. */
			u32 n = numbers[random_below(&rnd, CROWD) | 1];
			struct tcpstate_key key = key_of(tn, n, n & 1);

			if (!end(tn, &key))
				add(tn, &key, TCPSTATE_TIMER_ESTABLISHED);
		}
	}
	for (i = 0; i < shown; i++)
		for (j = 0; j < i; j++)
			KUNIT_ASSERT_NE(test, ids[i], ids[j]);
	for (i = 0; i < CROWD; i += 2) {
		struct tcpstate_key key = key_of(tn, numbers[i], numbers[i] & 1);
		u64 id = find(&key);

		for (j = 0; j < shown && ids[j] != id; j++)
			;
		KUNIT_EXPECT_LT_MSG(test, j, shown, "place %u was missed", i);
	}
}

static void walk_gives_whole_records(struct kunit *test)
{
	const struct family *family = test->param_value;
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key key = key_of(tn, 77, family->ipv6);
	struct tcpstate_cursor cursor = {};
	struct tcpstate_copy copy;

	add(tn, &key, TCPSTATE_TIMER_TIME_WAIT);

	KUNIT_ASSERT_TRUE(test, tcpstate_walk_next(tn, &cursor, &copy));
	KUNIT_EXPECT_EQ(test, number_of(&copy.flow), 77);
	KUNIT_EXPECT_EQ(test, tcpstate_flow_match(&copy.flow, &key), TCPSTATE_INITIATOR);
	KUNIT_EXPECT_EQ(test, copy.flow.id, find(&key));
	KUNIT_EXPECT_EQ(test, copy.flow.conn.states,
			in_class[TCPSTATE_TIMER_TIME_WAIT].states);
	KUNIT_EXPECT_FALSE(test, tcpstate_walk_next(tn, &cursor, &copy));
	KUNIT_EXPECT_FALSE(test, tcpstate_walk_next(tn, &cursor, &copy));
}

static void flush_ends_all_of_one_namespace(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test), *other = new_net(test);
	unsigned int i, own;

	for (i = 0; i < 2 * TCPSTATE_TIMERS; i++) {
		struct tcpstate_key key = key_of(tn, i, i & 1);

		add(tn, &key, i / 2);
		key = key_of(other, i, i & 1);
		add(other, &key, i / 2);
	}
	own = tcpstate_walk_flush(tn, NULL, NULL);

	KUNIT_EXPECT_EQ(test, own, 2 * TCPSTATE_TIMERS);
	KUNIT_EXPECT_EQ(test, tcpstate_stats_records(tn), 0);
	KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_ENDED), 2 * TCPSTATE_TIMERS);
	KUNIT_EXPECT_EQ(test, count(other), 2 * TCPSTATE_TIMERS);
	KUNIT_EXPECT_EQ(test, tcpstate_walk_flush(tn, NULL, NULL), 0);
}

static struct kunit_case table_walk_cases[] = {
	KUNIT_CASE(walk_misses_nothing_and_repeats_nothing),
	KUNIT_CASE_PARAM(walk_gives_whole_records, family_gen_params),
	KUNIT_CASE(flush_ends_all_of_one_namespace),
	{}
};

static struct kunit_suite table_walk_suite = {
	.name = "tcpstate_table_walk",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = table_walk_cases,
};

kunit_test_suite(table_walk_suite);
