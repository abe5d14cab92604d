#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tcpstate events: a connection from its first event to its last, as text and as JSON;
# events that are lost are announced, and the table is read again; the module is unloaded.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# interrupt PID: ends a process as Ctrl-C does
interrupt()
{
	kill -INT "$1"
	ends "$1"
}

load "$@"
peers
set_sysctl . net.tcpstate.time_wait_timeout_ms=400 net.tcpstate.closed_timeout_ms=200
listening tcpstate events --json >"$work/json"  2>"$work/json.err"
json=$pid
listening tcpstate events --numeric --time since port 5000 >"$work/text" 2>"$work/text.err"
text=$pid
listening tcpstate events --count 2 --time boot responder :5001 >"$work/two" 2>"$work/two.err"
pair=$pid

listener l 4 . 127.0.0.1 5000
call c s l 4 . 127.0.0.1 5000
tell send c hello
tell receive s 5
tell shutdown c
answers "the server reads the end" eof receive s 1
see "half-closed" responder=*:5000 step=2/4
tell close s
tell close c
listener k 6 . ::1 5001
call d t k 6 . ::1 5001
tell reset d
tell close t
check "the end of both comes" comes "$work/json" '"event":"end"' 2
ends "$pair"
check "--count 2 ends after two" equal "$status $(wc -l <"$work/two")" "0 2"
check "--count 2 sums up" like "$(cat "$work/two.err")" "2 events shown, 0 events lost"
check "a filter holds" equal "$(grep -c '\[::1\]:5001' "$work/two")" 2
check "times since boot" like "$(head -n 1 "$work/two")" "^[0-9]+\.[0-9]{6} "
interrupt "$json"
check "Ctrl-C ends it" equal "$status" 0
check "Ctrl-C: nothing was lost" like "$(cat "$work/json.err")" "shown, 0 events lost"
interrupt "$text"

walk="new SYN_SENT LISTEN
transition SYN_SENT SYN_RECEIVED
transition ESTABLISHED ESTABLISHED
transition FIN_WAIT_1 ESTABLISHED
transition FIN_WAIT_2 CLOSE_WAIT
transition FIN_WAIT_2 LAST_ACK
transition TIME_WAIT CLOSED
end CLOSED CLOSED"
check "text: from new to end, with its states" equal \
	"$(awk '{ print $3, $7, $8 }' "$work/text")" "$walk"
check "text: as many words in every line" equal \
	"$(awk '{ print NF }' "$work/text" | sort -u | wc -l)" 1
check "text: times since the first" like "$(head -n 1 "$work/text")" "^0\.000000 "
check "text: no other connection" equal "$(grep -vc '127.0.0.1:5000' "$work/text")" 0
check "text: transitions and their triggers" like "$(sed -n 3p "$work/text")" \
	" \[\.\] +initiator:rcv_syn_ack,responder:rcv_ack_of_syn "
check "text: how it ended" like "$(tail -n 1 "$work/text")" " closed\$"

# shellcheck disable=SC2016 # the variable is jq's
of_port='select(.responder.port == $port)'
# told PROGRAM: runs jq's PROGRAM on the JSON events of the connection to $port
told() { jq -r --argjson port "$port" "$of_port | $1" "$work/json"; }

