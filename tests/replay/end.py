# SPDX-License-Identifier: GPL-2.0-only
"""One end of a connection, and what an observer may choose where a capture does not tell."""

import ahead
from order import Passed
from segment import FIN, MASK, NO_SCALE, after, furthest

# Known numbers that were silent for so long have gone on elsewhere: RFC 6298's first timeout
SILENT_NS = 10**9
# How exactly the module's clock and ours agree: its ticks are of 10 ms in the guest.
SLACK_NS = 20 * 10**6


class End:
    """One end: what it sent, and what it said it received."""

    def __init__(self, state):
        self.state = state
        self.isn = None         # known with its SYN
        self.base = None        # before the first byte that counts
        self.nxt = None         # SND.NXT
        self.ack = None         # the furthest number it has acknowledged
        self.edge = None        # the furthest its window ever reached
        self.window = None      # from where to where that was, before it was picked up
        self.shift, self.syn_window = NO_SCALE, 0
        self.got = None         # up to here the other end has it all, as far as passed here
        self.spans = []         # and these, beyond a hole
        self.passed = Passed()  # all that it has sent here
        self.kept = None        # a record keeps this SND.NXT, though it has picked up less
        self.syn_end = None     # behind the data on its SYN, until that is answered
        self.fin = None         # the number behind its FIN
        self.tsval = None       # the other end's TS.Recent
        self.answers = []       # the numbers of its SYN/ACKs
        self.is_heard = False
        self.is_lowered = False # by the segment at hand

    def start(self, isn):
        self.isn = self.base = isn
        self.nxt = self.got = (isn + 1) & MASK
        self.spans, self.passed = [], Passed()

    def offered(self):
        """Up to here it may be acknowledged: what was on its SYN was offered only."""
        return furthest(self.syn_end, self.nxt) if self.syn_end is not None else self.nxt

    def largest_window(self):
        """No window that it offers is larger."""
        return 0xffff << (self.shift or 0)

    def lower(self, number):
        """It has sent no more than this, whatever was thought."""
        self.nxt = self.got = number
        self.spans = []
        self.passed.forget_from(number)
        self.is_lowered = True

    def forget_window(self):
        """It is picked up, and may have acknowledged more."""
        if self.ack is not None:
            self.window = (self.ack, self.edge)
        self.ack = self.edge = None

    def has_offered(self, number):
        """Does it lie in the window that was offered last, as far as is known?"""
        window = self.window if self.ack is None else (self.ack, self.edge)
        return window is not None and not after(window[0], number) and \
            after(window[1], number)

    def reach(self):
        """How far what the other end sends may lie from what it has sent."""
        return ahead.NEAR_BYTES if self.ack is not None else \
            max(ahead.NEAR_BYTES, self.largest_window())

    def sends(self, begin, end):
        """Numbers from @begin to before @end pass, and its receiver would take them."""
        self.nxt = furthest(end, self.nxt)
        self.spans.append((begin, end))
        self.fill()

    def fill(self):
        self.spans.sort(key=lambda span: (span[0] - self.got + (1 << 31)) & MASK)
        for begin, end in self.spans:
            if not after(begin, self.got):
                self.got = furthest(end, self.got)
        self.spans = [span for span in self.spans if after(span[0], self.got)]

    def has_hole(self):
        return after(self.nxt, self.got)


class Choices:
    """What can be meant either way. Whether a repeat came late, where its time is too close
    to tell: as given, and for those that are left as the time has it. And what numbers
    ahead of all that is known mean to those who cannot look ahead, if @is_blind: they
    take them for real if one of the two fits, or those that are known are silent."""

    def __init__(self, given=(), is_blind=False):
        self.given, self.count = given, 0
        self.is_blind, self.has_foreseen = is_blind, False

    def foresees(self):
        """May what passed elsewhere be taken for real, when that shows?"""
        self.has_foreseen = True
        return not self.is_blind

    def is_real(self, connection, jump, sender, peer):
        if self.foresees():
            return ahead.is_real(connection, jump, connection.rest)
        # Nothing could take it back, so that one number has to be right.
        if jump.has(FIN):
            return not connection.is_in_step and jump.ack == peer.nxt
        if not connection.is_in_step:
            return True
        # A forger would have to guess the number that fits, and how far the other reaches.
        if not after(jump.seq, peer.edge):
            return not after(jump.ack, sender.edge) and not after(peer.ack, jump.end())
        if not after(jump.ack, peer.nxt):
            return not after(sender.ack, jump.ack)
        return self.is_late(jump.time_ns - connection.moved_ns - SILENT_NS)

    def is_late(self, over_ns, is_free=False):
        """Is the time over for so long? @is_free: it is not known since when it runs."""
        if abs(over_ns) > SLACK_NS and not is_free:
            return over_ns > 0
        self.count += 1
        given = self.given[self.count - 1] if self.count <= len(self.given) else None
        return over_ns > 0 if given is None else given
