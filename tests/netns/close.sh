#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The ways in which a connection ends, on loopback: each of the four steps, both ends at
# once, resets; and the countdown of TIME_WAIT.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers

# fin FROM: prints an expression for FINs from the client (dport) or the server (sport)
fin()
{
	echo "tcp $1 $port tcp flags & fin == fin"
}

# each_step FAMILY ADDRESS PORT: the four segments of a close, held one by one
each_step()
{
	local line="responder=*:$3" name="IPv$1" port=$3

	listener l "$1" . "$2" "$3"
	call c s l "$1" . "$2" "$3"
	hold . "$(fin dport)"
	tell shutdown c
	# TCP repeats the FIN as long as it is held.
	see "$name: a FIN puts its sender in FIN_WAIT_1" "$line" phase=close step=1/4 \
		initiator_state=FIN_WAIT_1 responder_state=ESTABLISHED closing=[1-9]/0
	agrees "$name: close 1/4" .
	release .
	see "$name: its ACK half-closes" "$line" phase=close step=2/4 timer=half_closed \
		initiator_state=FIN_WAIT_2 responder_state=CLOSE_WAIT
	agrees "$name: close 2/4" .
	hold . "$(fin sport)"
	tell shutdown s
	see "$name: the other FIN begins LAST_ACK" "$line" phase=close step=3/4 \
		timer=closing initiator_state=FIN_WAIT_2 responder_state=LAST_ACK
	agrees "$name: close 3/4" .
	release .
	see "$name: the last ACK begins TIME_WAIT" "$line" phase=close step=4/4 \
		timer=time_wait initiator_state=TIME_WAIT responder_state=CLOSED
	agrees "$name: close 4/4" .
	tell close c
	tell close s
	tell close l
}

# server_first FAMILY ADDRESS PORT: the responder closes first, and waits
server_first()
{
	local line="responder=*:$3" name="IPv$1"

	listener l "$1" . "$2" "$3"
	call c s l "$1" . "$2" "$3"
	tell shutdown s
	see "$name: the responder may close first" "$line" phase=close step=2/4 \
		initiator_state=CLOSE_WAIT responder_state=FIN_WAIT_2 closing=1/1
	agrees "$name: half-closed by the responder" .
	tell shutdown c
	see "$name: TIME_WAIT is the responder's then" "$line" phase=close step=4/4 \
		initiator_state=CLOSED responder_state=TIME_WAIT closing=2/2
	agrees "$name: TIME_WAIT of the responder" .
	tell close c
	tell close s
	tell close l
}

# crossing FAMILY ADDRESS PORT: both ends close at once (RFC 9293, figure 13)
crossing()
{
	local line="responder=*:$3" name="IPv$1" port=$3

	listener l "$1" . "$2" "$3"
	call c s l "$1" . "$2" "$3"
	hold . "$(fin dport)"
	hold . "$(fin sport)"
	tell shutdown c
	tell shutdown s
	see "$name: two FINs that cross" "$line" initiator_state=FIN_WAIT_1 \
		responder_state=FIN_WAIT_1 timer=closing
	agrees "$name: FIN_WAIT_1 twice" .
	hold_instead . "$(fin sport)"
	see "$name: the end that received the other's FIN first is CLOSING" "$line" \
		initiator_state=FIN_WAIT_2 responder_state=CLOSING
	agrees "$name: CLOSING" .
	release .
	see "$name: a simultaneous close leaves two TIME_WAITs" "$line" \
		initiator_state=TIME_WAIT responder_state=TIME_WAIT phase=close step=4/4
	agrees "$name: TIME_WAIT twice" .
	tell close c
	tell close s
	tell close l
}

# lost_ack FAMILY ADDRESS PORT: the last ACK is lost, the FIN comes again
lost_ack()
{
	local line="responder=*:$3" name="IPv$1"

	listener l "$1" . "$2" "$3"
	call c s l "$1" . "$2" "$3"
	tell shutdown c
	see "$name: half-closed before its last ACK is lost" "$line" step=2/4
	hold . "tcp dport $3 tcp flags & (fin | ack) == ack"
	tell shutdown s
	# Each FIN that arrives draws another ACK, which is taken to arrive, too.
	hold . "tcp sport $3 tcp flags & fin == fin"
	see "$name: a FIN that comes again takes CLOSED back" "$line" flags=*retracted* \
		initiator_state=TIME_WAIT responder_state=LAST_ACK
	agrees "$name: back in LAST_ACK" .
	release .
	see "$name: its next ACK closes for good" "$line" initiator_state=TIME_WAIT \
		responder_state=CLOSED left_s=50..60
	agrees "$name: closed for good" .
	tell close c
	tell close s
	tell close l
}

