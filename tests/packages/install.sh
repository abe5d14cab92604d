#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In clean roots of Debian's releases, the packages are installed, dkms builds the module for
# the kernel that is there and for one that comes later, a newer version replaces both, and
# nothing is left after a purge.

# shellcheck disable=SC2016,SC2317 # functions are called by check; $ is for other shells
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

"$here/packages" mmdebstrap git dpkg-dev cpio xz-utils || done_testing

# The next version, which only the number tells from this one
next=99.9.9
version=$(sed -n 's/^PACKAGE_VERSION=//p' "$top/dkms.conf")

# install PACKAGE...: apt-get does, in $root
install()
{
	within "$root" apt-get install -y --no-install-recommends "$@"
}

# choose: the packages of the two newest kernels' headers in $newest and $before, each name
# without linux-headers-
choose()
{
	within "$root" apt-get update || return
	within "$root" apt-cache search --names-only '^linux-headers-[0-9.]+[-+].*-amd64$' |
		awk '{ sub("linux-headers-", ""); print $1 }' | grep -vE 'cloud|rt-amd64|bpo' |
		grep -E "^($1)" | sort -V | tail -n 2 >"$work/kernels"
	cat "$work/kernels"
	{ read -r before && read -r newest ; } <"$work/kernels"
}

# module VERSION KERNEL: $root has this version of the module for the kernel
module()
{
	[ "$(within "$root" modinfo -k "$2" -F version tcpstate)" = "$1" ] &&
		within "$root" modprobe -S "$2" --show-depends tcpstate
}

# modules VERSION KERNEL...: $root has it for these kernels, and nothing for others
modules()
{
	local wanted=$1 kernel found

	shift
	within "$root" dkms status
	found=$(find "$root/lib/modules/" -path '*/updates/dkms/tcpstate.ko*' | wc -l)
	[ "$found" = $# ] || { echo "found $found modules" ; return 1 ; }
	for kernel; do
		module "$wanted" "$kernel" || { echo "$kernel: not version $wanted" ; return 1 ; }
	done
	[ "$(within "$root" dkms status | grep -c "^tcpstate/$wanted,")" = $# ] &&
		[ "$(within "$root" dkms status | grep -c ^tcpstate)" = $# ]
}

# signed: dkms has signed the first kernel's module with the key that README names
signed()
{
	local signer subject

	signer=$(within "$root" modinfo -k "$before" -F signer tcpstate)
	subject=$(within "$root" openssl x509 -inform DER -in /var/lib/dkms/mok.pub -noout \
		-subject)
	echo "signed by '$signer'; $subject"
	[ -n "$signer" ] && [[ $subject == *"$signer" ]]
}

# tool VERSION: the tool is there, with its manual and completion
tool()
{
	[ "$(within "$root" tcpstate --version)" = "tcpstate $1" ] &&
		[ -s "$root/usr/share/man/man8/tcpstate.8.gz" ] &&
		[ -s "$root/usr/share/bash-completion/completions/tcpstate" ]
}

# loads: a guest with Debian 12's kernel loads the module as it is installed in $root, with
# the examples of the package; those of sysctl.d are the defaults
loads()
{
	"$here/run" --kernel debian12 --no-module -- chroot "$root" sh -exc '
		mount -t proc proc /proc
		mount -t sysfs sysfs /sys
		cd /usr/share/doc/tcpstate-dkms/examples
		modprobe -C modprobe.d $(grep -v ^# modules-load.d/tcpstate.conf)
		grep -q 1000000 /sys/module/tcpstate/parameters/max_records
		grep -v ^# sysctl.d/tcpstate.conf | while read -r name _ value; do
			[ "$(cat "/proc/sys/$(echo "$name" | tr . /)")" = "$value" ]
		done
		tcpstate --version | grep "^module"
		tcpstate list
		rmmod tcpstate
		umount /sys /proc'
}

# inventory: the files of $root, but for those that apt and dpkg keep about all packages
inventory()
{
	(cd "$root" && find . \( -path ./dev -o -path ./proc -o -path ./var/lib/dpkg \
		-o -path ./var/lib/apt -o -path ./var/cache -o -path ./var/log -o -path ./tmp \) \
		-prune -o -print | sort)
}

# left: what is there that was not there before tcpstate
left()
{
	inventory | comm -13 "$work/before" - | grep -v '/modules\.[a-z.]*$'
}

# removed: nothing of tcpstate is left
removed()
{
	local found

	found=$(left | grep -F tcpstate)
	found+=$(within "$root" sh -c 'dkms status; dpkg-query -W "tcpstate*"' 2>/dev/null |
		grep -F tcpstate)
	echo "$found"
	[ -z "$found" ]
}

# checked RELEASE PATTERN: the life of the packages in a root of RELEASE, whose kernels'
# names are like PATTERN
checked()
{
	local release=$1 name build=$work/build-$1 folder

	name="Debian $(number "$1")"
	root=$work/$1
	check "$name: the packages are built" eval '
		clean_root $release "$build" "${build_packages[@]}" &&
		binary_packages "$build" "$work/source" /build &&
		binary_packages "$build" "$work/next" /next' || return
	check "$name: a clean root" clean_root "$release" "$root" || return
	check "$name: headers of two kernels are served" choose "$2" || return
	echo "# kernels: $before, then $newest"
	mkdir "$root/debs" "$root/next"
	cp "$build"/build/*.deb "$root/debs/"
	cp "$build"/next/*.deb "$root/next/"
	rm -rf "$build"

	check "$name: dkms and headers are installed" install dkms openssl "linux-headers-$before"
	inventory >"$work/before"
	check "$name: the packages are installed" \
		within "$root" sh -c 'apt-get install -y --no-install-recommends \
			/debs/tcpstate_*.deb /debs/tcpstate-dkms_*.deb'
	check "$name: the module is built" modules "$version" "$before"
	check "$name: and signed with a key of dkms" signed
	check "$name: the tool runs" tool "$version"
	check "$name: a second kernel's headers are installed" install "linux-headers-$newest"
	check "$name: the module is built for that, too" modules "$version" "$before" "$newest"
	if [ -e "$root/lib/modules/$guest/updates/dkms" ]; then
		check "$name: the kernel loads it, with the examples" loads
	else
		skip "$name: the kernel loads it" "no headers of Linux $guest, which the guest has"
	fi
	check "$name: a newer version replaces them" \
		within "$root" sh -c 'apt-get install -y --no-install-recommends \
			/next/tcpstate_*.deb /next/tcpstate-dkms_*.deb'
	check "$name: and its module the older one" modules "$next" "$before" "$newest"
	check "$name: and its tool" tool "$next"
	check "$name: the first kernel's headers are removed" \
		within "$root" apt-get purge -y "linux-headers-$before"
	check "$name: the other kernel's module stays" module "$next" "$newest"
	check "$name: the packages are purged" \
		within "$root" apt-get purge -y tcpstate tcpstate-dkms
	check "$name: and nothing is left" removed
	rm -rf "$root"
}

guest=$("$here/debian12") || done_testing
guest=${guest##*/debian12-}
check "the source package is built" source_package "$work/source" || done_testing
check "and that of a newer version" source_package "$work/next" "$next" || done_testing
checked bookworm '6\.1\.'
checked trixie '6\.12\..*deb13'
done_testing
