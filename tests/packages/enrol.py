#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""enrol.py PASSWORD LOG COMMAND...: runs COMMAND, a guest that starts shim's MokManager on its
serial line (stdin and stdout), and confirms there, as a person would, that the key that waits
is enrolled. Fails if a screen does not come within its time, and if the guest does not end."""
import os
import re
import select
import subprocess
import sys
import time

ENTER, DOWN = b"\r", b"\x1b[B"
# What each screen shows, and the keys that it gets
SCREENS = [
    (rb"Press any key to perform MOK management", [ENTER]),
    (rb"Enroll MOK(?s:.)*Enroll key from disk", [DOWN, ENTER]),
    (rb"View key 0", [DOWN, ENTER]),
    (rb"Enroll the key\(s\)\?", [DOWN, ENTER]),
    (rb"Password:", None),
    (rb"Perform MOK management(?s:.)*Reboot", [ENTER]),
]
PATIENCE = 600


def main():
    password, log = sys.argv[1].encode(), open(sys.argv[2], "wb")
    guest = subprocess.Popen(sys.argv[3:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    seen = b""
    for pattern, keys in SCREENS:
        deadline = time.monotonic() + PATIENCE
        while not re.search(pattern, seen):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([guest.stdout], [], [], left)[0]:
                guest.kill()
                sys.exit(f"no screen with {pattern.decode()!r} within {PATIENCE} s")
            data = os.read(guest.stdout.fileno(), 65536)
            if not data:
                sys.exit(f"the guest has ended before {pattern.decode()!r}")
            log.write(data)
            log.flush()
            # Positions of the cursor and colours
            seen += re.sub(rb"\x1b\[[0-9;?]*[A-Za-z=]", b"", data)
        seen = b""
        for key in keys or [password[i:i + 1] for i in range(len(password))] + [ENTER]:
            guest.stdin.write(key)
            guest.stdin.flush()
            time.sleep(0.5)  # sleep: the firmware drops keys that come too soon
    try:
        log.write(guest.communicate(timeout=PATIENCE)[0])
    except subprocess.TimeoutExpired:
        guest.kill()
        sys.exit("the guest does not restart")


main()
