#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Measure Perennial beside Linux in the same emulator.

usage: bench.py [--parts boot,small,costs,stalls,icount,seconds] [--ours-only] [--tests a,b] [--write FILE]

Each part keeps its figures in build/bench/PART.json with the command, date and commit, so parts can be measured apart
and the report always shows the last of each. --ours-only leaves Debian's kernel as it was measured last. Prints the
report; --write also writes it. Ends with the number of goals met and missed, and exits with 1 when one is missed.
"""
import argparse
import re
import sys

import boot
import costs
import report
import rows
import small
import stalls
import vm

PARTS = ("boot", "small", "costs", "stalls", "icount", "seconds")


def measure_rows(part, ours_only, tests):
    is_icount = part == "icount"
    rows.measure(part, vm.OURS, tests, is_icount)
    if not ours_only:
        rows.measure(part + "-debian", vm.DEBIAN, tests, is_icount)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--ours-only", action="store_true")
    parser.add_argument("--tests", default="")
    parser.add_argument("--write")
    opt = parser.parse_args()

    for part in filter(None, opt.parts.split(",")):
        if part not in PARTS:
            parser.error(f"no such part: {part}")
        print(f"bench: {part}", file=sys.stderr, flush=True)
        if part == "boot":
            boot.measure({"ours": vm.OURS, "Debian": vm.DEBIAN})
        elif part == "small":
            small.measure(vm.OURS)
        elif part == "costs":
            costs.measure(vm.OURS)
        elif part == "stalls":
            stalls.measure(opt.ours_only)
        else:
            measure_rows(part, opt.ours_only, [t for t in opt.tests.split(",") if t])
    text = report.text()
    print(text)
    if opt.write:
        with open(opt.write, "w") as out:
            out.write(text)
    missed, met = text.count("**missed**"), len(re.findall(r": met\b", text))
    print(f"{met} passed, {missed} failed")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
