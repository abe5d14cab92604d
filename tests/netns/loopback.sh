#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Real sockets on loopback, where both ends are local: a connection is one line,
# though each of its packets passes two hooks.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers

views=([IPv4]="-n . responder=127.0.0.1:5000 family=ipv4")
life 4 . . 127.0.0.1 5000
views=([IPv6]="-n . responder=[[]::1]:5000 family=ipv6")
life 6 . . ::1 5000

# opening NAME FAMILY ADDRESS PORT: checks each step of the handshake, which lasts while the
# segment of the next step is dropped. Both ends are local, so both are seen to repeat.
opening()
{
	local name=$1 family=$2 address=$3 port=$4
	local line="responder=*:$port"

	listener l "$family" . "$address" "$port"
	hold . "tcp dport $port tcp flags == syn"
	caller c "$family" . "$address" "$port"
	see "$name: a SYN alone is open 1/3" "$line" phase=open step=1/3 \
		initiator_state=SYN_SENT responder_state=LISTEN timer=handshake \
		left_s=110..120 opening=1/0 syn_us=- ack_us=- repeats=0/0
	agrees "$name: SYN_SENT" .
	see "$name: the SYN repeated is counted" "$line" repeats=[1-9]/0 phase=open step=1/3
	hold_instead . "tcp sport $port tcp flags & (syn | ack) == (syn | ack)"
	see "$name: a SYN/ACK is open 2/3" "$line" phase=open step=2/3 \
		initiator_state=SYN_SENT responder_state=SYN_RECEIVED timer=handshake ack_us=-
	agrees "$name: SYN_SENT and SYN_RECEIVED" .
	see "$name: the SYN/ACK repeated is counted" "$line" repeats=*/[1-9]* \
		phase=open step=2/3
	hold_instead . "tcp dport $port tcp flags & (syn | ack) == ack"
	tell connected c
	see "$name: the third segment is taken to arrive" "$line" phase=established \
		initiator_state=ESTABLISHED responder_state=ESTABLISHED flags=-
	# Each SYN/ACK that arrives draws another ACK, which is taken to arrive, too.
	hold . "tcp sport $port tcp flags & (syn | ack) == (syn | ack)"
	# The next SYN/ACK may be the fifth, 16 seconds after the fourth.
	see "$name: a SYN/ACK after it takes that back" -t 60000 "$line" flags=*retracted* \
		initiator_state=ESTABLISHED responder_state=SYN_RECEIVED
	agrees "$name: back in SYN_RECEIVED" .
	release .
	tell send c msg
	tell accept s l
	tell receive s 3
	see "$name: the next ACK finishes the handshake" "$line" phase=established \
		initiator_state=ESTABLISHED responder_state=ESTABLISHED bytes=3/0
	agrees "$name: established at last" .
	tell reset c
	tell close s
	tell close l
}

opening IPv4 4 127.0.0.1 5001
opening IPv6 6 ::1 5002

done_testing
