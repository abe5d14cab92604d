#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A list that is read slowly, while connections come and go, is complete all the same.
# A list during which the table is flushed says that it was interrupted.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers
shorten .
marked=$(rounds 400 100)
listener l 4 . 127.0.0.1 5999 1024
for ((i = 0; i < marked; i++)); do
	caller "c$i" 4 . 127.0.0.1 5999
done
see "the marked connections are there" -c "$marked" phase=established

# slowly COMMAND... -- OPTION...: runs COMMAND while a client is in the middle of a list
slowly()
{
	local command=()

	while [ "$1" != -- ]; do
		command+=("$1")
		shift
	done
	shift
	start dump -1 -w "$@" 5999 "$marked" >"$work/list"
	lister=$pid
	said "$work/list" ^begun
	"${command[@]}" >/dev/null
	kill -USR1 "$lister"
}

come_and_go()
{
	traffic -n "$(rounds 200 20)" 127.0.0.1 5000
	await -c 0 responder=*:5000
	traffic -n "$(rounds 200 20)" 127.0.0.1 5001
}
slowly come_and_go --
ends "what comes and goes does not interrupt a list" "$lister" "$work/list"
check "nor what a flush would have had, but has not" \
	equal "$(ynl . --do flow-list --json '{"filter": {"responder": {"port-min": 5999}}}')" \
	"{'count': $marked}"
slowly ynl . --do flush -- -i
ends "a flush in the middle of a list is told" "$lister" "$work/list"
check "it was in the middle" [ "$(total "$work/list" records)" -lt "$marked" ]
check "some had been listed before" [ "$(total "$work/list" records)" -gt 0 ]
see "they are forgotten" -c 0 responder=*:5999
marked=0
start dump -1 5999 0 >"$work/list"
ends "the next list is whole again" "$pid" "$work/list"

done_testing
