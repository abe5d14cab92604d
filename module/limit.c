// SPDX-License-Identifier: GPL-2.0-only
/* How many records there may be, and how they are shared out between owners. */
#include "limit.h"

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/math64.h>

/**
 * DOC: shares
 *
 * While there is room, everybody gets it. In a full table a new record needs a victim, and then
 * the share counts: the limit, divided by the number of owners that have records. An owner
 * within its share loses no record to another one. Empty namespaces have no share.
 *
 * All owners but the initial one have together no more than a part of the table
 * (others_percent). So however many users there are, and whatever they do, the rest of the table
 * is left to the initial one.
 */

static unsigned int limit_now __read_mostly;
/* The limit that was set when the module was loaded */
static unsigned int limit_at_load __read_mostly;
/* How much of the limit all owners but the initial one may have, in percent */
static unsigned int others_percent __read_mostly;

/*
 * How many records there are. It has a cache line of its own, because where __read_mostly has
 * no section it would otherwise share the line of what each segment reads.
 */
static struct {
	atomic_t records;
} all ____cacheline_aligned_in_smp;

/* The same for all owners but the initial one, and how many of them have records */
static struct {
	atomic_t records;
	atomic_t owners;
} others ____cacheline_aligned_in_smp;

/**
 * tcpstate_limit_init() - set the limit that the table is made for
 * @max_records: the limit
 * @percent: how much of it all owners but the initial one may have
 *
 * Context: process, before there is a namespace.
 */
void tcpstate_limit_init(unsigned int max_records, unsigned int percent)
{
	limit_now = max_records;
	limit_at_load = max_records;
	others_percent = percent;
}

static unsigned int cap(void)
{
	return mul_u64_u32_div(READ_ONCE(limit_now), others_percent, 100);
}

/**
 * tcpstate_limit_is_capped() - tell whether an owner may only replace records of such owners
 * @owner: the owner
 *
 * Context: any.
 * Return: true if it is not the initial one, and all of these have as many records as they may.
 */
bool tcpstate_limit_is_capped(const struct tcpstate_owner *owner)
{
	return !tcpstate_owner_is_initial(owner) && atomic_read(&others.records) >= cap();
}

static void add_other(struct tcpstate_owner *owner)
{
	if (tcpstate_owner_is_initial(owner))
		return;
	atomic_inc(&others.records);
	if (atomic_inc_return(&owner->records) == 1)
		atomic_inc(&others.owners);
}

/**
 * tcpstate_limit_take() - take room for a record
 * @owner: its owner
 *
 * Context: any.
 * Return: false if there is none.
 */
bool tcpstate_limit_take(struct tcpstate_owner *owner)
{
	unsigned int max = READ_ONCE(limit_now);

	/* Write nothing where the table is full, because all CPUs share that cache line. */
	if (atomic_read(&all.records) >= max || tcpstate_limit_is_capped(owner))
		return false;
	if (unlikely(atomic_inc_return(&all.records) > max)) {
		/* Another CPU has taken the last room. */
		atomic_dec(&all.records);
		return false;
	}
	add_other(owner);
	return true;
}

/**
 * tcpstate_limit_give() - give back the room of a record
 * @owner: its owner
 *
 * Context: any.
 */
void tcpstate_limit_give(struct tcpstate_owner *owner)
{
	atomic_dec(&all.records);
	if (tcpstate_owner_is_initial(owner))
		return;
	atomic_dec(&others.records);
	if (atomic_dec_and_test(&owner->records))
		atomic_dec(&others.owners);
}

/**
 * tcpstate_limit_take_over() - take the room of a record that has just ended
 * @owner: the owner of the new record
 *
 * Context: any, after the room of the other one was given back.
 */
void tcpstate_limit_take_over(struct tcpstate_owner *owner)
{
	atomic_inc(&all.records);
	add_other(owner);
}

/**
 * tcpstate_limit_pass() - pass the room of a record to another owner, or the same
 * @from: the owner of the record
 * @to: the owner of the new one
 *
 * Context: any.
 */
void tcpstate_limit_pass(struct tcpstate_owner *from, struct tcpstate_owner *to)
{
	if (from == to)
		return;
	/* First take, so that the table does not look as if it had room meanwhile. */
	tcpstate_limit_take_over(to);
	tcpstate_limit_give(from);
}

/**
 * tcpstate_limit_share() - tell how many records an owner keeps in a full table
 * @owner: the owner, which has a record or wants one
 *
 * Context: any.
 * Return: the limit, divided by the initial owner, this one, and all others that have records.
 */
unsigned int tcpstate_limit_share(const struct tcpstate_owner *owner)
{
	int owners = 1 + max(atomic_read(&others.owners), 0);

	if (!tcpstate_owner_is_initial(owner) && !atomic_read(&owner->records))
		owners++;
	return READ_ONCE(limit_now) / owners;
}

/**
 * tcpstate_limit_excess() - tell how far an owner is above its share
 * @owner: the owner
 * @share: the share
 *
 * Context: any.
 * Return: records; negative where it is below.
 */
int tcpstate_limit_excess(const struct tcpstate_owner *owner, unsigned int share)
{
	int records = tcpstate_owner_is_initial(owner) ?
		      atomic_read(&all.records) - atomic_read(&others.records) :
		      atomic_read(&owner->records);

	return records - (int)share;
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
 * tcpstate_limit_used() - tell how many records there are
 *
 * Context: any.
 * Return: those of all namespaces, also of those that have ended.
 */
unsigned int tcpstate_limit_used(void)
{
	return atomic_read(&all.records);
}

/**
 * tcpstate_limit_others() - tell how many records all owners but the initial one have
 *
 * Context: any.
 * Return: their number.
 */
unsigned int tcpstate_limit_others(void)
{
	return max(atomic_read(&others.records), 0);
}

/**
 * tcpstate_limit_set_max() - change the limit
 * @max_records: up to tcpstate_limit_size()
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
