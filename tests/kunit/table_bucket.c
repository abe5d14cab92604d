// SPDX-License-Identifier: GPL-2.0-only
/* Buckets: insertion, lookup and removal against a model; tags; what finds no slot. */
#include "table_crowd.h"

/* So many keys meet in a single bucket. */
#define FULL		24

/* Random operations; an array says what each of them should do. */
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
	/* The collector takes none of them away. */
	for (op = 0; op < TCPSTATE_TIMERS; op++)
		tn->timeout_ms[op] = TCPSTATE_TIMEOUT_MAX_MS;
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
	KUNIT_EXPECT_EQ(test, tcpstate_stats_records(tn), in);
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

/* Tags that differ in one bit, and free slots, are what an addition could confuse. */
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

/* Records are chained only if they find no slot, and one of them takes a slot that gets free. */
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
		/* Chance seldom fills a chain; table_crowded.c tries what happens then. */
		if (place.bucket != bucket || tcpstate_bucket_is_full(&place))
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

static struct kunit_case table_bucket_cases[] = {
	KUNIT_CASE(table_does_what_a_model_does),
	KUNIT_CASE(tags_are_told_apart),
	KUNIT_CASE(full_bucket_chains_the_rest),
	{}
};

static struct kunit_suite table_bucket_suite = {
	.name = "tcpstate_table_bucket",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = table_bucket_cases,
};

kunit_test_suite(table_bucket_suite);
