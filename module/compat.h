/* SPDX-License-Identifier: GPL-2.0-only */
/* The only kernel version checks in the tree. */
#ifndef TCPSTATE_COMPAT_H
#define TCPSTATE_COMPAT_H

#include <linux/atomic.h>
#include <linux/netfilter.h>
#include <linux/sched.h>
#include <linux/sysctl.h>
#include <linux/version.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

/* 6.17 added this: do not clear a local variable before it is written. */
#ifndef __uninitialized
#if __has_attribute(__uninitialized__)
#define __uninitialized	__attribute__((__uninitialized__))
#else
#define __uninitialized
#endif
#endif

/* Since 6.11 handlers take a constant table. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define tcpstate_ctl_table const struct ctl_table
#else
#define tcpstate_ctl_table struct ctl_table
#endif

/* Since 6.6 the caller gives the size; before, an empty row ended the table. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#define register_net_sysctl_sz(net, path, table, size) \
	register_net_sysctl(net, path, table)
#endif

/* 6.7 added this, and distributions backport it: only CAP_NET_ADMIN may join the group. */
#ifdef GENL_MCAST_CAP_NET_ADMIN
#define TCPSTATE_MCGRP_NET_ADMIN	.flags = GENL_MCAST_CAP_NET_ADMIN,
#else
#define TCPSTATE_MCGRP_NET_ADMIN
#endif

/* 6.1, and older kernels that took it: reserved fields are zero from this command on. */
#ifdef TCPSTATE_HAS_RESV_START_OP
#define TCPSTATE_RESV_START_OP(op)	.resv_start_op = (op),
#else
#define TCPSTATE_RESV_START_OP(op)
#endif

/* 6.9, and older kernels that took it, call a family when somebody joins one of its groups. */
#ifdef TCPSTATE_HAS_GENL_BIND
#define TCPSTATE_GENL_BIND(function)	.bind = (function),
#else
#define TCPSTATE_GENL_BIND(function)
#endif

/* 5.17 renamed it. */
#ifndef TCPSTATE_HAS_PDE_DATA
#define pde_data(inode)	PDE_DATA(inode)
#endif

/* Older kernels have it for atomic_t alone. */
#ifndef try_cmpxchg_acquire
#define try_cmpxchg_acquire(ptr, old, new) ({				\
	typeof(old) old_ = (old);					\
	typeof(*old_) expected_ = *old_;				\
									\
	*old_ = cmpxchg_acquire(ptr, expected_, new);			\
	*old_ == expected_;						\
})
#endif

/* 6.7 moved the attributes of a dump. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
#define tcpstate_dump_attrs(cb)	(genl_dumpit_info(cb)->info.attrs)
#else
#define tcpstate_dump_attrs(cb)	(genl_dumpit_info(cb)->attrs)
#endif

/*
 * Since 6.16 the task says that nft dup or TEE is sending a copy; before, the CPU said so.
 * Kbuild finds out which, because distributions take this change over to older kernels.
 */
#ifdef TCPSTATE_COPY_IN_TASK
#define tcpstate_sends_copy()	(current->in_nf_duplicate)
#elif defined(CONFIG_PREEMPT_RT)
/* While the sender of a copy sleeps, others send from its CPU, with bottom halves on. */
#define tcpstate_sends_copy()	(softirq_count() && this_cpu_read(nf_skb_duplicated))
#else
#define tcpstate_sends_copy()	this_cpu_read(nf_skb_duplicated)
#endif

#endif
