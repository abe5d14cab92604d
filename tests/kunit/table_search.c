// SPDX-License-Identifier: GPL-2.0-only
/* A full table: how the records that may be evicted are found. */
#include "table_full.h"
#include "table_order.h"

/* A hand that has gone once round the table has found each of them. */
static void every_record_that_may_go_is_found(struct kunit *test)
{
	const unsigned int records = 300, spare = 30;
	struct tcpstate_net *tn = new_net(test);
	unsigned int i;

	leave_room(records);
	for (i = 0; i < records; i++) {
		struct tcpstate_key key = key_of(tn, i, i & 1);

		/* One in ten may go; most become so by a transition, after a mark was made. */
		KUNIT_ASSERT_NOT_NULL(test, add(tn, &key, TCPSTATE_TIMER_ESTABLISHED));
		if (!(i % 10))
			touch(tn, &key, i % 20 ? TCPSTATE_TIMER_CLOSING : TCPSTATE_TIMER_TIME_WAIT);
	}
	KUNIT_EXPECT_EQ(test, fill_in_use(tn, records, records), spare);
	KUNIT_EXPECT_EQ(test, evicted(tn), spare);
	for (i = 0; i < records; i++) {
		struct tcpstate_key key = key_of(tn, i, i & 1);

		KUNIT_EXPECT_EQ(test, !find(&key), !(i % 10));
	}
}

/*
 * The hint of a handshake stays when it has finished. A search that finds no more than that goes on
 * with what it has passed over, even if the handshake was just now.
 */
static void hint_that_promises_too_much_hides_no_other(struct kunit *test)
{
	static const u32 ages_ms[] = { SILENT_MS, 0 };
	const unsigned int rounds = 50;
	unsigned int a, i, k;

	for (a = 0; a < ARRAY_SIZE(ages_ms); a++) {
		struct tcpstate_net *tn = new_net(test);
		u32 n = 0;

		leave_room(4 * rounds);
		for (i = 0; i < rounds; i++) {
			struct tcpstate_key closed = key_of(tn, n++, false);

			KUNIT_ASSERT_NOT_NULL(test, add(tn, &closed, TCPSTATE_TIMER_CLOSED));
			for (k = 0; k < 3; k++) {
				struct tcpstate_key key = key_of(tn, n++, false);

				add_aged(tn, &key, &in_class[TCPSTATE_TIMER_HANDSHAKE], ages_ms[a]);
				touch(tn, &key, TCPSTATE_TIMER_ESTABLISHED);
			}
		}
		KUNIT_EXPECT_EQ(test, fill_in_use(tn, n, 2 * rounds), rounds);
		KUNIT_EXPECT_EQ(test, evicted(tn), rounds);
		KUNIT_ASSERT_EQ(test, tcpstate_walk_flush(tn, NULL, NULL), 4 * rounds);
	}
}

/* In a table of connections that are over, each new one finds room, whatever hints say. */
static void every_new_connection_finds_room_where_all_are_over(struct kunit *test)
{
	const unsigned int records = 300;
	struct tcpstate_net *tn = new_net(test);
	unsigned int i;

	leave_room(records);
	for (i = 0; i < records; i++) {
		struct tcpstate_key key = key_of(tn, i, false);

		KUNIT_ASSERT_NOT_NULL(test, add(tn, &key, TCPSTATE_TIMER_HANDSHAKE));
		touch(tn, &key, TCPSTATE_TIMER_TIME_WAIT);
	}
	KUNIT_EXPECT_EQ(test, fill(tn, &in_class[TCPSTATE_TIMER_HANDSHAKE], 0, 1000, 10 * records),
			10 * records);
}

/* Some handshakes that go on are no flood: they are not evicted while there is anything better. */
static void handshakes_that_go_on_stay(struct kunit *test)
{
	const unsigned int records = 300, recent = 30;
	struct tcpstate_net *tn = new_net(test);
	unsigned int i, n;

	leave_room(records);
	KUNIT_ASSERT_EQ(test, fill(tn, &in_class[TCPSTATE_TIMER_CLOSED], 0, recent,
				   records - recent), records - recent);
	for (i = 0; i < recent; i++) {
		struct tcpstate_key key = key_of(tn, i, false);

		KUNIT_ASSERT_NOT_NULL(test, add(tn, &key, TCPSTATE_TIMER_HANDSHAKE));
	}
	for (n = 0; n < records / 2; n++) {
		KUNIT_EXPECT_EQ(test, fill_in_use(tn, 1000 + n, 1), 1);
		for (i = 0; i < recent; i++) {
			struct tcpstate_key key = key_of(tn, i, false);

			touch(tn, &key, TCPSTATE_TIMER_HANDSHAKE);
		}
	}
	for (i = 0; i < recent; i++) {
		struct tcpstate_key key = key_of(tn, i, false);

		KUNIT_EXPECT_NE(test, find(&key), 0);
	}
}

/*
 * Where segments of strangers fill the table, each of their records had a segment during the last
 * second, or looks so because the time in its hint has few bits. Still they go first.
 */
static void flood_evicts_nothing_that_both_ends_have_confirmed(struct kunit *test)
{
	static const u32 ages_ms[] = { 0, TCPSTATE_RANK_RECENT_MS / 2, 8192 };
	const struct tcpstate_conn *confirmed[] = {
		&in_class[TCPSTATE_TIMER_CLOSED], &eviction_order[6].conn,
	};
	const unsigned int records = 300, strangers = 240;
	struct tcpstate_net *tn = new_net(test);
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(ages_ms) * ARRAY_SIZE(confirmed); i++) {
		u32 age_ms = ages_ms[i / 2];

		leave_room(records);
		KUNIT_ASSERT_EQ(test, fill(tn, confirmed[i % 2], 0, 0, records - strangers),
				records - strangers);
		KUNIT_ASSERT_EQ(test, fill(tn, &in_class[TCPSTATE_TIMER_HANDSHAKE], age_ms, 1000,
					   strangers), strangers);
		KUNIT_EXPECT_EQ(test, fill(tn, &in_class[TCPSTATE_TIMER_UNSURE], 0, 2000,
					   10 * strangers), 10 * strangers);
		for (k = 0; k < records - strangers; k++) {
			struct tcpstate_key key = key_of(tn, k, false);

			if (!find(&key))
				KUNIT_FAIL(test, "%u, record %u, in a flood of %u ms ago", i % 2, k,
					   age_ms);
		}
		KUNIT_ASSERT_EQ(test, tcpstate_walk_flush(tn, NULL, NULL), records);
	}
}

static struct kunit_case table_search_cases[] = {
	KUNIT_CASE(every_record_that_may_go_is_found),
	KUNIT_CASE(hint_that_promises_too_much_hides_no_other),
	KUNIT_CASE(every_new_connection_finds_room_where_all_are_over),
	KUNIT_CASE(handshakes_that_go_on_stay),
	KUNIT_CASE(flood_evicts_nothing_that_both_ends_have_confirmed),
	{}
};

static struct kunit_suite table_search_suite = {
	.name = "tcpstate_table_search",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = table_search_cases,
};

kunit_test_suite(table_search_suite);
