# SPDX-License-Identifier: GPL-2.0-only
"""What runs: waves, each with a wire and settings, and a script for each of its
connections, chosen by a seeded generator. The words of a script are actor.c's."""

import random

PLAIN, CLOSED, SILENT, DEFER, FASTOPEN, QUEUE, MPTCP = range(5000, 5007)
FIRST_PORT, OWN_PORT = 10000, 30000

# client and server, by topology
ADDRESSES = {
    "veth": {"ipv4": ("10.3.0.1", "10.3.0.2"), "ipv6": ("fd00:3::1", "fd00:3::2"),
             "mapped": ("::ffff:10.3.0.1", "::ffff:10.3.0.2")},
    "router": {"ipv4": ("10.1.0.2", "10.2.0.2"), "ipv6": ("fd00:1::2", "fd00:2::2"),
               "mapped": ("::ffff:10.1.0.2", "::ffff:10.2.0.2")},
}
OPEN = ["c.open", "c.connect", "s.accept"]


def other(end):
    return "s" if end == "c" else "c"


def exchange(rng):
    """A few bytes to and fro."""
    steps = []
    for _ in range(rng.choice((0, 0, 1, 1, 2, 4))):
        end, size = rng.choice("cs"), rng.choice((1, 10, 100, 1400, 4000))
        steps += [f"{end}.send={size}", f"{other(end)}.recv={size}"]
    return steps


def close_by(end):
    """One end closes, then the other."""
    return [f"{end}.close", f"{other(end)}.eof", f"{other(end)}.close"]


def ends(rng):
    end = rng.choice("cs")
    return end, other(end)


# Each way to open, use and close a connection: rng -> (port, steps)

def active_close(rng):
    return PLAIN, OPEN + exchange(rng) + close_by(rng.choice("cs"))


def shut_both(rng):
    a, b = ends(rng)
    return PLAIN, OPEN + exchange(rng) + [
        f"{a}.shut", f"{b}.shut", f"{a}.eof", f"{b}.eof", f"{b}.close", f"{a}.close"]


def close_both(rng):
    a, b = ends(rng)
    return PLAIN, OPEN + exchange(rng) + [f"{a}.close", f"{b}.close"]


def half_close(rng):
    a, b = ends(rng)
    steps = [f"{a}.shut", f"{b}.eof"]
    for _ in range(rng.randint(1, 4)):
        size = rng.choice((10, 1000, 5000))
        steps += [f"{b}.send={size}", f"{a}.recv={size}"]
    return PLAIN, OPEN + exchange(rng) + steps + [f"{b}.close", f"{a}.eof", f"{a}.close"]


def unread(rng):
    a, b = ends(rng)
    return PLAIN, OPEN + exchange(rng) + [
        f"{a}.send=100", f"{b}.readable", f"{b}.close", f"{a}.over", f"{a}.close"]


def linger(rng):
    a, b = ends(rng)
    before = rng.choice(([], [f"{b}.shut"], [f"{a}.shut"], [f"{a}.send=10"],
                         [f"{b}.shut", f"{a}.eof"]))
    return PLAIN, OPEN + exchange(rng) + before + [f"{a}.reset", f"{b}.over", f"{b}.close"]


def exits(rng):
    a, b = ends(rng)
    return PLAIN, OPEN + exchange(rng) + [
        f"{a}.{rng.choice(('exit', 'kill'))}", f"{b}.eof", f"{b}.close"]


def connect_exit(rng):
    del rng
    return PLAIN, ["c.open", "c.connect", "c.exit", "s.accept", "s.eof", "s.close"]


def destroy(rng):
    a, b = ends(rng)
    before = rng.choice(([], [f"{b}.shut"], [f"{a}.shut"], [f"{b}.shut", f"{a}.eof"],
                         [f"{b}.shut", f"{a}.eof", f"{a}.shut"]))
    return PLAIN, OPEN + exchange(rng) + before + [
        f"{a}.destroy", f"{a}.close", f"{b}.over", f"{b}.close"]


def refused(rng):
    del rng
    return CLOSED, ["c.open", "c.dial", "c.over", "c.close"]


