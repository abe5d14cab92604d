#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tcpstate trace: the article's exchange, and real sockets, against what tcpdump
# captures on the same wire at the same time. In each direction its segments are
# tcpdump's, in order and number for number; they are those that move a state, and
# the states after each are the article's.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# ladder FILE RESPONDER: prints what trace printed of the connection to there, as
# DIRECTION|SEGMENT|INITIATOR_STATE|RESPONDER_STATE; a timer has the direction "-"
ladder()
{
	sed -nE 's/^[0-9:.]+ +([0-9]+ [A-Z_])/\1/
		s/^([0-9]+) ([A-Z_0-9]+) +(\[.*[^ -]) -*> ([A-Z_0-9]+)(.*)$/\1|>|\3|\2|\4\5/p
		s/^([0-9]+) ([A-Z_0-9]+) +<-* (\[.*[^ ]) ([A-Z_0-9]+)(  .*)?$/\1|<|\3|\2|\4\5/p
		s/^([0-9]+) ([A-Z_0-9]+) +(\(.*\)) +([A-Z_0-9]+)(.*)$/\1|-|\3|\2|\4\5/p
		s/^#([0-9]+) [^ ]+ > ([^ ]+)(.*)$/#|\1|\2/p' "$1" |
		awk -F'|' -v responder="$2" '
			$1 == "#" { is[$2] = $3 == responder; next }
			is[$1] { sub(/^[0-9]+[|]/, ""); print }'
}

# dump_of FILE INITIATOR: prints what tcpdump printed, as DIRECTION|SEGMENT
dump_of()
{
	sed -nE 's/^IP6? ([^ ]+) > ([^ ]+): Flags (\[[^]]*\]),(.*)$/\1|\3\4/p' "$1" |
		sed 's/, options \[[^]]*\]//' |
		awk -F'|' -v initiator="$2" '{ print ($1 == initiator ? ">" : "<") "|" $2 }'
}

# in_order DIRECTION: the segments of that direction in $work/ours are in $work/theirs, in
# the same order; others may stand between them
in_order()
{
	grep "^$1" "$work/ours" | cut -d '|' -f 1,2 >"$work/ours.one"
	grep "^$1" "$work/theirs" >"$work/theirs.one"
	[ -s "$work/ours.one" ] || { echo "no segment" ; return 1 ; }
	awk 'NR == FNR { wanted[++n] = $0; next }
		at < n && $0 == wanted[at + 1] { at++ }
		END {
			if (at < n)
				print "tcpdump did not see (then) " wanted[at + 1]
			exit at < n
		}' \
		"$work/ours.one" "$work/theirs.one" || { cat "$work/theirs.one" ; return 1 ; }
}

# states TABLE: the rungs' directions, flags and states are those of TABLE
states()
{
	sed -E 's/^(.)\|(\[[^]]*\])[^|]*\|/\1 \2 /
		s/^-\|\((.*) timer ran out\)\|/- \1 /
		s/\|/ /' "$work/ours" >"$work/found"
	diff <(echo "$1") "$work/found"
}

# compare NAME INITIATOR RESPONDER NUMBERS: compares the rungs of a connection with tcpdump's
# lines, both written with these NUMBERS, absolute or relative
compare()
{
	ladder "$work/trace.$4" "$3" >"$work/ours"
	# tcpdump writes a point before the port.
	dump_of "$work/dump.$4" "$(sed -E 's/[][]//g; s/:([0-9]+)$/.\1/' <<<"$2")" >"$work/theirs"
	check "$1: the initiator's segments are tcpdump's, $4 numbers" in_order ">"
	check "$1: the responder's segments are tcpdump's, $4 numbers" in_order "<"
}

# capture NETNS DEVICE DIRECTION: begins to trace there and to capture, in absolute
# numbers and in relative ones. tcpdump needs only the headers of a frame: with room for
# whole frames (262,144 bytes each) its ring has 16 slots, and it loses some of a burst if
# it is not scheduled at once.
capture()
{
	local numbers options

	for numbers in absolute relative; do
		options=(--numeric)
		[ "$numbers" = relative ] || options+=(--absolute)
		[ "$1" = . ] || options+=(--netns "$1")
		listening tcpstate trace "${options[@]}" >"$work/trace.$numbers" 2>"$work/trace.err"
		tracers+=("$pid")
		options=(-tnlS -s 256)
		[ "$numbers" = absolute ] || options=(-tnl -s 256)
		: >"$work/dump.err.$numbers"
		start at_netns "$1" tcpdump "${options[@]}" -i "$2" -Q "$3" --immediate-mode tcp \
			>"$work/dump.$numbers" 2>"$work/dump.err.$numbers"
		tracers+=("$pid")
		comes "$work/dump.err.$numbers" "^listening on" >"$work/out" ||
			die "$(cat "$work/out")"
	done
}

# Like at, but without a process in between, so that the one that start began can be ended.
at_netns()
{
	local name=$1

	shift
	[ "$name" != . ] || exec "$@"
	exec nsenter --net="/run/netns/$name" -- "$@"
}

# all_came NUMBERS LINES RUNGS
all_came()
{
	comes "$work/dump.$1" "Flags" "$2" &&
		comes "$work/trace.$1" "(\[[SFRP.]+\]|ran out)" "$3"
}

# captured LINES RUNGS: ends the capture when so many lines and rungs have come
captured()
{
	local numbers

	for numbers in absolute relative; do
		all_came "$numbers" "$@" >"$work/out" ||
			{ fail "$topic: all of it comes" ; remark <"$work/out" ; }
	done
	for pid in "${tracers[@]}"; do
		kill -INT "$pid"
		ends "$pid"
	done
	tracers=()
	for numbers in absolute relative; do
		has_lines "$work/dump.err.$numbers" "^0 packets dropped by kernel" ||
			{ fail "$topic: tcpdump loses none" ; remark <"$work/dump.err.$numbers" ; }
	done
}
tracers=()

# compare_all NAME INITIATOR RESPONDER TABLE
compare_all()
{
	compare "$1" "$2" "$3" relative
	compare "$1" "$2" "$3" absolute
	check "$1: the states after each" states "$4"
}

opening_states="> [S] SYN_SENT LISTEN
< [S.] SYN_SENT SYN_RECEIVED
> [.] ESTABLISHED ESTABLISHED"
closing_states="> [F.] FIN_WAIT_1 ESTABLISHED
< [.] FIN_WAIT_2 CLOSE_WAIT
< [F.] FIN_WAIT_2 LAST_ACK
> [.] TIME_WAIT CLOSED"
all_states="$opening_states
$closing_states"

wants tcpdump "segments are those on the wire" || done_testing
load "$@"
wire article

# the two directions of the connection; seq and ack are as in the article
out() { play "$client" "$port" "$server" 5000 "$@"; }
back() { play "$server" 5000 "$client" "$port" "$@"; }

# shellcheck disable=SC2086 # several words
article_opening()
{
	local first="mss 16344 wscale 6 sackok"

	out S seq 2313595154 win 65535 $first ts 1648035900 0
	back S. seq 679172691 ack 2313595155 win 65535 $first ts 273853589 1648035900
	out . seq 2313595155 ack 679172692 win 6379 ts 1648035900 273853589
	back . seq 679172692 ack 2313595155 win 6379 ts 273853589 1648035900
}

article_write()
{
	out P. seq "$1" ack 679172692 win 6379 len 3
	back . seq 679172692 ack $(($1 + 3)) win 6379
}

# article_closing SEQ PEER_SEQ
article_closing()
{
	out F. seq "$1" ack "$2" win 6379
	back . seq "$2" ack $(($1 + 1)) win 6379
	back F. seq "$2" ack $(($1 + 1)) win 6379
	out . seq $(($1 + 1)) ack $(($2 + 1)) win 6379
}

# Capture what comes in, because each packet goes out again by the same device.
capture article tun0 in
client=127.0.0.1 server=127.0.0.1 port=60370
article_opening
article_write 2313595155
article_write 2313595158
article_closing 2313595161 679172692
port=60697
article_closing 1 1
server=127.0.0.2 port=60698
out S seq 0 win 65535
back S. seq 0 ack 1 win 65535
out . seq 1 ack 1 win 6379
article_closing 1 1
client=fd00::1 server=fd00::2 port=60370
article_opening
article_write 2313595155
article_closing 2313595158 679172692
captured 33 25

# Two connections of one responder are told apart by their headings.
for numbers in absolute relative; do
	check "the article: four connections have a heading each, $numbers" \
		equal "$(grep -c '^#' "$work/trace.$numbers")" 4
	check "the article: one had begun before, $numbers" has_lines "$work/trace.$numbers" \
		"^#2 127.0.0.1:60697 > 127.0.0.1:5000"
	# Without this, both would be "to 127.0.0.1:5000".
	sed -i '/^#2 /s/:5000/:6000/' "$work/trace.$numbers"
done
compare_all "the article" 127.0.0.1:60370 127.0.0.1:5000 "$all_states"
check "the article: its numbers" equal "$(cut -d '|' -f 2 "$work/ours" | tr '\n' '/')" \
	"$(cat <<-'END' | tr '\n' '/'
		[S] seq 2313595154, win 65535, length 0
		[S.] seq 679172691, ack 2313595155, win 65535, length 0
		[.] ack 679172692, win 6379, length 0
		[F.] seq 2313595161, ack 679172692, win 6379, length 0
		[.] ack 2313595162, win 6379, length 0
		[F.] seq 679172692, ack 2313595162, win 6379, length 0
		[.] ack 679172693, win 6379, length 0
	END
	)"
ladder "$work/trace.relative" 127.0.0.1:5000 >"$work/ours"
check "the article: its relative numbers" equal \
	"$(sed 1,3d "$work/ours" | cut -d '|' -f 2 | sed 's/, win.*//' | tr '\n' '/')" \
	"[F.] seq 7, ack 1/[.] ack 8/[F.] seq 1, ack 8/[.] ack 2/"
compare "the article's closing alone" 127.0.0.1:60697 127.0.0.1:6000 absolute
check "the article's closing alone: the states after each" states "$closing_states"
compare_all "the article's closing with its opening" 127.0.0.1:60698 127.0.0.2:5000 "$all_states"
compare_all "the article in IPv6" '[fd00::1]:60370' '[fd00::2]:5000' "$all_states"

# Real sockets on a cable, seen in the client's namespace.
peers
netns left right
veth left veth0 10.5.0.1/24 fd05::1/64 -- right veth0 10.5.0.2/24 fd05::2/64
set_sysctl left net.tcpstate.time_wait_timeout_ms=600 net.tcpstate.closed_timeout_ms=300
for family in 4 6; do
	[ "$family" = 4 ] && address=10.5.0.2 own=10.5.0.1 || address=fd05::2 own=fd05::1
	listener "l$family" "$family" right "$address" 5000
done

# end_of ADDRESS PORT, as the tool writes it
end_of()
{
	[[ $1 == *:* ]] && echo "[$1]:$2" || echo "$1:$2"
}

# Opens c and s on the cable.
dial()
{
	capture left veth0 inout
	tell open c "$family" left
	tell bind c "$own" "$1"
	tell connect c "$address" 5000
	tell connected c
	tell accept s "l$family"
}

# orderly: makes a connection with one write, which one end closes after the other
orderly()
{
	local port=$((6000 + 10 * attempt))

	ends=("$(end_of "$own" "$port")" "$(end_of "$address" 5000)")
	dial "$port"
	tell send c hello
	tell receive s 5
	tell shutdown c
	ask receive s 1
	remains -n left "initiator=*:$port" step=2/4
	tell shutdown s
	captured 9 8
	tell close c
	tell close s
}

for family in 4 6; do
	[ "$family" = 4 ] && address=10.5.0.2 own=10.5.0.1 || address=fd05::2 own=fd05::1
	undisturbed left right -- orderly
	compare_all "veth, IPv$family" "${ends[@]}" "$all_states
- time_wait CLOSED CLOSED"
	check "veth, IPv$family: the end sums up" has_lines "$work/trace.absolute" \
		" record removed \\(closed\\): 9 segments, 1 of them data\$"

	ends=("$(end_of "$own" 6001)" "$(end_of "$address" 5000)")
	dial 6001
	tell reset c
	captured 4 4
	compare_all "veth, IPv$family, reset" "${ends[@]}" "$opening_states
> [R.] CLOSED CLOSED"
	tell close s

	ends=("$(end_of "$own" 6002)" "$(end_of "$address" 5001)")
	capture left veth0 inout
	tell open c "$family" left
	tell bind c "$own" 6002
	tell connect c "$address" 5001
	answers "a closed port refuses" "error ECONNREFUSED" connected c
	captured 2 2
	compare "veth, IPv$family, refused" "${ends[@]}" absolute
	check "veth, IPv$family, refused: the states after each" states "> [S] SYN_SENT LISTEN
< [R.] CLOSED CLOSED"
	# tcpdump does not relate an ACK to a SYN that was not accepted.
	check "veth, IPv$family, refused: its relative numbers" has_lines \
		"$work/trace.relative" "<-* \[R\.\] seq 0, ack 1, win 0, length 0 CLOSED"
	tell close c
done

# On loopback the segments of both ends pass once; here both close at the same time.
listener l 4 . 127.0.0.1 5001
capture . lo in
tell open c 4
tell bind c 127.0.0.1 6003
tell connect c 127.0.0.1 5001
tell connected c
tell accept s l
hold . "tcp dport 5001 tcp flags & fin == fin"
hold . "tcp sport 5001 tcp flags & fin == fin"
tell shutdown c
tell shutdown s
see "two FINs that cross" responder=*:5001 initiator_state=FIN_WAIT_1 responder_state=FIN_WAIT_1
hold_instead . "tcp sport 5001 tcp flags & fin == fin"
see "CLOSING" responder=*:5001 initiator_state=FIN_WAIT_2 responder_state=CLOSING
release .
see "TIME_WAIT twice" responder=*:5001 initiator_state=TIME_WAIT responder_state=TIME_WAIT
captured 7 7
compare_all "loopback, simultaneous close" 127.0.0.1:6003 127.0.0.1:5001 "$opening_states
> [F.] FIN_WAIT_1 ESTABLISHED
< [F.] FIN_WAIT_1 FIN_WAIT_1
< [.] FIN_WAIT_2 CLOSING
> [.] TIME_WAIT TIME_WAIT"

# Two connections at once: printed as events come, with their numbers, or one after the
# other.
two_at_once()
{
	local n

	await -c 0 >/dev/null
	listening tcpstate trace --numeric --by-connection --count 2 port 5001 \
		>"$work/by" 2>"$work/by.err"
	by=$pid
	listening tcpstate trace --json port 5001 >"$work/json" 2>"$work/json.err"
	json=$pid
	for n in 1 2; do
		tell open "c$n" 4
		tell bind "c$n" 127.0.0.1 "61$attempt$n"
	done
	tell connect c1 127.0.0.1 5001
	tell connect c2 127.0.0.1 5001
	tell connected c1
	tell connected c2
	tell accept s1 l
	tell accept s2 l
	tell close c1
	tell close c2
	remains -c 2 responder=*:5001 step=2/4
	tell close s1
	tell close s2
	ends "$by"
	comes "$work/json" '"event":"end"' 2 >/dev/null
	kill -TERM "$json"
	by_status=$status
	ends "$json"
}

set_sysctl . net.tcpstate.time_wait_timeout_ms=300 net.tcpstate.closed_timeout_ms=200
see "nothing is left" -c 0
undisturbed . -- two_at_once
check "--by-connection --count 2 ends after two" equal "$by_status" 0
check "--by-connection: one after the other" equal \
	"$(awk '/^#/ { print; next } $2 ~ /^[0-9]+$/ { print $2 }' "$work/by" | uniq |
		paste -d ' ' - - | sort)" \
	"#1 127.0.0.1:61${attempt}1 > 127.0.0.1:5001 1
