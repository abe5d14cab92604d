#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Lists and events while many short connections come and go: every list is complete, every
# connection walks figure 5 from new to end, and a listener that does not read
# loses events, is told so, and delays nobody.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers
# Make timeouts short, so that records end during the test.
set_sysctl . net.tcpstate.time_wait_timeout_ms=2000 net.tcpstate.closed_timeout_ms=500
connections=$(rounds 100000 900)
marked=$(rounds 300 40)
at_once=4

start events -t 600 -u 5998 >"$work/first"
first=$pid
start events -b 2048 -w -t 600 -u 5998 >"$work/slow"
slow=$pid
said "$work/first" ^ready
said "$work/slow" ^ready

# These stay: half of them IPv4, half IPv6.
listener l 4 . 127.0.0.1 5999 1024
listener l6 6 . ::1 5999 1024
for ((i = 0; i < marked / 2; i++)); do
	caller "c$i" 4 . 127.0.0.1 5999
	caller "d$i" 6 . ::1 5999
done
see "the marked connections are there" -c "$marked" phase=established
start dump -t 600 5999 "$marked" >"$work/lists"
lister=$pid

stage="traffic"
began=$SECONDS
for ((i = 1; i <= at_once; i++)); do
	start traffic -n $((connections / at_once)) "127.0.1.$i" 5000 >"$work/traffic$i"
	makers[i]=$pid
done
wait "${makers[@]}"
remark "$connections connections took $((SECONDS - began)) s"
stage="in between"
made=$(cat "$work"/traffic* | awk '{ n += $1 } END { print n }')
check "the traffic notices nothing" equal "$made" "$connections"
kill -TERM "$lister"
ends "every list has what stays, once, and nothing twice" "$lister" "$work/lists"
check "there were several lists" [ "$(total "$work/lists" lists)" -ge 3 ]
check "those that come and go were in them" [ "$(total "$work/lists" records)" -gt \
	$((($(total "$work/lists" lists)) * marked)) ]
see "in the end only the marked are left" -t 60000 -c "$marked"

made=$(($(counter . new) + $(counter . picked_up)))
kill -USR1 "$slow"
sentinel "$first" "$slow"
ends "every event is a transition of figure 5, from new to end" "$first" "$work/first"
ends "so is every one that a slow listener is left with" "$slow" "$work/slow"

received=$(total "$work/first" received)
missing=$(total "$work/first" missing)
last=$(total "$work/first" last)
lost=$(counter . events_lost)
check "the numbers received and missing are all that there were" equal \
	$((received + missing)) $((last - $(total "$work/first" first) + 1))
check "the numbers begin with 1" equal "$(total "$work/first" first)" 1
check "each connection took its transitions" [ "$(total "$work/first" transitions)" -ge \
	$((6 * (connections - missing))) ]
if [ "$missing" = 0 ]; then
	check "each connection that was counted began for the listener" \
		[ "$(total "$work/first" begun)" -ge "$made" ]
	check "and each that is gone has ended" [ "$(total "$work/first" ended)" -ge \
		$((made - marked)) ]
	check "no loss is counted that there was not" equal "$lost" 0
elif [ "$(total "$work/first" overruns)" = 0 ]; then
	check "what is missing is counted as lost" equal "$missing" "$lost"
else
	check "what is missing was announced" [ "$missing" -ge "$lost" ]
fi
check "the slow one is told that it lost some" [ "$(total "$work/slow" overruns)" -ge 1 ]
check "it sees the gap" [ "$(total "$work/slow" missing)" -ge "$connections" ]
# Each listener ends with a sentinel of its own. One sentinel makes five connections, each of which
# has eight events at most.
apart=$((40 * sentinels))
check "the slow one and the first hear the same numbers" between $((last - apart)) \
	"$(total "$work/slow" last)" $((last + apart))

done_testing
