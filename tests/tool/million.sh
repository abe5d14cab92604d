#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A million connections: watch answers keys while it reads them, in little memory, and its
# header says how often it does; top groups them, even if each is a group of its own, and list
# sorts them, and looks for their sockets and their translations.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=terminal.sh
. "$(dirname "$0")/terminal.sh"

n=$(rounds 1000000 20000)
translations=$((n / 10))
load max_records=$((n + 2 * translations))
wire many
set_sysctl many net.tcpstate.handshake_timeout_ms=2147483647
play flood "$n" 10.1.0.1 10.2.0.1 80
check "as many as were sent" equal "$(tcpstate -N many list --count)" "$n"
# The bench measures how long an answer takes (bench/list.sh).
keys_are_answered()
{
	TCPSTATE_TOOL=$tool "$here/../tool/keys.py" tcpstate -N many watch --delay 0.1 \
		>"$work/keys" || { cat "$work/keys" ; return 1 ; }
}
check "no key waits for more than one datagram, in less than 100 MB" keys_are_answered
grep "^#" "$work/keys"

# takes FILE COMMAND...: leaves its output in FILE, the ms of processor time that it took in
# $took_ms, and the most memory that it had in $memory_kb
takes()
{
	read -r took_ms memory_kb < <(python3 - "$@" <<-'EOF'
		import resource, subprocess, sys
		with open(sys.argv[1], "wb") as out:
		    subprocess.run(sys.argv[2:], stdout=out, check=True)
		used = resource.getrusage(resource.RUSAGE_CHILDREN)
		print(int((used.ru_utime + used.ru_stime) * 1000), used.ru_maxrss)
	EOF
	) || die "it fails: $*"
}

# ratio NAME: prints a figure that no check asserts, because others use the processors, too
ratio()
{
	echo "# $1: $took_ms ms, $((100 * took_ms / list_ms)) % of that; $((memory_kb / 1000)) MB"
}

takes "$work/out" tcpstate -N many list
list_ms=$took_ms
echo "# list: $list_ms ms"
check "list prints them all" equal "$(wc -l <"$work/out")" $((n + 1))
takes "$work/out" tcpstate -N many list --json
ratio "list --json"
takes "$work/out" tcpstate -N many top --json --by responder_port,phase
ratio top
group='"responder_port":80,"phase":"open"'
check "top counts them all" like "$(cat "$work/out")" \
	"^\\{\"time_ns\":[0-9]+,$group,.*\"connections\":$n,.*\"unanswered\":$n,"
check "top takes less than 20 MB for few groups" between 1 "$memory_kb" 20000
takes "$work/out" tcpstate -N many top --json --by initiator --limit 1000
ratio "top --by initiator"
check "as many groups as there are addresses" equal "$(wc -l <"$work/out")" $(((n + 9999) / 10000))
check "each with as many connections as it has ports" equal "$(grep -c '"connections":10000,' \
	"$work/out")" $((n / 10000))
takes "$work/out" tcpstate -N many top -H -o connections --by initiator,initiator_port
ratio "top with a million groups"
check "a group for each connection" equal "$(awk '{ print $NF }' "$work/out" |
	sort | uniq -c | xargs)" "20 1"
check "a million groups take less than 200 MB" between 1 "$memory_kb" 200000
takes "$work/out" tcpstate -N many list -H -o id --sort -id --limit 100
ratio "list --sort --limit"
check "the last hundred, the youngest first" equal "$(sort -nr "$work/out" | uniq | wc -l),$(
	diff -q <(sort -nr "$work/out") "$work/out")" "100,"
check "--limit takes little memory" between 1 "$memory_kb" 20000

takes "$work/out" tcpstate -N many list -p -H --limit 10
ratio "list --process --limit"
check "ten of them, with their processes" equal "$(wc -l <"$work/out")" 10
check "--process takes little memory where there are no sockets" between 1 "$memory_kb" 20000
takes "$work/out" tcpstate -N many list -p -H -o id,initiator_process
ratio "list --process"
check "--process: all of them" equal "$(awk '{ print $2 }' "$work/out" | uniq -c | xargs)" "$n -"
check "which takes no more memory" between 1 "$memory_kb" 20000
takes "$work/out" tcpstate -N many list -p --count
ratio "list --process --count"
check "--process: counted" equal "$(cat "$work/out")" "$n"
takes "$work/out" tcpstate -N many list --nat -H --limit 10
ratio "list --nat --limit without translations"
check "--nat: ten of them, none of which is translated" equal "$(wc -l <"$work/out")" 10

# Each of many others is translated.
at many nft "add table ip nat; add chain ip nat post {
	type nat hook postrouting priority srcnat; }
	add rule ip nat post snat to 10.9.0.1-10.9.0.99"
set_sysctl . net.netfilter.nf_conntrack_max=$((2 * translations))
set_sysctl many net.netfilter.nf_conntrack_tcp_timeout_syn_sent=6000
play flood "$translations" 10.5.0.1 10.2.0.1 80
takes "$work/out" tcpstate -N many list --nat --count host 10.9.0.0/24
ratio "list --nat --count of $translations by their public addresses"
check "--nat: as many as are translated" equal "$(cat "$work/out")" "$translations"
check "a translation takes less than 300 bytes" between 1 "$memory_kb" \
	$((12000 + translations * 3 / 10))
takes "$work/out" tcpstate -N many list --nat --count
ratio "list --nat --count"
check "--nat --count without an address: counted" equal "$(cat "$work/out")" \
	$((n + translations))
check "which needs no translations" between 1 "$memory_kb" 15000
takes "$work/out" tcpstate -N many list -p -x -H --limit 10 host 10.9.0.0/24
ratio "list --process --nat --limit"
check "ten of them, with everything" equal "$(wc -l <"$work/out")" 10
check "they are forgotten" equal "$(tcpstate -N many flush --force host 10.5.0.0/24)" \
	"$translations connections forgotten"

wants tmux "a full screen" || done_testing
terminal 80 24
writes "tcpstate -N many watch --delay 0.1 --sort age_s; echo status \$?"
check "watch shows them" shows " $n connections"
check "the first rows" shows "^1-[0-9]+ of $n "
keys End
check "End: the last row" shows "^[0-9]+-$n of $n "
keys PageUp
check "a page up from there" shows "^[0-9]+-$((n - 18)) of $n "
keys Home
check "Home: the first" shows "^1-[0-9]+ of $n "
if [ "$n" = 1000000 ]; then
	check "the header has the interval that slow readings leave" shows \
		" every ([1-9][0-9]*|0\.[2-9])(\.[0-9])? s"
fi
keys /
in_tmux send-keys -t test -l "port 10000"
keys Enter
check "a filter that is typed during a reading is applied" shows "filter: port 10000"
keys q
check "watch ends" shows "^status 0"

done_testing
