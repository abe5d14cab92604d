#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Simultaneous open (RFC 9293, figure 7): two sockets that connect to each other,
# over a cable with so much delay that their SYNs cross.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
if ! modprobe -q sch_netem; then
	skip "simultaneous open" "this kernel has no netem"
	done_testing
fi
peers
netns left right
veth left veth0 10.0.0.1/24 fd00::1/64 -- right veth0 10.0.0.2/24 fd00::2/64
# Resolve the neighbours before, or their discovery would be delayed as well.
know()
{
	local mac

	mac=$(ip -n "$2" -o link show dev veth0 | sed 's/.*link.ether \([^ ]*\).*/\1/')
	ip -n "$1" neigh replace "$3" lladdr "$mac" dev veth0 || die "no neighbour $3"
}
know left right 10.0.0.2
know left right fd00::2
know right left 10.0.0.1
know right left fd00::1
# Both connect within it, on a busy machine as well: a SYN that comes earlier is refused.
delay=2000

# crossing FAMILY LEFT RIGHT
crossing()
{
	local name="IPv$1" place
	local columns=("family=ipv$1")

	for place in left right; do
		at "$place" tc qdisc add dev veth0 root netem delay "${delay}ms"
	done
	tell open a "$1" left
	tell bind a "$2" 5001
	tell open b "$1" right
	tell bind b "$3" 5002
	tell connect a "$3" 5002
	tell connect b "$2" 5001
	see "$name: before they cross, left sees its own SYN" -n left "${columns[@]}" \
		initiator=*:5001 phase=open initiator_state=SYN_SENT
	tell connected a
	tell connected b
	# Each side saw its own SYN first.
	see "$name: SYNs that cross open a connection, as the left sees it" -n left \
		"${columns[@]}" phase=established initiator=*:5001 flags=*simultaneous* \
		initiator_state=ESTABLISHED responder_state=ESTABLISHED
	see "$name: SYNs that cross open a connection, as the right sees it" -n right \
		"${columns[@]}" phase=established initiator=*:5002 flags=*simultaneous* \
		initiator_state=ESTABLISHED responder_state=ESTABLISHED
	for place in left right; do
		see "$name: it is one line in the $place" -n "$place" "${columns[@]}"
		agrees "$name: simultaneous open" "$place"
		at "$place" tc qdisc del dev veth0 root
	done
	tell send a msg
	tell receive b 3
	see "$name: data flows as in any other" -n left "${columns[@]}" bytes=3/0
	tell close a
	tell close b
	see "$name: it ends as any other" -n left "${columns[@]}" phase=close step=4/4 \
		initiator_state=TIME_WAIT responder_state=CLOSED
	agrees "$name: closed" left
}

crossing 4 10.0.0.1 10.0.0.2
crossing 6 fd00::1 fd00::2

done_testing
