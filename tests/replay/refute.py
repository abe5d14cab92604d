# SPDX-License-Identifier: GPL-2.0-only
"""Shows that the comparison can fail, that the reader reads what it says it does, and
that it refuses the rest with a reason."""

import copy
import os
import random
import re
import struct
import sys

import capture
import mutate
import scenes
from analysis import AHEAD, BEHIND
from judge import FTP, Comparison, derive
from order import AGAIN, FILLS, GAP
from segment import Segment
from shark import Shark


class Tally:
    """Counts what passed and what failed."""

    def __init__(self):
        self.passed = self.failed = 0

    def count(self, is_good, text):
        self.passed += bool(is_good)
        self.failed += not is_good
        if not is_good:
            print(f"not ok - {text}")

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed, 0 skipped")
        sys.exit(self.failed > 0)


def make_packet(number, ip):
    """A SYN between two hosts; number is its time, too."""
    address = {4: b"\x0a\0\0", 6: b"\xfd" + bytes(14)}[ip]
    packet = capture.build(number * 10**9 + 1000 * number, (address + b"\1", 1000 + number),
                           (address + b"\2", 80), capture.SYN, number, 0, b"", 65535)
    packet.number = number
    return packet


def read_formats(tally, work):
    """Every link type, byte order and unit of time."""
    packets = [make_packet(1, 4), make_packet(2, 6), make_packet(3, 4)]
    wanted = [(bytes(packet.ip), packet.time_ns) for packet in packets]
    for link in capture.LINKS:
        for order in "<>":
            for magic in (capture.MICRO, capture.NANO):
                capture.write(f"{work}/format.pcap", packets, link, order, magic)
                read = [(bytes(packet.ip), packet.time_ns)
                        for packet in capture.Reader(f"{work}/format.pcap")]
                tally.count(read == wanted, f"link type {link}, byte order {order}, "
                                            f"{magic:x}: {read}")


def refuse_files(tally, work):
    """What is no capture, and what is not all there."""
    path = f"{work}/refused.pcap"
    capture.write(path, [make_packet(1, 4)])
    with open(path, "rb") as file:
        good = file.read()
    fragment = bytearray(good)
    fragment[24 + 16 + 6] = 0x20
    snapped = bytearray(good)
    struct.pack_into("<II", snapped, 24 + 8, 30, 40)
    cases = {
        "is empty": b"",
        "10 bytes: expected 24 of header": good[:10],
        "begins with 01020304: expected a pcap file": b"\1\2\3\4" + good[4:],
        "of the pcapng format: expected pcap": b"\x0a\x0d\x0d\x0a" + good[4:],
        "version 3.4: expected 2.4": good[:4] + b"\3\0" + good[6:],
        r"link type 147: expected one of NULL \(0\), Ethernet \(1\)":
            good[:20] + b"\x93\0\0\0" + good[24:],
        "ends in packet 1: 5 bytes of 16 of its header": good[:29],
        "ends in packet 1: 39 bytes of 40 are there": good[:-1],
        "packet 1 has 30 of 40 bytes: expected all": bytes(snapped[:-10]),
        "packet 1 is a fragment: expected whole ones": bytes(fragment),
    }
    for text, data in cases.items():
        with open(path, "wb") as file:
            file.write(data)
        said = "nothing"
        try:
            list(capture.Reader(path))
        except capture.CaptureError as error:
            said = str(error)
        tally.count(re.search(text, said), f"the reader says '{text}': it said '{said}'")
    try:
        capture.Reader(f"{work}/none")
    except capture.CaptureError as error:
        said = str(error)
    tally.count("No such file" in said, f"a file that is not there: '{said}'")


def spoil(rng, data):
    """A file of which some bytes are others, or the end is missing."""
    data = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        # Among them the headers of the file and of the first packets
        data[rng.randrange(rng.choice((24, 200, len(data))))] = \
            rng.choice((0, 1, 255, rng.getrandbits(8)))
    return data[:rng.randrange(len(data))] if rng.random() < 0.2 else data


def segments_of(rng, packets):
    """What a reader of segments may find in these packets, some of it made up, and out of
    order."""
    for _ in range(2):
        packets = rng.choice(mutate.WAYS)(rng, packets)
    for packet in packets:
        packet.is_bad = False
        size = (packet.ip[packet.at + 12] >> 4) * 4
        seq, ack = struct.unpack_from(">II", packet.ip, packet.at + 4)
        flags = rng.choice((packet.flags(), packet.flags(), *capture.FLAGS_VALID,
                            capture.RST, capture.RST | capture.ACK))
        segment = Segment(packet.number, *packet.ends(), flags, seq, ack,
                          max(len(packet.ip) - packet.at - size, 0))
        segment.malformation = packet.malformation()
        segment.time_ns, segment.window = packet.time_ns, rng.choice((0, 1, 500, 65535))
        segment.shift = rng.choice((None, 0, 7, 14))
        segment.tsval = rng.choice((None, None, 0, rng.getrandbits(32)))
        segment.sack = rng.random() < 0.5
        yield segment


