// SPDX-License-Identifier: GPL-2.0-only
/* Loading and unloading, the set-up of namespaces, and the parameters. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "main.h"

#include "guards.h"

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "account.h"
#include "collector.h"
#include "expiry.h"
#include "hooks.h"
#include "limit.h"
#include "netlink.h"
#include "procfs.h"
#include "report.h"
#include "stats.h"
#include "sysctl.h"
#include "table.h"
#include "version.h"
#include "zone.h"

#define MAX_RECORDS_MAX		67108864u

/* With this much memory for each record, a full table takes at most a fiftieth of memory. */
#define BYTES_PER_RECORD	8192
#define MAX_RECORDS_DEFAULT_MAX	4194304u

static unsigned int max_records;
static bool max_records_given;

static int set_max_records(const char *value, const struct kernel_param *param)
{
	max_records_given = true;
	return param_set_uint(value, param);
}

static const struct kernel_param_ops max_records_ops = {
	.set	= set_max_records,
	.get	= param_get_uint,
};

module_param_cb(max_records, &max_records_ops, &max_records, 0444);
MODULE_PARM_DESC(max_records, "connections kept at most, in all namespaces (1024 to 67108864; default from memory)");

/* Users' namespaces have at most this part of the table together. */
static unsigned int others_percent = 50;
module_param(others_percent, uint, 0444);
MODULE_PARM_DESC(others_percent, "connections kept at most in namespaces of other users than the initial user namespace's, together (percent of max_records; 1 to 100; default 50)");

unsigned int tcpstate_net_id;

/**
 * tcpstate_main_net_init() - make a namespace ready for records
 * @tn: what is kept of it, zeroed
 * @net: the namespace
 *
 * Afterwards the evictors of other namespaces can find it.
 *
 * Context: process; may sleep.
 * Return: 0, -ENOMEM, or -EBUSY with half a million namespaces.
 */
int tcpstate_main_net_init(struct tcpstate_net *tn, struct net *net)
{
	int err;

	tn->net = net;
	err = tcpstate_stats_net_init(tn);
	if (err)
		return err;
	tcpstate_report_net_init(tn);
	tcpstate_expiry_net_init(tn);
	tcpstate_collector_net_init(tn);
	tn->owner = tcpstate_owner_get(net);
	if (!tn->owner) {
		err = -ENOMEM;
		goto err_report;
	}
	/* Number it after that, because others can find it as soon as it has a number. */
	err = tcpstate_zone_net_init(tn);
	if (err)
		goto err_owner;
	return 0;

err_owner:
	tcpstate_owner_put(tn->owner);
err_report:
	tcpstate_report_net_exit(tn);
	tcpstate_stats_net_exit(tn);
	return err;
}

/**
 * tcpstate_main_net_exit() - undo tcpstate_main_net_init()
 * @tn: the namespace, which packets and requests no longer reach, and which was hidden by
 *	tcpstate_zone_net_pre_exit() at least an RCU grace period ago
 *
 * Each part may still use those that were set up before it: the end of a record is reported,
 * and the sender of reports counts those that it loses.
 *
 * Context: process; may sleep.
 */
void tcpstate_main_net_exit(struct tcpstate_net *tn)
{
	bool records = tcpstate_stats_records(tn);

	tcpstate_collector_net_exit(tn);
	tcpstate_zone_net_exit(tn, records);
	if (records)
		tcpstate_collector_ask(TCPSTATE_PASS_LEFT_OVER);
	tcpstate_report_net_exit(tn);
	tcpstate_stats_net_exit(tn);
}

