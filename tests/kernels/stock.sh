#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# On a kernel that people run: real sockets over IPv4 and IPv6, a refused and a reset
# connection, the tool, and the module loaded again and again. The topic article of
# tests/netns plays segments there.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=../tool/lib.sh
. "$(dirname "$0")/../tool/lib.sh"

# has NAME PATTERN COMMAND...: COMMAND succeeds and prints a line like PATTERN
has()
{
	local name=$1 pattern=$2

	shift 2
	check "$name" contains "$pattern" "$@"
}

contains()
{
	local pattern=$1 output

	shift
	output=$("$@" 2>&1) && grep -qE -- "$pattern" <<<"$output" && return
	echo "$output"
	return 1
}

# exchange FAMILY ADDRESS END: the connection of the article, with real sockets, in every
# state that lasts
exchange()
{
	local name="IPv$1" ends="responder=$3"

	listener l "$1" . "$2" 5000
	call c s l "$1" . "$2" 5000
	see "$name: three segments establish it" "$ends" phase=established opening=2/1 \
		initiator_state=ESTABLISHED responder_state=ESTABLISHED bytes=0/0 flags=-
	for write in 1 2 3; do
		tell send c msg
		tell receive s 3
		see "$name: write $write is a data segment and an ACK" "$ends" "data=$write/0" \
			"acks=0/$write" "bytes=$((3 * write))/0"
	done
	tell shutdown c
	see "$name: a FIN and its ACK half-close it" "$ends" phase=close step=2/4 \
		initiator_state=FIN_WAIT_2 responder_state=CLOSE_WAIT closing=1/1
	tell close s
	tell close c
	tell close l
	see "$name: the other FIN and its ACK end it" "$ends" phase=close step=4/4 \
		initiator_state=TIME_WAIT responder_state=CLOSED closing=2/2 verdict=closed
}

load "$@"
peers
keep .
listening tcpstate events --json >"$work/events"
events=$pid
exchange 4 127.0.0.1 127.0.0.1:5000
exchange 6 ::1 "[[]::1]:5000"

caller c 4 . 127.0.0.1 5001
answers "a closed port refuses" "error ECONNREFUSED" connected c
see "and is shown as refused" "responder=*:5001" verdict=refused \
	initiator_state=CLOSED responder_state=CLOSED
tell close c

listener l 6 . ::1 5002
call c s l 6 . ::1 5002
tell reset c
see "a reset is shown as one" "responder=*:5002" verdict=reset_by_initiator \
	initiator_state=CLOSED responder_state=CLOSED
tell close s
tell close l

has "list shows a connection over IPv4" "127\.0\.0\.1:5000 .*TIME_WAIT" \
	tcpstate list --numeric port 5000
has "list shows one over IPv6" "\[::1\]:5000 .*TIME_WAIT" tcpstate list --numeric port 5000
has "list has a filter of verdicts" "127\.0\.0\.1:5001 " tcpstate list --numeric verdict refused
# The last event of a connection has its verdict.
set_sysctl . net.tcpstate.closed_timeout_ms=100
check "events tell the end of the refused connection" \
	comes "$work/events" '"verdict": ?"refused"'
check "events tell the end of the reset connection" \
	comes "$work/events" '"verdict": ?"reset_by_initiator"'
check "events tell both TIME_WAITs" comes "$work/events" '"TIME_WAIT"' 2
stop "$events"
has "metrics count the connections in TIME_WAIT" \
	'^tcpstate_[a-z_]+\{.*TIME_WAIT.*\} [1-9]' tcpstate metrics

reloads()
{
	local round

	for round in 1 2 3; do
		rmmod tcpstate || { echo "round $round: rmmod" ; return 1 ; }
		[ ! -e /proc/tcpstate ] || { echo "round $round: a file is left" ; return 1 ; }
		insmod "$TCPSTATE_KO" || { echo "round $round: insmod" ; return 1 ; }
	done
}
check "it is unloaded and loaded again three times" reloads
listener l 4 . 127.0.0.1 5003
call c s l 4 . 127.0.0.1 5003
see "and then tracks as before" responder=127.0.0.1:5003 phase=established flags=-
for end in c s l; do
	tell close "$end"
done

done_testing
