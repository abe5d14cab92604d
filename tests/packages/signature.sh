#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Secure Boot, as README has it, in QEMU: UEFI firmware with the usual keys starts Debian's
# shim, GRUB and kernel, which are signed. A key is made with openssl, asked for with mokutil,
# and enrolled in shim's MokManager. Afterwards a module with its signature loads, and one
# without, or with another key's, does not; and `make load` and the tool say why.

# shellcheck disable=SC2016,SC2317 # functions are called by check; $ is for other shells
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

"$here/packages" openssl ovmf shim-signed grub-efi-amd64-signed mokutil mtools dosfstools \
	qemu-system-x86 busybox-static cpio python3 binutils || done_testing
kernel=$("$here/debian12") || done_testing
guest=$work/guest
firmware=/usr/share/OVMF
password=enrolment

# key NAME: a key and its certificate, as README has it
key()
{
	openssl req -new -x509 -newkey rsa:2048 -nodes -days 36500 -subj "/CN=$1/" \
		-addext extendedKeyUsage=codeSigning \
		-keyout "$work/$1.priv" -outform DER -out "$work/$1.der"
}

# module: tcpstate.ko in the guest without a signature, and with those of two keys
module()
{
	local built sign=$kernel/build/scripts/sign-file name

	built=$("$here/run" --kernel debian12 --print-module-dir) || return
	mkdir -p "$guest/modules"
	strip --strip-debug -o "$guest/modules/unsigned.ko" "$built/tcpstate.ko" || return
	for name in enrolled stranger; do
		key "$name" && "$sign" sha256 "$work/$name.priv" "$work/$name.der" \
			"$guest/modules/unsigned.ko" "$guest/modules/$name.ko" || return
	done
	cp "$work/enrolled.der" "$guest/"
	find "$kernel/modules/lib/modules" -name efivarfs.ko -exec cp {} "$guest/modules/" \;
}

# programs: the guest's bash, tool, mokutil and what they are linked with
programs()
{
	local userland file

	userland=$("$kernels_here/userland" amd64) || { echo "$userland" ; return 1 ; }
	mkdir -p "$guest/mok" "$guest/bin" "$guest/contrib"
	cp "$top/contrib/load" "$guest/contrib/"
	cp /bin/busybox "$guest/bin/"
	# This machine's mokutil has its own libraries, which may be of another release.
	cp "$(command -v mokutil)" "$guest/mok/"
	ldd "$(command -v mokutil)" | grep -o '/[^ ]*' | while read -r file; do
		cp -L "$file" "$guest/mok/"
	done
	mv "$guest"/mok/ld-linux* "$guest/mok/ld"
	openssl passwd -6 "$password" >"$guest/mok/hash"
	cp "$(dirname "$0")/signature.init" "$guest/init"
	# The folder bin of userland.cpio is a link.
	mkdir -p "$guest/usr"
	mv "$guest/bin" "$guest/usr/"
	(cd "$guest" && find . -mindepth 1 | cpio -o -H newc -R 0:0 --quiet) >"$work/guest.cpio" &&
		cat "$userland"/{userland,programs}.cpio "$work/guest.cpio" |
			gzip -1 >"$work/initrd"
}

# disk: an EFI system partition, and the firmware's variables, with the usual keys
disk()
{
	export MTOOLS_SKIP_CHECK=1
	truncate -s 128M "$work/esp"
	mkfs.vfat "$work/esp" &&
	mmd -i "$work/esp" ::/EFI ::/EFI/BOOT ::/EFI/debian &&
	mcopy -i "$work/esp" /usr/lib/shim/shimx64.efi.signed ::/EFI/BOOT/BOOTX64.EFI &&
	mcopy -i "$work/esp" /usr/lib/shim/mmx64.efi.signed ::/EFI/BOOT/mmx64.efi &&
	mcopy -i "$work/esp" /usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed \
		::/EFI/BOOT/grubx64.efi &&
	mcopy -i "$work/esp" "$kernel/vmlinuz" ::/vmlinuz &&
	mcopy -i "$work/esp" "$work/initrd" ::/initrd &&
	cp "$firmware/OVMF_VARS_4M.ms.fd" "$work/vars"
}

