#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tcpstate trace --format: pictures of the article's exchange, in a namespace whose name is
# markup to XML, against the text of the same ladder. tests/unit/pictures draws such pictures.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# opening, closing: the article's segments
opening()
{
	play 127.0.0.1 60370 127.0.0.1 5000 S seq 2313595154 win 65535
	play 127.0.0.1 5000 127.0.0.1 60370 S. seq 679172691 ack 2313595155 win 65535
	play 127.0.0.1 60370 127.0.0.1 5000 . seq 2313595155 ack 679172692 win 6379
}

closing()
{
	play 127.0.0.1 60370 127.0.0.1 5000 F. seq 2313595155 ack 679172692 win 6379
	play 127.0.0.1 5000 127.0.0.1 60370 . seq 679172692 ack 2313595156 win 6379
	play 127.0.0.1 5000 127.0.0.1 60370 F. seq 679172692 ack 2313595156 win 6379
	play 127.0.0.1 60370 127.0.0.1 5000 . seq 2313595156 ack 679172693 win 6379
}

# xml: prints the texts of the SVG picture on stdin, a line each, as an XML parser reads them
xml()
{
	python3 -c '
import sys, xml.etree.ElementTree as tree
for text in tree.fromstring(sys.stdin.buffer.read()).iter("{http://www.w3.org/2000/svg}text"):
	print("".join(text.itertext()))'
}

# segments_of: prints the segments among the lines of stdin, as the ladder has them
segments_of()
{
	grep -oE '\[[SFRP.]+\] .*length [0-9]+'
}

load "$@"
tracers=()
name='a&b'
wire "$name"
for format in text svg mermaid; do
	words=()
	[ "$format" = text ] || words=(--format "$format")
	listening tcpstate --netns "$name" trace -n -t boot --by-connection "${words[@]}" \
		port 5000 >"$work/$format" 2>"$work/$format.err"
	tracers+=("$pid")
done
listening tcpstate --netns "$name" trace -n --format svg --count 3 >"$work/three" 2>/dev/null
three=$pid
listening tcpstate --netns "$name" trace -n --format svg verdict refused >"$work/none" \
	2>"$work/none.err"
none=$pid
listening tcpstate --netns "$name" trace -n --format svg port 5000 phase established \
	>"$work/open" 2>/dev/null
open=$pid
opening
ends "$three"
check "--count ends a picture after so many events" equal "$(xml <"$work/three" | segments_of |
	wc -l)" 3
kill -INT "$open"
ends "$open"
check "a picture of a connection that has not ended is drawn at an interruption" equal \
	"$status $(xml <"$work/open" | grep -c ESTABLISHED)" "0 2"
closing
comes "$work/text" " closed$" >/dev/null || fail "the connection ends"
kill -INT "${tracers[0]}"
for pid in "${tracers[@]}"; do
	ends "$pid"
	check "it ends by itself, or at an interruption" equal "$status" 0
done
segments_of <"$work/text" >"$work/wanted"
check "the ladder has the article's segments" equal "$(wc -l <"$work/wanted")" 7
xml <"$work/svg" >"$work/texts"
check "the SVG picture has the same segments" equal "$(segments_of <"$work/texts")" \
	"$(cat "$work/wanted")"
check "and the states of both ends" equal "$(grep -E '^[A-Z_0-9]+$' "$work/texts" | xargs)" \
	"CLOSED SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT$(
	) LISTEN SYN_RECEIVED ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED"
check "and the namespace, whose name is escaped" grep -qxF "network namespace $name" "$work/texts"
check "and the times" equal "$(grep -cE '^[0-9]+\.[0-9]{6}$' "$work/texts")" 8
check "the Mermaid diagram has the same segments" equal "$(segments_of <"$work/mermaid")" \
	"$(cat "$work/wanted")"
check "from the same ends" equal "$(grep -oE '[IR]->>[IR]' "$work/mermaid" | cut -c 1 | xargs)" \
	"I R I I R R I"
check "and the namespace" grep -qF 'network namespace a#38;b' "$work/mermaid"
kill -INT "$none"
ends "$none"
check "if no such connection passes, nothing is drawn" equal "$status $(wc -c <"$work/none")" "1 0"
check "and a message says so" grep -q "no such connection passed" "$work/none.err"
done_testing
