#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tcpstate metrics: Prometheus' own checker accepts it, its values are those of stats, of
# /proc/tcpstate and of /proc/net/stat/tcpstate, and a file is replaced atomically or not at
# all.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# metric NAME: prints its value
metric()
{
	tcpstate metrics | awk -v name="tcpstate_$1" '$1 == name { print $2 }'
}

# sums PATTERN: prints the sum of all metrics whose name matches
sums()
{
	tcpstate metrics | awk -v name="$1" '$1 ~ name { sum += $2 } END { print sum + 0 }'
}

accepted()
{
	tcpstate metrics >"$work/metrics" || return
	promtool check metrics <"$work/metrics" >"$work/out" 2>&1 && equal "$(cat "$work/out")" ""
}

load "$@"
if wants promtool "promtool accepts an empty table's"; then
	check "promtool accepts an empty table's" accepted
fi
peers
population
if wants promtool "promtool accepts it"; then
	check "promtool accepts it" accepted
	refute "promtool is awake" promtool check metrics <<<"tcpstate metrics 1 2 3"
fi

for role in initiator responder; do
	for state in LISTEN SYN_SENT SYN_RECEIVED ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 CLOSE_WAIT \
		CLOSING LAST_ACK TIME_WAIT CLOSED; do
		echo "tcpstate_connections{role=\"$role\",state=\"$state\"} $(
			columns /proc/tcpstate "${role}_state" | grep -cx "$state")"
	done
done >"$work/expected"
states() { tcpstate metrics | grep '^tcpstate_connections{' | diff "$work/expected" -; }
check "each state of each role, those of nobody too" states

# The counters of the file have the values of the metrics, which are named differently.
counters_agree()
{
	local name series

	while read -r name series; do
		equal "$name $(counter . "$name")" "$name $(metric "$series")" || return
	done <<-'END'
		segments segments_total
		new connections_seen_total{from="new"}
		picked_up connections_seen_total{from="picked_up"}
		evicted connections_evicted_total
		untracked_full untracked_segments_total{reason="full"}
		untracked_memory untracked_segments_total{reason="memory"}
		untracked_stray untracked_segments_total{reason="stray"}
		unacceptable ignored_segments_total{reason="unacceptable"}
		paws ignored_segments_total{reason="paws"}
		challenge ignored_segments_total{reason="challenge"}
		keepalive probe_segments_total{kind="keepalive"}
		zero_window probe_segments_total{kind="zero_window"}
		repeat repeated_segments_total
		retract retracted_states_total
		bad_short malformed_packets_total{reason="short"}
		bad_checksum malformed_packets_total{reason="checksum"}
		bad_flags malformed_packets_total{reason="flags"}
		bad_options malformed_packets_total{reason="options"}
		fragment skipped_packets_total{kind="fragment"}
		multicast skipped_packets_total{kind="multicast"}
	END
}
check "counters are those of /proc/net/stat/tcpstate" until_true counters_agree
check "segments are no 0" between 20 "$(metric segments_total)" 1000
check "records" equal "$(metric records)" "$(columns /proc/tcpstate id | wc -l)"
if wants jq "memory is that of stats" "endings are those of stats"; then
	check "memory is that of stats" equal "$(tcpstate stats --json |
		jq -r '"\(.memory_bytes) \(.table_bytes) \(.max_records)"')" \
		"$(metric records_bytes) $(metric table_bytes) $(metric records_limit)"
	# Flushing a record that lingers after its connection counts as its end.
	tcpstate flush port 5000 >/dev/null
	check "endings are those of stats" equal \
		"$(tcpstate stats --json | jq -r '.endings | to_entries[] |
			"tcpstate_connections_ended_total{verdict=\"\(.key)\"} \(.value)"' |
			sort)" "$(tcpstate metrics | grep '^tcpstate_connections_ended' | sort)"
	check "one was flushed" equal "$(metric 'connections_ended_total{verdict="flushed"}')" 1
fi
for time in syn ack; do
	check "the histogram of ${time}_us counts the handshakes" equal \
		"$(metric "handshake_${time}_seconds_count")" 7
	check "its last bucket has them all" equal \
		"$(metric "handshake_${time}_seconds_bucket{le=\"+Inf\"}")" 7
	check "its buckets never fall" equal "$(tcpstate metrics |
		awk -v name="handshake_${time}_seconds_bucket" '
			$1 ~ name { if ($2 < last) print; last = $2 }')" ""
done
# The times of the flushed record count, too, but are gone from the table.
check "its sum is that of the table" between \
	"$(columns /proc/tcpstate syn_us | awk '{ sum += $1 } END { printf "%.6f", sum / 1e6 }')" \
	"$(metric handshake_syn_seconds_sum)" 100

# A file is read all the time while it is replaced. bash reads it at once.
out=$work/folder/tcpstate.prom
mkdir "$work/folder"
replaces() { tcpstate metrics --output "$out" && tail -n 1 "$out" | grep -qx '# EOF'; }
check "--output makes a file" replaces
check "it is for others to read" equal "$(stat -c %a "$out")" 644
check "it is what stdout has" equal "$(wc -l <"$out")" "$(tcpstate metrics | wc -l)"

replace_again()
{
	local i

	for ((i = 0; i < $(rounds 60 20) || $(sort -u "$work/inodes" | wc -l) < 2; i++)); do
		tcpstate metrics --output "$out" || return
	done
}

reads_whole()
{
	local text i readings=0

	until gone "$1"; do
		# The file is never missing, not even between two system calls.
		for ((i = 0; i < 300; i++)); do
			[ -e "$out" ] || { echo "it is not there" ; return 1 ; }
		done
		text=$(<"$out")
		[[ $text == "# HELP "*$'\n'"# EOF" ]] ||
			{ echo "read a part, of ${#text} characters" ; return 1 ; }
		readings=$((readings + 1))
		stat -c %i "$out" >>"$work/inodes"
	done
	between 2 "$readings" 1000000 &&
		between 2 "$(sort -u "$work/inodes" | wc -l)" 1000000
}
: >"$work/inodes"
start replace_again
check "a reader sees one whole file or the other" reads_whole "$pid"
ends "$pid"
check "and each was replaced" equal "$status" 0
check "nothing else is left in its folder" equal "$(ls -A "$work/folder")" tcpstate.prom

fails()
{
	local status

	tcpstate metrics --output "$1" >"$work/out" 2>"$work/err"
	status=$?
	equal "$status" 1 && equal "$(wc -l <"$work/err")" 1 && like "$(cat "$work/err")" "$2"
}
check "no such folder" fails "$work/none/file" "cannot replace '$work/none/file': No such file"
check "a folder is no file" fails "$work/folder" "no ordinary file"
check "nor is a device" fails /dev/null "no ordinary file"
mkdir "$work/full"
mount -t tmpfs -o size=8k none "$work/full" || die "no tmpfs"
echo old >"$work/full/file"
check "a full disk" fails "$work/full/file" "No space left"
check "the old file is there still" equal "$(cat "$work/full/file")" old
check "and nothing else is there" equal "$(ls -A "$work/full")" file
umount "$work/full"
# Nobody, not even root, may write to the folder of the old file.
mount --bind "$work/folder" "$work/folder" || die "no read-only folder"
mount -o remount,bind,ro "$work/folder" || die "no read-only folder"
before=$(<"$out")
check "a read-only folder" fails "$out" "Read-only"
check "its file is as before" equal "$(<"$out")" "$before"
umount "$work/folder"
rmmod tcpstate
check "without the module" fails "$out" "module is not loaded"
check "the file is as before" equal "$(<"$out")" "$before"

done_testing
