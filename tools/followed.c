// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which connections a filter has picked. One that has passed it is followed until its record is
 * removed, so that what a reader is told of it has an end.
 */
#include "followed.h"

#include <errno.h>

static int add(struct followed *followed, uint64_t id)
{
	return numbers_add(&followed->ids, id) &&
	       (!followed->reading || numbers_add(&followed->next, id)) ? 1 : -ENOMEM;
}

/**
 * followed_take() - is a connection followed, from this message on at the latest?
 * @followed: those that are
 * @flow: a connection of the table, or an event
 *
 * Return: 1 or 0; or -ENOMEM.
 */
int followed_take(struct followed *followed, const struct flow *flow)
{
	bool passes = filter_match(followed->filter, flow);
	bool known;

	/* Addresses and ports say at once which connections pass, and for good. */
	if (filter_is_fixed(followed->filter))
		return passes;
	known = numbers_has(&followed->ids, flow->id);
	if (flow->command != TCPSTATE_CMD_FLOW_END)
		return known || passes ? add(followed, flow->id) : 0;
	numbers_remove(&followed->ids, flow->id);
	numbers_remove(&followed->next, flow->id);
	return known || passes;
}

/**
 * followed_begin_table() - the whole table is about to be taken
 * @followed: those that are followed; what the table has no longer is not any more
 *
 * Events may be taken meanwhile.
 */
void followed_begin_table(struct followed *followed)
{
	followed->reading = true;
}

/**
 * followed_end_table() - the whole table has been taken
 * @followed: those that are followed
 */
void followed_end_table(struct followed *followed)
{
	numbers_free(&followed->ids);
	followed->ids = followed->next;
	followed->next = (struct numbers){};
	followed->reading = false;
}

/**
 * followed_free() - follow nothing any more
 * @followed: those that were
 */
void followed_free(struct followed *followed)
{
	numbers_free(&followed->ids);
	numbers_free(&followed->next);
}
