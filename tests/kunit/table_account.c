// SPDX-License-Identifier: GPL-2.0-only
/* Accounts of users and cgroups: each once, kept while records have them, and taken back. */
#include "table_fixture.h"

#include "account.h"

/* Users that nobody else has here */
#define FIRST_UID	0x70000000u

static u16 get_account(struct tcpstate_net *tn, u32 uid, u64 cgroup)
{
	u16 number;

	rcu_read_lock();
	local_bh_disable();
	number = tcpstate_account_get_pair(tn, KUIDT_INIT(uid), cgroup);
	local_bh_enable();
	rcu_read_unlock();
	return number;
}

static void expect_account(struct kunit *test, u16 number, u32 uid, u64 cgroup)
{
	u64 found_cgroup;
	kuid_t found;

	KUNIT_ASSERT_TRUE(test, tcpstate_account_find(number, &found, &found_cgroup));
	KUNIT_EXPECT_EQ(test, __kuid_val(found), uid);
	KUNIT_EXPECT_EQ(test, found_cgroup, cgroup);
}

static void each_user_and_cgroup_has_one_account(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	u16 one = get_account(tn, FIRST_UID, 7), two = get_account(tn, FIRST_UID, 8);
	u16 three = get_account(tn, FIRST_UID + 1, 7), far = get_account(tn, FIRST_UID, 7ull << 40);

	KUNIT_EXPECT_EQ(test, get_account(tn, FIRST_UID, 7), one);
	KUNIT_EXPECT_NE(test, one, two);
	KUNIT_EXPECT_NE(test, one, three);
	KUNIT_EXPECT_NE(test, two, three);
	KUNIT_EXPECT_NE(test, one, far);
	expect_account(test, one, FIRST_UID, 7);
	expect_account(test, two, FIRST_UID, 8);
	expect_account(test, three, FIRST_UID + 1, 7);
	expect_account(test, far, FIRST_UID, 7ull << 40);
}

static void numbers_of_no_account_find_none(struct kunit *test)
{
	u64 cgroup;
	kuid_t uid;

	KUNIT_EXPECT_FALSE(test, tcpstate_account_find(TCPSTATE_ACCOUNT_NONE, &uid, &cgroup));
	KUNIT_EXPECT_FALSE(test, tcpstate_account_find(TCPSTATE_ACCOUNT_UNKNOWN, &uid, &cgroup));
}

/* Make accounts until there is room for none more. Return how many there were. */
static u32 fill(struct tcpstate_net *tn, u32 uid)
{
	u32 n = 0;

	while (get_account(tn, uid + n, 1) != TCPSTATE_ACCOUNT_UNKNOWN)
		n++;
	return n;
}

/*
 * While few numbers are left, the collector takes back those that no record has, by two passes,
 * and no others.
 */
static void accounts_without_records_are_taken_back(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key key = key_of(tn, 1, IPV6);
	struct tcpstate_flow *flow = add(tn, &key, TCPSTATE_TIMER_ESTABLISHED);
	struct tcpstate_place place;
	u32 before, n;
	u64 cgroup;
	kuid_t uid;
	u16 kept;

	KUNIT_ASSERT_NOT_NULL(test, flow);
	kept = get_account(tn, FIRST_UID, 5);
	place = lock_place(&key);
	flow->owner[TCPSTATE_RESPONDER] = kept;
	unlock_place(&place);
	n = fill(tn, FIRST_UID + 1);
	KUNIT_EXPECT_GT(test, n, TCPSTATE_ACCOUNT_LAST / 4 * 3);
	KUNIT_EXPECT_TRUE(test, tcpstate_account_is_scarce());
	KUNIT_EXPECT_EQ(test, tcpstate_stats_sum(tn, TCPSTATE_A_COUNTER_OWNER_UNKNOWN), 1);
	/* What is there is found, though the table of accounts is full. */
	KUNIT_EXPECT_EQ(test, get_account(tn, FIRST_UID, 5), kept);

	before = tcpstate_collector_get_state().passes;
	tcpstate_collector_ask(TCPSTATE_PASS_ACCOUNTS);
	KUNIT_EXPECT_TRUE(test, wait_for(!tcpstate_account_is_scarce()));
	KUNIT_EXPECT_TRUE(test, wait_for(tcpstate_collector_get_state().passes - before >= 2));
	expect_account(test, kept, FIRST_UID, 5);
	KUNIT_EXPECT_EQ(test, get_account(tn, FIRST_UID, 5), kept);
	KUNIT_EXPECT_TRUE(test, wait_for(!tcpstate_account_find(kept + 1, &uid, &cgroup)));
	/* There is room for all of them again. */
	KUNIT_EXPECT_GE(test, fill(tn, FIRST_UID + n), n);
	KUNIT_EXPECT_EQ(test, tcpstate_walk_flush(tn, NULL, NULL), 1);
	tcpstate_collector_ask(TCPSTATE_PASS_ACCOUNTS);
	KUNIT_EXPECT_TRUE(test, wait_for(!tcpstate_account_is_scarce()));
}

/*
 * Users of other namespaces leave half of the numbers to the initial one. While few of their half
 * are left, those of theirs that no record has are taken back, and so are others'.
 */
static void others_have_half_of_the_numbers(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test), *others = new_net_of(test, 1000);
	u32 n = fill(others, FIRST_UID), before;

	KUNIT_EXPECT_LE(test, n, TCPSTATE_ACCOUNT_LAST / 2);
	KUNIT_EXPECT_GT(test, n, TCPSTATE_ACCOUNT_LAST / 2 - 100);
	KUNIT_EXPECT_NE(test, get_account(tn, FIRST_UID + n, 1), TCPSTATE_ACCOUNT_UNKNOWN);
	KUNIT_EXPECT_TRUE(test, tcpstate_account_is_scarce());

	before = tcpstate_collector_get_state().passes;
	tcpstate_collector_ask(TCPSTATE_PASS_ACCOUNTS);
	KUNIT_EXPECT_TRUE(test, wait_for(tcpstate_collector_get_state().passes - before >= 2));
	KUNIT_EXPECT_TRUE(test, wait_for(!tcpstate_account_is_scarce()));
	/* There is room for all of them again. */
	KUNIT_EXPECT_GE(test, fill(others, FIRST_UID + n + 1), n);
	tcpstate_collector_ask(TCPSTATE_PASS_ACCOUNTS);
	KUNIT_EXPECT_TRUE(test, wait_for(!tcpstate_account_is_scarce()));
}

static struct kunit_case account_cases[] = {
	KUNIT_CASE(each_user_and_cgroup_has_one_account),
	KUNIT_CASE(numbers_of_no_account_find_none),
	KUNIT_CASE_SLOW(accounts_without_records_are_taken_back),
	KUNIT_CASE_SLOW(others_have_half_of_the_numbers),
	{}
};

static struct kunit_suite account_suite = {
	.name = "tcpstate_table_account",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = account_cases,
};

kunit_test_suite(account_suite);