# Each event starts in the states in which the one before ended; the numbers have no gap.
chained()
{
	local one two broken

	broken=$(jq -rs --argjson port "$port" "[ .[] | $of_port ] | . as \$all
		| range(1; length) | select(\$all[.].event != \"end\")
		| select(\$all[.].initiator.state_before != \$all[. - 1].initiator.state or
			 \$all[.].responder.state_before != \$all[. - 1].responder.state)
		| \$all[.] | tojson" "$work/json")
	equal "$broken" "" || return
	one=$(jq -s '.[0].number' "$work/json")
	two=$(jq -s 'last.number' "$work/json")
	equal "$(wc -l <"$work/json")" $((two - one + 1)) &&
		equal "$(jq .number "$work/json")" "$(seq "$one" "$two")"
}

# Transitions lead from state to state, for both ends at once.
# shellcheck disable=SC2016 # the variables are jq's
transitions()
{
	equal "$(told '[ .initiator.state_before, .responder.state_before ] as $before
		| (reduce .change.transitions[] as $a ($before;
			if $a.end == "initiator" then .[0] = $a.to else .[1] = $a.to end))
		| join(" ")')" "$(told '[ .initiator.state, .responder.state ] | join(" ")')"
}

if wants jq "JSON: from new to end" "JSON: whole lines" "JSON: no step is missing" \
	"JSON: the keys" "JSON: a reset" "JSON: transitions lead from state to state"; then
	port=5000
	check "JSON: from new to end" equal \
		"$(told '"\(.event) \(.initiator.state) \(.responder.state)"')" "$walk"
	check "JSON: whole lines" equal "$(jq -c . "$work/json" | wc -l)" "$(wc -l <"$work/json")"
	check "JSON: no step is missing" chained
	check "JSON: transitions lead from state to state" transitions
	jq -c 'select(.event != "end" and .verdict == null)' "$work/json" >"$work/events"
	check "JSON: the keys of a connection, and those that the manual has for an event" equal \
		"$(keys_of "$work/events")" \
		"$({ documented "A connection:"; documented "An event"; } | sort -u)"
	# The first FIN passed before anything else was sent again.
	check "JSON: what both ends have counted by then" equal \
		"$(told 'select(.initiator.state == "FIN_WAIT_1") | .initiator, .responder
			| .opening, .data, .bytes, .closing, .repeats, .retransmits, .gaps' |
			xargs)" "2 1 5 1 0 0 0 1 0 0 0 0 0 0"
	check "JSON: an end that has sent nothing yet has no counts that only it could tell" equal \
		"$(told 'select(.event == "new") | .responder
			| .data, .bytes, .retransmits, .gaps' | xargs)" "0 0 null null"
	check "JSON: whose sockets they are" equal \
		"$(told 'select(.event == "transition") | .initiator.uid' | sort -u)" 0
	check "JSON: what an event does not tell is null" equal \
		"$(told 'select(.event == "new" or .initiator.state == "ESTABLISHED")
			| .timer, .left_ms, .age_ms, .idle_ms, .initiator.isn, .initiator.seq' |
			sort -u)" null
	check "JSON: the transition that ends it has the whole record" equal \
		"$(told 'select(.event == "transition" and .verdict != null) | .verdict,
			.initiator.bytes, .age_ms > 0, .initiator.closer' | xargs)" \
		"closed 5 true true"
	check "JSON: its end has the whole record" equal \
		"$(told 'select(.event == "end") | .verdict,
			.initiator.bytes, .age_ms > 0, .initiator.closer' | xargs)" \
		"closed 5 true true"
	check "JSON: the timer that ran out" equal \
		"$(told 'select(.event == "end") | .change.timer')" time_wait
	check "JSON: the same id all along" equal "$(told .id | sort -u | wc -l)" 1
	port=5001
	check "JSON: a reset" equal "$(told '[ .event, .initiator.state, .responder.state,
		.change.segment.flags // "-" ] | join(" ")')" \
		"new SYN_SENT LISTEN [S]
transition SYN_SENT SYN_RECEIVED [S.]
transition ESTABLISHED ESTABLISHED [.]
transition CLOSED CLOSED [R.]
end CLOSED CLOSED -"
	check "JSON: a reset's verdict" equal "$(told .verdict | tail -n 1)" reset_by_initiator
fi

listening tcpstate events --known --time date >"$work/known" 2>"$work/known.err"
known=$pid
check "--known of an empty table" comes "$work/known" " synced +0\$"
interrupt "$known"
call c s l 4 . 127.0.0.1 5000
listening tcpstate events --known --time date >"$work/known" 2>"$work/known.err"
known=$pid
check "--known of a table with one" comes "$work/known" " synced +1\$"
check "--known: its states" has_lines "$work/known" " known .* ESTABLISHED +ESTABLISHED "
check "dates" has_lines "$work/known" "^20[0-9-]{8}T[0-9:]{8}\.[0-9]{6}[+-][0-9]{4} "
tell reset c
tell close s
check "--known: goes on with what comes" comes "$work/known" " transition .* CLOSED +CLOSED "

