# SPDX-License-Identifier: GPL-2.0-only
"""Compares what the kernel did with what the module says of it, connection by
connection. Where the wire cannot tell, named.py knows what is expected instead."""

from collections import Counter, defaultdict

from named import JUST_NS, NAMED

TIME_WAIT_SLACK_MS = 100
# Less than two connections of the same ends are apart
CROSSING_NS = 20000000


class Case:
    """One end of one connection, as a witness in @netns sees it: what the kernel did and
    what the module says. With @last only the last state counts."""

    def __init__(self, what, netns, ends, life, record, expected, shown, last=False):
        self.what, self.netns, self.ends = what, netns, ends
        self.life, self.record = life, record
        self.expected, self.shown, self.last = expected, shown, last
        # Filled in where it does not agree
        self.kind = self.wave = self.name = None
        self.lives = []         # all of the end's
        self.others = []        # and of the other end's
        self.records = []       # the witness's others of both ends
        self.refusal = 0        # when the end's host has sent a RST for nobody, last

    def key(self):
        """A key, the same for cases that disagree in the same way."""
        return self.kind, self.what, *self.expected, "|", *self.shown

    def agrees(self):
        if self.last:
            return self.expected[-1:] == self.shown[-1:]
        return self.expected == self.shown

    def lacks(self, *states):
        """Whether the module lacks just these states, at the end."""
        states = list(states)
        if self.last:
            return self.expected[-len(states) - 1:] == self.shown[-1:] + states
        return self.expected == self.shown + states

    def role(self, other=False):
        """The role of the end in the record, or of the other end."""
        return self.record.role(self.ends[other])

    def tries(self):
        return self.life.tries if self.life else []

    def __str__(self):
        lines = [f"{self.what}, in {self.netns}: {' <-> '.join(self.ends)}",
                 f"  kernel: {' '.join(self.expected) or '(nothing)'}",
                 f"  module: {' '.join(self.shown) or '(nothing)'}"]
        first = min(history.began() for history in (
            self.life, self.record, *self.lives, *self.others, *self.records,
            *self.tries()) if history)
        lines.append(f"  ms since {first / 1e6:.3f}:")
        lines += side_by_side(first, self.life, self.record)
        for record in self.records:
            lines += ["  another record of these ends:", *side_by_side(first, None, record)]
        for life in self.tries():
            lines += ["  a socket that sent the same SYN before:", *side_by_side(first, life)]
        for life in self.lives:
            if life is not self.life:
                lines += ["  another socket of this end:", *side_by_side(first, life)]
        for life in self.others:
            lines += ["  the other end's socket:", *side_by_side(first, life)]
        return "\n".join(lines)


def side_by_side(first, life, record=None):
    """Both histories by time: ms since @first, the kernel's states, the module's events."""
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
            transitions = ", ".join(f"{end[0]}: {old}->{new} {trigger}"
                               for end, trigger, old, new in event.transitions)
            rows.append((event.time, "", f"{event.kind} {event.segment} {transitions}"))
    rows.sort(key=lambda row: row[0])
    return [f"  {(time - first) / 1e6:10.3f}  {kernel:16} {module}"
            for time, kernel, module in rows]


