#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tcpstate list: every line and column is that of /proc/tcpstate, every word of a FILTER
# finds what it should and nothing else, and JSON says the same; on terminals of several
# widths.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

place=.

ours() { our_table "$place"; }

# listed NETNS [WORD]...: runs tcpstate list there
listed()
{
	local options=()

	[ "$1" = . ] || options=(--netns "$1")
	shift
	tcpstate "${options[@]}" list --numeric "$@"
}

# shellcheck disable=SC2086 # several words
theirs() { listed "$place" | columns /dev/stdin $steady | sort; }

# Prints the line that /proc/tcpstate would have for each JSON object.
# shellcheck disable=SC2016 # the variables are jq's
json_lines='
	def dash: if . == null then "-" else . end;
	def seconds: if . == null then "-" else
		"\(. / 1000 | floor).\(. % 1000 + 1000 | tostring | .[1:])" end;
	# Without a time: ? if its segments passed elsewhere, before or late, - if there was none
	def late: .syn_us == null and (.flags | any(. == "simultaneous") | not);
	def time(us; step): us // if (.phase == "open" and .step <= step) or
		.verdict == "refused" or
		(late or (.flags | any(. == "picked_up")) | not)
		then "-" else "?" end;
	def address: (if .interface then "%" + .interface else "" end) as $scope
		| "\(.address)\($scope)" as $host
		| if .family == "ipv6" then "[\($host)]:\(.port)" else "\($host):\(.port)" end;
	def pair(f): "\(.initiator | f)/\(.responder | f)";
	def owned(f; by): "\(.initiator | f // "-")\(by)\(.responder | f // "-")";
	def known(f): "\(.initiator | f // "?")/\(.responder | f // "?")";
	. as $flow
	| [ .family,
	    (.initiator + { family, interface } | address),
	    (.responder + { family, interface } | address),
	    .phase,
	    (if .step then "\(.step)/\(if .phase == "open" then 3 else 4 end)" else "-" end),
	    .initiator.state, .responder.state, .timer,
	    time(.syn_us; 1), time(.ack_us; 2), pair(.repeats),
	    pair(.opening + .data + .acks + .closing), pair(.bytes), pair(.opening),
	    pair(.data), pair(.acks), pair(.closing),
	    (.flags | if . == [] then "-" else join(",") end), (.verdict | dash), .id,
	    (.closed_at_ns | dash), (.duration_ms | seconds), known(.retransmits), known(.gaps),
	    owned(.uid; "/"), owned(.cgroup_id; ",") ]
	| map(tostring) | join(" ")'

objects() { listed "$place" --json | jq -r "$json_lines" | sort; }

# Parse each line alone, because jq would also accept an object on several lines.
json_is_whole()
{
	local line

	listed "$place" --json >"$work/json"
	while IFS= read -r line; do
		jq -cS . <<<"$line" >"$work/line" &&
			equal "$(wc -l <"$work/line")" 1 &&
			equal "$(keys_of "$work/line")" "$(documented "A connection:")" || return
	done <"$work/json"
	equal "$(wc -l <"$work/json")" "$(our_table "$place" | wc -l)"
}

# The times are between those of /proc/tcpstate, which is read before and after.
json_times()
{
	await -p age_s responder=127.0.0.1:5000 >"$work/before"
	listed . --json responder 127.0.0.1:5000 >"$work/json"
	await -p age_s responder=127.0.0.1:5000 >"$work/after"
	between "$(cat "$work/before")" "$(jq '.age_ms / 100 | floor / 10' "$work/json")" \
		"$(cat "$work/after")" || return
	await -p left_s responder=127.0.0.1:5003 >"$work/before"
	listed . --json responder 127.0.0.1:5003 >"$work/json"
	await -p left_s responder=127.0.0.1:5003 >"$work/after"
	between "$(cat "$work/after")" "$(jq '.left_ms / 100 | floor / 10' "$work/json")" \
		"$(cat "$work/before")"
}

# finds CONDITION WORD...: checks that the filter of WORDs finds, and counts, the lines for
# which awk's CONDITION holds, which are some but not all
finds()
{
	local condition=$1 all n

	shift
	ids "$condition" >"$work/expected"
	n=$(wc -l <"$work/expected")
	all=$(($(wc -l <"$work/table") - 1))
	check "'$*' finds what it should, $n of $all" found "$n" "$all" "$@"
}

