// SPDX-License-Identifier: GPL-2.0-only
/*
 * The key, the table of records and its limits. Records are put in by hand, into
 * namespaces of the tests' own; the loaded module has its own in addition.
 */
#include "table_fixture.h"

#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/prandom.h>

#include "track.h"

/* Printed with the results: the same numbers make the same run. */
#define SEED		0x7cb57a7e

/* Buckets are seldom full in a large table: keys are chosen to meet in few. */
#define CROWD_BUCKETS	32
#define CROWD		512
/* And so many in a single one */
#define FULL		24

static const struct family {
	const char *name;
	bool ipv6;
} families[] = { { "IPv4", false }, { "IPv6", IPV6 } };

KUNIT_ARRAY_PARAM_DESC(family, families, name);

static u32 random_below(struct rnd_state *rnd, u32 limit)
{
	return prandom_u32_state(rnd) % limit;
}

static struct rnd_state seeded(struct kunit *test)
{
	struct rnd_state rnd;

	kunit_info(test, "seed %#x", SEED);
	prandom_seed_state(&rnd, SEED);
	return rnd;
}

/* The number that key_of() had, whichever end the record began with. */
static u32 number_of(const struct tcpstate_flow *flow)
{
	int end = flow->port[0] == htons(443);

	return tcpstate_flow_ipv6(flow) ? ntohl(flow->ip6[end][3]) :
	       ntohl(flow->ip[end]) - 0x0a000000;
}

/* Numbers of connections of both families whose buckets are few. */
static u32 *crowd(struct kunit *test, const struct tcpstate_net *tn)
{
	u32 buckets = tcpstate_table_bytes() / sizeof(struct tcpstate_bucket);
	u32 *numbers = kunit_kcalloc(test, CROWD, sizeof(*numbers), GFP_KERNEL);
	u32 n, found = 0;

	KUNIT_ASSERT_NOT_NULL(test, numbers);
	for (n = 0; found < CROWD; n++) {
		struct tcpstate_key key = key_of(tn, n, n & 1);

		if (reciprocal_scale(tcpstate_flow_hash(&key), buckets) < CROWD_BUCKETS)
			numbers[found++] = n;
		if (!(n % 1024))
			cond_resched();
	}
	return numbers;
}

static void record_is_as_small_as_promised(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_flow *flow = tcpstate_evict_alloc(tn, false);

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

	flow = tcpstate_evict_alloc(tn, family->ipv6);
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

	flow = tcpstate_evict_alloc(tn, family->ipv6);
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
		flow = tcpstate_evict_alloc(tn, IPV6);
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

static unsigned int count(struct tcpstate_net *tn)
{
	struct tcpstate_cursor cursor = {};
	struct tcpstate_copy copy;
	unsigned int n = 0;

	while (tcpstate_walk_next(tn, &cursor, &copy))
		n++;
	return n;
}

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

/* Random operations, each against what an array says should happen. */
static void table_does_what_a_model_does(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	struct rnd_state rnd = seeded(test);
	u32 *numbers = crowd(test, tn);
	unsigned int in = 0;
	u64 *ids;
	int op;

	ids = kunit_kcalloc(test, CROWD, sizeof(*ids), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ids);
	for (op = 0; op < 50000; op++) {
		u32 i = random_below(&rnd, CROWD);
		struct tcpstate_key key = key_of(tn, numbers[i], numbers[i] & 1);
		struct tcpstate_key back = reversed(&key);
		enum tcpstate_timer class = random_below(&rnd, TCPSTATE_TIMERS);
		struct tcpstate_flow *flow;

		switch (random_below(&rnd, 4)) {
		case 0:
			if (ids[i])
				break;
			flow = add(tn, &key, class);
			KUNIT_ASSERT_NOT_NULL(test, flow);
			ids[i] = find(&key);
			KUNIT_ASSERT_NE(test, ids[i], 0);
			in++;
			break;
		case 1:
			KUNIT_ASSERT_EQ(test, end(tn, &back), !!ids[i]);
			in -= !!ids[i];
			ids[i] = 0;
			break;
		case 2:
			touch(tn, &key, class);
			fallthrough;
		default:
			KUNIT_ASSERT_EQ(test, find(&back), ids[i]);
		}
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&tn->records), in);
	KUNIT_EXPECT_EQ(test, count(tn), in);
	KUNIT_EXPECT_EQ(test, tcpstate_walk_flush(tn, NULL, NULL), in);
}

