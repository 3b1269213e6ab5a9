#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Proves that torture.py takes over a boot's result from its file only for the same kernel, and does every other one again.

The machine is played: it counts boots and says what the kernel would. Ends with `N passed, N failed`.
"""
import contextlib
import io
import os
import re
import sys
import tempfile

import machine
import torture


class Machine:
    """Passes every boot; of the one whose number is @fails nothing is heard."""

    def __init__(self, fails=None):
        self.boots, self.fails = 0, fails

    def boot(self, args, limit):
        line = " ".join(args)
        self.boots += 1
        if self.boots == self.fails:
            return "", True
        transactions, seed = re.search(r"torture=(\d+) torture_seed=(\d+)", line).groups()
        school = re.search(r"reserve_school=(\w+)", line)
        shape = (seed, school[1] if school else "none", re.search(r"-smp (\d+)", line)[1], 1 + ("nodeid=1" in line), transactions)
        return "torture: seed %s school %s cpus %s nodes %s transactions %s done\nselftest: 1 passed, 0 failed\n" % shape, False


def boots(directory, image, *args, fails=None):
    """How many boots a call with a kernel of these bytes makes, and what its last line says."""
    with open(directory + "/kernel", "wb") as file:
        file.write(image)
    played, out = Machine(fails), io.StringIO()
    machine.boot = played.boot
    sys.argv = ["torture.py", "--kernel", directory + "/kernel", "--results", directory + "/results", *args]
    with contextlib.redirect_stdout(out):
        torture.main()
    return played.boots, out.getvalue().splitlines()[-1]


def main():
    every = len(torture.plan(False, 1, 1))
    all_passed = "%d passed, 0 failed" % every
    with tempfile.TemporaryDirectory() as directory:
        cases = [
            ("a boot that failed counts", boots(directory, b"first", fails=3), (every, "%d passed, 1 failed" % (every - 1))),
            ("what has passed is not done again, what has failed is", boots(directory, b"first"), (1, all_passed)),
            ("then nothing is", boots(directory, b"first"), (0, all_passed)),
            ("another kernel does all", boots(directory, b"second"), (every, all_passed)),
            ("other memory does all", boots(directory, b"second", "--memory", "256"), (every, all_passed)),
            ("other seeds do all", boots(directory, b"second", "--seed", "1001"), (every, all_passed)),
            ("the first kernel's results are still there", boots(directory, b"first"), (0, all_passed)),
        ]
        old = directory + "/results"
        with open(old, encoding="utf-8") as file:
            lines = file.read()
        with open(old, "w", encoding="utf-8") as file:
            file.write(re.sub(r"^.*?(?=seed )", "", lines, flags=re.M))
        cases.append(("a line that names no kernel is nobody's", boots(directory, b"first"), (every, all_passed)))
        os.unlink(old)
        cases.append(("a sample does all", boots(directory, b"first", "--sample"), (5, "5 passed, 0 failed")))
    failed = [(name, got, wanted) for name, got, wanted in cases if got != wanted]
    for name, got, wanted in failed:
        print("FAIL %s: %s, not %s" % (name, got, wanted))
    print("%d passed, %d failed" % (len(cases) - len(failed), len(failed)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
