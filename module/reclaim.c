// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes back the zones of interfaces that have no records any more. Counting the records of each
 * zone would cost each new record an atomic operation on a shared cache line. So this looks for
 * the zones in use among all records of the namespace instead, while its zones are scarce.
 */
#include "reclaim.h"

#include <linux/bitmap.h>
#include <linux/rcupdate.h>

#include "limit.h"
#include "walk.h"
#include "zone.h"

/* As long as a look at a record takes a walk through so many empty buckets. */
#define BUCKETS_PER_LOOK	16

/*
 * Set the bits of the interfaces that have records. Return how many looks at a record that took:
 * the walk meets those of all namespaces, unless this one has none.
 */
static unsigned int mark(struct tcpstate_net *tn, unsigned long *used)
{
	struct tcpstate_cursor cursor = {};
	struct tcpstate_copy copy;

	while (tcpstate_walk_next(tn, &cursor, &copy))
		__set_bit(tcpstate_zone_interface(&copy.flow), used);
	return cursor.bucket ? tcpstate_limit_used() + cursor.bucket / BUCKETS_PER_LOOK : 0;
}

/**
 * tcpstate_reclaim_zones() - take back the zones of interfaces without records
 * @tn: the namespace
 *
 * Do nothing without memory.
 *
 * Context: process; may sleep. One caller at a time.
 * Return: how many looks at a record that took.
 */
unsigned int tcpstate_reclaim_zones(struct tcpstate_net *tn)
{
	unsigned long *used = bitmap_zalloc(TCPSTATE_ZONE_INTERFACES, GFP_KERNEL);
	unsigned long *hidden = bitmap_zalloc(TCPSTATE_ZONE_INTERFACES, GFP_KERNEL);
	unsigned int looks = 0;

	if (used && hidden) {
		looks = mark(tn, used);
		tcpstate_zone_hide(tn, used, hidden);
		/* A packet may have found its zone before, and have no record yet. */
		synchronize_rcu();
		looks += mark(tn, used);
		tcpstate_zone_free_hidden(tn, used, hidden);
	}
	bitmap_free(used);
	bitmap_free(hidden);
	return looks;
}
