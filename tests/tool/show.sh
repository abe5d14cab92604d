#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tcpstate show, flush and stats: one connection as text and as JSON, found by its id and
# by its tuple; records that are flushed, while the connections go on; totals.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# shown PATTERN WORD...: show prints a line that matches PATTERN
shown()
{
	local pattern=$1

	shift
	tcpstate show --numeric "$@" >"$work/shown" || return
	grep -qE -- "$pattern" "$work/shown" ||
		{ echo "no '$pattern' in" ; cat "$work/shown" ; return 1 ; }
}

# value COLUMN PORT: prints that column of /proc/tcpstate for the connection to PORT
value() { await -p "$1" "responder=*:$2"; }

load "$@"
peers
population
id=$(value id 5000)
initiator=$(value initiator 5000)

check "by its id: both ends and their states" shown \
	"^initiator +$initiator +ESTABLISHED" "$id"
check "by its tuple" shown "^responder +127.0.0.1:5000 +ESTABLISHED" "$initiator" 127.0.0.1:5000
check "by its tuple the other way round, the roles are the same" shown \
	"^initiator +$initiator" 127.0.0.1:5000 "$initiator"
check "both ways round give the same id" equal \
	"$(tcpstate show 127.0.0.1:5000 "$initiator" | awk '$1 == "id" { print $2 }')" "$id"
check "by its tuple with IPv4 addresses as a dual-stack socket has them" shown \
	"^responder +127.0.0.1:5000 +ESTABLISHED" "[::ffff:127.0.0.1]:${initiator##*:}" \
	'[::ffff:127.0.0.1]:5000'
check "and with one of them so" shown "^initiator +$initiator" "$initiator" \
	'[::ffff:127.0.0.1]:5000'
check "by service name" shown "^responder +127.0.0.1:443" "$(value initiator 443)" 127.0.0.1:https
check "IPv6" shown "^responder +\[::1\]:5001 +ESTABLISHED" "$(value id 5001)"
syn_us=$(value syn_us 5000) ack_us=$(value ack_us 5000)
check "the handshake's first segment" shown "^ +[0-9:.]+ +0 us +--> \[S\] " "$id"
check "its second, and when" shown "^ +[0-9:.]+ +$syn_us us +<-- \[S\.\]" "$id"
check "its third, and when" shown "^ +[0-9:.]+ +$((syn_us + ack_us)) us +--> \[\.\]" "$id"
check "a SYN that nothing answered" shown "no answer was seen" "$(value id 5007)"
check "which comes again" until_true shown "^ +repeated: SYN [1-9]" "$(value id 5007)"
check "a SYN that was refused" shown "a RST answered" "$(value id 5005)"
check "how it ended" shown \
	"^ +verdict +reset_by_initiator: the initiator sent a RST" "$(value id 5006)"
check "who closed first" shown "^ +closed first +responder" "$(value id 5004)"
check "its step" shown "^ +phase +close 2/4" "$(value id 5002)"
check "its timer" shown "^ +timer +time_wait, " "$(value id 5003)"
check "its bytes" shown "^ +bytes +5 +0 +5" "$id"
shares()
{
	local one two data all share

	columns <(head -n 1 /proc/tcpstate; grep -w "$id" /proc/tcpstate) segments data |
		tr '/' ' ' >"$work/counts"
	read -r one two data _ <"$work/counts"
	all=$((one + two))
	share=$(((200 * data + all) / (2 * all)))
	shown "^ +$data of $all segments carried data \($share %\)" "$id"
}
check "its share of data" shares
check "without data there is none" shown "None of 3 segments carried data" "$(value id 5001)"
check "lines fit 80 columns" equal "$(tcpstate show "$id" | awk 'length($0) > 80')" ""

objects_agree()
{
	local one

	for one in $(columns /proc/tcpstate id); do
		# Try again if segments were sent again meanwhile.
		until_true same_object "$one" || return
	done
}

# What of an object stays the same while nothing is sent
steadily="del(.age_ms, .left_ms, .idle_ms, .in_state_ms)"

same_object()
{
	equal "$(tcpstate show --json "$1" | jq -cS "$steadily")" \
		"$(tcpstate list --json | jq -cS "select(.id == $1) | $steadily")" \
		>/dev/null
}
if wants jq "JSON is that of list"; then
	check "JSON is that of list" objects_agree
fi

# Addresses that several connections have, on several links.
netns left right
for n in 0 1; do
	veth left "veth$n" fe80::1/64 -- right "veth$n" fe80::2/64
	listener "l$n" 6 right "fe80::2%veth$n" 5000
	tell open "d$n" 6 left
	tell bind "d$n" "fe80::1%veth$n" 6000
	tell connect "d$n" "fe80::2%veth$n" 5000
	tell connected "d$n"
