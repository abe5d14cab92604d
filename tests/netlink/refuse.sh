#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Requests that are wrong: each is refused with a message that says what is wrong.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
checks . refuse.py

done_testing
