// SPDX-License-Identifier: GPL-2.0-only
/*
 * What explain says: of every pair of states, verdict and set of flags, whole sentences, and
 * nothing about what was not seen.
 */
#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "names_gen.h"
#include "tool_world.h"

/* None, each flag, and, if there is no verdict, each two of them and all. */
#define FLAGS		9
#define FLAG_SETS	(1 + FLAGS + FLAGS * (FLAGS - 1) / 2 + 1)
/* Both ends were heard, and the handshake; both, in mid-stream; one; none. */
#define HEARD		5
#define SECTIONS	6

static const char * const sections[SECTIONS] = {
	"states", "since", "seen", "next", "usually", "read",
};

/** struct combination - one thing to explain */
struct combination {
	unsigned int one;
	unsigned int two;
	unsigned int verdict;
	uint32_t flags;
	unsigned int heard;
};

static uint32_t flag_set(unsigned int i)
{
	if (!i)
		return 0;
	if (i <= FLAGS)
		return 1u << (i - 1);
	i -= FLAGS + 1;
	for (unsigned int a = 0; a < FLAGS; a++)
		for (unsigned int b = a + 1; b < FLAGS; b++)
			if (!i--)
				return 1u << a | 1u << b;
	return (1u << FLAGS) - 1;
}

static void make(struct flow *flow, const struct combination *it)
{
	static const unsigned int ends[HEARD] = { 3, 3, 1, 2, 0 };

	*flow = (struct flow){
		.has = 1u << TCPSTATE_A_FLOW_TIMER, .family = TCPSTATE_FAMILY_IPV4,
		.id = 5000000000, .age_ms = 3000, .left_ms = 58000, .verdict = it->verdict,
		.flags = it->flags, .timer = (it->one + it->two) % 7,
		.phase = it->two % (TCPSTATE_PHASE_CLOSED + 1),
	};
	for (int end = 0; end < 2; end++) {
		struct end *e = &flow->end[end];

		memset(e->address, 10 + end, 4);
		e->port = 5000 + end;
		e->state = end ? it->two : it->one;
		if (!(ends[it->heard] >> end & 1))
			continue;
		e->has = 1u << TCPSTATE_A_END_SEQ;
		e->acks = 1 + end;
		e->data = end;
		e->bytes = 9 * end;
		if (!it->heard) {
			e->has |= 1u << TCPSTATE_A_END_ISN;
			e->repeats = end;
			e->has |= 1u << TCPSTATE_A_END_RETRANSMITS;
			e->retransmits = 2 * end;
		}
	}
	/* A verdict that a RST has led to comes with that RST. */
	flow->end[TCPSTATE_INITIATOR].closing =
		it->verdict == TCPSTATE_VERDICT_RESET_BY_INITIATOR;
	flow->end[TCPSTATE_RESPONDER].closing =
		it->verdict == TCPSTATE_VERDICT_RESET_BY_RESPONDER ||
		it->verdict == TCPSTATE_VERDICT_REFUSED;
	if (it->heard)
		return;
	flow->has |= 1u << TCPSTATE_A_FLOW_SYN_US | 1u << TCPSTATE_A_FLOW_ACK_US |
		     1u << TCPSTATE_A_FLOW_IN_STATE_MS | 1u << TCPSTATE_A_FLOW_IDLE_MS;
	flow->in_state_ms = it->two % 2 ? flow->age_ms : 1000;
	if (it->verdict)
		flow->has |= 1u << TCPSTATE_A_FLOW_CLOSED_AT_NS |
			     (it->one % 2) << TCPSTATE_A_FLOW_DURATION_MS;
	flow->syn_us = 52;
	flow->ack_us = 23;
}

static struct flow explained;

static int print_explained(struct ipc *ipc, const struct options *options)
{
	(void)ipc;
	explain_print(&explained, options->numeric);
	return 0;
}

/* Join the lines of each section, which end where a line is not indented, in their place. */
static unsigned int unwrap(char *text, char *paragraphs[SECTIONS])
{
	unsigned int n = 0;
	char *to = text;

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		size_t indent = strspn(line, " ");

		if (!indent) {
			if (n == SECTIONS || strcmp(line, sections[n]))
				return 0;
			/* The title has room for the end of the section before. */
			*to++ = '\0';
			paragraphs[n++] = to;
			*to = '\0';
			continue;
		}
		if (!n)
			return 0;
		if (to > paragraphs[n - 1])
			*to++ = ' ';
		memmove(to, line + indent, strlen(line + indent) + 1);
		to += strlen(to);
	}
	return n;
}

/* Is that whole sentences, each with a capital or a number at its beginning? */
static bool is_sentences(const char *text)
{
	bool begins = true;
	char last = ' ';

	for (; *text; text++) {
		if (*text == ' ')
			continue;
		if (begins && !isupper(*text) && !isdigit(*text))
			return false;
		begins = *text == '.' && (text[1] == ' ' || !text[1]);
		last = *text;
		if (!isprint(*text) || *text == '%' || *text == '?' || !strncmp(text, "(null", 5) ||
		    !strncmp(text, "..", 2))
			return false;
	}
	return last == '.';
}

