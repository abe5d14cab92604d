#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The right to listen. Generic netlink lets anybody join a group that no family has yet;
# such a listener must hear nothing of the family that is registered later.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
for_everybody prejoin events
number=$(prejoin)
check "the family has a group" [ "$number" -gt 0 ]

refused_to_join()
{
	equal "$("$@" "$work/events" -u 5998)" "events: join: EPERM"
}
check "nobody privileged may join it" refused_to_join "${nobody[@]}"
check "nor may root without CAP_NET_ADMIN" refused_to_join setpriv --bounding-set=-net_admin \
	--inh-caps=-all
check "nor root of a user namespace alone" refused_to_join "${somebody[@]}" unshare -Ur
unload

netns other
"${nobody[@]}" "$work/prejoin" 1024 >"$work/here" &
pids+=($!)
here_first=$!
nsenter --net=/run/netns/other -- "${nobody[@]}" "$work/prejoin" 1024 >"$work/there" &
pids+=($!)
there_first=$!
said "$work/here" ^joined
said "$work/there" ^joined
check "before it is loaded, anybody may join the number that its group had" \
	grep -q "^joined.* $number " "$work/here"
check "in another namespace, too" grep -q "^joined.* $number " "$work/there"

insmod "$TCPSTATE_KO" || die "the module does not load"
shorten .
shorten other
now=$(prejoin)
remark "the group had number $number, and has $now"
start events -u 5998 >"$work/events.out"
listener=$pid
start events -n other -u 5998 >"$work/other.out"
other=$pid
said "$work/events.out" ^ready
said "$work/other.out" ^ready
at other traffic -n 20 127.0.0.1 5998 >/dev/null
traffic -n 20 127.0.0.1 5000 >/dev/null
sentinel "$listener" "$other"
ends "somebody privileged hears them" "$listener" "$work/events.out"
ends "in another namespace, too" "$other" "$work/other.out"
check "there was something to hear" [ "$(total "$work/events.out" received)" -ge 100 ]
stop "$here_first"
stop "$there_first"
check "a listener that had joined before hears none of it" equal \
	"$(tail -n 1 "$work/here")" "heard 0"
check "in another namespace, too" equal "$(tail -n 1 "$work/there")" "heard 0"
unload

# Join over and over, also while the module registers: either it does not load, or nothing
# of it is heard.
"${nobody[@]}" "$work/prejoin" -r 64 >"$work/again" &
pids+=($!)
again=$!
said "$work/again" ^joined
loaded=0
for ((i = 0; i < $(rounds 5 2); i++)); do
	insmod "$TCPSTATE_KO" 2>/dev/null || continue
	loaded=$((loaded + 1))
	start events -u 5998 >"$work/events.out"
	said "$work/events.out" ^ready
	shorten .
	sentinel "$pid"
	wait "$pid" || fail "prejoin: round $i: the listener: $(cat "$work/events.out")"
	unload
done
stop "$again"
remark "while somebody joined all the time, it was loaded $loaded times"
check "a listener that joins all the time hears none of it either" equal \
	"$(tail -n 1 "$work/again")" "heard 0"
insmod "$TCPSTATE_KO"
check "then it is loaded again" test -e /proc/tcpstate

done_testing
