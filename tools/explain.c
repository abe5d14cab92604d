// SPDX-License-Identifier: GPL-2.0-only
/* tcpstate explain: one connection in sentences. */
#include "explain.h"

#include <stdio.h>
#include <string.h>

#include "columns.h"
#include "facts.h"
#include "options.h"
#include "prose.h"
#include "term.h"

/* The flags, from the lowest bit on. */
#define FLAGS	9
/* What is known elsewhere about the connection: each of two states, a verdict, and the flags. */
#define RFCS	(3 + FLAGS)

static const char *role(int end)
{
	return end == TCPSTATE_INITIATOR ? "the initiator" : "the responder";
}

/* A sentence that tells of an end and of the other one. */
static void add_of(struct prose *prose, const char *text, int end)
{
	char sentence[1024];

	snprintf(sentence, sizeof(sentence), text, role(end), role(!end));
	prose_add(prose, "%s", sentence);
}

/* Which end's state explains why the connection stays as it is? */
static int main_end(const struct flow *flow)
{
	return explain_state(flow->end[TCPSTATE_RESPONDER].state)->rank >
	       explain_state(flow->end[TCPSTATE_INITIATOR].state)->rank;
}

static void print_states(struct prose *prose, const struct flow *flow, bool numeric)
{
	char address[FORMAT_END + 2];

	prose_title(prose, "states");
	for (int end = 0; end < 2; end++) {
		unsigned int state = flow->end[end].state;

		format_end(flow, end, numeric, address);
		if (prose->limit > COLUMNS_SHORTEST + 4)
			columns_shorten(address, prose->limit - 4);
		prose_add(prose, "The %s, %s, is in %s:", format_name(FORMAT_ROLE, end), address,
			  format_name(FORMAT_STATE, state));
		if (facts_heard(flow, end))
			prose_add(prose, "%s.", explain_state(state)->is);
		else if (state == TCPSTATE_LISTEN)
			prose_add(prose, "nothing that it sent was seen, and whether a socket listens there is not known.");
		else if (facts_heard(flow, !end))
			prose_add(prose, "nothing that it sent was seen, and this state follows from what %s sent.",
				  role(!end));
		else
			prose_add(prose, "nothing that it sent was seen.");
		prose_end(prose);
	}
}

/* Since when the ends have their states, of which the last transition changed one at least. */
static void add_in_state(struct prose *prose, const struct flow *flow)
{
	uint64_t after_ms = flow->age_ms - flow->in_state_ms;
	char time[FORMAT_TIME], ago[32];

	if (!record_has(flow, TCPSTATE_A_FLOW_IN_STATE_MS)) {
		prose_add(prose, "When a state changed last is not known.");
		return;
	}
	/* Nothing has changed since the connection was picked up. */
	if (flow->flags & TCPSTATE_FLOW_FLAG_PICKED_UP && flow->in_state_ms >= flow->age_ms) {
		prose_add(prose, "No state has changed since then; when it changed before is not known.");
		return;
	}
	/* It is exact to the tick, and the age to the millisecond. */
	if (flow->in_state_ms > flow->age_ms)
		after_ms = 0;
	format_time(flow->id + after_ms * 1000000, FORMAT_DATE, time);
	prose_add(prose, "The last change of a state was at %.23s, %s ago.", time,
		  facts_duration(flow->in_state_ms, ago));
}

static void print_since(struct prose *prose, const struct flow *flow)
{
	char time[FORMAT_TIME], ago[32];

	prose_title(prose, "since");
	format_time(flow->id, FORMAT_DATE, time);
	prose_add(prose, "The first segment of it that was seen passed at %.23s, %s ago.", time,
		  facts_duration(flow->age_ms, ago));
	add_in_state(prose, flow);
	if (record_has(flow, TCPSTATE_A_FLOW_CLOSED_AT_NS)) {
		format_time(flow->closed_at_ns, FORMAT_DATE, time);
		prose_add(prose, "The connection ended at %.23s", time);
		if (record_has(flow, TCPSTATE_A_FLOW_DURATION_MS))
			prose_add(prose, "and had lasted %s then.",
				  facts_duration(flow->duration_ms, ago));
		else
			prose_add(prose, "then.");
	}
	if (record_has(flow, TCPSTATE_A_FLOW_IDLE_MS))
		prose_add(prose, "The last segment that counts passed %s ago.",
			  facts_duration(flow->idle_ms, ago));
	prose_end(prose);
}

