/* SPDX-License-Identifier: GPL-2.0-only */
/* What a connection costs. */
#ifndef TOOLS_COST_H
#define TOOLS_COST_H

#include "record.h"

void cost_show(const struct flow *flow);

#endif
