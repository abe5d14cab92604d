# SPDX-License-Identifier: GPL-2.0-only
"""The ways to open, use and close a connection, as scripts in the words of actor.c."""

PLAIN, CLOSED, SILENT, DEFER, FASTOPEN, QUEUE, MPTCP, PROXIED, OFFLOADED = range(5000, 5009)
# At these ports each connection has a listener of its own. They differ in what is dropped:
# nothing, the first RST at the client, the first SYN at the server, or the first SYN/ACK at
# the client. Each range has as many ports as a wave can have connections.
OWN_PORT, NO_RST, NO_SYN, NO_SYN_ACK = range(30000, 50000, 5000)

OPEN = ["c.open", "c.connect", "s.accept"]


def server_port(port, number):
    """The server's port of a connection, from the port that its way gave."""
    return port + number if port >= OWN_PORT else port


def other(end):
    return "s" if end == "c" else "c"


def exchange(rng):
    """Steps that send data in either direction, up to four times."""
    steps = []
    for _ in range(rng.choice((0, 0, 1, 1, 2, 4))):
        end, size = rng.choice("cs"), rng.choice((1, 10, 100, 1400, 4000))
        steps += [f"{end}.send={size}", f"{other(end)}.recv={size}"]
    return steps


def close_by(end):
    """Steps by which that end closes first, and then the other."""
    return [f"{end}.close", f"{other(end)}.eof", f"{other(end)}.close"]


def ends(rng):
    end = rng.choice("cs")
    return end, other(end)


# Each of these functions is a way to open, use and close a connection. It takes a random
# generator, and returns the server's port and the steps of the script.

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


def syn_data(rng):
    """Sends data on a SYN to a listener without Fast Open. In one case of four the client
    closes before the answer arrives, so that a RST follows right behind the SYN."""
    size = rng.choice((1, 100, 1000))
    if rng.randrange(4):
        return PLAIN, ["c.open", f"c.fastopen={size}", "s.accept", f"s.recv={size}"] + \
            exchange(rng) + close_by(rng.choice("cs"))
    return NO_SYN_ACK, ["s.listen", "c.open", f"c.dial={size}", "c.after=20", "c.close", "c.after=1200"]


def isn(rng):
    return f"c.isn={rng.randrange(1, 1 << 32)}"


def retried(rng):
    """A SYN is refused, and another socket sends the same SYN again."""
    number = isn(rng)
    return OWN_PORT, ["c.open", number, "c.dial", "c.over", "c.close"] * rng.choice((1, 1, 2)) + \
        ["s.listen", "c.open", number, "c.connect", "s.accept"] + exchange(rng) + \
        close_by(rng.choice("cs"))


def refused_elsewhere(rng):
    """One socket repeats its SYN, because the RST that refused the first one was lost."""
    return NO_RST, ["c.open", "c.dial", "c.after=100", "s.listen", "c.connect", "s.accept"] + \
        exchange(rng) + close_by(rng.choice("cs"))


def same_syn(rng):
    """A second connection begins with the SYN of the first one, which has ended with a RST,
    or with a normal close after which the server is in TIME_WAIT."""
    number = isn(rng)
    opening = ["c.open", number, "c.connect", "s.accept"] + exchange(rng)
    ending = rng.choice((["c.reset", "s.over", "s.close"], ["s.reset", "c.over", "c.close"],
                         close_by("s")))
    return PLAIN, opening + ending + ["c.after=30"] + opening + close_by(rng.choice("cs"))


def flushed(rng):
    """The module forgets the connection, as if it had been loaded later, and picks it up from
    keep-alive probes. (Before that, the script waits for copies of the SYN, which would begin
    another record.)"""
    probed = [f"{end}.set={option}:1" for end in rng.choice(("c", "s", "cs"))
              for option in ("keepalive", "keepidle", "keepintvl")]
    return OPEN + ["c.after=20"] + exchange(rng) + probed + ["c.flush", "c.after=1200"] + \
        exchange(rng)


def idle(rng):
    return PLAIN, flushed(rng) + close_by(rng.choice("cs"))


def idle_reset(rng):
    """The same, ended by a RST. (This is only for wires that do not lose the probes, because
    a RST alone begins no record.)"""
    a, b = ends(rng)
    return PLAIN, flushed(rng) + [f"{a}.reset", f"{b}.over", f"{b}.close"]


def full_queue(rng):
    return QUEUE, ["c.open", "c.dial", f"c.after={rng.choice((0, 20, 1000))}", "c.close"]


def mptcp(rng):
    return rng.choice((PLAIN, MPTCP)), ["c.open=mptcp", "c.connect", "s.accept"] + \
        exchange(rng) + close_by(rng.choice("cs"))


def reuse(rng):
    """Opens a second connection with the same addresses and ports, in TIME_WAIT."""
    return PLAIN, (OPEN + exchange(rng) + close_by(rng.choice("cs")) + ["c.after=30"]) * 2


def simultaneous_open(rng, first="c"):
    """Both ends connect to each other: @first sends its SYN first, and the other end sends
    its own while that is in flight."""
    return OWN_PORT, ["c.open", "s.open", f"{first}.dial", f"{other(first)}.dial", "c.connect",
                  "s.connect"] + exchange(rng) + close_by(rng.choice("cs"))


