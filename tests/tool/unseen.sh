#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What has not passed here is not claimed: of an end that was never heard, of a connection
# that is picked up, and of a SYN that passed late. Unknown is ? for people, null in JSON.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

wants jq "what was not seen is null" || done_testing
load "$@"
wire wire
keep wire
listening tcpstate -N wire trace --numeric >"$work/trace" 2>"$work/trace.err"
trace=$pid
listening tcpstate -N wire events --json >"$work/events" 2>"$work/events.err"
events=$pid

# Between 10.0.0.1, with a port of its own for each connection, and 10.0.0.2:80
out() { play 10.0.0.1 "$port" 10.0.0.2 80 "$@"; }
back() { play 10.0.0.2 80 10.0.0.1 "$port" "$@"; }

# known PORT: prints what JSON has of that connection
known()
{
	tcpstate -N wire list --json initiator ":$1" |
		jq -c '[ .initiator, .responder | [ .isn, .seq, .ack, .window, .wscale,
			.timestamps, .closer ] ] + [ .sack, .syn_us != null, .ack_us != null ]'
}

# numbers PORT: prints that part of what show has
numbers()
{
	shown "$1" | awk 'NF == 2 { on = $1 == "initiator" } on && NF > 2' |
		sed -E 's/^ +//; s/ +/ /g' | head -n 7
}

# handshake PORT: prints that part of what show has, without times
handshake()
{
	shown "$1" | sed -n '/^handshake/,/^$/p' |
		sed -E '1d; /^$/d; s/^ +//; s/^[0-9:.]+ +[0-9]+ us +//'
}

shown()
{
	tcpstate -N wire show --numeric 10.0.0.1:"$1" 10.0.0.2:80
}

# The whole of a connection, by which the others are measured.
port=40000 offers="mss 1460 sackok wscale 7 ts 10 0"
# shellcheck disable=SC2086 # several words
opening()
{
	out S seq 100 win 65535 $offers
	back S. seq 500 ack 101 win 65535 $offers
}
opening
out . seq 101 ack 501 win 100 ts 11 10
check "a whole one: all is known" equal "$(known $port)" \
	"[[100,101,501,65535,7,true,false],[500,501,101,65535,7,true,false],true,true,true]"
check "a whole one: show" equal "$(numbers $port)" "initial number 100 500
next number 101 501
acknowledged 501 101
window 65535 65535
window scale 7 7
timestamps yes yes
selective acks yes yes"
check "a whole one: its handshake" equal "$(handshake $port)" \
	"--> [S]   the initiator asks
<-- [S.]  the responder agrees
--> [.]   both are established"

port=40001
out S seq 100 win 65535
back S. seq 500 ack 101 win 65535
out . seq 101 ack 501 win 100
check "without options: they are known not to be used" equal "$(known $port)" \
	"[[100,101,501,65535,null,false,false],[500,501,101,65535,null,false,false],false,true,true]"
check "without options: show" equal "$(numbers $port | tail -n 3)" "window scale - -
timestamps no no
selective acks no no"

port=40002
# shellcheck disable=SC2086 # several words
out S seq 100 win 65535 $offers
check "a SYN alone: nothing of its receiver" equal "$(known $port)" \
	"[[100,101,null,null,7,true,false],[null,null,null,null,null,null,null],null,false,false]"
check "a SYN alone: show" equal "$(numbers $port)" "initial number 100 ?
next number 101 ?
acknowledged - ?
window - ?
window scale 7 ?
timestamps yes ?
selective acks ? ?"

back R. seq 0 ack 101 win 0
check "a refused SYN: a RST says nothing of numbers and options" equal "$(known $port)" \
	"[[100,101,null,null,7,true,false],[null,null,null,null,null,null,false],null,false,false]"

port=40003
# shellcheck disable=SC2086 # several words
out S seq 100 win 65535 $offers
out . seq 101 ack 501 win 100 ts 11 10
out P. seq 101 ack 501 win 100 len 5 ts 12 10
heard="[100,106,501,null,7,true"
unheard="null,null,null,null,null,null"
check "the initiator alone is heard: nothing of the responder" equal "$(known $port)" \
	"[$heard,false],[$unheard,null],null,false,false]"
check "the initiator alone: show" equal "$(numbers $port)" "initial number 100 ?
next number 106 ?
acknowledged 501 ?
window ? ?
window scale 7 ?
timestamps yes ?
selective acks ? ?"
check "the initiator alone: no answer was seen" equal "$(handshake $port)" \
	"--> [S]   the initiator asks
no answer was seen"
out F. seq 106 ack 501 win 100 ts 13 10
check "the initiator alone: who closed first is not known" equal "$(known $port)" \
	"[[100,107,501,null,7,true,null],[$unheard,null],null,false,false]"
check "the initiator alone: show does not know it either" like "$(shown $port)" \
	"closed first +\\?"
