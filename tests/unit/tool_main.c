// SPDX-License-Identifier: GPL-2.0-only
/* Runs the tests of the tool's printers; ends with "N passed, N failed, N skipped". */
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tool_world.h"

/* A check that fails at thousands of values prints only so many failures. */
#define FAILURES_SHOWN	3

static const char *current;
/* stdout, which some checks put something else in the place of */
static FILE *report;
static unsigned int passed, failed, faults, looks;

/**
 * check_begin() - begin a check
 * @name: the behaviour
 */
void check_begin(const char *name)
{
	current = name;
	faults = 0;
	looks = 0;
}

/**
 * check_end() - end and count a check, which has failed if it expected nothing
 */
void check_end(void)
{
	if (faults || !looks) {
		printf("not ok - tool: %s (%u of %u)\n", current, faults, looks);
		failed++;
	} else {
		printf("ok - tool: %s (%u)\n", current, looks);
		passed++;
	}
}

/**
 * expect() - expect that something is true
 * @truth: whether it is as it has to be
 * @format: what it is instead
 *
 * Return: @truth.
 */
bool expect(bool truth, const char *format, ...)
{
	va_list args;

	looks++;
	if (truth || faults++ >= FAILURES_SHOWN)
		return truth;
	fprintf(report, "    %s: ", current);
	va_start(args, format);
	vfprintf(report, format, args);
	va_end(args);
	putc('\n', report);
	return false;
}

int main(int argc, char **argv)
{
	setenv("TZ", "XXX-24:59:59", 1);
	setenv("TERM", "xterm", 1);
	setlocale(LC_CTYPE, "C.UTF-8");
	report = stdout;
	setvbuf(stdout, NULL, _IOLBF, 0);
	text_tests();
	parse_tests();
	filter_tests();
	netns_tests();
	process_tests();
	nat_tests();
	list_tests();
	sort_tests();
	top_tests();
	show_tests();
	explain_tests();
	stream_tests();
	sums_tests();
	picture_tests(argc > 2 ? argv[2] : NULL);
	log_tests();
	stats_tests();
	screen_tests();
	fit_tests();
	if (argc > 1)
		manual_tests(argv[1]);
	/* After a key or signal has ended watch, other commands that can be ended print nothing. */
	watch_tests();
	printf("%u passed, %u failed, 0 skipped\n", passed, failed);
	return failed ? 1 : 0;
}
