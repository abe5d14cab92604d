/* SPDX-License-Identifier: GPL-2.0-only */
/* What a record says of its connection, in words, for show and explain. */
#ifndef TOOLS_FACTS_H
#define TOOLS_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

const char *facts_duration(uint64_t ms, char text[32]);
const char *facts_verdict(unsigned int verdict);
const char *facts_flag(uint32_t flag);
bool facts_with_itself(const struct flow *flow);
bool facts_local(const struct flow *flow, int end);
bool facts_heard(const struct flow *flow, int end);

#endif