def dead_peer(rng):
    """The wire is cut: the router drops whatever the ends send from then on."""
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


# Segments that a third host forges. Each is written as FLAGS:SEQ:ACK:PAYLOAD:FAULT, where SEQ
# and ACK are added to the numbers that the receiver expects. Linux ignores each of these, or
# answers it with a challenge ACK. (None of the SYN/ACKs answers one of the SYNs: on the wire
# that would be a new connection.)
HARMLESS = ["R:100", "R:1000", "R:-1", "R:-1000", "R:5000000", "R:0:0:0:badsum",
            "R.:100:0", "S:333", "S:-3000", "S:5000000", "S.:0:0", "S.:-1000:-1000",
            ".:0:-1000000", ".:-1000:0", "P.:-10:0:10", "P.:0:0:10:badsum",
            "F.:5000000:0", "F.:-1000:0", "F.:0:0:0:badsum", "F.:0:100000", "F:0"]
# Segments that PAWS rejects
OLD = ["P.:0:0:10:old", "F.:0:0:0:old", ".:0:0:0:old"]
# RSTs that Linux believes
BELIEVED = ["R:0", "R.:0:0", "R:0:0:0:old", "R.:0:100000", "R.:0:-1000000"]
# Segments that a client in SYN_SENT ignores, or answers with a RST
UNANSWERED = ["R.:0:-1", "R.:0:1", "R.:5000000:1000", "R:0", "R:1", "R.:0:0:0:badsum",
              "S.:777:-1", "S.:777:100", ".:0:1"]
# The same, for a client that has sent a timestamp
UNECHOED = ["R.:0:0:0:echo", "S.:777:0:0:echo"]


def pair(rng):
    """Forges a SYN with a random number from one end, and the RST/ACK from the other end that
    refuses it."""
    a, b = ends(rng)
    number = rng.randrange(1 << 32)
    return [f"{a}.forge=S:={number}", f"{b}.forge=R.:=0:={(number + 1) % (1 << 32)}"]


def false_answer(rng):
    """A third host answers a SYN."""
    number = isn(rng)
    steps = ["s.listen", "c.open", number, "c.dial"]
    steps += ["c.forge={unanswered}"] * rng.choice((1, 1, 2))
    if not rng.randrange(4):
        steps += ["c.forge=R.:0:0", "c.over", "c.close"]
        if not rng.randrange(2):
            return NO_SYN, steps
        steps += ["c.open", number]
    return NO_SYN, steps + ["c.connect", "s.accept"] + exchange(rng) + \
        close_by(rng.choice("cs"))


def any_end(rng, resets="cs"):
    """Ends a connection: one end closes first, or both close at once, or one of @resets sends
    a RST."""
    a, b = ends(rng)
    resetter = rng.choice(resets)
    return rng.choice((
        close_by(a), close_by(a), [f"{a}.close", f"{b}.close"],
        [f"{a}.shut", f"{b}.eof", f"{b}.send=1000", f"{a}.recv=1000", f"{b}.close", f"{a}.close"],
        [f"{resetter}.reset", f"{other(resetter)}.over", f"{other(resetter)}.close"]))


def proxied(rng):
    """The router opens the connection with SYNPROXY, and translates its numbers from then on.
    The server sends no RST, because SYNPROXY translates the server's RSTs wrongly after data,
    and the client ignores them."""
    return PROXIED, OPEN + exchange(rng) + any_end(rng, "c")


def offloaded(rng):
    """A flowtable of the router carries the connection past the hooks. It gives the
    connection back after one to two seconds without packets."""
    return OFFLOADED, OPEN + exchange(rng) + [f"{rng.choice('cs')}.pump=20000"] + \
        rng.choice(([], ["c.after=2100"], ["c.after=2100"] + exchange(rng))) + any_end(rng)


def forged(rng):
    """A third host forges segments into a connection, and in one case of four a RST that one
    end believes."""
    a, b = ends(rng)
    steps = OPEN + exchange(rng)
    for _ in range(rng.randint(1, 4)):
        steps += rng.choice((pair(rng), *[[f"{rng.choice('cs')}.forge={{harmless}}"]] * 4))
        steps += exchange(rng)
    end = rng.randrange(4)
    if end == 0:
        return PLAIN, steps + [f"{a}.forge={rng.choice(BELIEVED)}", f"{a}.over",
                               f"{b}.send=10", f"{b}.over", f"{a}.close", f"{b}.close"]
    if end == 1:
        # Forge into a half-closed connection as well, where more numbers are acceptable.
        steps += [f"{b}.shut", f"{a}.eof"]
        steps += [f"{rng.choice('cs')}.forge={{harmless}}"
                  for _ in range(rng.randint(1, 3))]
        return PLAIN, steps + [f"{a}.close", f"{b}.eof", f"{b}.close"]
    return PLAIN, steps + close_by(a)


# How often each way is chosen, relative to the others
WAYS = {
    active_close: 30, shut_both: 10, close_both: 10, half_close: 10, unread: 10, linger: 10,
    exits: 10, connect_exit: 10, destroy: 10, refused: 10, urgent: 10, fast_open: 10, mptcp: 10,
    syn_data: 6, retried: 4, refused_elsewhere: 3, same_syn: 4, idle: 3,
    reuse: 4, silent: 2, zero_window: 2, large: 2, deferred: 2, full_queue: 2,
}
