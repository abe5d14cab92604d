// SPDX-License-Identifier: GPL-2.0-only
/* One bucket of the table: insert, find and remove records. */
#include "bucket.h"

#ifdef CONFIG_PREEMPT_RT
/* Each is the lock of many buckets: see DOC: locking in table.c. */
spinlock_t tcpstate_bucket_locks[TCPSTATE_LOCKS];
#elif defined(CONFIG_DEBUG_LOCK_ALLOC)
struct lockdep_map tcpstate_bucket_map =
	STATIC_LOCKDEP_MAP_INIT("tcpstate_bucket", &tcpstate_bucket_map);
#endif

/**
 * tcpstate_bucket_init_locks() - make the locks that are not in the buckets
 *
 * Context: any, before a bucket is locked.
 */
void tcpstate_bucket_init_locks(void)
{
#ifdef CONFIG_PREEMPT_RT
	unsigned int i;

	for (i = 0; i < TCPSTATE_LOCKS; i++)
		spin_lock_init(&tcpstate_bucket_locks[i]);
#endif
}

/* Put @flow with what is chained behind it into a slot. NULL frees the slot. */
static void set_slot(struct tcpstate_bucket *bucket, unsigned int i,
		     struct tcpstate_flow *flow, unsigned long tag)
{
	unsigned long head = bucket->head & ~(0xfful << 8 * i | BIT(TCPSTATE_CHAIN_BIT(i)));

	head |= tag & 0xfful << 8 * i;
	if (flow && flow->next)
		head |= BIT(TCPSTATE_CHAIN_BIT(i));
	bucket->slot[i] = flow;
	WRITE_ONCE(bucket->head, head);
}

static unsigned long tag_of(const struct tcpstate_flow *flow)
{
	struct tcpstate_key key;

	tcpstate_flow_get_key(flow, &key);
	return tcpstate_bucket_tag(tcpstate_flow_hash(&key));
}

/**
 * tcpstate_bucket_is_full() - tell whether a bucket has no room for one more record of a key
 * @place: the place of the key
 *
 * Context: the bucket locked.
 * Return: true if all slots are taken, and the chain of the key's tag is as long as it may be.
 */
bool tcpstate_bucket_is_full(const struct tcpstate_place *place)
{
	const struct tcpstate_bucket *bucket = place->bucket;
	const struct tcpstate_flow *flow;
	unsigned int n = 0;

	if (likely(tcpstate_bucket_tagged(bucket->head, 0)))
		return false;
	flow = bucket->slot[tcpstate_bucket_chain(place->tag)]->next;
	for (; flow; flow = flow->next)
		n++;
	return n >= TCPSTATE_CHAIN_MAX;
}

/**
 * tcpstate_bucket_insert() - put a record into its bucket
 * @place: the place of its key, where tcpstate_bucket_is_full() is false
 * @flow: the record, with its key set
 *
 * Context: the bucket locked.
 */
void tcpstate_bucket_insert(const struct tcpstate_place *place, struct tcpstate_flow *flow)
{
	struct tcpstate_bucket *bucket = place->bucket;
	unsigned long free = tcpstate_bucket_tagged(bucket->head, 0);
	unsigned int chain = tcpstate_bucket_chain(place->tag);

	if (likely(free)) {
		flow->next = NULL;
		set_slot(bucket, __ffs(free) / 8, flow, place->tag);
		return;
	}
	flow->next = bucket->slot[chain]->next;
	bucket->slot[chain]->next = flow;
	WRITE_ONCE(bucket->head, bucket->head | BIT(TCPSTATE_CHAIN_BIT(chain)));
}

/* Take the first record that is chained behind a slot out of the chain. */
static struct tcpstate_flow *unchain_first(struct tcpstate_bucket *bucket, unsigned int i)
{
	struct tcpstate_flow *flow = bucket->slot[i]->next;

