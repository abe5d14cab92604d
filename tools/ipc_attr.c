// SPDX-License-Identifier: GPL-2.0-only
/* Translates netlink's attributes to records, by a table for each attribute set. */
#include "ipc_attr.h"

#include <linux/genetlink.h>
#include <string.h>

#include "compiler.h"

/** enum kind - what an attribute is */
enum kind {
	/** @IGNORED: not for us, or newer than this file */
	IGNORED,
	/** @PRESENT: says something by being there */
	PRESENT,
	NUMBER,
	ADDRESS,
	NEST,
	/** @LIST: a nest that is there several times */
	LIST,
	/** @COUNTERS: a nest of counters */
	COUNTERS,
	/** @MATCH: an address and ports, in requests */
	MATCH,
};

/** struct field - where an attribute goes in its record */
struct field {
	enum kind kind;
	uint16_t offset;
	/** @size: its size in bytes, the same in the message and in the record */
	uint16_t size;
	/** @most: how many of a list there is room for */
	uint16_t most;
	/** @count: the offset of the count of a list */
	uint16_t count;
	/** @set: the attributes in a nest, or in each nest of a list */
	const struct set *set;
};

/** struct set - an attribute set; its record begins with @has */
struct set {
	const struct field *fields;
	unsigned int n;
};

#define SIZE(type, member)	sizeof(((type *)NULL)->member)
#define FIELD(what, type, member) \
	{ .kind = (what), .offset = offsetof(type, member), .size = SIZE(type, member) }
#define NESTED(type, member, nested) \
	{ .kind = NEST, .offset = offsetof(type, member), .set = &(nested) }
#define LISTED(type, member, number, nested) \
	{ .kind = LIST, .offset = offsetof(type, member), .size = SIZE(type, member[0]), \
	  .most = SIZE(type, member) / SIZE(type, member[0]), \
	  .count = offsetof(type, number), .set = &(nested) }
#define SET(table)	{ table, ARRAY_SIZE(table) }

static const struct field end_fields[] = {
	[TCPSTATE_A_END_ADDRESS] = FIELD(ADDRESS, struct end, address),
	[TCPSTATE_A_END_PORT] = FIELD(NUMBER, struct end, port),
	[TCPSTATE_A_END_STATE] = FIELD(NUMBER, struct end, state),
	[TCPSTATE_A_END_STATE_BEFORE] = FIELD(NUMBER, struct end, state_before),
	[TCPSTATE_A_END_ISN] = FIELD(NUMBER, struct end, isn),
	[TCPSTATE_A_END_SEQ] = FIELD(NUMBER, struct end, seq),
	[TCPSTATE_A_END_ACK] = FIELD(NUMBER, struct end, ack),
	[TCPSTATE_A_END_WINDOW] = FIELD(NUMBER, struct end, window),
	[TCPSTATE_A_END_WSCALE] = FIELD(NUMBER, struct end, wscale),
	[TCPSTATE_A_END_TIMESTAMPS] = { .kind = PRESENT },
	[TCPSTATE_A_END_BYTES] = FIELD(NUMBER, struct end, bytes),
	[TCPSTATE_A_END_OPENING] = FIELD(NUMBER, struct end, opening),
	[TCPSTATE_A_END_DATA] = FIELD(NUMBER, struct end, data),
	[TCPSTATE_A_END_ACKS] = FIELD(NUMBER, struct end, acks),
	[TCPSTATE_A_END_CLOSING] = FIELD(NUMBER, struct end, closing),
	[TCPSTATE_A_END_REPEATS] = FIELD(NUMBER, struct end, repeats),
	[TCPSTATE_A_END_CLOSER] = { .kind = PRESENT },
	[TCPSTATE_A_END_SATURATED] = FIELD(NUMBER, struct end, saturated),
	[TCPSTATE_A_END_RETRANSMITS] = FIELD(NUMBER, struct end, retransmits),
	[TCPSTATE_A_END_GAPS] = FIELD(NUMBER, struct end, gaps),
	[TCPSTATE_A_END_UID] = FIELD(NUMBER, struct end, uid),
	[TCPSTATE_A_END_CGROUP] = FIELD(NUMBER, struct end, cgroup),
};

static const struct set end_set = SET(end_fields);

