// SPDX-License-Identifier: GPL-2.0-only
/* A ladder as a picture in SVG 1.1. */
#include "rung.h"

#include <stdio.h>
#include <string.h>

#include "term.h"

/* All lengths are in px. A character of the font is at most so wide, and a line so high. */
#define CHARACTER	7
#define LINE		16
#define MARGIN		20
/* The bars of the states, and what is free around a text */
#define BAR		12
#define GAP		8
/* Room for a rung if they are spaced evenly, and the mean room if they are to scale */
#define RUNG		40
/* The names of the ends stand above the first rung. */
#define HEAD		72
/* What is shown of each end below the last rung */
#define FOOT		32
/* "SYN_RECEIVED" */
#define STATE		(12 * CHARACTER)

/** struct svg - where things are */
struct svg {
	const struct rungs *rungs;
	const struct options *options;
	/** @left: the left side of the initiator's bar */
	unsigned int left;
	/** @right: the left side of the responder's bar */
	unsigned int right;
	unsigned int width;
	unsigned int height;
};

static void escape(unsigned int character)
{
	if (character >= 0x7f || strchr("&<>\"'", character))
		printf("&#%u;", character);
	else
		putchar(character);
}

static void print_text(const char *text)
{
	rung_print_text(text, escape);
}

static const char *fill(unsigned int state)
{
	static const char * const colors[] = {
		[TERM_OPENING] = "#f2b84b",
		[TERM_OPEN] = "#4caf6d",
		[TERM_CLOSING] = "#4a9fd1",
		[TERM_DONE] = "#b4b4b4",
	};

	return colors[term_state_color(state)];
}

/*
 * Where a rung is. To scale, all of them take as much room as if they were spaced evenly, and a
 * verdict is at the place of its segment.
 */
static unsigned int y_of(const struct svg *svg, size_t i)
{
	const struct rung *rung = svg->rungs->rung;
	size_t n = svg->rungs->n;
	double all_ns, ns;

	if (!svg->options->to_scale)
		return HEAD + RUNG * (i + 1);
	all_ns = (double)rung[n - 1].time_ns - rung[0].time_ns;
	ns = (double)rung[i].time_ns - rung[0].time_ns;
	/* What the table had after a loss may be newer than the events that follow it. */
	if (all_ns <= 0 || ns < 0)
		ns = 0;
	else
		ns = (ns < all_ns ? ns : all_ns) / all_ns;
	return HEAD + RUNG + ns * RUNG * (n - 1);
}

/* If rungs to scale are close to each other, their texts move down. */
static unsigned int text_y(const struct svg *svg, size_t i, unsigned int *last)
{
	unsigned int y = y_of(svg, i);

	if (y < *last + LINE)
		y = *last + LINE;
	*last = y;
	return y;
}

static void begin_text(unsigned int x, unsigned int y, const char *anchor, const char *class)
{
	printf("  <text x=\"%u\" y=\"%u\" text-anchor=\"%s\" class=\"%s\">", x, y, anchor, class);
}

static void put_text(unsigned int x, unsigned int y, const char *anchor, const char *class,
		     const char *text)
{
	begin_text(x, y, anchor, class);
	print_text(text);
	printf("</text>\n");
}

/* A part of a bar, with the name of the state at its top, outside of the ladder. */
static void print_bar(const struct svg *svg, int end, unsigned int state, unsigned int from,
		      unsigned int to, unsigned int *label)
{
	unsigned int x = end == TCPSTATE_INITIATOR ? svg->left : svg->right;
	unsigned int y = from + LINE - 4;

	printf("  <rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" fill=\"%s\"/>\n", x, from, BAR,
	       to > from ? to - from : 0, fill(state));
	/* Labels of short parts move down. */
	if (y < *label + LINE)
		y = *label + LINE;
	*label = y;
	put_text(end == TCPSTATE_INITIATOR ? x - GAP : x + BAR + GAP, y,
		 end == TCPSTATE_INITIATOR ? "end" : "start", "halo",
		 format_name(FORMAT_STATE, state));
}

/* The states of an end, one below the other. */
static void print_states(const struct svg *svg, int end)
{
	const struct rungs *rungs = svg->rungs;
	unsigned int state = rungs->before[end], from = HEAD, label = 0;

	for (size_t i = 0; i < rungs->n; i++) {
		unsigned int y = y_of(svg, i);

		if (rungs->rung[i].state[end] == state)
			continue;
		if (state)
			print_bar(svg, end, state, from, y, &label);
		state = rungs->rung[i].state[end];
		from = y;
	}
	print_bar(svg, end, state, from, svg->height - MARGIN, &label);
}

/* A line with a head, from the end that sent the segment to the other. */
static void print_line(const struct svg *svg, const struct rung *rung, unsigned int y)
{
	unsigned int left = svg->left + BAR, right = svg->right;
	bool forth = rung->from == TCPSTATE_INITIATOR;

	printf("  <path d=\"M%u %u H%u\" class=\"%s\"/>\n", left, y, right,
	       rung->kind == RUNG_SUM ? "sum" : "segment");
	if (forth)
		printf("  <path d=\"M%u %u l-9 -4 v8 z\"/>\n", right, y);
	else
		printf("  <path d=\"M%u %u l9 -4 v8 z\"/>\n", left, y);
}

