#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A router with a flowtable: what it offloads passes no hook. The record says so, can
# be evicted, and follows the connection again as soon as its packets come back.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load max_records=1024 "$@"
peers
router

offloaded()
{
	at router grep -q OFFLOAD /proc/net/nf_conntrack
}

# offload: a flowtable takes what goes to the ports 5000 to 5009
offload()
{
	at router nft -f - <<-END
		add flowtable inet fastpath fast {
			hook ingress priority 0; devices = { veth1, veth2 };
		}
		add rule inet fastpath forward tcp dport 5000-5009 flow add @fast
	END
}

# bring_back: the flowtable ends, and what it held returns to the hooks. It does not wait until
# the flowtable's timeout is over: a connection that is idle for so long, because the machine
# is slow, would return where nobody expects it.
bring_back()
{
	local deadline=$((SECONDS + 120))

	at router nft "flush chain inet fastpath forward; delete flowtable inet fastpath fast"
	while offloaded; do
		[ "$SECONDS" -lt "$deadline" ] || die "still offloaded"
		read -r -t 0.05 <> <(:) || true
	done
}

# pumped CLIENT SERVER LISTENER PORT: a connection that has moved 2 MB past the router
pumped()
{
	record=(-n router "responder=*:$4")
	call "$1" "$2" "$3" 4 client 10.2.0.2 "$4"
	tell pump "$1" "$2" 1000000
	tell pump "$2" "$1" 1000000
}

if ! { at router nft "add table inet fastpath; add chain inet fastpath forward {
	type filter hook forward priority 0; }" && offload; } 2>"$work/nft"; then
	skip "flowtable" "$(head -n 1 "$work/nft")"
	done_testing
fi

listener l 4 server 10.2.0.2 5000
pumped c s l 5000
see "the handshake passes the router's hooks, and the flowtable takes it over" \
	"${record[@]}" phase=established opening=2/1 flags=offloaded timer=unsure \
	left_s=200..300
see "the ends count every byte" -n client responder=*:5000 bytes=1000000/1000000 flags=-
see "the ends count every byte, at the server" -n server responder=*:5000 \
	bytes=1000000/1000000 flags=-
# The first segments after the handshake are seen, the bulk is not.
see "what is offloaded is not counted in the router" "${record[@]}" \
	"bytes!=1000000/1000000"

# Its packets come back to the hooks before it closes.
bring_back
tell send c msg
tell receive s 3
tell send s msg
tell receive c 3
see "a connection that comes back is followed again" "${record[@]}" phase=established \
	flags=picked_up initiator_state=ESTABLISHED responder_state=ESTABLISHED
offload
tell send c msg
tell receive s 3
see "it can be offloaded once more" "${record[@]}" "flags=*offloaded*" timer=unsure
bring_back
tell close c
see "the FIN of the client is what comes back: half-closed" "${record[@]}" phase=close \
	step=2/4 initiator_state=FIN_WAIT_2 responder_state=CLOSE_WAIT \
	"flags!=*offloaded*"
agrees "half-closed behind the flowtable" client
agrees "half-closed behind the flowtable" server
tell close s
see "its end is seen" "${record[@]}" initiator_state=TIME_WAIT responder_state=CLOSED \
	step=4/4 verdict=closed
agrees "closed behind the flowtable" client
agrees "closed behind the flowtable" server

# Each way to end; the first segment of the end is the first one that comes back
port=5001
for way in "close s c" "reset c s" "reset s c"; do
	read -r how first second <<<"$way"
	offload
	listener m 4 server 10.2.0.2 $port
	pumped d t m $port
	see "$way: offloaded" "${record[@]}" flags=offloaded
	bring_back
	first=${first/c/d} second=${second/c/d}
	tell "$how" "${first/s/t}"
	case $way in
	close*)
		see "$way: half-closed by the server" "${record[@]}" phase=close step=2/4 \
			initiator_state=CLOSE_WAIT responder_state=FIN_WAIT_2
		agrees "$way: half-closed" client
		agrees "$way: half-closed" server
		;;
	reset\ c*) see "$way: reset by the client" "${record[@]}" verdict=reset_by_initiator ;;
	reset\ s*) see "$way: reset by the server" "${record[@]}" verdict=reset_by_responder ;;
	esac
	tell close "${second/s/t}"
	agrees "$way: over" client
	agrees "$way: over" server
	tell close m
	port=$((port + 1))
done

# A connection that is not offloaded is seen whole at the same time.
listener m 4 server 10.2.0.2 5010
call d t m 4 client 10.2.0.2 5010
tell pump d t 100000
tell close d
tell close t
see "a connection that is not offloaded is complete" -n router responder=*:5010 \
	initiator_state=TIME_WAIT closing=2/[12] bytes=100000/0

# As many connections as the table holds pass through the flowtable, which may hide how they
# end. They must make room for new ones, and expire.
offload
for place in client server; do
	shorten "$place"
done
count=$(rounds 1024 200) before=$(counter router new)
check "$count connections pass" traffic -n "$count" -c client -s server 10.2.0.2 5009
see "none of them is taken for a live one" -n router responder=*:5009 timer=established -c 0
check "each of them was tracked" [ $(($(counter router new) - before)) -ge "$count" ]
# The namespaces share one table, and a handshake is evicted before anything else: wait until
# the records of the earlier connections are gone.
for place in client server; do
	see "what was in namespace $place is gone" -n "$place" responder=*:5009 -c 0
done
listener n 4 server 10.2.0.2 5020
call e u n 4 client 10.2.0.2 5020
see "so is a new one" -n router responder=*:5020 phase=established flags=-
set_sysctl router net.tcpstate.unsure_timeout_ms=300
shorten router
see "they are gone after unsure_timeout_ms" -n router responder=*:5009 -c 0
see "the new one is not" -n router responder=*:5020 phase=established

done_testing
