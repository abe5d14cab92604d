# shellcheck shell=bash
# shellcheck disable=SC2154 # run and lib.sh set what is used here
# SPDX-License-Identifier: GPL-2.0-only
#
# What connections cost: the same messages by TCP and by UDP, and requests over one connection
# and over ten, between two hosts and a router that holds each packet back. All figures are of
# packets that passed: tcpdump captures them at both hosts, and the records count them. Sourced
# by run.

# How long the router holds each packet back, in either direction
delay_ms=50

# capture NETNS: begins to capture at that host
capture()
{
	start nsenter --net="/run/netns/$1" -- tcpdump -i veth0 -n -v -tt -l --immediate-mode \
		-s 256 "ip and (tcp or udp)" >"$work/wire.$1" 2>"$work/wire.err"
	comes "$work/wire.err" "listening on veth0" >"$work/out" || die "tcpdump does not capture"
}

# far_apart: makes the namespaces client, router and server, far apart
far_apart()
{
	local device

	router
	# The neighbours' addresses are asked for by a datagram, before anything is measured.
	tell udp there 4 server
	tell bind there 10.2.0.2 9
	tell udp here 4 client
	tell connect here 10.2.0.2 9
	tell send here hello
	tell receive there 5
	modprobe -q sch_netem || die "this kernel has no netem"
	for device in veth1 veth2; do
		at router tc qdisc add dev "$device" root netem delay "${delay_ms}ms" ||
			die "no delay"
	done
	# However slow the guest is, the lines stay.
	set_sysctl client net.tcpstate.time_wait_timeout_ms=600000
	capture client
	capture server
	record client
}

# packets NETNS PROTOCOL PORT: prints what passed there (packets.awk)
packets()
{
	awk -v protocol="$2" -v port="$3" -f "$demo/packets.awk" "$work/wire.$1"
}

# came NETNS PROTOCOL PORT COUNT: passes if so many packets have passed there
came()
{
	[ "$(packets "$1" "$2" "$3" | wc -l)" -ge "$4" ]
}

# captured PROTOCOL PORT COUNT: waits until both hosts have seen so many packets, and ends the
# demo unless these are all; leaves them in $work/PROTOCOL.PORT
captured()
{
	local netns

	for netns in client server; do
		until_true came "$netns" "$@" >/dev/null
		equal "$(packets "$netns" "$1" "$2" | wc -l)" "$3" ||
			die "tcpdump at the $netns has seen other packets to port $2"
	done
	packets client "$1" "$2" >"$work/$1.$2"
}

# counted COLUMN PORT: prints the sum of that count of both ends over all records of that
# server's port
counted()
{
	tcpstate --netns client list --numeric --no-header --columns "$1" port "$2" |
		awk -F / '{ n += $1 + $2 } END { print n }'
}

# figure PROTOCOL PORT NAME: prints a figure of what passed
#   packets, messages, before (packets before the first message), headers, payload, and in ms
#   leaves (the first message leaves the client), arrives (at the server), last (message that
#   arrives at the client)
figure()
{
	packets server "$1" "$2" | awk '$5 { print $1 ; exit }' |
		awk -v name="$3" '
		NR == FNR { arrives = $1; next }
		FNR == 1 { begin = $1 }
		{ packets++; headers += $4; payload += $5 }
		$5 && !messages++ { leaves = $1; before = packets - 1 }
		$5 && $2 == "<" { last = $1 }
		END {
			n["packets"] = packets; n["messages"] = messages
			n["before"] = before; n["headers"] = headers; n["payload"] = payload
			ms["leaves"] = leaves; ms["arrives"] = arrives; ms["last"] = last
			if (name in ms)
				printf "%.1f ms\n", (ms[name] - begin) * 1000
			else
				print n[name]
		}' - "$work/$1.$2"
}

# row TEXT ONE TWO: prints a line of a table with two figures
row()
{
	printf '  %-44s  %15s  %15s\n' "$@"
}

