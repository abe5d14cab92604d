#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# When a connection has ended, and how long it had lasted then: the same in every output,
# the time of the transition that events tell, and the same however old its record grows.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

wants jq "when a connection has ended" || done_testing
load "$@"
peers
keep .
listening tcpstate events --json >"$work/json" 2>"$work/json.err"
json=$pid

# closing PORT: prints closed_at_ns and duration_ms of the connection to that port
closing()
{
	tcpstate list --json responder ":$1" | jq -r '"\(.closed_at_ns) \(.duration_ms)"'
}

# times PORT: prints the times of the events of that connection that have transitions, before
# its record is removed
times()
{
	jq --argjson port "$1" 'select(.responder.port == $port and .change != null and
		.event != "end") | .time_ns' "$work/json"
}

# is_last PORT: closed_at_ns is the time of the last transition, in whole ms since the first
# segment. A transition is told after its time was kept.
is_last()
{
	local at before last

	read -r at _ <<<"$(closing "$1")"
	{ read -r before; read -r last; } <<<"$(times "$1" | tail -n 2)"
	if [ $((at + 1000000)) -le "$before" ] || [ "$at" -gt "$last" ]; then
		echo "$at is not behind $before, or not before $last"
		return 1
	fi
}

# adds_up PORT: the duration lies between id and closed_at_ns
adds_up()
{
	tcpstate list --json responder ":$1" | jq -e '.duration_ms > 0 and .closed_at != null and
		.id + .duration_ms * 1000000 == .closed_at_ns'
}

listener l5000 4 . 127.0.0.1 5000
call c5000 s5000 l5000 4 . 127.0.0.1 5000
check "while it lives it has neither" equal "$(closing 5000)" "null null"
check "nor in /proc/tcpstate" equal \
	"$(await -p closed_at_ns responder=*:5000) $(await -p duration_s responder=*:5000)" "- -"
refute "show says nothing of it" grep -qE "closed at|duration" \
	<(tcpstate show "$(await -p id responder=*:5000)")
# It lasts for at least as long as this takes.
see "it lives for more than a second" responder=*:5000 age_s=1.1..1000
tell shutdown c5000
see "half-closed" responder=*:5000 step=2/4
check "while it is half-closed it has neither" equal "$(closing 5000)" "null null"
tell close s5000
tell close c5000
see "it is closed" responder=*:5000 step=4/4
read -r at lasted <<<"$(closing 5000)"
check "it lasted for more than a second" between 1100 "$lasted" 1000000
check "it ended with the last transition" until_true is_last 5000
check "its duration leads from its first segment to its end" adds_up 5000
age=$(await -p age_s responder=*:5000)
see "its age goes on" responder=*:5000 "age_s=$(awk -v age="$age" 'BEGIN { print age + 1 }')..1000"
check "and its duration does not" equal "$(closing 5000)" "$at $lasted"
check "/proc/tcpstate has the same" equal \
	"$(await -p closed_at_ns responder=*:5000) $(await -p duration_s responder=*:5000)" \
	"$at $((lasted / 1000)).$(printf %03d $((lasted % 1000)))"
id=$(await -p id responder=*:5000)
check "show has the same duration" like "$(tcpstate show "$id")" \
	" duration +$((lasted / 1000))\\.$(printf %03d $((lasted % 1000))) s"
check "show has the same time as JSON, to the ms" like "$(tcpstate show "$id")" \
	" closed at +$(tcpstate show --json "$id" | jq -r '.closed_at[:23]')[-+]"

# For how long it has been in its states, and has been idle
# since PORT: prints in_state_ms and idle_ms of the connection to that port
since()
{
	tcpstate list --json responder ":$1" | jq -r '"\(.in_state_ms) \(.idle_ms)"'
}

