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

# measured TEXT: what the trial's row of the table says
measured()
{
	remark "measured: $1"
	printf '%s\t%s\n' "$topic" "$1" >>"${TCPSTATE_MEASURED:-/dev/null}"
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
	printf '%s\n' "$@" | sort -n | head -n 1
}
