#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A SYNPROXY answers the client itself and connects to the server when the client
# has proved to be there: the server's numbers differ on the two sides, and conntrack
# translates them behind the hooks. The gateway shows what both hosts show.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=closes.sh
. "$(dirname "$0")/closes.sh"

load "$@"
if ! modprobe -q nft_synproxy || ! modprobe -q nft_ct; then
	skip "synproxy" "this kernel has no nft_synproxy"
	done_testing
fi
peers
router

# protect NETNS HOOK: sets up a SYNPROXY there for the server's ports
protect()
{
	at "$1" nft -f - <<-END || die "nft: no synproxy in $1"
		add table inet guard
		add chain inet guard first { type filter hook prerouting priority -300; }
		add rule inet guard first tcp dport 5000-5099 \
			tcp flags syn / fin,syn,rst,ack notrack
		add chain inet guard answer { type filter hook $2 priority 0; }
		add rule inet guard answer tcp dport 5000-5099 ct state invalid,untracked \
			synproxy mss 1460 wscale 7 timestamp sack-perm
		add rule inet guard answer ct state invalid drop
	END
	set_sysctl "$1" net.netfilter.nf_conntrack_tcp_loose=0
}

# proxied PLACE FAMILY ADDRESS PORT: establishes a connection to there, and checks what PLACE
# and both hosts show of it
proxied()
{
	local place=$1 i

	name="IPv$2 at the $1"
	record=(-n "$place" "responder=*:$4")
	listener l "$2" server "$3" "$4"
	call c s l "$2" client "$3" "$4"
	for ((i = 1; i <= 12; i++)); do
		tell send c question
		tell receive s 8
		tell send s and-an-answer
		tell receive c 13
	done
	see "$name: 12 requests pass" "${record[@]}" phase=established bytes=96/156 \
		initiator_state=ESTABLISHED responder_state=ESTABLISHED verdict=-
	see "$name: its numbers are adjusted" "${record[@]}" "flags=*adjusted*"
	agrees "$name: established" client
	agrees "$name: established" server
}

# resets END OTHER: one end resets
resets()
{
	local -A verdict=([c]=reset_by_initiator [s]=reset_by_responder)

	tell reset "$1"
	see "$name: reset" "${record[@]}" phase=closed initiator_state=CLOSED \
		responder_state=CLOSED "verdict=${verdict[$1]}"
	agrees "$name: reset" client
	agrees "$name: reset" server
	tell close "$2"
	tell close l
}

# echoes_rejected: third ACKs whose timestamp echo the server did not take. Linux 7.2's
# server takes none of its SYNPROXY's; older kernels have no such counter.
echoes_rejected()
{
	at server cat /proc/net/netstat | awk '$1 != "TcpExt:" { next }
		$2 ~ /^[0-9]+$/ { print n ? $n : 0; next }
		{ for (i = 2; i <= NF; i++) if ($i == "TSEcrRejected") n = i }'
}

# ways PLACE PORT: checks each way to end a connection, on ports from PORT on
ways()
{
	local before rejected

	before=$(echoes_rejected)
	proxied "$1" 4 10.2.0.2 "$2"
	closes c s
	tell close l
	proxied "$1" 6 fd00:2::2 $(($2 + 1))
	closes s c
	tell close l
	proxied "$1" 4 10.2.0.2 $(($2 + 2))
	resets c s
	proxied "$1" 6 fd00:2::2 $(($2 + 3))
	resets s c
	# The ACK, and what the server answers
	rejected=$(($(echoes_rejected) - before))
	check "no segment was unacceptable at the $1, but for $rejected rejected echoes" \
		between 0 "$(counter "$1" unacceptable)" $((2 * rejected))
	check "no segment was challenge at the $1" equal "$(counter "$1" challenge)" 0
}

at_last="bytes=96/156"
# As a gateway before the server, then on the server itself
protect router forward
ways router 5000
at router nft delete table inet guard
protect server input
ways server 5010

done_testing
