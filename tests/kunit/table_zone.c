// SPDX-License-Identifier: GPL-2.0-only
/* Equal tuples of several namespaces, and of several interfaces, are kept apart. */
#include "table_family.h"

#include "reclaim.h"

static void namespaces_have_equal_tuples_apart(struct kunit *test)
{
	const struct family *family = test->param_value;
	struct tcpstate_net *a = new_net(test), *b = new_net(test);
	struct tcpstate_key key_a = key_of(a, 1, family->ipv6);
	struct tcpstate_key key_b = key_of(b, 1, family->ipv6);

	add(a, &key_a, TCPSTATE_TIMER_ESTABLISHED);
	KUNIT_EXPECT_EQ(test, find(&key_b), 0);
	add(b, &key_b, TCPSTATE_TIMER_ESTABLISHED);

	KUNIT_EXPECT_NE(test, find(&key_a), find(&key_b));
	KUNIT_EXPECT_EQ(test, count(a), 1);
	KUNIT_EXPECT_EQ(test, count(b), 1);
	KUNIT_EXPECT_TRUE(test, end(a, &key_a));
	KUNIT_EXPECT_NE(test, find(&key_b), 0);
}

static void interfaces_have_equal_tuples_apart(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test), *other = new_net(test);
	u32 zone[4], again;

	KUNIT_ASSERT_EQ(test, tcpstate_zone_get(tn, 0, &zone[0]), 0);
	KUNIT_ASSERT_EQ(test, tcpstate_zone_get(tn, 7, &zone[1]), 0);
	KUNIT_ASSERT_EQ(test, tcpstate_zone_get(tn, INT_MAX, &zone[2]), 0);
	KUNIT_ASSERT_EQ(test, tcpstate_zone_get(other, 7, &zone[3]), 0);
	KUNIT_ASSERT_EQ(test, tcpstate_zone_get(tn, 7, &again), 0);

	KUNIT_EXPECT_EQ(test, zone[0], tn->zone);
	KUNIT_EXPECT_EQ(test, again, zone[1]);
	KUNIT_EXPECT_NE(test, zone[0], zone[1]);
	KUNIT_EXPECT_NE(test, zone[1], zone[2]);
	KUNIT_EXPECT_NE(test, zone[1], zone[3]);
	KUNIT_EXPECT_EQ(test, tcpstate_zone_find_ifindex(zone[0]), 0);
	KUNIT_EXPECT_EQ(test, tcpstate_zone_find_ifindex(zone[1]), 7);
	KUNIT_EXPECT_EQ(test, tcpstate_zone_find_ifindex(zone[2]), INT_MAX);
	KUNIT_EXPECT_EQ(test, tcpstate_zone_find_ifindex(zone[3]), 7);
	KUNIT_EXPECT_EQ(test, tcpstate_zone_find_ifindex(zone[1] | TCPSTATE_ZONE_IPV6),
			7);
}

static void walk_shows_the_records_of_all_interfaces(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key key = key_of(tn, 1, IPV6);

	add(tn, &key, TCPSTATE_TIMER_ESTABLISHED);
	KUNIT_ASSERT_EQ(test, tcpstate_zone_get(tn, 7, &key.zone), 0);
	key.zone |= TCPSTATE_ZONE_IPV6;
	KUNIT_EXPECT_EQ(test, find(&key), 0);
	add(tn, &key, TCPSTATE_TIMER_ESTABLISHED);

	KUNIT_EXPECT_EQ(test, count(tn), 2);
	KUNIT_EXPECT_EQ(test, tcpstate_walk_flush(tn, NULL, NULL), 2);
}

static void interfaces_of_a_namespace_are_bounded(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	int ifindex, err = 0;
	u32 zone;

	for (ifindex = 1; ifindex < 5000 && !err; ifindex++)
		err = tcpstate_zone_get(tn, ifindex, &zone);

	KUNIT_EXPECT_EQ(test, err, -ENOSPC);
	KUNIT_EXPECT_EQ(test, ifindex, 4097);
	KUNIT_EXPECT_EQ(test, tcpstate_zone_get(tn, 1, &zone), 0);
	KUNIT_EXPECT_EQ(test, tcpstate_zone_find_ifindex(zone), 1);
}

/* Adds a record whose addresses belong to an interface; returns its zone. */
static u32 add_at_interface(struct kunit *test, struct tcpstate_net *tn, int ifindex)
{
	struct tcpstate_key key = key_of(tn, 1, IPV6);

	KUNIT_ASSERT_EQ(test, tcpstate_zone_get(tn, ifindex, &key.zone), 0);
	key.zone |= TCPSTATE_ZONE_IPV6;
	KUNIT_ASSERT_NOT_NULL(test, add(tn, &key, TCPSTATE_TIMER_ESTABLISHED));
	return key.zone & ~TCPSTATE_ZONE_IPV6;
}

