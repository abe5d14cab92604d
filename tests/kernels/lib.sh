# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Shared by the scripts of tests/kernels: folders with the compilers of a Debian release
# (roots), in which commands run. Sourced, never run. Touches only the cache.

# shellcheck source=../guest/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../guest/lib.sh"

# shellcheck disable=SC2034 # for those that source this
kernels_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kernels=$cache/kernels

say()
{
	printf 'kernels: %s\n' "$*" >&2
}

# sources RELEASE: where private_apt finds the packages of a Debian release, one a line
sources()
{
	local main security

	main=$(mirror)
	[ -n "$main" ] || die "apt knows no Debian mirror: add one to /etc/apt/sources.list"
	echo "$main $1"
	case $1 in
	*-backports | sid | forky) return ;;
	esac
	security=$(security_mirror)
	[ -z "$security" ] || echo "$security $1-security"
}

# use_apt NAME RELEASE [ARCH]: apt-get reads the lists of RELEASE from now on, for ARCH as well
use_apt()
{
	local lines

	# shellcheck disable=SC2034 # private_apt reads it
	local apt_foreign=${3:-}

	[ "$apt_foreign" != "$(dpkg --print-architecture)" ] || apt_foreign=""
	mapfile -t lines < <(sources "$2")
	private_apt "kernels-$1" "${lines[@]}"
}

# root RELEASE ARCH PACKAGE...: sees to it that the root of RELEASE has these packages,
# some of which are of ARCH; leaves its folder in $root. They are unpacked, not installed: no
# script of a package runs. A status file like dpkg's lists them, so that apt fetches the
# rest, also after an interruption.
root()
{
	local release=$1 arch=$2 package folder missing=""

	shift 2
	root=$kernels/root/$release
	for package; do
		grep -qxF "$package" "$root/wanted" 2>/dev/null || missing=1
	done
	[ -n "$missing" ] || return 0

	lock "kernels-root-$release"
	mkdir -p "$root"
	if [ ! -e "$root/bin" ]; then
		for folder in bin sbin lib lib32 lib64 libx32; do
			mkdir -p "$root/usr/$folder"
			ln -sfn "usr/$folder" "$root/$folder"
		done
		mkdir -p "$root/dev" "$root/proc" "$root/tmp"
		: >"$root/status"
	fi
	say "unpacking packages of $release: $*"
	# shellcheck disable=SC2034 # private_apt reads it
	local apt_status=$root/status
	use_apt "root-$release-$arch" "$release" "$arch"
	folder=$cache/apt/kernels-root-$release-$arch/cache/archives
	fetch "$folder" apt-get install -y --download-only --no-install-recommends "$@" || {
		unlock
		return 1
	}
	for package in "$folder"/*.deb; do
		[ -e "$package" ] || continue
		# A package of Debian 12 has a folder where the root has a link to one.
		dpkg-deb --fsys-tarfile "$package" | tar -C "$root" -x --keep-directory-symlink
		{
			awk -v RS= -v ORS='\n\n' -v name="$(dpkg-deb -f "$package" Package)" \
				-v arch="$(dpkg-deb -f "$package" Architecture)" \
				'!index($0 "\n", "Package: " name "\n") ||
				 !index($0 "\n", "\nArchitecture: " arch "\n")' "$root/status"
			dpkg-deb -f "$package" | sed '1a Status: install ok installed'
			echo
		} >"$root/status.new"
		mv "$root/status.new" "$root/status"
		rm "$package"
	done
	# The scripts of packages, which do not run, would have made these links.
	[ -e "$root/bin/sh" ] || ln -s dash "$root/bin/sh"
	[ -e "$root/bin/awk" ] || [ ! -e "$root/bin/mawk" ] || ln -s mawk "$root/bin/awk"
	printf '%s\n' "$@" >>"$root/wanted"
	unlock
}

# inside ROOT [FOLDER:PLACE]... -- COMMAND...: COMMAND, in ROOT, with folders of the cache
# at their PLACEs. The mounts are its own.
inside()
{
	local unshare=(unshare --mount)

	[ "$(id -u)" = 0 ] || unshare+=(--map-root-user)
	# shellcheck disable=SC2016 # for the shell in there
	"${unshare[@]}" -- sh -ec '
		root=$1
		shift
		mount --rbind /dev "$root/dev"
		mount --rbind /proc "$root/proc"
		while [ "$1" != -- ]; do
			mkdir -p "$root${1#*:}"
			mount --bind "${1%%:*}" "$root${1#*:}"
			shift
		done
		shift
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ LC_ALL=C.UTF-8 \
			chroot "$root" "$@"' sh "$@" 9>&-
}

# triplet ARCH: how Debian's compilers for it are called
triplet()
{
	case $1 in
	amd64) echo x86_64-linux-gnu ;;
	i386) echo i686-linux-gnu ;;
	arm64) echo aarch64-linux-gnu ;;
	armhf) echo arm-linux-gnueabihf ;;
	s390x) echo s390x-linux-gnu ;;
	esac
}

# compiler GCC ARCH: the package that has this gcc for ARCH
compiler()
{
	local name

	[ "$2" != "$(dpkg --print-architecture)" ] || { echo "$1" ; return ; }
	name=$(triplet "$2")
	echo "$1-$name"
}
