# shellcheck shell=bash
# shellcheck disable=SC2154 # run and lib.sh set what is used here
# SPDX-License-Identifier: GPL-2.0-only
#
# Real connections between two namespaces, made by sockets in the kernel: connect, request,
# answer and close; and the throughput of one connection.

# cable: makes the namespaces client and server. The server has 65,536 addresses.
cable()
{
	ip netns add client
	ip netns add server
	ip link add veth0 netns client type veth peer name veth0 netns server
	ip -n client -batch - <<-END
		addr add 10.1.0.1/24 dev veth0
		link set veth0 up
		route add 10.2.0.0/16 via 10.1.0.2
	END
	ip -n server -batch - <<-END
		addr add 10.1.0.2/24 dev veth0
		link set lo up
		link set veth0 up
		route add local 10.2.0.0/16 dev lo
	END
	watch_in client
	watch_in server
	exec {client}</run/netns/client {server}</run/netns/server
}

uncable()
{
	exec {client}<&- {server}<&-
	ip netns del client
	ip netns del server
}

traffic()
{
	local ms=250 client server

	[ -z "${TCPSTATE_QUICK:-}" ] || ms=100
	modprobe veth
	watch
	cable
	ask ask $ms "$client" "$server"
	sample ask $((got[talk_done] * 1000000)) $((got[talk_ns] / 1000))
	ask bulk $ms "$client" "$server"
	sample bulk "${got[talk_done]}" $((got[talk_ns] / 1000))
	uncable
	unwatch
}