def silent(rng):
    wait = rng.choice(("c.over", "c.after=20", "c.after=1500"))
    return SILENT, ["c.open", "c.dial", wait, "c.close"]


def urgent(rng):
    a, b = ends(rng)
    return PLAIN, OPEN + [f"{a}.oob=20", f"{b}.recv=19"] + close_by(rng.choice("cs"))


def zero_window(rng):
    a, b = ends(rng)
    return PLAIN, OPEN + [
        f"{b}.set=rcvbuf:4096", f"{a}.set=sndbuf:30000", f"{a}.fill",
        f"{a}.after={rng.choice((0, 50, 500))}", f"{b}.take"] + close_by(rng.choice("cs"))


def large(rng):
    a = rng.choice("cs")
    return PLAIN, OPEN + [f"{a}.pump={rng.choice((50000, 200000, 1000000))}"] + \
        close_by(rng.choice("cs"))


def deferred(rng):
    sends = ["c.send=10", "s.accept", "s.recv=10"] + close_by(rng.choice("cs"))
    never = [f"c.after={rng.choice((0, 1500))}", "c.close"]
    return DEFER, ["c.open", "c.connect"] + rng.choice((sends, never))


def fast_open(rng):
    size = rng.choice((1, 100, 1000))
    return FASTOPEN, ["c.open", f"c.fastopen={size}", "s.accept", f"s.recv={size}"] + \
        exchange(rng) + close_by(rng.choice("cs"))


def full_queue(rng):
    return QUEUE, ["c.open", "c.dial", f"c.after={rng.choice((0, 20, 1000))}", "c.close"]


def mptcp(rng):
    return rng.choice((PLAIN, MPTCP)), ["c.open=mptcp", "c.connect", "s.accept"] + \
        exchange(rng) + close_by(rng.choice("cs"))


def reuse(rng):
    """Again with the same addresses and ports, out of TIME_WAIT."""
    return PLAIN, (OPEN + exchange(rng) + close_by(rng.choice("cs")) + ["c.after=30"]) * 2


def simultaneous_open(rng, first="c"):
    """Who dials @first has a SYN that is still under way when the other dials."""
    return None, ["c.open", "s.open", f"{first}.dial", f"{other(first)}.dial", "c.connect",
                  "s.connect"] + exchange(rng) + close_by(rng.choice("cs"))


def dead_peer(rng):
    """The wire is cut: what the ends still send dies at the router."""
    a, b = ends(rng)
    cut = [f"{end}.set={{ttl}}:1" for end in "cs"]
    how = rng.choice((
        [f"{a}.set=keepalive:1", f"{a}.set=keepidle:1", f"{a}.set=keepintvl:1",
         f"{a}.set=keepcnt:2"] + cut + [f"{a}.over"],
        [f"{a}.set=usertimeout:700"] + cut + [f"{a}.send=100", f"{a}.over"],
        cut + [f"{a}.send=100", f"{a}.over"],
        cut + [f"{a}.close"],
        [f"{a}.shut", f"{b}.eof"] + cut + [f"{b}.close"],
    ))
    return PLAIN, OPEN + exchange(rng) + how


# Forged by a third host: flags, then what is added to the numbers that are expected,
# payload and fault. All of these Linux ignores, or answers with a challenge ACK. (No S.
# answers one of the S: on the wire that would be a new connection.)
HARMLESS = ["R:100", "R:1000", "R:-1", "R:-1000", "R:5000000", "R:0:0:0:badsum",
            "R.:100:0", "S:333", "S:-3000", "S:5000000", "S.:0:0", "S.:-1000:-1000",
            ".:0:-1000000", ".:-1000:0", "P.:-10:0:10", "P.:0:0:10:badsum",
            "F.:5000000:0", "F.:-1000:0", "F.:0:0:0:badsum", "F.:0:100000", "F:0"]
# What PAWS rejects
OLD = ["P.:0:0:10:old", "F.:0:0:0:old", ".:0:0:0:old"]
BELIEVED = ["R:0", "R.:0:0", "R:0:0:0:old", "R.:0:100000", "R.:0:-1000000"]


