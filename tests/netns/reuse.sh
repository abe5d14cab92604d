#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The same addresses and ports are used again while the connection before is in TIME_WAIT:
# a new connection replaces it, with timestamps (RFC 6191) and without.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers

# again NAME FAMILY ADDRESS PORT: connects from the same port of the client to the server
again()
{
	tell open c "$2"
	tell bind c "$3" 40000
	tell connect c "$3" "$4"
	tell connected c
	tell accept s l
}

# reuse NAME FAMILY ADDRESS PORT FIRST SECOND: a connection that FIRST closes, then SECOND
reuse()
{
	local name=$1 line="responder=*:$4" id

	listener l "$2" . "$3" "$4"
	again "${@:1:4}"
	id=$(await -p id "$line" phase=established)
	tell send c before
	tell receive s 6
	tell close "$5"
	tell close "$6"
	see "$name: closed, in TIME_WAIT" "$line" phase=close step=4/4 bytes=6/0 "id=$id"
	again "${@:1:4}"
	see "$name: a new connection takes the place of TIME_WAIT" "$line" "id!=$id" \
		phase=established initiator_state=ESTABLISHED responder_state=ESTABLISHED \
		bytes=0/0 closing=0/0 opening=2/1 timer=established verdict=- flags=-
	see "$name: the old one is not there any more" -c 0 "id=$id"
	agrees "$name: a new connection" .
	tell send c after
	tell receive s 5
	tell close "$5"
	tell close "$6"
	see "$name: the new one ends like any other" "$line" phase=close step=4/4 bytes=5/0 \
		closing=[12]/[12]
	agrees "$name: the new one closed" .
	tell close l
}

# The server closes first and has TIME_WAIT; the client's SYN ends it.
reuse "IPv4, timestamps" 4 127.0.0.1 5001 s c
reuse "IPv6, timestamps" 6 ::1 5002 s c
set_sysctl . net.ipv4.tcp_timestamps=0
reuse "IPv4, no timestamps" 4 127.0.0.1 5003 s c
reuse "IPv6, no timestamps" 6 ::1 5004 s c
set_sysctl . net.ipv4.tcp_timestamps=1

# The end in TIME_WAIT connects again: Linux does that only if tcp_tw_reuse allows it, with
# timestamps, and after a second (or net.ipv4.tcp_tw_reuse_delay).
set_sysctl . net.ipv4.tcp_tw_reuse=1
delay=/proc/sys/net/ipv4/tcp_tw_reuse_delay
listener l 4 . 127.0.0.1 5005
again "" 4 127.0.0.1 5005
id=$(await -p id responder=*:5005 phase=established)
tell close c
tell close s
see "TIME_WAIT of the client" responder=*:5005 initiator_state=TIME_WAIT "id=$id"
if [ -e "$delay" ]; then
	echo 10 >"$delay"
fi
# Try until Linux allows it, once its clock has advanced.
tell open c 4
tell bind c 127.0.0.1 40000
for ((deadline = SECONDS + 60; SECONDS < deadline; )); do
	ask connect c 127.0.0.1 5005
	[ "$reply" = "error EADDRNOTAVAIL" ] || break
done
check "Linux lets the holder of TIME_WAIT call again" equal "$reply" ok
tell connected c
tell accept s l
see "a new connection by TIME_WAIT's own holder" responder=*:5005 "id!=$id" \
	phase=established opening=2/1 closing=0/0 flags=-
see "and the old one is not there any more" -c 0 "id=$id"
agrees "TIME_WAIT's own holder" .

# A reset connection leaves its port free at once.
tell reset c
tell close s
see "a connection that was reset" responder=*:5005 phase=closed verdict=reset_by_initiator
again "" 4 127.0.0.1 5005
see "a new connection takes the place of one that was reset" responder=*:5005 \
	phase=established verdict=- flags=- closing=0/0
agrees "after a reset" .

done_testing
