// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports of what happens to records, for events. A function that changes a record queues a
 * report under the bucket's lock, so that the reports of a connection are in order. A work
 * item of the namespace hands them on, several at once. This file knows whether anybody
 * listens, and nothing of how events are sent.
 */
#include "report.h"

#include <linux/atomic.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

#include "clock.h"
#include "stats.h"

/*
 * How many reports of a namespace may wait to be sent, which is 10 MB. A sender that has a
 * processor keeps up. Further reports are lost, and their numbers are missing.
 */
#define QUEUE_MAX	32768

/*
 * The kernel tells whether anybody listens for all namespaces together. Where nobody has received
 * the reports of a namespace, build one in such a time: that is all that a listener in another
 * namespace costs.
 */
#define UNHEARD_MS	100

/* A listener that joined, asked or received since then may still be joining, or be overrun. */
#define HEARD_MS	1000

static struct kmem_cache *cache __read_mostly;
static struct workqueue_struct *workqueue;

/* The netlink group that reports go to, or 0 while nobody can listen */
static unsigned int listened_group __read_mostly;
static tcpstate_report_send_t *sender;

/*
 * Is it time to try a report again? The last one may have been tried so long ago that the clock has
 * wrapped since then. So the time is over unless it is near: up to twice UNHEARD_MS away, because
 * another CPU may have set it after this one read the clock.
 */
static bool is_due(u32 again_ms, u32 now_ms)
{
	return again_ms - now_ms - 1 >= 2 * UNHEARD_MS;
}

/*
 * Have the last reports of a namespace been received by nobody? Then answer no once in
 * UNHEARD_MS, for a report that tries it again.
 */
static bool is_unheard(struct tcpstate_net *tn)
{
	u32 again_ms, now_ms;

	/* Paired with the release in tcpstate_report_unheard() */
	if (!smp_load_acquire(&tn->report_unheard))
		return false;
	now_ms = tcpstate_clock_now_ms();
	again_ms = READ_ONCE(tn->report_again_ms);
	if (is_due(again_ms, now_ms) &&
	    cmpxchg(&tn->report_again_ms, again_ms, now_ms + UNHEARD_MS) == again_ms)
		return false;
	if (!READ_ONCE(tn->report_skipped))
		WRITE_ONCE(tn->report_skipped, true);
	return true;
}

/**
 * tcpstate_report_wanted() - tell whether anybody listens
 * @tn: the namespace
 *
 * Takes a few ns. Where nobody has received the reports of this namespace, one caller in
 * UNHEARD_MS is told that somebody may listen, so that the report it then adds tries it again:
 * call this once for each report.
 *
 * Context: any.
 * Return: true if a report may have a listener.
 */
bool tcpstate_report_wanted(struct tcpstate_net *tn)
{
	unsigned int group = READ_ONCE(listened_group);

	return group && unlikely(netlink_has_listeners(tn->net->genl_sock, group)) &&
	       !is_unheard(tn);
}

/**
 * tcpstate_report_heard() - build reports of a namespace from now on
 * @tn: the namespace, where somebody joins, asks or has received
 *
 * A listener misses nothing that happens after it has joined, where the kernel calls us then, or
 * after it has asked for something.
 *
 * Context: any.
 */
void tcpstate_report_heard(struct tcpstate_net *tn)
{
	spin_lock_bh(&tn->report_lock);
	tn->report_heard_ms = tcpstate_clock_now_ms();
	WRITE_ONCE(tn->report_unheard, false);
	spin_unlock_bh(&tn->report_lock);
}

/**
 * tcpstate_report_unheard() - build hardly any reports of a namespace
 * @tn: the namespace, whose last reports nobody has received
 *
 * Context: the reporter's.
 */
void tcpstate_report_unheard(struct tcpstate_net *tn)
{
	u32 now_ms;

	spin_lock_bh(&tn->report_lock);
	now_ms = tcpstate_clock_now_ms();
	if (now_ms - tn->report_heard_ms >= HEARD_MS) {
		WRITE_ONCE(tn->report_again_ms, now_ms + UNHEARD_MS);
		/* Publish the time first: a CPU that sees the flag must also see the time. */
		smp_store_release(&tn->report_unheard, true);
	}
	spin_unlock_bh(&tn->report_lock);
}

static void fill_report(struct tcpstate_report *report, const struct tcpstate_flow *flow,
			const struct tcpstate_change *change)
{
	memcpy(report->copy.bytes, flow, tcpstate_flow_bytes(flow));
	report->change = *change;
	report->has_seg = change->seg;
	report->time_ns = change->seg ? change->time_ns : tcpstate_clock_now_ns();
	if (change->seg)
		report->seg = *change->seg;
}

/**
 * tcpstate_report_add() - report what happened to a record
 * @tn: its namespace
 * @flow: the record, as it is now
 * @kind: what happened
 * @verdict: how the connection has ended, if it has
 * @change: how the record changed
 *
 * If there is no memory or the queue is full, the report is lost, and the listener sees that its
 * number is missing.
 *
 * Context: the record's bucket locked. Does not sleep.
 */