def forged(rng):
    a, b = ends(rng)
    steps = OPEN + exchange(rng)
    for _ in range(rng.randint(1, 4)):
        steps += [f"{rng.choice('cs')}.forge={{harmless}}"] + exchange(rng)
    end = rng.randrange(4)
    if end == 0:
        return PLAIN, steps + [f"{a}.forge={rng.choice(BELIEVED)}", f"{a}.over",
                               f"{b}.send=10", f"{b}.over", f"{a}.close", f"{b}.close"]
    if end == 1:
        # Half-closed: there is more to believe.
        steps += [f"{b}.shut", f"{a}.eof"]
        steps += [f"{rng.choice('cs')}.forge={{harmless}}"
                  for _ in range(rng.randint(1, 3))]
        return PLAIN, steps + [f"{a}.close", f"{b}.eof", f"{b}.close"]
    return PLAIN, steps + close_by(a)


# Each way, and how often beside the others
WAYS = {
    active_close: 30, shut_both: 10, close_both: 10, half_close: 10, unread: 10, linger: 10,
    exits: 10, connect_exit: 10, destroy: 10, refused: 10, urgent: 10, fast_open: 10, mptcp: 10,
    reuse: 4, silent: 2, zero_window: 2, large: 2, deferred: 2, full_queue: 2,
}
# What a router with this on its way fragments: IPv4 without the bit that forbids it
FRAGMENTS = 700


class Deck:
    """Deals settings to the waves of a topology, half of as many as there are wires: shuffled,
    over and over, so that each comes up as often as it is there."""

    def __init__(self, seed, number, topology):
        self.seed, self.topology = seed, topology
        self.round, number = divmod(number, len(WIRES))
        self.place, self.length = number // 2, len(WIRES) // 2
        self.wires = [pair[number % 2] for pair in zip(WIRES[::2], WIRES[1::2])]

    def deal(self, name, cards, among=None):
        """With @among, to wires for which that is true; the others get the first card."""
        rng = random.Random(f"{self.seed}.{name}.{self.topology}.{self.round}")
        places = [place for place in range(self.length)
                  if not among or among(self.wires[place])]
        if self.place not in places:
            return cards[0]
        cards = (cards * self.length)[:len(places)]
        rng.shuffle(cards)
        return cards[places.index(self.place)]


def has_sides(wire):
    """Does it matter which side is bad? Nearly all of some segments come from one."""
    return not WIRE[wire].clean and WIRE[wire].aim not in ("SYN", "SYN/ACK", "ACK")


