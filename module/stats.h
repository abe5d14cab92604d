/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters of a namespace, and how long its handshakes took. */
#ifndef TCPSTATE_STATS_H
#define TCPSTATE_STATS_H

#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/percpu.h>

#include "net.h"
#include "packet.h"

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

/** enum tcpstate_interval - the parts of a handshake that are timed */
enum tcpstate_interval {
	TCPSTATE_INTERVAL_SYN,	/* from SYN to SYN/ACK */
	TCPSTATE_INTERVAL_ACK,	/* from SYN/ACK to ACK */
	TCPSTATE_INTERVALS
};

/** struct tcpstate_histogram - how long one part of finished handshakes took */
struct tcpstate_histogram {
	/** @sum_us: all of them together */
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
	/** @times: by enum tcpstate_interval */
	struct tcpstate_histogram times[TCPSTATE_INTERVALS];
};

int tcpstate_stats_net_init(struct tcpstate_net *tn);
void tcpstate_stats_net_exit(struct tcpstate_net *tn);

void tcpstate_stats_add_notes(struct tcpstate_net *tn, const struct tcpstate_segment *seg,
			      u8 notes);
void tcpstate_stats_add_order(struct tcpstate_net *tn, const struct tcpstate_result *result);
void tcpstate_stats_add_times(struct tcpstate_net *tn, const struct tcpstate_conn *conn);

u64 tcpstate_stats_of_cpu(const struct tcpstate_net *tn, int cpu, unsigned int counter);
u64 tcpstate_stats_sum(const struct tcpstate_net *tn, unsigned int counter);
unsigned int tcpstate_stats_records(const struct tcpstate_net *tn);
u64 tcpstate_stats_sum_endings(const struct tcpstate_net *tn, enum tcpstate_verdict verdict);
void tcpstate_stats_sum_times(const struct tcpstate_net *tn, enum tcpstate_interval interval,
			      struct tcpstate_histogram *sum);

/**
 * tcpstate_stats_add() - add to a counter
 * @tn: the namespace
 * @counter: TCPSTATE_A_COUNTER_*
 * @n: how many
 *
 * Context: any up to softirq.
 */
static inline void tcpstate_stats_add(struct tcpstate_net *tn, unsigned int counter, u64 n)
{
	this_cpu_add(tn->stats->n[counter], n);
}

/* Add to a number of this CPU with bottom halves off, which on RT do not keep other tasks away. */
#ifdef CONFIG_PREEMPT_RT
#define tcpstate_stats_add_to(number, n)	this_cpu_add(number, n)
#else
#define tcpstate_stats_add_to(number, n)	__this_cpu_add(number, n)
#endif

/**
 * __tcpstate_stats_add() - add to a counter with bottom halves off
 * @tn: the namespace
 * @counter: TCPSTATE_A_COUNTER_*
 * @n: how many
 *
 * Some processors cannot add to a counter of their own in one instruction. They turn
 * interrupts off in tcpstate_stats_add(), which in a guest is half of what a segment costs.
 *
 * Context: bottom halves off, as under a bucket's lock.
 */
static inline void __tcpstate_stats_add(struct tcpstate_net *tn, unsigned int counter, u64 n)
{
	tcpstate_stats_add_to(tn->stats->n[counter], n);
}

/**
 * __tcpstate_stats_add_ending() - count a record that ends
 * @tn: its namespace
 * @verdict: how its connection ended
 *
 * Context: bottom halves off.
 */
static inline void __tcpstate_stats_add_ending(struct tcpstate_net *tn,
					       enum tcpstate_verdict verdict)
{
	__tcpstate_stats_add(tn, TCPSTATE_A_COUNTER_ENDED, 1);
	tcpstate_stats_add_to(tn->stats->endings[verdict], 1);
}

/**
 * tcpstate_stats_bucket() - choose the bucket of a time
 * @us: the time
 *
 * Return: the first bucket whose bound is not below the time.
 */
static inline unsigned int tcpstate_stats_bucket(u32 us)
{
	unsigned int bits = us > 1 ? fls(us - 1) : 0;

	return clamp_t(unsigned int, bits, TCPSTATE_BUCKET_MIN_BITS,
		       TCPSTATE_BUCKET_MIN_BITS + TCPSTATE_BUCKETS - 1) -
	       TCPSTATE_BUCKET_MIN_BITS;
}

/**
 * tcpstate_stats_bound_us() - tell the bound of a bucket
 * @bucket: the bucket
 *
 * Return: the longest time that it takes, us; 0 for the last bucket, which has no bound.
 */
static inline u32 tcpstate_stats_bound_us(unsigned int bucket)
{
	return bucket < TCPSTATE_BUCKETS - 1 ? BIT(bucket + TCPSTATE_BUCKET_MIN_BITS) : 0;
}

#endif
