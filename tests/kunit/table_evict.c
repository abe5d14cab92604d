// SPDX-License-Identifier: GPL-2.0-only
/* The limit of records: each namespace's reserve, and which record is evicted. */
#include "table_order.h"

#include "track.h"

/* Adds records up to the first that is refused; returns how many there was room for. */
static unsigned int fill(struct tcpstate_net *tn, enum tcpstate_timer class,
			 u32 first, unsigned int limit)
{
	unsigned int n;

	for (n = 0; n < limit; n++) {
		struct tcpstate_key key = key_of(tn, first + n, false);

		if (!add(tn, &key, class))
			break;
	}
	return n;
}

static void what_finds_no_room_is_untracked_and_counted(struct kunit *test)
{
	static const enum tcpstate_timer classes[] = {
		TCPSTATE_TIMER_ESTABLISHED, TCPSTATE_TIMER_HALF_CLOSED,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		struct tcpstate_net *tn = new_net_without_reserve(test);

		leave_room(50);
		KUNIT_EXPECT_EQ(test, fill(tn, classes[i], 0, 100), 50);
		KUNIT_EXPECT_NULL(test, tcpstate_evict_alloc(tn, IPV6));

		KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_UNTRACKED_FULL), 2);
		KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_EVICTED), 0);
		KUNIT_EXPECT_EQ(test, count(tn), 50);
	}
}

static void room_comes_back_with_each_record_that_ends(struct kunit *test)
{
	struct tcpstate_net *tn = new_net_without_reserve(test);
	struct tcpstate_key key = key_of(tn, 0, false);
	int i;

	leave_room(10);
	KUNIT_ASSERT_EQ(test, fill(tn, TCPSTATE_TIMER_ESTABLISHED, 0, 100), 10);
	for (i = 0; i < 100; i++) {
		KUNIT_ASSERT_TRUE(test, end(tn, &key));
		KUNIT_ASSERT_NOT_NULL(test, add(tn, &key, TCPSTATE_TIMER_ESTABLISHED));
		KUNIT_ASSERT_NULL(test, tcpstate_evict_alloc(tn, false));
	}
}

static void reserve_is_there_when_others_have_filled_the_table(struct kunit *test)
{
	struct tcpstate_net *greedy = new_net_without_reserve(test);
	struct tcpstate_net *tn = new_net(test);
	unsigned int reserve = tn->reserve;

	KUNIT_ASSERT_GE(test, reserve, 16);
	leave_room(20);

	KUNIT_EXPECT_EQ(test, fill(greedy, TCPSTATE_TIMER_ESTABLISHED, 0, 100), 20);
	KUNIT_EXPECT_EQ(test, fill(tn, TCPSTATE_TIMER_ESTABLISHED, 0, reserve + 10),
			reserve);
	KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_UNTRACKED_FULL), 1);
	/* Whether it is used or not, other namespaces cannot take it. */
	KUNIT_EXPECT_EQ(test, tcpstate_walk_flush(tn, NULL, NULL), reserve);
	KUNIT_EXPECT_NULL(test, tcpstate_evict_alloc(greedy, false));
}

static void reserves_leave_half_of_the_table_to_all(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct tcpstate_net *tn = new_net(test);

	KUNIT_EXPECT_EQ(test, tn->reserve, max(f->max / 64, 16u));
	KUNIT_EXPECT_EQ(test, tcpstate_limit_used(), f->used + tn->reserve);
	tn = new_net_without_reserve(test);
	KUNIT_EXPECT_EQ(test, tcpstate_limit_used(), f->used + f->tn[0]->reserve);
}