static const struct field segment_fields[] = {
	[TCPSTATE_A_SEGMENT_FROM] = FIELD(NUMBER, struct segment, from),
	[TCPSTATE_A_SEGMENT_FLAGS] = FIELD(NUMBER, struct segment, flags),
	[TCPSTATE_A_SEGMENT_SEQ] = FIELD(NUMBER, struct segment, seq),
	[TCPSTATE_A_SEGMENT_ACK] = FIELD(NUMBER, struct segment, ack),
	[TCPSTATE_A_SEGMENT_RELATIVE_SEQ] = FIELD(NUMBER, struct segment, relative_seq),
	[TCPSTATE_A_SEGMENT_RELATIVE_ACK] = FIELD(NUMBER, struct segment, relative_ack),
	[TCPSTATE_A_SEGMENT_WINDOW] = FIELD(NUMBER, struct segment, window),
	[TCPSTATE_A_SEGMENT_LEN] = FIELD(NUMBER, struct segment, len),
	[TCPSTATE_A_SEGMENT_SEGS] = FIELD(NUMBER, struct segment, segs),
};

static const struct set segment_set = SET(segment_fields);

static const struct field transition_fields[] = {
	[TCPSTATE_A_TRANSITION_END] = FIELD(NUMBER, struct transition, end),
	[TCPSTATE_A_TRANSITION_TRIGGER] = FIELD(NUMBER, struct transition, trigger),
	[TCPSTATE_A_TRANSITION_FROM] = FIELD(NUMBER, struct transition, from),
	[TCPSTATE_A_TRANSITION_TO] = FIELD(NUMBER, struct transition, to),
};

static const struct set transition_set = SET(transition_fields);

static const struct field event_fields[] = {
	[TCPSTATE_A_EVENT_NUMBER] = FIELD(NUMBER, struct event, number),
	[TCPSTATE_A_EVENT_TIME_NS] = FIELD(NUMBER, struct event, time_ns),
	[TCPSTATE_A_EVENT_TRANSITION] = LISTED(struct event, transition, n_transitions,
						transition_set),
	[TCPSTATE_A_EVENT_RETRACT] = { .kind = PRESENT },
	[TCPSTATE_A_EVENT_TIMER] = FIELD(NUMBER, struct event, timer),
	[TCPSTATE_A_EVENT_SEGMENT] = NESTED(struct event, segment, segment_set),
};

static const struct set event_set = SET(event_fields);

static const struct field flow_fields[] = {
	[TCPSTATE_A_FLOW_ID] = FIELD(NUMBER, struct flow, id),
	[TCPSTATE_A_FLOW_FAMILY] = FIELD(NUMBER, struct flow, family),
	[TCPSTATE_A_FLOW_IFINDEX] = FIELD(NUMBER, struct flow, ifindex),
	[TCPSTATE_A_FLOW_INITIATOR] = NESTED(struct flow, end[TCPSTATE_INITIATOR], end_set),
	[TCPSTATE_A_FLOW_RESPONDER] = NESTED(struct flow, end[TCPSTATE_RESPONDER], end_set),
	[TCPSTATE_A_FLOW_PHASE] = FIELD(NUMBER, struct flow, phase),
	[TCPSTATE_A_FLOW_STEP] = FIELD(NUMBER, struct flow, step),
	[TCPSTATE_A_FLOW_TIMER] = FIELD(NUMBER, struct flow, timer),
	[TCPSTATE_A_FLOW_LEFT_MS] = FIELD(NUMBER, struct flow, left_ms),
	[TCPSTATE_A_FLOW_AGE_MS] = FIELD(NUMBER, struct flow, age_ms),
	[TCPSTATE_A_FLOW_SYN_US] = FIELD(NUMBER, struct flow, syn_us),
	[TCPSTATE_A_FLOW_ACK_US] = FIELD(NUMBER, struct flow, ack_us),
	[TCPSTATE_A_FLOW_SACK] = { .kind = PRESENT },
	[TCPSTATE_A_FLOW_FLAGS] = FIELD(NUMBER, struct flow, flags),
	[TCPSTATE_A_FLOW_VERDICT] = FIELD(NUMBER, struct flow, verdict),
	[TCPSTATE_A_FLOW_EVENT] = NESTED(struct flow, event, event_set),
	[TCPSTATE_A_FLOW_COUNT] = FIELD(NUMBER, struct flow, count),
	[TCPSTATE_A_FLOW_CLOSED_AT_NS] = FIELD(NUMBER, struct flow, closed_at_ns),
	[TCPSTATE_A_FLOW_DURATION_MS] = FIELD(NUMBER, struct flow, duration_ms),
	[TCPSTATE_A_FLOW_IDLE_MS] = FIELD(NUMBER, struct flow, idle_ms),
	[TCPSTATE_A_FLOW_IN_STATE_MS] = FIELD(NUMBER, struct flow, in_state_ms),
};

