/* SPDX-License-Identifier: GPL-2.0-only */
/* FILTER: which connections a command is about. */
#ifndef TOOLS_FILTER_H
#define TOOLS_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "parse.h"
#include "record.h"

/**
 * struct filter - what was asked for; 0 is not asked for
 *
 * A connection passes if it matches every member that is set. The masks have a
 * bit for each value, as the kernel's attributes do.
 */
struct filter {
	/** @family: enum tcpstate_family */
	uint8_t family;
	/** @end: to be matched by the initiator and the responder */
	struct parse_match end[2];
	/** @host: to be matched by one of the ends */
	struct parse_match host;
	/** @port: to be matched by one of the ends, not necessarily that of @host */
	struct parse_match port;
	uint32_t end_states[2];
	uint32_t states;
	uint32_t phases;
	uint32_t verdicts;
	uint32_t flags;
	bool has_min_age;
	bool has_max_age;
	uint64_t min_age_ms;
	uint64_t max_age_ms;
};

int filter_parse(struct filter *filter, char **words, int n, char *error, size_t size);
bool filter_match_tuple(const struct filter *filter, const struct flow *flow);
bool filter_match(const struct filter *filter, const struct flow *flow);
bool filter_has_interface(const struct filter *filter);
bool filter_is_wider(const struct filter *filter);
unsigned int filter_split(const struct filter *filter, struct filter parts[3]);
void filter_print_help(FILE *file);

#endif
