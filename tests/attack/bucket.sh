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
bound_us=5000

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

# all_in_time: passes if each of them was in time once
all_in_time()
{
	local what

	for what in opened shown expired flushed; do
		declare -n times=$what
		[ "$(least "${times[@]}")" -le $bound_us ] || return
	done
}

# Other work of the machine delays timers as well, but not each time.
opened=() shown=() expired=() flushed=() turns=0
until [ $((turns++)) -ge 30 ] || { [ $turns -gt 3 ] && all_in_time; }; do
	opened+=("$(late open)")
	records=$(cat /proc/sys/net/tcpstate/records)
	shown+=("$(late cat /proc/tcpstate)")
	expired+=("$(late expire)")
	open
	flushed+=("$(late flush)")
done
counted=$(($(counter . untracked_full) + $(counter . evicted)))
measured "late by $(least "${opened[@]}") us while they open, $(least "${shown[@]}") while \
shown, $(least "${expired[@]}") as they expire, $(least "${flushed[@]}") as they are flushed; \
$records of $tuples tracked, the others counted"
for what in opened shown expired flushed; do
	declare -n times=$what
	check "$tuples of one bucket: timers are at most 5 ms late while they are $what" \
		between 0 "$(least "${times[@]}")" $bound_us
done
check "connections that find no room in it are counted" \
	[ "$counted" -ge $((6 * (tuples - records))) ]
rmmod tcpstate_crowd

done_testing
