# shellcheck shell=bash
# shellcheck disable=SC2154 # run and lib.sh set what is used here
# SPDX-License-Identifier: GPL-2.0-only
#
# Many connections in TIME_WAIT expire whose last ACKs came within one second. Measures for
# how long bottom halves are off at a time, and in sum, which is all that the collector
# does. The module is the one that takes the time of these sections (timed/).

expiry()
{
	local sections=/sys/module/tcpstate/parameters/sections name value

	# nf_conntrack scans all of its table now and then, which cannot be compared.
	[ "$observer" = tcpstate ] || return 0
	ask set ipv4 "$large" 1 random
	watch_timed
	sysctl -qw net.tcpstate.time_wait_timeout_ms=3000 net.tcpstate.closed_timeout_ms=100
	ask walk open 1
	ask walk close 1
	sample expire_span "${got[step_ns]}" 1000000000
	has "$large"
	echo 0 >$sections
	until [ "$(records)" = 0 ]; do
		sleep 0.1 # sleep: to ask all the time would keep a processor from it
	done
	while read -r name value; do
		sample "expire_$name" "$value" 1000000000
	done <$sections
	unwatch
}