/* How far the answer to the SYN was seen. */
static void add_answer(struct prose *prose, const struct flow *flow)
{
	bool answered = record_has(&flow->end[TCPSTATE_RESPONDER], TCPSTATE_A_END_ISN);

	if (facts_with_itself(flow))
		prose_add(prose, "The SYN came back to the end that sent it.");
	else if (flow->flags & TCPSTATE_FLOW_FLAG_SIMULTANEOUS)
		prose_add(prose, "The two SYNs crossed.");
	else if (answered && flow->phase == TCPSTATE_PHASE_OPEN)
		prose_add(prose, "The SYN/ACK was seen, and no ACK of it that counts.");
	else if (answered)
		prose_add(prose, "The SYN/ACK was seen; when it passed is not known.");
	else if (flow->verdict == TCPSTATE_VERDICT_REFUSED)
		prose_add(prose, "A RST answered.");
	else
		prose_add(prose, "No SYN/ACK was seen.");
}

/* Say which side each time of the handshake belongs to, as seen from here. */
static void add_whose_times(struct prose *prose, const struct flow *flow)
{
	bool one = facts_local(flow, TCPSTATE_INITIATOR);
	bool two = facts_local(flow, TCPSTATE_RESPONDER);

	if (one && two)
		prose_add(prose, "Both ends are local, and so are both times.");
	else if (one)
		prose_add(prose, "The initiator is local: the first time is that of the network and of the other host, and the second is that of this host.");
	else if (two)
		prose_add(prose, "The responder is local: the first time is that of this host, and the second is that of the network and of the other host.");
	else
		prose_add(prose, "As seen from here, the first time is that of the way to the responder and back, and the second is that of the way to the initiator and back.");
}

static void add_handshake(struct prose *prose, const struct flow *flow)
{
	bool asked = record_has(&flow->end[TCPSTATE_INITIATOR], TCPSTATE_A_END_ISN);

	if (record_has(flow, TCPSTATE_A_FLOW_SYN_US) && record_has(flow, TCPSTATE_A_FLOW_ACK_US)) {
		prose_add(prose, "The whole handshake was seen: the SYN/ACK came %u us after the SYN, and the ACK %u us after that.",
			  flow->syn_us, flow->ack_us);
		add_whose_times(prose, flow);
		return;
	}
	prose_add(prose, asked ? "The SYN was seen." : "The SYN was not seen.");
	if (record_has(flow, TCPSTATE_A_FLOW_SYN_US))
		prose_add(prose, "The SYN/ACK came %u us after it.", flow->syn_us);
	else
		add_answer(prose, flow);
}

/* What came again; repeated SYNs are among it. */
static void add_again(struct prose *prose, const struct end *it)
{
	char again[FORMAT_NUMBER], syn[FORMAT_NUMBER];

	format_count(it->retransmits, it->saturated & TCPSTATE_COUNT_RETRANSMITS, again);
	format_count(it->repeats, it->saturated & TCPSTATE_COUNT_REPEATS, syn);
	if (it->repeats && it->repeats >= it->retransmits)
		prose_add(prose, "Its SYN came again %s time%s.", syn, it->repeats == 1 ? "" : "s");
	else if (it->repeats)
		prose_add(prose, "%s segments that it sent came again, its SYN %s time%s.", again,
			  syn, it->repeats == 1 ? "" : "s");
	else if (record_has(it, TCPSTATE_A_END_RETRANSMITS) && it->retransmits)
		prose_add(prose, "%s segment%s that it sent came again.", again,
			  it->retransmits == 1 ? "" : "s");
}

/* "3 segments, 2 of them with data (9 bytes)" */
static void add_sent(struct prose *prose, const struct flow *flow, int end)
{
	const struct end *it = &flow->end[end];
	uint64_t all = record_segments(it);
	char text[FORMAT_NUMBER], data[FORMAT_NUMBER], bytes[FORMAT_NUMBER];

	if (!facts_heard(flow, end)) {
		prose_add(prose, "No segment of %s was seen.", role(end));
		return;
	}
	prose_add(prose, "%s segment%s of %s %s seen,",
		  format_count(all, it->saturated & RECORD_SEGMENTS, text), all == 1 ? "" : "s",
		  role(end), all == 1 ? "was" : "were");
	if (it->data)
		prose_add(prose, "%s of them with data (%s bytes).",
			  format_count(it->data, it->saturated & TCPSTATE_COUNT_DATA, data),
			  format_count(it->bytes, it->saturated & TCPSTATE_COUNT_BYTES, bytes));
	else
		prose_add(prose, "none of them with data.");
	add_again(prose, it);
}

static void add_close(struct prose *prose, const struct flow *flow)
{
	bool one = record_closed_first(flow, TCPSTATE_INITIATOR);
	bool two = record_closed_first(flow, TCPSTATE_RESPONDER);

	if (one && two)
		prose_add(prose, "Both ends sent a FIN before they had received that of the other.");
	else if (one || two)
		prose_add(prose, "The first FIN came from %s.",
			  role(one ? TCPSTATE_INITIATOR : TCPSTATE_RESPONDER));
	else if (record_closer_unknown(flow, TCPSTATE_INITIATOR) &&
		 record_closer_unknown(flow, TCPSTATE_RESPONDER))
		prose_add(prose, "Which end closed first is not known.");
	if (flow->verdict != TCPSTATE_VERDICT_NONE && *facts_verdict(flow->verdict))
		prose_add(prose, "The verdict is %s: %s.",
			  format_name(FORMAT_VERDICT, flow->verdict),
			  facts_verdict(flow->verdict));
	else if (flow->verdict != TCPSTATE_VERDICT_NONE)
		prose_add(prose, "The verdict is one that this tool does not know.");
}

