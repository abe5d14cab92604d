// SPDX-License-Identifier: GPL-2.0-only
/* A moment, written in one of the ways in which --time prints it. */
#include "moment.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compiler.h"
#include "parse.h"
#include "term.h"

#define NS_PER_US	1000
#define NS_PER_MS	1000000
/* No computer runs for longer than 30 years. */
#define SECONDS_MOST	1000000000

/* What follows the point of ".214330", if there is one; *@text is moved behind it. */
static uint64_t parse_fraction(const char **text)
{
	uint64_t ns = 0, digit = NS_PER_S / 10;

	if (**text != '.')
		return 0;
	for (++*text; isdigit((unsigned char)**text); ++*text, digit /= 10)
		ns += digit * (**text - '0');
	return ns;
}

/* "18:50", "18:50:11", "18:50:11.214330": NULL, or what follows */
static const char *parse_clock(const char *text, struct tm *tm, uint64_t *ns)
{
	const char *end = strptime(text, "%H:%M", tm);

	tm->tm_sec = 0;
	*ns = 0;
	if (!end || *end != ':')
		return end;
	end = strptime(end, ":%S", tm);
	if (end)
		*ns = parse_fraction(&end);
	return end;
}

/* "2026-11-22T18:50", with a clock of any form and perhaps an offset, as ns since 1970 */
static bool parse_date(const char *text, uint64_t *wall_ns)
{
	struct tm tm = { .tm_isdst = -1 };
	const char *end = strptime(text, "%Y-%m-%d", &tm);
	uint64_t ns;
	time_t seconds;

	if (!end || (*end != 'T' && *end != ' '))
		return false;
	end = parse_clock(end + 1, &tm, &ns);
	if (!end)
		return false;
	if (*end) {
		struct tm zone = tm;

		end = strptime(end, "%z", &zone);
		if (!end || *end)
			return false;
		seconds = timegm(&tm) - zone.tm_gmtoff;
	} else {
		seconds = mktime(&tm);
	}
	*wall_ns = (uint64_t)seconds * NS_PER_S + ns;
	return true;
}

/* The first time at which a clock shows that, from @begin_ns on */
static bool parse_time(const char *text, uint64_t begin_ns, uint64_t *wall_ns)
{
	time_t begin = begin_ns / NS_PER_S;
	const char *end;
	struct tm tm;
	uint64_t ns;

	localtime_r(&begin, &tm);
	end = parse_clock(text, &tm, &ns);
	if (!end || *end)
		return false;
	tm.tm_isdst = -1;
	*wall_ns = (uint64_t)mktime(&tm) * NS_PER_S + ns;
	/* The beginning is printed without its ns, and must be found by that. */
	if (*wall_ns >= begin_ns / NS_PER_US * NS_PER_US)
		return true;
	tm.tm_mday++;
	tm.tm_isdst = -1;
	*wall_ns = (uint64_t)mktime(&tm) * NS_PER_S + ns;
	return true;
}

/* "123.456": seconds since boot. A number without a point may be meant otherwise, and is none. */
static bool parse_seconds(const char *text, uint64_t *boot_ns)
{
	size_t len = strspn(text, "0123456789");
	unsigned long long seconds;
	uint64_t ns;

	if (!len || len > 10 || text[len] != '.')
		return false;
	seconds = strtoull(text, NULL, 10);
	text += len;
	ns = parse_fraction(&text);
	*boot_ns = seconds * NS_PER_S + ns;
	return !*text && seconds < SECONDS_MOST;
}

/**
 * moment_parse() - a moment, as --time prints it
 * @text: "18:50:11" or "18:50": the first such time from now on, which is the beginning of a
 *	recording where the clocks of term.h are those; "2026-11-22T18:50:11+0100", with or
 *	without the seconds and the offset; "123.456": seconds since boot; "+5m": so long from
 *	now on
 * @boot_ns: set to the moment, in ns since boot
 *
 * Return: whether it is one.
 */
bool moment_parse(const char *text, uint64_t *boot_ns)
{
	uint64_t now_ns = term_now_ns(), now_wall_ns = term_wall_ns(now_ns), wall_ns, ms;

	if (*text == '+') {
		if (!parse_duration(text + 1, &ms))
			return false;
		*boot_ns = now_ns + ms * NS_PER_MS;
		return true;
	}
	if (parse_seconds(text, boot_ns))
		return true;
	if (!parse_date(text, &wall_ns) && !parse_time(text, now_wall_ns, &wall_ns))
		return false;
	*boot_ns = now_ns + (wall_ns - now_wall_ns);
	return true;
}
