// SPDX-License-Identifier: GPL-2.0-only
/* tcpstate show: all that is known of one connection. */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "cgroup.h"
#include "facts.h"
#include "join.h"
#include "json.h"
#include "nat.h"
#include "options.h"
#include "process.h"
#include "term.h"

/* The label before a value, and the columns of the two ends. */
#define LABEL	"  %-16s"
#define ENDS	"%14s %14s"

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
	printf(LABEL ENDS "\n", label, one, two);
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
	printf(LABEL "%s, %s ago\n", "closed at", time, ago);
	printf(LABEL "%s\n", "duration", lasted);
}

static void show_flags(const struct flow *flow)
{
	const struct parse_names *names = format_names(FORMAT_FLAG);
	const char *label = "flags";

	for (unsigned int i = 0; i < names->n; i++) {
		if (!(flow->flags & 1u << i))
			continue;
		printf(LABEL "%s: %s\n", label, names->names[i], facts_flag(1u << i));
		label = "";
	}
	if (flow->flags >> names->n)
		printf(LABEL "?: the module is newer than this tool\n", label);
}

static void show_closers(const struct flow *flow)
{
	bool one = record_has(&flow->end[0], TCPSTATE_A_END_CLOSER);
	bool two = record_has(&flow->end[1], TCPSTATE_A_END_CLOSER);

	if (one && two)
		printf(LABEL "both ends: their FINs crossed\n", "closed first");
	else if (one || two)
		printf(LABEL "%s\n", "closed first",
		       format_name(FORMAT_ROLE, one ? TCPSTATE_INITIATOR : TCPSTATE_RESPONDER));
	else if (record_closer_unknown(flow, TCPSTATE_INITIATOR) &&
		 record_closer_unknown(flow, TCPSTATE_RESPONDER))
		printf(LABEL "?\n", "closed first");
}

