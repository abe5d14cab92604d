# SPDX-License-Identifier: GPL-2.0-only
# gnuplot -e 'folder="build"' growth.gnuplot: how the cost of a data segment grows.
set terminal svg size 720,420 font "sans,12" background "white"
set output folder."/bench.svg"
set title "a data segment, connections in random order"
set xlabel "connections"
set ylabel "ns"
set logscale x
set yrange [0:*]
set key top left
set grid
plot folder."/growth.tsv" using 1:3 with linespoints title "nf_conntrack", \
	"" using 1:2 with linespoints title "tcpstate"
