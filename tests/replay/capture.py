# SPDX-License-Identifier: GPL-2.0-only
"""Reads and writes capture files of the pcap format, and makes the packets in them fit
to be forwarded again. What it cannot take it refuses with a CaptureError that says
where, what was found and what was expected."""

import ipaddress
import struct

MICRO, NANO, PCAPNG = 0xa1b2c3d4, 0xa1b23c4d, 0x0a0d0d0a
IPV4, IPV6 = 0x0800, 0x86dd
VLANS = (0x8100, 0x88a8, 0x9100)
# AF_INET and AF_INET6 of the systems that write NULL and LOOP captures
FAMILIES = {2: IPV4, 10: IPV6, 24: IPV6, 28: IPV6, 30: IPV6}
# Extension headers that may stand before TCP: hop by hop, routing, destination
EXTENSIONS = (0, 43, 60)
FRAGMENT, TCP = 44, 6
LENGTH_MAX = 65535
NULL, ETHERNET, RAW, LOOP, SLL, LINK_IPV4, LINK_IPV6, SLL2 = \
    0, 1, 101, 108, 113, 228, 229, 276
FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
# Flags that a segment without RST may have, in addition to PSH, ECE and CWR
FLAGS_VALID = (SYN, SYN | URG, SYN | ACK, SYN | ACK | FIN, FIN | ACK, FIN | ACK | URG, ACK,
               ACK | URG)


class CaptureError(Exception):
    """A capture that cannot be replayed, and why."""


def strip_null(data, order):
    return FAMILIES.get(struct.unpack_from(order + "I", data)[0]), 4


def strip_loop(data, order):
    del order
    return FAMILIES.get(struct.unpack_from(">I", data)[0]), 4


def strip_ethernet(data, order):
    del order
    at = 12
    while True:
        kind, = struct.unpack_from(">H", data, at)
        if kind not in VLANS:
            return kind, at + 2
        at += 4


def strip_sll(data, order):
    del order
    return struct.unpack_from(">H", data, 14)[0], 16


def strip_sll2(data, order):
    del order
    return struct.unpack_from(">H", data, 0)[0], 20


def strip_nothing(data, order):
    del order
    return {4: IPV4, 6: IPV6}.get(data[0] >> 4), 0


# Link type: what it is called, and how to find the protocol and where it begins
LINKS = {
    NULL: ("NULL", strip_null), ETHERNET: ("Ethernet", strip_ethernet),
    12: ("raw IP", strip_nothing), 14: ("raw IP", strip_nothing),
    RAW: ("raw IP", strip_nothing), LOOP: ("LOOP", strip_loop),
    SLL: ("Linux cooked v1", strip_sll), LINK_IPV4: ("IPv4", strip_nothing),
    LINK_IPV6: ("IPv6", strip_nothing), SLL2: ("Linux cooked v2", strip_sll2),
}


def ones_sum(data):
    """The Internet checksum's sum, modulo 65535 (RFC 1071)."""
    return int.from_bytes(data if len(data) % 2 == 0 else data + b"\0", "big") % 0xffff


