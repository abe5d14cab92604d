// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the registered suites, or those whose name begins with an argument. Prints
 * what failed, and at the end "N passed, N failed, N skipped". With --stop as the first
 * argument it ends with the first failure.
 */
#include <kunit/test.h>
#include <stdarg.h>
#include <stdlib.h>

#define SUITES_MAX	64
/* A property that fails millions of times prints only so many failures. */
#define FAILURES_SHOWN	5

struct unit_allocation {
	struct unit_allocation *next;
	max_align_t memory[];
};

static struct kunit_suite *suites[SUITES_MAX];
static unsigned int n_suites;
static unsigned int shown;

void unit_register(struct kunit_suite *suite)
{
	if (n_suites == SUITES_MAX) {
		fprintf(stderr, "unit: more than %d suites: raise SUITES_MAX\n", SUITES_MAX);
		exit(1);
	}
	suites[n_suites++] = suite;
}

void *kunit_kzalloc(struct kunit *test, size_t size, int gfp)
{
	struct unit_allocation *allocation = calloc(1, sizeof(*allocation) + size);

	(void)gfp;
	if (!allocation)
		return NULL;
	allocation->next = test->allocated;
	test->allocated = allocation;
	return allocation->memory;
}

void unit_fail(struct kunit *test, bool abort, const char *file, int line,
	       const char *text, long long left, long long right, const char *format, ...)
{
	va_list args;

	test->failed = true;
	if (shown++ < FAILURES_SHOWN) {
		printf("    %s:%d: expected %s, but they are %lld and %lld", file, line, text,
		       left, right);
		if (*format) {
			printf(": ");
			va_start(args, format);
			vprintf(format, args);
			va_end(args);
		}
		putchar('\n');
	}
	if (abort)
		longjmp(test->abort, 1);
}

/* Whether the case passed with this parameter. */
static bool run(const struct kunit_suite *suite, const struct kunit_case *one,
		const void *param, const char *desc)
{
	struct kunit test = { .param_value = param };
	struct unit_allocation *next;

	shown = 0;
	if (!setjmp(test.abort))
		one->run_case(&test);
	for (; test.allocated; test.allocated = next) {
		next = test.allocated->next;
		free(test.allocated);
	}
	if (test.failed)
		printf("not ok %s: %s %s\n", suite->name, one->name, desc);
	return !test.failed;
}

int main(int argc, char **argv)
{
	unsigned int passed = 0, failed = 0, i;
	char desc[KUNIT_PARAM_DESC_SIZE];
	const struct kunit_case *one;
	const void *param;
	bool stop = argc > 1 && !strcmp(argv[1], "--stop");

	argc -= stop;
	argv += stop;
	for (i = 0; i < n_suites; i++) {
		if (argc > 1 && strncmp(suites[i]->name, argv[1], strlen(argv[1])))
			continue;
		for (one = suites[i]->test_cases; one->run_case; one++) {
			desc[0] = '\0';
			param = one->generate_params ? one->generate_params(NULL, desc) : NULL;
			do {
				if (run(suites[i], one, param, desc))
					passed++;
				else
					failed++;
				if (stop && failed)
					return 1;
				if (one->generate_params)
					param = one->generate_params(param, desc);
			} while (one->generate_params && param);
		}
	}
	printf("%u passed, %u failed, 0 skipped\n", passed, failed);
	return failed || !passed;
}
