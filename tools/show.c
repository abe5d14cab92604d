// SPDX-License-Identifier: GPL-2.0-only
/* tcpstate show: all that is known of one connection. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cost.h"
#include "facts.h"
#include "join.h"
#include "json.h"
#include "nat.h"
#include "options.h"
#include "owner.h"
#include "process.h"
#include "term.h"

static void title(const char *text)
{
	printf("\n%s%s%s\n", term_color(TERM_HEADING), text, term_color(TERM_PLAIN));
}

/* A value of one end, or why there is none. */
static const char *value(bool known, uint64_t n, const char *otherwise, char text[FORMAT_NUMBER])
{
	return known ? format_number(true, n, text) : otherwise;
}

/* One row of the table of both ends. */
static void print_ends(const char *label, const char *one, const char *two)
{
	printf(FORMAT_LABEL FORMAT_ENDS "\n", label, one, two);
}

/* When the connection has ended, and how long it had lasted then, to the ms. */
static void show_closing(const struct flow *flow)
{
	char time[FORMAT_TIME], ago[32], lasted[32], seconds[FORMAT_NUMBER];
	char *us;

	if (!record_has(flow, TCPSTATE_A_FLOW_CLOSED_AT_NS) ||
	    !record_has(flow, TCPSTATE_A_FLOW_DURATION_MS))
		return;
	format_time(flow->closed_at_ns, FORMAT_DATE, time);
	us = strchr(time, '.') + 4;
	memmove(us, us + 3, strlen(us + 3) + 1);
	facts_duration(flow->age_ms > flow->duration_ms ? flow->age_ms - flow->duration_ms : 0,
		       ago);
	if (flow->duration_ms < 60000)
		snprintf(lasted, sizeof(lasted), "%s s",
			 format_thousandths(flow->duration_ms, seconds));
	else
		facts_duration(flow->duration_ms, lasted);
	printf(FORMAT_LABEL "%s, %s ago\n", "closed at", time, ago);
	printf(FORMAT_LABEL "%s\n", "duration", lasted);
}

static void show_flags(const struct flow *flow)
{
	const struct parse_names *names = format_names(FORMAT_FLAG);
	const char *label = "flags";

	for (unsigned int i = 0; i < names->n; i++) {
		if (!(flow->flags & 1u << i))
			continue;
		printf(FORMAT_LABEL "%s: %s\n", label, names->names[i], facts_flag(1u << i));
		label = "";
	}
	if (flow->flags >> names->n)
		printf(FORMAT_LABEL "?: the module is newer than this tool\n", label);
}

static void show_closers(const struct flow *flow)
{
	bool one = record_closed_first(flow, TCPSTATE_INITIATOR);
	bool two = record_closed_first(flow, TCPSTATE_RESPONDER);

	if (one && two)
		printf(FORMAT_LABEL "both ends: their FINs crossed\n", "closed first");
	else if (one || two)
		printf(FORMAT_LABEL "%s\n", "closed first",
		       format_name(FORMAT_ROLE, one ? TCPSTATE_INITIATOR : TCPSTATE_RESPONDER));
	else if (record_closer_unknown(flow, TCPSTATE_INITIATOR) &&
		 record_closer_unknown(flow, TCPSTATE_RESPONDER))
		printf(FORMAT_LABEL "?\n", "closed first");
}

