# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rules about functions: names, kernel-doc, and those that may not be called. Sourced by
# style.sh, which sets work.
# shellcheck disable=SC2154

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

# The name of a function says in which file it is. (The generated files choose the names of
# what they call in netlink.c.)
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

# A caller has to know whether it may sleep, and what comes back, without reading the code.
rule_kernel_doc()
{
	awk -F : '$1 ~ /\.c$/ && $4 != "-" && $4 != "" {
		print $1 ":" $2 ": " $3 "() lacks " substr($0, index($0, $4))
	}' "$work/functions" |
		rule "every function that is not static has kernel-doc with Context: and Return:"
}

# A copy that does not know the size of its array wrote past a buffer of the kernel.
rule_bounded()
{
	code '\b(v?sprintf|str(n?cpy|n?cat)|stpn?cpy)[[:space:]]*\(' module tools |
		rule "no text is written without its array's size (snprintf, format_append)"
}
