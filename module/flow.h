/* SPDX-License-Identifier: GPL-2.0-only */
/* The key and the record of one connection, and their layout. */
#ifndef TCPSTATE_FLOW_H
#define TCPSTATE_FLOW_H

#include <linux/build_bug.h>
#include <linux/types.h>

#include "engine/fsm.h"

/* Top bit of a zone: IPv6. */
#define TCPSTATE_ZONE_IPV6	0x80000000u

/** union tcpstate_addr - an IPv4 or IPv6 address */
union tcpstate_addr {
	/** @ip: IPv4 */
	__be32 ip;
	/** @ip6: IPv6 */
	__be32 ip6[4];
};

/**
 * struct tcpstate_key - the two ends of a connection
 *
 * Index 0 is the sender of the segment in a lookup, and the initiator in an insertion.
 */
struct tcpstate_key {
	/** @zone: namespace and interface, and TCPSTATE_ZONE_IPV6 */
	__u32 zone;
	/** @port: ports */
	__be16 port[2];
	/** @addr: addresses; the rest of an IPv4 address is not set */
	union tcpstate_addr addr[2];
};

/**
 * struct tcpstate_flow - the record of one connection
 *
 * The first cache line has the key and what a transition writes, the second has what every
 * segment writes, and the third, for IPv6 only, has the rest of the key.
 */
struct tcpstate_flow {
	/** @next: the record chained behind it in a full bucket; under the bucket's lock */
	struct tcpstate_flow *next;
	/**
	 * @id: the time of its first segment, which is also unique; ns since boot
	 * (CLOCK_BOOTTIME), with the number of the CPU as its lowest bits
	 */
	__u64 id;
	/**
	 * @lasted: how long after its first segment the last transition was, packed by
	 * tcpstate_flow_pack_lasted(); under the bucket's lock
	 */
	__u32 lasted;
	/**
	 * @owner: the accounts of the initiator's and the responder's sockets, by number; under
	 * the bucket's lock
	 */
	__u16 owner[2];
	/** @zone: as in struct tcpstate_key; constant */
	__u32 zone;
	/** @port: of the initiator and the responder; constant */
	__be16 port[2];
	union {
		/** @ip: IPv4 addresses of initiator and responder; constant */
		__be32 ip[2];
		/** @fold: the IPv6 addresses folded, to tell most of them apart */
		__be32 fold[2];
	};
	/** @conn: what the engine keeps; under the bucket's lock */
	struct tcpstate_conn conn;
	/* An IPv4 record ends here. */
	/** @ip6: IPv6 addresses of initiator and responder; constant */
	__be32 ip6[][4];
};

#define TCPSTATE_FLOW_BYTES_IPV4	sizeof(struct tcpstate_flow)
#define TCPSTATE_FLOW_BYTES_IPV6	(sizeof(struct tcpstate_flow) + 32)

static_assert(TCPSTATE_FLOW_BYTES_IPV4 <= 128);
static_assert(TCPSTATE_FLOW_BYTES_IPV6 <= 160);
#ifdef CONFIG_64BIT
static_assert(offsetof(struct tcpstate_flow, conn.end) == 64);
#endif

static inline bool tcpstate_flow_ipv6(const struct tcpstate_flow *flow)
{
	return flow->zone & TCPSTATE_ZONE_IPV6;
}

static inline enum tcpstate_family tcpstate_flow_family(const struct tcpstate_flow *flow)
{
	return tcpstate_flow_ipv6(flow) ? TCPSTATE_FAMILY_IPV6 : TCPSTATE_FAMILY_IPV4;
}

static inline unsigned int tcpstate_flow_bytes(const struct tcpstate_flow *flow)
{
	return tcpstate_flow_ipv6(flow) ? TCPSTATE_FLOW_BYTES_IPV6 :
					  TCPSTATE_FLOW_BYTES_IPV4;
}

/** struct tcpstate_copy - a copy of a record of either family */
struct tcpstate_copy {
	union {
		/** @flow: the record */
		struct tcpstate_flow flow;
		/** @bytes: room for an IPv6 one */
		u8 bytes[TCPSTATE_FLOW_BYTES_IPV6];
	};
};

__u32 tcpstate_flow_pack_lasted(__u64 ms);
__u64 tcpstate_flow_unpack_lasted(__u32 lasted);
void tcpstate_flow_set_lasted(struct tcpstate_flow *flow, __u64 now_ns);
bool tcpstate_flow_get_lasted(const struct tcpstate_flow *flow, __u64 *ms);
__u64 tcpstate_flow_in_state_ms(const struct tcpstate_flow *flow, __u64 now_ns);

int tcpstate_flow_init(void);
void tcpstate_flow_exit(void);

u32 tcpstate_flow_made(void);
struct tcpstate_flow *tcpstate_flow_alloc(bool ipv6);
struct tcpstate_flow *tcpstate_flow_renew(struct tcpstate_flow *flow, bool ipv6);
void tcpstate_flow_free(struct tcpstate_flow *flow);

__u32 tcpstate_flow_hash(const struct tcpstate_key *key);
int tcpstate_flow_match6(const struct tcpstate_flow *flow, const struct tcpstate_key *key);
bool tcpstate_flow_self(const struct tcpstate_key *key);
void tcpstate_flow_set_key(struct tcpstate_flow *flow,
			   const struct tcpstate_key *key, int initiator);
void tcpstate_flow_get_key(const struct tcpstate_flow *flow,
			   struct tcpstate_key *key);

/* Is end @first of the key the record's initiator, and the other end its responder? */
static inline bool tcpstate_flow_equal(const struct tcpstate_flow *flow,
				       const struct tcpstate_key *key, int first)
{
	return flow->port[0] == key->port[first] && flow->port[1] == key->port[!first] &&
	       flow->ip[0] == key->addr[first].ip && flow->ip[1] == key->addr[!first].ip;
}

/**
 * tcpstate_flow_match() - compare a record with a key, both ways round
 * @flow: the record
 * @key: the key
 *
 * Context: any; reads only what is constant in the record.
 * Return: TCPSTATE_INITIATOR or TCPSTATE_RESPONDER, whichever end of the record is end 0 of
 * the key (the initiator where both ends are the same); -1 if the record has another key.
 */
static inline int tcpstate_flow_match(const struct tcpstate_flow *flow,
				      const struct tcpstate_key *key)
{
	if (flow->zone != key->zone)
		return -1;
	if (tcpstate_flow_ipv6(flow))
		return tcpstate_flow_match6(flow, key);
	if (tcpstate_flow_equal(flow, key, 0))
		return TCPSTATE_INITIATOR;
	if (tcpstate_flow_equal(flow, key, 1))
		return TCPSTATE_RESPONDER;
	return -1;
}

#endif
