#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tcpstate log: each connection that ends has one line, when it ends, with what list has of it;
# also if its verdict is taken back. A recording has the same lines.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# line PORT [FILE]: prints the lines about the connection to that port
line()
{
	grep -E " [^ ]+:$1 " "${2:-$work/log}"
}

# has PORT VERDICT: waits until the connection has its line, with that verdict, while its
# record is there
has()
{
	comes "$work/log" ":$1 .* $2 +[-0-9/]+ [^ ]+ +[0-9]+\$" &&
		await responder="*:$1" verdict="$2" >/dev/null
}

# The columns of log that list has, too
shared="duration_s initiator responder syn_us ack_us segments bytes retransmits verdict uid id"

# same_as_list PORT: the line about that connection has what list has of it
same_as_list()
{
	# shellcheck disable=SC2086 # several words
	equal "$(columns <(head -n 1 "$work/log"; line "$1") $shared)" \
		"$(columns <(tcpstate list --numeric responder ":$1") $shared)"
}

# word COLUMN PORT: prints that word of the line about the connection to that port
word()
{
	columns <(head -n 1 "$work/log"; line "$2") "$1"
}

load "$@"
peers
keep .
listener l 4 . 127.0.0.1 4999
call c s l 4 . 127.0.0.1 4999
tell close c
tell close s
see "one has ended before" responder=*:4999 verdict=closed
listening tcpstate log --numeric --time boot >"$work/log" 2>"$work/log.err"
log=$pid
listening tcpstate log --json >"$work/json" 2>/dev/null
json=$pid
listening tcpstate log --numeric --final >"$work/final" 2>/dev/null
final=$pid
listening tcpstate log --no-header --count 1 verdict refused >"$work/refused" 2>"$work/refused.err"
one=$pid
start tcpstate record "$work/rec" 2>/dev/null
recorder=$pid
until_true tcpstate list --count --read "$work/rec" >/dev/null 2>&1 || die "it does not record"
check "a header names the columns" equal "$(head -n 1 "$work/log" | xargs)" \
	"start duration_s initiator responder syn_us ack_us segments bytes retransmits closer verdict uid cgroup id"
check "there is no other line yet" equal "$(wc -l <"$work/log")" 1

listener l5000 4 . 127.0.0.1 5000
call c5000 s5000 l5000 4 . 127.0.0.1 5000
tell send c5000 hello
tell receive s5000 5
tell close c5000
tell close s5000
check "closed: at once" has 5000 closed
check "closed: what list has" same_as_list 5000
check "closed: 5 bytes of one end" equal "$(word bytes 5000)" 5/0
check "closed: who closed first" equal "$(word closer 5000)" initiator
check "closed: when it began" equal "$(word start 5000)" \
	"$(word id 5000 | awk '{ printf "%.6f", int($1 / 1000) / 1000000 }')"
listener l5001 6 . ::1 5001
call c5001 s5001 l5001 6 . ::1 5001
tell close s5001
tell close c5001
check "closed by the responder" has 5001 closed
check "closed by the responder: what list has" same_as_list 5001
check "closed by the responder: who closed first" equal "$(word closer 5001)" responder
caller c5005 4 . 127.0.0.1 5005
answers "a closed port refuses" "error ECONNREFUSED" connected c5005
check "refused: at once" has 5005 refused
check "refused: what list has" same_as_list 5005
check "refused: nobody has closed it" equal "$(word closer 5005)" -
listener l5006 4 . 127.0.0.1 5006
call c5006 s5006 l5006 4 . 127.0.0.1 5006
tell reset c5006
check "reset: at once" has 5006 reset_by_initiator
check "reset: what list has" same_as_list 5006
ends "$one"
check "a filter is for the line" equal "$status $(line 5005 "$work/refused" | wc -l) $(
	wc -l <"$work/refused") $(cat "$work/refused.err")" \
	"0 1 1 1 connection shown, 0 events lost"

# What no transition ends has its line when its record is removed.
call c5002 s5002 l5000 4 . 127.0.0.1 5000
check "a connection that lives has none" equal "$(line 5000 | wc -l)" 1
tcpstate flush --force phase established >/dev/null
check "flushed: when its record is removed" comes "$work/log" ":5000 .* flushed "
hold . "tcp dport 5007 tcp flags == syn"
set_sysctl . net.tcpstate.handshake_timeout_ms=400
caller c5007 4 . 127.0.0.1 5007
check "no_answer: when its record is removed" comes "$work/log" ":5007 .* no_answer "
# Its SYN must not come again, as another connection.
tell close c5007
release .

