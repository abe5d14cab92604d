#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Without memory for an event the event is lost, its number is missing, and the loss is
# counted. The connection is not affected.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
shorten .
if ! can_fail tcpstate_report; then
	skip "no memory for an event" "this kernel cannot fail an allocation (failslab)"
	done_testing
fi
# The listener reads only at the end, so that nothing else is lost.
start events -w -u 5998 >"$work/events.out"
listener=$pid
said "$work/events.out" ^ready
traffic -n 5 127.0.0.1 5000 >/dev/null
failing 40
traffic -n 200 127.0.0.1 5000 >/dev/null
failing 0
kill -USR1 "$listener"
sentinel "$listener"
ends "every event that is not lost is legal" "$listener" "$work/events.out"
check "some are lost" [ "$(total "$work/events.out" gaps)" -ge 20 ]
check "none because nobody read yet" equal "$(total "$work/events.out" overruns)" 0
check "as many are counted as numbers are missing" equal \
	"$(total "$work/events.out" missing)" "$(counter . events_lost)"
see "the connections all end" -c 0
check "and none of them is lost" equal "$(counter . ended)" \
	$(($(counter . new) + $(counter . picked_up)))

done_testing
