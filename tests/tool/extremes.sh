#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Records whose every field is at an extreme, put into the table by a module for tests
# alone: /proc/tcpstate, read in pieces of several sizes, and each command of the tool show
# the numbers that were put in, and no word runs into its neighbour.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=terminal.sh
. "$(dirname "$0")/terminal.sh"

extremes="$here/../tool/extremes.py"
inserter=$TCPSTATE_MODULES/tcpstate_extremes.ko
# The longest name that an interface can have
device=abcdefghijklmno
records=$(rounds 512 96)
most=18446744073709551615

# shows_all WHAT COMMAND...: checks that COMMAND prints every record as it was put in
shows_all()
{
	local what=$1

	shift
	"$@" >"$work/shown" || return
	"$extremes" "$what" "$work/expected" <"$work/shown"
}

# Two columns are clocks.
without_clocks()
{
	sed -E 's/^(([^ ]+ +){8})[^ ]+ +[^ ]+ /\1- - /'
}

# same_by BYTES: reading in pieces of that size gives the same as a single read
same_by()
{
	dd if=/proc/tcpstate bs="$1" 2>/dev/null | without_clocks >"$work/pieces"
	cmp "$work/whole" "$work/pieces"
}

# Prints the ids of some records, each of which is then asked for by its id.
some_ids()
{
	columns /proc/tcpstate id | sort -n | awk 'NR <= 2 || NR % 8 == 0'
}

show_some()
{
	local id

	for id in $(some_ids); do
		tcpstate-sanitized show --numeric "$id" && echo || return
	done
}

show_some_json()
{
	local id

	for id in $(some_ids); do
		tcpstate-sanitized show --json "$id" || return
	done
}

# Some counters are sums of others, and some are no counters.
counters_are_most()
{
	equal "$(counter . segments)" "$((16#ffffffffffffffff))" || return
	tcpstate metrics >"$work/metrics" || return
	awk -v most="$most" '/^#/ { next }
		NF != 2 { print "malformed: " $0; bad = 1 }
		$1 ~ /^tcpstate_(segments|repeated_segments|connections_ended)_total/ {
			n++
			if ($2 != most) { print; bad = 1 }
		}
		END { if (n < 4) print n " counters"; exit bad || n < 4 }' "$work/metrics"
}

stats_are_most()
{
	tcpstate stats >/dev/null && tcpstate stats --json >"$work/json" &&
		equal "$(grep -c "\"segments\":$most\b" "$work/json")" 1
}

# The screen has sums of both ends, rounded to a tenth: each is that of a record.
screen_agrees()
{
	screen >"$work/screen"
	columns /proc/tcpstate segments bytes | tr -d + | awk '{
		split($1, segments, "/"); split($2, bytes, "/")
		print segments[1] + segments[2], bytes[1] + bytes[2] }' >"$work/sums"
	awk '
		function value(text, unit) {
			unit = index("kMGTP", substr(text, length(text)))
			return unit ? substr(text, 1, length(text) - 1) * 1000 ^ unit : text + 0
		}
		function near(text, sum) {
			return value(text) - sum <= sum / 20 && sum - value(text) <= sum / 20
		}
		NR == FNR { segments[NR] = $1; bytes[NR] = $2; next }
		$1 == "initiator" && /verdict/ {
			n = NF
			for (i = 1; i <= NF; i++) {
				sub(/[v^]$/, "", $i)
				at[$i] = i
			}
			next
		}
		!n || !/^(\[|[0-9]+\.).*:[0-9]+ / { next }
		NF != n { print "malformed: " $0; bad = 1; next }
		{
			rows++
			gsub(/\+/, "")
			for (i in segments)
				if (near($at["segments"], segments[i]) &&
				    near($at["bytes"], bytes[i]))
					next
			print "nowhere: " $0
			bad = 1
		}
		END { if (!rows) print "no rows"; exit bad || !rows }' "$work/sums" "$work/screen"
}

load "$@"
[ -e "$inserter" ] || { skip "extreme records" "this kernel has no KUnit" ; done_testing ; }
for class in handshake unsure established half_closed closing time_wait closed; do
	set_sysctl . "net.tcpstate.${class}_timeout_ms=2147483647"
done
modprobe -q dummy
ip link add "$device" type dummy || die "no interface"
insmod "$inserter" || die "the module that inserts records does not load"
"$extremes" insert "$records" "$device" "$(cat "/sys/class/net/$device/ifindex")" \
	"$work/expected" || die "the records are not inserted"

check "cat shows every record as it is" shows_all proc cat /proc/tcpstate
without_clocks </proc/tcpstate >"$work/whole"
check "the widest line goes beyond every column" [ "$(wc -L <"$work/whole")" -gt 400 ]
for bytes in 1 7 100 1000 4096 65536 1M; do
	check "dd bs=$bytes reads the same" same_by "$bytes"
done
for program in tcpstate tcpstate-sanitized; do
	check "$program list" shows_all list "$program" list --numeric
	check "$program list --json" shows_all json "$program" list --json
done
check "show" shows_all show show_some
check "show --json" shows_all show-json show_some_json

if wants tmux "watch"; then
	terminal 400 50
	writes "tcpstate watch --delay 1 --numeric --sort segments; echo status \$?"
	check "watch shows them" shows "^1-[0-9]+ of $records "
	for key in PageDown Home r End PageUp; do
		check "watch's numbers are the table's, after $key" until_true screen_agrees
		keys "$key"
	done
	keys q
	check "watch ends with status 0" shows "^status 0"
fi

echo "$most" >/sys/module/tcpstate_extremes/parameters/counters ||
	die "the counters are not set"
check "metrics" counters_are_most
if wants promtool "promtool accepts the metrics"; then
	check "promtool accepts the metrics" promtool check metrics <"$work/metrics"
fi
check "stats" stats_are_most
rmmod tcpstate_extremes

done_testing