static unsigned int free_slots(const struct tcpstate_bucket *bucket)
{
	unsigned int n = 0, i;

	for (i = 0; i < TCPSTATE_SLOTS; i++)
		n += !bucket->slot[i];
	return n;
}

/* Tags that differ in one bit, and free slots, are what a sum could take for another. */
static void tags_are_told_apart(struct kunit *test)
{
	struct rnd_state rnd = seeded(test);
	unsigned int n, i;

	for (n = 0; n < 100000; n++) {
		unsigned long head = prandom_u32_state(&rnd), expected = 0;
		u8 tag = head;

		head = head << 32 | prandom_u32_state(&rnd);
		for (i = 0; i < TCPSTATE_SLOTS; i++) {
			static const u8 differ[] = { 0, 1, 0x80, 0xff };
			u8 other = tag ^ differ[random_below(&rnd, ARRAY_SIZE(differ))];

			if (random_below(&rnd, 4))
				head = (head & ~(0xfful << 8 * i)) | (unsigned long)other << 8 * i;
			if ((u8)(head >> 8 * i) == tag)
				expected |= 0x80ul << 8 * i;
		}
		KUNIT_ASSERT_EQ_MSG(test, tcpstate_bucket_tagged(head, TCPSTATE_TAGS(tag)),
				    expected,
				    "head %#lx, tag %#x", head, tag);
	}
}

/* Chained are only those that find no slot, and one that gets free is taken by one. */
static void full_bucket_chains_the_rest(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	u32 *numbers = kunit_kcalloc(test, FULL, sizeof(*numbers), GFP_KERNEL);
	const struct tcpstate_bucket *bucket = NULL;
	struct rnd_state rnd = seeded(test);
	u32 n, i, found = 0;

	KUNIT_ASSERT_NOT_NULL(test, numbers);
	for (n = 0; found < FULL; n++) {
		struct tcpstate_key key = key_of(tn, n, n & 1);
		struct tcpstate_place place = tcpstate_table_fetch(&key);

		if (!bucket)
			bucket = place.bucket;
		if (place.bucket != bucket)
			continue;
		numbers[found++] = n;
		add(tn, &key, TCPSTATE_TIMER_ESTABLISHED);
		KUNIT_EXPECT_EQ(test, free_slots(bucket),
				found < TCPSTATE_SLOTS ? TCPSTATE_SLOTS - found : 0);
	}
	for (; found; found--) {
		struct tcpstate_key key;
		u32 *gone = &numbers[random_below(&rnd, found)];

		for (i = 0; i < found; i++) {
			key = key_of(tn, numbers[i], numbers[i] & 1);
			KUNIT_EXPECT_NE(test, find(&key), 0);
		}
		key = key_of(tn, *gone, *gone & 1);
		KUNIT_EXPECT_TRUE(test, end(tn, &key));
		KUNIT_EXPECT_EQ(test, find(&key), 0);
		KUNIT_EXPECT_EQ(test, free_slots(bucket),
				found <= TCPSTATE_SLOTS ? TCPSTATE_SLOTS - found + 1 : 0);
		*gone = numbers[found - 1];
	}
	KUNIT_EXPECT_EQ(test, bucket->head, 0);
}