static bool matches(const regex_t *pattern, const char *text)
{
	return !regexec(pattern, text, 0, NULL, 0);
}

static regex_t claims[2], seen_syn, seen_answer;

static void expect_explained(const struct combination *it)
{
	static const struct options options = { .numeric = true };
	char *paragraphs[SECTIONS] = {};
	struct world_output output;
	unsigned int n;

	make(&explained, it);
	output = world_run(print_explained, &options);
	n = unwrap(output.text, paragraphs);
	expect(n == SECTIONS, "%s %s verdict %u flags %x heard %u: %u sections",
	       tcpstate_state_names[it->one], tcpstate_state_names[it->two], it->verdict, it->flags,
	       it->heard, n);
	for (unsigned int i = 0; i < n; i++) {
		const char *text = paragraphs[i];

		expect(is_sentences(text), "%s %s verdict %u flags %x heard %u: '%s'",
		       tcpstate_state_names[it->one], tcpstate_state_names[it->two], it->verdict,
		       it->flags, it->heard, text);
		for (int end = 0; end < 2; end++)
			expect(record_segments(&explained.end[end]) ||
			       !matches(&claims[end], text), "heard %u: '%s'", it->heard, text);
		expect(!it->heard || !matches(&seen_syn, text), "no SYN: '%s'", text);
		expect(!it->heard || !matches(&seen_answer, text), "no SYN/ACK: '%s'", text);
	}
	free(output.text);
}

static void compile(regex_t *pattern, const char *text)
{
	if (regcomp(pattern, text, REG_EXTENDED | REG_NOSUB))
		abort();
}

/* What is said only of an end that was heard */
static void compile_claims(const char *role, regex_t *pattern)
{
	char text[400];

	snprintf(text, sizeof(text), "[Tt]he %s (has |had )?(sent|answered|acknowledged|closed|received|repeated)",
		 role);
	format_append(text, sizeof(text), "|%s, [^,]*, is in [A-Z0-9_]+: (it|its|no answer)", role);
	format_append(text, sizeof(text), "|[0-9] segments? of the %s|FIN came from the %s", role,
		      role);
	compile(pattern, text);
}

static void compile_all(void)
{
	compile_claims("initiator", &claims[TCPSTATE_INITIATOR]);
	compile_claims("responder", &claims[TCPSTATE_RESPONDER]);
	compile(&seen_syn, "The SYN was seen|handshake was seen");
	compile(&seen_answer, "The SYN/ACK (was seen|came)|handshake was seen");
}

static void test_all(void)
{
	check_begin("explain: whole sentences of every pair, verdict and flag, and of nothing unseen");
	compile_all();
	world.columns = 0;
	for (unsigned int i = 0; i < (RECORD_STATES - 1) * (RECORD_STATES - 1); i++)
		for (unsigned int verdict = 0; verdict < RECORD_VERDICTS; verdict++)
			for (unsigned int set = 0; set < (verdict ? FLAGS + 1 : FLAG_SETS); set++) {
				struct combination it = {
					.one = 1 + i % (RECORD_STATES - 1),
					.two = 1 + i / (RECORD_STATES - 1),
					.verdict = verdict, .flags = flag_set(set),
				};

				/* Each set is heard in one way, and the first in all. */
				it.heard = set % HEARD;
				expect_explained(&it);
				for (it.heard = 0; !set && it.heard < HEARD; it.heard++)
					expect_explained(&it);
			}
	regfree(&claims[0]);
	regfree(&claims[1]);
	regfree(&seen_syn);
	regfree(&seen_answer);
	check_end();
}

/* Does the explanation have this text, when its lines are joined? */
static bool says(const struct combination *it, const char *text)
{
	static const struct options options = { .numeric = true };
	char *paragraphs[SECTIONS] = {};
	struct world_output output;
	bool found = false;
	unsigned int n;

	make(&explained, it);
	output = world_run(print_explained, &options);
	n = unwrap(output.text, paragraphs);
	for (unsigned int i = 0; i < n; i++)
		found |= !!strstr(paragraphs[i], text);
	free(output.text);
	return found;
}

