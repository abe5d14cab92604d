/* SPDX-License-Identifier: GPL-2.0-only */
/* The full screen of watch. */
#ifndef TOOLS_SCREEN_H
#define TOOLS_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "fields.h"
#include "options.h"
#include "rows.h"
#include "term.h"

#define SCREEN_INPUT	512

/** struct screen - what is shown, and how */
struct screen {
	struct rows rows;
	struct filter filter;
	char filter_text[SCREEN_INPUT];
	uint64_t interval_ms;
	/** @order: the order that the user wants, which rows have after the next reading */
	struct rows_order order;
	bool numeric;
	/** @top: the first row that is shown */
	size_t top;
	/** @jump: @top is where the next reading has its first, or its last, rows */
	bool jump;
	bool paused;
	bool help;
	/** @due: read the table now, whatever the time */
	bool due;
	/** @reading: the table is being read */
	bool reading;
	/** @editing: the user is writing the filter, in @input */
	bool editing;
	char input[SCREEN_INPUT];
	/** @error: what is wrong with @input */
	char error[PARSE_ERROR];
};

bool screen_open(void);
void screen_close(void);
void screen_draw(struct screen *screen);
void screen_draw_rows(const struct screen *screen, int line);
int screen_attribute(enum term_color color);
uint64_t screen_interval_ms(const struct screen *screen);
long screen_page(const struct screen *screen);
bool screen_find_column(struct screen *screen, const char *name, char expected[PARSE_ERROR]);
void screen_next_column(struct screen *screen, int step);

#endif
