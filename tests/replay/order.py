# SPDX-License-Identifier: GPL-2.0-only
"""Which segments an end has sent again, and which leave a gap in what it sends. All numbers
that have passed are kept here, and so every gap; the module keeps the first gap of each
end only. So it may count a segment or not where only the others would tell."""

from segment import ACK, FIN, MASK, RST, SYN, after, furthest

# What a segment is to its sender's numbers
AGAIN = "sent again"        # the record must count it
EITHER = "perhaps again"    # it may
FILLS = "fills a gap"       # it must not
GAP = "leaves a gap"
UNSURE = "perhaps again, and perhaps a gap"
# The record has the place of a gap so far behind the other end's ACK, at most.
PLACE_MAX = 0xfffd


class Passed:
    """The numbers of one end that have passed here."""

    def __init__(self):
        self.spans = []         # that do not touch
        self.gap = None         # where the first gap may begin: all before it is there
        self.is_lost = False    # there is one, but a record cannot know where

    def add(self, begin, end):
        """Numbers from @begin to before @end pass."""
        apart = []
        for span in self.spans:
            if after(span[0], end) or after(begin, span[1]):
                apart.append(span)
            else:
                begin = begin if after(span[0], begin) else span[0]
                end = furthest(end, span[1])
        self.spans = [*apart, (begin, end)]

    def forget_from(self, number):
        """What lies beyond @number was not sent by this end."""
        self.spans = [(begin, number if after(end, number) else end)
                      for begin, end in self.spans if after(number, begin)]

    def has(self, begin, end):
        """Have all of these passed?"""
        return not after(end, begin) or any(
            not after(span[0], begin) and not after(end, span[1]) for span in self.spans)

    def put_gap(self, begin, ack):
        """The first gap begins here, while the other end has acknowledged all before @ack."""
        place = (ack + PLACE_MAX) & MASK
        self.gap = place if after(begin, place) else begin

    def close(self, last, ack):
        """There is none if all is there up to the @last number, or was acknowledged."""
        if self.gap is not None and not after(last, self.gap):
            self.gap = None
        if ack is not None and not after(last, ack):
            self.gap, self.is_lost = None, False


def hide_gaps(ends):
    """A record that shows what can be disproved has no room for gaps."""
    for end in ends:
        end.passed.is_lost |= end.passed.gap is not None
        end.passed.gap = None


def kind_of_syn(segment, sender, is_picked_up):
    """Is it the same SYN once more? Where a connection is picked up that is not known."""
    if segment.has(ACK) and sender.state == "SYN_SENT":
        return None             # it answers one that crossed its own
    if segment.seq == sender.base:
        return AGAIN if sender.passed.has(segment.seq, (segment.seq + 1) & MASK) else EITHER
    is_possible = segment.seq in sender.answers or \
        is_picked_up and after(sender.nxt, segment.seq)
    return EITHER if is_possible else None


def judge(connection, segment, role, is_believed, is_probe):
    """What a segment is to the numbers that its sender has sent until now."""
    sender = connection.ends[role]
    if not connection.is_in_step or not sender.is_heard or sender.nxt is None:
        return None
    connection.known[segment] = sender.offered()
    kind = kind_of(connection, segment, role, is_believed, is_probe)
    if kind:
        connection.kinds[segment] = kind
    return kind


def kind_of(connection, segment, role, is_believed, is_probe):
    """The same where the numbers are exact."""
    sender, peer = connection.ends[role], connection.ends[1 - role]
    if segment.has(RST):
        return None
    if segment.has(SYN):
        return kind_of_syn(segment, sender, "picked_up" in connection.flags)
    begin, end, passed = segment.seq, segment.end(), sender.passed
    if sender.kept is not None and not after(begin, sender.kept):
        return UNSURE
    if after(begin, sender.offered()):
        return GAP if is_believed and sender.fin is None else None
    if is_probe or not (segment.length or segment.has(FIN)) or \
            not after(sender.offered(), begin):
        return None
    if after(sender.base, begin):
        # It precedes the first number, which of a connection picked up is not the first.
        return EITHER if "picked_up" in connection.flags else None
    last = sender.nxt if after(end, sender.nxt) else end
    if passed.has(begin, last):
        is_sure = after(sender.nxt, begin) and \
            (passed.gap is None or not after(end, passed.gap))
        return AGAIN if is_sure else EITHER
    # Nobody can tell whether what was acknowledged, but has not passed here, is sent again
    # or is late.
    if passed.is_lost or passed.has(furthest(peer.ack, begin), last):
        return EITHER
    return FILLS


def take(connection, segment, role, kind, was):
    """Take the numbers of a segment that counts; both ends' next ones @was were before it."""
    sender, peer = connection.ends[role], connection.ends[1 - role]
    passed, begin, end = sender.passed, segment.seq, segment.end()
    if segment.has(SYN) and not segment.has(FIN):
        end = (begin + 1) & MASK
    if sender.nxt is not None and after(end, sender.nxt):
        end = sender.nxt
    if kind == GAP and peer.ack is None or not sender.is_heard and after(begin, was[role]):
        # Nothing tells its place, or whether it began before this end was heard.
        passed.is_lost = True
    elif kind == GAP and passed.gap is None:
        passed.put_gap(was[role], peer.ack)
    elif passed.gap is not None and not after(begin, passed.gap) and after(end, passed.gap):
        passed.put_gap(end, peer.ack)
    if after(end, begin):
        passed.add(begin, end)
    for one, other in ((sender, peer), (peer, sender)):
        if one.nxt is None:
            continue
        if one.passed.gap is not None:
            one.passed.gap = furthest(other.ack, one.passed.gap)
        one.passed.close((one.nxt - (one.fin is not None)) & MASK, other.ack)
