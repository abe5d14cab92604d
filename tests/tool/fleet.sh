#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# contrib/: the units' command lines write the files of two network namespaces, Debian's
# prometheus-node-exporter serves them, Debian's prometheus scrapes it, and has the values
# that the tool prints. Every metric of the alert rules and of the dashboard is one that the tool
# prints, and the dashboard's queries have answers.

# shellcheck disable=SC2317 # functions are called by check
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

contrib=$(cd "$here/../../contrib" && pwd)
rules=$contrib/prometheus
dashboard=$contrib/grafana/tcpstate.json
folder=$work/textfiles
mkdir "$folder"

# unit NAME INSTANCE: runs the command of a service, as systemd would
unit()
{
	local line words

	line=$(sed -n 's/^ExecStart=//p' "$contrib/systemd/$1")
	line=${line//%[Ii]/$2}
	read -ra words <<<"${line//\$\{TEXTFILE_FOLDER\}/$folder}"
	"${words[@]}"
}

# names FILE: the metrics of tcpstate that a file names
names()
{
	grep -oE 'tcpstate_[a-z_]+' "$1" | sort -u
}

# known_names FILE: every metric that it names is one that the tool prints
known_names()
{
	local name n=0

	while read -r name; do
		grep -qE "^${name}[{ ]" "$work/metrics" ||
			{ echo "the tool prints no $name" ; return 1 ; }
		n=$((n + 1))
	done < <(names "$1")
	between "$2" "$n" 100
}

# ask_prometheus QUERY: prints what it answers, a series a line
ask_prometheus()
{
	promtool query instant http://127.0.0.1:9090 "$1"
}

# value QUERY: the value of the only series, without the timestamp
value()
{
	ask_prometheus "$1" | sed 's/.*=> \([^ ]*\) @.*/\1/'
}

has_value()
{
	equal "$(value "$1")" "$2"
}

# exports FOLDER: begins an exporter of the files in FOLDER; leaves its $pid
exports()
{
	start prometheus-node-exporter --web.listen-address=127.0.0.1:9100 \
		--collector.disable-defaults --collector.textfile \
		--collector.textfile.directory="$1" >"$work/exporter.log" 2>&1
}

# scraped: copies what the exporter serves to $work/page
scraped()
{
	exec {web}<>/dev/tcp/127.0.0.1/9100 || return
	printf 'GET /metrics HTTP/1.0\r\n\r\n' >&"$web"
	cat <&"$web" >"$work/page"
	exec {web}>&-
	grep -q '^node_textfile_scrape_error' "$work/page"
}

page_has()
{
	grep -E "$1" "$work/page" || { tail -n 20 "$work/page" "$work/exporter.log" ; return 1 ; }
}

# serves_all FOLDER: the page has every series of the files
serves_all()
{
	equal "$(grep -c '^tcpstate_' "$work/page")" "$(cat "$1"/*.prom | grep -vc '^#')"
}

# dashboard_queries: its queries, with Grafana's variables replaced
dashboard_queries()
{
	# shellcheck disable=SC2016 # for Grafana
	jq -r '.panels[].targets[].expr' "$dashboard" |
		sed 's/\$instance/.*/g; s/\$namespace/host|blue/g; s/\$__rate_interval/5m/g'
}

each_query_answers()
{
	local query n=0

	while read -r query; do
		ask_prometheus "$query" >"$work/answer" 2>&1 ||
			{ echo "$query: $(cat "$work/answer")" ; return 1 ; }
		[ -s "$work/answer" ] || { echo "no answer: $query" ; return 1 ; }
		n=$((n + 1))
	done < <(dashboard_queries)
	between 12 "$n" 100
}

load "$@"
peers
netns blue
listener l 4 . 127.0.0.1 5000
call c s l 4 . 127.0.0.1 5000
listener lb 4 blue 127.0.0.1 5000
call cb sb lb 4 blue 127.0.0.1 5000
call cc sc lb 4 blue 127.0.0.1 5000
remains phase=established
remains -n blue -c 2 phase=established

label='a"b\c'$'\n''d'
tcpstate metrics --label "odd=$label" --label x=ü >"$work/metrics"
check "a label is in every series" equal \
	"$(grep -vc '^#' "$work/metrics")" \
	"$(grep -cF '{odd="a\"b\\c\nd",x="ü"' "$work/metrics")"
versions=$(tcpstate --version | cut -d ' ' -f 2)
versions+='",module="'$(cat /sys/module/tcpstate/version)
check "the versions are told" grep -qE \
	"^tcpstate_build_info\{odd=.*,version=\"$versions\"\} 1$" "$work/metrics"
if wants promtool "promtool accepts labels and rules"; then
	check "promtool accepts labels" promtool check metrics <"$work/metrics"
	check "promtool accepts the rules" promtool check rules \
		"$rules/tcpstate.rules.yml"
	check "the rules' own tests" promtool test rules "$rules/tcpstate.test.yml"
fi
tcpstate metrics >"$work/metrics"
check "the rules name the tool's metrics" known_names "$rules/tcpstate.rules.yml" 8
check "their tests do, too" known_names "$rules/tcpstate.test.yml" 8
check "the dashboard names the tool's metrics" known_names "$dashboard" 12
sed 's/tcpstate_records\b/tcpstate_recordz/' "$dashboard" >"$work/wrong.json"
refute "a misspelt one is noticed" known_names "$work/wrong.json" 12
if wants systemd-analyze "systemd accepts the units"; then
	mkdir "$work/units"
	# The tool is not installed here.
	cp "$contrib"/systemd/* "$work/units/"
	sed -i 's|^ExecStart=tcpstate|ExecStart=/bin/true|' "$work"/units/*.service
	for each in "$work"/units/*; do
		check "systemd accepts ${each##*/}" equal "$(systemd-analyze verify --man=no \
			"$each" 2>&1 | grep -F tcpstate)" ""
	done
