# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the tests with real sockets share: the module, the helpers' processes, connections,
# checks and their count. A test sources this file. It runs as root in a guest
# (tests/guest/run), calls load first and done_testing last, and prints lines
# "ok - NAME", "not ok - NAME", "skip - NAME: REASON" and "# remark".

set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=netns.sh
. "$here/netns.sh"
helpers=$("$here/build") || exit 1
PATH=$helpers:$PATH
topic=$(basename "$0" .sh)
work=$(mktemp -d)
failed=0 finished="" stage="load"
pids=()
# The address and port that a socket connected to last
about=""
# The options with which await looks at a connection, by the place that sees it
declare -A views=()

# rounds MANY FEW: prints how often to repeat something; FEW for the debug kernel
rounds()
{
	[ -n "${QUICK:-}" ] && echo "$2" || echo "$1"
}

# shellcheck disable=SC2317 # called by the trap
clean_up()
{
	local name

	for name in "${pids[@]}"; do
		kill -KILL "$name" 2>/dev/null
		wait "$name" 2>/dev/null
	done
	for name in "${netnses[@]}"; do
		ip netns del "$name" 2>/dev/null
	done
	nft delete table inet hold 2>/dev/null
	if [ -e /proc/tcpstate ] && ! rmmod tcpstate; then
		fail "$topic: the module can be unloaded at the end"
	fi
	if [ -z "$finished" ]; then
		fail "$topic: runs to its end (it ended in '$stage')"
	fi
	rm -rf "$work"
	[ "$failed" = 0 ] || exit 1
	exit 0
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

pass()
{
	echo "ok - $1"
}

fail()
{
	failed=$((failed + 1))
	echo "not ok - $1"
}

# skip NAME REASON
skip()
{
	echo "skip - $1: $2"
}

# remark [TEXT]: TEXT, or stdin, as a comment
remark()
{
	if [ $# -gt 0 ]; then echo "$*"; else cat; fi | sed '/^# /!s/^/# /'
}

# die TEXT: the test cannot go on
die()
{
	remark "$*"
	exit 1
}

# check NAME COMMAND...: passes if COMMAND does
check()
{
	local name="$topic: $1" output

	shift
	if output=$("$@" 2>&1); then
		pass "$name"
	else
		fail "$name"
		remark <<<"${output:-(no output): $*}"
		return 1
	fi
}

# refute NAME COMMAND...: passes if COMMAND fails
refute()
{
	local name="$topic: $1" output

	shift
	if output=$("$@" 2>&1); then
		fail "$name"
		remark <<<"${output:-(no output): $*}"
		return 1
	else
		pass "$name"
	fi
}

# see NAME [OPTION]... COLUMN=PATTERN...: passes once /proc/tcpstate shows that (await)
see()
{
	local name=$1

	shift
	check "$name" await "$@"
}

equal()
{
	[ "$1" = "$2" ] || { echo "'$1' is not '$2'" ; return 1 ; }
}

# between LEAST VALUE MOST: fails if VALUE is outside
between()
{
	awk -v a="$1" -v b="$2" -v c="$3" 'BEGIN { exit !(a <= b && b <= c) }' ||
		{ echo "$2 is not in $1..$3" ; return 1 ; }
}

done_testing()
{
	finished=1
	exit
}

# load [PARAMETER=VALUE]...: inserts the module under test
load()
{
	[ -n "${TCPSTATE_KO:-}" ] || die "TCPSTATE_KO is not set: run this by tests/guest/run"
	insmod "$TCPSTATE_KO" "$@" || die "the module does not load"
	forget .
	# await disregards the segments that earlier tests have sent again.
	SENT_AGAIN=$(sent_again .)
	export SENT_AGAIN
	stage="in between"
}

unload()
{
	rmmod tcpstate || die "the module does not unload"
}

# start COMMAND...: runs a program in the background until the test ends; leaves its $pid
start()
{
	# Without this its stdin would be /dev/null.
	"$@" <&0 &
	pid=$!
	pids+=("$pid")
}

# stop PID: ends what start began
stop()
{
	kill -TERM "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

# peers: begins the program that owns all sockets of the test (peer.c)
peers()
{
	mkfifo "$work/peer.in" "$work/peer.out"
	# Open them for reading and writing, or opening waits for the other end.
	exec {peer_in}<>"$work/peer.in" {peer_out}<>"$work/peer.out"
	start peer <&"$peer_in" >&"$peer_out"
}

# ask VERB SOCKET...: gives peer.c a command; leaves its answer in $reply
ask()
{
	stage="ask $*"
	case $1 in
	connect | fastopen)
		about=$3:$4
		[[ $3 != *:* ]] || about="[$3]:$4"
		;;
	esac
	echo "$*" >&"$peer_in"
	read -r -t 400 reply <&"$peer_out" || die "peer does not answer '$*'"
	stage="in between"
}

# tell VERB SOCKET...: does the same, and ends the test if the command fails
tell()
{
	ask "$@"
	[[ $reply == ok* ]] || die "peer: '$*' gave '$reply'"
}

# answers NAME ANSWER VERB SOCKET...: checks what peer.c answers
answers()
{
	local name=$1 answer=$2

	shift 2
	ask "$@"
	check "$name" equal "$reply" "$answer"
}

# segments NETNS: begins the program that plays segments over its device tun0
# (segment.c)
segments()
{
	modprobe -q tun
	mkfifo "$work/segment.in" "$work/segment.out"
	exec {segment_in}<>"$work/segment.in" {segment_out}<>"$work/segment.out"
	start nsenter --net="/run/netns/$1" segment tun0 <&"$segment_in" >&"$segment_out"
	read -r -t 120 reply <&"$segment_out"
	[ "$reply" = ok ] || die "segment: $reply"
}

# wire NETNS: makes a namespace that does nothing but forward what segment.c plays.
# Without lo, 127.0.0.1 is an ordinary address, which lies behind tun0.
wire()
{
	ip netns add "$1" || die "no namespace $1"
	netnses+=("$1")
	segments "$1"
	set_sysctl "$1" net.ipv4.ip_forward=1 net.ipv4.conf.all.route_localnet=1 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
		net.ipv4.conf.tun0.rp_filter=0 net.ipv4.conf.all.send_redirects=0 \
		net.ipv4.conf.tun0.send_redirects=0 net.ipv6.conf.all.forwarding=1
	ip -n "$1" link set tun0 up
	ip -n "$1" route add 127.0.0.0/8 dev tun0
	ip -n "$1" route add 10.0.0.0/8 dev tun0
	ip -n "$1" -6 route add fd00::/16 dev tun0
}

# play SEGMENT...: plays a segment (a line of segment.c), which must pass unchanged
play()
{
	local seconds=120

	stage="play $*"
	# A flood takes a system call for each segment, some 50 us in the guest.
	[ "$1" != flood ] || seconds=$((seconds + $2 / 1000))
	echo "$*" >&"$segment_in"
	read -r -t "$seconds" reply <&"$segment_out" || die "segment does not answer '$*'"
	[ "$reply" = ok ] || die "segment: '$*' gave '$reply'"
	stage="in between"
}

# counter NETNS NAME: prints the sum over all CPUs in /proc/net/stat/tcpstate
counter()
{
	local header words column="" i total=0

	while read -ra words; do
		if [ -z "$column" ]; then
			header=("${words[@]}")
			for i in "${!header[@]}"; do
				[ "${header[i]}" != "$2" ] || column=$i
			done
			[ -n "$column" ] || { echo "no-counter-$2" ; return ; }
		else
			total=$((total + 16#${words[column]}))
		fi
	done < <(at "$1" cat /proc/net/stat/tcpstate)
	echo "$total"
}

# listener SOCKET 4|6 NETNS ADDRESS PORT [BACKLOG]
listener()
{
	tell open "$1" "$2" "$3"
	tell bind "$1" "$4" "$5"
	tell listen "$1" "${6:-8}"
}

# caller SOCKET 4|6 NETNS ADDRESS PORT: begins to connect
caller()
{
	tell open "$1" "$2" "$3"
	tell connect "$1" "$4" "$5"
}

# this_is SOCKET ADDRESS:PORT: leaves in $this the conditions by which await finds the
# connection of SOCKET to there
# shellcheck disable=SC2034 # the tests use it
this_is()
{
	ask port "$1"
	this=("initiator=*:${reply#ok }" "responder=*:$2")
}

# call CLIENT SERVER LISTENER 4|6 NETNS ADDRESS PORT: connects and accepts
call()
{
	caller "$1" "$4" "$5" "$6" "$7"
	tell connected "$1"
	tell accept "$2" "$3"
}

# agrees NAME NETNS [END]: passes once ss shows the same sockets there in the same states
# (agree). It compares those with the address and port END, or those that the last socket
# connected to.
agrees()
{
	local name="$topic: $1: ss agrees" output

	[ "$2" = . ] || name="$name in namespace $2"
	if ! output=$(agree -n "$2" "${3:-${about/\%*]/]}}" 2>&1); then
		fail "$name"
		remark <<<"$output"
		return 1
	fi
	[ "$output" != 0 ] || name="$name, that no socket is left"
	pass "$name"
}

# each_view NAME COLUMN=PATTERN...: passes once each of the views shows that
each_view()
{
	local name=$1 view options

	shift
	for view in "${!views[@]}"; do
		read -ra options <<<"${views[$view]}"
		see "$view: $name" "${options[@]}" "$@"
	done
}

# sent_again NETNS...: prints how many segments TCP has sent again in each
sent_again()
{
	local netns

	for netns; do
		at "$netns" cat /proc/net/snmp | awk '$1 != "Tcp:" { next }
			!n { for (n = 1; $n != "RetransSegs"; n++); next }
			{ print $n }'
	done
}

# undisturbed NETNS... -- COMMAND...: runs COMMAND, and up to three times as long as TCP
# sends a segment again meanwhile, for counts that have to be exact. $attempt tells COMMAND
# which attempt it is; COMMAND must not check anything yet.
undisturbed()
{
	local places=() before

	while [ "$1" != -- ]; do places+=("$1"); shift; done
	shift
	# shellcheck disable=SC2034 # COMMAND uses it
	for attempt in 0 1 2; do
		before=$(sent_again "${places[@]}")
		"$@"
		[ "$(sent_again "${places[@]}")" != "$before" ] || return 0
	done
	remark "a segment was sent again each time: $*"
}

# life 4|6 CLIENT_NETNS SERVER_NETNS ADDRESS PORT: checks one connection, from before its
# SYN to its end, in every view after each step
life()
{
	local family=$1 client=$2 server=$3 address=$4 port=$5
	local view options write

	listener life "$family" "$server" "$address" "$port"
	each_view "nothing is there before the SYN" -c 0
	call c s life "$family" "$client" "$address" "$port"
	each_view "is established by three segments" phase=established step=- \
		initiator_state=ESTABLISHED responder_state=ESTABLISHED opening=2/1 data=0/0 \
		closing=0/0 repeats=0/0 bytes=0/0 timer=established flags=- verdict=- \
		syn_us=1..5000000 ack_us=1..5000000
	agrees "established" "$client"
	for write in 1 2 3; do
		tell send c msg
		tell receive s 3
		# Each write is one segment: none is made while the one before is in flight.
		each_view "write $write is one data segment" phase=established \
			"data=$write/0" "bytes=$((3 * write))/0"
	done
	tell send s answer
	tell receive c 6
	each_view "an answer counts the other way" bytes=9/6 data=3/1
	tell shutdown c
	answers "the server reads the end" eof receive s 1
	each_view "a FIN and its ACK half-close it" phase=close step=2/4 timer=half_closed \
		initiator_state=FIN_WAIT_2 responder_state=CLOSE_WAIT closing=1/1
	agrees "half-closed" "$client"
	agrees "half-closed" "$server"
	tell send s "more"
	tell receive c 4
	each_view "data still flows the other way" phase=close step=2/4 bytes=9/10 data=3/2 \
		initiator_state=FIN_WAIT_2 responder_state=CLOSE_WAIT
	tell close s
	tell close c
	each_view "the last ACK begins TIME_WAIT" phase=close step=4/4 timer=time_wait \
		initiator_state=TIME_WAIT responder_state=CLOSED closing=2/2 left_s=50..60 \
		opening=2/1 data=3/2 bytes=9/10 repeats=0/0
	agrees "in TIME_WAIT" "$client"
	agrees "in TIME_WAIT" "$server"
	tell close life
	for view in "${!views[@]}"; do
		read -ra options <<<"${views[$view]}"
		shorten "${options[1]}"
		see "$view: is gone after 2MSL" "${options[@]}" -c 0
		prolong "${options[1]}"
	done
}

# forget NETNS: ends sockets in TIME_WAIT, so that ss shows only those of the test
forget()
{
	at "$1" ss -HtK state time-wait >/dev/null 2>&1
}

# shorten NETNS: sets the timeouts of TIME_WAIT and CLOSED to tenths of a second
shorten()
{
	forget "$1"
	set_sysctl "$1" net.tcpstate.time_wait_timeout_ms=300 net.tcpstate.closed_timeout_ms=100
}

# prolong NETNS: sets both timeouts to their defaults
prolong()
{
	set_sysctl "$1" net.tcpstate.time_wait_timeout_ms=60000 \
		net.tcpstate.closed_timeout_ms=10000
}

# keep NETNS: lets records stay for ten minutes, however slow the machine is, if they are over or
# their handshake is not complete
keep()
{
	set_sysctl "$1" net.tcpstate.closed_timeout_ms=600000 \
		net.tcpstate.time_wait_timeout_ms=600000 net.tcpstate.handshake_timeout_ms=600000
}

# can_fail SLAB: prepares failing to make allocations from SLAB fail, and no others; fails
# if the kernel cannot do that
can_fail()
{
	fail=/sys/kernel/debug/failslab
	[ -d "$fail" ] && [ -n "$1" ] && [ -e "/sys/kernel/slab/$1/failslab" ] || return 1
	echo 1 >"/sys/kernel/slab/$1/failslab" || return 1
	echo Y >"$fail/cache-filter"
	echo -1 >"$fail/times"
	echo N >"$fail/ignore-gfp-wait"
	echo 0 >"$fail/verbose"
}

# failing PERCENT: so many of the allocations fail from now on
failing()
{
	echo "$1" >"$fail/probability"
}
