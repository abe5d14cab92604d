#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Debian's packages are built in clean roots of its releases, lintian finds nothing in them,
# and another folder, time, umask and language make no other bytes: not of the packages, not
# of the tool, not of the module.

# shellcheck disable=SC2016,SC2317 # functions are called by check; $ is for other shells
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

"$here/packages" mmdebstrap git dpkg-dev cpio xz-utils || done_testing

# elsewhere ROOT SOURCE: as binary_packages, under other circumstances
elsewhere()
{
	cp -r "$2" "$1/source"
	# shellcheck disable=SC2016 # for the shell in there
	within "$1" env LC_ALL=C LANG=C TZ=Asia/Kathmandu HOME=/nonexistent sh -exc '
		umask 027
		mkdir -p /srv/another/folder
		cd /srv/another/folder
		cp /source/* .
		dpkg-source -x ./*.dsc elsewhere
		find elsewhere -exec touch {} +
		cd elsewhere
		dpkg-buildpackage --no-sign --build=binary'
}

# same ROOT FOLDER FOLDER PATTERN: files of these names are there in both, and equal
same()
{
	local root=$1 one=$2 two=$3 file compared=0

	for file in "$root$one"/$4; do
		cmp "$file" "$root$two/${file##*/}" || return
		compared=$((compared + 1))
	done
	echo "$compared files are the same"
	[ "$compared" -ge 1 ]
}

# clean ROOT FOLDER: lintian has nothing to say
clean()
{
	within "$1" sh -c 'LC_ALL=C.UTF-8 lintian --allow-root --fail-on error,warning \
		--profile debian --tag-display-limit 0 '"$2"'/*.changes '"$2"'/*.dsc' \
		>"$work/lintian" 2>&1
	local status=$?

	cat "$work/lintian"
	[ "$status" = 0 ] && [ ! -s "$work/lintian" ]
}

# tool FOLDER: make builds the tool in FOLDER of $root
tool()
{
	mkdir -p "$root$1"
	tar -C "$root$1" --strip-components=1 -xf "$work/source"/*.orig.tar.xz
	within "$root" make -C "$1" tools CFLAGS="-O2 -g"
}

# module FOLDER: make builds the module in FOLDER of $root, where tool was
module()
{
	within "$root" make -C "$1" module KERNEL="$kernel"
}

# twice FUNCTION
twice()
{
	"$1" /one && "$1" /the/other
}

# installed: `make install` in $root puts both where they are found, and `make uninstall`
# removes them
installed()
{
	within "$root" make -C /one install KERNEL="$kernel" &&
		within "$root" /usr/local/sbin/tcpstate --version | grep -x "tcpstate $version" &&
		[ "$(within "$root" modinfo -k "$kernel" -F version tcpstate)" = "$version" ] &&
		within "$root" make -C /one uninstall &&
		! within "$root" modinfo -k "$kernel" tcpstate &&
		[ -z "$(find "$root/usr/local" -name 'tcpstate*')" ]
}

# headers ROOT: installs the newest headers of the release, and what loads modules; the name of
# the kernel is in $work/kernel then
headers()
{
	within "$1" apt-get update
	within "$1" apt-get install -y --no-install-recommends linux-headers-amd64 kmod || return
	find "$1/lib/modules" -mindepth 1 -maxdepth 1 -printf '%f\n' | head -n 1 >"$work/kernel"
	[ -s "$work/kernel" ]
}

version=$(sed -n 's/^PACKAGE_VERSION=//p' "$top/dkms.conf")
check "the source package is built" source_package "$work/source" || done_testing
check "the source package is built again" source_package "$work/again"
check "and has the same bytes" same "$work" /source /again '*.xz'
for release in bookworm trixie; do
	name="Debian $(number "$release")"
	root=$work/$release
	check "$name: a clean root" clean_root "$release" "$root" "${build_packages[@]}" || continue
	check "$name: the packages are built" binary_packages "$root" "$work/source" /build ||
		continue
	check "$name: lintian finds nothing" clean "$root" /build
	check "$name: they are built elsewhere" elsewhere "$root" "$work/source"
	check "$name: and have the same bytes" same "$root" /build /srv/another/folder '*.deb'
	check "$name: the tool is built by make, in two folders" twice tool
	check "$name: and has the same bytes" same "$root" /one/tools /the/other/tools tcpstate
	check "$name: headers are installed" headers "$root" || continue
	kernel=$(cat "$work/kernel")
	check "$name: the module is built for $kernel, in two folders" twice module
	check "$name: and has the same bytes" \
		same "$root" /one/build /the/other/build tcpstate.ko
	check "$name: make installs both, and uninstalls them" installed
	rm -rf "$root"
done
done_testing
