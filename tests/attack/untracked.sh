#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A table is full of connections in use. Segments of connections that it does not know pass, on
# one CPU, on two, and on four at once where there are so many. A tracked segment of the same kind
# is the measure.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

max_records=$(rounds 100000 20000)
turns=$(rounds 9 3)

# data LANES: walks data segments, and leaves what one took in $ns, of the slowest lane
data()
{
	local lane one

	ask_bench walk data "$1"
	ns=0
	for ((lane = 0; lane < $1; lane++)); do
		one=$((${got[lane${lane}_ns]} / ${got[lane${lane}_segments]}))
		[ "$one" -le "$ns" ] || ns=$one
	done
}

load max_records="$max_records"
bench
medians=()
for n in 1 2 4; do
	[ "$n" -le "$(nproc)" ] || continue
	ratios=()
	for ((i = 0; i < turns; i++)); do
		ask_bench set ipv4 "$max_records" "$n" random
		if [ "$i" = 0 ] && [ "$n" = 1 ]; then
			ask_bench walk open 1
			ask_bench walk data 1
		fi
		data "$n"
		known=$ns
		ask_bench set ipv6 "$max_records" "$n" random
		data "$n"
		ratios+=("$(ratio "$ns" "$known")")
	done
	medians+=("$(median "${ratios[@]}")")
	text+="${text:+; }${medians[-1]} times a tracked segment on $n CPU(s), \
$(least "${ratios[@]}") at least"
done
measured "$text" 3 "${medians[@]}"
check "they are counted" [ "$(counter . untracked_full)" -ge $((max_records * turns)) ]
check "connections in use stay" equal "$(cat /proc/sys/net/tcpstate/records)" "$max_records"
check "and nothing was evicted for them" equal "$(counter . evicted)" 0
unbench

done_testing
