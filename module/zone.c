// SPDX-License-Identifier: GPL-2.0-only
/*
 * Zones: one number in the key of a record for its namespace and, where addresses belong to
 * an interface, for that interface.
 */
#include "zone.h"

#include <linux/bitops.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include "owner.h"

/* The upper part of a zone is for the namespace, the lower one for the interface. */
#define ZONE_SHIFT	ilog2(TCPSTATE_ZONE_INTERFACES)
#define ZONE_LOW	GENMASK(ZONE_SHIFT - 1, 0)
#define NETS_MAX	GENMASK(30 - ZONE_SHIFT, 0)

/* From so many interfaces on, look for those that have no records. */
#define SCARCE		(TCPSTATE_ZONE_INTERFACES * 3 / 4)

/*
 * All namespaces by number; changed in process context, read under RCU. A number whose namespace
 * is ending has the namespace's owner in its place, tagged by ENDED.
 */
static DEFINE_XARRAY_ALLOC1(nets);
#define ENDED		1

/*
 * RETIRED: the number of an ended namespace, to which no packet adds records any more.
 * PASSED: it was retired before the current pass began.
 */
#define MARK_RETIRED	XA_MARK_1
#define MARK_PASSED	XA_MARK_2

/* The namespace of a zone, or NULL if it has ended or is ending */
static struct tcpstate_net *net_of(u32 zone)
{
	void *entry = xa_load(&nets, (zone & ~TCPSTATE_ZONE_IPV6) >> ZONE_SHIFT);

	return xa_pointer_tag(entry) ? NULL : entry;
}

static void give_back(struct tcpstate_net *tn, u32 low)
{
	lockdep_assert_held(&tn->zones_lock);
	xa_erase_bh(&tn->ifindexes, low);
	atomic_dec(&tn->interfaces);
}

/* Give an interface a number, unless it has one, and set @entry to it. */
static int give(struct tcpstate_net *tn, int ifindex, void **entry)
{
	const gfp_t gfp = GFP_ATOMIC | __GFP_NOWARN;
	u32 low;
	int err;

	lockdep_assert_held(&tn->zones_lock);
	*entry = xa_load(&tn->zones, ifindex);
	if (*entry)
		return 0;
	/* A number that was given back is used again as late as possible. */
	err = xa_alloc_cyclic_bh(&tn->ifindexes, &low, xa_mk_value(ifindex),
				 XA_LIMIT(1, ZONE_LOW), &tn->last_interface, gfp);
	if (err < 0)
		return err == -EBUSY ? -ENOSPC : err;
	atomic_inc(&tn->interfaces);
	*entry = xa_mk_value(low);
	err = xa_err(xa_store_bh(&tn->zones, ifindex, *entry, gfp));
	if (err)
		give_back(tn, low);
	return err;
}

/**
 * tcpstate_zone_get() - find or make the zone of a namespace and an interface
 * @tn: the namespace
 * @ifindex: the interface whose tuples are its own (link-local, VRF), or 0
 * @zone: set to the zone without TCPSTATE_ZONE_IPV6
 *
 * Context: any up to softirq, under rcu_read_lock() until a record with that zone is inserted;
 * takes a lock only when it first sees an interface.
 * Return: 0; -ENOMEM; -ENOSPC while too many interfaces have records.
 */
int tcpstate_zone_get(struct tcpstate_net *tn, int ifindex, u32 *zone)
{
	void *entry;
	int err = 0;

	*zone = tn->zone;
	if (!ifindex)
		return 0;
	entry = xa_load(&tn->zones, ifindex);
	if (unlikely(!entry)) {
		spin_lock_bh(&tn->zones_lock);
		err = give(tn, ifindex, &entry);
		spin_unlock_bh(&tn->zones_lock);
	}
	if (!err)
		*zone |= xa_to_value(entry);
	return err;
}

/**
 * tcpstate_zone_find() - find the zone of a namespace and an interface
 * @tn: the namespace
 * @ifindex: the interface, or 0
 * @zone: set to the zone without TCPSTATE_ZONE_IPV6
 *
 * Context: any.
 * Return: false if that interface never had a connection of its own.
 */
bool tcpstate_zone_find(struct tcpstate_net *tn, int ifindex, u32 *zone)
{
	void *entry = ifindex ? xa_load(&tn->zones, ifindex) : NULL;

	*zone = tn->zone | (entry ? xa_to_value(entry) : 0);
	return entry || !ifindex;
}

