// SPDX-License-Identifier: GPL-2.0-only
/* The options of all commands. */
#include "option.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "term.h"

#define MOST_ROWS	1000000000
#define AT(member)	offsetof(struct options, member)

const struct option_spec option_specs[] = {
	{ 'j', 'j', "json", NULL, "one JSON object a line", AT(json) },
	{ 'q', 'c', "count", NULL, "print how many there are, and nothing else", AT(count_only) },
	{ 'c', 'c', "count", "N", "end after N of them", 0 },
	{ 'w', 'w', "wide", NULL, "shorten nothing, however long lines are", AT(wide) },
	{ 'k', 'k', "known", NULL, "begin with the connections that are there already",
	  AT(known) },
	{ 't', 't', "time", "HOW", "clock (default), date, since (the first), or boot", 0 },
	{ 'S', 'S', "absolute", NULL, "sequence numbers as they are on the wire", AT(absolute) },
	{ 'b', 'b', "by-connection", NULL, "one connection after the other, each at its end",
	  AT(by_connection) },
	{ 'G', 'a', "all-segments", NULL, "also those that move no state, as sums",
	  AT(all_segments) },
	{ 'F', 'f', "format", "FORMAT", "text (default), or a picture: svg, mermaid", 0 },
	{ 'T', 'T', "to-scale", NULL, "a picture's rungs as far apart as their times",
	  AT(to_scale) },
	{ 'd', 'd', "delay", "SECONDS", "time between two updates (default 1)", 0 },
	{ 'D', 'd', "delay", "SECONDS", "print again and again after that time, with rates", 0 },
	{ 'a', 'a', "all", NULL, "what is 0, too", AT(all) },
	{ 's', 's', "sort", "[+|-]COLUMN", "column to sort by; + smallest first, - largest",
	  AT(sort) },
	{ 'B', 'b', "by", "KEY[,...]", "what to group by (default responder_port)", AT(by) },
	{ 'O', 'o', "columns", "A,B,...", "these columns, in this order", AT(columns) },
	{ 'L', 'l', "limit", "N", "print N rows at most", 0 },
	{ 'H', 'H', "no-header", NULL, "without the names of the columns", AT(no_header) },
	{ 'o', 'o', "output", "FILE", "replace FILE, all at once", AT(output) },
	{ 'l', 'l', "label", "NAME=VALUE", "add a label to every series; may be repeated", 0 },
	{ 'f', 'f', "force", NULL, "do not ask first", AT(force) },
	{ 'i', 'F', "final", NULL, "wait until a record is removed, when nothing changes any more",
	  AT(final) },
	{ 'e', 'r', "read", "FILE", "read a recording, instead of asking the kernel", AT(read) },
	{ 'E', 'T', "at", "TIME", "with --read: as it was then, not at the end", AT(at) },
	{ 'R', 'R', "rotate", "SIZE", "begin another file when one is so large", 0 },
	{ 'K', 'K', "keep", "N", "with --rotate: keep N older files (default 1)", 0 },
	{ 'p', 'p', "process", NULL, "the processes of local ends", AT(process) },
	{ 'x', 'x', "nat", NULL, "addresses before and after translation", AT(nat) },
	{ 'N', 'N', "netns", "NAME", "network namespace: name in 'ip netns', pid or path",
	  AT(netns) },
	{ 'A', 'A', "all-netns", NULL, "every network namespace that you may read",
	  AT(all_netns) },
	{ 'n', 'n', "numeric", NULL, "ports and users as numbers, not as names", AT(numeric) },
	{ 'C', 'C', "color", "WHEN", "auto (default), always or never", 0 },
	{ 'h', 'h', "help", NULL, "print this", 0 },
	{ 'V', 'V', "version", NULL, "print the version", 0 },
};

const size_t option_n = ARRAY_SIZE(option_specs);

/**
 * option_set_color() - decide whether output has colours
 * @options: for the message where @when is wrong
 * @when: auto, always or never
 */