now=$(date +%s)
# The tool reads the wall clock now and then, not for each event.
shows_set_clock() { traffic -n 1 127.0.0.1 7002 && has_lines "$work/known" "^2040-02-03T"; }
date -s "2040-02-03 12:00" >/dev/null
check "a clock that is set meanwhile" until_true shows_set_clock
date -s "@$now" >/dev/null
interrupt "$known"

# A network namespace that a user namespace owns: root there may listen, but its receive
# buffer is bounded by net.core.rmem_max, which is small. Its timeouts are bounded by those of the
# initial one.
keep .
set_sysctl . net.core.rmem_max=65536
start unshare --user --map-root-user --net sleep 1000 # sleep: is the namespace
owner=$pid
separate() { [ "$(readlink /proc/"$owner"/ns/net)" != "$(readlink /proc/self/ns/net)" ]; }
until_true separate || die "no namespace"
ip netns attach owned "$owner" || die "no namespace"
netnses+=(owned)
ip -n owned link set lo up
keep owned
listening nsenter --preserve-credentials -t "$owner" -U -n tcpstate events --known --json \
	>"$work/lossy" 2>"$work/lossy.err"
lossy=$pid
check "root of a user namespace may listen" comes "$work/lossy" '"synced":0'
kill -STOP "$lossy"
check "thousands of events while it is stopped" traffic -s owned -c owned \
	-n "$(rounds 1500 600)" 127.0.0.1 7000
kill -CONT "$lossy"
check "the loss is announced" comes "$work/lossy" '"lost":'
check "and the table read again" comes "$work/lossy" '"synced":[1-9]'
check "after that it goes on" traffic -s owned -c owned -n 1 127.0.0.1 7001
check "with what is new" comes "$work/lossy" '"port":7001,"state":"(TIME_WAIT|CLOSED)"'
# The connections that are left in the table have no further events.
see "TIME_WAIT remains" -n owned -c 1+ timer=time_wait
interrupt "$lossy"
check "how many were lost is said at the end" like "$(cat "$work/lossy.err")" \
	"shown, [1-9][0-9]* events lost"

# Every gap in the numbers follows a "lost" of its own, with the right number if it has one.
gaps()
{
	jq -rs 'reduce .[] as $line ({ next: null, lost: null, faults: [], gaps: 0 };
		if $line | has("lost") then .lost = [ $line.lost ]
		elif $line.number == null then .
		elif .next == null or $line.number == .next then .next = $line.number + 1
		else
			(if .lost == null then .faults += [ $line.number ]
			 elif .lost[0] != null and .lost[0] != $line.number - .next then
				.faults += [ $line.number ]
			 else . end)
			| .gaps += 1 | .lost = null | .next = $line.number + 1
		end) | "\(.gaps) gaps, \(.faults | length) of them wrong"' \
		"$work/lossy" >"$work/gaps"
	like "$(cat "$work/gaps")" "^[1-9][0-9]* gaps, 0 of them wrong"
}

# The last line about each connection, after the table was read, is what the table has.
made_good()
{
	jq -rs 'def states: "\(.initiator.state) \(.responder.state)";
		reduce .[] as $line ({ table: { }, known: { } };
		($line.id | tostring) as $id
		| if $line | has("lost") then .known = { }
		elif $line | has("synced") then .table = .known
		elif $line.event == "known" then .known[$id] = ($line | states)
		elif $line.event == "end" then del(.table[$id])
		else .table[$id] = ($line | states) end)
		| .table | to_entries[] | "\(.key) \(.value)"' "$work/lossy" | sort >"$work/found"
	at owned cat /proc/tcpstate | columns /dev/stdin id initiator_state responder_state |
		sort >"$work/expected"
	[ -s "$work/found" ] && diff "$work/expected" "$work/found"
}

if wants jq "every gap is announced" "what is told again is what is there"; then
	check "every gap is announced" gaps
	check "what is told again is what is there" made_good
fi

# The module is unloaded while commands listen.
for command in events trace; do
	start tcpstate "$command" >"$work/out.$command" 2>"$work/err.$command"
	eval "$command=$pid"
	until_true listens "$pid" || die "it does not listen"
done
unload
for command in events trace; do
	ends "${!command}"
	check "the module's end is the end of $command" equal "$status" 1
	check "the module's end: $command says so" like "$(tail -n 1 "$work/err.$command")" \
		"^tcpstate: .*module.*unloaded"
done

done_testing