/* While others come and go: who was there all the time is shown, and once. */
static void walk_misses_nothing_and_repeats_nothing(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	struct rnd_state rnd = seeded(test);
	u32 *numbers = crowd(test, tn);
	struct tcpstate_cursor cursor = {};
	struct tcpstate_copy copy;
	unsigned int i, j, shown = 0;
	u64 *ids;

	ids = kunit_kcalloc(test, 20 * CROWD, sizeof(*ids), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ids);
	for (i = 0; i < CROWD; i++) {
		struct tcpstate_key key = key_of(tn, numbers[i], numbers[i] & 1);

		KUNIT_ASSERT_NOT_NULL(test, add(tn, &key, TCPSTATE_TIMER_ESTABLISHED));
	}

	while (tcpstate_walk_next(tn, &cursor, &copy)) {
		KUNIT_ASSERT_LT(test, shown, 20 * CROWD);
		ids[shown++] = copy.flow.id;
		for (i = 0; i < 16; i++) {
			/* The even places stay, the odd ones come and go. */
			u32 n = numbers[random_below(&rnd, CROWD) | 1];
			struct tcpstate_key key = key_of(tn, n, n & 1);

			if (!end(tn, &key))
				add(tn, &key, TCPSTATE_TIMER_ESTABLISHED);
		}
	}
	for (i = 0; i < shown; i++)
		for (j = 0; j < i; j++)
			KUNIT_ASSERT_NE(test, ids[i], ids[j]);
	for (i = 0; i < CROWD; i += 2) {
		struct tcpstate_key key = key_of(tn, numbers[i], numbers[i] & 1);
		u64 id = find(&key);

		for (j = 0; j < shown && ids[j] != id; j++)
			;
		KUNIT_EXPECT_LT_MSG(test, j, shown, "place %u was missed", i);
	}
}

static void walk_gives_whole_records(struct kunit *test)
{
	const struct family *family = test->param_value;
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key key = key_of(tn, 77, family->ipv6);
	struct tcpstate_cursor cursor = {};
	struct tcpstate_copy copy;

	add(tn, &key, TCPSTATE_TIMER_TIME_WAIT);

	KUNIT_ASSERT_TRUE(test, tcpstate_walk_next(tn, &cursor, &copy));
	KUNIT_EXPECT_EQ(test, number_of(&copy.flow), 77);
	KUNIT_EXPECT_EQ(test, tcpstate_flow_match(&copy.flow, &key), TCPSTATE_INITIATOR);
	KUNIT_EXPECT_EQ(test, copy.flow.id, find(&key));
	KUNIT_EXPECT_EQ(test, copy.flow.conn.states,
			in_class[TCPSTATE_TIMER_TIME_WAIT].states);
	KUNIT_EXPECT_FALSE(test, tcpstate_walk_next(tn, &cursor, &copy));
	KUNIT_EXPECT_FALSE(test, tcpstate_walk_next(tn, &cursor, &copy));
}

/* A record, and one with its ends changed over that waits to replace it. */
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
	struct tcpstate_place place = lock_place(key);
	struct tcpstate_flow *flow = tcpstate_bucket_find(&place, key, true, from);
	u64 id = flow ? flow->id : 0;

	unlock_place(&place);
	return id;
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

static void ids_are_times_and_grow(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	u64 before = tcpstate_clock_now_ns(), last = 0;
	struct tcpstate_flow *flow;
	int i;

	for (i = 0; i < 1000; i++) {
		flow = tcpstate_evict_alloc(tn, i & 1);
		KUNIT_ASSERT_NOT_NULL(test, flow);
		KUNIT_EXPECT_GT(test, flow->id, last);
		last = flow->id;
		tcpstate_table_free(tn, flow);
	}
	KUNIT_EXPECT_GE(test, last, before);
	KUNIT_EXPECT_LE(test, last, tcpstate_clock_now_ns() + 1000);
}

/* A namespace that comes when half of the table is reserved already. */
static struct tcpstate_net *new_net_without_reserve(struct kunit *test)
{
	unsigned int max = tcpstate_limit_set_max(0);
	struct tcpstate_net *tn = new_net(test);

	tcpstate_limit_set_max(max);
	KUNIT_ASSERT_EQ(test, tn->reserve, 0);
	return tn;
}

/* From now on there is room for so many more. */
static void leave_room(unsigned int records)
{
	tcpstate_limit_set_max(tcpstate_limit_used() + records);
}

/* Adds records up to the first that is refused; how many there was room for. */
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
	/* Used or not, to the others it is never room. */
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

/*
 * Those of a CPU rise, at most two steps behind the clock when they were asked for; none is
 * ahead of it but for being one step after the one before: a clock that is kept for several
 * CPUs may stand still for some ns.
 */
