#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A million connections: watch answers keys while it reads them, in little memory, and its
# header says how often it does.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=terminal.sh
. "$(dirname "$0")/terminal.sh"

n=$(rounds 1000000 20000)
load max_records=$((n + n / 10))
wire many
set_sysctl many net.tcpstate.handshake_timeout_ms=600000
play flood "$n" 10.1.0.1 10.2.0.1 80
check "as many as were sent" equal "$(tcpstate -N many list --count)" "$n"
check "every key is answered within 100 ms, in less than 100 MB" \
	"$here/../tool/keys.py" "$n" tcpstate -N many watch --delay 0.1

wants tmux "a full screen" || done_testing
terminal 80 24
writes "tcpstate -N many watch --delay 0.1 --sort age_s; echo status \$?"
check "watch shows them" shows " $n connections"
check "the first rows" shows "^1-[0-9]+ of $n "
keys End
check "End: the last row" shows "^[0-9]+-$n of $n "
keys PageUp
check "a page up from there" shows "^[0-9]+-$((n - 18)) of $n "
keys Home
check "Home: the first" shows "^1-[0-9]+ of $n "
if [ "$n" = 1000000 ]; then
	check "the header has the interval that slow readings leave" shows \
		" every ([1-9][0-9]*|0\.[2-9])(\.[0-9])? s"
fi
keys /
in_tmux send-keys -t test -l "port 10000"
keys Enter
check "a filter that is typed during a reading is applied" shows "filter: port 10000"
keys q
check "watch ends" shows "^status 0"

done_testing
