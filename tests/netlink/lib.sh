# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the tests of the netlink family share, in addition to ../netns/lib.sh:
# the kernel's own YNL client, and the helpers' totals.

# shellcheck source=../netns/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../netns/lib.sh"

netlink=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
command -v fuzz >/dev/null || die "its helpers need libmnl (Debian's libmnl-dev)"
YNL_SOURCE=$("$netlink/../guest/source") || die "YNL comes with the kernel source"
YNL_SPEC=$(realpath "$netlink/../../module/spec/tcpstate.yaml")
YNL_TOPIC=$topic
export YNL_SOURCE YNL_SPEC YNL_TOPIC
# A user who may make a user namespace, and one who has no capability at all
somebody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
# shellcheck disable=SC2034 # the tests use it
nobody=("${somebody[@]}" --inh-caps=-all --bounding-set=-all)

# checks NETNS SCRIPT [ARGUMENT]...: runs a test in Python, which prints its own lines
checks()
{
	local name=$1 script=$2

	shift 2
	stage="$script $*"
	at "$name" /usr/bin/python3 -B "$netlink/$script" "$@" || die "$script ended early"
	stage="in between"
}

# ynl NETNS ARGUMENT...: runs the kernel's own command-line client
ynl()
{
	local name=$1

	shift
	at "$name" /usr/bin/python3 -B "$YNL_SOURCE/tools/net/ynl/pyynl/cli.py" --spec "$YNL_SPEC" \
		--schema "$YNL_SOURCE/Documentation/netlink/genetlink-legacy.yaml" "$@"
}

# said FILE PATTERN: waits until a line of FILE, a helper's output, matches
said()
{
	local deadline=$((SECONDS + 120))

	until grep -q "$2" "$1"; do
		[ "$SECONDS" -lt "$deadline" ] || die "no '$2' in: $(cat "$1")"
	done
}

# total FILE NAME: prints what a helper counted
total()
{
	awk -v name="$2" '$1 == name { n = $2 } END { print n + 0 }' "$1"
}

# ends NAME PID FILE: checks that the helper ends and reports no fault
ends()
{
	local status

	stage="$1"
	wait "$2"
	status=$?
	grep -v '^ready\|^joined\|^begun' "$3" | remark
	check "$1" equal "$status" 0
	stage="in between"
}

# sentinel PID...: connects to port 5998 until the listeners that wait for that end; leaves
# in $sentinels how many connections that took
sentinel()
{
	local deadline=$((SECONDS + 120)) name left=1

	sentinels=0
	while [ -n "$left" ] && [ "$SECONDS" -lt "$deadline" ]; do
		traffic -n 1 127.0.0.1 5998 >/dev/null
		sentinels=$((sentinels + 1))
		left=""
		for name; do
			! kill -0 "$name" 2>/dev/null || left=1
		done
	done
}

# for_everybody PROGRAM...: copies helpers to a place where anybody may run them
for_everybody()
{
	local name

	chmod 755 "$work"
	for name; do
		cp "$helpers/$name" "$work/"
	done
}
