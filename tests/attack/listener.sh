#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# An unprivileged user listens to the events of a namespace of his own, while connections are
# opened and end in the initial one. Events are numbered when they are built, so the first one
# that a listener in the initial namespace hears afterwards tells how many were.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

connections=$(rounds 100000 20000)
turns=$(rounds 7 3)

# open: opens connections, and leaves what a segment took in $ns; then ends the records
open()
{
	ask_bench set ipv4 "$connections" 1 rising
	walk open
	set_sysctl . net.tcpstate.established_timeout_ms=100
	await -c 0
	set_sysctl . net.tcpstate.established_timeout_ms=432000000
}

# listen FILE COMMAND...: begins to listen, and leaves its $pid
listen()
{
	local file=$1

	shift
	start "$@" >"$file"
	until grep -q ^ready "$file"; do
		kill -0 "$pid" || die "no listener: $(cat "$file")"
	done
}

# built: prints how many events of the initial namespace were built
built()
{
	listen "$work/ours" events -t 60 -u 5998
	traffic -n 1 127.0.0.1 5998 >/dev/null
	set_sysctl . net.tcpstate.time_wait_timeout_ms=100 net.tcpstate.closed_timeout_ms=100
	wait "$pid"
	awk '$1 == "first" { print $2 - 1 }' "$work/ours"
}

load "$@"
for_everybody events
bench
ratios=()
for ((i = 0; i < turns; i++)); do
	open
	alone=$ns
	listen "$work/his" "${somebody[@]}" unshare -Urn "$work/events" -t 3000 -u 1
	open
	ratios+=("$(ratio "$ns" "$alone")")
	stop "$pid"
done
unbench
# A new connection, its two transitions, and its end
events=$((4 * connections * turns))
numbered=$(built)
measured "$numbered of $events events built; an opening segment costs \
$(median "${ratios[@]}") times as much (median of $turns, $(least "${ratios[@]}") at least)"
check "hardly any event is built for a namespace without a listener" \
	between 0 "$numbered" $((events / 10))

done_testing
