# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Sourced by tests of gateways that change the numbers of a connection, which set the
# variables below.
# shellcheck disable=SC2154

# closes FIRST SECOND: the ends of the connection `name` close one after the other. Its
# record is selected by the words of `record`, and the server's socket is `served` (any, if
# that is not set). At the end the record is like the words of `at_last`, too.
closes()
{
	local -A end=([c]=initiator [s]=responder)
	local first=${end[$1]}_state second=${end[$2]}_state

	tell close "$1"
	see "$name: half-closed by the ${end[$1]}" "${record[@]}" phase=close step=2/4 \
		"$first=FIN_WAIT_2" "$second=CLOSE_WAIT"
	agrees "$name: half-closed" client
	agrees "$name: half-closed" server ${served:+"$served"}
	tell close "$2"
	see "$name: closed" "${record[@]}" phase=close step=4/4 "$first=TIME_WAIT" \
		"$second=CLOSED" verdict=closed ${at_last:+"$at_last"}
	agrees "$name: closed" client
	agrees "$name: closed" server ${served:+"$served"}
}
