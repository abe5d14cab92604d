#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""ordered.py [+|-]COLUMN: stdin, what tcpstate list --json --sort has printed, is in that order.

Each object is judged by its own values, which the tool wrote by other code than it sorts with.
Prints the first two objects that are the wrong way round; status 1 if there are any, if there are
fewer than two objects, or if all are equal.
"""

import functools
import ipaddress
import json
import sys

STATES = ("LISTEN SYN_SENT SYN_RECEIVED ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 CLOSE_WAIT CLOSING "
          "LAST_ACK TIME_WAIT CLOSED").split()
PHASES = "open established close closed".split()
TIMERS = "handshake unsure established half_closed closing time_wait closed".split()
VERDICTS = "closed reset_by_initiator reset_by_responder refused gone".split()
FLAGS = ("picked_up guessed fast_open simultaneous retracted pending one_way adjusted "
         "offloaded").split()
NUMBERS = {"left_s": "left_ms", "age_s": "age_ms", "syn_us": "syn_us", "ack_us": "ack_us",
           "in_state_s": "in_state_ms", "idle_s": "idle_ms", "id": "id", "closed_at_ns": "closed_at_ns", "duration_s": "duration_ms"}
PAIRS = "repeats bytes opening data acks closing retransmits gaps".split()


def end_of(flow, role):
    address = ipaddress.ip_address(flow[role]["address"])
    return (address.version, address.packed, flow["interface"] or "", flow[role]["port"])


def both(flow, *keys):
    return sum(flow[role][key] or 0 for role in ("initiator", "responder") for key in keys)


def value(flow, column):
    """What the connection is sorted by; None if that is not known."""
    if column in ("initiator", "responder"):
        return end_of(flow, column)
    if column in NUMBERS:
        return flow[NUMBERS[column]]
    if column in PAIRS:
        return both(flow, column)
    if column in ("retransmits", "gaps"):
        known = [flow[role][column] for role in ("initiator", "responder")
                 if flow[role][column] is not None]
        return sum(known) if known else None
    if column == "segments":
        return both(flow, "opening", "data", "acks", "closing")
    if column == "uid":
        known = [flow[role]["uid"] for role in ("initiator", "responder")]
        return next((uid for uid in known if uid is not None), None)
    if column.endswith("_state"):
        return STATES.index(flow[column[:-len("_state")]]["state"])
    if column == "verdict":
        return VERDICTS.index(flow["verdict"]) if flow["verdict"] else None
    if column == "flags":
        return sum(1 << FLAGS.index(flag) for flag in flow["flags"])
    if column == "step":
        return (PHASES.index(flow["phase"]), flow["step"]) if flow["step"] else None
    return {"family": flow["family"], "phase": PHASES.index(flow["phase"]),
            "timer": TIMERS.index(flow["timer"])}[column]


TEXTS = "family initiator responder phase step initiator_state responder_state timer flags verdict"


def compare(one, two, column, descending):
    a, b = value(one, column), value(two, column)
    if a == b:
        return -1 if one["id"] < two["id"] else 1
    if a is None or b is None:
        return 1 if a is None else -1
    return (-1 if a < b else 1) * (-1 if descending else 1)


def main():
    word = sys.argv[1]
    column = word.lstrip("+-")
    descending = word[0] == "-" if word[0] in "+-" else column not in TEXTS.split()
    flows = [json.loads(line) for line in sys.stdin]
    order = functools.partial(compare, column=column, descending=descending)
    if len({str(value(flow, column)) for flow in flows}) < 2:
        print(f"{len(flows)} connections do not differ")
        return 1
    for one, two in zip(flows, flows[1:]):
        if order(one, two) > 0:
            print(f"--sort {word}: {one}\n  is before {two}")
            return 1
    return 0


sys.exit(main())