class Packet:
    """An IP packet with a TCP segment. @number is its place in the file, from 1."""

    def __init__(self, number, time_ns, ip):
        self.number, self.time_ns, self.ip = number, time_ns, bytearray(ip)
        self.at = 0             # where TCP begins
        # Its checksum was left to a device that never saw it; it is wrong
        self.was_partial = self.is_bad = False

    def family(self):
        return self.ip[0] >> 4

    def addresses(self):
        """Source and destination, as bytes."""
        if self.family() == 4:
            return bytes(self.ip[12:16]), bytes(self.ip[16:20])
        return bytes(self.ip[8:24]), bytes(self.ip[24:40])

    def ports(self):
        return struct.unpack_from(">HH", self.ip, self.at)

    def ends(self):
        """(address, port) of the sender and the receiver."""
        return tuple(zip(self.addresses(), self.ports()))

    def flags(self):
        return self.ip[self.at + 13]

    def malformation(self):
        """Why no host takes the segment, whatever its numbers are; None if one may."""
        size = (self.ip[self.at + 12] >> 4) * 4
        if not 20 <= size <= len(self.ip) - self.at:
            return f"a header of {size} bytes"
        if self.is_bad:
            return "a wrong checksum"
        flags = self.flags() & (FIN | SYN | RST | ACK | URG)
        if flags & RST or flags in FLAGS_VALID:
            return None
        return f"the flags {self.flags():#04x}"

    def number_sent(self):
        return struct.unpack_from(">I", self.ip, self.at + 4)[0]

    def pseudo_sum(self):
        return ones_sum(b"".join(self.addresses())) + TCP + len(self.ip) - self.at

    def set_addresses(self, source, destination):
        self.ip[12 if self.family() == 4 else 8:20 if self.family() == 4 else 40] = \
            source + destination

    def seal(self):
        """Makes its checksums right; a wrong one stays wrong. It gets hops to go."""
        if self.family() == 4:
            size = (self.ip[0] & 15) * 4
            self.ip[8] = 64
            self.ip[10:12] = b"\0\0"
            struct.pack_into(">H", self.ip, 10, 0xffff - ones_sum(self.ip[:size]))
        else:
            self.ip[7] = 64
        self.ip[self.at + 16:self.at + 18] = b"\0\0"
        value = 0xffff - (self.pseudo_sum() + ones_sum(self.ip[self.at:])) % 0xffff
        struct.pack_into(">H", self.ip, self.at + 16, value ^ 0x5555 * self.is_bad)
        return self

    def judge_checksum(self):
        field, = struct.unpack_from(">H", self.ip, self.at + 16)
        if (self.pseudo_sum() + ones_sum(self.ip[self.at:])) % 0xffff == 0:
            return
        self.was_partial = (self.pseudo_sum() - field) % 0xffff == 0
        self.is_bad = not self.was_partial


class Reader:
    """The packets of a file that have TCP in them, in order."""

    def __init__(self, path):
        self.path = path
        self.others = 0         # packets without TCP
        self.partial = 0
        try:
            with open(path, "rb") as file:
                self.data = file.read()
        except OSError as error:
            raise CaptureError(f"{path}: {error.strerror}") from error
        self.order, self.tick_ns, self.link = self.read_header()

    def fault(self, text):
        return CaptureError(f"{self.path}: {text}")

    def read_header(self):
        if not self.data:
            raise self.fault("is empty: expected a pcap file")
        if len(self.data) < 24:
            raise self.fault(f"ends after {len(self.data)} bytes: expected 24 of header")
        magic, = struct.unpack_from("<I", self.data)
        if magic == PCAPNG:
            raise self.fault("is of the pcapng format: expected pcap; "
                             "'editcap -F pcap IN OUT' converts it")
        for order in "<>":
            magic, major, minor, _, _, _, link = struct.unpack_from(
                order + "IHHiIII", self.data)
            if magic in (MICRO, NANO):
                break
        else:
            raise self.fault(f"begins with {self.data[:4].hex()}: expected a pcap file, "
                             f"with a1b2c3d4 or a1b23c4d in either byte order")
        if (major, minor) != (2, 4):
            raise self.fault(f"has version {major}.{minor}: expected 2.4")
        # Above: whether frames have a checksum at their end, and how long
        link &= 0x3ffffff
        if link not in LINKS:
            names = ", ".join(f"{name} ({number})"
                              for number, (name, _) in sorted(LINKS.items()))
            raise self.fault(f"has link type {link}: expected one of {names}")
        return order, 1 if magic == NANO else 1000, link

    def __iter__(self):
        at, number = 24, 0
        while at < len(self.data):
            number += 1
            if len(self.data) - at < 16:
                raise self.fault(f"ends in packet {number}: {len(self.data) - at} bytes of "
                                 "16 of its header are there")
            seconds, ticks, kept, size = struct.unpack_from(self.order + "IIII",
                                                            self.data, at)
            at += 16
            if len(self.data) - at < kept:
                raise self.fault(f"ends in packet {number}: {len(self.data) - at} bytes of "
                                 f"{kept} are there")
            packet = self.parse(number, seconds * 10**9 + ticks * self.tick_ns,
                                self.data[at:at + kept], size)
            at += kept
            if packet:
                self.partial += packet.was_partial
                yield packet
            else:
                self.others += 1

    def parse(self, number, time_ns, data, size):
        """A frame's packet, or None if it is not TCP's."""
        short = self.fault(f"packet {number} has {len(data)} of {size} bytes: expected all; "
                           "'tcpdump -s 0' records them")
        try:
            kind, begin = LINKS[self.link][1](data, self.order)
            if kind not in (IPV4, IPV6):
                return None
            packet = Packet(number, time_ns, data[begin:])
            if packet.family() != (4 if kind == IPV4 else 6):
                return None
            packet.at = self.find_tcp(packet)
            if not packet.at:
                return None
            length = self.length(packet)
            if len(packet.ip) < length:
                raise short
            if length < packet.at + 20:
                raise self.fault(f"packet {number} has {length - packet.at} bytes of TCP: "
                                 "expected at least 20")
            # Behind it there may be what pads a frame.
            del packet.ip[length:]
        except (struct.error, IndexError) as error:
            raise short from error
        packet.judge_checksum()
        return packet

    def find_tcp(self, packet):
        """Where TCP begins in it; None without TCP."""
        ip = packet.ip
        if packet.family() == 4:
            if ip[9] != TCP:
                return None
            if struct.unpack_from(">H", ip, 6)[0] & 0x3fff:
                raise self.fault(f"packet {packet.number} is a fragment: expected whole ones, "
                                 "since tshark would put them together")
            if ip[0] & 15 < 5:
                raise self.fault(f"packet {packet.number} has {(ip[0] & 15) * 4} bytes of "
                                 "IPv4 header: expected at least 20")
            return (ip[0] & 15) * 4
        kind, at = ip[6], 40
        while kind in EXTENSIONS:
            kind, at = ip[at], at + (ip[at + 1] + 1) * 8
        if kind == FRAGMENT and ip[at] == TCP:
            raise self.fault(f"packet {packet.number} is a fragment: expected whole ones, "
                             "since tshark would put them together")
        return at if kind == TCP else None

    def length(self, packet):
        """A packet's length as it says; one that a device was to cut says none."""
        if packet.family() == 4:
            length, = struct.unpack_from(">H", packet.ip, 2)
        else:
            length, = struct.unpack_from(">H", packet.ip, 4)
            length += 40 if length else 0
        if length:
            return length
        length = len(packet.ip)
        if length > LENGTH_MAX:
            raise self.fault(f"packet {packet.number} has {length} bytes: expected at most "
                             f"{LENGTH_MAX}; record with BIG TCP off")
        if packet.family() == 4:
            struct.pack_into(">H", packet.ip, 2, length)
        else:
            struct.pack_into(">H", packet.ip, 4, length - 40)
        return length


