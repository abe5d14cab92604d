# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the tests of the tool share, on top of what those with real sockets do:
# the tool, as tests/tool/build made it, connections in many states, and
# comparisons of what it prints with /proc/tcpstate. Sourced by a topic.

# shellcheck source=../netns/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../netns/lib.sh"

tool=$("$(dirname "${BASH_SOURCE[0]}")/build") || exit 1
PATH=$tool:$PATH:$("$(dirname "${BASH_SOURCE[0]}")/prometheus")
export LC_ALL=C.UTF-8 TERM=xterm
unset NO_COLOR COLUMNS

# wants TOOL NAME...: passes if TOOL is installed, or else skips the checks called NAME
wants()
{
	local missing=$1 name

	shift
	! command -v "$missing" >/dev/null || return 0
	for name; do
		skip "$topic: $name" "$missing is not installed"
	done
	return 1
}

# until_true COMMAND...: waits until COMMAND passes, and fails if it never does
until_true()
{
	local deadline=$((SECONDS + 120))

	until "$@"; do
		[ "$SECONDS" -lt "$deadline" ] || { echo "never: $*" ; return 1 ; }
	done
}

# comes FILE PATTERN [COUNT]: waits until so many lines of FILE match PATTERN
comes()
{
	until_true has_lines "$@" || { tail -n 40 "$1" | cut -c 1-400 ; return 1 ; }
}

has_lines()
{
	[ "$(grep -acE -- "$2" "$1")" -ge "${3:-1}" ]
}

