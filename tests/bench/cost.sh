# shellcheck shell=bash
# shellcheck disable=SC2154 # run and lib.sh set what is used here
# SPDX-License-Identifier: GPL-2.0-only
#
# The cost of a segment: data, with more and more connections; opening and closing; whole short
# connections; and the longest time that a SYN took while the table was filled.

# data FIGURE SIZE: measures data segments, the same number for each size, after some that
# warm up
data()
{
	ask walk data 1
	for _ in 1 2 3; do
		ask walk data 1 $((large / $2))
		sample_walk "$1"
	done
}

# life: measures all segments of 10,000 short connections at a time, one life after the other
# with the same tuples
life()
{
	local short=10000

	ask set ipv4 $short 1 rising
	watch
	ask walk life 1
	ask order random
	for _ in 1 2 3; do
		ask walk life 1 10
		sample_walk life
	done
	has $short
	unwatch
}

cost()
{
	local size

	life

	for ((size = 1000; size < large; size *= 10)); do
		ask set ipv4 "$size" 1 rising
		watch
		ask walk open 1
		ask order random
		data "data_$size" "$size"
		has "$size"
		unwatch
	done

	ask set ipv4 "$large" 1 rising
	watch
	# Here a clock is read for each SYN.
	ask walk fill 1
	sample syn_p9999 "${got[p9999_ns]}" 1000
	sample syn_max "${got[max_ns]}" 1000
	unwatch

	watch
	ask walk open 1
	sample_walk open
	# Records lie in memory in the order in which they were opened: use another one.
	ask order random
	data data_large "$large"
	# For comparison: the same memory, on the same machine, at the same time
	ask walk chase 1
	sample_walk chase
	ask order rising
	data data_rising "$large"
	ask order random
	ask walk close 1
	sample_walk close
	has "$large"
	unwatch
}
