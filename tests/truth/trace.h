/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel traces of its TCP sockets, a line each: s, r, x, e and lost of
 * witness.c. Read as binary pages, since the text does not name the socket.
 */
#ifndef TESTS_TRUTH_TRACE_H
#define TESTS_TRUTH_TRACE_H

#include <stdio.h>

void trace_open(void);
void trace_read(FILE *out);

#endif
