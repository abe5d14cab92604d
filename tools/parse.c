// SPDX-License-Identifier: GPL-2.0-only
/* Words of the command line: numbers, addresses, ports, durations, names. */
#include "parse.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"

/* The longest word with an address in it. */
#define WORD	128

/**
 * parse_number() - a decimal number, and nothing else
 * @text: the word
 * @max: the largest number that is allowed
 * @number: is filled
 *
 * strtoull() would accept signs, blanks and numbers that are too large.
 *
 * Return: whether it is one.
 */
bool parse_number(const char *text, uint64_t max, uint64_t *number)
{
	uint64_t n = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		unsigned int digit = *text - '0';

		if (!isdigit((unsigned char)*text) || digit > max ||
		    n > (max - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*number = n;
	return true;
}

/* "5s", in units of which a second has so many */
static bool parse_span(const char *text, double second, uint64_t *span)
{
	static const struct {
		const char *name;
		double s;
	} units[] = {
		{ "us", 0.000001 }, { "ms", 0.001 }, { "s", 1 }, { "", 1 }, { "m", 60 },
		{ "h", 3600 }, { "d", 86400 },
	};
	size_t number = strspn(text, "0123456789.");
	double value;
	char *end;

	/* strtod() would accept a sign, an exponent and "inf". */
	if (!isdigit((unsigned char)*text) || number > 15)
		return false;
	value = strtod(text, &end);
	if (end != text + number)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcasecmp(end, units[i].name))
			continue;
		/* No unit is finer than what is asked for. */
		if (units[i].s * second < 0.5)
			return false;
		value = value * units[i].s * second + 0.5;
		if (value > 1e17)
			return false;
		*span = value;
		return true;
	}
	return false;
}

/**
 * parse_size() - "65536", "64k", "100M", "2G"; a k is 1024
 * @text: the word
 * @bytes: is filled
 *
 * Return: whether it is one.
 */
bool parse_size(const char *text, uint64_t *bytes)
{
	static const char units[] = "kMG";
	size_t len = strlen(text);
	const char *unit = len ? strchr(units, text[len - 1]) : NULL;
	char number[24];
	uint64_t value;

	if (len >= sizeof(number))
		return false;
	snprintf(number, sizeof(number), "%.*s", (int)(len - !!unit), text);
	if (!parse_number(number, UINT64_MAX >> 30, &value))
		return false;
	*bytes = value << (unit ? 10 * (unit - units + 1) : 0);
	return true;
}

/**
 * parse_duration() - "5s", "1.5h", "200ms"; a number alone is seconds
 * @text: the word
 * @ms: is filled
 *
 * Return: whether it is one.
 */
bool parse_duration(const char *text, uint64_t *ms)
{
	return parse_span(text, 1e3, ms);
}

/**
 * parse_duration_us() - the same in us, with "200us" in addition
 * @text: the word
 * @us: is filled
 *
 * Return: whether it is one.
 */
bool parse_duration_us(const char *text, uint64_t *us)
{
	return parse_span(text, 1e6, us);
}

/* Upper and lower case are the same in a name, and so are - and _. */
static char fold(char c)
{
	return c == '-' ? '_' : tolower((unsigned char)c);
}

/**
 * parse_equal() - is that the name, in upper or lower case, with - or _?
 * @text: what was written
 * @len: its length
 * @name: what it may be, with _
 *
 * Return: whether it is.
 */
