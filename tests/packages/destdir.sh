#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `make install` puts the tool and the module where DESTDIR, prefix and INSTALL_MOD_PATH say,
# and nothing elsewhere; `make uninstall` leaves nothing of it.

# shellcheck disable=SC2016,SC2317 # functions are called by check; $ is for other shells
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

"$here/packages" gcc make kmod libmnl-dev libncurses-dev pkg-config || done_testing
kernel=$("$top/tests/guest/debian12") || done_testing
release=${kernel##*/debian12-}
tree=$work/tree
mkdir -p "$tree"
cp -r "$top"/{Makefile,Kbuild,dkms.conf,LICENSE,module,tools,contrib} "$tree/"
rm -f "$tree/tools/tcpstate"

# make_in_tree TARGET [ASSIGNMENT...]: make, with the headers of Debian 12's kernel unless
# another KDIR is given
make_in_tree()
{
	make --no-print-directory -C "$tree" KDIR="$kernel/build" "$@"
}

# holds FOLDER [FILE...]: these are the files in FOLDER, except for those that depmod writes
holds()
{
	local folder=$1

	shift
	diff -u <([ $# = 0 ] || printf '%s\n' "$@" | sort) \
		<(cd "$folder" && find . -type f ! -path '*/modules.*' -printf '%P\n' | sort)
}

tool=(sbin/tcpstate share/man/man8/tcpstate.8 share/bash-completion/completions/tcpstate)
module=lib/modules/$release/updates/tcpstate.ko
# kept FOLDER: what install must not touch
kept()
{
	mkdir -p "$1/lib/modules/$release/updates"
	touch "$1/lib/modules/$release/updates/other.ko"
}

check "install" make_in_tree install DESTDIR="$work/a"
check "puts tool and module into DESTDIR" holds "$work/a" "${tool[@]/#/usr/local/}" "$module"
check "uninstall" make_in_tree uninstall DESTDIR="$work/a"
check "leaves nothing" holds "$work/a"

kept "$work/c"
check "install with a prefix and INSTALL_MOD_PATH" \
	make_in_tree install prefix=/usr DESTDIR="$work/b" INSTALL_MOD_PATH="$work/c"
check "puts the tool below both" holds "$work/b" "${tool[@]/#/usr/}"
check "and the module there" holds "$work/c" "$module" "${module%/*}/other.ko"
mkdir -p "$work/c/lib/modules/5.10.0/updates"
cp "$work/c/$module" "$work/c/lib/modules/5.10.0/updates/"
check "uninstall finds them" make_in_tree uninstall prefix=/usr DESTDIR="$work/b" \
	INSTALL_MOD_PATH="$work/c"
check "leaves nothing of the tool" holds "$work/b"
check "nor of the module, for any kernel, and what is not its own alone" \
	holds "$work/c" "${module%/*}/other.ko"

check "install without headers" \
	make_in_tree install KDIR="$work/none" DESTDIR="$work/d"
check "installs the tool alone" holds "$work/d" "${tool[@]/#/usr/local/}"
check "and says so" grep -q "headers of kernel .* are not installed: the module is left out" \
	<(make_in_tree install KDIR="$work/none" DESTDIR="$work/d")
done_testing