static void show_head(const struct flow *flow, bool numeric)
{
	char text[FORMAT_END], phase[24], time[FORMAT_TIME], age[32], left[32];
	char idle[32], in_state[32];

	for (int end = 0; end < 2; end++) {
		unsigned int state = flow->end[end].state;

		format_end(flow, end, numeric, text);
		printf("%s%-10s%s  %-24s %s%s%s\n", term_color(TERM_HEADING),
		       format_name(FORMAT_ROLE, end), term_color(TERM_PLAIN), text,
		       term_color(term_state_color(state)), format_name(FORMAT_STATE, state),
		       term_color(TERM_PLAIN));
	}
	printf("\n" FORMAT_LABEL "%s\n", "phase", format_phase(flow, phase));
	facts_duration(flow->left_ms, left);
	if (record_has(flow, TCPSTATE_A_FLOW_TIMER))
		printf(FORMAT_LABEL "%s, %s left\n", "timer",
		       format_name(FORMAT_TIMER, flow->timer), left);
	format_time(flow->id, FORMAT_DATE, time);
	facts_duration(flow->age_ms, age);
	printf(FORMAT_LABEL "%s, %s ago\n", "first seen", time, age);
	facts_duration(flow->idle_ms, idle);
	if (record_has(flow, TCPSTATE_A_FLOW_IDLE_MS))
		printf(FORMAT_LABEL "%s\n", "idle", idle);
	facts_duration(flow->in_state_ms, in_state);
	if (record_has(flow, TCPSTATE_A_FLOW_IN_STATE_MS))
		printf(FORMAT_LABEL "%s%s\n", "in state",
		       flow->flags & TCPSTATE_FLOW_FLAG_PICKED_UP &&
		       flow->in_state_ms == flow->age_ms ? "at least " : "", in_state);
	show_closing(flow);
	show_closers(flow);
	owner_show(flow, numeric);
	if (flow->verdict != TCPSTATE_VERDICT_NONE)
		printf(FORMAT_LABEL "%s%s%s: %s\n", "verdict",
		       term_color(term_verdict_color(flow->verdict)),
		       format_name(FORMAT_VERDICT, flow->verdict), term_color(TERM_PLAIN),
		       facts_verdict(flow->verdict));
	show_flags(flow);
	printf(FORMAT_LABEL "%llu\n", "id", (unsigned long long)flow->id);
}

/* A segment of the handshake, @us after the first. */
static void show_step(const struct flow *flow, uint64_t us, int from, uint8_t flags,
		      const char *meaning)
{
	char time[FORMAT_TIME], text[12], after[24];

	format_time(flow->id + us * 1000, FORMAT_CLOCK, time);
	snprintf(after, sizeof(after), "%llu us", (unsigned long long)us);
	printf("  %s %12s  %s %-5s %s\n", time, after, from == TCPSTATE_INITIATOR ? "-->" : "<--",
	       format_tcp_flags(flags, text), meaning);
}

static void show_repeats(const struct flow *flow)
{
	const struct end *one = &flow->end[TCPSTATE_INITIATOR];
	const struct end *two = &flow->end[TCPSTATE_RESPONDER];
	char syns[FORMAT_NUMBER], answers[FORMAT_NUMBER];

	if (!one->repeats && !two->repeats)
		return;
	format_count(one->repeats, one->saturated & TCPSTATE_COUNT_REPEATS, syns);
	format_count(two->repeats, two->saturated & TCPSTATE_COUNT_REPEATS, answers);
	/* Figure 7 of RFC 9293: a SYN/ACK repeats the SYN that it follows. */
	if (flow->flags & TCPSTATE_FLOW_FLAG_SIMULTANEOUS) {
		printf("  sent again, now with an ACK: initiator %s, responder %s\n", syns,
		       answers);
		return;
	}
	printf("  repeated: SYN %s, SYN/ACK %s\n", syns, answers);
}

/* Say why the time of the SYN/ACK is not known. */
static const char *answer_text(const struct flow *flow)
{
	if (facts_with_itself(flow))
		return "it came back to the end that sent it";
	if (flow->flags & TCPSTATE_FLOW_FLAG_SIMULTANEOUS)
		return "the responder sent a SYN of its own: they crossed";
	if (record_has(&flow->end[TCPSTATE_RESPONDER], TCPSTATE_A_END_ISN))
		return "the answer was seen; its time is not known";
	if (flow->verdict == TCPSTATE_VERDICT_REFUSED)
		return "a RST answered";
	return flow->phase == TCPSTATE_PHASE_OPEN ? "no answer was seen yet" :
						    "no answer was seen";
}

/* The first segment of the three. If the record did not begin with it, its time is not known. */
static void show_syn(const struct flow *flow)
{
	if (!record_has(&flow->end[TCPSTATE_INITIATOR], TCPSTATE_A_END_ISN))
		printf("  the SYN was not seen\n");
	else if (!record_syn_known(flow, TCPSTATE_INITIATOR))
		printf("  the SYN was seen; its time is not known\n");
	else
		show_step(flow, 0, TCPSTATE_INITIATOR, TCPSTATE_FLAG_SYN, "the initiator asks");
}

/*
 * The three segments, as far as they were seen. Both times are known, or neither: the
 * module cannot tell one from the other before the third segment.
 */
