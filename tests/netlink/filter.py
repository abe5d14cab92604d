# SPDX-License-Identifier: GPL-2.0-only
#
# For each filter: those that a list shows are those of the whole list that are
# like it. Each lets some through, and not all.

import ipaddress
import os
import random
import time

from client import check, connect, ids

ynl = connect()
ENDS = ("initiator", "responder")
MOST_TERMS = 64


def within(prefix):
    network = ipaddress.ip_network(prefix)
    return lambda end: ipaddress.ip_address(end["address"]) in network


def ports(least, most=None):
    return lambda end: least <= end["port"] <= (most or least)


def both(*conditions):
    return lambda end: all(condition(end) for condition in conditions)


# What an end is like: a match, and the same in Python.
MATCHES = [
    ("an IPv4 address", {"address": "127.1.2.3"}, within("127.1.2.3")),
    ("an IPv6 address", {"address": "fd00:1::1"}, within("fd00:1::1")),
    ("8 bits of IPv4", {"address": "127.9.9.9", "prefix-len": 8}, within("127.0.0.0/8")),
    ("15 bits of IPv4", {"address": "127.0.3.4", "prefix-len": 15}, within("127.0.0.0/15")),
    ("17 bits of IPv6", {"address": "fd00:1::", "prefix-len": 17}, within("fd00::/17")),
    ("127 bits of IPv6", {"address": "::", "prefix-len": 127}, within("::/127")),
    ("no bit of an IPv6 address", {"address": "::", "prefix-len": 0}, within("::/0")),
    ("a mapped IPv4 address", {"address": "::ffff:127.1.2.3"}, within("127.1.2.3")),
    ("8 bits of a mapped one", {"address": "::ffff:127.9.9.9", "prefix-len": 104},
     within("127.0.0.0/8")),
    ("no bit of a mapped one", {"address": "::ffff:0:0", "prefix-len": 96}, within("0.0.0.0/0")),
    ("fewer bits than mapped ones share", {"address": "::ffff:127.1.2.3", "prefix-len": 80},
     within("::/80")),
    ("a mapped address and port", {"address": "::ffff:127.0.0.0", "prefix-len": 120,
                                   "port-min": 5001, "port-max": 5002},
     both(within("127.0.0.0/24"), ports(5001, 5002))),
    ("a port", {"port-min": 5001}, ports(5001)),
    ("a range of ports", {"port-min": 5001, "port-max": 5002}, ports(5001, 5002)),
    ("address and port", {"address": "127.0.0.0", "prefix-len": 24, "port-min": 5001,
                          "port-max": 5002}, both(within("127.0.0.0/24"), ports(5001, 5002))),
    ("a prefix and a range", {"address": "127.1.0.0", "prefix-len": 16, "port-min": 1,
                              "port-max": 65535}, within("127.1.0.0/16")),
]

STATES = [
    ("initiator", ["established"]),
    ("initiator", ["closed", "time-wait"]),
    ("initiator", ["fin-wait-2"]),
    ("initiator", ["syn-sent"]),
    ("responder", ["established"]),
    ("responder", ["closed"]),
    ("responder", ["close-wait", "listen"]),
]


def of_end(end, like):
    return lambda record: like(record[end])


def of_either(like):
    return lambda record: any(like(record[end]) for end in ENDS)


