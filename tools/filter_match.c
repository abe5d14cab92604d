// SPDX-License-Identifier: GPL-2.0-only
/* Which connections pass a filter, as the kernel would judge them. */
#include "filter.h"

#include <string.h>

#include "format.h"

/* What a condition may ask of addresses and ports, which never change. */
#define TUPLE \
	(1u << TCPSTATE_A_FILTER_FAMILY | 1u << TCPSTATE_A_FILTER_INITIATOR | \
	 1u << TCPSTATE_A_FILTER_RESPONDER | 1u << TCPSTATE_A_FILTER_EITHER | \
	 1u << TCPSTATE_A_FILTER_IFINDEX)

static bool same_prefix(const uint8_t *a, const uint8_t *b, unsigned int len)
{
	if (memcmp(a, b, len / 8))
		return false;
	return !(len % 8) || !((a[len / 8] ^ b[len / 8]) >> (8 - len % 8));
}

static bool match_place(const struct parse_match *match, uint8_t family, const uint8_t *address,
			uint16_t port)
{
	if (match->has_port && (port < match->port_min || port > match->port_max))
		return false;
	return !match->family || (match->family == family &&
				  same_prefix(match->address, address, match->prefix_len));
}

/* With --nat, an end passes by its place before translation and by that after it, too. */
static bool match_end(const struct parse_match *match, const struct flow *flow, int which)
{
	const struct end *end = &flow->end[which];
	const struct nat_end *before = end->before, *after = end->after;

	return match_place(match, flow->family, end->address, end->port) ||
	       (before && match_place(match, flow->family, before->address, before->port)) ||
	       (after && match_place(match, flow->family, after->address, after->port));
}

static bool is_in(uint32_t mask, unsigned int value)
{
	return mask & 1u << value;
}

/* An event has its time instead of an age. An id may be a moment ahead of the clock. */
static uint64_t age_ms(const struct flow *flow)
{
	if (record_has(flow, TCPSTATE_A_FLOW_AGE_MS))
		return flow->age_ms;
	if (flow->event.time_ns < flow->id)
		return 0;
	return (flow->event.time_ns - flow->id) / 1000000;
}

static bool is_owner(const struct end *end, uint32_t uid)
{
	return record_has(end, TCPSTATE_A_END_UID) && end->uid == uid;
}

/* Does the connection match that attribute of the condition? */
static bool match_one(const struct condition *condition, const struct flow *flow,
		      unsigned int attribute)
{
	const struct end *end = flow->end;

	switch (attribute) {
	case TCPSTATE_A_FILTER_FAMILY:
		return condition->family == flow->family;
	case TCPSTATE_A_FILTER_INITIATOR:
		return match_end(&condition->end[0], flow, 0);
	case TCPSTATE_A_FILTER_RESPONDER:
		return match_end(&condition->end[1], flow, 1);
	case TCPSTATE_A_FILTER_EITHER:
		return match_end(&condition->either, flow, 0) ||
		       match_end(&condition->either, flow, 1);
	case TCPSTATE_A_FILTER_IFINDEX:
		return condition->ifindex == flow->ifindex;
	case TCPSTATE_A_FILTER_INITIATOR_STATES:
		return is_in(condition->end_states[0], end[0].state);
	case TCPSTATE_A_FILTER_RESPONDER_STATES:
		return is_in(condition->end_states[1], end[1].state);
	case TCPSTATE_A_FILTER_STATES:
		return is_in(condition->states, end[0].state) ||
		       is_in(condition->states, end[1].state);
	case TCPSTATE_A_FILTER_PHASES:
		return is_in(condition->phases, flow->phase);
	case TCPSTATE_A_FILTER_VERDICTS:
		return is_in(condition->verdicts, flow->verdict);
	case TCPSTATE_A_FILTER_FLAGS:
		return (flow->flags & condition->flags) == condition->flags;
	case TCPSTATE_A_FILTER_MIN_AGE_MS:
		return age_ms(flow) >= condition->min_age_ms;
	case TCPSTATE_A_FILTER_MAX_AGE_MS:
		return age_ms(flow) <= condition->max_age_ms;
	case TCPSTATE_A_FILTER_MIN_IDLE_MS:
		return flow->idle_ms >= condition->min_idle_ms;
	case TCPSTATE_A_FILTER_MIN_IN_STATE_MS:
		return flow->in_state_ms >= condition->min_in_state_ms;
	case TCPSTATE_A_FILTER_MIN_SYN_US:
		return record_has(flow, TCPSTATE_A_FLOW_SYN_US) &&
		       flow->syn_us >= condition->min_syn_us;
	case TCPSTATE_A_FILTER_MIN_ACK_US:
		return record_has(flow, TCPSTATE_A_FLOW_ACK_US) &&
		       flow->ack_us >= condition->min_ack_us;
	case TCPSTATE_A_FILTER_MIN_RETRANSMITS:
		return end[0].retransmits >= condition->min_retransmits ||
		       end[1].retransmits >= condition->min_retransmits;
	case TCPSTATE_A_FILTER_UID:
		return is_owner(&end[0], condition->uid) || is_owner(&end[1], condition->uid);
	}
	return false;
}

