# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rules about words, in scripts and in text. Sourced by style.sh.

# A test that sleeps is slow or, on a busy machine, wrong. tests/guest is no test, but what the
# tests run on, and needs processes that hang. tests/style* has these words as patterns.
rule_sleep()
{
	local before='(^|[;&|({`]|\b(do|then|else|while|until|time|exec|if)\b|--)[[:space:]]*'

	# shellcheck disable=SC2016 # $ is a character here
	find tests \( -path tests/guest -o -path 'tests/style*' \) -prune -o -type f -print |
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
	local all=(module tools tests docs contrib debian Makefile Kbuild README.md
		CONTRIBUTING.md SECURITY.md)

	said "(^|[^A-Za-z])($retired)$behind" "${all[@]}" |
		rule "one word for one thing (see Words in docs/architecture.md)"
	{
		said "(^|[^A-Za-z_])($idioms)$behind" "${all[@]}"
		said '(^|["*#/.?!:;])[[:space:]]*(Of|Who(ever|se)?) [a-z]' "${all[@]}"
	} | rule "sentences are plain English, with the subject first"
}