static void show_handshake(const struct flow *flow)
{
	bool syn_us = record_has(flow, TCPSTATE_A_FLOW_SYN_US);
	bool ack_us = record_has(flow, TCPSTATE_A_FLOW_ACK_US);

	title("handshake");
	if (!record_has(&flow->end[TCPSTATE_INITIATOR], TCPSTATE_A_END_ISN) &&
	    !record_has(&flow->end[TCPSTATE_RESPONDER], TCPSTATE_A_END_ISN)) {
		printf("  not seen\n");
		return;
	}
	show_syn(flow);
	if (syn_us)
		show_step(flow, flow->syn_us, TCPSTATE_RESPONDER,
			  TCPSTATE_FLAG_SYN | TCPSTATE_FLAG_ACK, "the responder agrees");
	if (syn_us && ack_us)
		show_step(flow, (uint64_t)flow->syn_us + flow->ack_us, TCPSTATE_INITIATOR,
			  TCPSTATE_FLAG_ACK, "both are established");
	if (!syn_us)
		printf("  %s\n", answer_text(flow));
	show_repeats(flow);
}

static const char *yes_or_no(bool yes, bool no)
{
	if (yes)
		return "yes";
	return no ? "no" : "?";
}

static const char *timestamps(const struct flow *flow, int end)
{
	return yes_or_no(record_has(&flow->end[end], TCPSTATE_A_END_TIMESTAMPS),
			 record_no_timestamps(flow, end));
}

/* What stands for an acknowledgment that is absent: an end that has sent its SYN alone has none. */
static const char *no_ack(const struct flow *flow, int end)
{
	return record_syn_known(flow, end) && flow->end[end].state == TCPSTATE_SYN_SENT ? "-" : "?";
}

static const char *window(const struct flow *flow, int end, char text[FORMAT_NUMBER])
{
	const struct end *it = &flow->end[end];

	return value(record_has(it, TCPSTATE_A_END_WINDOW), it->window,
		     record_has(it, TCPSTATE_A_END_ACK) ? "?" : no_ack(flow, end), text);
}

/* "-": the SYN offered none. */
static const char *wscale(const struct flow *flow, int end, char text[FORMAT_NUMBER])
{
	const struct end *it = &flow->end[end];

	return value(record_has(it, TCPSTATE_A_END_WSCALE), it->wscale,
		     record_syn_known(flow, end) ? "-" : "?", text);
}

static void show_numbers(const struct flow *flow)
{
	const struct end *one = &flow->end[TCPSTATE_INITIATOR];
	const struct end *two = &flow->end[TCPSTATE_RESPONDER];
	const char *sack = yes_or_no(record_has(flow, TCPSTATE_A_FLOW_SACK), record_no_sack(flow));
	char text[FORMAT_NUMBER], other[FORMAT_NUMBER];

	printf("\n%s" FORMAT_LABEL FORMAT_ENDS "%s\n", term_color(TERM_HEADING), "",
	       format_name(FORMAT_ROLE, TCPSTATE_INITIATOR),
	       format_name(FORMAT_ROLE, TCPSTATE_RESPONDER), term_color(TERM_PLAIN));
#define ROW(label, attribute, member, no_one, no_two) \
	print_ends(label, value(record_has(one, attribute), one->member, no_one, text), \
		   value(record_has(two, attribute), two->member, no_two, other))
	ROW("initial number", TCPSTATE_A_END_ISN, isn, "?", "?");
	ROW("next number", TCPSTATE_A_END_SEQ, seq, "?", "?");
	ROW("acknowledged", TCPSTATE_A_END_ACK, ack, no_ack(flow, TCPSTATE_INITIATOR),
	    no_ack(flow, TCPSTATE_RESPONDER));
#undef ROW
	print_ends("window", window(flow, TCPSTATE_INITIATOR, text),
		   window(flow, TCPSTATE_RESPONDER, other));
	print_ends("window scale", wscale(flow, TCPSTATE_INITIATOR, text),
		   wscale(flow, TCPSTATE_RESPONDER, other));
	print_ends("timestamps", timestamps(flow, TCPSTATE_INITIATOR),
		   timestamps(flow, TCPSTATE_RESPONDER));
	print_ends("selective acks", sack, sack);
}

/* Is that an id, or a tuple? */
static bool parse_words(const struct options *options, uint64_t *id, struct tuple *tuple)
{
	*id = 0;
	return (options->n_words == 1 && parse_number(options->words[0], UINT64_MAX, id)) ||
	       parse_tuple(options->words, options->n_words, tuple);
}

