/* SPDX-License-Identifier: GPL-2.0-only */
/* Words of the command line: numbers, addresses, ports, durations, names. */
#ifndef TOOLS_PARSE_H
#define TOOLS_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "record.h"

/* Enough for a sentence that shows a word. */
#define PARSE_ERROR	512

/** struct parse_match - an address prefix and a range of ports */
struct parse_match {
	/** @family: enum tcpstate_family; 0 where there is no address */
	uint8_t family;
	uint8_t prefix_len;
	bool has_port;
	uint16_t port_min;
	uint16_t port_max;
	/** @ifindex: after a %; 0 where there is none */
	uint32_t ifindex;
	uint8_t address[16];
};

/** struct parse_names - a table of names_gen.h */
struct parse_names {
	const char * const *names;
	/** @n: names, of which the first may be missing */
	size_t n;
};

bool parse_number(const char *text, uint64_t max, uint64_t *number);
bool parse_duration(const char *text, uint64_t *ms);
bool parse_size(const char *text, uint64_t *bytes);
bool parse_duration_us(const char *text, uint64_t *us);
bool parse_name(const char *text, size_t len, const struct parse_names *table,
		unsigned int *value);
bool parse_equal(const char *text, size_t len, const char *name);
const char *parse_closest(const char *text, const struct parse_names *table);
bool parse_ports(const char *text, struct parse_match *match);
bool parse_match(const char *text, struct parse_match *match);
bool parse_tuple(char **words, int n, struct tuple *tuple);

#endif