def name_of(address):
    """An address for people."""
    return str(ipaddress.ip_address(address))


def reachable(address):
    """An address that is forwarded, in the place of one that is not: of the host
    itself, and of the link."""
    if len(address) != 16:
        return address
    given = ipaddress.IPv6Address(address)
    if given.is_loopback:
        return bytes.fromhex("fd7f") + address[2:]
    if given.is_link_local:
        return bytes.fromhex("fd80") + address[2:]
    return address


def build(time_ns, source, destination, flags, seq, ack, data, window, options=b""):
    """A packet with a segment, from (address, port) to (address, port)."""
    tcp = struct.pack(">HHIIBBHHH", source[1], destination[1], seq, ack,
                      (20 + len(options)) // 4 << 4, flags, window, 0, 0) + options + data
    if len(source[0]) == 4:
        header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0, 64, TCP, 0,
                             source[0], destination[0])
    else:
        header = struct.pack(">IHBB16s16s", 6 << 28, len(tcp), TCP, 64, source[0],
                             destination[0])
    packet = Packet(0, time_ns, header + tcp)
    packet.at = len(header)
    return packet.seal()


def frame(packet, link, order):
    """A packet in a frame of a link type."""
    kind = IPV4 if packet.family() == 4 else IPV6
    family = 2 if kind == IPV4 else 10
    header = {NULL: struct.pack(order + "I", family), LOOP: struct.pack(">I", family),
              ETHERNET: bytes(12) + struct.pack(">H", kind),
              SLL: bytes(14) + struct.pack(">H", kind),
              SLL2: struct.pack(">H", kind) + bytes(18)}.get(link, b"")
    return header + packet.ip


def write(path, packets, link=RAW, order="<", magic=NANO):
    """A file with these packets."""
    tick_ns = 1 if magic == NANO else 1000
    with open(path, "wb") as file:
        file.write(struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link))
        for packet in packets:
            data = frame(packet, link, order)
            seconds, rest = divmod(packet.time_ns, 10**9)
            file.write(struct.pack(order + "IIII", seconds, rest // tick_ns,
                                   len(data), len(data)))
            file.write(data)
