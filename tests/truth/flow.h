/* SPDX-License-Identifier: GPL-2.0-only */
/* What the module says of connections, a line each: m and l of witness.c. */
#ifndef TESTS_TRUTH_FLOW_H
#define TESTS_TRUTH_FLOW_H

#include <linux/netlink.h>
#include <stdio.h>

void flow_event(FILE *out, const char *netns, const struct nlmsghdr *nlh);
void flow_listed(FILE *out, const char *netns, const struct nlmsghdr *nlh, __u64 since,
		 __u64 until);

#endif