class Comparison:
    """The two histories of one wave against each other."""

    def __init__(self, histories, sides, wave):
        self.histories, self.wave = histories, wave
        self.sides = sides              # netns: address of its end, None for a router
        self.disagreements = []
        self.named = Counter()
        self.examples = {}              # name: the first case
        self.checks = Counter()
        # For the report
        self.capture, self.dropped, self.too_slow = None, 0, False

    def run(self):
        for netns, address in self.sides.items():
            if address:
                self.compare_netns(netns, address)
            else:
                self.compare_router(netns)
        if self.histories.infos:
            self.compare_infos()
        return self

    def judge(self, case, named=NAMED):
        """Counts a case: agreed, @named or not agreed."""
        self.checks[case.what] += 1
        if case.agrees():
            return
        self.place(case)
        for name, applies in named.items():
            if applies(case):
                case.name = name
                self.named[name] += 1
                self.examples.setdefault(name, case)
                return
        self.disagreements.append(case)

    def place(self, case):
        """Notes what a case belongs to."""
        case.wave, case.kind = self.wave, self.wave.kind_of(case.ends)
        case.lives, case.others = self.lives_of(case.ends), self.lives_of(case.ends[::-1])
        case.refusal = self.refusal_of(case.ends)
        case.records = [record for record in self.histories.records[case.netns].values()
                        if {record.initiator, record.responder} == {*case.ends} and
                        record is not case.record]

    def case(self, what, netns, ends, life, record, last=False):
        """A socket's states against those of its end in a record, up to when it was seen."""
        minis, cases = self.histories.minis, []
        for until in life.until(minis, record):
            shown = record.states(record.role(ends[0]), until)
            cases.append(Case(what, netns, ends, life, record, life.expected(minis, shown),
                              shown, last))
        return next((case for case in cases if case.agrees()), cases[0])

    def compare_netns(self, netns, address):
        """Yields each life of a socket with the record that it belongs to."""
        records = {}
        for record in self.histories.records[netns].values():
            local, remote = record.initiator, record.responder
            if not local.startswith(address + ","):
                local, remote = remote, local
            records.setdefault((local, remote), []).append(record)
        lives = {ends: self.lives_of(ends) for ends in self.histories.lives
                 if ends[0].startswith(address + ",")}
        for ends in records.keys() | lives.keys():
            for life, record in pair(lives.get(ends, []), records.get(ends, [])):
                self.compare_local(netns, ends, life, record)
                if record and (life or not record.is_picked_up()) and \
                        not record.is_unanswered() and not (
                            self.wave.kind_of(ends) == "forged" and record.begins_forged()):
                    self.compare_remote(netns, ends, record)

    def lives_of(self, ends):
        return self.histories.lives_of(ends, self.wave.repeats_syn(ends))

    def refusal_of(self, ends):
        """When its host last sent a RST without a socket; 0 if it never did."""
        return max(self.histories.refusals.get(ends, [0]))

    def compare_tries(self, netns, ends, life, record):
        """What was shown of each socket that sent the same SYN before, until the next did."""
        for before, following in zip(life.tries, [*life.tries[1:], life]):
            until = following.began()
            shown = record.states(record.role(ends[0]), until)
            self.judge(Case("local end", netns, ends, before, record, before.states(), shown))
            if before.reset_received and self.wave.retries(ends):
                self.judge(Case("end that refuses", netns, ends[::-1], None, record, ["CLOSED"],
                                record.states(record.role(ends[1]), until)))

    def compare_refusals(self, netns, ends, life, record):
        """What was shown of a SYN that was refused before it was answered: it is there when the
        RST is sent, however often that was so before, and closes both ends."""
        local, remote = record.role(ends[0]), record.role(ends[1])
        for time in self.histories.refusals.get(ends, []):
            if not record.began() < time < life.began():
                continue
            until = min((at for at, _, _ in record.transitions(local) if at > time),
                        default=life.began())
            shown = [record.states(remote, time), record.states(local, time),
                     record.states(remote, until), record.states(local, until)]
            self.judge(Case("end that refuses", netns, ends, life, record,
                            ["SYN_SENT", "", "SYN_SENT CLOSED", "CLOSED"],
                            [" ".join(states) for states in shown]))

    def compare_local(self, netns, ends, life, record):
        if not record:
            # A socket that has sent nothing has no record.
            if life.states() != ["SYN_SENT", "CLOSED"]:
                self.judge(Case("local end without a record", netns, ends, life, record,
                                life.states(), []))
            return
        role = record.role(ends[0])
        shown = record.states(role)
        if not life:
            # A SYN that meets another connection's socket is not refused, and moves nobody.
            taken = record.is_unanswered() and any(
                other.began() <= record.began() and (
                    other.is_minisocket() and not other.successor or
                    record.began() <= other.steps[-1][0])
                for other in self.histories.lives.get(ends, []))
            refusal = self.refusal_of(ends)
            if taken and "snd_rst" not in record.triggers(role) or \
                    refusal < record.restored(role):
                refusal = 0
            refused = refusal > record.began() * taken or \
                self.is_refused_by_listener(ends[0], record, role)
            if taken and set(record.triggers(role)) <= {"reincarnate", "expire"}:
                shown = []
            self.judge(Case("local end without a socket", netns, ends, life, record,
                            ["CLOSED"] if refused else [], shown))
            return
        self.compare_tries(netns, ends, life, record)
        if self.wave.retries(ends):
            self.compare_refusals(netns, ends, life, record)
        self.judge(self.case("local end", netns, ends, life, record))
        if record.listed:
            # Both are the module's: no case has a name.
            self.judge(Case("table and events", netns, ends, life, record, shown[-1:],
                            [record.listed.state[role]]), named={})
        mini = self.histories.minis.get(ends)
        if not life.successor and mini and mini.state == "TIME_WAIT":
            self.compare_time_wait(netns, ends, life, record, role, mini)

    def is_refused_by_listener(self, local, record, role):
        """Has a listener sent a RST just before the module saw one?"""
        sent = [time for time, trigger, _ in record.transitions(role)
                if trigger in ("no_socket", "snd_rst")][-1:]
        return any(time - JUST_NS < by < time for time in sent
                   for by in self.histories.listeners[local])

    def compare_time_wait(self, netns, ends, life, record, role, mini):
        listed = record.listed
        case = Case("holder of TIME_WAIT", netns, ends, life, record, ["TIME_WAIT"],
                    [listed.state[role]] if listed else [])
        self.judge(case)
        if not case.agrees():
            return
        theirs = (mini.since / 1e6 + mini.left_ms, mini.until / 1e6 + mini.left_ms)
        ours = (listed.since / 1e6 + listed.left_ms, listed.until / 1e6 + listed.left_ms)
        # A processor that the machine takes away may see the one a while before the other.
        began = max((time for time, _, new in record.transitions(role) if new == "TIME_WAIT"),
                    default=0)
        late = max(0, life.steps[-1][0] - began) / 1e6
        apart = max(theirs[0] - ours[1] - late, ours[0] - theirs[1])
        agreed = [f"ends at {ours[0]:.0f}..{ours[1]:.0f} ms"]
        self.judge(Case(
            "TIME_WAIT's timer", netns, ends, life, record, agreed if apart <= TIME_WAIT_SLACK_MS
            else [f"ends at {theirs[0]:.0f}..{theirs[1]:.0f} ms"], agreed))

    def compare_remote(self, netns, ends, record):
        lives = self.lives_of((ends[1], ends[0]))
        if len(lives) == 1:
            # What a third host forges passes but one of the ends, and of what passes one of
            # them not everything gets to the other.
            self.judge(self.case("remote end", netns, ends[::-1], lives[0], record,
                                 last=not self.wave.is_clean() or
                                 self.wave.kind_of(ends) == "forged"))

    def compare_infos(self):
        """tcp_info says what was traced."""
        client = next(iter(self.sides.values()))
        lives = defaultdict(list)
        for (local, remote), known in self.histories.lives.items():
            if local.startswith(client + ","):
                lives["c", local.rsplit(",", 1)[1]] += known
            else:
                lives["s", remote.rsplit(",", 1)[1]] += known
        for info in self.histories.infos:
            known = [life for life in lives[info.end, info.port]
                     if life.began() <= info.until]
            if not known:
                continue
            # While there is one that a cookie made, it is the first.
            states = [state for life in known[::-1] for state in life.at(
                info.since, info.until)] if self.wave.syncookies == 2 else \
                known[-1].at(info.since, info.until)
            self.judge(Case("tcp_info", {"c": "client", "s": "server"}[info.end],
                            (known[-1].local, known[-1].remote), known[-1], None, states[-1:],
                            states[-1:] if info.state in states else [info.state]), named={})

    def compare_router(self, netns):
        """The last states of both ends in the record that their sockets end with."""
        records = {}
        for record in self.histories.records[netns].values():
            ends = record.initiator, record.responder
            records.setdefault(ends, []).append(record)
            records.setdefault(ends[::-1], []).append(record)
        for ends, known in records.items():
            lives = self.lives_of(ends)
            # Before its server has a socket, SYNPROXY is one of the ends.
            if len(lives) != 1 or self.wave.kind_of(ends) == "proxied" and \
                    not self.lives_of(ends[::-1]):
                continue
            known = [record for record in sorted(known, key=lambda record: record.began())
                     if record.began() <= (lives[0].began() if lives[0].passive else
                                           lives[0].steps[-1][0])]
            if not known:
                continue
            record = self.seen_on_the_way(lives[0], known)
            self.judge(self.case("end seen on the way", netns, ends, lives[0], record,
                                 last=True))

    def seen_on_the_way(self, life, known):
        """The record that a socket ends with. At the same time there may be records that SYNs
        have begun which were not answered; and later one that a forged SYN has begun, or that
        a socket's segments have after its own record has gone."""
        known = [record for record in known if not record.is_picked_up()] or known
        if self.wave.kind_of((life.local, life.remote)) == "forged":
            first = [record for record in known
                     if not life.passive or not record.is_unanswered()]
            if first:
                return first[-1] if life.passive else first[0]
        return max(known, key=lambda record: (
            not record.is_unanswered(), len(record.events) > 1, record.began()))


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
                   not record.is_unanswered()][-1:]
        else:
            sent = [record for record in records
                    if "snd_syn" in record.triggers(record.role(life.local))]
            own = [record for record in sent if life.first_sent() <= record.began() <= until]
            # A SYN that crosses its own may have passed just before.
            own = own or [record for record in sent
                          if life.began() - CROSSING_NS <= record.began() <= until]
        for record in own[:1]:
            records.remove(record)
        pairs.append((life, own[0] if own else None))
    return pairs + [(None, record) for record in records]
