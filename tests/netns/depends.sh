#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The module needs no other: conntrack, which it reads where there is one, is not
# loaded because of it.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

others()
{
	lsmod | awk 'NR > 1 && $1 != "tcpstate" { print $1 }' | sort
}

check "the module depends on no other" equal "$(modinfo -F depends "$TCPSTATE_KO")" ""
# Run ss once, which the helpers use, so that the modules that it loads are there already.
forget .
before=$(others)
load "$@"
check "loading it loads no other module" equal "$(others)" "$before"
peers
listener l 4 . 127.0.0.1 5000
call c s l 4 . 127.0.0.1 5000
see "it tracks without any other" responder=*:5000 phase=established
check "tracking loads no other module" equal "$(others)" "$before"

done_testing