/*
 * Is told of the connection what the attribute asks for? The kernel tells all, but a recording does
 * not tell what happened between two events.
 */
static bool is_told(const struct flow *flow, unsigned int attribute)
{
	if (record_has(flow, TCPSTATE_A_FLOW_EVENT))
		return true;
	switch (attribute) {
	case TCPSTATE_A_FILTER_FLAGS:
		return record_has(flow, TCPSTATE_A_FLOW_FLAGS);
	case TCPSTATE_A_FILTER_MIN_IDLE_MS:
		return record_has(flow, TCPSTATE_A_FLOW_IDLE_MS);
	case TCPSTATE_A_FILTER_MIN_IN_STATE_MS:
		return record_has(flow, TCPSTATE_A_FLOW_IN_STATE_MS);
	}
	return true;
}

/* Does the connection match that attribute of the condition, as far as is told of it? */
static enum filter_answer judge_one(const struct condition *condition, const struct flow *flow,
				    unsigned int attribute)
{
	uint32_t saturated = flow->end[0].saturated | flow->end[1].saturated;

	if (!is_told(flow, attribute))
		return FILTER_UNKNOWN;
	if (match_one(condition, flow, attribute))
		return FILTER_YES;
	/* A lower bound may have been passed. */
	return attribute == TCPSTATE_A_FILTER_MIN_RETRANSMITS &&
	       saturated & TCPSTATE_COUNT_RETRANSMITS ? FILTER_UNKNOWN : FILTER_NO;
}

/* Does the connection match those attributes of the condition that are asked for? */
static enum filter_answer match(const struct condition *condition, const struct flow *flow,
				uint32_t asked)
{
	enum filter_answer answer = FILTER_YES;

	for (unsigned int attribute = 0; asked && answer != FILTER_NO; attribute++, asked >>= 1) {
		enum filter_answer one = asked & 1 ? judge_one(condition, flow, attribute) :
						     FILTER_YES;

		if (one < answer)
			answer = one;
	}
	return answer;
}

/*
 * Does a connection pass, by those attributes? For each result that is left there is a bit: in
 * @may, whether what is not known could make it true, and in @must, whether that could not make it
 * false.
 */
static enum filter_answer evaluate(const struct filter *filter, const struct flow *flow,
				   uint32_t attributes)
{
	uint64_t may = 0, must = 0, last;
	enum filter_answer answer;

	for (unsigned int i = 0; i < filter->n; i++) {
		const struct condition *condition = &filter->term[i].condition;

		switch (filter->term[i].op) {
		case TCPSTATE_OPERATOR_MATCH:
			answer = match(condition, flow, condition->asked & attributes);
			may = may << 1 | (answer != FILTER_NO);
			must = must << 1 | (answer == FILTER_YES &&
					    !(condition->asked & ~attributes));
			break;
		case TCPSTATE_OPERATOR_NOT:
			last = may & 1;
			may = (may & ~1ull) | !(must & 1);
			must = (must & ~1ull) | !last;
			break;
		case TCPSTATE_OPERATOR_AND:
			may = may >> 1 & (~1ull | (may & 1));
			must = must >> 1 & (~1ull | (must & 1));
			break;
		case TCPSTATE_OPERATOR_OR:
			may = may >> 1 | (may & 1);
			must = must >> 1 | (must & 1);
			break;
		}
	}
	if (!filter->n || must & 1)
		return FILTER_YES;
	return may & 1 ? FILTER_UNKNOWN : FILTER_NO;
}

