# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with run and its topics
# SPDX-License-Identifier: GPL-2.0-only
#
# What the topics of the bench share: observers in turn, the bench's module, samples.
# tests/bench/run sources this file.

set -u

# shellcheck source=../netns/netns.sh
. "$(dirname "${BASH_SOURCE[0]}")/../netns/netns.sh"

bench=/sys/kernel/debug/tcpstate_bench
# The most connections; nf_conntrack gets as many buckets, which is the kernel's own default.
max_records=1048576
observers=(none tcpstate conntrack)
# The round, its turn and the observer, for sample
round=0 turn=1 observer=none
# What the bench answered last, by name
declare -A got=()

die()
{
	echo "bench: $*" >&2
	exit 1
}

# ask WORD...: gives the bench's module a command; leaves its answer in got
ask()
{
	local name value

	echo "$*" >"$bench" || die "$observer: '$*' failed"
	got=()
	while read -r name value; do
		got[$name]=$value
	done <"$bench"
}

# sample FIGURE VALUE [BY]: writes down one measurement, VALUE divided by BY
sample()
{
	printf '%s\t%s\t%s\t%s\t%s\n' "$round.$turn" "$observer" "$1" "$2" "${3:-1}" \
		>>"$TCPSTATE_SAMPLES"
}

# sample_walk FIGURE: writes down the last walk, ns per segment
sample_walk()
{
	sample "$1" "${got[lane0_ns]}" "${got[lane0_segments]}"
}

# now_ns: leaves the time in $now, ns
now_ns()
{
	local seconds

	seconds=$EPOCHREALTIME
	now=$((${seconds/./} * 1000))
}

# watch_timed: inserts the module that takes the time of its sections
watch_timed()
{
	insmod "$TCPSTATE_BENCH/tcpstate.ko" max_records=$max_records || exit
}

# timed FIGURE COMMAND...: writes down how long COMMAND takes, s; its output goes to $work/out
timed()
{
	local figure=$1 began

	shift
	now_ns
	began=$now
	"$@" >"$work/out" 2>"$work/err" || die "$observer: $*: $(cat "$work/err")"
	now_ns
	sample "$figure" $((now - began)) 1000000000
}

# watch: begins to observe, as $observer does
watch()
{
	case $observer in
	tcpstate)
		insmod "$TCPSTATE_KO" max_records=$max_records || exit
		;;
	conntrack)
		modprobe nf_conntrack hashsize=$max_records || exit
		modprobe nf_conntrack_netlink || exit
		sysctl -qw net.netfilter.nf_conntrack_max=$max_records \
			net.netfilter.nf_conntrack_acct=1 \
			net.netfilter.nf_conntrack_timestamp=1 || exit
		watch_in .
		;;
	esac
}

# watch_in NETNS: conntrack tracks packets in a namespace with a rule that needs it. This rule
# is in a chain that no packet goes through.
watch_in()
{
	[ "$observer" = conntrack ] || return 0
	at "$1" nft -f - <<-END || die "nft"
		table inet bench {
			chain asks { ct state new; }
		}
	END
}

# unwatch: ends it, and forgets all connections
unwatch()
{
	local tries=0

	case $observer in
	tcpstate)
		rmmod tcpstate || exit
		;;
	conntrack)
		nft delete table inet bench || exit
		# The rules of a namespace are freed some time after it.
		until modprobe -qr nft_ct nf_conntrack_netlink nf_conntrack; do
			[ $((++tries)) -lt 200 ] || die "nf_conntrack stays"
			sleep 0.05 # sleep: nobody says when they are gone
		done
		;;
	esac
}

# records: prints how many connections the observer has
records()
{
	case $observer in
	none) echo 0 ;;
	tcpstate) sysctl -n net.tcpstate.records ;;
	conntrack) sysctl -n net.netfilter.nf_conntrack_count ;;
	esac
}

# has COUNT: ends the bench if the observer does not have so many connections, or found a
# segment invalid
has()
{
	local strange=0 reasons='^(unacceptable|repeat|challenge|paws|picked_up|untracked_.*)$'

	[ "$observer" != none ] || return 0
	[ "$(records)" = "$1" ] || die "$observer has $(records) connections, not $1"
	case $observer in
	tcpstate)
		strange=$(awk -v strange="$reasons" '
			NR == 1 { for (i = 1; i <= NF; i++) name[i] = $i; next }
			{
				for (i = 1; i <= NF; i++)
					if (name[i] ~ strange)
						n += $i !~ /^0+$/
			}
			END { print n + 0 }' /proc/net/stat/tcpstate)
		;;
	conntrack)
		strange=$(conntrack -S | grep -cE 'invalid=[1-9]|drop=[1-9]|insert_failed=[1-9]')
		;;
	esac
	[ "$strange" = 0 ] || die "$observer found segments strange"
}
