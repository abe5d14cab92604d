#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# await, on which the other topics rely: it takes a count to be exact, unless the
# kernel's own counter says that segments were sent again; then the count may be that
# much larger.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# exactly CONDITION...: runs await once, as if nothing had been sent again until now
# shellcheck disable=SC2317 # check calls it
exactly()
{
	SENT_AGAIN=$(sent_again .) await -t 0 "$@"
}

load "$@"
peers
before=$(sent_again .)
listener l 4 . 127.0.0.1 5000
call c s l 4 . 127.0.0.1 5000
check "nothing was sent again: the counts are exact" exactly phase=established opening=2/1 \
	closing=0/0 flags=-
hold . "tcp dport 5000 tcp flags & fin == fin"
tell shutdown c
see "a FIN that is dropped is sent again, and counted" "closing=[3-9]/0"
release .
see "then it half-closes the connection" step=2/4
again=$(($(sent_again .) - before))
check "the kernel has counted it" between 2 "$again" 9
check "one FIN and its ACK are those that it would have been" await -t 0 closing=1/1
check "and each that was sent again" exactly "closing=$((1 + again))/[1-9]"
refute "no count is that of nothing sent again" exactly closing=1/1
refute "one more than was sent again is too many" await -t 0 closing=0/1
refute "a count that is larger is not there" await -t 0 "closing=$((2 + again))/1"
refute "bytes are exact at all times" await -t 0 bytes=1/0

done_testing
