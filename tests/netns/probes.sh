#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Keep-alives and zero-window probes: recognised, counted, and without effect.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers

# grows COUNTER BEFORE: passes if the counter exceeds BEFORE within two minutes
grows()
{
	local deadline=$((SECONDS + 120))

	while [ "$(counter . "$1")" -le "$2" ]; do
		[ "$SECONDS" -lt "$deadline" ] || { echo "$1 stays at $2" ; return 1 ; }
	done
}

# probes FAMILY ADDRESS PORT
probes()
{
	local name="IPv$1" line="responder=*:$3" before sent

	listener l "$1" . "$2" "$3"
	tell option l rcvbuf 8192
	call c s l "$1" . "$2" "$3"
	tell send c msg
	tell receive s 3
	before=$(counter . keepalive)
	tell option c keepidle 1
	tell option c keepalive 1
	check "$name: a keep-alive is counted" grows keepalive "$before"
	see "$name: a keep-alive is no data and changes nothing" "$line" data=1/0 bytes=3/0 \
		phase=established repeats=0/0 flags=-
	agrees "$name: after a keep-alive" .
	tell option c keepalive 0
	before=$(counter . zero_window)
	ask fill c
	sent=${reply#ok }
	check "$name: a zero-window probe is counted" grows zero_window "$before"
	see "$name: a zero-window probe changes nothing" "$line" phase=established flags=-
	tell drain s "$sent"
	see "$name: bytes are exact after it" "$line" bytes=$((sent + 3))/0
	tell close c
	tell close s
	tell close l
}

probes 4 127.0.0.1 5001
probes 6 ::1 5002

done_testing
