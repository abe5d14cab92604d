/* SPDX-License-Identifier: GPL-2.0-only */
/* The table as it was read last, with rates, and in an order: what watch shows. */
#ifndef TOOLS_ROWS_H
#define TOOLS_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter.h"
#include "ipc.h"
#include "record.h"

/** struct row - what is kept of a connection: there may be a million of them */
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

/** struct rows - one reading, and the one before */
struct rows {
	/** @row: the connections, sorted by id */
	struct row *row;
	size_t n;
	size_t room;
	struct row *before;
	size_t n_before;
	size_t room_before;
	/** @order: indexes of @row, in the order in which they are shown */
	uint32_t *order;
	/** @time_ns: when it was read; 0 before the first reading */
	uint64_t time_ns;
	double seconds;
	/** @states: how many initiators and responders are in each state */
	uint32_t states[2][RECORD_STATES];
	double segments_rate;
	double bytes_rate;
	/** @saturated: TCPSTATE_COUNT_* that have saturated in some row: the rates are too low */
	uint32_t saturated;
};

int rows_read(struct rows *rows, struct ipc *ipc, const struct filter *filter);
void rows_sort(struct rows *rows, enum rows_key key, bool descending);
void rows_free(struct rows *rows);

#endif
