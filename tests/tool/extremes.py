#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""
extremes.py insert ROWS DEVICE IFINDEX FILE: puts ROWS records whose fields are at their
extremes into the table, by the module tcpstate_extremes, and writes into FILE what is to
be shown of them.

extremes.py proc|list|json|show|show-json FILE: reads from stdin what /proc/tcpstate, tcpstate list,
list --json or, of some records, show and show --json have printed. Prints what differs from FILE; status 1
where something does.

What is expected comes from the numbers that were put in and from README.md alone.
"""

import ipaddress
import json
import sys
import time

RECORD = "/sys/module/tcpstate_extremes/parameters/record"
TIMEOUT_MS = 2147483647
# So many rows have every pair of values. Fewer are taken at a distance that no list of
# values divides, so that each has every value.
ALL = 1024
STRIDE = 13

STATES = ("LISTEN SYN_SENT SYN_RECEIVED ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 CLOSE_WAIT "
          "CLOSING LAST_ACK TIME_WAIT CLOSED").split()
VERDICTS = "- closed reset_by_initiator reset_by_responder refused gone".split()
FLAGS = ("picked_up guessed fast_open simultaneous retracted pending one_way adjusted "
         "offloaded").split()
STEPS = {"open": ("1/3", "2/3"), "established": ("-",), "closed": ("-",),
         "close": ("1/4", "2/4", "3/4", "4/4")}
TIMERS = "handshake unsure established half_closed closing time_wait closed".split()
PAIRS = "repeats segments bytes opening data acks closing retransmits gaps".split()
# The columns of /proc/tcpstate, and how wide they are; below 0: words at the right
WIDTHS = {"family": 6, "initiator": 23, "responder": 23, "phase": 11, "step": 4,
          "initiator_state": 15, "responder_state": 15, "timer": 11, "left_s": -9,
          "age_s": -9, "syn_us": -10, "ack_us": -10, "repeats": -7, "segments": -11,
          "bytes": -15, "opening": -7, "data": -9, "acks": -9, "closing": -7, "flags": 17,
          "verdict": 18, "id": 16,
          "closed_at_ns": -16, "duration_s": -10, "retransmits": -11, "gaps": -7,
          "uid": -11, "cgroup": -9}


def around(digits):
    """0, 1, and the numbers where one more digit is needed."""
    return [0, 1] + [10 ** n - less for n in range(1, digits) for less in (1, 0)]


COUNTS = around(10) + [2 ** 32 - 1]
SMALL = [0, 1, 9, 10, 254, 255]
UIDS = [0, 1, 1000, 65534, 2 ** 32 - 2]
CGROUPS = [0, 1, 2 ** 32 + 5, 2 ** 64 - 1]
MEDIUM = [0, 9, 10, 9999, 10000, 2 ** 16 - 2, 2 ** 16 - 1]
# None is the largest number of bytes that a record can hold.
BYTES = around(15) + [None]
ISNS = [0, 1, 2 ** 31, 2 ** 32 - 1]
PORTS = [0, 1, 9, 10, 99, 100, 999, 1000, 9999, 10000, 65535]
IDS = [n for n in around(20) if n > 1] + [2 ** 64 - 2]
SILENT = [0, 1, TIMEOUT_MS - 2 * 10 ** 9, TIMEOUT_MS - 10 ** 9, TIMEOUT_MS, 2 ** 32 - 1]
# Milliseconds below 24 days, where seconds are kept instead; 49 days; the most that is kept
LASTED = around(10) + [2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, (2 ** 31 - 1) * 1000 + 999]
MICROSECONDS = [n for n in around(9) if n] + [0x3fff << 15]
ADDRESSES = {
    4: ["0.0.0.0", "1.2.3.4", "127.0.0.1", "255.255.255.255"],
    6: ["::", "::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::ffff:255.255.255.255",
        # The kernel prints the last four bytes of such an address like one of IPv4.
        "ffff:ffff:ffff:ffff:200:5efe:255.255.255.255",
        "fe80:1111:2222:3333:4444:5555:6666:7777"],
}


def pick(values, k):
    return values[k % len(values)]


def make_end(k, other, family):
    """One end of row K; OTHER is what tells its partner apart from it."""
    end = {
        "address": pick(ADDRESSES[family], other),
        "port": pick(PORTS, k // 7 + other),
        "state": pick(STATES, other),
        "isn": pick(ISNS, k // 7 + other),
        "bytes": pick(BYTES, other),
        "data": pick(COUNTS, other),
        "acks": pick(COUNTS, k // 7 + other),
        "closing": pick(SMALL, other),
        "repeats": pick(SMALL, k // 7 + other),
        "retransmits": pick(MEDIUM, other),
        "gaps": pick(SMALL, k // 7 + 1 + other),
        "syn": other % 2,
        "fin": k % 3 % 2,
        "number": pick([0, 1, 2 ** 31, 2 ** 32 - 1], other),
        "wscale": pick([0, 14, 15], k),
    }
    if k % 3:
        end.update(uid=pick(UIDS, k // 3 + other), cgroup=pick(CGROUPS, k // 3 + other))
    if end["bytes"] is None:
        end["bytes"] = (0xffff << 32) - 1 - end["isn"] - end["fin"]
        end["most"] = True
    return end


def make_row(k, device, ifindex):
    family = pick([4, 6, 6], k)
    row = {
        "id": 10 ** 18 + k,
        "family": family,
        # Without an interface; with the longest name; one that does not exist
        "ifindex": pick([0, ifindex, TIMEOUT_MS], k // 2),
        "flags": k % 2 ** len(FLAGS),
        "verdict": k % len(VERDICTS),
        "silent_ms": pick(SILENT, k),
        "syn_us": pick(MICROSECONDS, k),
        "ack_us": pick(MICROSECONDS, k // 2),
        "third": k // 2 % 2,
        "lasted_ms": pick(LASTED, k),
        # Each value of the one end comes with each of the other.
        "end": [make_end(k, k, family), make_end(k, 3 * k + k // 31, family)],
    }
    if k % 5 == 0:
        # Before the handshake is done, one time is kept exactly.
        row["syn_us"], row["ack_us"] = pick([0, 2 ** 32 - 1], k // 5), 0
    row["scope"] = {0: "", ifindex: "%" + device}.get(row["ifindex"], f"%{row['ifindex']}")
    return row


def make_rows(n, device, ifindex):
    rows = [make_row(STRIDE * i % ALL, device, ifindex) for i in range(n)]
    for i, row in enumerate(rows):
        if i < len(IDS):
            row["id"] = IDS[i]
    # All of one row at its longest, and all of one at its smallest
    rows[0].update(id=IDS[-1], family=6, ifindex=ifindex, scope="%" + device)
    rows[len(IDS) - 1]["id"] = IDS[0]
    for row, count, small in ((rows[0], 2 ** 32 - 1, 255), (rows[1], 0, 0)):
        row["end"] = [make_end(5 if small else 0, len(BYTES) - 1 if small else 0,
                               row["family"]) for _ in range(2)]
        row["flags"] = 2 ** len(FLAGS) - 1 if small else 0
        row["third"] = 1 if small else 0
        for end in row["end"]:
            end.update(data=count, acks=count, closing=small, repeats=small,
                       retransmits=min(count, 2 ** 16 - 1), gaps=small)
    for end in rows[0]["end"]:
        end.update(address=ADDRESSES[6][-2], port=65535, state="SYN_RECEIVED", syn=0)
    # The roles are guessed where a connection was picked up, and no SYN was seen.
    for row in rows:
        row["flags"] &= ~2
        if row["flags"] & 1 and not any(end["syn"] for end in row["end"]):
            row["flags"] |= 2
    for which in range(2):
        for name, values in (("bytes", BYTES[:-1]), ("data", COUNTS), ("acks", COUNTS),
                             ("closing", SMALL), ("repeats", SMALL), ("gaps", SMALL),
                             ("retransmits", MEDIUM), ("port", PORTS),
                             ("state", STATES)):
            missing = set(values) - {row["end"][which][name] for row in rows}
            assert not missing, f"no record has {name} {missing}"
    return rows


def words(row):
    """What the module is told."""
    out = [row[name] for name in ("id", "family", "ifindex", "flags", "verdict", "silent_ms",
                                  "syn_us", "ack_us", "third", "lasted_ms")]
    for end in row["end"]:
        out += [ipaddress.ip_address(end["address"]).packed.hex(), end["port"],
                STATES.index(end["state"]) + 1]
        out += [end[name] for name in ("isn", "bytes", "data", "acks", "closing", "repeats",
                                       "retransmits", "gaps", "syn", "fin", "number",
                                       "wscale")]
        # No user has the last number.
        out += [end.get("uid", 2 ** 32 - 1), end.get("cgroup", 0)]
    return " ".join(str(word) for word in out)


def counts_of(row, which):
    """Each count of an end, and whether it is a lower bound."""
    end = row["end"][which]
    passed = 1 if row["ack_us"] else end["syn"]
    opening = end["repeats"] + passed + (row["third"] if which == 0 else 0)
    counts = {
        "repeats": (end["repeats"], end["repeats"] == 255),
        "opening": (opening, end["repeats"] == 255),
        "data": (end["data"], end["data"] == 2 ** 32 - 1),
        "acks": (end["acks"], end["acks"] == 2 ** 32 - 1),
        "closing": (end["closing"], end["closing"] == 255),
        "bytes": (end["bytes"], end.get("most", False)),
        # None of an end that was never heard
        "retransmits": (end["retransmits"], end["retransmits"] == 2 ** 16 - 1),
        "gaps": (end["gaps"], end["gaps"] == 255),
    }
    if which and "one_way" in flags_of(row):
        counts.update(retransmits=(None, False), gaps=(None, False))
    parts = [counts[name] for name in ("opening", "data", "acks", "closing")]
    counts["segments"] = (sum(n for n, _ in parts), any(most for _, most in parts))
    return counts


def check_end(text, row, which):
    """Is that the address, interface and port of the end?"""
    host, _, port = text.rpartition(":")
    if row["family"] == 6:
        if host[:1] + host[-1:] != "[]":
            return False
        host = host[1:-1]
    address, percent, scope = host.partition("%")
    end = row["end"][which]
    return (ipaddress.ip_address(address) == ipaddress.ip_address(end["address"]) and
            percent + scope == row["scope"] and port == str(end["port"]))


def is_time(shown, us):
    """Exact below 16,384 us, and to 1/8192 above."""
    return shown == us if us < 16384 else us - us / 8192 <= shown <= us


def check_us(shown, row, name):
    text = shown[name]
    if not row[name]:
        early = ("1/3",) if name == "syn_us" else ("1/3", "2/3")
        late = not row["syn_us"] and "simultaneous" not in flags_of(row)
        unseen = shown["step"] not in early and VERDICTS[row["verdict"]] != "refused" and \
            (late or "picked_up" in flags_of(row))
        return text == ("?" if unseen else "-")
    # One alone is kept exactly.
    return text.isdigit() and (is_time(int(text), row[name]) if row["ack_us"] else
                               int(text) == row[name])


def check_left(text, row):
    left_ms = max(0, TIMEOUT_MS - row["silent_ms"])
    if row["silent_ms"] > 2 ** 32 - 60000:
        # The future counts as now.
        left_ms = TIMEOUT_MS
    whole, _, tenth = text.partition(".")
    return (whole + tenth).isdigit() and len(tenth) == 1 and \
        max(0, left_ms - 3600000) <= int(whole + tenth) * 100 <= left_ms


def check_age(text, row):
    """An id is when the record was made, ns since the boot; the future counts as now."""
    oldest_s = max(0, time.clock_gettime_ns(time.CLOCK_BOOTTIME) - row["id"]) / 10 ** 9
    whole, _, tenth = text.partition(".")
    return (whole + tenth).isdigit() and len(tenth) == 1 and \
        float(text) <= oldest_s


def closing_of(row):
    """When it ended, and how long it had lasted: ns and ms, or nothing while it lives."""
    if not row["verdict"]:
        return None, None
    ms = row["lasted_ms"]
    if ms >= 2 ** 31:
        ms -= ms % 1000
    return (row["id"] + ms * 10 ** 6) % 2 ** 64, ms


def owners_of(row):
    """The users and the cgroups of both ends."""
    return ("/".join(str(end.get("uid", "-")) for end in row["end"]),
            ",".join(str(end.get("cgroup") or "-") for end in row["end"]))


def flags_of(row):
    return [name for i, name in enumerate(FLAGS) if row["flags"] >> i & 1]


def differences(shown, row):
    """The columns of SHOWN, by name, that are not as in ROW."""
    for which, name in enumerate(("initiator", "responder")):
        if not check_end(shown[name], row, which):
            yield name
        if shown[name + "_state"] != row["end"][which]["state"]:
            yield name + "_state"
    if shown["family"] != f"ipv{row['family']}":
        yield "family"
    if shown["step"] not in STEPS.get(shown["phase"], ()):
        yield "step"
    if shown["timer"] not in TIMERS:
        yield "timer"
    if not check_left(shown["left_s"], row):
        yield "left_s"
    if not check_age(shown["age_s"], row):
        yield "age_s"
    for name in ("syn_us", "ack_us"):
        if not check_us(shown, row, name):
            yield name
    both = [counts_of(row, which) for which in range(2)]
    for name in PAIRS:
        if shown[name] != "/".join(f"{'?' if n is None else n}{'+' if most else ''}"
                                   for n, most in (counts[name] for counts in both)):
            yield name
    if shown["flags"] != (",".join(flags_of(row)) or "-"):
        yield "flags"
    if shown["verdict"] != VERDICTS[row["verdict"]]:
        yield "verdict"
    if (shown["uid"], shown["cgroup"]) != owners_of(row):
        yield "uid"
    ns, ms = closing_of(row)
    if shown["closed_at_ns"] != ("-" if ns is None else str(ns)):
        yield "closed_at_ns"
    if shown["duration_s"] != ("-" if ms is None else f"{ms // 1000}.{ms % 1000:03}"):
        yield "duration_s"


class Judge:
    """Compares what is shown with what is there, and counts."""

    def __init__(self, rows):
        self.rows = {row["id"]: row for row in rows}
        self.faults = 0

    def fault(self, text):
        self.faults += 1
        if self.faults <= 10:
            print(text)

    def take(self, number):
        row = self.rows.pop(number, None)
        if not row:
            self.fault(f"id {number}: nothing of that id is left")
        return row

    def end(self, complete):
        for number in self.rows if complete else ():
            self.fault(f"id {number}: is not shown")
        return 1 if self.faults else 0


def laid_out(cells):
    """A line of /proc/tcpstate: a longer word widens its column, and moves the next."""
    return " ".join(cell.rjust(-width) if width < 0 else cell.ljust(width)
                    for cell, width in zip(cells, WIDTHS.values()))


def judge_table(lines, judge, layout):
    header = lines[0].split()
    if header != list(WIDTHS):
        judge.fault(f"the columns are {header}")
        return
    for line in lines if layout else ():
        if line != laid_out(line.split()):
            judge.fault(f"not in its columns: {line[:2000]}")
    for line in lines[1:]:
        cells = line.split()
        if len(cells) != len(header):
            judge.fault(f"{len(cells)} words, not {len(header)}: {line[:2000]}")
            continue
        shown = dict(zip(header, cells))
        row = judge.take(int(shown["id"]))
        for name in differences(shown, row) if row else ():
            judge.fault(f"id {row['id']}: {name} is {shown[name]}: {words(row)}")


def judge_json(lines, judge):
    for line in lines:
        shown = json.loads(line)
        row = judge.take(shown["id"])
        if not row:
            continue
        expected = {
            "family": f"ipv{row['family']}", "interface": row["scope"][1:] or None,
            "flags": flags_of(row),
            "verdict": VERDICTS[row["verdict"]] if row["verdict"] else None,
            "closed_at_ns": closing_of(row)[0], "duration_ms": closing_of(row)[1],
        }
        found = {name: shown[name] for name in expected}
        for which, role in enumerate(("initiator", "responder")):
            end = shown[role]
            for name, (number, _) in counts_of(row, which).items():
                if name != "segments":
                    expected[role, name] = number
                    found[role, name] = end[name]
            for name in ("port", "state"):
                expected[role, name] = row["end"][which][name]
                found[role, name] = end[name]
            for name, key in (("uid", "uid"), ("cgroup_id", "cgroup")):
                expected[role, name] = row["end"][which].get(key) or \
                    (None if key == "cgroup" else row["end"][which].get(key))
                found[role, name] = end[name]
            expected[role, "address"] = ipaddress.ip_address(row["end"][which]["address"])
            found[role, "address"] = ipaddress.ip_address(end["address"])
        for name, value in expected.items():
            if found[name] != value:
                judge.fault(f"id {row['id']}: {name} is {found[name]}, not {value}")


def judge_show(text, judge):
    """Each begins with the line of its initiator; other lines have a label before them."""
    for part in ("\n" + text).split("\ninitiator ")[1:]:
        shown = {}
        for line in ("initiator " + part).splitlines():
            if line.strip():
                shown.setdefault(line.split()[0], line.split()[1:])
        row = judge.take(int(shown["id"][0]))
        if not row:
            continue
        for which, role in enumerate(("initiator", "responder")):
            if not check_end(shown[role][0], row, which) or \
               shown[role][1] != row["end"][which]["state"]:
                judge.fault(f"id {row['id']}: {role} is {shown[role]}")
            for name, (number, _) in counts_of(row, which).items():
                label = {"segments": "all", "retransmits": "retransmitted"}.get(name, name)
                number = "?" if number is None else number
                if name != "repeats" and shown[label][which].rstrip("+") != str(number):
                    judge.fault(f"id {row['id']}: {role}'s {name} is {shown[label]}")


def main():
    if sys.argv[1] == "insert":
        n, device, ifindex, path = sys.argv[2:]
        rows = make_rows(int(n), device, int(ifindex))
        for row in rows:
            with open(RECORD, "w", encoding="ascii") as record:
                record.write(words(row))
        with open(path, "w", encoding="ascii") as out:
            json.dump(rows, out)
        return 0
    with open(sys.argv[2], encoding="ascii") as file:
        judge = Judge(json.load(file))
    text = sys.stdin.read()
    if sys.argv[1] == "show":
        judge_show(text, judge)
    elif sys.argv[1].endswith("json"):
        judge_json(text.splitlines(), judge)
    else:
        judge_table(text.splitlines(), judge, sys.argv[1] == "proc")
    return judge.end(not sys.argv[1].startswith("show"))


sys.exit(main())
