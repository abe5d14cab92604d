/* SPDX-License-Identifier: GPL-2.0-only */
/* The only kernel version checks in the tree. */
#ifndef TCPSTATE_COMPAT_H
#define TCPSTATE_COMPAT_H

#include <linux/sysctl.h>
#include <linux/version.h>
#include <net/net_namespace.h>

/* 6.11: handlers take a constant table. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define tcpstate_ctl_table const struct ctl_table
#else
#define tcpstate_ctl_table struct ctl_table
#endif

/* 6.6: the size is given; before, an empty row ends the table. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#define register_net_sysctl_sz(net, path, table, size) \
	register_net_sysctl(net, path, table)
#endif

#endif
