# SPDX-License-Identifier: GPL-2.0-only
"""The module's records of a replayed capture against tshark's view of it: what is
compared, and the cases in which they differ with reason. README has the same table."""

from collections import Counter
from itertools import product

import analysis
from ahead import Rest
from analysis import said_of
from derive import ROLES
from end import Choices
from incarnation import Tuple
from order import AGAIN, EITHER, GAP, UNSURE
from segment import ACK, FIN, RST, SYN
from shark import completeness_of

# A case of choose(), and one of compare_streams()
BLIND = "numbers that only what follows explains"
FTP = "the SYN of a conversation that FTP announced"
# Repeats of two ends whose time is too close to tell: so many are tried either way.
CHOICES_MAX = 8


def derive(segments, given=(), is_blind=False):
    """All connections of two ends, and what could be meant either way."""
    choices = Choices(given, is_blind)
    found = Tuple(choices)
    taken = [segment for segment in segments if not segment.malformation]
    for i, segment in enumerate(taken):
        found.take(segment, Rest(taken, i))
    return found, choices


def view_of(connection, record):
    """What the module's record of it must say."""
    view = {"initiator": connection.names[0], "states": connection.states(),
            "verdict": connection.verdict, "flags": connection.all_flags(),
            "handshake": connection.rtt_ns is not None}
    if record and record.has_ended():
        view["verdict"] = "reopened"
    for role, end in enumerate(connection.ends):
        view[f"{ROLES[role]}'s segments"] = connection.counts[role]
        if record and len(set(connection.names)) == 2:
            view[f"{ROLES[role]}'s order"] = expected_order(connection, record, role)
        # That of an end that refuses a SYN is not known. Far from the numbers at a RST
        # the record does not keep where those were (struct tcpstate_end).
        if end.is_heard and end.nxt is not None and not connection.is_far and \
                (end.isn is not None or connection.verdict != "refused"):
            view[f"{ROLES[role]}'s next number"] = end.offered()
    return view


def expected_order(connection, record, role):
    """The record's counts of segments that an end has sent again and of gaps, or the nearest
    that they may be."""
    bounds = (connection.bounds(role, AGAIN, EITHER, UNSURE),
              connection.bounds(role, GAP, UNSURE))
    return tuple(min(max(count, least), most)
                 for count, (least, most) in zip(record.order(role), bounds))


def view_in(record):
    """What the module's record of it says."""
    view = {"initiator": record.ends()[0], "states": record.states(),
            "verdict": record.last["verdict"], "flags": set(record.last["flags"]),
            "handshake": record.last["ack_us"] is not None}
    if record.has_ended():
        view["flags"].discard("pending")
    for role in (0, 1):
        view[f"{ROLES[role]}'s segments"] = record.counts(role)
        view[f"{ROLES[role]}'s order"] = record.order(role)
        view[f"{ROLES[role]}'s next number"] = record.last[ROLES[role]]["seq"]
    return view


def completeness_in(connection, record):
    """The bits of tcp.completeness, as the module's record of this connection has them,
    and those of which it says nothing; see README."""
    counts = [record.counts(role) for role in (0, 1)]
    ends = [record.last[role] for role in ROLES]
    flags = record.first_flags()
    total = {name: sum(count[name] for count in counts) for name in counts[0]}
    syns, others, is_silent = 0, 0, False
    for segment in connection.segments:
        syns += segment.is_bare_syn()
        # A FIN with a SYN is counted as that.
        if segment.flags & (FIN | RST | SYN) in (FIN, RST) or segment in connection.probes:
            others += segment.length > 0 or not segment.has(ACK) or \
                bool(segment.flags_read & SYN)
            is_silent |= segment.length > 0 and segment.flags & (FIN | RST) > 0
        # tshark does not look at that of a SYN/ACK.
        is_silent |= segment.length > 0 and segment.has(SYN | ACK)
    resets = {segment.seq for segment in connection.segments if segment.has(RST)}
    # JSON does not tell which end closed first where one of them is not heard.
    moved_by = [flags for seq, flags in record.movers()]
    told = {
        "SYN": "S" in flags and "." not in flags,
        "SYN/ACK": total["opening"] > syns + connection.thirds,
        "ACK": total["acks"] + total["closing"] + connection.thirds > others,
        "DATA": total["data"] > 0 or "fast_open" in record.last["flags"],
        "FIN": any(end["closer"] for end in ends) or any("F" in flags for flags in moved_by),
        "RST": bool(resets & {seq for seq, flags in record.movers() if "R" in flags}),
    }
    return {name for name, is_set in told.items() if is_set}, \
        {"DATA"} if is_silent else set()


