#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tcpstate record, and --read of what it wrote: the same commands print the same from a
# recording as they did from the kernel at that time; each of the files of a rotation can be
# read alone; losses and damage are told.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# finish PID: ends a process as Ctrl-C does; leaves its $status
finish()
{
	kill -INT "$1"
	ends "$1"
}

# recording FILE ARGUMENT...: begins to record, and returns when the table is in FILE
recording()
{
	local file=$1

	start tcpstate record "$@" 2>"$file.err"
	recorder=$pid
	until_true reads "$file" || die "it does not record: $(cat "$file.err")"
}

# dateless: copies JSON from stdin without dates. Two processes may read the wall clock some us
# apart; the times since boot have no such difference.
dateless()
{
	sed -E 's/"(time|closed_at)":"[^"]*",//g'
}

# reads FILE: passes if the table at its beginning is complete
reads()
{
	tcpstate list --count --read "$1" >/dev/null 2>&1
}

# What a recording knows for certain at any time
known="family initiator responder phase step initiator_state responder_state verdict id"
known+=" closed_at_ns duration_s uid"

# table ARGUMENT...: prints these columns of list
table()
{
	# shellcheck disable=SC2086 # several words
	tcpstate list --numeric "$@" | columns /dev/stdin $known | sort
}

# counts ARGUMENT...: prints what both ends of the connection to port 5050 have counted
counts()
{
	tcpstate list "$@" responder :5050 | columns /dev/stdin segments bytes retransmits
}

# moment: keeps the table as it is now in $work/moment.N, and the time in $work/moments
moment()
{
	date +%Y-%m-%dT%H:%M:%S.%N%z >>"$work/moments"
	table >"$work/moment.$(wc -l <"$work/moments")"
	counts >"$work/counts.$(wc -l <"$work/moments")"
}

load "$@"
peers
population
umask 000
listening tcpstate events --json >"$work/live.json" 2>"$work/live.err"
json=$pid
listening tcpstate trace --numeric --time boot >"$work/live.trace" 2>/dev/null
trace=$pid
recording "$work/rec"
check "nobody else may read the file, whatever the umask" equal \
	"$(stat -c %a "$work/rec")" 600

moment
listener l 4 . 127.0.0.1 5050
tell own l 1002
call c s l 4 . 127.0.0.1 5050
tell send c hello
tell receive s 5
moment
tell close c
answers "the server reads the end" eof receive s 1
see "half-closed" responder=*:5050 step=2/4
moment
tell close s
see "closed" responder=*:5050 step=4/4
tell reset c5000
see "reset" responder=*:5000 verdict=reset_by_initiator
moment
set_sysctl . net.tcpstate.time_wait_timeout_ms=300 net.tcpstate.closed_timeout_ms=200
check "records are removed" comes "$work/live.json" '"event":"end"' 6
moment
for process in "$recorder" "$json" "$trace"; do
	finish "$process"
done

check "it says how much it has recorded" like "$(cat "$work/rec.err")" \
	"^$(wc -l <"$work/live.json") events recorded, 0 lost, $(stat -c %s "$work/rec") bytes in "
# The header has the time since boot and the wall clock, and the last frame has both as well.
mapfile -t words < <(od -An -v -t d8 -w8 "$work/rec" | tr -d ' ')
check "both clocks in it are of the same moment" equal \
	"$((words[-1] - words[-3]))" "$((words[3] - words[2]))"
check "events: what they were, with their times" equal \
	"$(tcpstate events --json --read "$work/rec" 2>"$work/err" | dateless)" \
	"$(dateless <"$work/live.json")"
check "events: nothing was lost" like "$(cat "$work/err")" "shown, 0 events lost"
check "trace: what it was" equal \
	"$(tcpstate trace --numeric --time boot --read "$work/rec" 2>/dev/null)" \
	"$(cat "$work/live.trace")"
check "trace --by-connection: a connection as a whole" equal \
	"$(tcpstate trace -b --read "$work/rec" port 5050 2>/dev/null |
		grep -c '^[0-9:.]* *1 [A-Z_0-9]* *[<[]')" 7
check "stdin can be read as well" equal \
	"$(tcpstate events --json --read - <"$work/rec" 2>/dev/null | dateless)" \
	"$(dateless <"$work/live.json")"
check "list: the table as it is at the end" equal "$(table --read "$work/rec")" "$(table)"
check "list: a filter" equal \
	"$(tcpstate list --count --read "$work/rec" state established)" \
	"$(tcpstate list --count state established)"