	bucket->slot[i]->next = flow->next;
	if (!flow->next)
		WRITE_ONCE(bucket->head, bucket->head & ~BIT(TCPSTATE_CHAIN_BIT(i)));
	flow->next = NULL;
	return flow;
}

static void unchain(struct tcpstate_bucket *bucket, const struct tcpstate_flow *flow)
{
	unsigned int i = tcpstate_bucket_chain(tag_of(flow));
	struct tcpstate_flow *prev = bucket->slot[i];

	if (prev->next == flow) {
		unchain_first(bucket, i);
		return;
	}
	while (prev->next != flow)
		prev = prev->next;
	prev->next = flow->next;
}

/**
 * tcpstate_bucket_remove() - take a record out of its bucket
 * @bucket: the bucket
 * @flow: the record, in it
 *
 * A chained record, if there is one, takes the slot that becomes free: there may be chains
 * only while all slots are taken.
 *
 * Context: the bucket locked.
 */
void tcpstate_bucket_remove(struct tcpstate_bucket *bucket, const struct tcpstate_flow *flow)
{
	unsigned long chains = bucket->head >> TCPSTATE_CHAIN_BIT(0);
	struct tcpstate_flow *heir = NULL;
	unsigned int i;

	for (i = 0; i < TCPSTATE_SLOTS && bucket->slot[i] != flow; i++)
		;
	if (i == TCPSTATE_SLOTS) {
		unchain(bucket, flow);
		return;
	}
	if (flow->next)
		heir = flow->next;
	else if (chains)
		heir = unchain_first(bucket, __ffs(chains));
	set_slot(bucket, i, heir, heir ? tag_of(heir) : 0);
}

static bool fits(const struct tcpstate_flow *flow, const struct tcpstate_key *key,
		 bool pending, int *from)
{
	*from = tcpstate_flow_match(flow, key);
	return *from >= 0 && pending == !!(flow->conn.flags & TCPSTATE_F_PENDING);
}

/**
 * tcpstate_bucket_find() - find the record of a key
 * @place: the key's place
 * @key: the key, either way round
 * @pending: find the record that waits to replace another one of that key, not that one
 * @from: set to the end of the record that end 0 of the key is
 *
 * Context: the bucket locked; the lock also keeps the record.
 * Return: the record, or NULL.
 */
struct tcpstate_flow *tcpstate_bucket_find(const struct tcpstate_place *place,
					   const struct tcpstate_key *key, bool pending,
					   int *from)
{
	const struct tcpstate_bucket *bucket = place->bucket;
	unsigned long found = tcpstate_bucket_tagged(bucket->head, place->tag);
	unsigned int chain = tcpstate_bucket_chain(place->tag);
	struct tcpstate_flow *flow;

	for (; found; found &= found - 1) {
		flow = bucket->slot[__ffs(found) / 8];
		if (fits(flow, key, pending, from))
			return flow;
	}
	if (likely(!(bucket->head & BIT(TCPSTATE_CHAIN_BIT(chain)))))
		return NULL;
	for (flow = bucket->slot[chain]->next; flow; flow = flow->next)
		if (fits(flow, key, pending, from))
			return flow;
	return NULL;
}

/**
 * tcpstate_bucket_gather() - list the records of a bucket
 * @bucket: the bucket
 * @flows: filled with its records
 *
 * Removing one of them moves others within the bucket, but leaves the list right.
 *
 * Context: the bucket locked.
 * Return: how many records it has.
 */
unsigned int tcpstate_bucket_gather(const struct tcpstate_bucket *bucket,
				    struct tcpstate_flow *flows[TCPSTATE_CROWD_MAX])
{
	struct tcpstate_flow *flow;
	unsigned int n = 0, i;

	for (i = 0; i < TCPSTATE_SLOTS; i++)
		for (flow = bucket->slot[i]; flow; flow = flow->next)
			if (!WARN_ON_ONCE(n == TCPSTATE_CROWD_MAX))
				flows[n++] = flow;
	return n;
}
