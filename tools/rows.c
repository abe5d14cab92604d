// SPDX-License-Identifier: GPL-2.0-only
/* The first or the last rows of the table in an order, with rates. */
#include "rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "term.h"

#define ATTEMPTS	5

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

/* Compare as qsort() does. Among equals the youngest comes first. */
static int in_order(const struct row *one, const struct row *two, const struct rows_order *order)
{
	int ret = compare(one, two, order->key);

	if (order->descending)
		ret = -ret;
	return ret ? ret : -COMPARE(id);
}

static int by_order(const void *a, const void *b, void *data)
{
	return in_order(a, b, data);
}

/* Is @one to be given up before @two, if only one of them can be kept? */
static bool is_worse(const struct reading *reading, const struct row *one, const struct row *two)
{
	int ret = in_order(one, two, &reading->order);

	return reading->order.from_end ? ret < 0 : ret > 0;
}

/* Make the rows from @at on a heap again, on top of which is the worst. */
static void sift(struct reading *reading, size_t at)
{
	struct row *row = reading->row, moved = row[at];
	size_t child;

	while ((child = 2 * at + 1) < reading->kept) {
		if (child + 1 < reading->kept &&
		    is_worse(reading, &row[child + 1], &row[child]))
			child++;
		if (!is_worse(reading, &row[child], &moved))
			break;
		row[at] = row[child];
		at = child;
	}
	row[at] = moved;
}

/* Keep a row, if there is room, or if it is better than the worst that is kept. */
static int keep(struct reading *reading, const struct row *row)
{
	if (reading->kept == ROWS_KEPT) {
		if (reading->n == ROWS_KEPT)
			for (size_t i = ROWS_KEPT / 2; i-- > 0;)
				sift(reading, i);
		if (is_worse(reading, reading->row, row)) {
			*reading->row = *row;
			sift(reading, 0);
		}
	} else {
		if (reading->kept == reading->room) {
			size_t room = reading->room ? 2 * reading->room : 256;
			struct row *rows = reallocarray(reading->row, room, sizeof(*rows));

			if (!rows)
				return -ENOMEM;
			reading->row = rows;
			reading->room = room;
		}
		reading->row[reading->kept++] = *row;
	}
	reading->n++;
	return 0;
}

static void set_rates(struct rows *rows, struct row *row)
{
	const struct seen_slot *before;

	if (rows->seconds <= 0)
		return;
	/* All segments of a new connection came since then, unless only the filter has changed. */
	before = seen_find(&rows->before, row->id);
	if (before) {
		row->segments_rate = ((double)row->segments - before->segments) / rows->seconds;
		row->bytes_rate = ((double)row->bytes - before->bytes) / rows->seconds;
	} else if (row->age_ms < rows->seconds * 1000) {
		row->segments_rate = row->segments / rows->seconds;
		row->bytes_rate = row->bytes / rows->seconds;
	}
	rows->next.segments_rate += row->segments_rate;
	rows->next.bytes_rate += row->bytes_rate;
}

static void fill(struct row *row, const struct flow *flow)
{
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
	}
}

static int add(const struct flow *flow, void *data)
{
	struct rows *rows = data;
	struct row row;

	fill(&row, flow);
	for (int i = 0; i < 2; i++)
		if (row.state[i] < RECORD_STATES)
			rows->next.states[i][row.state[i]]++;
	rows->next.saturated |= row.saturated;
	set_rates(rows, &row);
	if (!seen_add(&rows->seen, row.id, row.segments, row.bytes))
		return -ENOMEM;
	return keep(&rows->next, &row);
}

/* Begin a reading, in the memory of the one before the last. */
static bool begin(struct rows *rows, const struct rows_order *order)
{
	rows->next = (struct reading){
		.row = rows->next.row, .room = rows->next.room, .order = *order,
		.begin_ns = rows->next.begin_ns,
	};
	return seen_reset(&rows->seen, rows->before.n);
}

static void sort(struct reading *reading)
{
	if (reading->kept)
		qsort_r(reading->row, reading->kept, sizeof(*reading->row), by_order,
			&reading->order);
}

/**
 * rows_read() - read the table again
 * @rows: the rows; @shown stays as it is until the reading is complete
 * @ipc: where from
 * @filter: what to read
 * @order: the order of the rows
 *
 * Return: 0; -ENOMEM; or another negative, with ipc_error().
 */
int rows_read(struct rows *rows, struct ipc *ipc, const struct filter *filter,
	      const struct rows_order *order)
{
	struct reading last;
	int ret = -EAGAIN;

	seen_free(&rows->before);
	rows->before = rows->seen;
	rows->seen = (struct seen){};
	rows->next.begin_ns = term_now_ns();
	rows->seconds = rows->shown.begin_ns ?
		(rows->next.begin_ns - rows->shown.begin_ns) / 1e9 : 0;
	for (int i = 0; i < ATTEMPTS && ret == -EAGAIN; i++) {
		if (!begin(rows, order))
			return -ENOMEM;
		ret = ipc_list(ipc, filter, add, rows);
	}
	if (ret && ret != -EAGAIN)
		return ret;
	sort(&rows->next);
	rows->next.end_ns = term_now_ns();
	last = rows->shown;
	rows->shown = rows->next;
	rows->next = last;
	return 0;
}

/**
 * rows_sort() - put what was read into another order
 * @rows: the rows
 * @order: the order
 *
 * Return: false if the table has to be read again for that, because not all of it was kept.
 */
bool rows_sort(struct rows *rows, const struct rows_order *order)
{
	struct reading *shown = &rows->shown;

	if (shown->order.key == order->key && shown->order.descending == order->descending &&
	    (shown->order.from_end == order->from_end || shown->kept == shown->n))
		return true;
	if (shown->kept != shown->n)
		return false;
	shown->order = *order;
	sort(shown);
	return true;
}

/**
 * rows_first() - the place of the first row that was kept
 * @rows: the rows
 *
 * Return: the place, counted from 0.
 */
size_t rows_first(const struct rows *rows)
{
	return rows->shown.order.from_end ? rows->shown.n - rows->shown.kept : 0;
}

/**
 * rows_end() - the place behind the last row that was kept
 * @rows: the rows
 *
 * Return: the place, counted from 0.
 */
size_t rows_end(const struct rows *rows)
{
	return rows_first(rows) + rows->shown.kept;
}

/**
 * rows_free() - free what rows_read() took
 * @rows: the rows
 */
void rows_free(struct rows *rows)
{
	free(rows->shown.row);
	free(rows->next.row);
	seen_free(&rows->seen);
	seen_free(&rows->before);
}
