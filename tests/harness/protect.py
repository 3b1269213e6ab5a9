#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Each protection of the kernel catches what it is for: crash=KIND must end in the right panic; selftests pass; boot options hold.

usage: protect.py [--kernel FILE] [--variant release|debug|asan|gcc]

Prints a line for each failed case and closes with `N passed, N failed`.
"""
import argparse
import re
import sys

import machine

# crash=KIND and the words its panic must have.
COMMON = {
    "null": "null pointer",
    "text": "page fault",
    "stack": "double fault",
    "assert": "assertion failed",
    "wx": "writable and executable",
    "smap": "user memory accessed directly",
}
BY_VARIANT = {
    "release": {"cfi": "kCFI", "exec-data": "kCFI"},
    "debug": {"cfi": "kCFI", "rank": "lock order: taking", "sleep": "sleep",
              "reserve-late": "lock order: taking RESERVATION depth 0 at .* while holding JOURNAL",
              "reserve-lock": "lock order: taking DEVICE depth 0 at .* while holding RESERVATION",
              "reserve-nest": "lock order: taking RESERVATION depth 0 at .* while holding RESERVATION",
              "reserve-wait": "waits inside a reservation", "reserve-user": "touches user memory inside a reservation",
              "reserve-floor": "nr_free >= zone_undrawn_locked"},
    "asan": {"cfi": "kCFI", "uaf": "use after free", "oob": "out of bounds", "bounds": "undefined behaviour"},
    "gcc": {"exec-data": "page fault"},
}
OPTIONS = ["nokaslr", "kaslr=first", "kaslr=last", "pv=nopatch", "pv=trace", "mitigations=off nosmap nosmep"]


def boot(kernel, cmdline, machine_name="microvm", cpus=2, memory=128):
    args = machine.qemu_args(kernel, None, machine_name, cpus, memory, cmdline)
    return machine.boot(args, 60)[0]


def check(results, name, ok, output):
    results[bool(ok)] += 1
    if not ok:
        print("FAIL %s" % name)
        for line in output.splitlines()[-12:]:
            print("  | " + line)


def check_crashes(results, kernel, variant):
    for kind, words in {**COMMON, **BY_VARIANT[variant]}.items():
        out = boot(kernel, "crash=" + kind)
        panic = re.search(r"panic: (.*)", out)
        check(results, "crash=" + kind, panic and re.search(words, panic[1]) and "end of panic" in out, out)


def check_leak(results, kernel, variant):
    """The leak check of the guest's first process names an object that was lost, and nothing else."""
    args = machine.qemu_args(kernel, "build/tests/guest.cpio", "microvm", 2, 1024 if variant == "asan" else 256,
                             "crash=leak tests=arch.none")
    out = machine.boot(args, 60)[0]
    leaks = re.findall(r"^leak: (\S+): (\d+)", out, re.M)
    check(results, "crash=leak", leaks == [("planted_leak", "1")] and "== done" in out, out)


def check_selftests(results, kernel):
    for machine_name, cpus in (("microvm", 2), ("q35", 1)):
        out = boot(kernel, "selftest=arch,smp,pages,reserve,mm", machine_name, cpus)
        check(results, "selftest on %s with %d CPUs" % (machine_name, cpus), "5 passed, 0 failed" in out, out)


def check_addresses_differ(results, kernel):
    outs = [boot(kernel, "crash=null") for _ in range(3)]  # two may draw the same slot by chance
    rips = [re.search(r"rip \w+:(\w+)", out) for out in outs]
    check(results, "boots have different addresses", all(rips) and len({r[1] for r in rips}) > 1, outs[1])
    outs = [boot(kernel, "nokaslr crash=null") for _ in range(2)]
    rips = [re.search(r"rip \w+:(\w+)", out) for out in outs]
    check(results, "nokaslr gives the same address", all(rips) and rips[0][1] == rips[1][1], outs[1])


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--kernel", default="build/perennial.elf")
    parser.add_argument("--variant", default="release", choices=sorted(BY_VARIANT))
    args = parser.parse_args()
    results = {True: 0, False: 0}
    check_crashes(results, args.kernel, args.variant)
    check_leak(results, args.kernel, args.variant)
    check_selftests(results, args.kernel)
    check_addresses_differ(results, args.kernel)
    for words in OPTIONS:
        out = boot(args.kernel, words + " selftest=arch")
        check(results, words, "1 passed, 0 failed" in out, out)
    print("%d passed, %d failed" % (results[True], results[False]))
    return 1 if results[False] else 0


sys.exit(main())
