// SPDX-License-Identifier: GPL-2.0-only
/* The columns of list: what is written there of a connection, and in which order that is. */
#include "cells.h"

#include <assert.h>
#include <string.h>

#include "columns.h"
#include "compiler.h"
#include "format.h"
#include "nat.h"
#include "owner.h"
#include "process.h"
#include "text.h"

static void write_text(char cell[CELLS_TEXT], const char *text)
{
	struct text it;

	text_begin(&it, cell, CELLS_TEXT);
	text_add(&it, text);
}

/*
 * What both ends have counted, each with a + if it is one of @counts that saturated; "?" for an
 * end whose @attribute is not known.
 */
static void write_pair(char cell[CELLS_TEXT], const struct flow *flow, unsigned int attribute,
		       uint32_t counts, const uint64_t n[2])
{
	struct text text;

	text_begin(&text, cell, CELLS_TEXT);
	for (int i = 0; i < 2; i++) {
		const struct end *end = &flow->end[i];

		text_add(&text, i ? "/" : "");
		if (record_has(end, attribute)) {
			text_add_number(&text, n[i]);
			text_add(&text, end->saturated & counts ? "+" : "");
		} else {
			text_add(&text, "?");
		}
	}
}

#define PAIR(member)	((uint64_t[]){ flow->end[0].member, flow->end[1].member })

#define WRITER(name) \
	static void write_##name(const struct flow *flow, \
				 __maybe_unused bool numeric, \
				 char cell[CELLS_TEXT])

WRITER(family)
{
	write_text(cell, format_name(FORMAT_FAMILY, flow->family));
}

WRITER(initiator)
{
	format_end(flow, TCPSTATE_INITIATOR, numeric, cell);
}

WRITER(responder)
{
	format_end(flow, TCPSTATE_RESPONDER, numeric, cell);
}

WRITER(phase)
{
	write_text(cell, format_name(FORMAT_PHASE, flow->phase));
}

WRITER(step)
{
	format_step(flow, cell);
}

WRITER(initiator_state)
{
	write_text(cell, format_name(FORMAT_STATE, flow->end[TCPSTATE_INITIATOR].state));
}

WRITER(responder_state)
{
	write_text(cell, format_name(FORMAT_STATE, flow->end[TCPSTATE_RESPONDER].state));
}

WRITER(timer)
{
	write_text(cell, record_has(flow, TCPSTATE_A_FLOW_TIMER) ?
		   format_name(FORMAT_TIMER, flow->timer) : "?");
}

/* What the kernel tells of now, and a recording may not tell */
static void write_s(char cell[CELLS_TEXT], bool known, uint64_t ms)
{
	if (known)
		format_tenths(ms, cell);
	else
		write_text(cell, "?");
}

WRITER(left)
{
	write_s(cell, record_has(flow, TCPSTATE_A_FLOW_LEFT_MS), flow->left_ms);
}

WRITER(age)
{
	format_tenths(flow->age_ms, cell);
}

WRITER(in_state)
{
	write_s(cell, record_has(flow, TCPSTATE_A_FLOW_IN_STATE_MS), flow->in_state_ms);
}

WRITER(idle)
{
	write_s(cell, record_has(flow, TCPSTATE_A_FLOW_IDLE_MS), flow->idle_ms);
}

static void write_us(char cell[CELLS_TEXT], bool known, uint32_t us, bool unseen)
{
	if (known || !unseen)
		format_number(known, us, cell);
	else
		write_text(cell, "?");
}

WRITER(syn_us)
{
	write_us(cell, record_has(flow, TCPSTATE_A_FLOW_SYN_US), flow->syn_us,
		 record_unseen(flow, 1));
}

WRITER(ack_us)
{
	write_us(cell, record_has(flow, TCPSTATE_A_FLOW_ACK_US), flow->ack_us,
		 record_unseen(flow, 2));
}

WRITER(repeats)
{
	write_pair(cell, flow, TCPSTATE_A_END_REPEATS, TCPSTATE_COUNT_REPEATS, PAIR(repeats));
}

WRITER(segments)
{
	write_pair(cell, flow, TCPSTATE_A_END_OPENING, RECORD_SEGMENTS,
		   (uint64_t[]){ record_segments(&flow->end[0]), record_segments(&flow->end[1]) });
}

WRITER(bytes)
{
	write_pair(cell, flow, TCPSTATE_A_END_BYTES, TCPSTATE_COUNT_BYTES, PAIR(bytes));
}

WRITER(opening)
{
	write_pair(cell, flow, TCPSTATE_A_END_OPENING, TCPSTATE_COUNT_OPENING, PAIR(opening));
}

WRITER(data)
{
	write_pair(cell, flow, TCPSTATE_A_END_DATA, TCPSTATE_COUNT_DATA, PAIR(data));
}

