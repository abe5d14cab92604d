// SPDX-License-Identifier: GPL-2.0-only
/* One JSON object a line, on stdout. */
#include "json.h"

#include <stdio.h>

#include "cgroup.h"
#include "format.h"
#include "nat.h"
#include "process.h"

/* Whether a comma has to precede the next value. */
static bool comma;

static void escape(const char *text)
{
	putchar_unlocked('"');
	for (; *text; text++) {
		unsigned char c = *text;

		if (c == '"' || c == '\\')
			putchar_unlocked('\\');
		if (c < ' ' || c == 0x7f)
			printf("\\u%04x", c);
		else
			putchar_unlocked(c);
	}
	putchar_unlocked('"');
}

static void begin(const char *key)
{
	if (comma)
		putchar_unlocked(',');
	comma = true;
	if (!key)
		return;
	putchar_unlocked('"');
	fputs_unlocked(key, stdout);
	putchar_unlocked('"');
	putchar_unlocked(':');
}

/**
 * json_open() - begin an object or an array
 * @key: its key; NULL in an array, and for the object of a line
 * @bracket: '{' or '['
 */
void json_open(const char *key, char bracket)
{
	begin(key);
	putchar_unlocked(bracket);
	comma = false;
}

/**
 * json_close() - end an object or an array
 * @bracket: '}' or ']'
 */
void json_close(char bracket)
{
	putchar_unlocked(bracket);
	comma = true;
}

/**
 * json_end() - end the object of a line, and the line
 */
void json_end(void)
{
	json_close('}');
	putchar_unlocked('\n');
	comma = false;
}

/**
 * json_number() - a number
 * @key: its key, or NULL in an array
 * @number: the number
 */
void json_number(const char *key, uint64_t number)
{
	char text[FORMAT_NUMBER];

	begin(key);
	fputs_unlocked(format_number(true, number, text), stdout);
}

/**
 * json_maybe() - a number, or null where it is not known
 * @key: its key
 * @known: whether it is
 * @number: the number
 */
void json_maybe(const char *key, bool known, uint64_t number)
{
	if (known)
		json_number(key, number);
	else
		json_string(key, NULL);
}

/**
 * json_string() - a string, or null
 * @key: its key, or NULL in an array
 * @text: the text; NULL for null
 */
void json_string(const char *key, const char *text)
{
	begin(key);
	if (text)
		escape(text);
	else
		fputs_unlocked("null", stdout);
}

/**
 * json_bool() - true or false
 * @key: its key
 * @truth: which
 */
void json_bool(const char *key, bool truth)
{
	begin(key);
	fputs_unlocked(truth ? "true" : "false", stdout);
}

static void name(const char *key, bool known, enum format_table table, unsigned int value)
{
	json_string(key, known ? format_name(table, value) : NULL);
}

/**
 * json_tenths() - a number with one decimal
 * @key: its key
 * @tenths: ten times the number
 */
void json_tenths(const char *key, uint64_t tenths)
{
	begin(key);
	printf("%llu.%u", (unsigned long long)tenths / 10, (unsigned int)(tenths % 10));
}

/**
 * json_names() - the names of all bits that are set, and a "?" for those of a newer module
 * @key: their key
 * @table: the names
 * @bits: the bits
 */
void json_names(const char *key, enum format_table table, uint32_t bits)
{
	const struct parse_names *names = format_names(table);

	json_open(key, '[');
	for (unsigned int i = 0; i < names->n; i++)
		if (bits & 1u << i)
			json_string(NULL, names->names[i]);
	if (bits >> names->n)
		json_string(NULL, "?");
	json_close(']');
}

/* True, false, or null where neither is known. */
static void maybe_bool(const char *key, bool is_true, bool is_false)
{
	if (is_true || is_false)
		json_bool(key, is_true);
	else
		json_string(key, NULL);
}

