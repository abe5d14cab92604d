#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The packages for distributions with rpm and for Arch Linux are built with Debian's copies of
# rpmbuild and makepkg, checked, and hold the same files as Debian's.

# shellcheck disable=SC2016,SC2317 # functions are called by check; $ is for other shells
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

"$here/packages" git cpio xz-utils rpm rpmlint makepkg pacman-package-manager \
	libarchive-tools shellcheck gcc make libmnl-dev \
	libncurses-dev pkg-config fakeroot || done_testing
version=$(sed -n 's/^PACKAGE_VERSION=//p' "$top/dkms.conf")

# rpms: builds the source and binary packages. Debian's packages have other names than those
# that the build requires.
rpms()
{
	rpmbuild -ba --nodeps "$top/contrib/rpm/tcpstate.spec" \
		--define "_topdir $work/rpm" --define "_sourcedir $work/source"
}

# arch_packages: builds them, as a user who may not be root
arch_packages()
{
	mkdir -p "$work/arch"
	cp "$top/contrib/arch/PKGBUILD" "$work/source/tcpstate-$version.tar.xz" "$work/arch/"
	chmod 755 "$work"
	chown -R nobody "$work/arch"
	(cd "$work/arch" && setpriv --reuid=nobody --regid=nogroup --clear-groups \
		env HOME="$work/arch" PKGEXT=.pkg.tar.xz makepkg --nodeps --nocheck)
}

# lists FOLDER: the files that packages in FOLDER install, without documentation, and with
# the same names on each distribution
files_of()
{
	local file

	for file in "$1"/*; do
		case $file in
		*.rpm) rpm -qlp "$file" ;;
		*) bsdtar -tf "$file" | sed 's|^|/|' ;;
		esac
	done | grep -vE '/$|/share/doc/|/share/licenses/|/debug/|/\.build-id|/\.[A-Z]+$' |
		sed 's|/usr/bin/|/usr/sbin/|; s|\.8\.gz$|.8|' | sort -u
}

# wanted: what `make` installs, without the licence, and with the folders that rpm names
wanted()
{
	make -s -C "$work/tree" install-tool dkms DESTDIR="$work/wanted" prefix=/usr >&2
	(cd "$work/wanted" && find . -type f ! -name LICENSE -printf '/%P\n') | sort
}

# same_files FOLDER
same_files()
{
	files_of "$1" >"$work/files"
	diff -u "$work/wanted.files" <(grep -vxFf "$work/folders" "$work/files")
}

mkdir -p "$work/source" "$work/rpm"
checkout "$work/tree"
tar -C "$work" --transform="s|^tree|tcpstate-$version|" -cJf \
	"$work/source/tcpstate-$version.tar.xz" tree
wanted >"$work/wanted.files"
(cd "$work/wanted" && find . -type d -printf '/%P\n') >"$work/folders"
check "rpmbuild builds the packages" rpms &&
	check "which hold what make installs" eval \
		'mkdir "$work/rpms" && mv "$work"/rpm/RPMS/*/*.rpm "$work/rpms" &&
		 same_files "$work/rpms"'
check "rpmlint finds no error" rpmlint "$top/contrib/rpm/tcpstate.spec"
check "PKGBUILD is a shell script" shellcheck --shell=bash \
	--exclude=SC2034,SC2154,SC2164 "$top/contrib/arch/PKGBUILD"
check "makepkg builds the packages" arch_packages &&
	check "which hold what make installs" eval \
		'mkdir "$work/pkgs" && mv "$work"/arch/*.pkg.tar.xz "$work/pkgs" &&
		 same_files "$work/pkgs"'
done_testing
