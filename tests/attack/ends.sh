#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Namespaces come and go in a loop, with and without a connection, while the table is full. What
# kernel threads take then is compared with the same loop and an empty table.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

max_records=$(rounds 1000000 50000)
seconds=$(rounds 30 5)

# kworkers: prints how long kernel threads have run, ms
kworkers()
{
	cat /proc/[0-9]*/stat 2>/dev/null | sed -n 's/^[0-9]* (kworker[^)]*) //p' |
		awk '{ ticks += $12 + $13 } END { print 10 * ticks }'
}

# come_and_go COMMAND: runs it in new namespaces for so many seconds, and leaves in $cost what
# kernel threads have taken for each, us, and in $n how many there were
come_and_go()
{
	local before end=$((SECONDS + seconds))

	before=$(kworkers)
	n=0
	while [ "$SECONDS" -lt "$end" ]; do
		unshare -n bash -c "$1" || die "no namespace"
		n=$((n + 1))
	done
	cost=$((($(kworkers) - before) * 1000 / n))
}

# connects: what a namespace does that leaves a record
connects="ip link set lo up; (exec 3<>/dev/tcp/127.0.0.1/1) 2>/dev/null || :"
load max_records="$max_records"
bench
empty=() shares=()
for what in true "$connects"; do
	come_and_go "$what"
	empty+=("$cost")
done
ask_bench set ipv4 $((max_records * 9 / 10)) 1 rising
ask_bench walk open 1
ask_bench walk data 1
for what in true "$connects"; do
	come_and_go "$what"
	share=$(awk -v us=$(((cost - empty[0]) * n)) -v s="$seconds" \
		'BEGIN { printf "%.1f", us < 0 ? 0 : us / s / 10000 }')
	shares+=("$share")
	text+="${text:+; }$n ends, kernel threads take $cost us for each, with an empty table \
${empty[0]} us: $share % of a processor"
	empty=("${empty[@]:1}")
done
measured "$text" 1 "${shares[@]}"
check "live connections stay" [ "$(cat /proc/sys/net/tcpstate/records)" -ge \
	$((max_records * 9 / 10)) ]
unbench

done_testing
