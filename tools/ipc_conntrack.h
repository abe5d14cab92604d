/* SPDX-License-Identifier: GPL-2.0-only */
/* The translated connections of nf_conntrack. */
#ifndef TOOLS_IPC_CONNTRACK_H
#define TOOLS_IPC_CONNTRACK_H

#include "ipc.h"
#include "record.h"

/** struct translation - a connection whose addresses or ports nf_conntrack changes */
struct translation {
	uint8_t family;
	/** @before: both ends, the one that began first, as that one knows them */
	struct nat_end before[2];
	/** @after: both ends as the other one knows them */
	struct nat_end after[2];
};

/* Called for each of them. A result that is not 0 ends the list and is returned. */
typedef int ipc_conntrack_each(const struct translation *translation, void *data);

int ipc_conntrack_list(struct ipc *ipc, ipc_conntrack_each *each, void *data);

#endif
