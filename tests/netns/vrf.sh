#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# VRF: a packet passes the hooks twice, on the device and on its master, and counts once;
# and the same addresses in two VRFs are two connections.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
if ! ip link add probe type vrf table 9 2>/dev/null; then
	skip "vrf" "this kernel has no VRF devices"
	done_testing
fi
ip link del probe
peers
netns red blue host

# VRFs red and blue of the host, each with a neighbour of the same address
for colour in red blue; do
	table=10
	[ "$colour" = red ] || table=11
	ip -n host link add "vrf-$colour" type vrf table "$table"
	ip -n host link set "vrf-$colour" up
	veth "$colour" veth0 10.0.0.1/24 fd00::1/64 -- host "$colour"
	ip -n host link set "$colour" master "vrf-$colour"
	ip -n host addr add 10.0.0.2/24 dev "$colour"
	ip -n host addr add fd00::2/64 dev "$colour" nodad
done

for colour in red blue; do
	tell open "$colour" 4 host
	tell option "$colour" device "vrf-$colour"
	tell bind "$colour" 10.0.0.2 5000
	tell listen "$colour" 8
	tell open "c-$colour" 4 "$colour"
	# Use the same port, so that the two tuples differ in nothing but the VRF.
	tell bind "c-$colour" 10.0.0.1 40000
	tell connect "c-$colour" 10.0.0.2 5000
	tell connected "c-$colour"
	tell accept "s-$colour" "$colour"
	see "a connection from VRF $colour names it" -n host phase=established \
		"initiator=10.0.0.1%vrf-$colour:40000" "responder=10.0.0.2%vrf-$colour:5000"
done
see "the same tuple in two VRFs is two lines" -n host -c 2
agrees "two VRFs" host
tell send c-red msg
tell receive s-red 3
see "a segment in a VRF is counted once" -n host initiator=*%vrf-red:* opening=2/1 \
	data=1/0 bytes=3/0 repeats=0/0 flags=-
see "a segment in one VRF is none in the other" -n host initiator=*%vrf-blue:* data=0/0 \
	bytes=0/0
tell close c-red
tell close s-red
see "a connection in a VRF is closed by four" -n host initiator=*%vrf-red:* \
	phase=close step=4/4 initiator_state=TIME_WAIT closing=2/[12] data=1/0
tell reset c-blue
see "a reset in a VRF" -n host initiator=*%vrf-blue:* phase=closed \
	verdict=reset_by_initiator

# The client is in the VRF, over IPv6.
listener l6 6 red fd00::1 5001
tell open c6 6 host
tell option c6 device vrf-red
tell connect c6 fd00::1 5001
tell connected c6
tell accept s6 l6
see "a connection out of a VRF names it, IPv6" -n host phase=established opening=2/1 \
	"responder=[[]fd00::1%vrf-red]:5001"
see "the other end has no VRF to name" -n red phase=established \
	"responder=[[]fd00::1]:5001" "initiator=[[]fd00::2]:*"

done_testing
