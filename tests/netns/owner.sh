#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The owners of local ends: the user and the cgroup of the client's socket and of the server's
# listener, also when these are gone.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

peers
# Open before the module is loaded
listener early 4 . 127.0.0.1 5000
tell own early 1010
call cearly searly early 4 . 127.0.0.1 5000
tell own cearly 1011
load "$@"
router

# owned NAME FAMILY CLIENT SERVER ADDRESS PORT: opens a connection between sockets of the users
# 1001 and 1002
owned()
{
	listener l "$2" "$4" "$5" "$6"
	tell own l 1002
	tell open c "$2" "$3"
	tell own c 1001
	tell connect c "$5" "$6"
	tell connected c
	tell accept s l
}

tell send cearly msg
tell receive searly 3
tell send searly answer
tell receive cearly 6
see "a connection that is picked up has its owners" responder=*:5000 flags=*picked_up* \
	uid=1011/0
tell close cearly
tell close searly

for family in 4 6; do
	address=10.2.0.2 loopback=127.0.0.1
	[ "$family" = 4 ] || address=fd00:2::2 loopback=::1
	port=$((5000 + family))
	owned "forwarded" "$family" client server "$address" "$port"
	see "IPv$family: the client knows the owner of its end" -n client "responder=*:$port" \
		uid=1001/- phase=established
	see "IPv$family: the server knows the owner of its listener" -n server \
		"responder=*:$port" uid=-/1002
	see "IPv$family: the router knows none" -n router "responder=*:$port" uid=-/- cgroup=-,-
	tell close c
	tell close s
	tell close l
	see "IPv$family: TIME_WAIT has the owner of the socket that is gone" -n client \
		"responder=*:$port" uid=1001/- initiator_state=TIME_WAIT
	see "IPv$family: the end that has closed has its owner" -n server "responder=*:$port" \
		uid=-/1002 responder_state=CLOSED
	owned "loopback" "$family" . . "$loopback" "$port"
	see "IPv$family: both ends are local" "responder=*:$port" uid=1001/1002
	tell reset c
	see "IPv$family: a connection that was reset keeps them" "responder=*:$port" \
		uid=1001/1002 verdict=reset_by_initiator
	tell close s
	tell close l
done

# The kernel itself answers for a port without a socket.
tell open c 4 .
tell own c 1003
tell connect c 127.0.0.1 5011
ask connected c
see "what refuses a connection has no owner" responder=*:5011 verdict=refused uid=1003/-
tell close c

# A SYN cookie has no socket; the connection that follows has one.
set_sysctl . net.ipv4.tcp_syncookies=2
owned "cookie" 4 . . 127.0.0.1 5012
set_sysctl . net.ipv4.tcp_syncookies=1
tell send s answer
tell receive c 6
see "after a SYN cookie the first data tells the owner" responder=*:5012 uid=1001/0
tell close c
tell close s
tell close l

tell open x 4 .
tell own x 1004
tell bind x 127.0.0.1 5013
tell connect x 127.0.0.1 5013
tell connected x
see "a socket that connects to itself owns both ends" initiator=*:5013 uid=1004/1004
tell close x

# Each reader sees users as his user namespace has them.
somebody=(setpriv --reuid=1005 --regid=1005 --clear-groups)
if "${somebody[@]}" unshare -Urn true 2>/dev/null; then
	start "${somebody[@]}" unshare -Urn sleep 1000 # sleep: is the namespace
	inner=$!
	for _ in $(seq 1000); do
		[ "$(readlink "/proc/$inner/ns/net")" = "$(readlink /proc/self/ns/net)" ] || break
		sleep 0.02 # sleep: between two looks
	done
	ip netns attach inner "$inner" && netnses+=(inner)
	ip -n inner link set lo up
	listener l 4 inner 127.0.0.1 5020
	tell own l 1005
	tell open c 4 inner
	tell own c 1006
	tell connect c 127.0.0.1 5020
	tell connected c
	see "from outside, they are the users that they are there" -n inner responder=*:5020 \
		uid=1006/1005
	inside() { nsenter -t "$inner" -U -n -S 0 cat /proc/net/tcpstate; }
	check "from inside, one is root, and the other has no name" equal \
		"$(inside | awk 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
			{ print $at["uid"] }')" 65534/0
	tell close c
	tell close l
else
	skip "user namespaces" "unshare -Urn does not work here"
fi

if mkdir "$work/cgroup" && mount -t cgroup2 none "$work/cgroup" 2>/dev/null; then
	mkdir "$work/cgroup/tcpstate-client" "$work/cgroup/tcpstate-server"
	client=$(stat -c %i "$work/cgroup/tcpstate-client")
	server=$(stat -c %i "$work/cgroup/tcpstate-server")
	tell cgroup "$work/cgroup/tcpstate-server"
	listener l 4 . 127.0.0.1 5030
	tell cgroup "$work/cgroup/tcpstate-client"
	call c s l 4 . 127.0.0.1 5030
	see "both ends have the cgroups of their sockets" responder=*:5030 "cgroup=$client,$server"
	tell close c
	tell close s
	tell close l
	tell cgroup "$work/cgroup"
	rmdir "$work/cgroup/tcpstate-client" "$work/cgroup/tcpstate-server"
	see "so they have when the cgroups are gone" responder=*:5030 "cgroup=$client,$server" \
		initiator_state=TIME_WAIT
	umount "$work/cgroup"
else
	skip "cgroups" "this kernel has no cgroup2"
fi

done_testing
