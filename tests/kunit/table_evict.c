// SPDX-License-Identifier: GPL-2.0-only
/* A full table: which record is evicted for a new one. */
#include "table_full.h"
#include "table_order.h"

#include "track.h"

static void what_finds_no_room_is_untracked_and_counted(struct kunit *test)
{
	static const enum tcpstate_timer classes[] = {
		TCPSTATE_TIMER_ESTABLISHED, TCPSTATE_TIMER_HALF_CLOSED,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		struct tcpstate_net *tn = new_net(test);

		leave_room(50);
		KUNIT_EXPECT_EQ(test, fill(tn, &in_class[classes[i]], 0, 0, 100), 50);
		KUNIT_EXPECT_NULL(test, new_flow(tn, IPV6));

		KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_UNTRACKED_FULL), 2);
		KUNIT_EXPECT_EQ(test, evicted(tn), 0);
		KUNIT_EXPECT_EQ(test, count(tn), 50);
	}
}

static void room_comes_back_with_each_record_that_ends(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key key = key_of(tn, 0, false);
	int i;

	leave_room(10);
	KUNIT_ASSERT_EQ(test, fill_in_use(tn, 0, 100), 10);
	for (i = 0; i < 100; i++) {
		KUNIT_ASSERT_TRUE(test, end(tn, &key));
		KUNIT_ASSERT_NOT_NULL(test, add(tn, &key, TCPSTATE_TIMER_ESTABLISHED));
		KUNIT_ASSERT_NULL(test, new_flow(tn, false));
	}
}

static void least_valuable_record_goes_first(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key key = key_of(tn, 0, false);
	unsigned int kinds = ARRAY_SIZE(eviction_order), i, j;
	u32 *numbers = mates(test, tn, 2 * kinds, false, &key);

	leave_room(2 * kinds);
	/* Two of each kind, the most valuable first, so that the order of ids cannot decide. */
	for (i = 2 * kinds; i--; ) {
		key = key_of(tn, numbers[i], false);
		KUNIT_ASSERT_NOT_NULL(test, add_aged(tn, &key, &eviction_order[i / 2].conn,
						     eviction_order[i / 2].age_ms));
	}
	for (i = 0; i < 2 * kinds; i++) {
		/* They are in the same bucket, and new ones are anywhere. */
		key = key_of(tn, 1000000 + i, false);
		KUNIT_ASSERT_NOT_NULL(test, add(tn, &key, TCPSTATE_TIMER_ESTABLISHED));
		for (j = 0; j < 2 * kinds; j++) {
			/* The older one of two goes first; it has the higher number. */
			bool gone = j / 2 < i / 2 || (j / 2 == i / 2 && (j & 1 || i & 1));

			key = key_of(tn, numbers[j], false);
			KUNIT_EXPECT_EQ_MSG(test, !find(&key), gone,
					    "record %u after eviction %u", j, i);
		}
	}
	KUNIT_EXPECT_NULL(test, new_flow(tn, false));
	KUNIT_EXPECT_EQ(test, evicted(tn), 2 * kinds);
	KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_ENDED), 2 * kinds);
	KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_UNTRACKED_FULL), 1);
}

/* A new record may have the memory of the one that was evicted for it, of its family or not. */
static void evicted_record_leaves_nothing_in_the_new_one(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	unsigned int i;

	leave_room(1);
	for (i = 0; i < 8; i++) {
		struct tcpstate_key key = key_of(tn, i, i & 1);
		bool ipv6 = i & 2;
		struct tcpstate_flow *flow;

		KUNIT_ASSERT_NOT_NULL(test, add(tn, &key, TCPSTATE_TIMER_CLOSED));
		flow = new_flow(tn, ipv6);
		KUNIT_ASSERT_NOT_NULL(test, flow);
		KUNIT_EXPECT_EQ(test, evicted(tn), i + 1);
		KUNIT_EXPECT_EQ(test, find(&key), 0);
		KUNIT_EXPECT_EQ(test, tcpstate_flow_ipv6(flow), ipv6);
		flow->id = 0;
		flow->zone = 0;
		KUNIT_EXPECT_NULL(test, memchr_inv(flow, 0, ipv6 ? TCPSTATE_FLOW_BYTES_IPV6 :
								   TCPSTATE_FLOW_BYTES_IPV4));
		flow->zone = ipv6 ? TCPSTATE_ZONE_IPV6 : 0;
		tcpstate_table_free(tn, flow);
	}
	KUNIT_EXPECT_EQ(test, count(tn), 0);
}

