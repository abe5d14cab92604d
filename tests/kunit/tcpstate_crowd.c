// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opens connections in the initial network namespace whose tuples all share one bucket of the
 * loaded module's table, and tells how late timers come in the softirq of any processor
 * meanwhile (tests/attack/bucket.sh). It is no suite.
 *
 *	insmod tcpstate_crowd.ko tuples=COUNT
 *	echo 1 >/sys/module/tcpstate_crowd/parameters/open
 *	echo 1 >/sys/module/tcpstate_crowd/parameters/flush
 *	cat /sys/module/tcpstate_crowd/parameters/late_us	since it was written last
 *
 * Somebody without the secret of the hash finds such tuples by the order of /proc/tcpstate.
 */
#include <linux/cpu.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "track.h"
#include "walk.h"

#define PERIOD_NS	(500 * NSEC_PER_USEC)

/* struct watch - a timer of one CPU, and how late it has come */
struct watch {
	struct hrtimer timer;
	u64 late_ns;
};

static DEFINE_PER_CPU(struct watch, tcpstate_crowd_watch);

static unsigned int tuples = 1000;
module_param(tuples, uint, 0444);

/* The numbers of the tuples */
static u32 *numbers;

static enum hrtimer_restart ring(struct hrtimer *timer)
{
	struct watch *watch = container_of(timer, struct watch, timer);
	s64 late_ns = ktime_to_ns(ktime_sub(ktime_get(), hrtimer_get_expires(timer)));

	if (late_ns > (s64)READ_ONCE(watch->late_ns))
		WRITE_ONCE(watch->late_ns, late_ns);
	hrtimer_forward_now(timer, ns_to_ktime(PERIOD_NS));
	return HRTIMER_RESTART;
}

static void begin_watch(void *unused)
{
	struct watch *watch = this_cpu_ptr(&tcpstate_crowd_watch);

	hrtimer_start(&watch->timer, ns_to_ktime(PERIOD_NS), HRTIMER_MODE_REL_PINNED_SOFT);
}

static int get_late(char *buffer, const struct kernel_param *param)
{
	u64 late_ns = 0;
	int cpu;

	for_each_online_cpu(cpu)
		late_ns = max(late_ns, READ_ONCE(per_cpu(tcpstate_crowd_watch, cpu).late_ns));
	return sysfs_emit(buffer, "%llu\n", div_u64(late_ns, NSEC_PER_USEC));
}

static int set_late(const char *value, const struct kernel_param *param)
{
	int cpu;

	for_each_online_cpu(cpu)
		WRITE_ONCE(per_cpu(tcpstate_crowd_watch, cpu).late_ns, 0);
	return 0;
}

static struct tcpstate_net *our_net(void)
{
	return net_generic(&init_net, tcpstate_net_id);
}

/* Tuple number @n, from its initiator: 2^14 ports of each source */
static struct tcpstate_key tuple(const struct tcpstate_net *tn, u32 n)
{
	return (struct tcpstate_key){
		.zone = tn->zone,
		.port = { htons(1024 + (n & 0x3fff)), htons(443) },
		.addr = {
			{ .ip = htonl(0x0a000000 + (n >> 14)) },
			{ .ip = htonl(0xc0a80001) },
		},
	};
}

static void pass(struct tcpstate_net *tn, const struct tcpstate_key *key, int from, u8 flags,
		 u32 seq, u32 ack)
{
	struct tcpstate_sight sight = {
		.packet = {
			.key = {
				.zone = key->zone,
				.port = { key->port[from], key->port[!from] },
				.addr = { key->addr[from], key->addr[!from] },
			},
			.seg = {
				.flags = flags,
				.seq = seq,
				.ack = ack,
				.window = 65535,
				.segs = 1,
				.wscale = TCPSTATE_WSCALE_NONE,
				.forwarded = true,
			},
		},
	};

	sight.place = tcpstate_table_fetch(&sight.packet.key);
	tcpstate_track_segment(tn, &sight);
}

/* Find the tuples. Return false if there are not so many. */
static bool find_tuples(void)
{
	struct tcpstate_net *tn = our_net();
	struct tcpstate_key key = tuple(tn, 0);
	struct tcpstate_bucket *bucket = tcpstate_table_fetch(&key).bucket;
	unsigned int found = 0;
	u32 n;

	for (n = 0; found < tuples && n < U32_MAX >> 4; n++) {
		if (!(n % 1024))
			cond_resched();
		key = tuple(tn, n);
		if (tcpstate_table_fetch(&key).bucket == bucket)
			numbers[found++] = n;
	}
	return found == tuples;
}

static int open_all(const char *value, const struct kernel_param *param)
{
	struct tcpstate_net *tn = our_net();
	unsigned int i;

	for (i = 0; i < tuples; i++) {
		struct tcpstate_key key = tuple(tn, numbers[i]);

		pass(tn, &key, 0, TCPSTATE_FLAG_SYN, 1000, 0);
		pass(tn, &key, 1, TCPSTATE_FLAG_SYN | TCPSTATE_FLAG_ACK, 5000, 1001);
		pass(tn, &key, 0, TCPSTATE_FLAG_ACK, 1001, 5001);
		cond_resched();
	}
	return 0;
}

static int flush_all(const char *value, const struct kernel_param *param)
{
	tcpstate_walk_flush(our_net(), NULL, NULL);
	return 0;
}

static const struct kernel_param_ops open_ops = { .set = open_all };
static const struct kernel_param_ops flush_ops = { .set = flush_all };
static const struct kernel_param_ops late_ops = { .set = set_late, .get = get_late };

module_param_cb(open, &open_ops, NULL, 0200);
module_param_cb(flush, &flush_ops, NULL, 0200);
module_param_cb(late_us, &late_ops, NULL, 0600);

static int __init crowd_init(void)
{
	int cpu;

	numbers = kvmalloc_array(tuples, sizeof(*numbers), GFP_KERNEL);
	if (!numbers)
		return -ENOMEM;
	if (!find_tuples()) {
		kvfree(numbers);
		return -ENOSPC;
	}
	for_each_possible_cpu(cpu)
		hrtimer_setup(&per_cpu(tcpstate_crowd_watch, cpu).timer, ring, CLOCK_MONOTONIC,
			      HRTIMER_MODE_REL_PINNED_SOFT);
	on_each_cpu(begin_watch, NULL, true);
	return 0;
}

static void __exit crowd_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		hrtimer_cancel(&per_cpu(tcpstate_crowd_watch, cpu).timer);
	kvfree(numbers);
}

module_init(crowd_init);
module_exit(crowd_exit);

MODULE_DESCRIPTION("test-only: connections that share a bucket, and how late timers come");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
