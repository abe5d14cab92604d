#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the tool says when it cannot do what it was asked for: one line that shows
# the word and what was expected, or a sentence that says what to do; its exit
# status; and --help and --version.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# says STATUS PATTERN COMMAND...: COMMAND has no output, ends with STATUS, and prints one
# line on stderr, which matches PATTERN
says()
{
	local wanted=$1 pattern=$2 status

	shift 2
	timeout 120 "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
	equal "$status" "$wanted" && equal "$(cat "$work/out")" "" &&
		equal "$(wc -l <"$work/err")" 1 && like "$(cat "$work/err")" "$pattern"
}

# wrong WORD EXPECTED ARGUMENT...: the tool refuses WORD, and says what was EXPECTED (its
# first words)
wrong()
{
	local word=$1 expected=$2

	shift 2
	check "'$*' is refused for $word" says 2 "^tcpstate: .*'$word'.*$expected" tcpstate "$@"
}

# The command lines that need the module
needy=(list "list --count" top "show 1" "explain 1" events trace stats metrics "flush -f")

every_command()
{
	local name=$1 status=$2 pattern=$3 command words

	shift 3
	for command in "${needy[@]}"; do
		read -ra words <<<"$command"
		check "$name: $command" says "$status" "$pattern" "$@" "${words[@]}"
	done
}

every_command "the module is not loaded" 1 "module is not loaded.*modprobe tcpstate" tcpstate
check "the module is not loaded: watch" \
	like "$(on_terminal 80 "tcpstate watch; echo status \$?")" "module is not loaded.*status 1"

# The settings are those of other kernels, which tests/packages/signature.sh boots: here
# they are in a file, as "${with[@]}" FILE TEXT COMMAND..., below /sys, puts them there.
# shellcheck disable=SC2016 # for the shell in there
with=(unshare --mount sh -ec '
	mount -t tmpfs tmpfs "/sys/${1%%/*}"
	mkdir -p "$(dirname "/sys/$1")"
	printf "%s\n" "$2" >"/sys/$1"
	shift 2
	exec "$@"' sh)
lockdown=kernel/security/lockdown
enforce=module/module/parameters/sig_enforce
hint="module is not loaded.*modprobe tcpstate"
check "a locked-down kernel wants a signature" says 1 "lockdown=integrity.*SECURE BOOT" \
	"${with[@]}" $lockdown "none [integrity] confidentiality" tcpstate list
check "and so does one that keeps secrets" says 1 "lockdown=confidentiality.*SECURE BOOT" \
	"${with[@]}" $lockdown "none integrity [confidentiality]" tcpstate list
check "and one with sig_enforce" says 1 "module.sig_enforce=1.*SECURE BOOT" \
	"${with[@]}" $enforce Y tcpstate list
check "one that is not locked down wants none" says 1 "$hint" \
	"${with[@]}" $lockdown "[none] integrity confidentiality" tcpstate list
check "one without sig_enforce wants none" says 1 "$hint" \
	"${with[@]}" $enforce N tcpstate list

before=$(tcpstate --version)

load "$@"

# A user without rights cannot read root's folder either.
chmod 755 "$work"
cp "$(command -v tcpstate)" "$work/tcpstate"
every_command "an unprivileged user" 1 "permission denied.*CAP_NET_ADMIN" \
	setpriv --reuid=65534 --regid=65534 --clear-groups "$work/tcpstate"
check "root without CAP_NET_ADMIN" says 1 "permission denied.*CAP_NET_ADMIN" \
	setpriv --bounding-set=-net_admin --inh-caps=-net_admin tcpstate list
netns other
check "an unprivileged user: another namespace" says 1 "namespace 'other'.*permission denied" \
	setpriv --reuid=65534 --regid=65534 --clear-groups "$work/tcpstate" -N other list
check "no such namespace" says 1 "namespace 'nowhere'.*'ip netns' lists them" \
	tcpstate --netns nowhere list
check "a file is no namespace" says 1 "namespace '/etc/passwd'" tcpstate -N /etc/passwd list
check "no such id" says 1 "no such connection" tcpstate show 65536
check "no such port" says 1 "no such connection" tcpstate show 1
check "no such tuple" says 1 "no such connection" tcpstate show 127.0.0.1:1 127.0.0.1:2

wrong frobnicate "no such command;" frobnicate
wrong lits "did you mean 'list'" lits
wrong evnets "did you mean 'events'" help evnets
wrong statte "did you mean 'state'" list statte TIME_WAIT
wrong dport "expected 'responder :PORT'" list dport 80
wrong TIME_WAITING "expected LISTEN, SYN_SENT.* or CLOSED" list state TIME_WAITING
wrong NOWAIT "expected LISTEN" list state TIME_WAIT,NOWAIT
wrong "" "expected LISTEN" list state TIME_WAIT,
wrong X "expected LISTEN" list initiator-state X
wrong Y "expected LISTEN" events responder-state Y
wrong x "expected NAME=VALUE" metrics --label x
wrong 1x=y "expected NAME=VALUE" metrics -l 1x=y
wrong a-b=c "expected NAME=VALUE" metrics -l a-b=c
wrong '=y' "expected NAME=VALUE" metrics -l =y
wrong x= "expected a value" metrics -l x=
wrong __x=y "names that begin with __" metrics -l __x=y
wrong state=y "a label 'state' of their own" metrics -l state=y
wrong x=z "a label of that name already" metrics -l x=y -l x=z
check "a label that is not UTF-8 is refused" equal 1 "$(tcpstate metrics -l $'x=\xff' 2>&1 |
	LC_ALL=C grep -c 'expected a value in UTF-8')"
