#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tcpstate explain: of real sockets in every state that lasts, and of a connection of which one
# direction was seen, what it says of each end, and what it does not say.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# explained PORT: leaves the explanation of the connection to that port in $work/explained, a
# section to a line, without its indent
explained()
{
	tcpstate explain --numeric "$(await -p id "responder=*:$1")" >"$work/wrapped" || return
	awk '/^[a-z]+$/ { printf "%s%s:", NR == 1 ? "" : "\n", $0; next }
		{ sub(/^ +/, ""); printf " %s", $0 }
		END { print "" }' "$work/wrapped" >"$work/explained"
}

# says PORT SECTION TEXT: that section of the explanation has the TEXT
says()
{
	explained "$1" || return
	grep "^$2: " "$work/explained" | grep -qF -- "$3" ||
		{ echo "no '$3' in" ; cat "$work/explained" ; return 1 ; }
}

# says_not PORT TEXT
says_not()
{
	explained "$1" && ! grep -F -- "$2" "$work/explained"
}

load "$@"
peers
population
initiator=$(await -p initiator responder=*:5002)

check "by its tuple, too" equal \
	"$(tcpstate explain -n "$initiator" 127.0.0.2:5002 | sed -n 2p | cut -d ' ' -f 3-6)" \
	"The initiator, $initiator, is"
check "half-closed: whose program has not closed its socket" says 5002 usually \
	"The program of the responder has not closed its socket."
check "what is awaited" says 5002 next \
	"In FIN_WAIT_2, the initiator waits for the FIN of the responder."
check "both states" says 5002 states ":5002, is in CLOSE_WAIT: it has acknowledged the FIN"
check "who closed first" says 5002 seen "The first FIN came from the initiator."
# in_state: the time since the last change of a state that explain tells lies between those that
# JSON has before and after
in_state()
{
	local ms told after

	ms=$(tcpstate list --json port 5002 | jq .in_state_ms)
	explained 5002 || return
	told=$(sed -nE 's/^since: .*The last change of a state was [^,]*, ([0-9.]+) s ago.*/\1/p' \
		"$work/explained")
	after=$(tcpstate list --json port 5002 | jq .in_state_ms)
	awk -v ms="$ms" -v told="$told" -v after="$after" 'BEGIN {
		between = told >= int(ms / 100) / 10 && told <= after / 1000
		if (!between)
			print told " s are not between " ms " and " after " ms"
		exit !between
	}'
}
! wants jq "since when" || check "since when" in_state
check "and when a segment passed last" says 5002 since "The last segment that counts passed "
check "the handshake's times" says 5000 seen \
	"The whole handshake was seen: the SYN/ACK came $(await -p syn_us responder=*:5000) us"
check "data, and bytes" says 5000 seen "1 of them with data (5 bytes)"
check "TIME_WAIT: how long it takes" says 5003 next "The time_wait timer runs, with "
check "and when the connection ended" says 5003 since "The connection ended at "
check "a SYN without an answer" says 5007 usually "a packet filter drops it or its answer"
check "no socket is claimed at the other end" says 5007 states \
	"is in LISTEN: nothing that it sent was seen, and whether a socket listens there is not"
check "nothing was seen of that end" says 5007 seen "No segment of the responder was seen."
check "refused" says 5005 usually "No socket listens on this port of the responder"
check "reset" says 5006 seen "The verdict is reset_by_initiator: the initiator sent a RST."
check "a local initiator's handshake: whose times they are" says 5000 seen \
	"Both ends are local, and so are both times."
for path in "another path" asymmetric; do
	check "a local end: no word of $path" says_not 5007 "$path"
done
check "what to ask next: the program" says 5002 try \
	"'tcpstate show --process $(await -p id responder=*:5002)' names the program"
check "what to ask next: other refusals" says 5005 try \
	"'tcpstate top --by responder,responder_port verdict refused'"
check "where to read about it" says 5002 read "RFC 9293, 3.6.1"

# One direction alone: what the initiator acknowledges shows the state of the responder.
wire half
play 127.0.0.1 60370 127.0.0.1 5100 S seq 100 win 65535
play 127.0.0.1 60370 127.0.0.1 5100 . seq 101 ack 501 win 6379
half()
{
	at half tcpstate explain --numeric 127.0.0.1:60370 127.0.0.1:5100 >"$work/half" || return
	tr -s '\n ' ' ' <"$work/half" >"$work/line"
	grep -qF "$1" "$work/line" || { cat "$work/half" ; return 1 ; }
}
check "one direction: the other end's state is inferred" half \
	"nothing that it sent was seen, and this state follows from what the initiator sent."
check "one direction: the SYN/ACK was not seen" half "No SYN/ACK was seen."
check "one direction: no claim that the other end sent anything" equal \
	"$(grep -cE "the responder (has )?(sent|answered|acknowledged)" "$work/line")" 0

for columns in 60 80; do
	check "lines fit $columns columns" equal "$(on_terminal "$columns" \
		"tcpstate explain -C never -n $(await -p id responder=*:5001)" |
		awk -v most="$columns" 'length($0) > most')" ""
done
check "a pipe has lines of 80 columns" equal "$(awk 'length($0) > 80' "$work/half")" ""
status_of()
{
	tcpstate "$@" >"$work/out" 2>"$work/err"
	echo "$?"
}
check "no such connection: it fails" equal "$(status_of explain 1)" 1
check "and says so in a line" equal "$(wc -l <"$work/err")" 1
check "without words, it says what it takes" equal "$(status_of explain)" 2
done_testing
