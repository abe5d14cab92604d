# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Network namespaces, the cables and routers between them, and what nft drops in them.
# A script that sources this file has die().

# The namespaces to delete at the end of the test
netnses=()

# netns NAME...: makes network namespaces, which are deleted at the end of the test
netns()
{
	local name

	for name; do
		ip netns add "$name" || die "no namespace $name"
		netnses+=("$name")
		# Skip DAD: while a link-local address is tentative, neighbours are not resolved.
		set_sysctl "$name" net.ipv6.conf.default.accept_dad=0
		ip -n "$name" link set lo up
	done
}

# at NETNS COMMAND...: runs COMMAND in that namespace; "." is the one the test runs in
at()
{
	local name=$1

	shift
	if [ "$name" != . ]; then
		nsenter --net="/run/netns/$name" -- "$@"
	else
		"$@"
	fi
}

# veth NETNS DEVICE ADDRESS... -- NETNS DEVICE ADDRESS...: connects two namespaces
veth()
{
	local one=() two=()

	while [ "$1" != -- ]; do one+=("$1"); shift; done
	shift
	two=("$@")
	ip link add "${one[1]}" netns "${one[0]}" type veth \
		peer name "${two[1]}" netns "${two[0]}" || die "no veth"
	set_up "${one[@]}"
	set_up "${two[@]}"
}

# set_up NETNS DEVICE ADDRESS...: gives the device its addresses, and sets it up
set_up()
{
	local name=$1 device=$2 address commands=""

	shift 2
	for address; do
		commands+="addr add $address dev $device"
		[[ $address != *:* ]] || commands+=" nodad"
		commands+=$'\n'
	done
	ip -n "$name" -batch - <<<"${commands}link set $device up"
}

# set_sysctl NETNS NAME=VALUE...
set_sysctl()
{
	local name=$1

	shift
	at "$name" sysctl -qw "$@" || die "sysctl $*"
}

# router: makes the namespaces client, router and server; the router forwards between them
router()
{
	netns client router server
	veth client veth0 10.1.0.2/24 fd00:1::2/64 -- router veth1 10.1.0.1/24 fd00:1::1/64
	veth server veth0 10.2.0.2/24 fd00:2::2/64 -- router veth2 10.2.0.1/24 fd00:2::1/64
	set_sysctl router net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ip -n client route add default via 10.1.0.1
	ip -n client -6 route add default via fd00:1::1
	ip -n server route add default via 10.2.0.1
	ip -n server -6 route add default via fd00:2::1
}

# hold NETNS EXPRESSION...: nft drops the packets that match, before TCP or the FORWARD hook
# of the namespace sees them
hold()
{
	local name=$1

	shift
	at "$name" nft -f - <<-END || die "nft: $*"
		add table inet hold
		add chain inet hold drops { type filter hook prerouting priority -350; }
		add rule inet hold drops $* counter drop
	END
}

# hold_instead NETNS EXPRESSION...: atomically replaces what hold drops, so that no packet
# passes in between
hold_instead()
{
	local name=$1

	shift
	at "$name" nft -f - <<-END || die "nft: $*"
		flush chain inet hold drops
		add rule inet hold drops $* counter drop
	END
}

# release NETNS: ends what hold began
release()
{
	at "$1" nft delete table inet hold || die "nothing was held"
}
