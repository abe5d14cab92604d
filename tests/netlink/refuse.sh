#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Requests that are wrong: each is refused, and told what is wrong with it.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

load "$@"
checks . refuse.py

done_testing
