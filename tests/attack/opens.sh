#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# An unprivileged user opens /proc/tcpstate of a namespace of his own many times, and then reads
# a byte from each.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

opens=4000

# taken: prints how much memory is not available any more, KB, since $before
taken()
{
	echo $((before - $(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)))
}

load "$@"
chmod 755 "$work"
mkfifo "$work/in" "$work/out"
chmod 666 "$work/in" "$work/out"
exec {to}<>"$work/in" {from}<>"$work/out"
ulimit -n $((opens + 100)) || die "no $opens files"
start "${somebody[@]}" unshare -Urn python3 -c '
import sys
say = lambda word: print(word, flush=True)
say("ready")
sys.stdin.readline()
files = [open("/proc/net/tcpstate", "rb", buffering=0) for _ in range(int(sys.argv[1]))]
say("opened")
sys.stdin.readline()
for file in files:
    assert file.read(1) == b"f"
say("read")
sys.stdin.readline()' $opens <&"$to" >&"$from"
heard()
{
	read -r -t 60 reply <&"$from"
	[ "$reply" = "$1" ] || die "'$reply' is not '$1'"
}
heard ready
before=0
before=$((-$(taken)))
echo >&"$to"
heard opened
opened=$(taken)
echo >&"$to"
heard read
after=$(taken)
measured "$opens opens take $((opened / 1024)) MB, and $((after / 1024)) MB after a read from each"
# A file, a seq_file and the reader take some 1 KB; a page comes to it.
check "an open takes less than a page" between -8192 "$opened" $((opens * 4))
check "a file that is read takes less than two pages" between -8192 "$after" $((opens * 8))

done_testing
