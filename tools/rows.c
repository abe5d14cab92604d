// SPDX-License-Identifier: GPL-2.0-only
/* The table as it was read last, with rates, and in an order. */
#include "rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "term.h"

#define ATTEMPTS	5

static int by_id(const void *a, const void *b)
{
	const struct row *one = a, *two = b;

	return one->id < two->id ? -1 : one->id > two->id;
}

static void set_rates(struct rows *rows, struct row *row)
{
	const struct row *before = NULL;

	if (rows->seconds <= 0)
		return;
	/* All segments of a new connection came since then, unless only the filter has changed. */
	if (rows->n_before)
		before = bsearch(row, rows->before, rows->n_before,
				 sizeof(*row), by_id);
	if (before) {
		row->segments_rate = ((double)row->segments - before->segments) / rows->seconds;
		row->bytes_rate = ((double)row->bytes - before->bytes) / rows->seconds;
	} else if (row->age_ms < rows->seconds * 1000) {
		row->segments_rate = row->segments / rows->seconds;
		row->bytes_rate = row->bytes / rows->seconds;
	}
	rows->segments_rate += row->segments_rate;
	rows->bytes_rate += row->bytes_rate;
}

static int add(const struct flow *flow, void *data)
{
	struct rows *rows = data;
	struct row *row;

	if (rows->n == rows->room) {
		size_t room = rows->room ? 2 * rows->room : 256;

		row = reallocarray(rows->row, room, sizeof(*row));
		if (!row)
			return -ENOMEM;
		rows->row = row;
		rows->room = room;
	}
	row = &rows->row[rows->n++];
	*row = (struct row){
		.id = flow->id, .age_ms = flow->age_ms, .left_ms = flow->left_ms,
		.ifindex = flow->ifindex, .family = flow->family, .timer = flow->timer,
		.verdict = flow->verdict,
	};
	for (int i = 0; i < 2; i++) {
		const struct end *end = &flow->end[i];

		memcpy(row->address[i], end->address, sizeof(end->address));
		row->port[i] = end->port;
		row->state[i] = end->state;
		row->segments += record_segments(end);
		if (__builtin_add_overflow(row->bytes, end->bytes, &row->bytes)) {
			row->bytes = UINT64_MAX;
			row->saturated |= TCPSTATE_COUNT_BYTES;
		}
		row->saturated |= end->saturated;
		if (end->state < RECORD_STATES)
			rows->states[i][end->state]++;
	}
	rows->saturated |= row->saturated;
	set_rates(rows, row);
	return 0;
}

static void clear(struct rows *rows)
{
	rows->n = 0;
	rows->segments_rate = 0;
	rows->bytes_rate = 0;
	rows->saturated = 0;
	memset(rows->states, 0, sizeof(rows->states));
}

/* The last reading becomes the previous one, and their memory is swapped. */
static void turn(struct rows *rows)
{
	struct row *row = rows->before;
	size_t room = rows->room_before;

	rows->before = rows->row;
	rows->n_before = rows->n;
	rows->room_before = rows->room;
	rows->row = row;
	rows->room = room;
}

/**
 * rows_read() - read the table again
 * @rows: all zero at first
 * @ipc: where from
 * @filter: what to read
 *
 * Return: 0; -ENOMEM; or another negative, with ipc_error().
 */
int rows_read(struct rows *rows, struct ipc *ipc, const struct filter *filter)
{
	uint64_t now_ns = term_now_ns();
	uint32_t *order;
	int ret = -EAGAIN;

	turn(rows);
	rows->seconds = rows->time_ns ? (now_ns - rows->time_ns) / 1e9 : 0;
	rows->time_ns = now_ns;
	for (int i = 0; i < ATTEMPTS && ret == -EAGAIN; i++) {
		clear(rows);
		ret = ipc_list(ipc, filter, add, rows);
	}
	if (ret && ret != -EAGAIN)
		return ret;
	if (rows->n)
		qsort(rows->row, rows->n, sizeof(*rows->row), by_id);
	/* One more than needed: with none, NULL would be no error. */
	order = reallocarray(rows->order, rows->n + 1, sizeof(*order));
	if (!order)
		return -ENOMEM;
	rows->order = order;
	for (size_t i = 0; i < rows->n; i++)
		order[i] = i;
	return 0;
}

#define COMPARE(member) \
	((one)->member < (two)->member ? -1 : (one)->member > (two)->member)

static int compare_ends(const struct row *one, const struct row *two, int end)
{
	int ret = COMPARE(family);

	if (!ret)
		ret = memcmp(one->address[end], two->address[end], sizeof(one->address[end]));
	return ret ? ret : COMPARE(port[end]);
}

static int compare(const struct row *one, const struct row *two, enum rows_key key)
{
	switch (key) {
	case ROWS_INITIATOR:
		return compare_ends(one, two, TCPSTATE_INITIATOR);
	case ROWS_RESPONDER:
		return compare_ends(one, two, TCPSTATE_RESPONDER);
	case ROWS_INITIATOR_STATE:
		return COMPARE(state[TCPSTATE_INITIATOR]);
	case ROWS_RESPONDER_STATE:
		return COMPARE(state[TCPSTATE_RESPONDER]);
	case ROWS_TIMER:
		return COMPARE(timer);
	case ROWS_LEFT:
		return COMPARE(left_ms);
	case ROWS_SEGMENTS_RATE:
		return COMPARE(segments_rate);
	case ROWS_BYTES_RATE:
		return COMPARE(bytes_rate);
	case ROWS_SEGMENTS:
		return COMPARE(segments);
	case ROWS_BYTES:
		return COMPARE(bytes);
	case ROWS_VERDICT:
		return COMPARE(verdict);
	default:
		/* Rows of the same millisecond keep their places, too. */
		return -COMPARE(id);
	}
}

/** struct sorting - for by_key(): qsort_r()'s third argument */
struct sorting {
	const struct row *row;
	enum rows_key key;
	bool descending;
};

static int by_key(const void *a, const void *b, void *data)
{
	const struct sorting *sorting = data;
	const struct row *one = &sorting->row[*(const uint32_t *)a];
	const struct row *two = &sorting->row[*(const uint32_t *)b];
	int ret = compare(one, two, sorting->key);

	if (sorting->descending)
		ret = -ret;
	/* Among equals the youngest comes first. */
	return ret ? ret : -COMPARE(id);
}

/**
 * rows_sort() - put rows in an order
 * @rows: what was read
 * @key: what to sort by
 * @descending: largest first
 */
void rows_sort(struct rows *rows, enum rows_key key, bool descending)
{
	struct sorting sorting = {
		.row = rows->row, .key = key, .descending = descending,
	};

	if (rows->n)
		qsort_r(rows->order, rows->n, sizeof(*rows->order), by_key, &sorting);
}

/**
 * rows_free() - free what rows_read() took
 * @rows: the rows
 */
void rows_free(struct rows *rows)
{
	free(rows->row);
	free(rows->before);
	free(rows->order);
}
