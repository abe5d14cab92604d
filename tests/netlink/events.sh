#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Events, as the kernel's own YNL client hears them.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
shorten .
checks . events.py

# A listener to every group does not hear the events of another namespace.
netns left right
start nsenter --net=/run/netns/right prejoin 1024 >"$work/right"
right=$pid
start events -n left -u 5998 >"$work/left"
left=$pid
said "$work/right" ^joined
said "$work/left" ^ready
shorten left
at left traffic -n 20 127.0.0.1 5998 >/dev/null
ends "a namespace's events are heard in it" "$left" "$work/left"
stop "$right"
check "and nowhere else" equal "$(total "$work/right" heard)" 0

done_testing