static void test_answers(void)
{
	static const struct {
		unsigned int one, two, verdict;
		const char *text;
	} answers[] = {
		{ TCPSTATE_FIN_WAIT_2, TCPSTATE_CLOSE_WAIT, 0,
		  "The program of the responder has not closed its socket." },
		{ TCPSTATE_CLOSE_WAIT, TCPSTATE_FIN_WAIT_2, 0,
		  "The program of the initiator has not closed its socket." },
		{ TCPSTATE_SYN_SENT, TCPSTATE_LISTEN, 0, "a packet filter drops it" },
		{ TCPSTATE_SYN_SENT, TCPSTATE_SYN_RECEIVED, 0, "SYN flood" },
		{ TCPSTATE_FIN_WAIT_2, TCPSTATE_ESTABLISHED, 0,
		  "In FIN_WAIT_2, the initiator waits for the FIN of the responder." },
		{ TCPSTATE_TIME_WAIT, TCPSTATE_CLOSED, TCPSTATE_VERDICT_CLOSED,
		  "the end that closes first waits, 60 s on Linux" },
		{ TCPSTATE_CLOSED, TCPSTATE_CLOSED, TCPSTATE_VERDICT_REFUSED,
		  "No socket listens on this port" },
		{ TCPSTATE_LAST_ACK, TCPSTATE_FIN_WAIT_2, 0, "the host of the responder is gone" },
		{ TCPSTATE_CLOSED, TCPSTATE_CLOSED, TCPSTATE_VERDICT_CLOSED,
		  "no segment is awaited" },
	};

	const struct combination open = {
		.one = TCPSTATE_ESTABLISHED, .two = TCPSTATE_ESTABLISHED,
	};

	check_begin("explain: what usually causes it, and what comes next");
	for (unsigned int i = 0; i < ARRAY_SIZE(answers); i++) {
		const struct combination it = {
			.one = answers[i].one, .two = answers[i].two,
			.verdict = answers[i].verdict,
		};

		expect(says(&it, answers[i].text), "not '%s'", answers[i].text);
	}
	expect(says(&open, "its SYN 1 time.") && !says(&open, "Its SYN came again"), "SYN");
	expect(says(&open, "the first time is that of the way to the responder and back"), "times");
	for (unsigned int i = 0; i < FLAGS; i++) {
		const struct combination it = {
			.one = TCPSTATE_ESTABLISHED, .two = TCPSTATE_ESTABLISHED, .flags = 1u << i,
		}, other = { .one = it.one, .two = it.two };

		expect(says(&it, explain_flag(1u << i).text), "flag %u", i);
		expect(!says(&other, explain_flag(1u << i).text), "no flag %u", i);
	}
	check_end();
}

/* A connection that is open, with a slow half of its handshake, or segments that came again. */
static void expect_trouble(bool slow, unsigned int again, unsigned int gaps, bool local,
			   const char *text)
{
	const struct combination it = {
		.one = TCPSTATE_ESTABLISHED, .two = TCPSTATE_ESTABLISHED,
	};
	static const struct options options = { .numeric = true };
	char *paragraphs[SECTIONS] = {};
	struct world_output output;
	unsigned int n;

	make(&explained, &it);
	explained.syn_us = slow ? 223000 : 199999;
	explained.end[0].has |= 1u << TCPSTATE_A_END_RETRANSMITS;
	if (local)
		explained.end[1].has |= 1u << TCPSTATE_A_END_UID | 1u << TCPSTATE_A_END_CGROUP;
	explained.end[0].retransmits = again;
	explained.end[0].gaps = gaps;
	explained.end[1].retransmits = explained.end[1].repeats;
	output = world_run(print_explained, &options);
	n = unwrap(output.text, paragraphs);
	expect(n == SECTIONS, "%u sections", n);
	/* The section "usually" is the last but one. */
	if (n == SECTIONS)
		expect(is_sentences(paragraphs[n - 2]) && (*text == '!' ?
		       !strstr(paragraphs[n - 2], text + 1) : !!strstr(paragraphs[n - 2], text)),
		       "'%s', not '%s'", paragraphs[n - 2], text);
	free(output.text);
}

static void test_trouble(void)
{
	check_begin("explain: what a slow handshake and retransmissions come from");
	expect_trouble(false, 0, 0, false, "!slow SYN/ACK");
	expect_trouble(false, 0, 0, false, "!came again");
	expect_trouble(true, 0, 0, false, "to the responder and back is long or congested");
	expect_trouble(true, 0, 0, true,
		       "This host, where the responder is, was busy");
	expect_trouble(false, 23, 0, false, "beyond this point, on the way to the responder, or");
	expect_trouble(false, 23, 4, false, "initiator were lost or delayed before they came");
	check_end();
}

static void test_widths(void)
{
	static const struct options options = {};

	check_begin("explain: no line is longer than a terminal of 60 columns or more");
	for (unsigned int state = 1; state < RECORD_STATES; state++)
		for (world.columns = 60; world.columns <= 120; world.columns++) {
			struct world_output output;
			size_t width = 0;

			world_fill(&explained, UINT64_MAX, TCPSTATE_FAMILY_IPV6);
			explained.end[0].port = 90;
			explained.end[state % 2].state = state;
			explained.flags = ~0u;
			output = world_run(print_explained, &options);
			for (const char *c = output.text; *c; c++) {
				width += (*c & 0xc0) != 0x80;
				if (*c != '\n')
					continue;
				expect(width - 1 <= world.columns && width - 1 <= 80,
				       "%u columns: %s", world.columns, output.text);
				width = 0;
			}
			free(output.text);
		}
	world.columns = 0;
	check_end();
}

/**
 * explain_tests() - the tests of explain
 */
void explain_tests(void)
{
	test_all();
	test_answers();
	test_trouble();
	test_widths();
}
