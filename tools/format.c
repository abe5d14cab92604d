// SPDX-License-Identifier: GPL-2.0-only
/* How values are written for people: names, ends, times. */
#include "format.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compiler.h"
#include "names_gen.h"
#include "term.h"
#include "text.h"

#define TABLE(names)	{ names, ARRAY_SIZE(names) }

/**
 * format_names() - a table of names
 * @table: which
 *
 * Return: the table.
 */
const struct parse_names *format_names(enum format_table table)
{
	static const struct parse_names tables[] = {
		[FORMAT_FAMILY] = TABLE(tcpstate_family_names),
		[FORMAT_ROLE] = TABLE(tcpstate_role_names),
		[FORMAT_STATE] = TABLE(tcpstate_state_names),
		[FORMAT_PHASE] = TABLE(tcpstate_phase_names),
		[FORMAT_TIMER] = TABLE(tcpstate_timer_names),
		[FORMAT_VERDICT] = TABLE(tcpstate_verdict_names),
		[FORMAT_TRIGGER] = TABLE(tcpstate_trigger_names),
		[FORMAT_FLAG] = TABLE(tcpstate_flow_flag_names),
		[FORMAT_COUNT] = TABLE(tcpstate_count_names),
		[FORMAT_COUNTER] = TABLE(tcpstate_counter_names),
	};

	return &tables[table];
}

/**
 * format_name() - what a value is called
 * @table: where its name stands
 * @value: the value
 *
 * Return: the name; "?" for what a newer module may have.
 */
const char *format_name(enum format_table table, unsigned int value)
{
	const struct parse_names *names = format_names(table);

	return value < names->n && names->names[value] ? names->names[value] : "?";
}

/**
 * format_step() - "2/3", or "-" where a phase has no steps
 * @flow: the connection
 * @text: room for it
 *
 * Return: @text.
 */
const char *format_step(const struct flow *flow, char text[8])
{
	unsigned int steps = flow->phase == TCPSTATE_PHASE_OPEN ? 3 : 4;

	if (record_has(flow, TCPSTATE_A_FLOW_STEP) && flow->step)
		snprintf(text, 8, "%u/%u", flow->step, steps);
	else
		snprintf(text, 8, "-");
	return text;
}

/**
 * format_phase() - "close 2/4"
 * @flow: the connection
 * @text: room for it
 *
 * Return: @text.
 */
const char *format_phase(const struct flow *flow, char text[24])
{
	char step[8];

	format_step(flow, step);
	snprintf(text, 24, "%s", format_name(FORMAT_PHASE, flow->phase));
	if (*step != '-')
		format_append(text, 24, " %s", step);
	return text;
}

/**
 * format_flags() - a connection's flags, joined by commas
 * @flags: the flags
 * @text: room for them
 *
 * Return: @text; "-" where there are none, and a "?" for those that a newer module may have.
 */
const char *format_flags(uint32_t flags, char text[FORMAT_FLAGS])
{
	const struct parse_names *names = format_names(FORMAT_FLAG);
	struct text it;

	text_begin(&it, text, FORMAT_FLAGS);
	for (unsigned int i = 0; i < names->n; i++) {
		if (flags & 1u << i) {
			text_add(&it, *text ? "," : "");
			text_add(&it, names->names[i]);
		}
	}
	if (flags >> names->n)
		text_add(&it, *text ? ",?" : "?");
	if (!*text)
		text_add(&it, "-");
	return text;
}

/**
 * format_tcp_flags() - as tcpdump writes them: "[S.]"
 * @flags: TCP's flag byte
 * @text: room for them
 *
 * Return: @text.
 */
const char *format_tcp_flags(uint8_t flags, char text[12])
{
	static const struct {
		uint8_t flag;
		char letter;
	} letters[] = {
		{ TCPSTATE_FLAG_FIN, 'F' }, { TCPSTATE_FLAG_SYN, 'S' },
		{ TCPSTATE_FLAG_RST, 'R' }, { TCPSTATE_FLAG_PSH, 'P' },
		{ TCPSTATE_FLAG_ACK, '.' }, { TCPSTATE_FLAG_URG, 'U' },
		{ TCPSTATE_FLAG_ECE, 'E' }, { TCPSTATE_FLAG_CWR, 'W' },
	};

	snprintf(text, 12, "[");
	for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
		if (flags & letters[i].flag)
			format_append(text, 12, "%c", letters[i].letter);
	format_append(text, 12, "%s]", flags ? "" : "none");
	return text;
}

/**
 * format_append() - write at the end of a text
 * @text: the text
 * @size: the size of its array; what has no room there is cut off
 * @format: as for printf()
 */
void format_append(char *text, size_t size, const char *format, ...)
{
	size_t len = strnlen(text, size);
	va_list args;

	va_start(args, format);
	vsnprintf(text + len, size - len, format, args);
	va_end(args);
}

/**
 * format_number() - a number, or "-"
 * @known: whether the number is known
 * @number: the number
 * @text: room for it
 *
 * Return: @text.
 */
