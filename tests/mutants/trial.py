# SPDX-License-Identifier: GPL-2.0-only
"""Runs the suites against changes.

All changes of the functions of a file are compiled into one program, and the environment
variable MUTANT selects one for each run. Each change of a table is compiled separately.
"""

import math
import os
import queue
import re
import resource
import shutil
import subprocess
from multiprocessing.pool import ThreadPool
from pathlib import Path

from changes import all_in_one, changed
from source import Source, words_of

CC = os.environ.get("CC") or "gcc"
# A change that causes one of these warnings has undefined behaviour, and counts as broken.
FLAGS = ["-Werror=return-type", "-Werror=uninitialized", "-Werror=maybe-uninitialized"]
PLAIN = ["-O2"]
SANITIZED = ["-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]

# If a change makes the suites slower by this factor, they are taken to hang.
SLOWER = 20

BROKEN, SAME, NOTICED, SURVIVES = "broken", "same", "noticed", "survives"

NUMBER = """#include <stdlib.h>
int mutant_number;
__attribute__((constructor)) static void set_number(void)
{
	const char *number = getenv("MUTANT");

	mutant_number = number ? atoi(number) : -1;
}
"""


class Failure(Exception):
    """The suites do not compile or do not pass without a change."""


def compile_source(copy, source, target, flags):
    """Compiles a file. Returns the compiler's messages if it fails, or an empty string."""
    done = subprocess.run([CC, *flags, "-c", "-o", target, source], cwd=copy,
                          stderr=subprocess.PIPE, text=True, check=False)
    return done.stderr or "it failed" if done.returncode else ""


class Program:
    """The unchanged objects of all sources, compiled with some flags."""

    def __init__(self, copy, into, flags, sources):
        self.flags, self.objects, self.includes = flags, {}, {}
        into.mkdir()
        for source in sources:
            target = into / (source.replace("/", "_") + ".o")
            error = compile_source(copy, source, target, [*flags, "-MMD"])
            if error:
                raise Failure(f"{source} does not compile:\n{error}")
            self.objects[source] = target
            rule = target.with_suffix(".d").read_text().replace("\\\n", " ")
            self.includes[source] = {os.path.normpath(word) for word in rule.split()[1:]}
        number = into / "number.c"
        number.write_text(NUMBER)
        self.objects[number] = into / "number.o"
        compile_source(into, number, self.objects[number], [])

    def link(self, binary, objects):
        """Links the suites from these objects and, for the other sources, the unchanged ones."""
        objects = [objects.get(source, target) for source, target in self.objects.items()]
        subprocess.run([CC, *self.flags, "-o", binary, *objects], check=True)

    def affected(self, top, file, names):
        """The sources whose object code depends on these functions of a file."""
        within = [source for source, files in self.includes.items() if file in files]
        if file in within:
            return [file]
        # The file is a header: find the callers of these functions, through the inline functions
        # of other headers as well.
        headers = {header for source in within for header in self.includes[source]}
        inlines, names, grown = {}, set(names), True
        for header in headers:
            if header.endswith(".h") and not header.startswith("/"):
                inlines.update(Source((top / header).read_text()).words)
        while grown:
            callers = {name for name, words in inlines.items() if words & names}
            grown = not callers <= names
            names |= callers
        return [source for source in within if words_of((top / source).read_text()) & names]


class Trial:
    """The suites of a tree.

    top: the tree; folders: its folders, which are copied and changed in the copy; sources,
    flags: the sources of the suites, and how to compile them; suite: the argument of the
    program; jobs: how many changes are tried at a time
    """

    def __init__(self, top, work, folders, sources, flags, suite="", jobs=1):
        self.top, self.work, self.sources = Path(top), Path(work), sources
        self.suite = [suite] if suite else []
        self.pool, self.copies = ThreadPool(jobs), queue.Queue()
        for i in range(jobs):
            copy = self.work / f"copy{i}"
            for folder in folders:
                shutil.copytree(self.top / folder, copy / folder)
            self.copies.put(copy)
        flags = [*flags, *FLAGS]
        self.plain = Program(self.work / "copy0", self.work / "plain", flags + PLAIN, sources)
        self.sanitized = Program(self.work / "copy0", self.work / "sanitized", flags + SANITIZED,
                                 sources)
        for program in (self.plain, self.sanitized):
            program.bound_s = self.measure(program)

    def measure(self, program):
        """The seconds of CPU time after which the suites are taken to hang."""
        binary = self.work / "unchanged"
        program.link(binary, {})
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        if not self.passes(binary, 600):
            raise Failure("the suites fail before anything is changed")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return math.ceil(SLOWER * (after.ru_utime + after.ru_stime -
                                   before.ru_utime - before.ru_stime))

    def passes(self, binary, bound_s, number=-1):
        """Do the suites pass within this CPU time, with the change of this number?"""
        done = subprocess.run(["sh", "-c", 'ulimit -t "$1"; shift; exec "$@"', "sh", str(bound_s),
                               binary, "--stop", *self.suite], check=False,
                              env={**os.environ, "MUTANT": str(number)},
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
        return done.returncode == 0

    def compile(self, program, file, text, names):
        """Compiles what depends on a file that has another text, changed in the functions
        @names. Returns the object code by source, and the compiler's messages if it fails."""
        copy, objects = self.copies.get(), {}
        try:
            (copy / file).write_text(text)
            for source in program.affected(self.top, file, names):
                objects[source] = copy / program.objects[source].name
                error = compile_source(copy, source, objects[source], program.flags)
                if error:
                    return {}, error
            return {source: target.read_bytes() for source, target in objects.items()}, ""
        finally:
            shutil.copyfile(self.top / file, copy / file)
            self.copies.put(copy)

    def build(self, program, objects, name):
        """Links the suites with these objects, in the folder @name, and returns the program."""
        folder = self.work / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        paths = {source: folder / program.objects[source].name for source in objects}
        for source, path in paths.items():
            path.write_bytes(objects[source])
        program.link(folder / "suites", paths)
        return folder / "suites"

    def build_all(self, program, source, file, changes):
        """Builds one program of all these changes except those that do not compile. Returns the
        program and the changes in it."""
        changes = dict(changes)
        while changes:
            objects, error = self.compile(program, file, all_in_one(source, changes),
                                          {change.where for change in changes.values()})
            if not error:
                return self.build(program, objects, "all"), changes
            # If the error is in an inline function, notes name the changes that call it.
            broken = {int(i) for i in
                      re.findall(r"^mutant-(\d+):\d+:\d+: error", error, re.M) or
                      re.findall(r"^mutant-(\d+):", error, re.M)}
            if not broken:
                raise Failure(f"{file} does not compile with its changes:\n{error}")
            changes = {i: change for i, change in changes.items() if i not in broken}
        return None, changes

    def survive(self, program, source, file, changes):
        """Returns the changes of functions that survive, and those that compile."""
        binary, compiled = self.build_all(program, source, file, changes)
        passed = self.pool.map(lambda i: self.passes(binary, program.bound_s, i), compiled,
                               chunksize=1)
        return {i: changes[i] for i, each in zip(compiled, passed) if each}, compiled

    def is_same(self, source, file, change):
        """Does the object code stay the same with this change?"""
        objects, error = self.compile(self.plain, file, changed(source.text, change),
                                      [change.where])
        return not error and all(each == self.plain.objects[path].read_bytes()
                                 for path, each in objects.items())

    def try_table(self, source, file, i, change):
        """The fate of a change of a table."""
        for program in (self.plain, self.sanitized):
            objects, error = self.compile(program, file, changed(source.text, change),
                                          [change.where])
            if error:
                return BROKEN
            binary = self.build(program, objects, f"table{i}")
            passed = self.passes(binary, program.bound_s)
            shutil.rmtree(binary.parent)
            if not passed:
                return NOTICED
        return SAME if self.is_same(source, file, change) else SURVIVES

    def try_all(self, source, file, changes):
        """The fates of all changes of a file, in their order."""
        fates = {}
        numbered = dict(enumerate(changes))
        tables = {i: each for i, each in numbered.items() if each.where not in source.functions}
        rest = {i: each for i, each in numbered.items() if i not in tables}
        fates.update(zip(tables, self.pool.map(
            lambda i: self.try_table(source, file, i, tables[i]), tables, chunksize=1)))
        survivors, compiled = self.survive(self.plain, source, file, rest)
        fates.update((i, NOTICED if i in compiled else BROKEN) for i in rest)
        same = self.pool.map(lambda i: self.is_same(source, file, rest[i]), survivors, chunksize=1)
        fates.update((i, SAME) for i, each in zip(survivors, same) if each)
        survivors = {i: each for i, each in survivors.items() if fates[i] != SAME}
        survivors, _ = self.survive(self.sanitized, source, file, survivors)
        fates.update((i, SURVIVES) for i in survivors)
        return [fates[i] for i in numbered]