/* Do both directions pass here, because one of the ends is here? */
static bool has_local(const struct flow *flow)
{
	return facts_local(flow, TCPSTATE_INITIATOR) || facts_local(flow, TCPSTATE_RESPONDER);
}

static void print_seen(struct prose *prose, const struct flow *flow)
{
	prose_title(prose, "seen");
	add_handshake(prose, flow);
	add_sent(prose, flow, TCPSTATE_INITIATOR);
	add_sent(prose, flow, TCPSTATE_RESPONDER);
	add_close(prose, flow);
	for (unsigned int i = 0; i < FLAGS; i++) {
		if (flow->flags & 1u << i & TCPSTATE_FLOW_FLAG_ONE_WAY && has_local(flow))
			prose_add(prose, "Segments of one direction alone were seen here, where both would pass, since one end is local: the other one is silent, or what it sends does not arrive.");
		else if (flow->flags & 1u << i && explain_flag(1u << i).text)
			prose_add(prose, "%s", explain_flag(1u << i).text);
	}
	if (flow->flags >> FLAGS)
		prose_add(prose, "A newer module has set a flag that this tool does not know.");
	prose_end(prose);
}

static bool is_over(const struct flow *flow)
{
	return flow->end[TCPSTATE_INITIATOR].state == TCPSTATE_CLOSED &&
	       flow->end[TCPSTATE_RESPONDER].state == TCPSTATE_CLOSED;
}

static void print_next(struct prose *prose, const struct flow *flow)
{
	bool waits = false;
	char left[32];

	prose_title(prose, "next");
	for (int end = 0; end < 2; end++) {
		const char *text = explain_state(flow->end[end].state)->waits;

		if (!*text)
			continue;
		add_of(prose, text, end);
		waits = true;
	}
	if (is_over(flow))
		prose_add(prose, "Both ends are closed: no segment is awaited.");
	else if (!waits)
		prose_add(prose, "No segment is awaited: an open end may send data or its FIN at any time.");
	if (record_has(flow, TCPSTATE_A_FLOW_TIMER))
		prose_add(prose, "The %s timer runs, with %s left: if no segment passes until then, %s.",
			  format_name(FORMAT_TIMER, flow->timer),
			  facts_duration(flow->left_ms, left), explain_timer(flow->timer));
	else
		prose_add(prose, "Which timer runs is not known.");
	prose_end(prose);
}

/* From this time on, half of a handshake is called slow. */
#define SLOW_US	200000

static bool is_slow(const struct flow *flow, int end)
{
	if (end == TCPSTATE_RESPONDER)
		return record_has(flow, TCPSTATE_A_FLOW_SYN_US) && flow->syn_us >= SLOW_US;
	return record_has(flow, TCPSTATE_A_FLOW_ACK_US) && flow->ack_us >= SLOW_US;
}

/* Did more than a SYN come again? */
static bool is_retransmitted(const struct end *it)
{
	return record_has(it, TCPSTATE_A_END_RETRANSMITS) && it->retransmits > it->repeats;
}

/* What a slow answer of an end in the handshake, and segments that came again, come from */
static void add_trouble(struct prose *prose, const struct flow *flow, int end)
{
	const struct end *it = &flow->end[end];

	if (is_slow(flow, end)) {
		prose_add(prose, "A handshake with a slow %s has one of these causes.",
			  end == TCPSTATE_RESPONDER ? "SYN/ACK" : "last ACK");
		if (facts_local(flow, end))
			prose_add(prose, "This host, where %s is, was busy, or the segment was dropped here and sent again.",
				  role(end));
		else
			prose_add(prose, "The way to %s and back is long or congested, a segment was lost there and sent again, or its host was busy: the same time, taken on that host, has only the host's own share.",
				  role(end));
	}
	if (is_retransmitted(it) && it->gaps)
		prose_add(prose, "Segments of %s were lost or delayed before they came here, which is what its gaps count; others that came again may have been lost beyond this point, on the way to %s.",
			  role(end), role(!end));
	else if (is_retransmitted(it))
		prose_add(prose, "Segments of %s that came again, while no gap in what it sent was seen, were lost beyond this point, on the way to %s, or the ACKs of them were lost or late.",
			  role(end), role(!end));
}

