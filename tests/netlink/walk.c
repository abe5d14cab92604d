// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks a stream of events by figure 5: events are numbered without gaps; connections
 * begin, take transitions of the matrix (the module's own, compiled in here) one after
 * another, and end. Events that were lost are counted and passed over.
 */
#define _GNU_SOURCE
#include "walk.h"

#include <stdio.h>
#include <string.h>

#include "engine/matrix.h"

/* A power of two, several times as many as the connections of a test */
#define FLOWS (1024 * 1024)
#define FAULTS_SHOWN 20
#define STATES (TCPSTATE_CLOSED + 1)
#define TRIGGERS (TCPSTATE_NO_SOCKET + 1)

#define complain(number, format, ...)						\
	do {									\
		if (walk_totals.faults++ < FAULTS_SHOWN)			\
			printf("fault: event %llu: " format "\n", number,	\
			       ##__VA_ARGS__);					\
	} while (0)

struct flow {
	__u64 id;
	/* walk_totals.gaps as it was at the last event */
	__u64 gaps;
	__u8 state[2];
	bool ended;
};

struct walk_totals walk_totals;

static struct flow flows[FLOWS];

static const char * const name_of_cmd[] = {
	[TCPSTATE_CMD_FLOW_NEW] = "new",
	[TCPSTATE_CMD_FLOW_TRANSITION] = "transition",
	[TCPSTATE_CMD_FLOW_END] = "end",
};

/* The place where the connection is, or would be. */
static struct flow *find(__u64 id)
{
	__u64 at = id * 0x9e3779b97f4a7c15ULL >> 44;

	while (flows[at].id && flows[at].id != id)
		at = (at + 1) % FLOWS;
	return &flows[at];
}

static void count(__u64 number)
{
	__u64 missing = number - walk_totals.last - 1;

	if (!walk_totals.received++) {
		walk_totals.first = number;
		missing = 0;
	} else if (number <= walk_totals.last) {
		complain(number, "comes after number %llu", walk_totals.last);
		return;
	}
	walk_totals.missing += missing;
	walk_totals.gaps += !!missing;
	walk_totals.last = number;
}

/* state: the states of both ends, which the transition changes. */
static void take_transition(__u64 number, const struct nlattr *nest, __u8 *state,
			    bool *retracts)
{
	const struct nlattr *transition[GENL_ATTRS];
	__u64 end, trigger, from, to;

	genl_parse_nest(nest, transition);
	if (!transition[TCPSTATE_A_TRANSITION_END] || !transition[TCPSTATE_A_TRANSITION_TRIGGER] ||
	    !transition[TCPSTATE_A_TRANSITION_FROM] || !transition[TCPSTATE_A_TRANSITION_TO]) {
		complain(number, "a transition lacks an attribute");
		return;
	}
	end = genl_number(transition[TCPSTATE_A_TRANSITION_END]);
	trigger = genl_number(transition[TCPSTATE_A_TRANSITION_TRIGGER]);
	from = genl_number(transition[TCPSTATE_A_TRANSITION_FROM]);
	to = genl_number(transition[TCPSTATE_A_TRANSITION_TO]);
	walk_totals.transitions++;
	if (end > TCPSTATE_RESPONDER || trigger >= TRIGGERS || from >= STATES || to >= STATES) {
		complain(number, "transition %llu %llu: %llu -> %llu", end, trigger, from, to);
		return;
	}
	if (from != state[end])
		complain(number, "end %llu is in state %u, and a transition begins in %llu", end,
			 state[end], from);
	if (trigger == TCPSTATE_UNDO_RST ? from != TCPSTATE_CLOSED || !to :
					 tcpstate_matrix[from][trigger] != to)
		complain(number, "is not in figure 5: trigger %llu, %llu -> %llu", trigger, from,
			 to);
	if (trigger == TCPSTATE_UNDO_RST || trigger == TCPSTATE_FIN_AGAIN ||
	    trigger == TCPSTATE_SYN_ACK_AGAIN)
		*retracts = true;
	state[end] = to;
}

/* An end that is its own peer has one state. */
static bool is_own_peer(const struct nlattr **one, const struct nlattr **two)
{
	__u16 len = one[TCPSTATE_A_END_ADDRESS] ?
		       mnl_attr_get_payload_len(one[TCPSTATE_A_END_ADDRESS]) : 0;

	return len && two[TCPSTATE_A_END_ADDRESS] &&
	       mnl_attr_get_payload_len(two[TCPSTATE_A_END_ADDRESS]) == len &&
	       !memcmp(mnl_attr_get_payload(one[TCPSTATE_A_END_ADDRESS]),
		       mnl_attr_get_payload(two[TCPSTATE_A_END_ADDRESS]), len) &&
	       genl_number(one[TCPSTATE_A_END_PORT]) ==
	       genl_number(two[TCPSTATE_A_END_PORT]);
}

/* state: the states of both ends before the event, which its transitions change. */
static void take_transitions(__u64 number, const struct nlattr *event, __u8 *state)
{
	const struct nlattr *table[GENL_ATTRS];
	const struct nlattr *attr;
	bool retracts = false;

	mnl_attr_for_each_nested(attr, event)
		if (mnl_attr_get_type(attr) == TCPSTATE_A_EVENT_TRANSITION)
			take_transition(number, attr, state, &retracts);
	genl_parse_nest(event, table);
	if (retracts != !!table[TCPSTATE_A_EVENT_RETRACT])
		complain(number, "takes a transition %sback, and the flag says otherwise",
			 retracts ? "" : "not ");
	if (table[TCPSTATE_A_EVENT_TIMER] && table[TCPSTATE_A_EVENT_SEGMENT])
		complain(number, "both a timer and a segment are its triggers");
}

static void check_order(__u64 number, __u8 cmd, struct flow *flow, __u64 id,
			const __u8 *before)
{
	bool known = flow->id;

	if (cmd == TCPSTATE_CMD_FLOW_NEW && known)
		complain(number, "%llu is new again", id);
	else if (cmd != TCPSTATE_CMD_FLOW_NEW && !known && !walk_totals.gaps &&
		 id > walk_totals.since_ns)
		complain(number, "%llu was never new", id);
	if (known && flow->ended)
		complain(number, "%s of %llu, which has ended", name_of_cmd[cmd], id);
	if (known && flow->gaps == walk_totals.gaps && memcmp(before, flow->state, 2))
		complain(number, "%s of %llu begins in %u %u, and the one before led to %u %u",
			 name_of_cmd[cmd], id, before[0], before[1], flow->state[0],
			 flow->state[1]);
}

static void check_end(__u64 number, const struct nlattr **table,
		      const struct nlattr **end)
{
	if (!genl_number(table[TCPSTATE_A_FLOW_VERDICT]))
		complain(number, "an end without a verdict");
	if (!table[TCPSTATE_A_FLOW_AGE_MS] || !table[TCPSTATE_A_FLOW_FLAGS] ||
	    !end[TCPSTATE_A_END_BYTES] || !end[TCPSTATE_A_END_OPENING])
		complain(number, "an end without the whole record");
}

/* nlh: a message of the group. */
void walk_event(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *table[GENL_ATTRS], *event[GENL_ATTRS];
	const struct nlattr *end[2][GENL_ATTRS];
	__u8 before[2], after[2], state[2];
	struct flow *flow;
	__u64 number;
	__u64 id;

	genl_parse(nlh, table);
	genl_parse_nest(table[TCPSTATE_A_FLOW_EVENT], event);
	number = genl_number(event[TCPSTATE_A_EVENT_NUMBER]);
	id = genl_number(table[TCPSTATE_A_FLOW_ID]);
	if (genl->cmd >= ARRAY_SIZE(name_of_cmd) || !name_of_cmd[genl->cmd] || !number || !id) {
		complain(number, "command %u, number %llu, id %llu", genl->cmd, number, id);
		return;
	}
	count(number);
	if (genl_number(event[TCPSTATE_A_EVENT_TIME_NS]) < id)
		complain(number, "happened before its connection began");
	for (int i = 0; i < 2; i++) {
		genl_parse_nest(table[TCPSTATE_A_FLOW_INITIATOR + i], end[i]);
		before[i] = genl_number(end[i][TCPSTATE_A_END_STATE_BEFORE]);
		after[i] = genl_number(end[i][TCPSTATE_A_END_STATE]);
		state[i] = before[i];
	}
	flow = find(id);
	check_order(number, genl->cmd, flow, id, before);
	take_transitions(number, table[TCPSTATE_A_FLOW_EVENT], state);
	if (memcmp(state, after, 2) && !is_own_peer(end[0], end[1]))
		complain(number, "its transitions lead to %u %u, and it says %u %u", state[0],
			 state[1], after[0], after[1]);
	if (genl->cmd == TCPSTATE_CMD_FLOW_END)
		check_end(number, table, end[0]);

	walk_totals.begun += genl->cmd == TCPSTATE_CMD_FLOW_NEW;
	walk_totals.ended += flow->id && genl->cmd == TCPSTATE_CMD_FLOW_END;
	flow->id = id;
	flow->gaps = walk_totals.gaps;
	memcpy(flow->state, after, 2);
	flow->ended = genl->cmd == TCPSTATE_CMD_FLOW_END;
}

__u16 walk_responder_port(const struct nlmsghdr *nlh)
{
	const struct nlattr *table[GENL_ATTRS];
	const struct nlattr *end[GENL_ATTRS];

	genl_parse(nlh, table);
	genl_parse_nest(table[TCPSTATE_A_FLOW_RESPONDER], end);
	return genl_number(end[TCPSTATE_A_END_PORT]);
}
