#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Run the steps of a tier (tests/tiers.list), one after the other, and add up what they counted.

usage: tiers.py TIER [STEP...]

Every step is a command that prints `N passed, N failed[, N skipped]`; it has a time limit. Prints a line for each step while it
runs, the full output of a step that failed, and closes with the sum. A step that prints no such line, runs out of time or exits
with an error although nothing failed counts as one failure.
"""
import os
import re
import signal
import subprocess
import sys
import time

LIST = "tests/tiers.list"
LINE = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)


def steps(tier):
    for line in open(LIST):
        line = line.split("#")[0].strip()
        if not line:
            continue
        tiers, name, limit, command = line.split(None, 3)
        if tier in tiers.split(","):
            yield name, int(limit), command


def run(command, limit):
    """(output, exit status or None at the limit); the step's whole process group ends with it."""
    process = subprocess.Popen(["bash", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, start_new_session=True)
    try:
        output, _ = process.communicate(timeout=limit)
        return output.decode("utf-8", "replace"), process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        return output.decode("utf-8", "replace"), None


def judge(output, status):
    """(passed, failed, skipped) of one step."""
    counts = LINE.findall(output)
    if not counts:
        return 0, 1, 0
    passed, failed, skipped = (int(n or 0) for n in counts[-1])
    if (status is None or status != 0) and not failed:
        failed = 1
    return passed, failed, skipped


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    tier, only = sys.argv[1], set(sys.argv[2:])
    total = [0, 0, 0]
    for name, limit, command in steps(tier):
        if only and name not in only:
            continue
        print(f"[{name}] {command}", flush=True)
        start = time.monotonic()
        output, status = run(command, limit)
        counts = judge(output, status)
        total = [a + b for a, b in zip(total, counts)]
        why = f", stopped at its limit of {limit} s" if status is None else ""
        if counts[1]:
            print(output[-20000:])
        for line in re.findall(r"^SKIP.*$", output, re.M):
            print("  " + line)
        print(f"[{name}] passed {counts[0]}, failed {counts[1]}, skipped {counts[2]} "
              f"in {time.monotonic() - start:.0f} s{why}", flush=True)
    print(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped")
    sys.exit(1 if total[1] or not total[0] else 0)


if __name__ == "__main__":
    main()
