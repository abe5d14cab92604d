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


def is_near(number, other, distance=NEAR_BYTES):
    return other is not None and \
        min((number - other) & MASK, (other - number) & MASK) <= distance


def is_third(connection, segment, sent):
    """Is it the third segment of the handshake, or does it show that this has passed elsewhere?
    @sent: how far both have sent."""
    role, (initiator, responder) = connection.role_of(segment), connection.ends
    if segment.flags & (SYN | RST | ACK) != ACK:
        return False
    if role == 0:
        return segment.seq == initiator.nxt and segment.ack in (sent[1], responder.nxt)
    return responder.state == "SYN_RECEIVED" and not initiator.is_heard and \
        connection.acceptable(segment, role)


def until_replaced(connection, rest, is_over=False):
    """The segments that follow and may belong to a connection: a SYN that is answered
    begins another one. While this one is over, that may not be seen: then its sender
    goes on from it."""
    known, rival, is_closed = connection.syns(), connection.rival, False
    is_opening, sent = connection.is_opening(), [end.nxt for end in connection.ends]
    fins = {role for role in (0, 1) if rival and rival.ends[role].fin is not None}
    asked = connection.asked - known - (rival.syns() if rival else set())
    is_revived, now = False, rest.segments[rest.at]
    refused = {(now.destination, (now.ack - 1) & MASK)} if now.has(RST) else set()
    for segment in rest:
        syn = (segment.source, segment.seq)
        if rival and rival.is_revived_by(segment):
            is_revived = True
        elif is_revived and rival.is_closed_by(segment):
            is_revived = False
        if segment.is_bare_syn() and is_revived and syn in rival.syns():
            continue        # it repeats the SYN of the rival, which goes on
        if segment.is_bare_syn() and syn not in known:
            if rival and (syn not in rival.syns() or is_closed or rival.seems_over(segment)):
                return      # it waits in its place
            if not rival:
                # One of this end that waited for an answer waits no more.
                asked = {each for each in asked if each[0] != segment.source} | {syn}
        elif segment.is_bare_syn() and is_over and not rival and \
                any(source == segment.destination for source, _ in asked - refused):
            continue        # it crosses the other end's SYN
        elif segment.is_bare_syn() and is_over and not rival and not is_opening:
            asked.add(syn)      # it may open another connection
        elif segment.has(RST):
            refused.add((segment.destination, (segment.ack - 1) & MASK))
            is_closed |= rival is not None and \
                is_near(segment.seq, rival.ends[rival.role_of(segment)].nxt)
        elif segment.has(SYN | ACK) and \
                (segment.destination, (segment.ack - 1) & MASK) in asked:
            return
        elif is_over and segment.has(SYN) and connection.is_open() and \
                connection.is_another_answer(segment, connection.role_of(segment)) and \
                connection.choices.foresees():
            return      # the same SYN once more has passed elsewhere
        elif is_over and segment.has(ACK) and \
                (segment.has(SYN) or not connection.explains(segment, sent)) and \
                (segment.source, (segment.seq - (not segment.has(SYN))) & MASK) in asked:
            return
        elif is_over and segment.has(ACK) and not connection.explains(segment, sent) and \
                (segment.destination, (segment.ack - 1) & MASK) in asked:
            continue    # it has received that SYN
        elif rival and is_near(segment.seq, rival.ends[rival.role_of(segment)].nxt):
            if segment.has(FIN):
                fins.add(rival.role_of(segment))
            else:
                is_closed |= len(fins) == 2     # it acknowledges the second of them
        role = connection.role_of(segment)
        if connection.is_another_answer(segment, role):
            sent[role] = (segment.seq + 1) & MASK
        is_opening &= not is_third(connection, segment, sent)
        if not segment.flags & (SYN | RST) and is_near(segment.end(), sent[role]):
            sent[role] = furthest(segment.end(), sent[role])
        yield segment


def has_no_claim(rival, segment):
    """Is the older connection over, and does it not explain what this acknowledges? Or does it
    wait for an answer to another SYN than the one from which its sender goes on?"""
    if rival.seems_over(segment):
        return not rival.explains(segment)
    end = rival.ends[rival.role_of(segment)]
    return rival.is_opening() and not (after(segment.seq, end.base) and
                                       not after(segment.seq, end.nxt))


def go_on_from(segment, role, limits):
    """What both have sent, and how far that proves nothing, for those who cannot look ahead
    and know the least of its numbers only."""
    sent = [segment.end(), segment.ack] if role == 0 else [segment.ack, segment.end()]
    return sent, [here if after(limit, here) else limit for limit, here in zip(limits, sent)]


def picked_up(segment, role):
    """Both ends' ACKs that are known then."""
    return [segment.ack, None] if role == 0 else [None, segment.ack]


