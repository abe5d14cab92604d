# SPDX-License-Identifier: GPL-2.0-only
"""What state both ends of a connection are in, from the numbers and flags of its
segments: RFC 9293, figure 5, and what an observer between the ends may believe. It is
written from the RFCs and from what README says a state means, not from the module, so
that it can be the module's witness. It holds all segments of a connection and need not
be small or quick."""

import copy

import ahead
import order
from end import End
from segment import ACK, FIN, MASK, NO_SCALE, RST, SYN, after, furthest

INITIATOR, RESPONDER = 0, 1
ROLES = ("initiator", "responder")
# Columns of the record
PURPOSES = ("opening", "data", "acks", "closing")
OPENING = ("SYN_SENT", "SYN_RECEIVED")
OVER = ("CLOSED", "TIME_WAIT")
# An ACK is old, not foreign, if it is no further back than the window was large.
OLD_ACK_BYTES = 66000
# A round trip where the handshake does not tell: Linux's least retransmission timeout
RTT_NS = 200 * 10**6

# Figure 5: (state, event) -> state. An event is what an end receives ("rcv"), sends
# ("snd"), or what takes back that an ACK arrived ("again").
FIGURE_5 = {
    ("CLOSED", "snd SYN"): "SYN_SENT",
    ("LISTEN", "snd SYN"): "SYN_SENT",
    ("LISTEN", "rcv SYN"): "SYN_RECEIVED",
    ("SYN_SENT", "rcv SYN"): "SYN_RECEIVED",
    ("SYN_SENT", "rcv SYN/ACK"): "ESTABLISHED",
    ("SYN_RECEIVED", "rcv ACK of SYN"): "ESTABLISHED",
    ("SYN_RECEIVED", "snd FIN"): "FIN_WAIT_1",
    ("SYN_RECEIVED", "rcv FIN"): "CLOSE_WAIT",
    ("ESTABLISHED", "snd FIN"): "FIN_WAIT_1",
    ("ESTABLISHED", "rcv FIN"): "CLOSE_WAIT",
    ("FIN_WAIT_1", "rcv ACK of FIN"): "FIN_WAIT_2",
    ("FIN_WAIT_1", "rcv FIN"): "CLOSING",
    ("FIN_WAIT_2", "rcv FIN"): "TIME_WAIT",
    ("CLOSE_WAIT", "snd FIN"): "LAST_ACK",
    ("CLOSING", "rcv ACK of FIN"): "TIME_WAIT",
    ("LAST_ACK", "rcv ACK of FIN"): "CLOSED",
    # Retransmissions, 3.8.1: what they repeat was not acknowledged after all.
    ("ESTABLISHED", "SYN/ACK again"): "SYN_RECEIVED",
    ("FIN_WAIT_2", "FIN again"): "FIN_WAIT_1",
    ("TIME_WAIT", "FIN again"): "CLOSING",
    ("CLOSED", "FIN again"): "LAST_ACK",
}


