/* SPDX-License-Identifier: GPL-2.0-only */
/* Sentences, wrapped to the width of the terminal. */
#ifndef TOOLS_PROSE_H
#define TOOLS_PROSE_H

#include "compiler.h"

/** struct prose - a text that is being printed */
struct prose {
	/** @limit: how wide a line may be */
	unsigned int limit;
	/** @at: how much of the line is taken */
	unsigned int at;
};

void prose_init(struct prose *prose);
void prose_title(struct prose *prose, const char *title);
__printf(2, 3) void prose_add(struct prose *prose, const char *format, ...);
void prose_end(struct prose *prose);

#endif