/**
 * filter_match_tuple() - may a connection ever pass, with its addresses and ports?
 * @filter: what was asked for
 * @flow: the connection
 *
 * Return: false if it does not pass, whatever becomes of it.
 */
bool filter_match_tuple(const struct filter *filter, const struct flow *flow)
{
	return evaluate(filter, flow, TUPLE) != FILTER_NO;
}

/* The verdicts that come with the end of a record, so that no record in the table has them */
#define LAST_VERDICTS \
	(1u << TCPSTATE_VERDICT_NO_ANSWER | 1u << TCPSTATE_VERDICT_ABANDONED | \
	 1u << TCPSTATE_VERDICT_IDLE | 1u << TCPSTATE_VERDICT_EVICTED | \
	 1u << TCPSTATE_VERDICT_FLUSHED | 1u << TCPSTATE_VERDICT_REOPENED)

/**
 * filter_check_table() - may a filter ask the table for that?
 * @filter: what was asked for
 * @error: gets one line that shows what the table never has, and what was expected
 * @size: of @error
 *
 * Return: 0 or -1.
 */
int filter_check_table(const struct filter *filter, char *error, size_t size)
{
	for (unsigned int i = 0; i < filter->n; i++) {
		uint32_t last = filter->term[i].condition.verdicts & LAST_VERDICTS;

		if (!last)
			continue;
		snprintf(error, size, "'%s' after 'verdict': it comes when a record is removed: expected 'tcpstate log' or 'events', which tell it then ('phase open' finds handshakes without an answer)",
			 format_name(FORMAT_VERDICT, __builtin_ctz(last)));
		return -1;
	}
	return 0;
}

/**
 * filter_judge() - does a connection pass, as far as is told of it?
 * @filter: what was asked for
 * @flow: the connection, or an event, which has the connection as it is afterwards
 *
 * Return: FILTER_UNKNOWN if that depends on what a recording does not tell: neither the filter
 * nor "not" before it holds then.
 */
enum filter_answer filter_judge(const struct filter *filter, const struct flow *flow)
{
	return evaluate(filter, flow, UINT32_MAX);
}

/**
 * filter_match() - does a connection pass, as the kernel would judge it?
 * @filter: what was asked for
 * @flow: the connection, or an event, as for filter_judge()
 *
 * Return: whether it is known to pass.
 */
bool filter_match(const struct filter *filter, const struct flow *flow)
{
	return filter_judge(filter, flow) == FILTER_YES;
}

static bool asks(const struct filter *filter, uint32_t attributes)
{
	for (unsigned int i = 0; i < filter->n; i++)
		if (filter->term[i].op == TCPSTATE_OPERATOR_MATCH &&
		    filter->term[i].condition.asked & attributes)
			return true;
	return false;
}

/**
 * filter_is_fixed() - is a filter about what never changes, such as addresses and ports?
 * @filter: what was asked for
 *
 * Return: whether it is. A connection passes it always or never.
 */
bool filter_is_fixed(const struct filter *filter)
{
	return !asks(filter, ~TUPLE);
}

/**
 * filter_has() - does a filter ask for that?
 * @filter: what was asked for
 * @attribute: TCPSTATE_A_FILTER_*
 *
 * Return: whether it does.
 */
bool filter_has(const struct filter *filter, unsigned int attribute)
{
	return asks(filter, 1u << attribute);
}

/**
 * filter_has_address() - does a filter ask for addresses or ports?
 * @filter: what was asked for
 *
 * Return: whether it does.
 */
bool filter_has_address(const struct filter *filter)
{
	return asks(filter, 1u << TCPSTATE_A_FILTER_INITIATOR | 1u << TCPSTATE_A_FILTER_RESPONDER |
			    1u << TCPSTATE_A_FILTER_EITHER);
}
