#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""replay.py [N=CONNECTIONS] [SEED=NUMBER] [FILE...]: forwards what is in capture files
once more, and compares the module's records with what tshark says of the same files.
Without files it records its own. Started by tests/replay/run, in the namespace player.
Ends with "N passed, N failed, N skipped"."""

import os
import random
import re
import shutil
import sys
import time
from collections import Counter

import capture
import mutate
import recorder
import refute
import scenes
from judge import Comparison
from player import Lost, Module, Player
from shark import Shark

WORK = os.environ["REPLAY_WORK"]
# A folder of the guest that outlives it
KEPT = "/tmp/tcpstate-replay"
SHOWN = 5               # disagreements of a file
RECORDED = 60           # connections that are recorded on each wire
FUZZED = 200            # files that are spoiled, to be refused or read
FUZZED_SHARKS = 10      # of them those that tshark reads as well
WRITTEN = 280           # conversations that are written, ten of each
HALF_SEEN = 50          # and those that are not changed
LOST = 60               # those of which segments are lost, likewise
# Connections in a file: a process of the guest has 256 MB, since each of its pages is a
# mapping of the host, which allows 65530.
SIZE_MAX = 800


class Clock:
    """How long each part of the work takes."""

    def __init__(self):
        self.began = time.monotonic()
        self.parts = Counter()

    def lap(self, name):
        """What was done since the last time is @name."""
        now = time.monotonic()
        self.parts[name] += now - self.began
        self.began = now

    def __str__(self):
        return ", ".join(f"{name} {s:.1f} s" for name, s in self.parts.items())


class Replay:
    """A file that is forwarded once more, and what was seen of it."""

    def __init__(self, path, module, player, clock):
        self.path = path
        self.reader = capture.Reader(path)
        self.shark = Shark(path)
        self.packets = list(self.reader)
        if not self.packets:
            raise capture.CaptureError(f"{path}: has no TCP in it: expected some packets")
        self.addresses = {}
        for packet in self.packets:
            old = packet.addresses()
            new = tuple(map(capture.reachable, old))
            packet.set_addresses(*new)
            packet.seal()
            self.addresses |= {a: b for a, b in zip(old, new) if a != b}
        clock.lap("reading")
        self.sent = player.play(self.packets)
        clock.lap("forwarding")
        self.records = module.records()
        clock.lap("records")

    def compare(self):
        return Comparison(self.shark, self.packets, self.sent, self.records).run()

    def show(self, comparison):
        """What was compared, and how."""
        print(f"# {self.path}: {len(self.packets)} segments, "
              f"{len(self.records)} connections; {self.reader.others} packets without TCP, "
              f"{self.reader.partial} checksums made")
        for old, new in self.addresses.items():
            print(f"#   {capture.name_of(old)} goes by {capture.name_of(new)}")
        print(f"#   {dict(comparison.checks)}, named {dict(comparison.named)}, no stream "
              f"of their own {dict(comparison.apart)}")
        order = ", ".join(f"{count} {kind} ({said})" for (kind, said), count in
                          comparison.order.items() if kind)
        print(f"#   where tshark sees what is sent again and what leaves gaps: {order}")
        for case in comparison.disagreements[:SHOWN]:
            print(f"not ok - {os.path.basename(self.path)}: {case}")
        hidden = Counter(case.what for case in comparison.disagreements[SHOWN:])
        if hidden:
            print(f"#   and more: {dict(hidden)}")


def make_mutants(seed, part, paths, count):
    """A file of @count connections made of those in files that begin at the same time."""
    packets = []
    for path in paths:
        recorded = list(capture.Reader(path))
        for packet in recorded:
            packet.time_ns -= recorded[0].time_ns
        packets += recorded
    made, done = mutate.mutants(random.Random(f"{seed}.mutate.{part}"), packets, count)
    path = f"{WORK}/mutants-{part}.pcap"
    capture.write(path, made)
    print(f"# mutants-{part}.pcap: {count} of {len(mutate.connections(packets))} "
          f"connections, with {dict(done)}")
    return path


def own_files(seed, count, clock):
    """Files that are recorded, and those made of them, each when it is wanted."""
    paths = recorder.record(seed, WORK, RECORDED)
    clock.lap("recording")
    rng, recorded = random.Random(f"{seed}.scenes"), len(paths)
    half_seen = f"{WORK}/half-seen.pcap"
    capture.write(half_seen, scenes.play(random.Random(f"{seed}.half-seen"), HALF_SEEN,
                                         scenes.HALF_SEEN))
    lost = f"{WORK}/lost.pcap"
    capture.write(lost, scenes.play(random.Random(f"{seed}.lost"), LOST, scenes.LOSSY))
    for name, packets in (("scenes", scenes.play(rng, WRITTEN)), ("ftp", scenes.ftp(rng))):
        paths.append(f"{WORK}/{name}.pcap")
        capture.write(paths[-1], packets)
    clock.lap("writing")
    yield from [*paths, half_seen, lost]
    for part in range(-(-count // SIZE_MAX)):
        # No two recordings are the same: the first part is what SEED alone makes it.
        sources = paths if part else paths[recorded:]
        path = make_mutants(seed, part, sources, min(SIZE_MAX, count - part * SIZE_MAX))
        clock.lap("making more")
        yield path
        os.remove(path)


def is_own_file(path):
    return path.startswith(WORK)


def keep(path, seed):
    """Puts a recorded file where it can be found afterwards."""
    if not is_own_file(path):
        return path
    os.makedirs(KEPT, exist_ok=True)
    return shutil.copy(path, f"{KEPT}/{seed}-{os.path.basename(path)}")


def main():
    options, paths = {"N": 800, "SEED": int(time.time())}, []
    for word in sys.argv[1:]:
        given = re.fullmatch("(N|SEED)=([0-9]{1,9}|[1-9][0-9]{9})", word)
        if given:
            options[given[1]] = int(given[2])
        else:
            paths.append(word)
    tally, clock = refute.Tally(), Clock()
    is_own = not paths
    if is_own:
        print(f"# SEED={options['SEED']}")
        refute.read_formats(tally, WORK)
        refute.refuse_files(tally, WORK)
        refute.fuzz(tally, WORK, options["SEED"], FUZZED, FUZZED_SHARKS)
        clock.lap("the reader")
        paths = own_files(options["SEED"], options["N"], clock)
    module, player = Module(WORK), Player()
    for path in paths:
        try:
            replay = Replay(path, module, player, clock)
            comparison = replay.compare()
            clock.lap("comparing")
        except capture.CaptureError as error:
            tally.count(False, str(error))
            continue
        except Lost as error:
            tally.count(False, f"{path}: not all was seen: {error}")
            continue
        replay.show(comparison)
        if is_own_file(path):
            refute.expect_named(tally, replay, comparison)
            refute.expect_order(tally, replay, comparison)
        tally.passed += not comparison.disagreements
        tally.failed += bool(comparison.disagreements)
        if comparison.disagreements:
            print(f"#   again: tests/guest/run -- tests/replay/run {keep(path, options['SEED'])}")
        elif is_own:
            refute.alter(tally, replay)
            is_own = False
            clock.lap("altering")
    module.end()
    print(f"# {clock}")
    tally.end()


if __name__ == "__main__":
    main()