/* Nothing tells the mark, because it was silent. */
static void record_that_falls_idle_can_be_evicted(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key idle = key_of(tn, 0, false), next = key_of(tn, 1, false);
	struct tcpstate_place place;
	struct tcpstate_flow *flow;
	u8 others;
	int from;

	leave_room(1);
	KUNIT_ASSERT_NOT_NULL(test, add_aged(tn, &idle, &in_class[TCPSTATE_TIMER_ESTABLISHED],
					     TCPSTATE_RANK_IDLE_MS - 60000));
	KUNIT_EXPECT_NULL(test, add(tn, &next, TCPSTATE_TIMER_ESTABLISHED));
	/* Make it older, and its mark as old as it was before. */
	place = lock_place(&idle);
	flow = tcpstate_bucket_find(&place, &idle, false, &from);
	flow->conn.last_seen_ms = tcpstate_clock_now_ms() - TCPSTATE_RANK_IDLE_MS;
	tcpstate_deadline_write_mark(tcpstate_table_number(place.bucket),
				     tcpstate_expiry_mark(tn, &flow->conn,
							  TCPSTATE_TIMER_ESTABLISHED,
							  tcpstate_clock_now_ms(), &others));
	unlock_place(&place);

	KUNIT_EXPECT_NOT_NULL(test, add(tn, &next, TCPSTATE_TIMER_ESTABLISHED));
	KUNIT_EXPECT_EQ(test, find(&idle), 0);
}

static void refreshed_handshake_is_the_youngest(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key first = key_of(tn, 0, false), old, next, key = key_of(tn, 2, false);
	u32 *numbers = mates(test, tn, 2, false, &first);
	u32 added_ms;

	leave_room(2);
	old = key_of(tn, numbers[0], false);
	next = key_of(tn, numbers[1], false);
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
	struct tcpstate_net *tn = new_net(test);
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
	KUNIT_EXPECT_EQ(test, evicted(tn), 1);
}

static void closing_connection_that_may_carry_data_stays(struct kunit *test)
{
	const struct tcpstate_conn half = {
		.states = TCPSTATE_FIN_WAIT_1 | TCPSTATE_ESTABLISHED << 4,
		.flags = BOTH(TCPSTATE_F_SEEN) | BOTH(TCPSTATE_F_ACK),
		USED,
	};
	struct tcpstate_net *tn = new_net(test);
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
	KUNIT_EXPECT_NULL(test, new_flow(tn, false));
}

/* A segment of an untracked connection costs no search of the table. */
static void connection_is_picked_up_within_its_bucket(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_sight sight = {
		.packet = {
			.key = key_of(tn, 0, false),
			.seg = { .flags = TCPSTATE_FLAG_ACK, .segs = 1, .forwarded = true },
		},
	};
	struct tcpstate_key elsewhere, here;
	u32 *numbers, n;

	sight.place = tcpstate_table_fetch(&sight.packet.key);
	numbers = mates(test, tn, 2, false, &sight.packet.key);
	here = key_of(tn, numbers[1], false);
	for (n = 1; ; n++) {
		elsewhere = key_of(tn, n, false);
		if (tcpstate_table_fetch(&elsewhere).bucket != sight.place.bucket)
			break;
	}
	leave_room(2);
	add_aged(tn, &elsewhere, &in_class[TCPSTATE_TIMER_HANDSHAKE], SILENT_MS);
	add(tn, &here, TCPSTATE_TIMER_ESTABLISHED);
	tcpstate_track_segment(tn, &sight);
	KUNIT_EXPECT_EQ(test, find(&sight.packet.key), 0);
	KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_UNTRACKED_FULL), 1);

	/* What both ends have confirmed stays, even if it is over. */
	touch(tn, &here, TCPSTATE_TIMER_CLOSED);
	tcpstate_track_segment(tn, &sight);
	KUNIT_EXPECT_EQ(test, find(&sight.packet.key), 0);
	KUNIT_EXPECT_NE(test, find(&here), 0);

	touch(tn, &here, TCPSTATE_TIMER_UNSURE);
	tcpstate_track_segment(tn, &sight);
	KUNIT_EXPECT_NE(test, find(&sight.packet.key), 0);
	KUNIT_EXPECT_EQ(test, find(&here), 0);
	KUNIT_EXPECT_NE(test, find(&elsewhere), 0);
}

static void lower_limit_ends_no_record_but_new_ones_take_their_place(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);

	leave_room(50);
	KUNIT_ASSERT_EQ(test, fill_handshakes(tn, 0, 100), 50 + 50);
	KUNIT_EXPECT_EQ(test, evicted(tn), 50);
	tcpstate_limit_set_max(20);
	KUNIT_EXPECT_EQ(test, count(tn), 50);
	KUNIT_EXPECT_EQ(test, fill_in_use(tn, 1000, 30), 30);
	KUNIT_EXPECT_EQ(test, count(tn), 50);
}

static struct kunit_case table_evict_cases[] = {
	KUNIT_CASE(what_finds_no_room_is_untracked_and_counted),
	KUNIT_CASE(room_comes_back_with_each_record_that_ends),
	KUNIT_CASE(least_valuable_record_goes_first),
	KUNIT_CASE(evicted_record_leaves_nothing_in_the_new_one),
	KUNIT_CASE(record_that_falls_idle_can_be_evicted),
	KUNIT_CASE(refreshed_handshake_is_the_youngest),
	KUNIT_CASE(established_connection_that_is_offloaded_can_be_evicted),
	KUNIT_CASE(closing_connection_that_may_carry_data_stays),
	KUNIT_CASE(connection_is_picked_up_within_its_bucket),
	KUNIT_CASE(lower_limit_ends_no_record_but_new_ones_take_their_place),
	{}
};

static struct kunit_suite table_evict_suite = {
	.name = "tcpstate_table_evict",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = table_evict_cases,
};

kunit_test_suite(table_evict_suite);
