/* SPDX-License-Identifier: GPL-2.0-only */
/* FILTER: which connections a command is about. */
#ifndef TOOLS_FILTER_H
#define TOOLS_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "parse.h"
#include "record.h"

/* The most terms that the kernel takes. */
#define FILTER_TERMS	64

/**
 * struct condition - what was asked for
 *
 * A connection passes if it matches every member that was asked for. Each member is one
 * attribute of the kernel's filter; those that were not asked for are 0. The masks have a bit for
 * each value, as the kernel's have.
 */
struct condition {
	/** @asked: a bit for each TCPSTATE_A_FILTER_* that was asked for */
	uint32_t asked;
	/** @family: enum tcpstate_family */
	uint8_t family;
	/** @end: to be matched by the initiator and the responder */
	struct parse_match end[2];
	/** @either: to be matched by one of the ends */
	struct parse_match either;
	uint32_t end_states[2];
	uint32_t states;
	uint32_t phases;
	uint32_t verdicts;
	uint32_t flags;
	uint32_t min_syn_us;
	uint32_t min_ack_us;
	uint32_t min_retransmits;
	/** @uid: the user who owns the socket of one of the ends */
	uint32_t uid;
	/** @ifindex: where the addresses are valid */
	uint32_t ifindex;
	uint64_t min_age_ms;
	uint64_t max_age_ms;
	uint64_t min_idle_ms;
	uint64_t min_in_state_ms;
};

/** struct filter_term - one term of a filter */
struct filter_term {
	/** @op: enum tcpstate_operator */
	uint8_t op;
	/** @condition: for TCPSTATE_OPERATOR_MATCH */
	struct condition condition;
};

/** struct filter - terms in postfix order, as the kernel takes them; without any, all pass */
struct filter {
	unsigned int n;
	struct filter_term term[FILTER_TERMS];
};

/** enum filter_answer - whether a connection passes a filter */
enum filter_answer {
	FILTER_NO,
	/** @FILTER_UNKNOWN: that depends on what is not told of it */
	FILTER_UNKNOWN,
	FILTER_YES,
};

int filter_parse(struct filter *filter, char **words, int n, char *error, size_t size);
bool filter_match_tuple(const struct filter *filter, const struct flow *flow);
int filter_check_table(const struct filter *filter, char *error, size_t size);
bool filter_has_address(const struct filter *filter);
bool filter_is_fixed(const struct filter *filter);
bool filter_has(const struct filter *filter, unsigned int attribute);
bool filter_has_interface(const struct filter *filter);
enum filter_answer filter_judge(const struct filter *filter, const struct flow *flow);
bool filter_match(const struct filter *filter, const struct flow *flow);
void filter_print_help(FILE *file);

#endif
