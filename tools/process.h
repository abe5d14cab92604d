/* SPDX-License-Identifier: GPL-2.0-only */
/* The processes of both ends, and what their sockets tell, as list and show print them. */
#ifndef TOOLS_PROCESS_H
#define TOOLS_PROCESS_H

#include <stddef.h>

#include "record.h"

void process_cell(const struct flow *flow, int end, char *text, size_t size);
void process_shorten(char *text);
void process_json(const struct flow *flow, int end);
void process_show(const struct flow *flow);

#endif
