#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A socket that connects to itself: one endpoint, which receives what it sends.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers

# self FAMILY ADDRESS PORT
self()
{
	local name="IPv$1"

	tell open c "$1"
	tell bind c "$2" "$3"
	tell connect c "$2" "$3"
	tell connected c
	see "$name: a self-connect is one line, established with itself" "responder=*:$3" \
		"initiator=*:$3" phase=established initiator_state=ESTABLISHED \
		responder_state=ESTABLISHED verdict=-
	agrees "$name: a self-connect" .
	tell send c msg
	tell receive c 3
	see "$name: what it says to itself is no second line" "responder=*:$3" phase=established
	tell shutdown c
	see "$name: closing leaves TIME_WAIT" "responder=*:$3" initiator_state=TIME_WAIT \
		responder_state=TIME_WAIT phase=close step=4/4
	agrees "$name: a self-connect that is closed" .
	tell close c
}

self 4 127.0.0.1 5001
self 6 ::1 5002

done_testing