static void least_valuable_record_goes_first(struct kunit *test)
{
	struct tcpstate_net *tn = new_net_without_reserve(test);
	unsigned int i, j;

	leave_room(2 * TCPSTATE_TIMERS);
	/* Add two of each class, the most valuable first, so that age cannot decide. */
	for (i = 2 * TCPSTATE_TIMERS; i--; ) {
		struct tcpstate_key key = key_of(tn, i, i & 1);

		KUNIT_ASSERT_NOT_NULL(test, add(tn, &key, eviction_order[i / 2]));
	}
	for (i = 0; i < 10; i++) {
		struct tcpstate_key key = key_of(tn, 100 + i, false);

		KUNIT_ASSERT_NOT_NULL(test, add(tn, &key, TCPSTATE_TIMER_ESTABLISHED));
		for (j = 0; j < 2 * TCPSTATE_TIMERS; j++) {
			/* The older one of two goes first; it has the higher number. */
			bool gone = j / 2 < i / 2 ||
				    (j / 2 == i / 2 && (j & 1 || i & 1));

			key = key_of(tn, j, j & 1);
			KUNIT_EXPECT_EQ_MSG(test, !find(&key), gone,
					    "record %u after eviction %u", j, i);
		}
	}
	KUNIT_EXPECT_NULL(test, tcpstate_evict_alloc(tn, false));
	KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_EVICTED), 10);
	KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_ENDED), 10);
	KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_UNTRACKED_FULL), 1);
}

static void refreshed_handshake_is_the_youngest(struct kunit *test)
{
	struct tcpstate_net *tn = new_net_without_reserve(test);
	struct tcpstate_key old = key_of(tn, 0, false), next = key_of(tn, 1, false);
	struct tcpstate_key key = key_of(tn, 2, false);
	u32 added_ms;

	leave_room(2);
	add(tn, &old, TCPSTATE_TIMER_HANDSHAKE);
	add(tn, &next, TCPSTATE_TIMER_HANDSHAKE);
	/* Within a tick of the clock, the order in which they came is all that is known. */
	added_ms = tcpstate_clock_now_ms();
	while (tcpstate_clock_now_ms() == added_ms)
		cond_resched();
	touch(tn, &old, TCPSTATE_TIMER_HANDSHAKE);
	KUNIT_ASSERT_NOT_NULL(test, add(tn, &key, TCPSTATE_TIMER_HANDSHAKE));

	KUNIT_EXPECT_NE(test, find(&old), 0);
	KUNIT_EXPECT_EQ(test, find(&next), 0);
}

/* The segment changes no state, but its record is in another timeout class afterwards. */
static void established_connection_that_is_offloaded_can_be_evicted(struct kunit *test)
{
	struct tcpstate_net *tn = new_net_without_reserve(test);
	struct tcpstate_key key = key_of(tn, 0, false), next = key_of(tn, 1, false);
	struct tcpstate_sight sight = {
		.packet = {
			.key = key,
			.seg = {
				.flags = TCPSTATE_FLAG_ACK,
				.segs = 1,
				.forwarded = true,
				.offloaded = true,
			},
		},
	};

	leave_room(1);
	KUNIT_ASSERT_NOT_NULL(test, add(tn, &key, TCPSTATE_TIMER_ESTABLISHED));
	KUNIT_EXPECT_NULL(test, add(tn, &next, TCPSTATE_TIMER_ESTABLISHED));

	sight.place = tcpstate_table_fetch(&key);
	tcpstate_track_segment(tn, &sight);

	KUNIT_EXPECT_NOT_NULL(test, add(tn, &next, TCPSTATE_TIMER_ESTABLISHED));
	KUNIT_EXPECT_EQ(test, find(&key), 0);
	KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_EVICTED), 1);
}

static void closing_connection_that_may_carry_data_stays(struct kunit *test)
{
	const struct tcpstate_conn half = {
		.states = TCPSTATE_FIN_WAIT_1 | TCPSTATE_ESTABLISHED << 4,
		.flags = TCPSTATE_F_SEEN | TCPSTATE_F_SEEN << 1,
	};
	struct tcpstate_net *tn = new_net_without_reserve(test);
	struct tcpstate_key first = key_of(tn, 0, false);
	struct tcpstate_key both = key_of(tn, 1, false);
	struct tcpstate_key key = key_of(tn, 2, false);

	KUNIT_ASSERT_EQ(test, tcpstate_phase_timer(&half), TCPSTATE_TIMER_CLOSING);
	leave_room(2);
	KUNIT_ASSERT_NOT_NULL(test, add_aged(tn, &first, &half, 0));
	KUNIT_ASSERT_NOT_NULL(test, add(tn, &both, TCPSTATE_TIMER_CLOSING));
	KUNIT_ASSERT_NOT_NULL(test, add(tn, &key, TCPSTATE_TIMER_ESTABLISHED));

	KUNIT_EXPECT_NE(test, find(&first), 0);
	KUNIT_EXPECT_EQ(test, find(&both), 0);
	KUNIT_EXPECT_NULL(test, tcpstate_evict_alloc(tn, false));
}

