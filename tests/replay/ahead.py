# SPDX-License-Identifier: GPL-2.0-only
"""What the rest of a capture shows of a segment: whether a RST, or a refusal, was believed
by those whom it concerns, and whether numbers that nobody expected were real. It reads
the segments that follow, as they are, and knows nothing of states."""

from segment import ACK, FIN, MASK, RST, SYN, after, furthest

# Numbers of one connection lie together: so far from what was sent last, at most.
NEAR_BYTES = 1 << 22


class Rest:
    """The segments of a list that follow one of them."""

    def __init__(self, segments, at):
        self.segments, self.at = segments, at

    def __iter__(self):
        return (self.segments[i] for i in range(self.at + 1, len(self.segments)))


def is_near(number, other):
    return other is not None and \
        min((number - other) & MASK, (other - number) & MASK) <= NEAR_BYTES


def until_replaced(connection, rest):
    """The segments that follow and may belong to a connection: a SYN that is answered
    begins another one."""
    own = {(name, end.isn) for name, end in zip(connection.names, connection.ends)}
    asked = connection.asked - own
    for segment in rest:
        if segment.is_bare_syn():
            if "pending" in connection.flags and (segment.source, segment.seq) not in own:
                return      # it waits in its place
            asked.add((segment.source, segment.seq))
        elif segment.has(SYN | ACK) and \
                (segment.destination, (segment.ack - 1) & MASK) in asked:
            return
        yield segment


def disproof(connection, limits, rest):
    """The segment by which an end acknowledges what the other one has first sent after this
    point, beyond its limit, if there is one. Then it lives, and so does the connection,
    whatever a RST has said. A handshake that goes on shows the same."""
    limits, sent = list(limits), list(limits)
    for role, end in enumerate(connection.ends):
        sent[role] = furthest(end.nxt, sent[role]) if end.nxt is not None else sent[role]
    is_opening, is_open = connection.is_opening(), connection.is_open()
    elsewhere = None            # a segment with numbers that nobody knows
    for segment in until_replaced(connection, rest):
        role = connection.role_of(segment)
        if segment.has(RST):
            continue
        if segment.has(SYN):
            if is_opening and connection.goes_on_opening(segment, role):
                return segment
            if connection.is_answered_anew(segment, role):
                limits[role], sent[role] = segment.seq, (segment.seq + 1) & MASK
            continue
        if None in sent:
            if not connection.ends[1 - role].is_heard and is_opening and \
                    segment.seq == sent[role]:
                return segment      # it has received a SYN since, though not here
            continue
        if not segment.has(ACK):
            continue
        if not is_near(segment.seq, sent[role]) or not is_near(segment.ack, sent[1 - role]):
            if is_open and elsewhere and elsewhere.source == segment.destination and \
                    (segment.seq, segment.ack) == (elsewhere.ack, elsewhere.end()) and \
                    connection.choices.foresees():
                return segment      # both ends go on, with numbers that came up unseen
            elsewhere = segment
            continue
        if after(segment.ack, limits[1 - role]):
            if not after(segment.ack, sent[1 - role]) or connection.choices.foresees():
                return segment
            if is_open:
                sent[1 - role] = segment.ack
            continue
        is_opening &= not connection.completes_opening(segment, role)
        sent[role] = furthest(segment.end(), sent[role])
    return None


def is_real(connection, jump, rest):
    """Does anybody go on from numbers that lie beyond all that was expected? One that ends
    the connection has to be answered. The others count if nobody goes on from the numbers
    before them instead."""
    goes_on_before = goes_on = False
    role = connection.role_of(jump)
    for segment in until_replaced(connection, rest):
        if segment.flags & (SYN | RST) or not segment.has(ACK):
            continue
        is_same = connection.role_of(segment) == role
        begin, known = (jump.seq, connection.ends[role].nxt) if is_same else \
            (jump.ack, connection.ends[1 - role].nxt)
        goes_on_before |= segment.seq == known if jump.has(FIN) else \
            is_near(segment.seq, known)
        if jump.has(FIN):
            goes_on |= not is_same and is_near(segment.seq, begin) and \
                segment.ack == jump.end()
        elif is_near(segment.seq, begin) and \
                (segment.seq, segment.ack) != (jump.seq, jump.ack):
            return True
    return goes_on > goes_on_before if jump.has(FIN) else not goes_on_before
