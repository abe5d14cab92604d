#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# More connections than max_records: the oldest unfinished handshakes are evicted
# first, and a connection whose data still flows never is.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load max_records=2000
peers
wire flooded
dir=/proc/sys/net/tcpstate

# flood COUNT: sends SYNs that nobody answers
flood()
{
	echo "flood $1 10.1.0.1 10.2.0.2 80" >&"$segment_in"
	read -r -t 120 reply <&"$segment_out"
	[ "$reply" = ok ] || die "flood: $reply"
}

# A connection in the flooded namespace, established segment by segment
v4="10.0.0.1 40000 10.0.0.2 5000"
back="10.0.0.2 5000 10.0.0.1 40000"
# shellcheck disable=SC2086 # several words
{
	play $v4 S seq 100
	play $back S. seq 500 ack 101
	play $v4 . seq 101 ack 501
	play $v4 P. seq 101 ack 501 len 10
}
listener l 4 . 127.0.0.1 5000
call c s l 4 . 127.0.0.1 5000
tell send c msg
tell receive s 3

flood 10000
total=$(($(cat $dir/records) + $(at flooded cat $dir/records)))
check "there are never more than max_records" [ "$total" -le 2000 ]
see "one that is established outlives the flood" -n flooded initiator=10.0.0.1:40000 \
	phase=established bytes=10/0
see "so does another namespace's" initiator=127.0.0.1:* phase=established bytes=3/0
check "what was evicted is counted" [ "$(counter flooded evicted)" -gt 0 ]
# The last SYNs are there, the first ones are not.
see "the oldest handshake was evicted" -n flooded -c 0 initiator=10.1.0.1:10000
see "the newest is there" -n flooded initiator=10.1.0.1:19999 phase=open step=1/3
call d t l 4 . 127.0.0.1 5000
see "another namespace has room for a new one" -c 2 initiator=127.0.0.1:* phase=established
# shellcheck disable=SC2086 # several words
play ${v4/40000/40001} S seq 100
see "so has the flooded one" -n flooded initiator=10.0.0.1:40001 phase=open
check "records is the number of lines" equal "$(at flooded cat $dir/records)" \
	"$(at flooded tail -n +2 /proc/tcpstate | wc -l)"

# Lowering the limit ends no connection that is there; raising it again makes room.
echo 1024 >"$dir/max_records"
total=$(($(cat $dir/records) + $(at flooded cat $dir/records)))
flood 1000
check "with a lower limit there are not more than before" \
	[ $(($(cat $dir/records) + $(at flooded cat $dir/records))) -le "$total" ]
see "one that is established stays under a lower limit" -n flooded initiator=10.0.0.1:40000 \
	phase=established
see "the newest is there under a lower limit" -n flooded initiator=10.1.0.1:10999 \
	phase=open step=1/3

done_testing
