# SPDX-License-Identifier: GPL-2.0-only
"""What tshark's tcp.analysis says of each segment, against what all numbers that have passed
say. tshark compares a segment with the highest number of its stream, whoever may have made
that up, and knows nothing of what passed before. If its number lies below that, only the
time decides whether tshark takes it for out of order or for sent again."""

from order import AGAIN, EITHER, FILLS, GAP, UNSURE
from segment import ACK, FIN, MASK, RST, SYN, after, furthest

BEHIND, AHEAD, NEITHER = "behind", "ahead", "neither"
ANALYSIS = """retransmission fast_retransmission spurious_retransmission out_of_order
lost_segment keep_alive zero_window_probe""".split()
SAID = {"retransmission": BEHIND, "fast_retransmission": BEHIND,
        "spurious_retransmission": BEHIND, "out_of_order": BEHIND, "lost_segment": AHEAD}
EXPECTED = {AGAIN: {BEHIND}, EITHER: {BEHIND}, FILLS: {BEHIND}, GAP: {AHEAD},
            UNSURE: {BEHIND, AHEAD, NEITHER}}


def said_of(segment):
    """Where tshark sees it."""
    if segment.analysis & {"keep_alive", "zero_window_probe"}:
        return NEITHER
    return next((said for name, said in SAID.items() if name in segment.analysis), NEITHER)


class Passage:
    """A segment that tshark sees elsewhere than where it is."""

    def __init__(self, connection, segment, highest):
        self.connection, self.segment, self.highest = connection, segment, highest
        self.kind = connection.kinds.get(segment)

    # The cases in which they differ with reason

    def is_inexact(self):
        """The record knows no numbers yet with which it could be compared."""
        return self.segment not in self.connection.known

    def is_ignored(self):
        return self.kind is None and self.segment in self.connection.ignored

    def is_other_syn(self):
        return self.kind is None and self.segment.has(SYN)

    def is_reset(self):
        return self.segment.has(RST)

    def has_moved(self):
        """An ACK has told of numbers that passed elsewhere, or somebody made up others, or a
        late SYN has made tshark forget those behind it."""
        return any(self.connection.known[self.segment] != each for each in self.highest)

    def is_last_byte(self):
        """Before it is acknowledged, it is no keep-alive. And what begins with that, and has
        more, is new to tshark, as behind a zero window probe."""
        return self.segment.seq in [(each - 1) & MASK for each in self.highest] and \
            (self.segment.length > 1 or not self.segment.flags & (SYN | FIN))

    def is_probe(self):
        return self.segment in self.connection.probes

    def is_acked_by_nobody(self):
        """Its receiver has not acknowledged it before, but on a RST, or where somebody made
        that up."""
        return "spurious_retransmission" in self.segment.analysis and any(
            each.source == self.segment.destination and each.frame < self.segment.frame and
            (each.has(RST) or each in self.connection.ignored)
            for each in self.connection.segments)

    def is_before_syn(self):
        """Nobody has sent that, whether or not its receiver tells."""
        sender = self.connection.ends[self.connection.role_of(self.segment)]
        return self.kind is None and after(sender.base, self.segment.seq)

    def is_behind_fin(self):
        sender = self.connection.ends[self.connection.role_of(self.segment)]
        return sender.fin is not None and sender.fin in self.highest


NAMED = {
    "numbers that are not exact yet": Passage.is_inexact,
    "segments that their receiver does not take": Passage.is_ignored,
    "a SYN that answers another, or that another follows": Passage.is_other_syn,
    "data on a RST": Passage.is_reset,
    "numbers that have not passed here, or nobody sent": Passage.has_moved,
    "the last byte once more": Passage.is_last_byte,
    "a probe": Passage.is_probe,
    "numbers before a SYN": Passage.is_before_syn,
    "numbers behind a FIN": Passage.is_behind_fin,
    "an ACK that nobody takes for one": Passage.is_acked_by_nobody,
}


def compare(connection):
    """Each segment that the two see elsewhere: (segment, expected, said, its name or None)."""
    highest = {}
    for segment in connection.segments:
        expected = EXPECTED.get(connection.kinds.get(segment), {NEITHER})
        said, seen = said_of(segment), highest.get(segment.source, [None, None])
        if said not in expected:
            passage = Passage(connection, segment, seen)
            yield segment, expected, said, next(
                (name for name, applies in NAMED.items() if applies(passage)), None)
        if "zero_window_probe" not in segment.analysis:
            # tshark has one number for both of these flags, takes 0 for none, and in some
            # streams begins again with a late SYN.
            end = segment.seq + segment.length_read + bool(segment.flags_read & (SYN | FIN))
            is_syn = segment.flags_read & (SYN | ACK) == SYN
            highest[segment.source] = [
                end & MASK if not each or is_syn and is_lowered else furthest(end & MASK, each)
                for each, is_lowered in zip(seen, (False, True))]
