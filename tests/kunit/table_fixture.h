/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fixture of the suites of the table and of the collector: namespaces of their
 * own, in the table of the loaded module, and records made by hand.
 */
#ifndef TABLE_FIXTURE_H
#define TABLE_FIXTURE_H

#include <kunit/test.h>
#include <linux/bottom_half.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "clock.h"
#include "collector.h"
#include "deadline.h"
#include "expiry.h"
#include "evict.h"
#include "limit.h"
#include "main.h"
#include "owner.h"
#include "rank.h"
#include "report.h"
#include "stats.h"
#include "walk.h"
#include "zone.h"

#define FIXTURE_NETS	4
#define IPV6		true

/* struct fixture - the namespaces to free after a test, and the limit before it */
struct fixture {
	struct tcpstate_net *tn[FIXTURE_NETS];
	int nets;
	unsigned int max;
	unsigned int used;
};

/* A record that was silent for so long is not a recent one. */
#define SILENT_MS	2000

/* Data of both ends was acknowledged. */
#define USED								\
	.end = { { .data_segs = 1, .snd_nxt = 100, .ack = 100 },	\
		 { .data_segs = 1, .snd_nxt = 100, .ack = 100 } }
#define BOTH(flag)		((flag) | (flag) << 1)

/* A pair of states and the flags that put a record into a class. */
static const struct tcpstate_conn in_class[TCPSTATE_TIMERS] = {
	[TCPSTATE_TIMER_HANDSHAKE] = {
		.states = TCPSTATE_SYN_SENT | TCPSTATE_LISTEN << 4,
	},
	[TCPSTATE_TIMER_UNSURE] = {
		.states = TCPSTATE_ESTABLISHED | TCPSTATE_ESTABLISHED << 4,
		.flags = TCPSTATE_F_SEEN,
	},
	[TCPSTATE_TIMER_ESTABLISHED] = {
		.states = TCPSTATE_ESTABLISHED | TCPSTATE_ESTABLISHED << 4,
		.flags = BOTH(TCPSTATE_F_SEEN) | BOTH(TCPSTATE_F_ACK),
		USED,
	},
	[TCPSTATE_TIMER_HALF_CLOSED] = {
		.states = TCPSTATE_FIN_WAIT_2 | TCPSTATE_CLOSE_WAIT << 4,
		.flags = BOTH(TCPSTATE_F_SEEN) | BOTH(TCPSTATE_F_ACK),
		USED,
	},
	[TCPSTATE_TIMER_CLOSING] = {
		.states = TCPSTATE_FIN_WAIT_2 | TCPSTATE_LAST_ACK << 4,
		.flags = BOTH(TCPSTATE_F_SEEN),
	},
	[TCPSTATE_TIMER_TIME_WAIT] = {
		.states = TCPSTATE_TIME_WAIT | TCPSTATE_CLOSED << 4,
		.flags = BOTH(TCPSTATE_F_SEEN),
	},
	[TCPSTATE_TIMER_CLOSED] = {
		.states = TCPSTATE_CLOSED | TCPSTATE_CLOSED << 4,
		.flags = BOTH(TCPSTATE_F_SEEN),
	},
};

static int fixture_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	if (!f)
		return -ENOMEM;
	f->max = tcpstate_limit_get_max();
	f->used = tcpstate_limit_used();
	test->priv = f;
	return 0;
}

/* Waits for a condition, 10 s at most; the value is whether it was met. */
#define wait_for(condition) ({						\
	unsigned long deadline_ = jiffies + 120 * HZ;			\
	bool met_;							\
									\
	for (;;) {							\
		met_ = (condition);					\
		if (met_ || time_after(jiffies, deadline_))		\
			break;						\
		usleep_range(500, 1000);				\
	}								\
	met_;								\
})

/* A namespace ends, and may leave records. */
static inline void end_net(struct tcpstate_net *tn)
{
	tcpstate_zone_net_pre_exit(tn);
	synchronize_rcu();
	tcpstate_main_net_exit(tn);
	kfree(tn);
}