ranking() { tcpstate top --by phase,verdict --columns phase,verdict,connections "$@" | sort; }
check "top: the groups at the end" equal "$(ranking --read "$work/rec")" "$(ranking)"
moments()
{
	local n=0 time

	while read -r time; do
		n=$((n + 1))
		table --read "$work/rec" --at "$time" >"$work/then" || return
		[ -s "$work/then" ] && diff "$work/moment.$n" "$work/then" || return
	done <"$work/moments"
	equal "$n" 5
}
check "list --at: the table as it was at each moment" moments
ranked()
{
	local time

	while read -r time; do
		"$here/../tool/top.py" --by=responder_port,phase --read="$work/rec" --at="$time" ||
			return
	done <"$work/moments"
	"$here/../tool/top.py" --by=state --read="$work/rec"
}
check "top --at: what follows from list at that time" ranked
check "the moments are different" equal \
	"$(md5sum "$work"/moment.? | awk '{ print $1 }' | sort -u | wc -l)" 5
refused()
{
	! tcpstate list --read "$work/rec" --at "$2" >"$work/out" 2>&1 || return
	like "$(cat "$work/out")" "^tcpstate: .*$1"
}
check "before its beginning nothing is known" \
	refused "the recording begins at .* is before that" 0.1
check "nor after its end" refused "the recording begins at .* and ends at .* is after that" +1h
check "+0s is its beginning" tcpstate list --count --read "$work/rec" --at +0s
check "seconds since when?" refused "'2' after '--at': did you mean '\+2'\?" 2
check "so long after what?" refused "'2s' after '--at': did you mean '\+2s'\?" 2s
check "a time that is none" refused "'noon' after '--at': expected a time" noon

# Counts move without events: they are told as the bounds that they are.
check "counts that may have grown are lower bounds" like \
	"$(tcpstate list --read "$work/rec" port 443 | columns /dev/stdin segments bytes)" \
	"^2\+/1\+ 0\+/0\+\$"
check "those of a connection that has ended are not" like \
	"$(tcpstate list --read "$work/rec" --at "$(head -n 1 "$work/moments")" port 5006 |
		columns /dev/stdin segments bytes)" "^[0-9]+/[0-9]+ 0/0\$"

# Only segments that move a state are recorded: nobody knows which one was the last.
for command in list top; do
	tcpstate $command --read "$work/rec" not idle 1ms >"$work/out" 2>&1
	check "$command: idle is refused, because it is not known" like "$? $(cat "$work/out")" \
		"^2 tcpstate: 'idle': a recording has only .* expected 'in-state' with '--read'"
done
check "in-state is known" equal \
	"$(tcpstate list --read "$work/rec" not in-state 1h | wc -l)" \
	"$(tcpstate list --read "$work/rec" | wc -l)"
for scope in lo 1 uplink0; do
	tcpstate events --read "$work/rec" "host ::1%$scope" >"$work/out" 2>&1
	check "interface $scope of an address is refused, because it may be another one" like \
		"$? $(cat "$work/out")" "^2 tcpstate: 'host ::1%$scope': interfaces are not"
done

check "they are those of the last event" equal \
	"$(counts --read "$work/rec" --at "$(sed -n 3p "$work/moments")" | tr -d +)" \
	"$(cat "$work/counts.3")"

# Cut it off in the middle of an event: everything before that is read, and nothing else.
size=$(stat -c %s "$work/rec")
head -c $((size - 700)) "$work/rec" >"$work/cut"
tcpstate events --json --read "$work/cut" >"$work/out" 2>"$work/err"
check "what is cut off ends with an error" equal $? 1
check "which says at which byte, and why" like "$(cat "$work/err")" \
	"^tcpstate: the recording is damaged at byte [0-9]+: it is cut off in the middle"
check "everything before that is told" equal "$(dateless <"$work/out")" \
	"$(head -n "$(wc -l <"$work/out")" "$work/live.json" | dateless)"
check "and that is something" like "$(wc -l <"$work/out")" "^[1-9]"
missing=$(($(wc -l <"$work/live.json") - $(wc -l <"$work/out")))
tcpstate list --read "$work/cut" >"$work/out" 2>"$work/err"
# The last events are removals.
check "the table before the damage is told" equal "$? $(wc -l <"$work/out")" \
	"1 $(($(tcpstate list --read "$work/rec" | wc -l) + missing))"