back F. seq 501 ack 107 win 100 ts 20 13
check "then the responder is heard: numbers from now on" equal "$(known $port)" \
	"[[100,107,501,null,7,true,true],[null,502,107,null,null,true,false],null,false,false]"

port=40004
# shellcheck disable=SC2086 # several words
back S. seq 500 ack 101 win 65535 $offers
back . seq 501 ack 106 win 100 ts 12 11
check "the responder alone is heard: nothing of the initiator" equal "$(known $port)" \
	"[[$unheard,null],[500,501,106,null,7,true,false],true,false,false]"
check "the responder alone: show" equal "$(numbers $port)" "initial number ? 500
next number ? 501
acknowledged ? 106
window ? ?
window scale ? 7
timestamps ? yes
selective acks yes yes"
check "the responder alone: no SYN is drawn" equal "$(handshake $port)" \
	"the SYN was not seen
the answer was seen; its time is not known"

port=40005
out P. seq 1000 ack 5000 win 100 len 5
back . seq 5000 ack 1005 win 100
check "picked up: nothing of its opening" equal "$(known $port)" \
	"[[null,1005,5000,null,null,null,false],[null,5000,1005,null,null,null,false],null,false,false]"
check "picked up: show" equal "$(numbers $port)" "initial number ? ?
next number 1005 5000
acknowledged 5000 1005
window ? ?
window scale ? ?
timestamps ? ?
selective acks ? ?"
check "picked up: no SYN is drawn" equal "$(handshake $port)" "not seen"

# The third segment overtakes the second.
port=40006
# shellcheck disable=SC2086 # several words
out S seq 100 win 65535 $offers
out . seq 101 ack 501 win 100 ts 11 10
back P. seq 501 ack 101 win 100 len 5 ts 12 11
back S. seq 500 ack 101 win 65535 wscale 3 ts 10 10
check "a SYN/ACK that comes late: its scale is not one that was assumed" equal \
	"$(known $port)" \
	"[[100,101,501,null,7,true,false],[500,506,101,null,null,true,false],null,false,false]"
check "a SYN/ACK that comes late: show" equal "$(numbers $port | tail -n 4)" "window ? ?
window scale 7 ?
timestamps yes yes
selective acks ? ?"
check "a SYN/ACK that comes late: it was seen" equal "$(handshake $port)" \
	"--> [S]   the initiator asks
the answer was seen; its time is not known"

# times PORT: prints the times of the handshake that list has, and /proc/tcpstate
times()
{
	tcpstate -N wire list --numeric initiator ":$1" | columns /dev/stdin syn_us ack_us
	at wire cat /proc/tcpstate | columns /dev/stdin initiator syn_us ack_us |
		sed -n "s/.*:$1 //p"
}

# unseen NAME PORT SYN_US ACK_US
unseen()
{
	check "the times of $1" equal "$(times "$2")" "$3 $4
$3 $4"
}

unseen "a connection that is picked up" 40005 "?" "?"
unseen "one whose SYN/ACK came late" 40006 "?" "?"
unseen "one of which the responder alone is heard" 40004 "?" "?"
unseen "a SYN that is refused" 40002 - -
port=40007
out S seq 100 win 65535
unseen "a SYN that is not answered yet" $port - -
out . seq 101 ack 501 win 100
unseen "one of which the initiator alone is heard" $port "?" "?"
back P. seq 501 ack 101 win 100 len 5
unseen "one whose SYN/ACK has passed elsewhere" $port "?" "?"
port=40008
back S. seq 500 ack 101 win 65535
unseen "one that is picked up by its SYN/ACK" $port "?" -
port=40009
out S seq 100 win 65535
back S. seq 500 ack 101 win 65535
syn_us=$(at wire cat /proc/tcpstate | columns /dev/stdin initiator syn_us | sed -n "s/.*:$port //p")
unseen "a SYN/ACK that is not acknowledged yet" $port "$syn_us" -
back R. seq 501 ack 101 win 0
unseen "a SYN/ACK that is followed by a RST" $port "$syn_us" -

# events and trace
check "trace tells of all connections" comes "$work/trace" '^#' 10
check "events tells of all connections" comes "$work/events" '"event":"new"' 10
check "trace: which of them had begun before" equal \
	"$(awk '/not seen/ { sub(/.*:/, "", $2); print $2 }' "$work/trace" | xargs)" \
	"40004 40005 40008"
check "JSON: no number is relative to one that was not seen" equal "$(jq -r '
	select(.change.segment != null) | .initiator.port as $port | .change.segment |
	select(.relative_ack != null and .from == "responder") | $port' "$work/events" |
	sort -u | xargs)" "40000 40001 40002 40003 40009"
for pid in "$trace" "$events"; do
	kill -INT "$pid"
	ends "$pid"
	check "it ends" equal "$status" 0
done

done_testing
