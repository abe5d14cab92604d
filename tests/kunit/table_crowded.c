// SPDX-License-Identifier: GPL-2.0-only
/* More tuples meet in a bucket than it takes: its bound, and which record makes room. */
#include "table_order.h"

#include "track.h"

/* As many records as find room if all of their keys choose the same chain */
#define CHAINED		(TCPSTATE_SLOTS + TCPSTATE_CHAIN_MAX)

/* Numbers of connections whose keys share a bucket and choose the same chain there. */
static u32 *chain_mates(struct kunit *test, const struct tcpstate_net *tn, unsigned int n)
{
	u32 *numbers = kunit_kcalloc(test, n, sizeof(*numbers), GFP_KERNEL);
	struct tcpstate_key key = key_of(tn, 0, false);
	struct tcpstate_place first = tcpstate_table_fetch(&key);
	unsigned int found = 0;
	u32 number;

	KUNIT_ASSERT_NOT_NULL(test, numbers);
	for (number = 0; found < n; number++) {
		struct tcpstate_place place;

		key = key_of(tn, number, false);
		place = tcpstate_table_fetch(&key);
		if (place.bucket == first.bucket &&
		    tcpstate_bucket_chain(place.tag) == tcpstate_bucket_chain(first.tag))
			numbers[found++] = number;
		if (!(number % 1024))
			cond_resched();
	}
	return numbers;
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
	KUNIT_EXPECT_EQ(test, atomic_read(&tn->records), CHAINED);
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
	u32 *numbers = chain_mates(test, tn, CHAINED + ARRAY_SIZE(eviction_order));
	unsigned int i, j;

	for (i = 0; i < CHAINED; i++) {
		struct tcpstate_key key = key_of(tn, numbers[i], false);
		/* The least valuable comes last, and two of each class before the established. */
		unsigned int rank = (CHAINED - 1 - i) / 2;

		add(tn, &key, rank < 4 ? eviction_order[rank] : TCPSTATE_TIMER_ESTABLISHED);
	}
	for (i = 0; i < 5; i++) {
		struct tcpstate_key key = key_of(tn, numbers[CHAINED + i], false);

		KUNIT_ASSERT_NOT_NULL(test, add(tn, &key, TCPSTATE_TIMER_ESTABLISHED));
		for (j = 0; j < 8; j++) {
			/* The older of two goes first. */
			bool gone = j / 2 < i / 2 || (j / 2 == i / 2 && (j & 1 || i & 1));

			key = key_of(tn, numbers[CHAINED - 1 - j], false);
			KUNIT_EXPECT_EQ_MSG(test, !find(&key), gone,
					    "record %u after eviction %u", j, i);
		}
	}
	KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_EVICTED), 5);
}

/* A handshake of another namespace goes only if that namespace is above its reserve. */
static void crowded_chain_spares_what_others_have_reserved(struct kunit *test)
{
	struct tcpstate_net *others[2] = { new_net(test), new_net_without_reserve(test) };
	struct tcpstate_net *tn = new_net(test);
	u32 *numbers = chain_mates(test, tn, CHAINED + 2);
	struct tcpstate_place wanted, place;
	unsigned int i, other;
	u32 n = 0;

	for (i = 0; i < CHAINED - 2; i++) {
		struct tcpstate_key key = key_of(tn, numbers[i], false);

		add(tn, &key, TCPSTATE_TIMER_ESTABLISHED);
	}
	for (other = 0; other < 2; other++) {
		struct tcpstate_key key = key_of(tn, numbers[0], false);

		wanted = tcpstate_table_fetch(&key);
		for (n = 0;; n++) {
			key = key_of(others[other], n, false);
			place = tcpstate_table_fetch(&key);
			if (place.bucket == wanted.bucket &&
			    tcpstate_bucket_chain(place.tag) == tcpstate_bucket_chain(wanted.tag))
				break;
			if (!(n % 1024))
				cond_resched();
		}
		KUNIT_ASSERT_NOT_NULL(test, add(others[other], &key, TCPSTATE_TIMER_HANDSHAKE));
	}
	for (i = 0; i < 2; i++) {
		struct tcpstate_key key = key_of(tn, numbers[CHAINED + i], false);

		KUNIT_EXPECT_EQ(test, !!add(tn, &key, TCPSTATE_TIMER_ESTABLISHED), !i);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&others[0]->records), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&others[1]->records), 0);
	KUNIT_EXPECT_EQ(test, stat_of(others[1], TCPSTATE_A_COUNTER_EVICTED), 1);
}

static struct kunit_case table_crowded_cases[] = {
	KUNIT_CASE(crowded_chain_takes_no_more_than_its_bound),
	KUNIT_CASE(segments_that_meet_in_a_chain_are_counted),
	KUNIT_CASE(crowded_chain_loses_its_least_valuable_record),
	KUNIT_CASE(crowded_chain_spares_what_others_have_reserved),
	{}
};

static struct kunit_suite table_crowded_suite = {
	.name = "tcpstate_table_crowded",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = table_crowded_cases,
};

kunit_test_suite(table_crowded_suite);