/* The owners of the sockets of local ends, also of those that are gone */
static void show_owners(const struct flow *flow, bool numeric)
{
	const char *label = "owner";

	for (int i = 0; i < 2; i++) {
		const struct end *end = &flow->end[i];
		const char *path = cgroup_path(end->cgroup);
		const struct passwd *user;
		char word[CGROUP_PATH];

		if (!record_has(end, TCPSTATE_A_END_UID))
			continue;
		format_word(path, word, sizeof(word));
		user = numeric ? NULL : getpwuid(end->uid);
		printf(LABEL "%s: ", label, format_name(FORMAT_ROLE, i));
		if (user)
			printf("%s (%u)", user->pw_name, end->uid);
		else
			printf("uid %u", end->uid);
		if (path)
			printf(", cgroup %s", word);
		else if (record_has(end, TCPSTATE_A_END_CGROUP))
			printf(", cgroup %llu", (unsigned long long)end->cgroup);
		putchar('\n');
		label = "";
	}
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
	printf("\n" LABEL "%s\n", "phase", format_phase(flow, phase));
	facts_duration(flow->left_ms, left);
	if (record_has(flow, TCPSTATE_A_FLOW_TIMER))
		printf(LABEL "%s, %s left\n", "timer", format_name(FORMAT_TIMER, flow->timer),
		       left);
	format_time(flow->id, FORMAT_DATE, time);
	facts_duration(flow->age_ms, age);
	printf(LABEL "%s, %s ago\n", "first seen", time, age);
	facts_duration(flow->idle_ms, idle);
	if (record_has(flow, TCPSTATE_A_FLOW_IDLE_MS))
		printf(LABEL "%s\n", "idle", idle);
	facts_duration(flow->in_state_ms, in_state);
	if (record_has(flow, TCPSTATE_A_FLOW_IN_STATE_MS))
		printf(LABEL "%s%s\n", "in state", flow->flags & TCPSTATE_FLOW_FLAG_PICKED_UP &&
		       flow->in_state_ms == flow->age_ms ? "at least " : "", in_state);
	show_closing(flow);
	show_closers(flow);
	show_owners(flow, numeric);
	if (flow->verdict != TCPSTATE_VERDICT_NONE)
		printf(LABEL "%s%s%s: %s\n", "verdict",
		       term_color(term_verdict_color(flow->verdict)),
		       format_name(FORMAT_VERDICT, flow->verdict), term_color(TERM_PLAIN),
		       facts_verdict(flow->verdict));
	show_flags(flow);
	printf(LABEL "%llu\n", "id", (unsigned long long)flow->id);
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

	printf("\n%s" LABEL ENDS "%s\n", term_color(TERM_HEADING), "",
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

/** struct cost - the counts of both ends, of which some may have saturated */
struct cost {
	uint64_t n[2];
	bool saturated[2];
};

static struct cost cost_of(const struct flow *flow, uint32_t counts)
{
	struct cost cost = {};

	for (int i = 0; i < 2; i++) {
		const struct end *end = &flow->end[i];

		cost.saturated[i] = end->saturated & counts;
		cost.n[i] += counts & TCPSTATE_COUNT_OPENING ? end->opening : 0;
		cost.n[i] += counts & TCPSTATE_COUNT_DATA ? end->data : 0;
		cost.n[i] += counts & TCPSTATE_COUNT_ACKS ? end->acks : 0;
		cost.n[i] += counts & TCPSTATE_COUNT_CLOSING ? end->closing : 0;
		cost.n[i] += counts & TCPSTATE_COUNT_BYTES ? end->bytes : 0;
	}
	return cost;
}

/* The sum of both ends. If it has no room in 64 bits, it is a lower bound as well. */
static const char *cost_sum(const struct cost *cost, uint64_t *sum, char text[FORMAT_NUMBER])
{
	bool saturated = cost->saturated[0] || cost->saturated[1];

	if (__builtin_add_overflow(cost->n[0], cost->n[1], sum)) {
		*sum = UINT64_MAX;
		saturated = true;
	}
	return format_count(*sum, saturated, text);
}

static unsigned int percent(uint64_t part, uint64_t all)
{
	return all ? (part * 100 + all / 2) / all : 0;
}

static void cost_row(const struct flow *flow, const char *label, uint32_t counts, bool share)
{
	struct cost cost = cost_of(flow, counts), all = cost_of(flow, RECORD_SEGMENTS);
	char one[FORMAT_NUMBER], two[FORMAT_NUMBER], both[FORMAT_NUMBER];
	uint64_t sum;

	cost_sum(&cost, &sum, both);
	printf(LABEL ENDS " %10s", label, format_count(cost.n[0], cost.saturated[0], one),
	       format_count(cost.n[1], cost.saturated[1], two), both);
	/* If some segments were not counted, no share is known. */
	if (share && (all.saturated[0] || all.saturated[1]))
		printf("     -");
	else if (share)
		printf(" %5u %%", percent(sum, all.n[0] + all.n[1]));
	putchar('\n');
}

/* What each end sent again, or out of order; "?" for an end that was never heard. */
static void order_row(const struct flow *flow, const char *label, unsigned int attribute,
		      uint32_t count, const uint32_t n[2])
{
	struct cost all = cost_of(flow, RECORD_SEGMENTS);
	struct cost cost = { .n = { n[0], n[1] } };
	char text[2][FORMAT_NUMBER], both[FORMAT_NUMBER] = "?";
	bool known = true;
	uint64_t sum;

	for (int i = 0; i < 2; i++) {
		const struct end *end = &flow->end[i];

		cost.saturated[i] = end->saturated & count;
		known = known && record_has(end, attribute);
		if (record_has(end, attribute))
			format_count(n[i], cost.saturated[i], text[i]);
		else
			snprintf(text[i], FORMAT_NUMBER, "?");
	}
	if (known)
		cost_sum(&cost, &sum, both);
	printf(LABEL ENDS " %10s", label, text[0], text[1], both);
	if (!known || cost.saturated[0] || cost.saturated[1] ||
	    all.saturated[0] || all.saturated[1] || !(all.n[0] + all.n[1]))
		printf("     -\n");
	else
		printf(" %5.1f %%\n", 100. * sum / (all.n[0] + all.n[1]));
}

/* The share of its own segments that an end has sent again, without the other end's ACKs */
static void show_again(const struct flow *flow)
{
	for (int i = 0; i < 2; i++) {
		const struct end *end = &flow->end[i];
		uint64_t all = record_segments(end);

		if (record_has(end, TCPSTATE_A_END_RETRANSMITS) && end->retransmits && all &&
		    !(end->saturated & (RECORD_SEGMENTS | TCPSTATE_COUNT_RETRANSMITS)))
			printf("  The %s sent %.1f %% of its own segments again.\n",
			       format_name(FORMAT_ROLE, i), 100. * end->retransmits / all);
	}
}

/* What opening and closing cost in addition to the data: the reason for all this. */
static void show_cost(const struct flow *flow)
{
	struct cost all = cost_of(flow, RECORD_SEGMENTS);
	struct cost data = cost_of(flow, TCPSTATE_COUNT_DATA);
	struct cost rest = cost_of(flow, RECORD_SEGMENTS & ~TCPSTATE_COUNT_DATA);
	char all_text[FORMAT_NUMBER], data_text[FORMAT_NUMBER], rest_text[FORMAT_NUMBER];
	char share[16] = "";
	uint64_t n, n_data, n_rest;

	printf("\n%s  %-16s" ENDS " %10s %7s%s\n", term_color(TERM_HEADING), "segments",
	       format_name(FORMAT_ROLE, TCPSTATE_INITIATOR),
	       format_name(FORMAT_ROLE, TCPSTATE_RESPONDER), "both", "share",
	       term_color(TERM_PLAIN));
	cost_row(flow, "opening", TCPSTATE_COUNT_OPENING, true);
	cost_row(flow, "data", TCPSTATE_COUNT_DATA, true);
	cost_row(flow, "acks", TCPSTATE_COUNT_ACKS, true);
	cost_row(flow, "closing", TCPSTATE_COUNT_CLOSING, true);
	cost_row(flow, "all", RECORD_SEGMENTS, true);
	order_row(flow, "retransmitted", TCPSTATE_A_END_RETRANSMITS, TCPSTATE_COUNT_RETRANSMITS,
		  (uint32_t[]){ flow->end[0].retransmits, flow->end[1].retransmits });
	order_row(flow, "gaps", TCPSTATE_A_END_GAPS, TCPSTATE_COUNT_GAPS,
		  (uint32_t[]){ flow->end[0].gaps, flow->end[1].gaps });
	cost_row(flow, "bytes", TCPSTATE_COUNT_BYTES, false);
	cost_sum(&all, &n, all_text);
	cost_sum(&data, &n_data, data_text);
	cost_sum(&rest, &n_rest, rest_text);
	if (!all.saturated[0] && !all.saturated[1])
		snprintf(share, sizeof(share), " (%u %%)", percent(n_data, n));
	if (n_data)
		printf("\n  %s of %s segments carried data%s; %s opened, acknowledged or closed.\n",
		       data_text, all_text, share, rest_text);
	else
		printf("\n  None of %s segments carried data.\n", all_text);
	show_again(flow);
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
	show_cost(flow);
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