/* Every test must give back the room that it took: the collector frees what is left over. */
static void fixture_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	if (!f)
		return;
	while (f->nets)
		end_net(f->tn[--f->nets]);
	tcpstate_limit_set_max(f->max);
	KUNIT_EXPECT_TRUE(test, wait_for(tcpstate_limit_used() == f->used));
}

static inline struct tcpstate_net *new_net(struct kunit *test)
{
	struct tcpstate_net *tn = kzalloc(sizeof(*tn), GFP_KERNEL);
	struct fixture *f = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, tn);
	if (f->nets == FIXTURE_NETS || tcpstate_main_net_init(tn, &init_net)) {
		kfree(tn);
		KUNIT_FAIL_AND_ABORT(test, "no namespace");
	}
	f->tn[f->nets++] = tn;
	return tn;
}

/* A namespace that a user has made */
static inline struct tcpstate_net *new_net_of(struct kunit *test, unsigned int uid)
{
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_owner *owner = tcpstate_owner_get_uid(KUIDT_INIT(uid));

	KUNIT_ASSERT_NOT_NULL(test, owner);
	tn->owner = owner;
	return tn;
}

/* The key of connection @n in @tn, from its initiator. */
static inline struct tcpstate_key key_of(const struct tcpstate_net *tn, u32 n,
					 bool ipv6)
{
	struct tcpstate_key key = {
		.zone = tn->zone,
		.port = { htons(1024 + (n & 0x3fff)), htons(443) },
		.addr = {
			{ .ip = htonl(0x0a000000 + n) },
			{ .ip = htonl(0xc0a80001) },
		},
	};

	if (ipv6) {
		key.zone |= TCPSTATE_ZONE_IPV6;
		key.addr[0].ip6[0] = htonl(0xfd000000);
		key.addr[0].ip6[1] = 0;
		key.addr[0].ip6[2] = 0;
		key.addr[0].ip6[3] = htonl(n);
		key.addr[1].ip6[0] = htonl(0xfd000001);
		key.addr[1].ip6[3] = htonl(1);
	}
	return key;
}

static inline struct tcpstate_key reversed(const struct tcpstate_key *key)
{
	return (struct tcpstate_key){
		.zone = key->zone,
		.port = { key->port[1], key->port[0] },
		.addr = { key->addr[1], key->addr[0] },
	};
}

/* Lock the bucket of a key until unlock_place(). */
static inline struct tcpstate_place lock_place(const struct tcpstate_key *key)
{
	struct tcpstate_place place = tcpstate_table_fetch(key);

	tcpstate_bucket_lock_bh(place.bucket);
	return place;
}

static inline void unlock_place(const struct tcpstate_place *place)
{
	tcpstate_bucket_unlock_bh(place->bucket);
}

/* Allocates a record as for a new connection. */
static inline struct tcpstate_flow *new_flow(struct tcpstate_net *tn, bool ipv6)
{
	struct tcpstate_flow *flow;

	local_bh_disable();
	flow = tcpstate_evict_alloc(tn, ipv6, NULL, true);
	local_bh_enable();
	return flow;
}

/* Adds a record that was last seen so long ago; NULL if there is no room, or none in its bucket. */
static inline struct tcpstate_flow *add_aged(struct tcpstate_net *tn,
					     const struct tcpstate_key *key,
					     const struct tcpstate_conn *conn,
					     u32 age_ms)
{
	struct tcpstate_flow *flow;
	struct tcpstate_place place;
	bool room;

	flow = new_flow(tn, key->zone & TCPSTATE_ZONE_IPV6);
	if (!flow)
		return NULL;
	tcpstate_flow_set_key(flow, key, TCPSTATE_INITIATOR);
	flow->conn = *conn;
	flow->conn.last_seen_ms = tcpstate_clock_now_ms() - age_ms;
	place = lock_place(key);
	room = tcpstate_evict_crowded(tn, &place);
	if (room) {
		tcpstate_table_insert(tn, &place, flow);
		tcpstate_collector_note(tn, place.bucket, flow,
					tcpstate_phase_timer(&flow->conn));
	}
	unlock_place(&place);
	if (room)
		return flow;
	tcpstate_table_free(tn, flow);
	return NULL;
}

