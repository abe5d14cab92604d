/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests to other parts of the kernel than the module; used by ipc*.c alone. */
#ifndef TOOLS_IPC_QUERY_H
#define TOOLS_IPC_QUERY_H

#include <libmnl/libmnl.h>

int ipc_query(int bus, struct nlmsghdr *request, mnl_cb_t answer, void *data);

#endif
