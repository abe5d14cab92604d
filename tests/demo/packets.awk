# SPDX-License-Identifier: GPL-2.0-only
#
# packets.awk -v protocol=TCP -v port=5000: reads what tcpdump -n -v -tt prints, and prints a
# line for each packet of that protocol with that server's port:
#
#     SECONDS >|< FLAGS HEADERS PAYLOAD WINDOW
#
# ">" is from the client. HEADERS is the length of all headers from IPv4 on, by the packet's own
# total length. A datagram has the FLAGS "-" and the WINDOW "-".

# The first line of a packet: 1.5 IP (tos 0x0, ttl 64, ..., proto TCP (6), length 60)
/^[0-9]/ {
	time = $1
	wanted = index($0, "proto " protocol " ")
	total = $NF + 0
	next
}

# Its second line: 10.1.0.2.40000 > 10.2.0.2.5000: Flags [S], ..., win 64240, ..., length 0
wanted {
	from = $1
	to = $3
	sub(/:$/, "", to)
	if (to ~ "[.]" port "$")
		direction = ">"
	else if (from ~ "[.]" port "$")
		direction = "<"
	else
		next
	flags = window = "-"
	for (i = 4; i < NF; i++) {
		if ($i == "Flags")
			flags = $(i + 1)
		if ($i == "win")
			window = $(i + 1)
	}
	sub(/,$/, "", flags)
	sub(/,$/, "", window)
	print time, direction, flags, total - $NF, $NF, window
	wanted = 0
}
