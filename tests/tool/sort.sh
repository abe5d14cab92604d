#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What tcpstate list prints of a table, and in which order: --sort by every column, --columns,
# --limit and --no-header.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers
population
# One is of another user.
listener owned 4 . 127.0.0.1 5009
tell open cowned 4 .
tell own cowned 1001
tell connect cowned 127.0.0.1 5009
tell connected cowned
look .
total=$(ids 1 | wc -l)

# in_order [+|-]COLUMN: the table is in that order, and whole
in_order()
{
	tcpstate list --json --sort "$1" >"$work/json" &&
		equal "$(wc -l <"$work/json")" "$total" &&
		"$here/../tool/ordered.py" "$1" <"$work/json"
}

# first N [+|-]COLUMN: --limit prints the first N of that order; ids are those of equal times
first()
{
	equal "$(tcpstate list --sort "$2" --limit "$1" --columns id --no-header | xargs)" \
		"$(tcpstate list --sort "$2" --columns id --no-header | head -n "$1" | xargs)" &&
		equal "$(tcpstate list --sort "$2" --limit "$1" --no-header | wc -l)" "$1"
}

for column in $(tcpstate list | head -n 1) in_state_s idle_s; do
	# Whether a SYN is sent again depends on the time; nothing is lost here, and this kernel has
	# no cgroups.
	[[ $column != @(repeats|gaps|cgroup) ]] || continue
	for sign in "" + -; do
		check "--sort $sign$column" in_order "$sign$column"
	done
done
check "--sort takes a shorter heading" equal \
	"$(tcpstate list --sort i_state --columns id)" \
	"$(tcpstate list --sort initiator-state --columns id)"
for column in initiator id -id bytes; do
	check "--limit 3 --sort $column: the first three" first 3 "$column"
done
check "--limit without an order: the oldest" equal \
	"$(tcpstate list --limit 2 --columns id --no-header | xargs)" "$(ids 1 | head -n 2 | xargs)"
check "--limit of more than there are" equal \
	"$(tcpstate list --limit 1000000000 --no-header | wc -l)" "$total"
check "--limit --json: so many objects" equal \
	"$(tcpstate list --json --limit 4 | wc -l)" 4
check "--columns: what /proc/tcpstate has there, in that order" equal \
	"$(tcpstate list --columns id,responder_state,family,bytes --no-header | tr -s ' ' |
		sed 's/^ //')" \
	"$(columns "$work/table" id responder_state family bytes | sort -n)"
check "--columns has a heading for each" equal \
	"$(tcpstate list --columns verdict,syn-us,id | head -n 1 | xargs)" "verdict syn_us id"
check "--no-header has the same lines without the first" equal \
	"$(tcpstate list --no-header --columns id)" "$(tcpstate list --columns id | tail -n +2)"
check "--columns on a terminal of 40 columns: none is dropped" like \
	"$(on_terminal 40 "tcpstate --color never list --columns id,initiator,closing,verdict" |
		head -n 1)" "^ +id initia[a-z]* +closing verdict$"

# However they are named, the one connection is shown.
shown=$(ids 'v["responder"] == "127.0.0.1:5005"')
for words in "port 5005" 5005 "verdict refused" "responder 127.0.0.1:5005 state closed" \
	"responder-state closed port 5005"; do
	# shellcheck disable=SC2086 # several words
	check "show $words: the connection that passes" equal \
		"$(tcpstate show --json $words | grep -o '"id":[0-9]*')" "\"id\":$shown"
done
check "show and its id say the same" equal \
	"$(tcpstate show verdict refused | grep -vE 'left|ago|idle|in state')" \
	"$(tcpstate show "$shown" | grep -vE 'left|ago|idle|in state')"

# refuses PATTERN WORD...: show prints nothing, and one line on stderr that matches
refuses()
{
	local pattern=$1 status

	shift
	tcpstate show "$@" >"$work/out" 2>"$work/err"
	status=$?
	equal "$status" 1 && equal "$(cat "$work/out")" "" && equal "$(wc -l <"$work/err")" 1 &&
		like "$(cat "$work/err")" "$pattern"
}
n=$(ids 'v["timer"] == "time_wait"' | wc -l)
check "show says how many pass" refuses "^tcpstate: $n connections pass " state time-wait
check "and what to write" refuses \
	": tcpstate list --columns id,initiator,responder state time-wait\$" state time-wait
command=$(tcpstate show "(state time-wait)" port 0-65535 2>&1 | sed 's/.* prints: //')
check "which prints the ids, if it is typed as it stands" equal \
	"$(sh -c "$command" | sed 1d | wc -l)" "$n"
check "also in another namespace" like "$(tcpstate -N $$ explain state time-wait 2>&1)" \
	": tcpstate --netns $$ list --columns id,initiator,responder state time-wait\$"
check "show says that none passes" refuses "no such connection: none passes" port 9
check "show says that none passes: host and port of different ends" refuses \
	"no such connection: none passes" host 127.0.0.2 port 5000
check "show counts what the kernel cannot" refuses "^tcpstate: [2-9] connections pass" \
	host 127.0.0.0/8 port 5000-5005

done_testing
