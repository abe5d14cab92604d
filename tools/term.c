// SPDX-License-Identifier: GPL-2.0-only
/* The terminal's width and colours, and the clocks that a user reads there. */
#include "term.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <linux/tcpstate.h>

#include "parse.h"

#define ROUND_NS	10000

static bool colored;

/** struct offset - what a recording says of the wall clock */
struct offset {
	/** @boot_ns: from when on, in ns since boot */
	uint64_t boot_ns;
	/** @difference: the wall clock minus the time since boot, modulo 2^64 */
	uint64_t difference;
};

/* What a recording says of the clocks, in the place of those of this machine */
static struct {
	bool now_known;
	uint64_t now_ns;
	/** @offset: the first one, and one for each time that the clock was set, as they follow */
	struct offset *offset;
	size_t offsets;
	size_t room;
} recorded;

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

/*
 * The wall clock minus the time since boot. The two clocks cannot be read at once, so each try
 * gives bounds. Two programs have to show the same time for the same event: round the result
 * to more than the bounds leave open.
 */
static int64_t clock_difference(void)
{
	int64_t low = INT64_MIN, high = INT64_MAX;

	for (int i = 0; i < 32; i++) {
		int64_t before = clock_ns(CLOCK_BOOTTIME);
		int64_t wall = clock_ns(CLOCK_REALTIME);
		int64_t after = clock_ns(CLOCK_BOOTTIME);

		if (wall - after > low)
			low = wall - after;
		if (wall - before < high)
			high = wall - before;
	}
	return (low + (high - low) / 2 + ROUND_NS / 2) / ROUND_NS * ROUND_NS;
}

/**
 * term_now_ns() - read the clock that events and ids use
 *
 * Return: the time since boot in ns.
 */
uint64_t term_now_ns(void)
{
	return recorded.now_known ? recorded.now_ns : (uint64_t)clock_ns(CLOCK_BOOTTIME);
}

/**
 * term_set_now() - let term_now_ns() return the time at which a recording has arrived
 * @now_ns: the time since boot in ns
 */
void term_set_now(uint64_t now_ns)
{
	recorded.now_known = true;
	recorded.now_ns = now_ns;
}

/**
 * term_set_wall() - let term_wall_ns() go by the clocks of a recording
 * @boot_ns: a time since boot in ns
 * @wall_ns: the wall clock at that time
 *
 * What was set before is forgotten.
 *
 * Return: false without memory.
 */
bool term_set_wall(uint64_t boot_ns, uint64_t wall_ns)
{
	recorded.offsets = 0;
	return term_change_wall(boot_ns, wall_ns);
}

/**
 * term_change_wall() - take over what the wall clock shows later in the recording
 * @boot_ns: a time since boot in ns
 * @wall_ns: the wall clock at that time
 *
 * If it was set meanwhile, later times go by it. Earlier ones do not, so that no time depends on
 * how far the recording was read.
 *
 * Return: false without memory.
 */
bool term_change_wall(uint64_t boot_ns, uint64_t wall_ns)
{
	uint64_t difference = wall_ns - boot_ns, step = NS_PER_S / 100;

	if (recorded.offsets) {
		const struct offset *last = &recorded.offset[recorded.offsets - 1];

		/* As for the clocks of this machine, what is no more than this is no setting. */
		if (boot_ns < last->boot_ns || difference - last->difference + step <= 2 * step)
			return true;
	}
	if (recorded.offsets == recorded.room) {
		size_t room = recorded.room ? 2 * recorded.room : 16;
		struct offset *offset = realloc(recorded.offset, room * sizeof(*offset));

		if (!offset)
			return false;
		recorded.offset = offset;
		recorded.room = room;
	}
	recorded.offset[recorded.offsets++] = (struct offset){ boot_ns, difference };
	return true;
}

/* The wall clock minus the time since boot, at a time of a recording */
static uint64_t recorded_difference(uint64_t boot_ns)
{
	size_t low = 0, high = recorded.offsets;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (recorded.offset[middle].boot_ns <= boot_ns)
			low = middle;
		else
			high = middle;
	}
	return recorded.offset[low].difference;
}

/**
 * term_wall_ns() - convert a time since boot to the wall clock
 * @boot_ns: the time since boot in ns
 *
 * Return: ns since 1970.
 */
uint64_t term_wall_ns(uint64_t boot_ns)
{
	static int64_t difference;
	static uint64_t until_ns;

	if (recorded.offsets)
		return boot_ns + recorded_difference(boot_ns);
	/*
	 * Do not read the clocks for each of thousands of events: without a vDSO that takes
	 * longer than everything else about an event.
	 */
	if (boot_ns >= until_ns) {
		int64_t now = clock_difference();

		/* Follow the clock only if it was set, or one event would have two times. */
		if (!until_ns || llabs(now - difference) > NS_PER_S / 100)
			difference = now;
		until_ns = boot_ns + NS_PER_S / 10;
	}
	return boot_ns + difference;
}

/**
 * term_set_color() - switch colours on or off
 * @color: whether colours may be used
 */
void term_set_color(bool color)
{
	colored = color;
}

/**
 * term_state_color() - the colour of a state
 * @state: enum tcpstate_state
 *
 * Return: the colour.
 */
enum term_color term_state_color(unsigned int state)
{
	switch (state) {
	case TCPSTATE_SYN_SENT:
	case TCPSTATE_SYN_RECEIVED:
		return TERM_OPENING;
	case TCPSTATE_ESTABLISHED:
		return TERM_OPEN;
	case TCPSTATE_LISTEN:
	case TCPSTATE_CLOSED:
		return TERM_DONE;
	default:
		return TERM_CLOSING;
	}
}

/**
 * term_verdict_color() - the colour of a verdict
 * @verdict: enum tcpstate_verdict
 *
 * Return: the colour.
 */
enum term_color term_verdict_color(unsigned int verdict)
{
	return verdict == TCPSTATE_VERDICT_NONE || verdict == TCPSTATE_VERDICT_CLOSED ?
		TERM_PLAIN : TERM_BAD;
}

/**
 * term_color() - the escape sequence that switches a terminal to a colour
 * @color: the colour
 *
 * Return: the sequence, or "" if colours are off.
 */
const char *term_color(enum term_color color)
{
	static const char * const sequences[] = {
		[TERM_PLAIN] = "\033[0m",
		[TERM_HEADING] = "\033[1m",
		[TERM_OPENING] = "\033[33m",
		[TERM_OPEN] = "\033[32m",
		[TERM_CLOSING] = "\033[36m",
		[TERM_DONE] = "\033[2m",
		[TERM_BAD] = "\033[31m",
	};

	return colored ? sequences[color] : "";
}

/**
 * term_columns() - the width of the terminal
 *
 * Return: its columns, or UINT_MAX if stdout is not a terminal.
 */
unsigned int term_columns(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = {};
	uint64_t number;

	if (!isatty(STDOUT_FILENO))
		return UINT_MAX;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	return columns && parse_number(columns, 9999, &number) && number ? number : 80;
}

/**
 * term_lines() - the height of the terminal
 *
 * Return: its lines, or UINT_MAX if stdout is not a terminal.
 */
unsigned int term_lines(void)
{
	const char *lines = getenv("LINES");
	struct winsize size = {};
	uint64_t number;

	if (!isatty(STDOUT_FILENO))
		return UINT_MAX;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row)
		return size.ws_row;
	return lines && parse_number(lines, 9999, &number) && number ? number : 24;
}
