#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""keys.py N COMMAND...: types into COMMAND, which is tcpstate watch, while it reads a table of N
connections again and again.

Prints which answers were late and how much memory the tool needed, where that is too much; then
the status is 1. Two answers of twenty may be late, and it has five turns to meet that, because the
guest shares its processors with the host. A tool that answers between two readings is late in each.
The answer to q is the end of the process; what the kernel needs for its memory does not count.
"""

import os
import pty
import select
import sys
import time

TURNS = 5
KEYS = 20
LATE_ALLOWED = 2
MOST_S = 0.1
MEMORY_MOST_KB = 100000


class Terminal:
    """A program in a terminal of 80 columns and 24 lines."""

    def __init__(self, command):
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.environ.update(LINES="24", COLUMNS="80")
            os.execvp(command[0], command)
        self.seen = b""

    def wait(self, text, seconds):
        """Reads until TEXT comes, and returns how long that took; None if it does not."""
        begin = time.monotonic()
        while text not in self.seen:
            left = begin + seconds - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                return None
            try:
                self.seen += os.read(self.fd, 65536)
            except OSError:
                return None
        self.seen = self.seen.split(text, 1)[1]
        return time.monotonic() - begin

    def type(self, key):
        """What was written before is no answer."""
        while select.select([self.fd], [], [], 0)[0]:
            os.read(self.fd, 65536)
        self.seen = b""
        os.write(self.fd, key)

    def memory_kb(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1])
        return None


def end_s(memory_kb):
    """Returns how long it takes until a process with so much memory, which does nothing, ends."""
    ready, told = os.pipe()
    come, go = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(go)
        memory = bytearray(memory_kb * 1024)
        memory[::4096] = b"x" * len(memory[::4096])
        os.write(told, b"x")
        os.read(come, 1)
        os._exit(0)
    os.close(come)
    os.read(ready, 1)
    begin = time.monotonic()
    os.close(go)
    os.waitpid(pid, 0)
    took = time.monotonic() - begin
    os.close(ready)
    os.close(told)
    return took


def measure(count, command):
    """Types the keys; returns which answers were late and what else was wrong."""
    terminal = Terminal(command)
    faults = []
    late = []
    if terminal.wait(f" {count} connections".encode(), 60) is None:
        return [], ["it does not show the connections"]
    for i in range(KEYS):
        time.sleep(0.37 * (i % 5))  # sleep: a key has to come at any time of a reading
        terminal.type(b"?" if i % 2 == 0 else b"x")
        took = terminal.wait(b"Any key goes back" if i % 2 == 0 else b"connections", 60)
        if took is None:
            return [], [f"key {i} is not answered"]
        if took > MOST_S:
            late.append(f"{took * 1000:.0f} ms")
    if len(late) <= LATE_ALLOWED:
        late = []
    memory_kb = terminal.memory_kb()
    if memory_kb > MEMORY_MOST_KB:
        faults.append(f"it took {memory_kb} kB of memory")
    begin = time.monotonic()
    terminal.type(b"q")
    _, status = os.waitpid(terminal.pid, 0)
    took = time.monotonic() - begin
    if took > MOST_S:
        memory_s = end_s(memory_kb)
        if took - memory_s > MOST_S:
            late.append(f"{took * 1000:.0f} ms for q, {memory_s * 1000:.0f} ms of them for memory")
    if status:
        faults.append(f"q ends it with status {status}")
    return late, faults


def main():
    for _ in range(TURNS):
        late, faults = measure(sys.argv[1], sys.argv[2:])
        if late:
            print(f"{len(late)} answers are late: {' '.join(late)}")
        if faults:
            print("\n".join(faults))
        if faults or not late:
            break
    return 1 if faults or late else 0


if __name__ == "__main__":
    sys.exit(main())
