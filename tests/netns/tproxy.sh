#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A transparent proxy, which has the same addresses and ports on both of its sides:
# two connections that its namespace cannot tell apart. Both hosts are right.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
if ! modprobe -q nft_tproxy || ! modprobe -q nft_socket; then
	skip "tproxy" "this kernel has no nft_tproxy and nft_socket"
	done_testing
fi
peers
router
set_sysctl router net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.veth2.rp_filter=0
at router nft -f - <<-END || die "nft: no tproxy"
	add table ip proxy
	add chain ip proxy first { type filter hook prerouting priority -150; }
	add rule ip proxy first tcp dport 5000 tproxy to :5000 meta mark set 1
	add rule ip proxy first iifname veth2 tcp sport 5000 meta mark set 1
END
ip -n router rule add fwmark 1 lookup 100
ip -n router route add local default dev lo table 100

listener l 4 server 10.2.0.2 5000
tell open proxy 4 router
tell option proxy transparent 1
tell bind proxy 0.0.0.0 5000
tell listen proxy 8

caller c 4 client 10.2.0.2 5000
tell connected c
tell accept inner proxy
ask port c
port=${reply#ok }
see "one side is one connection" -n router "initiator=10.1.0.2:$port" \
	responder=10.2.0.2:5000 phase=established opening=2/1
tell open outer 4 router
tell option outer transparent 1
tell option outer reuseaddr 1
tell bind outer 10.1.0.2 "$port"
tell connect outer 10.2.0.2 5000
tell connected outer
tell accept s l
for i in 1 2 3; do
	tell send c question
	tell receive inner 8
	tell send outer question
	tell receive s 8
done
see "both sides are one connection" -n router "initiator=10.1.0.2:$port" \
	responder=10.2.0.2:5000
see "the client shows its own" -n client "initiator=10.1.0.2:$port" phase=established \
	bytes=24/0
see "so does the server" -n server "initiator=10.1.0.2:$port" phase=established bytes=24/0
agrees "one side" client
agrees "the other side" server
tell close c
tell close inner
tell close outer
tell close s
see "the client's is closed" -n client "initiator=10.1.0.2:$port" step=4/4
see "the server's is closed" -n server "initiator=10.1.0.2:$port" step=4/4

done_testing