static const struct set flow_set = SET(flow_fields);

static const struct field bucket_fields[] = {
	[TCPSTATE_A_BUCKET_LE_US] = FIELD(NUMBER, struct bucket, le_us),
	[TCPSTATE_A_BUCKET_COUNT] = FIELD(NUMBER, struct bucket, count),
};

static const struct set bucket_set = SET(bucket_fields);

static const struct field histogram_fields[] = {
	[TCPSTATE_A_HISTOGRAM_SUM_US] = FIELD(NUMBER, struct histogram, sum_us),
	[TCPSTATE_A_HISTOGRAM_BUCKET] = LISTED(struct histogram, bucket, n_buckets, bucket_set),
};

static const struct set histogram_set = SET(histogram_fields);

static const struct field pair_fields[] = {
	[TCPSTATE_A_PAIR_INITIATOR_STATE] =
		FIELD(NUMBER, struct pair, state[TCPSTATE_INITIATOR]),
	[TCPSTATE_A_PAIR_RESPONDER_STATE] =
		FIELD(NUMBER, struct pair, state[TCPSTATE_RESPONDER]),
	[TCPSTATE_A_PAIR_COUNT] = FIELD(NUMBER, struct pair, count),
};

static const struct set pair_set = SET(pair_fields);

static const struct field ending_fields[] = {
	[TCPSTATE_A_ENDING_VERDICT] = FIELD(NUMBER, struct ending, verdict),
	[TCPSTATE_A_ENDING_COUNT] = FIELD(NUMBER, struct ending, count),
};

static const struct set ending_set = SET(ending_fields);

static const struct field stats_fields[] = {
	[TCPSTATE_A_STATS_RECORDS] = FIELD(NUMBER, struct stats, records),
	[TCPSTATE_A_STATS_MAX_RECORDS] = FIELD(NUMBER, struct stats, max_records),
	[TCPSTATE_A_STATS_SHARE] = FIELD(NUMBER, struct stats, share),
	[TCPSTATE_A_STATS_MEMORY_BYTES] = FIELD(NUMBER, struct stats, memory_bytes),
	[TCPSTATE_A_STATS_TABLE_BYTES] = FIELD(NUMBER, struct stats, table_bytes),
	[TCPSTATE_A_STATS_COUNTERS] = {
		.kind = COUNTERS, .offset = offsetof(struct stats, counters),
	},
	[TCPSTATE_A_STATS_ENDING] = LISTED(struct stats, ending, n_endings, ending_set),
	[TCPSTATE_A_STATS_PAIR] = LISTED(struct stats, pair, n_pairs, pair_set),
	[TCPSTATE_A_STATS_SYN_TIME] = NESTED(struct stats, syn_time, histogram_set),
	[TCPSTATE_A_STATS_ACK_TIME] = NESTED(struct stats, ack_time, histogram_set),
};

static const struct set stats_set = SET(stats_fields);

/* Counters are all alike and need no table. */
static void parse_counters(const struct nlattr *attrs, size_t len, struct counters *counters)
{
	const struct nlattr *attr;

	mnl_attr_for_each_payload(attrs, len) {
		unsigned int type = mnl_attr_get_type(attr);

		if (type < ARRAY_SIZE(counters->n) &&
		    mnl_attr_get_payload_len(attr) == sizeof(uint64_t)) {
			counters->n[type] = mnl_attr_get_u64(attr);
			counters->has |= 1u << type;
		}
	}
}

static void parse_set(const struct set *set, const struct nlattr *attrs, size_t len,
		      void *record);