# listens PID: passes if that tool hears events by now. It joins their group right after the
# controller's, which can be seen, and then waits for them.
listens()
{
	local links

	links=$(readlink /proc/"$1"/fd/* 2>/dev/null)
	awk -v links="$links" '
		$2 == 16 && $4 != "00000000" && index(links, "socket:[" $10 "]") { found = 1 }
		END { exit !found }' "/proc/$1/net/netlink" 2>/dev/null &&
		grep -q '^State:.S' "/proc/$1/status"
}

# listening COMMAND...: starts the tool, and returns when it hears events
listening()
{
	start "$@"
	until_true listens "$pid" || die "it does not listen: $*"
}

# ends PID: waits until that process has ended, and fails if it does not; leaves its $status
ends()
{
	until_true gone "$1" || kill -KILL "$1"
	wait "$1"
	# shellcheck disable=SC2034 # the tests use it
	status=$?
}

# gone PID: passes if the process has ended, even if it is a zombie
gone()
{
	! grep -qs '^State:.[^Z]' "/proc/$1/status"
}

# columns FILE COLUMN...: prints those columns, named as in the first line, of the other lines
columns()
{
	local file=$1

	shift
	awk -v wanted="$*" '
		NR == 1 {
			for (i = 1; i <= NF; i++)
				at[$i] = i
			n = split(wanted, want, " ")
			next
		}
		{
			for (i = 1; i <= n; i++)
				printf "%s%s", i == 1 ? "" : " ",
					(want[i] in at) ? $at[want[i]] : "?"
			print ""
		}' "$file"
}

# The columns that do not change while nothing is sent
steady="family initiator responder phase step initiator_state responder_state timer"
steady+=" syn_us ack_us repeats segments bytes opening data acks closing flags verdict id"
steady+=" closed_at_ns duration_s retransmits gaps uid cgroup"

# our_table NETNS: prints those columns of /proc/tcpstate, sorted
our_table()
{
	# shellcheck disable=SC2086 # several words
	at "$1" cat /proc/tcpstate | columns /dev/stdin $steady | sort
}

# look NETNS: leaves what /proc/tcpstate has there now in $work/table, for ids
look()
{
	at "$1" cat /proc/tcpstate >"$work/table"
}

# ids CONDITION: prints the ids of the lines of the last look for which awk's CONDITION holds,
# sorted. v["COLUMN"] is a column; host() and port() take an end apart.
ids()
{
	awk '
		function port(end) { sub(/.*:/, "", end); return end + 0 }
		function host(end) {
			sub(/:[0-9]*$/, "", end)
			gsub(/[][]|%.*$/, "", end)
			return end
		}
		function either(state) {
			return v["initiator_state"] == state || v["responder_state"] == state
		}
		function ports(low, high) {
			return (port(v["initiator"]) >= low && port(v["initiator"]) <= high) ||
			       (port(v["responder"]) >= low && port(v["responder"]) <= high)
		}
		NR == 1 { for (i = 1; i <= NF; i++) name[i] = $i; next }
		{ for (i = 1; i <= NF; i++) v[name[i]] = $i }
		'"$1"' { print v["id"] }' "$work/table" | sort -n
}

# matches COMMAND EXPECTED: waits until both, functions or commands, print the same; a
# segment that is sent again may make a difference for a moment
matches()
{
	local deadline=$((SECONDS + 120)) differences

	until $2 >"$work/expected"; $1 >"$work/found" &&
		differences=$(diff "$work/expected" "$work/found"); do
		if [ "$SECONDS" -ge "$deadline" ]; then
			echo "< $2   > $1"
			echo "$differences"
			return 1
		fi
	done
	[ -s "$work/found" ] || { echo "nothing at all" ; return 1 ; }
}

# documented HEADING: prints the keys of JSON that the manual has under HEADING, sorted
documented()
{
	sed -n "/^\.SH JSON/,\$ { /^$1/,/^\.EE/ p }" "$here/../../tools/tcpstate.8" |
		sed '/^[A-Z.]/d' | tr -cs 'a-z0-9_' '\n' | grep . | sort -u
}

# keys_of FILE: prints the keys of all objects in it, sorted
keys_of()
{
	jq -r '.. | objects | keys[]' "$1" | sort -u
}

# like TEXT PATTERN: TEXT matches the extended regular expression
like()
{
	[[ $1 =~ $2 ]] || { echo "'$1' is not like '$2'" ; return 1 ; }
}

# on_terminal COLUMNS COMMAND: prints what a shell's COMMAND writes to a terminal that wide
on_terminal()
{
	script -qefc "stty cols $1 rows 24; $2" /dev/null </dev/null | tr -d '\r'
}

# plain: copies stdin without the escape sequences of colours
plain()
{
	sed 's/\x1b\[[0-9;]*m//g'
}

# remains CONDITION...: does as await does, and ends the test if it fails
remains()
{
	await "$@" >"$work/out" || die "$(cat "$work/out")"
}

# population: makes connections in every state that lasts, on ports from 5000 on and 443.
# Sockets are named after the port: c443, s443.
population()
{
	keep .
	listener l5000 4 . 127.0.0.1 5000
	call c5000 s5000 l5000 4 . 127.0.0.1 5000
	tell send c5000 hello
	tell receive s5000 5
	listener l5001 6 . ::1 5001
	call c5001 s5001 l5001 6 . ::1 5001
	listener l443 4 . 127.0.0.1 443
	call c443 s443 l443 4 . 127.0.0.1 443
	listener l5002 4 . 127.0.0.2 5002
	call c5002 s5002 l5002 4 . 127.0.0.2 5002
	tell shutdown c5002
	listener l5003 4 . 127.0.0.1 5003
	call c5003 s5003 l5003 4 . 127.0.0.1 5003
	tell close c5003
	tell close s5003
	listener l5004 6 . ::1 5004
	call c5004 s5004 l5004 6 . ::1 5004
	tell close s5004
	tell close c5004
	caller c5005 4 . 127.0.0.1 5005
	ask connected c5005
	listener l5006 4 . 127.0.0.1 5006
	call c5006 s5006 l5006 4 . 127.0.0.1 5006
	tell reset c5006
	hold . "tcp dport 5007 tcp flags == syn"
	caller c5007 4 . 127.0.0.1 5007
	remains -c 3 phase=established
	remains phase=close step=2/4 responder=127.0.0.2:5002
	remains -c 2 timer=time_wait
	remains verdict=refused responder=*:5005
	remains verdict=reset_by_initiator responder=*:5006
	remains initiator_state=SYN_SENT responder=*:5007
}
