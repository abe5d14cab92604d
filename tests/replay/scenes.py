# SPDX-License-Identifier: GPL-2.0-only
"""Conversations that no socket of this machine holds: refused and asked again, forged
into, begun before the capture or continued where it does not see. Each is written segment
by segment, as the hosts named in it would send them; nothing here judges a number or
knows a state."""

import struct

import capture
from capture import ACK, FIN, PSH, RST, SYN

MASK = 0xffffffff
STEP_NS = 8 * 10**6         # from one segment to the next
ROUND_NS = 300 * 10**6      # more than any round trip here
RETRY_NS = 10**9            # until something is sent again
LENGTHS = (1, 20, 536, 1448)
WINDOW = 64240


class Host:
    """One end: what it has sent, and what has reached it."""

    def __init__(self, rng, address, port):
        self.rng, self.address, self.port = rng, address, port
        self.tick = rng.getrandbits(32)
        self.echo = 0
        self.start()

    def start(self):
        self.isn = self.nxt = self.rng.getrandbits(32)
        self.rcv = 0
        self.window = WINDOW


class Scene:
    """A conversation, and those of its packets that pass here."""

    def __init__(self, rng, number):
        self.rng, self.packets = rng, []
        self.time_ns = rng.randrange(2 * 10**9)
        self.has_times = rng.random() < 0.6
        family = rng.choice((4, 4, 6))
        self.client = Host(rng, address_of(family, 1, number), rng.randrange(32768, 61000))
        self.server = Host(rng, address_of(family, 2, number), rng.choice((80, 443, 5001)))
        self.ends = (self.client, self.server)

    def peer(self, host):
        return self.ends[host is self.client]

    def wait(self, time_ns):
        self.time_ns += time_ns

    def put(self, host, flags, seq, ack=0, length=0, window=None, echo=None, data=None):
        """A packet that passes here, whoever it is that sends it in the name of a host."""
        options = b""
        if flags & SYN:
            options += struct.pack(">BBHBBBB", 2, 4, 1460, 4, 2, 1, 1)
        if self.has_times and not flags & RST:
            host.tick = (host.tick + 1) & MASK
            options += struct.pack(">BBBBII", 1, 1, 8, 10, host.tick,
                                   host.echo if echo is None else echo)
        if flags & SYN:
            options += struct.pack(">BBBB", 1, 3, 3, 7)
        peer = self.peer(host)
        self.packets.append(capture.build(
            self.time_ns, (host.address, host.port), (peer.address, peer.port),
            flags, seq & MASK, ack & MASK, b"." * length if data is None else data,
            host.window if window is None else window, options))
        self.wait(STEP_NS)

    def send(self, host, flags, length=0, is_seen=True, is_lost=False, **changed):
        """What a host sends next; it arrives unless it is lost."""
        peer = self.peer(host)
        if is_seen:
            self.put(host, flags, host.nxt, host.rcv if flags & ACK else 0, length,
                     **changed)
        host.nxt = (host.nxt + length + bool(flags & SYN) + bool(flags & FIN)) & MASK
        if not is_lost:
            peer.rcv, peer.echo = host.nxt, host.tick

    def again(self, host, flags, back, length=0):
        """What a host has sent @back numbers before its next one, once more."""
        self.put(host, flags, host.nxt - back, host.rcv if flags & ACK else 0, length)

    # What conversations are made of

    def syn(self, length=0, **changed):
        self.client.start()
        self.client.echo = 0
        self.send(self.client, SYN, length, **changed)

    def syn_again(self):
        self.put(self.client, SYN, self.client.isn)

    def refuse(self):
        """The answer of a host where nobody listens."""
        self.put(self.server, RST | ACK, 0, self.client.nxt, window=0)

    def accept(self, flags=0, **changed):
        self.server.start()
        self.server.rcv = self.client.nxt
        self.send(self.server, SYN | ACK | flags, **changed)

    def write(self, host, text):
        self.send(host, ACK | PSH, len(text), data=text)
        self.ack(self.peer(host))

    def ack(self, host, **changed):
        self.send(host, ACK, **changed)

    def say(self, host, is_acked=True, **changed):
        self.send(host, ACK | PSH, self.rng.choice(LENGTHS), **changed)
        if is_acked:
            self.ack(self.peer(host), **changed)

    def open(self, **changed):
        self.syn(**changed)
        self.accept(**changed)
        self.ack(self.client, **changed)

    def talk(self, most=3, **changed):
        for _ in range(self.rng.randint(1, most)):
            self.say(self.rng.choice(self.ends), **changed)

    def fin(self, host, **changed):
        self.send(host, FIN | ACK, self.rng.choice((0, 0, 100)), **changed)

    def close(self, first=None):
        """Both ends close, one after the other."""
        first = first or self.rng.choice(self.ends)
        second = self.peer(first)
        self.fin(first)
        if self.rng.random() < 0.5:
            self.ack(second)
        if self.rng.random() < 0.2:
            self.say(second)
        self.fin(second)
        self.ack(first)

    def reset(self, host):
        flags = self.rng.choice((RST, RST | ACK))
        self.put(host, flags, host.nxt, host.rcv if flags & ACK else 0, window=0)

    def end(self):
        """In one of the ways there are, or not at all."""
        way = self.rng.randrange(6)
        if way < 2:
            self.close(self.ends[way])
        elif way < 4:
            self.reset(self.ends[way - 2])
        elif way == 4:
            self.fin(self.rng.choice(self.ends))

    def go_on(self):
        """Nobody, one end or both of them say more, and end it or not."""
        said_by = self.rng.choice(((), self.ends[:1], self.ends[1:], self.ends))
        for host in said_by:
            for _ in range(self.rng.randint(1, 2)):
                self.say(host)
        if said_by and self.rng.random() < 0.7:
            self.end()