#define MAYBE(record, attribute, member) \
	json_maybe(#member, record_has(record, attribute), (record)->member)

/* The members of an end in a list. */
static void end_counts(const struct flow *flow, int which)
{
	const struct end *end = &flow->end[which];

	MAYBE(end, TCPSTATE_A_END_ISN, isn);
	MAYBE(end, TCPSTATE_A_END_SEQ, seq);
	MAYBE(end, TCPSTATE_A_END_ACK, ack);
	MAYBE(end, TCPSTATE_A_END_WINDOW, window);
	MAYBE(end, TCPSTATE_A_END_WSCALE, wscale);
	maybe_bool("timestamps", record_has(end, TCPSTATE_A_END_TIMESTAMPS),
		   record_no_timestamps(flow, which));
	MAYBE(end, TCPSTATE_A_END_BYTES, bytes);
	MAYBE(end, TCPSTATE_A_END_OPENING, opening);
	MAYBE(end, TCPSTATE_A_END_DATA, data);
	MAYBE(end, TCPSTATE_A_END_ACKS, acks);
	MAYBE(end, TCPSTATE_A_END_CLOSING, closing);
	MAYBE(end, TCPSTATE_A_END_REPEATS, repeats);
	MAYBE(end, TCPSTATE_A_END_RETRANSMITS, retransmits);
	MAYBE(end, TCPSTATE_A_END_GAPS, gaps);
	MAYBE(end, TCPSTATE_A_END_UID, uid);
	json_string("cgroup", record_has(end, TCPSTATE_A_END_CGROUP) ? cgroup_path(end->cgroup) :
								       NULL);
	json_maybe("cgroup_id", record_has(end, TCPSTATE_A_END_CGROUP), end->cgroup);
	json_names("saturated", FORMAT_COUNT, end->saturated);
	maybe_bool("closer", record_closed_first(flow, which),
		   !record_closer_unknown(flow, which));
}

/* Print the object of one end; @event: with the state before. */
static void end_object(const struct flow *flow, int which, bool event)
{
	const struct end *end = &flow->end[which];
	/* Without the interface, which is a member of the connection, not of the address */
	struct flow bare = { .family = flow->family };
	char text[FORMAT_HOST];

	bare.end[0] = *end;
	format_host(&bare, 0, text);
	json_open(format_name(FORMAT_ROLE, which), '{');
	json_string("address", text);
	json_number("port", end->port);
	name("state", record_has(end, TCPSTATE_A_END_STATE), FORMAT_STATE, end->state);
	if (event)
		name("state_before", record_has(end, TCPSTATE_A_END_STATE_BEFORE), FORMAT_STATE,
		     end->state_before);
	end_counts(flow, which);
	if (end->socket)
		process_json(flow, which);
	json_close('}');
}

/* When a connection has ended, also as a date, and how long it had lasted then. */
static void closing(const struct flow *flow)
{
	bool known = record_has(flow, TCPSTATE_A_FLOW_CLOSED_AT_NS);
	char time[FORMAT_TIME];

	if (known)
		format_time(flow->closed_at_ns, FORMAT_DATE, time);
	json_string("closed_at", known ? time : NULL);
	MAYBE(flow, TCPSTATE_A_FLOW_CLOSED_AT_NS, closed_at_ns);
	MAYBE(flow, TCPSTATE_A_FLOW_DURATION_MS, duration_ms);
}

static void members(const struct flow *flow, bool event)
{
	bool scope = record_has(flow, TCPSTATE_A_FLOW_IFINDEX) && flow->ifindex;

	MAYBE(flow, TCPSTATE_A_FLOW_ID, id);
	if (flow->netns)
		json_string("netns", flow->netns);
	name("family", true, FORMAT_FAMILY, flow->family);
	json_string("interface", scope ? format_flow_interface(flow) : NULL);
	end_object(flow, TCPSTATE_INITIATOR, event);
	end_object(flow, TCPSTATE_RESPONDER, event);
	name("phase", record_has(flow, TCPSTATE_A_FLOW_PHASE), FORMAT_PHASE, flow->phase);
	json_maybe("step", record_has(flow, TCPSTATE_A_FLOW_STEP) && flow->step, flow->step);
	name("verdict", flow->verdict != TCPSTATE_VERDICT_NONE, FORMAT_VERDICT, flow->verdict);
	MAYBE(flow, TCPSTATE_A_FLOW_SYN_US, syn_us);
	MAYBE(flow, TCPSTATE_A_FLOW_ACK_US, ack_us);
	if (record_has(flow, TCPSTATE_A_FLOW_FLAGS))
		json_names("flags", FORMAT_FLAG, flow->flags);
	else
		json_string("flags", NULL);
	if (flow->nat)
		nat_json(flow);
	name("timer", record_has(flow, TCPSTATE_A_FLOW_TIMER), FORMAT_TIMER, flow->timer);
	MAYBE(flow, TCPSTATE_A_FLOW_LEFT_MS, left_ms);
	MAYBE(flow, TCPSTATE_A_FLOW_AGE_MS, age_ms);
	MAYBE(flow, TCPSTATE_A_FLOW_IDLE_MS, idle_ms);
	MAYBE(flow, TCPSTATE_A_FLOW_IN_STATE_MS, in_state_ms);
	maybe_bool("sack", record_has(flow, TCPSTATE_A_FLOW_SACK), record_no_sack(flow));
	closing(flow);
}

/**
 * json_flow() - a connection, as a line
 * @flow: the connection
 */
void json_flow(const struct flow *flow)
{
	json_open(NULL, '{');
	members(flow, false);
	json_end();
}

/**
 * json_ended() - a connection that has ended, as a line
 * @flow: the connection
 */
void json_ended(const struct flow *flow)
{
	char time[FORMAT_TIME];

	format_time(flow->id, FORMAT_DATE, time);
	json_open(NULL, '{');
	json_string("started_at", time);
	members(flow, false);
	json_end();
}

static void segment_object(const struct segment *segment)
{
	char text[12];

	json_open("segment", '{');
	json_string("from", format_name(FORMAT_ROLE, segment->from));
	json_string("flags", format_tcp_flags(segment->flags, text));
	MAYBE(segment, TCPSTATE_A_SEGMENT_SEQ, seq);
	MAYBE(segment, TCPSTATE_A_SEGMENT_ACK, ack);
	MAYBE(segment, TCPSTATE_A_SEGMENT_RELATIVE_SEQ, relative_seq);
	MAYBE(segment, TCPSTATE_A_SEGMENT_RELATIVE_ACK, relative_ack);
	MAYBE(segment, TCPSTATE_A_SEGMENT_WINDOW, window);
	MAYBE(segment, TCPSTATE_A_SEGMENT_LEN, len);
	MAYBE(segment, TCPSTATE_A_SEGMENT_SEGS, segs);
	json_close('}');
}

static void change_object(const struct event *event)
{
	json_open("change", '{');
	name("timer", record_has(event, TCPSTATE_A_EVENT_TIMER), FORMAT_TIMER, event->timer);
	json_bool("retract", record_has(event, TCPSTATE_A_EVENT_RETRACT));
	json_open("transitions", '[');
	for (unsigned int i = 0; i < event->n_transitions; i++) {
		const struct transition *transition = &event->transition[i];

		json_open(NULL, '{');
		json_string("end", format_name(FORMAT_ROLE, transition->end));
		name("trigger", true, FORMAT_TRIGGER, transition->trigger);
		name("from", record_has(transition, TCPSTATE_A_TRANSITION_FROM), FORMAT_STATE,
		     transition->from);
		name("to", record_has(transition, TCPSTATE_A_TRANSITION_TO), FORMAT_STATE,
		     transition->to);
		json_close('}');
	}
	json_close(']');
	if (record_has(event, TCPSTATE_A_EVENT_SEGMENT))
		segment_object(&event->segment);
	else
		json_string("segment", NULL);
	json_close('}');
}

/**
 * json_event() - an event, as a line
 * @flow: what it is about
 * @kind: "new", "transition" or "end"; "known" for a connection of the table
 */
void json_event(const struct flow *flow, const char *kind)
{
	const struct event *event = &flow->event;
	char time[FORMAT_TIME];

	json_open(NULL, '{');
	json_string("event", kind);
	if (!record_has(flow, TCPSTATE_A_FLOW_EVENT)) {
		members(flow, false);
		json_end();
		return;
	}
	format_time(event->time_ns, FORMAT_DATE, time);
	json_number("number", event->number);
	json_number("time_ns", event->time_ns);
	json_string("time", time);
	members(flow, true);
	change_object(event);
	json_end();
}
