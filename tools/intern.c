// SPDX-License-Identifier: GPL-2.0-only
/* The one copy of a text, which stays as long as the program runs. */
#include "intern.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/**
 * intern() - find the copy of a text
 * @text: the text; a name, of which only few are new while the program runs
 *
 * Return: the copy, the same for equal texts, or NULL without memory.
 */
const char *intern(const char *text)
{
	static void *texts;
	char *const *known = tfind(text, &texts, compare);
	char *copy;

	if (known)
		return *known;
	copy = strdup(text);
	known = copy ? tsearch(copy, &texts, compare) : NULL;
	if (known)
		return *known;
	free(copy);
	return NULL;
}