static void ids_are_unique_times(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	unsigned int i, step = roundup_pow_of_two(nr_cpu_ids);
	u64 *last = kunit_kcalloc(test, step, sizeof(*last), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, last);
	for (i = 0; i < 10000; i++) {
		u64 began = tcpstate_clock_now_ns();
		struct tcpstate_flow *flow = tcpstate_evict_alloc(tn, false);
		u64 *before;

		KUNIT_ASSERT_NOT_NULL(test, flow);
		before = &last[flow->id & (step - 1)];
		if (*before) {
			KUNIT_EXPECT_GT(test, flow->id, *before);
			KUNIT_EXPECT_LE(test, flow->id,
					max(tcpstate_clock_now_ns(), *before + step));
		}
		KUNIT_EXPECT_GE(test, flow->id + 2 * step, began);
		*before = flow->id;
		tcpstate_table_free(tn, flow);
	}
}

/* In the order in which they go; what stays stands behind. */
static const enum tcpstate_timer eviction_order[] = {
	TCPSTATE_TIMER_HANDSHAKE, TCPSTATE_TIMER_UNSURE, TCPSTATE_TIMER_CLOSED,
	TCPSTATE_TIMER_TIME_WAIT, TCPSTATE_TIMER_CLOSING,
	TCPSTATE_TIMER_ESTABLISHED, TCPSTATE_TIMER_HALF_CLOSED,
};

static void least_valuable_record_goes_first(struct kunit *test)
{
	struct tcpstate_net *tn = new_net_without_reserve(test);
	unsigned int i, j;

	leave_room(2 * TCPSTATE_TIMERS);
	/* Two of each, the most valuable first: age is not what decides. */
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

	leave_room(2);
	add(tn, &old, TCPSTATE_TIMER_HANDSHAKE);
	add(tn, &next, TCPSTATE_TIMER_HANDSHAKE);
	touch(tn, &old, TCPSTATE_TIMER_HANDSHAKE);
	KUNIT_ASSERT_NOT_NULL(test, add(tn, &key, TCPSTATE_TIMER_HANDSHAKE));

	KUNIT_EXPECT_NE(test, find(&old), 0);
	KUNIT_EXPECT_EQ(test, find(&next), 0);
}

/* The segment moves no state, and yet its record is in another class then. */
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

	/* One is beyond the reserve, and goes; the rest do not. */
	KUNIT_EXPECT_EQ(test, fill(tn, TCPSTATE_TIMER_ESTABLISHED, 0, 5), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&other->records), reserve);
	KUNIT_EXPECT_EQ(test, stat_of(other, TCPSTATE_A_COUNTER_EVICTED), 1);
}

static void flush_ends_all_of_one_namespace(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test), *other = new_net(test);
	unsigned int i, own;

	for (i = 0; i < 2 * TCPSTATE_TIMERS; i++) {
		struct tcpstate_key key = key_of(tn, i, i & 1);

		add(tn, &key, i / 2);
		key = key_of(other, i, i & 1);
		add(other, &key, i / 2);
	}
	own = tcpstate_walk_flush(tn, NULL, NULL);

	KUNIT_EXPECT_EQ(test, own, 2 * TCPSTATE_TIMERS);
	KUNIT_EXPECT_EQ(test, atomic_read(&tn->records), 0);
	KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_ENDED), 2 * TCPSTATE_TIMERS);
	KUNIT_EXPECT_EQ(test, count(other), 2 * TCPSTATE_TIMERS);
	KUNIT_EXPECT_EQ(test, tcpstate_walk_flush(tn, NULL, NULL), 0);
}

/* A few connections that all threads want at once. */
#define HAMMER_THREADS	4
#define HAMMER_KEYS	48

struct hammer {
	struct tcpstate_net *tn[2];
	struct completion done[HAMMER_THREADS];
	struct task_struct *task[HAMMER_THREADS];
	atomic_t next;
	atomic_t bad;
	int rounds;
};

