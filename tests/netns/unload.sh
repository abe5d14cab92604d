#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Loading and unloading under traffic, over and over: nothing is left behind, and
# the traffic is not disturbed. tests/guest/run checks the guest's log.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
unload
stage="under traffic"
rounds=$(rounds 100 10)
netns client server
veth client veth0 10.0.0.1/24 -- server veth0 10.0.0.2/24
start traffic 127.0.0.1 5000 >"$work/loopback"
loopback=$pid
start traffic -c client -s server 10.0.0.2 5000 >"$work/veth"
cable=$pid
# A reader finds the whole file, half of it, or none
start sh -c 'while :; do cat /proc/tcpstate; done >/dev/null 2>&1'
reader=$pid

nothing_left()
{
	local file

	for file in /proc/tcpstate /proc/net/tcpstate /proc/net/stat/tcpstate \
		/proc/sys/net/tcpstate /sys/module/tcpstate; do
		[ ! -e "$file" ] || { echo "$file is still there" ; return 1 ; }
	done
	if grep tcpstate /proc/modules; then
		return 1
	fi
}

unloads()
{
	local i

	for ((i = 1; i <= rounds; i++)); do
		insmod "$TCPSTATE_KO" || { echo "round $i: insmod" ; return 1 ; }
		# Alternate between the namespaces, so that each is in use once.
		if [ $((i % 2)) = 1 ]; then
			await -c 1+ segments!=0/0 || return 1
		else
			await -n server -c 1+ segments!=0/0 || return 1
		fi
		rmmod tcpstate || { echo "round $i: rmmod" ; return 1 ; }
		nothing_left || return 1
	done
}
check "it is loaded and unloaded $rounds times under traffic" unloads
stop "$reader"

# Unload under traffic while the file is open: its reader gets an end of file or an error.
insmod "$TCPSTATE_KO" || die "insmod"
await -c 1+ segments!=0/0 || die "no traffic is seen"
exec {file}</proc/tcpstate
read -r header <&"$file"
check "the file was open before unloading" test "${header%% *}" = family
check "an open file does not keep the module" rmmod tcpstate
refute "an open file without its module is not read any further" head -n 1 <&"$file"
exec {file}<&-
check "nothing is left behind" nothing_left

stop "$loopback"
stop "$cable"
check "the traffic on loopback went on" grep -q '^[1-9][0-9]* connections' "$work/loopback"
check "the traffic between namespaces went on" grep -q '^[1-9][0-9]* connections' "$work/veth"

done_testing
