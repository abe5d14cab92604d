#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# style.sh [FOLDER]: holds the rules of the house by reading the sources of this
# checkout, or of FOLDER: who may include and use what, names, comments. Touches
# nothing. `style.sh --self-test` shows that each rule can fail. Ends with
# "N passed, N failed, N skipped", where each rule counts as one.

set -u
# The last part of a pipeline runs here, and so can count.
shopt -s lastpipe
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
passed=0 failed=0

# shellcheck source=style/dependencies.sh
. "$here/style/dependencies.sh"
# shellcheck source=style/functions.sh
. "$here/style/functions.sh"
# shellcheck source=style/files.sh
. "$here/style/files.sh"
# shellcheck source=style/words.sh
. "$here/style/words.sh"

# rule NAME: counts one rule; its findings are on stdin
rule()
{
	local findings

	findings=$(cat)
	if [ -z "$findings" ]; then
		passed=$((passed + 1))
		return
	fi
	failed=$((failed + 1))
	while IFS= read -r finding; do
		echo "style: $finding: $1"
	done <<<"$findings"
}

# code PATTERN [FOLDER...]: where PATTERN stands in code, as FILE:LINE:TEXT
code()
{
	local pattern=$1

	shift
	[ $# -gt 0 ] || set -- module
	(cd "$work" && grep -rnE -- "$pattern" "$@" 2>/dev/null) |
		sort -t : -k 1,1 -k 2,2n
}

includes()
{
	code '^[[:space:]]*#[[:space:]]*include'
}

check()
{
	work=$(mktemp -d "${TMPDIR:-/tmp}/tcpstate-style.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	facts "$work" || exit 1
	rule_direction
	rule_pure
	rule_owners
	rule_tools
	rule_bounded
	rule_names
	rule_statics
	rule_kernel_doc
	rule_spdx
	rule_own_header
	rule_sleep
	rule_listed
	rule_stages
	rule_version
	rule_words
	warn_length
	echo "$passed passed, $failed failed, 0 skipped"
	[ "$failed" = 0 ]
}

case ${1:-} in
--self-test)
	exec "$here/style/selftest" ;;
-*)
	echo "usage: tests/style.sh [--self-test | FOLDER]" >&2
	exit 2 ;;
*)
	cd "${1:-$here/..}" || exit 2
	check ;;
esac
