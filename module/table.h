/* SPDX-License-Identifier: GPL-2.0-only */
/* All records: buckets and their locks, the queues by class, and the limits. */
#ifndef TCPSTATE_TABLE_H
#define TCPSTATE_TABLE_H

#include <linux/atomic.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "flow.h"
#include "phase.h"
#include "segment.h"

struct ctl_table_header;
struct ctl_table;
struct net;
struct nf_hook_ops;

/* The least that max_records may be. */
#define TCPSTATE_MAX_RECORDS_MIN	1024u

/** struct tcpstate_queue - records of one namespace and class, oldest first */
struct tcpstate_queue {
	/** @list: of struct tcpstate_flow.queue */
	struct list_head list;
	/** @visiting: those the collector's pass has still to look at, in front */
	struct list_head visiting;
};

/** struct tcpstate_pass - the collector's last look at a whole queue */
struct tcpstate_pass {
	/** @began_ms: when it began */
	u32 began_ms;
	/** @wait_ms: from its beginning to that of the next */
	u32 wait_ms;
};

/** enum tcpstate_stat - counters of a namespace, per CPU */
enum tcpstate_stat {
	TCPSTATE_STAT_SEGMENTS,		/* accounted to a record */
	TCPSTATE_STAT_NEW,
	TCPSTATE_STAT_PICKED_UP,
	TCPSTATE_STAT_ENDED,
	TCPSTATE_STAT_EVICTED,
	TCPSTATE_STAT_UNTRACKED_FULL,	/* no room, nothing to evict */
	TCPSTATE_STAT_UNTRACKED_MEMORY,
	TCPSTATE_STAT_UNTRACKED_STRAY,	/* a RST that belongs to no record */
	TCPSTATE_STAT_UNACCEPTABLE,
	TCPSTATE_STAT_PAWS,
	TCPSTATE_STAT_CHALLENGE,
	TCPSTATE_STAT_KEEPALIVE,
	TCPSTATE_STAT_ZERO_WINDOW,
	TCPSTATE_STAT_REPEAT,
	TCPSTATE_STAT_RETRACT,
	TCPSTATE_STAT_CAUSE,		/* first of enum tcpstate_cause */
	TCPSTATE_STATS = TCPSTATE_STAT_CAUSE + TCPSTATE_CAUSES
};

/** struct tcpstate_stats - counters; written with bottom halves off */
struct tcpstate_stats {
	/** @n: by enum tcpstate_stat */
	u64 n[TCPSTATE_STATS];
};

/** struct tcpstate_net - what is kept of a network namespace */
struct tcpstate_net {
	/** @net: the namespace */
	struct net *net;
	/** @zone: the number of its zone 0, without TCPSTATE_ZONE_IPV6 */
	u32 zone;
	/** @reserve: records that other namespaces can't take */
	unsigned int reserve;
	/** @stats: counters */
	struct tcpstate_stats __percpu *stats;
	/** @timeout_ms: by class; sysctl, read with READ_ONCE() */
	unsigned int timeout_ms[TCPSTATE_CLASSES];
	/** @zones: by interface index: the low part of the zone; 0 is no entry */
	struct xarray zones;
	/** @ifindexes: the other way round */
	struct xarray ifindexes;
	/** @records: records of this namespace */
	atomic_t records;
	/**
	 * @lock: protects @queue, the @queue link of the records, and the
	 * three @collect_ fields. Inside the bucket's lock. A record
	 * is put on a queue only with its bucket locked; it may be taken off
	 * without. One lock for all classes: a record that changes its class
	 * takes it once, and no one has to know the queue it leaves.
	 */
	spinlock_t lock;
	/** @queue: by class */
	struct tcpstate_queue queue[TCPSTATE_CLASSES];
	/** @collector: frees what is due */
	struct delayed_work collector;
	/** @collect_ms: when it runs next, if @collect_armed */
	u32 collect_ms;
	/** @collect_armed: it is going to run */
	bool collect_armed;
	/** @collect_all: a timeout was changed: look at every queue */
	bool collect_all;
	/** @pass: by class, the lazy ones only; of the collector alone */
	struct tcpstate_pass pass[TCPSTATE_CLASSES];
	/** @hooks: the registered hooks; their private pointer is this struct */
	struct nf_hook_ops *hooks;
	/** @sysctl: the registered table */
	struct ctl_table_header *sysctl;
	/** @sysctl_table: its rows */
	const struct ctl_table *sysctl_table;
};