check "it is cut off in the middle of the file as well" like "$(cat "$work/err")" "damaged"
{ head -c 3000 "$work/rec"; printf '\377'; tail -c +3002 "$work/rec"; } >"$work/flipped"
tcpstate events --read "$work/flipped" >/dev/null 2>"$work/err"
check "a byte that was changed is found" like "$? $(cat "$work/err")" \
	"^1 tcpstate: the recording is damaged at byte [0-9]+: a frame is not as it was written"
check "it is no recording" like "$(tcpstate events --read /etc/passwd 2>&1)" \
	"this is no recording"

# Addresses and ports say at once what is recorded.
recording "$work/some" port 5060
listener k 4 . 127.0.0.1 5060
call d t k 4 . 127.0.0.1 5060
traffic -n 3 127.0.0.1 5061 >"$work/out"
tell close d
tell close t
see "closed" -c 0 responder=*:5060
finish "$recorder"
tcpstate events --numeric --known --read "$work/some" >"$work/out" 2>"$work/err"
check "a filter: what it finds" like "$(grep -c ':5060 ' "$work/out")" "^[5-9]"
check "a filter: nothing else" equal "$(grep -vc ':5060 ' "$work/out")" 1
check "a filter: what is left out is not lost" like "$(cat "$work/err")" "shown, 0 events lost"

# Anything else picks a connection with the event after which it passes, and until it is removed.
remains responder_state=CLOSE_WAIT responder=*:5002
listening tcpstate events --numeric --time boot >"$work/picked.live" 2>/dev/null
live=$pid
recording "$work/picked" verdict refused or state close-wait
caller r 4 . 127.0.0.1 5062
ask connected r
listener m1 4 . 127.0.0.1 5063
call c1 s1 m1 4 . 127.0.0.1 5063
listener m2 4 . 127.0.0.1 5064
call c2 s2 m2 4 . 127.0.0.1 5064
tell close c2
remains phase=close step=2/4 responder=*:5064
tell close s2
check "the connections that it picks end" comes "$work/picked.live" " end .*:506[24] " 2
tell send c1 hello
tell receive s1 5
finish "$recorder"
finish "$live"
tcpstate events --numeric --time boot --read "$work/picked" >"$work/out" 2>"$work/err"
picked() { awk '/ CLOSE_WAIT | refused$/ { picked[$4] = 1 } $4 in picked' "$@"; }
check "a filter by states and verdicts: what happens from then on" equal \
	"$(cat "$work/out")" "$(picked "$work/picked.live")"
check "a filter by states and verdicts: that is something" like \
	"$(awk '{ print $4 }' "$work/out" | sort -u | wc -l) $(wc -l <"$work/out")" "^2 [5-9]\$"
check "a filter by states and verdicts: what is left out is not lost" like \
	"$(cat "$work/err")" "shown, 0 events lost"
check "a filter by states and verdicts: what was in the table" equal \
	"$(table --read "$work/picked")" "$(table state close-wait)"
for word in "idle 1h" "in-state 1h"; do
	# shellcheck disable=SC2086 # two words
	timeout 120 tcpstate record "$work/nothing" not $word >"$work/out" 2>&1
	check "a filter: no event can pass $word" like "$? $(cat "$work/out")" \
		"^2 tcpstate: '${word% *}': no event tells .* expected a FILTER without it"
done
check "a filter that is refused makes no file" [ ! -e "$work/nothing" ]

# A file of a rotation begins with what is still followed, also if it does not pass any more.
recording "$work/follow" --rotate 4k state syn-received
listener m3 4 . 127.0.0.1 5065
call c3 s3 m3 4 . 127.0.0.1 5065
for n in 1 2 3 4; do
	traffic -n 10 127.0.0.1 $((5065 + n)) >"$work/out"
done
remains -c 0 responder=*:506[6789]
finish "$recorder"
check "another file was begun" reads "$work/follow.1"
check "it has what was followed before" equal \
	"$(table --read "$work/follow")" "$(table port 5065)"

# A file that is there is not overwritten, and one that is no recording is not moved away.
tcpstate record "$work/some" >"$work/out" 2>&1
check "a recording that is there is kept" like "$? $(head -n 1 "$work/out")" \
	"^1 tcpstate: '.*/some' exists: remove it"
