// SPDX-License-Identifier: GPL-2.0-only
/* Filters: which connections a request asks for. Knows records, and nothing of netlink. */
#include "filter.h"

#include <linux/bits.h>
#include <linux/inetdevice.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/user_namespace.h>
#include <net/ipv6.h>

#include "account.h"
#include "clock.h"
#include "engine/phase.h"
#include "expiry.h"
#include "zone.h"

/**
 * tcpstate_filter_init() - initialise a filter that every connection passes
 * @filter: the filter
 *
 * Context: any.
 */
void tcpstate_filter_init(struct tcpstate_filter *filter)
{
	static const struct tcpstate_match any = { .port_max = U16_MAX };

	*filter = (struct tcpstate_filter){
		.end = { any, any },
		.either = any,
		.states = { U32_MAX, U32_MAX },
		.either_states = U32_MAX,
		.phases = U32_MAX,
		.verdicts = U32_MAX,
		.max_age_ns = U64_MAX,
	};
}

static bool match_end(const struct tcpstate_match *match,
		      const struct tcpstate_flow *flow, int end)
{
	u16 port = ntohs(flow->port[end]);

	if (port < match->port_min || port > match->port_max)
		return false;
	if (!match->family)
		return true;
	if (match->family != tcpstate_flow_family(flow))
		return false;
	if (tcpstate_flow_ipv6(flow))
		return ipv6_prefix_equal((const struct in6_addr *)flow->ip6[end],
					 (const struct in6_addr *)match->addr.ip6,
					 match->prefix_len);
	return !((flow->ip[end] ^ match->addr.ip) & inet_make_mask(match->prefix_len));
}

static bool match_states(const struct tcpstate_filter *filter,
			 const struct tcpstate_conn *conn)
{
	u32 initiator = BIT(tcpstate_conn_state(conn, TCPSTATE_INITIATOR));
	u32 responder = BIT(tcpstate_conn_state(conn, TCPSTATE_RESPONDER));

	return filter->states[TCPSTATE_INITIATOR] & initiator &&
	       filter->states[TCPSTATE_RESPONDER] & responder &&
	       filter->either_states & (initiator | responder) &&
	       (filter->phases == U32_MAX ||
		filter->phases & BIT(tcpstate_phase_of(tcpstate_phase_stage(conn))));
}

static bool match_times(const struct tcpstate_filter *filter, const struct tcpstate_flow *flow,
			u64 now_ns)
{
	const struct tcpstate_conn *conn = &flow->conn;
	u64 age_ns = tcpstate_clock_age_ns(flow->id, now_ns);

	if (age_ns < filter->min_age_ns || age_ns > filter->max_age_ns)
		return false;
	if (filter->min_idle_ms &&
	    tcpstate_expiry_idle_ms(conn, tcpstate_clock_now_ms()) < filter->min_idle_ms)
		return false;
	if (filter->min_in_state_ms &&
	    tcpstate_flow_in_state_ms(flow, now_ns) < filter->min_in_state_ms)
		return false;
	if (filter->min_syn_us && tcpstate_conn_syn_us(conn) < filter->min_syn_us)
		return false;
	return !filter->min_ack_us || tcpstate_conn_ack_us(conn) >= filter->min_ack_us;
}

/* Does the user who was asked for own a socket of the connection? Readers see the same number. */
static bool match_owner(const struct tcpstate_filter *filter, const struct tcpstate_flow *flow)
{
	kuid_t uid;
	u64 cgroup;
	int end;

	for (end = 0; end < 2; end++)
		if (tcpstate_account_find(flow->owner[end], &uid, &cgroup) &&
		    from_kuid_munged(filter->user_ns, uid) == filter->uid)
			return true;
	return false;
}

/**
 * tcpstate_filter_match() - tell whether a connection passes a filter
 * @filter: the filter
 * @flow: the connection's record, locked, or a copy
 * @now_ns: now, from tcpstate_clock_now_ns()
 *
 * Context: any.
 * Return: true if it does.
 */
bool tcpstate_filter_match(const struct tcpstate_filter *filter,
			   const struct tcpstate_flow *flow, u64 now_ns)
{
	const struct tcpstate_conn *conn = &flow->conn;

	if (filter->family && filter->family != tcpstate_flow_family(flow))
		return false;
	if (!match_states(filter, conn) ||
	    !(filter->verdicts & BIT(tcpstate_conn_verdict(conn))))
		return false;
	if (filter->flags && filter->flags & ~tcpstate_phase_flags(conn))
		return false;
	if (!match_times(filter, flow, now_ns))
		return false;
	if (max(conn->retransmits[0], conn->retransmits[1]) < filter->min_retransmits)
		return false;
	if (filter->user_ns && !match_owner(filter, flow))
		return false;
	if (filter->ifindex && filter->ifindex != tcpstate_zone_find_ifindex(flow->zone))
		return false;
	return match_end(&filter->end[TCPSTATE_INITIATOR], flow, TCPSTATE_INITIATOR) &&
	       match_end(&filter->end[TCPSTATE_RESPONDER], flow, TCPSTATE_RESPONDER) &&
	       (match_end(&filter->either, flow, TCPSTATE_INITIATOR) ||
		match_end(&filter->either, flow, TCPSTATE_RESPONDER));
}
