# SPDX-License-Identifier: GPL-2.0-only
"""What tshark says of a capture file: each packet's numbers and flags, its streams, and
how complete it thinks they are."""

import subprocess

from analysis import ANALYSIS
from capture import CaptureError
from segment import ACK, FIN, RST, SYN, Segment

FIELDS = """frame.number tcp.stream tcp.completeness tcp.flags tcp.seq_raw tcp.ack_raw
tcp.len tcp.window_size_value tcp.options.wscale.shift tcp.options.timestamp.tsval
tcp.options.sack_perm ftp.passive.port ftp.active.port ftp.epsv.port
ftp.eprt.port""".split()
FIELDS += [f"tcp.analysis.{name}" for name in ANALYSIS]
# Where one end of an FTP connection announces the port of another one
ANNOUNCED = [field for field in FIELDS if field.startswith("ftp.")]
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
                                        stderr=subprocess.PIPE, text=True,
                                        errors="replace")
        self.rows = None

    def segments(self, packets, sent):
        """Its view of each packet, with the addresses it was sent with, and when."""
        if self.rows is None:
            out, err = self.process.communicate()
            if self.process.returncode:
                reason = err.strip().splitlines() or [f"ends with {self.process.returncode}"]
                raise CaptureError(f"{self.path}: tshark: {reason[-1]}")
            rows = (dict(zip(FIELDS, line.split("\t"))) for line in out.splitlines())
            self.rows = {int(row["frame.number"]): row for row in rows}
        return [self.segment(packet, time_ns) for packet, time_ns in zip(packets, sent)]

    def number(self, packet, field):
        """What tshark read in a field, which has to be there."""
        text = self.rows.get(packet.number, {}).get(field, "")
        try:
            return int(text, 0)
        except ValueError as error:
            raise CaptureError(f"{self.path}: in packet {packet.number} tshark finds "
                               f"'{text}' as {field}: expected a number") from error

    def optional(self, packet, field):
        """What tshark read in a field, or None where it did not find that."""
        return self.number(packet, field) if self.rows[packet.number][field] else None

    def segment(self, packet, time_ns):
        if self.number(packet, "tcp.seq_raw") != packet.number_sent():
            raise CaptureError(f"{self.path}: in packet {packet.number} tshark finds the "
                               f"number {self.number(packet, 'tcp.seq_raw')}: expected "
                               f"{packet.number_sent()}")
        stream = self.number(packet, "tcp.stream")
        if packet.malformation():
            segment = Segment(packet.number, *packet.ends(), packet.flags(),
                              packet.number_sent(), 0, 0)
            # Without a header that it can follow tshark reads no flags either.
            segment.is_read = bool(self.rows[packet.number]["tcp.flags"])
        else:
            segment = Segment(packet.number, *packet.ends(), self.number(packet, "tcp.flags"),
                              packet.number_sent(), self.number(packet, "tcp.ack_raw"),
                              self.number(packet, "tcp.len"))
            segment.window = self.number(packet, "tcp.window_size_value")
            segment.tsval = self.optional(packet, "tcp.options.timestamp.tsval")
            shift = self.optional(packet, "tcp.options.wscale.shift")
            segment.shift = None if shift is None else min(shift, 14)
            segment.sack = bool(self.rows[packet.number]["tcp.options.sack_perm"])
        segment.analysis = {name for name in ANALYSIS
                            if self.rows[packet.number][f"tcp.analysis.{name}"]}
        segment.length_read = self.optional(packet, "tcp.len") or 0
        segment.time_ns, segment.stream = time_ns, stream
        segment.malformation = packet.malformation()
        return segment

    def completeness(self, stream):
        """tcp.completeness of a stream, by the names of its bits."""
        value = next(int(row["tcp.completeness"], 0) for row in self.rows.values()
                     if row["tcp.stream"] == str(stream))
        return {name for name, bit in BITS.items() if value & bit}

    def is_expected(self, segment):
        """Has an FTP connection announced the port that this SYN goes to? tshark has made
        a conversation of that, in which it takes no SYN for the first segment."""
        return any(row[field] == str(segment.destination[1])
                   for number, row in self.rows.items() if number < segment.frame
                   for field in ANNOUNCED)


def completeness_of(segments, is_old=False, is_reused=False):
    """What tcp.completeness is of a stream with these segments: flags, whoever sent
    them, whatever their numbers. An old tshark, such as 4.0, does not look at a first
    segment that is no SYN, nor at the data of one that begins another stream of the same
    tuple (@is_reused), nor at a RST on another one."""
    names = set()
    for i, segment in enumerate(segments):
        flags = segment.flags_read if segment.is_read else 0
        if i == 0 and is_reused:
            flags |= segment.flags_read & SYN   # only that can have begun it
        if i == 0 and flags & (SYN | ACK) == SYN:
            is_data = segment.length_read and not (is_old and is_reused)
            names |= {"SYN", "DATA"} if is_data else {"SYN"}
        elif i == 0 and is_old:
            continue
        if flags & (SYN | ACK) == SYN | ACK:
            names.add("SYN/ACK")
        elif flags & ACK:
            names.add("DATA" if segment.length_read else "ACK")
        names |= {"FIN"} if flags & (FIN | ACK) == FIN | ACK else set()
        names |= {"RST"} if flags & RST and (i or is_reused or not is_old) else set()
    return names