const char *format_number(bool known, uint64_t number, char text[FORMAT_NUMBER])
{
	struct text it;

	text_begin(&it, text, FORMAT_NUMBER);
	if (known)
		text_add_number(&it, number);
	else
		text_add(&it, "-");
	return text;
}

/**
 * format_count() - "255", or "255+" for a count that has reached its maximum
 * @count: the count
 * @saturated: whether it may be more than that
 * @text: room for it
 *
 * Return: @text.
 */
const char *format_count(uint64_t count, bool saturated, char text[FORMAT_NUMBER])
{
	struct text it;

	text_begin(&it, text, FORMAT_NUMBER);
	text_add_number(&it, count);
	text_add(&it, saturated ? "+" : "");
	return text;
}

/**
 * format_scaled() - a rate or a sum, for comparing: "1.2k"; "1.2k+" is a lower bound
 * @number: the number
 * @saturated: whether it may be more than that
 * @text: room for it
 */
void format_scaled(double number, bool saturated, char text[16])
{
	static const char units[] = " kMGTPE";
	const char *unit = units;

	while (unit[1] && (number >= 99999.5 || (unit > units && number >= 999.95))) {
		number /= 1000;
		unit++;
	}
	if (unit == units)
		snprintf(text, 16, "%.*f", number < 9.95 && number > 0.05 ? 1 : 0, number);
	else
		snprintf(text, 16, "%.1f%c", number, *unit);
	if (saturated)
		format_append(text, 16, "+");
}

/**
 * format_tenths() - seconds: "59.9"
 * @ms: milliseconds
 * @text: room for them
 *
 * Return: @text.
 */
const char *format_tenths(uint64_t ms, char text[FORMAT_NUMBER])
{
	struct text it;

	text_begin(&it, text, FORMAT_NUMBER);
	text_add_number(&it, ms / 1000);
	text_add(&it, ".");
	text_add_number(&it, ms % 1000 / 100);
	return text;
}

/**
 * format_thousandths() - seconds: "59.901"
 * @ms: milliseconds
 * @text: room for them
 *
 * Return: @text.
 */
const char *format_thousandths(uint64_t ms, char text[FORMAT_NUMBER])
{
	snprintf(text, FORMAT_NUMBER, "%llu.%03u", (unsigned long long)ms / 1000,
		 (unsigned int)(ms % 1000));
	return text;
}

/* The interfaces of a recording, whose numbers mean others here or nothing. */
static struct {
	bool used;
	struct interface {
		uint32_t ifindex;
		char name[IF_NAMESIZE];
	} *table;
	size_t n;
} recorded;

/**
 * format_forget_interfaces() - know no interface but those of format_set_interface()
 */
void format_forget_interfaces(void)
{
	free(recorded.table);
	recorded.table = NULL;
	recorded.n = 0;
	recorded.used = true;
}

/**
 * format_set_interface() - remember how a recording calls an interface
 * @ifindex: its number there
 * @name: its name
 *
 * Return: false without memory.
 */
bool format_set_interface(uint32_t ifindex, const char *name)
{
	struct interface *table = recorded.table;

	for (size_t i = 0; i < recorded.n; i++) {
		if (table[i].ifindex == ifindex) {
			snprintf(table[i].name, sizeof(table[i].name), "%s", name);
			return true;
		}
	}
	table = reallocarray(table, recorded.n + 1, sizeof(*table));
	if (!table)
		return false;
	recorded.table = table;
	table[recorded.n].ifindex = ifindex;
	snprintf(table[recorded.n++].name, sizeof(table->name), "%s", name);
	return true;
}

static bool find_interface(uint32_t ifindex, char name[IF_NAMESIZE])
{
	if (!recorded.used)
		return if_indextoname(ifindex, name);
	for (size_t i = 0; i < recorded.n; i++) {
		if (recorded.table[i].ifindex == ifindex) {
			memcpy(name, recorded.table[i].name, IF_NAMESIZE);
			return true;
		}
	}
	return false;
}

/* The name of an interface may have any character but blanks. */
static void make_visible(char *name)
{
	for (; *name; name++)
		if (*name < ' ' || *name > '~')
			*name = '?';
}

/**
 * format_interface() - the name of an interface
 * @ifindex: its number
 *
 * Return: its name, or its number where there is none any more; valid until the
 * next call.
 */
const char *format_interface(uint32_t ifindex)
{
	static char name[IF_NAMESIZE];
	static uint32_t last;

	/* Remember the last name: it is mostly the same, and asking is a system call. */
	if (ifindex != last || !last) {
		if (!find_interface(ifindex, name))
			snprintf(name, sizeof(name), "%u", ifindex);
		make_visible(name);
		last = ifindex;
	}
	return name;
}

/**
 * format_flow_interface() - the name of the interface to which a connection's addresses belong
 * @flow: the connection, which has one; perhaps of another network namespace
 *
 * Return: as format_interface().
 */
const char *format_flow_interface(const struct flow *flow)
{
	static char name[IF_NAMESIZE];

	if (!flow->interface)
		return format_interface(flow->ifindex);
	snprintf(name, sizeof(name), "%s", flow->interface);
	make_visible(name);
	return name;
}

