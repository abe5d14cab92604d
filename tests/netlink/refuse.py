# SPDX-License-Identifier: GPL-2.0-only
#
# Each request that is wrong, and what it is told: errno, a message, and the very
# attribute at fault.

import errno

from client import Netlink, answer, answer_at, attributes, check, connect

V4, OTHER_V4 = bytes([127, 0, 0, 1]), bytes([127, 0, 0, 2])
V6 = bytes(15) + b"\1"
MAPPED = bytes(10) + b"\xff\xff" + V4

# What is wrong, a filter, the attribute at fault, words of the message. Where the
# kernel's own validation refuses it, the words are the kernel's.
FILTERS = [
    ("an address of 5 bytes", [("initiator", [("address", bytes(5))])], "match.address", "address"),
    ("an address of 0 bytes", [("either", [("address", b"")])], "match.address", "address"),
    ("an address of 17 bytes", [("responder", [("address", bytes(17))])], "match.address", ""),
    ("an IPv4 address and family ipv6", [("family", 10), ("initiator", [("address", V4)])],
     "filter.initiator", "address"),
    ("an IPv6 address and family ipv4", [("family", 2), ("either", [("address", V6)])],
     "filter.either", "address"),
    ("a mapped address and family ipv6", [("family", 10), ("initiator", [("address", MAPPED)])],
     "filter.initiator", "address"),
    ("a mapped address and an IPv6 one",
     [("initiator", [("address", V6)]), ("responder", [("address", MAPPED)])],
     "filter.responder", "address"),
    ("ends of two families", [("initiator", [("address", V4)]), ("responder", [("address", V6)])],
     "filter.responder", "address"),
    ("an end and either of two families",
     [("initiator", [("address", V6)]), ("either", [("address", V4)])], "filter.either", "address"),
    ("an unknown family", [("family", 3)], "filter.family", ""),
    ("33 bits of an IPv4 address", [("initiator", [("address", V4), ("prefix-len", 33)])],
     "match.prefix-len", "prefix-len"),
    ("129 bits of an IPv6 address", [("initiator", [("address", V6), ("prefix-len", 129)])],
     "match.prefix-len", ""),
    ("a prefix-len without address", [("either", [("prefix-len", 8)])], "match.prefix-len",
     "prefix-len"),
    ("port-max below port-min", [("responder", [("port-min", 2), ("port-max", 1)])],
     "match.port-max", "port-max"),
    ("port-max without port-min", [("either", [("port-max", 1)])], "match.port-max", "port-max"),
    ("min-age-ms above max-age-ms", [("min-age-ms", 2), ("max-age-ms", 1)], "filter.max-age-ms",
     "max-age-ms"),
] + [
    (f"no bit in {name}", [(name, 0)], f"filter.{name}", "mask")
    for name in ["initiator-states", "responder-states", "states", "phases", "verdicts", "flags"]
] + [
    (f"a reserved bit in {name}", [(name, 1 << 31 | 2)], f"filter.{name}", "")
    for name in ["initiator-states", "responder-states", "states", "phases", "verdicts", "flags"]
] + [
    ("bit 0 in states, where there is no state", [("states", 1)], "filter.states", ""),
    ("states of 2 bytes", [("states", bytes(2))], "filter.states", ""),
    ("states of 8 bytes", [("states", bytes(8))], "filter.states", ""),
    ("a port of 4 bytes", [("either", [("port-min", bytes(4))])], "match.port-min", ""),
    ("an age of 4 bytes", [("min-age-ms", bytes(4))], "filter.min-age-ms", ""),
    ("min-idle-ms of 4 bytes", [("min-idle-ms", bytes(4))], "filter.min-idle-ms", ""),
    ("min-syn-us of 8 bytes", [("min-syn-us", bytes(8))], "filter.min-syn-us", ""),
    ("ifindex 0", [("ifindex", 0)], "filter.ifindex", ""),
    ("an unknown attribute in a filter", [(40, b"")], 40, ""),
    ("an unknown attribute in a match", [("initiator", [(5, bytes(2))])], 5, ""),
    ("attribute 0 in a filter", [(0, bytes(4))], 0, ""),
    ("a pad in a filter", [("pad", bytes(4))], "filter.pad", ""),
]

