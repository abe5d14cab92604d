/* SPDX-License-Identifier: GPL-2.0-only */
/* Network namespaces by the names that ip-netns(8) gives them. */
#ifndef NETNS_H
#define NETNS_H

/* Where ip-netns(8) keeps them */
#define NETNS_FOLDER "/run/netns"

int netns_open(const char *name);
int netns_enter(const char *name);

#endif