static void hammer_once(struct hammer *h, struct rnd_state *rnd, int thread)
{
	struct tcpstate_net *tn = h->tn[random_below(rnd, 2)];
	u32 n = random_below(rnd, HAMMER_KEYS);
	struct tcpstate_key key = key_of(tn, n, n & 1);
	struct tcpstate_cursor cursor = {};
	struct tcpstate_flow *flow, *spare;
	struct tcpstate_place place;
	struct tcpstate_copy copy;
	int from;

	if (thread == 0 && !random_below(rnd, 500)) {
		tcpstate_walk_flush(tn, NULL, NULL);
		return;
	}
	if (thread == 1 && !random_below(rnd, 500)) {
		u64 last = 0;

		while (tcpstate_walk_next(tn, &cursor, &copy)) {
			if (copy.flow.id == last || number_of(&copy.flow) >= HAMMER_KEYS)
				atomic_inc(&h->bad);
			last = copy.flow.id;
		}
		return;
	}
	switch (random_below(rnd, 4)) {
	case 0:
		end(tn, &key);
		return;
	case 1:
		touch(tn, &key, random_below(rnd, TCPSTATE_TIMERS));
		return;
	}
	spare = tcpstate_evict_alloc(tn, n & 1);
	place = lock_place(&key);
	flow = tcpstate_bucket_find(&place, &key, false, &from);
	if (flow && number_of(flow) != n)
		atomic_inc(&h->bad);
	if (spare && (!flow || !(flow->conn.flags & TCPSTATE_F_SUCCESSOR))) {
		tcpstate_flow_set_key(spare, &key, random_below(rnd, 2));
		spare->conn = in_class[random_below(rnd, TCPSTATE_TIMERS)];
		/* Some are due at once, and some never. */
		spare->conn.last_seen_ms = tcpstate_clock_now_ms() -
					   random_below(rnd, 2) * 200;
		if (flow)
			spare->conn.flags |= TCPSTATE_F_PENDING;
		tcpstate_table_insert(tn, &place, spare);
		tcpstate_expiry_arm(tn, tcpstate_phase_timer(&spare->conn));
		spare = NULL;
	}
	unlock_place(&place);
	if (spare)
		tcpstate_table_free(tn, spare);
}

static int hammer_thread(void *data)
{
	struct hammer *h = data;
	int thread = atomic_inc_return(&h->next) - 1;
	struct rnd_state rnd;
	int i;

	prandom_seed_state(&rnd, SEED + thread);
	for (i = 0; i < h->rounds; i++) {
		hammer_once(h, &rnd, thread);
		if (!(i % 64))
			cond_resched();
	}
	complete(&h->done[thread]);
	return 0;
}

/* Lookup, end, evict, expire, flush and walk, all at once and on few records. */
static void table_stands_a_hammering(struct kunit *test)
{
	struct hammer *h = kunit_kzalloc(test, sizeof(*h), GFP_KERNEL);
	unsigned int i;
	int class;

	KUNIT_ASSERT_NOT_NULL(test, h);
	h->rounds = IS_ENABLED(CONFIG_KASAN) ? 5000 : 50000;
	for (i = 0; i < 2; i++) {
		h->tn[i] = new_net_without_reserve(test);
		for (class = 0; class < TCPSTATE_TIMERS; class++)
			h->tn[i]->timeout_ms[class] = TCPSTATE_TIMEOUT_MIN_MS;
	}
	leave_room(HAMMER_KEYS);
	for (i = 0; i < HAMMER_THREADS; i++)
		init_completion(&h->done[i]);
	for (i = 0; i < HAMMER_THREADS; i++) {
		h->task[i] = kthread_run(hammer_thread, h, "tcpstate_hammer");
		KUNIT_ASSERT_FALSE(test, IS_ERR(h->task[i]));
	}
	for (i = 0; i < HAMMER_THREADS; i++)
		wait_for_completion(&h->done[i]);

	KUNIT_EXPECT_EQ(test, atomic_read(&h->bad), 0);
	for (i = 0; i < 2; i++) {
		struct tcpstate_net *tn = h->tn[i];

		kunit_info(test, "ended %llu, evicted %llu, untracked %llu",
			   stat_of(tn, TCPSTATE_A_COUNTER_ENDED),
			   stat_of(tn, TCPSTATE_A_COUNTER_EVICTED),
			   stat_of(tn, TCPSTATE_A_COUNTER_UNTRACKED_FULL));
		KUNIT_EXPECT_GT(test, stat_of(tn, TCPSTATE_A_COUNTER_EVICTED), 0);
		/* All that is left is due soon, on a queue, and collected. */
		KUNIT_EXPECT_TRUE(test, wait_for(!atomic_read(&tn->records)));
	}
}

