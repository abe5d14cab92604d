# SPDX-License-Identifier: GPL-2.0-only
"""Reads what the witness wrote down in a wave, as lives of the kernel's sockets and
records of the module. witness.c describes the format of the lines."""

from collections import Counter, defaultdict

# The states of the kernel, include/net/tcp_states.h, as RFC 9293 names them. This and
# Life.expected() are the one place where the two are mapped:
#
#   kernel                                   RFC 9293
#   request socket (12, never traced)        SYN_RECEIVED, as the child's first state
#                                            (LISTEN -> SYN_RECV) when it has become one
#   FIN_WAIT2 -> CLOSE or CLOSING -> CLOSE   a minisocket took over, if inet_diag has it:
#     without a reset                        FIN_WAIT_2 with substate 5,
#                                            TIME_WAIT with substate 6
#   any other -> CLOSE                       CLOSED
STATES = {1: "ESTABLISHED", 2: "SYN_SENT", 3: "SYN_RECEIVED", 4: "FIN_WAIT_1",
          5: "FIN_WAIT_2", 6: "TIME_WAIT", 7: "CLOSED", 8: "CLOSE_WAIT", 9: "LAST_ACK",
          10: "LISTEN", 11: "CLOSING", 12: "SYN_RECEIVED"}
LISTEN, CLOSE = 10, 7
# enum tcpstate_flow_flag
FLAGS = {"picked_up": 1, "guessed": 2, "fast_open": 4, "simultaneous": 8, "retracted": 16,
         "pending": 32, "one_way": 64, "adjusted": 128, "offloaded": 256}
# The window in the segments that segment.c plays
FORGED_WINDOW = 1000
OTHER_ROLE = {"initiator": "responder", "responder": "initiator"}
# The states that can follow a state, the likeliest first
FIGURE_5 = {"CLOSED": ["SYN_SENT"], "LISTEN": ["SYN_RECEIVED"],
            "SYN_SENT": ["ESTABLISHED", "SYN_RECEIVED"], "SYN_RECEIVED": ["ESTABLISHED"],
            "ESTABLISHED": ["FIN_WAIT_1", "CLOSE_WAIT"],
            "FIN_WAIT_1": ["FIN_WAIT_2", "CLOSING"], "FIN_WAIT_2": ["TIME_WAIT"],
            "CLOSING": ["TIME_WAIT"], "CLOSE_WAIT": ["LAST_ACK"]}
# Triggers that take a state back
RETRACTIONS = {"syn_ack_again", "fin_again", "undo_rst"}


class Life:
    """The life of a socket of the kernel, from its first state to CLOSE."""

    def __init__(self, old):
        self.local = self.remote = None
        self.passive = old == LISTEN
        self.steps = []         # (time, state)
        self.reset_received = self.reset_sent = self.error = None
        self.successor = None   # the next life with the same addresses and ports
        self.tries = []         # earlier sockets that sent the same SYN

    def states(self):
        return [state for _, state in self.steps]

    def states_until(self, until):
        return [state for time, state in self.steps if time <= until]

    def began(self):
        return self.steps[0][0]

    def first_sent(self):
        """When its SYN was first sent, by this socket or an earlier one; or when it began."""
        return self.tries[0].began() if self.tries else self.began()

    def at(self, since, until):
        """The states in which it may have been between two times. The state before the last
        one counts as well, because a state is traced just before the socket has it."""
        before = [state for time, state in self.steps if time <= since][-2:]
        return before + [state for time, state in self.steps if since < time <= until]

    def is_over(self):
        return self.steps[-1][1] == "CLOSED"

    def lasted(self):
        """How long it was in the state before the last one, in ns."""
        return self.steps[-1][0] - self.steps[-2][0]

    def is_reset(self):
        """Did a RST close the socket? A RST that it sent before its last state does not
        count: it answered an old segment."""
        last = max(self.reset_received or 0, self.reset_sent or 0)
        if self.states() == ["SYN_SENT", "CLOSED"]:
            return bool(self.reset_received)
        return last >= self.steps[-2][0] if len(self.steps) > 1 else bool(last)

    def is_minisocket(self):
        """Did a minisocket take its place?"""
        states = self.states()
        return states[-1] == "CLOSED" and states[-2:-1] in (["FIN_WAIT_2"], ["CLOSING"]) and \
            not self.is_reset()

    def mini(self, minis):
        """The minisocket in its place, if inet_diag shows one, or None."""
        return None if self.successor else minis.get((self.local, self.remote))

    def until(self, minis, record):
        """The times up to which the record can be compared with this life. If a minisocket has
        taken over, inet_diag shows its state, which was read at some time within an interval:
        each event of the record in the interval gives another candidate. [None] means that
        every state was traced, so that the whole record counts."""
        mini = self.mini(minis) if self.is_minisocket() else None
        if not mini:
            return [None]
        return [mini.time] + [event.time - 1 for event in record.events
                              if mini.since < event.time <= mini.time]

    def expected(self, minis, shown=()):
        """The states that the module should show, as far as the sockets tell. If inet_diag
        does not show the minisocket any more, a segment or a new connection has ended it.
        Whether it was in TIME_WAIT before is not known, so what the module has @shown decides."""
        states = self.states()
        if not self.is_minisocket():
            return states
        mini = self.mini(minis)
        if mini:
            return states[:-1] + (["TIME_WAIT"] if mini.state == "TIME_WAIT" else [])
        return states[:-1] + ["TIME_WAIT"] * ("TIME_WAIT" in shown) + ["CLOSED"]

    def is_silent(self):
        """Did the kernel close the socket without a segment that says so? (From CLOSING it may
        have gone to TIME_WAIT instead; the callers know which.)"""
        return self.states()[-1] == "CLOSED" and self.states()[-2:-1] != ["FIN_WAIT_2"] and \
            not self.is_reset()

    def time_of(self, state):
        """When it entered a state, or None."""
        return next((time for time, own in self.steps if own == state), None)


