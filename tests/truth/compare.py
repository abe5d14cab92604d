# SPDX-License-Identifier: GPL-2.0-only
"""Compares what the kernel did with what the module says of it, connection by
connection. What the wire cannot tell is named in README ("What it cannot know");
NAMED has those cases, each with exactly what is expected instead."""

import errno
from collections import Counter

TIME_WAIT_SLACK_MS = 100


class Disagreement:
    """One connection of which kernel and module do not say the same."""

    def __init__(self, what, netns, life, record, expected, shown):
        self.what, self.netns, self.life, self.record = what, netns, life, record
        self.expected, self.shown = expected, shown

    def tuple(self):
        if self.life:
            return self.life.local, self.life.remote
        return self.record.initiator, self.record.responder

    def __str__(self):
        lines = [f"{self.what}, in {self.netns}: {' <-> '.join(self.tuple())}",
                 f"  kernel: {' '.join(self.expected) or '(nothing)'}",
                 f"  module: {' '.join(self.shown) or '(nothing)'}"]
        lines += side_by_side(self.life, self.record)
        return "\n".join(lines)


def side_by_side(life, record):
    """Both histories by time: ms, the kernel's states, the module's events."""
    rows = []
    if life:
        rows += [(time, state, "") for time, state in life.steps]
        rows += [(time, what, "") for time, what in (
            (life.reset_received, "(takes a RST)"), (life.reset_sent, "(sends a RST)"))
            if time]
        if life.error:
            rows.append((life.steps[-1][0], f"(error {life.error})", ""))
    if record:
        for event in record.events:
            arrows = ", ".join(f"{end[0]}: {old}->{new} {cause}"
                               for end, cause, old, new in event.arrows)
            rows.append((event.time, "", f"{event.kind} {event.segment} {arrows}"))
    rows.sort(key=lambda row: row[0])
    first = rows[0][0] if rows else 0
    return [f"  {(time - first) / 1e6:10.3f}  {kernel:16} {module}"
            for time, kernel, module in rows]


