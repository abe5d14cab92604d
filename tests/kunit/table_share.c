// SPDX-License-Identifier: GPL-2.0-only
/* A full table: how it is shared out between owners. */
#include "table_full.h"

#include "track.h"

/* Users */
#define ALICE	1000
#define BOB	1001

/*
 * Adds records in use, and tries again and again, because a search that looks for a record in use
 * of somebody else looks into one bucket only.
 */
static unsigned int fill_and_insist(struct tcpstate_net *tn, u32 first, unsigned int limit)
{
	unsigned int tries, n = 0;

	for (tries = 0; tries < 500 && n < limit; tries++)
		n += fill_in_use(tn, first + n, 1);
	return n;
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

static struct kunit_case table_share_cases[] = {
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

static struct kunit_suite table_share_suite = {
	.name = "tcpstate_table_share",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = table_share_cases,
};

kunit_test_suite(table_share_suite);
