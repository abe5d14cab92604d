// SPDX-License-Identifier: GPL-2.0-only
/* The key and the record of one connection: hash, compare, allocate. */
#include "flow.h"

#include <linux/bottom_half.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "clock.h"

/* In @lasted: the rest of it is seconds, and not milliseconds. */
#define LASTED_SECONDS	BIT(31)

/*
 * The hash is keyed, because strangers choose the tuples and could otherwise fill one bucket.
 * The kernel offers hsiphash (SipHash-1-3 where a long has 64 bits) for just that. It takes
 * some 10 ns for the 16 bytes of an IPv4 key. Two multiplications would take 1 ns, but anybody
 * who may read /proc/tcpstate in a namespace of their own could calculate the key of that
 * hash from the order of the lines.
 */
static hsiphash_key_t secret __read_mostly;

static struct kmem_cache *ipv4_cache __read_mostly;
static struct kmem_cache *ipv6_cache __read_mostly;

/* struct ids - the last id that a CPU has given, and how many that were; wraps */
struct ids {
	u64 last;
	u32 given;
};

/*
 * CONFIG_DEBUG_FORCE_WEAK_PER_CPU wants the names of per-CPU variables to be unique in the whole
 * kernel, hence the prefix.
 */
static DEFINE_PER_CPU(struct ids, tcpstate_flow_ids);

/**
 * tcpstate_flow_pack_lasted() - pack how long a connection has lasted
 * @ms: milliseconds
 *
 * Kept as a duration, it is the same whenever it is read: the clock of deadlines is coarse, stands
 * still while the system is suspended, and wraps after 49 days.
 *
 * Context: any.
 * Return: milliseconds below 2^31 (24 days), seconds above, at most 2^31 - 1 (68 years).
 */
__u32 tcpstate_flow_pack_lasted(__u64 ms)
{
	if (ms < LASTED_SECONDS)
		return ms;
	return LASTED_SECONDS | min_t(u64, div_u64(ms, MSEC_PER_SEC), LASTED_SECONDS - 1);
}

/**
 * tcpstate_flow_unpack_lasted() - undo tcpstate_flow_pack_lasted()
 * @lasted: what it returned
 *
 * Context: any.
 * Return: milliseconds, as exact as they were kept.
 */
__u64 tcpstate_flow_unpack_lasted(__u32 lasted)
{
	if (!(lasted & LASTED_SECONDS))
		return lasted;
	return (u64)(lasted & ~LASTED_SECONDS) * MSEC_PER_SEC;
}

/**
 * tcpstate_flow_set_lasted() - keep when the last transition of a connection was
 * @flow: the record
 * @now_ns: when, from tcpstate_clock_now_ns() or tcpstate_clock_tick_ns()
 *
 * Context: the record's bucket locked.
 */
void tcpstate_flow_set_lasted(struct tcpstate_flow *flow, __u64 now_ns)
{
	u64 ns = tcpstate_clock_age_ns(flow->id, now_ns);

	flow->lasted = tcpstate_flow_pack_lasted(div_u64(ns, NSEC_PER_MSEC));
}

/**
 * tcpstate_flow_get_lasted() - tell how long a connection lasted that has ended
 * @flow: the record, or a copy
 * @ms: filled with the milliseconds from its first segment to its last transition
 *
 * Context: any; the caller has the record, or a copy, to itself.
 * Return: true if it has ended, and @ms is filled.
 */
bool tcpstate_flow_get_lasted(const struct tcpstate_flow *flow, __u64 *ms)
{
	if (tcpstate_conn_verdict(&flow->conn) == TCPSTATE_VERDICT_NONE)
		return false;
	*ms = tcpstate_flow_unpack_lasted(flow->lasted);
	return true;
}

/**
 * tcpstate_flow_in_state_ms() - tell for how long both ends have been in their states
 * @flow: the record, or a copy
 * @now_ns: now, from tcpstate_clock_now_ns()
 *
 * A connection that was picked up may have been in them before it was seen.
 *
 * Context: any; the caller has the record, or a copy, to itself.
 * Return: milliseconds since the last transition, or since the first segment if there was none.
 */
__u64 tcpstate_flow_in_state_ms(const struct tcpstate_flow *flow, __u64 now_ns)
{
	u64 age_ms = div_u64(tcpstate_clock_age_ns(flow->id, now_ns), NSEC_PER_MSEC);
	u64 lasted_ms = tcpstate_flow_unpack_lasted(flow->lasted);

	return age_ms > lasted_ms ? age_ms - lasted_ms : 0;
}

