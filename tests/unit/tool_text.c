// SPDX-License-Identifier: GPL-2.0-only
/* Whether texts that are put together are those of snprintf(), in arrays of every size. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "tool_world.h"

/* "18446744073709551615", with something before and behind it, and a NUL */
#define MOST	32

/* The sanitizer sees each byte that is written or read behind an array. */
static void expect_text(uint64_t number, size_t size)
{
	char *array = malloc(size), is[MOST];
	struct text text;

	memset(array, 'x', size);
	text_begin(&text, array, size);
	expect(!*array, "it is not empty at first");
	text_add(&text, "[");
	text_add_number(&text, number);
	text_add(&text, "");
	text_add(&text, "]:");
	text_add_number(&text, number % 10);
	snprintf(is, size, "[%llu]:%u", (unsigned long long)number,
		 (unsigned int)(number % 10));
	expect(!strcmp(array, is), "'%s' is not '%s' in %zu bytes", array, is, size);
	expect(text.end == array + strlen(is) && text.last == array + size - 1,
	       "'%s' ends elsewhere in %zu bytes", array, size);
	free(array);
}

/**
 * text_tests() - run these checks
 */
void text_tests(void)
{
	check_begin("numbers of every width are whole, or cut off, in an array of every size");
	for (unsigned int i = 0; i < WORLD_VALUES; i++)
		for (size_t size = 1; size <= MOST; size++)
			expect_text(world_value(i), size);
	check_end();
}