class Connection:
    """One incarnation, from the first segment of it that is seen. What follows in the
    capture shows whether a RST was believed: one that was not is left out. After one
    that was, the numbers and counts are still those of what passes."""

    def __init__(self, segment, role, choices, asked):
        self.choices, self.rest = choices, ()
        self.asked = asked      # SYNs of these two ends: who sent each, and its number
        self.rival = None       # the connection that goes on while this one waits
        self.ends = [End("CLOSED"), End("LISTEN")]
        self.names = [segment.source, segment.destination][::1 if role == INITIATOR else -1]
        self.segments = []
        self.ignored = []       # those of them that nobody believes
        self.counts = [dict.fromkeys(PURPOSES, 0) for _ in ROLES]
        self.thirds = 0         # ACKs that were counted as opening
        self.probes = []        # those with a byte that is no data
        self.late = []          # those that came when it was over for their sender
        self.kinds = {}         # what each of them is to the numbers of its sender
        self.known = {}         # and these: the next one, where it is exact
        self.verdict = None
        self.shown = None       # the states that a RST has left, once one is believed
        self.sent = [None, None]        # and how far their numbers had come by then
        self.is_far = False     # numbers far from those were picked up behind that RST
        self.doubted_until = 0  # the frame that takes the last verdict back
        self.is_in_step = True  # each end has acknowledged what the other has sent last
        self.flags = set()
        self.sack = self.fin_repeated = False
        self.syn_ns = self.syn_ack_ns = self.rtt_ns = None
        # When something last counted
        self.began_ns = self.moved_ns = segment.time_ns
        if segment.has(ACK):
            self.pick_up(segment, role)

    def pick_up(self, segment, role):
        """What it acknowledges was sent, though not seen here."""
        sender, peer = self.ends[role], self.ends[1 - role]
        self.flags.add("picked_up")
        peer.start((segment.ack - 1) & MASK)
        if segment.has(SYN):
            self.ends[INITIATOR].state = "SYN_SENT"
            if segment.shift is not NO_SCALE:
                peer.shift = 14
            return
        # Nothing is refused for the sake of a window whose scale is not known.
        self.flags.add("guessed")
        self.sack = True
        self.is_in_step = False
        peer.isn = None
        for end in self.ends:
            end.state, end.shift = "ESTABLISHED", 14
        sender.nxt = sender.got = segment.seq
        sender.base = (segment.seq - 1) & MASK

    def key(self):
        return frozenset(self.names)

    def states(self):
        return list(self.shown) if self.shown else [end.state for end in self.ends]

    def seems_over(self, segment):
        """Has it a verdict when this segment passes, be it taken back later?"""
        return bool(self.verdict) or segment.frame < self.doubted_until

    def is_doubted(self, segment):
        """Has it one until this segment has passed, at least?"""
        return bool(self.verdict) or segment.frame <= self.doubted_until

    def is_opening(self):
        """Has the handshake not come to its end, whatever a RST has said of it?"""
        return self.ends[INITIATOR].state in OPENING

    def is_open(self):
        """Are both ends established, whatever a RST has said?"""
        return [end.state for end in self.ends] == ["ESTABLISHED", "ESTABLISHED"]

    def goes_on_opening(self, segment, role):
        """Is this SYN or SYN/ACK one of a handshake that has not come to its end?"""
        initiator, responder = self.ends
        if not self.is_opening():
            return False
        if not segment.has(ACK):
            return segment.seq == self.ends[role].isn and self.ends[role].state in OPENING
        if self.is_crossing_answer(segment, self.ends[role], self.ends[1 - role]):
            return True
        return role == RESPONDER and responder.state == "LISTEN" and \
            after(segment.ack, initiator.isn) and \
            not after(segment.ack, initiator.offered())

    def is_revived_by(self, segment):
        """Is it a FIN of a closed connection once more, so that its ACK has been lost?"""
        sender = self.ends[self.role_of(segment)]
        return segment.has(FIN | ACK) and segment.end() == sender.fin and \
            segment.ack == sender.ack and (sender.state, "FIN again") in FIGURE_5 and \
            segment.time_ns - self.moved_ns > (RTT_NS if self.rtt_ns is None else self.rtt_ns)

    def is_closed_by(self, segment):
        """Is it the ACK of such a FIN, or a RST after it?"""
        role = self.role_of(segment)
        sender, peer = self.ends[role], self.ends[1 - role]
        if segment.has(RST):
            return segment.seq == sender.nxt
        return (peer.state, "FIN again") in FIGURE_5 and segment.ack == peer.fin and \
            segment.flags & (SYN | ACK) == ACK

    def explains(self, segment, sent=None):
        """Does it acknowledge what the other end has sent in this connection? @sent: how far
        both have, if further than now."""
        role = 1 - self.role_of(segment)
        base, nxt = self.ends[role].base, (sent or [end.nxt for end in self.ends])[role]
        return base is not None and after(segment.ack, base) and not after(segment.ack, nxt)

    def syns(self):
        """Its own SYNs, as in @asked."""
        return {(name, end.isn) for name, end in zip(self.names, self.ends)}

    def role_of(self, segment):
        return self.names.index(segment.source)

    def names_answer(self, segment, role, answers=None, last=None):
        """An initiator takes one of the SYN/ACKs that it was sent, and its third segment tells
        which: the others were forged, or made again. Is it not the @last one of @answers?"""
        initiator, responder = self.ends
        number = (segment.ack - 1) & MASK
        return role == INITIATOR and segment.flags & (SYN | RST | ACK) == ACK and \
            (initiator.state, responder.state) == ("SYN_SENT", "SYN_RECEIVED") and \
            "simultaneous" not in self.flags and segment.seq == initiator.nxt and \
            number in (answers or responder.answers) and \
            number != (responder.isn if last is None else last) and \
            (number == responder.answers[0] or self.choices.foresees())

    def is_another_answer(self, segment, role):
        """Is this a SYN/ACK with another number for the same SYN?"""
        initiator, responder = self.ends
        return role == RESPONDER and segment.has(ACK) and segment.seq != responder.isn and \
            initiator.isn is not None and segment.ack == (initiator.isn + 1) & MASK

    def step(self, role, event):
        """A transition of figure 5, if there is one."""
        end = self.ends[role]
        new = FIGURE_5.get((end.state, event))
        if event in ("rcv RST", "snd RST"):
            new = "CLOSED" if end.state != "CLOSED" and \
                (event, end.state) != ("rcv RST", "LISTEN") else None
        if new:
            end.state = new
            self.has_moved = True

    # Which numbers count: RFC 9293, 3.10.7; RFC 5961; RFC 7323, 5

    def acceptable(self, segment, role):
        sender, peer = self.ends[role], self.ends[1 - role]
        if segment.has(RST):
            return self.is_reset_acceptable(segment, sender, peer)
        if segment.has(SYN):
            return self.is_syn_acceptable(segment, sender, peer)
        if not segment.has(ACK) or self.is_old_by_timestamp(segment, sender, peer):
            return False
        if peer.state == "SYN_SENT" and sender.isn is None and peer.is_heard:
            return False        # 3.10.7.3, fifth
        if (sender.state, peer.state) == ("SYN_SENT", "LISTEN") and \
                (segment.seq - sender.isn - 1) & MASK > ahead.WINDOW_MAX:
            return False        # nobody goes on from that SYN with such a number
        if peer.ack is not None and (after(peer.ack, segment.end()) or
                                     after(segment.seq, peer.edge)):
            return False
        if peer.ack is None and sender.isn is not None and self.is_in_step and \
                min((segment.seq - sender.offered()) & MASK,
                    (sender.offered() - segment.seq) & MASK) > peer.largest_window():
            return False        # wherever its window is
        if not self.is_ack_acceptable(segment, sender, peer):
            return False
        # No FIN can stand before what was sent. What follows one is nothing but its ACK.
        return not (segment.has(FIN) and sender.is_heard and
                    after(sender.nxt, segment.end())) or \
            not self.is_in_step and sender.fin is None and peer.has_offered(segment.seq)

    def is_ack_acceptable(self, segment, sender, peer):
        # Out of step it may have sent more, up to the window that it was offered.
        if peer.is_heard and after(segment.ack, peer.offered()) and (
                self.is_in_step or sender.ack is not None and
                after(segment.ack, sender.edge)):
            return False
        if peer.state == "SYN_RECEIVED" and peer.isn is not None and \
                not after(segment.ack, peer.isn):
            return False
        if sender.ack is None:
            return True
        back = max(OLD_ACK_BYTES, (sender.edge - sender.ack) & MASK)
        return not after((sender.ack - back) & MASK, segment.ack)

    def is_old_by_timestamp(self, segment, sender, peer):
        """PAWS; Linux allows for one tick, but not in TIME_WAIT. After 0 it takes any timestamp."""
        if segment.tsval is None or not sender.tsval:
            return False
        behind = (sender.tsval - segment.tsval) & MASK
        if behind >= 1 << 31 or behind <= (0 if peer.state == "TIME_WAIT" else 1):
            return False
        if segment.has(RST):
            return peer.state == "TIME_WAIT"
        if peer.state == "TIME_WAIT" or segment.length or \
                segment.flags & (FIN | ACK) != ACK:
            return True
        # A pure ACK that only repeats the last one is let pass.
        return not (segment.seq == sender.got and segment.ack == sender.ack and
                    peer.ack == segment.seq)

    def is_syn_acceptable(self, segment, sender, peer):
        if peer.state == "TIME_WAIT" and self.is_old_by_timestamp(segment, sender, peer):
            return False
        if sender.isn is not None and sender.is_heard:
            is_another = segment.has(ACK) and peer.state == "SYN_SENT" and \
                sender.state in OPENING and segment.seq not in sender.answers
            if segment.seq != sender.isn and not is_another:
                return False    # a challenge ACK answers it: RFC 5961, 4
        elif sender.isn is not None and segment.seq != sender.isn:
            return False
        elif sender.isn is None and sender.state not in ("LISTEN", "SYN_SENT") and \
                any(end.is_heard for end in self.ends):
            return False        # picked up without its SYN, or refused
        return not segment.has(ACK) or self.is_crossing_answer(segment, sender, peer) or (
            peer.isn is not None and after(segment.ack, peer.isn) and
            not after(segment.ack, peer.offered()))

    def is_crossing_answer(self, segment, sender, peer):
        """An initiator answers another SYN, which passed elsewhere and crossed its own (RFC
        9293, 3.5, figure 7)."""
        return sender is self.ends[INITIATOR] and sender.state == "SYN_SENT" and \
            sender.is_heard and segment.seq == sender.isn and \
            peer.isn is None and not peer.is_heard

    def is_reset_acceptable(self, segment, sender, peer):
        if peer.state == "SYN_SENT":
            # 3.10.7.3: the ACK is judged before the RST.
            return segment.has(ACK) and peer.isn is not None and \
                after(segment.ack, peer.isn) and not after(segment.ack, peer.offered())
        if self.is_old_by_timestamp(segment, sender, peer):
            return False
        # RFC 9293, 3.10.7.4, first: the window comes before all else. RCV.NXT is in any.
        if segment.seq != sender.got and peer.ack is not None and (
                after(segment.seq, peer.edge) or after((peer.ack - 1) & MASK, segment.seq)):
            return False
        # RFC 5961, 3.2: exactly RCV.NXT, as far as is known; with SACK the edge of it.
        # 0 is the number of who knows of no connection (RFC 9293, 3.5.2, group 1).
        exact = {0 if sender.got is None else sender.got, peer.ack}
        if peer.ack is None:
            exact.add(sender.offered())
        if sender.has_hole() and self.sack:
            exact.add(sender.nxt)
        if sender.passed.gap not in (None, sender.got) and not self.choices.foresees():
            exact.add(sender.passed.gap)    # of several gaps it knows the first
        if not self.is_in_step and after(segment.seq, sender.nxt):
            exact.add(segment.seq)      # what is known of its numbers is the least
        if peer.state in ("CLOSE_WAIT", "LAST_ACK", "CLOSING"):
            exact.add((sender.got - 1) & MASK)      # Linux
        elif peer.state in ("ESTABLISHED", "FIN_WAIT_1") and sender.fin is not None and \
                sender.got == sender.fin and peer.ack != sender.fin:
            exact.add((sender.fin - 1) & MASK)
        return segment.seq in exact

    def has_gone_on(self, segment, role):
        """It has gone on where it could not be seen, as its numbers say, and what follows
        bears them out: it is picked up again."""
        sender, peer = self.ends[role], self.ends[1 - role]
        if segment.flags & (SYN | RST | ACK) != ACK or \
                not self.is_open() or \
                self.is_old_by_timestamp(segment, sender, peer) or \
                self.is_probe(segment, sender, peer):
            return False
        # Where numbers are the least that is known, they may be wrong both ways.
        if self.is_in_step and (None in (sender.ack, peer.ack) or not (
                after(segment.ack, peer.nxt) or after(segment.seq, peer.edge))):
            return False
        if not self.choices.is_real(self, segment, sender, peer):
            return False
        self.flags.add("picked_up")
        self.is_in_step = False
        is_behind = bool(self.shown) or segment.frame <= self.doubted_until
        for end, number in ((sender, segment.seq), (peer, segment.ack)):
            self.is_far |= is_behind and not ahead.is_near(number, end.nxt)
            if is_behind:
                end.kept = furthest(end.nxt, end.kept) if end.nxt is not None else end.kept
            if not after(number, end.base) and not (is_behind and end.isn is None):
                end.base = (number - 1) & MASK
                end.isn = end.isn if end.isn is None else end.base
            end.nxt = end.got = number
            end.passed.forget_from(number)
            end.forget_window()
            end.tsval = None
            end.spans = []
        order.hide_gaps(self.ends)
        return True

    # What a segment does

    def take(self, segment, role, rest):
        """One segment of that end: what it proves received, what it sends, and then
        what it does to the other end. @rest passes after it."""
        self.rest = rest
        sender, peer = self.ends[role], self.ends[1 - role]
        self.segments.append(segment)
        self.has_moved = False
        fin_before = sender.fin is not None
        isns, nxt = [end.isn for end in self.ends], peer.nxt
        was_shown = bool(self.shown) or segment.frame < self.doubted_until
        is_over = was_shown or self.states()[role] == "CLOSED" or \
            all(state in OVER for state in self.states())
        self.sent = [sent if sent is None else furthest(end.nxt, sent)
                     for end, sent in zip(self.ends, self.sent)]
        is_probe = segment.flags & (SYN | FIN | RST | ACK) == ACK and \
            self.is_probe(segment, sender, peer)
        if self.names_answer(segment, role):
            peer.start((segment.ack - 1) & MASK)
        believed = self.acceptable(segment, role) or \
            (self.has_gone_on(segment, role) and self.acceptable(segment, role))
        self.counts[role][self.purpose_of(segment, role, believed)] += 1
        if self.shown or segment.frame <= self.doubted_until:
            order.hide_gaps(self.ends)
        kind = order.judge(self, segment, role, believed, is_probe)
        was = [end.nxt for end in self.ends]
        if believed and segment.has(RST):
            self.take_reset(segment, role)
        elif believed:
            if segment.has(ACK):
                self.infer(segment, role)
                self.take_ack(segment, sender, peer)
                self.received_by_sender(segment, role)
                if self.shown and peer.is_heard and peer.fin is None and \
                        after(segment.ack, nxt):
                    self.sent[1 - role] = segment.ack
            if segment.has(SYN):
                self.take_syn(segment, role)
            self.take_numbers(segment, sender, peer)
            if segment.has(FIN):
                self.take_fin(segment, role)
            order.take(self, segment, role, kind, was)
            if segment.has(ACK):
                self.received_by_peer(segment, role, fin_before)
        # What was sent was sent, though a late segment has picked up less behind a RST. That
        # says nothing of an end that begins with another SYN.
        for i, (end, isn) in enumerate(zip(self.ends, isns)):
            if end.isn != isn:
                self.sent[i] = None
            elif end.is_lowered:
                self.sent[i] = end.nxt
            elif self.sent[i] is not None:
                end.nxt = furthest(self.sent[i], end.nxt)
            end.is_lowered = False
        if believed:
            sender.is_heard = True
        else:
            self.ignored.append(segment)
        if not self.is_in_step:
            self.is_in_step = all(end.is_heard for end in self.ends) and \
                (sender.ack, peer.ack) == (peer.nxt, sender.nxt)
        # What moves behind a RST that is believed, or is for a time, does not show.
        self.has_moved &= not was_shown
        if not self.has_moved and segment.has(RST) and not is_over:
            self.ignored.append(segment)    # in LISTEN (3.10.7.2)
        elif not self.has_moved and is_over:
            self.late.append(segment)
        if self.has_moved:
            self.moved_ns = segment.time_ns
        elif "TIME_WAIT" in self.states():
            # An answer of the end in TIME_WAIT restarts 2MSL.
            if peer.state == "TIME_WAIT" and not segment.has(RST) and segment.has(ACK):
                self.moved_ns = segment.time_ns
        elif (believed or is_probe) and not was_shown and \
                self.states() != ["CLOSED", "CLOSED"]:
            self.moved_ns = segment.time_ns
        if self.has_moved and not self.verdict and all(state in OVER
                                                       for state in self.states()):
            self.verdict = "closed"

    # What it is for

    def uncount(self, segment):
        """A SYN that it has answered, but that counts for another connection."""
        self.segments.remove(segment)
        self.counts[self.role_of(segment)]["opening"] -= 1

    def purpose_of(self, segment, role, believed):
        """The column of README that a segment is counted in."""
        sender, peer = self.ends[role], self.ends[1 - role]
        if segment.flags & SYN:
            return "opening"
        if segment.flags & (FIN | RST):
            return "closing"
        if segment.length:
            if not self.is_probe(segment, sender, peer):
                return "data"
            self.probes.append(segment)
        if self.covers_fin(peer, segment.ack):
            return "closing"
        if believed and role == INITIATOR and not self.thirds and (
                peer.state == "SYN_RECEIVED" and self.covers_syn(peer, segment.ack)
                if peer.isn is not None else sender.state == "SYN_SENT"):
            self.thirds += 1
            return "opening"
        return "acks"

    def is_probe(self, segment, sender, peer):
        """One byte that only asks for an answer: a keep-alive (RFC 9293, 3.8.4), or into
        a closed window (3.8.6.1)."""
        if segment.length > 1 or peer.ack is None or \
                sender.state in ("LISTEN", *OPENING) or \
                self.is_old_by_timestamp(segment, sender, peer):
            return False
        is_before = segment.seq == (peer.ack - 1) & MASK
        if peer.edge == peer.ack:
            return is_before or segment.seq == peer.edge
        return is_before and segment.seq == (sender.nxt - 1) & MASK

    def infer(self, segment, role):
        """What one end proves of the other, whose answer is not heard here. A RST that was
        not believed is no answer."""
        sender, peer = self.ends[role], self.ends[1 - role]
        if segment.has(SYN):
            if self.is_crossing_answer(segment, sender, peer):
                peer.start((segment.ack - 1) & MASK)
                self.step(1 - role, "snd SYN")
            return
        if (sender.state, peer.state) == ("SYN_SENT", "LISTEN"):
            peer.start((segment.ack - 1) & MASK)
            if after(sender.syn_end, segment.seq):
                sender.syn_end = None       # it was not taken
            # Not known: nothing is refused for want of them.
            self.sack = True
            if sender.shift is not NO_SCALE:
                peer.shift = 14
            self.step(1 - role, "rcv SYN")
            self.step(role, "rcv SYN/ACK")
        elif sender.state == "SYN_RECEIVED" and not peer.is_heard:
            self.step(1 - role, "rcv SYN/ACK")
            self.step(role, "rcv ACK of SYN")

    @staticmethod
    def edge_of(segment, sender, peer):
        """How far the window of this segment reaches (RFC 7323, 2.3)."""
        scale = 0
        if not segment.has(SYN) and sender.shift is not NO_SCALE and \
                peer.shift is not NO_SCALE:
            scale = sender.shift
        return (segment.ack + (segment.window << scale)) & MASK

    def take_first_ack(self, segment, sender, peer):
        edge = self.edge_of(segment, sender, peer)
        # What its SYN offered counts from there.
        if sender.isn is not None and sender.is_heard and peer.isn is not None and \
                "picked_up" not in self.flags:
            edge = furthest(edge, (peer.isn + 1 + sender.syn_window) & MASK)
        sender.ack, sender.edge = segment.ack, edge
        # Nobody sends more than was offered to him.
        if not self.is_in_step and peer.fin is None and after(peer.nxt, edge):
            peer.lower(segment.ack)

    def take_ack(self, segment, sender, peer):
        if sender.ack is None and peer.isn is not None and after(peer.isn, segment.ack):
            return      # it acknowledges nothing of this connection
        if peer.fin is None:
            # Data on a SYN/ACK was sent, however much of it is taken.
            peer.nxt = furthest(segment.ack, peer.offered() if peer.answers else peer.nxt)
        peer.syn_end = None
        if sender.ack is None:
            self.take_first_ack(segment, sender, peer)
        sender.ack = furthest(segment.ack, sender.ack)
        sender.edge = furthest(self.edge_of(segment, sender, peer), sender.edge)
        peer.got = furthest(sender.ack, peer.got)
        peer.fill()

    @staticmethod
    def covers_syn(end, number):
        return end.isn is not None and after(number, end.isn)

    @staticmethod
    def covers_fin(end, number):
        return end.fin is not None and number == end.fin

    def received_by_sender(self, segment, role):
        sender, peer = self.ends[role], self.ends[1 - role]
        state = sender.state
        answered = peer.ack is not None and self.covers_syn(sender, peer.ack)
        if self.covers_syn(peer, segment.ack):
            if answered and not segment.has(SYN):
                self.step(role, "rcv SYN/ACK")
            elif state in ("LISTEN", "SYN_SENT"):
                self.step(role, "rcv SYN")
            if state == "SYN_SENT" and answered:
                self.step(role, "rcv ACK of SYN")
        was = sender.state
        answered = peer.ack is not None and self.covers_fin(sender, peer.ack)
        if self.covers_fin(peer, segment.ack):
            self.step(role, "rcv FIN")
        # In FIN_WAIT_1 its answer tells in which order a FIN and the ACK of its own FIN
        # reached it (3.6, figure 13).
        if was == "FIN_WAIT_1" and peer.fin is not None and answered and \
                (self.covers_fin(peer, segment.ack) or not segment.has(FIN)):
            self.step(role, "rcv ACK of FIN")

    def take_syn(self, segment, role):
        sender = self.ends[role]
        if sender.isn is None or segment.seq != sender.isn:
            if sender.isn is not None:
                self.flags.discard("simultaneous")  # the SYN before this was nobody's
            sender.start(segment.seq)
            if segment.has(ACK):
                sender.answers.append(segment.seq)
            sender.shift, sender.syn_window = segment.shift, segment.window
            if sender.ack is None:
                sender.edge = segment.window
            if segment.tsval is not None:
                sender.tsval = segment.tsval
            self.sack |= segment.sack and segment.has(ACK)
            if segment.length:
                self.flags.add("fast_open")
                sender.syn_end = segment.end()
            if (role == INITIATOR) == segment.has(ACK):
                self.flags.add("simultaneous")
            if not segment.has(ACK):
                self.step(role, "snd SYN")
            if role == INITIATOR:
                self.syn_ns = segment.time_ns
            elif segment.has(ACK) and self.syn_ack_ns is None and self.syn_ns is not None:
                self.syn_ack_ns = segment.time_ns
            return
        if segment.length and self.ends[1 - role].ack is None and sender.state in OPENING:
            sender.syn_end = furthest(segment.end(), sender.syn_end)
        if segment.has(ACK) == (role == INITIATOR):
            self.flags.add("simultaneous")
        elif segment.has(ACK) and sender.nxt == (sender.isn + 1) & MASK and \
                sender.state == "ESTABLISHED" and "simultaneous" not in self.flags and \
                self.is_evidence(segment, sender):
            self.step(role, "SYN/ACK again")
            if not self.shown:
                self.flags.add("retracted")

    def is_evidence(self, segment, sender):
        """Does a repeat come more than a round trip after what it ignores, and with its
        sender's newest ACK? With an older one it is a late copy."""
        if segment.ack != sender.ack:
            return False
        rtt_ns = RTT_NS if self.rtt_ns is None else self.rtt_ns
        return self.choices.is_late(segment.time_ns - self.moved_ns - rtt_ns,
                                    segment.frame < self.doubted_until)

    def take_numbers(self, segment, sender, peer):
        # RFC 7323, 4.3
        if segment.tsval is not None and not segment.has(SYN) and \
                (not sender.tsval or (segment.tsval - sender.tsval) & MASK < 1 << 31) and \
                (peer.ack is None or not after(segment.seq, peer.ack)):
            sender.tsval = segment.tsval
        if sender.fin is None:
            if sender.nxt is None:
                sender.nxt = sender.got = segment.seq
            if not sender.is_heard and not segment.has(SYN) or peer.ack is None and \
                    sender.got != segment.seq and not segment.has(SYN):
                # Where it begins, or goes on, is not known.
                sender.got = furthest(segment.seq, sender.got)
            # Data on a SYN does not count until it is acknowledged.
            if segment.has(FIN) and not self.is_in_step and after(sender.nxt, segment.end()):
                sender.lower(segment.end())     # it has not sent more
            sender.sends(segment.seq, segment.end() if not segment.has(SYN) or
                         segment.has(FIN) else (segment.seq + 1) & MASK)

    def take_fin(self, segment, role):
        sender = self.ends[role]
        if sender.fin is None:
            if (sender.state, "snd FIN") in FIGURE_5:
                sender.fin = segment.end()
                self.step(role, "snd FIN")
            return
        if segment.end() != sender.fin or segment.ack != sender.ack:
            return      # another, or a late copy: none was lost
        self.fin_repeated = True
        if (sender.state, "FIN again") in FIGURE_5 and \
                self.is_evidence(segment, sender):
            self.step(role, "FIN again")
            if not self.shown:
                self.verdict = None
                self.flags.add("retracted")

    def received_by_peer(self, segment, role, fin_before):
        sender, peer = self.ends[role], self.ends[1 - role]
        if self.covers_syn(peer, segment.ack):
            was = peer.state
            self.step(1 - role, "rcv ACK of SYN")
            if was != peer.state and role == INITIATOR and self.rtt_ns is None and \
                    self.syn_ack_ns is not None:
                self.rtt_ns = segment.time_ns - self.syn_ns
        # A FIN that left before this ACK comes before it: its receiver's answer tells.
        answered = peer.ack is not None and self.covers_fin(sender, peer.ack)
        if fin_before and not self.fin_repeated and peer.state == "FIN_WAIT_1" and \
                not sender.has_hole() and not answered:
            return
        if self.covers_fin(peer, segment.ack):
            self.step(1 - role, "rcv ACK of FIN")

    def is_refusal(self, segment, role):
        """Does this RST say that nobody listens?"""
        return segment.has(RST) and self.acceptable(segment, role) and \
            (self.ends[role].state, self.ends[1 - role].state) == ("LISTEN", "SYN_SENT")

    def take_reset(self, segment, role):
        """It closes both ends, unless what follows shows that they live."""
        sender, peer = self.ends[role], self.ends[1 - role]
        if self.shown:
            # An end that did not seem closed does now.
            if self.shown[role] not in OPENING or segment.has(ACK) or \
                    segment.seq == sender.offered():
                self.shown[role] = "CLOSED"
            if self.shown[1 - role] != "LISTEN":
                self.shown[1 - role] = "CLOSED"
            return
        sender.is_heard = True
        before = self.states()
        refuses = self.is_refusal(segment, role)
        # 3.5.2, group 1: it answers an ACK, and its sender knows nothing of a connection.
        forgets = not segment.has(ACK) and peer.ack is not None and \
            segment.seq == peer.ack and sender.state not in (
                "LISTEN", "SYN_SENT", "SYN_RECEIVED", "FIN_WAIT_1", "FIN_WAIT_2")
        if sender.state not in OPENING or segment.has(ACK) or \
                segment.seq == sender.offered():
            self.step(role, "snd RST")
        self.step(1 - role, "rcv RST")
        if not self.has_moved or self.verdict:
            return      # it was over before
        limits = [end.nxt for end in self.ends]
        # Only who had received as much as its number says has taken it.
        if segment.seq == peer.ack and after(segment.seq, sender.base) and sender.fin is None:
            limits[role] = segment.seq
        self.close("refused" if refuses else "gone" if forgets else
                   f"reset_by_{ROLES[role]}", before, limits)

    def close(self, verdict, before, limits):
        """It ended with this verdict, if nothing disproves that. Its numbers go on as
        before, as do those states that do not show."""
        after_it = self.states()
        for end, state in zip(self.ends, before):
            end.state = state
        disproof = next((each for each in ahead.disproofs(self, limits, self.rest)
                         if self.would_take(*each)), None)
        if disproof:
            self.flags.add("retracted")
            self.doubted_until = disproof[0].frame
            return
        self.shown = after_it
        self.sent = limits
        self.verdict = self.verdict or verdict

    def would_take(self, segment, answered):
        """Do their receivers take a segment that follows, and the one that it answers, if nobody
        believes the RST that has just passed?"""
        trial = copy.copy(self)
        trial.ends, trial.counts = copy.deepcopy((self.ends, self.counts))
        trial.flags, trial.choices = set(self.flags), copy.copy(self.choices)
        trial.sent = list(self.sent)
        trial.segments, trial.ignored, trial.probes, trial.late = [], [], [], []
        trial.kinds, trial.known = {}, {}
        for each in ahead.until_replaced(self, self.rest, is_over=True):
            # What is silent is silent since then.
            trial.moved_ns = self.rest.segments[self.rest.at].time_ns
            end = trial.ends[trial.role_of(each)]
            # While another connection goes on, it begins exactly where its SYN ends.
            is_others = self.rival and not each.has(SYN) and end.state == "SYN_SENT" and \
                each.seq not in (end.nxt, end.offered())
            if not each.has(RST) and not is_others and (
                    not each.is_bare_syn() or (each.source, each.seq) in self.syns()):
                rest = ahead.Rest(self.rest.segments, self.rest.segments.index(each))
                trial.take(each, trial.role_of(each), rest)
            if each is segment:
                break
        self.choices.has_foreseen |= trial.choices.has_foreseen
        # Behind a FIN nothing is sent that could be acknowledged.
        fin = trial.ends[1 - trial.role_of(segment)].fin
        return segment not in trial.ignored and answered not in trial.ignored and \
            (fin is None or not segment.has(ACK) or ahead.is_near(segment.ack, fin))

    def forget(self, rest):
        """A new SYN on its ends was refused: neither of them knows it any more. TIME_WAIT
        ends by itself."""
        self.rest = rest
        before = self.states()
        if before == ["CLOSED", "CLOSED"] or self.shown or \
                self.seems_over(rest.segments[rest.at]):
            return
        for end in self.ends:
            end.state = "CLOSED"
        self.close("gone", before, [end.nxt for end in self.ends])

    def bounds(self, role, sure, *unsure):
        """How many segments of an end are of a kind, at least and at most."""
        kinds = [kind for segment, kind in self.kinds.items()
                 if segment.source == self.names[role]]
        return kinds.count(sure), sum(map(kinds.count, (sure, *unsure)))

    def all_flags(self):
        """Those of the record, as the tool names them."""
        both = all(end.is_heard for end in self.ends)
        return self.flags | (set() if both else {"one_way"})
