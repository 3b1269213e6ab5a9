#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The guarantee of reservations under pressure, and its negative control: kernel/mm/tests/torture.c, boot after boot.

usage: torture.py [--sample [--part N]] [--kernel FILE] [--seed N] [--results FILE]

--sample runs a few thousand transactions for the `test` tier, --part N an Nth of them for slow variants. Otherwise the full figures: 1,000,000 on 4 CPUs and 2 nodes, 20,000 each on 1 and
2 CPUs and 1 node, in each school, and the control (the same seeds without reservations: at least one failure in 10,000). Runs are cut into
boots; each prints its seed, and its line goes to the results file behind a hash of the kernel's image. A later call with the same kernel finds it
there and goes on: resumable.
Prints a line for each failed boot and closes with `N passed, N failed`.
"""
import argparse
import hashlib
import os
import re
import sys

import machine

CHUNK = 20000
LINE = re.compile(r"torture: (seed .*)")


def plan(sample, seed, part):
    """(cpus, nodes, school, transactions, seed) of each boot; school "none" is the control."""
    if sample:
        shapes = [(4, 2, "both", 1000), (2, 1, "watermark", 2000), (1, 1, "token", 2000), (4, 2, "none", 10000), (2, 1, "none", 10000)]
        return [(*shape[:3], shape[3] // part, seed) for shape in shapes]
    boots = []
    for cpus, nodes in ((1, 1), (2, 1)):
        boots += [(cpus, nodes, school, CHUNK, seed) for school in ("both", "watermark", "token")]
        boots.append((cpus, nodes, "none", 10000, seed))
    boots += [(4, 2, school, CHUNK, seed) for school in ("watermark", "token")]
    boots.append((4, 2, "none", 10000, seed))
    return boots + [(4, 2, "both", CHUNK, seed + i) for i in range(1000000 // CHUNK)]


def key(boot):
    cpus, nodes, school, transactions, seed = boot
    return "seed %d school %s cpus %d nodes %d transactions %d " % (seed, school, cpus, nodes, transactions)


def run(kernel, boot, memory):
    """Returns (passed, the kernel's line or the end of its output)."""
    cpus, nodes, school, transactions, seed = boot
    words = "selftest=torture torture=%d torture_seed=%d " % (transactions, seed)
    words += "torture_bare" if school == "none" else "reserve_school=" + school
    extra = machine.node_args(nodes, cpus, memory) if nodes > 1 else ()
    out, timed_out = machine.boot(machine.qemu_args(kernel, None, "q35", cpus, memory, words, extra=extra), 60 + transactions // 20)
    found = LINE.search(out)
    ok = found and not timed_out and "selftest: 1 passed, 0 failed" in out and found[1].startswith(key(boot))
    return bool(ok), found[1] if ok else "\n".join("  | " + line for line in out.splitlines()[-15:])


def prefix(kernel, memory):
    """What a line of the results file begins with: it says nothing of another image, or of the same one with other memory."""
    with open(kernel, "rb") as file:
        return "kernel %s memory %d " % (hashlib.sha256(file.read()).hexdigest()[:16], memory)


def lines_of(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("--part", type=int, default=1)
    parser.add_argument("--kernel", default="build/perennial.elf")
    parser.add_argument("--memory", type=int, default=128)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--results", default="build/torture.txt")
    args = parser.parse_args()
    done = [] if args.sample else lines_of(args.results)
    passed = failed = 0
    for boot in plan(args.sample, args.seed, args.part):
        on = prefix(args.kernel, args.memory)
        if any(line.startswith(on + key(boot)) for line in done):
            passed += 1
            continue
        ok, text = run(args.kernel, boot, args.memory)
        print(("" if ok else "FAIL " + key(boot) + "\n") + text, flush=True)
        passed, failed = passed + ok, failed + (not ok)
        if ok and not args.sample:
            with open(args.results, "a", encoding="utf-8") as file:
                file.write(on + text + "\n")
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