/**
 * tcpstate_zone_interface() - tell the part of a record's zone that is for the interface
 * @flow: the record, or a copy
 *
 * Context: any.
 * Return: the number, below TCPSTATE_ZONE_INTERFACES; 0 if no interface matters.
 */
unsigned int tcpstate_zone_interface(const struct tcpstate_flow *flow)
{
	return flow->zone & ZONE_LOW;
}

/**
 * tcpstate_zone_is_scarce() - tell whether a namespace has few zones left for interfaces
 * @tn: the namespace
 *
 * Context: any.
 * Return: true if those without records should be taken back.
 */
bool tcpstate_zone_is_scarce(const struct tcpstate_net *tn)
{
	return atomic_read(&tn->interfaces) >= SCARCE;
}

/**
 * tcpstate_zone_hide() - let no packet find the zones of interfaces without records
 * @tn: the namespace
 * @used: a bit for each interface that has records, by tcpstate_zone_interface()
 * @hidden: set to the interfaces whose zones no packet finds any more
 *
 * An interface whose zone is hidden gets another one with its next packet.
 *
 * Context: process; one caller at a time.
 */
void tcpstate_zone_hide(struct tcpstate_net *tn, const unsigned long *used,
			unsigned long *hidden)
{
	unsigned long low;
	void *ifindex;

	for (low = 1; low < TCPSTATE_ZONE_INTERFACES; low++) {
		if (test_bit(low, used))
			continue;
		spin_lock_bh(&tn->zones_lock);
		ifindex = xa_load(&tn->ifindexes, low);
		if (ifindex)
			__set_bit(low, hidden);
		/* The interface may have another one by now. */
		if (ifindex && xa_load(&tn->zones, xa_to_value(ifindex)) == xa_mk_value(low))
			xa_erase_bh(&tn->zones, xa_to_value(ifindex));
		spin_unlock_bh(&tn->zones_lock);
	}
}

/**
 * tcpstate_zone_free_hidden() - take back hidden zones
 * @tn: the namespace
 * @used: a bit for each interface that has records, found an RCU grace period after
 *	  tcpstate_zone_hide()
 * @hidden: what tcpstate_zone_hide() has set
 *
 * Let packets find a zone again that got a record while it was being hidden, unless its
 * interface has another one by now.
 *
 * Context: process; one caller at a time.
 */
void tcpstate_zone_free_hidden(struct tcpstate_net *tn, const unsigned long *used,
			       const unsigned long *hidden)
{
	unsigned long low, ifindex;

	for_each_set_bit(low, hidden, TCPSTATE_ZONE_INTERFACES) {
		spin_lock_bh(&tn->zones_lock);
		ifindex = xa_to_value(xa_load(&tn->ifindexes, low));
		if (!test_bit(low, used))
			give_back(tn, low);
		else if (!xa_load(&tn->zones, ifindex))
			/* Without memory it stays hidden, and is taken back another time. */
			xa_store_bh(&tn->zones, ifindex, xa_mk_value(low), GFP_ATOMIC);
		spin_unlock_bh(&tn->zones_lock);
	}
}

/**
 * tcpstate_zone_find_ifindex() - find the interface of a zone
 * @zone: the zone, with or without TCPSTATE_ZONE_IPV6
 *
 * Context: any.
 * Return: its index; 0 if the zone is that of a whole namespace or is not known.
 */
int tcpstate_zone_find_ifindex(u32 zone)
{
	struct tcpstate_net *tn;
	void *entry = NULL;

	if (!(zone & ZONE_LOW))
		return 0;
	rcu_read_lock();
	tn = net_of(zone);
	if (tn)
		entry = xa_load(&tn->ifindexes, zone & ZONE_LOW);
	rcu_read_unlock();
	return entry ? xa_to_value(entry) : 0;
}

/**
 * tcpstate_zone_is_of() - tell whether a record is of a namespace
 * @tn: the namespace
 * @flow: the record
 *
 * Context: any; the record can't go away.
 * Return: true if it is.
 */
bool tcpstate_zone_is_of(const struct tcpstate_net *tn,
			 const struct tcpstate_flow *flow)
{
	return !((flow->zone ^ tn->zone) & ~(TCPSTATE_ZONE_IPV6 | ZONE_LOW));
}

/**
 * tcpstate_zone_find_net() - find the namespace of a record
 * @flow: the record
 *
 * Context: any, under rcu_read_lock(), which keeps the namespace; the record can't go away.
 * Return: the namespace; NULL if it has ended, or is ending, and the record is left over.
 */
