/* SPDX-License-Identifier: GPL-2.0-only */
/* What is kept of a network namespace. */
#ifndef TCPSTATE_NET_H
#define TCPSTATE_NET_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "engine/phase.h"

struct ctl_table_header;
struct ctl_table;
struct net;
struct nf_hook_ops;
struct tcpstate_stats;

/* Shares of the records. A power of two: more than CPUs are busy at once, mostly. */
#define TCPSTATE_SHARDS		8

/** struct tcpstate_queue - records of one share and class, oldest first */
struct tcpstate_queue {
	/** @list: of struct tcpstate_flow.queue */
	struct list_head list;
	/** @visiting: those the collector's pass has still to look at, in front */
	struct list_head visiting;
};

/** struct tcpstate_shard - a share of a namespace's records, in queues */
struct tcpstate_shard {
	/**
	 * @lock: protects @queue, and the @queue link of its records. Inside the
	 * bucket's lock. A record is put on a queue only with its bucket locked; it
	 * may be taken off without. One lock for all classes: a record that changes
	 * its class takes it once, and no one has to know the queue it leaves.
	 */
	spinlock_t lock;
	/** @queue: by class */
	struct tcpstate_queue queue[TCPSTATE_TIMERS];
} ____cacheline_aligned_in_smp;

/** struct tcpstate_pass - the collector's last look at a whole queue */
struct tcpstate_pass {
	/** @began_ms: when it began */
	u32 began_ms;
	/** @wait_ms: from its beginning to that of the next */
	u32 wait_ms;
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
	unsigned int timeout_ms[TCPSTATE_TIMERS];
	/** @zones: by interface index: the low part of the zone; 0 is no entry */
	struct xarray zones;
	/** @ifindexes: the other way round */
	struct xarray ifindexes;
	/** @records: records of this namespace; not in a cache line that each segment reads */
	atomic_t records ____cacheline_aligned_in_smp;
	/** @shard: its records, by the CPU that saw them first */
	struct tcpstate_shard shard[TCPSTATE_SHARDS];
	/** @collect_lock: protects the three @collect_ fields; inside the bucket's lock */
	spinlock_t collect_lock;
	/** @collector: frees what is due */
	struct delayed_work collector;
	/** @collect_ms: when it runs next, if @collect_armed */
	u32 collect_ms;
	/** @collect_armed: it is going to run */
	bool collect_armed;
	/** @collect_all: a timeout was changed: look at every queue */
	bool collect_all;
	/** @pass: by class, the lazy ones only; of the collector alone */
	struct tcpstate_pass pass[TCPSTATE_TIMERS];
	/**
	 * @report_lock: protects @reports and what is counted of them. Inside
	 * the bucket's lock.
	 */
	spinlock_t report_lock;
	/** @reports: of struct tcpstate_report.list, to be sent, oldest first */
	struct list_head reports;
	/** @report_queued: how many */
	unsigned int report_queued;
	/** @report_number: the last one given */
	u64 report_number;
	/** @reporter: sends them */
	struct work_struct reporter;
	/** @flushes: how often records were flushed, for dumps under way */
	atomic_t flushes;
	/** @hooks: the registered hooks; their private pointer is this struct */
	struct nf_hook_ops *hooks;
	/** @sysctl: the registered table */
	struct ctl_table_header *sysctl;
	/** @sysctl_table: its rows */
	const struct ctl_table *sysctl_table;
};

/* For net_generic(): the namespace's struct tcpstate_net. */
extern unsigned int tcpstate_net_id;

#endif
