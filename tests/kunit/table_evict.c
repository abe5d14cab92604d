// SPDX-License-Identifier: GPL-2.0-only
/* A full table: which record is evicted for a new one, and how a table is shared out. */
#include "table_order.h"

#include "track.h"

/* Users, as far as these suites know any */
#define ALICE	1000
#define BOB	1001

/* Adds records up to the first that is refused; returns how many there was room for. */
static unsigned int fill(struct tcpstate_net *tn, const struct tcpstate_conn *conn, u32 age_ms,
			 u32 first, unsigned int limit)
{
	unsigned int n;

	for (n = 0; n < limit; n++) {
		struct tcpstate_key key = key_of(tn, first + n, false);

		if (!add_aged(tn, &key, conn, age_ms))
			break;
	}
	return n;
}

static unsigned int fill_in_use(struct tcpstate_net *tn, u32 first, unsigned int limit)
{
	return fill(tn, &in_class[TCPSTATE_TIMER_ESTABLISHED], 0, first, limit);
}

static unsigned int fill_handshakes(struct tcpstate_net *tn, u32 first, unsigned int limit)
{
	return fill(tn, &in_class[TCPSTATE_TIMER_HANDSHAKE], SILENT_MS, first, limit);
}

/*
 * The same for records in use that are tried again and again, because a search that looks for a
 * record in use of somebody else looks into one bucket only.
 */
static unsigned int fill_and_insist(struct tcpstate_net *tn, u32 first, unsigned int limit)
{
	unsigned int tries, n = 0;

	for (tries = 0; tries < 500 && n < limit; tries++)
		n += fill_in_use(tn, first + n, 1);
	return n;
}

static enum tcpstate_rank rank_at(const struct tcpstate_conn *conn, u32 now_ms)
{
	return tcpstate_rank_of(conn, TCPSTATE_TIMER_ESTABLISHED, now_ms);
}

static u64 evicted(const struct tcpstate_net *tn)
{
	return stat_of(tn, TCPSTATE_A_COUNTER_EVICTED);
}

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

