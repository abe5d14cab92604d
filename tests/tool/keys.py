#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""keys.py COMMAND...: types into COMMAND, which is tcpstate watch, while it reads its table.
Each key comes in the middle of a reading.

Prints how long the answers took, and what was wrong: a key that waited for more than one datagram
of the table (between.c), or too much memory; then the status is 1. A key may come after the tool
has looked for one, and before the next datagram; a tool that answers between two readings lets it
wait for thousands of them.
"""

import os
import pty
import select
import sys
import time

KEYS = 20
PATIENCE_S = 300
DATAGRAMS_MOST = 1
MEMORY_MOST_KB = 100000


class Terminal:
    """A program in a terminal of 80 columns and 24 lines."""

    def __init__(self, command):
        self.said, own = os.pipe()
        os.set_inheritable(own, True)
        preload = os.path.join(os.environ["TCPSTATE_TOOL"], "between.so")
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.environ.update(LINES="24", COLUMNS="80", LD_PRELOAD=preload, BETWEEN=str(own))
            os.execvp(command[0], command)
        os.close(own)
        self.seen = b""

    def wait_for_reading(self):
        """Waits until the tool reads its table, from now on."""
        while select.select([self.said], [], [], 0)[0]:
            os.read(self.said, 65536)
        return select.select([self.said], [], [], PATIENCE_S)[0]

    def wait(self, text):
        """Reads until TEXT comes, and returns how long that took; None if it does not."""
        begin = time.monotonic()
        while text not in self.seen:
            left = begin + PATIENCE_S - time.monotonic()
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


def measure(command):
    """Types the keys; returns what was wrong."""
    terminal = Terminal(command)
    faults = []
    times = []
    if terminal.wait(b" connections") is None:
        return ["it shows nothing"]
    for i in range(KEYS):
        if not terminal.wait_for_reading():
            return ["it does not read the table again"]
        terminal.type(b"?" if i % 2 == 0 else b"x")
        times.append(terminal.wait(b"Any key goes back" if i % 2 == 0 else b"connections"))
        if times[-1] is None:
            return [f"key {i} is not answered"]
    memory_kb = terminal.memory_kb()
    if memory_kb > MEMORY_MOST_KB:
        faults.append(f"it took {memory_kb} kB of memory")
    begin = time.monotonic()
    terminal.type(b"q")
    _, status = os.waitpid(terminal.pid, 0)
    if status:
        return faults + [f"q ends it with status {status}"]
    times = sorted(1000 * took for took in times)
    print(f"# answers took {times[KEYS // 2]:.0f} ms, at most {times[-1]:.0f}; the end "
          f"{1000 * (time.monotonic() - begin):.0f} ms")
    with open(terminal.said, encoding="ascii") as lines:
        most, seen, datagrams = map(int, lines.read().split(" ", 1)[1].split())
    print(f"# a key waited for {most} of {datagrams} datagrams at most")
    if most > DATAGRAMS_MOST:
        faults.append(f"a key waited for {most} datagrams")
    if seen < KEYS:
        faults.append(f"only {seen} keys were seen to wait: nothing was counted for the others")
    return faults


def main():
    faults = measure(sys.argv[1:])
    print("\n".join(faults), end="\n" * bool(faults))
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
