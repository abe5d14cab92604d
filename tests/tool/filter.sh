#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# FILTER with or, not, parentheses and lists: the kernel finds what the words say, in list,
# count and flush; events are judged alike; and random filters find what the tool itself finds in
# the whole table.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# finds CONDITION WORD...: checks that the filter of WORDs finds, and counts, the lines for
# which awk's CONDITION holds, which are some but not all
finds()
{
	local condition=$1 all n

	shift
	ids "$condition" >"$work/expected"
	n=$(wc -l <"$work/expected")
	all=$(($(wc -l <"$work/table") - 1))
	check "'$*' finds what it should, $n of $all" found "$n" "$all" "$@"
}

found()
{
	local n=$1 all=$2

	shift 2
	between 1 "$n" $((all - 1)) || return
	tcpstate list "$@" | columns /dev/stdin id >"$work/found"
	diff "$work/expected" "$work/found" && equal "$(tcpstate list --count "$@")" "$n"
}

load "$@"
peers
ip addr add 127.0.0.2/8 dev lo
ip addr replace fe80::1/64 dev lo nodad
population
listener l5008 6 . 'fe80::1%lo' 5008
call c5008 s5008 l5008 6 . 'fe80::1%lo' 5008
listener l5012 4 . 127.0.0.1 5012
tell own l5012 1002
tell open c5012 4 .
tell own c5012 1001
tell connect c5012 127.0.0.1 5012
tell connected c5012
tell accept s5012 l5012
look .

finds 'ports(5001, 5001) || ports(5003, 5004)' port 5001,5003-5004
finds 'ports(5001, 5001) || ports(443, 443)' 5001,443
finds 'v["responder"] == "127.0.0.1:443" || v["responder"] == "127.0.0.1:5003"' \
	responder 127.0.0.1:https,5003
finds 'host(v["responder"]) == "127.0.0.2" || host(v["responder"]) == "::1"' host 127.0.0.2,::1
finds 'v["family"] == "ipv6" || ports(5003, 5003)' ipv6 or port 5003
finds '!ports(5003, 5003)' not port 5003
finds '!(v["family"] == "ipv6" || ports(5003, 5003))' not '(' ipv6 or port 5003 ')'
finds '!(v["family"] == "ipv6" || ports(5003, 5003))' 'not (ipv6 or port 5003)'
finds 'v["family"] != "ipv6" || ports(5001, 5001)' not ipv6 or port 5001
finds 'either("TIME_WAIT") && v["family"] == "ipv4" || v["verdict"] == "refused"' \
	"state TIME_WAIT ipv4 or verdict refused"
finds 'either("TIME_WAIT") && (v["family"] == "ipv6" || v["verdict"] == "refused")' \
	"state TIME_WAIT and (ipv6 or verdict refused)"
finds 'v["family"] == "ipv4" && !either("TIME_WAIT") && !either("ESTABLISHED")' \
	ipv4 not state TIME_WAIT not state ESTABLISHED
finds 'either("FIN_WAIT_2") && either("CLOSE_WAIT")' state FIN_WAIT_2 and state CLOSE_WAIT
finds 'ports(5000, 5000) && ports(32768, 65535)' port 5000 and port 32768-65535
finds 'v["initiator"] ~ /%lo/' host 'fe80::1%lo'
finds 'v["initiator"] !~ /%lo/' not host 'fe80::1%lo'
finds 'v["syn_us"] ~ /^[0-9]/' slower syn 0
finds 'v["syn_us"] !~ /^[0-9]/' not slower syn 0
cut=$(columns "$work/table" syn_us | grep -E '^[0-9]+$' | sort -n | tail -n 1)
finds "v[\"syn_us\"] >= $cut && v[\"syn_us\"] ~ /^[0-9]/" slower syn "${cut}us"
cut=$(columns "$work/table" ack_us | grep -E '^[0-9]+$' | sort -n | tail -n 1)
finds "v[\"ack_us\"] >= $cut && v[\"ack_us\"] ~ /^[0-9]/" slower ack "${cut}us"
await "retransmits=[1-9]*" responder=*:5007 >/dev/null || die "no SYN was sent again"
look .
finds 'v["retransmits"] ~ /[1-9]/' retransmitted
finds 'v["retransmits"] !~ /[1-9]/' not retransmitted
finds 'v["uid"] == "1001/1002"' owner 1001
finds 'v["uid"] == "1001/1002"' owner 1002,1003
finds 'v["uid"] != "1001/1002"' owner root
finds 'v["uid"] == "1001/1002"' not owner root
check "what nothing passes" equal "$(tcpstate list --count ipv4 not ipv4)" 0
check "what all passes" equal "$(tcpstate list --count ipv4 or not ipv4)" \
	"$(tcpstate list --count)"