def address_of(family, host, number):
    if family == 4:
        return bytes((10, 128 + host)) + number.to_bytes(2, "big")
    return b"\xfd" + bytes(10) + bytes((host,)) + number.to_bytes(4, "big")


# Each conversation: what happens in it

def refused_then_accepted(s):
    """A SYN that is refused comes again with the same number, and then is accepted."""
    s.syn()
    for _ in range(s.rng.randint(1, 3)):
        s.refuse()
        s.wait(RETRY_NS // 2)
        s.syn_again()
    s.accept()
    s.ack(s.client)
    s.talk()
    s.end()


def refused_to_the_end(s):
    s.syn()
    s.refuse()
    for _ in range(s.rng.randint(0, 3)):
        s.wait(RETRY_NS // 2)
        s.syn_again()
        if s.rng.random() < 0.8:
            s.refuse()


def refused_then_another(s):
    """After a refusal another SYN, which is accepted."""
    s.syn()
    s.refuse()
    s.wait(RETRY_NS)
    s.open()
    s.talk()
    s.end()


def refused_in_vain(s):
    """The end that refuses goes on as if it had not, with a FIN and then a SYN/ACK."""
    s.syn()
    s.refuse()
    s.put(s.server, FIN | ACK, 0, s.client.nxt)
    s.accept()
    s.ack(s.client)
    s.go_on()


def refusal_forged(s):
    """A third host answers the SYN with a RST; the client ignores it."""
    s.syn()
    s.put(s.server, RST | ACK, 0, s.client.nxt, window=0)
    if s.rng.random() < 0.3:
        s.wait(RETRY_NS)
        s.syn_again()
    s.accept()
    s.ack(s.client)
    s.go_on()


def pair_forged(s):
    """Two packets of a third host, a SYN with any number and its refusal, in a connection
    that lives."""
    s.open()
    s.talk()
    victim = s.rng.choice(s.ends)
    for _ in range(s.rng.choice((1, 1, 2))):
        number = s.rng.getrandbits(32)
        s.put(victim, SYN, number)
        s.put(s.peer(victim), RST | ACK, s.rng.choice((0, s.rng.getrandbits(32))),
              number + 1, window=0)
        if s.rng.random() < 0.3:
            s.talk(1)
    s.go_on()


def pair_forged_in_close(s):
    """The same while it is being closed."""
    s.open()
    s.talk()
    host = s.rng.choice(s.ends)
    s.fin(host)
    if s.rng.random() < 0.5:
        s.ack(s.peer(host))
    number = s.rng.getrandbits(32)
    s.put(s.client, SYN, number)
    s.put(s.server, RST | ACK, 0, number + 1, window=0)
    if s.rng.random() < 0.8:
        s.say(s.peer(host))
        s.fin(s.peer(host))
        s.ack(host)


def syns_crossed_unseen(s):
    """After a refusal the client's next SYN crosses one that passes elsewhere."""
    s.syn()
    s.refuse()
    s.wait(RETRY_NS // 4)
    s.syn()
    s.server.start()
    s.send(s.server, SYN, is_seen=False)
    is_heard = s.rng.random() < 0.7
    s.put(s.client, SYN | ACK, s.client.isn, s.client.rcv)
    s.server.rcv = s.client.nxt
    for host in s.rng.choice(((s.server,), (s.server, s.client))):
        if is_heard or host is s.client:
            s.ack(host)
    if is_heard:
        s.talk()
        s.end()
    else:
        s.say(s.client, is_acked=False)


def answered_unseen(s):
    """After a connection that is over, what the server answers the next SYN with passes
    elsewhere."""
    s.syn()
    if s.rng.random() < 0.5:
        s.refuse()
    else:
        s.accept()
        s.ack(s.client)
        s.close()
    s.wait(RETRY_NS)
    s.syn()
    s.server.start()
    s.server.rcv = s.client.nxt
    s.send(s.server, SYN | ACK, is_seen=False)
    for _ in range(s.rng.randint(1, 3)):
        s.ack(s.client)
        s.send(s.client, ACK | PSH, 100)


def echo_wrong(s):
    """A SYN/ACK echoes a time that was never sent: Linux answers with a RST, and asks
    again."""
    s.has_times = True
    s.syn()
    s.server.start()
    s.put(s.server, SYN | ACK, s.server.isn, s.client.nxt,
          echo=(s.client.tick - 10**6) & MASK)
    s.put(s.client, RST, s.client.nxt, window=0)
    for _ in range(s.rng.randint(0, 2)):
        s.wait(RETRY_NS)
        s.syn_again()
    if s.rng.random() < 0.6:
        s.accept()
        s.ack(s.client)
        s.go_on()


def same_syn_after_reset(s):
    s.open()
    s.talk()
    s.reset(s.rng.choice(s.ends))
    same_syn(s)


def same_syn_after_close(s):
    s.open()
    s.talk()
    s.close()
    same_syn(s)


def same_syn(s):
    """The number of the first SYN again: accepted, refused, or late and of no use."""
    s.wait(RETRY_NS)
    s.syn_again()
    s.client.nxt = (s.client.isn + 1) & MASK
    way = s.rng.randrange(3)
    if way == 0:
        s.refuse()
    elif way == 1:
        s.accept()
        s.ack(s.client)
        s.talk()
        s.end()


def data_on_syn(s):
    """Data on a SYN, of which the SYN/ACK acknowledges all, or nothing; then the end
    comes where the client's numbers go on."""
    s.syn(s.rng.choice((1, 100, 1200)))
    sent = s.client.nxt
    s.server.start()
    s.server.rcv = sent if s.rng.random() < 0.4 else (s.client.isn + 1) & MASK
    s.client.nxt = s.server.rcv
    s.send(s.server, SYN | ACK)
    s.server.rcv = s.client.nxt
    if s.rng.random() < 0.2:
        s.reset(s.client)
        return
    s.ack(s.client)
    if s.rng.random() < 0.5:
        s.talk()
    s.end()


def refused_with_data(s):
    s.syn(100)
    s.refuse()


def reset_beyond_window(s):
    """A RST behind more than its receiver's window, or behind what it dropped."""
    s.client.window = s.server.window = 16
    s.open()
    s.talk()
    host = s.rng.choice(s.ends)
    s.peer(host).window = 16
    s.ack(s.peer(host))
    for _ in range(s.rng.randint(3, 5)):
        s.send(host, ACK | PSH, 1448, is_lost=True)
    s.reset(host)
    if s.rng.random() < 0.5:
        s.ack(s.peer(host))


def fin_on_syn_ack(s):
    """A server of Fast Open answers and closes at once."""
    s.syn(s.rng.choice((0, 100)))
    s.accept(FIN)
    s.ack(s.client)
    if s.rng.random() < 0.7:
        s.fin(s.client)
        s.ack(s.server)


def reset_forged(s):
    """A third host guesses the number that a RST needs, and is not believed all the same,
    since more has arrived before it; or it is."""
    s.open()
    s.talk()
    host = s.rng.choice(s.ends)
    if s.rng.random() < 0.5:
        s.say(host, is_acked=False)
        s.put(host, RST, s.peer(host).rcv - s.rng.choice((0, 1)), window=0)
    else:
        s.put(host, RST, host.nxt, window=0)
    s.go_on()


def reset_in_handshake(s):
    """A RST before the third segment, of either end, which the other has not received."""
    s.syn()
    s.accept()
    host = s.rng.choice(s.ends)
    s.put(host, s.rng.choice((RST, RST | ACK)), host.nxt, s.peer(host).nxt, window=0)
    if s.rng.random() < 0.7:
        s.ack(s.client)
        s.go_on()


def picked_up(s):
    """What passes begins in mid-stream: with a keep-alive probe, with what is sent again,
    with an ACK or data."""
    s.open(is_seen=False)
    s.talk(is_seen=False)
    host = s.rng.choice(s.ends)
    peer = s.peer(host)
    way = s.rng.randrange(5)
    if way == 0:
        s.again(host, ACK, 1, s.rng.choice((0, 1)))
    elif way == 1:
        s.send(host, ACK | PSH, 3000, is_seen=False)
        s.again(host, ACK | PSH, 3000, 1448)
    elif way == 2:
        s.ack(host)
    elif way == 3:
        s.send(host, ACK | PSH, 500)
    else:
        s.send(host, ACK | PSH, 900, is_seen=False)
        s.again(host, ACK | PSH, 900, 400)
        s.put(host, ACK | PSH, host.nxt - 500, host.rcv, 500)
    if s.rng.random() < 0.8:
        s.ack(peer)
    if s.rng.random() < 0.5:
        s.talk()
    s.end()


def gone_on_unseen(s):
    """The middle of a connection passes elsewhere; its end may come first of what is
    seen of it again."""
    s.open()
    s.talk()
    for _ in range(s.rng.randint(1, 40)):
        s.send(s.rng.choice(s.ends), ACK | PSH, 5000, is_seen=False)
    s.talk(1, is_seen=False)
    if s.rng.random() < 0.5:
        s.talk()
    s.end()


def ack_forged(s):
    """One packet of a third host, with any numbers."""
    s.open()
    s.talk()
    s.put(s.rng.choice(s.ends), s.rng.choice((ACK, ACK | PSH, FIN | ACK, RST, RST | ACK)),
          s.rng.getrandbits(32), s.rng.getrandbits(32), s.rng.choice((0, 0, 100)))
    s.talk(1)
    s.end()


def ack_forged_early(s):
    """The same before the handshake is over, or before there is an answer."""
    s.syn()
    is_answered = s.rng.random() < 0.3
    if is_answered:
        s.accept()
    s.put(s.rng.choice(s.ends), s.rng.choice((ACK, ACK | PSH, SYN | ACK, RST, FIN | ACK)),
          s.rng.getrandbits(32), s.rng.getrandbits(32), s.rng.choice((0, 0, 100)))
    if not is_answered:
        s.accept()
    s.ack(s.client)
    s.talk()
    s.end()


def answered_twice(s):
    """A SYN/ACK that the client does not take, another one that it takes, and a copy of the
    first: by the numbers that it sends they know which one it was."""
    s.syn()
    isn = s.rng.getrandbits(32)
    s.put(s.server, SYN | ACK, isn, s.client.nxt)
    if s.rng.random() < 0.7:
        s.put(s.client, RST, s.client.nxt, window=0)
    s.accept()
    for _ in range(s.rng.randint(0, 2)):
        s.put(s.server, SYN | ACK, isn, s.client.nxt)
    if s.rng.random() < 0.3:
        s.put(s.client, RST, s.client.nxt, window=0)
    s.ack(s.client)
    s.talk()
    s.end()


def reopened_unseen(s):
    """After a RST the same SYN again, which passes elsewhere."""
    s.open()
    s.talk()
    s.reset(s.rng.choice(s.ends))
    s.wait(RETRY_NS)
    s.client.nxt = (s.client.isn + 1) & MASK
    s.accept()
    s.ack(s.client)
    s.talk(5)
    s.end()


def refused_late(s):
    """Refusals of two SYNs, the second of which has passed, and then of one that nobody
    has seen, or of the first."""
    s.syn()
    first = s.client.nxt
    s.wait(RETRY_NS // 4)
    s.syn()
    s.refuse()
    s.put(s.server, RST | ACK, 0, s.rng.choice((first, s.rng.getrandbits(32))), window=0)
    if s.rng.random() < 0.5:
        s.syn_again()
        s.refuse()


def overtaken(s):
    """The second of two SYNs is answered, and its SYN/ACK, or the first data, is late."""
    s.syn()
    s.wait(RETRY_NS // 4)
    s.syn()
    s.server.start()
    s.server.rcv = s.client.nxt
    isn = s.server.isn
    s.send(s.server, SYN | ACK, is_seen=False)
    is_data = s.rng.random() < 0.5
    if is_data:
        s.put(s.server, SYN | ACK, isn, s.client.nxt)
    s.send(s.server, ACK | PSH, 20, is_seen=False)
    s.send(s.server, ACK | PSH, 1448)
    s.put(s.server, *((ACK | PSH, isn + 1, s.client.nxt, 20) if is_data else
                      (SYN | ACK, isn, s.client.nxt)))
    s.ack(s.client)
    s.talk()
    s.end()


def reset_while_it_waits(s):
    """After a connection that is over another SYN, in whose name a third host sends a RST;
    of its server nothing is seen."""
    s.syn()
    s.put(s.client, RST, s.client.nxt, window=0)
    s.wait(RETRY_NS // 4)
    s.syn()
    s.put(s.client, RST, s.client.nxt, window=0)
    s.server.start()
    s.server.rcv = s.client.nxt
    s.send(s.server, SYN | ACK, is_seen=False)
    for _ in range(s.rng.randint(1, 4)):
        s.send(s.client, ACK | PSH, 100)
        s.send(s.server, ACK | PSH, s.rng.choice(LENGTHS), is_seen=False)


def flags_without_sense(s):
    """Flags that no host sends, in a connection that lives."""
    s.open()
    s.talk()
    for _ in range(s.rng.randint(1, 3)):
        host = s.rng.choice(s.ends)
        s.put(host, s.rng.choice((0, FIN, PSH, FIN | PSH, SYN | FIN, SYN | FIN | ACK | PSH,
                                  SYN | FIN | PSH)), host.nxt, host.rcv)
    s.end()


SCENES = [refused_then_accepted, refused_to_the_end, refused_then_another, refused_in_vain,
          refusal_forged,
          pair_forged, pair_forged, pair_forged_in_close, syns_crossed_unseen, answered_unseen,
          echo_wrong, same_syn_after_reset, same_syn_after_close, data_on_syn,
          refused_with_data, reset_beyond_window, fin_on_syn_ack, reset_forged,
          reset_in_handshake, picked_up, picked_up, gone_on_unseen, ack_forged,
          ack_forged_early, flags_without_sense, answered_twice, refused_late, overtaken]
# These are not changed any further: if one segment less is seen, nobody can tell which
# connection it is.
HALF_SEEN = [reopened_unseen, reset_while_it_waits]


# What becomes of a segment: it comes, is lost before here or behind, is late, comes twice, or
# its ACK is lost, so that it is sent again in vain.
FATES = ("comes",) * 5 + ("lost before", "lost behind", "late", "twice", "in vain")
PASSES = {"lost before": 0, "twice": 2}     # how often it passes here, if not once


def lost_in_flight(s):
    """Windows of segments of which some are lost, late or doubled, until the other end has all
    of them; sometimes the last of them is a FIN."""
    s.open()
    for _ in range(s.rng.randint(1, 3)):
        fly(s, s.rng.choice(s.ends), s.rng.randint(3, 8))
    if s.rng.random() < 0.5:
        fly(s, s.rng.choice(s.ends), s.rng.randint(1, 4), FIN)
    else:
        s.end()


def fly(s, host, count, flags=0):
    """One window; @flags are those of its last segment, in addition."""
    peer, flight, arrived = s.peer(host), [], set()
    for number in range(1, count + 1):
        size, extra = s.rng.choice(LENGTHS), flags if number == count else 0
        flight.append((host.nxt, size, extra))
        host.nxt = (host.nxt + size + bool(extra)) & MASK
    # What is sent again is so after a round trip.
    waiting = flight + [None]
    while any(waiting):
        each = waiting.pop(0)
        if not each:
            s.wait(ROUND_NS)
            waiting.append(None)
            continue
        seq, size, extra = each
        fate = s.rng.choice(FATES)
        if fate == "late":
            waiting.insert(s.rng.randint(1, 3), each)
            continue
        for _ in range(PASSES.get(fate, 1)):
            s.put(host, ACK | PSH | extra, seq, host.rcv, size)
        if fate not in ("lost before", "lost behind"):
            arrived.add(each)
        if fate in ("lost before", "lost behind", "in vain"):
            waiting.append(each)
        for begin, length, fin in flight:
            if begin == peer.rcv and (begin, length, fin) in arrived:
                peer.rcv = (begin + length + bool(fin)) & MASK
        if fate != "lost before" and s.rng.random() < 0.7:
            s.ack(peer)
    s.ack(peer)


# These have a file of their own.
LOSSY = [lost_in_flight]


def ftp(rng):
    """Not one of them, since two connections belong together: one announces the port of
    another, which tshark therefore expects."""
    control, data = Scene(rng, 1), Scene(rng, 1)
    addresses = address_of(4, 1, 1), address_of(4, 2, 1)
    for scene in (control, data):
        scene.client.address, scene.server.address = addresses
    control.server.port, data.server.port = 21, 40000 + rng.randrange(1000)
    control.open()
    control.write(control.client, b"PASV\r\n")
    control.write(control.server, b"227 Entering Passive Mode (%d,%d,%d,%d,%d,%d).\r\n" %
                  (*addresses[1], *divmod(data.server.port, 256)))
    data.time_ns = control.time_ns
    data.open()
    data.say(data.server)
    data.close()
    return control.packets + data.packets


def play(rng, count, scenes=None):
    """The packets of @count conversations, in the order of their times."""
    packets, scenes = [], scenes or SCENES
    for number in range(1, count + 1):
        scene = Scene(rng, number)
        scenes[number % len(scenes)](scene)
        packets += scene.packets
    return sorted(packets, key=lambda packet: packet.time_ns)
