#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Run the guest tests in one VM and judge every case.

usage: guest.py [--kernel FILE] [--machine microvm|q35] [--cpus N] [--nodes N] [--memory MiB] [--tests a,b] [--limit SECONDS]
                [--append WORDS] [--times N] [--icount] [--verbose]

--nodes (with q35): memory and processors are divided among that many.
--times: the N slowest programs and the N slowest cases. With --icount the machine's clock counts instructions, so what else the
host does is not in these times (slow; --cpus 1 where programs spin for each other).
Prints a line for each failed case and what it said, the console's end when the kernel died, and closes with `N passed, N failed`.
"""
import argparse
import re
import sys

import machine

# What a test does on purpose, and what Linux says of a mount option that one passes.
NO_COMPLAINT = re.compile(r"expected|mand mount option")


def judge(output, timed_out):
    """Cases by name from the console's text: (passed, failed, problems)."""
    passed, failed, problems, program, said = [], [], [], None, []
    for line in output.splitlines():
        if line.startswith("  "):
            said.append(line)
        elif m := re.match(r"== (\S+)$", line):
            program = m[1]
        elif m := re.match(r"ok (\w+) \d+$", line):
            passed.append(f"{program}: {m[1]}")
            said = []
        elif m := re.match(r"FAIL (.*)$", line):
            failed.append("\n".join([f"{program}: {m[1]}"] + said[-5:]))
            said = []
        elif (m := re.match(r"not here: (\w+)$", line)) and machine.DEBIAN not in output:
            failed.append(f"{program}: {m[1]} was not run on a kernel that is not Debian's")
        elif m := re.match(r"-- (\S+) (\d+) (\d+)$", line):
            if int(m[2]) > 100:
                failed.append(f"{m[1]}: ended with status {m[2]}")
            program = None
    if "== done" not in output:
        why = "time limit" if timed_out else "the machine stopped"
        failed.append(f"{program or 'boot'}: {why} before the end")
        problems = output.splitlines()[-40:]
    for line in output.splitlines():
        if re.search(r"\b(warning|panic|BUG|leak):", line, re.I) and not NO_COMPLAINT.search(line):
            failed.append(f"kernel: {line}")
    return passed, failed, problems


def slowest(output, count):
    """The `count` programs and the `count` cases that took longest, as lines."""
    programs, cases, program = [], [], None
    for line in output.splitlines():
        if m := re.match(r"== (\S+)$", line):
            program = m[1]
        elif m := re.match(r"ok (\w+) (\d+)$", line):
            cases.append((int(m[2]), f"{program}: {m[1]}"))
        elif m := re.match(r"-- (\S+) \d+ (\d+)$", line):
            programs.append((int(m[2]), m[1]))
    total = sum(ms for ms, _ in programs)
    return [f"{ms:7} ms  {name}" for ms, name in [(total, "all"), *sorted(programs)[:-count - 1:-1], *sorted(cases)[:-count - 1:-1]]]


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--kernel", default="build/perennial.elf")
    parser.add_argument("--initrd", default="build/tests/guest.cpio")
    parser.add_argument("--machine", default="microvm")
    parser.add_argument("--cpus", type=int, default=2)
    parser.add_argument("--nodes", type=int, default=0)
    parser.add_argument("--memory", type=int, default=512)
    parser.add_argument("--tests", default="")
    parser.add_argument("--limit", type=int, default=300)
    parser.add_argument("--append", default="")
    parser.add_argument("--times", type=int, default=0)
    parser.add_argument("--icount", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    opt = parser.parse_args()

    words = opt.append + (f" tests={opt.tests}" if opt.tests else "")
    extra = machine.node_args(opt.nodes, opt.cpus, opt.memory) if opt.nodes else ()
    output, timed_out = machine.boot(
        machine.qemu_args(opt.kernel, opt.initrd, opt.machine, opt.cpus, opt.memory, words, opt.icount, extra), opt.limit)
    passed, failed, problems = judge(output, timed_out)
    if opt.verbose:
        print(output)
    if opt.times:
        print("\n".join(slowest(output, opt.times)))
    for case in failed:
        print("FAIL", case)
    if failed:
        print("\n".join("  | " + line for line in problems))
    print(f"{len(passed)} passed, {len(failed)} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
