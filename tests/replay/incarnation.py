# SPDX-License-Identifier: GPL-2.0-only
"""Which of the connections that have the same addresses and ports, one after the other,
a segment belongs to."""

from derive import ACK, INITIATOR, OPENING, RESPONDER, RST, SYN, Connection, after


def first_role(segment):
    """Who is who, by the first segment that is seen; None if it begins nothing."""
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
        self.strays = []        # segments that begin nothing and belong to nothing

    def connections(self):
        """All of them, in the order they began."""
        all_of_them = self.ended + [each for each in (self.old, self.pending) if each]
        return sorted(all_of_them, key=lambda each: each.began_ns)

    def begin(self, segment, role):
        connection = Connection(segment, role, self.choices)
        connection.take(segment, role)
        return connection

    def end(self, connection):
        if connection:
            connection.flags.discard("pending")
            self.ended.append(connection)

    def take(self, segment):
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
        if self.is_own_syn(old, segment) and not (
                pending and old.verdict and self.is_crossing(pending, segment)):
            old.take(segment, old.role_of(segment))
        elif pending and (self.is_own_syn(pending, segment) or
                          self.is_crossing(pending, segment)):
            pending.take(segment, pending.role_of(segment))
        elif self.is_crossing(old, segment):
            old.take(segment, old.role_of(segment))
        elif old.ends[old.role_of(segment)].state == "TIME_WAIT":
            # It has left that, or it could not send this.
            self.end(old)
            self.end(pending)
            self.old, self.pending = self.begin(segment, INITIATOR), None
        else:
            # The old one's other end challenges it; it counts for the new one.
            old.take(segment, old.role_of(segment))
            old.uncount(segment)
            self.end(pending)
            self.pending = self.begin(segment, INITIATOR)
            self.pending.flags.add("pending")

    def choose(self, segment):
        """Of whom does it speak, the old one or the one that waits?"""
        old, pending = self.old, self.pending
        role = pending.role_of(segment)
        sender, peer = pending.ends[role], pending.ends[1 - role]
        fits = segment.has(ACK) and peer.isn is not None and \
            after(segment.ack, peer.isn) and not after(segment.ack, peer.nxt)
        is_own = sender.isn is not None and sender.is_heard
        if segment.has(RST):
            # Whose socket still takes it has the old one.
            holder = old.ends[1 - old.role_of(segment)]
            if not old.verdict and holder.ack is not None and \
                    segment.seq == old.ends[old.role_of(segment)].got:
                old.take(segment, old.role_of(segment))
                return
            if (fits and peer.state in ("LISTEN", *OPENING)) or \
                    (is_own and segment.seq == sender.nxt):
                pending.take(segment, role)
                if pending.verdict == "refused":
                    self.forget_old()
                return
        elif segment.has(SYN) and is_own and self.answers_old(segment):
            self.take_over(segment, role)
            return
        elif fits and segment.has(SYN):
            if old.ends[INITIATOR].state in OPENING:
                pending.take(segment, role)
            else:
                self.take_over(segment, role)
            return
        elif fits and peer.state == "SYN_RECEIVED" and is_own and \
                after(segment.seq, sender.isn) and not after(segment.seq, sender.nxt):
            self.take_over(segment, role)
            return
        self.take_old(segment)

    def take_old(self, segment):
        """It speaks of the old one, unless it answers a SYN that passed elsewhere: the holder
        of TIME_WAIT has left that, then, with a larger number (RFC 9293, 3.6.1)."""
        end = self.old.ends[self.old.role_of(segment)]
        if segment.has(SYN) and segment.has(ACK) and not segment.has(RST) and \
                end.state == "TIME_WAIT" and after(segment.seq, end.nxt):
            self.end(self.old)
            self.end(self.pending)
            self.old, self.pending = self.begin(segment, RESPONDER), None
            return
        self.old.take(segment, self.old.role_of(segment))

    def answers_old(self, segment):
        """Does it repeat the SYN that waits, to a duplicate of the old one's, which is over?"""
        other = self.old.ends[1 - self.old.role_of(segment)]
        peer = self.pending.ends[1 - self.pending.role_of(segment)]
        return bool(self.old.verdict) and self.is_own_syn(self.pending, segment) and \
            peer.isn is None and other.isn is not None and \
            after(segment.ack, other.isn) and not after(segment.ack, other.nxt)

    def take_over(self, segment, role):
        self.end(self.old)
        self.old, self.pending = self.pending, None
        self.old.flags.discard("pending")
        self.old.take(segment, role)

    def forget_old(self):
        """A SYN on its ends was refused: neither of them knows it any more."""
        if self.old.states() != ["CLOSED", "CLOSED"]:
            for end in self.old.ends:
                end.state = "CLOSED"
            self.old.verdict = self.old.verdict or "gone"
            self.old.is_forgotten = self.old.verdict not in ("closed", "refused")

    @staticmethod
    def is_own_syn(connection, segment):
        end = connection.ends[connection.role_of(segment)]
        return end.isn is not None and segment.seq == end.isn

    @staticmethod
    def is_crossing(connection, segment):
        """Two SYNs that cross are one connection (RFC 9293, 3.5, figure 7)."""
        role = connection.role_of(segment)
        return connection.ends[role].isn is None and \
            connection.ends[role].state == "LISTEN" and \
            connection.ends[1 - role].state == "SYN_SENT"