# phase NAME: what init does at the next start of the guest
phase()
{
	printf '%s\n' "linux /vmlinuz console=ttyS0 panic=-1 loglevel=4 phase=$1" \
		"initrd /initrd" boot >"$work/grub.cfg"
	mcopy -o -i "$work/esp" "$work/grub.cfg" ::/EFI/debian/grub.cfg
}

qemu=(timeout 900 qemu-system-x86_64 -accel "tcg,thread=multi" -cpu max -m 1G -smp 2
	-display none -nodefaults -no-reboot)
secure=(-machine "q35,smm=on" -global "driver=cfi.pflash01,property=secure,value=on"
	-drive "if=pflash,format=raw,unit=0,readonly=on,file=$firmware/OVMF_CODE_4M.secboot.fd"
	-drive "if=pflash,format=raw,unit=1,file=$work/vars"
	-drive "file=$work/esp,format=raw,if=none,id=esp" -device "virtio-blk-pci,drive=esp")

# boots CONSOLE OPTION...: the guest starts and comes to the end of init
boots()
{
	local console=$1

	shift
	"${qemu[@]}" "$@" -serial "file:$console"
	tr -d '\r' <"$console" | sed 's/\x1b\[[0-9;=]*[A-Za-z]//g' >"$console.text"
	tail -n 40 "$console.text"
	grep -q '^signature: end' "$console.text"
}

# says TEXT COMMAND: on the console of the last boot, COMMAND of init printed a line like TEXT
says()
{
	local said

	said=$(sed -n "/^signature: $2\$/,/^signature: /p" "$console")
	echo "$said"
	grep -qE -- "$1" <<<"$said"
}

# refused NAME SETTING FAULT: the module called NAME was not loaded, for this reason
refused()
{
	says "^This kernel \($2\) loads only modules with a signature that it trusts, and $3" \
		"load $1" && says '^status [1-9]' "load $1" && says '^absent$' "load $1"
}

check "a module is built, and signed with two keys" module || done_testing
check "an initramfs" programs || done_testing
check "a disk" disk || done_testing

phase import
check "the firmware starts shim, GRUB and kernel" boots "$work/import" "${secure[@]}" ||
	done_testing
console=$work/import.text
check "mokutil asks for the enrolment of the key" says '^status 0$' "import" || done_testing
check "MokManager enrols it" python3 "$(dirname "$0")/enrol.py" "$password" "$work/enrol" \
	"${qemu[@]}" "${secure[@]}" -serial stdio || done_testing

phase load
check "the kernel starts again" boots "$work/load" "${secure[@]}" || done_testing
console=$work/load.text
check "Secure Boot locks it down" says '\[integrity\]' "settings"
check "mokutil finds the key" says 'is already enrolled' "test-key"
check "the tool wants a signature" says 'lockdown=integrity.*SECURE BOOT' "tool"
check "a module without a signature is refused" \
	refused unsigned lockdown=integrity "/modules/unsigned.ko has no signature"
check "one with a stranger's is refused" refused stranger lockdown=integrity \
	"the kernel does not trust the key that has signed /modules/stranger.ko"
check "one with the enrolled key's loads" eval \
	'says "^status 0$" "load enrolled" && says "^present$" "load enrolled"'
check "the tool works with it" says '^tcpstate_connections' "metrics"

# Without Secure Boot, the setting alone, and a key that the kernel does not know
check "a kernel with module.sig_enforce=1 starts" boots "$work/enforce" -machine q35 \
	-kernel "$kernel/vmlinuz" -initrd "$work/initrd" \
	-append "console=ttyS0 panic=-1 loglevel=4 module.sig_enforce=1 phase=load"
console=$work/enforce.text
check "it is not locked down" says '^\[none\]' "settings"
check "the tool wants a signature" says 'module.sig_enforce=1.*SECURE BOOT' "tool"
check "a module without a signature is refused" \
	refused unsigned module.sig_enforce=1 "/modules/unsigned.ko has no signature"
check "one with a key that is not enrolled is refused" refused enrolled module.sig_enforce=1 \
	"the kernel does not trust the key that has signed /modules/enrolled.ko"

check "a kernel that wants no signatures starts" boots "$work/any" -machine q35 \
	-kernel "$kernel/vmlinuz" -initrd "$work/initrd" \
	-append "console=ttyS0 panic=-1 loglevel=4 phase=load"
console=$work/any.text
check "the tool suggests modprobe" says 'modprobe tcpstate' "tool"
check "a module without a signature loads" says '^present$' "load unsigned"
done_testing