bool parse_equal(const char *text, size_t len, const char *name)
{
	if (strlen(name) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (fold(text[i]) != fold(name[i]))
			return false;
	return true;
}

/**
 * parse_name() - look a name up
 * @text: what was written
 * @len: its length
 * @table: where it may stand
 * @value: is filled with its place there
 *
 * Return: whether it is there.
 */
bool parse_name(const char *text, size_t len, const struct parse_names *table,
		unsigned int *value)
{
	for (unsigned int i = 0; i < table->n; i++) {
		if (!table->names[i] || !parse_equal(text, len, table->names[i]))
			continue;
		*value = i;
		return true;
	}
	return false;
}

#define NAME	32

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* How many letters have to be added, left out, changed or swapped to make @two of @one. */
static unsigned int distance(const char *one, const char *two)
{
	unsigned int d[NAME + 1][NAME + 1] = {};
	size_t n = strlen(one), m = strlen(two);

	if (n > NAME || m > NAME)
		return NAME;
	for (size_t i = 0; i <= n; i++) {
		for (size_t j = 0; j <= m; j++) {
			bool same;

			if (!i || !j) {
				d[i][j] = i + j;
				continue;
			}
			same = fold(one[i - 1]) == fold(two[j - 1]);
			d[i][j] = least(d[i - 1][j - 1] + !same,
					least(d[i - 1][j], d[i][j - 1]) + 1);
			if (i > 1 && j > 1 && fold(one[i - 1]) == fold(two[j - 2]) &&
			    fold(one[i - 2]) == fold(two[j - 1]))
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[n][m];
}

/**
 * parse_closest() - the name that was meant, probably
 * @text: what was written
 * @table: the names
 *
 * Return: the name that it takes the fewest changes to reach; NULL if that are more than a
 * third of the letters, or more than two.
 */
const char *parse_closest(const char *text, const struct parse_names *table)
{
	unsigned int best = least(2, (strlen(text) + 1) / 3) + 1;
	const char *closest = NULL;

	for (size_t i = 0; i < table->n; i++) {
		unsigned int changes;

		if (!table->names[i])
			continue;
		changes = distance(text, table->names[i]);
		if (changes < best) {
			best = changes;
			closest = table->names[i];
		}
	}
	return closest;
}

static bool parse_port(const char *text, uint16_t *port)
{
	const struct servent *service;
	uint64_t number;

	if (parse_number(text, 65535, &number)) {
		*port = number;
		return true;
	}
	/* A number that is too large is no name. */
	service = isdigit((unsigned char)*text) ? NULL : getservbyname(text, "tcp");
	if (service)
		*port = ntohs(service->s_port);
	return service;
}

/**
 * parse_ports() - "80", "1024-65535" or the name of a service
 * @text: the word
 * @match: its ports are filled
 *
 * Return: whether it is one.
 */
bool parse_ports(const char *text, struct parse_match *match)
{
	char first[32];
	const char *dash;
	size_t len;

	match->has_port = true;
	/* Names of services have dashes, too. */
	if (parse_port(text, &match->port_min)) {
		match->port_max = match->port_min;
		return true;
	}
	dash = strchr(text, '-');
	len = dash ? dash - text : 0;
	if (!len || len >= sizeof(first))
		return false;
	memcpy(first, text, len);
	first[len] = '\0';
	return parse_port(first, &match->port_min) &&
	       parse_port(dash + 1, &match->port_max) &&
	       match->port_min <= match->port_max;
}

/* An address, with "%eth0" after it where it is valid only there. */
static bool parse_address(char *text, struct parse_match *match)
{
	char *scope = strchr(text, '%');
	uint64_t number;

	if (scope) {
		*scope++ = '\0';
		match->ifindex = if_nametoindex(scope);
		if (!match->ifindex && parse_number(scope, UINT32_MAX, &number))
			match->ifindex = number;
		if (!match->ifindex)
			return false;
	}
	if (inet_pton(AF_INET, text, match->address) == 1)
		match->family = TCPSTATE_FAMILY_IPV4;
	else if (inet_pton(AF_INET6, text, match->address) == 1)
		match->family = TCPSTATE_FAMILY_IPV6;
	else
		return false;
	match->prefix_len = match->family == TCPSTATE_FAMILY_IPV4 ? 32 : 128;
	return true;
}

static bool parse_prefix(char *text, struct parse_match *match)
{
	uint64_t number = match->prefix_len;

	if (!parse_number(text, match->prefix_len, &number))
		return false;
	match->prefix_len = number;
	/* The kernel compares prefixes, and wants to see no more than them. */
	for (unsigned int bit = number; bit < sizeof(match->address) * 8; bit++)
		match->address[bit / 8] &= ~(0x80 >> bit % 8);
	return true;
}

/* What may stand behind an address: "/LEN", ":PORT", or both. */
static bool parse_rest(char *rest, struct parse_match *match)
{
	char *colon = strchr(rest, ':');

	if (colon)
		*colon++ = '\0';
	if (*rest && (*rest != '/' || !parse_prefix(rest + 1, match)))
		return false;
	return !colon || parse_ports(colon, match);
}

/* An address, and what may stand behind it. */
static bool parse_end(char *text, struct parse_match *match)
{
	int colons = 0;
	char *end;

	if (*text == '[') {
		end = strchr(text, ']');
		if (!end)
			return false;
		*end++ = '\0';
		return parse_address(text + 1, match) &&
		       match->family == TCPSTATE_FAMILY_IPV6 && parse_rest(end, match);
	}
	for (const char *c = text; *c; c++)
		colons += *c == ':';
	/* Without brackets, an IPv6 address takes all colons for itself. */
	end = text + strcspn(text, colons > 1 ? "/" : "/:");
	if (*end) {
		char rest[WORD];

		snprintf(rest, sizeof(rest), "%s", end);
		*end = '\0';
		return parse_address(text, match) && parse_rest(rest, match);
	}
	return parse_address(text, match);
}

/*
 * Sockets of both families show an IPv4 address as ::ffff:127.0.0.1 (RFC 4291, 2.5.5.2):
 * make it that IPv4 address, which is the one in the packets. A prefix that is shorter
 * than ::ffff:0:0/96 is about IPv6 connections alone.
 */
static void unmap(struct parse_match *match)
{
	static const uint8_t mapped[12] = { [10] = 0xff, 0xff };

	if (match->family != TCPSTATE_FAMILY_IPV6 || match->prefix_len < 96 ||
	    memcmp(match->address, mapped, sizeof(mapped)))
		return;
	match->family = TCPSTATE_FAMILY_IPV4;
	match->prefix_len -= 96;
	memcpy(match->address, match->address + sizeof(mapped), 4);
	memset(match->address + 4, 0, sizeof(match->address) - 4);
}

/**
 * parse_match() - ADDR[/LEN][:PORT[-PORT]], or :PORT alone
 * @text: the word; IPv6 in brackets where anything but /LEN follows
 * @match: is filled
 *
 * Return: whether it is one.
 */
bool parse_match(const char *text, struct parse_match *match)
{
	char copy[WORD];

	memset(match, 0, sizeof(*match));
	if (strlen(text) >= sizeof(copy))
		return false;
	if (*text == ':' && text[1] != ':')
		return parse_ports(text + 1, match);
	snprintf(copy, sizeof(copy), "%s", text);
	if (!parse_end(copy, match))
		return false;
	unmap(match);
	return true;
}

/**
 * parse_tuple() - two words like 127.0.0.1:5000, either way round
 * @words: the words
 * @n: how many
 * @tuple: is filled
 *
 * Return: whether it is one.
 */
bool parse_tuple(char **words, int n, struct tuple *tuple)
{
	struct parse_match match[2];

	if (n != 2)
		return false;
	for (int i = 0; i < 2; i++) {
		if (!parse_match(words[i], &match[i]) || !match[i].family ||
		    !match[i].has_port || match[i].port_min != match[i].port_max ||
		    match[i].prefix_len != (match[i].family == TCPSTATE_FAMILY_IPV4 ? 32 : 128))
			return false;
		memcpy(tuple->address[i], match[i].address, sizeof(match[i].address));
		tuple->port[i] = match[i].port_min;
	}
	if (match[0].family != match[1].family ||
	    (match[0].ifindex && match[1].ifindex && match[0].ifindex != match[1].ifindex))
		return false;
	tuple->family = match[0].family;
	tuple->ifindex = match[0].ifindex ? match[0].ifindex : match[1].ifindex;
	return true;
}