# figures TEXT NAME PROTOCOL PORT PROTOCOL PORT: prints such a line of what passed
figures()
{
	row "$1" "$(figure "$3" "$4" "$2")" "$(figure "$5" "$6" "$2")"
}

# close_in_turn PORT: the client closes, and the server when its kernel has acknowledged that
close_in_turn()
{
	tell close client
	await -n client responder="10.2.0.2:$1" phase=close step=2/4 || die "it is not half-closed"
	end_server server
	tell close listener
}

# by_tcp PORT: three messages over a connection
by_tcp()
{
	local i

	listener listener 4 server 10.2.0.2 "$1"
	caller client 4 client 10.2.0.2 "$1"
	tell connected client
	tell option client nodelay 1
	for i in 1 2 3; do
		tell send client msg
		[ "$i" != 1 ] || tell accept server listener
		tell receive server 3
	done
	await -n client responder="10.2.0.2:$1" data=3/0 acks=0/3 || die "there are no three ACKs"
	close_in_turn "$1"
	await -n client responder="10.2.0.2:$1" initiator_state=TIME_WAIT responder_state=CLOSED ||
		die "it is not in TIME_WAIT"
	captured TCP "$1" "$(counted segments "$1")"
}

# by_udp PORT: the same three messages as datagrams
by_udp()
{
	local i

	tell udp receiver 4 server
	tell bind receiver 10.2.0.2 "$1"
	tell udp sender 4 client
	tell connect sender 10.2.0.2 "$1"
	for i in 1 2 3; do
		tell send sender msg
		tell receive receiver 3
	done
	tell close sender
	tell close receiver
	captured UDP "$1" 3
}

# end_server SOCKET: what a server does when its client has closed
end_server()
{
	ask receive "$1" 1
	[ "$reply" = eof ] || die "the server reads '$reply', not the end"
	tell close "$1"
}

# request CLIENT: sends a request and waits for the answer; accepts SERVER first, if it is new
request()
{
	tell send "$1" request
	[ -z "${3:-}" ] || tell accept "$2" "$3"
	tell receive "$2" 7
	tell send "$2" answer
	tell receive "$1" 6
}

# kept PORT: ten requests over one connection
kept()
{
	local i new=listener

	listener listener 4 server 10.2.0.2 "$1"
	caller client 4 client 10.2.0.2 "$1"
	tell connected client
	for i in {1..10}; do
		request client server $new
		new=""
	done
	tell close client
	end_server server
	tell close listener
}

# ten PORT: ten requests, each over a connection of its own
ten()
{
	local i

	listener listener 4 server 10.2.0.2 "$1"
	for i in {1..10}; do
		caller "client$i" 4 client 10.2.0.2 "$1"
		tell connected "client$i"
		request "client$i" "server$i" listener
		[ "$i" = 1 ] || end_server "server$((i - 1))"
		tell close "client$i"
	done
	end_server server10
	tell close listener
}

# proxy PORT: the router answers SYNs to that port of the server itself, as a firewall does
# against SYN floods, and connects to the server when the client has proved to be there
proxy()
{
	if ! modprobe -q nft_synproxy || ! modprobe -q nft_ct; then
		die "this kernel has no nft_synproxy"
	fi
	at router nft -f - <<-END || die "nft: no synproxy"
		add table inet guard
		add chain inet guard first { type filter hook prerouting priority -300; }
		add rule inet guard first tcp dport $1 tcp flags syn / fin,syn,rst,ack notrack
		add chain inet guard answer { type filter hook forward priority 0; }
		add rule inet guard answer tcp dport $1 ct state invalid,untracked \
			synproxy mss 1460 wscale 7 sack-perm
		add rule inet guard answer tcp dport $1 ct state invalid drop
	END
	set_sysctl router net.netfilter.nf_conntrack_tcp_loose=0
}
