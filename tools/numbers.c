// SPDX-License-Identifier: GPL-2.0-only
/* Sets of numbers, as trees of tsearch(3). */
#include "numbers.h"

#include <search.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
	uint64_t one = *(const uint64_t *)a, two = *(const uint64_t *)b;

	return one < two ? -1 : one > two;
}

/**
 * numbers_has() - is a number in a set?
 * @numbers: the set
 * @number: the number
 *
 * Return: whether it is.
 */
bool numbers_has(const struct numbers *numbers, uint64_t number)
{
	return tfind(&number, (void *const *)&numbers->tree, compare);
}

/**
 * numbers_add() - add a number to a set, unless the set has it
 * @numbers: the set
 * @number: the number
 *
 * Return: false without memory.
 */
bool numbers_add(struct numbers *numbers, uint64_t number)
{
	uint64_t *copy;

	if (numbers_has(numbers, number))
		return true;
	copy = malloc(sizeof(*copy));
	if (!copy)
		return false;
	*copy = number;
	if (tsearch(copy, &numbers->tree, compare))
		return true;
	free(copy);
	return false;
}

/**
 * numbers_remove() - remove a number from a set, if the set has it
 * @numbers: the set
 * @number: the number
 */
void numbers_remove(struct numbers *numbers, uint64_t number)
{
	uint64_t *const *found = tfind(&number, &numbers->tree, compare);
	uint64_t *copy;

	if (!found)
		return;
	copy = *found;
	tdelete(copy, &numbers->tree, compare);
	free(copy);
}

/**
 * numbers_free() - empty a set
 * @numbers: the set
 */
void numbers_free(struct numbers *numbers)
{
	tdestroy(numbers->tree, free);
	numbers->tree = NULL;
}
