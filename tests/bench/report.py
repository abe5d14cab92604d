#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""
report.py SAMPLES FOLDER: from the measurements of tests/bench/run to figures. Writes
FOLDER/bench.json and FOLDER/growth.tsv (for the plot), and prints one table; a
page gets it between its two markers when --page FILE is given. TCPSTATE_TRIAL=1:
says that these are no figures, and leaves the page alone.
"""

import json
import math
import os
import re
import statistics
import sys
from collections import defaultdict

GROWTH = ["data_1000", "data_10000", "data_100000", "data_large"]


class Samples:
    """What was measured: by figure and observer, a value for each turn."""

    def __init__(self, path):
        raw = defaultdict(list)
        with open(path, encoding="ascii") as lines:
            for line in lines:
                number, observer, figure, value, by = line.split("\t")
                raw[figure, observer, number].append(float(value) / float(by))
        self.rounds = {}
        for (figure, observer, number), values in raw.items():
            rounds = self.rounds.setdefault((figure, observer), {})
            rounds[number] = statistics.median(values)

    def of(self, figure, observer):
        return self.rounds.get((figure, observer), {})


def net(*figures):
    """What remains of each sample once the empty walk's is taken off."""

    def values(samples, observer):
        none = samples.of(figures[0], "none")
        own = samples.of(figures[0], observer)
        if observer == "none" or not none:
            return own
        empty = statistics.median(none.values())
        return {number: value - empty for number, value in own.items()}

    return values


def plain(figure):
    return lambda samples, observer: samples.of(figure, observer)


def against(values, other):
    """Samples of tcpstate alone; conntrack's column is empty, nothing loaded's is OTHER."""

    def both(samples, observer):
        if observer == "none":
            return samples.of(other, "tcpstate")
        return values(samples, observer) if observer == "tcpstate" else {}

    return both


def interval(values):
    """From the least to the largest of sorted VALUES. In ten or more, from which to which one the
    median of all such measurements lies with 95 % (ranks of a binomial distribution)."""
    if not values:
        return None
    count = len(values)
    out = int((count - 1.96 * math.sqrt(count)) / 2) if count >= 10 else 0
    return [values[out], values[count - 1 - out]]


class Figure:
    """A line of the table; GOAL is for the ratio, or with BARE for tcpstate's value."""

    def __init__(self, name, unit, values, goal=None, least=False, base="conntrack",
                 bare=False):
        self.name, self.unit, self.values = name, unit, values
        self.goal, self.least, self.base, self.bare = goal, least, base, bare

    def measure(self, samples):
        """The line as an object, or None if it was not measured."""
        by = {who: self.values(samples, who) for who in ("none", "tcpstate", "conntrack")}
        if not by["tcpstate"]:
            return None
        middle = {who: statistics.median(values.values()) if values else None
                  for who, values in by.items()}
        base = by[self.base]
        ratios = [value / base[number] for number, value in by["tcpstate"].items()
                  if base.get(number)]
        # A ratio is of what was measured in one turn: the machine's speed varies.
        ratio = statistics.median(ratios) if ratios else None
        judged = middle["tcpstate"] if self.bare else ratio
        spread = interval(sorted(by["tcpstate"].values()) if self.bare else sorted(ratios))
        met = None
        if self.goal is not None and judged is not None:
            met = judged >= self.goal if self.least else judged <= self.goal
        return {
            "figure": self.name, "unit": self.unit, **middle, "ratio": ratio,
            "spread": spread,
            "goal": self.goal_text(), "met": met, "rounds": len(by["tcpstate"]),
        }

    def goal_text(self):
        if self.goal is None:
            return None
        sign = "at least" if self.least else "at most"
        if self.bare:
            return f"{sign} {self.goal:g} {self.unit}"
        return f"{sign} {self.goal:g} x"


