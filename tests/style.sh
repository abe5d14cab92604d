#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# style.sh [FOLDER]: holds the rules of the house by reading the sources of this
# checkout, or of FOLDER: who may include and use what, names, comments. Touches
# nothing. `style.sh --self-test` shows that each rule can fail. Ends with
# "N passed, N failed, N skipped", where each rule counts as one.

set -u
# The last part of a pipeline runs here, and so can count.
shopt -s lastpipe
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
passed=0 failed=0

# The direction of dependencies. X is X.c and X.h in module/; it may include what
# stands behind its colon, and whatever that may include. A line for X.c is for
# that file alone.
map='seq:
segment:     tcpstate
conn:        seq tcpstate
matrix:      conn
passage:     conn matrix segment
fsm:         conn matrix segment
classify:    passage
learn:       passage
predict:     conn segment
verdict:     passage
verdict.c:   verdict classify
reset:       passage
reset.c:     reset verdict
pickup:      passage
pickup.c:    pickup classify learn
fsm.c:       fsm classify learn pickup reset verdict
incarnation: conn segment
phase:       conn
names:       tcpstate
names.c:     names names_gen
clock:
flow:        fsm compat
flow.c:      flow clock
packet:      segment flow compat
net:         phase
stats:       net packet
zone:        flow net
limit:       net
report:      flow net
report.c:    report clock stats
bucket:      flow
table:       bucket flow net
queue:       flow net
table.c:     table limit queue report stats
walk:        table
walk.c:      walk zone
evict:       table limit queue stats zone
expiry:      table
expiry.c:    expiry clock queue report
filter:      flow phase
filter.c:    filter clock
track:       packet table
track.c:     track clock expiry evict predict queue report stats incarnation
conntrack:   segment
conntrack.c: conntrack seq
hooks:       track packet stats zone conntrack compat
procfs:      clock expiry names stats walk zone
sysctl:      expiry limit compat
netlink_gen:   tcpstate
netlink_parse: filter netlink_gen zone
netlink_fill:  clock expiry limit report stats walk netlink_gen zone
netlink:     clock netlink_parse netlink_fill walk compat
export:      expiry walk evict queue filter hooks report incarnation fsm names main
guards:
main:        guards hooks procfs queue sysctl netlink limit report stats zone version
compat:
version:
names_gen:   tcpstate
tcpstate:
'

# The engine compiles in user space too.
pure='seq|segment|conn|matrix|passage|fsm|classify|learn|predict|verdict|reset|pickup'
pure+='|incarnation|phase'

