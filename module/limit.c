// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many records there may be: the limit for all namespaces together, and the reserve of
 * each.
 */
#include "limit.h"

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/minmax.h>

/* A namespace's reserve is this share of the limit, but at least so many records. */
#define RESERVE_SHARE	64
#define RESERVE_MIN	16

static unsigned int limit_now __read_mostly;
/* The limit that was set when the module was loaded */
static unsigned int limit_at_load __read_mostly;

/*
 * The room taken by records and by reserves. No record is added that would take it above the
 * limit. It has a cache line of its own, because where __read_mostly has no section it would
 * otherwise share the line of what each segment reads.
 */
static struct {
	atomic_t taken;
} ____cacheline_aligned_in_smp room;
/* The sum of all reserves */
static atomic_t reserved;

/**
 * tcpstate_limit_init() - set the limit that the table is made for
 * @max_records: the limit
 *
 * Context: process, before there is a namespace.
 */
void tcpstate_limit_init(unsigned int max_records)
{
	limit_now = max_records;
	limit_at_load = max_records;
}

/**
 * tcpstate_limit_take() - take room for a record
 * @tn: its namespace
 *
 * There always is room within the namespace's reserve.
 *
 * Context: any.
 * Return: true if there is room. If false, the caller must still call
 * tcpstate_limit_give().
 */
bool tcpstate_limit_take(struct tcpstate_net *tn)
{
	if (atomic_inc_return(&tn->records) <= tn->reserve)
		return true;
	return atomic_inc_return(&room.taken) <= READ_ONCE(limit_now);
}

/**
 * tcpstate_limit_give() - give back what tcpstate_limit_take() took, or was refused
 * @tn: the namespace
 *
 * Each step of the number of records above the reserve, up or down, changes the room taken by
 * one. So room that was refused has to be given back as well.
 *
 * Context: any.
 */
void tcpstate_limit_give(struct tcpstate_net *tn)
{
	if (atomic_dec_return(&tn->records) >= tn->reserve)
		atomic_dec(&room.taken);
}

/**
 * tcpstate_limit_reserve() - grant a namespace its reserve
 * @tn: the namespace
 *
 * Grant reserves as long as they leave half of the table to everybody.
 *
 * Context: process.
 */
void tcpstate_limit_reserve(struct tcpstate_net *tn)
{
	unsigned int max = READ_ONCE(limit_now);

	tn->reserve = max_t(u32, max / RESERVE_SHARE, RESERVE_MIN);
	if (atomic_add_return(tn->reserve, &reserved) > max / 2) {
		atomic_sub(tn->reserve, &reserved);
		tn->reserve = 0;
	}
	/*
	 * In a full table this exceeds the limit. The other namespaces then get no more
	 * room until they are down to what is left to them.
	 */
	atomic_add(tn->reserve, &room.taken);
}

/**
 * tcpstate_limit_unreserve() - take back a namespace's reserve
 * @tn: the namespace, without records
 *
 * Context: process.
 */
void tcpstate_limit_unreserve(struct tcpstate_net *tn)
{
	atomic_sub(tn->reserve, &room.taken);
	atomic_sub(tn->reserve, &reserved);
}

/**
 * tcpstate_limit_get_max() - tell the limit of records
 *
 * Context: any.
 * Return: the limit.
 */
unsigned int tcpstate_limit_get_max(void)
{
	return READ_ONCE(limit_now);
}

/**
 * tcpstate_limit_min() - tell the least value that the limit may be set to
 *
 * Reserves that were granted stay granted, and must leave at least half to everybody.
 *
 * Context: any.
 * Return: the least limit.
 */
unsigned int tcpstate_limit_min(void)
{
	return max_t(unsigned int, TCPSTATE_MAX_RECORDS_MIN,
		     2 * atomic_read(&reserved));
}

/**
 * tcpstate_limit_size() - tell the limit that the table was made for
 *
 * Context: any.
 * Return: what tcpstate_limit_init() was given.
 */
unsigned int tcpstate_limit_size(void)
{
	return limit_at_load;
}

/**
 * tcpstate_limit_used() - tell how much room records and reserves take
 *
 * Context: any.
 * Return: how many records that is.
 */
unsigned int tcpstate_limit_used(void)
{
	return atomic_read(&room.taken);
}

/**
 * tcpstate_limit_set_max() - change the limit
 * @max_records: from tcpstate_limit_min() to tcpstate_limit_size()
 *
 * End no record because of a lower limit. New records then take the place of others.
 *
 * Context: any.
 * Return: the limit before.
 */
unsigned int tcpstate_limit_set_max(unsigned int max_records)
{
	return xchg(&limit_now, max_records);
}
