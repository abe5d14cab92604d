// SPDX-License-Identifier: GPL-2.0-only
/* Several threads change the table in every way at once. */
#include "table_crowd.h"

#include <linux/completion.h>
#include <linux/kthread.h>

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
	spare = new_flow(tn, n & 1);
	place = lock_place(&key);
	flow = tcpstate_bucket_find(&place, &key, false, &from);
	if (flow && number_of(flow) != n)
		atomic_inc(&h->bad);
	if (spare && (!flow || !(flow->conn.flags & TCPSTATE_F_SUCCESSOR)) &&
	    tcpstate_evict_crowded(tn, &place)) {
		tcpstate_flow_set_key(spare, &key, random_below(rnd, 2));
		spare->conn = in_class[random_below(rnd, TCPSTATE_TIMERS)];
		/* Some are due at once, and some never. */
		spare->conn.last_seen_ms = tcpstate_clock_now_ms() -
					   random_below(rnd, 2) * 200;
		if (flow)
			spare->conn.flags |= TCPSTATE_F_PENDING;
		tcpstate_table_insert(tn, &place, spare);
		tcpstate_collector_note(tn, place.bucket, spare,
					tcpstate_phase_timer(&spare->conn));
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
		h->tn[i] = new_net(test);
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
		/* All records that are left are due soon, and collected. */
		KUNIT_EXPECT_TRUE(test, wait_for(!tcpstate_stats_records(tn)));
	}
}

static struct kunit_case table_hammer_cases[] = {
	KUNIT_CASE_SLOW(table_stands_a_hammering),
	{}
};

static struct kunit_suite table_hammer_suite = {
	.name = "tcpstate_table_hammer",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = table_hammer_cases,
};

kunit_test_suite(table_hammer_suite);