class Wave:
    """A number of connections on the same wire."""

    def __init__(self, seed, number, size, ways=None):
        rng = random.Random(f"{seed}.{number}")
        self.number, self.size = number, size
        self.wire = WIRES[number % len(WIRES)]
        # Wires of a kind stand together in WIRES: each gets both, in turn.
        self.topology = ("veth", "router")[(number + number // len(WIRES)) % 2]
        deck = Deck(seed, number, self.topology)
        self.side = deck.deal("side", ["both", "both", "client", "server"], has_sides)
        self.family = deck.deal("family", ["ipv4", "ipv4", "ipv6", "mapped"])
        self.timestamps = deck.deal("timestamps", [1, 1, 1, 0])
        self.syncookies = deck.deal("syncookies", [1, 1, 2])
        self.abort_on_overflow = deck.deal("abort", [0, 1])
        self.fastopen = deck.deal("fastopen", ["0x3", "0x607"])
        self.offload = deck.deal("offload", ["on", "on", "off"])
        self.mtu = deck.deal("mtu", [1500, 1500, 1280])
        self.fragments = self.topology == "router" and self.family != "ipv6" and \
            bool(deck.deal("fragments", [0, 1]))
        if self.fragments:
            self.mtu = 1500
        self.kinds = {}
        # Filled in by the run: (local, remote) ports of ends whose FIN has left them
        self.closing = set()
        self.ways = ways or self.possible_ways()
        self.scripts = [self.script(rng, i) for i in range(size)]

    def possible_ways(self):
        """Where there is a router, a third host forges, and wires are cut behind it."""
        ways = dict(WAYS)
        if self.topology == "router":
            ways[forged] = 30
            if not self.is_clean():
                ways[dead_peer] = 2
        if self.delays():
            ways[simultaneous_open] = 4
        return ways

    def listeners(self):
        """Lines for the actor."""
        address = ADDRESSES[self.topology][self.family][1]
        for port, rest in ((PLAIN, "4096"), (DEFER, "4096 defer=1"),
                           (FASTOPEN, "4096 fastopen=1024"), (QUEUE, "0"),
                           (MPTCP, "4096 mptcp")):
            yield f"listen {address} {port} {rest}"

    def script(self, rng, i):
        way = rng.choices(list(self.ways), self.ways.values())[0]
        if way is simultaneous_open and self.side == "server":
            port, steps = way(rng, "s")
        else:
            port, steps = way(rng)
        harmless = HARMLESS + OLD * self.timestamps
        steps = [step.replace("{harmless}", rng.choice(harmless)) for step in steps]
        client, server = ADDRESSES[self.topology][self.family]
        ttl = "hops" if self.family == "ipv6" else "ttl"
        self.kinds[FIRST_PORT + i] = way.__name__
        return f"conn {i} {client} {FIRST_PORT + i} {server} {port or OWN_PORT + i} " + \
            " ".join(steps).replace("{ttl}", ttl)

    def is_clean(self):
        return WIRE[self.wire].clean

    def loses(self):
        """Does its wire lose anything?"""
        return bool(WIRE[self.wire].aim) or \
            any(word in WIRE[self.wire].netem for word in ("loss", "corrupt"))

    def delays(self):
        return WIRE[self.wire].delay > 0

    def nft(self, netns):
        """What nft drops in a namespace before its TCP, or the module, sees it."""
        other_side = "server" if netns == "client" else "client"
        rules = [f"tcp dport {SILENT} drop"]
        aim = WIRE[self.wire].aim
        # From the side that @side names, on its way to the other.
        if aim and self.side in (other_side, "both"):
            rules.append(f"{AIMS[aim]} tcp sport . tcp dport != @dropped "
                         "add @dropped { tcp sport . tcp dport } drop")
        return NFT.replace("RULES", "; ".join(rules))

    def number_of(self, ends):
        """The connection with these ends, or None."""
        ports = {int(end.rsplit(",", 1)[1]) for end in ends}
        return max(ports & self.kinds.keys(), default=FIRST_PORT - 1) - FIRST_PORT

    def kind_of(self, ends):
        return self.way_of(self.number_of(ends))

    def way_of(self, number):
        return self.kinds.get(FIRST_PORT + number)

    def settings(self):
        """Words for all that is not a connection's own."""
        side = [] if self.is_clean() else [f"side={self.side}"]
        return [self.wire, *side, self.topology, self.family,
                f"timestamps={self.timestamps}", f"syncookies={self.syncookies}",
                f"abort_on_overflow={self.abort_on_overflow}", f"fastopen={self.fastopen}",
                f"offload={self.offload}", f"mtu={self.mtu}"] + ["fragments"] * self.fragments

    def __str__(self):
        return f"wave {self.number}: {self.size} connections, {', '.join(self.settings())}"


class Wire:
    """What netem does or nft drops, and what may be expected of it."""

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

# The first of these of each connection
AIMS = {
    "SYN": "tcp flags & (syn | ack) == syn",
    "SYN/ACK": "tcp flags & (syn | ack) == syn | ack",
    "ACK": "tcp flags & (syn | ack | fin | rst) == ack",
    "FIN": "tcp flags & fin == fin",
    "ACK of a FIN": "tcp flags & (syn | ack | fin | rst) == ack tcp sport . tcp dport @closing",
    "RST": "tcp flags & rst == rst",
}
NFT = """
table inet truth
delete table inet truth
table inet truth {
    set dropped { type inet_service . inet_service; size 65536; flags dynamic; }
    set closing { type inet_service . inet_service; size 65536; flags dynamic; }
    chain in { type filter hook prerouting priority -350; RULES; }
    chain out {
        type filter hook output priority 0;
        tcp flags & fin == fin add @closing { tcp dport . tcp sport }
    }
}
"""
