#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulk transfer: bytes are exact, however segments are put together (TSO, GRO) on
# the way, and a super-segment counts as the segments it stands for.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers
router
bytes=$(rounds 20000000 1000000)

# transfer NAME FAMILY ADDRESS PORT
transfer()
{
	local place segments

	listener l "$2" server "$3" "$4"
	call c s l "$2" client "$3" "$4"
	tell pump c s "$bytes"
	tell pump s c 100001
	for place in client router server; do
		see "$1: the $place counts every byte both ways" -n "$place" \
			"responder=*:$4" "bytes=$bytes/100001"
		# A segment has at most 1460 bytes of data, a super-segment up to 65483.
		segments=$(await -n "$place" -p data "responder=*:$4")
		check "$1: the $place counts segments, not super-segments" \
			[ "${segments%/*}" -ge $((bytes / 1460)) ]
	done
	tell close c
	tell close s
	see "$1: the FIN at the end of it counts" -n router "responder=*:$4" phase=close \
		step=4/4 closing=2/[12] "bytes=$bytes/100001"
	tell close l
}

transfer "IPv4" 4 10.2.0.2 5001
transfer "IPv6" 6 fd00:2::2 5002
for place in client router server; do
	for device in veth0 veth1 veth2; do
		at "$place" ethtool -K "$device" tso off gso off gro off 2>/dev/null
	done
done
transfer "IPv4, no offloads" 4 10.2.0.2 5003

listener l 4 . 127.0.0.1 5004
call c s l 4 . 127.0.0.1 5004
tell pump c s "$bytes"
tell pump s c "$bytes"
see "loopback: every byte is counted once" responder=*:5004 "bytes=$bytes/$bytes"

done_testing
