#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""offline.py ENGINE [N=CONNECTIONS] [SEED=NUMBER[-NUMBER]] [FILE...]: compares what the
engine alone says of conversations with what derive.py does, without a kernel, a guest or
tshark. The conversations are those of scenes.py and N made of them, by each seed, or those
in capture files. Ends with "N passed, N failed, N skipped"; each tuple is one."""

import random
import re
import struct
import subprocess
import sys
import time
from collections import Counter
from itertools import chain

import capture
import judge
import mutate
import scenes
from derive import PURPOSES, ROLES
from order import AGAIN, EITHER, FILLS, GAP
from segment import SYN, Segment

SHOWN = 5               # disagreements
WRITTEN = 280           # conversations that are written, ten of each
GAP_MAX_NS = 10**9      # as player.py has it
LOSSY = 100             # those of segments that are lost, and as many made of them
STEP_NS = 3000          # and how long a packet takes it, about
BEGIN_NS = 100 * 10**9
NO_SCALE = 15           # TCPSTATE_WSCALE_NONE
END, NOP, SCALE, SACK_OK, TIMESTAMP = 0, 1, 3, 4, 8


def read_options(segment, options):
    """What module/packet.c takes of them."""
    while options and options[0] != END:
        size = 1 if options[0] == NOP else options[1] if len(options) > 1 else 0
        if not size or size > len(options) or size < 2 and options[0] != NOP:
            return
        kind, value, options = options[0], options[2:size], options[size:]
        if kind == SCALE and size == 3 and segment.flags_read & SYN:
            segment.shift = min(value[0], 14)
        elif kind == SACK_OK and size == 2 and segment.flags_read & SYN:
            segment.sack = True
        elif kind == TIMESTAMP and size == 10:
            segment.tsval, = struct.unpack_from(">I", value)


def segment_of(packet, number, time_ns):
    """A packet's segment, as tshark would read it."""
    malformation = packet.malformation()
    header = (packet.ip[packet.at + 12] >> 4) * 4
    seq, ack = struct.unpack_from(">II", packet.ip, packet.at + 4)
    length = 0 if malformation else len(packet.ip) - packet.at - header
    segment = Segment(number, *packet.ends(), packet.flags(), seq, ack, length)
    segment.malformation, segment.time_ns = malformation, time_ns
    if not malformation:
        segment.window, = struct.unpack_from(">H", packet.ip, packet.at + 14)
        read_options(segment, bytes(packet.ip[packet.at + 20:packet.at + header]))
    return segment


def tuples_of(packets):
    """The segments of each pair of ends, at the times at which player.py would send them."""
    found, due_ns, last_ns = {}, BEGIN_NS, None
    for number, packet in enumerate(packets, 1):
        if last_ns is not None:
            due_ns += min(max(packet.time_ns - last_ns, 0), GAP_MAX_NS)
        last_ns = packet.time_ns
        due_ns += STEP_NS
        segment = segment_of(packet, number, due_ns)
        found.setdefault(segment.key(), []).append(segment)
    return found.values()


class Record:
    """One of the engine's, with what judge.py asks of one of the module's."""

    def __init__(self, line, hosts):
        words = line.split()
        self.began_us, initiator, ended, verdict, ack_us = words[:5]
        self.is_ended = ended == "1"
        self.hosts = hosts if initiator == "A" else hosts[::-1]
        ends = [words[5 + 8 * i:13 + 8 * i] for i in range(2)]
        self.shown_states = [end[0] for end in ends]
        self.counted = [dict(zip(PURPOSES, map(int, end[2:6]))) for end in ends]
        self.ordered = [tuple(map(int, end[6:])) for end in ends]
        self.last = {"verdict": None if verdict == "-" else verdict, "flags": words[21:],
                     "ack_us": int(ack_us) or None,
                     **{role: {"seq": int(end[1])} for role, end in zip(ROLES, ends)}}

    def has_ended(self):
        return self.is_ended

    def ends(self):
        return self.hosts

    def states(self):
        return self.shown_states

    def counts(self, role):
        return self.counted[role]

    def order(self, role):
        return self.ordered[role]


class Engine:
    """The program that engine.c is, with one tuple at a time."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def records(self, segments):
        """Its records of one tuple, in the order they began."""
        hosts = sorted(segments[0].key(), key=lambda end: -end[1])
        lines = ["self"] if len(hosts) == 1 else []
        for each in segments:
            if not each.malformation:
                lines.append(
                    f"{'AB'[hosts.index(each.source)]} {each.time_ns // 1000} {each.flags:x} "
                    f"{each.seq} {each.ack} {each.length} {each.window} "
                    f"{NO_SCALE if each.shift is None else each.shift} {each.sack:d} "
                    f"{each.tsval is not None:d} {each.tsval or 0}")
        self.process.stdin.write("\n".join([*lines, ".", ""]))
        self.process.stdin.flush()
        records = []
        while (line := self.process.stdout.readline()) != ".\n":
            if not line:
                raise SystemExit(f"offline: the engine ended with {self.process.wait()} at "
                                 f"{segments[0]}")
            records.append(Record(line, hosts if len(hosts) == 2 else hosts * 2))
        return sorted(records, key=lambda record: int(record.began_us))


def packets_of(seed, count):
    """What is written, and what is made of it."""
    print(f"# SEED={seed}")
    written = scenes.play(random.Random(f"{seed}.scenes"), WRITTEN)
    yield written
    begun_ns = written[0].time_ns
    for packet in written:
        packet.time_ns -= begun_ns
    yield mutate.mutants(random.Random(f"{seed}.mutate.0"), written, count)[0]
    lossy = scenes.play(random.Random(f"{seed}.lossy"), LOSSY, scenes.LOSSY)
    yield lossy
    yield mutate.mutants(random.Random(f"{seed}.mutate.lossy"), lossy, LOSSY)[0]


def main():
    count, seeds, paths = 800, [int(time.time())], []
    for word in sys.argv[2:]:
        if given := re.fullmatch("N=([1-9][0-9]{0,9})", word):
            count = int(given[1])
        elif given := re.fullmatch("SEED=([1-9][0-9]{0,9})(?:-([1-9][0-9]{0,9}))?", word):
            seeds = range(int(given[1]), int(given[2] or given[1]) + 1)
        else:
            paths.append(word)
    engine, named, kinds, passed, failed = Engine(sys.argv[1]), Counter(), Counter(), 0, 0
    for packets in map(capture.Reader, paths) if paths else \
            chain.from_iterable(packets_of(seed, count) for seed in seeds):
        for segments in tuples_of(packets):
            records = engine.records(segments)
            found = judge.choose(segments, records, named)
            kinds.update(kind for each in found.connections() for kind in each.kinds.values())
            faults = list(judge.faults_of(found, records))
            passed += not faults
            failed += bool(faults)
            if faults and failed <= SHOWN:
                print(f"not ok - {faults[0][0]}")
                for _, expected, shown, _ in faults:
                    print(f"  derived: {expected}\n  engine:  {shown}")
                print(*segments, sep="\n")
    # What does not occur cannot be counted wrongly.
    for kind in () if paths else (AGAIN, EITHER, FILLS, GAP):
        passed += kinds[kind] > 0
        failed += not kinds[kind]
        if not kinds[kind]:
            print(f"not ok - no segment is '{kind}'")
    print(f"# named {dict(named)}, segments {dict(kinds)}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except capture.CaptureError as error:
        sys.exit(f"offline: {error}")