wrong opened "expected open, established, close or closed" trace phase opened
wrong gone_away "expected none, closed" watch verdict gone_away
wrong blue "expected picked_up" flush flag blue
wrong host "address is not of the family asked for" list ipv6 host ::ffff:10.0.0.1
wrong host "address is not of the family asked for" list host ::1 responder ::ffff:10.0.0.1
wrong ::ffff:10.0.0.1/129 "expected an address" list host ::ffff:10.0.0.1/129
wrong 10.0.0.256 "expected an address" list initiator 10.0.0.256
wrong 10.0.0.0/33 "expected an address" list responder 10.0.0.0/33
wrong '::1/129' "expected an address" list host ::1/129
wrong '\[::1:5' "expected an address" list host '[::1:5'
wrong localhost "expected an address" list host localhost
wrong 65536 "expected a port" list port 65536
wrong 5000- "expected a port" list port 5000-
wrong 6-5 "expected a port" list port 6-5
wrong nosuchservice "expected a port" list port nosuchservice
wrong 5x "expected a time" list older 5x
wrong -5 "" list older -5s
wrong yesterday "expected a time" list younger yesterday
wrong statte "expected state, initiator-state.* or ipv6" list statte TIME_WAIT
wrong state "expected STATE" list state
wrong port "expected PORT" list ipv6 port
wrong ipv6 "another family" list ipv4 ipv6
wrong port "twice" list port 1 port 2
wrong initiator "family" list ipv6 initiator 10.0.0.1
wrong older "nothing is both" list older 5s younger 1s
wrong a "expected state" show a b
check "no id, no tuple, no filter" says 2 "expected an id, the addresses .*, or a filter: " \
	tcpstate show a b
wrong user "expected 'owner USER'" list user www-data
wrong uid "expected 'owner USER'" explain uid 33
wrong owner "did you mean 'uid'" top --by owner
wrong user "did you mean 'uid'" list --columns initiator,user
wrong left_s "expected initiator, .* or closer" log --columns id,left_s
wrong --columns "expected no '--json'" log --json --columns id
for command in list show explain top watch flush; do
	wrong no_answer "comes when a record is removed: expected 'tcpstate log'" \
		"$command" port 80 verdict refused,no_answer
done
wrong idle "comes when a record is removed" list --read /dev/null verdict idle
wrong byts "did you mean 'bytes'" list --sort byts
wrong -initiatr "did you mean 'initiator'" list --sort -initiatr
wrong seg/s "expected family, initiator" list --sort seg/s
wrong closer "'top --by closer' groups by it, and 'log' prints it" list --columns id,closer
wrong closer "'top --by closer' groups by it, and 'log' prints it" top --sort closer
wrong process "'list --process' and 'show --process' have it" list --columns process
wrong process "'list --process' and 'show --process' have it" top --by process
wrong netns "'--all-netns' adds it to 'list' and 'top'" list --columns netns
wrong "" "expected family, initiator" list --columns ""
wrong id "it occurs twice" list --columns id,bytes,id
wrong duratoin_s "did you mean 'duration_s'" list --columns id,duratoin_s
wrong 0 "expected a number from 1" list --limit 0
wrong 1000000001 "expected a number from 1" list --limit 1000000001
wrong --count "expected no '--sort'" list --count --limit 5
wrong --columns "expected no '--json'" list --json --columns id
wrong initiatr "did you mean 'initiator'" top --by phase,initiatr/24
wrong initiator/129 "expected the length" top --by initiator/129
wrong phase/2 "expected no '/'" top --by phase/2
wrong state "it occurs twice" top --by state,phase,state
wrong responder_port "expected segments.* or retransmits_percent" top --sort responder_port
wrong initiator "expected .*state" top --by state --columns initiator
wrong --columns "expected no '--json'" top --json --columns bytes
wrong --read "expected no '--delay'" top --read file --delay 1
wrong ::1%nowhere "expected an address" list host ::1%nowhere
wrong 10.0.0.32:6379 "another address: expected 'and' before it" trace 10.0.0.80:1 10.0.0.32:6379
wrong or "expected a condition before it" list or port 80
wrong or "expected a condition after it" list port 80 or
wrong not "expected a condition after it" events not
wrong '\(' "expected '\)'" trace '(port 80'
wrong '\)' "expected '\('" flush 'port 80)'
wrong '\)' "expected a condition before it" watch '( )'
wrong 81x "expected a port" list port 80,81x
wrong '&&' "expected 'and'" list 'port 80 && ipv6'
wrong fast "expected a time" list slower syn fast
wrong 5s "expected syn .* or ack" list slower 5s
wrong 5us "expected a time" list idle 5us
wrong nosuchuser "expected the name of a user" list owner nosuchuser
wrong -1 "expected the name of a user" list owner -- -1
many=1$(printf ',%s' {2..40})
wrong "$many" "too long" list port "$many"
wrong not "too deep" list "$(printf 'not %.0s' {1..70}) ipv4"
wrong surplus "expected nothing more" stats surplus
wrong surplus "expected nothing more" metrics surplus
wrong --jsonn "no such option here: did you mean '--json'" list --jsonn
wrong --nsetn "no such option: did you mean '--netns'" --nsetn x list
wrong -x "no such option" -x list
wrong --output "no such option here, but there is 'metrics --output'" list --output file
wrong -r "there is 'list --read', .*'trace --read'" show -r file 1
wrong -r "there is 'list --read', .*'trace --read'" explain -r file 1
wrong --read=file "there is 'list --read', .*'trace --read'" show --read=file 1
wrong -l "no such option here: did you mean '--count'" log -l 5
wrong --json "no such option" --json metrics
wrong --output "expected something after it" metrics --output
wrong purple "expected auto, always or never" list --color purple
wrong noon "expected clock, date, since or boot" events --time noon
wrong png "expected text, svg or mermaid" trace --format png
wrong --to-scale "expected .--format svg. with it" trace --to-scale
wrong --all-segments "expected one of them" trace --json -a
wrong --format "expected one of them" trace --json --format svg
wrong 0 "expected a number from 1" events --count 0
wrong many "expected a number from 1" trace -c many
wrong 0 "expected seconds" watch --delay 0
wrong width "expected initiator, responder" watch --sort width
check "no words for show" says 2 "expected an id" tcpstate show