ALL = [("op", 0), ("filter", [("family", 2)])]
NOT, AND, OR = ([("op", op)] for op in (1, 2, 3))


def terms(*them):
    return [("expression", [("term", term) for term in them])]


# The same of expressions. A number of a term stands for that one of them.
EXPRESSIONS = [
    ("no term", terms(), "flow.expression", "one result"),
    ("two results", terms(ALL, ALL), "flow.expression", "one result"),
    ("not of nothing", terms(NOT), 0, "takes more"),
    ("and of nothing", terms(AND), 0, "takes more"),
    ("or of one", terms(ALL, OR), 1, "takes more"),
    ("and of one after an expression that is whole", terms(ALL, ALL, OR, NOT, AND), 4,
     "takes more"),
    ("65 terms", terms(*[ALL] * 33 + [AND] * 32), 64, "64 terms"),
    ("65 terms of one result", terms(ALL, *[NOT] * 64), 64, "64 terms"),
    ("1,000 terms", terms(ALL, *[NOT] * 999), 64, "64 terms"),
    ("a term without op", terms([("filter", [])]), 0, "op"),
    ("a match without filter", terms(ALL, [("op", 0)], AND), 1, "filter"),
    ("a not with a filter", terms(ALL, [("op", 1), ("filter", [])]), "term.filter", "match"),
    ("an or with a filter", terms(ALL, ALL, [("op", 3), ("filter", [])]), "term.filter",
     "match"),
    ("an unknown op", terms([("op", 4)]), "term.op", ""),
    ("an op of 4 bytes", terms([("op", bytes(4))]), "term.op", ""),
    ("a filter that contradicts itself", terms(ALL, [("op", 0), ("filter", [
        ("min-age-ms", 2), ("max-age-ms", 1)])], AND), "filter.max-age-ms", "max-age-ms"),
    ("an unknown attribute in a term", terms(ALL + [(3, b"")]), 3, ""),
    ("an unknown attribute in an expression", [("expression", [("term", ALL), (2, b"")])], 2, ""),
    ("an expression and a filter", terms(ALL) + [("filter", [("family", 2)])],
     "flow.expression", "either"),
]

TUPLE = [("source", V4), ("source-port", 1), ("destination", OTHER_V4), ("destination-port", 2)]


def tuple_with(**changed):
    return [("tuple", [(name, changed.get(name.replace("-", "_"), value)) for name, value in TUPLE])]


# The same of flow-get.
GETS = [
    ("neither id nor tuple", [], None, "id"),
    ("both id and tuple", [("id", 1), ("tuple", TUPLE)], "flow.tuple", "id"),
    ("an unknown attribute", [("id", 1), (40, b"")], 40, ""),
    ("an id of 4 bytes", [("id", bytes(4))], "flow.id", ""),
    ("a filter", [("filter", [("family", 2)])], "flow.filter", ""),
    ("a source of 3 bytes", tuple_with(source=bytes(3)), "tuple.source", "address"),
    ("a destination of 17 bytes", tuple_with(destination=bytes(17)), "tuple.destination", ""),
    ("a tuple of two families", tuple_with(destination=V6), "tuple.destination", "destination"),
    ("a tuple of a mapped address and an IPv6 one", tuple_with(source=MAPPED, destination=V6),
     "tuple.destination", "destination"),
    ("a port of 1 byte", tuple_with(source_port=b"1"), "tuple.source-port", ""),
    ("an unknown attribute in a tuple", [("tuple", TUPLE + [(6, b"")])], 6, ""),
] + [
    (f"a tuple without {left}", [("tuple", [pair for pair in TUPLE if pair[0] != left])],
     "flow.tuple", "tuple") for left, _ in TUPLE
]

