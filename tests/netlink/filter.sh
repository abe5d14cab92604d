#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Each attribute of a filter passes the connections that match it, and no others, and so do
# expressions of filters: in lists, in counts, and in a flush.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
peers
ip addr add 127.1.2.3/8 dev lo
ip addr add 127.0.0.9/8 dev lo
ip addr add fd00:1::1/128 dev lo nodad
ip addr replace fe80::1/64 dev lo nodad
keep .

# pair NUMBER LISTENER FAMILY ADDRESS PORT ADDRESS PORT: connects from the first address to
# the second
pair()
{
	tell open "c$1" "$3" .
	[ "$1" != 9 ] || tell own "c$1" 1001
	tell option "c$1" reuseaddr 1
	tell bind "c$1" "$4" "$5"
	tell connect "c$1" "$6" "$7"
	[ "$2" != - ] || return
	tell connected "c$1"
	tell accept "s$1" "$2"
}

listener one 4 . 127.0.0.1 5000
listener two 4 . 127.1.2.3 5001
listener three 6 . ::1 5002
listener four 6 . fd00:1::1 5003
listener five 4 . 127.0.0.9 5002
pair 1 one 4 127.0.0.1 5001 127.0.0.1 5000
pair 2 two 4 127.0.0.1 5002 127.1.2.3 5001
pair 3 three 6 ::1 5001 ::1 5002
pair 4 four 6 fd00:1::1 5000 fd00:1::1 5003

# Forgotten, and picked up again in mid-stream
check "a flush may be of one port alone" equal \
	"$(ynl . --do flush --json '{"filter": {"responder": {"port-min": 5003}}}' --output-json)" \
	'{"count": 1}'
see "it is forgotten" -c 0 responder=*:5003
see "the others are not" -c 3
tell send c4 msg
tell receive s4 3
# The end with the lower port is taken to be the responder.
see "it is picked up again" initiator=*:5003 "flags=*picked_up*"

pair 5 one 4 127.1.2.3 5000 127.0.0.1 5000
tell shutdown c5
pair 6 two 4 127.1.2.3 5003 127.1.2.3 5001
tell close c6
tell close s6
pair 7 one 4 127.0.0.1 5004 127.0.0.1 5000
tell reset c7
pair 8 three 6 ::1 5003 ::1 5002
tell reset s8
# Wait until these are old; all further ones are new.
see "there are old ones" -c 8 age_s=10..1000
pair 9 five 4 127.0.0.1 5006 127.0.0.9 5002
pair 10 - 4 127.0.0.1 5005 127.0.0.1 5099
see "one was refused" verdict=refused
hold . "tcp dport 5098"
pair 11 - 6 ::1 5004 ::1 5098
see "one is opening" phase=open
listener six 6 . 'fe80::1%lo' 5007
pair 12 six 6 'fe80::1%lo' 5008 'fe80::1%lo' 5007
see "its SYN was sent again" phase=open "retransmits=[1-9]*"
# Close the socket, so that it repeats nothing more and the record stays.
tell close c11
release .
checks . filter.py

done_testing