# The one place with goals. A ratio is to nf_conntrack where nothing else is said.
def figures_of(large):
    return [
        Figure("data segment, 1,000 connections", "ns", net("data_1000"), 0.25),
        Figure("data segment, 10,000 connections", "ns", net("data_10000")),
        Figure("data segment, 100,000 connections", "ns", net("data_100000")),
        Figure(f"data segment, {large} connections, random order", "ns", net("data_large"),
               0.35),
        Figure("the same, to two dependent cache misses (in column none)", "ns",
               against(net("data_large"), "chase"), 1.3, base="none"),
        Figure(f"data segment, {large} connections, in order", "ns", net("data_rising")),
        Figure(f"opening segment, {large} connections", "ns", net("open"), 0.3),
        Figure(f"closing segment, {large} connections", "ns", net("close"), 0.35),
        Figure("segment of a whole short connection, 10,000 at a time, random order", "ns",
               net("life"), 0.4),
        Figure(f"insertion up to {large}, one SYN, p99.99", "us", plain("syn_p9999")),
        Figure(f"insertion up to {large}, one SYN, longest", "us", plain("syn_max")),
        Figure("two CPUs, data: their gain, to that of a loop alone (in column none)", "x",
               against(plain("gain_data"), "gain_alone"), 0.9, least=True, base="none"),
        Figure("two CPUs, churn: their gain, to that of a loop alone (in column none)", "x",
               against(plain("gain_churn"), "gain_alone"), 0.9, least=True, base="none"),
        Figure(f"memory a connection, IPv4, at {large}", "bytes", net("memory_ipv4"), 144,
               bare=True),
        Figure(f"memory a connection, IPv6, at {large}", "bytes", net("memory_ipv6"), 176,
               bare=True),
        Figure("record, IPv4", "bytes", plain("record_ipv4"), 128, bare=True),
        Figure("record, IPv6", "bytes", plain("record_ipv6"), 160, bare=True),
        Figure(f"cat of the proc file, {large} connections", "s", plain("cat"), 0.25),
        Figure(f"list, {large} connections", "s", plain("list"), 0.1),
        Figure("list, a filter that matches nothing", "s", plain("list_nothing"), 0.1),
        Figure("list, by state (1 % of them)", "s", plain("list_state"), 0.1),
        Figure("watch: a key's answer while it reads them, the slowest of 20", "s",
               plain("watch_key"), 0.1, bare=True),
        Figure("events: connections a second, none lost", "1/s", plain("events"), 2,
               least=True),
        Figure(f"{large} TIME_WAIT expire: bottom halves off, p99.99", "s",
               plain("expire_p9999"), 0.0005, bare=True),
        Figure(f"{large} TIME_WAIT expire: bottom halves off, longest", "s",
               plain("expire_max")),
        Figure(f"{large} TIME_WAIT expire: CPU time", "s", plain("expire_all"), 1, bare=True),
        Figure(f"{large} idle established: CPU time", "%", plain("idle"), 1, bare=True),
        Figure("connect, request, answer, close, to nothing loaded", "1/s", plain("ask"),
               0.97, least=True, base="none"),
        Figure("bulk throughput, to nothing loaded", "MB/s", plain("bulk"), 0.97, least=True,
               base="none"),
    ]


def number(value):
    if value is None:
        return "-"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def row(figure):
    spread = figure["spread"]
    met = {True: "yes", False: "no", None: "-"}[figure["met"]]
    return [figure["figure"], figure["unit"], number(figure["none"]),
            number(figure["tcpstate"]), number(figure["conntrack"]),
            number(figure["ratio"]),
            f"{number(spread[0])}..{number(spread[1])}" if spread else "-",
            figure["goal"] or "-", met]


HEADER = ["figure", "unit", "none", "tcpstate", "conntrack", "ratio", "spread", "goal",
          "met"]


def table(figures):
    """For a terminal: columns as wide as they have to be."""
    rows = [HEADER] + [row(figure) for figure in figures]
    widths = [max(len(line[i]) for line in rows) for i in range(len(HEADER))]
    for line in rows:
        yield "  ".join(cell.ljust(width) if i in (0, 1, 7, 8) else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(line, widths))).rstrip()


def markdown(figures):
    yield "| " + " | ".join(HEADER) + " |"
    yield "| --- | --- |" + " ---: |" * 5 + " --- | --- |"
    for figure in figures:
        yield "| " + " | ".join(row(figure)) + " |"


def write_page(path, lines):
    with open(path, encoding="utf-8") as page:
        text = page.read()
    begin, end = "<!-- make bench: begin -->", "<!-- make bench: end -->"
    new, found = re.subn(f"{re.escape(begin)}.*{re.escape(end)}",
                         lambda _: "\n".join([begin, *lines, end]), text, flags=re.S)
    if found != 1:
        sys.exit(f"report: {path} has no place for the figures, from '{begin}' on")
    with open(path, "w", encoding="utf-8") as page:
        page.write(new)


def write_growth(samples, large, path):
    """For the plot: connections, and ns of either."""
    with open(path, "w", encoding="ascii") as growth:
        for figure in GROWTH:
            size = large if figure == "data_large" else figure.split("_")[1]
            values = [net(figure)(samples, who) for who in ("tcpstate", "conntrack")]
            if all(values):
                middle = [statistics.median(value.values()) for value in values]
                growth.write(f"{size}\t{middle[0]:.1f}\t{middle[1]:.1f}\n")


def main():
    arguments = sys.argv[1:]
    page = None
    if "--page" in arguments:
        at = arguments.index("--page")
        page = arguments[at + 1]
        del arguments[at:at + 2]
    path, folder = arguments
    samples = Samples(path)
    large = statistics.median(samples.of("connections", "none").values())
    lines = [figure.measure(samples) for figure in figures_of(f"{large:,.0f}")]
    figures = [line for line in lines if line]
    with open(f"{folder}/bench.json", "w", encoding="ascii") as out:
        json.dump(figures, out, indent=1)
        out.write("\n")
    write_growth(samples, f"{large:.0f}", f"{folder}/growth.tsv")
    machine = os.environ.get("TCPSTATE_MACHINE", "")
    print(machine)
    for line in table(figures):
        print(line)
    met = [figure["met"] for figure in figures]
    print(f"{met.count(True)} goals met, {met.count(False)} missed")
    if os.environ.get("TCPSTATE_TRIAL"):
        print("A trial, small or short, to see that it works: these are no figures.")
    elif page:
        write_page(page, [machine, "", *markdown(figures)])


main()
