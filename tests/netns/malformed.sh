#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Malformed packets that a router forwards: each is counted by its reject reason, passes
# unchanged (segment.c checks that), and never becomes a connection, unless Linux would
# take it in spite of its options.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
wire wire

# counted REASON NAME SEGMENT...
counted()
{
	local reason=$1 name=$2 before

	shift 2
	before=$(counter wire "$reason")
	play "$@"
	check "$name is counted as '$reason'" equal "$(counter wire "$reason")" $((before + 1))
	see "$name is no connection" -t 0 -n wire -c 0 responder=*:5000
}

# broken OPTIONS NAME ADDRESSES...: a SYN that Linux accepts, and whose options it reads up
# to the broken one
broken()
{
	local option=$1 name=$2 before

	shift 2
	before=$(counter wire bad_options)
	play "$@" S seq 1 opt "$option"
	check "$name is counted as 'bad_options'" \
		equal "$(counter wire bad_options)" $((before + 1))
	see "$name is a connection" -t 0 -n wire -c 1 "family=${family,,}" \
		"responder=*:$4" phase=open
}

v4="10.0.0.1 40000 10.0.0.2 5000"
v6="fd00::1 40000 fd00::2 5000"
for addresses in "$v4" "$v6"; do
	family=IPv4
	[ "$addresses" = "$v4" ] || family=IPv6
	# shellcheck disable=SC2086 # several words
	{
		counted bad_checksum "$family: a bad checksum" $addresses S seq 1 badsum
		counted bad_flags "$family: SYN and FIN" $addresses SF seq 1
		counted untracked_stray "$family: SYN and RST" $addresses SR seq 1
		counted bad_flags "$family: no flags at all" $addresses none seq 1
		broken 0206ffff "$family: an option that overruns" ${addresses/%5000/5001}
		broken 03000000 "$family: an option of length 0" ${addresses/%5000/5002}
		counted bad_short "$family: a data offset below 5" $addresses S seq 1 doff 4
		counted bad_short "$family: a data offset behind the end" $addresses S seq 1 doff 15
		counted bad_short "$family: half a header" $addresses S seq 1 cut 10
	}
done
# shellcheck disable=SC2086 # several words
counted fragment "a later fragment" $v4 . seq 1 frag 100 len 8
counted multicast "multicast" 10.0.0.1 40000 224.0.0.1 5000 S seq 1 in
counted multicast "multicast over IPv6" fd00::1 40000 ff02::1 5000 S seq 1 in
counted multicast "broadcast" 10.0.0.1 40000 255.255.255.255 5000 S seq 1 in

# After the malformed packets, the first good SYN begins a connection.
# shellcheck disable=SC2086 # several words
play $v4 S seq 1
see "a good SYN is a connection" -t 0 -n wire "responder=*:5000" phase=open step=1/3

done_testing
