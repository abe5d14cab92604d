#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A router receives spoofed segments, one for each tuple, for hosts that do not answer, more than
# the table takes: each flag byte in turn, over IPv4 and IPv6. After each flood, real connections
# are opened through the router; they must be tracked, and stay what they are.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

spoofed=$(rounds 8000 6000)
connections=$(rounds 100 10)
# FIN, SYN, RST, PSH, ACK and URG in tcpdump's letters; or some that have done harm
bytes=(F. S. . R)
if [ -z "${QUICK:-}" ]; then
	bytes=()
	for ((i = 0; i < 64; i++)); do
		byte=""
		for bit in F S R P . U; do
			((i >> ${#byte} & 1)) && byte+=$bit || byte+=-
		done
		bytes+=("$byte")
	done
fi

# flood FAMILY NUMBER FLAGS: sends the segments, from addresses of this NUMBER
flood()
{
	local source=10.8.$2.1 destination=10.9.0.2

	[ "$1" = 4 ] || source=fd08::$2:1 destination=fd09::2
	echo "flood $spoofed $source $destination 80 $3" >&"$segment_in"
	read -r -t 120 reply <&"$segment_out"
	[ "$reply" = ok ] || die "flood: $reply"
}

# tracked FAMILY PORT: prints how many real connections to there are shown as established, with
# their data
tracked()
{
	local end="10\\.2\\.0\\.2:$2"

	[ "$1" = 4 ] || end="\\[fd00:2::2\\]:$2"
	# shellcheck disable=SC2016 # for awk
	at router awk -v end="^$end\$" '
		$3 ~ end && $6 == "ESTABLISHED" && $7 == "ESTABLISHED" && $15 == "3/0" { n++ }
		END { print n + 0 }' /proc/tcpstate
}

# expect WHAT FAMILY PORT: counts how many of them are missing
expect()
{
	local shown

	shown=$(tracked "$2" "$3")
	expected=$((expected + connections))
	missing=$((missing + connections - shown))
	[ "$shown" = "$connections" ] || remark "$1 over IPv$2: $shown of $connections"
}

ulimit -n 65536 || die "no files"
load max_records=5000
router
segments router
set_sysctl router net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.tun0.rp_filter=0 \
	net.ipv4.conf.tun0.send_redirects=0
ip -n router link set tun0 up
ip -n router route add 10.8.0.0/15 dev tun0
ip -n router -6 route add fd08::/15 dev tun0
peers
for port in 5000 5001; do
	listener l4.$port 4 server 10.2.0.2 $port 1024
	listener l6.$port 6 server fd00:2::2 $port 1024
done

expected=0 missing=0
for family in 4 6; do
	address=10.2.0.2
	[ $family = 4 ] || address=fd00:2::2
	for ((n = 0; n < ${#bytes[@]}; n++)); do
		flood $family "$n" "${bytes[n]//-/}"
		# Those of the turn before have to outlive the flood.
		old=$((5000 + (n + 1) % 2)) port=$((5000 + n % 2))
		if [ "$n" -gt 0 ]; then
			expect "live during [${bytes[n]}]" $family $old
			for ((i = 0; i < connections; i++)); do
				tell close "s$old.$i"
				tell close "c$old.$i"
			done
		fi
		for ((i = 0; i < connections; i++)); do
			call "c$port.$i" "s$port.$i" l$family.$port $family client $address $port
			tell send "c$port.$i" msg
			tell receive "s$port.$i" 3
		done
		expect "new after [${bytes[n]}]" $family $port
	done
	for ((i = 0; i < connections; i++)); do
		tell close "s$port.$i"
		tell close "c$port.$i"
	done
done
measured "$((expected - missing)) of $expected tracked, just after a flood or at the end of the \
next one; ${#bytes[@]} flag bytes over IPv4 and IPv6"
check "real connections are tracked, and outlive the next flood" equal $missing 0

done_testing
