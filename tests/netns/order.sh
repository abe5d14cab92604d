#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Segments that are sent again, and gaps: over a network that loses and reorders. The witness
# is the sender's own TCP, which counts in RetransSegs what it sends again. Next to the sender
# every segment passes, so that there the record has to agree exactly.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
if ! modprobe -q sch_netem; then
	skip "segments that are sent again" "this kernel has no netem"
	done_testing
fi
peers
router
bytes=$(rounds 3000000 1000000)
# A super-segment would be lost as a whole, or not at all.
for place in client router server; do
	for device in veth0 veth1 veth2; do
		at "$place" ethtool -K "$device" tso off gso off gro off 2>/dev/null
	done
done
# No record ends before its counts are added up.
for place in client router server; do
	keep "$place"
done
ip -n client link set veth0 gso_max_segs 1 || die "no gso_max_segs"

# order PLACE PORT COLUMN: prints the initiator's number there
order()
{
	local pair

	pair=$(await -n "$1" -p "$3" "responder=*:$2") && echo "${pair%/*}"
}

# transfer NAME 4|6 ADDRESS PORT DEVICE_NETNS DEVICE NETEM...: sends from the client to the
# server, and sets before, again, and what the places show
transfer()
{
	local name=$1 family=$2 address=$3 port=$4 where=$5 device=$6 before

	shift 6
	listener l "$family" server "$address" "$port"
	call c s l "$family" client "$address" "$port"
	before=$(sent_again client)
	at "$where" tc qdisc add dev "$device" root netem "$@" || die "no netem $*"
	tell pump c s "$bytes"
	tell shutdown c
	answers "$name: the server reads the end" eof receive s 1
	see "$name: the FIN is acknowledged" -n client "responder=*:$port" \
		initiator_state=FIN_WAIT_2
	at "$where" tc qdisc del dev "$device" root
	again=$(($(sent_again client) - before))
	remark "$name: TCP sent $again segments again;" \
		"router: $(order router "$port" retransmits) again," \
		"$(order router "$port" gaps) gaps; server: $(order server "$port" retransmits)" \
		"again, $(order server "$port" gaps) gaps"
	check "$name: this is what it was made for" [ "$again" -ge 3 ]
	check "$name: next to its sender, a record counts what TCP counts" \
		equal "$(order client "$port" retransmits)" "$again"
	check "$name: next to its sender, nothing leaves a gap" \
		equal "$(order client "$port" gaps)" 0
	check "$name: further on, no record counts more" between 0 \
		"$(order server "$port" retransmits)" "$again"
	tell close s
	tell close c
	tell close l
}

# wait_sent_again N: waits until the client has sent N segments again since $before
wait_sent_again()
{
	for _ in $(seq 1000); do
		[ "$(sent_again client)" -lt $((before + $1)) ] || return 0
		sleep 0.02 # sleep: between two looks
	done
	die "the client has not sent $1 segments again"
}

# What is lost behind the router has passed there twice.
transfer "lost behind the router" 4 10.2.0.2 5001 router veth2 loss 2%
check "lost behind the router: the router sees what the sender does" equal \
	"$(order router 5001 retransmits) $(order router 5001 gaps)" "$again 0"
check "lost behind the router: the server sees gaps" [ "$(order server 5001 gaps)" -gt 0 ]

# What is lost before the router fills a gap there when it comes again.
transfer "lost before the router" 6 fd00:2::2 5002 client veth0 loss 2%
check "lost before the router: the router sees gaps" [ "$(order router 5002 gaps)" -gt 0 ]
check "lost before the router: most of it has been sent once, as the router sees it" \
	[ "$(order router 5002 retransmits)" -lt "$again" ]

# The answers are lost, so that everything is sent again in vain.
listener l 4 server 10.2.0.2 5003
call c s l 4 client 10.2.0.2 5003
before=$(sent_again client)
at server tc qdisc add dev veth0 root netem loss 100%
tell send c msg
wait_sent_again 3
at server tc qdisc del dev veth0 root
tell receive s 3
# This acknowledges all, so that nothing is sent again any more.
tell send s ok
tell receive c 2
see "in vain: each is sent again for the client, the router and the server" -n client \
	responder=*:5003 "retransmits=$(($(sent_again client) - before))/0" gaps=0/0
for place in router server; do
	see "in vain: the $place sees them all" -n "$place" responder=*:5003 \
		"retransmits=$(order client 5003 retransmits)/0" gaps=0/0
done
tell close c
tell close s
tell close l

# SYNs and SYN/ACKs
before=$(sent_again client)
listener l 4 server 10.2.0.2 5004
at client tc qdisc add dev veth0 root netem loss 100%
tell open c 4 client
tell connect c 10.2.0.2 5004
wait_sent_again 2
at client tc qdisc del dev veth0 root
tell connected c
see "a SYN that is repeated is sent again" -n client responder=*:5004 \
	"retransmits=$(($(sent_again client) - before))/0" phase=established
see "the router saw one of them" -n router responder=*:5004 retransmits=0/0 gaps=0/0
tell close c
tell close l

# Reordered: nothing is lost, and what TCP sends again is in vain.
transfer "reordered" 4 10.2.0.2 5005 client veth0 delay 20ms reorder 30% 50%
check "reordered: the router sees gaps" [ "$(order router 5005 gaps)" -gt 0 ]

# The counters of the namespaces are the sums of their records.
for place in client router server; do
	for name in retransmits gaps; do
		# shellcheck disable=SC2016 # awk's
		shown=$(at "$place" awk -v name="$name" 'NR == 1 {
				for (i = 1; i <= NF; i++) at[$i] = i; next }
			{ split($at[name], pair, "/"); n += pair[1] + pair[2] }
			END { print n + 0 }' /proc/tcpstate)
		counted=$(counter "$place" "$name")
		check "$place: the counter of $name is the sum of its records" \
			equal "$counted" "$shown"
	done
done

done_testing
