/* SPDX-License-Identifier: GPL-2.0-only */
/* The owners of the sockets of local ends. */
#ifndef TOOLS_OWNER_H
#define TOOLS_OWNER_H

#include "record.h"

void owner_show(const struct flow *flow, bool numeric);
void owner_uids(const struct flow *flow, char *text, size_t size);
void owner_cgroups(const struct flow *flow, char *text, size_t size);

#endif
