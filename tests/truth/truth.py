#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""truth.py N=CONNECTIONS SEED=NUMBER [WAVE=NUMBER] [SIZE=CONNECTIONS]: runs waves of
connections and compares, for each, what the kernel says of its sockets with what the
module says of the connections. Started by tests/truth/run, in a guest with the
namespaces client, router and server. Ends with "N passed, N failed, N skipped"."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter

import recalled
import selftest
from compare import Comparison
from coverage import ENOUGH, Coverage, read_counters, show_counts
from history import Histories, Info
from script import ADDRESSES, FIRST_PORT, FRAGMENTS, ROUTER, WIRE, WIRES, Wave

WORK = os.environ["TRUTH_WORK"]
SETTLE_MS = 30000
# The tables are listed before the first TIME_WAIT of a wave is over.
TIME_WAIT_MS = 60000
LIST_MS = 5000
SIZE_MAX = 5000
WIDTH = 1000            # connections at once
# The default seed, so that what passed once passes again; others find more.
SEED = 1
TRIES = 3               # of a wave, where not all of it was seen
SIZE_MIN = 50           # of the parts of a wave, on a machine that plays it for too long
SHOWN = 5               # disagreements of a wave
SEGMENTS = 40           # of a connection, at its begin and its end
DEVICES = {"veth": [("client", "veth3"), ("server", "veth3")],
           "router": [("router", "veth2"), ("router", "veth1")]}
# Timeouts are shorter than usual: lost segments are sent again, and given up, sooner; and the
# fragments of a packet are kept only until the next wave, with enough room until then.
SYSCTLS = """net.ipv4.tcp_syn_retries=2 net.ipv4.tcp_synack_retries=2
net.ipv4.tcp_retries2=4 net.ipv4.tcp_orphan_retries=3 net.ipv4.tcp_rto_max_ms=1000
net.ipv4.tcp_max_tw_buckets=262144 net.ipv4.tcp_tw_reuse=1
net.ipv4.tcp_tw_reuse_delay=1
net.ipv4.ipfrag_time=1 net.ipv4.ipfrag_high_thresh=67108864""".split()


def at(netns, *command, text=None, check=True, capture=False):
    """Run a command in a network namespace."""
    return subprocess.run(["nsenter", f"--net=/run/netns/{netns}", "--", *command],
                          input=text, text=True, check=check,
                          capture_output=capture or not check).stdout