/**
 * show_check() - end the program if the words name no connection
 * @options: what was asked for
 */
void show_check(const struct options *options)
{
	char error[PARSE_ERROR];
	struct filter filter;
	struct tuple tuple;
	uint64_t id;

	if (!options->n_words)
		options_usage(options, "expected an id, the addresses and ports of both ends, or a filter");
	if (parse_words(options, &id, &tuple))
		return;
	if (filter_parse(&filter, options->words, options->n_words, error, sizeof(error)))
		options_usage(options, "expected an id, the addresses and ports of both ends, such as 127.0.0.1:5000 127.0.0.1:60370, or a filter: %s",
			      error);
	options_check_verdict(options, &filter);
}

static int take(const struct flow *flow, void *data)
{
	memcpy(data, flow, sizeof(*flow));
	/* One is wanted. */
	return 1;
}

/* Print, for a shell, what lists the connections that pass the filter. */
static void print_list_command(const struct options *options)
{
	fputs("tcpstate ", stderr);
	if (options->netns)
		fprintf(stderr, "--netns %s ", options->netns);
	fputs("list --columns id,initiator,responder", stderr);
	for (int i = 0; i < options->n_words; i++) {
		const char *quote = strpbrk(options->words[i], " \t()") ? "'" : "";

		fprintf(stderr, " %s%s%s", quote, options->words[i], quote);
	}
	fputc('\n', stderr);
}

/* Read the one connection that passes a filter, or say what to write if there is none, or more. */
static int get_one(struct ipc *ipc, const struct options *options, struct flow *flow)
{
	char error[PARSE_ERROR];
	struct filter filter;
	uint64_t count;
	int ret;

	filter_parse(&filter, options->words, options->n_words, error, sizeof(error));
	if (ipc_count(ipc, &filter, &count))
		return options_fail(ipc);
	if (count > 1) {
		fprintf(stderr, "tcpstate: %llu connections pass this filter, and one is wanted: add words to it, or write an id that this command prints: ",
			(unsigned long long)count);
		print_list_command(options);
		return STATUS_FAILURE;
	}
	ret = count ? ipc_list(ipc, &filter, take, flow) : 0;
	if (ret < 0 && ret != -EAGAIN)
		return options_fail(ipc);
	if (ret > 0)
		return STATUS_OK;
	fputs("tcpstate: no such connection: none passes this filter; 'tcpstate list' prints all\n",
	      stderr);
	return STATUS_FAILURE;
}

/**
 * show_get() - read the connection that the words name
 * @ipc: where from
 * @options: what was asked for, after show_check()
 * @flow: the connection
 *
 * Return: STATUS_OK; otherwise the user was told why.
 */
int show_get(struct ipc *ipc, const struct options *options, struct flow *flow)
{
	struct tuple tuple;
	uint64_t id;
	int ret;

	if (!parse_words(options, &id, &tuple))
		return get_one(ipc, options, flow);
	ret = options->n_words == 1 ? ipc_get_id(ipc, id, flow) :
				      ipc_get_tuple(ipc, &tuple, flow);
	/* A number alone is a port, too, which a filter may consist of. */
	if (ret == -ENOENT && options->n_words == 1 && id <= UINT16_MAX)
		return get_one(ipc, options, flow);
	return ret ? options_fail(ipc) : STATUS_OK;
}

static void show(const struct flow *flow, const struct options *options)
{
	show_head(flow, options->numeric);
	show_handshake(flow);
	show_numbers(flow);
	cost_show(flow);
	if (options->nat)
		nat_show(flow, options->numeric);
	if (options->process)
		process_show(flow);
}

/**
 * show_run() - tcpstate show
 * @ipc: where from
 * @options: what was asked for
 *
 * Return: STATUS_*.
 */
int show_run(struct ipc *ipc, const struct options *options)
{
	struct join join;
	struct flow flow;
	int ret;

	if (show_get(ipc, options, &flow))
		return STATUS_FAILURE;
	ret = join_flow(&join, ipc, options, &flow);
	if (!ret && options->json)
		json_flow(&flow);
	else if (!ret)
		show(&flow, options);
	join_end(&join);
	return ret ? options_fail(ipc) : STATUS_OK;
}
