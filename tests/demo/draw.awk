# SPDX-License-Identifier: GPL-2.0-only
#
# draw.awk TCP UDP: draws the packets of two files (packets.awk) next to each other on one scale
# of time, between two lifelines each. A time is that at the client, in ms since the first packet
# of its protocol.

# fill(CHARACTER, COUNT)
function fill(character, count,    text)
{
	text = sprintf("%*s", count, "")
	gsub(/ /, character, text)
	return text
}

# One packet between its lifelines, or nothing between them
function drawn(direction, text)
{
	if (direction == ">")
		return "| " text " " fill("-", WIDTH - length(text) - 3) ">|"
	if (direction == "<")
		return "|<" fill("-", WIDTH - length(text) - 3) " " text " |"
	return "|" fill(" ", WIDTH) "|"
}

function heading(name,    left)
{
	left = int((WIDTH + 2 - 12 - length(name)) / 2)
	return "client" fill(" ", left) name fill(" ", WIDTH + 2 - 12 - length(name) - left) "server"
}

# The file whose packet comes first; an earlier row stays above a later one
function first(    column, best)
{
	for (column = 1; column <= 2; column++)
		if (at[column] <= n[column] &&
		    (!best || time[column, at[column]] < time[best, at[best]]))
			best = column
	return best
}

BEGIN { WIDTH = 41 }

FNR == 1 {
	column++
	begin = $1
}

{
	i = ++n[column]
	time[column, i] = ($1 - begin) * 1000
	direction[column, i] = $2
	what[column, i] = $3 == "-" ? "" : $3
	if ($5)
		what[column, i] = what[column, i] (what[column, i] == "" ? "" : " ") $5 " bytes"
}

END {
	at[1] = at[2] = 1
	printf "%8s  %s   %s\n", "ms", heading("TCP"), heading("UDP")
	while (column = first()) {
		i = at[column]++
		for (side = 1; side <= 2; side++)
			cell[side] = drawn(side == column ? direction[side, i] : "",
					   side == column ? what[side, i] : "")
		printf "%8.1f  %s   %s\n", time[column, i], cell[1], cell[2]
	}
}
