/* SPDX-License-Identifier: GPL-2.0-only */
/* Segments that a third host forges, by way of segment.c. */
#ifndef TESTS_TRUTH_FORGE_H
#define TESTS_TRUTH_FORGE_H

#include "conn.h"

void forge_init(const char *in, const char *out);
int forge_segment(struct conn *c, int end, const char *arg);

#endif
