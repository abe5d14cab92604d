# SPDX-License-Identifier: GPL-2.0-only
"""What the rest of a capture shows of a segment: whether a RST, or a refusal, was believed
by those whom it concerns, and whether numbers that nobody expected were real. It reads
the segments that follow, as they are, and knows nothing of states."""

from segment import ACK, FIN, MASK, RST, SYN, after, furthest

# Numbers of one connection lie together: so far from what was sent last, at most.
NEAR_BYTES = 1 << 22
# That of a SYN/ACK is not scaled.
WINDOW_MAX = 0xffff


class Rest:
    """The segments of a list that follow one of them."""

    def __init__(self, segments, at):
        self.segments, self.at = segments, at

    def __iter__(self):
        return (self.segments[i] for i in range(self.at + 1, len(self.segments)))


def is_near(number, other):
    return other is not None and \
        min((number - other) & MASK, (other - number) & MASK) <= NEAR_BYTES


def until_replaced(connection, rest, is_over=False):
    """The segments that follow and may belong to a connection: a SYN that is answered
    begins another one. While this one is over, that may not be seen: then its sender
    goes on from it."""
    known, rival, is_closed = connection.syns(), connection.rival, False
    fins = {role for role in (0, 1) if rival and rival.ends[role].fin is not None}
    asked = connection.asked - known - (rival.syns() if rival else set())
    for segment in rest:
        syn = (segment.source, segment.seq)
        if segment.is_bare_syn() and syn not in known:
            if rival and (syn not in rival.syns() or is_closed or rival.seems_over(segment)):
                return      # it waits in its place
            if not rival:
                asked.add(syn)
        elif segment.has(RST):
            is_closed |= rival is not None and \
                is_near(segment.seq, rival.ends[rival.role_of(segment)].nxt)
        elif segment.has(SYN | ACK) and \
                (segment.destination, (segment.ack - 1) & MASK) in asked:
            return
        elif is_over and segment.has(SYN) and connection.is_open() and \
                connection.is_answered_anew(segment, connection.role_of(segment)) and \
                connection.choices.foresees():
            return      # the same SYN once more has passed elsewhere
        elif is_over and segment.has(ACK) and \
                (segment.has(SYN) or not connection.explains(segment)) and \
                (segment.source, (segment.seq - (not segment.has(SYN))) & MASK) in asked:
            return
        elif rival and is_near(segment.seq, rival.ends[rival.role_of(segment)].nxt):
            if segment.has(FIN):
                fins.add(rival.role_of(segment))
            else:
                is_closed |= len(fins) == 2     # it acknowledges the second of them
        yield segment


def is_over_for(rival, segment):
    """Is the older connection over, and does it not explain what this acknowledges?"""
    return rival.seems_over(segment) and not rival.explains(segment)


def go_on_from(segment, role, limits):
    """What both have sent, and how far that proves nothing, for those who cannot look ahead
    and know the least of its numbers only."""
    sent = [segment.end(), segment.ack] if role == 0 else [segment.ack, segment.end()]
    return sent, [here if after(limit, here) else limit for limit, here in zip(limits, sent)]


def disproofs(connection, limits, rest):
    """The segments by which an end acknowledges what the other one has first sent after this
    point, beyond its limit. If its receiver takes one of them, it lives, and so does the
    connection, whatever a RST has said. A handshake that goes on shows the same."""
    limits, sent = list(limits), list(limits)
    for role, end in enumerate(connection.ends):
        sent[role] = furthest(end.nxt, sent[role]) if end.nxt is not None else sent[role]
    is_opening, is_open = connection.is_opening(), connection.is_open()
    elsewhere = None            # a segment with numbers that nobody knows
    for segment in until_replaced(connection, rest, is_over=True):
        role = connection.role_of(segment)
        if segment.has(RST):
            # Said once more, it may have come after all that was sent until then.
            if segment.seq in (sent[role], connection.ends[1 - role].ack):
                limits = list(sent)
                if connection.ends[role].fin is None:
                    limits[role] = segment.seq
            continue
        if connection.rival and not segment.has(SYN) and \
                is_near(segment.ack, connection.rival.ends[1 - role].nxt):
            continue            # the connection speaks that this one waits to replace
        if segment.has(SYN):
            if is_opening and connection.goes_on_opening(segment, role):
                yield segment
            if is_opening and connection.is_answered_anew(segment, role):
                limits[role], sent[role] = segment.seq, (segment.seq + 1) & MASK
            continue
        if None in sent:
            if segment.has(ACK) and is_opening and sent[1 - role] is None and \
                    (not connection.rival or is_over_for(connection.rival, segment)) and \
                    (segment.seq - sent[role]) & MASK <= WINDOW_MAX:
                yield segment       # it has received a SYN since, though not here
            continue
        if not segment.has(ACK):
            continue
        if not is_near(segment.seq, sent[role]) or not is_near(segment.ack, sent[1 - role]):
            if is_open and elsewhere and elsewhere.source == segment.destination and \
                    (segment.seq, segment.ack) == (elsewhere.ack, elsewhere.end()) and \
                    connection.choices.foresees():
                yield segment       # both ends go on, with numbers that came up unseen
            elsewhere = segment
            is_heard = connection.ends[1 - role].is_heard
            if (not is_heard or is_open and not connection.is_in_step) and \
                    not connection.choices.foresees():
                sent, limits = go_on_from(segment, role, limits)
            continue
        if is_open and not connection.is_in_step and \
                after(connection.ends[1 - role].ack, segment.end()) and \
                not connection.choices.foresees():
            sent, limits = go_on_from(segment, role, limits)
            continue
        if after(segment.ack, limits[1 - role]):
            if not after(segment.ack, sent[1 - role]) or connection.choices.foresees():
                yield segment
            elif is_open:
                sent[1 - role] = segment.ack
                if connection.ends[1 - role].is_heard:
                    limits[1 - role] = segment.ack      # perhaps sent before this point
            continue
        if is_opening and connection.completes_opening(segment, role):
            is_opening, is_open = False, True
        if connection.ends[role].fin is None:
            sent[role] = furthest(segment.end(), sent[role])


def is_real(connection, jump, rest):
    """Does anybody go on from numbers that lie beyond all that was expected? One that ends
    the connection has to be answered. The others count if nobody goes on from the numbers
    before them instead."""
    goes_on_before = goes_on = False
    role = connection.role_of(jump)
    for segment in until_replaced(connection, rest):
        if segment.flags & (SYN | RST) or not segment.has(ACK):
            continue
        numbers = (segment.seq, segment.ack)
        if connection.role_of(segment) != role:
            numbers = numbers[::-1]
        before = (connection.ends[role].nxt, connection.ends[1 - role].nxt)
        if jump.has(FIN):
            is_same = connection.role_of(segment) == role
            goes_on_before |= segment.seq == before[not is_same]
            goes_on |= not is_same and is_near(segment.seq, jump.ack) and \
                segment.ack == jump.end()
            continue
        goes_on_before |= all(map(is_near, numbers, before))
        if all(map(is_near, numbers, (jump.seq, jump.ack))) and \
                (segment.seq, segment.ack, segment.end()) != \
                (jump.seq, jump.ack, jump.end()):
            return True
    return goes_on > goes_on_before if jump.has(FIN) else not goes_on_before
