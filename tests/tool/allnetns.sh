#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# --all-netns: list, stats, metrics, events and log read every network namespace that the caller
# may read, each once, whether it has a name, is mounted or belongs to a process; they say how many
# may not be read, and a namespace that comes or goes meanwhile is no error.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# inside PID COMMAND...: runs COMMAND in the network namespace of a process
inside()
{
	nsenter --net="/proc/$1/ns/net" -- "${@:2}"
}

# unnamed: makes a namespace that has no name, with a connection in it; leaves the $pid of the
# process that it belongs to
unnamed()
{
	start unshare --net sleep 1000
	until_true is_elsewhere "$pid" || die "no namespace for $pid"
	inside "$pid" ip link set lo up
}

is_elsewhere()
{
	[ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

# connected NAME NETNS ADDRESS PORT: makes a connection there. NETNS is a path from /run/netns on.
connected()
{
	listener "l$1" 4 "$2" "$3" "$4"
	call "c$1" "s$1" "l$1" 4 "$2" "$3" "$4"
}

# tables NETNS=FOLDER...: prints netns and id of each connection in the /proc/tcpstate of each
tables()
{
	local each

	for each; do
		nsenter --net="${each#*=}" cat /proc/tcpstate | columns /dev/stdin id |
			sed "s|^|${each%%=*} |"
	done | sort
}

everything()
{
	tables "1=/proc/1/ns/net" "blue=/run/netns/blue" "green=/run/netns/green" \
		"$lonely=/proc/$lonely/ns/net" "$mounted=$mounted"
}

all_listed()
{
	tcpstate list --all-netns "$@" 2>"$work/err" | columns /dev/stdin netns id | sort
}

load "$@"
peers
netns blue green
connected here . 127.0.0.1 5000
connected blue blue 127.0.0.1 5000
connected more blue 127.0.0.1 5001
connected green green 127.0.0.1 5000
unnamed
lonely=$pid
connected lonely "../../proc/$lonely/ns/net" 127.0.0.1 5000
unnamed
mounted=$work/mounted
touch "$mounted"
mount --bind "/proc/$pid/ns/net" "$mounted" || die "cannot mount"
connected mounted "../../proc/$pid/ns/net" 127.0.0.1 5000
stop "$pid"
# The namespaces of others who have the same: a second name, and a second process
touch /run/netns/zebra
mount --bind /run/netns/blue /run/netns/zebra || die "cannot mount"
start nsenter --net=/run/netns/green sleep 1000

check "the caller's namespace, two with a name, one of a process, one that is mounted" \
	matches all_listed everything
check "nothing is said on stderr" equal "$(cat "$work/err")" ""
check "six connections in all" equal "$(all_listed | wc -l)" 6
check "--count is their sum" equal "$(tcpstate list -A --count)" 6
check "-A may stand before the command" equal "$(tcpstate -A list -c)" 6
filtered() { all_listed port 5001; }
blues() { tables blue=/run/netns/blue | tail -n 1; }
check "a filter holds in all of them" matches filtered blues
if wants jq "--json: netns is a key"; then
	json() { tcpstate list -A --json | jq -r '"\(.netns) \(.id)"' | sort; }
	check "--json: netns is a key" matches json everything
	check "without --all-netns it is none" equal "$(tcpstate list --json | jq 'has("netns")')" \
		false
fi
tcpstate list -A >"$work/listed"
columns "$work/listed" netns | sort -u >"$work/names"
while read -r place; do
	there() { tcpstate --netns "$place" list | columns /dev/stdin id | sort; }
	expected() { awk -v place="$place" '$1 == place { print $2 }' <(everything) | sort; }
	check "--netns takes '${place/$work/.}'" matches there expected
done <"$work/names"
check "they were five" equal "$(wc -l <"$work/names")" 5
# The pid of a process may be the name of another namespace.
ip netns add "$lonely"
netnses+=("$lonely")
check "a pid that is a name, too, is written as a path" equal \
	"$(tcpstate list -A | columns /dev/stdin netns | grep -c "^/proc/$lonely/ns/net\$")" 1
ip netns del "$lonely"
unset 'netnses[-1]'

check "a wide terminal shows it" like \
	"$(on_terminal 200 "tcpstate list -A" | head -n 1)" "initiator_state.*netns"
check "a narrow one shows the states in addition to it" like \
	"$(on_terminal 80 "tcpstate list -A" | head -n 1)" "i_state +r_state.*netns"

# top
ranked()
{
	tcpstate top -A --by netns --no-header --columns netns,connections |
		awk '{ print $1, $2 }' | sort
}
counted() { everything | awk '{ n[$1]++ } END { for (i in n) print i, n[i] }' | sort; }
check "top: each namespace is a group" matches ranked counted
check "top: all of them together" equal \
	"$(tcpstate top -A --by family --no-header --columns connections | xargs)" "ipv4 6"

# stats and metrics
records()
{
	tcpstate stats --all-netns --json | jq -r '"\(.netns) \(.records)"' | sort
}
if wants jq "stats: a line a namespace"; then
	check "stats: a line a namespace" matches records counted
fi
check "stats: a heading a namespace" equal "$(tcpstate stats -A | grep -c '^network namespace ')" 5
check "stats --delay: each again" equal \
	"$(tcpstate stats -A --delay 0.1 --count 2 | grep -c '^network namespace blue$')" 2
tcpstate metrics --all-netns >"$work/metrics"
measured()
{
	sed -n 's/^tcpstate_records{netns="\(.*\)"} /\1 /p' "$work/metrics" | sort
}
check "metrics: a label tells them apart" matches measured counted
check "metrics: what is shared is there once" equal \
	"$(grep -c '^tcpstate_records_limit ' "$work/metrics")" 1
check "metrics: a heading a metric" equal \
	"$(grep '^# TYPE' "$work/metrics" | sort | uniq -d)" ""
if wants promtool "promtool accepts them"; then
	check "promtool accepts them" promtool check metrics <"$work/metrics"
fi

# Interfaces have their names where they are.
veth blue vb 10.9.0.1/24 -- green vg 10.9.0.2/24
local_address()
{
	ip -n "$1" -6 -o addr show dev "$2" scope link | awk '{ sub("/.*", "", $4); print $4 }'
}
until_true test -n "$(local_address green vg)" || die "no link-local address"
address=$(local_address green vg)
listener lv 6 green "$address%vg" 5009
call cv sv lv 6 blue "$address%vb" 5009
interfaces() { tcpstate list -A port 5009 | columns /dev/stdin netns responder | sort; }
expected() { printf '%s\n' "blue [$address%vb]:5009" "green [$address%vg]:5009"; }
check "an interface has the name that it has there" matches interfaces expected
check "top: and there" equal "$(tcpstate top -A -n --by interface,responder --no-header \
	--columns responder port 5009 | sort | xargs)" "vb $address%vb vg $address%vg"
check "top: also alone" equal "$(tcpstate top -A --by interface --no-header --columns \
	interface port 5009 | sort | xargs)" "vb vg"
tell reset cv
tell close sv
tell close lv

# events
start tcpstate events --all-netns --json port 5002 >"$work/events" 2>"$work/events.err"
events=$pid
# It has two sockets in each of the namespaces, of which the second one hears.
hears()
{
	[ "$(find "/proc/$events/fd" -lname 'socket:*' 2>/dev/null | wc -l)" -ge 10 ] &&
		grep -q '^State:.S' "/proc/$events/status"
}
until_true hears || die "events does not listen"
connected e1 blue 127.0.0.1 5002
connected e2 . 127.0.0.1 5002
check "events: of one namespace" comes "$work/events" '"netns":"blue".*"ESTABLISHED"'
check "events: and of another" comes "$work/events" '"netns":"1".*"ESTABLISHED"'
netns late
connected e3 late 127.0.0.1 5002
check "events: of one that came up meanwhile" comes "$work/events" '"netns":"late".*"ESTABLISHED"'
tell reset ce3
tell close se3
tell close le3
check "events: what happens there later, too" comes "$work/events" '"netns":"late".*"reset_by'
# Its end takes the other end of the cable along. No program of the test stays there.
tell open away 4 .
ip link add cable type veth peer name other netns late
ip netns del late
gone_with_it() { ! ip link show cable >/dev/null 2>&1; }
check "events: a namespace that is over is let go" until_true gone_with_it
connected e4 green 127.0.0.1 5002
check "events: the others are still heard" comes "$work/events" '"netns":"green".*"ESTABLISHED"'
kill -INT "$events"
ends "$events"
check "events: Ctrl-C ends it" equal "$status" 0
check "events: nothing was lost" like "$(cat "$work/events.err")" "shown, 0 events lost"
if wants jq "events: numbers have no gap in any namespace"; then
	start tcpstate events -A --json --count 6 >"$work/events" 2>/dev/null
	events=$pid
	until_true hears || die "events does not listen"
	connected n1 blue 127.0.0.1 5003
	connected n2 green 127.0.0.1 5003
	ends "$events"
	check "events: numbers have no gap in any namespace" equal "$(jq -s \
		'group_by(.netns) | map(map(.number) | .[-1] - .[0] + 1 - length) | add' \
		"$work/events")" 0
fi
start tcpstate events -A --known port 5002 >"$work/text" 2>/dev/null
comes "$work/text" ' synced ' 5
check "events: a table for each, and its end" equal "$(grep -c ' synced ' "$work/text")" 5
check "events: the namespace ends each line" equal \
	"$(awk '$3 == "known" { print $NF }' "$work/text" | sort | xargs)" "1 blue green"
stop "$pid"

# log
start tcpstate log --all-netns port 5004 >"$work/log" 2>"$work/log.err"
events=$pid
until_true hears || die "log does not listen"
for place in . blue green; do
	connected "log$place" "$place" 127.0.0.1 5004
	tell reset "clog$place"
done
comes "$work/log" reset_by_initiator 3
check "log: a line for each, with its namespace" equal \
	"$(awk 'NR > 1 { print $NF }' "$work/log" | sort | xargs)" "1 blue green"
check "log: the namespace is a column" equal "$(awk 'NR == 1 { print $NF }' "$work/log")" netns
kill -INT "$events"
ends "$events"
check "log: nothing was lost" equal "$(cat "$work/log.err")" "3 connections shown, 0 events lost"

# Namespaces that come and go
(
	trap 'exit 0' TERM
	while :; do
		ip netns add fleeting && ip netns del fleeting
	done
) 2>/dev/null &
fleeting=$!
pids+=("$fleeting")
bad=""
for ((i = 0; i < $(rounds 40 5); i++)); do
	tcpstate list -A >"$work/listed" 2>"$work/err" || bad+="status $? "
	[ ! -s "$work/err" ] || bad+=$(cat "$work/err")
	n=$(columns "$work/listed" netns | sort -u | wc -l)
	[ "$n" = 5 ] || bad+=" $n namespaces"
done
stop "$fleeting"
ip netns del fleeting 2>/dev/null
check "a namespace that comes or goes meanwhile is no error" equal "$bad" ""

# Users who may not read all of them
chmod 755 "$work"
cp "$(command -v tcpstate)" "$work/tcpstate"
refused()
{
	local status

	setpriv --reuid=65534 --regid=65534 --clear-groups "$work/tcpstate" "$@" \
		>"$work/out" 2>"$work/err"
	status=$?
	equal "$status $(wc -l <"$work/err")" "1 1" &&
		like "$(cat "$work/err")" "permission denied.*CAP_NET_ADMIN"
}
for command in "list -A" "list -A -c" "stats -A" "metrics -A" "events -A"; do
	read -ra words <<<"$command"
	check "who may read none is told so: $command" refused "${words[@]}"
done
# Root of a user namespace, with a network namespace of its own
partly()
{
	unshare --user --map-root-user --net "$work/tcpstate" "$@" >"$work/out" 2>"$work/err" ||
		{ cat "$work/err" ; return 1 ; }
	equal "$(wc -l <"$work/err")" 1 && like "$(cat "$work/err")" \
		"^tcpstate: [0-9]+ network namespaces could not be read .*, and the kernel does not"
}
check "who may read one reads it, and is told how many are left: list" partly list -A
check "who may read one is told how many are left: stats" partly stats -A
check "who may read one is told how many are left: metrics" partly metrics -A
check "its own is read" equal "$(grep -c '^tcpstate_records{' "$work/out")" 1

# says STATUS PATTERN COMMAND...
says()
{
	local wanted=$1 pattern=$2 status

	shift 2
	timeout 120 "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
	equal "$status" "$wanted" && like "$(cat "$work/err")" "$pattern"
}
check "--netns and --all-netns exclude each other" says 2 "expected one of them" \
	tcpstate list -A -N blue
check "show has no --all-netns" says 2 "'--all-netns': no such option here" tcpstate -A show 1
check "an interface is of one namespace" says 2 "an interface is in one network namespace" \
	tcpstate list -A host fe80::1%lo
check "a label netns would be there twice" says 2 "a label 'netns' of their own" \
	tcpstate metrics -A --label netns=x
umount /run/netns/zebra "$mounted"
rm -f /run/netns/zebra

done_testing
