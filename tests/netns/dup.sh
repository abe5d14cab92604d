#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Copies for a monitor, which nft dup sends (and TEE, by the same code): a copy is
# no segment of the connection, in the namespace that makes it.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
if ! modprobe -q nft_dup_ipv4 || ! modprobe -q nft_dup_ipv6; then
	skip "dup" "this kernel has no nft_dup_ipv4 and nft_dup_ipv6"
	done_testing
fi
peers
router
netns monitor
veth monitor veth1 10.3.0.2/24 fd00:3::2/64 -- router tap0 10.3.0.1/24 fd00:3::1/64
veth monitor veth2 10.4.0.2/24 fd00:4::2/64 -- client tap0 10.4.0.1/24 fd00:4::1/64

# copy NETNS ADDRESS ADDRESS6 HOOK...: sends the monitor a copy from each HOOK
copy()
{
	local name=$1 v4=$2 v6=$3 hook

	shift 3
	for hook; do
		at "$name" nft -f - <<-END || die "nft: dup in $name at $hook"
			add table ip copies
			add chain ip copies $hook { type filter hook $hook priority 0; }
			add rule ip copies $hook meta l4proto tcp dup to $v4 device tap0
			add table ip6 copies
			add chain ip6 copies $hook { type filter hook $hook priority 0; }
			add rule ip6 copies $hook meta l4proto tcp dup to $v6 device tap0
		END
	done
}

# copied FAMILY DEVICE: prints how many segments the monitor has received
copied()
{
	at monitor nft list counter inet seen "$2$1" | sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}

copy router 10.3.0.2 fd00:3::2 prerouting forward
copy client 10.4.0.2 fd00:4::2 input output
at monitor nft -f - <<-END
	add table inet seen
	add counter inet seen veth14
	add counter inet seen veth16
	add counter inet seen veth24
	add counter inet seen veth26
	add chain inet seen arrived { type filter hook prerouting priority 0; }
	add rule inet seen arrived meta nfproto ipv4 meta l4proto tcp iif veth1 counter name veth14
	add rule inet seen arrived meta nfproto ipv6 meta l4proto tcp iif veth1 counter name veth16
	add rule inet seen arrived meta nfproto ipv4 meta l4proto tcp iif veth2 counter name veth24
	add rule inet seen arrived meta nfproto ipv6 meta l4proto tcp iif veth2 counter name veth26
END

for place in client router server; do
	views["$place, IPv4"]="-n $place responder=10.2.0.2:5000"
done
life 4 client server 10.2.0.2 5000
views=()
for place in client router server; do
	views["$place, IPv6"]="-n $place responder=[[]fd00:2::2]:5000"
done
life 6 client server fd00:2::2 5000

# A connection of life() has at least 13 segments; the router has copied each of them twice.
for family in 4 6; do
	check "IPv$family: the router's copies have come to the monitor" \
		between 26 "$(copied "$family" veth1)" 100
	check "IPv$family: the client's copies have come to the monitor" \
		between 13 "$(copied "$family" veth2)" 100
done
see "the monitor, for which they were not meant, shows none" -n monitor -c 0

done_testing
