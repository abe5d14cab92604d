#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A tool and a module of different versions work together as far as both know a thing. The
# tests of the tool are those of its own version, against the module of the other one:
#     this tool and the module of the version before, and the reverse;
#     this tool and a newer module, which is this one with more attributes in every message
#     and nest than this tool knows.
# The version before is the last commit that bears its number, so it needs the history: where
# the clone is shallow, it is left out. The newer module needs none.

# shellcheck disable=SC2016,SC2317 # functions are called by check; $ is for other shells
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

"$here/packages" git cpio python3 gcc make libmnl-dev libncurses-dev pkg-config || done_testing
topics=(list show metrics events trace)
version=$(sed -n 's/^PACKAGE_VERSION=//p' "$top/dkms.conf")
read -ra make_args < <("$here/run" --print-make-args)

# build_module TREE FOLDER: tcpstate.ko of TREE, without its suites, in FOLDER
build_module()
{
	mkdir -p "$2"
	# Before there was a Kconfig, suites were built with every kernel that has KUnit.
	grep -q 'CONFIG_TCPSTATE)' "$1/Kbuild" ||
		sed -i '/tests\/kunit\|_sender\.o\|wildcard/d' "$1/Kbuild"
	make "${make_args[@]}" M="$1" MO="$2" CONFIG_TCPSTATE=m -j"$(nproc)" modules
}

# build_tool TREE FOLDER: the tool of TREE in FOLDER, as its tests want it
build_tool()
{
	mkdir -p "$2"
	(cd "$1" && tests/tool/build "$2")
}

# paired TREE TOOL MODULE TOPIC...: the tests of the tool in TREE, with the tool and the module
# that lie in these folders
paired()
{
	local tree=$1 tool=$2 module=$3

	shift 3
	"$here/run" --no-module -- env "TCPSTATE_TOOL=$tool" "TCPSTATE_KO=$module/tcpstate.ko" \
		"$tree/tests/tool/run" "$@" >"$work/paired"
	local status=$?

	grep -E '^(not ok|skip)|passed, ' -A 5 "$work/paired"
	[ "$status" = 0 ]
}

# newer TREE: makes its module one that tells more than it does
newer()
{
	python3 - "$1/module/netlink_fill.c" "$1/module/netlink.c" <<'END'
import re
import sys

MORE = '''
static void put_more(struct sk_buff *skb)
{
	struct nlattr *nest = nla_nest_start(skb, 300);

	if (nest) {
		nla_put_u8(skb, 1, 1);
		nla_nest_end(skb, nest);
	}
	nla_put_flag(skb, 301);
	nla_put_u16(skb, 302, 2);
	nla_put_u32(skb, 303, 3);
	nla_put(skb, 304, 3, "abc");
}

#define nla_nest_end(skb, nest)	(put_more(skb), nla_nest_end(skb, nest))
#define genlmsg_end(skb, head)	(put_more(skb), genlmsg_end(skb, head))
'''
for path in sys.argv[1:]:
    text = open(path).read()
    assert re.search(r"^\t(nla_nest|genlmsg)_end\(", text, re.M), path + ": nothing ends there"
    end = [m.end() for m in re.finditer(r"^#include .*\n", text, re.M)][-1]
    open(path, "w").write(text[:end] + MORE + text[end:])
END
}

# asking TREE: makes its tool one that asks for what no module knows
asking()
{
	local line='mnl_attr_put_u32(message, TCPSTATE_A_FILTER_MAX + 1, 1);'

	sed -i "/Leave out a filter without any attribute/i \\\t$line" "$1/tools/ipc_attr.c"
	grep -q 'FILTER_MAX + 1' "$1/tools/ipc_attr.c" || return
	sed -i 's/"[0-9.]*"/"99.9.9"/' "$1/module/version.h"
}

# refuses: what a tool says that asks for more than the module knows
refuses()
{
	"$here/run" --no-module -- sh -c 'insmod "$1" && "$2" list' sh \
		"$work/this/tcpstate.ko" "$work/asking-tool/tcpstate" >"$work/refused" 2>&1
	cat "$work/refused"
	grep -qE "the kernel refuses: .*; the module is version $version, this tool 99\.9\.9$" \
		"$work/refused"
}

for name in tree newer asking; do
	checkout "$work/$name"
done
check "the module and the tool are built" eval \
	'build_module "$work/tree" "$work/this" && build_tool "$work/tree" "$work/this-tool"' ||
	done_testing
check "a newer module is built" eval \
	'newer "$work/newer" && build_module "$work/newer" "$work/newer-module"' &&
	check "this tool works with it" \
		paired "$top" "$work/this-tool" "$work/newer-module" "${topics[@]}"
check "a newer tool is built" eval \
	'asking "$work/asking" && build_tool "$work/asking" "$work/asking-tool"' &&
	check "and says which versions there are where the module does not know a thing" refuses

commit=$(git -C "$top" log --format=%H -S"TCPSTATE_VERSION \"$version\"" -- module/version.h |
	tail -n 1)
if ! git -C "$top" rev-parse -q --verify "$commit^" >/dev/null 2>&1; then
	skip "the version before" "its commits are not in this clone"
	done_testing
fi
mkdir "$work/before"
git -C "$top" archive "$commit^" | tar -C "$work/before" -x
before=$(sed -n 's/^#define TCPSTATE_VERSION[[:space:]]*"\(.*\)"$/\1/p' \
	"$work/before/module/version.h")
check "version $before is built" eval \
	'build_module "$work/before" "$work/before-module" &&
	 build_tool "$work/before" "$work/before-tool"' || done_testing
check "this tool works with the module of version $before" \
	paired "$top" "$work/this-tool" "$work/before-module" "${topics[@]}"
check "the tool of version $before works with this module" \
	paired "$work/before" "$work/before-tool" "$work/this" "${topics[@]}"
done_testing
