// SPDX-License-Identifier: GPL-2.0-only
/* A record and its key: which segments it matches, and which end sent them. */
#include "table_family.h"

#include <linux/module.h>

static void record_is_as_small_as_promised(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_flow *flow = new_flow(tn, false);

	KUNIT_ASSERT_NOT_NULL(test, flow);
	KUNIT_EXPECT_LE(test, TCPSTATE_FLOW_BYTES_IPV4, 128);
	KUNIT_EXPECT_LE(test, TCPSTATE_FLOW_BYTES_IPV6, 160);
	KUNIT_EXPECT_EQ(test, (unsigned long)flow->conn.end % 64, 0);
	tcpstate_table_free(tn, flow);
}

static void both_directions_have_one_hash(struct kunit *test)
{
	const struct family *family = test->param_value;
	struct tcpstate_net *tn = new_net(test);
	u32 n;

	for (n = 0; n < 1000; n++) {
		struct tcpstate_key key = key_of(tn, n, family->ipv6);
		struct tcpstate_key back = reversed(&key);

		KUNIT_EXPECT_EQ(test, tcpstate_flow_hash(&key),
				tcpstate_flow_hash(&back));
	}
}

static void every_part_of_a_key_counts(struct kunit *test)
{
	const struct family *family = test->param_value;
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key key = key_of(tn, 1, family->ipv6);
	struct tcpstate_flow *flow;
	int part;

	flow = new_flow(tn, family->ipv6);
	KUNIT_ASSERT_NOT_NULL(test, flow);
	tcpstate_flow_set_key(flow, &key, TCPSTATE_INITIATOR);
	for (part = 0; part < 5; part++) {
		struct tcpstate_key other = key;

		if (part < 2)
			other.port[part] ^= htons(1);
		else if (part < 4)
			other.addr[part - 2].ip ^= htonl(1);
		else
			other.zone ^= 1;
		KUNIT_EXPECT_EQ_MSG(test, tcpstate_flow_match(flow, &other), -1,
				    "part %d", part);
		KUNIT_EXPECT_NE_MSG(test, tcpstate_flow_hash(&other),
				    tcpstate_flow_hash(&key), "part %d", part);
	}
	tcpstate_table_free(tn, flow);
}

static void sender_is_known_by_its_end(struct kunit *test)
{
	const struct family *family = test->param_value;
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key key = key_of(tn, 1, family->ipv6);
	struct tcpstate_key back = reversed(&key);
	int from;

	add(tn, &key, TCPSTATE_TIMER_ESTABLISHED);

	KUNIT_EXPECT_NE(test, find_from(&key, &from), 0);
	KUNIT_EXPECT_EQ(test, from, TCPSTATE_INITIATOR);
	KUNIT_EXPECT_NE(test, find_from(&back, &from), 0);
	KUNIT_EXPECT_EQ(test, from, TCPSTATE_RESPONDER);
}

/* The sender of the first segment seen need not be the initiator. */
static void responder_may_be_seen_first(struct kunit *test)
{
	const struct family *family = test->param_value;
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key key = key_of(tn, 1, family->ipv6), got = {};
	struct tcpstate_key back = reversed(&key);
	struct tcpstate_flow *flow;

	flow = new_flow(tn, family->ipv6);
	KUNIT_ASSERT_NOT_NULL(test, flow);
	tcpstate_flow_set_key(flow, &back, TCPSTATE_RESPONDER);
	tcpstate_flow_get_key(flow, &got);
	if (!family->ipv6) {
		got.addr[0] = (union tcpstate_addr){ .ip = got.addr[0].ip };
		got.addr[1] = (union tcpstate_addr){ .ip = got.addr[1].ip };
	}

	KUNIT_EXPECT_MEMEQ(test, &got, &key, sizeof(key));
	KUNIT_EXPECT_EQ(test, tcpstate_flow_match(flow, &key), TCPSTATE_INITIATOR);
	KUNIT_EXPECT_EQ(test, tcpstate_flow_match(flow, &back), TCPSTATE_RESPONDER);
	tcpstate_table_free(tn, flow);
}

static void connection_with_itself_has_one_end(struct kunit *test)
{
	const struct family *family = test->param_value;
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key key = key_of(tn, 1, family->ipv6);
	int from;

	KUNIT_EXPECT_FALSE(test, tcpstate_flow_self(&key));
	key.addr[1] = key.addr[0];
	KUNIT_EXPECT_FALSE(test, tcpstate_flow_self(&key));
	key.port[1] = key.port[0];
	KUNIT_EXPECT_TRUE(test, tcpstate_flow_self(&key));

	add(tn, &key, TCPSTATE_TIMER_ESTABLISHED);
	KUNIT_EXPECT_NE(test, find_from(&key, &from), 0);
	KUNIT_EXPECT_EQ(test, from, TCPSTATE_INITIATOR);
}

static void addresses_that_fold_alike_are_kept_apart(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key key[4];
	struct tcpstate_flow *flow;
	int i, j;

	for (i = 0; i < 4; i++) {
		key[i] = key_of(tn, 0, IPV6);
		memset(key[i].addr[0].ip6, 0, sizeof(key[i].addr[0].ip6));
		key[i].addr[0].ip6[i] = htonl(0xfd000000);
	}
	for (i = 0; i < 4; i++) {
		flow = new_flow(tn, IPV6);
		KUNIT_ASSERT_NOT_NULL(test, flow);
		tcpstate_flow_set_key(flow, &key[i], TCPSTATE_INITIATOR);

		KUNIT_EXPECT_EQ(test, ntohl(flow->fold[0]), 0xfd000000);
		for (j = 0; j < 4; j++)
			KUNIT_EXPECT_EQ(test, tcpstate_flow_match(flow, &key[j]),
					i == j ? TCPSTATE_INITIATOR : -1);
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_NE(test, tcpstate_flow_hash(&key[j]),
					tcpstate_flow_hash(&key[i]));
		tcpstate_table_free(tn, flow);
	}
}

static struct kunit_case table_key_cases[] = {
	KUNIT_CASE(record_is_as_small_as_promised),
	KUNIT_CASE_PARAM(both_directions_have_one_hash, family_gen_params),
	KUNIT_CASE_PARAM(every_part_of_a_key_counts, family_gen_params),
	KUNIT_CASE_PARAM(sender_is_known_by_its_end, family_gen_params),
	KUNIT_CASE_PARAM(responder_may_be_seen_first, family_gen_params),
	KUNIT_CASE_PARAM(connection_with_itself_has_one_end, family_gen_params),
	KUNIT_CASE(addresses_that_fold_alike_are_kept_apart),
	{}
};

static struct kunit_suite table_key_suite = {
	.name = "tcpstate_table_key",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = table_key_cases,
};

kunit_test_suite(table_key_suite);

MODULE_DESCRIPTION("KUnit suites of tcpstate's table of records");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