listener l5007 4 . 127.0.0.1 5007
call c5007 s5007 l5007 4 . 127.0.0.1 5007
see "it is in its states for more than a second" responder=*:5007 age_s=1.3..1000
tell send c5007 hello
tell receive s5007 5
read -r in_state idle <<<"$(since 5007)"
check "its states last since the handshake, and not since its data" between 1100 "$in_state" 1000000
check "its data restarted the timeout" between 0 "$idle" $((in_state - 1000))
check "show says so" like "$(tcpstate show "$(await -p id responder=*:5007)" | xargs)" \
	" idle [0-9.]+ s in state [0-9.:]+"
age=$(await -p age_s responder=*:5007)
tell shutdown c5007
see "it is half-closed" responder=*:5007 step=2/4
check "a transition begins the time in its states again" equal true "$(
	tcpstate list --json responder :5007 | jq --argjson age "$age" \
		'.in_state_ms <= .age_ms - 1000 * $age')"
age=$(await -p age_s responder=*:5007)
see "the time goes on" responder=*:5007 \
	"age_s=$(awk -v age="$age" 'BEGIN { print age + 1.2 }')..1000"
read -r in_state idle <<<"$(since 5007)"
check "in its states" between 1000 "$in_state" 1000000
check "and without a segment" between 1000 "$idle" 1000000
handshake_is_told()
{
	equal "$(jq -c 'select(.responder.port == 5007 and .event == "transition") |
		[.syn_us > 0, .ack_us > 0, .flags]' "$work/json" | uniq | xargs)" \
		"[true,false,[]] [true,true,[]]"
}
check "events have the times of the handshake and the flags" until_true handshake_is_told
check "a closed one is in its states since it has closed" equal true "$(
	tcpstate list --json responder :5000 | jq '.age_ms == .duration_ms + .in_state_ms')"

# Verdicts from one segment
caller c5005 4 . 127.0.0.1 5005
answers "a closed port refuses" "error ECONNREFUSED" connected c5005
listener l5006 6 . ::1 5006
call c5006 s5006 l5006 6 . ::1 5006
tell reset c5006
see "refused" responder=*:5005 verdict=refused
see "reset" responder=*:5006 verdict=reset_by_initiator
check "a refused one ended with the RST" until_true is_last 5005
check "a reset one ended with the RST" until_true is_last 5006

# One that is forgotten while it lives has not ended.
call c5000 s5000 l5000 4 . 127.0.0.1 5000
tcpstate flush phase established >/dev/null
check "its record is removed" comes "$work/json" '"event":"end".*"verdict":"flushed"'
check "that is no end of the connection" equal \
	"$(jq -r 'select(.event == "end") | "\(.closed_at_ns) \(.duration_ms)"' "$work/json")" \
	"null null"

# A verdict that is taken back
wire wire
keep wire
play 10.0.0.1 40000 10.0.0.2 80 S seq 100 win 65535
play 10.0.0.2 80 10.0.0.1 40000 R. seq 0 ack 101 win 0
refute "a refused one has a time" equal "$(at wire tcpstate list --json | jq .closed_at_ns)" null
play 10.0.0.2 80 10.0.0.1 40000 S. seq 500 ack 101 win 65535
check "once the verdict is taken back it has none" equal \
	"$(at wire tcpstate list --json | jq -c '[ .verdict, .closed_at, .closed_at_ns,
		.duration_ms ]')" "[null,null,null,null]"

# The event of the removal
set_sysctl . net.tcpstate.closed_timeout_ms=100 net.tcpstate.time_wait_timeout_ms=100
check "the record is removed" comes "$work/json" '"event":"end".*"verdict":"closed"'
check "its last event has the time of the end, and not its own" equal "$(jq -r '
	select(.event == "end" and .verdict == "closed") |
	"\(.closed_at_ns) \(.duration_ms) \(.time_ns > .closed_at_ns + 1000000000)"' \
	"$work/json")" "$at $lasted true"
kill -INT "$json"
ends "$json"

done_testing