fi

if wants prometheus-node-exporter "two namespaces"; then
	mkdir "$work/collide"
	tcpstate metrics --output "$work/collide/host.prom"
	tcpstate -N blue metrics --output "$work/collide/blue.prom"
	exports "$work/collide"
	check "the exporter serves" until_true scraped
	refute "without labels, the files of two namespaces collide" serves_all "$work/collide"
	stop "$pid"

	check "the service writes its file" unit tcpstate-metrics.service ""
	check "and that of a namespace" unit tcpstate-metrics@.service blue
	check "nothing else is left" equal "$(ls -A "$folder")" \
		tcpstate-blue.prom$'\n'tcpstate.prom
	exports "$folder"
	check "the exporter serves their files" until_true scraped
	check "without an error" page_has '^node_textfile_scrape_error 0$'
	check "the host's" grep -qxF \
		"$(grep '^tcpstate_records{' "$folder/tcpstate.prom")" "$work/page"
	check "the namespace's" page_has '^tcpstate_records\{namespace="blue"\} 2$'
	check "every series of both" serves_all "$folder"
	check "the time of a file has the name that the alert asks for" page_has \
		'^node_textfile_mtime_seconds\{file=".*/tcpstate\.prom"\}'
	if wants prometheus "prometheus scrapes it"; then
		cat >"$work/prometheus.yml" <<-END
			global: {scrape_interval: 1s, evaluation_interval: 1s}
			rule_files: [$rules/tcpstate.rules.yml]
			scrape_configs:
			  - job_name: node
			    static_configs: [{targets: ["127.0.0.1:9100"]}]
		END
		start prometheus --config.file="$work/prometheus.yml" \
			--storage.tsdb.path="$work/tsdb" --web.listen-address=127.0.0.1:9090 \
			>"$work/prometheus.log" 2>&1
		check "prometheus scrapes it" until_true has_value \
			'tcpstate_records{namespace="blue"}' 2
		for name in records records_limit table_bytes handshake_syn_seconds_count; do
			check "prometheus has the tool's $name" until_true has_value \
				"tcpstate_${name}{namespace=\"blue\"}" \
				"$(tcpstate -N blue metrics | sed -n "s/^tcpstate_$name //p")"
		done
		if wants jq "the dashboard's queries have answers"; then
			check "the dashboard's queries have answers" until_true each_query_answers
		fi
		check "no alert fires" equal "$(ask_prometheus 'ALERTS{alertstate="firing"}')" ""
	fi
fi

done_testing
