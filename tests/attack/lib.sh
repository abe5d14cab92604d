# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the trials share, in addition to ../netns/lib.sh: a trial attacks the module, says what
# it measured, and checks what must hold. $topic names its row in the file rows.

# shellcheck source=../netns/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../netns/lib.sh"

# A user who may make namespaces of his own, and has no other right
# shellcheck disable=SC2034 # the trials use it
somebody=(setpriv --reuid 65534 --regid 65534 --clear-groups)

# measured TEXT [MOST VALUE...]: what the trial's row of the table says, and whether no VALUE is
# above MOST. Times are not checked otherwise, because they depend on what else the machine does.
measured()
{
	local met="checked"

	remark "measured: $1"
	[ $# = 1 ] || met=$(printf '%s\n' "${@:3}" |
		awk -v most="$2" '$1 > most { over = 1 } END { print over ? "no" : "yes" }')
	printf '%s\t%s\t%s\n' "$topic" "$1" "$met" >>"${TCPSTATE_MEASURED:-/dev/null}"
}

# inserter NAME [PARAMETER=VALUE]...: inserts a module of the tests, or ends the trial if this
# kernel has none
inserter()
{
	[ -e "$TCPSTATE_MODULES/$1.ko" ] ||
		{ skip "$topic" "this kernel has no KUnit" ; done_testing ; }
	insmod "$TCPSTATE_MODULES/$1.ko" "${@:2}" || die "$1 does not load"
}

# least NUMBER...: prints the smallest
least()
{
	printf '%s\n' "$@" | sort -g | head -n 1
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

# bench: inserts the module that walks the hooks with segments (../bench), or ends the trial
bench()
{
	[ -n "${TCPSTATE_BENCH:-}" ] ||
		{ skip "$topic" "TCPSTATE_BENCH is not set: make attack sets it" ; done_testing ; }
	insmod "$TCPSTATE_BENCH/tcpstate_bench.ko" || die "the bench does not load"
	modprobe dummy numdummies=0
	ip link add bench0 up type dummy || die "no device"
}

# ask_bench WORD...: gives it a command; leaves its answer in got
ask_bench()
{
	local file=/sys/kernel/debug/tcpstate_bench name value

	echo "$*" >$file || die "bench: '$*' failed"
	declare -gA got=()
	while read -r name value; do
		got[$name]=$value
	done <$file
}

# unbench: removes it
unbench()
{
	rmmod tcpstate_bench && ip link del bench0
}

# walk WHAT: walks the bench's connections, and leaves what a segment took in $ns
walk()
{
	ask_bench walk "$1" 1
	# shellcheck disable=SC2034 # the trials use it
	ns=$((got[lane0_ns] / got[lane0_segments]))
}

# ratio A B: prints A / B
ratio()
{
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f\n", a / b }'
}

# median NUMBER...: prints the one in the middle
median()
{
	printf '%s\n' "$@" | sort -g | sed -n "$((($# + 1) / 2))p"
}