class Mini:
    """A minisocket, as inet_diag shows it."""

    def __init__(self, since, until, time, state, left):
        self.since, self.until, self.time = int(since), int(until), int(time)
        self.state, self.left_ms = STATES[int(state)], int(left)


class Info:
    """The state of a socket by tcp_info, just before it is closed."""

    def __init__(self, words):
        self.port, self.end, state, since, until = words
        self.state, self.since, self.until = STATES[int(state)], int(since), int(until)


class Record:
    """A record of the module, as its events tell it."""

    def __init__(self, ident, initiator, responder):
        self.ident, self.initiator, self.responder = ident, initiator, responder
        self.events = []
        self.listed = None      # its line in the table at the end, or None

    def began(self):
        return int(self.ident)

    def has(self, flag):
        """Has it this flag, in the table or, if it has ended, in its last event?"""
        return bool((self.listed or self.events[-1]).flags & flag)

    def begins_forged(self):
        """Did a segment begin it that segment.c forged?"""
        first = self.events[0].segment
        return ":" in first and Segment(first).window == FORGED_WINDOW

    def is_picked_up(self):
        """Did another segment than a SYN begin it?"""
        return self.has(FLAGS["picked_up"])

    def is_unanswered(self):
        """Did a SYN begin it that led to no connection? Such a record may be pending while
        another one of the same tuple lives, or have outlived it."""
        first = self.events[0].segment
        return ":" in first and Segment(first).flags == "S" and not any(
            new in ("SYN_RECEIVED", "ESTABLISHED") for role in ("initiator", "responder")
            for _, _, new in self.transitions(role))

    def go_on(self, record):
        """Append the events of the record that continues this one. That record was picked up
        and may have guessed the roles the other way round."""
        for event in record.events:
            if record.initiator != self.initiator:
                event.transitions = [[OTHER_ROLE[end], *rest] for end, *rest in event.transitions]
            self.events.append(event)
        self.listed = record.listed
        if self.listed and record.initiator != self.initiator:
            self.listed.state = {OTHER_ROLE[end]: state
                                 for end, state in self.listed.state.items()}

    def ends(self):
        return {"initiator": self.initiator, "responder": self.responder}

    def role(self, end):
        return "initiator" if self.initiator == end else "responder"

    def states(self, role, until=None, restored=False):
        """The states of an end up to a time, without those that were taken back. With
        @restored, a RST does not count either if the next transition of the end takes it
        back."""
        states, first = [], self.first_state(role)
        for event in self.events:
            for end, trigger, _, new in event.transitions:
                if end != role:
                    continue
                is_late = bool(until) and event.time > until
                if is_late and not (restored and trigger == "undo_rst"):
                    return states
                if trigger == "undo_rst":
                    restore(states, new, first)
                elif trigger in RETRACTIONS:
                    retract(states, new, first)
                else:
                    states.append(new)
                if is_late:
                    return states
        return states

    def first_state(self, role):
        """The state in which its first transition starts. (If a RST was taken back, states()
        may have dropped all others.)"""
        return next((old for event in self.events for end, _, old, _ in event.transitions
                     if end == role), None)

    def last_segment(self, role):
        """The segment of the end's last transition, or None."""
        for event in reversed(self.events):
            if any(transition[0] == role for transition in event.transitions):
                return Segment(event.segment) if ":" in event.segment else None
        return None

    def triggers(self, role):
        """The triggers of an end's transitions, in order."""
        return [trigger for _, trigger, _ in self.transitions(role)]

    def restored(self, role):
        """When the last RST was taken back for an end, or 0."""
        return max((time for time, trigger, _ in self.transitions(role) if trigger == "undo_rst"),
                   default=0)

    def transitions(self, role):
        """(time, trigger, new state) of each transition of an end."""
        return [(event.time, trigger, new) for event in self.events
                for end, trigger, _, new in event.transitions if end == role]


