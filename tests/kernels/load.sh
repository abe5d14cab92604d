#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# On a kernel that people run: connections from all processors at once, while the collector ends
# others, then in a full table, with readers of the table and of events. Each record is counted
# once as it begins and once as it ends. tests/kernels/run checks the kernel's log afterwards.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=../tool/lib.sh
. "$(dirname "$0")/../tool/lib.sh"

# connections COUNT: makes so many on each of four ports, while somebody reads the table
connections()
{
	local port reader made=() status=0

	while :; do cat /proc/tcpstate; done >/dev/null &
	reader=$!
	for port in 5000 5001 5002 5003; do
		traffic -n "$1" "$([ $((port % 2)) = 0 ] && echo 127.0.0.1 || echo ::1)" "$port" &
		made+=($!)
	done
	for pid in "${made[@]}"; do
		wait "$pid" || status=1
	done
	kill "$reader"
	return "$status"
}

lines()
{
	grep -c '' /proc/tcpstate
}

# settled HEADER: nothing is left but the header
settled()
{
	[ "$(lines)" = 1 ]
}

balanced()
{
	local begun=$(($(counter . new) + $(counter . picked_up))) ended

	ended=$(counter . ended)
	echo "$begun began, $ended ended, $(($(lines) - 1)) are shown"
	[ "$begun" -ge "$1" ] && [ "$((begun - ended))" = "$(($(lines) - 1))" ]
}

load max_records=1024
listening tcpstate events --json >"$work/events"
events=$pid
set_sysctl . net.tcpstate.closed_timeout_ms=100 net.tcpstate.time_wait_timeout_ms=100
check "connections from all processors" connections 400
check "the collector ends them" until_true settled
check "each is counted as it begins, and as it ends" balanced 1600

keep .
check "connections in a table that becomes full" connections 400
check "the others are evicted" between 1 "$(counter . evicted)" 1600
check "each is counted here, too" balanced 3200
check "events are told" comes "$work/events" '"TIME_WAIT"' 2
stop "$events"

done_testing
