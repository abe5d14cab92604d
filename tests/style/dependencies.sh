# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rules about dependencies: who may include and use what. Sourced by style.sh.

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
predict:     conn matrix segment
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
zone.c:      zone owner
owner:
account:
account.c:   account net owner stats
limit:       owner
report:      flow net
report.c:    report clock stats
bucket:      flow
table:       bucket flow net

table.c:     table deadline limit report stats
hint:
deadline:    hint
rank:        deadline hint phase
rank.c:      rank
walk:        table
walk.c:      walk stats zone
evict:
evict.c:     evict clock collector deadline expiry limit rank scan stats table zone
scan:
scan.c:      scan deadline flow limit rank table
expiry:      net
expiry.c:    expiry deadline owner rank
collector:   table
collector.c: collector account clock deadline expiry owner reclaim report zone
reclaim:     limit walk zone
filter:      flow phase
filter.c:    filter account clock expiry zone
expression:  filter
track:       packet table
track.c:     track account clock collector deadline expiry evict predict report stats incarnation
conntrack:   segment
conntrack.c: conntrack seq
hooks:       track packet stats zone collector conntrack compat
procfs:      procfs_row compat names stats walk
procfs_row:  account clock expiry names zone
sysctl:      collector expiry limit stats table compat
netlink_gen:   tcpstate
netlink_parse: expression netlink_gen zone
netlink_fill:  account clock expiry limit report stats walk netlink_gen zone
netlink:     clock netlink_parse netlink_fill walk compat
export:      account collector deadline expiry walk evict rank reclaim expression hooks
export:      report incarnation
export.c:    export fsm predict names main
guards:
main:        guards hooks procfs sysctl netlink collector expiry limit owner report
main.c:      main account stats zone version
compat:
version:
names_gen:   tcpstate
tcpstate:
'

# The engine compiles in user space too.
pure='seq|segment|conn|matrix|passage|fsm|classify|learn|predict|verdict|reset|pickup'
pure+='|incarnation|phase'

# A file without a circle around it can be read, changed and tested by itself.
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
		}' | rule "dependencies run one way (see the map in tests/style/dependencies.sh)"
}

# With nothing of the kernel in it, the engine is tested in user space, within seconds.
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

# What can go wrong with packets, clocks, timers and attributes is looked for in few places.
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
	owned "$time" collector |
		grep -vE '^module/net\.h:[0-9]+:\s*struct delayed_work \w+;$' |
		rule "timers and delayed work belong to collector"
	# And the work that sends reports.
	owned "$queues" collector report |
		grep -vE '^module/net\.h:[0-9]+:\s*struct work_struct \w+;$' |
		rule "work belongs to collector and report"
	owned '->stats\b' stats | rule "a namespace's counters are read and written in stats alone"
	owned "\\bseq_(file|operations|$seq)|\\bsingle_(open|release)" 'procfs(_row)?' |
		rule "seq_file belongs to procfs"
	owned '\bstruct (nlattr|nlmsghdr|genl_\w+)|\b(nla|nlmsg|genl|genlmsg|netlink)_[a-z]' \
		"$netlink" |
		grep -vE '^module/report\.c:[0-9]+:.*\bnetlink_has_listeners\(' |
		rule "nlattr belongs to netlink"
	code '\b(LINUX_VERSION_CODE|KERNEL_VERSION|LINUX_VERSION_MAJOR)\b|<linux/version\.h>' \
		module tools tests | grep -v '^module/compat\.h:' |
		rule "kernel versions are asked for in compat.h alone"
}

# The commands can be tested without the kernel, and without a terminal.
rule_tools()
{
	code '\bmnl_[a-z]|<libmnl/' tools | grep -vE '^tools/ipc(_[a-z]+)?\.[ch]:' |
		rule "libmnl belongs to ipc"
	code '<ncurses\.h>' tools | grep -vE '^tools/(screen|screen_rows|watch)\.c:' |
		rule "ncurses belongs to screen and watch"
}
