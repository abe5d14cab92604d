#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# How a connection ends: events and trace tell the verdict with the transition that led to
# it, while the record is still kept, and take it back in the same way.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

wants jq "verdicts come with transitions" || done_testing
load "$@"
peers
# No record ends before all has been checked.
keep .

listening tcpstate events --json >"$work/json" 2>"$work/json.err"
json=$pid
listening tcpstate events --numeric verdict refused,closed >"$work/events" 2>"$work/events.err"
events=$pid
listening tcpstate events --numeric verdict none >"$work/none" 2>"$work/none.err"
none=$pid
listening tcpstate trace --numeric >"$work/trace" 2>"$work/trace.err"
trace=$pid
listening tcpstate trace --numeric --by-connection >"$work/by" 2>"$work/by.err"
by=$pid
listening tcpstate trace --numeric --by-connection --count 1 verdict refused \
	>"$work/refused" 2>"$work/refused.err"
refused=$pid

# rungs FILE PORT: prints the states of each rung of the connection to that port, and what
# stands in a line without a segment
rungs()
{
	awk -v port=":$2" '
		/^#/ && $4 ~ port "$" { number = substr($1, 2) }
		/^#/ || !NF || $2 != number { next }
		$3 ~ /^[A-Z]/ { print $3, $NF; next }
		{ $1 = $2 = ""; sub(/^ +/, ""); print }' "$1"
}

# shows FILE PORT RUNGS: waits until those are the rungs
shows()
{
	until_true equal_rungs "$@" >"$work/out" ||
		{ diff <(echo "$3") <(rungs "$1" "$2") ; return 1 ; }
}

equal_rungs()
{
	[ "$(rungs "$1" "$2")" = "$3" ]
}

listener l5006 4 . 127.0.0.1 5006
call c5006 s5006 l5006 4 . 127.0.0.1 5006
tell reset c5006
listener l5008 6 . ::1 5008
call c5008 s5008 l5008 6 . ::1 5008
tell reset s5008
listener l5003 4 . 127.0.0.1 5003
call c5003 s5003 l5003 4 . 127.0.0.1 5003
tell shutdown c5003
remains responder=*:5003 step=2/4
tell close s5003
tell close c5003
remains responder=*:5003 step=4/4
caller c5005 4 . 127.0.0.1 5005
answers "a closed port refuses" "error ECONNREFUSED" connected c5005

opened="SYN_SENT LISTEN
SYN_SENT SYN_RECEIVED
ESTABLISHED ESTABLISHED"
closed="$opened
FIN_WAIT_1 ESTABLISHED
FIN_WAIT_2 CLOSE_WAIT
FIN_WAIT_2 LAST_ACK
TIME_WAIT CLOSED"
was_refused="SYN_SENT LISTEN
CLOSED CLOSED
refused"

ends "$refused"
check "trace --by-connection verdict refused: ends after one, while its record is kept" \
	equal "$status" 0
see "the record is kept" responder=*:5005 verdict=refused
check "trace --by-connection verdict refused: its rungs, and none of others" \
	equal "$(grep -c '^#' "$work/refused") $(rungs "$work/refused" 5005)" "1 $was_refused"
for file in trace by; do
	check "$file: refused" shows "$work/$file" 5005 "$was_refused"
	check "$file: reset by the initiator" shows "$work/$file" 5006 "$opened
CLOSED CLOSED
reset_by_initiator"
	check "$file: reset by the responder" shows "$work/$file" 5008 "$opened
CLOSED CLOSED
reset_by_responder"
	check "$file: closed, when TIME_WAIT begins" shows "$work/$file" 5003 "$closed
closed"
done
check "events: two pass 'verdict refused,closed'" comes "$work/events" " transition " 2
check "events: with the transitions that ended them" equal \
	"$(awk '{ print $3, $7, $8, $NF }' "$work/events")" "transition TIME_WAIT CLOSED closed
transition CLOSED CLOSED refused"
before_a_verdict()
{
	equal "$(grep -E '127.0.0.1:500[35] ' "$work/none" | awk '{ print $3, $NF }' | sort |
		uniq -c | xargs)" "2 new - 5 transition -"
}
check "events: what comes before a verdict passes 'verdict none'" until_true before_a_verdict

# verdicts PORT: prints kind, states and verdict of the events of that connection
verdicts()
{
	jq -r --argjson port "$1" 'select(.responder.port == $port and .change != null) |
		[ .event, .initiator.state, .responder.state, .verdict // "-" ] | join(" ")' \
		"$work/json"
}

# last PORT LINES: passes if these are the last two verdicts of that port
last()
{
	equal "$(verdicts "$1" | tail -n 2)" "$2"
}

check "JSON: refused" until_true last 5005 "new SYN_SENT LISTEN -
transition CLOSED CLOSED refused"
check "JSON: of which there are two events" equal "$(verdicts 5005 | wc -l)" 2
check "JSON: reset" until_true last 5006 "transition ESTABLISHED ESTABLISHED -
transition CLOSED CLOSED reset_by_initiator"
check "JSON: closed" until_true last 5003 "transition FIN_WAIT_2 LAST_ACK -
transition TIME_WAIT CLOSED closed"

# A refusal that was forged: the SYN/ACK that follows takes the verdict back.
wire wire
keep wire
listening tcpstate -N wire events --json >"$work/json.wire" 2>"$work/wire.err"
wire=$pid
play 10.0.0.1 40000 10.0.0.2 80 S seq 100 win 65535
play 10.0.0.2 80 10.0.0.1 40000 R. seq 0 ack 101 win 0
play 10.0.0.2 80 10.0.0.1 40000 S. seq 500 ack 101 win 65535
play 10.0.0.1 40000 10.0.0.2 80 . seq 101 ack 501 win 65535
check "a verdict that is taken back: four events" comes "$work/json.wire" '"event":' 4
check "a verdict that is taken back: the events say so" equal \
	"$(jq -r '[ .verdict // "-", .change.retract ] | join(" ")' "$work/json.wire")" "- false
refused false
- true
- false"
kill -INT "$wire"
ends "$wire"

# Now the records end. What says so is another event, with another time.
set_sysctl . net.tcpstate.closed_timeout_ms=100 net.tcpstate.time_wait_timeout_ms=100
see "the records end" -c 0
check "JSON: each record ends once" comes "$work/json" '"event":"end"' 4
check "JSON: with the verdict that the last transition had" equal "$(jq -rs '
	[ .[] | select(.event == "end") | .id as $id | .verdict ] | sort | join(" ")' \
	"$work/json")" "closed refused reset_by_initiator reset_by_responder"
for file in trace by; do
	check "$file: a record that is removed is told of apart" shows "$work/$file" 5005 \
		"$was_refused
record removed (refused): 2 segments, 0 of them data"
done
check "trace: after TIME_WAIT has run out" shows "$work/trace" 5003 "$closed
closed
CLOSED CLOSED
record removed (closed): 7 segments, 0 of them data"
check "by: the rest of a connection stands under a heading again" comes "$work/by" \
	"^#[0-9]+ 127.0.0.1:[0-9]+ > 127.0.0.1:5003  \\(continued\\)\$"
for pid in "$json" "$events" "$none" "$trace" "$by"; do
	kill -INT "$pid"
	ends "$pid"
	check "it ends" equal "$status" 0
done

done_testing
