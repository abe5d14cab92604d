# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rules about files: licence, lists, version, length. Sourced by style.sh.

# Kernel code must say its licence in each file. Files in debian/ have forms of their own.
rule_spdx()
{
	find . \( -name .git -o -path ./build \) -prune -o -type f \
		! -name LICENSE ! -name README ! -name '*.md' ! -name '.*' \
		! -name '*.json' ! -name '*.pcap' ! -name '*.txt' ! -name '*.patch' \
		! -name '*.mod.c' \
		! -name '*.o' ! -name '*.ko' ! -name '*.cmd' ! -name '*.mod' \
		! -name Module.symvers ! -name modules.order ! -path ./tools/tcpstate \
		! \( -path './debian/*' ! -name rules \) -print |
	sort | xargs -r -d '\n' awk '
		function missing() { if (name != "" && !seen) print substr(name, 3) ":1" }
		FNR == 1 { missing(); name = FILENAME; seen = 0 }
		FNR <= 3 && /SPDX-License-Identifier: / { seen = 1 }
		END { missing() }' |
		rule "an SPDX line stands at the top of every file that can have one"
}

# A header that is included first has to include what it needs itself.
rule_own_header()
{
	includes | awk -F : '
		$1 ~ /\.c$/ && $1 !~ /_gen\.c$/ && !seen[$1]++ {
			own = $1
			sub(/\.c$/, ".h", own)
			name = own
			sub(/.*\//, "", name)
			if ((getline line < own) >= 0 && index($0, "\"" name "\"") == 0)
				print $1 ":" $2 ": " $3
			close(own)
		}' | rule "a file includes its own header first"
}

# A newcomer reads there where a thing lives.
rule_listed()
{
	find module module/engine tools -maxdepth 1 -name '*.[ch]' ! -name '*.mod.c' 2>/dev/null |
	sort | awk '
		FNR == NR && /^## / { wanted = $0 == "## Files and their direction" }
		FNR == NR && wanted && /^    [^ ]/ { folder = $1 }
		FNR == NR && wanted && /^      / {
			for (i = 1; i <= NF; i++)
				listed[folder $i] = 1
		}
		FNR != NR {
			both = $0
			sub(/[ch]$/, "[ch]", both)
			if (!($0 in listed) && !(both in listed))
				print $0 ":1"
		}' docs/architecture.md - |
		rule "docs/architecture.md has every file of module and tools in its list"
}

# A reader of "stage X has failed" looks X up there.
rule_stages()
{
	sed -nE 's/^known\+?="([^"]*)"$/\1/p' tests/test 2>/dev/null | xargs -r -n 1 |
		while read -r stage; do
			grep -qsE "^\\| .*\`$stage\`" docs/testing.md || echo "tests/test:1: $stage"
		done | rule "docs/testing.md has a row for every stage"
}

# What reads these files for the version reads it as text: FILE, then what stands before it
packaged='dkms.conf PACKAGE_VERSION=
contrib/arch/PKGBUILD pkgver=
contrib/rpm/tcpstate.spec Version:[[:space:]]*
debian/changelog tcpstate ('

# Two places that name the version differ one day.
rule_version()
{
	local version file before

	version=$(sed -n 's/^#define TCPSTATE_VERSION[[:space:]]*"\(.*\)"$/\1/p' module/version.h)
	{
		if [ -n "$version" ]; then
			grep -rnIE --exclude-dir=.git --exclude-dir=build \
				"(^|[^0-9.])${version//./\\.}([^0-9.]|\$)" . |
				cut -c 3- |
				grep -vE '^(module/version\.h|CHANGELOG\.md|debian/changelog):' |
				grep -vE '^dkms\.conf:[0-9]+:PACKAGE_VERSION=' |
				grep -vE '^contrib/arch/PKGBUILD:[0-9]+:pkgver=' |
				grep -vE '^contrib/rpm/[a-z]*\.spec:[0-9]+:Version:'
		else
			echo "module/version.h: has no TCPSTATE_VERSION"
		fi
	} | rule "the version is written once, in module/version.h, changelog and packaging"
	while read -r file before; do
		[ -e "$file" ] || continue
		# The first entry of Debian's changelog has the package's revision as well.
		sed -n "s/^$before\([^-) ]*\).*/\1/p" "$file" | sed '/./q' | grep -qxF "$version" ||
			echo "$file: expected its version to be $version"
	done <<<"$packaged" |
		rule "the version in packaging is, as text, that of module/version.h"
}

# Where a file still makes one noun, long is no fault.
warn_length()
{
	find module tools tests -type f \( -name '*.[ch]' -o -name '*.sh' \) \
		! -name '*_gen.*' ! -name '*.mod.c' 2>/dev/null | sort |
		xargs -r -d '\n' wc -l | awk '$2 != "total" && $1 > 450 {
			print "style: " $2 ": warning: " $1 " lines: is it still one noun?"
		}'
}