ABSENT = [
    ("an id that is not there", [("id", 1)]),
    ("a tuple that is not there", [("tuple", TUPLE)]),
    ("a tuple with an interface that is not there", [("tuple", TUPLE + [("ifindex", 4242)])]),
]

ynl = connect()


def number(name):
    if not isinstance(name, str):
        return name
    space, name = name.split(".")
    return ynl.attr_sets[space][name].value


def refused(name, operation, payload, wrong, word, flags=0):
    error, message, which = answer(ynl, operation, payload, flags)
    if error in (errno.EINVAL, errno.ERANGE) and message and word in message and \
            which == (which if wrong is None else number(wrong)):
        error = "refused"
    check(f"{operation}: {name}", (error, message, which), ("refused", message, which))


def refused_term(name, operation, pairs, nth, word, flags=0):
    """Refused because of that term, which is found by its place."""
    term = number("expression.term")
    error, message, which, where = answer_at(ynl, operation, attributes(ynl, "flow", pairs), flags)
    before = attributes(ynl, "expression", pairs[0][1][:nth])
    check(f"{operation}: {name}", (error, word in message, which, where),
          (errno.EINVAL, True, term, 4 + len(before)))


def main():
    for what, pairs, wrong, word in EXPRESSIONS:
        payload = attributes(ynl, "flow", pairs)
        for operation, flags in (("flow-list", 0), ("flow-list", Netlink.NLM_F_DUMP), ("flush", 0)):
            name = what + (", in a dump" if flags else "")
            if isinstance(wrong, int) and word:
                refused_term(name, operation, pairs, wrong, word, flags)
            else:
                refused(name, operation, payload, wrong, word, flags)
    for what, pairs, wrong, word in FILTERS:
        payload = attributes(ynl, "flow", [("filter", pairs)])
        refused(what, "flow-list", payload, wrong, word)
        refused(what + ", in a dump", "flow-list", payload, wrong, word, Netlink.NLM_F_DUMP)
        refused(what, "flush", payload, wrong, word)
    for what, pairs, wrong, word in GETS:
        refused(what, "flow-get", attributes(ynl, "flow", pairs), wrong, word)
    for what, pairs in ABSENT:
        error, message, _ = answer(ynl, "flow-get", attributes(ynl, "flow", pairs))
        check(f"flow-get: {what}: ENOENT, and a message", (error, bool(message)),
              (errno.ENOENT, True))
    refused("an unknown attribute", "stats-get", attributes(ynl, "stats", [(2, b"")]), 2, "")
    refused("a flag with a value", "stats-get",
            attributes(ynl, "stats", [("counters-only", bytes(4))]), "stats.counters-only", "")
    for operation, space in [("flow-list", "flow"), ("flush", "flow"), ("stats-get", "stats"),
                             ("flow-get", "flow")]:
        refused("3 bytes at the end", operation, bytes(3), None, "")
        refused("an attribute cut off", operation, b"\x20\0\x12\0" + bytes(4), None, "")
        refused("an unknown attribute, number 60", operation, attributes(ynl, space, [(60, b"")]),
                60, "")
    # And right ones are taken.
    check("flow-list: no filter is taken", answer(ynl, "flow-list", b"")[0], 0)
    check("flow-list: an empty filter is taken",
          answer(ynl, "flow-list", attributes(ynl, "flow", [("filter", [])]))[0], 0)
    for what, pairs in (("64 terms", terms(ALL, *[NOT] * 63)),
                        ("32 results at a time", terms(*[ALL] * 32, *[OR] * 31, NOT))):
        check(f"flow-list: {what} are taken",
              answer(ynl, "flow-list", attributes(ynl, "flow", pairs))[0], 0)
    check("stats-get: counters-only is taken",
          answer(ynl, "stats-get", attributes(ynl, "stats", [("counters-only", b"")]))[0], 0)


main()