WRITER(acks)
{
	write_pair(cell, flow, TCPSTATE_A_END_ACKS, TCPSTATE_COUNT_ACKS, PAIR(acks));
}

WRITER(closing)
{
	write_pair(cell, flow, TCPSTATE_A_END_CLOSING, TCPSTATE_COUNT_CLOSING, PAIR(closing));
}

WRITER(flags)
{
	if (record_has(flow, TCPSTATE_A_FLOW_FLAGS))
		format_flags(flow->flags, cell);
	else
		write_text(cell, "?");
}

WRITER(verdict)
{
	write_text(cell, flow->verdict == TCPSTATE_VERDICT_NONE ? "-" :
		   format_name(FORMAT_VERDICT, flow->verdict));
}

WRITER(id)
{
	format_number(true, flow->id, cell);
}

WRITER(closed_at)
{
	format_number(record_has(flow, TCPSTATE_A_FLOW_CLOSED_AT_NS), flow->closed_at_ns, cell);
}

WRITER(duration)
{
	if (record_has(flow, TCPSTATE_A_FLOW_DURATION_MS))
		format_thousandths(flow->duration_ms, cell);
	else
		write_text(cell, "-");
}

WRITER(initiator_nat)
{
	nat_cell(flow, TCPSTATE_INITIATOR, numeric, cell, CELLS_TEXT);
}

WRITER(responder_nat)
{
	nat_cell(flow, TCPSTATE_RESPONDER, numeric, cell, CELLS_TEXT);
}

WRITER(initiator_process)
{
	process_cell(flow, TCPSTATE_INITIATOR, cell, CELLS_TEXT);
}

WRITER(responder_process)
{
	process_cell(flow, TCPSTATE_RESPONDER, cell, CELLS_TEXT);
}

WRITER(netns)
{
	format_word(flow->netns, cell, CELLS_TEXT);
}

WRITER(retransmits)
{
	write_pair(cell, flow, TCPSTATE_A_END_RETRANSMITS, TCPSTATE_COUNT_RETRANSMITS,
		   PAIR(retransmits));
}

WRITER(gaps)
{
	write_pair(cell, flow, TCPSTATE_A_END_GAPS, TCPSTATE_COUNT_GAPS, PAIR(gaps));
}

WRITER(uid)
{
	owner_uids(flow, cell, CELLS_TEXT);
}

WRITER(cgroup)
{
	owner_cgroups(flow, cell, CELLS_TEXT);
}

static enum term_color color_initiator(const struct flow *flow)
{
	return term_state_color(flow->end[TCPSTATE_INITIATOR].state);
}

static enum term_color color_responder(const struct flow *flow)
{
	return term_state_color(flow->end[TCPSTATE_RESPONDER].state);
}

static enum term_color color_verdict(const struct flow *flow)
{
	return term_verdict_color(flow->verdict);
}

#define VALUE(name, known, expression) \
	static bool value_##name(const struct flow *flow, uint64_t *value) \
	{ \
		*value = (expression); \
		return known; \
	}

static uint64_t sum(uint64_t one, uint64_t two)
{
	uint64_t both;

	return __builtin_add_overflow(one, two, &both) ? UINT64_MAX : both;
}

static uint64_t all_segments(const struct flow *flow)
{
	return sum(record_segments(&flow->end[0]), record_segments(&flow->end[1]));
}

/* A count may be known of one end alone, and is 0 then for the other. */
#define HAS_ONE(attribute) \
	(record_has(&flow->end[0], attribute) || record_has(&flow->end[1], attribute))
#define BOTH(member)	sum(flow->end[0].member, flow->end[1].member)