def cases():
    for name in ("ipv4", "ipv6"):
        yield f"family {name}", {"family": name}, lambda r, name=name: r["family"] == name
    for what, match, like in MATCHES:
        for end in ENDS:
            yield f"{end}: {what}", {end: match}, of_end(end, like)
        yield f"either: {what}", {"either": match}, of_either(like)
    yield ("initiator and responder", {"initiator": {"address": "127.0.0.1"},
                                       "responder": {"port-min": 5001}},
           lambda r: r["initiator"]["address"] == "127.0.0.1" and r["responder"]["port"] == 5001)
    for end, states in STATES:
        yield (f"{end}-states {states}", {f"{end}-states": states},
               lambda r, end=end, states=states: r[end]["state"] in states)
        yield (f"states {states}", {"states": states},
               lambda r, states=states: any(r[end]["state"] in states for end in ENDS))
    for phases in (["open"], ["established"], ["close", "closed"]):
        yield f"phases {phases}", {"phases": phases}, lambda r, p=phases: r["phase"] in p
    for verdicts in (["none"], ["refused"], ["reset-by-initiator", "reset-by-responder"],
                     ["closed"]):
        yield (f"verdicts {verdicts}", {"verdicts": verdicts},
               lambda r, v=verdicts: r.get("verdict", "none") in v)
    for flags in (["picked-up"], ["one-way"], ["picked-up", "guessed"]):
        yield f"flags {flags}", {"flags": flags}, lambda r, f=flags: set(f) <= r["flags"]
    yield ("min-retransmits", {"min-retransmits": 1},
           lambda r: any(r[end].get("retransmits", 0) for end in ENDS))
    yield "uid", {"uid": 1001}, lambda r: any(r[end].get("uid") == 1001 for end in ENDS)
    yield "ifindex", {"ifindex": 1}, lambda r: r.get("ifindex") == 1
    for name, record in (("min-syn-us", "syn-us"), ("min-ack-us", "ack-us")):
        yield f"{name} 0", {name: 0}, lambda r, record=record: record in r
        cut_us = in_the_gap(record)
        yield name, {name: cut_us}, lambda r, record=record, cut=cut_us: r.get(record, 0) >= cut
    for name, record in (("min-idle-ms", "idle-ms"), ("min-in-state-ms", "in-state-ms")):
        cut_ms = in_the_gap(record)
        yield name, {name: cut_ms}, lambda r, record=record, cut=cut_ms: r[record] >= cut
    cut_ms = in_the_gap("age-ms")
    yield "min-age-ms", {"min-age-ms": cut_ms}, lambda r: r["age-ms"] > cut_ms
    yield "max-age-ms", {"max-age-ms": cut_ms}, lambda r: r["age-ms"] < cut_ms
    yield ("several attributes at once", {"family": "ipv4", "states": ["established"],
                                          "phases": ["established"], "min-age-ms": cut_ms},
           lambda r: (r["family"], r["phase"]) == ("ipv4", "established") and r["age-ms"] > cut_ms)


# What nothing passes, though each attribute alone lets something through: the
# address is one end's, and the port the other's.
NOTHING = {
    "either is one and the same end": {"either": {"address": "127.1.2.3", "port-min": 5002}},
    "half of the bits that mapped ones share":
        {"either": {"address": "::ffff:127.1.2.3", "prefix-len": 88}},
    "all flags are wanted": {"flags": ["picked-up", "one-way"]},
    "all attributes are wanted": {"family": "ipv6", "verdicts": ["refused"]},
}


def in_the_gap(attribute):
    """A value in the middle of the widest gap between those of an attribute, as of now."""
    values = sorted(record[attribute] for record in ynl.dump("flow-list", {})
                    if attribute in record)
    return sum(max(zip(values, values[1:]), key=lambda pair: pair[1] - pair[0])) // 2


def check_filter(name, wanted, like):
    whole = ynl.dump("flow-list", {})
    expected = ids(record for record in whole if like(record))
    check(f"{name}: some are like it, and not all", 0 < len(expected) < len(whole))
    check(f"{name}: a list", lambda: ids(ynl.dump("flow-list", {"filter": wanted})), expected)
    check(f"{name}: a count", lambda: ynl.do("flow-list", {"filter": wanted})["count"],
          len(expected))


