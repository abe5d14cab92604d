# SPDX-License-Identifier: GPL-2.0-only
"""Records real sockets: connections that are opened, used and closed in every way that
tests/truth/ways.py knows, on a slow wire, on one that loses, and on loopback. That
and the actor, which plays what it chooses, are the only parts of tests/truth in use
here; run puts it into the PYTHONPATH."""

import random
import subprocess
import time

import ways

FIRST_PORT = 10000
ADDRESSES = (("10.1.0.2", "10.2.0.2"), ("fd00:1::2", "fd00:2::2"))
# Both see all; the second is at an end, and what it sends is lost behind it.
PLACES = {"slow": ("router", "veth1"), "lossy": ("client", "any"),
          "bulk": ("router", "veth1")}
WIRES = {
    "slow": {("client", "veth0"): "delay 3ms", ("server", "veth0"): "delay 3ms"},
    "lossy": {("router", "veth2"): "delay 2ms 1ms loss 8% duplicate 3%",
              ("server", "veth0"): "delay 2ms 2ms loss 8% reorder 30%"},
    # Loss before the recording, where it leaves gaps, and behind it
    "bulk": {("client", "veth0"): "delay 4ms loss 2% reorder 3% 50% duplicate 1%",
             ("router", "veth2"): "delay 2ms loss 2%",
             ("server", "veth0"): "delay 4ms loss 2% reorder 3% 50% duplicate 1%"},
}
KINDS = [ways.active_close, ways.active_close, ways.shut_both, ways.close_both,
         ways.half_close, ways.unread, ways.linger, ways.exits,
         ways.connect_exit, ways.destroy, ways.refused, ways.urgent,
         ways.fast_open, ways.mptcp, ways.silent, ways.zero_window,
         ways.deferred, ways.full_queue, ways.reuse, ways.simultaneous_open]
BULK_BYTES, BULK = 100000, 12
SYSCTLS = """net.ipv4.tcp_syn_retries=1 net.ipv4.tcp_synack_retries=1
net.ipv4.tcp_retries2=3 net.ipv4.tcp_orphan_retries=2 net.ipv4.tcp_rto_max_ms=1000
net.ipv4.tcp_tw_reuse=1 net.ipv4.tcp_tw_reuse_delay=1 net.ipv4.tcp_fastopen=1543""".split()
# A slot of the ring has room for all of a packet (loopback's have 65,550 bytes); there have
# to be some for a burst, until tcpdump gets a processor. On the third wire, where bursts are
# long, no packet is longer than the MTU.
SNAP_BYTES, SNAP_BULK_BYTES, RING_KIB = "66000", "2000", "131072"
# Until what is sent again has been
QUIET_S = 0.5


def at(netns, *command, check=True):
    return subprocess.run(["nsenter", f"--net=/run/netns/{netns}", "--", *command],
                          check=check, capture_output=True, text=True)


class Tcpdump:
    """A recording under way."""

    def __init__(self, netns, device, path, snap=SNAP_BYTES):
        self.process = subprocess.Popen(
            ["nsenter", f"--net=/run/netns/{netns}", "--", "tcpdump", "-i", device, "-n",
             "-s", snap, "-B", RING_KIB, "-U", "--immediate-mode", "--time-stamp-precision=nano",
             "-w", path, "tcp"],
            stderr=subprocess.PIPE, text=True)
        while "listening" not in self.process.stderr.readline():
            pass

    def end(self):
        self.process.terminate()
        text = self.process.communicate()[1]
        if "\n0 packets dropped by kernel" not in text:
            raise SystemExit(f"tcpdump: {text}")


def bulk(rng):
    """Much is sent in both directions."""
    a, b = ways.ends(rng)
    return ways.PLAIN, ways.OPEN + [f"{a}.pump={BULK_BYTES}", f"{b}.pump={BULK_BYTES}"] + \
        ways.close_by(a)


def scripts(rng, count, kinds):
    """Lines for the actor (actor.c)."""
    for _, address in ADDRESSES:
        for port, rest in ((ways.PLAIN, "4096"), (ways.DEFER, "4096 defer=1"),
                           (ways.FASTOPEN, "4096 fastopen=1024"), (ways.QUEUE, "0"),
                           (ways.MPTCP, "4096 mptcp")):
            yield f"listen {address} {port} {rest}"
    for i in range(count):
        client, server = ADDRESSES[i % len(KINDS) // 3 % 2]
        port, steps = kinds[i % len(kinds)](rng)
        yield f"conn {i} {client} {FIRST_PORT + i} {server} " \
            f"{ways.server_port(port, i)} {' '.join(steps)}"


def record_wire(rng, wire, path, count, kinds):
    for netns in ("client", "server"):
        at(netns, "sysctl", "-qw", *SYSCTLS)
        # A super-segment would be lost as a whole, or not at all.
        if wire == "bulk":
            at(netns, "ip", "link", "set", "veth0", "gso_max_segs", "1")
    for (netns, device), netem in WIRES[wire].items():
        at(netns, "tc", "qdisc", "replace", "dev", device, "root", "netem", *netem.split())
    tcpdump = Tcpdump(*PLACES[wire], path,
                      SNAP_BULK_BYTES if wire == "bulk" else SNAP_BYTES)
    actor = subprocess.run(["actor", "400"], input="\n".join(scripts(rng, count, kinds)) + "\n",
                           text=True, capture_output=True, check=False)
    if not actor.stdout.endswith(f"done {count}\n"):
        raise SystemExit(f"actor: {actor.stdout[-400:]} {actor.stderr[-400:]}")
    time.sleep(QUIET_S)     # sleep: what has no socket any more tells nobody
    tcpdump.end()
    for netns, device in WIRES[wire]:
        at(netns, "tc", "qdisc", "del", "dev", device, "root")


def record_loopback(path, count):
    tcpdump = Tcpdump("client", "lo", path)
    for address in ("127.0.0.1", "::1"):
        at("client", "traffic", "-n", str(count // 2), address, "5000")
    tcpdump.end()


def record(seed, folder, count):
    """Files with @count connections each, but for BULK large ones."""
    rng = random.Random(f"{seed}.record")
    paths = []
    for wire in WIRES:
        paths.append(f"{folder}/{wire}.pcap")
        if wire == "bulk":
            record_wire(rng, wire, paths[-1], BULK, [bulk])
        else:
            record_wire(rng, wire, paths[-1], count, KINDS)
    paths.append(f"{folder}/loopback.pcap")
    record_loopback(paths[-1], 12)
    return paths
