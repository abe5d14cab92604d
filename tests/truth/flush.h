/* SPDX-License-Identifier: GPL-2.0-only */
/* The module forgets a connection that goes on, as if it had been loaded just now. */
#ifndef TESTS_TRUTH_FLUSH_H
#define TESTS_TRUTH_FLUSH_H

#include "conn.h"

void flush_init(void);
void flush_connection(const struct conn *c);

#endif
