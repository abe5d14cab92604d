#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""ktap.py TREE FILE...: reads the results of KUnit suites with the kernel's own parser.

TREE is the kernel's source. Each FILE holds the results of one suite, as debugfs shows
them. Prints what failed, each skipped case with its reason, and at last "N passed,
N failed, N skipped", where parameters count and a case that has them does not.
"""

import io
import sys


def leaves(test, path=()):
    """Yields the cases and parameters that have no parts, with their names' path."""
    for part in test.subtests:
        if part.subtests:
            yield from leaves(part, path + (part.name,))
        else:
            yield part, path + (part.name,)


def read(parser, printer, file):
    """Prints the failures and skips of the suite in FILE, and returns its three counts."""
    said = io.StringIO()
    with open(file, encoding="utf-8", errors="replace") as lines:
        test = parser.parse_run_tests(lines, printer.Printer(output=said))
    # The parser accepts results without a plan. KUnit writes one for the suites and for the
    # cases of each, and none for the parameters that a generator makes.
    for part in [test, *test.subtests]:
        if part.expected_count is None:
            part.add_error(printer.Printer(output=said), "has no plan")
            test.counts.errors += part is not test
    counts = test.counts
    failed = counts.failed + counts.crashed + counts.errors
    name = test.subtests[0].name if test.subtests else file
    for leaf, path in leaves(test):
        if leaf.status == parser.TestStatus.SKIPPED:
            print(f"skipped {': '.join(path)}: {leaf.skip_reason or 'no reason given'}")
    if failed:
        print(f"not ok {name}: {counts}")
        print("\n".join(line for line in said.getvalue().splitlines() if "[PASSED]" not in line))
    else:
        print(f"ok {name}: {counts.passed} passed, {counts.skipped} skipped")
    return counts.passed, failed, counts.skipped


def main(tree, *files):
    """Reads all files, and returns the exit status."""
    sys.path.insert(0, f"{tree}/tools/testing/kunit")
    sys.dont_write_bytecode = True
    import kunit_parser
    import kunit_printer
    totals = [sum(counts) for counts in
              zip(*(read(kunit_parser, kunit_printer, file) for file in files))]
    print("{} passed, {} failed, {} skipped".format(*totals))
    return totals[1] != 0


sys.exit(main(*sys.argv[1:]))