def retract(states, new, first):
    """Drop the states that a transition to @new takes back. @first is the state before the
    first of @states."""
    if new == "CLOSING" and "CLOSING" not in states:
        # The ACK of its FIN has not arrived; the other's FIN has.
        while states and states[-1] != "FIN_WAIT_1":
            states.pop()
        states.append(new)
        return
    while states and states[-1] != new:
        states.pop()
    if not states and new != first:
        states.append(new)


def restore(states, new, first):
    """Take a RST back: drop the CLOSED that it led to, and go on to @new, the state that the
    end has reached meanwhile. The states of figure 5 in between count as shown."""
    if states[-1:] == ["CLOSED"]:
        states.pop()
    between = way(states[-1] if states else first, new)
    if between is None:
        retract(states, new, first)
    else:
        states += between


def way(old, new):
    """The shortest path of figure 5 from one state to another, without the first state, or
    None."""
    ways = {old: []}
    queue = [old]
    for state in queue:
        for following in FIGURE_5.get(state, ()):
            if following not in ways:
                ways[following] = [*ways[state], following]
                queue.append(following)
    return ways.get(new)


class Segment:
    """The segment that triggered an event."""

    def __init__(self, text):
        self.sender, self.flags, *numbers = text.split(":")
        self.seq, self.ack, self.window, self.len = map(int, numbers)


class Event:
    """An event of the module."""

    def __init__(self, words):
        (self.netns, number, time, self.ident, self.kind, self.initiator,
         self.responder, _, _, flags, self.verdict, self.segment, transitions) = words
        self.number, self.time, self.flags = int(number), int(time), int(flags)
        self.transitions = [] if transitions == "-" else \
            [transition.split(":") for transition in transitions.split(";")]


class Listed:
    """A line of the module's table."""

    def __init__(self, words):
        (since, until, self.netns, self.ident, self.initiator, self.responder, one,
         two, flags, self.verdict, self.timer, left) = words
        self.since, self.until, self.left_ms = int(since), int(until), int(left)
        self.state = {"initiator": one, "responder": two}
        self.flags = int(flags)