# least COLUMN PORTS: prints the least COLUMN, whole seconds, of the connections that are not over,
# but for those whose responder has one of the PORTS, a regular expression
least()
{
	tcpstate list --numeric -H -o "responder,$1" phase established,close |
		awk -v ports=":($2)\$" '$1 !~ ports && (least == "" || $2 < least) { least = $2 }
			END { print int(least) }'
}

# One that has data, and one that has a transition, are no longer idle. The others have been silent
# for so long before that a slow machine can look at all of them meanwhile.
see "all have been silent" -c 11 age_s=10..9999
tell send c5000 more
tell receive s5000 4
tell shutdown c443
remains responder=*:443 step=2/4
look .
finds 'ports(443, 443) || ports(5000, 5000)' phase established,close \
	not idle "$(least idle_s "443|5000")s"
finds 'ports(443, 443)' phase established,close not in-state "$(least in_state_s 443)s"
finds 'either("ESTABLISHED") && !ports(443, 443)' \
	in-state "$(least in_state_s 443)s" state ESTABLISHED

# SEED=N repeats a run.
seed=(${SEED:+-s "$SEED"})
agree()
{
	"$tool/agree" -n "$(rounds 1500 150)" "${seed[@]}" >"$work/agree"
	equal "$?" 0 || { tail -n 3 "$work/agree"; return 1; }
}
check "random filters find what the tool itself finds" agree
remark <"$work/agree"
check "many find some, and not all" \
	[ "$(awk '$1 == "some" { print $2 }' "$work/agree")" -gt "$(rounds 300 30)" ]

# Events
listening tcpstate events "responder :5009 or verdict refused" >"$work/events"
events=$pid
listening tcpstate trace "not responder :5009" >"$work/trace"
trace=$pid
listening tcpstate trace --by-connection "slower syn 0 not responder :5010" >"$work/slow"
slow=$pid
listening tcpstate events "slower ack 0" >"$work/times"
times=$pid
listener l5009 4 . 127.0.0.1 5009
call c5009 s5009 l5009 4 . 127.0.0.1 5009
listener l5010 4 . 127.0.0.1 5010
call c5010 s5010 l5010 4 . 127.0.0.1 5010
caller c5011 4 . 127.0.0.1 5011
ask connected c5011
tell reset c5010
tell reset c5009
check "events: one port or a verdict" comes "$work/events" ":5011 "
check "events: all of that port" comes "$work/events" ":5009 " 4
check "events: nothing else" equal "$(grep -c ':5010 ' "$work/events")" 0
check "events: no more of that port" equal "$(grep -c ':5009 ' "$work/events")" 4
check "trace: all but that port" comes "$work/trace" ":5011$"
check "trace: not that port" equal "$(grep -c ":5009$" "$work/trace")" 0
check "trace --by-connection: what is known when it ends" comes "$work/slow" ":5009\b"
check "trace --by-connection: nothing else" equal "$(grep -cE ':501[01]\b' "$work/slow")" 0
check "events: times of the handshake are known as soon as it is over" comes "$work/times" \
	':5009 |:5010 ' 4
check "events: and not before" equal "$(grep -c 'SYN_RECEIVED\|:5011 ' "$work/times")" 0
for one in "$events" "$trace" "$slow" "$times"; do
	kill -INT "$one"
	ends "$one"
done

n=$(tcpstate list --count)
check "a flush of an expression" like \
	"$(tcpstate flush --force "port 5003,5004 or verdict refused")" "^4 connections forgotten"
check "and nothing else" equal "$(tcpstate list --count)" $((n - 4))
check "a flush by interface" like "$(tcpstate flush --force not host 'fe80::1%lo' and ipv6)" \
	"^1 connection forgotten"
check "the other one is still there" equal "$(tcpstate list --count host 'fe80::1%lo')" 1

done_testing