/**
 * tcpstate_flow_init() - make the caches of records and the hash's secret
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int tcpstate_flow_init(void)
{
	get_random_bytes(&secret, sizeof(secret));
	ipv4_cache = kmem_cache_create("tcpstate_ipv4", TCPSTATE_FLOW_BYTES_IPV4, 0,
				       SLAB_HWCACHE_ALIGN, NULL);
	if (!ipv4_cache)
		return -ENOMEM;
	/* A record that is aligned to cache lines would take 192 bytes instead of 160. */
	ipv6_cache = kmem_cache_create("tcpstate_ipv6", TCPSTATE_FLOW_BYTES_IPV6, 0, 0, NULL);
	if (!ipv6_cache) {
		kmem_cache_destroy(ipv4_cache);
		return -ENOMEM;
	}
	return 0;
}

/**
 * tcpstate_flow_exit() - undo tcpstate_flow_init() once all records are freed
 *
 * Context: process; may sleep.
 */
void tcpstate_flow_exit(void)
{
	kmem_cache_destroy(ipv6_cache);
	kmem_cache_destroy(ipv4_cache);
}

/*
 * Make an id: a time that is also unique. Its lowest bits are the number of the CPU, so that
 * CPUs share no counter. It is never ahead of the clock, unless a CPU makes more than one id
 * in as many ns as there are CPUs, or the clock stands still meanwhile.
 */
