/* SPDX-License-Identifier: GPL-2.0-only */
/* The full screen of watch. */
#ifndef TOOLS_SCREEN_H
#define TOOLS_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"
#include "rows.h"

#define SCREEN_INPUT	512

/** struct screen - what is shown, and how */
struct screen {
	struct rows rows;
	struct filter filter;
	char filter_text[SCREEN_INPUT];
	uint64_t interval_ms;
	enum rows_key key;
	bool descending;
	bool numeric;
	/** @top: the first row that is shown */
	size_t top;
	bool paused;
	bool help;
	/** @due: read the table now, whatever the time */
	bool due;
	/** @sort: the rows have to be sorted again */
	bool sort;
	/** @editing: the user is writing the filter, in @input */
	bool editing;
	char input[SCREEN_INPUT];
	/** @error: what is wrong with @input */
	char error[PARSE_ERROR];
};

bool screen_open(void);
void screen_close(void);
void screen_draw(struct screen *screen);
long screen_page(const struct screen *screen);
bool screen_find_column(struct screen *screen, const char *name, char names[PARSE_ERROR]);
void screen_next_column(struct screen *screen, int step);

#endif
