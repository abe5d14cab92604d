# SPDX-License-Identifier: GPL-2.0-only
"""Compares what the kernel did with what the module says of it, connection by
connection. What the wire cannot tell is named in README ("What it cannot know");
NAMED has those cases, each with exactly what is expected instead."""

import errno
from collections import Counter

from history import PENDING

TIME_WAIT_SLACK_MS = 100
# What a socket that is busy may take
JUST_NS = 5000000


class Case:
    """One end of one connection, as a witness in @netns sees it: what the kernel did and
    what the module says. With @last only the last state counts."""

    def __init__(self, what, netns, life, record, expected, shown, last=False):
        self.what, self.netns, self.life, self.record = what, netns, life, record
        self.expected, self.shown, self.last = expected, shown, last
        # Filled in where it does not agree
        self.kind = self.wave = None
        self.lives = []         # passive ones of its addresses and ports

    def agrees(self):
        if self.last:
            return self.expected[-1:] == self.shown[-1:]
        return self.expected == self.shown

    def lacks(self, *states):
        """Does the module lack just these states, at the end?"""
        states = list(states)
        if self.last:
            return self.expected[-len(states) - 1:] == self.shown[-1:] + states
        return self.expected == self.shown + states

    def ends(self):
        if self.life:
            return self.life.local, self.life.remote
        return self.record.initiator, self.record.responder

    def __str__(self):
        lines = [f"{self.what}, in {self.netns}: {' <-> '.join(self.ends())}",
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

    def __init__(self, histories, sides, wave):
        self.histories, self.wave = histories, wave
        self.sides = sides              # netns: address of its end, None for a router
        self.disagreements = []
        self.named = Counter()
        self.checks = Counter()

    def run(self):
        for netns, address in self.sides.items():
            if address:
                self.compare_netns(netns, address)
            else:
                self.compare_router(netns)
        return self

    def judge(self, case):
        """Counts a case: agreed, named or not agreed."""
        self.checks[case.what] += 1
        if case.agrees():
            return
        case.wave, case.kind = self.wave, self.wave.kind_of(case.ends())
        case.lives = [life for ends in (case.ends(), case.ends()[::-1])
                      for life in self.histories.lives.get(ends, []) if life.passive]
        for name, applies in NAMED.items():
            if applies(case):
                self.named[name] += 1
                return
        self.disagreements.append(case)

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
                if self.wave.is_clean() and record and not record.has(PENDING):
                    self.compare_remote(netns, ends, record)

    def compare_local(self, netns, ends, life, record):
        if not record:
            # What has sent nothing has no record.
            if life.states() != ["SYN_SENT", "CLOSED"]:
                self.judge(Case("local end without a record", netns, life, record,
                                life.states(), []))
            return
        role = record.role(ends[0])
        shown = record.states(role)
        if not life:
            # A SYN that meets another connection's socket is not refused, and moves nobody.
            taken = any(other.began() <= record.began() <= other.steps[-1][0]
                        for other in self.histories.lives.get(ends, []))
            refused = ends in self.histories.refusals and not taken
            if taken and set(record.causes(role)) <= {"reincarnate", "expire"}:
                shown = []
            self.judge(Case("local end without a socket", netns, life, record,
                            ["CLOSED"] if refused else [], shown))
            return
        expected = life.expected(self.histories.minis, shown)
        self.judge(Case("local end", netns, life, record, expected, shown))
        if record.listed and shown[-1:] != [record.listed.state[role]]:
            self.disagreements.append(
                Case("table and events", netns, life, record, shown[-1:],
                     [record.listed.state[role]]))
        mini = self.histories.minis.get(ends)
        if not life.successor and mini and mini.state == "TIME_WAIT":
            self.compare_time_wait(netns, life, record, role, mini)

    def compare_time_wait(self, netns, life, record, role, mini):
        listed = record.listed
        case = Case("holder of TIME_WAIT", netns, life, record, ["TIME_WAIT"],
                    [listed.state[role]] if listed else [])
        self.judge(case)
        if not case.agrees():
            return
        theirs = (mini.since / 1e6 + mini.left_ms, mini.until / 1e6 + mini.left_ms)
        ours = (listed.since / 1e6 + listed.left_ms, listed.until / 1e6 + listed.left_ms)
        apart = max(theirs[0] - ours[1], ours[0] - theirs[1])
        agreed = [f"ends at {ours[0]:.0f}..{ours[1]:.0f} ms"]
        self.judge(Case(
            "TIME_WAIT's timer", netns, life, record, agreed if apart <= TIME_WAIT_SLACK_MS
            else [f"ends at {theirs[0]:.0f}..{theirs[1]:.0f} ms"], agreed))

    def compare_remote(self, netns, ends, record):
        lives = self.histories.lives.get((ends[1], ends[0]), [])
        if len(lives) == 1:
            shown = record.states(record.role(ends[1]))
            # What a third host forges passes but one of the ends.
            self.judge(Case("remote end", netns, lives[0], record,
                            lives[0].expected(self.histories.minis, shown), shown,
                            last=self.wave.kind_of(ends) == "forged"))

    def compare_router(self, netns):
        """The last states of both ends in the record that their sockets end with."""
        records = {}
        for record in self.histories.records[netns].values():
            ends = record.initiator, record.responder
            records.setdefault(ends, []).append(record)
            records.setdefault(ends[::-1], []).append(record)
        for ends, known in records.items():
            lives = self.histories.lives.get(ends, [])
            known = [record for record in known
                     if lives and record.began() <= lives[0].steps[-1][0]]
            if len(lives) != 1 or not known:
                continue
            # Beside it there may be what SYNs have begun that were not answered.
            record = max(known, key=lambda record: (
                not record.has(PENDING), len(record.events) > 1, record.began()))
            shown = record.states(record.role(ends[0]))
            self.judge(Case("end seen on the way", netns, lives[0], record,
                            lives[0].expected(self.histories.minis, shown), shown,
                            last=True))


def pair(lives, records):
    """Which record is which life's: an active one's is begun by it, a passive one's is
    there before it."""
    records = sorted(records, key=lambda record: record.began())
    pairs = []
    for life in lives:
        until = life.steps[-1][0]
        if life.passive:
            # One that waits was not answered with a SYN/ACK.
            own = [record for record in records if record.began() <= life.began() and
                   not record.has(PENDING)][-1:]
        else:
            own = [record for record in records if life.began() <= record.began() <= until]
        for record in own[:1]:
            records.remove(record)
        pairs.append((life, own[0] if own else None))
    return pairs + [(None, record) for record in records]


def gives_up(case):
    """Nothing answers: an error says so, or there is nobody left to be told."""
    return case.life and case.life.is_silent() and case.lacks("CLOSED") and \
        (case.life.error in (errno.ETIMEDOUT, errno.EHOSTUNREACH) or
         case.shown[-1:] in (["FIN_WAIT_1"], ["CLOSING"], ["LAST_ACK"]))


def time_of(case, *causes):
    """When the module first saw one of these happen to the end, or None."""
    role = case.record.role(case.life.local)
    return next((time for time, cause, _ in case.record.arrows(role) if cause in causes),
                None)


def never_sends_fin(case):
    """Linux is in FIN_WAIT_1 or LAST_ACK before its FIN leaves; here it never does."""
    if not case.life or not case.record or time_of(case, "snd_fin"):
        return False
    without = []
    for state in case.expected:
        if state == "CLOSING":
            without.append("CLOSE_WAIT")
        elif state not in ("FIN_WAIT_1", "LAST_ACK"):
            without.append(state)
    if without == case.expected:
        return False
    if case.last:
        return case.life.is_silent() and case.shown[-1:] in [[state] for state in without]
    return case.shown == without or \
        (case.life.is_silent() and case.shown + ["CLOSED"] == without)


def sends_fin_late(case):
    """Linux is in FIN_WAIT_1 before its FIN leaves, and the other's FIN comes before it
    does: CLOSING and TIME_WAIT stand for LAST_ACK and CLOSED."""
    if not case.life or not case.record or "CLOSING" not in case.life.states():
        return False
    received, sent = time_of(case, "rcv_fin"), time_of(case, "snd_fin")
    if not received or not sent or sent < received or \
            case.life.time_of("FIN_WAIT_1") > received:
        return False
    if case.what == "holder of TIME_WAIT":
        return case.shown in ([], ["LAST_ACK"], ["CLOSED"])
    instead = {"FIN_WAIT_1": "CLOSE_WAIT", "CLOSING": "LAST_ACK", "TIME_WAIT": "CLOSED"}
    expected = [instead.get(state, state) for state in case.expected]
    return case.shown == expected or \
        (case.life.is_silent() and case.shown + ["CLOSED"] == expected)


def loses_rst(case):
    """A RST passes the router, and is lost behind it."""
    if not case.last or case.wave.is_clean() or case.shown[-1:] != ["CLOSED"] or \
            case.life.reset_received:
        return False
    role = case.record.role(case.life.local)
    return case.record.arrows(role)[-1][1] == "rcv_rst"


def gives_up_before_answer(case):
    """It has just given up when something comes: that finds nobody, as its RST shows."""
    if not case.life or not case.record or case.last or not case.life.is_silent():
        return False
    role, closed = case.record.role(case.life.local), case.life.steps[-1][0]
    return case.shown[-1:] == ["CLOSED"] and \
        case.record.states(role, closed) == case.life.states()[:-1] and \
        case.record.arrows(role)[-1][1] in ("snd_rst", "no_socket")


def loses_ack(case):
    """The ACK of its FIN passes the router, and is lost behind it."""
    after = {"FIN_WAIT_1": "FIN_WAIT_2", "CLOSING": "TIME_WAIT", "LAST_ACK": "CLOSED"}
    return case.last and not case.wave.is_clean() and case.life.is_silent() and \
        [after.get(case.life.states()[-2])] == case.shown[-1:]


def gives_up_cut_off(case):
    """Nothing of it comes to the router any more."""
    return case.last and case.kind == "dead_peer" and case.expected[-1] == "CLOSED" and \
        case.shown and case.shown[-1] in case.expected


def is_destroyed(case):
    """ss -K where Linux sends no RST."""
    return case.life and case.life.is_silent() and case.life.error == errno.ECONNABORTED \
        and case.lacks("CLOSED")


def gives_up_connecting(case):
    """A connect that is closed, or given up, before an answer came."""
    return case.life and case.life.is_silent() and \
        case.life.states() == ["SYN_SENT", "CLOSED"] and case.shown[-1:] == ["SYN_SENT"]


def is_request(case):
    """A request socket that has not become a socket: its SYN/ACK is all there is; it may
    take a RST, or have gone when the third segment comes."""
    if case.life or not case.record or case.shown[:1] != ["SYN_RECEIVED"]:
        return False
    causes = case.record.causes("responder")[1:]
    return causes in ([], ["rcv_rst"], ["rcv_ack_of_syn", "no_socket"])


def is_queue_full(case):
    """The third segment arrives, but a full queue or TCP_DEFER_ACCEPT keeps it."""
    return not case.life and case.kind in ("full_queue", "deferred") and \
        case.shown[:2] == ["SYN_RECEIVED", "ESTABLISHED"]


def is_made_by_cookie(case):
    """An ACK that is late, or comes twice, has a valid cookie still: when its socket is
    gone, a second one comes to be."""
    return not case.record and case.wave.syncookies == 2 and case.life in case.lives[1:]


def goes_on_by_cookie(case):
    """What that second socket sends and receives goes on with the first one's record."""
    if not case.life or not case.record or case.wave.syncookies != 2:
        return False
    until = max(case.record.events[-1].time, case.life.steps[-1][0])
    second = [life for life in case.lives[1:] if life.began() <= until]
    return bool(second) and case.life not in second


def is_answered_at_once(case):
    """A FIN and the ACK of its own FIN come one right after the other, to a socket that is
    busy: its backlog makes one segment of them; or that just then repeats its FIN. Its
    answer is to both: FIN_WAIT_2 is there instead of CLOSING."""
    if not case.life or not case.record or \
            [state if state != "CLOSING" else "FIN_WAIT_2" for state in case.shown] != \
            case.expected:
        return False
    last = {cause: time for time, cause, _ in
            case.record.arrows(case.record.role(case.life.local))}
    return last.get("rcv_fin") == last.get("rcv_ack_of_fin")


def is_just_closed(case):
    """The socket is closed just when the ACK of its FIN comes, which is answered with a
    RST; or it was busy, and the first segment of its backlog has closed it."""
    if not case.life or not case.record or not case.life.is_reset() or case.last or \
            case.shown != case.expected[:-1] + ["FIN_WAIT_2", "CLOSED"]:
        return False
    role = case.record.role(case.life.local)
    arrows = case.record.arrows(role)
    return [cause for _, cause, _ in arrows[-2:]] == ["rcv_ack_of_fin", "snd_rst"] and \
        arrows[-1][0] - arrows[-2][0] < JUST_NS


NAMED = {
    "a connect is given up": gives_up_connecting,
    "an end gives up retransmitting": gives_up,
    "an end has given up when an answer comes": gives_up_before_answer,
    "a FIN is held back, and never sent": never_sends_fin,
    "an end gives up, cut off": gives_up_cut_off,
    "a FIN is held back": sends_fin_late,
    "an ACK is lost behind the router": loses_ack,
    "a RST is lost behind the router": loses_rst,
    "ss -K without a RST": is_destroyed,
    "a SYN cookie makes a second socket": is_made_by_cookie,
    "a second socket goes on with a record": goes_on_by_cookie,
    "a FIN and an ACK come together": is_answered_at_once,
    "an ACK comes to what is just closed": is_just_closed,
    "a request socket": is_request,
    "a full queue or TCP_DEFER_ACCEPT": is_queue_full,
}