found()
{
	local n=$1 all=$2

	shift 2
	between 1 "$n" $((all - 1)) || return
	listed "$place" "$@" | columns /dev/stdin id >"$work/found"
	diff "$work/expected" "$work/found" && equal "$(listed "$place" --count "$@")" "$n"
}

every_word()
{
	local now old

	finds 'either("TIME_WAIT")' state TIME_WAIT
	finds 'either("TIME_WAIT") || either("SYN_SENT")' state time-wait,Syn_Sent
	finds 'v["initiator_state"] == "TIME_WAIT"' initiator-state TIME_WAIT
	finds 'v["initiator_state"] == "CLOSED"' initiator_state closed
	finds 'v["responder_state"] == "CLOSE_WAIT"' responder-state CLOSE-WAIT
	finds 'v["responder_state"] ~ /^(LISTEN|CLOSED)$/' responder-state listen,closed
	finds 'host(v["responder"]) == "127.0.0.2"' responder 127.0.0.2
	finds 'host(v["responder"]) ~ /^127\.0\.0\.[23]$/' responder 127.0.0.2/31
	finds 'v["family"] == "ipv4"' initiator 127.0.0.0/8
	finds 'host(v["initiator"]) == "::1"' initiator ::1
	finds 'v["responder"] == "127.0.0.1:443"' responder 127.0.0.1:443
	finds 'v["responder"] == "[::1]:5001"' responder '[::1]:5001'
	finds 'port(v["responder"]) >= 5002 && port(v["responder"]) <= 5004' responder :5002-5004
	finds 'port(v["initiator"]) >= 32768 && port(v["responder"]) <= 5003' \
		initiator :32768-65535 responder :1-5003
	finds 'host(v["responder"]) == "127.0.0.2"' host 127.0.0.2
	finds 'host(v["responder"]) == "127.0.0.2"' 127.0.0.2
	finds 'ports(5003, 5003)' 5003
	finds 'v["responder"] == "[::1]:5004"' host '[::1]:5004'
	# The notation that ss and accept() have for the IPv4 addresses of a dual-stack socket
	finds 'host(v["responder"]) == "127.0.0.2"' host ::ffff:127.0.0.2
	finds 'v["responder"] == "127.0.0.1:443"' responder '[::ffff:127.0.0.1]:443'
	finds 'host(v["responder"]) ~ /^127\.0\.0\.[23]$/' responder ::ffff:127.0.0.2/127
	finds 'v["family"] == "ipv4"' host ::ffff:127.0.0.0/104
	finds 'v["family"] == "ipv4"' host ::ffff:0:0/96
	finds 'v["family"] == "ipv6"' host ::ffff:0:0/80
	finds 'v["family"] == "ipv6"' host ::/0
	finds 'host(v["responder"]) == "127.0.0.2" && ports(32768, 65535)' \
		host ::ffff:127.0.0.2 port 32768-65535
	finds 'ports(5003, 5003)' port 5003
	finds 'ports(443, 443)' port https
	finds 'ports(5001, 5004)' port 5001-5004
	finds 'v["phase"] == "established"' phase established
	finds 'v["phase"] ~ /^(open|close)$/' phase OPEN,close
	finds 'v["verdict"] == "refused"' verdict refused
	finds 'v["verdict"] ~ /^(refused|reset_by_initiator)$/' verdict refused,reset-by-initiator
	finds 'v["verdict"] == "-"' verdict none
	finds 'v["flags"] ~ /one_way/' flag one_way
	finds 'v["family"] == "ipv6"' ipv6
	finds 'v["family"] == "ipv4"' ipv4
	finds 'v["phase"] == "close" && v["family"] == "ipv6"' phase close ipv6
	finds 'v["phase"] == "close" && v["family"] == "ipv6"' "phase close and ipv6"
	finds 'host(v["responder"]) == "127.0.0.1" && ports(5003, 5003) && either("TIME_WAIT")' \
		host 127.0.0.1 port 5003 state TIME_WAIT
	# One end has the address, the other the port.
	finds 'host(v["responder"]) == "127.0.0.2" && ports(32768, 65535)' \
		host 127.0.0.2 port 32768-65535

	# A connection that is much younger than the others; an id is its first time.
	await -c 9 age_s=12..9999 >/dev/null || die "they do not grow older"
	listener l5010 4 . 127.0.0.1 5010
	call c5010 s5010 l5010 4 . 127.0.0.1 5010
	look .
	now=$(ids 'port(v["responder"]) == 5010')
	old=$(ids 'port(v["responder"]) != 5010' | tail -n 1)
	finds 'port(v["responder"]) == 5010' younger "$(((now - old) / 1000000))ms"
	finds 'port(v["responder"]) != 5010' older "$(age_between "$now" "$old")ms"

	# "flag" requires all of the flags that are named
	tcpstate flush --force port 5010 >/dev/null
	tell send c5010 more
	remains 'flags=picked_up*' responder=*:5010
	look .
	finds 'v["flags"] ~ /picked_up/' flag picked-up
	finds 'v["flags"] == "picked_up,guessed"' flag guessed,picked_up
	check "none has both" equal "$(tcpstate list --count flag picked_up,one_way)" 0
}

