#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Who will need promised memory, modelled while memory is full, and the negative control: kernel/mm/tests/users.c, boot after boot.

usage: users.py [--part N] [--kernel FILE] [--memory M] [--seed N]

A journal, a block cipher and packet receive run on 4 CPUs and 2 nodes, on 2 CPUs and on 1, with reservations: nothing may fail, be lost or
be wrong. The same seeds without must fail in each model. --part N does an Nth of the work, for slow variants.
Prints the kernel's line for each model of each boot, with seed and counts, and closes with `N passed, N failed`: a model of a boot each.
"""
import argparse
import re
import sys

import machine

MODELS = ("journal", "crypt", "receive")
SHAPES = ((4, 2), (2, 1), (1, 1))
HANDLES = 500
LIMIT = 150  # seconds for a boot; one takes 3 to 15 on a machine that is not busy


def run(kernel, memory, shape, is_bare, handles, seed):
    """Returns (what the kernel says of each model by its name, has all passed, the end of its output)."""
    cpus, nodes = shape
    words = "selftest=users users=%d users_seed=%d%s" % (handles, seed, " users_bare" if is_bare else "")
    extra = machine.node_args(nodes, cpus, memory) if nodes > 1 else ()
    out, timed_out = machine.boot(machine.qemu_args(kernel, None, "q35", cpus, memory, words, extra=extra), LIMIT)
    said = {found[1]: found[0] for found in re.finditer(r"users: (\w+) seed .*", out)}
    return said, not timed_out and "selftest: 1 passed, 0 failed" in out, out.splitlines()[-25:]


def has_passed(line, shape, is_bare, handles, seed):
    """Is @line that of a model that was really run like this, and kept its promise, or in the control did not?"""
    count = {name: int(value) for name, value in re.findall(r"(\w+) (\d+)", line)}
    asked = {"cpus": shape[0], "nodes": shape[1], "wanted": handles, "seed": seed}
    if any(count.get(name) != value for name, value in asked.items()) or (" bare " in line) != is_bare:
        return False
    if count["wrong"] or not count["done"]:
        return False
    if is_bare:
        return count["failed"] > 0 and not count["draws"]
    return not (count["failed"] or count["short"] or count["killed"]) and count["draws"] > 0 and count["starved"] > 0


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--part", type=int, default=1)
    parser.add_argument("--kernel", default="build/perennial.elf")
    parser.add_argument("--memory", type=int, default=128)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    handles = HANDLES // args.part
    passed = failed = 0
    for shape in SHAPES:
        for is_bare in (False, True):
            said, ok, end = run(args.kernel, args.memory, shape, is_bare, handles, args.seed)
            good = [m for m in MODELS if m in said and has_passed(said[m], shape, is_bare, handles, args.seed)]
            if not ok and len(good) == len(MODELS):
                good = []  # the kernel itself, or what came after the models, says no
            for model in MODELS:
                name = "%s, %d CPUs, %d nodes%s" % (model, *shape, ", bare" if is_bare else "")
                print("%s%s" % ("" if model in good else "FAIL ", said.get(model, name + ": nothing was heard")), flush=True)
            if len(good) < len(MODELS):
                print("\n".join("  | " + line for line in end))
            passed, failed = passed + len(good), failed + len(MODELS) - len(good)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