static int __net_init net_init(struct net *net)
{
	struct tcpstate_net *tn = net_generic(net, tcpstate_net_id);
	int err;

	err = tcpstate_main_net_init(tn, net);
	if (err)
		return err;
	err = tcpstate_sysctl_init(tn);
	if (err)
		goto err_main;
	err = tcpstate_procfs_net_init(tn);
	if (err)
		goto err_sysctl;
	/* Do this last, because it lets packets come. */
	err = tcpstate_hooks_init(tn);
	if (err)
		goto err_procfs;
	return 0;

err_procfs:
	tcpstate_procfs_net_exit(tn);
err_sysctl:
	tcpstate_sysctl_exit(tn);
err_main:
	tcpstate_zone_net_pre_exit(tn);
	synchronize_rcu();
	tcpstate_main_net_exit(tn);
	return err;
}

/* An RCU grace period passes between this and net_exit(), which undoes the rest. */
static void __net_exit net_pre_exit(struct net *net)
{
	struct tcpstate_net *tn = net_generic(net, tcpstate_net_id);

	tcpstate_hooks_exit(tn);
	tcpstate_zone_net_pre_exit(tn);
}

static void __net_exit net_exit(struct net *net)
{
	struct tcpstate_net *tn = net_generic(net, tcpstate_net_id);

	tcpstate_hooks_free(tn);
	tcpstate_procfs_net_exit(tn);
	tcpstate_sysctl_exit(tn);
	tcpstate_main_net_exit(tn);
}

static struct pernet_operations net_ops = {
	.init		= net_init,
	.pre_exit	= net_pre_exit,
	.exit		= net_exit,
	.id		= &tcpstate_net_id,
	.size		= sizeof(struct tcpstate_net),
};

static unsigned int default_max_records(void)
{
	u64 bytes = (u64)totalram_pages() << PAGE_SHIFT;

	return clamp_t(u64, bytes / BYTES_PER_RECORD, TCPSTATE_MAX_RECORDS_MIN,
		       MAX_RECORDS_DEFAULT_MAX);
}

static int __init load(void)
{
	int err;

	if (!max_records_given) {
		max_records = default_max_records();
	} else if (max_records < TCPSTATE_MAX_RECORDS_MIN || max_records > MAX_RECORDS_MAX) {
		pr_err("max_records=%u is out of range: %u to %u\n", max_records,
		       TCPSTATE_MAX_RECORDS_MIN, MAX_RECORDS_MAX);
		return -EINVAL;
	}
	if (others_percent < 1 || others_percent > 100) {
		pr_err("others_percent=%u is out of range: 1 to 100\n", others_percent);
		return -EINVAL;
	}
	tcpstate_limit_init(max_records, others_percent);
	err = tcpstate_flow_init();
	if (err)
		return err;
	err = tcpstate_table_init(max_records);
	if (err)
		goto err_flow;
	err = tcpstate_report_init();
	if (err)
		goto err_table;
	err = tcpstate_collector_init();
	if (err)
		goto err_report;
	err = register_pernet_subsys(&net_ops);
	if (err)
		goto err_zone;
	err = tcpstate_procfs_init();
	if (err)
		goto err_net;
	/* Do this last, because it lets requests come for any namespace. */
	err = tcpstate_netlink_init();
	if (err)
		goto err_procfs;
	return 0;

err_procfs:
	tcpstate_procfs_exit();
err_net:
	unregister_pernet_subsys(&net_ops);
err_zone:
	tcpstate_collector_exit();
	tcpstate_zone_exit();
	tcpstate_account_exit();
err_report:
	tcpstate_report_exit();
err_table:
	tcpstate_table_exit();
err_flow:
	tcpstate_flow_exit();
	return err;
}

static void __exit unload(void)
{
	tcpstate_netlink_exit();
	tcpstate_procfs_exit();
	unregister_pernet_subsys(&net_ops);
	tcpstate_collector_exit();
	tcpstate_zone_exit();
	tcpstate_account_exit();
	tcpstate_report_exit();
	tcpstate_table_exit();
	tcpstate_flow_exit();
}

module_init(load);
module_exit(unload);

MODULE_AUTHOR("The tcpstate developers");
MODULE_DESCRIPTION("Passive TCP observer: the RFC 9293 state of both ends");
MODULE_LICENSE("GPL");
MODULE_VERSION(TCPSTATE_VERSION);