/* What a search has read is kept for the next one, but not for longer than a unit of a hint. */
static void forget_what_was_read(struct kunit *test)
{
	u32 unit = tcpstate_clock_now_ms() >> TCPSTATE_HINT_EARLY_SHIFT;

	KUNIT_ASSERT_TRUE(test, wait_for(tcpstate_clock_now_ms() >> TCPSTATE_HINT_EARLY_SHIFT !=
					 unit));
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
		forget_what_was_read(test);
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

/* An ACK is compared with a length, and not with an ISN that was long ago. */
static void connection_in_use_stays_however_much_it_has_sent(struct kunit *test)
{
	static const u64 sent[] = {
		2, 0x7fffffff, 0x80000001, 0xffff0000, 0x100000001, 0x280000000,
	};
	/* The largest one (RFC 7323, 2.3) */
	const u32 window = 0x40000000;
	unsigned int i, end;

	for (i = 0; i < ARRAY_SIZE(sent); i++) {
		struct tcpstate_conn conn = in_class[TCPSTATE_TIMER_ESTABLISHED];

		for (end = 0; end < 2; end++) {
			conn.end[end].isn = 1000;
			conn.end[end].snd_nxt = 1000 + sent[i];
			conn.end[end].wraps = (1000 + sent[i]) >> 32;
			conn.end[end].ack = 1000 + sent[i];
		}
		KUNIT_EXPECT_EQ_MSG(test, rank_at(&conn, 0), TCPSTATE_RANK_IN_USE, "%llu bytes",
				    sent[i]);
		if (sent[i] > window)
			continue;
		/* All of the data is still to be acknowledged. */
		conn.end[0].ack = 1001;
		KUNIT_EXPECT_EQ_MSG(test, rank_at(&conn, 0), TCPSTATE_RANK_UNUSED, "%llu bytes",
				    sent[i]);
	}
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

static void hint_says_since_when_a_record_is_silent(struct kunit *test)
{
	static const u32 begins[] = { 0, 12345, 0x7ffffff0, 0xffff0000 - 5, ~0u };
	struct tcpstate_conn conn = in_class[TCPSTATE_TIMER_ESTABLISHED];
	unsigned int i;
	u32 ms;

	for (i = 0; i < ARRAY_SIZE(begins); i++) {
		u8 hint, cost, before = TCPSTATE_RANK_COST_NONE - 1;

		conn.last_seen_ms = begins[i];
		hint = tcpstate_rank_hint(&conn, TCPSTATE_TIMER_ESTABLISHED, begins[i]);
		KUNIT_EXPECT_EQ(test, tcpstate_rank_cost(hint, begins[i]),
				TCPSTATE_RANK_COST_NONE);
		KUNIT_EXPECT_EQ(test, tcpstate_rank_cost(hint, begins[i] + 120000),
				TCPSTATE_RANK_COST_NONE);
		/* For as long as a mark may be as it is. */
		for (ms = TCPSTATE_RANK_IDLE_MS; ms <= TCPSTATE_RANK_IDLE_MS +
		     TCPSTATE_DEADLINE_FAR_MS; ms += 1000) {
			KUNIT_EXPECT_EQ(test, rank_at(&conn, begins[i] + ms), TCPSTATE_RANK_IDLE);
			cost = tcpstate_rank_cost(hint, begins[i] + ms);
			if (cost < TCPSTATE_RANK_IDLE || cost > before)
				KUNIT_FAIL(test, "%u after %u ms from %u on", cost, ms, begins[i]);
			before = cost;
		}
		KUNIT_EXPECT_EQ(test, rank_at(&conn, begins[i] + 299999), TCPSTATE_RANK_IN_USE);
	}
}

/*
 * A record that may have been made up is recent for a second, however the clocks of two CPUs differ
 * by a tick, and then it is not for six seconds at least.
 */
static void hint_says_what_is_recent(struct kunit *test)
{
	static const u32 begins[] = { 0, 255, 12345, 0x7ffffff0, 0xffff0000 - 5, ~0u };
	static const enum tcpstate_timer classes[] = {
		TCPSTATE_TIMER_HANDSHAKE,
		TCPSTATE_TIMER_UNSURE,
	};
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(begins) * ARRAY_SIZE(classes); i++) {
		enum tcpstate_timer class = classes[i % ARRAY_SIZE(classes)];
		struct tcpstate_conn conn = in_class[class];
		s32 ms;
		u8 hint;

		conn.last_seen_ms = begins[i / ARRAY_SIZE(classes)];
		hint = tcpstate_rank_hint(&conn, class, conn.last_seen_ms);
		for (ms = -10; ms < 7000; ms++) {
			u32 now_ms = conn.last_seen_ms + ms;
			u8 cost = tcpstate_rank_cost(hint, now_ms);

			/* Times are rounded by up to 256 ms; a hint is never dearer. */
			if (ms < TCPSTATE_RANK_RECENT_MS - 256)
				k = TCPSTATE_RANK_RECENT;
			else
				k = min_t(u8, cost, tcpstate_rank_of(&conn, class, now_ms));
			if (cost != k)
				KUNIT_FAIL(test, "%u after %d ms from %u on", cost, ms,
					   conn.last_seen_ms);
		}
	}
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

/* The cap for users' namespaces is half of the limit. */
static void users_leave_half_of_the_table(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_net *alice = new_net_of(test, ALICE), *bob = new_net_of(test, BOB);

	leave_room(40);
	KUNIT_EXPECT_EQ(test, fill_in_use(alice, 0, 40), 20);
	KUNIT_EXPECT_EQ(test, fill_in_use(tn, 0, 40), 20);
	/* Alice has more than a third, so Bob gets some of hers; but nobody else loses a record. */
	KUNIT_EXPECT_EQ(test, fill_and_insist(bob, 0, 40), 20 - 40 / 3);
	KUNIT_EXPECT_EQ(test, count(alice), 40 / 3);
	KUNIT_EXPECT_EQ(test, evicted(alice), 20 - 40 / 3);
	KUNIT_EXPECT_EQ(test, count(tn), 20);
	KUNIT_EXPECT_EQ(test, fill_and_insist(alice, 1000, 1), 0);
}

static void initial_owner_keeps_its_share_and_loses_the_rest(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test), *alice = new_net_of(test, ALICE);

	leave_room(40);
	KUNIT_EXPECT_EQ(test, fill_in_use(tn, 0, 41), 40);
	KUNIT_EXPECT_EQ(test, fill_and_insist(alice, 0, 41), 20);
	KUNIT_EXPECT_EQ(test, count(tn), 20);
	KUNIT_EXPECT_EQ(test, fill_and_insist(tn, 1000, 1), 0);
}

static void owner_within_its_share_loses_not_even_a_handshake(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test), *alice = new_net_of(test, ALICE);

	leave_room(40);
	KUNIT_EXPECT_EQ(test, fill_handshakes(alice, 0, 5), 5);
	KUNIT_EXPECT_EQ(test, fill_in_use(tn, 0, 40), 35);
	KUNIT_EXPECT_EQ(test, count(alice), 5);
	/* It may replace its own. */
	KUNIT_EXPECT_EQ(test, fill_handshakes(tn, 1000, 1), 0);
	KUNIT_EXPECT_EQ(test, fill_handshakes(alice, 1000, 40), 40);
}

