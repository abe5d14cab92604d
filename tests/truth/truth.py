#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""truth.py N=CONNECTIONS SEED=NUMBER [WAVE=NUMBER] [SIZE=CONNECTIONS]: runs waves of
connections and compares, for each, what the kernel says of its sockets with what the
module says of the connections. Started by tests/truth/run, in a guest with the
namespaces client, router and server. Ends with "N passed, N failed, N skipped"."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter

from compare import Comparison
from history import Histories
from script import ADDRESSES, FIRST_PORT, WIRE, WIRES, Wave

WORK = os.environ["TRUTH_WORK"]
SETTLE_MS = 30000
SIZE_MAX = 2000
WIDTH = 400             # connections at once
SHOWN = 5               # disagreements of a wave
SEGMENTS = 40           # of a connection, at its begin and its end
DEVICES = {"veth": [("client", "veth3"), ("server", "veth3")],
           "router": [("router", "veth2"), ("router", "veth1")]}
# Sooner than in life: what is lost is sent again, and given up.
SYSCTLS = """net.ipv4.tcp_syn_retries=2 net.ipv4.tcp_synack_retries=2
net.ipv4.tcp_retries2=4 net.ipv4.tcp_orphan_retries=3 net.ipv4.tcp_rto_max_ms=1000
net.ipv4.tcp_max_tw_buckets=262144 net.ipv4.tcp_tw_reuse=1
net.ipv4.tcp_tw_reuse_delay=1""".split()


def at(netns, *command, text=None, check=True):
    """Run a command in a network namespace."""
    return subprocess.run(["nsenter", f"--net=/run/netns/{netns}", "--", *command],
                          input=text, text=True, check=check, capture_output=not check)


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


def set_up(wave):
    """The wire and the settings of a wave."""
    for netns in ("client", "server"):
        at(netns, "sysctl", "-qw", *SYSCTLS, f"net.ipv4.tcp_timestamps={wave.timestamps}",
           f"net.ipv4.tcp_syncookies={wave.syncookies}",
           f"net.ipv4.tcp_abort_on_overflow={wave.abort_on_overflow}",
           f"net.ipv4.tcp_fastopen={int(wave.fastopen, 16)}")
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
        """Without the last second of what passed, unless it is @wanted."""
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


def run_wave(witness, wave):
    """Returns its comparison, or None where something was not seen."""
    path = f"{WORK}/wave"
    set_up(wave)
    witness.tell(f"wave {path}")
    capture = Capture(wave)
    began = time.monotonic()
    actor = subprocess.run(
        ["actor", str(WIDTH), f"{WORK}/segment.in", f"{WORK}/segment.out"], text=True, capture_output=True, check=False,
        input="\n".join([*wave.listeners(), *wave.scripts]) + "\n")
    if not actor.stdout.endswith(f"done {wave.size}\n"):
        sys.exit(f"actor: {actor.stdout[-400:]} {actor.stderr[-400:]}")
    acted = time.monotonic()
    left = witness.tell(f"settle {SETTLE_MS}")
    witness.tell("dump")
    settled = time.monotonic()
    witness.tell(f"wave {path}.after")
    histories = Histories(path)
    client, server = (address.removeprefix("::ffff:")
                      for address in ADDRESSES[wave.topology][wave.family])
    sides = {"client": client, "server": server}
    if wave.topology == "router":
        sides["router"] = None
    comparison = Comparison(histories, sides, wave).run()
    comparison.capture = capture
    capture.end(comparison.disagreements)
    witness.tell("forget")
    failures = Counter(f"{wave.kinds[FIRST_PORT + int(line.split()[1])]} {line.split(maxsplit=2)[2]}"
                       for line in actor.stdout.splitlines() if line.startswith("failed"))
    print(f"# {wave}")
    print(f"#   {acted - began:.1f} s, settled in {settled - acted:.1f} s, compared in "
          f"{time.monotonic() - settled:.1f} s; {dict(comparison.checks)}, named "
          f"{dict(comparison.named)}, scripts not finished {sum(failures.values())}")
    if "-v" in sys.argv:
        print(f"#   {dict(failures)}")
        for name, case in comparison.examples.items():
            print(f"#   {name} ({case.kind}): {case}")
    if left:
        print(f"#   not over: {left}, {histories.full[:3]}")
    if histories.lost:
        print(f"#   lost: {histories.lost[:3]}")
        return None
    return comparison


def show(wave, seed, comparison):
    """What does not agree, and how to see it again."""
    for case in comparison.disagreements[:SHOWN]:
        number = wave.number_of(case.ends)
        print(f"not ok - wave {wave.number}, connection {number} ({case.kind}): {case}")
        if number >= 0:
            print("  script:", wave.scripts[number].split(" ", 6)[6])
        comparison.capture.show(case.ends)
    hidden = len(comparison.disagreements) - SHOWN
    if hidden > 0:
        print(f"#   and {hidden} more:",
              dict(Counter(f"{d.what}: {' '.join(d.expected)} | {' '.join(d.shown)}"
                           for d in comparison.disagreements)))
    print(f"#   again: tests/guest/run -- tests/truth/run SEED={seed} WAVE={wave.number} "
          f"SIZE={wave.size}")


def main():
    options = {"N": 20000, "SEED": int(time.time()), "SIZE": 0, "WAVE": -1}
    for word in sys.argv[1:]:
        name, _, value = word.partition("=")
        if name in options and value:
            options[name] = int(value)
    # Every wire once, in waves that the guest's memory has room for.
    size = options["SIZE"] or min(-(-options["N"] // len(WIRES)), SIZE_MAX)
    seed = options["SEED"]
    print(f"# SEED={seed}")
    waves = range(-(-options["N"] // size))
    if options["WAVE"] >= 0:
        waves = [options["WAVE"]]
    witness = Witness()
    passed = failed = 0
    checks, named = Counter(), Counter()
    began = time.monotonic()
    for number in waves:
        wave = Wave(seed, number, size)
        comparison = run_wave(witness, wave) or run_wave(witness, wave)
        if comparison is None:
            print(f"not ok - wave {number}: not all was seen, twice")
            failed += 1
            continue
        checks += comparison.checks
        named += comparison.named
        passed += not comparison.disagreements
        failed += bool(comparison.disagreements)
        if comparison.disagreements:
            show(wave, seed, comparison)
        sys.stdout.flush()
    print(f"# {len(waves) * size} connections in {time.monotonic() - began:.0f} s: {dict(checks)}")
    print(f"# named cases: {dict(named)}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
