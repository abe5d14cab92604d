// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes the place of the module's sender of reports, for tests/netlink/ending.sh. It
 * discards the reports of the initial namespace. With those of another one it stays until
 * that namespace ends, and looks whether the namespace's counters, which a sender may write to,
 * are free: it allocates as much, again and again, until it is given the same memory.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "report.h"
#include "stats.h"

/* How long it waits for the namespace to end, ms */
#define WAIT_MS		10000
/* How often it looks, with a pause of 1 ms before each, and what it allocates then */
#define LOOKS		20
#define TAKEN		16

static unsigned int group;
module_param(group, uint, 0444);
MODULE_PARM_DESC(group, "number of the netlink group of events");

static unsigned int held;
module_param(held, uint, 0444);
MODULE_PARM_DESC(held, "how many batches of reports it had when their namespace ended");

static unsigned int freed;
module_param(freed, uint, 0444);
MODULE_PARM_DESC(freed, "in how many of them the counters were freed before it was done");

/* Whether one of the new allocations is the memory of the namespace's counters. */
static bool look(const struct tcpstate_net *tn, struct tcpstate_stats __percpu **taken)
{
	unsigned int i;

	usleep_range(1000, 2000);
	for (i = 0; i < TAKEN; i++) {
		taken[i] = alloc_percpu(struct tcpstate_stats);
		if (!taken[i] || taken[i] == tn->stats)
			return taken[i];
	}
	return false;
}

static void send_late(struct tcpstate_net *tn, struct list_head *reports)
{
	struct tcpstate_stats __percpu **taken;
	unsigned int i;

	for (i = 0; i < WAIT_MS && check_net(tn->net); i++) {
		if (net_eq(tn->net, &init_net))
			return;
		usleep_range(1000, 1100);
	}
	if (check_net(tn->net))
		return;
	taken = kcalloc(LOOKS * TAKEN, sizeof(*taken), GFP_KERNEL);
	if (!taken)
		return;
	for (i = 0; i < LOOKS; i++) {
		if (look(tn, taken + i * TAKEN)) {
			freed++;
			break;
		}
	}
	held++;
	for (i = 0; i < LOOKS * TAKEN; i++)
		free_percpu(taken[i]);
	kfree(taken);
}

static int __init late_sender_init(void)
{
	tcpstate_report_open(group, send_late);
	return 0;
}

/* There is no way back to the other sender: nothing is sent any more. */
static void __exit late_sender_exit(void)
{
	tcpstate_report_close();
}

module_init(late_sender_init);
module_exit(late_sender_exit);

MODULE_DESCRIPTION("test-only: a sender of tcpstate's reports that takes its time");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
