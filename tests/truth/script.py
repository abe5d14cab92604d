# SPDX-License-Identifier: GPL-2.0-only
"""Chooses what runs.

Connections come in waves. A wave has a wire and settings, and a script for each of its
connections. A generator with a seed chooses the scripts from the ways in ways.py.
"""

import copy
import random

from ways import DEFER, FASTOPEN, HARMLESS, MPTCP, NO_RST, NO_SYN, NO_SYN_ACK, OFFLOADED, OLD, \
    PLAIN, PROXIED, QUEUE, SILENT, UNANSWERED, UNECHOED, WAYS, dead_peer, false_answer, forged, \
    idle_reset, offloaded, proxied, server_port, simultaneous_open

FIRST_PORT = 10000

# The addresses of client and server, by topology and family
ADDRESSES = {
    "veth": {"ipv4": ("10.3.0.1", "10.3.0.2"), "ipv6": ("fd00:3::1", "fd00:3::2"),
             "mapped": ("::ffff:10.3.0.1", "::ffff:10.3.0.2")},
    "router": {"ipv4": ("10.1.0.2", "10.2.0.2"), "ipv6": ("fd00:1::2", "fd00:2::2"),
               "mapped": ("::ffff:10.1.0.2", "::ffff:10.2.0.2")},
}
# The MTU of the route on which the router fragments IPv4 packets (those without DF)
FRAGMENTS = 700


class Deck:
    """Deals settings to the waves of a topology.

    A round has one wave for each wire, and half of them have this topology. In each round the
    cards are shuffled and dealt to its waves, so that a setting comes up in proportion to the
    number of its cards.
    """

    def __init__(self, seed, number, topology):
        self.seed, self.topology = seed, topology
        self.round, number = divmod(number, len(WIRES))
        self.place, self.length = number // 2, len(WIRES) // 2
        self.wires = [pair[number % 2] for pair in zip(WIRES[::2], WIRES[1::2])]

    def deal(self, name, cards, among=None):
        """The card of this wave. With @among, only the wires for which it is true take part;
        the others get the first card."""
        rng = random.Random(f"{self.seed}.{name}.{self.topology}.{self.round}")
        places = [place for place in range(self.length)
                  if not among or among(self.wires[place])]
        if self.place not in places:
            return cards[0]
        cards = (cards * self.length)[:len(places)]
        rng.shuffle(cards)
        return cards[places.index(self.place)]


def has_sides(wire):
    """Does it matter which side of the wire is bad? It does not where the wire drops a kind
    of segment that nearly always comes from the same side."""
    return not WIRE[wire].clean and WIRE[wire].aim not in ("SYN", "SYN/ACK", "ACK")


