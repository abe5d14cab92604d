#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Many interfaces have one connection each between link-local addresses, which ends; then a new
# interface has one.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# A number stands for an interface, and there are 4,095 of them.
interfaces=4200
# How long the last one tries, s
patience=$(rounds 60 30)

# call_on FIRST LAST: begins a connection on each dummy device of these, which is not answered
call_on()
{
	at many python3 - "$1" "$2" <<-'END'
		import socket, sys
		for i in range(int(sys.argv[1]), int(sys.argv[2]) + 1):
		    with socket.socket(socket.AF_INET6) as s:
		        s.setblocking(False)
		        s.connect_ex(("fe80::1", 5000, 0, socket.if_nametoindex(f"d{i}")))
	END
}

# devices FIRST LAST: makes dummy devices with a link-local address each
devices()
{
	local i

	for ((i = $1; i <= $2; i++)); do
		echo "link add d$i up type dummy"
	done | ip -n many -batch - || die "no devices"
}

# seen_on DEVICE: passes once a connection of the device is shown
seen_on()
{
	local deadline=$((SECONDS + patience))

	until call_on "${1#d}" "${1#d}" &&
		at many grep -q "%$1\]:5000 .*SYN_SENT" /proc/tcpstate; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.5 # sleep: each try is a connection
	done
}

load "$@"
modprobe dummy numdummies=0
netns many
set_sysctl many net.ipv6.conf.default.dad_transmits=0 net.tcpstate.handshake_timeout_ms=600000
devices 1 $interfaces
# While all of these last, the last hundred interfaces have no number.
call_on 1 $interfaces
untracked=$(counter many untracked_full)
check "segments of the others are counted as those of a full table" [ "$untracked" -gt 0 ]
check "none of them is counted as one for which there was no memory" \
	equal "$(counter many untracked_memory)" 0
set_sysctl many net.tcpstate.handshake_timeout_ms=1000
await -n many -c 0
set_sysctl many net.tcpstate.handshake_timeout_ms=120000
devices $((interfaces + 1)) $((interfaces + 1))
began=$SECONDS
if seen_on d$((interfaces + 1)); then
	measured "$untracked of $interfaces untracked at once; a new interface is tracked after \
$((SECONDS - began)) s"
	pass "$topic: a new interface is tracked after $interfaces others"
else
	measured "a new interface is untracked for $patience s"
	fail "$topic: a new interface is tracked after $interfaces others"
fi
check "the first interface is tracked again" seen_on d1

done_testing
