/* SPDX-License-Identifier: GPL-2.0-only */
/* Filters: which connections a request asks for. */
#ifndef TCPSTATE_FILTER_H
#define TCPSTATE_FILTER_H

#include <linux/types.h>

#include "flow.h"

struct user_namespace;

/** struct tcpstate_match - an address prefix and a range of ports */
struct tcpstate_match {
	/** @addr: the address, unless @family is 0 */
	union tcpstate_addr addr;
	/** @family: enum tcpstate_family of @addr; 0: any address */
	u8 family;
	/** @prefix_len: bits of @addr that count */
	u8 prefix_len;
	/** @port_min: smallest port */
	u16 port_min;
	/** @port_max: largest port */
	u16 port_max;
};

/**
 * struct tcpstate_filter - a connection passes if it matches every member
 *
 * A member that nobody asked for has a value that every connection matches:
 * tcpstate_filter_init() sets it.
 */
struct tcpstate_filter {
	/** @family: enum tcpstate_family; 0: any */
	u8 family;
	/** @end: what initiator and responder must match */
	struct tcpstate_match end[2];
	/** @either: what one of them must match */
	struct tcpstate_match either;
	/** @states: states of initiator and responder, one bit for each enum tcpstate_state */
	u32 states[2];
	/** @either_states: the same, for one of them */
	u32 either_states;
	/** @phases: one bit for each enum tcpstate_phase */
	u32 phases;
	/** @verdicts: one bit for each enum tcpstate_verdict */
	u32 verdicts;
	/** @flags: bits of enum tcpstate_flow_flag, all of which it must have */
	u32 flags;
	/** @min_age_ns: the least time since its first segment */
	u64 min_age_ns;
	/** @max_age_ns: the longest time since then */
	u64 max_age_ns;
	/** @min_idle_ms: the least time since a segment restarted its timeout */
	u64 min_idle_ms;
	/** @min_in_state_ms: the least time since the last transition */
	u64 min_in_state_ms;
	/** @min_syn_us: the least time from SYN to SYN/ACK, if that is known; 0: any, or none */
	u32 min_syn_us;
	/** @min_ack_us: the least time from SYN/ACK to ACK, likewise */
	u32 min_ack_us;
	/** @min_retransmits: the least number of segments that one of the ends sent again */
	u32 min_retransmits;
	/** @uid: the user who owns the socket of one of the ends, as @user_ns names him */
	u32 uid;
	/** @user_ns: the user namespace of whoever asks for @uid; NULL: any owner, or none */
	struct user_namespace *user_ns;
	/** @ifindex: the interface in which its addresses are valid; 0: any, or none */
	int ifindex;
};

void tcpstate_filter_init(struct tcpstate_filter *filter);
bool tcpstate_filter_match(const struct tcpstate_filter *filter,
			   const struct tcpstate_flow *flow, u64 now_ns);

#endif