# lost_ack_of_fin FAMILY ADDRESS PORT: the first FIN's ACK is lost
lost_ack_of_fin()
{
	local line="responder=*:$3" name="IPv$1"

	listener l "$1" . "$2" "$3"
	call c s l "$1" . "$2" "$3"
	hold . "tcp sport $3"
	tell shutdown c
	see "$name: the ACK of a FIN is taken to arrive" "$line" initiator_state=FIN_WAIT_2 \
		responder_state=CLOSE_WAIT
	see "$name: a FIN that comes again takes that back" "$line" flags=*retracted* \
		closing!=1/*
	release .
	see "$name: its next ACK half-closes for good" "$line" initiator_state=FIN_WAIT_2 \
		responder_state=CLOSE_WAIT
	agrees "$name: half-closed for good" .
	tell shutdown s
	see "$name: and it closes like any other" "$line" phase=close step=4/4
	agrees "$name: closed after a FIN came twice" .
	tell close c
	tell close s
	tell close l
}

# crossing_ack FAMILY ADDRESS PORT: both FINs are sent, and the server's, which
# acknowledges the client's, is lost: only a bare ACK arrives
crossing_ack()
{
	local line="responder=*:$3" name="IPv$1" port=$3

	listener l "$1" . "$2" "$3"
	call c s l "$1" . "$2" "$3"
	hold . "$(fin sport)"
	tell shutdown c
	tell shutdown s
	see "$name: a FIN that is lost with its ACK leaves LAST_ACK" "$line" \
		responder_state=LAST_ACK
	agrees "$name: after a FIN that was lost with its ACK" .
	release .
	see "$name: which closes like any other" "$line" phase=close step=4/4 \
		initiator_state=TIME_WAIT responder_state=CLOSED
	agrees "$name: closed after a FIN that was lost" .
	tell close c
	tell close s
	tell close l
}

# resets FAMILY ADDRESS PORT
resets()
{
	local name="IPv$1"

	listener l "$1" . "$2" "$3"
	call c s l "$1" . "$2" "$3"
	this_is c "$3"
	tell reset c
	see "$name: SO_LINGER 0 resets" "${this[@]}" phase=closed step=- timer=closed \
		initiator_state=CLOSED responder_state=CLOSED closing=1/0 \
		verdict=reset_by_initiator
	agrees "$name: reset" .
	answers "$name: the server is told of it" "error ECONNRESET" receive s 1
	tell close s

	call c s l "$1" . "$2" "$3"
	this_is c "$3"
	tell reset s
	see "$name: the responder may reset" "${this[@]}" closing=0/1 \
		initiator_state=CLOSED responder_state=CLOSED verdict=reset_by_responder
	agrees "$name: reset by the responder" .
	tell close c

	call c s l "$1" . "$2" "$3"
	this_is c "$3"
	tell send c unread
	see "$name: data waits for the server" "${this[@]}" bytes=6/0
	tell close s
	see "$name: a close with unread data resets" "${this[@]}" \
		initiator_state=CLOSED responder_state=CLOSED verdict=reset_by_responder
	agrees "$name: closed with unread data" .
	tell close c

	call c s l "$1" . "$2" "$3"
	this_is c "$3"
	tell close s
	see "$name: the server has closed" "${this[@]}" \
		initiator_state=CLOSE_WAIT responder_state=FIN_WAIT_2
	tell send c "late"
	see "$name: data for a socket that is closed draws a reset" "${this[@]}" \
		initiator_state=CLOSED responder_state=CLOSED verdict=reset_by_responder
	agrees "$name: reset after a close" .
	tell close c
	tell close l
	set_sysctl . net.tcpstate.closed_timeout_ms=100
	see "$name: a connection that was reset is gone after closed_timeout_ms" -c 0 \
		timer=closed
	set_sysctl . net.tcpstate.closed_timeout_ms=10000
}

# The countdown runs as fast as this clock, however long a look takes.
countdown()
{
	local before=() after=() left=() i slept

	listener l 4 . 127.0.0.1 5900
	call c s l 4 . 127.0.0.1 5900
	tell close c
	tell close s
	see "TIME_WAIT for the countdown" responder=*:5900 initiator_state=TIME_WAIT
	for i in 0 1; do
		before[i]=$EPOCHREALTIME
		left[i]=$(await -p left_s responder=*:5900)
		after[i]=$EPOCHREALTIME
		[ "$i" = 1 ] || sleep 1.5 # sleep: time itself is waited for
	done
	# Both readings are rounded to a tenth: allow 0.1 s either way.
	slept=$(awk -v a="${left[0]}" -v b="${left[1]}" 'BEGIN { print a - b }')
	check "TIME_WAIT counts down in real time" between \
		"$(awk -v a="${after[0]}" -v b="${before[1]}" 'BEGIN { print b - a - 0.1 }')" \
		"$slept" \
		"$(awk -v a="${before[0]}" -v b="${after[1]}" 'BEGIN { print b - a + 0.1 }')"
	set_sysctl . net.tcpstate.closed_timeout_ms=60000 net.tcpstate.time_wait_timeout_ms=100
	see "at the end of 2MSL it stays a moment, at 0.0" responder=*:5900 left_s=0.0
	prolong .
	see "as 2MSL is longer again, it goes on counting" responder=*:5900 left_s=1..60
	shorten .
	see "at last it is gone" -c 0 responder=*:5900
	prolong .
	tell close l
}

each_step 4 127.0.0.1 5001
each_step 6 ::1 5002
server_first 4 127.0.0.1 5003
server_first 6 ::1 5004
crossing 4 127.0.0.1 5005
crossing 6 ::1 5006
lost_ack 4 127.0.0.1 5007
lost_ack 6 ::1 5008
lost_ack_of_fin 4 127.0.0.1 5009
lost_ack_of_fin 6 ::1 5010
crossing_ack 4 127.0.0.1 5011
crossing_ack 6 ::1 5012
resets 4 127.0.0.1 5013
resets 6 ::1 5014
countdown

done_testing
