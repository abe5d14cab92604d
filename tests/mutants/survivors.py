# SPDX-License-Identifier: GPL-2.0-only
"""The list of the changes that no case notices, each with the reason why.

A paragraph of the list is about one function or table of one file:

    FILE: FUNCTION
    - A LINE WITH {BEFORE => AFTER} IN IT
    Equivalent: a reason, which holds for all lines above it
    that have none yet; or "Untested: ...".
"""

from trial import SURVIVES

REASONS = ("Equivalent: ", "Untested: ")


class Survivors:
    """The list; what has been compared is crossed out."""

    def __init__(self, text):
        self.faults, self.entries = [], {}
        file = where = None
        # 0: keys are read; 1: their reason
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
        """What of a file's changes, each with its fate, the list does not say."""
        for change, fate in tried:
            number = self.entries.pop((file, change.where, change.key), None)
            if fate == SURVIVES and number is None:
                yield f"{file}:{change.line}: {change.where}: survives: {change.key}"
            elif fate != SURVIVES and number is not None:
                yield f"survivors:{number}: does not survive ({fate}): {change.key}"

    def left(self, files=None):
        """Faults of the list, and entries that are no changes of these files, or of any."""
        yield from self.faults
        for (file, where, key), number in self.entries.items():
            if files is None or file in files:
                yield f"survivors:{number}: no such change: {file}: {where}: {key}"