/* Stores one attribute; false if its size or its place is wrong. */
static bool parse_field(const struct field *field, const struct nlattr *attr, void *record)
{
	const void *payload = mnl_attr_get_payload(attr);
	uint16_t len = mnl_attr_get_payload_len(attr);
	char *to = (char *)record + field->offset;
	unsigned int *count;

	switch (field->kind) {
	case PRESENT:
		return true;
	case NUMBER:
		if (len != field->size)
			return false;
		memcpy(to, payload, len);
		return true;
	case ADDRESS:
		if (len > field->size)
			return false;
		memcpy(to, payload, len);
		return true;
	case NEST:
		parse_set(field->set, payload, len, to);
		return true;
	case LIST:
		count = (unsigned int *)((char *)record + field->count);
		if (*count == field->most)
			return false;
		parse_set(field->set, payload, len, to + field->size * (*count)++);
		return true;
	case COUNTERS:
		parse_counters(payload, len, (struct counters *)to);
		return true;
	default:
		return false;
	}
}

/* @record is zeroed, and begins with @has. */
static void parse_set(const struct set *set, const struct nlattr *attrs, size_t len,
		      void *record)
{
	const struct nlattr *attr = attrs;
	uint32_t *has = record;

	while (mnl_attr_ok(attr, (const char *)attrs + len - (const char *)attr)) {
		unsigned int type = mnl_attr_get_type(attr);

		if (type < set->n && parse_field(&set->fields[type], attr, record))
			*has |= 1u << type;
		attr = mnl_attr_next(attr);
	}
}

static void parse_message(const struct nlmsghdr *message, const struct set *set,
			  void *record)
{
	size_t offset = sizeof(struct genlmsghdr);

	parse_set(set, mnl_nlmsg_get_payload_offset(message, offset),
		  mnl_nlmsg_get_payload_len(message) - offset, record);
}

#define BIT(attribute)	(1u << (attribute))
/* The counts of an end, of which an event leaves out those that are 0 */
#define COUNTS \
	(BIT(TCPSTATE_A_END_BYTES) | BIT(TCPSTATE_A_END_OPENING) | BIT(TCPSTATE_A_END_DATA) | \
	 BIT(TCPSTATE_A_END_ACKS) | BIT(TCPSTATE_A_END_CLOSING) | BIT(TCPSTATE_A_END_REPEATS))
/* Those that are known of an end that has sent something */
#define COUNTS_IF_SEEN	(BIT(TCPSTATE_A_END_RETRANSMITS) | BIT(TCPSTATE_A_END_GAPS))

/* A count that an event leaves out is 0, unless its module tells none in events. */
static void add_zeros(struct flow *flow)
{
	struct end *end = flow->end;

	if (!record_has(flow, TCPSTATE_A_FLOW_EVENT) || !((end[0].has | end[1].has) & COUNTS))
		return;
	for (int i = 0; i < 2; i++)
		end[i].has |= COUNTS | (end[i].has & COUNTS ? COUNTS_IF_SEEN : 0);
}

/**
 * ipc_attr_parse_flow() - read a connection, or an event of one
 * @message: the message
 * @flow: is filled
 */
void ipc_attr_parse_flow(const struct nlmsghdr *message, struct flow *flow)
{
	const struct genlmsghdr *header = mnl_nlmsg_get_payload(message);

	memset(flow, 0, sizeof(*flow));
	flow->command = header->cmd;
	parse_message(message, &flow_set, flow);
	add_zeros(flow);
}

/**
 * ipc_attr_parse_stats() - read totals
 * @message: the message
 * @stats: is filled
 */
void ipc_attr_parse_stats(const struct nlmsghdr *message, struct stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	parse_message(message, &stats_set, stats);
}

static size_t address_len(uint8_t family)
{
	return family == TCPSTATE_FAMILY_IPV4 ? 4 : 16;
}

static void put_match(struct nlmsghdr *message, uint16_t type,
		      const struct parse_match *match)
{
	struct nlattr *nest;

	nest = mnl_attr_nest_start(message, type);
	if (match->family) {
		mnl_attr_put(message, TCPSTATE_A_MATCH_ADDRESS, address_len(match->family),
			     match->address);
		mnl_attr_put_u8(message, TCPSTATE_A_MATCH_PREFIX_LEN, match->prefix_len);
	}
	if (match->has_port) {
		mnl_attr_put_u16(message, TCPSTATE_A_MATCH_PORT_MIN, match->port_min);
		mnl_attr_put_u16(message, TCPSTATE_A_MATCH_PORT_MAX, match->port_max);
	}
	mnl_attr_nest_end(message, nest);
}