# Prints an age half way between both connections, which the younger one does not reach for
# another second.
age_between()
{
	local uptime

	read -r uptime _ </proc/uptime
	echo $((${uptime/./}0 - ($1 + $2) / 2000000))
}

no_line_is_longer_than()
{
	on_terminal "$1" "tcpstate list" | plain >"$work/screen"
	awk -v most="$1" 'length($0) > most { print length($0) ": " $0; bad = 1 }
		END { exit bad }' "$work/screen" || return
	# There is still a line for each connection, with the ends and their states.
	equal "$(wc -l <"$work/screen")" $((1 + $(ids 1 | wc -l))) &&
		like "$(head -n 1 "$work/screen")" "$2"
}

service_names()
{
	columns <(tcpstate list responder :443) responder >"$work/named"
	columns <(tcpstate list -n responder :443) responder >"$work/numeric"
	columns <(tcpstate --numeric list responder :443) responder >"$work/before"
	equal "$(cat "$work/named")" 127.0.0.1:https &&
		equal "$(cat "$work/numeric")" 127.0.0.1:443 &&
		equal "$(cat "$work/before")" 127.0.0.1:443
}

escape=$'\e'
colored() { like "$(on_terminal 120 "$1")" "$escape\["; }
colorless() { like "$(on_terminal 120 "$1")" "^[^$escape]+\$"; }

load "$@"
peers
check "an empty table is one line" equal "$(tcpstate list | wc -l)" 1
check "an empty table counts 0" equal "$(tcpstate list --count)" 0
check "an empty table is no JSON" equal "$(tcpstate list --json)" ""
population
look .

check "the columns are those of /proc/tcpstate" equal \
	"$(tcpstate list | head -n 1 | xargs)" "$(head -n 1 /proc/tcpstate | xargs)"
check "every line is that of /proc/tcpstate" matches theirs ours
check "the oldest comes first" equal "$(listed . | columns /dev/stdin id | tr '\n' ' ')" \
	"$(listed . | columns /dev/stdin id | sort -n | tr '\n' ' ')"
check "--count counts them all" equal "$(tcpstate list --count)" "$(ids 1 | wc -l)"
check "-c is --count" equal "$(tcpstate list -c)" "$(ids 1 | wc -l)"
check "columns are aligned" equal "$(tcpstate list |
	awk '{ match($0, /^[^ ]+ +[^ ]+ +/); print RLENGTH }' | sort -u | wc -l)" 1
every_word

if wants jq "JSON has the keys that the manual has, a line each" "JSON agrees with /proc/tcpstate" \
	"JSON's times agree, too" "JSON counts"; then
	look .
	check "JSON has the keys that the manual has, a line each" json_is_whole
	check "JSON agrees with /proc/tcpstate" matches objects ours
	check "JSON's times agree, too" json_times
	check "JSON counts" equal "$(tcpstate list --json --count phase established |
		jq -c .)" '{"count":4}'
	check "JSON before the command is the same" equal \
		"$(tcpstate --json list port 443 | jq -r .responder.port)" 443
fi

