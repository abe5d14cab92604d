# SPDX-License-Identifier: GPL-2.0-only
"""Counts what ran: connections by way, wire, setting and forged segment, the transitions of
figure 5 that the kernel's sockets took, and the kernel's own counters. In a run of ENOUGH
connections whatever ought to run has to."""

import re
from collections import Counter

from script import WIRE, WIRES
from ways import BELIEVED, HARMLESS, OLD, UNANSWERED, UNECHOED, WAYS, dead_peer, false_answer, \
    forged, idle_reset, offloaded, proxied, simultaneous_open

ENOUGH = 20000
# A case that explains more of the ends than this explains too much. (Some 1.8 % are
# connects that the scripts give up.)
NAMED_SHARE = 0.01
NAMED_SHARES = {"a connect is given up": 0.03}

# Ways that behave differently by a setting
COMBINED = [("full_queue", "abort_on_overflow=0"), ("full_queue", "abort_on_overflow=1"),
            ("reuse", "timestamps=0"), ("reuse", "timestamps=1"),
            ("large", "offload=on"), ("large", "offload=off"),
            ("fast_open", "fastopen=0x3/0x3"), ("fast_open", "fastopen=0x607/0x607"),
            ("fast_open", "fastopen=0x5/0x1"), ("syn_data", "fastopen=0x3/0x3"),
            ("syn_data", "fastopen=0x5/0x1"),
            ("same_syn", "timestamps=0"), ("same_syn", "timestamps=1"),
            ("forged", "clean"), ("forged", "timestamps=0"), ("forged", "timestamps=1")]
SETTINGS = ["side=client", "side=server", "side=both", "veth", "router", "ipv4", "ipv6",
            "mapped", "timestamps=0", "timestamps=1",
            "syncookies=1", "syncookies=2", "offload=on", "offload=off", "mtu=1500",
            "mtu=1280", "fragments"]
# Flags that the module has to have shown: Fast Open with a cookie and without, for example
FLAGS = ["fast_open fastopen=0x3/0x3", "fast_open fastopen=0x607/0x607",
         "fast_open fastopen=0x5/0x1", "simultaneous", "retracted", "pending", "picked_up",
         "adjusted", "offloaded"]
TRANSITIONS = """SYN_SENT>ESTABLISHED SYN_SENT>SYN_RECEIVED SYN_RECEIVED>ESTABLISHED
SYN_RECEIVED>FIN_WAIT_1 ESTABLISHED>FIN_WAIT_1 ESTABLISHED>CLOSE_WAIT
FIN_WAIT_1>FIN_WAIT_2 FIN_WAIT_1>CLOSING CLOSE_WAIT>LAST_ACK LAST_ACK>CLOSED
FIN_WAIT_2>TIME_WAIT CLOSING>TIME_WAIT TIME_WAIT>CLOSED""".split()
# Counters of /proc/net/snmp and /proc/net/netstat, which show that something really happened
KERNEL = """Tcp.RetransSegs Tcp.InCsumErrors Ip.FragCreates Ip.ReasmOKs
TcpExt.SyncookiesSent TcpExt.SyncookiesRecv TcpExt.TW TcpExt.TWRecycled
TcpExt.ListenOverflows TcpExt.PAWSEstab TcpExt.TCPAbortOnData TcpExt.TCPAbortOnClose
TcpExt.TCPAbortOnTimeout TcpExt.TCPChallengeACK TcpExt.TCPSYNChallenge
TcpExt.TCPFastOpenActive TcpExt.TCPFastOpenPassive TcpExt.TCPFastOpenCookieReqd TcpExt.TCPFastOpenActiveFail TcpExt.PAWSActive
TcpExt.TCPDeferAcceptDrop TcpExt.TCPKeepAlive TcpExt.TCPToZeroWindowAdv
TcpExt.TCPOFOQueue TcpExt.TCPDSACKRecv TcpExt.TCPRcvCoalesce
MPTcpExt.MPCapableFallbackSYNACK""".split()


