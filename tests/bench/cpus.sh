# shellcheck shell=bash
# shellcheck disable=SC2154 # run and lib.sh set what is used here
# SPDX-License-Identifier: GPL-2.0-only
#
# The gain of a second CPU: with data on connections of its own, with connections that come
# and go in the same table, and with a loop that does as much and shares nothing.

# rate: prints the segments per second of all lanes in the last walk
rate()
{
	awk -v s0="${got[lane0_segments]}" -v n0="${got[lane0_ns]}" \
		-v s1="${got[lane1_segments]:-0}" -v n1="${got[lane1_ns]:-1}" \
		'BEGIN { printf "%.0f", (s0 / n0 + s1 / n1) * 1e9 }'
}

# gain FIGURE WHAT: measures the rate of two lanes, relative to that of one alone
gain()
{
	local alone

	for _ in 1 2 3; do
		ask walk "$2" 1
		alone=$(rate)
		ask walk "$2" 2
		sample "$1" "$(rate)" "$alone"
	done
}

cpus()
{
	ask set ipv4 "$large" 2 rising
	watch
	ask walk open 2
	# As in cost.sh: records lie in memory in the order in which they were opened.
	ask order random
	ask walk data 2
	gain gain_data data
	gain gain_alone alone
	has "$large"
	unwatch

	# Use fewer connections, because for a while there are two of each: the old one, and the
	# new one that has not been answered.
	ask set ipv4 $((large / 4)) 2 random
	watch
	ask walk life 2
	gain gain_churn life
	unwatch
}
