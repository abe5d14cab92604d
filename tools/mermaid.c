// SPDX-License-Identifier: GPL-2.0-only
/* A ladder in the text format of Mermaid: https://mermaid.js.org/syntax/sequenceDiagram.html */
#include "rung.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "term.h"

/* The ends, as the lines of the diagram call them. */
static const char ends[] = "IR";

/* Entity codes stand for all that ends a statement, begins a comment, or is markup. */
static void escape(unsigned int character)
{
	bool plain = character < 0x7f &&
		     (isalnum(character) || strchr(" .,:[]()/_-+=?", character));

	if (plain)
		putchar(character);
	else
		printf("#%u;", character);
}

static void print_text(const char *text)
{
	rung_print_text(text, escape);
}

/* A background for each part of the connection's life. */
static const char *background(const uint8_t state[2])
{
	static const char * const colors[] = {
		[TERM_OPENING] = "rgb(255, 244, 214)",
		[TERM_OPEN] = "rgb(223, 245, 225)",
		[TERM_CLOSING] = "rgb(218, 238, 248)",
		[TERM_DONE] = "rgb(238, 238, 238)",
	};
	enum term_color one = term_state_color(state[TCPSTATE_INITIATOR]);
	enum term_color two = term_state_color(state[TCPSTATE_RESPONDER]);

	if (one == TERM_CLOSING || two == TERM_CLOSING)
		return colors[TERM_CLOSING];
	if (one == TERM_OPENING || two == TERM_OPENING)
		return colors[TERM_OPENING];
	return colors[one == TERM_OPEN || two == TERM_OPEN ? TERM_OPEN : TERM_DONE];
}

static void print_state(int end, unsigned int state)
{
	printf("        Note %s of %c: %s\n", end == TCPSTATE_INITIATOR ? "left" : "right",
	       ends[end], format_name(FORMAT_STATE, state));
}

static void print_rung(const struct rungs *rungs, const struct options *options, size_t i)
{
	const struct rung *rung = &rungs->rung[i];
	const uint8_t *before = i ? rung[-1].state : rungs->before;
	char time[FORMAT_TIME];

	rung_time(rungs, options, i, time);
	if (rung->kind == RUNG_SEGMENT)
		printf("        %c->>%c: ", ends[rung->from], ends[!rung->from]);
	else if (rung->kind == RUNG_SUM)
		printf("        %c-->>%c: ", ends[rung->from], ends[!rung->from]);
	else
		printf("        Note over I,R: ");
	print_text(time);
	if (*time)
		putchar(' ');
	print_text(rung->text);
	putchar('\n');
	for (int end = 0; end < 2; end++)
		if (rung->state[end] != before[end])
			print_state(end, rung->state[end]);
}

/**
 * mermaid_print() - print a ladder as a sequence diagram
 * @rungs: its rungs
 * @options: what was asked for
 * @flow: the connection
 */
void mermaid_print(const struct rungs *rungs, const struct options *options,
		   const struct flow *flow)
{
	const char *color = NULL;
	char text[FORMAT_END];

	printf("sequenceDiagram\n");
	for (int end = 0; end < 2; end++) {
		printf("    participant %c as ", ends[end]);
		print_text(format_end(flow, end, options->numeric, text));
		putchar('\n');
	}
	if (options->netns) {
		printf("    Note over I,R: network namespace ");
		print_text(options->netns);
		putchar('\n');
	}
	for (size_t i = 0; i < rungs->n; i++) {
		const char *next = background(rungs->rung[i].state);

		if (next != color) {
			printf("%s    rect %s\n", color ? "    end\n" : "", next);
			for (int end = 0; !i && end < 2; end++)
				if (rungs->before[end])
					print_state(end, rungs->before[end]);
		}
		color = next;
		print_rung(rungs, options, i);
	}
	printf("    end\n");
}
