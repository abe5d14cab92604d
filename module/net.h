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
struct tcpstate_owner;
struct tcpstate_stats;

/** struct tcpstate_net - what is kept of a network namespace */
struct tcpstate_net {
	/** @net: the namespace */
	struct net *net;
	/** @zone: its zone where no interface matters, without TCPSTATE_ZONE_IPV6 */
	u32 zone;
	/** @owner: who answers for its records */
	struct tcpstate_owner *owner;
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
	/** @reclaimed_ms: when it last ended */
	u32 reclaimed_ms;
	/** @reclaim_looks: how many looks at a record that took, by tcpstate_reclaim_zones() */
	unsigned int reclaim_looks;
	/**
	 * @report_lock: protects @reports, @report_queued, @report_number and @report_heard_ms,
	 * and changes of @report_unheard. Nests inside the bucket's lock. It is in another cache
	 * line than what each segment reads.
	 */
	spinlock_t report_lock ____cacheline_aligned_in_smp;
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
