#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# --nat: list and show have the addresses of translated connections before and after, as
# nf_conntrack has them, and a filter finds them by any of these; a router with SNAT, DNAT and both,
# and local sockets on either side of a translation.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# says STATUS PATTERN COMMAND...: COMMAND ends with STATUS and one line on stderr like PATTERN
says()
{
	local wanted=$1 pattern=$2 status

	shift 2
	timeout 120 "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
	equal "$status $(wc -l <"$work/err")" "$wanted 1" && like "$(cat "$work/err")" "$pattern"
}

# translated [NETNS]: prints "BEFORE BEFORE AFTER AFTER" for each connection of TCP that is
# translated there: both ends as the first one knows them, and as the other one does; from
# nf_conntrack's own file
translated()
{
	at "${1:-.}" cat /proc/net/nf_conntrack | awk '$3 == "tcp" {
		n = 0
		for (i = 1; i <= NF; i++)
			if ($i ~ /^(src|dst|sport|dport)=/) {
				sub(/.*=/, "", $i)
				v[n++] = $i
			}
		if (v[0] v[2] != v[5] v[7] || v[1] v[3] != v[4] v[6])
			print v[0] ":" v[2], v[1] ":" v[3], v[5] ":" v[7], v[4] ":" v[6]
	}' | sort
}

# with_nat NETNS FILTER...: prints the same of what list finds, and of nothing else
with_nat()
{
	at "$1" tcpstate list --nat --json "${@:2}" | jq -r 'select(.nat) | .nat |
		[ .before.initiator, .before.responder, .after.initiator, .after.responder ] |
		map("\(.address):\(.port)") | join(" ")' | sort
}

# cells NETNS FILTER...: prints both ends, and the two columns of --nat
cells()
{
	at "$1" tcpstate list --nat --numeric "${@:2}" | columns /dev/stdin initiator responder \
		initiator_nat responder_nat
}

load "$@"
peers
listener l0 4 . 127.0.0.1 5100
call c0 s0 l0 4 . 127.0.0.1 5100

# Nothing loads a module now. Another test may have done so.
modprobe -qr nf_conntrack_netlink
modprobe=$(cat /proc/sys/kernel/modprobe)
echo /bin/false >/proc/sys/kernel/modprobe
missing="^tcpstate: '--nat': the kernel does not tell of translations: 'modprobe nf_conntrack_netl"
if grep -q '^nf_conntrack_netlink ' /proc/modules; then
	skip "nat: without ctnetlink, a sentence says so" "nf_conntrack_netlink is in use"
else
	check "without ctnetlink, a sentence says so: list" says 1 "$missing" tcpstate list --nat
	check "without ctnetlink, a sentence says so: list --count" says 1 "$missing" \
		tcpstate list -xc host 127.0.0.1
	check "without ctnetlink, all are counted" equal "$(tcpstate list -xc)" 1
	check "without ctnetlink, a sentence says so: show" says 1 "$missing" tcpstate show --nat \
		"$(columns /proc/tcpstate id)"
	check "without ctnetlink, a sentence says so: --all-netns" says 1 "$missing" \
		tcpstate list -A --nat
fi
check "without --nat it is not missed" equal "$(tcpstate list --count)" 1
echo "$modprobe" >/proc/sys/kernel/modprobe
modprobe nf_conntrack
check "the kernel loads it when it is asked" equal "$(cells . | wc -l)" 1
check "a connection that is not translated has dashes" like "$(cells .)" " - -\$"
tell close c0
tell close s0

router
at router nft -f - <<-END
	add table inet nat
	add chain inet nat out { type nat hook postrouting priority 100; }
	add chain inet nat in { type nat hook prerouting priority -100; }
	add rule inet nat out oifname veth2 tcp dport { 5000, 5080 } masquerade
	add rule inet nat in iifname veth1 tcp dport 8080 redirect to :8081
	add rule inet nat in ip daddr 10.1.0.1 tcp dport 80 dnat ip to 10.2.0.2:5080
	add rule inet nat in ip daddr 10.1.0.1 tcp dport 81 dnat ip to 10.2.0.2:5081
	add rule inet nat in ip6 daddr fd00:1::1 tcp dport 80 dnat ip6 to [fd00:2::2]:5080
END

