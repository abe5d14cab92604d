#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A NAT helper rewrites an address that a client or a server sends, to one with more
# digits: from there on the numbers of the two sides differ. The router shows what
# both hosts show.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=closes.sh
. "$(dirname "$0")/closes.sh"

load "$@"
if ! modprobe -q nf_conntrack_ftp || ! modprobe -q nf_nat_ftp; then
	skip "ftp" "this kernel has no nf_conntrack_ftp and nf_nat_ftp"
	done_testing
fi
peers
router
ip -n router addr add 10.2.0.100/24 dev veth2
ip -n router addr add 10.1.0.100/24 dev veth1
at router nft -f - <<-END || die "nft: no FTP helper"
	add table ip nat
	add ct helper ip nat ftp { type "ftp" protocol tcp; }
	add chain ip nat helped { type filter hook prerouting priority 0; }
	add rule ip nat helped tcp dport 21 ct helper set "ftp"
	add chain ip nat out { type nat hook postrouting priority 100; }
	add rule ip nat out oifname veth2 snat to 10.2.0.100
	add chain ip nat in { type nat hook prerouting priority -100; }
	add rule ip nat in ip daddr 10.1.0.100 tcp dport 21 dnat to 10.2.0.2
END

# says FROM TO TEXT BYTES: sends a line, and receives so many bytes at the other end
says()
{
	tell send "$1" "$3%0d%0a"
	tell receive "$2" "$4"
	got=${reply#ok }
	tell drain "$2" 2
}

# control FROM TO LINE EXPECTED ADDRESS: opens a connection to ADDRESS on which FROM sends
# LINE, which TO receives as EXPECTED; then 12 lines pass each way
control()
{
	local i

	record=(-n router "id=$(await -p id -n router phase=established)")
	says c s USER 4
	says s c 331 3
	says "$1" "$2" "$3" ${#4}
	check "$name: the helper has changed the line" equal "$got" "$4"
	for ((i = 1; i <= 12; i++)); do
		says c s NOOP 4
		says s c 200 3
	done
	see "$name: the conversation is followed" "${record[@]}" phase=established \
		"bytes=$5" "flags=adjusted" initiator_state=ESTABLISHED \
		responder_state=ESTABLISHED
}

listener l 4 server 10.2.0.2 21
served=10.2.0.2:21
name="PORT, closed by the client"
call c s l 4 client 10.2.0.2 21
control c s PORT%2010,1,0,2,156,64 "PORT 10,2,0,100,156,64" 100/65
closes c s

name="PORT, closed by the server"
call c s l 4 client 10.2.0.2 21
control c s PORT%2010,1,0,2,156,65 "PORT 10,2,0,100,156,65" 100/65
closes s c

name="227, reset by the client"
call c s l 4 client 10.1.0.100 21
control s c "227%20(10,2,0,2,156,66)" "227 (10,1,0,100,156,66)" 78/88
tell reset c
see "$name" "${record[@]}" verdict=reset_by_initiator
agrees "$name" client
agrees "$name" server "$served"
tell close s

for counter in unacceptable challenge; do
	check "no segment was $counter" equal "$(counter router $counter)" 0
done

done_testing