/* What an owner may not take leads it to no bucket in vain. */
static void handshakes_of_others_hide_no_record_of_ones_own(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test), *alice = new_net_of(test, ALICE);

	leave_room(200);
	KUNIT_ASSERT_EQ(test, fill_handshakes(alice, 0, 80), 80);
	KUNIT_ASSERT_EQ(test, fill(tn, &in_class[TCPSTATE_TIMER_CLOSED], 0, 0, 10), 10);
	KUNIT_ASSERT_EQ(test, fill_in_use(tn, 1000, 200), 110 + 10);
	KUNIT_EXPECT_EQ(test, evicted(tn), 10);
	KUNIT_EXPECT_EQ(test, count(alice), 80);
}

/* Users share their hints, but a search does not look for handshakes alone. */
static void handshakes_of_a_user_do_not_keep_another_from_his_own(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_net *alice = new_net_of(test, ALICE), *bob = new_net_of(test, BOB);

	leave_room(240);
	KUNIT_ASSERT_EQ(test, fill_handshakes(alice, 0, 40), 40);
	KUNIT_ASSERT_EQ(test, fill(bob, &in_class[TCPSTATE_TIMER_CLOSED], 0, 0, 5), 5);
	KUNIT_ASSERT_EQ(test, fill_in_use(bob, 1000, 75), 75);
	KUNIT_ASSERT_EQ(test, fill_in_use(tn, 0, 120), 120);
	KUNIT_EXPECT_EQ(test, fill_in_use(bob, 2000, 10), 5);
	KUNIT_EXPECT_EQ(test, evicted(bob), 5);
	KUNIT_EXPECT_EQ(test, count(alice), 40);
}

static void owner_below_its_share_loses_nothing_to_one_that_has_less(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_net *alice = new_net_of(test, ALICE), *bob = new_net_of(test, BOB);

	leave_room(90);
	KUNIT_ASSERT_EQ(test, fill_handshakes(alice, 0, 20), 20);
	KUNIT_ASSERT_EQ(test, fill_in_use(tn, 0, 90), 70);
	KUNIT_EXPECT_EQ(test, fill_and_insist(bob, 0, 20), 20);
	KUNIT_EXPECT_EQ(test, count(alice), 20);
	KUNIT_EXPECT_EQ(test, count(tn), 50);
}

/* An owner below its share may take a record in use, but not for a single ACK. */
static void picked_up_connection_replaces_none_in_use(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test), *alice = new_net_of(test, ALICE);
	struct tcpstate_sight sight = {
		.packet = {
			.key = key_of(alice, 0, false),
			.seg = { .flags = TCPSTATE_FLAG_ACK, .segs = 1, .forwarded = true },
		},
	};
	struct tcpstate_key in_use, unsure;
	u32 *numbers;

	sight.place = tcpstate_table_fetch(&sight.packet.key);
	numbers = mates(test, tn, 2, false, &sight.packet.key);
	in_use = key_of(tn, numbers[0], false);
	unsure = key_of(tn, numbers[1], false);
	leave_room(10);
	add(tn, &in_use, TCPSTATE_TIMER_ESTABLISHED);
	add(tn, &unsure, TCPSTATE_TIMER_UNSURE);
	KUNIT_ASSERT_EQ(test, fill_in_use(tn, 1000000, 10), 8 + 1);
	KUNIT_ASSERT_EQ(test, find(&unsure), 0);
	/* The bucket has promised something for so long as nobody has looked. */
	tcpstate_deadline_write_mark(tcpstate_table_number(sight.place.bucket),
				     tcpstate_deadline_round(tcpstate_clock_now_ms() + 1000) |
				     TCPSTATE_HINT_UNSURE);
	tcpstate_track_segment(alice, &sight);
	KUNIT_EXPECT_NE(test, find(&in_use), 0);
	KUNIT_EXPECT_EQ(test, count(alice), 0);
}

