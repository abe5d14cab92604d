#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# More forged handshakes of three segments pass a router than its table takes; then real
# connections pass with data in both directions, and then as many forged ones again.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

forged=$(rounds 100000 20000)
connections=$(rounds 1000 50)
max_records=$((forged / 2))

# forge: sends the handshakes, of the same tuples each time
forge()
{
	at router bash -c "echo 'set ipv4 $forged 1 rising' >/sys/kernel/debug/tcpstate_bench &&
		echo 'walk open 1' >/sys/kernel/debug/tcpstate_bench" || die "no handshakes"
}

# tracked: prints how many real connections are shown with their data. TCP sends some of it again
# where the machine is slow.
tracked()
{
	# shellcheck disable=SC2016 # for awk
	at router awk '$3 == "10.2.0.2:5000" && $6 == "ESTABLISHED" && $7 == "ESTABLISHED" &&
		split($15, bytes, "/") && bytes[1] >= 6 && bytes[2] >= 3 { n++ }
		END { print n + 0 }' /proc/tcpstate
}

ulimit -n 65536 || die "no files"
load max_records=$max_records
router
peers
bench
ip link set bench0 netns router || die "no device"
ip -n router link set bench0 up
listener l 4 server 10.2.0.2 5000 1024

forge
check "the table is full" [ "$(at router cat /proc/sys/net/tcpstate/records)" -ge \
	$((max_records - 100)) ]
for ((i = 0; i < connections; i++)); do
	call "c$i" "s$i" l 4 client 10.2.0.2 5000
	tell send "c$i" msg
	tell receive "s$i" 3
	tell send "s$i" yes
	tell receive "c$i" 3
	# This carries the acknowledgment of the answer, which would come later otherwise.
	tell send "c$i" end
	tell receive "s$i" 3
done
first=$(tracked)
forge
then=$(tracked)
measured "$first of $connections tracked after $forged forged handshakes, $then after as many more"
check "each real connection is tracked" equal "$first" "$connections"
check "and outlives further forged ones" equal "$then" "$connections"
rmmod tcpstate_bench
ip -n router link del bench0

done_testing
