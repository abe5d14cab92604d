/* SPDX-License-Identifier: GPL-2.0-only */
/* Which connections somebody asks for. */
#ifndef TCPSTATE_FILTER_H
#define TCPSTATE_FILTER_H

#include <linux/types.h>

#include "flow.h"

/** struct tcpstate_match - an address prefix and a range of ports */
struct tcpstate_match {
	/** @addr: the address, where @family is not 0 */
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

/** struct tcpstate_filter - a connection passes if it matches every member */
struct tcpstate_filter {
	/** @family: enum tcpstate_family; 0: any */
	u8 family;
	/** @end: to be matched by initiator and responder */
	struct tcpstate_match end[2];
	/** @either: to be matched by one of them */
	struct tcpstate_match either;
	/** @states: of initiator and responder, a bit an enum tcpstate_state */
	u32 states[2];
	/** @either_states: of one of them */
	u32 either_states;
	/** @phases: a bit an enum tcpstate_phase */
	u32 phases;
	/** @verdicts: a bit an enum tcpstate_verdict */
	u32 verdicts;
	/** @flags: enum tcpstate_flow_flag, all of which it has */
	u32 flags;
	/** @min_age_ns: since its first segment, at least */
	u64 min_age_ns;
	/** @max_age_ns: at most */
	u64 max_age_ns;
};

void tcpstate_filter_init(struct tcpstate_filter *filter);
bool tcpstate_filter_match(const struct tcpstate_filter *filter,
			   const struct tcpstate_flow *flow, u64 now_ns);

#endif
