// SPDX-License-Identifier: GPL-2.0-only
/* Marks of buckets and the blocks above them. */
#include "table_crowd.h"

#define HOUR_MS		TCPSTATE_DEADLINE_FAR_MS

/* A mark and its block are borrowed from the last bucket of the loaded module's table. */
static unsigned int last_bucket(void)
{
	unsigned int n = (tcpstate_deadline_blocks() - 1) * TCPSTATE_DEADLINE_BLOCK;

	while (tcpstate_table_bucket(n + 1))
		n++;
	return n;
}

static void deadline_is_rounded_up_by_less_than_a_tick(struct kunit *test)
{
	static const u32 nows[] = { 0, 1, 15, 16, 12345, 0x0ffffff0, 0x7fffffff, 0xfffffff0, ~0u };
	static const u32 lefts[] = { 0, 1, 15, 16, 17, 99, 1000, 60000, HOUR_MS };
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(nows); i++)
		for (k = 0; k < ARRAY_SIZE(lefts); k++) {
			u32 mark = tcpstate_deadline_round(nows[i] + lefts[k]);
			u32 late;

			KUNIT_EXPECT_NE(test, mark, TCPSTATE_DEADLINE_NONE);
			/* Never due too early, and due at most two ticks late */
			for (late = 0; tcpstate_deadline_left_ms(mark, nows[i] + lefts[k] + late);)
				late++;
			KUNIT_EXPECT_LE(test, late, 31);
			if (lefts[k] > 0)
				KUNIT_EXPECT_GT(test, tcpstate_deadline_left_ms(mark, nows[i] +
										 lefts[k] - 1) +
						late, 0);
			KUNIT_EXPECT_LE(test, tcpstate_deadline_left_ms(mark, nows[i]),
					lefts[k] + 31);
		}
}

/* What a record is like that had its last segment during the last half hour */
static u8 random_hint(struct rnd_state *rnd, u32 now_ms)
{
	switch (random_below(rnd, 5)) {
	case 0:
		return TCPSTATE_HINT_OVER;
	case 1:
		return TCPSTATE_HINT_UNUSED;
	case 2:
		return tcpstate_hint_at(TCPSTATE_HINT_USED, now_ms - random_below(rnd, 1800000));
	case 3:
		return tcpstate_hint_at(TCPSTATE_HINT_UNSURE, now_ms - random_below(rnd, 3500));
	default:
		return tcpstate_hint_at(TCPSTATE_HINT_HANDSHAKE, now_ms - random_below(rnd, 3500));
	}
}

static void merged_mark_holds_for_both(struct kunit *test)
{
	struct rnd_state rnd = seeded(test);
	unsigned int i;

	for (i = 0; i < 100000; i++) {
		u32 now_ms = prandom_u32_state(&rnd);
		u32 mark[2], merged;
		unsigned int k;

		for (k = 0; k < 2; k++) {
			u8 hint = random_hint(&rnd, now_ms);

			mark[k] = tcpstate_deadline_round(now_ms + random_below(&rnd, HOUR_MS)) |
				  hint;
			if (!random_below(&rnd, 10))
				mark[k] = TCPSTATE_DEADLINE_NONE;
		}
		merged = tcpstate_deadline_merge(mark[0], mark[1]);
		KUNIT_ASSERT_EQ(test, merged, tcpstate_deadline_merge(mark[1], mark[0]));
		for (k = 0; k < 2; k++) {
			if (mark[k] == TCPSTATE_DEADLINE_NONE) {
				KUNIT_ASSERT_EQ(test, merged, mark[!k]);
				continue;
			}
			KUNIT_ASSERT_LE(test, tcpstate_deadline_left_ms(merged, now_ms),
					tcpstate_deadline_left_ms(mark[k], now_ms));
			KUNIT_ASSERT_LE(test, tcpstate_rank_cost(merged, now_ms),
					tcpstate_rank_cost(mark[k], now_ms));
		}
	}
}

/* A record that was silent for days is merged with one that was seen just now. */
static void merged_hint_holds_for_both(struct kunit *test)
{
	struct rnd_state rnd = seeded(test);
	unsigned int i, k;

	for (i = 0; i < 100000; i++) {
		struct tcpstate_conn conn = in_class[TCPSTATE_TIMER_ESTABLISHED];
		u32 now_ms = prandom_u32_state(&rnd);
		u8 hint[2], merged;

		for (k = 0; k < 2; k++) {
			/* A hint may be as old as its mark. */
			u32 made_ms = now_ms - random_below(&rnd, TCPSTATE_DEADLINE_FAR_MS);

			conn.last_seen_ms = made_ms - random_below(&rnd, 5 * 24 * HOUR_MS);
			hint[k] = tcpstate_rank_hint(&conn, TCPSTATE_TIMER_ESTABLISHED, made_ms);
		}
		merged = tcpstate_hint_merge(hint[0], hint[1]);
		for (k = 0; k < 2; k++) {
			KUNIT_ASSERT_LE(test, tcpstate_rank_cost(merged, now_ms),
					tcpstate_rank_cost(hint[k], now_ms));
			KUNIT_ASSERT_EQ(test, hint[k],
					tcpstate_hint_merge(hint[k], TCPSTATE_HINT_NONE));
		}
		KUNIT_ASSERT_EQ(test, tcpstate_rank_cost(TCPSTATE_HINT_NONE, now_ms),
				TCPSTATE_RANK_COST_NONE);
	}
}

