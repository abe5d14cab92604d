/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of numbers: ids of connections, of cgroups, of interfaces. */
#ifndef TOOLS_NUMBERS_H
#define TOOLS_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

/** struct numbers - a set of numbers; empty if it is all zero */
struct numbers {
	/** @tree: that of tsearch(3) */
	void *tree;
};

bool numbers_has(const struct numbers *numbers, uint64_t number);
bool numbers_add(struct numbers *numbers, uint64_t number);
void numbers_remove(struct numbers *numbers, uint64_t number);
void numbers_free(struct numbers *numbers);

#endif