static void others_handshakes_go_before_own_unsure_records(struct kunit *test)
{
	struct tcpstate_net *other = new_net_without_reserve(test);
	struct tcpstate_net *tn = new_net_without_reserve(test);
	struct tcpstate_key theirs = key_of(other, 0, false);
	struct tcpstate_key unsure = key_of(tn, 0, false);
	struct tcpstate_key own = key_of(tn, 1, false);
	struct tcpstate_key key = key_of(tn, 2, false);

	leave_room(3);
	add(other, &theirs, TCPSTATE_TIMER_HANDSHAKE);
	add(tn, &unsure, TCPSTATE_TIMER_UNSURE);
	add(tn, &own, TCPSTATE_TIMER_HANDSHAKE);

	KUNIT_ASSERT_NOT_NULL(test, add(tn, &key, TCPSTATE_TIMER_ESTABLISHED));
	KUNIT_EXPECT_EQ(test, find(&own), 0);
	KUNIT_EXPECT_NE(test, find(&theirs), 0);
	KUNIT_EXPECT_NE(test, find(&unsure), 0);

	key = key_of(tn, 3, false);
	KUNIT_ASSERT_NOT_NULL(test, add(tn, &key, TCPSTATE_TIMER_ESTABLISHED));
	KUNIT_EXPECT_EQ(test, find(&theirs), 0);
	KUNIT_EXPECT_EQ(test, stat_of(other, TCPSTATE_A_COUNTER_EVICTED), 1);
	KUNIT_EXPECT_NE(test, find(&unsure), 0);

	key = key_of(tn, 4, false);
	KUNIT_ASSERT_NOT_NULL(test, add(tn, &key, TCPSTATE_TIMER_ESTABLISHED));
	KUNIT_EXPECT_EQ(test, find(&unsure), 0);
}

static void others_reserve_is_safe(struct kunit *test)
{
	struct tcpstate_net *other = new_net(test);
	struct tcpstate_net *tn = new_net_without_reserve(test);
	unsigned int reserve = other->reserve;

	leave_room(1);
	KUNIT_ASSERT_EQ(test, fill(other, TCPSTATE_TIMER_HANDSHAKE, 0, reserve + 1),
			reserve + 1);

	/* One record is beyond the reserve and is evicted; the others are not. */
	KUNIT_EXPECT_EQ(test, fill(tn, TCPSTATE_TIMER_ESTABLISHED, 0, 5), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&other->records), reserve);
	KUNIT_EXPECT_EQ(test, stat_of(other, TCPSTATE_A_COUNTER_EVICTED), 1);
}

static struct kunit_case table_evict_cases[] = {
	KUNIT_CASE(what_finds_no_room_is_untracked_and_counted),
	KUNIT_CASE(room_comes_back_with_each_record_that_ends),
	KUNIT_CASE(reserve_is_there_when_others_have_filled_the_table),
	KUNIT_CASE(reserves_leave_half_of_the_table_to_all),
	KUNIT_CASE(least_valuable_record_goes_first),
	KUNIT_CASE(refreshed_handshake_is_the_youngest),
	KUNIT_CASE(established_connection_that_is_offloaded_can_be_evicted),
	KUNIT_CASE(closing_connection_that_may_carry_data_stays),
	KUNIT_CASE(others_handshakes_go_before_own_unsure_records),
	KUNIT_CASE(others_reserve_is_safe),
	{}
};

static struct kunit_suite table_evict_suite = {
	.name = "tcpstate_table_evict",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = table_evict_cases,
};

kunit_test_suite(table_evict_suite);
