/* SPDX-License-Identifier: GPL-2.0-only */
/* Random keys that meet in few buckets. */
#ifndef TABLE_CROWD_H
#define TABLE_CROWD_H

#include <linux/prandom.h>

#include "table_fixture.h"

/* The seed is printed with the results: the same seed makes the same run. */
#define SEED		0x7cb57a7e

/* Buckets are seldom full in a large table, so keys are chosen that meet in few of them. */
#define CROWD_BUCKETS	32
#define CROWD		512

static inline u32 random_below(struct rnd_state *rnd, u32 limit)
{
	return prandom_u32_state(rnd) % limit;
}

static inline struct rnd_state seeded(struct kunit *test)
{
	struct rnd_state rnd;

	kunit_info(test, "seed %#x", SEED);
	prandom_seed_state(&rnd, SEED);
	return rnd;
}

/* Numbers of connections of both families whose buckets are few. */
static inline u32 *crowd(struct kunit *test, const struct tcpstate_net *tn)
{
	u32 *numbers = kunit_kcalloc(test, CROWD, sizeof(*numbers), GFP_KERNEL);
	u32 n, found = 0;

	KUNIT_ASSERT_NOT_NULL(test, numbers);
	for (n = 0; found < CROWD; n++) {
		struct tcpstate_key key = key_of(tn, n, n & 1);

		if (tcpstate_table_number(tcpstate_table_fetch(&key).bucket) < CROWD_BUCKETS)
			numbers[found++] = n;
		if (!(n % 1024))
			cond_resched();
	}
	return numbers;
}

#endif
