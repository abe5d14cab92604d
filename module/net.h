/* SPDX-License-Identifier: GPL-2.0-only */
/* What is kept of a network namespace, its queues and its counters. */
#ifndef TCPSTATE_NET_H
#define TCPSTATE_NET_H

#include <linux/atomic.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "phase.h"
#include "segment.h"

struct ctl_table_header;
struct ctl_table;
struct net;
struct nf_hook_ops;

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

static inline void tcpstate_stat_add(struct tcpstate_net *tn,
				     enum tcpstate_stat stat, u64 n)
{
	this_cpu_add(tn->stats->n[stat], n);
}

#endif
