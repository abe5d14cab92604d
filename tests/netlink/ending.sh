#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A namespace ends while the sender of its reports has not finished: what it writes to must
# exist until it is done.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

sender=$TCPSTATE_MODULES/tcpstate_late_sender.ko

# seen PARAMETER: prints what the sender has counted
seen()
{
	cat "/sys/module/tcpstate_late_sender/parameters/$1"
}

# The sender has reports of each namespace, and waits with them until it ends.
endings()
{
	local i deadline

	for ((i = 1; i <= 50 && $(seen held) < wanted; i++)); do
		ip netns add "ending$i" && ip -n "ending$i" link set lo up || return
		traffic -s "ending$i" -c "ending$i" -n 20 127.0.0.1 5000 >/dev/null || return
		await -n "ending$i" -c 1+ responder=*:5000 || return
		ip netns del "ending$i" || return
	done
	# Namespaces end in the background, one after the other.
	deadline=$((SECONDS + 120))
	until [ "$(seen held)" -ge "$wanted" ]; do
		[ "$SECONDS" -lt "$deadline" ] || { echo "only $(seen held)" ; return 1 ; }
	done
}

load "$@"
[ -e "$sender" ] || { skip "a slow sender" "this kernel has no KUnit" ; done_testing ; }
wanted=$(rounds 5 2)
start events -t 600 -u 5998 >"$work/events.out"
said "$work/events.out" ^ready
insmod "$sender" "group=$(total "$work/events.out" ready)" || die "the slow sender does not load"

check "namespaces end while their last reports are sent" endings
check "counters are there until these are sent" equal "$(seen freed)" 0
rmmod tcpstate_late_sender

done_testing