# facts FOLDER: reads the C sources of the current folder. Writes each of them
# into FOLDER without its comments and the contents of its strings, and into
# FOLDER/functions a line FILE:LINE:NAME:FAULT for each function of module/ that
# is not static. FAULT names what its kernel-doc lacks; "-" for a prototype.
facts()
{
	# shellcheck disable=SC2016 # the variables are perl's
	find module tools tests -type f -name '*.[ch]' ! -name '*.mod.c' 2>/dev/null |
	sort | perl -e '
		use strict; use warnings;
		use File::Basename; use File::Path;
		my $into = shift;
		mkpath($into);
		open(my $functions, ">", "$into/functions") or die;

		# What the comment that ends in front of line $n lacks.
		sub doc_fault {
			my ($lines, $n, $name, $void) = @_;
			my $i = $n - 2;
			return "kernel-doc" if $i < 0 || $lines->[$i] !~ m{\*/\s*$};
			$i-- while $i > 0 && $lines->[$i] !~ m{/\*};
			my $doc = join("\n", @$lines[$i .. $n - 2]);
			return "kernel-doc" if $doc !~ m{^/\*\*\s+\* \Q$name\E(\(\))? - }s;
			return "Context:" if $doc !~ /^ \* Context: /m;
			return "Return:" if !$void && $doc !~ /^ \* Return: /m;
			return "";
		}

		while (my $file = <STDIN>) {
			chomp $file;
			open(my $in, "<", $file) or die "$file: $!\n";
			my $text = do { local $/; <$in> } // "";
			my @lines = split(/\n/, $text);
			my $comment = qr{/\*.*?\*/|//[^\n]*}s;
			my $string = qr{"(?:\\.|[^"\\\n])*"};
			$text =~ s{($comment)|(^\s*\#\s*include[^\n]*)|$string}
				{ defined $1 ? $1 =~ s/[^\n]//gr : $2 // "\"\"" }gme;
			mkpath("$into/" . dirname($file));
			open(my $out, ">", "$into/$file") or die;
			print $out $text;
			close($out);
			next if $file !~ m{^module/} || $file =~ /_gen\.[ch]$/;

			# Statements outside of all braces, each up to its ; or {
			$text =~ s/^[ \t]*#(?:[^\n]*\\\n)*[^\n]*/$& =~ s{[^\n]}{}gr/gme;
			my ($depth, $line, $head, $begin) = (0, 1, "", 1);
			for my $c (split(//, $text)) {
				$line++ if $c eq "\n";
				if ($c eq "}") {
					$depth-- if $depth;
					$head = "";
				} elsif ($depth) {
					$depth++ if $c eq "{";
				} elsif ($c eq ";" || $c eq "{") {
					my $flat = $head =~ s/\b__\w+\([^()]*\)//gr;
					if ($flat =~ /^([^(=]*[\s*])(\w+)\s*\(/ &&
					    $1 !~ /\bstatic\b|\btypedef\b/) {
						my ($type, $name) = ($1, $2);
						my $fault = $c eq ";" ? "-" : $file =~ /\.h$/ ? "" :
							doc_fault(\@lines, $begin, $name,
								  $type =~ /\bvoid\s*$/);
						print $functions "$file:$begin:$name:$fault\n";
					}
					$depth++ if $c eq "{";
					$head = "";
				} else {
					$begin = $line if $head eq "" && $c !~ /\s/;
					$head .= $c if $head ne "" || $c !~ /\s/;
				}
			}
		}' "$1"
}

# rule NAME: counts one rule; its findings are on stdin
rule()
{
	local findings

	findings=$(cat)
	if [ -z "$findings" ]; then
		passed=$((passed + 1))
		return
	fi
	failed=$((failed + 1))
	while IFS= read -r finding; do
		echo "style: $finding: $1"
	done <<<"$findings"
}

# code PATTERN [FOLDER...]: where PATTERN stands in code, as FILE:LINE:TEXT
code()
{
	local pattern=$1

	shift
	[ $# -gt 0 ] || set -- module
	(cd "$work" && grep -rnE -- "$pattern" "$@" 2>/dev/null) |
		sort -t : -k 1,1 -k 2,2n
}

includes()
{
	code '^[[:space:]]*#[[:space:]]*include'
}

rule_direction()
{
	includes | awk -v map="$map" '
		BEGIN {
			n = split(map, line, "\n")
			for (i = 1; i <= n; i++) {
				m = split(line[i], word, /[: ]+/)
				if (!m || word[1] == "")
					continue
				known[word[1]] = 1
				may[word[1], word[1]] = 1
				for (j = 2; j <= m; j++)
					if (word[j] != "")
						may[word[1], word[j]] = 1
			}
			do {
				grown = 0
				for (a in known) for (b in known) for (c in known)
					if (((a, b) in may) && ((b, c) in may) &&
					    !((a, c) in may))
						grown = may[a, c] = 1
			} while (grown)
		}
		{
			split($0, part, ":")
			from = part[1]
			sub(/.*\//, "", from)
			if (!(from in known))
				sub(/\.[ch]$/, "", from)
			if (!(from in known)) {
				if (!told[from]++)
					print part[1] ": is not in the map of dependencies"
				next
			}
			if ($0 ~ /include *<linux\/tcpstate\.h>/)
				to = "tcpstate"
			else if (match($0, /"[^"]+\.h"/))
				to = substr($0, RSTART + 1, RLENGTH - 4)
			else
				next
			sub(/.*\//, "", to)
			if (!((from, to) in may))
				print part[1] ":" part[2] ": " from " may not include " to
		}' | rule "dependencies run one way (see the map in tests/style.sh)"
}

rule_pure()
{
	includes | grep "^module/engine/" |
		grep -vE "include *(<linux/(types|tcpstate)\.h>|\"($pure)\.h\")" |
		rule "the engine includes only <linux/types.h>, the UAPI header and itself"
}

# owned PATTERN OWNER...: where PATTERN stands in others of module/ than its owners
# and compat.h
owned()
{
	local pattern=$1

	shift
	code "$pattern" | grep -vE "^module/($(IFS='|'; echo "$*")|compat)\.[ch]:"
}

rule_owners()
{
	# A netlink message is a struct sk_buff as well; a packet is not for netlink.
	local netlink='netlink(_[a-z]+)?'
	local packet='\bskb_(header|network|transport|mac|shinfo|linear|pull|checksum)'
	local clock='\bjiffies(64)?(_[a-z0-9_]+)?\b([^.]|$)|\bget_jiffies_64\b|\bHZ\b|\bktime_get'
	clock+='|\b(local|sched)_clock\b|\bget_cycles\b'
	local time='_to_jiffies\b|\bhrtimer|\bdelayed_work\b'
	local queues='\bwork_struct\b|\b(INIT|DECLARE)_WORK|\b(queue|cancel|flush)_work'
	local seq='print|put|open|release|read|lseek|write|show|escape|hex_dump|setwidth|pad'

	time+='|timer_(list|setup|delete|pending)|\b(mod|add|del)_timer'
	time+='|\b(INIT|DECLARE)_(DELAYED_|DEFERRABLE_)WORK'
	time+='|\b(schedule|queue|cancel|flush|mod|enable|disable)_delayed_work|\bschedule_work'
	{
		owned '\bstruct sk_buff\b|\bskb_[a-z]' packet conntrack hooks "$netlink"
		owned "$packet|\\b(tcp|ip|ipv6)_hdr\\b" packet hooks
	} | sort -u | rule "packets belong to packet, conntrack and hooks"
	# net.h declares struct tcpstate_net, and in it the collector's work.
	owned "$clock" clock | rule "clocks are read in clock.h alone"
	owned "$time" expiry |
		grep -vE '^module/net\.h:[0-9]+:\s*struct delayed_work \w+;$' |
		rule "timers and delayed work belong to expiry"
	# And the work that sends reports.
	owned "$queues" expiry report |
		grep -vE '^module/net\.h:[0-9]+:\s*struct work_struct \w+;$' |
		rule "work belongs to expiry and report"
	owned '->stats\b' stats | rule "a namespace's counters are read and written in stats alone"
	owned "\\bseq_(file|operations|$seq)|\\bsingle_(open|release)" procfs |
		rule "seq_file belongs to procfs"
	owned '\bstruct (nlattr|nlmsghdr|genl_\w+)|\b(nla|nlmsg|genl|genlmsg|netlink)_[a-z]' \
		"$netlink" |
		grep -vE '^module/report\.c:[0-9]+:.*\bnetlink_has_listeners\(' |
		rule "nlattr belongs to netlink"
	code '\b(LINUX_VERSION_CODE|KERNEL_VERSION|LINUX_VERSION_MAJOR)\b|<linux/version\.h>' \
		module tools tests | grep -v '^module/compat\.h:' |
		rule "kernel versions are asked for in compat.h alone"
}

rule_tools()
{
	code '\bmnl_[a-z]|<libmnl/' tools | grep -vE '^tools/ipc(_[a-z]+)?\.[ch]:' |
		rule "libmnl belongs to ipc"
	code '<ncurses\.h>' tools | grep -vE '^tools/(screen|watch)\.c:' |
		rule "ncurses belongs to screen and watch"
}

# A copy that does not know the size of its array wrote past a buffer of the kernel.
rule_bounded()
{
	code '\b(v?sprintf|str(n?cpy|n?cat)|stpn?cpy)[[:space:]]*\(' module tools |
		rule "no text is written without its array's size (snprintf, format_append)"
}

# The generated files name what they want from netlink.c.
rule_names()
{
	awk -F : '{
		noun = $1
		sub(/.*\//, "", noun)
		sub(/\.[ch]$/, "", noun)
		like = "^tcpstate_" noun "_[a-z]"
		if (noun == "netlink")
			like = "^tcpstate_(netlink|nl)_[a-z]"
		if (noun != "compat" && $3 !~ like)
			print $1 ":" $2 ": " $3 "() is no tcpstate_" noun "_VERB"
	}' "$work/functions" | rule "a function that is not static bears its file's name"
}

# A prefix tells a reader that other files may use the name.
rule_statics()
{
	code '^static\b[^=;{]*\btcpstate_[a-z0-9_]+\(' | grep -E '^module/[a-z_/]+\.c:' |
		rule "a static function bears no tcpstate_ prefix"
}

rule_kernel_doc()
{
	awk -F : '$1 ~ /\.c$/ && $4 != "-" && $4 != "" {
		print $1 ":" $2 ": " $3 "() lacks " substr($0, index($0, $4))
	}' "$work/functions" |
		rule "every function that is not static has kernel-doc with Context: and Return:"
}

rule_spdx()
{
	find . \( -name .git -o -path ./build \) -prune -o -type f \
		! -name LICENSE ! -name README ! -name '*.md' ! -name '.*' \
		! -name '*.pcap' ! -name '*.txt' ! -name '*.patch' ! -name '*.mod.c' \
		! -name '*.o' ! -name '*.ko' ! -name '*.cmd' ! -name '*.mod' \
		! -name Module.symvers ! -name modules.order ! -path ./tools/tcpstate -print |
	sort | xargs -r -d '\n' awk '
		function missing() { if (name != "" && !seen) print substr(name, 3) ":1" }
		FNR == 1 { missing(); name = FILENAME; seen = 0 }
		FNR <= 3 && /SPDX-License-Identifier: / { seen = 1 }
		END { missing() }' |
		rule "an SPDX line stands at the top of every file that can have one"
}

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

# tests/guest is no test but the machine they run on, and wants processes that
# hang; tests/style* speak of it.
rule_sleep()
{
	local before='(^|[;&|({`]|\b(do|then|else|while|until|time|exec|if)\b|--)[[:space:]]*'

	# shellcheck disable=SC2016 # $ is a character here
	find tests -path tests/guest -prune -o -type f ! -name 'style*' -print |
		while read -r file; do
			case $file in
			*.sh | *.py) echo "$file" ;;
			*) head -n 1 "$file" | grep -aq '^#!' && echo "$file" ;;
			esac
		done | sort | xargs -r -d '\n' grep -HnE \
		"$before"'(u|nano)?sleep[[:space:]]+["$0-9.]|\btime\.sleep\(' |
		grep -vE '# sleep: [^ ]|^[^:]*:[0-9]+:[[:space:]]*#' |
		rule "a test waits for a condition (or says why not: '# sleep: WHY')"
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

rule_version()
{
	local version

	version=$(sed -n 's/^#define TCPSTATE_VERSION[[:space:]]*"\(.*\)"$/\1/p' module/version.h)
	{
		if [ -n "$version" ]; then
			grep -rnIE --exclude-dir=.git --exclude-dir=build \
				"(^|[^0-9.])${version//./\\.}([^0-9.]|\$)" . |
				cut -c 3- |
				grep -vE '^(module/version\.h|CHANGELOG\.md):' |
				grep -vE '^dkms\.conf:[0-9]+:PACKAGE_VERSION='
		else
			echo "module/version.h: has no TCPSTATE_VERSION"
		fi
	} | rule "the version is written once, in module/version.h, changelog and dkms.conf"
	if [ -e dkms.conf ]; then
		grep -nE '^PACKAGE_VERSION=' dkms.conf |
			awk -v want="PACKAGE_VERSION=$version" '
				{ line = $0; sub(/^[0-9]+:/, "", line); found++ }
				line != want { print "dkms.conf:" $0 }
				END {
					if (found != 1)
						print "dkms.conf: has " found + 0 " PACKAGE_VERSION"
				}'
	fi | rule "PACKAGE_VERSION of dkms.conf is, as text, the version of module/version.h"
}

# said PATTERN FILE...: where comments, other text and code have PATTERN; the glossary and
# these tests name the words that are retired
said()
{
	local pattern=$1

	shift
	grep -rnIE --exclude='*.mod.c' --exclude='*.cmd' -- "$pattern" "$@" 2>/dev/null |
		grep -vE '^tests/style|^docs/architecture\.md:[0-9]+:\|' |
		sort -t : -k 1,1 -k 2,2n
}

# A reader of two words looks for two things; docs/architecture.md says which one to write.
rule_words()
{
	local behind='([^a-z]|$)'
	local retired='[Aa]rrows?|[Oo]ccasions?|tcpstate_causes?|[Rr]eject causes?'
	local idioms='[Aa]new|[Bb]esides?|is had|for nothing|[Oo]n (its|their) way'
	local all=(module tools tests docs Makefile Kbuild README.md CONTRIBUTING.md SECURITY.md)

	said "(^|[^A-Za-z])($retired)$behind" "${all[@]}" |
		rule "one word for one thing (see Words in docs/architecture.md)"
	{
		said "(^|[^A-Za-z_])($idioms)$behind" "${all[@]}"
		said '(^|["*#/.?!:;])[[:space:]]*(Of|Who(ever|se)?) [a-z]' "${all[@]}"
	} | rule "sentences are plain English, with the subject first"
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

check()
{
	work=$(mktemp -d "${TMPDIR:-/tmp}/tcpstate-style.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	facts "$work" || exit 1
	rule_direction
	rule_pure
	rule_owners
	rule_tools
	rule_bounded
	rule_names
	rule_statics
	rule_kernel_doc
	rule_spdx
	rule_own_header
	rule_sleep
	rule_listed
	rule_version
	rule_words
	warn_length
	echo "$passed passed, $failed failed, 0 skipped"
	[ "$failed" = 0 ]
}

case ${1:-} in
--self-test)
	exec "$here/style-selftest" ;;
-*)
	echo "usage: tests/style.sh [--self-test | FOLDER]" >&2
	exit 2 ;;
*)
	cd "${1:-$here/..}" || exit 2
	check ;;
esac
