/* SPDX-License-Identifier: GPL-2.0-only */
/* The first or the last rows of the table in an order, with rates: what watch shows. */
#ifndef TOOLS_ROWS_H
#define TOOLS_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter.h"
#include "ipc.h"
#include "record.h"
#include "seen.h"

/* More rows than anybody pages through. Further rows of a longer table are only counted. */
#define ROWS_KEPT	16384

/** struct row - what is shown of a connection */
struct row {
	uint64_t id;
	uint64_t segments;
	uint64_t bytes;
	uint64_t age_ms;
	uint32_t left_ms;
	uint32_t ifindex;
	/** @saturated: TCPSTATE_COUNT_* that have reached their maximum at either end */
	uint32_t saturated;
	float segments_rate;
	float bytes_rate;
	uint8_t address[2][16];
	uint16_t port[2];
	uint8_t family;
	uint8_t state[2];
	uint8_t timer;
	uint8_t verdict;
};

/** enum rows_key - what rows may be sorted by */
enum rows_key {
	ROWS_INITIATOR,
	ROWS_RESPONDER,
	ROWS_INITIATOR_STATE,
	ROWS_RESPONDER_STATE,
	ROWS_TIMER,
	ROWS_LEFT,
	ROWS_AGE,
	ROWS_SEGMENTS_RATE,
	ROWS_BYTES_RATE,
	ROWS_SEGMENTS,
	ROWS_BYTES,
	ROWS_VERDICT,
};

/** struct rows_order - in which order rows are, and which of them are wanted */
struct rows_order {
	enum rows_key key;
	bool descending;
	/** @from_end: the last rows, if not all of them can be kept */
	bool from_end;
};

/** struct reading - what one reading of the table found */
struct reading {
	/** @row: the first rows in @order, or the last, in that order */
	struct row *row;
	size_t kept;
	size_t room;
	/** @n: how many there are, with those that are only counted */
	size_t n;
	struct rows_order order;
	/** @begin_ns: when it began; 0 if there was none */
	uint64_t begin_ns;
	uint64_t end_ns;
	/** @states: how many initiators and responders are in each state */
	uint32_t states[2][RECORD_STATES];
	double segments_rate;
	double bytes_rate;
	/** @saturated: TCPSTATE_COUNT_* that have saturated in some row: the rates are too low */
	uint32_t saturated;
};

/** struct rows - the last complete reading, and what the next one needs; all zero at first */
struct rows {
	struct reading shown;
	struct reading next;
	struct seen seen;
	struct seen before;
	/** @seconds: between the last two readings; 0 if there was only one */
	double seconds;
};

int rows_read(struct rows *rows, struct ipc *ipc, const struct filter *filter,
	      const struct rows_order *order);
bool rows_sort(struct rows *rows, const struct rows_order *order);
size_t rows_first(const struct rows *rows);
size_t rows_end(const struct rows *rows);
void rows_free(struct rows *rows);

#endif