def disproofs(connection, limits, rest):
    """The segments by which an end acknowledges what the other one has first sent after this
    point, beyond its limit. If its receiver takes one of them, it lives, and so does the
    connection, whatever a RST has said. A handshake that goes on shows the same. Each comes
    with the one that it answers, if that has to be taken, too."""
    limits, sent = list(limits), list(limits)
    for role, end in enumerate(connection.ends):
        sent[role] = furthest(end.nxt, sent[role]) if end.nxt is not None else sent[role]
    is_opening, is_open = connection.is_opening(), connection.is_open()
    elsewhere = None            # a segment with numbers that nobody knows
    answers, acked = set(connection.ends[1].answers), [end.ack for end in connection.ends]
    is_heard, carriers = [end.is_heard for end in connection.ends], ([], [])
    # The furthest ACK of each end that is known, which nobody knows once it is picked up
    acks, is_in_step = [end.ack for end in connection.ends], connection.is_in_step
    for segment in until_replaced(connection, rest, is_over=True):
        role = connection.role_of(segment)
        if segment.has(RST):
            # Said once more, it may have come after all that was sent until then.
            if segment.seq in (sent[role], connection.ends[1 - role].ack):
                before, limits = limits, list(sent)
                if connection.ends[role].fin is None:
                    limits[role] = furthest(segment.seq, before[role])
            continue
        if connection.rival and not segment.has(SYN) and \
                not has_no_claim(connection.rival, segment) and \
                is_near(segment.ack, connection.rival.ends[1 - role].nxt):
            continue            # the connection speaks that this one waits to replace
        if segment.has(SYN):
            if is_opening and connection.goes_on_opening(segment, role):
                yield segment, None
            if is_opening and connection.is_another_answer(segment, role) and \
                    segment.seq not in answers:
                answers.add(segment.seq)
                limits[role], sent[role] = segment.seq, (segment.seq + 1) & MASK
            continue
        if None in sent:
            if segment.has(ACK) and is_opening and sent[1 - role] is None and \
                    (not connection.rival or has_no_claim(connection.rival, segment)) and \
                    (segment.seq - sent[role]) & MASK <= WINDOW_MAX and \
                    (not connection.rival or segment.seq in
                     (sent[role], connection.ends[role].offered())):
                yield segment, None     # it has received a SYN since, though not here
            continue
        if not segment.has(ACK):
            continue
        is_heard[role] = True
        if is_opening and connection.names_answer(segment, role, answers,
                                                  ((sent[1] or 0) - 1) & MASK):
            limits[1] = sent[1] = segment.ack       # perhaps sent before this point
        was_acked, acked[role] = acked[role], segment.ack
        is_closed = connection.ends[1 - role].fin is not None
        if not is_near(segment.seq, sent[role], connection.ends[1 - role].reach()) and \
                not is_near(segment.seq, connection.ends[1 - role].ack) or \
                not is_near(segment.ack, sent[1 - role]) and \
                not (is_closed and is_near(segment.ack, was_acked)):
            if is_open and elsewhere and elsewhere.source == segment.destination and \
                    (segment.seq, segment.ack) == (elsewhere.ack, elsewhere.end()):
                # Both ends go on, with numbers that came up unseen.
                yield segment, elsewhere
            elsewhere = segment
            if (not is_heard[1 - role] and (is_open or connection.ends[role].isn is None) or
                    is_open and not is_in_step and
                    not connection.acceptable(segment, role)) and \
                    not connection.choices.foresees():
                sent, limits = go_on_from(segment, role, limits)
                is_in_step, acks = False, picked_up(segment, role)
            continue
        if is_open and not is_in_step and after(acks[1 - role], segment.end()) and \
                not connection.choices.foresees():
            sent, limits = go_on_from(segment, role, limits)
            acks = picked_up(segment, role)
            continue
        if after(segment.ack, limits[1 - role]):
            if not after(segment.ack, sent[1 - role]) or connection.choices.foresees():
                yield segment, next((each for each in carriers[1 - role]
                                     if not after(segment.ack, each.end())), None)
                continue
            if not is_open or segment.has(FIN) and is_in_step:
                continue    # nothing could take a FIN back
            sent[1 - role] = segment.ack
            is_in_step, acks = False, picked_up(segment, role)
            if is_heard[1 - role]:
                limits[1 - role] = segment.ack      # perhaps sent before this point
            if segment.has(FIN):
                continue
        if is_opening and is_third(connection, segment, sent):
            is_opening, is_open = False, True
        if connection.ends[role].fin is None:
            sent[role] = furthest(segment.end(), sent[role])
            carriers[role].append(segment)
        acks[role] = furthest(segment.ack, acks[role])
        is_in_step |= acks == sent[::-1]


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