void option_set_color(const struct options *options, const char *when)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (!strcmp(when, "always"))
		term_set_color(true);
	else if (!strcmp(when, "never"))
		term_set_color(false);
	else if (!strcmp(when, "auto"))
		term_set_color(isatty(STDOUT_FILENO) && (!no || !*no) &&
			       term && strcmp(term, "dumb"));
	else
		options_usage(options, "'%s' after '--color': expected auto, always or never",
			      when);
}

/* The number of a name, among those of an option. */
static unsigned int choice(const struct options *options, const char *option, const char *name,
			   const char * const *names, unsigned int n, const char *expected)
{
	const struct parse_names table = { names, n };
	unsigned int value;

	if (!parse_name(name, strlen(name), &table, &value))
		options_usage(options, "'%s' after '--%s': expected %s", name, option, expected);
	return value;
}

static void set_clock(struct options *options, const char *how)
{
	static const char * const names[] = {
		[FORMAT_CLOCK] = "clock", [FORMAT_DATE] = "date",
		[FORMAT_SINCE] = "since", [FORMAT_BOOT] = "boot",
	};

	options->clock = choice(options, "time", how, names, ARRAY_SIZE(names),
				"clock, date, since or boot");
}

static void set_format(struct options *options, const char *format)
{
	static const char * const names[] = {
		[OPTIONS_TEXT] = "text", [OPTIONS_SVG] = "svg", [OPTIONS_MERMAID] = "mermaid",
	};

	options->format = choice(options, "format", format, names, ARRAY_SIZE(names),
				 "text, svg or mermaid");
}

/* Options that take a number. */
static void set_number(struct options *options, char key, const char *text)
{
	if (key == 'c') {
		if (!parse_number(text, UINT64_MAX, &options->most) || !options->most)
			options_usage(options, "'%s' after '--count': expected a number from 1 on",
				      text);
		return;
	}
	if (key == 'L') {
		uint64_t limit;

		if (!parse_number(text, MOST_ROWS, &limit) || !limit)
			options_usage(options, "'%s' after '--limit': expected a number from 1 to %d",
				      text, MOST_ROWS);
		options->limit = limit;
		return;
	}
	if (!parse_duration(text, &options->interval_ms) || options->interval_ms < 100 ||
	    options->interval_ms > 3600 * 1000)
		options_usage(options, "'%s' after '--delay': expected seconds, from 0.1 to 3600",
			      text);
	options->has_interval = true;
}

static void set_rotation(struct options *options, char key, const char *text)
{
	if (key == 'K') {
		if (!parse_number(text, 999, &options->keep) || !options->keep)
			options_usage(options, "'%s' after '--keep': expected a number from 1 to 999",
				      text);
		return;
	}
	if (!parse_size(text, &options->rotate_bytes) || options->rotate_bytes < 4096)
		options_usage(options, "'%s' after '--rotate': expected bytes, from 4k on, such as 100M",
			      text);
}

static void add_label(struct options *options, const char *text)
{
	char error[128];

	if (!label_add(&options->labels, text, error, sizeof(error)))
		options_usage(options, "'%s' after '--label': %s", text, error);
}

/**
 * option_set() - set what an option asks for
 * @options: is changed
 * @spec: the option; but --help and --version only say what the caller has to do
 * @argument: its argument, or NULL; if it is wrong, the program ends
 */
void option_set(struct options *options, const struct option_spec *spec, const char *argument)
{
	char key = spec->key;

	if (spec->where && spec->argument)
		*(const char **)((char *)options + spec->where) = argument;
	else if (spec->where)
		*(bool *)((char *)options + spec->where) = true;
	switch (key) {
	case 't':
		set_clock(options, argument);
		break;
	case 'F':
		set_format(options, argument);
		break;
	case 'c':
	case 'd':
	case 'D':
	case 'L':
		set_number(options, key, argument);
		break;
	case 'R':
	case 'K':
		set_rotation(options, key, argument);
		break;
	case 'l':
		add_label(options, argument);
		break;
	case 'C':
		option_set_color(options, argument);
		break;
	}
}
