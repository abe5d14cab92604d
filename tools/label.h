/* SPDX-License-Identifier: GPL-2.0-only */
/* Labels that the caller adds to every series of metrics. */
#ifndef TOOLS_LABEL_H
#define TOOLS_LABEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "compiler.h"

/** struct labels - NAME=VALUE, as they were given */
struct labels {
	const char *text[16];
	int n;
};

bool label_add(struct labels *labels, const char *text, char *error, size_t size);
bool label_is_there(const struct labels *labels, const char *name);
void label_print_value(FILE *file, const char *value);
void label_print(FILE *file, const struct labels *labels);

#endif
