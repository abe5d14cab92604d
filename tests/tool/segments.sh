#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tcpstate trace --all-segments: the whole exchange of the article, with what moves no state as
# sums, each in its place; SYNs and FINs that come again; and, when trace is interrupted, what
# has passed since the last event.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# rungs FILE: prints the rungs as INITIATOR_STATE DIRECTION WHAT RESPONDER_STATE, without times
rungs()
{
	sed -nE 's/^[0-9:. ]* 1 ([A-Z_0-9]+ .*)$/\1/p' "$1" |
		sed -E 's/,? (seq|ack|win|length) [0-9:]+//g; s/ -+>/ >/; s/<-+ /< /; s/ +/ /g'
}

out() { play 127.0.0.1 "$port" 127.0.0.1 5000 "$@"; }
back() { play 127.0.0.1 5000 127.0.0.1 "$port" "$@"; }

# opening, with the window update that some systems send; write SEQ: "msg", and its ACK
opening()
{
	out S seq 100 win 65535
	back S. seq 500 ack 101 win 65535
	out . seq 101 ack 501 win 6379
	back . seq 501 ack 101 win 6380
}

write()
{
	out P. seq "$1" ack 501 win 6379 len 3
	back . seq 501 ack $(($1 + 3)) win 6379
}

closing()
{
	out F. seq 110 ack 501 win 6379
	back . seq 501 ack 111 win 6379
	back F. seq 501 ack 111 win 6379
	out . seq 111 ack 502 win 6379
}

load "$@"
pictures=()
wire article
listening tcpstate --netns article trace -n -a port 60370 >"$work/live" 2>/dev/null
live=$pid
listening tcpstate --netns article trace -n -a -b -c 1 port 60370 >"$work/by" 2>/dev/null
by=$pid
for format in svg mermaid; do
	listening tcpstate --netns article trace -n -a --format "$format" port 60370 \
		>"$work/$format" 2>/dev/null
	pictures+=("$pid")
done
port=60370
opening
for seq in 101 104 107; do
	write "$seq"
done
closing
comes "$work/live" " closed$" >/dev/null || fail "the connection ends"
ends "$by"
kill -INT "$live"
ends "$live"
for pid in "${pictures[@]}"; do
	ends "$pid"
done
whole="SYN_SENT [S] > LISTEN
SYN_SENT < [S.] SYN_RECEIVED
ESTABLISHED [.] > ESTABLISHED
ESTABLISHED 3 segments, 9 bytes > ESTABLISHED
ESTABLISHED < 4 ACKs ESTABLISHED
FIN_WAIT_1 [F.] > ESTABLISHED
FIN_WAIT_2 < [.] CLOSE_WAIT
FIN_WAIT_2 < [F.] LAST_ACK
TIME_WAIT [.] > CLOSED"
check "the article's whole exchange" equal "$(rungs "$work/live")" "$whole"
check "and by connection" equal "$(rungs "$work/by")" "$whole"
check "names of the columns stand on top" like "$(head -n 1 "$work/live")" \
	"^time +# initiator +segment +responder$"
check "rungs and sums are all segments of the record" equal \
	"$(rungs "$work/live" | awk '{ n += /segments|ACKs/ ? $2 + $3 : 1 } END { print n }')" \
	"$(at article tcpstate show 127.0.0.1:60370 127.0.0.1:5000 |
		awk '$1 == "all" { print $4 }')"
check "the SVG picture has the sums" equal \
	"$(grep -cE '>(3 segments, 9 bytes|4 ACKs)</text>' "$work/svg")" 2
check "the Mermaid diagram has them, too" equal "$(grep -E -- '-->>' "$work/mermaid" | xargs)" \
	"I-->>R: 3 segments, 9 bytes R-->>I: 4 ACKs"

# What comes again, and what has passed when trace is interrupted.
port=60371
listening tcpstate --netns article trace -n -a port 60371 >"$work/again" 2>/dev/null
again=$pid
listening tcpstate --netns article trace -n -a --format mermaid port 60371 >"$work/picture" \
	2>/dev/null
picture=$pid
start tcpstate --netns article record "$work/rec" 2>"$work/rec.err"
recorder=$pid
until_true tcpstate list --count --read "$work/rec" >/dev/null 2>&1 || die "it does not record"
out S seq 100 win 65535
out S seq 100 win 65535
back S. seq 500 ack 101 win 65535
out . seq 101 ack 501 win 6379
write 101
out F. seq 104 ack 501 win 6379
out F. seq 104 ack 501 win 6379
comes "$work/again" "FIN_WAIT_1" >/dev/null || fail "the FIN comes"
kill -INT "$again" "$picture"
ends "$again"
ends "$picture"
check "a SYN and a FIN that come again, the latter at the interruption" equal \
	"$(rungs "$work/again")" \
	"SYN_SENT [S] > LISTEN
SYN_SENT SYN again > LISTEN
SYN_SENT < [S.] SYN_RECEIVED
ESTABLISHED [.] > ESTABLISHED
ESTABLISHED 1 segment, 3 bytes > ESTABLISHED
ESTABLISHED < 1 ACK ESTABLISHED
FIN_WAIT_1 [F.] > ESTABLISHED
FIN_WAIT_1 FIN again > ESTABLISHED"
# A recording has what the events told; the kernel is not asked what has passed after them.
kill -INT "$recorder"
ends "$recorder"
tcpstate-sanitized trace -n -a --read "$work/rec" port 60371 >"$work/read" 2>"$work/read.err"
check "a recording can be read" equal "$?" 0
check "and has all but what came after the last event" equal "$(rungs "$work/read")" \
	"$(rungs "$work/again" | sed '$d')"
untold="(what passed after this is not in the recording)"
check "and says that this is missing" equal "$(tail -n 1 "$work/read" | xargs)" "1 $untold"
check "also one by one" equal \
	"$(tcpstate trace -n -a -b --read "$work/rec" port 60371 2>/dev/null | tail -n 1 | xargs)" \
	"1 $untold"
tcpstate-sanitized trace -n -a --format svg --read "$work/rec" port 60371 >"$work/drawn" \
	2>"$work/read.err"
check "and can be drawn" equal "$? $(grep -c "1 segment, 3 bytes<" "$work/drawn")" "0 1"
check "a picture ends with it, too" equal "$(grep -E -- '-->>' "$work/picture" | tail -n 1 |
	xargs)" "I-->>R: FIN again"
done_testing