# What sets a bit of tcp.completeness and does not show in the record, by name: whether
# that is so for this connection
FLAGS_OF = {"SYN": SYN, "SYN/ACK": SYN | ACK, "FIN": FIN | ACK, "RST": RST}


def those_of(bit, connection):
    """The segments that set a bit, but for those that are RSTs to their receiver."""
    flags = FLAGS_OF.get(bit)
    return [segment for segment in connection.segments
            if flags and segment.flags_read & flags == flags and
            (bit == "RST" or not segment.has(RST))]


def is_unbelieved(bit, connection):
    """No receiver would take any segment that has these flags."""
    those = those_of(bit, connection)
    return bit in ("FIN", "RST") and bool(those) and \
        all(segment in connection.ignored for segment in those)


def is_late(bit, connection):
    """It moves nobody: its sender, or both ends, are closed before it comes."""
    those = those_of(bit, connection)
    return bit in ("FIN", "RST") and bool(those) and \
        all(segment in connection.ignored or segment in connection.late for segment in those)


def is_next_to_reset(bit, connection):
    """All that have these flags are RSTs, and nothing else to a receiver."""
    return bit in FLAGS_OF and not those_of(bit, connection)


def is_probe(bit, connection):
    """There are no data but the bytes of keep-alives and zero window probes."""
    return bit == "DATA" and all(segment in connection.probes
                                 for segment in connection.segments if segment.length)


NAMED_BITS = {
    "segments that their receiver does not take": is_unbelieved,
    "a FIN or a RST that moves nobody": is_late,
    "no data but probes": is_probe,
    "flags next to a RST": is_next_to_reset,
}


class Disagreement:
    """One connection for which the two do not say the same."""

    def __init__(self, what, expected, shown, record, segments):
        self.what, self.expected, self.shown = what, expected, shown
        self.record, self.segments = record, segments

    def __str__(self):
        lines = [self.what, f"  tshark: {self.expected}", f"  module: {self.shown}"]
        if self.record:
            lines += ["  events:", str(self.record)]
        return "\n".join(lines + ["  packets:"] + [f"   {each}" for each in self.segments])


def differences(expected, shown):
    """Those members of two views that are not the same."""
    names = [name for name in expected if expected[name] != shown[name]]
    return {name: expected[name] for name in names}, {name: shown[name] for name in names}


def agree(found, records):
    """Does all that was found of two ends agree with their records?"""
    connections = found.connections()
    return len(connections) == len(records) and not any(
        differences(view_of(*pair), view_in(pair[1]))[0] for pair in zip(connections, records))


def why_apart(found, connection, stream):
    """Where tshark's notion of a connection is another."""
    if any(segment.malformation for segment in stream):
        return "a stream has segments that no host takes"
    if len({segment.stream for segment in connection.segments}) > 1:
        return "an old connection goes on while a SYN is not answered yet"
    if any(segment in stream for segment in found.strays):
        return "a stream begins with what begins no connection"
    return "a stream goes on with what belongs to an older connection"


def ways(count):
    """What may be given for @count choices: all there is for the first of them, and
    either for each one alone."""
    yield from product((False, True), repeat=min(count, CHOICES_MAX))
    for i in range(count):
        for given in (False, True):
            yield [None] * i + [given]


def choose(segments, records, named):
    """What is derived, in one of the ways that are right; those with a name are counted."""
    first = None
    for is_blind in (False, True):
        found, choices = derive(segments, is_blind=is_blind)
        first = first or found
        names = [BLIND] if is_blind else []
        if not agree(found, records) and choices.count:
            names.append("a repeat just a round trip later")
            for given in ways(choices.count):
                found = derive(segments, given, is_blind)[0]
                if agree(found, records):
                    break
        if agree(found, records):
            named.update(names)
            return found
        if not choices.has_foreseen:
            break
    return first