class Witness:
    """The program that writes down what kernel and module say (witness.c)."""

    def __init__(self):
        self.process = subprocess.Popen(["witness", "client", "server", "router"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, bufsize=1)
        self.answer()

    def answer(self):
        line = self.process.stdout.readline().strip()
        if not line.startswith("ok"):
            sys.exit(f"witness: {line or 'has died'}")
        return line[3:]

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.answer()


def set_up_router():
    """SYNPROXY needs strict tracking; what is idle for a second leaves the flowtable."""
    at("router", "nft", "-f", "-", text=ROUTER)
    at("router", "sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_loose=0",
       "net.netfilter.nf_flowtable_tcp_timeout=1", "net.ipv4.tcp_syncookies=2")


def set_up(wave):
    """The wire and the settings of a wave."""
    for i, netns in enumerate(("client", "server")):
        at(netns, "sysctl", "-qw", *SYSCTLS, f"net.ipv4.tcp_timestamps={wave.timestamps}",
           f"net.ipv4.tcp_syncookies={wave.syncookies}",
           f"net.ipv4.tcp_abort_on_overflow={wave.abort_on_overflow}",
           f"net.ipv4.tcp_fastopen={int(wave.fastopen.split('/')[i], 16)}",
           f"net.ipv4.ip_no_pmtu_disc={int(wave.fragments)}")
    for topology, devices in DEVICES.items():
        for i, (netns, device) in enumerate(devices):
            netem = WIRE[wave.wire].netem if topology == wave.topology and \
                wave.side in ("both", ("client", "server")[i]) else ""
            at(netns, "tc", "qdisc", "del", "dev", device, "root", check=False)
            if netem:
                at(netns, "tc", "qdisc", "add", "dev", device, "root", "netem",
                   *netem.split(), "limit", "100000")
    for netns in ("client", "server"):
        device = "veth3" if wave.topology == "veth" else "veth0"
        at(netns, "ethtool", "-K", device, "tso", wave.offload, "gso", wave.offload,
           "gro", wave.offload, check=False)
        at(netns, "ip", "link", "set", device, "mtu", str(wave.mtu))
    for network, device in (("10.1.0.0/24", "veth1"), ("10.2.0.0/24", "veth2")):
        at("router", "ip", "route", "replace", network, "dev", device,
           *(("mtu", "lock", str(FRAGMENTS)) if wave.fragments else ()))
    for netns in ("client", "server"):
        at(netns, "nft", "-f", "-", text=wave.nft(netns))


class Capture:
    """All segments of a wave, as they pass at both ends."""

    def __init__(self, wave):
        self.files, self.processes, self.dropped = [], [], []
        for netns in ("client", "server"):
            device = "veth3" if wave.topology == "veth" else "veth0"
            self.files.append(f"{WORK}/{netns}.pcap")
            self.processes.append(subprocess.Popen(
                ["nsenter", f"--net=/run/netns/{netns}", "--", "tcpdump", "-i", device, "-n",
                 "-s", "110", "-B", "32768", "-w", self.files[-1], "tcp"],
                stderr=subprocess.PIPE, text=True))
        for process in self.processes:
            line = process.stderr.readline()
            while line and "listening" not in line:
                line = process.stderr.readline()

    def end(self, wanted):
        """Ends the capture. What passed in its last second is lost, unless it is @wanted."""
        if wanted:
            time.sleep(1.2)  # sleep: tcpdump looks into its ring once a second
        for process in self.processes:
            process.send_signal(signal.SIGINT)
        for process in self.processes:
            # "0 packets dropped by kernel" comes last.
            dropped = process.communicate()[1].strip().splitlines()[-1:]
            if dropped and not dropped[0].startswith("0 "):
                self.dropped.append(dropped[0])

    def show(self, ends):
        """The segments of one connection."""
        print("".join(f"  {dropped} of the capture\n" for dropped in self.dropped), end="")
        ports = " and ".join("port " + end.rsplit(",", 1)[1] for end in ends)
        for path in self.files:
            print(f"  segments in {os.path.basename(path)}:")
            lines = subprocess.run(["tcpdump", "-r", path, "-n", "-S", "-ttt", ports],
                                   capture_output=True, text=True, check=False).stdout
            lines = lines.splitlines()
            for line in lines[:SEGMENTS] + ["..."] * (len(lines) > 2 * SEGMENTS) + \
                    lines[SEGMENTS:][-SEGMENTS:]:
                print("   ", line)


def ports_of(name):
    """The pairs of ports in one of nft's sets, of both sides."""
    text = "".join(at(netns, "nft", "list", "set", "inet", "truth", name, capture=True)
                   .partition("elements")[2] for netns in ("client", "server"))
    return [(int(one), int(two)) for one, two in re.findall(r"(\d+) \. (\d+)", text)]


def see_wave(witness, wave):
    """Runs a wave. Returns its comparison, the lines of its histories and the scripts that
    did not get to their end."""
    path = f"{WORK}/wave"
    set_up(wave)
    witness.tell(f"wave {path}")
    capture = Capture(wave)
    began = time.monotonic()
    actor = subprocess.run(
        ["actor", str(WIDTH), f"{WORK}/segment.in", f"{WORK}/segment.out"], text=True,
        capture_output=True, check=False,
        input="\n".join([*wave.listeners(), *wave.scripts.values()]) + "\n")
    if not actor.stdout.endswith(f"done {wave.size}\n"):
        sys.exit(f"actor: {actor.stdout[-400:]} {actor.stderr[-400:]}")
    acted = time.monotonic()
    rest_ms = int(TIME_WAIT_MS - LIST_MS - (acted - began) * 1000)
    left = witness.tell(f"settle {max(0, min(SETTLE_MS, rest_ms))}")
    dropped = len(ports_of("dropped")) if WIRE[wave.wire].aim else 0
    wave.closing, wave.closing_first = (
        {(local, remote) for remote, local in ports_of(name)}
        for name in ("closing", "closing_first"))
    witness.tell("dump")
    settled = time.monotonic()
    witness.tell(f"wave {path}.after")
    with open(path, encoding="ascii") as lines:
        lines = lines.read().splitlines()
    words = [line.split() for line in actor.stdout.splitlines()]
    infos = [Info(line[1:]) for line in words if line[0] == "info"]
    comparison = compare(wave, lines, infos)
    comparison.too_slow = (settled - began) * 1000 > TIME_WAIT_MS
    comparison.capture = capture
    capture.end(comparison.disagreements or wave.number < 0)
    witness.tell("forget")
    print(f"# {wave}")
    print(f"#   {acted - began:.1f} s, settled in {settled - acted:.1f} s, compared in "
          f"{time.monotonic() - settled:.1f} s; named {show_counts(comparison.named)}")
    if left:
        print(f"#   not over: {left}, {comparison.histories.full[:3]}")
    if comparison.too_slow:
        print(f"#   lost: the beginning, which was over {TIME_WAIT_MS // 1000} s ago")
    if comparison.histories.lost:
        print(f"#   lost: {len(comparison.histories.lost)}, {comparison.histories.lost[:3]}")
    comparison.dropped = dropped
    return comparison, lines, [(int(line[1]), line[2], line[3]) for line in words
                               if line[0] == "failed"]


def compare(wave, lines, infos=()):
    """What the lines of the witness say, against each other."""
    client, server = (address.removeprefix("::ffff:")
                      for address in ADDRESSES[wave.topology][wave.family])
    sides = {"client": client, "server": server}
    if wave.topology == "router":
        sides["router"] = None
    histories = Histories(lines)
    histories.infos = infos
    return Comparison(histories, sides, wave).run()


def show(wave, seed, comparison):
    """What does not agree, and how to see it again."""
    # One case of each kind comes before a second one of any kind.
    seen = Counter()
    cases = [(seen.update([case.key()]) or seen[case.key()], i, case)
             for i, case in enumerate(comparison.disagreements)]
    for _, _, case in sorted(cases)[:SHOWN]:
        number = wave.number_of(case.ends)
        print(f"not ok - wave {wave.number}, connection {number} ({case.kind}): {case}")
        if number >= 0:
            print("  script:", wave.scripts[number].split(" ", 6)[6])
        comparison.capture.show(case.ends)
    hidden = len(comparison.disagreements) - SHOWN
    if hidden > 0:
        print(f"#   and {hidden} more:",
              dict(Counter(f"{d.kind}, {d.what}: {' '.join(d.expected)} | {' '.join(d.shown)}"
                           for d in comparison.disagreements)))
    print(f"#   again: tests/guest/run --cpus 1 -- tests/truth/run SEED={seed} "
          f"WAVE={wave.number} SIZE={wave.whole}")


class Run:
    """All waves, and what is counted of them."""

    def __init__(self, witness, seed):
        self.witness, self.seed = witness, seed
        self.passed = self.failed = 0
        self.coverage = Coverage()
        # How many connections this machine plays before the first TIME_WAIT is over
        self.most = SIZE_MAX

    def check(self, name, passed):
        print(f"{'ok' if passed else 'not ok'} - {name}")
        self.passed += passed
        self.failed += not passed

    def test_itself(self):
        """Altered histories do not agree; those that once did not have a name."""
        for name, passed in recalled.run():
            self.check(f"self-test, recalled: {name}", passed)
        for number, run, ways in (
                (selftest.NUMBER, selftest.run, selftest.WAYS),
                (selftest.LOSSY, selftest.run_lossy, selftest.WAYS),
                (selftest.ROUTED, selftest.run_routed, selftest.ROUTED_WAYS)):
            self.test_wave(Wave(selftest.SEED, number, selftest.SIZE, ways), run)

    def test_wave(self, wave, run):
        for _ in range(TRIES):
            comparison, lines, _ = see_wave(self.witness, wave)
            if not comparison.too_slow and not comparison.histories.lost:
                break

        def compare_again(altered):
            again = compare(wave, altered)
            again.capture = comparison.capture
            return again

        for name, passed in run(lines, compare_again, lambda other: show(wave, self.seed, other)):
            self.check(f"self-test, {wave.wire}, {wave.topology}: {name}", passed)

    def run_wave(self, number, size):
        self.run_parts(Wave(self.seed, number, size))

    def run_parts(self, wave):
        """Runs a wave, or a part of it, in as many parts as this machine needs."""
        for part in wave.parts(self.most):
            for _ in range(TRIES):
                comparison, _, unfinished = see_wave(self.witness, part)
                if comparison.too_slow or not comparison.histories.lost:
                    break
            if comparison.too_slow and part.size > SIZE_MIN:
                self.most = min(self.most, -(-part.size // 2))
                self.run_parts(part)
            elif comparison.too_slow or comparison.histories.lost:
                self.check(f"{part}: all was seen, at one of {TRIES} times", False)
            else:
                self.judge(part, comparison, unfinished)

    def judge(self, wave, comparison, unfinished):
        """Counts what was compared, and says what does not agree."""
        self.coverage.add(wave, comparison, unfinished, comparison.dropped)
        if "-v" in sys.argv:
            for name, case in comparison.examples.items():
                print(f"#   {name} ({case.kind}): {case}")
        if comparison.disagreements:
            self.failed += 1
            show(wave, self.seed, comparison)
        else:
            self.check(f"{wave} agrees", True)

    def check_coverage(self):
        self.coverage.kernel = read_counters(
            at(netns, "cat", "/proc/net/snmp", "/proc/net/netstat", capture=True)
            for netns in ("client", "server", "router"))
        self.coverage.show("-v" in sys.argv)
        if self.coverage.connections < ENOUGH:
            return
        missing, excessive = self.coverage.missing(), self.coverage.excessive()
        self.check(f"all that ought to run has run{': not ' * bool(missing)}"
                   f"{', '.join(missing)}", not missing)
        self.check(f"no named case explains too much{': but ' * bool(excessive)}"
                   f"{', '.join(excessive)}", not excessive)


def memory():
    """The memory that the guest has left, MiB."""
    with open("/proc/meminfo", encoding="ascii") as lines:
        return next(int(line.split()[1]) // 1024 for line in lines
                    if line.startswith("MemAvailable"))


def main():
    options = {"N": ENOUGH, "SEED": SEED, "SIZE": 0, "WAVE": -1}
    for word in sys.argv[1:]:
        name, _, value = word.partition("=")
        if name in options and value:
            options[name] = int(value)
    # Every wire once, in waves that the guest's memory has room for.
    size = options["SIZE"] or min(-(-options["N"] // len(WIRES)), SIZE_MAX)
    print(f"# SEED={options['SEED']}")
    set_up_router()
    run = Run(Witness(), options["SEED"])
    began, left = time.monotonic(), memory()
    if options["WAVE"] >= 0:
        run.run_wave(options["WAVE"], size)
    else:
        run.test_itself()
        for number in range(-(-options["N"] // size)):
            run.run_wave(number, size)
            sys.stdout.flush()
    run.check_coverage()
    print(f"# {run.coverage.connections} connections in {time.monotonic() - began:.0f} s; "
          f"{left} MiB were free, now {memory()}; SEED={options['SEED']}")
    print(f"{run.passed} passed, {run.failed} failed, 0 skipped")
    sys.exit(run.failed > 0)


if __name__ == "__main__":
    main()