class Comparison:
    """The two histories of one wave against each other."""

    def __init__(self, histories, sides, clean):
        self.histories, self.clean = histories, clean
        self.sides = sides              # netns: address of its end, None for a router
        self.disagreements = []
        self.named = Counter()
        self.checks = Counter()

    def run(self):
        for netns, address in self.sides.items():
            if address:
                self.compare_netns(netns, address)
        for netns, address in self.sides.items():
            if not address:
                self.compare_router(netns)
        return self

    def object(self, what, netns, life, record, expected, shown):
        self.disagreements.append(
            Disagreement(what, netns, life, record, expected, shown))

    def compare_netns(self, netns, address):
        """Every life of a socket in it with the record it belongs to."""
        records = {}
        for record in self.histories.records[netns].values():
            local, remote = record.initiator, record.responder
            if not local.startswith(address + ","):
                local, remote = remote, local
            records.setdefault((local, remote), []).append(record)
        lives = {ends: lives for ends, lives in self.histories.lives.items()
                 if ends[0].startswith(address + ",")}
        for ends in records.keys() | lives.keys():
            for life, record in pair(lives.get(ends, []), records.get(ends, [])):
                self.compare_local(netns, ends, life, record)
                if self.clean and record:
                    self.compare_remote(netns, ends, record)

    def compare_local(self, netns, ends, life, record):
        self.checks["local ends"] += 1
        if not record:
            # A socket that never sent anything has no record, and rightly so.
            self.object("no record", netns, life, record, life.states(), [])
            return
        role = record.role(ends[0])
        shown = record.states(role)
        if not life:
            expected = ["CLOSED"] if ends in self.histories.refusals else []
            if shown != expected:
                self.name_or_object("no socket", netns, life, record, expected, shown)
            return
        expected = life.expected(self.histories.minis)
        if shown != expected:
            self.name_or_object("the local end's states", netns, life, record, expected,
                                shown)
        mini = self.histories.minis.get(ends)
        if not life.successor and mini and mini.state == "TIME_WAIT":
            self.compare_time_wait(netns, life, record, role, mini)

    def compare_time_wait(self, netns, life, record, role, mini):
        listed = record.listed
        if not listed or listed.state[role] != "TIME_WAIT":
            self.name_or_object("who holds TIME_WAIT", netns, life, record, ["TIME_WAIT"],
                                [listed.state[role] if listed else "nothing"])
            return
        self.checks["TIME_WAIT timers"] += 1
        theirs = (mini.since / 1e6 + mini.left_ms, mini.until / 1e6 + mini.left_ms)
        ours = (listed.since / 1e6 + listed.left_ms, listed.until / 1e6 + listed.left_ms)
        apart = max(theirs[0] - ours[1], ours[0] - theirs[1])
        if apart > TIME_WAIT_SLACK_MS:
            self.object(f"TIME_WAIT's end by {apart:.0f} ms", netns, life, record,
                        [f"left {mini.left_ms}"], [f"left {listed.left_ms}"])

    def compare_remote(self, netns, ends, record):
        lives = self.histories.lives.get((ends[1], ends[0]), [])
        if len(lives) != 1:
            return
        self.checks["remote ends"] += 1
        role = record.role(ends[1])
        expected = lives[0].expected(self.histories.minis)
        shown = record.states(role)
        if shown != expected:
            self.name_or_object("the remote end's states", netns, lives[0], record,
                                expected, shown)

    def compare_router(self, netns):
        for record in self.histories.records[netns].values():
            for role, local in record.ends().items():
                remote = record.ends()["responder" if role == "initiator" else "initiator"]
                lives = self.histories.lives.get((local, remote), [])
                if len(lives) != 1:
                    continue
                self.checks["ends seen on the way"] += 1
                expected = lives[0].expected(self.histories.minis)[-1:]
                shown = record.states(role)[-1:]
                if shown != expected:
                    self.name_or_object(f"the {role}'s last state", netns, lives[0],
                                        record, expected, shown)

    def name_or_object(self, what, netns, life, record, expected, shown):
        for name, applies in NAMED.items():
            if applies(life, record, expected, shown):
                self.named[name] += 1
                return
        self.object(what, netns, life, record, expected, shown)


def pair(lives, records):
    """Which record is which life's: both in order of time, the last with the last."""
    records = sorted(records, key=lambda record: int(record.ident))
    missing = len(lives) - len(records)
    if missing > 0:
        records = [None] * missing + records
    return zip([None] * -missing + lives if missing < 0 else lives, records)


def ends_in_silence(life, expected, shown):
    """The kernel closes a socket of which no segment says so."""
    return life and life.states()[-1] == "CLOSED" and expected == shown + ["CLOSED"] and \
        not life.reset_received and not life.reset_sent


def gives_up(life, record, expected, shown):
    """Nothing answers: an error says so, or there is nobody left to be told."""
    del record
    return ends_in_silence(life, expected, shown) and \
        (life.error in (errno.ETIMEDOUT, errno.EHOSTUNREACH) or
         shown[-1:] in (["FIN_WAIT_1"], ["CLOSING"], ["LAST_ACK"]))


def is_destroyed(life, record, expected, shown):
    """ss -K where Linux sends no RST."""
    del record
    return ends_in_silence(life, expected, shown) and life.error == errno.ECONNABORTED


def gives_up_connecting(life, record, expected, shown):
    """A connect that is closed, or given up, before an answer came."""
    del record
    return ends_in_silence(life, expected, shown) and shown == ["SYN_SENT"]


def is_request(life, record, expected, shown):
    """A request socket that has not become a socket: its SYN/ACK is all there is."""
    del record, expected
    return not life and shown == ["SYN_RECEIVED"]


NAMED = {
    "a connect is given up": gives_up_connecting,
    "an end gives up retransmitting": gives_up,
    "ss -K without a RST": is_destroyed,
    "a request socket": is_request,
}
