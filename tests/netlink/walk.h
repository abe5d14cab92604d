/* SPDX-License-Identifier: GPL-2.0-only */
/* Checks a stream of events by figure 5: see walk.c. */
#ifndef TESTS_NETLINK_WALK_H
#define TESTS_NETLINK_WALK_H

#include "genl.h"

/** struct walk_totals - what has come so far */
struct walk_totals {
	/** @since_ns: when the listener had joined, on the clock of ids */
	__u64 since_ns;
	/** @first: number of the first event */
	__u64 first;
	/** @last: number of the last one */
	__u64 last;
	/** @received: events */
	__u64 received;
	/** @missing: numbers that were left out, between first and last */
	__u64 missing;
	/** @gaps: how many gaps the numbers have */
	__u64 gaps;
	/** @begun: connections that were seen to begin */
	__u64 begun;
	/** @ended: those of them that were seen to end */
	__u64 ended;
	/** @transitions: transitions of figure 5 */
	__u64 transitions;
	/** @faults: how many faults were found */
	__u64 faults;
};

extern struct walk_totals walk_totals;

void walk_event(const struct nlmsghdr *nlh);
__u16 walk_responder_port(const struct nlmsghdr *nlh);

#endif