/* The names of TCP's services, by port. */
static const char *service_name(uint16_t port)
{
	static char *names[UINT16_MAX + 1];
	static bool read;
	struct servent *service;

	if (!read) {
		/* Read all names at once, because looking up one reads the whole file. */
		setservent(1);
		while ((service = getservent())) {
			char **name = &names[ntohs(service->s_port)];

			if (!strcmp(service->s_proto, "tcp") && !*name)
				*name = strdup(service->s_name);
		}
		endservent();
		read = true;
	}
	return names[port];
}

/**
 * format_host() - the address of an end
 * @flow: the connection
 * @end: which end
 * @text: room for it
 *
 * Return: @text.
 */
const char *format_host(const struct flow *flow, int end, char text[FORMAT_HOST])
{
	const uint8_t *address = flow->end[end].address;
	struct text it;

	if (flow->family == TCPSTATE_FAMILY_IPV4) {
		text_begin(&it, text, FORMAT_HOST);
		for (int i = 0; i < 4; i++) {
			text_add(&it, i ? "." : "");
			text_add_number(&it, address[i]);
		}
	} else {
		inet_ntop(AF_INET6, address, text, FORMAT_HOST);
	}
	if (record_has(flow, TCPSTATE_A_FLOW_IFINDEX) && flow->ifindex)
		format_append(text, FORMAT_HOST, "%%%s", format_flow_interface(flow));
	return text;
}

/**
 * format_port() - a port: "5000", "https"
 * @port: the port
 * @numeric: as its number, not the name of its service
 * @text: room for it
 *
 * Return: @text.
 */
const char *format_port(uint16_t port, bool numeric, char text[FORMAT_END])
{
	const char *service = numeric ? NULL : service_name(port);

	/* A name that is too long for the array is left out for its number. */
	if (service && strlen(service) < FORMAT_END)
		snprintf(text, FORMAT_END, "%s", service);
	else
		snprintf(text, FORMAT_END, "%u", port);
	return text;
}

/**
 * format_end() - address and port of an end: "127.0.0.1:5000", "[::1]:https"
 * @flow: the connection
 * @end: which end
 * @numeric: the port as its number, not the name of its service
 * @text: room for it
 *
 * Return: @text.
 */
const char *format_end(const struct flow *flow, int end, bool numeric, char text[FORMAT_END])
{
	bool brackets = flow->family != TCPSTATE_FAMILY_IPV4;
	const char *service = numeric ? NULL : service_name(flow->end[end].port);
	char host[FORMAT_HOST];
	struct text it;

	text_begin(&it, text, FORMAT_END);
	text_add(&it, brackets ? "[" : "");
	text_add(&it, format_host(flow, end, host));
	text_add(&it, brackets ? "]:" : ":");
	/* A name that is too long for the array is left out for its number. */
	if (service && strlen(service) <= (size_t)(it.last - it.end))
		text_add(&it, service);
	else
		text_add_number(&it, flow->end[end].port);
	return text;
}

/**
 * format_word() - a name as a word, which has no blanks
 * @name: the name, which somebody has chosen; or NULL
 * @text: room for it
 * @size: of @text
 *
 * Everything but visible ASCII becomes a question mark; no name at all is a dash.
 */
void format_word(const char *name, char *text, size_t size)
{
	snprintf(text, size, "%s", name && *name ? name : "-");
	for (char *c = text; *c; c++)
		if (*c <= ' ' || *c > '~')
			*c = '?';
}

/**
 * format_time() - a time of the kernel's
 * @boot_ns: when, ns since boot
 * @clock: how to show it; FORMAT_SINCE: @boot_ns has the difference
 * @text: room for it
 */
void format_time(uint64_t boot_ns, enum format_clock clock, char text[FORMAT_TIME])
{
	uint64_t wall_ns;
	char zone[8];
	time_t seconds;
	struct tm tm;

	if (clock == FORMAT_SINCE || clock == FORMAT_BOOT) {
		/* The event that is shown first need not have happened first. */
		bool before = (int64_t)boot_ns < 0;
		unsigned long long ns = before ? -boot_ns : boot_ns;

		snprintf(text, FORMAT_TIME, "%s%llu.%06llu", before ? "-" : "", ns / NS_PER_S,
			 ns % NS_PER_S / 1000);
		return;
	}
	wall_ns = term_wall_ns(boot_ns);
	seconds = wall_ns / NS_PER_S;
	localtime_r(&seconds, &tm);
	strftime(text, FORMAT_TIME, clock == FORMAT_DATE ? "%Y-%m-%dT%H:%M:%S" : "%H:%M:%S",
		 &tm);
	format_append(text, FORMAT_TIME, ".%06u", (unsigned int)(wall_ns % NS_PER_S / 1000));
	if (clock == FORMAT_DATE && strftime(zone, sizeof(zone), "%z", &tm))
		format_append(text, FORMAT_TIME, "%s", zone);
}
