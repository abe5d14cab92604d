#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""top.py [OPTION]... [FILTER]: tcpstate top --json with these words prints what follows from
tcpstate list --json.

Groups, sums, percentiles and their order are computed here from the list, which is read before
and after: if it has changed meanwhile, all is done again. Percentiles may differ by 1/32. Options
are those of top, one word each: --by=KEYS, --sort=COLUMN, --limit=N, --netns=NAME. Prints what
differs; status 1 if anything does, or if there are fewer groups than --least=N (2).
"""

import collections
import ipaddress
import json
import subprocess
import sys
import time

DEADLINE_S = 120
NEW_S = 10
PERCENTILES = {"syn_us_p50": ("syn_us", 50), "syn_us_p99": ("syn_us", 99),
               "ack_us_p50": ("ack_us", 50), "ack_us_p99": ("ack_us", 99)}
MOVING = ("age_ms", "left_ms", "idle_ms", "in_state_ms")
ROLES = ("initiator", "responder")
COUNTS = "repeats opening data acks closing bytes retransmits gaps".split()
OTHER_NAMES = {"new_per_s", "retransmits", "retransmits_percent"}


def objects(*words):
    found = subprocess.run(("tcpstate",) + words, capture_output=True, text=True, check=True,
                           timeout=60)
    return [json.loads(line) for line in found.stdout.splitlines()]


def network(flow, role, lengths):
    address = ipaddress.ip_address(flow[role]["address"])
    whole = 32 if address.version == 4 else 128
    if len(lengths) == 2:
        length = lengths[address.version == 6]
    elif not lengths:
        length = whole
    elif address.version == 4:
        length = min(lengths[0], 32)
    else:
        length = {32: 128}.get(lengths[0], max(lengths[0], 64) if lengths[0] > 32 else 64)
        length = lengths[0] if lengths[0] > 32 else length
    found = str(ipaddress.ip_network((address, length), strict=False).network_address)
    if flow["interface"]:
        found += "%" + flow["interface"]
    return found + (f"/{length}" if length < whole else "")


def closer(flow):
    ends = [flow["initiator"]["closer"], flow["responder"]["closer"]]
    if True in ends:
        return "both" if ends == [True, True] else ("initiator", "responder")[ends.index(True)]
    return None if None in ends else "none"


def owner(flow, name):
    """The initiator's, if its socket is here, or else the responder's"""
    for role in ("initiator", "responder"):
        if flow[role]["uid"] is None:
            continue
        if name == "cgroup" and flow[role]["cgroup"] is None:
            number = flow[role]["cgroup_id"]
            return None if number is None else str(number)
        return flow[role][name]
    return None


def value(flow, key):
    name, *lengths = key.split("/")
    if name in ("initiator", "responder"):
        return network(flow, name, [int(length) for length in lengths])
    if name == "state":
        return flow["initiator"]["state"] + "/" + flow["responder"]["state"]
    if name == "closer":
        return closer(flow)
    if name in ("uid", "cgroup"):
        return owner(flow, name)
    role, _, what = name.partition("_")
    return flow[role][what] if what else flow[name]


def percentile(times, percent):
    """The nearest rank."""
    if not times:
        return None
    rank = -(-len(times) * percent // 100)
    return sorted(times)[max(rank, 1) - 1]


def both(flows, *counts):
    """The sum of those that are known; None if none is: a recording has not all of them."""
    known = [flow[role][count] for flow in flows for role in ROLES for count in counts
             if flow[role][count] is not None]
    return sum(known) if known else None


def summary(flows, time_ns):
    """What top has to say of a group, but for the percentiles."""
    new = sum(1 for flow in flows if time_ns - NEW_S * 1e9 <= flow["id"] < time_ns)
    states = [(flow["initiator"]["state"], flow["responder"]["state"]) for flow in flows]
    return {
        "time_ns": time_ns, "others": False, "connections": len(flows),
        "new_per_s": new / min(NEW_S, time_ns / 1e9),
        "refused": sum(flow["verdict"] == "refused" for flow in flows),
        "unanswered": sum(flow["phase"] == "open" for flow in flows),
        "time_wait": sum("TIME_WAIT" in pair for pair in states),
        "segments": both(flows, "opening", "data", "acks", "closing"),
        "bytes": both(flows, "bytes"),
        "saturated": [name for name in COUNTS if any(name in flow[role]["saturated"]
                                                     for flow in flows for role in ROLES)],
    }


def retransmit_faults(group, flows):
    ends = [flow[role] for flow in flows for role in ("initiator", "responder")
            if flow[role]["retransmits"] is not None]
    segments = sum(end[name] or 0 for end in ends
                   for name in ("opening", "data", "acks", "closing"))
    found = (group["retransmits"], group["retransmits_percent"])
    if not segments:
        return [] if found == (None, None) else [f"retransmits {found}, not null"]
    right = sum(end["retransmits"] for end in ends)
    if set(group["saturated"]) & {"opening", "data", "acks", "closing", "retransmits"}:
        return [] if found == (right, None) else [f"retransmits {found}, not {right} and null"]
    if found[0] == right and abs(found[1] - 100 * right / segments) <= 0.051:
        return []
    return [f"retransmits {found}, not {right} of {segments}"]


def faults_of(group, flows, keys):
    expected = summary(flows, group["time_ns"])
    faults = []
    if abs(group["new_per_s"] - expected["new_per_s"]) > 0.051:
        faults.append(f"new_per_s {group['new_per_s']}, not {expected['new_per_s']}")
    del expected["new_per_s"]
    for name, right in expected.items():
        if group[name] != right:
            faults.append(f"{name} {group[name]}, not {right}")
    for name, (time_name, percent) in PERCENTILES.items():
        right = percentile([flow[time_name] for flow in flows if flow[time_name] is not None],
                           percent)
        found = group[name]
        if (right is None) != (found is None) or (found is not None and
                                                  abs(found - right) > right / 32):
            faults.append(f"{name} {found}, not {right}")
    faults += retransmit_faults(group, flows)
    names = set(expected) | set(PERCENTILES) | OTHER_NAMES | {key.split("/")[0] for key in keys}
    if set(group) != names:
        faults.append(f"keys {set(group) ^ names}")
    return faults


def order_faults(groups, sort):
    name = sort.lstrip("+-")
    sign = 1 if sort[0] == "+" else -1
    ranks = [(group[name] is None, sign * (group[name] or 0), -group["connections"])
             for group in groups]
    return [] if ranks == sorted(ranks) else [f"not in the order of {sort}: {ranks}"]


def look(options, words, flows, groups):
    keys = options["--by"].split(",")
    by_value = collections.defaultdict(list)
    for flow in flows:
        by_value[tuple(value(flow, key) for key in keys)].append(flow)
    faults = order_faults(groups, options["--sort"])
    if len(groups) != min(len(by_value), int(options["--limit"])):
        faults.append(f"{len(groups)} groups, not {len(by_value)}")
    if len(by_value) < int(options["--least"]):
        faults.append(f"only {len(by_value)} groups")
    for group in groups:
        found = tuple(group[key.split("/")[0]] for key in keys)
        if found not in by_value:
            faults.append(f"there is no {found}: {list(by_value)}")
            continue
        faults += [f"{found}: {fault}" for fault in faults_of(group, by_value.pop(found), keys)]
    return [f"{' '.join(words)}: {fault}" for fault in faults]


def steady(flows):
    return [{key: flow[key] for key in flow if key not in MOVING} for flow in flows]


def main():
    options = {"--by": "responder_port", "--sort": "connections", "--limit": "1000000",
               "--least": "2"}
    words = []
    shared = []
    for word in sys.argv[1:]:
        name, _, text = word.partition("=")
        if name in options:
            options[name] = text
        else:
            shared.append(word)
    words = [f"{name}={text}" for name, text in options.items() if name != "--least"]
    end = time.monotonic() + DEADLINE_S
    while True:
        before = objects("list", "--json", *shared)
        groups = objects("top", "--json", *words, *shared)
        after = objects("list", "--json", *shared)
        if steady(before) == steady(after):
            break
        if time.monotonic() > end:
            print("the table never stays as it is")
            return 1
    faults = look(options, words, after, groups)
    print("\n".join(faults[:10]))
    return 1 if faults else 0


sys.exit(main())
