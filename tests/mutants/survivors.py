# SPDX-License-Identifier: GPL-2.0-only
"""Reads the list of the changes that no case notices, each with the reason.

Each paragraph of the list is about one function or table of one file:

    FILE: FUNCTION
    - A LINE WITH {BEFORE => AFTER} IN IT
    Equivalent: a reason, which holds for all lines between the
    previous reason and this one; or "Untested: ...".
"""

from trial import SURVIVES

REASONS = ("Equivalent: ", "Untested: ")


class Survivors:
    """The entries of the list. compare() removes those that it has seen."""

    def __init__(self, text):
        self.faults, self.entries = [], {}
        file = where = None
        # The keys that have no reason yet or, while @reading the reason, those that it is for
        keys, reading = [], False
        for number, line in enumerate([*text.splitlines(), ""], 1):
            if line.startswith("#"):
                continue
            if line.startswith("- "):
                if reading:
                    keys, reading = [], False
                keys.append(line[2:])
                self.add(number, file, where, line[2:])
            elif line.startswith(REASONS) and keys:
                reading = True
            elif not line:
                if keys and not reading:
                    self.faults.append(f"survivors:{number}: no reason is given")
                file, keys, reading = None, [], False
            elif not file:
                file, _, where = line.partition(": ")
            elif not reading:
                self.faults.append(f"survivors:{number}: a reason begins with "
                                   "'Equivalent: ' or 'Untested: '")

    def add(self, number, file, where, key):
        if (file, where, key) in self.entries:
            self.faults.append(f"survivors:{number}: stands there twice")
        self.entries[file, where, key] = number

    def compare(self, file, tried):
        """Yields the differences between the list and a file's changes, of which each is given
        with its fate."""
        for change, fate in tried:
            number = self.entries.pop((file, change.where, change.key), None)
            if fate == SURVIVES and number is None:
                yield f"{file}:{change.line}: {change.where}: survives: {change.key}"
            elif fate != SURVIVES and number is not None:
                yield f"survivors:{number}: does not survive ({fate}): {change.key}"

    def left(self, files=None):
        """Yields the faults of the list, and the entries that compare() has not removed and that
        are about these files, or about any file."""
        yield from self.faults
        for (file, where, key), number in self.entries.items():
            if files is None or file in files:
                yield f"survivors:{number}: no such change: {file}: {where}: {key}"
