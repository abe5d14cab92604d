#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Real sockets in two namespaces and a third one between them that forwards: all
# three see the connection, once each.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers
router

for place in client router server; do
	views["$place, IPv4"]="-n $place responder=10.2.0.2:5000 initiator=10.1.0.2:*"
done
life 4 client server 10.2.0.2 5000
views=()
for place in client router server; do
	views["$place, IPv6"]="-n $place responder=[[]fd00:2::2]:5000 initiator=[[]fd00:1::2]:*"
done
life 6 client server fd00:2::2 5000
for place in client router server; do
	see "$place has one line a connection and no other" -n "$place" -c 0
done

# What the router's filter drops did not pass it.
at router nft -f - <<-END
	add table inet filter
	add chain inet filter forward { type filter hook forward priority 0; }
	add rule inet filter forward tcp dport 5001 drop
END
caller c 4 client 10.2.0.2 5001
see "a SYN that the router's filter drops left the client" -n client responder=*:5001 \
	phase=open step=1/3 initiator_state=SYN_SENT
see "a SYN that the router's filter drops leaves no line there" -n router -c 0 responder=*:5001
at router nft delete table inet filter

# Steps of the handshake as the middle sees them.
listener l 4 server 10.2.0.2 5002
hold server "tcp dport 5002 tcp flags == syn"
caller d 4 client 10.2.0.2 5002
see "the router sees open 1/3" -n router responder=*:5002 phase=open step=1/3 \
	initiator_state=SYN_SENT responder_state=LISTEN
hold client "tcp sport 5002 tcp flags & (syn | ack) == (syn | ack)"
release server
see "the router sees open 2/3" -n router responder=*:5002 phase=open step=2/3 \
	initiator_state=SYN_SENT responder_state=SYN_RECEIVED
release client
tell connected d
tell accept s l
see "the router sees it established" -n router responder=*:5002 phase=established
check "the router counts the repeated SYN" \
	await -n router responder=*:5002 repeats=[1-9]*/*

done_testing
