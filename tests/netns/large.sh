#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A large table, read while it grows: what is there all the while is shown once in
# each pass, traffic goes on meanwhile, and a reader can be interrupted.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load max_records=400000
peers
wire crowd
keep crowd
stay=$(rounds 100000 2000)
come=$(rounds 100000 2000)

# flood COUNT SOURCE: SYNs that nobody answers; does not wait for the reply
flood()
{
	echo "flood $1 $2 10.2.0.2 80" >&"$segment_in"
}

flooded()
{
	read -r -t 300 reply <&"$segment_out"
	[ "$reply" = ok ] || die "flood: $reply"
}

# A pass over the table shows each connection that stays once, none twice, and whole lines
one_pass()
{
	at crowd cat /proc/tcpstate | awk -v wanted="$stay" '
		NR == 1 { n = NF; next }
		NF != n { print "malformed: " $0; bad = 1 }
		seen[$22]++ { print "twice: " $0; bad = 1 }
		$2 ~ /^10\.1\./ { stayed++ }
		END {
			if (stayed != wanted)
				print stayed " of those that stay, not " wanted
			exit bad || stayed != wanted
		}'
}

flood "$stay" 10.1.0.1
flooded
check "a large table is read whole" one_pass

listener l 4 . 127.0.0.1 5000
call c s l 4 . 127.0.0.1 5000
flood "$come" 10.3.0.1
has_grown() { [ "$(at crowd cat /proc/sys/net/tcpstate/records)" -gt "$stay" ]; }
for ((deadline = SECONDS + 120; SECONDS < deadline; )); do
	! has_grown || break
done
check "it grows" has_grown
for round in 1 2 3; do
	check "while it grows, those that stay are shown once (pass $round)" one_pass
	tell send c msg
	tell receive s 3
done
see "a connection goes on meanwhile" initiator=127.0.0.1:* bytes=9/0
flooded
check "no line is lost in the end" equal "$(at crowd tail -n +2 /proc/tcpstate | wc -l)" \
	$((stay + come))

# A reader that reads byte by byte takes minutes, so the signal interrupts it. It is no
# function of the shell, which would get the signal instead.
interrupted()
{
	local deadline=$((SECONDS + 120)) status

	start nsenter --net=/run/netns/crowd -- dd if=/proc/tcpstate of="$work/bytes" bs=1 \
		status=none
	until [ -s "$work/bytes" ]; do
		[ "$SECONDS" -lt "$deadline" ] || { echo "it reads nothing" ; return 1 ; }
	done
	kill -TERM "$pid"
	wait "$pid"
	status=$?
	[ "$status" = 143 ] || { echo "status $status" ; return 1 ; }
}
check "a reader can be interrupted" interrupted

done_testing
