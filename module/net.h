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

/*
 * Into how many shards the records of a namespace are divided. A power of two, and mostly more
 * than there are CPUs that are busy at once.
 */
#define TCPSTATE_SHARDS		8

/** struct tcpstate_queue - the records of one shard and class, oldest first */
struct tcpstate_queue {
	/** @list: of struct tcpstate_flow.queue */
	struct list_head list;
	/** @visiting: those that the collector's pass has yet to look at; before @list */
	struct list_head visiting;
};

/** struct tcpstate_shard - a part of a namespace's records, in queues */
struct tcpstate_shard {
	/**
	 * @lock: protects @queue and the queue link of its records. Nests inside the
	 * bucket's lock. A record is put on a queue only with its bucket locked, but may
	 * be taken off without. There is one lock for all classes, so that moving a record
	 * to another class takes one lock, and nobody has to know the queue it leaves.
	 */
	spinlock_t lock;
	/** @queue: by class */
	struct tcpstate_queue queue[TCPSTATE_TIMERS];
} ____cacheline_aligned_in_smp;

/** struct tcpstate_pass - the collector's last pass over the lazy queues of a class */
struct tcpstate_pass {
	/** @began_ms: when it began */
	u32 began_ms;
	/** @wait_ms: from its beginning to that of the next pass */
	u32 wait_ms;
	/** @rest_ms: from its beginning to that of one that is asked for, at least */
	u32 rest_ms;
	/** @asked: one is asked for, because the timeout is shorter now */
	bool asked;
};

/** struct tcpstate_net - what is kept of a network namespace */
struct tcpstate_net {
	/** @net: the namespace */
	struct net *net;
	/** @zone: its zone where no interface matters, without TCPSTATE_ZONE_IPV6 */
	u32 zone;
	/** @reserve: for how many records it has room that no other namespace can take */
	unsigned int reserve;
	/** @stats: counters */
	struct tcpstate_stats __percpu *stats;
	/** @timeout_ms: by class; sysctl, read with READ_ONCE() */
	unsigned int timeout_ms[TCPSTATE_TIMERS];
	/**
	 * @zones_lock: protects changes of @zones and @ifindexes together, and @last_interface.
	 * No bucket is locked with it. Both are read under RCU.
	 */
	spinlock_t zones_lock;
	/** @zones: the low part of the zone by interface index; 0 has no entry */
	struct xarray zones;
	/** @ifindexes: the interface index by the low part of the zone */
	struct xarray ifindexes;
	/** @last_interface: where the search for the next low part begins */
	u32 last_interface;
	/** @interfaces: how many low parts are given */
	atomic_t interfaces;
	/** @reclaimer: takes back the zones that have no records */
	struct delayed_work reclaimer;
	/** @reclaimed_ms: when it began last */
	u32 reclaimed_ms;
	/** @records: how many it has; in another cache line than what each segment reads */
	atomic_t records ____cacheline_aligned_in_smp;
	/** @shard: its records, by the CPU that saw them first */
	struct tcpstate_shard shard[TCPSTATE_SHARDS];
	/**
	 * @collect_lock: protects @collect_ms, @collect_armed, @collect_asked and
	 * @collected_ms. Nests inside the bucket's lock.
	 */
	spinlock_t collect_lock;
	/** @collector: ends the records that are due */
	struct delayed_work collector;
	/** @collect_ms: when it runs next, if @collect_armed */
	u32 collect_ms;
	/** @collect_armed: it is going to run */
	bool collect_armed;
	/** @collect_asked: a bit for each class whose timeout was shortened */
	unsigned long collect_asked;
	/** @collected_ms: when the collector began last */
	u32 collected_ms;
	/** @pass: by class, for lazy ones only; used by the collector alone */
	struct tcpstate_pass pass[TCPSTATE_TIMERS];
	/**
	 * @report_lock: protects @reports, @report_queued and @report_number. Nests inside
	 * the bucket's lock.
	 */
	spinlock_t report_lock;
	/** @reports: of struct tcpstate_report.list, to be sent, oldest first */
	struct list_head reports;
	/** @report_queued: how many */
	unsigned int report_queued;
	/** @report_number: the number of the last one */
	u64 report_number;
	/** @report_unheard: nobody received the last ones */
	bool report_unheard;
	/** @report_skipped: some were not built since then */
	bool report_skipped;
	/** @report_again_ms: until when none is built, if @report_unheard */
	u32 report_again_ms;
	/** @report_heard_ms: when somebody last joined, asked or received */
	u32 report_heard_ms;
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