static u64 new_id(void)
{
	u64 step = roundup_pow_of_two(nr_cpu_ids);
	struct ids *ids;
	u64 id;

	local_bh_disable();
	/* There, another task may interrupt one whose bottom halves are off. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		preempt_disable();
	ids = this_cpu_ptr(&tcpstate_flow_ids);
	id = ((tcpstate_clock_now_ns() - step) & ~(step - 1)) | smp_processor_id();
	id = max(id, ids->last + step);
	ids->last = id;
	ids->given++;
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		preempt_enable();
	local_bh_enable();
	return id;
}

/**
 * tcpstate_flow_made() - tell how many records this CPU has made
 *
 * Context: bottom halves off.
 * Return: their number, also of those that were not inserted; wraps.
 */
u32 tcpstate_flow_made(void)
{
	return this_cpu_ptr(&tcpstate_flow_ids)->given;
}

static void begin(struct tcpstate_flow *flow, bool ipv6)
{
	flow->id = new_id();
	flow->zone = ipv6 ? TCPSTATE_ZONE_IPV6 : 0;
}

/**
 * tcpstate_flow_alloc() - allocate a record
 * @ipv6: with room for IPv6 addresses
 *
 * The record has its id and is zeroed otherwise. Its key is not set.
 *
 * Context: any up to softirq; does not sleep.
 * Return: the record, or NULL.
 */
struct tcpstate_flow *tcpstate_flow_alloc(bool ipv6)
{
	struct tcpstate_flow *flow;

	flow = kmem_cache_zalloc(ipv6 ? ipv6_cache : ipv4_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (flow)
		begin(flow, ipv6);
	return flow;
}

/**
 * tcpstate_flow_renew() - make a new record out of the memory of another one
 * @flow: the other one, in no bucket; freed if its memory does not fit
 * @ipv6: with room for IPv6 addresses
 *
 * Where the table is full, this spares one call to free memory and one to allocate it.
 *
 * Context: any up to softirq; does not sleep.
 * Return: what tcpstate_flow_alloc() returns.
 */
struct tcpstate_flow *tcpstate_flow_renew(struct tcpstate_flow *flow, bool ipv6)
{
	if (tcpstate_flow_ipv6(flow) != ipv6) {
		tcpstate_flow_free(flow);
		return tcpstate_flow_alloc(ipv6);
	}
	memset(flow, 0, ipv6 ? TCPSTATE_FLOW_BYTES_IPV6 : TCPSTATE_FLOW_BYTES_IPV4);
	begin(flow, ipv6);
	return flow;
}

/**
 * tcpstate_flow_free() - free a record that is in no bucket
 * @flow: the record
 *
 * Frees it at once, because there are no lockless readers.
 *
 * Context: any up to softirq.
 */
void tcpstate_flow_free(struct tcpstate_flow *flow)
{
	kmem_cache_free(tcpstate_flow_ipv6(flow) ? ipv6_cache : ipv4_cache, flow);
}

/* Address and port of an IPv4 end as one number, to compare both ends */
static u64 end_of(const struct tcpstate_key *key, int end)
{
	return (u64)(__force u32)key->addr[end].ip << 16 |
	       (__force u16)key->port[end];
}

static int compare6(const struct tcpstate_key *key)
{
	return memcmp(key->addr[0].ip6, key->addr[1].ip6, 16) ?:
	       (int)(__force u16)key->port[0] - (int)(__force u16)key->port[1];
}

/*
 * Hash the whole addresses and not what they fold to: the owner of a /64 can make any number
 * of addresses that fold to the same 32 bits.
 */
static u32 hash6(const struct tcpstate_key *key)
{
	int low = compare6(key) > 0;
	struct {
		union tcpstate_addr addr[2];
		__be16 port[2];
		u32 zone;
	} ends __aligned(HSIPHASH_ALIGNMENT) = {
		.addr = { key->addr[low], key->addr[!low] },
		.port = { key->port[low], key->port[!low] },
		.zone = key->zone,
	};

	return hsiphash(&ends, sizeof(ends), &secret);
}

/**
 * tcpstate_flow_hash() - hash a key, with the same result either way round
 * @key: the key
 *
 * Put the ends in order first. That costs less than hashing each of them, and no relation
 * between them cancels out.
 *
 * Context: any.
 * Return: 32 bits.
 */
u32 tcpstate_flow_hash(const struct tcpstate_key *key)
{
	u64 low, high;

	if (key->zone & TCPSTATE_ZONE_IPV6)
		return hash6(key);
	low = end_of(key, 0);
	high = end_of(key, 1);
	if (low > high)
		swap(low, high);
	return hsiphash_4u32(low >> 16, high >> 16, low << 16 | (high & 0xffff),
			     key->zone, &secret);
}

static __be32 fold(const __be32 ip6[4])
{
	return ip6[0] ^ ip6[1] ^ ip6[2] ^ ip6[3];
}

static bool equal6(const struct tcpstate_flow *flow, const struct tcpstate_key *key, int first)
{
	const __be32 *a = key->addr[first].ip6, *b = key->addr[!first].ip6;

	return flow->port[0] == key->port[first] && flow->port[1] == key->port[!first] &&
	       flow->fold[0] == fold(a) && flow->fold[1] == fold(b) &&
	       !memcmp(flow->ip6[0], a, sizeof(flow->ip6[0])) &&
	       !memcmp(flow->ip6[1], b, sizeof(flow->ip6[1]));
}

/**
 * tcpstate_flow_match6() - tcpstate_flow_match() for IPv6
 * @flow: the record
 * @key: the key, of the same zone
 *
 * Context: any; reads only what is constant in the record.
 * Return: what tcpstate_flow_match() returns.
 */
int tcpstate_flow_match6(const struct tcpstate_flow *flow, const struct tcpstate_key *key)
{
	if (equal6(flow, key, 0))
		return TCPSTATE_INITIATOR;
	if (equal6(flow, key, 1))
		return TCPSTATE_RESPONDER;
	return -1;
}

/**
 * tcpstate_flow_self() - tell whether an end is connected with itself
 * @key: the key
 *
 * Context: any.
 * Return: true if both ends are the same.
 */
bool tcpstate_flow_self(const struct tcpstate_key *key)
{
	if (key->zone & TCPSTATE_ZONE_IPV6)
		return !compare6(key);
	return end_of(key, 0) == end_of(key, 1);
}

/**
 * tcpstate_flow_set_key() - set the key of a new record
 * @flow: the record, which is of the key's family and not inserted yet
 * @key: the key
 * @initiator: which end of the key the initiator is
 *
 * Context: any.
 */
void tcpstate_flow_set_key(struct tcpstate_flow *flow,
			   const struct tcpstate_key *key, int initiator)
{
	int end;

	flow->zone = key->zone;
	for (end = 0; end < 2; end++) {
		const union tcpstate_addr *addr = &key->addr[end ^ initiator];

		flow->port[end] = key->port[end ^ initiator];
		if (tcpstate_flow_ipv6(flow)) {
			flow->fold[end] = fold(addr->ip6);
			memcpy(flow->ip6[end], addr->ip6, sizeof(addr->ip6));
		} else {
			flow->ip[end] = addr->ip;
		}
	}
}

/**
 * tcpstate_flow_get_key() - read the key of a record, with the initiator as its end 0
 * @flow: the record
 * @key: filled with the key
 *
 * Context: any; reads only what is constant in the record.
 */
void tcpstate_flow_get_key(const struct tcpstate_flow *flow,
			   struct tcpstate_key *key)
{
	int end;

	key->zone = flow->zone;
	for (end = 0; end < 2; end++) {
		key->port[end] = flow->port[end];
		if (tcpstate_flow_ipv6(flow))
			memcpy(key->addr[end].ip6, flow->ip6[end],
			       sizeof(flow->ip6[end]));
		else
			key->addr[end].ip = flow->ip[end];
	}
}
