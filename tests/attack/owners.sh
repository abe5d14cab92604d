#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# An unprivileged user fills the table from network namespaces of his own, with connections in
# use, sets long timeouts there, and makes empty namespaces. The initial namespace keeps its half.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

max_records=$(rounds 100000 10000)
empty=$(rounds 1000 40)
connections=$(rounds 1000 100)
longest=2147483647

# his NAME: makes a namespace of his, and gives it a name
his()
{
	# sleep: is the namespace
	start "${somebody[@]}" unshare --user --map-root-user --net sleep 3000
	until [ "$(readlink "/proc/$pid/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do
		kill -0 "$pid" || die "no namespace"
	done
	ip netns attach "$1" "$pid" || die "no namespace"
	netnses+=("$1")
	ip -n "$1" link set lo up
}

records()
{
	at "$1" cat /proc/sys/net/tcpstate/records
}

# fill NAMESPACE WALK...: walks connections, more than the table takes, in a namespace
fill()
{
	local place=$1 walk

	shift
	bench
	ip link set bench0 netns "$place" || die "no device"
	ip -n "$place" link set bench0 up || die "no device"
	at "$place" bash -c "echo 'set ipv4 $((2 * max_records)) 1 rising' \
		>/sys/kernel/debug/tcpstate_bench" || die "no connections"
	for walk; do
		at "$place" bash -c "echo 'walk $walk 1' >/sys/kernel/debug/tcpstate_bench" ||
			die "walk $walk"
	done
	# The bench holds its device.
	rmmod tcpstate_bench && ip -n "$place" link del bench0
}

load max_records="$max_records"
[ -n "${TCPSTATE_BENCH:-}" ] ||
	{ skip "$topic" "TCPSTATE_BENCH is not set: make attack sets it" ; done_testing ; }
his first
his second
for file in /proc/sys/net/tcpstate/*_timeout_ms; do
	at first bash -c "echo $longest >$file" || die "$file is not to be written"
done
fill first open data data
check "he has at most half of the table" between 1 "$(records first)" $((max_records / 2))
fill second open data data
check "with two namespaces, too" between 1 $(($(records first) + $(records second))) \
	$((max_records / 2))
for ((i = 0; i < empty; i++)); do
	his "empty$i"
done

# The initial namespace gets the rest, and no more of it is taken away.
peers
listener l 4 . 127.0.0.1 5000 1024
for ((i = 0; i < connections; i++)); do
	call "c$i" "s$i" l 4 . 127.0.0.1 5000
	tell send "c$i" msg
	tell receive "s$i" 3
	tell send "s$i" yes
	tell receive "c$i" 3
	# This carries the acknowledgment of the answer, which would come later otherwise.
	tell send "c$i" end
	tell receive "s$i" 3
done
netns ours
fill ours open data data
others=$(($(records first) + $(records second)))
rest=$(records ours)
fill first open
see "connections of the initial namespace stay" responder=127.0.0.1:5000 phase=established \
	bytes=6/3 -c "$connections"
measured "he has $others of $max_records records, the initial namespace's $((rest + connections)); \
with $empty empty namespaces"
check "the initial owner has its half" [ $((rest + connections)) -ge $((max_records * 49 / 100)) ]
# shellcheck disable=SC2016 # for awk
most=$(at first awk 'NR > 1 && $8 != "-" { if ($9 > most) most = $9 } END { print int(most) }' \
	/proc/tcpstate)
check "his records stay no longer than those of others" between 1 "$most" 432000

done_testing
