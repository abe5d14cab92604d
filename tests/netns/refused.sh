#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Connections that are not established: a closed port, a silent address, a listener whose
# queue is full, a firewall that refuses.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers

# closed_port FAMILY ADDRESS PORT
closed_port()
{
	caller c "$1" . "$2" "$3"
	answers "IPv$1: a closed port refuses" "error ECONNREFUSED" connected c
	see "IPv$1: a refusal is shown as one" "responder=*:$3" phase=closed step=- \
		verdict=refused initiator_state=CLOSED responder_state=CLOSED timer=closed \
		opening=1/0 closing=0/1 syn_us=- ack_us=-
	agrees "IPv$1: refused" .
	tell close c
}

closed_port 4 127.0.0.1 5001
closed_port 6 ::1 5002

# Nobody answers on a dummy device.
netns lonely
ip -n lonely link add dummy0 type dummy
set_up lonely dummy0 10.9.0.1/24 fd09::1/64
ip -n lonely link set dummy0 arp off
for family in 4 6; do
	[ "$family" = 4 ] && address=10.9.0.2 || address=fd09::2
	caller "c$family" "$family" lonely "$address" 5000
	see "IPv$family: a silent peer leaves open 1/3" -n lonely "family=ipv$family" \
		phase=open step=1/3 initiator_state=SYN_SENT responder_state=LISTEN \
		timer=handshake left_s=110..120 verdict=-
	agrees "IPv$family: SYN_SENT" lonely
	see "IPv$family: each SYN again is counted" -n lonely "family=ipv$family" \
		repeats=2/0 opening=3/0 initiator_state=SYN_SENT
	tell close "c$family"
done
set_sysctl lonely net.tcpstate.handshake_timeout_ms=200 net.tcpstate.closed_timeout_ms=100
see "without an answer it is gone after handshake_timeout_ms" -n lonely -c 0

# A listener with a full queue drops the SYN, and accepts one when there is room again.
listener l 4 . 127.0.0.1 5003 0
call c1 s1 l 4 . 127.0.0.1 5003
caller c2 4 . 127.0.0.1 5003
tell connected c2
caller c3 4 . 127.0.0.1 5003
this_is c3 5003
see "a full queue leaves its caller in open 1/3" "${this[@]}" \
	phase=open step=1/3 initiator_state=SYN_SENT responder_state=LISTEN
agrees "a full queue" .
see "a caller of a full queue calls again" "${this[@]}" repeats=[1-9]/0
tell accept s2 l
tell connected c3
tell accept s3 l
see "with room in the queue it is established" "${this[@]}" \
	phase=established repeats=[1-9]*/0
agrees "room in the queue" .
for end in c1 s1 c2 s2 c3 s3 l; do
	tell close "$end"
done

# The filter of a router answers for the server.
router
at router nft -f - <<-END
	add table inet filter
	add chain inet filter forward { type filter hook forward priority 0; }
	add rule inet filter forward tcp dport 5004 reject with tcp reset
END
for family in 4 6; do
	[ "$family" = 4 ] && address=10.2.0.2 || address=fd00:2::2
	caller "r$family" "$family" client "$address" 5004
	answers "IPv$family: a filter's reset refuses" "error ECONNREFUSED" connected "r$family"
	see "IPv$family: a filter's reset is a refusal to the client" -n client \
		"family=ipv$family" verdict=refused initiator_state=CLOSED responder_state=CLOSED
done
see "the router that refused has no line: it let nothing pass" -n router -c 0
see "nor has the server" -n server -c 0

# An end that has restarted and is refused: both ends have forgotten the old
# connection, or a challenge ACK would have come.
wire wide
v4="10.0.0.1 40000 10.0.0.2 5000"
back="10.0.0.2 5000 10.0.0.1 40000"
# shellcheck disable=SC2086 # several words
{
	play $v4 S seq 100
	play $back S. seq 500 ack 101
	play $v4 . seq 101 ack 501
	play $v4 S seq 9000
	see "a new SYN waits next to the old connection" -t 0 -n wide phase=established
	see "and is marked" -t 0 -n wide phase=open step=1/3 "flags=*pending*"
	play $back R. seq 0 ack 9001
}
see "refused, it ends the old one, too" -t 0 -n wide initiator_state=CLOSED \
	responder_state=CLOSED verdict=gone
see "and is shown as refused" -t 0 -n wide phase=closed verdict=refused

done_testing
