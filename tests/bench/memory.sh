# shellcheck shell=bash
# shellcheck disable=SC2154 # run and lib.sh set what is used here
# SPDX-License-Identifier: GPL-2.0-only
#
# What a connection takes of memory, all in: what is no longer available, once there
# are many; and of its record alone, as the slab allocator has it.

# available: kB, leaves it in $available
available()
{
	local name value

	# What is only waiting to be freed is free.
	echo 3 >/proc/sys/vm/drop_caches
	while read -r name value _; do
		[ "$name" != MemAvailable: ] || available=$value
	done </proc/meminfo
}

# record_bytes FAMILY: of one record in its slab
record_bytes()
{
	case $observer in
	tcpstate) cat "/sys/kernel/slab/tcpstate_$1/object_size" ;;
	conntrack) cat /sys/kernel/slab/nf_conntrack/object_size ;;
	esac
}

memory()
{
	local family before

	for family in ipv4 ipv6; do
		ask set "$family" "$large" 1 random
		available
		before=$available
		watch
		ask walk open 1
		has "$large"
		available
		sample "memory_$family" $(((before - available) * 1024)) "$large"
		[ "$observer" = none ] || sample "record_$family" "$(record_bytes "$family")"
		unwatch
	done
}
