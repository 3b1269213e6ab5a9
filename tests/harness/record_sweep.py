#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Write tests/guest/bad/sweep_expected.h: what Debian's kernel answers to bad arguments (tests/guest/bad/sweep_test.c).

usage: record_sweep.py [--kernel VMLINUX]

Boots the kernel twice; an answer that differs between the two runs is an error, because no test can hold it against ours.
"""
import argparse
import re
import sys

import machine

OUT = "tests/guest/bad/sweep_expected.h"
HEAD = """/* SPDX-License-Identifier: GPL-2.0-only */
/* Written by tests/harness/record_sweep.py from the answers of Debian's kernel {release}. 1: not tried. */
#pragma once

struct expected_line {{
	const char *call;
	int arg;
	short codes[14];
}};

/* clang-format off */
static const struct expected_line expected_lines[] = {{
"""


def record(kernel):
    args = machine.qemu_args(kernel, "build/tests/guest.cpio", memory=1024,
                             cmdline="tests=bad.sweep sweep_record tsc_early_khz=2600000")
    output, timed_out = machine.boot(args, 300)
    if timed_out or "ok bad_arguments_give_linux_errno" not in output:
        sys.exit("the sweep did not end:\n" + output[-2000:])
    release = re.search(r"Linux version (\S+)", output)[1]
    return release, [line[2:] for line in output.splitlines() if line.startswith("R { ")]


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--kernel", default="build/debian/generic/vmlinux")
    opt = parser.parse_args()
    release, first = record(opt.kernel)
    _, second = record(opt.kernel)
    differing = [a for a, b in zip(first, second) if a != b]
    if differing or len(first) != len(second):
        sys.exit("not the same twice:\n" + "\n".join(differing))
    with open(OUT, "w") as f:
        f.write(HEAD.format(release=release))
        f.writelines("\t" + line.replace(", } }", " } }") + "\n" for line in first)
        f.write("};\n#define NR_EXPECTED (int)(sizeof(expected_lines) / sizeof(expected_lines[0]))\n")
    print(f"{len(first)} lines from {release}")


if __name__ == "__main__":
    main()
