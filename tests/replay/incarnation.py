# SPDX-License-Identifier: GPL-2.0-only
"""Which of the connections that have the same addresses and ports, one after the other,
a segment belongs to."""

from ahead import has_no_claim, is_near
from derive import INITIATOR, OPENING, RESPONDER, Connection
from segment import ACK, RST, SYN, after


def first_role(segment):
    """The role of the first segment's sender; None if the segment begins nothing."""
    if segment.has(RST):
        return None
    if segment.has(SYN):
        return RESPONDER if segment.has(ACK) else INITIATOR
    if not segment.has(ACK):
        return None
    # In mid-stream it is guessed: services have the lower port.
    return RESPONDER if segment.source[1] < segment.destination[1] else INITIATOR


class Tuple:
    """All connections of two addresses and ports: a SYN with another number begins one
    that waits until it is answered, while the old one goes on."""

    def __init__(self, choices):
        self.choices = choices
        self.old = self.pending = None
        self.ended = []
        self.asked = set()      # SYNs: who sent each, and its number
        self.rest = ()          # what passes after the segment at hand
        self.strays = []        # segments that begin nothing and belong to nothing

    def connections(self):
        """All of them, in the order they began."""
        all_of_them = self.ended + [each for each in (self.old, self.pending) if each]
        return sorted(all_of_them, key=lambda each: each.began_ns)

    def begin(self, segment, role):
        connection = Connection(segment, role, self.choices, self.asked)
        connection.take(segment, role, self.rest)
        return connection

    def end(self, connection):
        if connection:
            self.asked -= connection.syns()
            connection.flags.discard("pending")
            self.ended.append(connection)

    def take(self, segment, rest):
        """A segment; @rest passes after it."""
        self.rest = rest
        if not self.old:
            role = first_role(segment)
            if role is None:
                self.strays.append(segment)
            else:
                self.old = self.begin(segment, role)
            return
        if segment.is_bare_syn():
            self.take_syn(segment)
        elif self.pending:
            self.choose(segment)
        else:
            self.take_old(segment)

    def take_syn(self, segment):
        old, pending = self.old, self.pending
        is_own = self.is_own_syn(old, segment)
        # What a SYN has opened, and what is over, it may open once more.
        is_over = old.seems_over(segment) and not old.is_opening()
        self.asked.add((segment.source, segment.seq))
        if is_own and not is_over and not (
                old.seems_over(segment) and pending and
                self.is_crossing(pending, segment)):
            old.take(segment, old.role_of(segment), self.rest)
        elif pending and (self.is_own_syn(pending, segment) or
                          self.is_crossing(pending, segment)):
            pending.take(segment, pending.role_of(segment), self.rest)
        elif self.is_crossing(old, segment) and not old.seems_over(segment):
            old.take(segment, old.role_of(segment), self.rest)
        elif old.states()[old.role_of(segment)] == "TIME_WAIT" and not is_own:
            # It has left that, or it could not send this.
            self.end(old)
            self.end(pending)
            self.old, self.pending = self.begin(segment, INITIATOR), None
        else:
            end = old.ends[old.role_of(segment)]
            if not is_own and not (old.seems_over(segment) and end.isn is None):
                # The old one's other end challenges it; it counts for the new one.
                old.take(segment, old.role_of(segment), self.rest)
                old.uncount(segment)
            self.end(pending)
            self.pending = self.begin(segment, INITIATOR)
            self.pending.flags.add("pending")
            self.pending.rival = old

    def choose(self, segment):
        """Decide whether it belongs to the old connection or to the one that waits."""
        old, pending = self.old, self.pending
        role = pending.role_of(segment)
        sender, peer = pending.ends[role], pending.ends[1 - role]
        fits = segment.has(ACK) and peer.isn is not None and \
            after(segment.ack, peer.isn) and not after(segment.ack, peer.offered())
        is_own = sender.isn is not None and sender.is_heard
        if segment.has(RST):
            # An end whose socket still takes it has the old connection.
            holder = old.ends[1 - old.role_of(segment)]
            if not old.seems_over(segment) and holder.ack is not None and \
                    segment.seq == old.ends[old.role_of(segment)].got:
                old.take(segment, old.role_of(segment), self.rest)
                return
            if (fits and peer.state in ("LISTEN", *OPENING)) or \
                    (is_own and segment.seq == sender.offered()):
                if pending.is_refusal(segment, role) and not pending.seems_over(segment):
                    old.forget(self.rest)
                pending.take(segment, role, self.rest)
                return
        elif is_own and self.answers_unseen(segment):
            if pending.is_doubted(segment):
                pending.take(segment, role, self.rest)
            else:
                self.take_over(segment, role)
            return
        elif fits and segment.has(SYN):
            if old.ends[INITIATOR].state in OPENING and not old.seems_over(segment):
                pending.take(segment, role, self.rest)
            else:
                self.take_over(segment, role)
            return
        elif fits and sender.isn is not None and after(segment.seq, sender.isn) and \
                (is_near(segment.seq, sender.nxt) or peer.has_offered(segment.seq)):
            # What follows its SYN/ACK may come before the ACK of that.
            if peer.state not in ("LISTEN", "SYN_SENT") and not pending.is_doubted(segment) and \
                    (not after(segment.seq, sender.nxt) or pending.acceptable(segment, role)):
                self.take_over(segment, role)
                return
            pending.take(segment, role, self.rest)
            return
        elif fits and sender.isn is None and old.seems_over(segment) and \
                not old.explains(segment):
            # It has received the SYN that waits, and no other.
            pending.take(segment, role, self.rest)
            return
        self.take_old(segment)

    def take_old(self, segment):
        """It speaks of the old one, unless it answers a SYN that passed elsewhere: the holder
        of TIME_WAIT has left that, then, with a larger number (RFC 9293, 3.6.1)."""
        end = self.old.ends[self.old.role_of(segment)]
        if segment.has(SYN) and segment.has(ACK) and not segment.has(RST) and \
                self.old.states()[self.old.role_of(segment)] == "TIME_WAIT" and \
                after(segment.seq, end.nxt):
            self.end(self.old)
            self.end(self.pending)
            self.old, self.pending = self.begin(segment, RESPONDER), None
            return
        self.old.take(segment, self.old.role_of(segment), self.rest)

    def answers_unseen(self, segment):
        """Does the sender of the SYN that waits go on, while the old connection is over, or
        had no answer either? Then it was answered, though not here, or crossed another
        SYN."""
        old, pending = self.old, self.pending
        sender = pending.ends[pending.role_of(segment)]
        peer = pending.ends[1 - pending.role_of(segment)]
        if not segment.has(ACK) or peer.isn is not None and sender.state in ("LISTEN", *OPENING):
            return False
        # What the old connection's numbers explain says nothing of another one.
        if not has_no_claim(old, segment) and not (
                segment.has(SYN) and old.seems_over(segment)):
            return False
        return segment.seq in ((sender.isn,) if segment.has(SYN) else
                               (sender.nxt, sender.offered()))

    def take_over(self, segment, role):
        self.end(self.old)
        self.old, self.pending = self.pending, None
        self.old.flags.discard("pending")
        self.old.rival = None
        self.old.take(segment, role, self.rest)

    @staticmethod
    def is_own_syn(connection, segment):
        end = connection.ends[connection.role_of(segment)]
        return end.isn is not None and segment.seq == end.isn

    @staticmethod
    def is_crossing(connection, segment):
        """Two SYNs that cross are one connection (RFC 9293, 3.5, figure 7)."""
        role = connection.role_of(segment)
        return connection.ends[role].isn is None and \
            connection.states()[role] == "LISTEN" and \
            connection.states()[1 - role] == "SYN_SENT"
