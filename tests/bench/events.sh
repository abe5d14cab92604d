# shellcheck shell=bash
# shellcheck disable=SC2154 # run and lib.sh set what is used here
# SPDX-License-Identifier: GPL-2.0-only
#
# How many connections per second a listener can follow without a loss: from the first
# segment until the last event is written, at the best of several paces.

# The size that the kernel gives to the socket buffer that `tcpstate events` asks for.
# conntrack 1.4.7 applies --buffer-size to a socket at which it does not listen.
buffer_bytes=134217728
# The number of the next connection: each is a new one
next=0

# listener: begins to listen; leaves its $listener
listener()
{
	case $observer in
	tcpstate) tcpstate events --numeric >"$work/events" 2>"$work/err" & ;;
	conntrack) conntrack -E >"$work/events" 2>"$work/err" & ;;
	esac
	listener=$!
	until listens; do
		kill -0 "$listener" || die "$observer: $(cat "$work/err")"
	done
}

# listens: passes if the listener has joined a group
listens()
{
	local links

	links=$(readlink /proc/"$listener"/fd/* 2>/dev/null)
	awk -v links="$links" '
		$4 != "00000000" && index(links, "socket:[" $10 "]") { found = 1 }
		END { exit !found }' /proc/net/netlink &&
		grep -q '^State:.S' "/proc/$listener/status"
}

# written COUNT: waits until so many lines are there, or no more come; leaves the
# time of the last growth in $now
written()
{
	local size=0 before=-1 lines still=0

	while [ "$still" -lt 10 ]; do
		sleep 0.05 # sleep: it says nothing when it is done
		before=$size
		size=$(stat -c %s "$work/events")
		still=$((size == before ? still + 1 : 0))
		if [ "$still" = 0 ]; then
			now_ns
		elif [ "$still" = 1 ]; then
			lines=$(wc -l <"$work/events")
			[ "$lines" -lt "$1" ] || return 0
		fi
	done
	return 1
}

# hear RATE COUNT LINES: passes if all LINES of COUNT connections come; leaves the time that
# took in $took, ns
hear()
{
	local began heard=1

	listener
	now_ns
	began=$now
	ask pace "$1" "$2" "$next"
	next=$((next + $2))
	written "$3" || heard=""
	took=$((now - began))
	kill -INT "$listener"
	wait "$listener"
	# A loss that was reported counts, however many lines there are.
	! grep -qE 'ENOBUFS|[1-9][0-9]* lost' "$work/err" || heard=""
	[ -n "$heard" ]
}

events()
{
	local each count=$((large / 50)) pace=4000 best default

	[ "$observer" != none ] || return 0
	ask set ipv4 64 1 rising
	watch
	default=$(sysctl -n net.core.rmem_default)
	sysctl -qw net.core.rmem_default=$buffer_bytes
	next=0
	# Find out how many lines a connection has.
	hear 1000 100 1 || die "$observer: no events: $(cat "$work/err")"
	each=$(($(wc -l <"$work/events") / 100))
	until hear "$pace" "$count" $((count * each)); do
		pace=$((pace / 2))
		[ "$pace" -ge 250 ] || die "$observer loses events at any pace"
	done
	best=$((count * 1000000000 / took))
	# Try paces up to one that is faster than connections can be made.
	while [ $((pace *= 3, pace /= 2)) -lt 500000 ] &&
		hear "$pace" "$count" $((count * each)); do
		[ $((count * 1000000000 / took)) -le "$best" ] ||
			best=$((count * 1000000000 / took))
	done
	sample events "$best"
	sysctl -qw net.core.rmem_default="$default"
	unwatch
}
