#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# /proc/tcpstate as a file: its header, partial reads, and the right to read it.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers
columns="family initiator responder phase step initiator_state responder_state timer \
left_s age_s syn_us ack_us repeats segments bytes opening data acks closing flags verdict id \
closed_at_ns duration_s retransmits gaps uid cgroup"

header()
{
	head -n 1 /proc/tcpstate | tr -s ' ' | sed 's/ $//'
}
check "the header names the columns" equal "$(header)" "$(tr -s ' \t' ' ' <<<"$columns")"
check "an empty table is a header" equal "$(wc -l </proc/tcpstate)" 1
check "it is a link to the reader's own" equal "$(readlink /proc/tcpstate)" self/net/tcpstate
check "its mode is 0444" equal "$(stat -L -c %a /proc/tcpstate)" 444
refute "it is not to be written" sh -c 'echo >/proc/tcpstate'

# Enough lines for more than one buffer
listener l 4 . 127.0.0.1 5000 1024
listener l6 6 . ::1 5000 1024
connections=$(rounds 300 30)
for ((i = 0; i < connections; i++)); do
	caller "c$i" 4 . 127.0.0.1 5000
	caller "d$i" 6 . ::1 5000
done
see "every connection is a line" -c $((2 * connections)) phase=established

# well_formed LINES [LAST]: stdin has so many lines, each with as many words as the header,
# and no connection twice
well_formed()
{
	awk -v wanted="$1" '
		NR == 1 { n = NF; next }
		NF != n { print "malformed: " $0; bad = 1 }
		seen[$2 $3]++ { print "twice: " $0; bad = 1 }
		seen_id[$22]++ { print "the same id: " $0; bad = 1 }
		END {
			if (NR - 1 != wanted)
				print NR - 1 " lines, not " wanted
			exit bad || NR - 1 != wanted
		}'
}
# read_by COMMAND...: what the command reads is the whole table
read_by()
{
	"$@" 2>/dev/null | well_formed $((2 * connections))
}
few=$(rounds 40 10)
check "cat reads it whole" read_by cat /proc/tcpstate
check "a large buffer reads it whole" read_by dd if=/proc/tcpstate bs=1M
check "buffers of 4 KB read it whole" read_by dd if=/proc/tcpstate bs=4096
check "buffers of 100 bytes read it whole" read_by dd if=/proc/tcpstate bs=100
check "buffers of 7 bytes read it whole" read_by dd if=/proc/tcpstate bs=7
first_lines()
{
	head -n $((few + 1)) /proc/tcpstate | well_formed "$few"
}
check "head reads its first lines" first_lines
byte_by_byte()
{
	dd if=/proc/tcpstate bs=1 count=20000 2>/dev/null | sed '$d' >"$work/bytes"
	well_formed $(($(wc -l <"$work/bytes") - 1)) <"$work/bytes" &&
		[ "$(wc -l <"$work/bytes")" -gt "$few" ]
}
check "dd bs=1 reads well-formed lines" byte_by_byte
two_passes()
{
	(head -n 3 >/dev/null; cat >/dev/null; cat) </proc/tcpstate | equal "$(cat)" ""
}
check "after its end there is nothing more to read" two_passes
seek_back()
{
	tail -c +1 /proc/tcpstate | well_formed $((2 * connections))
}
check "it is read from its beginning again" seek_back

# While connections come and go, those that stay are shown once in every pass.
start traffic 127.0.0.1 5001 >/dev/null
passes()
{
	local i

	for ((i = 0; i < $(rounds 30 5); i++)); do
		dd if=/proc/tcpstate bs=3000 2>/dev/null >"$work/pass"
		# A tuple may occur twice, while a pending record waits; an id may not.
		awk '!/^ipv|^family/ { print "malformed: " $0; bad = 1 }
			seen[$22]++ { print "twice: " $0; bad = 1 }
			END { exit bad }' "$work/pass" || return 1
		equal "$(grep -cE '(127.0.0.1|\[::1\]):5000 ' "$work/pass")" \
			$((2 * connections)) || return 1
	done
}
check "under traffic each pass shows what stays, once" passes
stop "$pid"

# The right to read is that of the process that opens the file, not of the one that reads.
nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all)
check "somebody unprivileged reads other files there" "${nobody[@]}" head -n 1 /proc/net/tcp
refute "somebody unprivileged may not read it" "${nobody[@]}" head -n 1 /proc/tcpstate
check "refused with EPERM or EACCES" grep -qE 'not permitted|denied' \
	<("${nobody[@]}" head -n 1 /proc/tcpstate 2>&1)
check "what root has opened may be read on" \
	sh -c "exec </proc/tcpstate; ${nobody[*]} head -n 1 | grep -q ^family"
powerless=(setpriv --bounding-set=-net_admin --inh-caps=-all)
check "root without CAP_NET_ADMIN reads other files there" "${powerless[@]}" head -n 1 /proc/net/tcp
refute "root without CAP_NET_ADMIN may not read it" "${powerless[@]}" head -n 1 /proc/tcpstate
nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
if "${nobody[@]}" unshare -Urn true 2>/dev/null; then
	check "root of a user namespace reads that namespace's own" \
		equal "$("${nobody[@]}" unshare -Urn wc -l /proc/tcpstate)" "1 /proc/tcpstate"
	check "root of a user namespace reads other files of its parent" \
		"${nobody[@]}" unshare -Ur head -n 1 /proc/net/tcp
	refute "root of a user namespace may not read its parent's" \
		"${nobody[@]}" unshare -Ur head -n 1 /proc/tcpstate
else
	skip "user namespaces" "unshare -Urn does not work here"
fi

# The file of the counters has the format of its neighbours in /proc/net/stat.
statistics()
{
	awk 'NR == 1 { n = NF; next }
		NF != n { print "malformed: " $0; bad = 1 }
		{ for (i = 1; i <= NF; i++) if ($i !~ /^[0-9a-f]+$/) bad = 1 }
		END { exit bad || NR - 1 < 1 }' /proc/net/stat/tcpstate
}
check "/proc/net/stat/tcpstate has a header and a line a processor" statistics
check "new counts connections" [ "$(counter . new)" -ge $((2 * connections)) ]

done_testing
