#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tcpstate top: every key and column, compared with what Python makes of list --json; its
# rankings on a terminal, again and again, and until a signal.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

ranked() { "$here/../tool/top.py" "$@"; }

# A table that top.py has to be able to find fault with: the same, with another limit
refutes() { ! "$here/../tool/top.py" "$@" >"$work/out"; }

load "$@"
peers
check "an empty table has headings alone" equal "$(tcpstate top | wc -l)" 1
check "an empty table is no JSON" equal "$(tcpstate top --json)" ""
population
# More connections of some groups, so that percentiles are of several times.
for i in 1 2 3 4 5 6 7 8; do
	call "c$i" "s$i" l5000 4 . 127.0.0.1 5000
	tell send "c$i" "$(printf '%*s' "$i" "" | tr ' ' x)"
	tell receive "s$i" "$i"
done
for i in 1 2 3; do
	tell close "c$i"
	tell close "s$i"
done
remains -c 3 timer=time_wait responder=127.0.0.1:5000
# And some of other users
for user in 1001 1002 1003; do
	tell open "u$user" 4 .
	tell own "u$user" "$user"
	tell connect "u$user" 127.0.0.1 5003
	tell connected "u$user"
	tell accept "v$user" l5003
done
look .

for key in responder_port initiator responder initiator_port phase state initiator_state \
	responder_state timer verdict closer family uid; do
	check "--by $key: groups are those of the list" ranked --by=$key
done
for keys in responder,responder_port initiator/24 responder/31 initiator/0,verdict \
	responder/8/127,phase cgroup,uid initiator/64 responder/32,closer,initiator_state; do
	check "--by $keys: groups are those of the list" ranked --by=$keys --least=1
done
for column in connections new_per_s refused unanswered time_wait syn_us_p50 syn_us_p99 \
	ack_us_p50 ack_us_p99 retransmits retransmits_percent segments bytes; do
	check "--sort $column" ranked --sort=$column
	check "--sort +$column" ranked --sort=+$column
done
check "a filter" ranked --by=state phase established,close port 5000-5004
check "a filter that the kernel cannot apply" ranked --by=responder_port --least=1 \
	host 127.0.0.1 port 5000
check "--limit" ranked --limit=2
check "the comparison can fail" refutes --by=phase --least=9

check "the columns are keys and numbers" equal "$(tcpstate top --by state,closer | head -n 1 |
	xargs)" "state closer connections new_per_s refused unanswered time_wait syn_us_p50 \
syn_us_p99 ack_us_p50 ack_us_p99 retransmits retransmits_percent segments bytes"
check "ports have the names of services" like "$(tcpstate top -o responder_port)" "https"
check "ports are numbers" like "$(tcpstate top -n -o responder_port)" "443"
check "--columns, --no-header and --limit" equal \
	"$(tcpstate top -b responder_port -n -o connections,responder_port -H -l 1 | xargs)" \
	"$(tcpstate list --count responder :5000) 5000"
check "80 columns: no line is longer, and keys and connections stay" like \
	"$(on_terminal 80 "tcpstate --color never top -b responder,state" | head -n 1)" \
	"^responder +state +conns +new/s +refused "
check "80 columns: no line is longer" equal "$(on_terminal 80 \
	"tcpstate --color never top -b responder,state" | awk 'length($0) > 80')" ""

check "a user's connections" equal "$(tcpstate top -b uid -o uid,connections -H | grep ^1002 |
	xargs)" "1002 1"

# Every connection is new in one reading.
begin_s=$SECONDS
tcpstate top --delay 0.5 --count 3 --json --by family ipv4 >"$work/live"
check "--delay --count ends by itself" between 1 $((SECONDS - begin_s)) 120
check "--delay: each reading has its time" equal \
	"$(sed 's/.*"time_ns":\([0-9]*\).*/\1/' "$work/live" | sort -un | wc -l)" 3
check "--delay: nothing is new in the second and third reading" equal \
	"$(tail -n 2 "$work/live" | grep -o '"new_per_s":[0-9.]*' | sort -u)" '"new_per_s":0.0'

start tcpstate top --delay 0.2 --json --by responder_port port 5000 >"$work/live"
comes "$work/live" '"responder_port":5000' || die "no reading"
grown() { grep -q '"new_per_s":[1-9]' <(tail -n +2 "$work/live"); }
i=0
# grows: makes a connection, and passes if a reading has shown one as new
grows()
{
	i=$((i + 1))
	call "g$i" "h$i" l5000 4 . 127.0.0.1 5000
	grown
}
check "--delay: what begins between two readings is new" until_true grows
kill -INT "$pid"
ends "$pid"
check "SIGINT ends it without an error" equal "$status" 0

for signal in INT TERM; do
	start tcpstate top --delay 3600 >"$work/out" 2>"$work/err"
	comes "$work/out" "new_per_s over"
	kill -"$signal" "$pid"
	ends "$pid"
	check "SIG$signal ends a wait" equal "$status $(cat "$work/err")" "0 "
done
check "a terminal is cleared, a pipe is not" equal \
	"$(on_terminal 80 "tcpstate top -d 0.1 -c 2" | grep -c $'\e\[H\e\[J')/$(
		tcpstate top -d 0.1 -c 2 | grep -c $'\e')" 2/0

# Connections whose addresses are valid on one interface alone
netns left right
veth left veth0 fe80::1/64 -- right veth0 fe80::2/64
listener ll 6 right "fe80::2%veth0" 5000
call cl sl ll 6 left "fe80::2%veth0" 5000
check "--by interface" ranked --netns=left --by=interface,responder --least=1
check "an address has its interface" like "$(tcpstate -N left top -b responder -H)" \
	"^fe80::2%veth0 +1 "
check "and so has a network" like "$(tcpstate -N left top -b responder/24 -H)" \
	"^fe80::%veth0/64 +1 "

done_testing
