#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bash's completion of the command line: what it offers for words that are begun, as readline
# splits them.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=../../tools/tcpstate.bash-completion
. "$here/../../tools/tcpstate.bash-completion"

# It is for readline alone.
compopt() { :; }

# offers EXPECTED WORD...: checks what is offered for the last WORD, sorted
offers()
{
	local expected=$1

	shift
	check "'$*' offers ${expected:-nothing}" offered "$expected" "$@"
}

offered()
{
	local expected=$1

	shift
	COMP_WORDS=(tcpstate "$@") COMP_CWORD=$# COMPREPLY=()
	_tcpstate
	equal "$(printf '%s\n' "${COMPREPLY[@]}" | sort | xargs)" "$expected"
}

load "$@"
netns blue green
: >"$work/a-file"
offers "events explain flush help list log metrics record show stats top trace watch" ""
offers list li
offers "--final" log --f
offers "events" ev
offers "explain" ex
offers "list" help li
offers "state" list stat
offers "TIME_WAIT" list state TIME
offers "time_wait" list state time
offers "time-wait" list state time-
offers "TIME_WAIT,CLOSED TIME_WAIT,CLOSE_WAIT TIME_WAIT,CLOSING" list state TIME_WAIT,CLOS
offers "estab,close_wait estab,closed estab,closing" list state estab,clos
offers "syn_received syn_sent" list initiator-state syn
offers "picked_up" list flag pi
offers "not" list port 80 no
offers "or" list port 80 or
offers "idle in-state initiator initiator-state ipv4 ipv6" list not i
offers "host" list "(" ho
offers "ack syn" list slower ""
offers "syn" list slower s
offers "" list slower syn ""
offers "" list idle ""
offers "root" list owner roo
offers "retransmitted" list ret
offers "refused reopened reset_by_initiator reset_by_responder" trace -b verdict re
offers "segments segments_per_s" watch --sort seg
offers "segments segments_per_s" watch -s seg
offers "-segments -segments_per_s" watch -s -seg
offers "segments segments_per_s" watch --sort = seg
offers "--sort=segments --sort=segments_per_s" watch --sort=seg
offers "segments" list --sort seg
offers "+segments" list --sort +seg
offers "-segments" list -s -seg
offers "initiator initiator_state" list --columns initi
offers "id,initiator id,initiator_state" list -o id,initi
offers "--columns=id,segments" list --columns=id,seg
offers "start" log --columns st
offers "id,duration_s" log -o id,dur
offers "" list --limit ""
offers "state" show stat
offers "initiator initiator_port initiator_state" top --by initi
offers "phase,verdict" top -b phase,ver
offers "+segments" top --sort +seg
offers "bytes" top --columns by
offers "state" top stat
offers "state" explain stat
offers "always auto" list --color a
offers "always auto" list --color = a
offers "always auto never" list --color =
offers "--color=always --color=auto" list --color=a
offers "blue" --netns b
offers "blue" --netns = b
offers "--netns=blue" --netns=b
offers "blue green" -N ""
offers "list" --netns = blue li
offers "list" --netns blue li
offers "clock" events --time = cl
offers "date" trace -t da
offers "svg" trace --format s
offers "mermaid" trace -f me
offers "--format=svg" trace --format=s
offers "--color --columns --count" list --co
offers "--wide" list --w
offers "--read" events --re
offers "$work/a-file" record "$work/a-f"
offers "$work/a-file" record --rotate 4k "$work/a-f"
offers "$work/a-file" list --read "$work/a-f"
offers "state" record a-file stat
offers "TIME_WAIT" record --rotate 4k a-file state TIME

done_testing
