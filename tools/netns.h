/* SPDX-License-Identifier: GPL-2.0-only */
/* Another network namespace than the caller's. */
#ifndef TOOLS_NETNS_H
#define TOOLS_NETNS_H

/* Where 'ip netns' keeps its namespaces. */
#define NETNS_FOLDER	"/var/run/netns"

int netns_enter(const char *name);

#endif
