/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of all commands: their names, and what their values mean. */
#ifndef TOOLS_OPTION_H
#define TOOLS_OPTION_H

#include "options.h"

/** struct option_spec - one option */
struct option_spec {
	/** @key: names it in struct command; no two have the same */
	char key;
	char letter;
	const char *name;
	const char *argument;
	const char *help;
	/** @where: offset in struct options of a bool or of the argument; or 0 */
	size_t where;
};

extern const struct option_spec option_specs[];
extern const size_t option_n;

void option_set_color(const struct options *options, const char *when);
void option_set(struct options *options, const struct option_spec *spec, const char *argument);

#endif