#2 127.0.0.1:61${attempt}2 > 127.0.0.1:5001 2"
for n in 1 2; do
	awk -v n="$n" '/^#/ { on = $1 == "#" n } on' "$work/by" >"$work/one"
	ladder "$work/one" 127.0.0.1:5001 >"$work/ours"
	check "--by-connection: all of number $n" states "$all_states"
done
if wants jq "JSON has the same segments"; then
	ladder_json()
	{
		jq -r --argjson port "61${attempt}1" '
			select(.initiator.port == $port and .change.segment != null) |
			[ (if .change.segment.from == "initiator" then ">" else "<" end),
			  .change.segment.flags, .initiator.state, .responder.state ] | join(" ")' \
			"$work/json"
	}
	check "JSON has the same segments" equal "$(ladder_json)" "$all_states"
fi

# A handshake has the same times in every command. They are compared as ns since boot: two processes
# may read the wall clock some us apart.
same_times()
{
	local n traced shown

	for n in 1 2 3 4 5 6; do
		listening tcpstate trace --json --count 3 port "$((5080 + n))" >"$work/timed" \
			2>/dev/null
		listener "lt$n" 4 . 127.0.0.1 "$((5080 + n))"
		call "ct$n" "st$n" "lt$n" 4 . 127.0.0.1 "$((5080 + n))"
		ends "$pid"
		traced=$(jq .time_ns "$work/timed")
		equal "$(wc -w <<<"$traced")" 3 || return
		shown=$(tcpstate show --json "$(jq -s '.[0].id' "$work/timed")" |
			jq '.id, .id + 1000 * .syn_us, .id + 1000 * (.syn_us + .ack_us)')
		equal "$traced" "$shown" || return
	done
}
if wants jq "the three segments of a handshake have the times that show has"; then
	check "the three segments of a handshake have the times that show has" same_times
fi

done_testing
