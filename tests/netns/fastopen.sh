#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Fast Open (RFC 7413): data on the SYN, whether the SYN/ACK covers it or not.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers
set_sysctl . net.ipv4.tcp_fastopen=3

# fast_open FAMILY ADDRESS PORT
fast_open()
{
	local name="IPv$1" line="responder=*:$3"

	tell open l "$1"
	tell bind l "$2" "$3"
	tell option l fastopen 16
	tell listen l 16

	# The first connection asks for a cookie: Linux sends no data with that SYN.
	tell open c "$1"
	tell fastopen c "$2" "$3" msg
	tell connected c
	tell send c msg
	tell accept s l
	answers "$name: the server reads what the first one sent" "ok msg" receive s 3
	see "$name: asking for a cookie is no Fast Open yet" "$line" phase=established \
		flags=- bytes=3/0 data=1/0
	tell reset c
	tell close s
	see "$name: the first one has ended" "$line" phase=closed
	set_sysctl . net.tcpstate.closed_timeout_ms=100
	see "$name: and is gone" -c 0 "$line"
	set_sysctl . net.tcpstate.closed_timeout_ms=10000

	hold . "tcp sport $3 tcp flags & (syn | ack) == (syn | ack)"
	tell open c "$1"
	tell fastopen c "$2" "$3" message
	tell accept s l
	answers "$name: the server reads the data before the handshake's end" "ok message" \
		receive s 7
	see "$name: data on a SYN is marked and counted" "$line" phase=open step=2/3 \
		flags=*fast_open* bytes=7/0 initiator_state=SYN_SENT \
		responder_state=SYN_RECEIVED
	agrees "$name: data on a SYN" .
	release .
	tell connected c
	see "$name: its handshake is one like others" "$line" phase=established \
		initiator_state=ESTABLISHED responder_state=ESTABLISHED bytes=7/0
	tell send s answer
	tell receive c 6
	tell close c
	tell close s
	see "$name: so is its end" "$line" phase=close step=4/4 bytes=7/6 \
		initiator_state=TIME_WAIT responder_state=CLOSED
	agrees "$name: closed" .
	shorten .
	see "$name: closed and gone" -c 0 "$line"
	prolong .

	# The SYN with its data is lost, and the next SYN has no data.
	hold . "tcp dport $3 tcp flags == syn"
	tell open c "$1"
	tell fastopen c "$2" "$3" message
	see "$name: data on a SYN that is lost" "$line" phase=open step=1/3 \
		flags=*fast_open* bytes=7/0 initiator_state=SYN_SENT
	release .
	tell connected c
	tell accept s l
	answers "$name: the data comes after the handshake instead" "ok message" receive s 7
	see "$name: a SYN/ACK that does not cover the data is a handshake, too" "$line" \
		phase=established bytes=7/0 repeats=[1-9]*/0
	agrees "$name: data after a SYN" .
	tell reset c
	tell close s
	tell close l
}

fast_open 4 127.0.0.1 5001
fast_open 6 ::1 5002

done_testing
