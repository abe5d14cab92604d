/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals that ask a command to end. */
#ifndef TOOLS_STOP_H
#define TOOLS_STOP_H

#include <stdbool.h>
#include <stdint.h>

void stop_at(int number);
void stop_now(void);
bool stop_asked(void);
bool stop_wait(uint64_t ms);

#endif
