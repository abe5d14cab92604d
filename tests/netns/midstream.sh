#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The module is loaded while connections exist: they appear with their next
# segments, and are marked as picked up.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

peers
# open_before NAME FAMILY ADDRESS PORT
open_before()
{
	listener "l$1" "$2" . "$3" "$4"
	call "c$1" "s$1" "l$1" "$2" . "$3" "$4"
	tell send "c$1" before
	tell receive "s$1" 6
}

open_before 1 4 127.0.0.1 5001
open_before 2 6 ::1 5002
open_before 3 4 127.0.0.1 5003
tell shutdown c3
answers "the server has read the end before loading" eof receive s3 1
# Wait for the ACK of its FIN: it must not come after the module is loaded.
for ((deadline = SECONDS + 120; SECONDS < deadline; )); do
	[ -z "$(ss -tanH state fin-wait-2 dport = :5003)" ] || break
done
load "$@"
see "a connection that is silent is not known" -c 0

for n in 1 2; do
	tell send "c$n" msg
	tell receive "s$n" 3
	see "connection $n appears with its next segments" "responder=*:500$n" \
		phase=established initiator_state=ESTABLISHED responder_state=ESTABLISHED \
		flags=*picked_up* bytes=3/0 data=1/0 opening=0/0 syn_us=[?] ack_us=[?]
	tell send "s$n" answer
	tell receive "c$n" 6
	see "connection $n counts the other way, too" "responder=*:500$n" bytes=3/6
	agrees "connection $n picked up" . ":500$n"
	tell close "c$n"
	see "connection $n half-closes" "responder=*:500$n" phase=close step=2/4 \
		initiator_state=FIN_WAIT_2 responder_state=CLOSE_WAIT
	tell close "s$n"
	see "connection $n comes to TIME_WAIT" "responder=*:500$n" phase=close step=4/4 \
		initiator_state=TIME_WAIT responder_state=CLOSED flags=*picked_up*
	agrees "connection $n in TIME_WAIT" . ":500$n"
done

# The state before cannot be known: the data alone looks like that of any connection.
tell send s3 more
tell receive c3 4
see "a half-closed connection appears, and is marked" responder=*:5003 flags=*picked_up* \
	bytes=0/4
tell close s3
see "its last FIN is seen, and the first one was not" responder=*:5003 phase=close \
	flags=*picked_up*
tell close c3

# A router sees a connection from its middle on, in one direction only.
wire middle
play 10.0.0.1 40000 10.0.0.2 80 P. seq 1000 ack 5000 len 100
see "one direction is marked as such" -n middle initiator=10.0.0.1:40000 \
	responder=10.0.0.2:80 flags=*one_way* bytes=100/0 timer=unsure
play 10.0.0.2 80 10.0.0.1 40000 . seq 5000 ack 1100
see "with the other direction that is over" -n middle initiator=10.0.0.1:40000 \
	"flags!=*one_way*" phase=established
play 10.0.0.2 5000 10.0.0.1 40001 P. seq 1000 ack 5000 len 10
see "roles are guessed from the ports: a high one called a low one" -n middle \
	initiator=10.0.0.1:40001 responder=10.0.0.2:5000 bytes=0/10 flags=*guessed*

done_testing
