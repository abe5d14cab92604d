#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# net.tcpstate: its defaults, the values that it refuses, and that a change takes effect at
# once and in its own namespace; and the module's parameter.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers
dir=/proc/sys/net/tcpstate

defaults()
{
	sort <<-END
		closed_timeout_ms 10000
		closing_timeout_ms 240000
		established_timeout_ms 432000000
		half_closed_timeout_ms 43200000
		handshake_timeout_ms 120000
		time_wait_timeout_ms 60000
		unsure_timeout_ms 300000
	END
}

timeouts()
{
	local file

	for file in "$dir"/*_timeout_ms; do
		echo "${file##*/} $(<"$file")"
	done
}

write()
{
	bash -c "echo '$2' >$dir/$1"
}

# refused_as REASON NAME VALUE: the write fails for that reason and changes nothing
refused_as()
{
	local before after output

	before=$(<"$dir/$2")
	output=$(write "$2" "$3" 2>&1) && { echo "'$3' was taken" ; return 1 ; }
	after=$(<"$dir/$2")
	[ "$before" = "$after" ] || { echo "was $before, is $after" ; return 1 ; }
	[[ $output == *"$1"* ]] || { echo "$output" ; return 1 ; }
}

check "the timeouts and their defaults" diff <(timeouts) <(defaults)
for file in "$dir"/*_timeout_ms; do
	name=${file##*/}
	for value in 99 0 -1 2147483648 99999999999999999999 soon 1.5; do
		check "$name: '$value' is refused" refused_as "Invalid argument" "$name" "$value"
	done
	check "$name: its least and most are taken" \
		sh -c "echo 100 >$file && echo 2147483647 >$file"
done
refute "records is not to be written" write records 1
made_for=$(cat "$dir/max_records")
for value in 1023 0 -1 $((made_for + 1)) many; do
	check "max_records: '$value' is refused" refused_as "Invalid argument" max_records "$value"
done
check "max_records is lowered and raised again" \
	sh -c "echo $((made_for / 2)) >$dir/max_records && echo $made_for >$dir/max_records"
netns other
check "a new namespace begins with the defaults" \
	diff <(at other sh -c 'cd /proc/sys/net/tcpstate && grep -H . *_timeout_ms | tr : " "') \
	<(defaults)
for name in max_records records; do
	refute "$name is not to be written in a namespace" at other sh -c "echo 1 >$dir/$name"
done
rmmod tcpstate
load "$@"

# A change applies to connections that are there already, and in its own namespace.
for place in . other; do
	listener "l$place" 4 "$place" 127.0.0.1 5000
	call "c$place" "s$place" "l$place" 4 "$place" 127.0.0.1 5000
	tell close "c$place"
	tell close "s$place"
	see "TIME_WAIT runs for a minute" -n "$place" initiator_state=TIME_WAIT left_s=50..60
done
set_sysctl . net.tcpstate.time_wait_timeout_ms=1000000
see "a longer 2MSL holds at once" left_s=980..1000
set_sysctl . net.tcpstate.time_wait_timeout_ms=200 net.tcpstate.closed_timeout_ms=100
see "a shorter one, too" -c 0
see "another namespace's is its own" -n other initiator_state=TIME_WAIT left_s=20..60
check "records counts what is there" equal "$(at other cat "$dir/records")" 1
check "records counts what is gone" equal "$(cat "$dir/records")" 0

# not_loaded PARAMETER: insmod fails with EINVAL, the log says why, and nothing is left
not_loaded()
{
	local output lines

	lines=$(dmesg | wc -l)
	output=$(insmod "$TCPSTATE_KO" "$1" 2>&1) && { echo "it was loaded" ; return 1 ; }
	# The kernel itself refuses a number that does not fit an unsigned int.
	[[ $output == *"Invalid"* || ${#1} -gt 25 ]] || { echo "$output" ; return 1 ; }
	dmesg | tail -n "+$((lines + 1))" | grep -q 'tcpstate.*max_records' ||
		{ echo "the log does not name max_records" ; return 1 ; }
	[ ! -e /proc/tcpstate ] && [ ! -e "$dir" ] && [ ! -e /proc/net/stat/tcpstate ] &&
		! grep tcpstate /proc/modules
}
unload
for value in 1023 67108865 -1 many 99999999999999999999 4294967295 ""; do
	check "max_records=$value is refused" not_loaded "max_records=$value"
done
load max_records=2000
check "max_records is what it was set to" equal "$(cat "$dir/max_records")" 2000

done_testing