void tcpstate_report_add(struct tcpstate_net *tn, const struct tcpstate_flow *flow,
			 enum tcpstate_report_kind kind,
			 enum tcpstate_verdict verdict,
			 const struct tcpstate_change *change)
{
	struct tcpstate_report *report = NULL;

	if (READ_ONCE(tn->report_queued) < QUEUE_MAX)
		report = kmem_cache_alloc(cache, GFP_ATOMIC | __GFP_NOWARN);
	if (report) {
		report->kind = kind;
		report->verdict = verdict;
		fill_report(report, flow, change);
	}
	spin_lock(&tn->report_lock);
	tn->report_number++;
	if (READ_ONCE(tn->report_skipped)) {
		/* A listener that was overrun meanwhile sees that it has lost some. */
		WRITE_ONCE(tn->report_skipped, false);
		tn->report_number++;
	}
	if (report && tn->report_queued < QUEUE_MAX) {
		report->number = tn->report_number;
		list_add_tail(&report->list, &tn->reports);
		WRITE_ONCE(tn->report_queued, tn->report_queued + 1);
		report = NULL;
	} else {
		__tcpstate_stats_add(tn, TCPSTATE_A_COUNTER_EVENTS_LOST, 1);
	}
	spin_unlock(&tn->report_lock);
	if (report)
		kmem_cache_free(cache, report);
	queue_work(workqueue, &tn->reporter);
}

/**
 * tcpstate_report_free() - free reports
 * @reports: a list of them, which is not initialised afterwards
 *
 * Context: any up to softirq.
 */
void tcpstate_report_free(struct list_head *reports)
{
	struct tcpstate_report *report, *next;

	list_for_each_entry_safe(report, next, reports, list)
		kmem_cache_free(cache, report);
}

static void take_all(struct tcpstate_net *tn, struct list_head *reports)
{
	spin_lock_bh(&tn->report_lock);
	list_splice_init(&tn->reports, reports);
	WRITE_ONCE(tn->report_queued, 0);
	spin_unlock_bh(&tn->report_lock);
}

static void send_all(struct work_struct *work)
{
	struct tcpstate_net *tn = container_of(work, struct tcpstate_net, reporter);

	for (;;) {
		LIST_HEAD(reports);

		take_all(tn, &reports);
		if (list_empty(&reports))
			return;
		/* After tcpstate_report_close() the group may be somebody else's. */
		if (READ_ONCE(listened_group))
			sender(tn, &reports);
		tcpstate_report_free(&reports);
		cond_resched();
	}
}

/**
 * tcpstate_report_open() - let listeners have reports from now on
 * @group: the number of the netlink group of the listeners
 * @send: the sender, which takes the reports over
 *
 * Context: process.
 */
void tcpstate_report_open(unsigned int group, tcpstate_report_send_t *send)
{
	sender = send;
	/* Publish the sender first: a CPU that sees the group must also see the sender. */
	smp_store_release(&listened_group, group);
}

/**
 * tcpstate_report_close() - undo tcpstate_report_open(), after which nothing is sent
 *
 * Context: process; may sleep.
 */
void tcpstate_report_close(void)
{
	WRITE_ONCE(listened_group, 0);
	/* Work that is queued from now on sees 0. */
	flush_workqueue(workqueue);
}

/**
 * tcpstate_report_net_init() - give a namespace an empty queue of reports
 * @tn: the namespace
 *
 * Context: process.
 */
void tcpstate_report_net_init(struct tcpstate_net *tn)
{
	spin_lock_init(&tn->report_lock);
	INIT_LIST_HEAD(&tn->reports);
	tn->report_heard_ms = tcpstate_clock_now_ms() - HEARD_MS;
	INIT_WORK(&tn->reporter, send_all);
}

/**
 * tcpstate_report_net_exit() - free the reports of a namespace
 * @tn: the namespace, without records
 *
 * Context: process; may sleep.
 */
void tcpstate_report_net_exit(struct tcpstate_net *tn)
{
	LIST_HEAD(reports);

	cancel_work_sync(&tn->reporter);
	take_all(tn, &reports);
	tcpstate_report_free(&reports);
}

/**
 * tcpstate_report_init() - make the cache of reports and the senders' workqueue
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int tcpstate_report_init(void)
{
	cache = KMEM_CACHE(tcpstate_report, 0);
	if (!cache)
		return -ENOMEM;
	/* Unbound, because the CPU that sees the segments has other things to do */
	workqueue = alloc_workqueue("tcpstate_report", WQ_UNBOUND, 0);
	if (!workqueue) {
		kmem_cache_destroy(cache);
		return -ENOMEM;
	}
	return 0;
}

/**
 * tcpstate_report_exit() - undo tcpstate_report_init(); no namespace is left
 *
 * Context: process; may sleep.
 */
void tcpstate_report_exit(void)
{
	destroy_workqueue(workqueue);
	kmem_cache_destroy(cache);
}