VALUE(family, true, flow->family)
VALUE(phase, true, flow->phase)
VALUE(step, record_has(flow, TCPSTATE_A_FLOW_STEP) && flow->step, flow->phase * 256 + flow->step)
VALUE(initiator_state, true, flow->end[TCPSTATE_INITIATOR].state)
VALUE(responder_state, true, flow->end[TCPSTATE_RESPONDER].state)
VALUE(timer, record_has(flow, TCPSTATE_A_FLOW_TIMER), flow->timer)
VALUE(left, record_has(flow, TCPSTATE_A_FLOW_LEFT_MS), flow->left_ms)
VALUE(age, true, flow->age_ms)
VALUE(in_state, record_has(flow, TCPSTATE_A_FLOW_IN_STATE_MS), flow->in_state_ms)
VALUE(idle, record_has(flow, TCPSTATE_A_FLOW_IDLE_MS), flow->idle_ms)
VALUE(syn_us, record_has(flow, TCPSTATE_A_FLOW_SYN_US), flow->syn_us)
VALUE(ack_us, record_has(flow, TCPSTATE_A_FLOW_ACK_US), flow->ack_us)
VALUE(repeats, HAS_ONE(TCPSTATE_A_END_REPEATS), BOTH(repeats))
VALUE(segments, HAS_ONE(TCPSTATE_A_END_OPENING), all_segments(flow))
VALUE(bytes, HAS_ONE(TCPSTATE_A_END_BYTES), BOTH(bytes))
VALUE(opening, HAS_ONE(TCPSTATE_A_END_OPENING), BOTH(opening))
VALUE(data, HAS_ONE(TCPSTATE_A_END_DATA), BOTH(data))
VALUE(acks, HAS_ONE(TCPSTATE_A_END_ACKS), BOTH(acks))
VALUE(closing, HAS_ONE(TCPSTATE_A_END_CLOSING), BOTH(closing))
VALUE(flags, record_has(flow, TCPSTATE_A_FLOW_FLAGS), flow->flags)
VALUE(verdict, flow->verdict != TCPSTATE_VERDICT_NONE, flow->verdict)
VALUE(id, true, flow->id)
VALUE(closed_at, record_has(flow, TCPSTATE_A_FLOW_CLOSED_AT_NS), flow->closed_at_ns)
VALUE(duration, record_has(flow, TCPSTATE_A_FLOW_DURATION_MS), flow->duration_ms)
VALUE(retransmits, HAS_ONE(TCPSTATE_A_END_RETRANSMITS), BOTH(retransmits))
VALUE(gaps, HAS_ONE(TCPSTATE_A_END_GAPS), BOTH(gaps))
VALUE(uid, record_owner(flow) >= 0, flow->end[record_owner(flow) == 1].uid)
VALUE(cgroup, HAS_ONE(TCPSTATE_A_END_CGROUP), flow->end[record_owner(flow) == 1].cgroup)

static const struct cells cells_columns[] = {
	{ FIELD_FAMILY, 21, write_family, value_family, NULL },
	{ FIELD_INITIATOR, COLUMNS_END, write_initiator, NULL, NULL },
	{ FIELD_RESPONDER, COLUMNS_END, write_responder, NULL, NULL },
	{ FIELD_PHASE, COLUMNS_PHASE, write_phase, value_phase, NULL },
	{ FIELD_STEP, 10, write_step, value_step, NULL },
	{ FIELD_INITIATOR_STATE, COLUMNS_STATE, write_initiator_state, value_initiator_state,
	  color_initiator },
	{ FIELD_RESPONDER_STATE, COLUMNS_STATE, write_responder_state, value_responder_state,
	  color_responder },
	{ FIELD_TIMER, COLUMNS_TIMER, write_timer, value_timer, NULL },
	{ FIELD_LEFT, 4, write_left, value_left, NULL },
	{ FIELD_AGE, 6, write_age, value_age, NULL },
	{ FIELD_SYN, 13, write_syn_us, value_syn_us, NULL },
	{ FIELD_ACK, 14, write_ack_us, value_ack_us, NULL },
	{ FIELD_REPEATS, 16, write_repeats, value_repeats, NULL },
	{ FIELD_SEGMENTS, 11, write_segments, value_segments, NULL },
	{ FIELD_BYTES, 7, write_bytes, value_bytes, NULL },
	{ FIELD_OPENING, 17, write_opening, value_opening, NULL },
	{ FIELD_DATA, 18, write_data, value_data, NULL },
	{ FIELD_ACKS, 19, write_acks, value_acks, NULL },
	{ FIELD_CLOSING, 20, write_closing, value_closing, NULL },
	{ FIELD_FLAGS, 12, write_flags, value_flags, NULL },
	{ FIELD_VERDICT, 5, write_verdict, value_verdict, color_verdict },
	{ FIELD_ID, 15, write_id, value_id, NULL },
	{ FIELD_CLOSED_AT, 23, write_closed_at, value_closed_at, NULL },
	{ FIELD_DURATION, 22, write_duration, value_duration, NULL },
	{ FIELD_RETRANSMITS, 24, write_retransmits, value_retransmits, NULL },
	{ FIELD_GAPS, 25, write_gaps, value_gaps, NULL },
	{ FIELD_UID, 26, write_uid, value_uid, NULL },
	{ FIELD_CGROUP, 27, write_cgroup, value_cgroup, NULL },
};

