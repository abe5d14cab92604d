#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tcpstate watch in a terminal whose size changes while it runs: what it shows, its keys,
# and the terminal afterwards.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=terminal.sh
. "$(dirname "$0")/terminal.sh"

wants tmux "a full screen" || done_testing

# watches SIZE: checks what the first screen shows
watches()
{
	check "$1: connections" shows "^[0-9:]+ +9 connections +every 0.2 s"
	check "$1: rates" shows "segments/s +[0-9.]+k? bytes/s"
	check "$1: how many initiators are in each state" shows \
		"^initiators: .*SYN_SENT 1 .*ESTABLISHED 3 .*FIN_WAIT_2 1 .*TIME_WAIT 1 "
	check "$1: and responders" shows \
		"^responders: .*ESTABLISHED 3 .*CLOSE_WAIT 1 .*TIME_WAIT 1 "
	check "$1: a connection" shows \
		"^127.0.0.1:[0-9]+ +127.0.0.1:5000 +ESTABLISHED +ESTABLISHED "
	check "$1: another" shows "^127.0.0.1:[0-9]+ +127.0.0.2:5002 +FIN_WAIT_2 +CLOSE_WAIT "
	check "$1: how many rows there are" shows "^1-9 of 9 "
}

# stand PORT...: the rows are those of these responders, in this order
stand()
{
	[ "$(screen | sed -nE 's/^[^ ]+:[0-9]+ +[^ ]+:([0-9]+) +[A-Z].*/\1/p' | xargs)" = "$*" ]
}

# runs NAME: passes if that program runs in the terminal
runs()
{
	[ "$(in_tmux display-message -p -t test '#{pane_current_command}')" = "$1" ]
}

load "$@"
peers
population
terminal 80 24
stty_before() { in_tmux display-message -p -t test '#{pane_tty}' | xargs -I{} stty -g -F {}; }
before=$(stty_before)
# The shell sets its own mode a moment after the program has ended.
as_before() { equal "$(stty_before)" "$before"; }
writes "tcpstate watch --delay 0.2; echo status \$?"
watches 80x24
screen >"$work/small"
check "80x24: the columns that matter most" has_lines "$work/small" \
	"^initiator +responder +i_state +r_state +.*seg/sv"

resize 200 50
all="initiator responder i_state r_state timer left_s age_s seg/sv byte/s segments bytes verdict"
check "200x50, resized while it runs: all columns" shows "^${all// / +} *\$"
watches 200x50
check "200x50: a verdict" shows "CLOSED +CLOSED .* refused"
check "200x50: a timer" shows "FIN_WAIT_2 +CLOSE_WAIT +half_closed "

keys '?'
check "? helps" shows "^Any key goes back"
check "? shows nothing else" hides "^1-9 of 9 "
keys x
check "any key goes back" shows "^1-9 of 9 "

check "ports have the names of services" shows "127.0.0.1:https "
keys n
check "n: or numbers" shows "127.0.0.1:443 "

keys Right Right
check "Right sorts by another column" shows " segmentsv"
keys Left Left Left
check "Left goes back" shows " age_sv"
for column in 1 2 3 4 5; do
	keys '<'
done
check "down to the responder" shows "^initiator +responder\^"
check "sorted by the responder" until_true stand \
	443 5000 5003 5005 5006 5007 5002 5001 5004
keys r
check "r: the other way round" shows "^initiator +responderv"
check "r: so are the rows" until_true stand \
	5004 5001 5002 5007 5006 5005 5003 5000 443
keys r

resize 80 10
check "80x10: four rows of nine" shows "^1-4 of 9 "
keys Down
check "Down" shows "^2-5 of 9 "
keys Down Down
check "Down, twice" shows "^4-7 of 9 "
keys Up
check "Up" shows "^3-6 of 9 "
keys End
check "End" shows "^6-9 of 9 "
keys Down
keys PageUp
check "a page up from the end, beyond which nothing is" shows "^2-5 of 9 "
keys PageDown
check "a page down" shows "^6-9 of 9 "
keys End PageUp
check "both at once" shows "^2-5 of 9 "
at=$(screen | head -n 1)
# read_again: passes when the header has another time
read_again() { [ "$(screen | head -n 1)" != "$at" ]; }
until_true read_again
check "the next reading does not go back to the end" shows "^2-5 of 9 "
keys Home
check "Home" shows "^1-4 of 9 "

