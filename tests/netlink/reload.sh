#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The module unloaded and loaded while somebody listens, and while somebody is in the
# middle of a list; a namespace deleted while somebody listens to it.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers
shorten .
marked=100
listener l 4 . 127.0.0.1 5999 1024
for ((i = 0; i < marked; i++)); do
	caller "c$i" 4 . 127.0.0.1 5999
done
see "the marked connections are there" -c "$marked" phase=established
start traffic 127.0.0.1 5000 >/dev/null

# The module cannot be unloaded before a list that has begun is finished.
start dump -1 -w 5999 "$marked" >"$work/list"
lister=$pid
said "$work/list" ^begun
refute "in the middle of a list it is in use" rmmod tcpstate
kill -USR1 "$lister"
ends "the list is whole all the same" "$lister" "$work/list"
start dump -1 -w 5999 "$marked" >"$work/list"
said "$work/list" ^begun
stop "$pid"
check "a list that nobody reads to its end does not keep it" rmmod tcpstate
insmod "$TCPSTATE_KO" || die "the module does not load"

comes_back()
{
	local i

	for ((i = 1; i <= $(rounds 12 3); i++)); do
		start events -t 60 -u 1 >"$work/old"
		old=$pid
		said "$work/old" ^ready
		await -c 1+ segments!=0/0 || return 1
		rmmod tcpstate || { echo "round $i: rmmod" ; return 1 ; }
		insmod "$TCPSTATE_KO" || { echo "round $i: insmod" ; return 1 ; }
		shorten .
		start events -t 60 -u 5998 >"$work/new"
		said "$work/new" ^ready
		sentinel "$pid"
		if ! wait "$pid"; then
			cat "$work/new"
			kill "$old"
			return 1
		fi
		# Unloading had removed it from the group.
		kill "$old" || { echo "round $i: the old one heard" ; return 1 ; }
		wait "$old"
	done
	return 0
}
check "a listener does not keep it, and hears nothing after a reload; a new one does" comes_back

# gone: namespaces end while clients listen to them, and list their connections
gone()
{
	local i name

	for ((i = 1; i <= $(rounds 20 3); i++)); do
		name=gone$i
		ip netns add "$name" && ip -n "$name" link set lo up || return 1
		start traffic -s "$name" -c "$name" 127.0.0.1 5000 >/dev/null 2>&1
		maker=$pid
		# More than one piece of a list
		await -n "$name" -c 60+ responder=*:5000 || return 1
		start events -n "$name" -t 60 -u 5998 >"$work/gone"
		old=$pid
		start dump -n "$name" -1 -w 5000 1 >"$work/gone.list"
		said "$work/gone" ^ready
		said "$work/gone.list" ^begun
		ip netns del "$name" || return 1
		# End the listeners first and then the traffic, or the other way round, in turn.
		if [ $((i % 2)) = 0 ]; then
			kill "$old" "$pid" "$maker"
		else
			kill "$maker"
			kill "$old" "$pid"
		fi
		wait "$old" "$pid" "$maker" 2>/dev/null
	done
	return 0
}
check "a namespace ends while it is listened to" gone

done_testing
