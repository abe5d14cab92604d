#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The exchange that every reader knows, segment by segment with the article's own
# numbers, forwarded by a namespace; after each segment the states of the two
# ends, as the article's tables have them.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
wire article
# A slow guest takes more than a minute for the whole test.
set_sysctl article net.tcpstate.time_wait_timeout_ms=600000

# ends TEXT INITIATOR RESPONDER COLUMN=PATTERN...: states of the two ends now;
# the packet has been through when segment.c says ok, so nothing is waited for
ends()
{
	local text=$1 initiator=$2 responder=$3

	shift 3
	see "$exchange: $text" -t 0 -n article "$line" "initiator_state=$initiator" \
		"responder_state=$responder" "$@"
}

# the two directions of the connection; seq and ack are as in the article
out() { play "$client" "$port" "$server" 5000 "$@"; }
back() { play "$server" 5000 "$client" "$port" "$@"; }

syn_options="mss 16344 wscale 6 sackok"

opening()
{
	# shellcheck disable=SC2086 # several words
	{
		out S seq 2313595154 win 65535 $syn_options ts 1648035900 0
		ends "opening 1, [S]: the initiator sent its SYN" SYN_SENT LISTEN \
			phase=open step=1/3 opening=1/0 timer=handshake
		back S. seq 679172691 ack 2313595155 win 65535 $syn_options \
			ts 273853589 1648035900
		ends "opening 2, [S.]: the responder received it" SYN_SENT SYN_RECEIVED \
			phase=open step=2/3 opening=1/1
	}
	out . seq 2313595155 ack 679172692 win 6379 ts 1648035900 273853589
	ends "opening 3, [.]: both are established" ESTABLISHED ESTABLISHED \
		phase=established opening=2/1 acks=0/0 timer=established
	back . seq 679172692 ack 2313595155 win 6379 ts 273853589 1648035900
	ends "opening 4, [.]: the window update changes nothing" ESTABLISHED ESTABLISHED \
		phase=established opening=2/1 acks=0/1 segments=2/2 bytes=0/0 flags=-
}

# write NUMBER SEQ: the client writes "msg", which takes three numbers
write()
{
	out P. seq "$2" ack 679172692 win 6379 len 3
	back . seq 679172692 ack $(($2 + 3)) win 6379
	ends "write $1: a data segment and an ACK" ESTABLISHED ESTABLISHED \
		"data=$1/0" "acks=0/$(($1 + 1))" "bytes=$((3 * $1))/0"
}

# closing ISN PEER_ISN [TIMER]: the numbers up to which both ends have sent; TIMER is the
# timeout class in which a connection that was picked up closes
closing()
{
	out F. seq "$1" ack "$2" win 6379
	ends "closing 1, [F.]: the client closes" FIN_WAIT_1 ESTABLISHED \
		phase=close step=1/4
	back . seq "$2" ack $(($1 + 1)) win 6379
	ends "closing 2, [.]: half-closed" FIN_WAIT_2 CLOSE_WAIT \
		phase=close step=2/4 "timer=${3:-half_closed}"
	back F. seq "$2" ack $(($1 + 1)) win 6379
	ends "closing 3, [F.]: the server closes" FIN_WAIT_2 LAST_ACK \
		phase=close step=3/4 "timer=${3:-closing}"
	out . seq $(($1 + 1)) ack $(($2 + 1)) win 6379
	ends "closing 4, [.]: TIME_WAIT begins" TIME_WAIT CLOSED \
		phase=close step=4/4 timer=time_wait left_s=500..600 closing=2/2
}

exchange="IPv4" client=127.0.0.1 server=127.0.0.1 port=60370
line=initiator=127.0.0.1:60370
opening
write 1 2313595155
write 2 2313595158
write 3 2313595161
closing 2313595164 679172692
ends "in all: 3 segments to open, 1 update, 6 for the writes, 4 to close" TIME_WAIT CLOSED \
	segments=7/7 opening=2/1 data=3/0 acks=0/4 closing=2/2 bytes=9/0 repeats=0/0

# The second capture begins at its FIN, and the record must say that the opening was not
# seen.
exchange="IPv4, closing alone" port=60697
line=initiator=127.0.0.1:60697
closing 1 1 unsure
ends "picked up in mid-stream, and so marked" TIME_WAIT CLOSED "flags=*picked_up*"

# The same connection seen from its beginning, in the article's relative numbers.
exchange="IPv4, closing with its opening" port=60698
line=initiator=127.0.0.1:60698
out S seq 0 win 65535
back S. seq 0 ack 1 win 65535
out . seq 1 ack 1 win 6379
closing 1 1

exchange="IPv6" client=fd00::1 server=fd00::2 port=60370
line="initiator=[[]fd00::1]:60370"
opening
write 1 2313595155
write 2 2313595158
write 3 2313595161
closing 2313595164 679172692

see "four connections are four lines" -t 0 -n article -c 4
set_sysctl article net.tcpstate.time_wait_timeout_ms=500 net.tcpstate.closed_timeout_ms=100
see "after 2MSL all four are gone" -n article -c 0

done_testing
