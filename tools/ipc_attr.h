/* SPDX-License-Identifier: GPL-2.0-only */
/* Translates netlink's attributes to records; used by ipc*.c alone. */
#ifndef TOOLS_IPC_ATTR_H
#define TOOLS_IPC_ATTR_H

#include <libmnl/libmnl.h>

#include "filter.h"
#include "record.h"

void ipc_attr_parse_flow(const struct nlmsghdr *message, struct flow *flow);
void ipc_attr_parse_stats(const struct nlmsghdr *message, struct stats *stats);
void ipc_attr_put_filter(struct nlmsghdr *message, const struct filter *filter);
void ipc_attr_put_tuple(struct nlmsghdr *message, const struct tuple *tuple);

#endif
