#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Requests that nobody would send, from a privileged process, from root of a user namespace
# and from an ordinary user, during traffic and with a listener. tests/guest/run reads what
# the kernel logs meanwhile. SEED=N repeats a run.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers
shorten .
for_everybody fuzz traffic
datagrams=$(rounds 200000 20000)
seed=(${SEED:+-s "$SEED"})

start events -t 900 -u 5998 >"$work/events.out"
listener=$pid
said "$work/events.out" ^ready
start traffic 127.0.0.1 5000 >/dev/null
traffic=$pid

# fuzzed WHO FILE COMMAND...: runs the fuzzer as WHO; its output goes to FILE
fuzzed()
{
	local name=$1 file=$2 pieces

	shift 2
	"$@" >"$work/$file" 2>&1
	check "fuzz by $name" equal $? 0
	remark <"$work/$file"
	pieces=$(total "$work/$file" pieces)
	check "fuzz by $name: it was answered" [ "$pieces" -gt 0 ]
}
fuzzed root root fuzz -n $((datagrams / 2)) "${seed[@]}"
check "some of it was right" [ "$(total "$work/root" accepted)" -gt 0 ]
check "some lists were whole" [ "$(total "$work/root" dumps)" -gt 0 ]
# shellcheck disable=SC2016 # for that shell
fuzzed "root of a user namespace" user "${somebody[@]}" unshare -Urn sh -c '
		ip link set lo up
		"$0/traffic" 127.0.0.1 5000 >/dev/null &
		traffic=$!
		"$0/fuzz" "$@"
		status=$?
		kill $traffic
		wait $traffic
		exit $status' "$work" -n $((datagrams * 3 / 10)) "${seed[@]}"
fuzzed nobody nobody "${nobody[@]}" "$work/fuzz" -u -n $((datagrams / 5)) "${seed[@]}"
check "nobody's are never carried out" equal \
	"$(total "$work/nobody" accepted) $(total "$work/nobody" ENOENT)" "0 0"

# Afterwards everything works as it should.
stop "$traffic"
listener l 4 . 127.0.0.1 5999
call c s l 4 . 127.0.0.1 5999
start dump -1 5999 1 >"$work/list"
ends "a list is right afterwards" "$pid" "$work/list"
sentinel "$listener"
ends "all events meanwhile were legal" "$listener" "$work/events.out"

done_testing
