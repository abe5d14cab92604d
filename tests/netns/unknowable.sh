#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Some of the cases of docs/limits.md, which the module cannot know: what Linux does, and
# what is shown instead.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers
netns host
segments host
set_up host tun0 10.9.0.2/24
set_sysctl host net.ipv4.tcp_invalid_ratelimit=0
port=40000

# forge FLAGS SEQ [WORD]...: plays a segment of the client
forge()
{
	play 10.9.0.1 $port 10.9.0.2 5000 "$1" seq "$2" "${@:3}" in
}

# hear: waits for the host's next segment; leaves its number in $seq, its window in $window
hear()
{
	echo heard >&"$segment_in"
	read -r -t 60 reply <&"$segment_out"
	[[ $reply == ok* ]] || die "the host sends nothing: '$reply'"
	read -r _ seq _ window <<<"$reply"
}

# asked [WORD]...: the next client sends its SYN, number 1000, and is answered; leaves the
# number of the host's first byte in $next
asked()
{
	port=$((port + 1))
	record=(-n host "initiator=*:$port")
	forge S 1000 "$@"
	hear
	next=$(((seq + 1) & 0xffffffff))
}

# opened: does the same, and establishes the connection with the socket s
opened()
{
	asked
	forge . 1001 ack "$next"
	tell accept s l
}

# linux STATE: ss shows the host's socket in that state, or no socket for "none"
linux()
{
	local deadline=$((SECONDS + 120)) state

	while state=$(at host ss -tanH "dport = :$port" | awk '{ print $1 }') &&
	      [ "${state:-none}" != "$1" ]; do
		[ "$SECONDS" -lt "$deadline" ] || { echo "ss: ${state:-none}" ; return 1 ; }
	done
}

listener l 4 host 10.9.0.2 5000

name="a RST inside the window of an orphan in FIN_WAIT_2"
opened
tell close s
forge . 1001 ack $((next + 1))
check "$name: Linux keeps the orphan" linux FIN-WAIT-2
forge R 1101
check "$name: Linux ends it" linux none
see "$name: FIN_WAIT_2 is shown" "${record[@]}" responder_state=FIN_WAIT_2 step=2/4

name="a RST in TIME_WAIT with tcp_rfc1337"
set_sysctl host net.ipv4.tcp_rfc1337=1
opened
tell close s
forge F. 1001 ack $((next + 1))
check "$name: Linux is in TIME_WAIT" linux TIME-WAIT
see "$name: TIME_WAIT is shown" "${record[@]}" responder_state=TIME_WAIT
forge R 1002
see "$name: its end is shown" "${record[@]}" responder_state=CLOSED
check "$name: Linux stays in TIME_WAIT" linux TIME-WAIT
set_sysctl host net.ipv4.tcp_rfc1337=0

name="a third segment with a wrong timestamp echo"
if grep -q TSEcrRejected /proc/net/netstat; then
	asked ts 100 0
	forge . 1001 ack "$next" ts 101 12345
	check "$name: Linux ignores it" linux SYN-RECV
	see "$name: ESTABLISHED is shown, until the SYN/ACK comes again" "${record[@]}" \
		repeats=0/1 responder_state=SYN_RECEIVED "flags=*retracted*"
	forge R 1001
else
	skip "$name" "this kernel takes it"
fi

name="the ACK of a FIN in a segment that ends beyond the window"
tell close l
tell open l 4 host
tell option l rcvbuf 2304
tell bind l 10.9.0.2 5000
tell listen l 8
opened
forge P. 1001 ack "$next" len 500
hear
tell shutdown s
check "$name: FIN_WAIT_1, with data that was not read" linux FIN-WAIT-1
forge P. 1501 ack $((next + 1)) len $((window + 100))
await "${record[@]}" data=2/0 || die "the segment has not passed"
if [ "$(at host ss -tanH "dport = :$port" | awk '{ print $1 }')" = FIN-WAIT-1 ]; then
	see "$name: FIN_WAIT_2 is shown, until the FIN comes again" "${record[@]}" \
		responder_state=FIN_WAIT_1 "flags=*retracted*"
	check "$name: Linux ignores it" linux FIN-WAIT-1
else
	skip "$name" "this kernel takes it"
fi
tell reset s
tell close l

# A router says that the client cannot be reached.
router
port=5000
at router nft -f - <<-END || die "nft: no reject"
	add table ip filter
	add chain ip filter forward { type filter hook forward priority 0; }
	add rule ip filter forward tcp sport 5000 reject with icmp type host-unreachable
END
set_sysctl client net.ipv4.tcp_fastopen=0x5
set_sysctl server net.ipv4.tcp_fastopen=0x603
listener l 4 server 10.2.0.2 5000
for way in "a handshake" "a Fast Open child"; do
	tell open c 4 client
	if [ "$way" = "a handshake" ]; then
		tell connect c 10.2.0.2 5000
	else
		tell option l fastopen 5
		tell fastopen c 10.2.0.2 5000 question
	fi
	this_is c 5000
	see "an ICMP error for $way: SYN_RECEIVED is shown" -n server "${this[@]}" \
		responder_state=SYN_RECEIVED
	# No further SYN comes.
	tell close c
	check "an ICMP error for $way: Linux has no socket" equal \
		"$(at server ss -tanH state syn-recv)" ""
done

done_testing
