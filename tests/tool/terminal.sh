# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A terminal for tests of what fills one: tmux with one window, whose contents can
# be read and whose size can change. Sourced after lib.sh.

export TMUX_TMPDIR=${work:?}

in_tmux()
{
	tmux -L test -f /dev/null "$@"
}

# terminal COLUMNS ROWS: opens the window, with a shell
terminal()
{
	start tmux -L test -f /dev/null -D
	until_true tmux_answers || die "tmux does not start"
	in_tmux new-session -d -s test -x "$1" -y "$2" \
		"PS1='ready \$ ' exec bash --norc --noprofile -i" ||
		die "no terminal"
	shows "ready \\$" >/dev/null || die "no shell in the terminal"
}

tmux_answers()
{
	in_tmux show-options -g >"$work/tmux" 2>&1
}

# keys KEY...: as if typed, in the names of tmux
keys()
{
	in_tmux send-keys -t test "$@"
}

# writes TEXT: as it is, and Enter
writes()
{
	in_tmux send-keys -t test -l "$1"
	keys Enter
}

resize()
{
	in_tmux resize-window -t test -x "$1" -y "$2"
}

screen()
{
	in_tmux capture-pane -p -t test
}

on_screen()
{
	screen >"$work/screen"
	grep -qE -- "$1" "$work/screen"
}

not_on_screen()
{
	! on_screen "$1"
}

# shows PATTERN: a line of the screen comes to be like that
shows()
{
	until_true on_screen "$1" || { cat "$work/screen" ; return 1 ; }
}

# hides PATTERN: none is, any more
hides()
{
	until_true not_on_screen "$1" || { cat "$work/screen" ; return 1 ; }
}