class Wave:
    """A number of connections on the same wire."""

    def __init__(self, seed, number, size, ways=None):
        rng = random.Random(f"{seed}.{number}")
        self.number, self.size = number, size
        # How many connections the whole wave has, if this is a part of it
        self.whole = size
        self.wire = WIRES[number % len(WIRES)]
        # Similar wires stand next to each other in WIRES, so that both topologies get one.
        self.topology = ("veth", "router")[(number + number // len(WIRES)) % 2]
        deck = Deck(seed, number, self.topology)
        self.side = deck.deal("side", ["both", "both", "client", "server"], has_sides)
        self.family = deck.deal("family", ["ipv4", "ipv4", "ipv6", "mapped"])
        self.timestamps = deck.deal("timestamps", [1, 1, 1, 0])
        self.abort_on_overflow = deck.deal("abort", [0, 1])
        # net.ipv4.tcp_fastopen of client and server, and the server's tcp_syncookies. With
        # syncookies=2, the server does no Fast Open.
        self.fastopen, self.syncookies = deck.deal("fastopen", [
            (fastopen, syncookies) for fastopen in ("0x3/0x3", "0x607/0x607", "0x5/0x1")
            for syncookies in (1, 1, 2)])
        self.offload = deck.deal("offload", ["on", "on", "off"])
        self.mtu = deck.deal("mtu", [1500, 1500, 1280])
        self.fragments = self.topology == "router" and self.family != "ipv6" and \
            bool(deck.deal("fragments", [0, 1]))
        if self.fragments:
            self.mtu = 1500
        self.kinds = {}
        # The run fills these in: the (local, remote) ports of ends that have sent a FIN, and of
        # those that sent it before they received any RST
        self.closing, self.closing_first = set(), set()
        self.ways = ways or self.possible_ways()
        # By the number of the connection
        self.scripts = {i: self.script(rng, i) for i in range(size)}

    def parts(self, most):
        """Cuts the wave into parts, equally large, of @most connections each."""
        count = -(-self.size // most)
        numbers = list(self.scripts)
        for i in range(count):
            part = copy.copy(self)
            part.scripts = {number: self.scripts[number] for number in
                            numbers[i * self.size // count:(i + 1) * self.size // count]}
            part.size = len(part.scripts)
            yield part

    def possible_ways(self):
        """The ways that this wave's topology and wire allow, with their weights. Where there
        is a router, a third host can forge segments, and the wire can be cut behind it."""
        ways = dict(WAYS)
        if self.topology == "router":
            ways[forged] = 30
            ways[false_answer] = 6
            if self.keeps():
                ways[proxied] = 10
            ways[offloaded] = 6
            if not self.is_clean():
                ways[dead_peer] = 2
        if self.delays():
            ways[simultaneous_open] = 4
        if self.keeps() and WIRE[self.wire].aim != "ACK":
            ways[idle_reset] = 2
        return ways

    def listeners(self):
        """The actor's commands that open the listeners."""
        address = ADDRESSES[self.topology][self.family][1]
        for port, rest in ((PLAIN, "4096"), (DEFER, "4096 defer=1"),
                           (FASTOPEN, "4096 fastopen=1024"), (QUEUE, "0"),
                           (MPTCP, "4096 mptcp"), (PROXIED, "4096"), (OFFLOADED, "4096")):
            yield f"listen {address} {port} {rest}"

    def script(self, rng, i):
        way = rng.choices(list(self.ways), self.ways.values())[0]
        if way is simultaneous_open and self.side == "server":
            port, steps = way(rng, "s")
        else:
            port, steps = way(rng)
        harmless = HARMLESS + OLD * self.timestamps
        unanswered = UNANSWERED + UNECHOED * 4 * self.timestamps
        steps = [step.replace("{harmless}", rng.choice(harmless))
                 .replace("{unanswered}", rng.choice(unanswered)) for step in steps]
        client, server = ADDRESSES[self.topology][self.family]
        ttl = "hops" if self.family == "ipv6" else "ttl"
        self.kinds[FIRST_PORT + i] = way.__name__
        return f"conn {i} {client} {FIRST_PORT + i} {server} {server_port(port, i)} " + \
            " ".join(steps).replace("{ttl}", ttl)

    def is_clean(self):
        return WIRE[self.wire].clean

    def loses(self):
        """Can a segment be lost on this wire?"""
        return bool(WIRE[self.wire].aim) or \
            any(word in WIRE[self.wire].netem for word in ("loss", "corrupt"))

    def keeps(self):
        """Does each segment pass this wire exactly once? A wire that drops only the first
        segment of some kind counts as such. (On worse wires SYNPROXY itself translates
        numbers wrongly.)"""
        return not any(word in WIRE[self.wire].netem
                       for word in ("loss", "corrupt", "duplicate"))

    def delays(self):
        return WIRE[self.wire].delay > 0

    def nft(self, netns):
        """The rules by which nft drops segments in a namespace, before the module or TCP sees
        them."""
        other_side = "server" if netns == "client" else "client"
        rules = [f"tcp dport {SILENT} drop"]
        aim = WIRE[self.wire].aim
        # The segment is sent by the side that self.side names, and dropped at the other one.
        if aim and self.side in (other_side, "both"):
            rules.append(f"{AIMS[aim]} tcp sport . tcp dport != @dropped "
                         "add @dropped { tcp sport . tcp dport } drop")
        # On these ports the first such segment is dropped, on any wire.
        for segment, first, side in (("RST", NO_RST, "client"), ("SYN", NO_SYN, "server"),
                                     ("SYN/ACK", NO_SYN_ACK, "client")):
            if netns == side:
                port = "dport" if side == "server" else "sport"
                rules.append(f"{AIMS[segment]} tcp {port} {first}-{first + 4999} "
                             "tcp sport . tcp dport != @missed "
                             "add @missed { tcp sport . tcp dport } drop")
        return NFT.replace("RULES", "; ".join(rules))

    def number_of(self, ends):
        """The number of the connection between these ends; -1 if it is none of this wave."""
        ports = {int(end.rsplit(",", 1)[1]) for end in ends}
        return max(ports & self.kinds.keys(), default=FIRST_PORT - 1) - FIRST_PORT

    def kind_of(self, ends):
        return self.way_of(self.number_of(ends))

    def repeats_syn(self, ends):
        """Does the client of this connection open several sockets that send the same SYN,
        until one is answered?"""
        return self.kind_of(ends) in ("retried", "false_answer")

    def retries(self, ends):
        """Can the SYN of this connection be refused before it is accepted?"""
        return self.kind_of(ends) in ("retried", "refused_elsewhere")

    def way_of(self, number):
        return self.kinds.get(FIRST_PORT + number)

    def settings(self):
        """Words for the wire and the settings of the wave."""
        side = [] if self.is_clean() else [f"side={self.side}"]
        return [self.wire, *side, self.topology, self.family,
                f"timestamps={self.timestamps}", f"syncookies={self.syncookies}",
                f"abort_on_overflow={self.abort_on_overflow}", f"fastopen={self.fastopen}",
                f"offload={self.offload}", f"mtu={self.mtu}"] + ["fragments"] * self.fragments

    def __str__(self):
        return f"wave {self.number}: {self.size} connections, {', '.join(self.settings())}" + \
            f", a part of {self.whole}" * (self.size < self.whole)


class Wire:
    """A wire: the words for netem; whether it is clean; its delay in ms; and of which kind of
    segment (a key of AIMS) nft drops the first."""

    def __init__(self, netem="", clean=False, delay=0, aim=None):
        self.netem, self.clean, self.delay, self.aim = netem, clean, delay, aim


WIRE = {
    "clean": Wire(clean=True),
    "slow": Wire("delay 4ms", delay=4),
    "loss 1%": Wire("loss 1%"),
    "loss 10%": Wire("loss 10%"),
    "loss 30%": Wire("loss 30%"),
    "duplicate": Wire("duplicate 20%"),
    "reorder": Wire("delay 3ms reorder 60% 30%", delay=3),
    "jitter": Wire("delay 4ms 3ms", delay=4),
    "corrupt": Wire("corrupt 5%"),
    "all": Wire("delay 2ms 2ms loss 5% duplicate 5% corrupt 2% reorder 20%", delay=2),
    "no first SYN": Wire(aim="SYN"),
    "no first SYN/ACK": Wire(aim="SYN/ACK"),
    "no third ACK": Wire(aim="ACK"),
    "no first FIN": Wire(aim="FIN"),
    "no first ACK of a FIN": Wire(aim="ACK of a FIN"),
    "no first RST": Wire(aim="RST"),
}
WIRES = ["clean", "clean", "slow", "loss 1%", "no first SYN", "duplicate", "loss 10%",
         "no first SYN/ACK", "reorder", "no first FIN", "no third ACK", "jitter", "clean",
         "corrupt", "no first ACK of a FIN", "loss 30%", "no first RST", "all"]

# The kinds of which nft can drop the first segment of each connection
AIMS = {
    "SYN": "tcp flags & (syn | ack) == syn",
    "SYN/ACK": "tcp flags & (syn | ack) == syn | ack",
    "ACK": "tcp flags & (syn | ack | fin | rst) == ack",
    "FIN": "tcp flags & fin == fin",
    "ACK of a FIN": "tcp flags & (syn | ack | fin | rst) == ack tcp sport . tcp dport @closing",
    "RST": "tcp flags & rst == rst",
}
# The router's rules, in every wave
ROUTER = f"""
table inet gateway {{
    flowtable fast {{ hook ingress priority 0; devices = {{ veth1, veth2 }}; }}
    chain tracked {{
        type filter hook prerouting priority raw;
        tcp dport {PROXIED} tcp flags syn / fin,syn,rst,ack notrack
        tcp dport != {{ {PROXIED}, {OFFLOADED} }} tcp sport != {{ {PROXIED}, {OFFLOADED} }} notrack
    }}
    chain forwarded {{
        type filter hook forward priority 0;
        tcp dport {PROXIED} ct state invalid,untracked synproxy mss 1460 wscale 7 \\
            timestamp sack-perm
        tcp dport {PROXIED} ct state invalid drop
        tcp sport {PROXIED} ct state invalid drop
        tcp dport {OFFLOADED} flow add @fast
    }}
}}
"""
NFT = """
table inet truth
delete table inet truth
table inet truth {
    set dropped { type inet_service . inet_service; size 65536; flags dynamic; }
    set missed { type inet_service . inet_service; size 65536; flags dynamic; }
    set closing { type inet_service . inet_service; size 65536; flags dynamic; }
    set closing_first { type inet_service . inet_service; size 65536; flags dynamic; }
    set got_rst { type inet_service . inet_service; size 65536; flags dynamic; }
    chain in {
        type filter hook prerouting priority -350;
        RULES;
        tcp flags & rst == rst add @got_rst { tcp sport . tcp dport }
    }
    chain out {
        type filter hook output priority 0;
        tcp flags & fin == fin add @closing { tcp dport . tcp sport }
        tcp flags & fin == fin tcp dport . tcp sport != @got_rst \
            add @closing_first { tcp dport . tcp sport }
    }
}
"""
