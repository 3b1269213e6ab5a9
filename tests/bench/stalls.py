# SPDX-License-Identifier: GPL-2.0-only
"""The longest wait for a page while others take all memory: plain, locked in before, and (ours alone) inside of `reserve`."""
import os
import re
import subprocess

import vm

TOUCHES = 20480
RESERVE = "8M"
FILES_BYTES = 64 << 20  # more than is left for the page cache
LIMIT = 240
GOAL = 0.01  # the longest wait inside of a reserve, of the one without
LINE = re.compile(r"^stalls: (\S+) touches (\d+) p50 (\d+) p99 (\d+) longest (\d+) stalls (\d+) lost (\d+)$", re.M)
DEBIAN = ["--kernel", "build/debian/generic/boot/vmlinuz", "--machine", "q35"]
RUNS = [("Perennial", "plain", "fault"), ("Perennial", "reserved", "fault"), ("Perennial", "locked", "locked"),
        ("Debian", "plain", "fault"), ("Debian", "locked", "locked")]


def files():
    """Some large files of this machine: the same ones each time."""
    found = []
    for folder, _, names in os.walk("/usr/lib"):
        paths = (os.path.join(folder, name) for name in names)
        found += [(os.path.getsize(path), path) for path in paths if os.path.isfile(path) and not os.path.islink(path)]
    chosen, total = [], 0
    for size, path in sorted(found, reverse=True):
        if total < FILES_BYTES and size < FILES_BYTES // 2:
            chosen.append(path)
            total += size
    return chosen


def command(kernel, name, kind):
    """One CPU, whose nanoseconds are instructions: what other machines of the host do is not in the figures."""
    words = ["build/perennial", "run", "--memory", "256", "--cpus", "1", "--user", "root", "--timeout", str(LIMIT),
             "--qemu-arg", "-icount", "--qemu-arg", "shift=0,sleep=off", *(DEBIAN if kernel == "Debian" else []), "--"]
    if name == "reserved":
        words += [os.path.abspath("build/reserve"), RESERVE]
    return words + [os.path.abspath("build/bench/stalls"), name, kind, str(TOUCHES)]


def measure(ours_only):
    figures = {}
    before = vm.recorded("stalls")
    for kernel, name, kind in RUNS:
        key = f"{kernel}, {name}"
        if kernel == "Debian" and ours_only:
            if before and key in before["figures"]:
                figures[key] = before["figures"][key]
            continue
        out = subprocess.run(command(kernel, name, kind) + files(), capture_output=True, text=True)
        found = LINE.search(out.stdout)
        if not found or int(found[7]):
            raise SystemExit(f"bench: stalls: {key}: {out.stdout[-500:]}{out.stderr[-500:]}")
        figures[key] = [int(n) for n in found.groups()[2:6]]
    return vm.record("stalls", command("Perennial", "reserved", "fault") + ["FILE..."], figures)
