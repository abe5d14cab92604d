// SPDX-License-Identifier: GPL-2.0-only
/* Which connections pass a filter; and what the kernel can be asked for. */
#include "filter.h"

#include <string.h>

static bool is_set(const struct parse_match *match)
{
	return match->family || match->has_port;
}

static bool same_prefix(const uint8_t *a, const uint8_t *b, unsigned int len)
{
	if (memcmp(a, b, len / 8))
		return false;
	return !(len % 8) || !((a[len / 8] ^ b[len / 8]) >> (8 - len % 8));
}

static bool match_end(const struct parse_match *match, const struct flow *flow, int which)
{
	const struct end *end = &flow->end[which];

	if (match->ifindex && match->ifindex != flow->ifindex)
		return false;
	if (match->has_port && (end->port < match->port_min || end->port > match->port_max))
		return false;
	return !match->family ||
	       (match->family == flow->family &&
		same_prefix(match->address, end->address, match->prefix_len));
}

static bool match_either(const struct parse_match *match, const struct flow *flow)
{
	return !is_set(match) || match_end(match, flow, 0) || match_end(match, flow, 1);
}

/**
 * filter_match_tuple() - does a connection pass, by its addresses and ports?
 * @filter: what was asked for
 * @flow: the connection
 *
 * Addresses and ports are what never changes of a connection.
 *
 * Return: whether it may pass.
 */
bool filter_match_tuple(const struct filter *filter, const struct flow *flow)
{
	return (!filter->family || filter->family == flow->family) &&
	       match_end(&filter->end[0], flow, 0) && match_end(&filter->end[1], flow, 1) &&
	       match_either(&filter->host, flow) && match_either(&filter->port, flow);
}

static bool match_mask(uint32_t mask, unsigned int value)
{
	return !mask || mask & 1u << value;
}

/**
 * filter_match() - does a connection pass, as the kernel would judge it?
 * @filter: what was asked for
 * @flow: the connection, or an event, which has the connection as it is afterwards
 *
 * Return: whether it passes.
 */
bool filter_match(const struct filter *filter, const struct flow *flow)
{
	uint64_t age_ms = flow->age_ms;

	if (!record_has(flow, TCPSTATE_A_FLOW_AGE_MS))
		age_ms = (flow->event.time_ns - flow->id) / 1000000;
	return filter_match_tuple(filter, flow) &&
	       match_mask(filter->end_states[0], flow->end[0].state) &&
	       match_mask(filter->end_states[1], flow->end[1].state) &&
	       (match_mask(filter->states, flow->end[0].state) ||
		match_mask(filter->states, flow->end[1].state)) &&
	       match_mask(filter->phases, flow->phase) &&
	       match_mask(filter->verdicts, flow->verdict) &&
	       (flow->flags & filter->flags) == filter->flags &&
	       (!filter->has_min_age || age_ms >= filter->min_age_ms) &&
	       (!filter->has_max_age || age_ms <= filter->max_age_ms);
}

/* Leave in @a what matches both; false if nothing does. */
static bool intersect(struct parse_match *a, const struct parse_match *b)
{
	if (a->family && b->family) {
		unsigned int len = a->prefix_len;

		if (b->prefix_len < len)
			len = b->prefix_len;
		if (a->family != b->family || !same_prefix(a->address, b->address, len))
			return false;
	}
	if (b->family && (!a->family || b->prefix_len > a->prefix_len)) {
		a->family = b->family;
		a->prefix_len = b->prefix_len;
		memcpy(a->address, b->address, sizeof(a->address));
	}
	if (!b->has_port)
		return true;
	if (!a->has_port || b->port_min > a->port_min)
		a->port_min = b->port_min;
	if (!a->has_port || b->port_max < a->port_max)
		a->port_max = b->port_max;
	a->has_port = true;
	return a->port_min <= a->port_max;
}

static bool is_split(const struct filter *filter)
{
	return is_set(&filter->host) && is_set(&filter->port);
}

/**
 * filter_has_interface() - does a filter say where an address is valid?
 * @filter: what was asked for
 *
 * Return: whether it does.
 */
bool filter_has_interface(const struct filter *filter)
{
	return filter->end[0].ifindex || filter->end[1].ifindex || filter->host.ifindex;
}

/**
 * filter_is_wider() - does the kernel's filter pass more than this one?
 * @filter: what was asked for
 *
 * The kernel's filter has one attribute for "either end", but "host" and "port" may hold
 * for different ends; and it has none for an interface.
 *
 * Return: whether filter_match_tuple() has to judge what it passes.
 */
bool filter_is_wider(const struct filter *filter)
{
	return is_split(filter) || filter_has_interface(filter);
}

/**
 * filter_split() - filters that together pass what this one passes
 * @filter: what was asked for
 * @parts: are filled; none has both host and port
 *
 * Return: how many of @parts there are. They overlap.
 */
unsigned int filter_split(const struct filter *filter, struct filter parts[3])
{
	unsigned int n = 0;

	if (!is_split(filter)) {
		parts[0] = *filter;
		return 1;
	}
	parts[n] = *filter;
	memset(&parts[n].port, 0, sizeof(parts[n].port));
	if (intersect(&parts[n].host, &filter->port))
		n++;
	for (int end = 0; end < 2; end++) {
		parts[n] = *filter;
		memset(&parts[n].host, 0, sizeof(parts[n].host));
		memset(&parts[n].port, 0, sizeof(parts[n].port));
		if (intersect(&parts[n].end[end], &filter->host) &&
		    intersect(&parts[n].end[!end], &filter->port))
			n++;
	}
	return n;
}
