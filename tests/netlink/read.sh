#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's own YNL client reads what /proc/tcpstate and the tool show, in each namespace
# its own connections.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers
netns left right other
veth left veth0 10.0.0.1/24 fd00::1/64 -- right veth0 10.0.0.2/24 fd00::2/64
keep left

# states: makes a connection in each state that lasts: established, half-closed, TIME_WAIT,
# reset, SYN_SENT
states()
{
	local family=$1 address=$2

	listener "l$family" "$family" right "$address" 5000
	call "c$family" "s$family" "l$family" "$family" left "$address" 5000
	tell send "c$family" a-message
	tell receive "s$family" 9
	call "half$family" "h$family" "l$family" "$family" left "$address" 5000
	tell shutdown "half$family"
	answers "IPv$family: the server reads the end" eof receive "h$family" 1
	call "closed$family" "t$family" "l$family" "$family" left "$address" 5000
	tell close "closed$family"
	tell close "t$family"
	call "reset$family" "r$family" "l$family" "$family" left "$address" 5000
	tell reset "reset$family"
	tell close "r$family"
}
states 4 10.0.0.2
states 6 fd00::2
link=$(ip -n right -6 -o addr show dev veth0 scope link | sed 's/.*inet6 \([^/]*\).*/\1/')
while [ -n "$(ip -n left -6 addr show tentative; ip -n right -6 addr show tentative)" ]; do
	[ "$SECONDS" -lt 60 ] || die "the link-local addresses stay tentative"
done
listener ll 6 right "$link%veth0" 5002
call cll sll ll 6 left "$link%veth0" 5002
hold right "tcp dport 5003"
caller sent 4 left 10.0.0.2 5003
see "a SYN is sent" -n left initiator_state=SYN_SENT
# Close the socket, so that it repeats nothing and the record stays.
tell close sent
see "the connections are there" -n left -c 10
checks left read.py 10
checks other read.py nothing

an_id=$(at left cat /proc/tcpstate | awk 'NR == 2 { print $22 }')
refute "an id of one namespace is none in another" ynl other --do flow-get \
	--json "{\"id\": $an_id}"
check "in its own it is" ynl left --do flow-get --json "{\"id\": $an_id}"

tool=$("$netlink/../tool/build")/tcpstate
the_tool_agrees()
{
	at left "$tool" list --json | jq -r .id | sort >"$work/tool"
	ynl left --dump flow-list --output-json | jq -r '.[].id' | sort >"$work/ynl"
	[ -s "$work/tool" ] && diff "$work/tool" "$work/ynl"
}
if [ -x "$tool" ] && command -v jq >/dev/null; then
	check "the tool lists the same" the_tool_agrees
else
	skip "the tool lists the same" "the tool or jq is not there"
fi

done_testing