/*
 * The steps of one CPU that lowers a mark and of the collector that looks at it, in every order
 * that leaves each one's own. In the end a block may not be later than the mark.
 */
static void block_is_never_later_than_a_mark(struct kunit *test)
{
	unsigned int bucket = last_bucket(), block = bucket / TCPSTATE_DEADLINE_BLOCK, order;
	u32 now_ms = tcpstate_clock_now_ms();
	u32 late = tcpstate_deadline_round(now_ms + 50000) | 2;
	u32 early = tcpstate_deadline_round(now_ms + 20000) | 1;
	u32 before = tcpstate_deadline_read(bucket);
	unsigned int orders = 0;

	/* Bit i of @order says whose step comes next: the collector has three, the other two. */
	for (order = 0; order < 32; order++) {
		unsigned int i, lowered = 0, collected = 0;
		bool earlier = false;
		u32 seen = 0, due;

		if (hweight32(order) != 2)
			continue;
		orders++;
		tcpstate_deadline_empty_block(block);
		tcpstate_deadline_write_mark(bucket, late);
		tcpstate_deadline_lower_block(bucket, late);
		for (i = 0; i < 5; i++) {
			if (order & BIT(i)) {
				if (!lowered++)
					earlier = tcpstate_deadline_lower_mark(bucket, early);
				else if (earlier)
					tcpstate_deadline_lower_block(bucket, early);
				continue;
			}
			switch (collected++) {
			case 0:
				tcpstate_deadline_empty_block(block);
				break;
			case 1:
				seen = tcpstate_deadline_read(bucket);
				break;
			case 2:
				tcpstate_deadline_lower_block(bucket, seen);
				break;
			}
		}
		KUNIT_EXPECT_EQ(test, tcpstate_deadline_read(bucket), early);
		due = tcpstate_deadline_read_block(block);
		KUNIT_EXPECT_FALSE_MSG(test, tcpstate_deadline_earlier(early, due),
				       "order %#x", order);
	}
	KUNIT_EXPECT_EQ(test, orders, 10);
	tcpstate_deadline_write_mark(bucket, before);
	tcpstate_deadline_lower_block(bucket, before);
}

static void steady_state_writes_no_mark(struct kunit *test)
{
	unsigned int bucket = last_bucket();
	u32 before = tcpstate_deadline_read(bucket), now_ms = tcpstate_clock_now_ms();
	u32 mark = tcpstate_deadline_round(now_ms + 1000) | 2;
	u32 later = tcpstate_deadline_round(now_ms + 2000) | 3;
	u32 earlier = tcpstate_deadline_round(now_ms + 900) | 3;

	tcpstate_deadline_write_mark(bucket, mark);
	KUNIT_EXPECT_FALSE(test, tcpstate_deadline_lower_mark(bucket, mark));
	KUNIT_EXPECT_FALSE(test, tcpstate_deadline_lower_mark(bucket, later));
	KUNIT_EXPECT_EQ(test, tcpstate_deadline_read(bucket), mark);
	KUNIT_EXPECT_TRUE(test, tcpstate_deadline_lower_mark(bucket, earlier));
	/* The hint stays the cheaper one. */
	KUNIT_EXPECT_EQ(test, tcpstate_deadline_read(bucket),
			(earlier & ~TCPSTATE_DEADLINE_HINT) | 2);
	tcpstate_deadline_write_mark(bucket, before);
	tcpstate_deadline_lower_block(bucket, before);
}

/* A namespace that ends leaves its records; they are freed soon, and take no room of others. */
static void what_a_namespace_leaves_is_freed(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct tcpstate_net *gone = new_net(test), *tn;
	u32 zone = gone->zone;
	unsigned int n;

	for (n = 0; n < 500; n++) {
		struct tcpstate_key key = key_of(gone, n, n & 1);

		KUNIT_ASSERT_NOT_NULL(test, add(gone, &key, TCPSTATE_TIMER_ESTABLISHED));
	}
	end_net(f->tn[--f->nets]);
	/* Nobody gets its number while there may be records with it. */
	for (n = 0; n < FIXTURE_NETS; n++) {
		unsigned int used = tcpstate_limit_used();

		tn = new_net(test);
		if (used > f->used)
			KUNIT_EXPECT_NE(test, tn->zone, zone);
		KUNIT_EXPECT_EQ(test, count(tn), 0);
	}
	KUNIT_EXPECT_TRUE(test, wait_for(tcpstate_limit_used() == f->used));
}

static struct kunit_case table_deadline_cases[] = {
	KUNIT_CASE(deadline_is_rounded_up_by_less_than_a_tick),
	KUNIT_CASE(merged_mark_holds_for_both),
	KUNIT_CASE(merged_hint_holds_for_both),
	KUNIT_CASE(block_is_never_later_than_a_mark),
	KUNIT_CASE(steady_state_writes_no_mark),
	KUNIT_CASE(what_a_namespace_leaves_is_freed),
	{}
};

static struct kunit_suite table_deadline_suite = {
	.name = "tcpstate_table_deadline",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = table_deadline_cases,
};

kunit_test_suite(table_deadline_suite);
