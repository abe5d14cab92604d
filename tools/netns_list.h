/* SPDX-License-Identifier: GPL-2.0-only */
/* The network namespaces that there are. */
#ifndef TOOLS_NETNS_LIST_H
#define TOOLS_NETNS_LIST_H

#include <stddef.h>
#include <sys/types.h>

/** struct netns - a network namespace */
struct netns {
	/** @inode: tells namespaces apart */
	ino_t inode;
	/** @name: what --netns takes for it; stays as long as the program runs */
	const char *name;
	/** @path: the file that stands for it */
	char *path;
};

/** struct netns_list - the network namespaces that were found, each once */
struct netns_list {
	struct netns *netns;
	size_t n;
	size_t room;
	/** @hidden: how many processes do not show theirs */
	unsigned int hidden;
};

int netns_list_read(struct netns_list *list);
void netns_list_free(struct netns_list *list);
int netns_list_enter(const struct netns *netns);

#endif