# connection NAME 4|6 NETNS ADDRESS PORT CALLED PORT: makes a connection from the client, which
# calls CALLED, to a server; leaves the client's $port
connection()
{
	listener "l$1" "$2" "$3" "$4" "$5"
	call "c$1" "s$1" "l$1" "$2" client "$6" "$7"
	ask port "c$1"
	port=${reply#ok }
}

connection snat 4 server 10.2.0.2 5000 10.2.0.2 5000
check "SNAT: the initiator has another address behind it" like "$(cells router port 5000)" \
	"^10.1.0.2:$port 10.2.0.2:5000 10.2.0.1:[0-9]+ -\$"
connection dnat 4 server 10.2.0.2 5081 10.1.0.1 81
check "DNAT: the responder has the address that was called" equal "$(cells router port 5081)" \
	"10.1.0.2:$port 10.2.0.2:5081 - 10.1.0.1:81"
connection both 4 server 10.2.0.2 5080 10.1.0.1 80
check "SNAT and DNAT: both have" like "$(cells router port 5080)" \
	"^10.1.0.2:$port 10.2.0.2:5080 10.2.0.1:[0-9]+ 10.1.0.1:80\$"
connection six 6 server fd00:2::2 5080 fd00:1::1 80
check "of IPv6" like "$(cells router ipv6)" \
	"^\[fd00:1::2\]:$port \[fd00:2::2\]:5080 \[fd00:2::1\]:[0-9]+ \[fd00:1::1\]:80\$"
connection redirected 4 router 10.1.0.1 8081 10.2.0.2 8080
check "a redirect to the router's own socket" equal "$(cells router port 8081)" \
	"10.1.0.2:$port 10.1.0.1:8081 - 10.2.0.2:8080"
connection plain 4 server 10.2.0.2 5001 10.2.0.2 5001
check "what is not translated has dashes" equal "$(cells router port 5001)" \
	"10.1.0.2:$port 10.2.0.2:5001 - -"

# compressed: writes IPv6 addresses as the tool does
compressed()
{
	sed -E 's/\b0+([0-9a-f])/\1/g; s/(:0)+:/::/g'
}
if wants jq "--json: as nf_conntrack has them"; then
	kernels() { translated router | compressed | sort; }
	ours() { with_nat router; }
	check "--json: as nf_conntrack has them" matches ours kernels
	check "there are five of them" equal "$(with_nat router | wc -l)" 5
	check "--json: null without a translation" equal "$(at router tcpstate list --nat --json \
		port 5001 | jq -c .nat)" null
	check "without --nat it is no key" equal "$(at router tcpstate list --json port 5001 |
		jq 'has("nat")')" false
	check "every key is documented" equal "$(at router tcpstate list -x --json port 5080 ipv4 |
		jq -r '.nat | keys[]' | xargs)" "after before"
fi

# found COUNT WORD...: the filter of WORDs finds so many in the router
found()
{
	local n=$1

	shift
	check "'$*' finds $n" equal "$(cells router "$@" | wc -l) $(at router tcpstate list \
		--nat --count "$@")" "$n $n"
}
found 3 host 10.1.0.1
found 1 host 10.1.0.1:80
found 1 10.1.0.1:81
found 2 10.2.0.1
found 1 host fd00:2::1/127
found 0 host 10.1.0.1:5080
found 1 responder 10.1.0.1:80
found 0 initiator 10.1.0.1:80
found 2 initiator 10.2.0.1
found 2 port 80
found 1 port 80 ipv6
found 0 10.9.9.9
found 6 state ESTABLISHED
check "without --nat, an address of the kernel's alone finds them" equal \
	"$(at router tcpstate list --count host 10.2.0.1)" 0
check "show" equal "$(at router tcpstate show --nat --numeric "$(at router tcpstate list port 5081 |
	columns /dev/stdin id)" | grep -A 2 '^  translation' | sed 's/  */ /g')" \
	" translation initiator responder
 before $(cells router port 5081 | sed 's/ .*//') 10.1.0.1:81
 after $(cells router port 5081 | sed 's/ .*//') 10.2.0.2:5081"
check "show: not translated" equal "$(at router tcpstate show -x "$(at router tcpstate list \
	port 5001 | columns /dev/stdin id)" | grep -A 1 '^  translation' | tail -n 1)" "  none"
everywhere() { tcpstate list -A -x -n host 10.1.0.1:80 | columns /dev/stdin netns responder_nat; }
check "with --all-netns: where it is translated, and where it has that address" equal \
	"$(everywhere | sort)" "client -
router 10.1.0.1:80"

# On loopback, both sides of a translation are in the table.
nft -f - <<-END
	add table ip nat
	add chain ip nat out { type nat hook output priority -100; }
	add chain ip nat post { type nat hook postrouting priority 100; }
	add rule ip nat out ip daddr 127.0.0.1 tcp dport 8001 dnat to 127.0.0.1:5101
	add rule ip nat post ip daddr 127.0.0.1 tcp dport 5101 snat to 127.0.0.9
END
listener l1 4 . 127.0.0.1 5101
call c1 s1 l1 4 . 127.0.0.1 8001
ask port c1
port=${reply#ok }
see "the server's side" responder=127.0.0.1:5101 phase=established
check "local sockets: the client's side has what the server knows, and the other way round" like \
	"$(cells . port 8001 | sort | xargs)" \
	"^127.0.0.1:$port 127.0.0.1:8001 127.0.0.9:([0-9]+) 127.0.0.1:5101 $(
		)127.0.0.9:[0-9]+ 127.0.0.1:5101 127.0.0.1:$port 127.0.0.1:8001\$"
nft delete table ip nat

done_testing