def expression(terms, pool, size):
    """Add a random expression of SIZE terms; returns what tells whether a record passes it."""
    if size == 1:
        _, wanted, like = random.choice(pool)
        terms.append({"op": "match", "filter": wanted})
        return like
    if size == 2 or random.random() < 0.3:
        one = expression(terms, pool, size - 1)
        terms.append({"op": "not"})
        return lambda record: not one(record)
    left = random.randrange(1, size - 1)
    one = expression(terms, pool, left)
    two = expression(terms, pool, size - 1 - left)
    if random.random() < 0.5:
        terms.append({"op": "and"})
        return lambda record: one(record) and two(record)
    terms.append({"op": "or"})
    return lambda record: one(record) or two(record)


def check_expressions():
    """Random expressions of filters that each pass some, but that do not change by time."""
    pool = [case for case in cases() if not any("age" in name or "idle" in name or
                                                "in-state" in name for name in case[1])]
    whole = ynl.dump("flow-list", {})
    seed = int(os.environ.get("SEED") or time.time_ns())
    random.seed(seed)
    wrong, some = [], 0
    for i in range(5 * MOST_TERMS):
        terms = []
        like = expression(terms, pool, i % MOST_TERMS + 1)
        expected = ids(record for record in whole if like(record))
        some += 0 < len(expected) < len(whole)
        request = {"expression": {"term": terms}}
        if ids(ynl.dump("flow-list", request)) != expected or \
           ynl.do("flow-list", request)["count"] != len(expected):
            wrong.append((seed, terms))
    check("expressions: lists and counts", wrong, [])
    check("expressions: most pass some, and not all", some > 5 * MOST_TERMS // 2)
    many = [{"op": "match", "filter": {"either": {"port-min": 5000 + i}}} for i in range(32)]
    request = {"expression": {"term": many + [{"op": "or"}] * 31}}
    check("expressions: as many results at a time as there can be",
          ids(ynl.dump("flow-list", request)),
          ids(record for record in whole
              if any(5000 <= record[end]["port"] < 5032 for end in ENDS)))
    nothing = [{"op": "match", "filter": {}}, {"op": "not"}]
    check("expressions: what nothing passes", ynl.dump("flow-list",
                                                       {"expression": {"term": nothing}}), [])
    check("expressions: a flush of nothing",
          ynl.do("flush", {"expression": {"term": nothing}})["count"], 0)
    check("expressions: nothing is forgotten", ids(ynl.dump("flow-list", {})), ids(whole))


def main():
    records = ynl.dump("flow-list", {})
    for case in cases():
        check_filter(*case)
    for name, wanted in NOTHING.items():
        check(f"{name}: a list", ynl.dump("flow-list", {"filter": wanted}), [])
        check(f"{name}: a count", ynl.do("flow-list", {"filter": wanted})["count"], 0)
        check(f"{name}: a flush", ynl.do("flush", {"filter": wanted})["count"], 0)
    check("no flush took what was not meant", ids(ynl.dump("flow-list", {})), ids(records))
    check_expressions()
    records = ynl.dump("flow-list", {})
    young = [record for record in records if record["responder"]["port"] == 5098]
    request = {"expression": {"term": [
        {"op": "match", "filter": {"phases": ["open"]}}, {"op": "not"},
        {"op": "match", "filter": {"responder": {"port-min": 5098}}}, {"op": "not"},
        {"op": "or"}, {"op": "not"}]}}
    check("a flush of an expression", ynl.do("flush", request)["count"], len(young))
    check("it forgets what passes, and nothing else", ids(ynl.dump("flow-list", {})),
          ids(record for record in records if record not in young))
    cut_ms = in_the_gap("age-ms")
    records = ynl.dump("flow-list", {})
    old = [record for record in records if record["age-ms"] > cut_ms]
    check("a flush counts what it forgets",
          ynl.do("flush", {"filter": {"min-age-ms": cut_ms}})["count"], len(old))
    check("and forgets nothing else", len(ynl.dump("flow-list", {})), len(records) - len(old))
    check("without a filter it forgets all", ynl.do("flush", {})["count"],
          len(records) - len(old))
    check("then nothing is there", ynl.dump("flow-list", {}), [])


main()
