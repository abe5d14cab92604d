# SPDX-License-Identifier: GPL-2.0-only
"""A TCP segment, as tshark reads it, and the arithmetic of its numbers."""

import ipaddress

MASK = 0xffffffff
FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
NO_SCALE = None


def after(a, b):
    """Does number @a lie beyond @b? (RFC 9293, 3.4) Not if one of them is not known."""
    return None not in (a, b) and 0 < (a - b) & MASK < 1 << 31


def furthest(a, b):
    return a if b is None or after(a, b) else b


def name_of(end):
    """An end, (address, port), for people."""
    return f"{ipaddress.ip_address(end[0])},{end[1]}"


class Segment:
    """One segment, as tshark reads it, and when it was sent here."""

    def __init__(self, frame, source, destination, flags, seq, ack, length):
        self.frame, self.source, self.destination = frame, source, destination
        # As they are read, and what a receiver makes of them: a RST is nothing else.
        self.flags_read, self.flags = flags & 0x3f, flags & 0x3f
        if flags & RST:
            self.flags &= ~(SYN | FIN)
        self.seq, self.ack, self.length = seq, ack if flags & ACK else 0, length
        self.window, self.shift, self.tsval, self.sack = 0, NO_SCALE, None, False
        self.time_ns = self.stream = 0
        self.malformation = None    # why no host takes it, if that is so
        # What tshark makes of it: has it read the flags, and how much data is there?
        self.is_read, self.length_read = True, length
        self.analysis = set()   # its tcp.analysis, too

    def has(self, flags):
        return self.flags & flags == flags

    def key(self):
        """The same for both directions."""
        return frozenset((self.source, self.destination))

    def is_bare_syn(self):
        return self.flags & (SYN | ACK | RST) == SYN

    def end(self):
        return (self.seq + self.length + bool(self.flags & SYN) +
                bool(self.flags & FIN)) & MASK

    def __str__(self):
        names = "".join(letter for bit, letter in
                        ((SYN, "S"), (FIN, "F"), (RST, "R"), (PSH, "P"), (ACK, "."))
                        if self.flags_read & bit)
        return (f"{self.frame:6} {self.time_ns / 1e6:10.3f} {name_of(self.source)}"
                f" > {name_of(self.destination)} [{names}] seq {self.seq}"
                f" ack {self.ack} win {self.window} len {self.length}"
                f" ts {self.tsval} stream {self.stream}" +
                (f" ({self.malformation})" if self.malformation else ""))
