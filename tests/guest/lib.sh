# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the scripts of tests/guest share: the cache folder, messages, locks and
# the private apt configuration. Sourced, never run.

set -euo pipefail

# shellcheck disable=SC2034 # for those that source this
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${TCPSTATE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/tcpstate}
kernels="default debug debian12"
# The arguments of make for User Mode Linux and its modules. They fix the version of pahole,
# which nothing here uses: otherwise installing another one would make a difference.
# shellcheck disable=SC2034 # likewise
um_make_args=(ARCH=um PAHOLE_VERSION=0)
# What Kconfig decides in the kernel's tree; the suites need CONFIG_KUNIT of the kernel.
# shellcheck disable=SC2034 # likewise
module_make_args=(CONFIG_TCPSTATE=m CONFIG_TCPSTATE_KUNIT_TEST=m)

# The patterns of a kernel log that mean a fault, in whatever part of the kernel.
# shellcheck disable=SC2034 # likewise
complaints='WARNING:|BUG:|\bOops\b|Kernel panic|KASAN:|UBSAN:|ODEBUG:|Kernel mode fault'
complaints+='|cut here|general protection fault|sleeping function called'
complaints+='|possible (circular|recursive|irq lock inversion)|inconsistent lock state'
complaints+='|bad unlock balance|held lock freed|suspicious RCU usage'
complaints+='|INFO: task .* blocked|INFO: trying to register'
complaints+='|rcu.*(self-detected stall|detected stall|stalls? on)|scheduling while atomic'
complaints+='|unreferenced object|suspected memory leaks|leak detector disabled'
complaints+='|list_(add|del) corruption|refcount_t:|leaked reference|unregister_netdevice: waiting'

say()
{
	printf 'guest: %s\n' "$*" >&2
}

die()
{
	say "$*"
	exit 1
}

# usage_die MESSAGE: the caller asked for something that does not exist
usage_die()
{
	say "$*"
	exit 2
}

# check_kernel NAME: ends the script unless NAME is a kernel known here
check_kernel()
{
	case " $kernels " in
	*" ${1:-} "*) ;;
	*) usage_die "unknown kernel '${1:-}': expected one of: $kernels" ;;
	esac
}

# lock NAME: holds $cache/lock/NAME until the script ends, so that two runs
# side by side wait for each other. Commands in between that outlive the
# script have to close descriptor 9.
lock()
{
	mkdir -p "$cache/lock"
	exec 9>"$cache/lock/$1"
	if ! flock -n 9; then
		say "waiting for another run to finish with '$1'"
		flock 9
	fi
}

# unlock: releases what lock holds
unlock()
{
	exec 9>&-
}

# quietly LOG COMMAND...: COMMAND's output goes to LOG, whose end is shown
# when COMMAND fails
quietly()
{
	local log=$1

	shift
	if ! "$@" >"$log" 2>&1 </dev/null; then
		tail -n 40 "$log" >&2
		say "failed: $*"
		say "the whole log: $log"
		return 1
	fi
}

# with_progress TEXT LOG COMMAND...: runs COMMAND with its output in LOG, and shows what the
# function TEXT prints: always on a terminal, once a minute elsewhere. COMMAND runs in the
# foreground, because Ctrl-C does not end commands in the background.
with_progress()
{
	local shower status=0

	show_progress "$1" "$BASHPID" 9>&- &
	shower=$!
	"${@:3}" >"$2" 2>&1 </dev/null 9>&- || status=$?
	kill "$shower" 2>/dev/null || true
	wait "$shower" 2>/dev/null || true
	[ ! -t 2 ] || printf '\r\033[K' >&2
	return "$status"
}

# show_progress TEXT PID: the part of with_progress in the background, until PID ends
show_progress()
{
	local begun=$SECONDS told=$SECONDS

	while kill -0 "$2" 2>/dev/null; do
		sleep 0.5 # sleep: a line of progress is drawn
		if [ -t 2 ]; then
			printf '\r%s after %s s\033[K' "$("$1")" $((SECONDS - begun)) >&2
		elif [ $((SECONDS - told)) -ge 60 ]; then
			say "$("$1") after $((SECONDS - begun)) s"
			told=$SECONDS
		fi
	done
}

# megabytes FOLDER...: the size of their files
megabytes()
{
	du -smc "$@" 2>/dev/null | tail -n 1 | cut -f 1
}

# fetch FOLDER COMMAND...: runs COMMAND, an apt-get that downloads into FOLDER, where it
# goes on if it was interrupted. If it fails, the reason is in $why.
fetch()
{
	local folder=$1 log=$cache/fetch.log.$$ total before places

	shift
	places=("$folder")
	[ -z "${APT_CONFIG:-}" ] || places+=("${APT_CONFIG%/*}/cache/archives/partial")
	mkdir -p "$folder" "$cache"
	# apt-get does not count the archives that are there already.
	total=$("$@" --print-uris -qq 2>/dev/null |
		awk '/^.(http|file|mirror)/ { sum += $3 } END { print int(sum / 1000000) }') || true
	before=$(megabytes "${places[@]}")
	[ "${total:-0}" -lt 5 ] || say "fetching $total MB"
	if with_progress fetched "$log" "$@" -q; then
		rm -f "$log"
		return
	fi
	# shellcheck disable=SC2034 # those that source this say it
	why=$(sed -n 's/^E: //p' "$log" | sed -n '1 {
		s|^Failed to fetch .*/\([^ ]*\) *|\1: |; s/ *\[IP: .*//; s/  */ /g; p }')
	rm -f "$log"
	return 1
}

# fetched: how far fetch has come
# shellcheck disable=SC2317 # called by with_progress
fetched()
{
	echo "$(($(megabytes "${places[@]}") - before)) of $total MB"
}

# repositories: for each suite that the system's own apt fetches, one line with
# its name and its URI, whether or not its lists are there yet
repositories()
{
	apt-get indextargets --no-release-info --format "\$(RELEASE) \$(REPO_URI)"
}

# mirror: the URI of the Debian mirror that the system's own apt uses. Other
# repositories have suites of the same names, but hardly one for updates.
mirror()
{
	repositories | awk '
		$1 ~ /-updates$/ { print $2; found = 1; exit }
		$1 !~ /security/ && !first { first = $2 }
		END { if (!found) print first }'
}

# security_mirror: likewise for the security updates
security_mirror()
{
	repositories | awk '$1 ~ /security$/ { print $2; exit }'
}

# private_apt NAME 'URI SUITE'...: a configuration of apt's with these sources
# alone, its state and its archives in the cache; leaves its path in
# APT_CONFIG. The system's own set-up is read and not changed. Where set, apt_status is
# the file that says what is installed, and apt_foreign names another architecture.
private_apt()
{
	local dir=$cache/apt/$1
	local key=/usr/share/keyrings/debian-archive-keyring.gpg
	local source

	shift
	[ -r "$key" ] || die "$key is missing: install debian-archive-keyring"
	mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial"
	for source; do
		echo "deb [signed-by=$key] $source main"
	done >"$dir/sources.list"
	cat >"$dir/apt.conf" <<-END
		Dir::Etc::sourcelist "$dir/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::State "$dir/state";
		Dir::State::status "${apt_status:-/var/lib/dpkg/status}";
		Dir::Cache "$dir/cache";
		APT::Sandbox::User "root";
		${apt_foreign:+APT::Architectures { $(dpkg --print-architecture); $apt_foreign; \};}
	END
	export APT_CONFIG=$dir/apt.conf
	# Go on if the lists of at least one suite could be fetched.
	quietly "$dir/update.log" apt-get update || true
}
