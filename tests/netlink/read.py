# SPDX-License-Identifier: GPL-2.0-only
#
# What the family says of the connections of its namespace is what /proc/tcpstate
# says at the same time: one by one, all together, and in the totals.

import collections
import sys

from client import as_proc, capitals, check, connect, ids, proc, wait_for, words

ynl = connect()


def columns(line):
    return {name: value for name, value in line.items() if name not in ("left_s", "age_s")}


def same_lines():
    lines = sorted((columns(line) for line in proc()), key=lambda line: line["id"])
    records = sorted((as_proc(record) for record in ynl.dump("flow-list", {})),
                     key=lambda line: line["id"])
    return lines == records


def differences():
    """Line by line, those columns that are not the same."""
    records = {record["id"]: as_proc(record) for record in ynl.dump("flow-list", {})}
    lines = {int(line["id"]): columns(line) for line in proc()}
    found = sorted(records.keys() ^ lines.keys())
    for number in records.keys() & lines.keys():
        found += [(number, name, lines[number][name], records[number].get(name))
                  for name in lines[number] if lines[number][name] != records[number].get(name)]
    return found


def times():
    """Those whose timer or age is further from the file than the reading takes."""
    before = {int(line["id"]): line for line in proc()}
    records = ynl.dump("flow-list", {})
    after = {int(line["id"]): line for line in proc()}
    wrong = []
    for record in records:
        one, two = before[record["id"]], after[record["id"]]
        if not (float(two["left_s"]) - 0.1 <= record["left-ms"] / 1000 <= float(one["left_s"]) + 0.1
                and float(one["age_s"]) <= record["age-ms"] / 1000 <= float(two["age_s"]) + 0.1):
            wrong.append((one, record["left-ms"], record["age-ms"], two))
    return wrong


def tuple_of(record, source, destination):
    found = {
        "source": record[source]["address"], "source-port": record[source]["port"],
        "destination": record[destination]["address"],
        "destination-port": record[destination]["port"],
    }
    if "ifindex" in record:
        found["ifindex"] = record["ifindex"]
    return {"tuple": found}


def mapped(record, *names):
    """Its tuple, with addresses as a dual-stack socket has them."""
    found = tuple_of(record, "initiator", "responder")
    for name in names:
        found["tuple"][name] = "::ffff:" + found["tuple"][name]
    return found


def check_gets(records):
    for record in records:
        name = f"{record['family']}, {record['initiator']['state']} {record['responder']['state']}"
        if "ifindex" in record:
            name += ", link-local"
        whole = as_proc(record)
        check(f"by its id: {name}",
              lambda record=record: as_proc(ynl.do("flow-get", {"id": record["id"]})), whole)
        for ends in [("initiator", "responder"), ("responder", "initiator")]:
            check(f"by its tuple, {ends[0]} first: {name}",
                  lambda record=record, ends=ends:
                  as_proc(ynl.do("flow-get", tuple_of(record, *ends))), whole)
        if record["family"] == "ipv4":
            for names in [("source",), ("destination",), ("source", "destination")]:
                check(f"by its tuple with a mapped {' and '.join(names)}: {name}",
                      lambda record=record, names=names:
                      as_proc(ynl.do("flow-get", mapped(record, *names))), whole)


def counters():
    with open("/proc/net/stat/tcpstate", encoding="ascii") as file:
        header, *lines = [line.split() for line in file]
    return {name: sum(int(line[i], 16) for line in lines)
            for i, name in enumerate(header) if name != "records"}


def check_stats(records):
    stats = ynl.do("stats-get", {})
    pairs = collections.Counter((record["initiator"]["state"], record["responder"]["state"])
                                for record in records)
    check("stats count the connections", stats["records"], len(records))
    check("stats count the pairs of states",
          {(pair["initiator-state"], pair["responder-state"]): pair["count"]
           for pair in stats["pair"] if pair["count"]}, dict(pairs))
    check("stats have each counter as the file has it",
          {words(name): value for name, value in stats["counters"].items()}, counters())
    check("memory is taken for each connection",
          stats["memory-bytes"] >= 128 * len(records) and stats["table-bytes"] > 0)
    check("the share and the limit are there",
          0 < stats["share"] <= stats["max-records"])
    finished = [record for record in records if "syn-us" in record and "ack-us" in record]
    for name, times_of in [("syn-time", "syn-us"), ("ack-time", "ack-us")]:
        histogram = stats[name]
        bounds = [bucket.get("le-us") for bucket in histogram["bucket"]]
        check(f"{name}: the buckets are in order, and the last has no bound",
              bounds[-1] is None and bounds[:-1] == sorted(bounds[:-1]) and None not in bounds[:-1])
        check(f"{name}: every finished handshake is in a bucket",
              sum(bucket["count"] for bucket in histogram["bucket"]) >= len(finished) > 0)
        check(f"{name}: the sum is theirs at least",
              histogram["sum-us"] >= sum(record[times_of] for record in finished))
    few = ynl.do("stats-get", {"counters-only": True})
    check("counters-only has counters", "counters" in few)
    check("counters-only has nothing that takes the whole table",
          not {"pair", "syn-time"} & few.keys() or "pair" not in few)


def main():
    records = ynl.dump("flow-list", {})
    if sys.argv[1] == "nothing":
        check("nothing of another namespace is there", records, [])
        check("nor in the stats", ynl.do("stats-get", {})["records"], 0)
        check("nor among the counted", ynl.do("flow-list", {})["count"], 0)
        return
    wait_for(same_lines)
    check("a list has what /proc/tcpstate has", differences, [])
    check("the list is not empty", len(ynl.dump("flow-list", {})) >= int(sys.argv[1]))
    check("timers and ages are those of /proc/tcpstate", times, [])
    records = ynl.dump("flow-list", {})
    check("without dump it is counted", ynl.do("flow-list", {})["count"], len(records))
    check("both families are there", {record["family"] for record in records}, {"ipv4", "ipv6"})
    check("a link-local one is there", any("ifindex" in record for record in records))
    check("no state has another name",
          {capitals(record[end]["state"]) for record in records for end in
           ("initiator", "responder")} ==
          {line[column] for line in proc() for column in ("initiator_state", "responder_state")})
    check("no id is there twice", len(set(ids(records))), len(records))
    check_gets(records)
    check_stats(records)


main()
