/* SPDX-License-Identifier: GPL-2.0-only */
/* What is told of a group of connections: the columns of top that are no keys. */
#ifndef TOOLS_FIGURES_H
#define TOOLS_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fields.h"
#include "groups.h"

/** struct figure - one of them */
struct figure {
	bool known;
	/** @tenths: @n is ten times the number */
	bool tenths;
	/** @saturated: it is a lower bound */
	bool saturated;
	uint64_t n;
};

/** struct figures - a column */
struct figures {
	enum field field;
	/** @rank: see enum columns_rank */
	unsigned int rank;
	/** @figure: what it has of the group with that number, after groups_end() */
	struct figure (*figure)(const struct groups *groups, uint32_t number);
};

/* In the order in which they are printed */
extern const struct figures figures_columns[];
extern const size_t figures_n;

uint64_t figures_fields(void);
const struct figures *figures_of(enum field field);
void figures_write(struct figure figure, char *text, size_t size);
void figures_json(const struct figures *figures, const struct groups *groups, uint32_t number);

#endif
