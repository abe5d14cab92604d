# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v suite=NAME -f ktap.awk FILE: reads the KTAP of one KUnit suite, as debugfs
# shows it, and believes no line of it alone: plans, numbers, totals and the
# results above and below each other must agree. Prints each failure with the
# log lines before it, each skip with its reason, and at last
# "N passed, N failed, N skipped", where parameters count and what has them does not.

function fault(text, _i) {
	failed++
	print "not ok " suite ": " text
	for (_i = 1; _i <= lines && _i <= 60; _i++)
		print "    " line[_i]
	if (lines > 60)
		print "    (" lines - 60 " more lines)"
	lines = 0
}

# begin(d): results of depth d begin: 0 suites, 1 cases, 2 parameters
function begin(d) {
	opened[d] = 1
	label[d] = d ? "" : "the suite"
	plan[d] = -1
	results[d] = last[d] = bad[d] = pass[d] = fail[d] = skip[d] = 0
}

# finish(d): no more results of depth d
function finish(d) {
	opened[d] = 0
	if (opened[d + 1]) {
		fault("no result for " label[d + 1])
		finish(d + 1)
	}
	# Parameters from a generator have no plan.
	if (plan[d] < 0 && d < 2)
		fault("no plan for " label[d])
	else if (plan[d] >= 0 && plan[d] != results[d])
		fault(label[d] ": " results[d] " results, the plan says " plan[d])
}

# result(d, ok, number, text, skipped): what the line says
function result(d, ok, number, text, skipped, _had, _name) {
	_name = d > 1 && label[d] != "" ? label[d] ": " text : text
	results[d]++
	if (number != last[d] + 1)
		fault(_name ": is number " number ", expected " last[d] + 1)
	last[d] = number
	if (d == 0 && text != suite)
		fault("is the result of " text)
	_had = opened[d + 1]
	if (_had) {
		if (label[d + 1] != "" && label[d + 1] != text)
			fault(_name ": ends with the results of " label[d + 1])
		finish(d + 1)
		if (results[d + 1] == 0 && !skipped)
			fault(_name ": ran no case")
		else if (bad[d + 1] && ok)
			fault(_name ": says ok, but a part of it failed")
		else if (!bad[d + 1] && !ok)
			fault(_name ": failed, though all parts of it passed")
	} else if (d == 0) {
		fault("ran no case")
	} else {
		leaves++
		if (!ok)
			fault(_name)
		else if (!skipped)
			passed++
	}
	if (skipped && (!_had || !results[d + 1])) {
		skips++
		print "skipped " suite ": " _name ": " (reason == "" ? "no reason given" : reason)
	}
	bad[d] = bad[d] || !ok
	if (!ok)
		fail[d]++
	else if (skipped)
		skip[d]++
	else
		pass[d]++
	lines = 0
}

# totals(d, name, text): KUnit's own count of the results below depth d
function totals(d, name, text, _count, _i, _part) {
	_count = split(text, _part, /[: ]+/)
	for (_i = 1; _i < _count; _i += 2)
		said[_part[_i]] = _part[_i + 1] + 0
	if (name == "Totals") {
		if (said["total"] != leaves)
			fault("KUnit counted " said["total"] " cases, seen " leaves)
	} else if (opened[d + 1] && name == label[d + 1] &&
		   (said["pass"] != pass[d + 1] || said["fail"] != fail[d + 1] ||
		    said["skip"] != skip[d + 1])) {
		fault(name ": KUnit counted " text ", seen pass:" pass[d + 1] \
		      " fail:" fail[d + 1] " skip:" skip[d + 1])
	}
}

BEGIN {
	passed = failed = skips = leaves = lines = 0
}

/^ *$/ {
	next
}

{
	match($0, /^ */)
	depth = int(RLENGTH / 4)
	text = substr($0, RLENGTH + 1)
}

text ~ /^(KTAP|TAP) version / {
	begin(depth)
	next
}

text ~ /^# Subtest: / {
	if (!opened[depth])
		begin(depth)
	label[depth] = substr(text, 12)
	next
}

text ~ /^1\.\.[0-9]+$/ {
	if (!opened[depth])
		begin(depth)
	plan[depth] = substr(text, 4) + 0
	next
}

text ~ /^(not )?ok [0-9]+ / {
	is_ok = text !~ /^not /
	sub(/^(not )?ok /, "", text)
	number = text + 0
	sub(/^[0-9]+ (- )?/, "", text)
	is_skipped = 0
	reason = ""
	if (match(text, / *# SKIP ?/)) {
		# Only a result that is "ok" can be skipped.
		is_skipped = is_ok
		reason = substr(text, RSTART + RLENGTH)
		text = substr(text, 1, RSTART - 1)
	}
	if (!opened[depth])
		begin(depth)
	result(depth, is_ok, number, text, is_skipped)
	next
}

text ~ /^# .*: pass:[0-9]+ fail:[0-9]+ skip:[0-9]+ total:[0-9]+$/ {
	match(text, /: pass:/)
	totals(depth, substr(text, 3, RSTART - 3), substr(text, RSTART + 2))
	next
}

{
	line[++lines] = $0
}

END {
	if (opened[0])
		finish(0)
	else
		fault("reported nothing")
	printf "%d passed, %d failed, %d skipped\n", passed, failed, skips
}