def fuzz(tally, work, seed, count, sharks):
    """Whatever is in a file, the reader says what is wrong, and where, or derive says
    what its connections are; so does tshark's reader, for some of the files."""
    rng = random.Random(f"{seed}.fuzz")
    path, wrong, read = f"{work}/fuzzed.pcap", [], 0
    for number in range(count):
        capture.write(path, scenes.play(rng, 3), rng.choice(list(capture.LINKS)),
                      rng.choice("<>"), rng.choice((capture.MICRO, capture.NANO)))
        with open(path, "rb") as file:
            data = spoil(rng, file.read())
        with open(path, "wb") as file:
            file.write(data)
        try:
            packets = list(capture.Reader(path))
            if number < sharks and packets:
                Shark(path).segments(packets, [packet.time_ns for packet in packets])
            for connection in mutate.connections(packets):
                derive(list(segments_of(rng, connection)), is_blind=number % 2 == 1)
            for packet in packets:
                packet.seal()
            read += 1
        except capture.CaptureError as error:
            if path not in str(error):
                wrong.append(f"file {number}: the reader says '{error}', without its name")
        except Exception as error:  # pylint: disable=broad-except # that is the fault
            wrong.append(f"file {number}: {type(error).__name__}: {error}")
    tally.count(not wrong, f"{len(wrong)} of {count} fuzzed files: {wrong[:3]}")
    tally.count(0 < read < count, f"{read} of {count} fuzzed files could be read")


def set_last(name, value, role=None):
    """An alteration: the record of a connection has another value there."""
    def change(records):
        last = records[0].last if role is None else records[0].last[role]
        last[name] = value(last[name]) if callable(value) else value
    return change


def expect_named(tally, replay, comparison):
    """The cases that README names, where a file is made for one."""
    if replay.path.endswith("/ftp.pcap"):
        tally.count(comparison.named[FTP] == 1, f"the case '{FTP}' occurs")


def expect_order(tally, replay, comparison):
    """What is sent again, what fills a gap and what leaves one occur, where a file is made for
    that."""
    if os.path.basename(replay.path) in ("bulk.pcap", "lost.pcap"):
        for case in ((AGAIN, BEHIND), (FILLS, BEHIND), (GAP, AHEAD)):
            tally.count(comparison.order[case], f"{replay.path}: '{case}' occurs")


def alter(tally, replay):
    """What agreed does not once a record, or tshark's view, is another."""
    alterations = {
        "a state": set_last("state", "SYN_SENT", "initiator"),
        "the other state": set_last("state", "LISTEN", "responder"),
        "a verdict": set_last("verdict", "gone"),
        "a flag": set_last("flags", ["one_way", "guessed"]),
        "no times": set_last("ack_us", lambda us: None if us else 1),
        "a segment more": set_last("data", lambda count: count + 1, "responder"),
        "a retransmission more": set_last("retransmits", lambda count: count + 1,
                                          "initiator"),
        "a gap more": set_last("gaps", lambda count: count + 1, "initiator"),
        "another number": set_last("seq", lambda seq: seq + 1, "initiator"),
        "who is who": lambda records: records[0].last.update(
            initiator=records[0].last["responder"], responder=records[0].last["initiator"]),
        "who closed": set_last("closer", True, "initiator"),
        "no record": lambda records: records.pop(0),
        "a record twice": lambda records: records.append(copy.deepcopy(records[0])),
    }
    for name, change in alterations.items():
        # One that neither was replaced nor says that somebody closed
        records = copy.deepcopy(replay.records)
        records.sort(key=lambda each: (each.has_ended(), each.last["verdict"] != "refused",
                                       any(each.last[role]["closer"]
                                           for role in ("initiator", "responder"))))
        change(records)
        records.sort(key=lambda each: each.ident)
        found = Comparison(replay.shark, replay.packets, replay.sent, records).run()
        tally.count(found.disagreements, f"{name} in a record is noticed")
    rows = replay.shark.rows
    for field, value in (("tcp.completeness", "63"), ("tcp.flags", "0x0029"),
                         ("tcp.len", "77")):
        number = replay.packets[0].number
        replay.shark.rows = {**rows, number: {**rows[number], field: value}}
        found = Comparison(replay.shark, replay.packets, replay.sent, replay.records).run()
        tally.count(found.disagreements, f"another {field} in tshark's view is noticed")
    for field in ("tcp.analysis.retransmission", "tcp.analysis.lost_segment"):
        replay.shark.rows = {number: {**row, field: "1"} for number, row in rows.items()}
        found = Comparison(replay.shark, replay.packets, replay.sent, replay.records).run()
        tally.count(found.disagreements, f"{field} in tshark's view of all is noticed")
    replay.shark.rows = rows
