# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Shared by the topics of tests/packages: clean roots of Debian releases, the packages built
# in them, checks and their count. Sourced, never run. A topic calls done_testing at its end.
# Touches the cache, and a folder of its own under $TMPDIR.

# shellcheck source=../kernels/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../kernels/lib.sh"
set +e

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
topic=$(basename "$0" .sh)
work=$(mktemp -d "${TMPDIR:-/tmp}/tcpstate-packages.XXXXXX")
failed=0 finished=""
unset APT_CONFIG

# shellcheck disable=SC2317 # called by the trap
clean_up()
{
	rm -rf "$work"
	[ -n "$finished" ] || { echo "not ok - $topic: runs to its end" ; exit 1 ; }
	[ "$failed" = 0 ] || exit 1
	exit 0
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say()
{
	printf 'packages: %s\n' "$*" >&2
}

# check NAME COMMAND...: passes when COMMAND does; else the end of its output is shown
check()
{
	local name=$1

	shift
	if "$@" >"$work/log" 2>&1 </dev/null; then
		echo "ok - $name"
		return
	fi
	failed=$((failed + 1))
	echo "not ok - $name"
	tail -n 30 "$work/log" | sed 's/^/# /'
	return 1
}

# skip NAME REASON
skip()
{
	echo "skip - $1: $2"
}

done_testing()
{
	finished=1
	exit
}

# number RELEASE: the number of a Debian release
number()
{
	case $1 in
	bookworm) echo 12 ;;
	trixie) echo 13 ;;
	esac
}

# clean_root RELEASE FOLDER [PACKAGE...]: makes FOLDER a root of RELEASE with these packages
# and what a minimal Debian has, as mmdebstrap installs it
clean_root()
{
	local release=$1 folder=$2 key archive lines include=()

	shift 2
	[ $# = 0 ] || include=("--include=$(IFS=, ; echo "$*")")
	key=$(echo "$release $*" | sha256sum | cut -c 1-12)
	archive=$cache/packages/$release-$key.tar
	mkdir -p "$cache/packages"
	lock "packages-$release-$key"
	# Kernels' headers leave the mirror, and what is newer may depend on newer packages.
	if [ -z "$(find "$archive" -mtime -7 2>/dev/null)" ]; then
		say "making a root of $release: a minute or two"
		mapfile -t lines < <(sources "$release" | sed 's/.*/deb & main/')
		quietly "$archive.log" mmdebstrap --mode=root --variant=minbase --format=tar \
			"${include[@]}" \
			"$release" "$archive.new" "${lines[@]}" 9>&- || return
		mv "$archive.new" "$archive"
	fi
	unlock
	mkdir -p "$folder"
	tar -C "$folder" -xf "$archive" --exclude='./dev/*' || return
	cp /etc/resolv.conf "$folder/etc/"
}

# within ROOT COMMAND...: COMMAND in ROOT, as a person at a terminal would type it. Fetched
# packages are kept in the cache, for each topic by itself, because apt-get fails if another
# one uses their folder.
within()
{
	local root=$1 archives=$cache/packages/archives-$topic

	shift
	mkdir -p "$archives/partial"
	inside "$root" "$archives:/var/cache/apt/archives" -- \
		env HOME=/root DEBIAN_FRONTEND=noninteractive "$@"
}

# What debian/control has in Build-Depends, and what its packages are checked with
# shellcheck disable=SC2034 # for those that source this
build_packages=(build-essential debhelper dh-dkms fakeroot libmnl-dev libncurses-dev
	lintian pkgconf)

# checkout FOLDER: this checkout's own files
checkout()
{
	local file

	mkdir -p "$1"
	(cd "$top" && git ls-files -z --cached --others --exclude-standard |
		while IFS= read -r -d '' file; do
			[ ! -e "$file" ] || printf '%s\0' "$file"
		done | cpio -0 -pdm --quiet "$1")
}

# source_package FOLDER [VERSION]: the source package of this checkout in FOLDER, or
# one that is called VERSION
source_package()
{
	local tree=$work/checkout

	mkdir -p "$1"
	rm -rf "$tree"
	checkout "$tree" || return
	if [ -n "${2:-}" ]; then
		sed -i "s/\"[0-9.]*\"/\"$2\"/" "$tree/module/version.h"
		sed -i "s/^PACKAGE_VERSION=.*/PACKAGE_VERSION=$2/" "$tree/dkms.conf"
		sed -i "1s/(.*)/($2-1)/" "$tree/debian/changelog"
	fi
	(cd "$tree" && contrib/deb --source) || return
	mv "$tree"/build/deb/* "$1/"
}

# binary_packages ROOT SOURCE FOLDER: unpacks the source package in SOURCE, a folder, to
# FOLDER of ROOT, and builds it there; the results are in FOLDER, too
binary_packages()
{
	local root=$1 folder=$3

	mkdir -p "$root$folder"
	cp "$2"/* "$root$folder/"
	# shellcheck disable=SC2016 # for the shell in there
	within "$root" sh -exc '
		cd "$1"
		dpkg-source -x ./*.dsc tree
		cd tree
		dpkg-buildpackage --no-sign --build=binary' sh "$folder"
}
