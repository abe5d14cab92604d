/* SPDX-License-Identifier: GPL-2.0-only */
/* Owners: whoever answers for the records of one or several namespaces. */
#ifndef TCPSTATE_OWNER_H
#define TCPSTATE_OWNER_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/uidgid.h>

struct net;

/** struct tcpstate_owner - an owner of namespaces */
struct tcpstate_owner {
	/** @list: all owners but the initial one */
	struct list_head list;
	/** @uid: who made the user namespace */
	kuid_t uid;
	/** @refs: how many numbers of namespaces refer to it */
	unsigned int refs;
	/** @rcu: frees it */
	struct rcu_head rcu;
	/** @records: how many it has; not counted for the initial owner */
	atomic_t records ____cacheline_aligned_in_smp;
};

/* The owner of the initial user namespace's network namespaces */
extern struct tcpstate_owner tcpstate_owner_initial;

static inline bool tcpstate_owner_is_initial(const struct tcpstate_owner *owner)
{
	return owner == &tcpstate_owner_initial;
}

struct tcpstate_owner *tcpstate_owner_get(const struct net *net);
struct tcpstate_owner *tcpstate_owner_get_uid(kuid_t uid);
void tcpstate_owner_put(struct tcpstate_owner *owner);

#endif
