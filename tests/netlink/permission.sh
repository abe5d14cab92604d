#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The right to ask: CAP_NET_ADMIN in the user namespace that owns the network namespace
# is needed, and shows that network namespace alone.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
for_everybody dump events fuzz traffic
start traffic 127.0.0.1 5000 >/dev/null
see "there are connections" -c 1+ responder=*:5000

# may_not WHO COMMAND...: every operation, and the list, is refused
may_not()
{
	local who=$1

	shift
	check "$who is refused each operation" "$@" "$work/fuzz" -n 0 -u
	check "$who is refused a list" equal "$("$@" "$work/dump" -1 5000 0)" "dump: list: EPERM"
	check "$who is refused the events" equal "$("$@" "$work/events" -u 1)" "events: join: EPERM"
}
may_not "nobody privileged" "${nobody[@]}"
may_not "root without CAP_NET_ADMIN" setpriv --bounding-set=-net_admin --inh-caps=-all
may_not "root of a user namespace without a network of its own" "${somebody[@]}" unshare -Ur
check "root is answered" "$work/fuzz" -n 0
check "root of a user namespace with its own network is answered" "${somebody[@]}" unshare -Urn \
	"$work/fuzz" -n 0
check "and finds nothing of its parent's" equal \
	"$("${somebody[@]}" unshare -Urn "$work/dump" -1 5000 0 | head -n 2 | tr '\n' ' ')" \
	"lists 1 records 0 "
# shellcheck disable=SC2016 # for that shell
check "and hears and sees its own" "${somebody[@]}" unshare -Urn sh -c '
	ip link set lo up
	sysctl -qw net.tcpstate.closed_timeout_ms=100 net.tcpstate.time_wait_timeout_ms=100
	"$0/events" -u 5998 &
	listener=$!
	while kill -0 $listener 2>/dev/null; do
		"$0/traffic" -n 1 127.0.0.1 5998 >/dev/null
	done
	wait $listener' "$work"

done_testing