class Histories:
    """The histories of all connections of a wave."""

    def __init__(self, lines):
        self.lives = defaultdict(list)      # (local, remote): in order
        self.records = defaultdict(dict)    # netns: id: Record
        self.minis = {}                     # (local, remote): Mini
        self.refusals = defaultdict(list)   # (local, remote): times of RSTs without a socket
        self.listeners = defaultdict(list)  # local: times of a listener's RSTs
        self.full = []                      # full sockets that are left at the end
        self.lost = []
        self.infos = []                     # Info
        self.numbers = {}                   # netns: the number of the last event
        self.open = {}                      # address of the socket in memory: Life
        self.closed = {}                    # the same of sockets that are closed
        self.read(lines)
        for netns in self.records:
            self.join_flushed(netns)
        for lives in self.lives.values():
            # A connect that failed may never have replaced the socket before it.
            lives = [life for life in lives if life.states() != ["SYN_SENT", "CLOSED"]]
            for life, successor in zip(lives, lives[1:]):
                life.successor = successor

    def join_flushed(self, netns):
        """Join the record of a connection that the module was made to forget with the record
        that was then picked up."""
        flushed = {}
        for record in sorted(self.records[netns].values(), key=Record.began):
            ends = frozenset((record.initiator, record.responder))
            before = flushed.pop(ends, None)
            if before and record.is_picked_up():
                before.go_on(record)
                del self.records[netns][record.ident]
                record = before
            if record.events[-1].verdict == "flushed":
                flushed[ends] = record

    def transitions(self):
        """How often sockets made each transition."""
        transitions = Counter()
        for lives in self.lives.values():
            for life in lives:
                states = life.expected(self.minis)
                if life.is_minisocket() and "TIME_WAIT" not in states and life.successor:
                    states[-1:] = ["TIME_WAIT", "CLOSED"]
                transitions.update(f"{old}>{new}" for old, new in zip(states, states[1:]))
        return transitions

    def lives_of(self, ends, same_syn):
        """The lives of an end, in order. With @same_syn, all of its sockets send the same SYN,
        and those that fail to connect become the tries of the next one."""
        lives, tries = [], []
        for life in self.lives.get(ends, []):
            if same_syn and life.states() == ["SYN_SENT", "CLOSED"]:
                tries.append(life)
                continue
            life.tries, tries = tries, []
            lives.append(life)
        if tries:
            tries[-1].tries = tries[:-1]
            lives.append(tries[-1])
        return lives

    def flags(self):
        """How many records have each flag."""
        return Counter(name for records in self.records.values()
                       for record in records.values() for name, flag in FLAGS.items()
                       if record.has(flag))

    def read(self, lines):
        trace, listed = [], []
        for line in lines:
            words = line.split()
            if words[0] in "srxe":
                trace.append((int(words[1]), words))
            elif words[0] == "m":
                self.add_event(Event(words[1:]))
            elif words[0] == "d":
                self.add_socket(*words[1:])
            elif words[0] == "l":
                listed.append(Listed(words[1:]))
            else:
                self.lost.append(line)
        # The trace has the lines of one processor after those of the other.
        trace.sort(key=lambda entry: entry[0])
        for time, words in trace:
            self.add_trace(time, words)
        # The last events follow the tables, so a line may come before its record's events.
        for line in listed:
            self.add_listed(line)

    def add_trace(self, time, words):
        kind = words[0]
        if kind == "s":
            self.add_state(time, words[2], words[3], words[4], int(words[5]), int(words[6]))
        elif kind == "e":
            for life in self.lives.get((words[2], words[3]), [])[-1:]:
                life.error = int(words[4])
        elif words[2] in self.open or words[2] in self.closed:
            # A socket that is closed may still send a RST.
            life = self.open.get(words[2]) or self.closed[words[2]]
            if kind == "r":
                life.reset_received = time
            else:
                life.reset_sent = time
        elif kind == "x" and words[5].endswith(",0"):
            self.listeners[words[4]].append(time)
        elif kind == "x":
            # No socket sent this RST.
            self.refusals[words[4], words[5]].append(time)

    def add_state(self, time, socket, local, remote, old, new):
        if new == LISTEN or (old == LISTEN and new == CLOSE):
            # The listener may have the address in memory of a socket that is closed.
            self.closed.pop(socket, None)
            return
        life = self.open.get(socket)
        if life is None:
            life = self.open[socket] = Life(old)
            self.closed.pop(socket, None)
        elif life.states()[-1] != STATES[old]:
            self.lost.append(f"socket {socket} was {life.states()[-1]}, not {STATES[old]}")
        if not life.steps or life.states()[-1] != STATES[new]:
            # MPTCP sets some states twice.
            life.steps.append((time, STATES[new]))
        if not life.local and not local.endswith(",0") and not remote.endswith(",0"):
            life.local, life.remote = local, remote
            self.lives[local, remote].append(life)
        if new == CLOSE:
            self.closed[socket] = self.open.pop(socket)

    def add_event(self, event):
        last = self.numbers.get(event.netns)
        if last is not None and event.number != last + 1:
            self.lost.append(f"events of {event.netns} after {last}, before {event.number}")
        self.numbers[event.netns] = event.number
        records = self.records[event.netns]
        if event.ident not in records:
            records[event.ident] = Record(event.ident, event.initiator, event.responder)
        records[event.ident].events.append(event)

    def add_socket(self, since, until, time, netns, state, local, remote, timer, left):
        if timer == "3":
            self.minis[local, remote] = Mini(since, until, time, state, left)
        else:
            self.full.append((netns, STATES[int(state)], local, remote))

    def add_listed(self, listed):
        record = self.records[listed.netns].get(listed.ident)
        if record:
            record.listed = listed
        else:
            self.lost.append(f"the events of {listed.netns}'s {listed.ident}")
