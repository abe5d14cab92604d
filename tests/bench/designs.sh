# shellcheck shell=bash
# shellcheck disable=SC2154 # run and lib.sh set what is used here
# SPDX-License-Identifier: GPL-2.0-only
#
# What the table is built on, beside what it could be built on (designs.c): a record is
# found, locked and written.

designs()
{
	local design

	[ "$observer" = tcpstate ] || return 0
	ask designs 1000 "$max_records"
	for design in lines bits locks rhashtable; do
		sample "${design}_1000" "${got[${design}_ns]}" "${got[${design}_updates]}"
	done
	ask designs "$large" "$max_records"
	for design in lines bits locks rhashtable; do
		sample "${design}_large" "${got[${design}_ns]}" "${got[${design}_updates]}"
		sample "${design}_max" "${got[${design}_max_ns]}" 1000
	done
}
