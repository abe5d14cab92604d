#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The cgroups of local ends, by their paths: also those of pods, which are long, and those whose
# names somebody has chosen to disturb a terminal. A recording has them, too.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
root=/sys/fs/cgroup
mkdir -p "$root" 2>/dev/null
if ! mount -t cgroup2 none "$root" 2>/dev/null; then
	skip "cgroups" "this kernel has no cgroup2"
	done_testing
fi
pod=/kubepods.slice/kubepods-burstable.slice
pod+=/kubepods-burstable-pod5c2ab6f0_53f8_4d7e_9c1e_0123456789ab.slice
pod+=/cri-containerd-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope
rude=$'/rude \e[31m\x07name'
mkdir -p "$root$pod" "$root$rude"
pod_id=$(stat -c %i "$root$pod")
rude_id=$(stat -c %i "$root$rude")

peers
peer=$pid
# join PATH: moves the owner of all sockets to that cgroup
join() { echo "$pid" >"$root$1/cgroup.procs" || die "no cgroup $1"; }
join "$pod"
listener l 4 . 127.0.0.1 5000
join "$rude"
call c s l 4 . 127.0.0.1 5000
join /
see "both ends have cgroups" responder=*:5000 "cgroup=$rude_id,$pod_id"

shown="/rude??[31m?name"
check "list: the paths, each a word" equal \
	"$(tcpstate list port 5000 | columns /dev/stdin cgroup)" "$shown,$pod"
check "list: as many words in every line" equal \
	"$(tcpstate list | awk '{ print NF }' | sort -u | wc -l)" 1
check "show: the paths" equal \
	"$(tcpstate show port 5000 | sed -n 's/.* cgroup //p' | xargs)" "$shown $pod"
check "top: the path" like "$(tcpstate top --by cgroup)" "(^|
)/rude\?\?\[31m\?name "
paths() { jq -c '[ .initiator.cgroup, .responder.cgroup ]' | sort -u; }
named=$(jq -nc --arg rude "$rude" --arg pod "$pod" '[ $rude, $pod ]')
if wants jq "JSON: the paths as they are" "the recordings"; then
	check "JSON: the paths as they are" equal "$(tcpstate list --json port 5000 | paths)" \
		"$named"
	start tcpstate record "$work/rec" --rotate 4k --keep 99 2>"$work/err"
	recorder=$pid
	recorded() { tcpstate list --read "$work/rec" --count >/dev/null 2>&1; }
	until_true recorded || die "it does not record"
	# A cgroup that is made, used and removed while it records
	mkdir "$root/brief"
	pid=$peer join /brief
	for port in 5001 5002 5003 5004 5005 5006; do
		listener "l$port" 4 . 127.0.0.1 $port
		call "c$port" "s$port" "l$port" 4 . 127.0.0.1 $port
	done
	pid=$peer join /
	newest() { tcpstate list --read "$work/rec" | grep -q 127.0.0.1:5006; }
	until_true newest || die "it does not record"
	until_true rmdir "$root/brief" || die "the cgroup stays"
	kill -INT "$recorder"
	ends "$recorder"
	umount "$root"
	check "the table of a recording: its paths, without any cgroup" equal \
		"$(tcpstate list --json --read "$work/rec" port 5000 | paths)" "$named"
	cgroups()
	{
		local file

		for file in "$work"/rec*; do
			tcpstate events --json --read "$file" port 5001-5006 2>/dev/null
		done | jq -c '.initiator | select(.cgroup_id != null) | .cgroup' | sort -u
	}
	check "events of a recording: the path of a cgroup that has gone" equal "$(cgroups)" \
		'"/brief"'
	check "there are several files" [ -e "$work/rec.1" ]
fi

done_testing
