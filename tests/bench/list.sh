# shellcheck shell=bash
# shellcheck disable=SC2154 # run and lib.sh set what is used here
# SPDX-License-Identifier: GPL-2.0-only
#
# The time that it takes to read many connections: the proc file; and by the tool all of
# them, none of them, and those in one state; and how long a key waits for its answer
# meanwhile.

# shown COUNT: ends the bench unless so many lines came out
shown()
{
	local lines

	lines=$(grep -cE '^(ipv4|tcp) ' "$work/out")
	[ "$lines" = "$1" ] || die "$observer showed $lines connections, not $1"
}

list_tcpstate()
{
	timed cat cat /proc/tcpstate
	shown "$large"
	timed list tcpstate list --numeric
	shown "$large"
	timed list_nothing tcpstate list --numeric port 1
	shown 0
	timed list_state tcpstate list --numeric state fin-wait-1
	shown $((large / 100))
	"$here/../tool/keys.py" tcpstate watch --delay 0.1 >"$work/out" ||
		die "$(cat "$work/out")"
	sample watch_key "$(sed -n 's/^# answers took .* at most \([0-9]*\);.*/\1/p' \
		"$work/out")" 1000
}

list_conntrack()
{
	timed cat cat /proc/net/nf_conntrack
	timed list_nothing conntrack -L -p tcp --dport 1
	shown 0
	timed list_state conntrack -L -p tcp --state FIN_WAIT
	shown $((large / 100))
	# conntrack takes minutes: two rounds are enough.
	if [ "$round" -le 2 ]; then
		timed list conntrack -L
		shown "$large"
	fi
}

list()
{
	[ "$observer" != none ] || return 0
	ask set ipv4 "$large" 1 random
	watch
	# No half-closed connection may end while the list is made.
	[ "$observer" = tcpstate ] ||
		sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_fin_wait=3600
	ask walk open 1
	ask walk half 1 1 $((large / 100))
	has "$large"
	"list_$observer"
	unwatch
}
