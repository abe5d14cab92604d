#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# No memory for a record: the connection goes on, untracked and counted.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers
slab=$(cd /sys/kernel/slab 2>/dev/null && ls -d tcpstate*4 2>/dev/null)
if ! can_fail "$slab"; then
	skip "no memory for a record" "this kernel cannot fail an allocation (failslab)"
	done_testing
fi

listener l 4 . 127.0.0.1 5000
failing 100
call c s l 4 . 127.0.0.1 5000
tell send c msg
tell receive s 3
failing 0
see "it is not shown" -t 0 -c 0 responder=*:5000
check "it is counted" [ "$(counter . untracked_memory)" -gt 0 ]
tell send c msg
tell receive s 3
see "with memory again it is picked up" responder=*:5000 "flags=*picked_up*" bytes=3/0
call d t l 4 . 127.0.0.1 5000
see "a new one is complete" responder=*:5000 flags=- opening=2/1

done_testing
