// SPDX-License-Identifier: GPL-2.0-only
/* How addresses are translated, as list and show print it. */
#include "nat.h"

#include <stdio.h>
#include <string.h>

#include "format.h"
#include "json.h"
#include "term.h"

/* A connection whose end 0 is there. */
static struct flow flow_at(const struct flow *flow, const struct nat_end *place)
{
	struct flow at = { .family = flow->family };

	memcpy(at.end[0].address, place->address, sizeof(place->address));
	at.end[0].port = place->port;
	return at;
}

static void write_place(const struct flow *flow, const struct nat_end *place, bool numeric,
			char text[FORMAT_END])
{
	struct flow at = flow_at(flow, place);

	format_end(&at, 0, numeric, text);
}

/* Is that the place by which the record has the end? */
static bool is_own(const struct end *end, const struct nat_end *place)
{
	return end->port == place->port &&
	       !memcmp(end->address, place->address, sizeof(place->address));
}

/**
 * nat_cell() - the other address and port of an end
 * @flow: the connection, after translations_join()
 * @end: which end
 * @numeric: the port as its number
 * @text: room for it; FORMAT_END at least
 * @size: of @text
 *
 * An end that is translated has two: one before and one after. The record has one of them.
 */
void nat_cell(const struct flow *flow, int end, bool numeric, char *text, size_t size)
{
	const struct nat_end *before = flow->end[end].before, *after = flow->end[end].after;
	char place[FORMAT_END] = "-";

	if (before && memcmp(before, after, sizeof(*before)))
		write_place(flow, is_own(&flow->end[end], before) ? after : before, numeric,
			    place);
	snprintf(text, size, "%s", place);
}

static void json_place(const struct flow *flow, int end, const struct nat_end *place)
{
	struct flow at = flow_at(flow, place);
	char text[FORMAT_HOST];

	json_open(format_name(FORMAT_ROLE, end), '{');
	json_string("address", format_host(&at, 0, text));
	json_number("port", place->port);
	json_close('}');
}

/**
 * nat_json() - the key "nat" of a connection
 * @flow: the connection, after translations_join()
 */
void nat_json(const struct flow *flow)
{
	if (!flow->end[0].before) {
		json_string("nat", NULL);
		return;
	}
	json_open("nat", '{');
	json_open("before", '{');
	for (int end = 0; end < 2; end++)
		json_place(flow, end, flow->end[end].before);
	json_close('}');
	json_open("after", '{');
	for (int end = 0; end < 2; end++)
		json_place(flow, end, flow->end[end].after);
	json_close('}');
	json_close('}');
}

/**
 * nat_show() - print both ends before and after translation
 * @flow: the connection, after translations_join()
 * @numeric: ports as numbers
 */
void nat_show(const struct flow *flow, bool numeric)
{
	char one[FORMAT_END], two[FORMAT_END];

	printf("\n%s  %-16s%-24s %s%s\n", term_color(TERM_HEADING), "translation",
	       format_name(FORMAT_ROLE, TCPSTATE_INITIATOR),
	       format_name(FORMAT_ROLE, TCPSTATE_RESPONDER), term_color(TERM_PLAIN));
	if (!flow->end[0].before) {
		printf("  none\n");
		return;
	}
	write_place(flow, flow->end[0].before, numeric, one);
	write_place(flow, flow->end[1].before, numeric, two);
	printf("  %-16s%-24s %s\n", "before", one, two);
	write_place(flow, flow->end[0].after, numeric, one);
	write_place(flow, flow->end[1].after, numeric, two);
	printf("  %-16s%-24s %s\n", "after", one, two);
}
