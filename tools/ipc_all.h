/* SPDX-License-Identifier: GPL-2.0-only */
/* A round through all network namespaces, step by step. */
#ifndef TOOLS_IPC_ALL_H
#define TOOLS_IPC_ALL_H

#include "ipc.h"
#include "netns_list.h"

int ipc_find_netns(struct ipc *ipc, struct netns_list *list);
int ipc_open_netns(struct ipc *ipc, const struct netns *netns, struct ipc **one);
int ipc_judge_netns(struct ipc *ipc, const struct ipc *one, int ret);

#endif
