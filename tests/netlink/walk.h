/* SPDX-License-Identifier: GPL-2.0-only */
/* Holds a stream of events against figure 5: see walk.c. */
#ifndef TESTS_NETLINK_WALK_H
#define TESTS_NETLINK_WALK_H

#include "genl.h"

/** struct walk_totals - what has come so far */
struct walk_totals {
	/** @since_ns: when the listener had joined, as ids count */
	__u64 since_ns;
	/** @first: number of the first event */
	__u64 first;
	/** @last: number of the last one */
	__u64 last;
	/** @received: events */
	__u64 received;
	/** @missing: numbers that were left out, between first and last */
	__u64 missing;
	/** @gaps: places where they were */
	__u64 gaps;
	/** @begun: connections that were seen to begin */
	__u64 begun;
	/** @ended: of these, those whose end was seen */
	__u64 ended;
	/** @transitions: transitions, each of them a transition of figure 5 */
	__u64 transitions;
	/** @faults: what should not have come */
	__u64 faults;
};

extern struct walk_totals walk_totals;

void walk_event(const struct nlmsghdr *nlh);
__u16 walk_responder_port(const struct nlmsghdr *nlh);

#endif
