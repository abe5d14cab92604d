/* SPDX-License-Identifier: GPL-2.0-only */
/* The rungs of one connection's ladder, for pictures of it. */
#ifndef TOOLS_RUNG_H
#define TOOLS_RUNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"
#include "record.h"

#define RUNG_TEXT	160

/** enum rung_kind - what a rung shows */
enum rung_kind {
	/** @RUNG_SEGMENT: from one end to the other */
	RUNG_SEGMENT,
	/** @RUNG_SUM: segments that moved no state, from one end to the other, at unknown times */
	RUNG_SUM,
	/** @RUNG_NOTE: what happened to both ends, such as a timer that ran out */
	RUNG_NOTE,
	/** @RUNG_VERDICT: how the connection has ended */
	RUNG_VERDICT,
};

/** struct rung - one line across the ladder */
struct rung {
	enum rung_kind kind;
	/** @from: the end that sent the segments */
	uint8_t from;
	/** @state: the states of both ends from here on */
	uint8_t state[2];
	uint8_t verdict;
	/** @time_ns: when it was; of a sum, a time between the rungs before and after it */
	uint64_t time_ns;
	char text[RUNG_TEXT];
};

/** struct rungs - all of them, from the first to the last */
struct rungs {
	struct rung *rung;
	size_t n;
	/** @before: the states of both ends before the first rung; 0 if they are not known */
	uint8_t before[2];
};

bool rung_make(struct rungs *rungs, const struct options *options, const struct flow *flows,
	       size_t n);
void rung_time(const struct rungs *rungs, const struct options *options, size_t i,
	       char text[FORMAT_TIME]);
void rung_free(struct rungs *rungs);

/* What a picture's text is escaped for. */
typedef void rung_escape(unsigned int character);

void rung_print_text(const char *text, rung_escape *escape);

void svg_print(const struct rungs *rungs, const struct options *options, const struct flow *flow);
void mermaid_print(const struct rungs *rungs, const struct options *options,
		   const struct flow *flow);

#endif
