# SPDX-License-Identifier: GPL-2.0-only
#
# What the Python tests share: the kernel's own YNL client with the module's spec,
# /proc/tcpstate in the same words, and checks, printed as the shell tests do.
# Run by lib.sh, which sets YNL_SOURCE, YNL_SPEC and YNL_TOPIC.

import os
import socket
import struct
import sys
import time

SOURCE = os.environ["YNL_SOURCE"]
sys.path.insert(0, SOURCE + "/tools/net/ynl")

# pylint: disable=wrong-import-position, import-error
from pyynl.lib import Netlink, YnlFamily
from pyynl.lib.ynl import NlMsgs

WIDTHS = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q"}
MOMENT_S = 120


def connect():
    """The client, in the network namespace of this process."""
    return YnlFamily(os.environ["YNL_SPEC"],
                     schema=SOURCE + "/Documentation/netlink/genetlink-legacy.yaml")


def check(name, got, wanted=True):
    """Passes if got is wanted, or returns it."""
    name = os.environ["YNL_TOPIC"] + ": " + name
    try:
        got = got() if callable(got) else got
    except Exception as error:  # pylint: disable=broad-except
        got = error
    if not isinstance(got, Exception) and got == wanted:
        print("ok -", name)
        return
    print("not ok -", name)
    print("#   got   ", repr(got)[:1000])
    print("#   wanted", repr(wanted)[:1000])


def wait_for(condition):
    """Until it is true, or a while has passed; returns what it was last."""
    end = time.monotonic() + MOMENT_S
    while not (last := condition()) and time.monotonic() < end:
        pass
    return last


def ids(records):
    return sorted(record["id"] for record in records)


def capitals(name):
    return name.upper().replace("-", "_")


def words(name):
    return name.replace("-", "_")


def proc():
    """The lines of /proc/tcpstate, each as a dictionary by its columns."""
    with open("/proc/tcpstate", encoding="ascii") as file:
        header, *lines = [line.split() for line in file]
    return [dict(zip(header, line)) for line in lines]


def end_as_proc(record, end):
    scope = ""
    if "ifindex" in record:
        scope = "%" + socket.if_indextoname(record["ifindex"])
    address = record[end]["address"] + scope
    if record["family"] == "ipv6":
        address = f"[{address}]"
    return f"{address}:{record[end]['port']}"


def seconds(ms):
    return "-" if ms is None else f"{ms // 1000}.{ms % 1000:03}"


def missing(record, step):
    """What stands for a time of the handshake: "?" if its segments passed elsewhere,
    before or out of order, "-" if opening has not come further than STEP."""
    if record["phase"] == "open" and record["step"] <= step or \
       record.get("verdict") == "refused":
        return "-"
    late = "syn-us" not in record and "simultaneous" not in record["flags"]
    return "?" if late or "picked-up" in record["flags"] else "-"


def as_proc(record):
    """A record as /proc/tcpstate shows it, without its times."""
    both = [record["initiator"], record["responder"]]

    def pair(name):
        return "/".join(str(end[name]) for end in both)

    def known(name):
        return "/".join(str(end.get(name, "?")) for end in both)

    flags = ",".join(words(flag) for flag in FLAGS if flag in record["flags"])
    most = {"open": 3, "close": 4}.get(record["phase"])
    verdict = record.get("verdict", "none")
    counted = ["opening", "data", "acks", "closing"]
    return {
        "family": record["family"],
        "initiator": end_as_proc(record, "initiator"),
        "responder": end_as_proc(record, "responder"),
        "phase": record["phase"],
        "step": f"{record['step']}/{most}" if most else "-",
        "initiator_state": capitals(both[0]["state"]),
        "responder_state": capitals(both[1]["state"]),
        "timer": words(record["timer"]),
        "syn_us": str(record.get("syn-us", missing(record, 1))),
        "ack_us": str(record.get("ack-us", missing(record, 2))),
        "repeats": pair("repeats"),
        "segments": "/".join(str(sum(end[name] for name in counted)) for end in both),
        "bytes": pair("bytes"),
        "opening": pair("opening"),
        "data": pair("data"),
        "acks": pair("acks"),
        "closing": pair("closing"),
        "flags": flags or "-",
        "verdict": "-" if verdict == "none" else words(verdict),
        "id": str(record["id"]),
        "closed_at_ns": str(record.get("closed-at-ns", "-")),
        "duration_s": seconds(record.get("duration-ms")),
        "retransmits": known("retransmits"),
        "gaps": known("gaps"),
        "uid": "/".join(str(end.get("uid", "-")) for end in both),
        "cgroup": ",".join(str(end.get("cgroup", "-")) for end in both),
    }


# In the order of the column.
FLAGS = ["picked-up", "guessed", "fast-open", "simultaneous", "retracted", "pending", "one-way"]


def attribute(ynl, space, name, value):
    """One attribute; name is that of the spec or a number, value bytes, a number in
    the width of the spec, or a list of such pairs."""
    number, payload = name, value
    if isinstance(name, str):
        spec = ynl.attr_sets[space][name]
        number = spec.value
        if isinstance(value, list):
            number |= Netlink.NLA_F_NESTED
            payload = attributes(ynl, spec["nested-attributes"], value)
        elif isinstance(value, int):
            payload = struct.pack(WIDTHS[spec["type"]], value)
    return struct.pack("HH", len(payload) + 4, number) + payload + bytes(-len(payload) % 4)


def attributes(ynl, space, pairs):
    return b"".join(attribute(ynl, space, name, value) for name, value in pairs)


def answer(ynl, operation, payload, flags=0):
    """Sends it as it is; returns errno, message, and the attribute that was wrong."""
    return answer_at(ynl, operation, payload, flags)[:3]


def answer_at(ynl, operation, payload, flags=0):
    """The same, and where in the payload that attribute is."""
    op = ynl.ops[operation]
    flags |= Netlink.NLM_F_REQUEST | Netlink.NLM_F_ACK
    request = ynl.nlproto.message(flags, op.req_value, 1, 1) + payload
    request = struct.pack("I", len(request) + 4) + request
    ynl.sock.send(request)
    while True:
        for message in NlMsgs(ynl.sock.recv(1 << 17)):
            if not message.done:
                continue
            extack = message.extack or {}
            where = extack.get("bad-attr-offs")
            wrong = None
            if where is not None:
                wrong = struct.unpack_from("HH", request, where)[1] & 0x3fff
            where = None if where is None else where - len(request) + len(payload)
            return -message.error, extack.get("msg", ""), wrong, where