done
for n in 0 1; do
	check "link-local: the interface is part of the tuple, veth$n" shown \
		"^initiator +\[fe80::1%veth$n\]:6000 " --netns left "[fe80::1%veth$n]:6000" \
		"[fe80::2%veth$n]:5000"
done
refute "link-local: without it there is none" shown . -N left "[fe80::1]:6000" "[fe80::2]:5000"

# totals: stats counts what is there
pairs_agree()
{
	columns /proc/tcpstate initiator_state responder_state | sort | uniq -c |
		awk '{ print $2, $3, $1 }' | sort >"$work/expected"
	tcpstate stats --json | jq -r '.pairs[] |
		"\(.initiator_state) \(.responder_state) \(.count)"' | sort >"$work/found"
	diff "$work/expected" "$work/found"
}

# counters of the file, which move while segments are sent again
counters_agree()
{
	local name

	tcpstate stats --json |
		jq -r '.counters | to_entries[] | "\(.key) \(.value)"' >"$work/found"
	head -n 1 /proc/net/stat/tcpstate | tr -s ' \t' '\n' | grep . | while read -r name; do
		echo "$name $(counter . "$name")"
	done >"$work/expected"
	# The file has more: a column for each verdict.
	sort "$work/expected" | join - <(sort "$work/found") >"$work/both"
	equal "$(wc -l <"$work/both")" "$(wc -l <"$work/found")" &&
		equal "$(awk '$2 != $3' "$work/both")" ""
}

if wants jq "stats has the states" "stats has the counters" "stats has the records" \
	"stats counts the handshakes"; then
	check "stats has the states" pairs_agree
	check "stats has the counters" until_true counters_agree
	check "stats has the records" equal "$(tcpstate stats --json | jq .records)" \
		"$(columns /proc/tcpstate id | wc -l)"
	check "stats counts the handshakes" equal \
		"$(tcpstate stats --json | jq '.syn_time, .ack_time | [.buckets[].count] | add' |
			xargs)" "7 7"
fi
if wants lnstat "lnstat knows the names of the counters"; then
	check "lnstat knows the names of the counters" equal \
		"$(lnstat -d -f tcpstate | sed -n 's/.*[0-9]: //p' | xargs)" \
		"$(head -n 1 /proc/net/stat/tcpstate | xargs)"
fi
stat_all() { tcpstate stats --all | grep -qE "^  zero-window probes +0\$" ; }
stat_line() { tcpstate stats | grep -qE "$1" || { tcpstate stats ; return 1 ; } ; }
check "stats says how many there are" stat_line "^ +here +9\$"
check "stats leaves out what is 0" equal "$(tcpstate stats | grep -c ' 0$')" 0
check "stats --all does not" stat_all
check "stats --delay has rates" equal "$(tcpstate stats --delay 0.1 --count 2 |
	grep -cE '^  segments of a connection +[0-9]+ +[0-9.]+/s$')" 2
check "stats says how they are" stat_line "ESTABLISHED +ESTABLISHED +3\$"

# flush: forgets records, never connections
check "flush says how many it forgot" equal "$(tcpstate flush port 5003)" "1 connection forgotten"
see "and only those" -c 0 responder=*:5003
check "the others are there still" equal "$(columns /proc/tcpstate id | wc -l)" 8
check "a filter that nothing passes" equal "$(tcpstate flush port 9)" "0 connections forgotten"
tell send c5000 again
tell receive s5000 5
tcpstate flush port 5000 >"$work/out"
see "a flushed connection is forgotten" -c 0 responder=*:5000
tell send c5000 again
answers "its data goes on" "ok again" receive s5000 5
see "it is picked up again" responder=127.0.0.1:5000 flags=*picked_up* phase=established
check "stats counts it as flushed" equal "$(tcpstate stats --json | jq .endings.flushed)" 2
typed() { script -qefc "tcpstate flush port 5001; echo status \$?" /dev/null <<<"$1" | tr -d '\r'; }
check "on a terminal it asks first, and n is no" like "$(typed n)" \
	"Forget 1 connection\?.*nothing was forgotten.*status 1"
see "nothing was forgotten" responder=*:5001
check "on a terminal, y is yes" like "$(typed y)" \
	"Forget 1 connection\?.*1 connection forgotten.*status 0"
see "then it is" -c 0 responder=*:5001
check "--force does not ask" like \
	"$(on_terminal 80 "tcpstate flush --force port 443")" "^1 connection forgotten\$"
check "without a filter it forgets all" like "$(tcpstate flush)" "^[0-9]+ connections forgotten"
see "all are forgotten" -c 0 phase=established
check "those of other namespaces are there still" equal "$(tcpstate -N left list --count)" 2

done_testing