/* However many namespaces a user makes, they are his; and empty ones have no share. */
static void namespaces_of_one_user_share_one_share(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_net *first = new_net_of(test, ALICE), *second = new_net_of(test, ALICE);

	KUNIT_EXPECT_EQ(test, tcpstate_limit_share(tn->owner), tcpstate_limit_get_max());
	leave_room(40);
	KUNIT_EXPECT_EQ(test, fill_in_use(first, 0, 15), 15);
	KUNIT_EXPECT_EQ(test, tcpstate_limit_share(tn->owner), 20);
	KUNIT_EXPECT_EQ(test, fill_in_use(second, 0, 15), 5);
	KUNIT_EXPECT_EQ(test, fill_in_use(tn, 0, 40), 20);
	KUNIT_EXPECT_EQ(test, tcpstate_limit_share(tn->owner), 20);
	KUNIT_EXPECT_EQ(test, tcpstate_walk_flush(first, NULL, NULL), 15);
	KUNIT_EXPECT_EQ(test, tcpstate_walk_flush(second, NULL, NULL), 5);
	KUNIT_EXPECT_EQ(test, tcpstate_limit_share(tn->owner), 40);
}

static struct kunit_case table_evict_cases[] = {
	KUNIT_CASE(what_finds_no_room_is_untracked_and_counted),
	KUNIT_CASE(room_comes_back_with_each_record_that_ends),
	KUNIT_CASE(least_valuable_record_goes_first),
	KUNIT_CASE(evicted_record_leaves_nothing_in_the_new_one),
	KUNIT_CASE(every_record_that_may_go_is_found),
	KUNIT_CASE(hint_that_promises_too_much_hides_no_other),
	KUNIT_CASE(handshakes_that_go_on_stay),
	KUNIT_CASE(flood_evicts_nothing_that_both_ends_have_confirmed),
	KUNIT_CASE(connection_in_use_stays_however_much_it_has_sent),
	KUNIT_CASE(record_that_falls_idle_can_be_evicted),
	KUNIT_CASE(hint_says_since_when_a_record_is_silent),
	KUNIT_CASE(hint_says_what_is_recent),
	KUNIT_CASE(refreshed_handshake_is_the_youngest),
	KUNIT_CASE(established_connection_that_is_offloaded_can_be_evicted),
	KUNIT_CASE(closing_connection_that_may_carry_data_stays),
	KUNIT_CASE(connection_is_picked_up_within_its_bucket),
	KUNIT_CASE(lower_limit_ends_no_record_but_new_ones_take_their_place),
	KUNIT_CASE(users_leave_half_of_the_table),
	KUNIT_CASE(initial_owner_keeps_its_share_and_loses_the_rest),
	KUNIT_CASE(owner_within_its_share_loses_not_even_a_handshake),
	KUNIT_CASE(handshakes_of_others_hide_no_record_of_ones_own),
	KUNIT_CASE(handshakes_of_a_user_do_not_keep_another_from_his_own),
	KUNIT_CASE(owner_below_its_share_loses_nothing_to_one_that_has_less),
	KUNIT_CASE(picked_up_connection_replaces_none_in_use),
	KUNIT_CASE(namespaces_of_one_user_share_one_share),
	{}
};

static struct kunit_suite table_evict_suite = {
	.name = "tcpstate_table_evict",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = table_evict_cases,
};

kunit_test_suite(table_evict_suite);
