#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A bridge: its namespace sees bridged connections when br_netfilter passes them
# to the hooks, once each, and nothing when it does not.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
if ! modprobe -q bridge || ! modprobe -q br_netfilter; then
	skip "bridge" "this kernel has no br_netfilter"
	done_testing
fi
peers
netns client switch server
ip -n switch link add br0 type bridge
ip -n switch link set br0 up
veth client veth0 10.0.0.1/24 fd00::1/64 -- switch port1
veth server veth0 10.0.0.2/24 fd00::2/64 -- switch port2
ip -n switch link set port1 master br0
ip -n switch link set port2 master br0

set_sysctl switch net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0
listener l 4 server 10.0.0.2 5000
call c s l 4 client 10.0.0.2 5000
see "the ends of a bridged connection see it" -n client phase=established
see "a bridge that does not call the hooks shows nothing" -n switch -c 0
tell reset c
tell close s
shorten client
shorten server
see "the ends have nothing left" -n client -c 0
see "nor has the server" -n server -c 0
prolong client
prolong server
tell close l

set_sysctl switch net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1
for place in client switch server; do
	views["$place, IPv4"]="-n $place responder=10.0.0.2:5000 initiator=10.0.0.1:*"
done
life 4 client server 10.0.0.2 5000
views=()
for place in client switch server; do
	views["$place, IPv6"]="-n $place responder=[[]fd00::2]:5000 initiator=[[]fd00::1]:*"
done
life 6 client server fd00::2 5000
for place in client switch server; do
	see "each bridged connection was one line in $place" -n "$place" -c 0
done

done_testing
