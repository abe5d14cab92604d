// SPDX-License-Identifier: GPL-2.0-only
/* A record whose SYN may replace an older connection of the same tuple. */
#include "table_family.h"

/* Adds a record, and one with its ends swapped that waits to replace it. */
static void add_pair(struct kunit *test, struct tcpstate_net *tn,
		     const struct tcpstate_key *key)
{
	struct tcpstate_conn conn = in_class[TCPSTATE_TIMER_HANDSHAKE];
	struct tcpstate_key back = reversed(key);

	conn.flags |= TCPSTATE_F_PENDING;
	KUNIT_ASSERT_NOT_NULL(test, add(tn, key, TCPSTATE_TIMER_TIME_WAIT));
	KUNIT_ASSERT_NOT_NULL(test, add_aged(tn, &back, &conn, 0));
}

static u64 find_pending(const struct tcpstate_key *key, int *from)
{
	return find_either(key, true, from);
}

/* The two flags of the record with that key. */
static unsigned int pair_flags(const struct tcpstate_key *key)
{
	struct tcpstate_place place = lock_place(key);
	unsigned int flags = 0;
	struct tcpstate_flow *flow;
	int from;

	flow = tcpstate_bucket_find(&place, key, false, &from);
	if (flow)
		flags = flow->conn.flags & (TCPSTATE_F_SUCCESSOR | TCPSTATE_F_PENDING);
	unlock_place(&place);
	return flags;
}

static void pending_record_waits_next_to_the_old_one(struct kunit *test)
{
	const struct family *family = test->param_value;
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key key = key_of(tn, 1, family->ipv6);
	int from, pending_from;

	add_pair(test, tn, &key);

	KUNIT_EXPECT_NE(test, find_from(&key, &from), 0);
	KUNIT_EXPECT_EQ(test, from, TCPSTATE_INITIATOR);
	KUNIT_EXPECT_EQ(test, pair_flags(&key), TCPSTATE_F_SUCCESSOR);
	KUNIT_EXPECT_GT(test, find_pending(&key, &pending_from), find(&key));
	KUNIT_EXPECT_EQ(test, pending_from, TCPSTATE_RESPONDER);
	KUNIT_EXPECT_EQ(test, count(tn), 2);
}

static void pending_record_follows_when_the_old_one_ends(struct kunit *test)
{
	const struct family *family = test->param_value;
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key key = key_of(tn, 1, family->ipv6);
	u64 pending;
	int from;

	add_pair(test, tn, &key);
	pending = find_pending(&key, &from);

	KUNIT_EXPECT_TRUE(test, end(tn, &key));
	KUNIT_EXPECT_EQ(test, find(&key), pending);
	KUNIT_EXPECT_EQ(test, pair_flags(&key), 0);
	KUNIT_EXPECT_EQ(test, find_pending(&key, &from), 0);
}

static void old_record_stays_when_the_pending_one_ends(struct kunit *test)
{
	const struct family *family = test->param_value;
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key key = key_of(tn, 1, family->ipv6);
	struct tcpstate_place place;
	u64 old;
	int from;

	add_pair(test, tn, &key);
	old = find(&key);
	place = lock_place(&key);
	tcpstate_table_end(tn, place.bucket, tcpstate_bucket_find(&place, &key, true, &from),
			   TCPSTATE_VERDICT_NO_ANSWER, NULL);
	unlock_place(&place);

	KUNIT_EXPECT_EQ(test, find(&key), old);
	KUNIT_EXPECT_EQ(test, pair_flags(&key), 0);
	KUNIT_EXPECT_EQ(test, find_pending(&key, &from), 0);
}

static void record_with_nothing_to_wait_for_is_not_pending(struct kunit *test)
{
	struct tcpstate_conn conn = in_class[TCPSTATE_TIMER_HANDSHAKE];
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key key = key_of(tn, 1, false);

	conn.flags |= TCPSTATE_F_PENDING;
	KUNIT_ASSERT_NOT_NULL(test, add_aged(tn, &key, &conn, 0));

	KUNIT_EXPECT_NE(test, find(&key), 0);
	KUNIT_EXPECT_EQ(test, pair_flags(&key), 0);
}

static struct kunit_case table_pending_cases[] = {
	KUNIT_CASE_PARAM(pending_record_waits_next_to_the_old_one, family_gen_params),
	KUNIT_CASE_PARAM(pending_record_follows_when_the_old_one_ends, family_gen_params),
	KUNIT_CASE_PARAM(old_record_stays_when_the_pending_one_ends, family_gen_params),
	KUNIT_CASE(record_with_nothing_to_wait_for_is_not_pending),
	{}
};

static struct kunit_suite table_pending_suite = {
	.name = "tcpstate_table_pending",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = table_pending_cases,
};

kunit_test_suite(table_pending_suite);
