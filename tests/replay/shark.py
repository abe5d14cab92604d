# SPDX-License-Identifier: GPL-2.0-only
"""What tshark says of a capture file: each packet's numbers and flags, its streams, and
how complete it thinks they are."""

import subprocess

from capture import CaptureError
from derive import ACK, FIN, RST, SYN, Segment

FIELDS = """frame.number tcp.stream tcp.completeness tcp.flags tcp.seq_raw tcp.ack_raw
tcp.len tcp.window_size_value tcp.options.wscale.shift tcp.options.timestamp.tsval
tcp.options.sack_perm""".split()
# The bits of tcp.completeness
BITS = {"SYN": 1, "SYN/ACK": 2, "ACK": 4, "DATA": 8, "FIN": 16, "RST": 32}


class Shark:
    """tshark, at work on a file."""

    def __init__(self, path):
        self.path = path
        command = ["tshark", "-n", "-2", "-r", path, "-Y", "tcp and not icmp and not icmpv6",
                   "-o", "tcp.desegment_tcp_streams:FALSE", "-T", "fields", "-E",
                   "occurrence=f"]
        for field in FIELDS:
            command += ["-e", field]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.rows = None

    def segments(self, packets, sent):
        """Its view of each packet, with the addresses it was sent with, and when."""
        if self.rows is None:
            out, err = self.process.communicate()
            if self.process.returncode:
                raise CaptureError(f"{self.path}: {err.strip().splitlines()[-1]}")
            rows = (dict(zip(FIELDS, line.split("\t"))) for line in out.splitlines())
            self.rows = {int(row["frame.number"]): row for row in rows}
        return [self.segment(packet, time_ns) for packet, time_ns in zip(packets, sent)]

    def segment(self, packet, time_ns):
        row = self.rows.get(packet.number)
        if row is None or int(row["tcp.seq_raw"]) != packet.number_sent():
            raise CaptureError(f"{self.path}: in packet {packet.number} tshark finds "
                               f"{row}, expected the number {packet.number_sent()}")
        segment = Segment(packet.number, *packet.ends(), int(row["tcp.flags"], 16) & 0x3f,
                          int(row["tcp.seq_raw"]), int(row["tcp.ack_raw"]),
                          int(row["tcp.len"]))
        segment.time_ns, segment.stream = time_ns, int(row["tcp.stream"])
        segment.is_bad = packet.is_bad
        segment.window = int(row["tcp.window_size_value"])
        if row["tcp.options.wscale.shift"]:
            segment.shift = min(int(row["tcp.options.wscale.shift"]), 14)
        if row["tcp.options.timestamp.tsval"]:
            segment.tsval = int(row["tcp.options.timestamp.tsval"])
        segment.sack = bool(row["tcp.options.sack_perm"])
        return segment

    def completeness(self, stream):
        """tcp.completeness of a stream, by the names of its bits."""
        value = next(int(row["tcp.completeness"], 0) for row in self.rows.values()
                     if int(row["tcp.stream"]) == stream)
        return {name for name, bit in BITS.items() if value & bit}


def completeness_of(segments, is_old=False, is_reused=False):
    """What tcp.completeness is of a stream with these segments: flags, whoever sent
    them, whatever their numbers. An old tshark, such as 4.0, does not look at a first
    segment that is no SYN, nor at the data of one that begins a stream anew
    (@is_reused)."""
    names = set()
    for i, segment in enumerate(segments):
        if i == 0 and segment.flags & (SYN | ACK) == SYN:
            is_read = segment.length and not (is_old and is_reused)
            names |= {"SYN", "DATA"} if is_read else {"SYN"}
        elif i == 0 and is_old:
            continue
        if segment.has(SYN | ACK):
            names.add("SYN/ACK")
        elif segment.has(ACK):
            names.add("DATA" if segment.length else "ACK")
        names |= {"FIN"} if segment.has(FIN | ACK) else set()
        names |= {"RST"} if segment.has(RST) else set()
    return names