/* These follow the others. */
static const struct cells_extra cells_extras[] = {
	{ { FIELD_INITIATOR_NAT, COLUMNS_END, write_initiator_nat, NULL, NULL },
	  offsetof(struct options, nat) },
	{ { FIELD_RESPONDER_NAT, COLUMNS_END, write_responder_nat, NULL, NULL },
	  offsetof(struct options, nat) },
	{ { FIELD_INITIATOR_PROCESS, COLUMNS_END, write_initiator_process, NULL, NULL },
	  offsetof(struct options, process) },
	{ { FIELD_RESPONDER_PROCESS, COLUMNS_END, write_responder_process, NULL, NULL },
	  offsetof(struct options, process) },
	{ { FIELD_NETNS, COLUMNS_END, write_netns, NULL, NULL },
	  offsetof(struct options, all_netns) },
};

/* These are there for those who ask for them by name. */
static const struct cells cells_asked[] = {
	{ FIELD_IN_STATE, 6, write_in_state, value_in_state, NULL },
	{ FIELD_IDLE, 6, write_idle, value_idle, NULL },
};

static_assert(ARRAY_SIZE(cells_columns) + ARRAY_SIZE(cells_extras) + ARRAY_SIZE(cells_asked) <=
	      COLUMNS_MAX,
	      "a table has no room for them");

static bool is_wanted(const struct cells_extra *extra, const struct options *options)
{
	return *(const bool *)((const char *)options + extra->option);
}

/**
 * cells_choose() - the columns that there are unless others are asked for
 * @options: what was asked for
 * @chosen: is filled, in their order
 *
 * Return: how many there are.
 */
size_t cells_choose(const struct options *options, const struct cells *chosen[FIELDS])
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(cells_columns); i++)
		chosen[n++] = &cells_columns[i];
	for (size_t i = 0; i < ARRAY_SIZE(cells_extras); i++)
		if (is_wanted(&cells_extras[i], options))
			chosen[n++] = &cells_extras[i].cells;
	return n;
}

/**
 * cells_fields() - the names of list's columns, also of those that must be asked for
 * @options: what was asked for
 *
 * Return: FIELD_BIT() of each.
 */
uint64_t cells_fields(const struct options *options)
{
	const struct cells *chosen[FIELDS];
	size_t n = cells_choose(options, chosen);
	uint64_t set = 0;

	for (size_t i = 0; i < n; i++)
		set |= FIELD_BIT(chosen[i]->field);
	for (size_t i = 0; i < ARRAY_SIZE(cells_asked); i++)
		set |= FIELD_BIT(cells_asked[i].field);
	return set;
}

/**
 * cells_of() - find a column
 * @field: its name, one of cells_fields()
 *
 * Return: the column.
 */
const struct cells *cells_of(enum field field)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(cells_columns) && cells_columns[i].field != field)
		i++;
	if (i < ARRAY_SIZE(cells_columns))
		return &cells_columns[i];
	for (i = 0; i < ARRAY_SIZE(cells_asked); i++)
		if (cells_asked[i].field == field)
			return &cells_asked[i];
	for (i = 0; cells_extras[i].cells.field != field; i++)
		;
	return &cells_extras[i].cells;
}

#define COMPARE(one, two)	((one) < (two) ? -1 : (one) > (two))

/* Compare the same end of two connections. */
static int compare_ends(const struct flow *one, const struct flow *two, int which)
{
	const struct end *a = &one->end[which], *b = &two->end[which];
	int ret = COMPARE(one->family, two->family);

	if (!ret)
		ret = memcmp(a->address, b->address, sizeof(a->address));
	if (!ret)
		ret = COMPARE(one->ifindex, two->ifindex);
	return ret ? ret : COMPARE(a->port, b->port);
}

/* Compare what is printed. */
static int compare_texts(const struct flow *one, const struct flow *two,
			 const struct cells *cells)
{
	char first[CELLS_TEXT], second[CELLS_TEXT];

	cells->write(one, true, first);
	cells->write(two, true, second);
	return strcmp(first, second);
}

/**
 * cells_compare() - which of two connections comes first?
 * @one: a connection
 * @two: another
 * @order: by what they are sorted
 *
 * What is not known comes last, and among equals the oldest comes first.
 *
 * Return: as for qsort().
 */
int cells_compare(const struct flow *one, const struct flow *two,
		  const struct field_order *order)
{
	const struct cells *cells = cells_of(order->field);
	uint64_t a = 0, b = 0;
	int ret;

	if (cells->value) {
		bool known_a = cells->value(one, &a), known_b = cells->value(two, &b);

		if (known_a != known_b)
			return known_a ? -1 : 1;
		ret = known_a ? COMPARE(a, b) : 0;
	} else if (order->field == FIELD_INITIATOR || order->field == FIELD_RESPONDER) {
		ret = compare_ends(one, two, order->field == FIELD_RESPONDER);
	} else {
		ret = compare_texts(one, two, cells);
	}
	if (order->descending)
		ret = -ret;
	return ret ? ret : COMPARE(one->id, two->id);
}
