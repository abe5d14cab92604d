/* SPDX-License-Identifier: GPL-2.0-only */
/* What explain says of states, verdicts, flags and timers. */
#ifndef TOOLS_EXPLAIN_H
#define TOOLS_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

/**
 * struct explain_state - what a state means for the end that is in it
 *
 * Each text has two arguments for printf(): "%1$s" is that end, "the initiator", and "%2$s"
 * the other one.
 */
struct explain_state {
	/** @is: what that end has done, if it was seen; goes on after "it is in STATE: " */
	const char *is;
	/** @waits: a sentence on what has to happen next; "" if nothing has to */
	const char *waits;
	/** @usually: sentences on why a connection stays like this */
	const char *usually;
	/** @rfc: where to read about it */
	const char *rfc;
	/** @rank: of both ends, the one whose state has the higher rank explains the connection */
	unsigned int rank;
};

/** struct explain_text - sentences, and where to read about it */
struct explain_text {
	const char *text;
	const char *rfc;
};

const struct explain_state *explain_state(unsigned int state);
struct explain_text explain_verdict(unsigned int verdict);
struct explain_text explain_flag(uint32_t flag);
const char *explain_timer(unsigned int timer);
void explain_print(const struct flow *flow, bool numeric);

#endif
