// SPDX-License-Identifier: GPL-2.0-only
/* See flow.h. */
#include "flow.h"

#include <netinet/in.h>

#include "end.h"
#include "genl.h"
#include "names_gen.h"

/* An end of a connection, and its state. */
static const char *take_end(const struct nlattr *attr, char *to, const char **state)
{
	const struct nlattr *a[GENL_ATTRS];

	genl_parse_nest(attr, a);
	if (!a[TCPSTATE_A_END_ADDRESS])
		genl_die("an end without an address");
	*state = tcpstate_state_names[genl_number(a[TCPSTATE_A_END_STATE])];
	return end_show(to, mnl_attr_get_payload(a[TCPSTATE_A_END_ADDRESS]),
			mnl_attr_get_payload_len(a[TCPSTATE_A_END_ADDRESS]) == 4 ? AF_INET :
										   AF_INET6,
			genl_number(a[TCPSTATE_A_END_PORT]));
}

static void show_segment(FILE *out, const struct nlattr *attr)
{
	const struct nlattr *a[GENL_ATTRS];
	__u8 flags;
	int bit;

	genl_parse_nest(attr, a);
	flags = genl_number(a[TCPSTATE_A_SEGMENT_FLAGS]);
	fprintf(out, " %s:", tcpstate_role_names[genl_number(a[TCPSTATE_A_SEGMENT_FROM])]);
	for (bit = 0; bit < 8; bit++)
		if (flags & 1 << bit)
			fputc("FSRP.UEW"[bit], out);
	fprintf(out, ":%llu:%llu:%llu:%llu", genl_number(a[TCPSTATE_A_SEGMENT_SEQ]),
		genl_number(a[TCPSTATE_A_SEGMENT_ACK]), genl_number(a[TCPSTATE_A_SEGMENT_WINDOW]),
		genl_number(a[TCPSTATE_A_SEGMENT_LEN]));
}

static void show_transitions(FILE *out, const struct nlattr *event)
{
	const struct nlattr *a[GENL_ATTRS];
	const struct nlattr *attr;
	char before = ' ';

	mnl_attr_for_each_nested(attr, event) {
		if (mnl_attr_get_type(attr) != TCPSTATE_A_EVENT_TRANSITION)
			continue;
		genl_parse_nest(attr, a);
		fprintf(out, "%c%s:%s:%s:%s", before,
			tcpstate_role_names[genl_number(a[TCPSTATE_A_TRANSITION_END])],
			tcpstate_trigger_names[genl_number(a[TCPSTATE_A_TRANSITION_TRIGGER])],
			tcpstate_state_names[genl_number(a[TCPSTATE_A_TRANSITION_FROM])],
			tcpstate_state_names[genl_number(a[TCPSTATE_A_TRANSITION_TO])]);
		before = ';';
	}
	fputs(before == ' ' ? " -\n" : "\n", out);
}

/* One of the module's events; anything else is passed over. */
void flow_event(FILE *out, const char *netns, const struct nlmsghdr *nlh)
{
	static const char *const kinds[] = {
		[TCPSTATE_CMD_FLOW_NEW] = "new",
		[TCPSTATE_CMD_FLOW_TRANSITION] = "transition",
		[TCPSTATE_CMD_FLOW_END] = "end",
	};
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *a[GENL_ATTRS], *flow[GENL_ATTRS];
	char initiator[END_LEN], responder[END_LEN];
	const char *state[2];

	if (genl->cmd >= ARRAY_SIZE(kinds) || !kinds[genl->cmd])
		return;
	genl_parse(nlh, flow);
	if (!flow[TCPSTATE_A_FLOW_EVENT])
		genl_die("an event without its own attributes");
	genl_parse_nest(flow[TCPSTATE_A_FLOW_EVENT], a);
	take_end(flow[TCPSTATE_A_FLOW_INITIATOR], initiator, &state[0]);
	take_end(flow[TCPSTATE_A_FLOW_RESPONDER], responder, &state[1]);
	fprintf(out, "m %s %llu %llu %llu %s %s %s %s %s %llu %s", netns,
		genl_number(a[TCPSTATE_A_EVENT_NUMBER]),
		genl_number(a[TCPSTATE_A_EVENT_TIME_NS]),
		genl_number(flow[TCPSTATE_A_FLOW_ID]), kinds[genl->cmd], initiator, responder,
		state[0], state[1], genl_number(flow[TCPSTATE_A_FLOW_FLAGS]),
		tcpstate_verdict_names[genl_number(flow[TCPSTATE_A_FLOW_VERDICT])]);
	if (a[TCPSTATE_A_EVENT_SEGMENT])
		show_segment(out, a[TCPSTATE_A_EVENT_SEGMENT]);
	else if (a[TCPSTATE_A_EVENT_TIMER])
		fprintf(out, " %s",
			tcpstate_timer_names[genl_number(a[TCPSTATE_A_EVENT_TIMER])]);
	else
		fputs(" -", out);
	show_transitions(out, flow[TCPSTATE_A_FLOW_EVENT]);
}

/* A connection of the table, that was looked at between since and until. */
void flow_listed(FILE *out, const char *netns, const struct nlmsghdr *nlh, __u64 since,
		 __u64 until)
{
	char initiator[END_LEN], responder[END_LEN];
	const struct nlattr *flow[GENL_ATTRS];
	const char *state[2];

	genl_parse(nlh, flow);
	take_end(flow[TCPSTATE_A_FLOW_INITIATOR], initiator, &state[0]);
	take_end(flow[TCPSTATE_A_FLOW_RESPONDER], responder, &state[1]);
	fprintf(out, "l %llu %llu %s %llu %s %s %s %s %llu %s %s %llu\n", since, until, netns,
		genl_number(flow[TCPSTATE_A_FLOW_ID]), initiator, responder, state[0],
		state[1], genl_number(flow[TCPSTATE_A_FLOW_FLAGS]),
		tcpstate_verdict_names[genl_number(flow[TCPSTATE_A_FLOW_VERDICT])],
		tcpstate_timer_names[genl_number(flow[TCPSTATE_A_FLOW_TIMER])],
		genl_number(flow[TCPSTATE_A_FLOW_LEFT_MS]));
}