check "and no recording is summed up" equal "$(wc -l <"$work/out")" 1
cp /etc/passwd "$work/precious"
tcpstate record --rotate 4k "$work/precious" >"$work/out" 2>&1
check "a file that is no recording is not moved" like "$? $(head -n 1 "$work/out")" \
	"^1 tcpstate: '.*/precious' exists, and is no recording"
check "nor changed" cmp /etc/passwd "$work/precious"

# Each of the files of a rotation begins with the table, and the next one goes on.
recording "$work/turn" --rotate 8k --keep 3
for n in 1 2 3 4 5 6 7 8; do
	traffic -n 10 127.0.0.1 $((5070 + n)) >"$work/out"
done
await -c 0 responder=*:507? >/dev/null
table >"$work/expected"
finish "$recorder"
check "so many older files are kept" equal \
	"$(cd "$work" && echo turn.*)" "turn.1 turn.2 turn.3 turn.err"
numbers()
{
	local file

	for file in turn.3 turn.2 turn.1 turn; do
		reads "$work/$file" || { echo "$file cannot be read alone" ; return 1 ; }
		tcpstate events --json --read "$work/$file" | jq .number
	done >"$work/numbers" 2>"$work/err"
	! grep -qv "shown, 0 events lost" "$work/err" || { cat "$work/err" ; return 1 ; }
	diff <(seq "$(head -n 1 "$work/numbers")" "$(tail -n 1 "$work/numbers")") "$work/numbers"
}
if wants jq "no event is missing between them"; then
	check "no event is missing between them" numbers
fi
check "the last one has the table" equal "$(table --read "$work/turn")" "$(cat "$work/expected")"
check "each of the older ones is as large as was asked for" equal \
	"$(stat -c %s "$work"/turn.[123] | awk '$1 < 8192')" ""

# The names of interfaces are those of the place where it was recorded.
netns left right
veth left veth0 fe80::1/64 -- right veth0 fe80::2/64
listener m 6 right "fe80::2%veth0" 5000
recording "$work/linked" --netns left
tell open e 6 left
tell connect e "fe80::2%veth0" 5000
tell connected e
remains -n left phase=established
at left ip link set veth0 down
finish "$recorder"
check "an interface has the name that it had there" like \
	"$(tcpstate list --numeric --read "$work/linked" | columns /dev/stdin responder)" \
	"^\[fe80::2%veth0\]:5000\$"

# Root of a user namespace has a small receive buffer, and loses events while it is stopped.
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
mkdir -m 777 "$work/open"
start nsenter --preserve-credentials -t "$owner" -U -n tcpstate record "$work/open/lossy" \
	2>"$work/lossy.err"
recorder=$pid
until_true reads "$work/open/lossy" || die "it does not record: $(cat "$work/lossy.err")"
kill -STOP "$recorder"
check "thousands of events while it is stopped" traffic -s owned -c owned \
	-n "$(rounds 1500 600)" 127.0.0.1 7000
kill -CONT "$recorder"
lossy() { tcpstate events --numeric --read "$work/open/lossy" 2>/dev/null; }
noticed() { lossy | grep -q " lost .*?"; }
check "the loss is noticed" until_true noticed
check "after that it goes on" traffic -s owned -c owned -n 1 127.0.0.1 7001
recorded() { lossy | grep -q " transition .*:7001 .*TIME_WAIT"; }
check "with what is new" until_true recorded
see "TIME_WAIT remains" -n owned -c 1+ timer=time_wait
finish "$recorder"
check "it says how many were lost" like "$(cat "$work/lossy.err")" " [1-9][0-9]* lost, "
tcpstate events --json --read "$work/open/lossy" >"$work/lossy" 2>"$work/err"
check "the recording says the same" equal \
	"$(sed 's/.*shown, \(.*\) events lost/\1 lost/' "$work/err")" \
	"$(sed 's/.*recorded, \(.*lost\),.*/\1/' "$work/lossy.err")"
check "and has the table then" comes "$work/lossy" '"synced":[1-9]'
states() { columns /dev/stdin id initiator_state responder_state | sort; }
check "after the loss the table is right again" equal \
	"$(tcpstate list --read "$work/open/lossy" | states)" \
	"$(at owned cat /proc/tcpstate | states)"

# The module is unloaded while it records.
recording "$work/last"
unload
ends "$recorder"
check "the module's end is its end" like "$status $(head -n 1 "$work/last.err")" \
	"^1 tcpstate: .*module.*unloaded"
check "what was recorded until then can be read" reads "$work/last"

done_testing
