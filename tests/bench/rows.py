# SPDX-License-Identifier: GPL-2.0-only
"""The rows of kbench: run them, compare them with Linux's, judge them against the goals."""
import math
import re

import vm

GOAL_MEAN, GOAL_ROW = 1.0, 1.5
OUTSIDE = re.compile(r"user_|nanosleep_|par2_|tcp_|udp_")  # rows that the goals leave out


def linux():
    """{row: {column: figure}} of tests/bench/linux.tsv, with `unit`."""
    table, names = {}, []
    for line in open("tests/bench/linux.tsv"):
        if line.startswith("# test\t"):
            names = line[2:].split()
        if line.startswith("#"):
            continue
        words = line.split()
        table[words[0]] = {"unit": words[1], **{n: float(w) for n, w in zip(names[2:], words[2:])}}
    return table


def read(text):
    """{row: figure} and the failed tests of kbench's output."""
    rows = {m[1]: float(m[2]) for m in re.finditer(r"^(\w+) ([\d.]+(?:e\+\d+)?) (?:ns|MB/s|op/s)$", text, re.M)}
    failed = {m[1]: m[2] for m in re.finditer(r"^(\w+) FAIL (\S+)$", text, re.M)}
    return rows, failed


def measure(part, kernel, tests=(), icount=True, limit=3600):
    """Run kbench as a guest's first process; part names the record."""
    image = vm.cpio("kbench", {"init": "build/bench/kbench", "bin/sh": "/bin/busybox"})
    options = "-t 5 -r 3" if icount else "-t 3 -r 41 -p 10"
    args = vm.qemu(kernel, image, 1 if icount else 2, 512, " ".join(["--", options, *tests]), icount)
    text = vm.text_of(args, limit)
    rows, failed = read(text)
    if "KBENCH-DONE" not in text:
        print("\n".join(text.splitlines()[-20:]))
        raise SystemExit(f"bench: {part}: the run did not end")
    before = vm.recorded(part) if tests else None
    if before:  # rows measured apart join those of the last whole run
        rows = {**before["figures"]["rows"], **rows}
        failed = {name: why for name, why in before["figures"]["failed"].items() if name not in tests} | failed
    return vm.record(part, args, {"rows": rows, "failed": failed})


def ratio(row, unit, ours, theirs):
    """How many times Linux's cost ours is: below 1 is better, whatever the unit."""
    return ours / theirs if unit == "ns" else theirs / ours


def is_judged(row):
    return not OUTSIDE.match(row)


def mean(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else float("nan")
