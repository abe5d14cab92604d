# SPDX-License-Identifier: GPL-2.0-only
"""Many connections out of a few recorded ones: each a copy of one, with an address of
its own, of which packets are lost, come twice or out of order, or whose beginning or
end was not recorded. Chosen by a seeded generator."""

import copy
from collections import Counter


def connections(packets):
    """The packets of each pair of ends, in order."""
    found = {}
    for packet in packets:
        found.setdefault(frozenset(packet.ends()), []).append(packet)
    return list(found.values())


# Each way to change a list of packets: rng, packets -> packets

def keep(rng, packets):
    del rng
    return packets


def drop(rng, packets):
    gone = set(rng.sample(range(len(packets)), min(len(packets) - 1, rng.randint(1, 3))))
    return [packet for i, packet in enumerate(packets) if i not in gone]


def duplicate(rng, packets):
    """At once, or after some others."""
    packets = list(packets)
    for _ in range(rng.randint(1, 3)):
        i = rng.randrange(len(packets))
        packets.insert(min(len(packets), i + rng.choice((1, 1, 2, 3, 6))), packets[i])
    return packets


def reorder(rng, packets):
    packets = list(packets)
    for _ in range(rng.randint(1, 2)):
        packet = packets.pop(rng.randrange(len(packets)))
        at = rng.randrange(len(packets) + 1)
        packets.insert(at, packet)
    return packets


def swap(rng, packets):
    packets = list(packets)
    for _ in range(rng.randint(1, 2)):
        i = rng.randrange(len(packets))
        j = min(i + 1, len(packets) - 1)
        packets[i], packets[j] = packets[j], packets[i]
    return packets


def behead(rng, packets):
    return packets[rng.randrange(len(packets)):]


def curtail(rng, packets):
    return packets[:rng.randint(1, len(packets))]


def one_way(rng, packets):
    """Only what one of its ends sends passes here."""
    end = packets[rng.randrange(len(packets))].ends()[0]
    return [packet for packet in packets if packet.ends()[0] == end]


def again(rng, packets):
    """Then all of it once more, with the same numbers."""
    return packets + behead(rng, packets)


def corrupt(rng, packets):
    """One of them has a wrong checksum when it arrives."""
    packets = list(packets)
    i = rng.randrange(len(packets))
    packets[i] = copy.deepcopy(packets[i])
    packets[i].is_bad = True
    return packets


def garble(rng, packets):
    """The header of one of them is not what was sent: its flags, a number, its window or
    where its data begin."""
    packets = list(packets)
    i = rng.randrange(len(packets))
    packet = packets[i] = copy.deepcopy(packets[i])
    room = len(packet.ip) - packet.at
    offsets = [size for size in range(16) if size < 5 or 4 * size > room]
    begin, size = rng.choice(((13, 1), (13, 1), (4, 4), (8, 4), (14, 2), (12, 1)))
    for at in range(packet.at + begin, packet.at + begin + size):
        packet.ip[at] = rng.choice(offsets) << 4 if begin == 12 else rng.getrandbits(8)
    return packets


WAYS = [keep, corrupt, garble, drop, drop, duplicate, duplicate, reorder, reorder, swap,
        behead, behead, curtail, curtail, one_way, again]


def readdress(packet, old, number):
    """The same packet of another host."""
    new = old[:1] + number.to_bytes(3, "big") if len(old) == 4 else \
        old[:12] + number.to_bytes(4, "big")
    packet.set_addresses(*(new if address == old else address
                           for address in packet.addresses()))
    return packet.seal()


def mutants(rng, packets, count):
    """@count connections made of those in @packets, in the order of their times, and
    what was done how often."""
    models = connections(packets)
    made, done = [], Counter()
    for number in range(1, count + 1):
        model = changed = models[(number - 1) % len(models)]
        ways = [rng.choice(WAYS)] + [rng.choice(WAYS)] * rng.choice((0, 0, 1))
        for way in ways:
            changed = way(rng, changed)
            done[way.__name__] += 1
        first = min(model, key=lambda packet: packet.time_ns)
        # Where one was not moved it keeps its time; nothing comes before what is before it.
        time_ns = 0
        for packet in changed:
            packet = readdress(copy.deepcopy(packet), first.addresses()[0], number)
            time_ns = packet.time_ns = max(packet.time_ns, time_ns)
            made.append(packet)
    # Stable: those of a connection stay in order.
    made.sort(key=lambda packet: packet.time_ns)
    return made, done
