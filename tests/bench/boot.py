# SPDX-License-Identifier: GPL-2.0-only
"""Boot time: processor seconds of QEMU from its start to the first user-space write, the kernels in turn."""
import statistics
import time

import vm

LINE = b"first user-space write"
ROUNDS = 7
GOAL_DEBIAN = 0.10
GOAL_MINIMAL = 0.25
MINIMAL_LINUX = 1.0  # seconds, measured once on the same emulator (tests/bench/linux.tsv says which Linux)


def once(args):
    """(processor seconds, wall seconds) of one boot; None when the line never came."""
    begin = time.monotonic()
    process = vm.start(args)
    seen = b""
    while LINE not in seen:
        chunk = process.stdout.read1(4096)
        if not chunk:
            vm.stop(process)
            return None
        seen += chunk
    spent = vm.cpu_seconds(process), time.monotonic() - begin
    vm.stop(process)
    return spent


def measure(kernels):
    """The median of ROUNDS boots of each kernel, in turn: {name: [cpu, wall]}."""
    initrd = vm.cpio("first", {"init": "build/bench/first-init"})
    commands = {name: vm.qemu(kernel, initrd, 2, 512) for name, kernel in kernels.items()}
    spent = {name: [] for name in kernels}
    for _ in range(ROUNDS):
        for name, args in commands.items():
            result = once(args)
            if result is None:
                raise SystemExit(f"bench: {name} did not reach user space: {' '.join(args)}")
            spent[name].append(result)
    figures = {name: [statistics.median(r[i] for r in results) for i in (0, 1)] for name, results in spent.items()}
    return vm.record("boot", commands["ours"], figures)
