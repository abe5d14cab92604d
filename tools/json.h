/* SPDX-License-Identifier: GPL-2.0-only */
/* One JSON object a line. */
#ifndef TOOLS_JSON_H
#define TOOLS_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "format.h"
#include "record.h"

void json_open(const char *key, char bracket);
void json_close(char bracket);
void json_end(void);
void json_number(const char *key, uint64_t number);
void json_maybe(const char *key, bool known, uint64_t number);
void json_string(const char *key, const char *text);
void json_tenths(const char *key, uint64_t tenths);
void json_names(const char *key, enum format_table table, uint32_t bits);
void json_bool(const char *key, bool truth);

void json_flow(const struct flow *flow);
void json_ended(const struct flow *flow);
void json_event(const struct flow *flow, const char *kind);

#endif
