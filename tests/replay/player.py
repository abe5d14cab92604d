# SPDX-License-Identifier: GPL-2.0-only
"""Sends packets through the namespace way, each once and in order, and collects what the
module says there."""

import json
import os
import socket
import subprocess
import time

from capture import name_of
from derive import ROLES

DEVICE, WAY = "play0", "way"
ETHERNET = {4: bytes.fromhex("020000000001 020000000002 0800"),
            6: bytes.fromhex("020000000001 020000000002 86dd")}
# Longer silences than this are cut short.
GAP_MAX_NS = 10**9
PATIENCE_S = 120
# What is sent into an empty queue comes out before that, or not at all.
STOPPED_S = 3


class Lost(Exception):
    """Not all that was sent was seen."""


def way(*command, **options):
    return subprocess.run(["nsenter", f"--net=/run/netns/{WAY}", "--", *command],
                          check=True, capture_output=True, text=True, **options).stdout


def forwarded():
    """Packets that the way has forwarded, of both families."""
    total = 0
    names, values = [line.split() for line in way("cat", "/proc/net/snmp").splitlines()
                     if line.startswith("Ip:")]
    total += int(dict(zip(names, values))["ForwDatagrams"])
    for line in way("cat", "/proc/net/snmp6").splitlines():
        if line.startswith("Ip6OutForwDatagrams"):
            total += int(line.split()[1])
    return total


class Record:
    """A connection as the module has it: its events, and the last of it."""

    def __init__(self, event):
        self.ident, self.last, self.events = event["id"], event, []

    def key(self):
        return frozenset(self.ends())

    def ends(self):
        """(address, port) of initiator and responder."""
        return tuple((socket.inet_pton(
            socket.AF_INET6 if ":" in self.last[role]["address"] else socket.AF_INET,
            self.last[role]["address"]), self.last[role]["port"]) for role in ROLES)

    def has_ended(self):
        return self.events[-1]["event"] == "end"

    def states(self):
        """Those it had before another took its place."""
        key = "state_before" if self.has_ended() else "state"
        return [self.last[role][key] for role in ROLES]

    def movers(self):
        """Number and flags of the segments that moved an end."""
        return {(segment["seq"], segment["flags"]) for segment in
                (event["change"]["segment"] for event in self.events) if segment}

    def first_flags(self):
        return self.events[0]["change"]["segment"]["flags"]

    def counts(self, role):
        return {name: self.last[ROLES[role]][name]
                for name in ("opening", "data", "acks", "closing")}

    def order(self, role):
        """Segments sent again, and gaps; nothing is told of an end that was not heard."""
        end = self.last[ROLES[role]]
        return end["retransmits"] or 0, end["gaps"] or 0

    def __str__(self):
        lines = []
        for event in self.events:
            segment = event["change"]["segment"] or {}
            transitions = ", ".join(f"{a['end']}: {a['from']}->{a['to']} {a['trigger']}"
                               for a in event["change"]["transitions"])
            lines.append(f"    {event['time_ns'] / 1e6:10.3f} {event['event']} "
                         f"{segment.get('from')} [{segment.get('flags')}] seq "
                         f"{segment.get('seq')} ack {segment.get('ack')} {transitions}")
        return "\n".join(lines)


class Module:
    """The module's events in the way's namespace, and its table."""

    def __init__(self, folder):
        # A file, which takes them however long nobody reads.
        path = f"{folder}/events"
        with open(path, "wb") as out:
            self.process = subprocess.Popen(
                ["tcpstate", "-N", WAY, "events", "--json", "--known"], stdout=out,
                stderr=subprocess.DEVNULL)
        self.events = open(path, encoding="ascii")
        self.line = ""
        while "synced" not in self.next():
            pass

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.events.close()

    def next(self):
        """The next event, which has to come."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.line.endswith("\n"):
            self.line += self.events.readline()
            if not self.line.endswith("\n"):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise Lost("an event that was waited for")
                time.sleep(0.02)    # sleep: between two looks
        line, self.line = self.line, ""
        return json.loads(line)

    def records(self):
        """All records since the last time; the table is empty then."""
        listed = {}
        for line in way("tcpstate", "list", "--json").splitlines():
            flow = json.loads(line)
            listed[flow["id"]] = flow
        way("tcpstate", "flush", "--force")
        waiting, found, number = set(listed), {}, None
        while waiting:
            event = self.next()
            if "lost" in event or "synced" in event:
                raise Lost(f"{event.get('lost')} events")
            if number is not None and event["number"] != number + 1:
                raise Lost(f"events after {number}, before {event['number']}")
            number = event["number"]
            each = found.setdefault(event["id"], Record(event))
            if event["event"] == "end" and event["id"] in waiting:
                # Its end is the flush; what is in the table is what it was.
                waiting.remove(event["id"])
                each.last = listed[event["id"]]
                continue
            each.events.append(event)
            if event["event"] == "end":
                each.last = event
        return sorted(found.values(), key=lambda each: each.ident)


class Player:
    """Sends packets into the veth that ends in the way's namespace."""

    def __init__(self):
        # One processor, whose queue keeps the order.
        os.sched_setaffinity(0, {0})
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.socket.bind((DEVICE, 0))

    def play(self, packets):
        """Returns when each packet was sent, ns."""
        sent, last_ns, due_ns = [], None, time.monotonic_ns()
        before = forwarded()
        for packet in packets:
            if last_ns is not None:
                due_ns += min(max(packet.time_ns - last_ns, 0), GAP_MAX_NS)
            last_ns = packet.time_ns
            left_ns = due_ns - time.monotonic_ns()
            if left_ns > 0:
                time.sleep(left_ns / 1e9)   # sleep: that is when it was sent
            data = ETHERNET[packet.family()] + packet.ip
            sent.append(time.clock_gettime_ns(time.CLOCK_BOOTTIME))
            self.socket.send(data)
        deadline = time.monotonic() + PATIENCE_S
        while forwarded() - before < len(packets) and time.monotonic() < deadline:
            time.sleep(0.05)    # sleep: between two looks
        if forwarded() - before != len(packets):
            raise Lost(f"{len(packets)} packets were sent, {forwarded() - before} "
                       f"forwarded; {self.find_stopped(packets)}")
        return sent

    def find_stopped(self, packets):
        """The first packet that is not forwarded, by halves, since each question takes
        some time."""
        while len(packets) > 1:
            half = packets[:len(packets) // 2]
            packets = packets[len(half):] if self.passes(half) else half
        if self.passes(packets):
            return "each was when it was sent once more"
        source, destination = map(name_of, packets[0].addresses())
        return f"packet {packets[0].number}, from {source} to {destination}, is not"

    def passes(self, packets):
        """Is each of these forwarded?"""
        before, deadline = forwarded(), time.monotonic() + STOPPED_S
        for packet in packets:
            self.socket.send(ETHERNET[packet.family()] + packet.ip)
        while forwarded() - before < len(packets) and time.monotonic() < deadline:
            time.sleep(0.05)    # sleep: between two looks
        return forwarded() - before == len(packets)
