#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The cgroups of local ends, by their paths: also those of pods, which are long, and those whose
# names somebody has chosen to disturb a terminal.

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
if wants jq "JSON: the paths as they are"; then
	check "JSON: the paths as they are" equal "$(tcpstate list --json port 5000 | paths)" \
		"$named"
fi

done_testing
