#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Real sockets in two namespaces with a cable between them: each namespace shows what
# passed there.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers
netns client server
veth client veth0 10.0.0.1/24 fd00::1/64 -- server veth0 10.0.0.2/24 fd00::2/64

views=(
	["the client, IPv4"]="-n client responder=10.0.0.2:5000 initiator=10.0.0.1:*"
	["the server, IPv4"]="-n server responder=10.0.0.2:5000 initiator=10.0.0.1:*"
)
life 4 client server 10.0.0.2 5000
views=(
	["the client, IPv6"]="-n client responder=[[]fd00::2]:5000 initiator=[[]fd00::1]:*"
	["the server, IPv6"]="-n server responder=[[]fd00::2]:5000 initiator=[[]fd00::1]:*"
)
life 6 client server fd00::2 5000
see "a third namespace sees none of it" -n . -c 0 responder=*:5000

# If a segment is lost between them, the two views differ.
listener l 4 server 10.0.0.2 5001
hold server "tcp dport 5001 tcp flags == syn"
caller c 4 client 10.0.0.2 5001
see "a SYN that is lost: its sender is in SYN_SENT" -n client responder=*:5001 \
	phase=open step=1/3 initiator_state=SYN_SENT responder_state=LISTEN
see "a SYN that is lost: the server knows nothing" -n server -c 0 responder=*:5001
agrees "the client in SYN_SENT" client
hold client "tcp sport 5001 tcp flags & (syn | ack) == (syn | ack)"
release server
see "a SYN/ACK that is lost: the server is in SYN_RECEIVED" -n server responder=*:5001 \
	phase=open step=2/3 initiator_state=SYN_SENT responder_state=SYN_RECEIVED
see "a SYN/ACK that is lost: the client knows nothing of it" -n client responder=*:5001 \
	phase=open step=1/3 initiator_state=SYN_SENT responder_state=LISTEN
agrees "the server in SYN_RECEIVED" server
# Hold the third segment before the SYN/ACK is released, because it follows at once.
hold server "tcp dport 5001 tcp flags & (syn | ack) == ack"
release client
tell connected c
see "a third segment that is lost: the client's view is established" -n client \
	responder=*:5001 phase=established
see "a third segment that is lost: the server waits for it" -n server responder=*:5001 \
	phase=open step=2/3 responder_state=SYN_RECEIVED
agrees "the server still in SYN_RECEIVED" server
release server
tell send c msg
tell accept s l
tell receive s 3
see "with the next segment the server's view is established, too" -n server \
	responder=*:5001 phase=established bytes=3/0
agrees "both established" server
agrees "both established" client

# Link-local addresses mean something on one interface only.
link=$(ip -n server -6 -o addr show dev veth0 scope link | sed 's/.*inet6 \([^/]*\).*/\1/')
check "veth has a link-local address" [ -n "$link" ]
listener l6 6 server "$link%veth0" 5002
call c6 s6 l6 6 client "$link%veth0" 5002
see "a link-local connection names its interface" -n client phase=established \
	"responder=[[]$link%veth0]:5002" "initiator=[[]fe80::*%veth0]:*"
agrees "link-local" client
agrees "link-local" server

done_testing