# Two records are removed.
no_other_is_final()
{
	grep -q " flushed " "$work/final" && grep -q " no_answer " "$work/final" &&
		equal "$(grep -cE " (flushed|no_answer) " "$work/final")" \
			"$(grep -cE " (flushed|no_answer) " "$work/log")"
}
check "so far --final has what has no record any more" until_true no_other_is_final
tell close c5002
tell close s5002
set_sysctl . net.tcpstate.closed_timeout_ms=200 net.tcpstate.time_wait_timeout_ms=200 \
	net.tcpstate.closing_timeout_ms=400 net.tcpstate.half_closed_timeout_ms=400
see "all records are removed" -c 0
statuses=""
for process in "$log" "$json" "$final" "$recorder"; do
	kill -INT "$process"
	ends "$process"
	statuses+="$status "
done
check "Ctrl-C ends all of them" equal "$statuses" "0 0 0 0 "
check "each connection has one line" equal \
	"$(awk 'NR > 1 { print $NF }' "$work/log" | sort | uniq -d)" ""
check "at least seven have one" like "$(wc -l <"$work/log")" "^([89]|[1-9][0-9])\$"
check "one that had ended before has none" equal "$(line 4999 | wc -l)" 0
check "but with --final, since its record is removed now" equal "$(line 4999 "$work/final" |
	wc -l)" 1
check "--final has each of them" equal \
	"$(awk 'NR > 1 { print $NF }' "$work/final" | sort | grep -v "$(line 4999 "$work/final" |
		awk '{ print $NF }')")" \
	"$(awk 'NR > 1 { print $NF }' "$work/log" | sort)"
check "a recording has the same lines" equal \
	"$(tcpstate log --numeric --time boot --read "$work/rec" 2>/dev/null)" "$(cat "$work/log")"
if wants jq "JSON has the same connections" "JSON: the keys that the manual has"; then
	check "JSON has the same connections" equal "$(jq -r .id "$work/json")" \
		"$(awk 'NR > 1 { print $NF }' "$work/log")"
	head -n 1 "$work/json" >"$work/one"
	check "JSON: the keys that the manual has" equal \
		"$(keys_of "$work/one" | grep -vx started_at)" \
		"$(documented "A connection:")"
	check "JSON: when it began" like "$(jq -r .started_at "$work/json" | head -n 1)" \
		"^20[0-9-]{8}T[0-9:]{8}\.[0-9]{6}[+-][0-9]{4}\$"
fi

# A verdict that is taken back: the line stays, and there is no second one.
set_sysctl . net.tcpstate.closed_timeout_ms=600000
wire wire
keep wire
listening tcpstate log --numeric --netns wire >"$work/log" 2>/dev/null
log=$pid
play 10.0.0.1 40000 10.0.0.2 80 S seq 100 win 65535
play 10.0.0.2 80 10.0.0.1 40000 R. seq 0 ack 101 win 0
check "refused: it has its line" comes "$work/log" ":80 .* refused "
play 10.0.0.2 80 10.0.0.1 40000 S. seq 500 ack 101 win 65535
play 10.0.0.1 40000 10.0.0.2 80 . seq 101 ack 501 win 65535
see "the verdict is taken back" -n wire phase=established
play 10.0.0.1 40000 10.0.0.2 80 R. seq 101 ack 501 win 0
see "then it is reset" -n wire verdict=reset_by_initiator
play 10.0.0.1 40001 10.0.0.2 80 S seq 100 win 65535
play 10.0.0.2 80 10.0.0.1 40001 R. seq 0 ack 101 win 0
check "the next one has its line" comes "$work/log" ":40001 .* refused "
check "the one before still has one" equal "$(grep -c ":40000 " "$work/log")" 1
kill -INT "$log"
ends "$log"

# On a terminal the verdict stays, however narrow it is.
for width in 60 80 120; do
	on_terminal "$width" "tcpstate log --read $work/rec 2>/dev/null" | plain |
		sed "s/…/~/g" >"$work/terminal"
	check "$width columns: a line fits" equal \
		"$(awk -v width="$width" 'length($0) > width' "$work/terminal")" ""
	check "$width columns: all lines have verdicts" equal \
		"$(grep -cE " (closed|refused|reset_by_initiator|flushed|no_answer)( |\$)" \
			"$work/terminal")" "$(jq -s length "$work/json")"
done

done_testing