static void print_usually(struct prose *prose, const struct flow *flow)
{
	int end = main_end(flow);
	const struct explain_state *state = explain_state(flow->end[end].state);
	const char *verdict = explain_verdict(flow->verdict).text;

	prose_title(prose, "usually");
	if (verdict)
		prose_add(prose, "%s", verdict);
	else if (is_over(flow))
		prose_add(prose, "A closed connection is shown for a while, until its record is removed.");
	else if (!facts_heard(flow, end))
		prose_add(prose, "What follows holds if the state of %s is right, of which nothing was seen.",
			  role(end));
	/* TIME_WAIT outlives the verdict. */
	if (!is_over(flow) && (!verdict || flow->end[end].state == TCPSTATE_TIME_WAIT))
		add_of(prose, state->usually, end);
	if (flow->end[end].state == TCPSTATE_SYN_SENT && !verdict && !has_local(flow))
		prose_add(prose, "The answer may also take another path, past this machine.");
	add_trouble(prose, flow, TCPSTATE_RESPONDER);
	add_trouble(prose, flow, TCPSTATE_INITIATOR);
	prose_end(prose);
}

static unsigned int add_rfc(const char *rfcs[RFCS], unsigned int n, const char *rfc)
{
	if (!rfc)
		return n;
	for (unsigned int i = 0; i < n; i++)
		if (!strcmp(rfcs[i], rfc))
			return n;
	rfcs[n] = rfc;
	return n + 1;
}

static void print_rfcs(struct prose *prose, const struct flow *flow)
{
	const char *rfcs[RFCS];
	unsigned int n = 0;

	n = add_rfc(rfcs, n, explain_state(flow->end[TCPSTATE_INITIATOR].state)->rfc);
	n = add_rfc(rfcs, n, explain_state(flow->end[TCPSTATE_RESPONDER].state)->rfc);
	n = add_rfc(rfcs, n, explain_verdict(flow->verdict).rfc);
	for (unsigned int i = 0; i < FLAGS; i++)
		if (flow->flags & 1u << i)
			n = add_rfc(rfcs, n, explain_flag(1u << i).rfc);
	prose_title(prose, "read");
	for (unsigned int i = 0; i < n; i++)
		prose_add(prose, "%s%s", rfcs[i], i + 1 < n ? ";" : ".");
	prose_end(prose);
}

/**
 * explain_print() - print what is known of a connection, in sentences
 * @flow: the connection
 * @numeric: ports as numbers
 */
void explain_print(const struct flow *flow, bool numeric)
{
	struct prose prose;

	prose_init(&prose);
	print_states(&prose, flow, numeric);
	print_since(&prose, flow);
	print_seen(&prose, flow);
	print_next(&prose, flow);
	print_usually(&prose, flow);
	print_rfcs(&prose, flow);
}

/* What to ask next */
static void print_try(const struct flow *flow, const struct options *options)
{
	bool process = has_local(flow) && !is_over(flow) && !options->read;
	bool refused = flow->verdict == TCPSTATE_VERDICT_REFUSED;
	bool open = flow->phase == TCPSTATE_PHASE_OPEN;
	bool again = is_retransmitted(&flow->end[0]) || is_retransmitted(&flow->end[1]);
	bool slow = is_slow(flow, TCPSTATE_RESPONDER), late = is_slow(flow, TCPSTATE_INITIATOR);
	char command[128] = "tcpstate";
	struct prose prose;

	if (!process && !refused && !open && !again && !slow && !late)
		return;
	if (options->netns)
		format_append(command, sizeof(command), " --netns %s", options->netns);
	prose_init(&prose);
	prose_title(&prose, "try");
	if (process)
		prose_add(&prose, "'%s show --process %llu' names the program that has the socket open.",
			  command, (unsigned long long)flow->id);
	if (open)
		prose_add(&prose, "'%s top --by responder,responder_port phase open' shows where others have no answer.",
			  command);
	if (refused)
		prose_add(&prose, "'%s top --by responder,responder_port verdict refused' shows where others are refused.",
			  command);
	if (slow || late)
		prose_add(&prose, "'%s list --sort %s slower %s 200ms' shows which other handshakes are slow.",
			  command, slow ? "syn_us" : "ack_us", slow ? "syn" : "ack");
	if (again)
		prose_add(&prose, "'%s list --sort retransmits retransmitted' shows which other connections lose segments.",
			  command);
	prose_end(&prose);
}

/**
 * explain_run() - tcpstate explain
 * @ipc: where from
 * @options: what was asked for
 *
 * Return: STATUS_*.
 */
int explain_run(struct ipc *ipc, const struct options *options)
{
	struct flow flow;

	if (show_get(ipc, options, &flow))
		return STATUS_FAILURE;
	explain_print(&flow, options->numeric);
	print_try(&flow, options);
	return STATUS_OK;
}