/* A bucket's bound is in it; what is beyond the last bound is in the last bucket. */
static void time_is_counted_in_the_first_bucket_that_holds_it(struct kunit *test)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, tcpstate_stats_bucket(0), 0);
	KUNIT_EXPECT_EQ(test, tcpstate_stats_bucket(1), 0);
	for (i = 0; i < TCPSTATE_BUCKETS - 1; i++) {
		u32 bound_us = BIT(TCPSTATE_BUCKET_MIN_BITS + i);

		KUNIT_EXPECT_EQ(test, tcpstate_stats_bound_us(i), bound_us);
		KUNIT_EXPECT_EQ(test, tcpstate_stats_bucket(bound_us), i);
		KUNIT_EXPECT_EQ(test, tcpstate_stats_bucket(bound_us + 1), i + 1);
	}
	KUNIT_EXPECT_EQ(test, tcpstate_stats_bucket(U32_MAX), TCPSTATE_BUCKETS - 1);
	KUNIT_EXPECT_EQ(test, tcpstate_stats_bound_us(TCPSTATE_BUCKETS - 1), 0);
}

static struct kunit_case table_test_cases[] = {
	KUNIT_CASE(record_is_as_small_as_promised),
	KUNIT_CASE_PARAM(both_directions_have_one_hash, family_gen_params),
	KUNIT_CASE_PARAM(every_part_of_a_key_counts, family_gen_params),
	KUNIT_CASE_PARAM(sender_is_known_by_its_end, family_gen_params),
	KUNIT_CASE_PARAM(responder_may_be_seen_first, family_gen_params),
	KUNIT_CASE_PARAM(connection_with_itself_has_one_end, family_gen_params),
	KUNIT_CASE(addresses_that_fold_alike_are_kept_apart),
	KUNIT_CASE_PARAM(namespaces_have_equal_tuples_apart, family_gen_params),
	KUNIT_CASE(interfaces_have_equal_tuples_apart),
	KUNIT_CASE(walk_shows_the_records_of_all_interfaces),
	KUNIT_CASE(interfaces_of_a_namespace_are_bounded),
	KUNIT_CASE(table_does_what_a_model_does),
	KUNIT_CASE(tags_are_told_apart),
	KUNIT_CASE(full_bucket_chains_the_rest),
	KUNIT_CASE(walk_misses_nothing_and_repeats_nothing),
	KUNIT_CASE_PARAM(walk_gives_whole_records, family_gen_params),
	KUNIT_CASE_PARAM(pending_record_waits_next_to_the_old_one, family_gen_params),
	KUNIT_CASE_PARAM(pending_record_follows_when_the_old_one_ends, family_gen_params),
	KUNIT_CASE_PARAM(old_record_stays_when_the_pending_one_ends, family_gen_params),
	KUNIT_CASE(record_with_nothing_to_wait_for_is_not_pending),
	KUNIT_CASE(ids_are_times_and_grow),
	KUNIT_CASE(what_finds_no_room_is_untracked_and_counted),
	KUNIT_CASE(room_comes_back_with_each_record_that_ends),
	KUNIT_CASE(reserve_is_there_when_others_have_filled_the_table),
	KUNIT_CASE(reserves_leave_half_of_the_table_to_all),
	KUNIT_CASE(ids_are_unique_times),
	KUNIT_CASE(least_valuable_record_goes_first),
	KUNIT_CASE(refreshed_handshake_is_the_youngest),
	KUNIT_CASE(established_connection_that_is_offloaded_can_be_evicted),
	KUNIT_CASE(closing_connection_that_may_carry_data_stays),
	KUNIT_CASE(others_handshakes_go_before_own_unsure_records),
	KUNIT_CASE(others_reserve_is_safe),
	KUNIT_CASE(flush_ends_all_of_one_namespace),
	KUNIT_CASE_SLOW(table_stands_a_hammering),
	KUNIT_CASE(time_is_counted_in_the_first_bucket_that_holds_it),
	{}
};

static struct kunit_suite table_test_suite = {
	.name = "tcpstate_table",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = table_test_cases,
};

kunit_test_suite(table_test_suite);

MODULE_DESCRIPTION("tests of tcpstate's table.c and flow.c");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
