# shellcheck shell=bash
# shellcheck disable=SC2154 # run and lib.sh set what is used here
# SPDX-License-Identifier: GPL-2.0-only
#
# The cost of many idle connections: all that the collector does, which wakes up at least
# once a minute. The module is the one that takes the time of its sections (timed/), because
# a guest accounts its tasks in ticks of 10 ms only. One round is enough.

idle()
{
	local sections=/sys/module/tcpstate/parameters/sections seconds=150 name value

	[ "$round" = 1 ] && [ "$observer" = tcpstate ] || return 0
	[ -z "${TCPSTATE_QUICK:-}" ] || seconds=3
	ask set ipv4 "$large" 1 random
	watch_timed
	ask walk open 1
	ask walk data 1
	echo 0 >$sections
	sleep $seconds # sleep: nothing is to happen
	while read -r name value; do
		[ "$name" != all ] || sample idle "$value" $((seconds * 10000000))
	done <$sections
	has "$large"
	unwatch
}
