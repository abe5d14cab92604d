#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Somebody writes a timeout of a namespace of his own in a loop, where there are many records: a
# shorter and a longer one in turn. How far passes rest is a matter of the suite tcpstate_expiry: a
# share of a processor depends on what else the machine does.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

connections=$(rounds 100000 50000)
seconds=$(rounds 5 3)

# in_his COMMAND: has the bench look for its device in his namespace
in_his()
{
	at his bash -c "echo '$*' >/sys/kernel/debug/tcpstate_bench"
}

# kworkers: prints how long kernel threads have run, ms
kworkers()
{
	cat /proc/[0-9]*/stat 2>/dev/null | sed -n 's/^[0-9]* (kworker[^)]*) //p' |
		awk '{ ticks += $12 + $13 } END { print 10 * ticks }'
}

# write VALUE...: writes them in turn for so many seconds; prints how often
write()
{
	at his python3 - $((seconds)) "$@" <<-'END'
		import sys, time
		end, n = time.monotonic() + int(sys.argv[1]), 0
		path = "/proc/sys/net/tcpstate/established_timeout_ms"
		with open(path, "w", buffering=1) as file:
		    while time.monotonic() < end or n <= 1000:
		        for value in sys.argv[2:]:
		            file.seek(0)
		            file.write(value + "\n")
		            n += 1
		print(n)
	END
}

# share MS: prints what part of the time that is, %
share()
{
	awk -v ms="$1" -v s="$seconds" 'BEGIN { printf "%.1f", ms / s / 10 }'
}

load "$@"
netns his
bench
ip link set bench0 netns his || die "no device"
ip -n his link set bench0 up
in_his "set ipv4 $connections 1 rising" || die "no connections"
in_his "walk open 1" || die "no connections"
check "there are records" equal "$(at his cat /proc/sys/net/tcpstate/records)" "$connections"
before=$(kworkers)
writes=$(write 431999000 432000000)
busy=$(share $(($(kworkers) - before)))
measured "$writes writes in $seconds s, which keep kworkers busy for $busy % of a processor"
check "there were many" [ "${writes:-0}" -gt 1000 ]
check "they end no record" equal "$(at his cat /proc/sys/net/tcpstate/records)" "$connections"
set_sysctl his net.tcpstate.established_timeout_ms=100
see "a shorter timeout still ends the records" -n his -c 0
rmmod tcpstate_bench
ip -n his link del bench0

done_testing
