/* SPDX-License-Identifier: GPL-2.0-only */
/* Which columns of a table there is room for, and how wide each is. */
#ifndef TOOLS_COLUMNS_H
#define TOOLS_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "term.h"

#define COLUMNS_MAX	40

/*
 * What is given up where a line has too little room: at first the columns of the highest
 * rank, one rank after the other. Addresses are shortened to COLUMNS_EASY when all ranks
 * above COLUMNS_USEFUL are gone, and as far as COLUMNS_SHORTEST when all above COLUMNS_END
 * are; then those of COLUMNS_END that follow the first two go: those whose cells are all dashes,
 * and then the last one first. A column of COLUMNS_STATE always stays.
 */
enum columns_rank {
	COLUMNS_STATE,
	COLUMNS_TIMER,
	COLUMNS_PHASE,
	COLUMNS_END,
	COLUMNS_USEFUL = 8,
	COLUMNS_RANKS = 32,
};

/* "255.255.255.255:65535", or as much of an IPv6 address that its network can be told */
#define COLUMNS_EASY		23
/* The port, with a mark before it. */
#define COLUMNS_SHORTEST	7

/** struct column - a column of a table */
struct column {
	const char *name;
	/** @brief: the heading where @name would take room from an address; or NULL */
	const char *brief;
	/** @rank: see enum columns_rank; COLUMNS_END: it can be shortened */
	unsigned int rank;
	bool right;
};

/** struct columns - the columns of one table */
struct columns {
	const struct column *column;
	size_t n;
	/** @kept: a column that stays, whatever its rank; @n if there is none */
	size_t kept;
	/** @all_kept: all columns stay, and lines are cut off */
	bool all_kept;
	/** @easy: how far addresses are shortened at first; 0 for COLUMNS_EASY */
	unsigned int easy;
	/** @width: of the widest cell; columns_fit() makes it that of the column */
	unsigned int width[COLUMNS_MAX];
	/**
	 * @least: a column that can be shortened is not narrower, unless another one that says
	 * something would be dropped; 0 for COLUMNS_SHORTEST
	 */
	unsigned int least[COLUMNS_MAX];
	/** @shorten: leaves out what matters least of a cell, before its middle; or NULL */
	void (*shorten[COLUMNS_MAX])(char *text);
	bool hidden[COLUMNS_MAX];
	/** @rather_brief: headings are made brief before a column is dropped */
	bool rather_brief;
	/** @is_brief: headings are brief */
	bool is_brief;
	/** @limit: how wide a line may be */
	unsigned int limit;
	/** @left: how much room is left on the line that is being printed */
	unsigned int left;
	/** @owed: blanks to be printed if another cell follows */
	unsigned int owed;
};

unsigned int columns_length(const char *text);
void columns_cut(char *text, unsigned int width);
void columns_shorten(char *text, unsigned int width);

void columns_widen(struct columns *columns, size_t column, unsigned int width);
void columns_fit(struct columns *columns, unsigned int limit);
const char *columns_heading(const struct columns *columns, size_t column);

void columns_begin(struct columns *columns);
void columns_put(struct columns *columns, size_t column, char *cell, enum term_color color);
void columns_print_headings(struct columns *columns);

#endif
