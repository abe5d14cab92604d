/* SPDX-License-Identifier: GPL-2.0-only */
/* What the steps of a script do; the list is in actor.c. */
#ifndef TESTS_TRUTH_VERB_H
#define TESTS_TRUTH_VERB_H

#include "conn.h"

/* The socket is to become ready before the step can be done. */
#define VERB_WAIT 1

void verb_init(void);
int verb_run(struct conn *c, const char *step);

#endif
