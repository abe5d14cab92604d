/* SPDX-License-Identifier: GPL-2.0-only */
/* What is kept of a network namespace, its queues and its counters. */
#ifndef TCPSTATE_NET_H
#define TCPSTATE_NET_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/cache.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "engine/phase.h"
#include "packet.h"

struct ctl_table_header;
struct ctl_table;
struct net;
struct nf_hook_ops;

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

/* Counters of a namespace: the attributes of the set "counter", with PAD first. */
#define TCPSTATE_COUNTERS	(TCPSTATE_A_COUNTER_MAX + 1)

/* The counter of a packet that is not tracked, by enum tcpstate_reject. */
#define TCPSTATE_COUNTER_OF(reason)	\
	(TCPSTATE_A_COUNTER_BAD_SHORT + (reason) - TCPSTATE_REJECT_SHORT)
static_assert(TCPSTATE_COUNTER_OF(TCPSTATE_REJECT_MULTICAST) ==
	      TCPSTATE_A_COUNTER_MULTICAST);

/*
 * Buckets of the handshake's times: up to 2^4 us, 2^5, ... 2^27 (2 min), and all
 * beyond.
 */
#define TCPSTATE_BUCKET_MIN_BITS	4
#define TCPSTATE_BUCKETS		25

/** struct tcpstate_histogram - how long a step of the handshake took */
struct tcpstate_histogram {
	/** @sum_us: of all of them */
	u64 sum_us;
	/** @n: how many, by bucket */
	u64 n[TCPSTATE_BUCKETS];
};

/** struct tcpstate_stats - counters of one CPU; written with bottom halves off */
struct tcpstate_stats {
	/** @n: by TCPSTATE_A_COUNTER_* */
	u64 n[TCPSTATE_COUNTERS];
	/** @endings: by enum tcpstate_verdict */
	u64 endings[TCPSTATE_VERDICTS];
	/** @syn: from SYN to SYN/ACK, of handshakes that were finished */
	struct tcpstate_histogram syn;
	/** @ack: from SYN/ACK to ACK, of the same */
	struct tcpstate_histogram ack;
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

/* The bucket of a time: the first whose bound is not below it. */
static inline unsigned int tcpstate_stat_bucket(u32 us)
{
	unsigned int bits = us > 1 ? fls(us - 1) : 0;

	return clamp_t(unsigned int, bits, TCPSTATE_BUCKET_MIN_BITS,
		       TCPSTATE_BUCKET_MIN_BITS + TCPSTATE_BUCKETS - 1) -
	       TCPSTATE_BUCKET_MIN_BITS;
}

/* For net_generic(): the namespace's struct tcpstate_net. */
extern unsigned int tcpstate_net_id;

static inline void tcpstate_stat_add(struct tcpstate_net *tn,
				     unsigned int counter, u64 n)
{
	this_cpu_add(tn->stats->n[counter], n);
}

/*
 * The same with bottom halves off, as under a bucket's lock: not every processor
 * adds to a counter of its own in one instruction, and the others turn interrupts
 * off for tcpstate_stat_add(), which in a guest is half of what a segment costs.
 */
static inline void __tcpstate_stat_add(struct tcpstate_net *tn,
				       unsigned int counter, u64 n)
{
	__this_cpu_add(tn->stats->n[counter], n);
}

#endif
