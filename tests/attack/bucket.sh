#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Connections whose tuples all share one bucket are opened, shown, expired and flushed. A
# timer on each processor tells for how long bottom halves were off.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

crowd=/sys/module/tcpstate_crowd/parameters
tuples=$(rounds 16000 2000)
bucket_most=64

# late COMMAND...: prints how late a timer came while COMMAND ran, us
late()
{
	echo 0 >"$crowd"/late_us
	"$@" >/dev/null || return
	cat "$crowd"/late_us
}

open()
{
	echo 1 >"$crowd"/open
}

expire()
{
	set_sysctl . net.tcpstate.established_timeout_ms=100
	await -c 0
	set_sysctl . net.tcpstate.established_timeout_ms=432000000
}

flush()
{
	echo 1 >"$crowd"/flush
}

load max_records=20000
inserter tcpstate_crowd tuples="$tuples"

# Other work of the machine delays timers as well, but not each time. What bounds the delay on any
# machine is how many records a bucket takes.
opened=() shown=() expired=() flushed=() full=0
for ((turn = 0; turn < 3; turn++)); do
	opened+=("$(late open)")
	records=$(cat /proc/sys/net/tcpstate/records)
	[ "$records" -ge 1 ] && [ "$records" -le $bucket_most ] || full=$records
	shown+=("$(late cat /proc/tcpstate)")
	expired+=("$(late expire)")
	open
	flushed+=("$(late flush)")
done
counted=$(($(counter . untracked_full) + $(counter . evicted)))
times=("$(least "${opened[@]}")" "$(least "${shown[@]}")" "$(least "${expired[@]}")"
	"$(least "${flushed[@]}")")
measured "late by ${times[0]} us while they open, ${times[1]} while shown, ${times[2]} as they \
expire, ${times[3]} as they are flushed; $records of $tuples tracked, the others counted" \
	5000 "${times[@]}"
check "$tuples tuples of one bucket: it takes $bucket_most of them at most" equal "$full" 0
check "connections that find no room in it are counted" \
	[ "$counted" -ge $((6 * (tuples - records))) ]
rmmod tcpstate_crowd

done_testing