#define ASKED(attribute, member) \
	[TCPSTATE_A_FILTER_##attribute] = FIELD(NUMBER, struct condition, member)
#define ASKED_MATCH(attribute, member) \
	[TCPSTATE_A_FILTER_##attribute] = FIELD(MATCH, struct condition, member)

static const struct field condition_fields[] = {
	ASKED(FAMILY, family),
	ASKED_MATCH(INITIATOR, end[TCPSTATE_INITIATOR]),
	ASKED_MATCH(RESPONDER, end[TCPSTATE_RESPONDER]),
	ASKED_MATCH(EITHER, either),
	ASKED(INITIATOR_STATES, end_states[TCPSTATE_INITIATOR]),
	ASKED(RESPONDER_STATES, end_states[TCPSTATE_RESPONDER]),
	ASKED(STATES, states),
	ASKED(PHASES, phases),
	ASKED(VERDICTS, verdicts),
	ASKED(FLAGS, flags),
	ASKED(MIN_AGE_MS, min_age_ms),
	ASKED(MAX_AGE_MS, max_age_ms),
	ASKED(MIN_IDLE_MS, min_idle_ms),
	ASKED(MIN_IN_STATE_MS, min_in_state_ms),
	ASKED(MIN_SYN_US, min_syn_us),
	ASKED(MIN_ACK_US, min_ack_us),
	ASKED(IFINDEX, ifindex),
	ASKED(MIN_RETRANSMITS, min_retransmits),
	ASKED(UID, uid),
};

static void put_condition(struct nlmsghdr *message, uint16_t type,
			  const struct condition *condition)
{
	struct nlattr *nest = mnl_attr_nest_start(message, type);

	for (unsigned int i = 0; i < ARRAY_SIZE(condition_fields); i++) {
		const struct field *field = &condition_fields[i];
		const char *value = (const char *)condition + field->offset;

		if (!(condition->asked & 1u << i))
			continue;
		if (field->kind == MATCH)
			put_match(message, i, (const struct parse_match *)value);
		else
			mnl_attr_put(message, i, field->size, value);
	}
	mnl_attr_nest_end(message, nest);
}

/**
 * ipc_attr_put_filter() - ask for what passes a filter
 * @message: the request
 * @filter: the filter
 */
void ipc_attr_put_filter(struct nlmsghdr *message, const struct filter *filter)
{
	struct nlattr *nest, *term;

	if (!filter->n)
		return;
	/* Older modules know filters alone. */
	if (filter->n == 1) {
		put_condition(message, TCPSTATE_A_FLOW_FILTER, &filter->term[0].condition);
		return;
	}
	nest = mnl_attr_nest_start(message, TCPSTATE_A_FLOW_EXPRESSION);
	for (unsigned int i = 0; i < filter->n; i++) {
		term = mnl_attr_nest_start(message, TCPSTATE_A_EXPRESSION_TERM);
		mnl_attr_put_u8(message, TCPSTATE_A_TERM_OP, filter->term[i].op);
		if (filter->term[i].op == TCPSTATE_OPERATOR_MATCH)
			put_condition(message, TCPSTATE_A_TERM_FILTER, &filter->term[i].condition);
		mnl_attr_nest_end(message, term);
	}
	mnl_attr_nest_end(message, nest);
}

/**
 * ipc_attr_put_tuple() - ask for the connection of a tuple
 * @message: the request
 * @tuple: its addresses and ports
 */
void ipc_attr_put_tuple(struct nlmsghdr *message, const struct tuple *tuple)
{
	struct nlattr *nest = mnl_attr_nest_start(message, TCPSTATE_A_FLOW_TUPLE);
	size_t len = address_len(tuple->family);

	mnl_attr_put(message, TCPSTATE_A_TUPLE_SOURCE, len, tuple->address[0]);
	mnl_attr_put_u16(message, TCPSTATE_A_TUPLE_SOURCE_PORT, tuple->port[0]);
	mnl_attr_put(message, TCPSTATE_A_TUPLE_DESTINATION, len, tuple->address[1]);
	mnl_attr_put_u16(message, TCPSTATE_A_TUPLE_DESTINATION_PORT, tuple->port[1]);
	if (tuple->ifindex)
		mnl_attr_put_u32(message, TCPSTATE_A_TUPLE_IFINDEX, tuple->ifindex);
	mnl_attr_nest_end(message, nest);
}
