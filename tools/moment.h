/* SPDX-License-Identifier: GPL-2.0-only */
/* A moment, as people write it. */
#ifndef TOOLS_MOMENT_H
#define TOOLS_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

bool moment_parse(const char *text, uint64_t *boot_ns);

#endif
