#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What a SYN costs while the table is full of records that can be evicted, of its own family and of
# the other one, and of records that cannot. The measure is a SYN for which there is room.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

max_records=$(rounds 100000 20000)
turns=$(rounds 9 3)
new=$((max_records / 10))

# syns FAMILY: sends the SYNs of new connections, and leaves what one took in $ns
syns()
{
	ask_bench set "$1" $new 1 random "$max_records"
	walk syn
}

# again: begins with an empty table
again()
{
	unload
	load max_records="$max_records"
}

load max_records="$max_records"
bench
over=() other=() in_use=()
for ((i = 0; i < turns; i++)); do
	for family in ipv4 ipv6; do
		# With room, next to as many records as there are later
		again
		ask_bench set ipv4 $((max_records - new)) 1 random
		ask_bench walk open 1
		syns $family
		room=$ns
		again
		ask_bench set ipv4 "$max_records" 1 random
		ask_bench walk life 1
		check "the table is full of connections that are over" equal \
			"$(cat /proc/sys/net/tcpstate/records)" "$max_records"
		before=$(counter . untracked_full)
		syns $family
		if [ $family = ipv4 ]; then
			over+=("$(ratio "$ns" "$room")")
			room4=$room
		else
			other+=("$(ratio "$ns" "$room")")
		fi
		failed=$(($(counter . untracked_full) - before))
		check "each new one finds room" equal "$failed" 0
	done
	again
	ask_bench set ipv4 "$max_records" 1 random
	ask_bench walk open 1
	ask_bench walk data 1
	ask_bench walk data 1
	syns ipv4
	in_use+=("$(ratio "$ns" "$room4")")
	check "none finds room where all are in use" equal "$(counter . evicted)" 0
done
medians=("$(median "${over[@]}")" "$(median "${other[@]}")" "$(median "${in_use[@]}")")
measured "${medians[0]} times ($(least "${over[@]}") at least) with records that are over, \
${medians[1]} ($(least "${other[@]}") at least) with those of the other family, \
${medians[2]} ($(least "${in_use[@]}") at least) with records in use" 2 "${medians[@]}"
unbench

done_testing