struct tcpstate_net *tcpstate_zone_find_net(const struct tcpstate_flow *flow)
{
	return net_of(flow->zone);
}

/**
 * tcpstate_zone_find_owner() - find the owner of a record that is left over
 * @flow: the record, for which tcpstate_zone_find_net() returned NULL
 *
 * Context: any, under rcu_read_lock(); the record can't go away.
 * Return: the owner of the namespace that it was of.
 */
struct tcpstate_owner *tcpstate_zone_find_owner(const struct tcpstate_flow *flow)
{
	return xa_untag_pointer(xa_load(&nets, (flow->zone & ~TCPSTATE_ZONE_IPV6) >> ZONE_SHIFT));
}

/**
 * tcpstate_zone_net_init() - give a namespace its number
 * @tn: the namespace, which others can find afterwards
 *
 * Context: process; may sleep.
 * Return: 0, -ENOMEM, or -EBUSY with half a million namespaces.
 */
int tcpstate_zone_net_init(struct tcpstate_net *tn)
{
	u32 number;
	int err;

	spin_lock_init(&tn->zones_lock);
	xa_init_flags(&tn->zones, XA_FLAGS_LOCK_BH);
	xa_init_flags(&tn->ifindexes, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	err = xa_alloc(&nets, &number, NULL, XA_LIMIT(1, NETS_MAX), GFP_KERNEL);
	if (err)
		return err;
	tn->zone = number << ZONE_SHIFT;
	xa_store(&nets, number, tn, GFP_KERNEL);
	return 0;
}

/**
 * tcpstate_zone_net_pre_exit() - hide a namespace
 * @tn: the namespace
 *
 * From now on its records are left over, and whoever comes by may free them. An RCU grace period
 * has to pass before tcpstate_zone_net_exit(). The one that follows
 * pernet_operations.pre_exit serves many namespaces at once.
 *
 * Context: process; may sleep.
 */
void tcpstate_zone_net_pre_exit(struct tcpstate_net *tn)
{
	/* An entry is there already, so this needs no memory. */
	xa_store(&nets, tn->zone >> ZONE_SHIFT, xa_tag_pointer(tn->owner, ENDED), GFP_KERNEL);
}

/**
 * tcpstate_zone_net_exit() - retire the number and free the zones of a namespace
 * @tn: the namespace, which is hidden, and to which nobody adds records any more
 * @records: whether it may have left records
 *
 * A number is used again only after a pass over the table that began afterwards
 * (tcpstate_zone_end_pass()), or at once where no record has it.
 *
 * Context: process; may sleep.
 */
void tcpstate_zone_net_exit(struct tcpstate_net *tn, bool records)
{
	unsigned long number = tn->zone >> ZONE_SHIFT;

	if (records) {
		xa_set_mark(&nets, number, MARK_RETIRED);
	} else {
		xa_erase(&nets, number);
		tcpstate_owner_put(tn->owner);
	}
	xa_destroy(&tn->zones);
	xa_destroy(&tn->ifindexes);
}

/**
 * tcpstate_zone_begin_pass() - begin to free what is left over of namespaces
 *
 * Context: process; one caller at a time.
 */
void tcpstate_zone_begin_pass(void)
{
	unsigned long number;
	void *entry;

	xa_for_each_marked(&nets, number, entry, MARK_RETIRED) {
		xa_clear_mark(&nets, number, MARK_RETIRED);
		xa_set_mark(&nets, number, MARK_PASSED);
	}
}

/**
 * tcpstate_zone_end_pass() - free the numbers that no record has any more
 *
 * Those are the ones that were retired before tcpstate_zone_begin_pass(). All that was left over
 * in the table since then must have been freed.
 *
 * Context: process; may sleep. One caller at a time.
 */
void tcpstate_zone_end_pass(void)
{
	unsigned long number;
	void *entry;

	xa_for_each_marked(&nets, number, entry, MARK_PASSED) {
		xa_erase(&nets, number);
		tcpstate_owner_put(xa_untag_pointer(entry));
		cond_resched();
	}
}

/**
 * tcpstate_zone_exit() - free the list of numbers, once no namespace is left
 *
 * Context: process; may sleep.
 */
void tcpstate_zone_exit(void)
{
	tcpstate_zone_begin_pass();
	tcpstate_zone_end_pass();
	xa_destroy(&nets);
}