resize 80 24
keys /
check "/ asks for a filter" shows "^/"
writes "statte TIME_WAIT"
check "a wrong word is shown, and what was expected" shows "^'statte': did you mean 'state'\?"
keys C-u
writes "verdict no_answer"
check "what the table never has is refused" shows "^'no_answer' after 'verdict': it comes when"
keys C-u
in_tmux send-keys -t test -l "port 5000"
check "the line is emptied, and another is written" shows "^/port 5000\$"
keys Enter
check "a filter is applied" shows "1 connections? pass(es)? the filter"
check "a filter is shown" shows "filter: port 5000"
check "its row" shows "127.0.0.1:5000 +ESTABLISHED"
check "no other row" hides "127.0.0.2:5002"
keys / C-u
in_tmux send-keys -t test -l "port 5001"
check "the next filter is written" shows "^/port 5001"
keys Escape
check "Esc leaves the old one" shows "filter: port 5000"
keys / C-u Enter
check "an empty filter shows all" shows "^1-9 of 9 "

listener l5010 4 . 127.0.0.1 5010
call c5010 s5010 l5010 4 . 127.0.0.1 5010
check "what is new appears" shows "127.0.0.1:5010 +ESTABLISHED"
check "and is counted" shows " 10 connections"
start traffic 127.0.0.1 7000 >"$work/traffic"
busy=$pid
check "rates of what goes on" shows "^[1-9][0-9.]*k? segments/s +[1-9]"
check "more is there than before" shows " [0-9]{2,} connections"
keys p
check "p pauses" shows "  paused"
keys p
check "p goes on" hides "  paused"
stop "$busy"

# A window may get any size.
for size in "20 5" "1 1" "3 2" "500 3" "40 12"; do
	# shellcheck disable=SC2086 # two words
	resize $size
	# A small screen shows too little: ask tmux which program runs there.
	check "${size/ /x}: it goes on" until_true runs tcpstate
done
resize 20 5
check "20x5: still rows, with their states" shows "…[^ ]* +(ESTABLISHED|TIME_WAIT)"
resize 80 24
check "back at 80x24: all is there" shows "^initiators: "

keys q
check "q ends it, with status 0" shows "^status 0"
check "q: the shell is back" until_true runs bash
check "q: its line is there, watch's screen is not" hides "^initiators: "
check "q: the terminal is as before" until_true as_before

writes "clear; tcpstate watch --sort responder state TIME_WAIT; echo status \$?"
check "a filter of the command line" shows "filter: state TIME_WAIT"
check "a column of the command line" shows "responder\^"
keys q
writes "clear; tcpstate watch --sort -responder_state; echo status \$?"
check "a column of the command line, the largest first" shows "r_statev"
keys q
writes "clear; tcpstate watch --sort +segments_per_s; echo status \$?"
check "a number of the command line, the smallest first" shows "seg/s\^"
keys C-c
check "Ctrl-C ends it, with status 0" shows "^status 0"
check "Ctrl-C: the terminal is as before" until_true as_before

for signal in TERM HUP; do
	writes "clear; tcpstate watch; echo status \$?"
	check "SIG$signal: it runs" shows "^initiators: "
	kill -"$signal" "$(pgrep -P "$(in_tmux display-message -p -t test '#{pane_pid}')" tcpstate)"
	check "SIG$signal ends it" shows "^status 0"
	check "SIG$signal: the terminal is as before" until_true as_before
done

writes "clear; TERM=nonsense tcpstate watch; echo status \$?"
check "a terminal that is not known" shows "^tcpstate: TERM is 'nonsense'"
check "a terminal that is not known: status 1" shows "^status 1"
writes "clear; TERM=dumb tcpstate watch; echo status \$?"
check "a dumb terminal" shows "^tcpstate: TERM is 'dumb'"
check "a dumb terminal: status 1" shows "^status 1"

writes "clear; tcpstate watch --delay 0.1; echo status \$?"
check "before the module's end it runs" shows "^initiators: "
unload
check "the module's end is its end" shows "^tcpstate: .*module.* (not |un)loaded"
check "the module's end: status 1" shows "^status 1"
check "the module's end: the terminal is as before" until_true as_before

done_testing
