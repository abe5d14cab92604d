// SPDX-License-Identifier: GPL-2.0-only
/* More tuples meet in a bucket than it takes: its bound, and which record makes room. */
#include "table_order.h"

#include "track.h"

/* As many records as find room if all of their keys choose the same chain */
#define CHAINED		(TCPSTATE_SLOTS + TCPSTATE_CHAIN_MAX)

static u32 *chain_mates(struct kunit *test, const struct tcpstate_net *tn, unsigned int n)
{
	struct tcpstate_key key = key_of(tn, 0, false);

	return mates(test, tn, n, true, &key);
}

static void crowded_chain_takes_no_more_than_its_bound(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	u32 *numbers = chain_mates(test, tn, CHAINED + 2);
	unsigned int i;

	for (i = 0; i < CHAINED + 2; i++) {
		struct tcpstate_key key = key_of(tn, numbers[i], false);

		KUNIT_EXPECT_EQ(test, !!add(tn, &key, TCPSTATE_TIMER_ESTABLISHED), i < CHAINED);
		KUNIT_EXPECT_EQ(test, !!find(&key), i < CHAINED);
	}
	KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_UNTRACKED_FULL), 2);
	KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_EVICTED), 0);
	KUNIT_EXPECT_EQ(test, tcpstate_stats_records(tn), CHAINED);
	KUNIT_EXPECT_EQ(test, count(tn), CHAINED);
	KUNIT_EXPECT_EQ(test, tcpstate_walk_flush(tn, NULL, NULL), CHAINED);
}

/* The table has room for them, the chain has not. */
static void segments_that_meet_in_a_chain_are_counted(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	u32 *numbers = chain_mates(test, tn, CHAINED + 1);
	unsigned int i;

	for (i = 0; i < CHAINED + 1; i++) {
		struct tcpstate_sight sight = {
			.packet = {
				.key = key_of(tn, numbers[i], false),
				.seg = { .flags = TCPSTATE_FLAG_SYN, .segs = 1 },
			},
		};

		if (i < CHAINED) {
			add(tn, &sight.packet.key, TCPSTATE_TIMER_HALF_CLOSED);
			continue;
		}
		sight.place = tcpstate_table_fetch(&sight.packet.key);
		tcpstate_track_segment(tn, &sight);
		KUNIT_EXPECT_EQ(test, find(&sight.packet.key), 0);
		KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_UNTRACKED_FULL), 1);
		KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_SEGMENTS), 0);

		sight.packet.key = key_of(tn, numbers[0], false);
		KUNIT_EXPECT_TRUE(test, end(tn, &sight.packet.key));
		sight.packet.key = key_of(tn, numbers[i], false);
		tcpstate_track_segment(tn, &sight);
		KUNIT_EXPECT_NE(test, find(&sight.packet.key), 0);
		KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_SEGMENTS), 1);
	}
}

/* The last ones to come are in the chain, whatever was in the slots before. */
static void crowded_chain_loses_its_least_valuable_record(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	u32 *numbers = chain_mates(test, tn, CHAINED + 4);
	unsigned int i, j;

	for (i = 0; i < CHAINED; i++) {
		struct tcpstate_key key = key_of(tn, numbers[i], false);
		/* The least valuable comes last, two of each kind, and ones in use come first. */
		unsigned int kind = (CHAINED - 1 - i) / 2;

		if (kind < 3)
			add_aged(tn, &key, &eviction_order[kind].conn,
				 eviction_order[kind].age_ms + !(i & 1));
		else
			add(tn, &key, TCPSTATE_TIMER_ESTABLISHED);
	}
	for (i = 0; i < 4; i++) {
		struct tcpstate_key key = key_of(tn, numbers[CHAINED + i], false);

		KUNIT_ASSERT_NOT_NULL(test, add(tn, &key, TCPSTATE_TIMER_ESTABLISHED));
		for (j = 0; j < 6; j++) {
			u32 number = CHAINED - 1 - j;
			/* The one that was silent for longer goes first. */
			bool gone = j / 2 < i / 2 || (j / 2 == i / 2 && (!(number & 1) || i & 1));

			key = key_of(tn, numbers[number], false);
			KUNIT_EXPECT_EQ_MSG(test, !find(&key), gone,
					    "record %u after eviction %u", j, i);
		}
	}
	KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_EVICTED), 4);
}

/* A record of another owner goes only if that owner is further above its share. */
static void crowded_chain_spares_what_others_may_have(struct kunit *test)
{
	struct tcpstate_net *other = new_net_of(test, 1000);
	struct tcpstate_net *tn = new_net(test);
	u32 *numbers = chain_mates(test, tn, CHAINED + 1), *numbers_of_other;
	struct tcpstate_key key, theirs;
	unsigned int i;

	for (i = 0; i < CHAINED - 1; i++) {
		key = key_of(tn, numbers[i], false);
		add(tn, &key, TCPSTATE_TIMER_ESTABLISHED);
	}
	key = key_of(tn, numbers[0], false);
	numbers_of_other = mates(test, other, 1, true, &key);
	theirs = key_of(other, *numbers_of_other, false);
	KUNIT_ASSERT_NOT_NULL(test, add_aged(other, &theirs, &in_class[TCPSTATE_TIMER_HANDSHAKE],
					     SILENT_MS));
	key = key_of(tn, numbers[CHAINED], false);
	KUNIT_EXPECT_NULL(test, add(tn, &key, TCPSTATE_TIMER_ESTABLISHED));
	KUNIT_EXPECT_NE(test, find(&theirs), 0);
	KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_UNTRACKED_FULL), 1);
}

static struct kunit_case table_crowded_cases[] = {
	KUNIT_CASE(crowded_chain_takes_no_more_than_its_bound),
	KUNIT_CASE(segments_that_meet_in_a_chain_are_counted),
	KUNIT_CASE(crowded_chain_loses_its_least_valuable_record),
	KUNIT_CASE(crowded_chain_spares_what_others_may_have),
	{}
};

static struct kunit_suite table_crowded_suite = {
	.name = "tcpstate_table_crowded",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = table_crowded_cases,
};

kunit_test_suite(table_crowded_suite);
