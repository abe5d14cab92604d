/* SPDX-License-Identifier: GPL-2.0-only */
/* The lines of trace's ladder. */
#ifndef TOOLS_LADDER_H
#define TOOLS_LADDER_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"
#include "record.h"
#include "sums.h"

/* The longest text of a segment takes 88. */
#define LADDER_TEXT	128

/** struct ladder - how its lines are printed */
struct ladder {
	const struct options *options;
	/** @first_ns: the time of the first line, if times count from there */
	uint64_t first_ns;
	/** @narrow: the terminal is narrow, and less of each segment is shown */
	bool narrow;
	/** @limit: the width of the terminal */
	unsigned int limit;
	/** @time: the width of the times */
	unsigned int time;
	/** @used: how much of the line the time takes */
	unsigned int used;
	/** @width: the width of the segment's column */
	int width;
};

void ladder_init(struct ladder *ladder, const struct options *options);
void ladder_print_columns(struct ladder *ladder);
void ladder_print_heading(const struct ladder *ladder, unsigned int conn,
			  const struct flow *flow, const char *remark);
void ladder_print_rung(struct ladder *ladder, unsigned int conn, const struct flow *flow);
void ladder_print_sum(const struct ladder *ladder, unsigned int conn, const struct flow *before,
		      const struct sum *sum);
void ladder_print_untold(struct ladder *ladder, unsigned int conn);
void ladder_print_verdict(struct ladder *ladder, unsigned int conn, const struct flow *flow);
void ladder_print_end(struct ladder *ladder, unsigned int conn, const struct flow *flow);
void ladder_print_lost(struct ladder *ladder, uint64_t count);

void ladder_segment_text(const struct options *options, const struct segment *segment,
			 char text[LADDER_TEXT]);
void ladder_end_text(const struct flow *flow, char text[LADDER_TEXT]);

#endif
