/* SPDX-License-Identifier: GPL-2.0-only */
/* The columns of list. */
#ifndef TOOLS_CELLS_H
#define TOOLS_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cgroup.h"
#include "fields.h"
#include "options.h"
#include "record.h"
#include "term.h"

/* Room for the text of a cell, and for what columns_shorten() may add: the paths of two cgroups */
#define CELLS_TEXT	(2 * CGROUP_PATH)

/** struct cells - a column: how its cells are written, and by what they are sorted */
struct cells {
	enum field field;
	/** @rank: see enum columns_rank */
	unsigned int rank;
	/** @write: its text for one connection; @numeric: with ports as numbers */
	void (*write)(const struct flow *flow, bool numeric, char cell[CELLS_TEXT]);
	/** @value: what it is sorted by, false if that is not known; NULL for texts, ends */
	bool (*value)(const struct flow *flow, uint64_t *value);
	/** @color: the colour of that text, or NULL */
	enum term_color (*color)(const struct flow *flow);
};

/** struct cells_extra - a column that is there if an option asks for it */
struct cells_extra {
	struct cells cells;
	/** @option: the offset of that option in struct options, a bool */
	size_t option;
};

uint64_t cells_fields(const struct options *options);
size_t cells_choose(const struct options *options, const struct cells *chosen[FIELDS]);
const struct cells *cells_of(enum field field);
int cells_compare(const struct flow *one, const struct flow *two,
		  const struct field_order *order);

#endif
