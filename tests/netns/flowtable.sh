#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A router with a flowtable: what it offloads passes no hook. The line shows what
# was seen until then, and claims nothing of what came after.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers
router

# await_no COMMAND: waits until it fails
await_no()
{
	local deadline=$((SECONDS + 60))

	while "$@"; do
		[ "$SECONDS" -lt "$deadline" ] || die "still: $*"
		read -r -t 0.05 <> <(:) || true
	done
}

if ! at router nft -f - 2>"$work/nft" <<-END
	add table inet fastpath
	add flowtable inet fastpath fast { hook ingress priority 0; devices = { veth1, veth2 }; }
	add chain inet fastpath forward { type filter hook forward priority 0; }
	add rule inet fastpath forward tcp dport 5000 flow add @fast
END
then
	skip "flowtable" "$(head -n 1 "$work/nft")"
	done_testing
fi

# What is idle for a second comes back to the hooks.
set_sysctl router net.netfilter.nf_flowtable_tcp_timeout=1
listener l 4 server 10.2.0.2 5000
call c s l 4 client 10.2.0.2 5000
see "the handshake passes the router's hooks" -n router responder=*:5000 \
	phase=established opening=2/1
tell pump c s 1000000
tell pump s c 1000000
see "the ends count every byte" -n client responder=*:5000 bytes=1000000/1000000
see "the ends count every byte, at the server" -n server responder=*:5000 \
	bytes=1000000/1000000
# The first segments after the handshake are seen, the bulk is not.
see "what is offloaded is not counted in the router" -n router responder=*:5000 \
	"bytes!=1000000/1000000"
tell close c
tell close s
see "the client's own view goes on to TIME_WAIT" -n client responder=*:5000 \
	initiator_state=TIME_WAIT step=4/4
agrees "after a close through the flowtable" client
see "the router does not claim a reset or a refusal" -n router responder=*:5000 \
	"verdict!=re*"

# One that comes back to the hooks is picked up again where it has gone on.
offloaded()
{
	at router grep -q OFFLOAD /proc/net/nf_conntrack
}
at router nft flush chain inet fastpath forward
at router nft add rule inet fastpath forward tcp dport 5002 flow add @fast
listener b 4 server 10.2.0.2 5002
call e u b 4 client 10.2.0.2 5002
tell pump e u 1000000
tell pump u e 1000000
at router nft flush chain inet fastpath forward
await_no offloaded
tell send e msg
tell receive u 3
tell send u msg
tell receive e 3
see "a connection that comes back is picked up again" -n router responder=*:5002 \
	phase=established "flags=*picked_up*"
tell close e
tell close u
see "its end is seen" -n router responder=*:5002 initiator_state=TIME_WAIT step=4/4
agrees "after a close behind the flowtable" client

# A connection that the flowtable is not told of is seen whole beside it.
listener m 4 server 10.2.0.2 5001
call d t m 4 client 10.2.0.2 5001
tell pump d t 100000
tell close d
tell close t
see "a connection that is not offloaded is complete" -n router responder=*:5001 \
	initiator_state=TIME_WAIT closing=2/[12] bytes=100000/0

done_testing