static inline struct tcpstate_flow *add(struct tcpstate_net *tn,
					const struct tcpstate_key *key,
					enum tcpstate_timer class)
{
	return add_aged(tn, key, &in_class[class], 0);
}

/*
 * The id of the record with that key, or of the one that is pending next to it, or 0; @from
 * gets the end that the key is from.
 */
static inline u64 find_either(const struct tcpstate_key *key, bool pending, int *from)
{
	struct tcpstate_place place = lock_place(key);
	struct tcpstate_flow *flow = tcpstate_bucket_find(&place, key, pending, from);
	u64 id = flow ? flow->id : 0;

	unlock_place(&place);
	return id;
}

static inline u64 find_from(const struct tcpstate_key *key, int *from)
{
	return find_either(key, false, from);
}

static inline u64 find(const struct tcpstate_key *key)
{
	int from;

	return find_from(key, &from);
}

/* Ends the record with that key, if there is one. */
static inline bool end(struct tcpstate_net *tn, const struct tcpstate_key *key)
{
	struct tcpstate_place place = lock_place(key);
	struct tcpstate_flow *flow;
	int from;

	flow = tcpstate_bucket_find(&place, key, false, &from);
	if (flow)
		tcpstate_table_end(tn, place.bucket, flow, TCPSTATE_VERDICT_CLOSED, NULL);
	unlock_place(&place);
	return flow;
}

/* A segment refreshes the record, and perhaps puts it into another class. */
static inline void touch(struct tcpstate_net *tn, const struct tcpstate_key *key,
			 enum tcpstate_timer class)
{
	struct tcpstate_place place = lock_place(key);
	struct tcpstate_flow *flow;
	int from;

	flow = tcpstate_bucket_find(&place, key, false, &from);
	if (flow) {
		enum tcpstate_timer before = tcpstate_phase_timer(&flow->conn);
		unsigned int flags = flow->conn.flags &
				     (TCPSTATE_F_PENDING | TCPSTATE_F_SUCCESSOR);

		flow->conn = in_class[class];
		flow->conn.flags |= flags;
		flow->conn.last_seen_ms = tcpstate_clock_now_ms();
		if (class != before)
			tcpstate_collector_note(tn, place.bucket, flow, class);
	}
	unlock_place(&place);
}

static inline u64 stat_of(const struct tcpstate_net *tn, unsigned int stat)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(tn->stats, cpu)->n[stat];
	return sum;
}

/* The number that key_of() was given, whichever end was seen first. */
static inline u32 number_of(const struct tcpstate_flow *flow)
{
	int end = flow->port[0] == htons(443);

	return tcpstate_flow_ipv6(flow) ? ntohl(flow->ip6[end][3]) :
	       ntohl(flow->ip[end]) - 0x0a000000;
}

static inline unsigned int count(struct tcpstate_net *tn)
{
	struct tcpstate_cursor cursor = {};
	struct tcpstate_copy copy;
	unsigned int n = 0;

	while (tcpstate_walk_next(tn, &cursor, &copy))
		n++;
	return n;
}

/* Leaves room for so many more records. */
static inline void leave_room(unsigned int records)
{
	tcpstate_limit_set_max(tcpstate_limit_used() + records);
}

/* Numbers of connections in the bucket of a key and, if @chain, in the chain that it chooses */
static inline u32 *mates(struct kunit *test, const struct tcpstate_net *tn, unsigned int n,
			 bool chain, const struct tcpstate_key *of)
{
	u32 *numbers = kunit_kcalloc(test, n, sizeof(*numbers), GFP_KERNEL);
	struct tcpstate_place first = tcpstate_table_fetch(of), place;
	struct tcpstate_key key;
	unsigned int found = 0;
	u32 number;

	KUNIT_ASSERT_NOT_NULL(test, numbers);
	for (number = 0; found < n; number++) {
		key = key_of(tn, number, false);
		place = tcpstate_table_fetch(&key);
		if (place.bucket == first.bucket &&
		    (!chain || tcpstate_bucket_chain(place.tag) ==
			       tcpstate_bucket_chain(first.tag)))
			numbers[found++] = number;
		if (!(number % 1024))
			cond_resched();
	}
	return numbers;
}

#endif