static void zones_without_records_are_taken_back(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	u32 zone, first, last, new;
	int ifindex;

	first = add_at_interface(test, tn, 1);
	for (ifindex = 2; ifindex < 4095; ifindex++)
		KUNIT_ASSERT_EQ(test, tcpstate_zone_get(tn, ifindex, &zone), 0);
	last = add_at_interface(test, tn, 4095);
	KUNIT_EXPECT_EQ(test, tcpstate_zone_get(tn, 4096, &zone), -ENOSPC);
	KUNIT_EXPECT_TRUE(test, tcpstate_zone_is_scarce(tn));

	tcpstate_collector_reclaim(tn);
	KUNIT_ASSERT_TRUE(test, wait_for(!tcpstate_zone_is_scarce(tn) &&
					 !work_busy(&tn->reclaimer.work)));

	KUNIT_EXPECT_EQ(test, atomic_read(&tn->interfaces), 2);
	KUNIT_EXPECT_FALSE(test, tcpstate_zone_find(tn, 2, &zone));
	KUNIT_EXPECT_TRUE(test, tcpstate_zone_find(tn, 1, &zone));
	KUNIT_EXPECT_EQ(test, zone, first);
	KUNIT_EXPECT_EQ(test, tcpstate_zone_find_ifindex(first), 1);
	KUNIT_EXPECT_TRUE(test, tcpstate_zone_find(tn, 4095, &zone));
	KUNIT_EXPECT_EQ(test, zone, last);
	new = add_at_interface(test, tn, 4096);
	KUNIT_EXPECT_NE(test, new, first);
	KUNIT_EXPECT_NE(test, new, last);
	KUNIT_EXPECT_EQ(test, tcpstate_zone_find_ifindex(new), 4096);
	KUNIT_EXPECT_EQ(test, count(tn), 3);
}

/* The record comes after the first walk, as that of a packet that has its zone already. */
static void zone_that_gets_a_record_meanwhile_stays(struct kunit *test)
{
	unsigned long *used = kunit_kcalloc(test, BITS_TO_LONGS(TCPSTATE_ZONE_INTERFACES),
					    sizeof(*used), GFP_KERNEL);
	unsigned long *hidden = kunit_kcalloc(test, BITS_TO_LONGS(TCPSTATE_ZONE_INTERFACES),
					      sizeof(*hidden), GFP_KERNEL);
	struct tcpstate_net *tn = new_net(test);
	u32 zone[4], now;

	KUNIT_ASSERT_NOT_NULL(test, used);
	KUNIT_ASSERT_NOT_NULL(test, hidden);
	KUNIT_ASSERT_EQ(test, tcpstate_zone_get(tn, 1, &zone[1]), 0);
	KUNIT_ASSERT_EQ(test, tcpstate_zone_get(tn, 2, &zone[2]), 0);
	KUNIT_ASSERT_EQ(test, tcpstate_zone_get(tn, 3, &zone[3]), 0);

	tcpstate_zone_hide(tn, used, hidden);
	KUNIT_EXPECT_FALSE(test, tcpstate_zone_find(tn, 1, &now));
	/* Meanwhile the first two get a record, and the second one another number. */
	__set_bit(zone[1] - tn->zone, used);
	__set_bit(zone[2] - tn->zone, used);
	KUNIT_ASSERT_EQ(test, tcpstate_zone_get(tn, 2, &now), 0);
	KUNIT_EXPECT_NE(test, now, zone[2]);
	tcpstate_zone_free_hidden(tn, used, hidden);

	KUNIT_EXPECT_TRUE(test, tcpstate_zone_find(tn, 1, &now));
	KUNIT_EXPECT_EQ(test, now, zone[1]);
	KUNIT_EXPECT_TRUE(test, tcpstate_zone_find(tn, 2, &now));
	KUNIT_EXPECT_NE(test, now, zone[2]);
	/* Records with the number it had before are still shown with their interface. */
	KUNIT_EXPECT_EQ(test, tcpstate_zone_find_ifindex(zone[2]), 2);
	KUNIT_EXPECT_EQ(test, tcpstate_zone_find_ifindex(now), 2);
	KUNIT_EXPECT_FALSE(test, tcpstate_zone_find(tn, 3, &now));
	KUNIT_EXPECT_EQ(test, tcpstate_zone_find_ifindex(zone[3]), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&tn->interfaces), 3);
}

/* The more there is to look at, the longer the collector rests before it takes back zones again. */
static void looks_for_zones_without_records_are_counted(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test), *other = new_net(test), *empty = new_net(test);
	unsigned int before;
	u32 n;

	add_at_interface(test, tn, 1);
	before = tcpstate_reclaim_zones(tn);
	KUNIT_EXPECT_GT(test, before, 0);
	for (n = 0; n < 100; n++) {
		struct tcpstate_key key = key_of(other, n, IPV6);

		KUNIT_ASSERT_NOT_NULL(test, add(other, &key, TCPSTATE_TIMER_ESTABLISHED));
	}
	/* Two walks look at the records of all namespaces. */
	KUNIT_EXPECT_EQ(test, tcpstate_reclaim_zones(tn) - before, 2 * 100);
	/* None is made for a namespace without records. */
	KUNIT_EXPECT_EQ(test, tcpstate_reclaim_zones(empty), 0);
}

static struct kunit_case table_zone_cases[] = {
	KUNIT_CASE_PARAM(namespaces_have_equal_tuples_apart, family_gen_params),
	KUNIT_CASE(interfaces_have_equal_tuples_apart),
	KUNIT_CASE(walk_shows_the_records_of_all_interfaces),
	KUNIT_CASE(interfaces_of_a_namespace_are_bounded),
	KUNIT_CASE(zones_without_records_are_taken_back),
	KUNIT_CASE(zone_that_gets_a_record_meanwhile_stays),
	KUNIT_CASE(looks_for_zones_without_records_are_counted),
	{}
};

static struct kunit_suite table_zone_suite = {
	.name = "tcpstate_table_zone",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = table_zone_cases,
};

kunit_test_suite(table_zone_suite);