def faults_of(found, records):
    """Where they do not agree: (what, expected, shown, record)."""
    connections = found.connections()
    if len(records) != len(connections):
        yield "how many connections", len(connections), len(records), \
            records[-1] if records else None
        return
    for connection, record in zip(connections, records):
        expected, shown = differences(view_of(connection, record), view_in(record))
        if expected:
            yield "the end", expected, shown, record


class Comparison:
    """The records of one file against tshark's view of it."""

    def __init__(self, shark, packets, sent, records):
        self.shark, self.records = shark, {}
        for record in records:
            self.records.setdefault(record.key(), []).append(record)
        segments = shark.segments(packets, sent)
        self.streams, self.segments = {}, {}
        for segment in segments:
            self.streams.setdefault(segment.stream, []).append(segment)
            self.segments.setdefault(segment.key(), []).append(segment)
        self.disagreements = []
        self.named, self.checks, self.apart = Counter(), Counter(), Counter()
        self.order = Counter()      # segments, by what they are and where tshark sees them

    def bits_of(self, stream):
        """tcp.completeness of a stream, with the SYN that tshark does not count where it
        expects the conversation, and whether that is so."""
        first = self.streams[stream][0]
        bits = self.shark.completeness(stream)
        if first.is_bare_syn() and not first.malformation and "SYN" not in bits and \
                self.shark.is_expected(first):
            return bits | {"SYN"}, True
        return bits, False

    def disagree(self, what, expected, shown, key, record=None):
        self.disagreements.append(Disagreement(what, expected, shown, record,
                                               self.segments.get(key, [])))

    def run(self):
        self.compare_streams()
        for key in self.segments.keys() | self.records.keys():
            self.compare_tuple(key)
        return self

    def compare_streams(self):
        """Is tcp.completeness what completeness_of() says it is?"""
        wrong, seen = {False: [], True: []}, set()
        for stream, segments in self.streams.items():
            self.checks["streams"] += 1
            key = segments[0].key()
            bits, is_expected = self.bits_of(stream)
            if is_expected:
                self.named[FTP] += 1
            for is_old in wrong:
                if completeness_of(segments, is_old, key in seen) != bits:
                    wrong[is_old].append(stream)
            seen.add(key)
        for stream in min(wrong.values(), key=len):
            segments = self.streams[stream]
            self.disagree("tcp.completeness", self.bits_of(stream)[0],
                          completeness_of(segments), segments[0].key())

    def compare_tuple(self, key):
        records, segments = self.records.get(key, []), self.segments.get(key, [])
        self.checks["pairs of ends"] += 1
        found = choose(segments, records, self.named)
        wrong = set()
        for what, expected, shown, record in faults_of(found, records):
            self.disagree(what, expected, shown, key, record)
            wrong.add(record)
        connections = found.connections()
        if len(records) != len(connections):
            return
        for connection, record in zip(connections, records):
            self.checks["connections"] += 1
            if record not in wrong:
                self.compare_completeness(key, found, connection, record)
                self.compare_order(key, connection, record)

    def compare_completeness(self, key, found, connection, record):
        bits = completeness_of(connection.segments)
        stream = self.streams[connection.segments[0].stream]
        if stream != connection.segments:
            self.apart[why_apart(found, connection, stream)] += 1
        elif stream[0].is_bare_syn() and not stream[0].length:
            self.checks["connections by tshark's own bits"] += 1
            bits = self.bits_of(stream[0].stream)[0]
        told, silent = completeness_in(connection, record)
        for bit in (bits ^ told) - silent:
            name = next((name for name, applies in NAMED_BITS.items()
                         if bit in bits and applies(bit, connection)), None)
            if name:
                self.named[name] += 1
            else:
                self.disagree(f"{bit} in completeness", sorted(bits), sorted(told), key,
                              record)

    def compare_order(self, key, connection, record):
        """Does tshark see each segment ahead of, behind or at the numbers of its sender, as
        they tell? With these the record's counts have been compared before."""
        if self.streams[connection.segments[0].stream] != connection.segments:
            return
        self.checks["connections by tcp.analysis"] += 1
        self.order.update((connection.kinds.get(segment), said_of(segment))
                          for segment in connection.segments)
        for segment, expected, said, name in analysis.compare(connection):
            if name:
                self.named[name] += 1
            else:
                self.disagree(f"where frame {segment.frame} is", sorted(expected), said, key,
                              record)
