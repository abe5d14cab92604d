/* SPDX-License-Identifier: GPL-2.0-only */
/* How addresses are translated, as list and show print it. */
#ifndef TOOLS_NAT_H
#define TOOLS_NAT_H

#include <stdbool.h>
#include <stddef.h>

#include "record.h"

void nat_cell(const struct flow *flow, int end, bool numeric, char *text, size_t size);
void nat_json(const struct flow *flow);
void nat_show(const struct flow *flow, bool numeric);

#endif