nothing()
{
	tcpstate >"$work/out" 2>"$work/err"
	equal "$?" 2 && equal "$(cat "$work/out")" "" && like "$(cat "$work/err")" "usage: tcpstate"
}
check "no command at all is answered by the usage" nothing

# helps COMMAND...: COMMAND prints its help on stdout, in lines that fit a terminal
helps()
{
	"$@" >"$work/out" 2>"$work/err" || return
	equal "$(cat "$work/err")" "" && like "$(head -n 1 "$work/out")" "^usage: tcpstate" &&
		equal "$(awk 'length($0) > 80' "$work/out")" ""
}
check "--help" helps tcpstate --help
check "help" equal "$(tcpstate help)" "$(tcpstate --help)"
for command in list show explain top watch events trace stats metrics flush; do
	check "$command --help" helps tcpstate "$command" --help
	check "help $command" equal "$(tcpstate help "$command")" "$(tcpstate "$command" --help)"
	check "$command help" equal "$(tcpstate "$command" help)" "$(tcpstate "$command" --help)"
	check "--help names $command" like "$(tcpstate --help)" "  $command "
done
version=$(sed -n 's/.*_VERSION[[:space:]]*"\(.*\)"/\1/p' "$here/../../module/version.h")
check "--version" equal "$(tcpstate --version)" \
	"tcpstate $version"$'\n'"module $version"
check "--version of another module" \
	equal "$("${with[@]}" module/tcpstate/version 0.0.7 tcpstate --version)" \
	"tcpstate $version"$'\n'"module 0.0.7"
check "--version without the module" equal "$before" "tcpstate $version"

check "watch without a terminal" says 1 "needs a terminal" tcpstate watch
for command in list top stats metrics --help --version "list --help"; do
	check "a full disk: $command" says 1 "cannot write: No space left" \
		sh -c "tcpstate $command >/dev/full"
done

# A signal ends a command that would not end by itself.
for signal in INT TERM; do
	for command in events trace; do
		listening tcpstate "$command" >"$work/out" 2>"$work/err"
		kill -"$signal" "$pid"
		ends "$pid"
		check "SIG$signal ends $command" equal "$status" 0
		check "SIG$signal: $command sums up" like "$(cat "$work/err")" \
			"0 events shown, 0 events lost"
	done
done

# If the reader of its output goes away, the tool ends without an error or a message.
peers
population
goes_away()
{
	timeout 120 "$@" 2>"$work/err" | head -n 1 >"$work/out"
	between 0 "${PIPESTATUS[0]}" 141 && equal "$(cat "$work/err")" "" &&
		[ -s "$work/out" ]
}
for command in list "list --json" top "top --json" stats metrics; do
	read -ra words <<<"$command"
	check "a reader that goes away: $command" goes_away tcpstate "${words[@]}"
done

# Nothing more happens that it could print.
for command in "events --known" "events --known --json"; do
	echo "timeout 60 tcpstate $command | head -n 1; echo \${PIPESTATUS[0]}" >"$work/script"
	check "a reader that goes away ends $command at once" equal \
		"$(bash "$work/script" 2>"$work/err" | tail -n 1)" 141
	check "a reader that goes away: $command says nothing of it" equal "$(cat "$work/err")" ""
done

done_testing
