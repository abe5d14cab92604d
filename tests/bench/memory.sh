# shellcheck shell=bash
# shellcheck disable=SC2154 # run and lib.sh set what is used here
# SPDX-License-Identifier: GPL-2.0-only
#
# The memory of a connection: how much less is available once there are many; and the size
# of its record alone in the slab allocator.

page_kb=$(($(getconf PAGESIZE) / 1024))

# available: leaves the available memory in $available, kB
available()
{
	local name value

	# Free what is only waiting to be freed, and the pages that each CPU keeps for itself:
	# tens of MB, which MemAvailable leaves out.
	echo 3 >/proc/sys/vm/drop_caches
	echo 1 >/proc/sys/vm/stat_refresh
	while read -r name value _; do
		case $name in
		MemAvailable:) available=$value ;;
		count:) available=$((available + value * page_kb)) ;;
		esac
	done < <(cat /proc/meminfo /proc/zoneinfo)
}

# record_bytes FAMILY: prints the bytes of a record in its slab
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