check "ports have the names of their services, unless they are to be numbers" service_names
check "80 columns: no line is longer" no_line_is_longer_than 80 \
	"^initiator +responder +phase +i_state +r_state +timer\$"
check "200 columns: no line is longer, and more columns are there" \
	no_line_is_longer_than 200 "timer +left_s +age_s"
check "40 columns: states and timer stay" no_line_is_longer_than 40 "^i_state +r_state +timer\$"
check "--wide: 40 columns get what a pipe gets" equal \
	"$(on_terminal 40 "tcpstate list --color never --wide | cat" | head -n 1 | xargs)" \
	"$(on_terminal 40 "tcpstate list --color never --wide" | head -n 1 | xargs)"
check "400 columns have it all" no_line_is_longer_than 400 "$(head -n 1 /proc/tcpstate |
	xargs | sed 's/ / +/g')"
check "a pipe has no width" like "$(COLUMNS=40 tcpstate list | head -n 1)" "family.*cgroup\$"
check "a terminal has colours" colored "tcpstate list"
check "NO_COLOR has none" colorless "NO_COLOR=1 tcpstate list"
check "an empty NO_COLOR says nothing" colored "NO_COLOR= tcpstate list"
check "a dumb terminal has none" colorless "TERM=dumb tcpstate list"
check "--color never has none" colorless "tcpstate list --color never"
check "--color=always has them with NO_COLOR" colored "NO_COLOR=1 tcpstate list --color=always"
refute "a pipe has none" like "$(tcpstate list)" "$escape"
check "--color always in a pipe has them" like "$(tcpstate list --color always)" "$escape\["
check "colours add nothing but themselves" equal \
	"$(tcpstate list --color always phase established | plain | sed 's/ *[0-9.]* *[0-9.]* /&/' |
		columns /dev/stdin initiator responder id | sort)" \
	"$(tcpstate list phase established | columns /dev/stdin initiator responder id | sort)"

# Other namespaces, and addresses that are valid only there
router
listener lf 4 server 10.2.0.2 5000
call cf sf lf 4 client 10.2.0.2 5000
listener lg 6 server fd00:2::2 5001
call cg sg lg 6 client fd00:2::2 5001
tell shutdown cg
netns left right
veth left veth0 fe80::1/64 -- right veth0 fe80::2/64
listener ll 6 right "fe80::2%veth0" 5000
call cl sl ll 6 left "fe80::2%veth0" 5000
for place in client router server left right; do
	check "--netns $place: every line is that of its /proc/tcpstate" matches theirs ours
	! command -v jq >/dev/null ||
		check "--netns $place: JSON agrees with it" matches objects ours
done
place=router
look router
finds 'v["family"] == "ipv6"' ipv6
finds 'host(v["initiator"]) ~ /^10\.1\./' initiator 10.1.0.0/16
finds 'host(v["responder"]) ~ /^fd00:2:/' responder fd00:2::/32 state CLOSE_WAIT
check "a link-local end has its interface" equal \
	"$(listed left | columns /dev/stdin responder)" '[fe80::2%veth0]:5000'
# A line of the longest address, whose states are whole
long_end()
{
	on_terminal "$1" "tcpstate --color never -N left list" >"$work/screen"
	like "$(tail -n 1 "$work/screen")" " ESTABLISHED +ESTABLISHED +established" &&
		like "$(tail -n 1 "$work/screen")" "$2"
}
check "80 columns: a long address has states behind it" long_end 80 "^\[fe80[^ ]*…[^ ]*:[0-9]+ "
check "140 columns: it is whole" long_end 140 \
	"^\[fe80[^ …]*%veth0\]:[0-9]+ +\[fe80::2%veth0\]:5000 "
check "a filter takes an interface after an address" equal \
	"$(listed left --count host 'fe80::2%veth0'),$(listed left --count 'fe80::2%veth0')" 1,1
check "and finds what is on that one alone" equal "$(listed left --count host 'fe80::2%lo')" 0
check "next to a port" equal "$(listed left --count responder '[fe80::2%veth0]:5000')" 1
check "--netns takes a path" equal "$(tcpstate -N /run/netns/left list --count)" 1
check "nothing of the others is here" equal "$(tcpstate list --count host 10.0.0.0/8)" 0

done_testing
