#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# --process: list and show name the processes that have the sockets of local ends open, as ss
# does, and show has what the sockets tell of the connection.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# holders [NETNS]: prints "OWN OTHER NAME,pid=PID,fd=FD" for each process that ss finds, sorted.
# It writes an interface in another place.
holders()
{
	at "${1:-.}" ss -tnpH state connected exclude time-wait | sed -n '
		s/^[A-Z0-9-]* *[0-9]* *[0-9]* *\([^ ]*\) *\([^ ]*\) *users:(\(.*\)) *$/\1 \2 \3/p' |
		awk '{
			gsub(/::ffff:/, "")
			own = $1; other = $2
			$1 = $2 = ""; n = split($0, each, /\),\(/)
			for (i = 1; i <= n; i++) {
				gsub(/[()"]/, "", each[i]); sub(/^ +/, "", each[i])
				gsub(/[^!-~]/, "?", each[i])
				print own, other, each[i]
			}
		}' | sed 's/\[\([0-9.]*\)\]/\1/g; s/%[a-z]*//g' | sort
}

# shown [NETNS]: prints the same of what list finds
shown()
{
	at "${1:-.}" tcpstate list --numeric --process | columns /dev/stdin initiator responder \
		initiator_process responder_process | awk '
		function put(own, other, text,   i, n, each) {
			n = split(text, each, ";")
			for (i = 1; i <= n; i++)
				if (each[i] ~ /pid=/)
					print own, other, each[i]
		}
		{ put($1, $2, $3); put($2, $1, $4) }' | sed 's/%[a-z]*//g' | sort
}

# processes PATTERN: both processes of the connection whose responder is like that
processes()
{
	tcpstate list -n -p | columns /dev/stdin responder initiator_process responder_process |
		awk -v pattern="$1" '$1 ~ pattern { print $2, $3 }'
}

load "$@"
peers
peer=$pid
set_sysctl . net.tcpstate.closed_timeout_ms=600000
listener l 4 . 127.0.0.1 5000
# A shell calls, and hands its socket on to programs whose names are anything.
cp "$(command -v sleep)" "$work/a b,c"
# shellcheck disable=SC2016 # for that shell
start bash -c 'exec 7<>/dev/tcp/127.0.0.1/5000 && { "$1" 1000 & } && { "$1" 1000 & } && wait' bash \
	"$work/a b,c"
caller=$pid
tell accept s l
see "a shell's connection" responder=127.0.0.1:5000 phase=established
twice() { [ "$(holders | grep -c "a?b,c,pid=")" = 2 ]; }
until_true twice || die "the programs did not start"
children=$(pgrep -P "$caller" | sort -n | xargs)
server_fd=$(find "/proc/$peer/fd" -lname 'socket:*' -printf '%f\n' | sort -n | tail -n 1)
check "list: each process that has the socket open, and the server's" equal \
	"$(processes ':5000$')" "bash,pid=$caller,fd=7;a?b?c,pid=${children% *},fd=7;$(
		)a?b?c,pid=${children#* },fd=7 peer,pid=$peer,fd=$server_fd"
as_ss() { holders | sed 's/ a?b,c,/ a?b?c,/'; }
listener l6 6 . ::1 5001
call c6 s6 l6 6 . ::1 5001
listener lm 6 . ::ffff:127.0.0.1 5002
call cm sm lm 6 . ::ffff:127.0.0.1 5002
see "one of IPv6" responder=*::1*:5001 phase=established
see "one of sockets of IPv6 with addresses of IPv4" responder=127.0.0.1:5002 phase=established
check "list: as ss -p shows them" matches shown as_ss
check "there are eight of them" equal "$(shown | wc -l)" 8

check "a terminal shows them" like "$(on_terminal 80 "tcpstate list -p" | head -n 1)" \
	"i_state +r_state.*i_proc.*r_proc"

# Other network namespaces, and addresses that are valid on an interface alone
netns blue green
veth blue vb 10.9.0.1/24 -- green vg 10.9.0.2/24
until_true test -n "$(ip -n green -6 -o addr show dev vg scope link)" || die "no address"
address=$(ip -n green -6 -o addr show dev vg scope link | awk '{ sub("/.*", "", $4); print $4 }')
listener lv 6 green "$address%vg" 5003
call cv sv lv 6 blue "$address%vb" 5003
for place in blue green; do
	in_place() { shown "$place"; }
	ss_in_place() { holders "$place"; }
	check "in $place, on an interface" matches in_place ss_in_place
done
everywhere() { tcpstate list -A -n -p port 5003 | columns /dev/stdin netns \
	initiator_process responder_process | sed 's/,fd=[0-9]*//g' | sort; }
expected() { printf '%s\n' "blue peer,pid=$peer -" "green - peer,pid=$peer"; }
check "with --all-netns: in each what is local" matches everywhere expected

if wants jq "--json: process"; then
	check "--json: process" equal "$(tcpstate list --json -p port 5000 |
		jq -c '[ .initiator, .responder ] | map(.process | map([ .name, .pid ]))')" \
		"[[[\"bash\",$caller],[\"a b,c\",${children% *}],[\"a b,c\",${children#* }]],$(
			)[[\"peer\",$peer]]]"
	check "without --process it is no key" equal \
		"$(tcpstate list --json port 5000 | jq '.initiator | has("process")')" false
fi

# What sockets tell: there is nothing in flight now.
tell send s answer
see "an answer" responder=127.0.0.1:5000 data=0/1
settled() { ! ss -tniH dst 127.0.0.1:5000 | grep -q unacked; }
until_true settled
# told NAME SOCKET: what ss -i says of NAME, for a socket with that address
told()
{
	ss -tniH "$2" | grep -oE "(^|[[:space:]])$1:[^ ]*" | sed 's/.*://'
}
if wants jq "show: what the sockets tell"; then
	tcpstate show --json -p 127.0.0.1:5000 "$(tcpstate list -n port 5000 |
		columns /dev/stdin initiator)" >"$work/show"
	for end in "initiator dst" "responder src"; do
		read -r end way <<<"$end"
		socket="$way 127.0.0.1:5000"
		jq ".$end.tcp_info" "$work/show" >"$work/info"
		check "show: the $end's round-trip time" equal \
			"$(jq -r '"\(.rtt_us / 1000)/\(.rttvar_us / 1000)"' "$work/info")" \
			"$(told rtt "$socket")"
		check "show: the $end's timeout" equal "$(jq '.rto_us / 1000' "$work/info")" \
			"$(told rto "$socket")"
		check "show: the $end's congestion window" equal "$(jq .cwnd "$work/info")" \
			"$(told cwnd "$socket")"
		check "show: the $end's segment size" equal "$(jq .mss "$work/info")" \
			"$(told mss "$socket")"
		check "show: the $end's congestion control" grep -qw \
			"$(jq -r .congestion "$work/info")" <(ss -tniH "$socket")
	done
	check "show: nothing was sent again" equal "$(jq .initiator.tcp_info.total_retrans \
		"$work/show")" 0
	check "every key of an end is documented" equal "$(jq -r '.initiator | keys[]' \
		"$work/show" | grep -E 'process|tcp_info' | xargs)" "process tcp_info"
fi
id=$(tcpstate list port 5000 | columns /dev/stdin id)
tcpstate show -n --process "$id" >"$work/show"
check "show: the caller" grep -qx "  initiator       bash, pid $caller, fd 7" "$work/show"
check "show: the server" grep -qx "  responder       peer, pid $peer, fd $server_fd" "$work/show"
check "show: a program whose name has blanks" grep -qx \
	"                  a?b,c, pid ${children#* }, fd 7" "$work/show"
check "show: the window of both" grep -qE '^  cwnd, segments  +[0-9]+ +[0-9]+$' "$work/show"

# Segments that are sent again, since nothing comes to the other end
hold . "tcp dport 5001"
tell send c6 lost
again() { [ "$(told retrans "dst [::1]:5001" | sed 's|.*/||')" -ge 1 ] 2>/dev/null; }
check "a segment is sent again" until_true again
if wants jq "show: how many"; then
	id=$(tcpstate list port 5001 | columns /dev/stdin id)
	many() { told retrans "dst [::1]:5001" | sed 's|.*/||'; }
	shown_many() { tcpstate show --json -p "$id" | jq .initiator.tcp_info.total_retrans; }
	check "show: how many" matches shown_many many
fi
release .

# Ends without a process
tell close s
see "half-closed" responder=127.0.0.1:5000 step=2/4
check "a process that has closed its socket is not there, but its user" equal \
	"$(processes ':5000$' | sed 's/.* //')" uid=0
check "show says so" grep -qx "  responder       none: it has closed its socket" \
	<(tcpstate show -p "$(tcpstate list port 5000 | columns /dev/stdin id)")
stop "$caller"
# shellcheck disable=SC2086 # several
kill -KILL $children
# The answer was not read.
see "a program that ends resets it" responder=127.0.0.1:5000 verdict=reset_by_initiator
check "a connection that was reset has users alone" equal "$(processes ':5000$')" "uid=0 uid=0"
tell close sm
tell close cm
see "another one is closed" responder=127.0.0.1:5002 responder_state=TIME_WAIT
check "TIME_WAIT has users alone" equal "$(processes ':5002$')" "uid=0 uid=0"

# Users
listener lu 4 . 127.0.0.1 5004
start setpriv --reuid=65534 --regid=65534 --clear-groups bash -c \
	'exec 5<>/dev/tcp/127.0.0.1/5004 && exec tail -f /dev/null'
tell accept su lu
replaced() { [ "$(cat "/proc/$pid/comm")" = tail ]; }
until_true replaced
check "another user's process" equal "$(processes ':5004$' | sed 's/ .*//')" "tail,pid=$pid,fd=5"
without=(setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace)
blind() { "${without[@]}" tcpstate list -p -n port 5004 2>"$work/err" |
	columns /dev/stdin initiator_process; }
check "without CAP_SYS_PTRACE: its user" equal "$(blind)" uid=65534
check "and a sentence on stderr" like "$(cat "$work/err")" \
	"^tcpstate: processes may be missing: it takes CAP_SYS_PTRACE to see the sockets of [0-9]+"
check "it is one line" equal "$(wc -l <"$work/err")" 1
check "with it there is no such sentence" equal "$(tcpstate list -p 2>&1 >/dev/null)" ""

# Forwarded connections have no local end.
netns router
veth blue eth0 10.1.0.2/24 -- router veth1 10.1.0.1/24
veth green eth0 10.2.0.2/24 -- router veth2 10.2.0.1/24
set_sysctl router net.ipv4.ip_forward=1
ip -n blue route add 10.2.0.0/24 via 10.1.0.1
ip -n green route add 10.1.0.0/24 via 10.2.0.1
listener lf 4 green 10.2.0.2 5005
call cf sf lf 4 blue 10.2.0.2 5005
see "a forwarded connection" -n router phase=established
check "a forwarded connection has no local end" equal "$(at router tcpstate list -p |
	columns /dev/stdin initiator_process responder_process)" "- -"
check "show says so" equal "$(at router tcpstate show -p "$(at router tcpstate list |
	columns /dev/stdin id)" | grep -cE '^  (initiator|responder) +none here$')" 2

done_testing
