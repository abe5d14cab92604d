#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Network namespaces that come and go under traffic; none sees the connections of another.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
stage="coming and going"
rounds=$(rounds 30 4)

come_and_go()
{
	local i one two

	for ((i = 1; i <= rounds; i++)); do
		ip netns add "one$i" && ip netns add "two$i" || return 1
		veth "one$i" veth0 10.0.0.1/24 -- "two$i" veth0 10.0.0.2/24
		traffic -c "one$i" -s "two$i" 10.0.0.2 5000 >/dev/null &
		one=$!
		ip -n "two$i" link set lo up
		traffic -c "two$i" -s "two$i" 127.0.0.1 5000 >/dev/null &
		two=$!
		await -n "one$i" -c 1+ initiator=10.0.0.1:* || return 1
		await -n "two$i" -c 1+ initiator=127.0.0.1:* || return 1
		# Delete the names first and then end the traffic, or the other way round, in turn.
		if [ $((i % 2)) = 0 ]; then
			ip netns del "one$i" && ip netns del "two$i" || return 1
			kill -KILL "$one" "$two"
		else
			kill -KILL "$one" "$two"
			ip netns del "one$i" && ip netns del "two$i" || return 1
		fi
		wait "$one" "$two" 2>/dev/null
	done
	return 0
}
check "$((2 * rounds)) namespaces come and go under traffic" come_and_go
see "none of it was seen here" -c 0

# The kernel frees a namespace later than ip deletes its name; its records are freed with it.
netns left right
start traffic -c left -s left 127.0.0.1 5000 >/dev/null
see "a namespace sees its own" -n left -c 1+ responder=127.0.0.1:5000
see "another does not" -n right -c 0
see "nor does the first one" -c 0
check "a namespace has its counters" [ "$(counter left new)" -gt 0 ]
check "another has none of them" equal "$(counter right new)" 0
stop "$pid"

# A namespace that a user namespace owns ends with its only process.
if unshare -Urn true 2>/dev/null; then
	check "a user namespace's own network namespace comes and goes" unshare -Urn sh -c \
		"ip link set lo up && traffic -n 20 127.0.0.1 5000 && await -c 20+ responder=*:5000"
else
	skip "a user namespace's own network namespace" "unshare -Urn does not work here"
fi
see "and nothing of that was seen here" -c 0

done_testing
