#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every command, also when it fails, on real traffic: built with the sanitizers for
# addresses, leaks and undefined behaviour, and under valgrind.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=terminal.sh
. "$(dirname "$0")/terminal.sh"

export ASAN_OPTIONS="log_path=$work/report:detect_leaks=1:abort_on_error=0"
export UBSAN_OPTIONS="log_path=$work/report:print_stacktrace=1" LSAN_OPTIONS=$ASAN_OPTIONS

# The words before the tool's own command line
runner=()
# The method that is used at present
method=""

# clean STATUS PROGRAM-AND-WORDS...: passes if that ends with STATUS and nothing is found
clean()
{
	local wanted=$1 status

	shift
	rm -f "$work"/report*
	timeout 120 "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
	reported || return
	equal "$status" "$wanted" || { tail -n 5 "$work/err" ; return 1 ; }
}

reported()
{
	cat "$work"/report* >"$work/reports" 2>/dev/null
	[ ! -s "$work/reports" ] || { cat "$work/reports" ; return 1 ; }
}

# once STATUS WORD...: runs the tool with these words
once()
{
	local wanted=$1

	shift
	check "$method: $*" clean "$wanted" "${runner[@]}" "$@"
}

# stays COMMAND...: runs a command that does not end, with traffic, until Ctrl-C
stays()
{
	local tracer

	rm -f "$work"/report*
	start "${runner[@]}" "$@" >"$work/out" 2>"$work/err"
	tracer=$pid
	until_true listens "$tracer" >/dev/null || fail "$topic: $method: $* listens"
	traffic -n 12 127.0.0.1 7000 >/dev/null
	comes "$work/out" . 20 >/dev/null
	kill -INT "$tracer"
	ends "$tracer"
	check "$method: $*: it is ended" equal "$status" 0
	check "$method: $*" reported
	check "$method: $*: it had much to show" between 20 "$(wc -l <"$work/out")" 100000
}

# watches KEY: runs watch in a terminal and presses all of its keys, at last KEY, which ends it
watches()
{
	local key

	rm -f "$work"/report*
	writes "clear; ${runner[*]} watch --delay 0.1; echo status \$?"
	shows "connections" || return
	for key in '?' x n p p j k g G r '<' '>' PageUp PageDown / z y Enter Escape \
		/ C-u i p v 6 Enter / C-u Enter ' ' C-l; do
		keys "$key"
	done
	resize 20 5
	resize 90 20
	keys "$1"
	shows "^status 0" && reported
}

# words_alone: the command lines that need no kernel
words_alone()
{
	once 0 --help
	once 0 list --help
	once 0 --version
	once 2 frobnicate
	once 2 list state TIME_WAIT,X
	once 2 list initiator 10.0.0.0/33
	once 2 list older
	once 2 show nothing
	once 2 watch --sort width
}

tables()
{
	local id

	id=$(await -p id responder=127.0.0.1:5000)
	once 0 list
	once 0 list --json
	once 0 list --color always host 127.0.0.1 port 5000-6000
	once 0 list --count host 127.0.0.1 port 5000-6000
	once 0 list state CLOSED,TIME_WAIT older 0s younger 1d
	once 0 show "$id"
	once 0 show --json "$id"
	once 0 show "$(await -p initiator responder=*:5001)" '[::1]:5001'
	once 1 show 1
	once 0 stats
	once 0 stats --json
	once 0 metrics
	once 0 metrics --output "$work/metrics"
	once 1 metrics --output "$work/none/metrics"
	once 0 -N clean list
	once 1 -N nowhere list
	once 0 flush port 5009
	once 0 flush host 127.0.0.1 port 9
	once 1 watch
}

sanitized()
{
	method="sanitizers"
	runner=(tcpstate-sanitized)
	check "$method: the tool has them" grep -q __asan_init "$(command -v tcpstate-sanitized)"
	words_alone
	tables
	stays events --known
	stays events --json
	stays trace
	stays trace --json
	check "$method: trace --by-connection" watches_traffic trace --by-connection --count 3
	check "$method: events --count" watches_traffic events --count 7
	watched q C-c
}

# watched KEY...: runs watch once for each KEY, which ends it
watched()
{
	local key

	wants tmux "$method: watch" || return 0
	for key; do
		check "$method: watch, ended by $key" watches "$key"
	done
}

# watches_traffic COMMAND...: COMMAND has seen enough after this traffic, and ends by itself
watches_traffic()
{
	rm -f "$work"/report*
	start "${runner[@]}" "$@" >"$work/out" 2>"$work/err"
	until_true listens "$pid" || return
	set_sysctl . net.tcpstate.closed_timeout_ms=100
	traffic -n 12 127.0.0.1 7000 >/dev/null
	until_true gone "$pid" && reported && [ -s "$work/out" ]
}

# valgrind also sees uninitialised memory. It is slow, so not every variant runs under it.
valgrind_too()
{
	method="valgrind"
	runner=(valgrind -q --error-exitcode=99 --leak-check=full --log-file="$work/report.%p"
		tcpstate)
	once 0 list --json
	once 0 show "$(await -p id responder=127.0.0.1:5000)"
	stays trace
	[ -z "${QUICK:-}" ] || return 0
	once 0 list host 127.0.0.1 port 5000-6000
	once 2 list state X
	once 0 stats
	once 0 metrics --output "$work/metrics"
	once 0 flush port 5009
	stays events --known
	watched q
}

load "$@"
rmmod tcpstate
method="sanitizers, no module"
runner=(tcpstate-sanitized)
once 1 list
once 1 events
load
peers
netns clean
population
! command -v tmux >/dev/null || terminal 100 30
sanitized
if wants valgrind "valgrind finds nothing"; then
	set_sysctl . net.tcpstate.closed_timeout_ms=600000
	valgrind_too
fi

done_testing