def read_counters(texts):
    """The sums of the counters in several texts of /proc/net/snmp and /proc/net/netstat."""
    counters = Counter()
    for text in texts:
        lines = [line.split() for line in text.splitlines()]
        for names, values in zip(lines[::2], lines[1::2]):
            for name, value in zip(names[1:], values[1:]):
                counters[f"{names[0][:-1]}.{name}"] += int(value)
    return counters


class Coverage:
    """The counts of all waves."""

    def __init__(self):
        self.connections = 0
        self.ways, self.wires, self.settings = Counter(), Counter(), Counter()
        self.combined, self.forged, self.transitions = Counter(), Counter(), Counter()
        self.checks, self.named, self.kernel = Counter(), Counter(), Counter()
        self.unfinished, self.aimed, self.flags = Counter(), Counter(), Counter()

    def add(self, wave, comparison, unfinished, dropped):
        """@unfinished: (connection, step, error) of scripts that did not get to their end;
        @dropped: segments that a wire was aimed at."""
        self.connections += wave.size
        self.wires[wave.wire] += wave.size
        self.settings.update({word: wave.size for word in wave.settings()[1:]})
        self.checks += comparison.checks
        self.named += comparison.named
        self.transitions += comparison.histories.transitions()
        self.aimed[wave.wire] += dropped
        for name, count in comparison.histories.flags().items():
            self.flags[name] += count
            self.flags[f"{name} fastopen={wave.fastopen}"] += count
        broken = set()
        for number, step, error in unfinished:
            broken.add(number)
            self.unfinished[f"{wave.way_of(number)} {step} {error}"] += 1
        words = set(wave.settings())
        for number, script in wave.scripts.items():
            if number in broken:
                continue
            way = wave.way_of(number)
            self.ways[way] += 1
            self.combined.update((way, word) for ours, word in COMBINED
                                 if ours == way and word in words)
            self.forged.update("a pair" if "=" in segment else segment
                               for segment in re.findall(r"\.forge=(\S+)", script))

    def missing(self):
        """What ought to have run, and did not."""
        ways = [way.__name__ for way in [*WAYS, forged, false_answer, proxied, offloaded,
                                         idle_reset, dead_peer, simultaneous_open]]
        wanted = [("way", self.ways, ways), ("wire", self.wires, WIRES),
                  ("setting", self.settings, SETTINGS),
                  ("way with a setting", self.combined, COMBINED),
                  ("aim of", self.aimed, [name for name, wire in WIRE.items() if wire.aim]),
                  ("flag of the module", self.flags, FLAGS),
                  ("forged segment", self.forged, [*HARMLESS, *OLD, *BELIEVED, *UNANSWERED,
                                                    *UNECHOED, "a pair"]),
                  ("transition of the kernel", self.transitions, TRANSITIONS),
                  ("counter of the kernel", self.kernel, KERNEL)]
        return [f"{what} {name}" for what, counts, names in wanted for name in names
                if not counts[name]]

    def excessive(self):
        """Named cases that explain too much."""
        ends = sum(self.checks[what] for what in (
            "local end", "remote end", "end seen on the way"))
        return [name for name, count in self.named.items()
                if count > NAMED_SHARES.get(name, NAMED_SHARE) * ends]

    def show(self, is_verbose):
        """A compact summary."""
        for what, counts in (("ways", self.ways), ("wires", self.wires),
                             ("settings", self.settings), ("forged", self.forged),
                             ("aimed at", +self.aimed),
                             ("flags of the module", Counter(
                                 {name: self.flags[name] for name in FLAGS})),
                             ("transitions of the kernel", self.transitions)):
            print(f"# {what}: {show_counts(counts)}")
        print("# counted by the kernel:",
              show_counts({name: self.kernel[name] for name in KERNEL}))
        print(f"# scripts not finished: {sum(self.unfinished.values())}")
        if is_verbose:
            print(f"#   {show_counts(self.unfinished)}")
        print(f"# compared: {show_counts(self.checks)}")
        print(f"# named cases: {show_counts(self.named)}")


def show_counts(counts):
    return ", ".join(f"{name} {count}" for name, count in
                     sorted(counts.items(), key=lambda item: (-item[1], item[0]))) or "none"