/** struct tcpstate_bucket - head of a chain; bit 0 is the lock */
struct tcpstate_bucket {
	/** @word: the first record, and in bit 0 the bit lock */
	unsigned long word;
};

/** struct tcpstate_cursor - where a walk stands: the next record to show */
struct tcpstate_cursor {
	/** @bucket: its bucket */
	unsigned int bucket;
	/** @id: the smallest id not yet shown in it */
	u64 id;
};

/** struct tcpstate_copy - a record as a walk gives it: the flow and its tail */
struct tcpstate_copy {
	union {
		/** @flow: the record */
		struct tcpstate_flow flow;
		/** @bytes: room for an IPv6 one */
		u8 bytes[TCPSTATE_FLOW_BYTES_IPV6];
	};
};

/** struct tcpstate_claim - a record taken off its queue without its bucket */
struct tcpstate_claim {
	/** @bucket: where to look for it */
	struct tcpstate_bucket *bucket;
	/** @flow: where it was; not to be followed: it may be freed by now */
	const struct tcpstate_flow *flow;
	/** @id: which it was */
	u64 id;
};

static inline void tcpstate_stat_add(struct tcpstate_net *tn,
				     enum tcpstate_stat stat, u64 n)
{
	this_cpu_add(tn->stats->n[stat], n);
}

/**
 * tcpstate_table_lazy() - is a queue of that class not sorted by last-seen?
 * @class: the class
 *
 * Where data flows, a queue touched for each segment would be a lock shared
 * by all connections. So there the collector looks at every record now and then.
 *
 * Return: whether it is.
 */
static inline bool tcpstate_table_lazy(enum tcpstate_class class)
{
	return class == TCPSTATE_CLASS_UNSURE ||
	       class == TCPSTATE_CLASS_ESTABLISHED ||
	       class == TCPSTATE_CLASS_HALF_CLOSED;
}

int tcpstate_table_init(unsigned int max_records);
void tcpstate_table_exit(void);
unsigned int tcpstate_table_size(void);
unsigned int tcpstate_table_max_records(void);
unsigned int tcpstate_table_records(void);

int tcpstate_table_net_init(struct tcpstate_net *tn);
void tcpstate_table_net_pre_exit(struct tcpstate_net *tn);
void tcpstate_table_net_exit(struct tcpstate_net *tn);
int tcpstate_table_get_zone(struct tcpstate_net *tn, int ifindex, u32 *zone);
int tcpstate_table_find_ifindex(u32 zone);

struct tcpstate_bucket *tcpstate_table_lock(const struct tcpstate_key *key);
void tcpstate_table_unlock(struct tcpstate_bucket *bucket);
struct tcpstate_flow *tcpstate_table_find(struct tcpstate_bucket *bucket,
					  const struct tcpstate_key *key, int *from);
struct tcpstate_flow *tcpstate_table_find_pending(struct tcpstate_bucket *bucket,
						  const struct tcpstate_key *key,
						  int *from);

/*
 * A record's life: alloc, set_key, insert, [requeue...], end. What was never
 * inserted is freed by free.
 */
struct tcpstate_flow *tcpstate_table_alloc(struct tcpstate_net *tn, bool ipv6);
void tcpstate_table_free(struct tcpstate_net *tn, struct tcpstate_flow *flow);
void tcpstate_table_insert(struct tcpstate_net *tn, struct tcpstate_bucket *bucket,
			   struct tcpstate_flow *flow);
void tcpstate_table_end(struct tcpstate_net *tn, struct tcpstate_bucket *bucket,
			struct tcpstate_flow *flow, enum tcpstate_verdict verdict);
void tcpstate_table_requeue(struct tcpstate_net *tn, struct tcpstate_flow *flow,
			    enum tcpstate_class from);

void tcpstate_table_claim(struct tcpstate_flow *flow, struct tcpstate_claim *claim);
struct tcpstate_flow *tcpstate_table_lock_claim(const struct tcpstate_claim *claim);
void tcpstate_table_put_back(struct tcpstate_net *tn, struct tcpstate_flow *flow);

bool tcpstate_table_next(struct tcpstate_net *tn, struct tcpstate_cursor *cursor,
			 struct tcpstate_copy *copy);
unsigned int tcpstate_table_flush(struct tcpstate_net *tn);

unsigned int tcpstate_table_used(void);
unsigned int tcpstate_table_set_max(unsigned int max_records);

#endif
