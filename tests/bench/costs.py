#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the kernel's allocators and promises of memory cost, in instructions: selftest=costs under -icount.

usage: costs.py [--kernel FILE]

By itself a test: the goals hold, and whoever does not reserve pays nothing for those who do. Closes with `N passed, N failed`.
"""
import argparse
import re
import sys

import vm

GOAL_PAIR = 150  # of a reservation's begin and end
OTHERS = 100     # reservations that are open in the second column
BLUR = 1.0       # instructions: what a tick of the timer may add to a figure of a batch
LINE = re.compile(r"costs: (\w+) (\w+) beside (\d+): ([\d.]+) ns")


def read(text):
    """{"page pair": [alone, beside others]}"""
    figures = {}
    for name, what, others, cost in LINE.findall(text):
        figures.setdefault(f"{name} {what}", [None, None])[int(others) == OTHERS] = float(cost)
    return figures


def args_of(kernel):
    args = vm.qemu(kernel, None, 1, 512, "selftest=costs", icount=True)
    return [word.replace(" quiet", "") for word in args]


def measure(kernel):
    args = args_of(kernel)
    return vm.record("costs", args, read(vm.text_of(args, 120)))


def judge(figures):
    """[(what is asked, is it so)]"""
    pair = figures.get("reservation pair", [None, None])
    goals = [(f"begin and end of a reservation under {GOAL_PAIR}", pair[0] is not None and pair[0] < GOAL_PAIR)]
    for row in ("page pair", "page get", "page give", "object pair", "object get", "object give"):
        alone, beside = figures.get(row, [None, None])
        same = alone is not None and beside is not None and abs(alone - beside) < BLUR
        goals.append((f"{row} the same beside {OTHERS} reservations", same))
    return goals


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--kernel", default=vm.OURS)
    opt = parser.parse_args()
    text = vm.text_of(args_of(opt.kernel), 120)
    figures = read(text)
    for row, (alone, beside) in figures.items():
        print(f"  {row:18} {alone:8} {beside:8}")
    goals = judge(figures)
    for what, is_so in goals:
        if not is_so:
            print("FAIL " + what)
    if not figures:
        print("\n".join(text.splitlines()[-20:]))
    failed = sum(not is_so for _, is_so in goals)
    print(f"{len(goals) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
