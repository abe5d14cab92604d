#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tens of thousands of connections: nothing fails, nothing is missed, nothing is shown
# twice. The time that it takes is not checked.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=terminal.sh
. "$(dirname "$0")/terminal.sh"

load "$@"
n=$(rounds 40000 15000)
wire many
set_sysctl many net.tcpstate.handshake_timeout_ms=2147483647
play flood "$n" 10.1.0.1 10.2.0.1 80

there() { timeout 100 tcpstate -N many "$@"; }
check "as many as were sent" equal "$(there list --count)" "$n"
check "list shows each once" equal "$(there list | columns /dev/stdin id | sort -u | wc -l)" "$n"
check "list shows a line each" equal "$(there list | wc -l)" $((n + 1))
if wants jq "JSON, too"; then
	check "JSON, too" equal "$(there list --json | jq .initiator.port | wc -l)" "$n"
fi
# The first 10000 are from 10.1.0.1, those that follow from the next address.
there list initiator 10.1.0.1 | columns /dev/stdin initiator >"$work/initiators"
check "a filter finds those of one address" equal \
	"$(grep -c '^10.1.0.1:' "$work/initiators")" 10000
check "a filter counts them" equal "$(there list --count initiator 10.1.0.1)" 10000
check "a filter of host and port, which may be those of different ends" equal \
	"$(there list --count host 10.1.0.1 port 10000-10099)" 100
check "no other state is found" equal "$(there list --count state ESTABLISHED)" 0

quiet()
{
	there list "$@" 2>"$work/err" | head -n 1 >"$work/out"
	equal "${PIPESTATUS[0]} $(cat "$work/err")" "141 " && equal "$(wc -l <"$work/out")" 1
}
check "a reader that goes away after one line: quiet" quiet
check "JSON, the same" quiet --json

# While more connections come, those that were there stay in the list.
dump_during_flood()
{
	there list responder :80 | columns /dev/stdin id | sort -u | wc -l >"$work/lines"
	equal "$(cat "$work/lines")" "$n"
}
echo "flood 10000 10.3.0.1 10.2.0.1 81" >&"$segment_in"
check "list during a flood" dump_during_flood
read -r -t 60 reply <&"$segment_out"
check "the flood went through" equal "$reply" ok
check "and is there" equal "$(there list --count)" $((n + 10000))
if wants tmux "watch shows them"; then
	terminal 80 24
	writes "tcpstate -N many watch --delay 0.5; echo status \$?"
	check "watch shows them" shows " $((n + 10000)) connections"
	check "watch: the states" shows "^initiators: SYN_SENT $((n + 10000))"
	keys End
	check "watch: the last" shows "^[0-9]+-$((n + 10000)) of $((n + 10000)) "
	keys q
	check "watch ends" shows "^status 0"
fi
check "flush forgets those of a filter" equal "$(there flush responder :81)" \
	"10000 connections forgotten"
check "flush forgets all" equal "$(there flush)" "$n connections forgotten"
see "none is left" -n many -c 0

done_testing
