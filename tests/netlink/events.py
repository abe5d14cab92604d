# SPDX-License-Identifier: GPL-2.0-only
#
# One connection's events, as the kernel's own YNL client hears them: the segments
# and the states of each step, in order, from new to end; and that of a flush.

import socket

from client import check, connect, wait_for

PORT = 6000
STATES = ("initiator", "responder")


class Listener:
    """A subscriber, and what it has heard of connections to PORT."""

    def __init__(self):
        self.ynl = connect()
        self.ynl.ntf_subscribe("events")
        self.heard = []

    def listen(self):
        self.ynl.check_ntf()
        while not self.ynl.async_msg_queue.empty():
            message = self.ynl.async_msg_queue.get()
            if message["msg"]["responder"]["port"] == PORT:
                self.heard.append(message)
        return self.heard

    def until(self, initiator, responder):
        """Until both ends are said to be in these states."""
        return wait_for(lambda: [m for m in self.listen()
                                 if states(m) == (initiator, responder)])

    def until_end(self):
        return wait_for(lambda: [m for m in self.listen() if m["name"] == "flow-end"])


def states(message, attribute="state"):
    return tuple(message["msg"][end][attribute] for end in STATES)


def step(message):
    """What somebody wants to know of one event."""
    segment = message["msg"]["event"].get("segment")
    told = ()
    if segment:
        told = (segment["from"], sorted(segment["flags"] - {"psh"}), segment["relative-seq"],
                segment.get("relative-ack"), segment["len"])
    return told + states(message)


# The article's exchange, without data: who sends which flags, relative sequence and
# acknowledgment numbers, length; then the states of both ends.
LADDER = [
    ("initiator", ["syn"], 0, None, 0, "syn-sent", "listen"),
    ("responder", ["ack", "syn"], 0, 1, 0, "syn-sent", "syn-received"),
    ("initiator", ["ack"], 1, 1, 0, "established", "established"),
    ("initiator", ["ack", "fin"], 1, 1, 0, "fin-wait-1", "established"),
    ("responder", ["ack"], 1, 2, 0, "fin-wait-2", "close-wait"),
    ("responder", ["ack", "fin"], 1, 2, 0, "fin-wait-2", "last-ack"),
    ("initiator", ["ack"], 2, 2, 0, "time-wait", "closed"),
]


# The segments that each end has sent by then, to open and to close
COUNTS = [(1, 0, 0, 0), (1, 0, 1, 0), (2, 0, 1, 0), (2, 1, 1, 0), (2, 1, 1, 1), (2, 1, 1, 2),
          (2, 2, 1, 2)]


def counts(message):
    return tuple(message["msg"][end].get(count, 0)
                 for end in STATES for count in ("opening", "closing"))


def open_pair(family, address):
    server = socket.create_server((address, PORT), family=family)
    client = socket.create_connection((address, PORT))
    accepted, _ = server.accept()
    server.close()
    return client, accepted


def check_events(name, events):
    numbers = [m["msg"]["event"]["number"] for m in events]
    check(f"{name}: the numbers count",
          numbers, list(range(numbers[0], numbers[0] + len(numbers))))
    check(f"{name}: all are of one connection", len({m["msg"]["id"] for m in events}), 1)
    check(f"{name}: the time goes on", lambda: all(
        a["msg"]["event"]["time-ns"] <= b["msg"]["event"]["time-ns"]
        for a, b in zip(events, events[1:])))
    check(f"{name}: the first one is as old as the connection",
          events[0]["msg"]["event"]["time-ns"] - events[0]["msg"]["id"] < 10**9)
    check(f"{name}: each begins where the one before led to",
          [states(m, "state-before") for m in events[1:]], [states(m) for m in events[:-1]])
    check(f"{name}: nothing is taken back", not any(
        "retract" in m["msg"]["event"] for m in events))


def repeated():
    """How many segments TCP has sent again."""
    with open("/proc/net/snmp", encoding="ascii") as lines:
        names, values = [line.split() for line in lines if line.startswith("Tcp:")]
    return int(values[names.index("RetransSegs")])


def live(family, address):
    """The events of one connection, from the first to the last."""
    listener = Listener()
    client, server = open_pair(family, address)
    client.shutdown(socket.SHUT_WR)
    listener.until("fin-wait-2", "close-wait")
    server.close()
    listener.until("time-wait", "closed")
    client.close()
    listener.until_end()
    return listener.heard


def whole_life(name, family, address):
    for _ in range(3):
        before = repeated()
        events = live(family, address)
        # On a busy machine a segment may be sent again, which is told as that.
        if repeated() == before:
            break
    check(f"{name}: the segments and states of each step",
          lambda: [step(m) for m in events[:len(LADDER)]], LADDER)
    check(f"{name}: each event has the counts so far",
          lambda: [counts(m) for m in events[:len(COUNTS)]], COUNTS)
    check(f"{name}: it begins as new and ends as an end, once",
          [m["name"] for m in events if m["name"] != "flow-transition"], ["flow-new", "flow-end"])
    check_events(name, events)
    check(f"{name}: a SYN is a transition of its sender", events[0]["msg"]["event"]["transition"],
          [{"end": "initiator", "trigger": "snd-syn", "from": "closed", "to": "syn-sent"}])
    check(f"{name}: the transition that ends it has the verdict, and none before it has",
          [m["msg"].get("verdict") for m in events[:len(LADDER)]],
          [None] * (len(LADDER) - 1) + ["closed"])
    end = events[-1]["msg"]
    check(f"{name}: the end has a verdict", end["verdict"], "closed")
    check(f"{name}: the end has the whole record",
          (end["initiator"]["opening"], end["responder"]["opening"], "syn-us" in end,
           "ack-us" in end, "age-ms" in end, end["initiator"].get("closer")),
          (2, 1, True, True, True, True))
    check(f"{name}: 2MSL ran out", end["event"].get("timer") or
          events[-2]["msg"]["event"].get("timer"), "time-wait")


def flushed(name, family, address):
    listener = Listener()
    client, server = open_pair(family, address)
    listener.until("established", "established")
    number = listener.heard[-1]["msg"]["id"]
    check(f"{name}: a flush forgets it",
          listener.ynl.do("flush", {"filter": {"responder": {"port-min": PORT}}})["count"], 1)
    listener.until_end()
    last = listener.heard[-1]
    check(f"{name}: its end says so", (last["name"], last["msg"]["verdict"], last["msg"]["id"]),
          ("flow-end", "flushed", number))
    check(f"{name}: no segment was the trigger", "segment" not in last["msg"]["event"])
    client.send(b"msg")
    wait_for(lambda: listener.listen()[-1]["name"] == "flow-new")
    fresh = listener.heard[-1]["msg"]
    check(f"{name}: its traffic is a new one, with another id", fresh["id"] != number)
    check(f"{name}: whose segment has no relative numbers",
          "relative-seq" not in fresh["event"]["segment"] and
          fresh["event"]["segment"]["len"] == 3)
    client.close()
    server.close()
    listener.ynl.do("flush", {})


for each in (whole_life, flushed):
    each("IPv4", socket.AF_INET, "127.0.0.1")
    each("IPv6", socket.AF_INET6, "::1")
