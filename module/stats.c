// SPDX-License-Identifier: GPL-2.0-only
/* Counters of a namespace, and how long its handshakes took. */
#include "stats.h"

#include <linux/kernel.h>

/**
 * tcpstate_stats_net_init() - allocate the counters of a namespace
 * @tn: the namespace
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int tcpstate_stats_net_init(struct tcpstate_net *tn)
{
	tn->stats = alloc_percpu(struct tcpstate_stats);
	return tn->stats ? 0 : -ENOMEM;
}

/**
 * tcpstate_stats_net_exit() - free the counters of a namespace
 * @tn: the namespace, in which nothing is counted any more
 *
 * Context: process; may sleep.
 */
void tcpstate_stats_net_exit(struct tcpstate_net *tn)
{
	free_percpu(tn->stats);
}

/**
 * tcpstate_stats_add_notes() - count what the engine noted of a segment
 * @tn: the namespace
 * @seg: the segment
 * @notes: TCPSTATE_NOTE_*
 *
 * Context: bottom halves off.
 */
void tcpstate_stats_add_notes(struct tcpstate_net *tn, const struct tcpstate_segment *seg,
			      u8 notes)
{
	static const struct {
		u8 note;
		u8 counter;
	} map[] = {
		{ TCPSTATE_NOTE_PAWS, TCPSTATE_A_COUNTER_PAWS },
		{ TCPSTATE_NOTE_CHALLENGE, TCPSTATE_A_COUNTER_CHALLENGE },
		{ TCPSTATE_NOTE_KEEPALIVE, TCPSTATE_A_COUNTER_KEEPALIVE },
		{ TCPSTATE_NOTE_ZERO_WINDOW, TCPSTATE_A_COUNTER_ZERO_WINDOW },
		{ TCPSTATE_NOTE_REPEAT, TCPSTATE_A_COUNTER_REPEAT },
		{ TCPSTATE_NOTE_RETRACT, TCPSTATE_A_COUNTER_RETRACT },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(map); i++)
		if (notes & map[i].note)
			__tcpstate_stats_add(tn, map[i].counter, 1);
	if (!(notes & TCPSTATE_NOTE_UNACCEPTABLE))
		return;
	/* A probe is meant to be unacceptable, because that draws an answer. */
	if (notes & (TCPSTATE_NOTE_KEEPALIVE | TCPSTATE_NOTE_ZERO_WINDOW))
		return;
	/* A bare SYN that is neither challenged nor too old begins another connection. */
	if ((seg->flags & (TCPSTATE_FLAG_SYN | TCPSTATE_FLAG_ACK)) == TCPSTATE_FLAG_SYN &&
	    !(notes & (TCPSTATE_NOTE_CHALLENGE | TCPSTATE_NOTE_PAWS)))
		return;
	__tcpstate_stats_add(tn, TCPSTATE_A_COUNTER_UNACCEPTABLE, 1);
}

/**
 * tcpstate_stats_add_order() - count segments that were sent again, and gaps
 * @tn: the namespace
 * @result: what a segment did
 *
 * Context: bottom halves off.
 */
void tcpstate_stats_add_order(struct tcpstate_net *tn, const struct tcpstate_result *result)
{
	__tcpstate_stats_add(tn, TCPSTATE_A_COUNTER_RETRANSMITS, result->retransmits);
	__tcpstate_stats_add(tn, TCPSTATE_A_COUNTER_GAPS, result->gaps);
}

static void add_time(struct tcpstate_net *tn, enum tcpstate_interval interval, u32 us)
{
	tcpstate_stats_add_to(tn->stats->times[interval].sum_us, us);
	tcpstate_stats_add_to(tn->stats->times[interval].n[tcpstate_stats_bucket(us)], 1);
}

/**
 * tcpstate_stats_add_times() - count how long a handshake took
 * @tn: the namespace
 * @conn: the connection, whose handshake has just finished
 *
 * Context: bottom halves off.
 */
void tcpstate_stats_add_times(struct tcpstate_net *tn, const struct tcpstate_conn *conn)
{
	add_time(tn, TCPSTATE_INTERVAL_SYN, tcpstate_conn_syn_us(conn));
	add_time(tn, TCPSTATE_INTERVAL_ACK, tcpstate_conn_ack_us(conn));
}

/**
 * tcpstate_stats_of_cpu() - read a counter of one CPU
 * @tn: the namespace
 * @cpu: the CPU, a possible one
 * @counter: TCPSTATE_A_COUNTER_*
 *
 * Context: any.
 * Return: what that CPU counted.
 */
u64 tcpstate_stats_of_cpu(const struct tcpstate_net *tn, int cpu, unsigned int counter)
{
	return READ_ONCE(per_cpu_ptr(tn->stats, cpu)->n[counter]);
}

/* Add up one number of all CPUs, which lies at @offset in struct tcpstate_stats. */
static u64 sum_at(const struct tcpstate_net *tn, size_t offset)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*(u64 *)((void *)per_cpu_ptr(tn->stats, cpu) + offset));
	return sum;
}

/**
 * tcpstate_stats_sum() - add up a counter
 * @tn: the namespace
 * @counter: TCPSTATE_A_COUNTER_*
 *
 * Context: any.
 * Return: what all CPUs counted.
 */
u64 tcpstate_stats_sum(const struct tcpstate_net *tn, unsigned int counter)
{
	return sum_at(tn, offsetof(struct tcpstate_stats, n[counter]));
}

/**
 * tcpstate_stats_records() - tell how many records a namespace has
 * @tn: the namespace
 *
 * That is how many began less those that ended. Add up the ends first: then the result is never
 * less than what there was between both sums, and where it is 0 there was none.
 *
 * Context: any.
 * Return: the number; while records come and go, it may be a few too high.
 */
unsigned int tcpstate_stats_records(const struct tcpstate_net *tn)
{
	u64 ended = tcpstate_stats_sum(tn, TCPSTATE_A_COUNTER_ENDED);

	/* Pairs with the lock of the bucket in which a record begins and ends. */
	smp_rmb();
	return tcpstate_stats_sum(tn, TCPSTATE_A_COUNTER_NEW) +
	       tcpstate_stats_sum(tn, TCPSTATE_A_COUNTER_PICKED_UP) - ended;
}

/**
 * tcpstate_stats_sum_endings() - add up the records that ended in one way
 * @tn: the namespace
 * @verdict: how their connections ended
 *
 * Context: any.
 * Return: what all CPUs counted.
 */
u64 tcpstate_stats_sum_endings(const struct tcpstate_net *tn, enum tcpstate_verdict verdict)
{
	return sum_at(tn, offsetof(struct tcpstate_stats, endings[verdict]));
}

/**
 * tcpstate_stats_sum_times() - add up the histograms of one part of the handshake
 * @tn: the namespace
 * @interval: the part
 * @sum: filled with what all CPUs counted
 *
 * Context: any.
 */
void tcpstate_stats_sum_times(const struct tcpstate_net *tn, enum tcpstate_interval interval,
			      struct tcpstate_histogram *sum)
{
	size_t offset = offsetof(struct tcpstate_stats, times[interval]);
	unsigned int i;

	sum->sum_us = sum_at(tn, offset + offsetof(struct tcpstate_histogram, sum_us));
	for (i = 0; i < TCPSTATE_BUCKETS; i++)
		sum->n[i] = sum_at(tn, offset + offsetof(struct tcpstate_histogram, n[i]));
}
