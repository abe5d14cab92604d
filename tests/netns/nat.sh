#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Translated connections: each namespace shows the addresses its own sockets
# use, a router those of the client and the server themselves; translated on
# loopback, the client's view and the server's are two complete lines.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers
router

at router nft -f - <<-END
	add table inet nat
	add chain inet nat out { type nat hook postrouting priority 100; }
	add chain inet nat in { type nat hook prerouting priority -100; }
	add rule inet nat out oifname veth2 masquerade
	add rule inet nat in iifname veth1 tcp dport 8080 redirect to :8081
	add rule inet nat in ip daddr 10.1.0.1 tcp dport 80 dnat ip to 10.2.0.2:5080
END

to=responder=10.2.0.2:5000
views=(
	["the client of a masquerade, IPv4"]="-n client $to initiator=10.1.0.2:*"
	["the masquerade, IPv4"]="-n router $to initiator=10.1.0.2:*"
	["the server behind a masquerade, IPv4"]="-n server $to initiator=10.2.0.1:*"
)
life 4 client server 10.2.0.2 5000
to='responder=[[]fd00:2::2]:5000'
views=(
	["the client of a masquerade, IPv6"]="-n client $to initiator=[[]fd00:1::2]:*"
	["the masquerade, IPv6"]="-n router $to initiator=[[]fd00:1::2]:*"
	["the server behind a masquerade, IPv6"]="-n server $to initiator=[[]fd00:2::1]:*"
)
life 6 client server fd00:2::2 5000
for place in client router server; do
	see "each connection is one line in the $place" -n "$place" -c 0
done

# DNAT and masquerade together: the client and the server know the router alone; the router
# knows both.
listener dnat 4 server 10.2.0.2 5080
call c s dnat 4 client 10.1.0.1 80
see "DNAT: the client's view has the address it called" -n client \
	initiator=10.1.0.2:* responder=10.1.0.1:80 phase=established
see "DNAT: the router's has the client and the server" -n router \
	initiator=10.1.0.2:* responder=10.2.0.2:5080 phase=established opening=2/1
see "DNAT: the server's has the masquerade" -n server \
	initiator=10.2.0.1:* responder=10.2.0.2:5080 phase=established
see "DNAT: one line in the client" -n client -c 1
see "DNAT: one line in the router" -n router -c 1
see "DNAT: one line in the server" -n server -c 1
agrees "DNAT" client
agrees "DNAT" server 10.2.0.2:5080
tell reset c
tell close s

# A redirect goes to the router itself.
listener redirected 4 router 10.1.0.1 8081
call c s redirected 4 client 10.2.0.2 8080
see "redirect: the client's view has the address it called" -n client \
	responder=10.2.0.2:8080 phase=established
see "redirect: the router's has its own socket's" -n router \
	initiator=10.1.0.2:* responder=10.1.0.1:8081 phase=established opening=2/1
agrees "redirect" client
agrees "redirect" router 10.1.0.1:8081
tell reset c
tell close s

# On loopback the translation lies between LOCAL_OUT and LOCAL_IN.
nft -f - <<-END
	add table ip nat
	add chain ip nat out { type nat hook output priority -100; }
	add chain ip nat post { type nat hook postrouting priority 100; }
	add rule ip nat out ip daddr 127.0.0.1 tcp dport 8001 dnat to 127.0.0.1:5001
	add rule ip nat out ip daddr 127.0.0.1 tcp dport 8002 redirect to :5002
	add rule ip nat post ip daddr 127.0.0.1 tcp dport 5003 snat to 127.0.0.9
	add table ip6 nat
	add chain ip6 nat out { type nat hook output priority -100; }
	add rule ip6 nat out ip6 daddr ::1 tcp dport 8004 dnat to [::1]:5004
END

# both_views KIND FAMILY ADDRESS CALLED CLIENTS_LINE SERVERS_LINE
both_views()
{
	local kind=$1 family=$2 address=$3 called=$4 clients=$5 servers=$6 line

	call c s "$kind" "$family" . "$address" "$called"
	for line in "$clients" "$servers"; do
		read -ra columns <<<"$line"
		see "$kind on loopback: established (${columns[*]})" "${columns[@]}" \
			phase=established opening=2/1 repeats=0/0 flags=-
	done
	see "$kind on loopback: the client's view and the server's are two lines" -c 2
	tell send c msg
	tell receive s 3
	tell send s answer
	tell receive c 6
	for line in "$clients" "$servers"; do
		read -ra columns <<<"$line"
		see "$kind on loopback: both ways are complete (${columns[*]})" "${columns[@]}" \
			data=1/1 bytes=3/6
	done
	tell close c
	tell close s
	for line in "$clients" "$servers"; do
		read -ra columns <<<"$line"
		see "$kind on loopback: closed by four (${columns[*]})" "${columns[@]}" \
			phase=close step=4/4 initiator_state=TIME_WAIT responder_state=CLOSED \
			closing=2/[12] opening=2/1
	done
	shorten .
	see "$kind on loopback: both lines are gone after 2MSL" -c 0
	prolong .
}

listener DNAT 4 . 127.0.0.1 5001
both_views DNAT 4 127.0.0.1 8001 "initiator=127.0.0.1:* responder=127.0.0.1:8001" \
	"initiator=127.0.0.1:* responder=127.0.0.1:5001"
listener redirect 4 . 127.0.0.1 5002
both_views redirect 4 127.0.0.1 8002 "initiator=127.0.0.1:* responder=127.0.0.1:8002" \
	"initiator=127.0.0.1:* responder=127.0.0.1:5002"
listener SNAT 4 . 127.0.0.1 5003
both_views SNAT 4 127.0.0.1 5003 "initiator=127.0.0.1:* responder=127.0.0.1:5003" \
	"initiator=127.0.0.9:* responder=127.0.0.1:5003"
listener DNAT6 6 . ::1 5004
both_views DNAT6 6 ::1 8004 "initiator=[[]::1]:* responder=[[]::1]:8004" \
	"initiator=[[]::1]:* responder=[[]::1]:5004"
nft delete table ip nat
nft delete table ip6 nat

done_testing