/* Thin lines from times to rungs that are not next to them */
static void print_leaders(const struct svg *svg)
{
	unsigned int last = 0;

	for (size_t i = 0; i < svg->rungs->n; i++) {
		unsigned int y = y_of(svg, i), at = text_y(svg, i, &last);

		if (at != y)
			printf("  <path d=\"M%u %u L%u %u\" class=\"leader\"/>\n",
			       svg->left - STATE - 2 * GAP, at - 4, svg->left, y);
	}
}

static const char *class_of(const struct rung *rung)
{
	if (rung->kind == RUNG_SEGMENT || rung->kind == RUNG_SUM)
		return "halo";
	if (rung->kind == RUNG_VERDICT && term_verdict_color(rung->verdict) == TERM_BAD)
		return "halo bad";
	return "halo note";
}

static void print_rungs(const struct svg *svg)
{
	unsigned int middle = (svg->left + BAR + svg->right) / 2, last = 0;

	for (size_t i = 0; i < svg->rungs->n; i++) {
		const struct rung *rung = &svg->rungs->rung[i];
		unsigned int at = text_y(svg, i, &last);
		char time[FORMAT_TIME];

		rung_time(svg->rungs, svg->options, i, time);
		put_text(MARGIN, at, "start", "time", time);
		if (rung->kind == RUNG_SEGMENT || rung->kind == RUNG_SUM)
			print_line(svg, rung, y_of(svg, i));
		put_text(middle, at - 4, "middle", class_of(rung), rung->text);
	}
}

static void print_head(const struct svg *svg, const struct flow *flow)
{
	const char *netns = svg->options->netns;
	char one[FORMAT_END], two[FORMAT_END];

	format_end(flow, TCPSTATE_INITIATOR, svg->options->numeric, one);
	format_end(flow, TCPSTATE_RESPONDER, svg->options->numeric, two);
	printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%u\" height=\"%u\" viewBox=\"0 0 %u %u\" role=\"img\">\n",
	       svg->width, svg->height, svg->width, svg->height);
	printf("  <title>");
	print_text(one);
	printf(" &gt; ");
	print_text(two);
	printf("</title>\n");
	printf("  <style>\n"
	       "    text { font: 11px monospace; fill: #1b1b1b }\n"
	       "    .end { font-weight: bold }\n"
	       "    .time { fill: #5c5c5c }\n"
	       "    .note { font-style: italic }\n"
	       "    .bad { fill: #b3261e; font-weight: bold }\n"
	       "    .halo { stroke: #ffffff; stroke-width: 3px; paint-order: stroke }\n"
	       "    .segment { stroke: #1b1b1b; fill: none }\n"
	       "    .sum { stroke: #1b1b1b; stroke-dasharray: 5 3; fill: none }\n"
	       "    .leader { stroke: #b4b4b4; fill: none }\n"
	       "  </style>\n");
	printf("  <rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n");
	if (netns) {
		begin_text(MARGIN, MARGIN, "start", "time");
		printf("network namespace ");
		print_text(netns);
		printf("</text>\n");
	}
	put_text(svg->left + BAR, HEAD - 2 * LINE, "start", "time", "initiator");
	put_text(svg->right, HEAD - 2 * LINE, "end", "time", "responder");
	put_text(svg->left + BAR, HEAD - LINE, "start", "end", one);
	put_text(svg->right, HEAD - LINE, "end", "end", two);
}

/* The widest text decides how far the bars are apart. */
static void measure(struct svg *svg, const struct flow *flow)
{
	size_t time = 0, text = 40, n = svg->rungs->n;
	char one[FORMAT_TIME], end[FORMAT_END];

	for (size_t i = 0; i < n; i++) {
		rung_time(svg->rungs, svg->options, i, one);
		if (strlen(one) > time)
			time = strlen(one);
		if (strlen(svg->rungs->rung[i].text) > text)
			text = strlen(svg->rungs->rung[i].text);
	}
	/* Above the first rung, the names of both ends stand next to each other. */
	for (int i = 0; i < 2; i++)
		if (2 * strlen(format_end(flow, i, svg->options->numeric, end)) + 2 > text)
			text = 2 * strlen(end) + 2;
	svg->left = MARGIN + time * CHARACTER + GAP + STATE + GAP;
	svg->right = svg->left + BAR + text * CHARACTER + 2 * GAP;
	svg->width = svg->right + BAR + GAP + STATE + MARGIN;
	/* To scale, texts may move down below the last rung. */
	svg->height = HEAD + RUNG * n + FOOT + MARGIN + (svg->options->to_scale ? LINE * n : 0);
}

/**
 * svg_print() - print a ladder as an SVG picture
 * @rungs: its rungs
 * @options: what was asked for
 * @flow: the connection
 */
void svg_print(const struct rungs *rungs, const struct options *options, const struct flow *flow)
{
	struct svg svg = { .rungs = rungs, .options = options };

	measure(&svg, flow);
	print_head(&svg, flow);
	print_leaders(&svg);
	print_states(&svg, TCPSTATE_INITIATOR);
	print_states(&svg, TCPSTATE_RESPONDER);
	print_rungs(&svg);
	printf("</svg>\n");
}
