#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make demo: each of its steps shows what it announces, or else it fails; here, whether it fits a
# terminal, and whether its figures and its picture are those that the formats of the headers
# and the rules of the protocols give.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# section TITLE: prints the lines below that title
section()
{
	awk -v title="$1" '
		/^-+$/ { on = before == title }
		on { print }
		{ before = $0 }' "$work/demo"
}

# figure TITLE TEXT: prints the two figures of that line there, or three words with a unit
figure()
{
	section "$1" | awk -v text="$2" 'index($0, "  " text "  ") == 1 {
		sub(".*" text " +", "")
		$1 = $1
		print }'
}

# picture COLUMN: prints the packets of the left or the right half, as DIRECTION WHAT
picture()
{
	section "$udp" | awk -F '|' -v at="$1" 'NF == 5 && $at ~ /[<>]/ { print $at }' |
		sed -E 's/^<-+ (.*) $/< \1/; s/^ (.*) -+>$/> \1/'
}

udp="The same three messages over UDP"
requests="Ten requests over one connection, and over ten"
# A count is exact if TCP sends no segment again: see undisturbed.
for _ in 1 2 3; do
	"$here/../demo/run" >"$work/demo" 2>&1
	status=$?
	has_lines "$work/demo" "^# TCP has sent segments again" || break
done
check "it runs to its end" equal "$status" 0 || remark <"$work/demo"
check "no line is wider than 100 columns" equal "$(awk 'length($0) > 100' "$work/demo")" ""
check "seven segments and three messages with their ACKs, and three datagrams" equal \
	"$(figure "$udp" "packets")" "$((7 + 2 * 3)) 3"
check "the handshake goes before the first message, and nothing does for UDP" equal \
	"$(figure "$udp" "packets before the first message")" "3 0"
# IPv4 and TCP have 20 bytes each, timestamps take 12, and a SYN has 8 more of other options.
check "bytes of headers" equal "$(figure "$udp" "bytes of headers, from IPv4 on")" \
	"$((13 * (20 + 20 + 12) + 2 * 8)) $((3 * (20 + 8)))"
check "the picture has the connection" equal "$(picture 2 | head -n 3 | xargs)" \
	"> [S] < [S.] > [.]"
check "with its messages and their ACKs" equal "$(picture 2 | tail -n +4 | head -n -4 | sort)" \
	"$(printf '< [.]\n< [.]\n< [.]\n> [P.] 3 bytes\n> [P.] 3 bytes\n> [P.] 3 bytes')"
check "and its end" equal "$(picture 2 | tail -n 4 | xargs)" "> [F.] < [.] < [F.] > [.]"
check "and next to it three datagrams" equal "$(picture 4)" \
	"$(printf '> 3 bytes\n> 3 bytes\n> 3 bytes')"
check "one connection leaves one TIME_WAIT, and ten leave ten" equal \
	"$(figure "$requests" "connections left in TIME_WAIT")" "1 10"
check "top has a line for each port" equal \
	"$(section "$requests" | awk '/^501[01] / { print $1, $2, $3, $6 }')" \
	"$(printf '5011 10 10 130\n5010 1 1 130')"
read -r one ten <<<"$(figure "$requests" "packets")"
read -r one_opens ten_open <<<"$(figure "$requests" "of which open or close")"
# A FIN may carry the ACK of the other one, and an answer that of its request.
check "six or seven segments open and close one connection" between 6 "$one_opens" 7
check "and ten times as many ten" between 60 "$ten_open" 70
check "the other segments carry twenty messages, and at most as many ACKs" between 20 \
	"$((one - one_opens))" 40
check "over ten connections, too" between 20 "$((ten - ten_open))" 40
check "the fourth packet is a window update: the SYN/ACK has offered none" equal \
	"$(section "The article's fourth packet" | awk '/ window / && $1 ~ /^[1-4]$/ {
		print $1, $2, $4, $5, ($7 ? "open" : "closed") }')" \
	"1 client server [S] open
2 server client [S.] closed
3 client server [.] open
4 server client [.] open"
check "and leaves the ladder's states alone" equal \
	"$(section "The article's fourth packet" | grep -c 'ESTABLISHED  <-* 1 ACK ESTABLISHED$')" 1
done_testing
