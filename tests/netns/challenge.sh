#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# 'challenge' counts what the kernel counts, and 'unacceptable' what a receiver
# ignores: nothing of a port that is used again, each forged segment against a live
# connection.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers
netns client server
veth client veth0 10.0.0.1/24 -- server veth0 10.0.0.2/24
segments server
set_sysctl server net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.tun0.rp_filter=0 \
	net.ipv4.conf.all.accept_local=1 net.ipv6.conf.tun0.disable_ipv6=1
ip -n server link set tun0 up
# Turn the rate limit off: it leaves out a second challenge ACK within half a second.
for place in client server; do
	set_sysctl "$place" net.ipv4.tcp_invalid_ratelimit=0
done

# kernel NETNS NAME: a counter of /proc/net/netstat
kernel()
{
	at "$1" cat /proc/net/netstat | awk -v name="$2" '$1 == "TcpExt:" {
		if (!at) { for (at = 1; $at != name && at <= NF; at++); next }
		print $at
	}'
}

# counts NAME UNACCEPTABLE CHALLENGE SYNS: checks the counters of the server's namespace.
# CHALLENGE of the ignored segments drew a challenge ACK, and SYNS of those were SYNs.
counts()
{
	check "$1: so many are challenged" equal "$(counter server challenge)" "$3"
	check "$1: the kernel has sent as many challenge ACKs" \
		equal "$(kernel server TCPChallengeACK)" "$3"
	check "$1: for as many SYNs" equal "$(kernel server TCPSYNChallenge)" "$4"
	check "$1: so many are ignored" equal "$(counter server unacceptable)" "$2"
}

# again: connects again from the same port of the client
again()
{
	tell open c 4 client
	tell bind c 10.0.0.1 40000
	tell connect c 10.0.0.2 5000
	tell connected c
	tell accept s l
}

listener l 4 server 10.0.0.2 5000
for timestamps in 1 0; do
	for place in client server; do
		set_sysctl "$place" "net.ipv4.tcp_timestamps=$timestamps"
	done
	for way in "close s c" "reset c s" "reset s c" "close s c"; do
		read -r how first second <<<"$way"
		again
		tell send c question
		tell receive s 8
		tell "$how" "$first"
		[ "$how" = reset ] ||
			await -n server initiator=*:40000 step=2/4 || die "not half-closed"
		tell close "$second"
	done
done
again
see "nine connections have used one port" -n server initiator=*:40000 phase=established
counts "reused ports" 0 0 0
check "nor does the client challenge" equal "$(counter client challenge)" \
	"$(kernel client TCPChallengeACK)"
check "nor ignore" equal "$(counter client unacceptable)" 0

# forge FLAGS SEQ [WORD]...: plays a segment that seems to come from the client
forge()
{
	play 10.0.0.1 40000 10.0.0.2 5000 "$1" seq "$(($2 & 0xffffffff))" "${@:3}" in
}

tell numbers s
read -r _ next expected <<<"$reply"
# SYNs: two old ones, at RCV.NXT, inside the window, and one with an ACK
forge S $((expected - 100000))
forge S $((expected - 50))
forge S "$expected"
forge S $((expected + 1000))
forge S. $((expected + 1000)) ack "$next"
see "a forged SYN changes nothing" -n server initiator=*:40000 phase=established \
	"flags!=*pending*"
counts "SYNs" 5 5 5
# RSTs inside the window, and outside of it, where nothing answers
forge R $((expected + 1))
forge R. $((expected + 1000)) ack "$next"
forge R $((expected - 1))
forge R $((expected + 10000000))
see "a forged RST away from RCV.NXT changes nothing" -n server initiator=*:40000 \
	phase=established "flags!=*pending*"
counts "RSTs" 9 7 5
# ACKs of what was never sent, and of what nobody remembers
forge . "$expected" ack $(((next + 100000) & 0xffffffff))
forge . "$expected" ack $(((next - 100000000) & 0xffffffff))
counts "ACKs" 11 9 5
# Data outside of the window draws an ACK, which is no challenge.
forge P. $((expected - 5000)) ack "$next" len 10
forge P. $((expected + 10000000)) ack "$next" len 10
counts "data" 13 9 5
tell send c question
tell receive s 8
tell send s answer
tell receive c 6
agrees "a connection that was attacked" client
agrees "a connection that was attacked" server
tell close c
tell close s
see "it ends as usual" -n server initiator=*:40000 step=4/4 verdict=closed

done_testing
