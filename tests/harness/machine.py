# SPDX-License-Identifier: GPL-2.0-only
"""A QEMU machine for tests: one boot, its serial output, a time limit."""
import os
import subprocess
import tempfile
import time

CPU = "max,-erms,-fsrm,-la57"
DEBIAN = "debian-kernel@lists.debian.org"  # is in the version of Debian's kernels, and in their images


def node_args(nodes, cpus, memory):
    """QEMU's words for `nodes` nodes of equal memory, the processors dealt out in runs."""
    args = ["-smp", f"cpus={cpus},sockets={nodes}"]
    for n in range(nodes):
        size = memory * (n + 1) // nodes - memory * n // nodes
        first, last = cpus * n // nodes, cpus * (n + 1) // nodes - 1
        args += ["-object", f"memory-backend-ram,id=node{n},size={size}M",
                 "-numa", f"node,nodeid={n},memdev=node{n},cpus={first}-{last}"]
    return args


def qemu_args(kernel, initrd, machine="microvm", cpus=2, memory=512, cmdline="", icount=False, extra=()):
    """The command line of one test VM; the console is the first serial port on stdout."""
    accel = "tcg,thread=single" if icount else "tcg"
    smp = "1,maxcpus=2" if cpus == 1 and not icount else str(cpus)  # host/machine.c, processors(), says why
    args = ["qemu-system-x86_64", "-accel", accel, "-cpu", CPU, "-smp", smp, "-m", str(memory),
            "-nodefaults", "-no-user-config", "-nographic", "-no-reboot", "-serial", "stdio", "-kernel", kernel]
    if icount:
        args += ["-icount", "shift=0,sleep=off"]
    if machine == "microvm":
        args += ["-M", "microvm,rtc=on", "-global", "virtio-mmio.force-legacy=off", "-device", "virtio-rng-device"]
    else:
        args += ["-M", "q35", "-device", "virtio-rng-pci,disable-legacy=on"]
    if initrd:
        args += ["-initrd", initrd]
    return args + ["-append", "console=ttyS0 panic=-1 " + words_for(kernel) + cmdline] + list(extra)


def words_for(kernel):
    """What this kernel must be told about the emulator.

    Debian's kernel tries at boot whether the timer's interrupt comes, by waiting for a few ticks while it counts processor cycles.
    The emulator's timer is a thread of the host's: where that one is late, the kernel reports a bug of the firmware ("8254 timer not
    connected to IO-APIC") that there is not. no_timer_check is what Linux itself sets where it knows its hypervisor; it leaves out
    this trial and nothing else.
    """
    with open(kernel, "rb") as image:
        return "no_timer_check " if DEBIAN.encode() in image.read() else ""


def new_lines(log, rest):
    """(complete lines that came to the end of @log since the last call, the piece of a line that is left)."""
    text = rest + log.read()
    *lines, rest = text.split(b"\n")
    return [line.decode("utf-8", "replace").rstrip("\r") for line in lines], rest


def boot(args, seconds, follow=None):
    """Run QEMU to its end or for `seconds`; `follow` is called with each line a moment after it came. Returns (output text, timed_out)."""
    with tempfile.NamedTemporaryFile() as log, open(log.name, "rb") as reader:
        process = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        end, ended, rest = time.monotonic() + seconds, False, b""
        while not ended and time.monotonic() < end:
            try:
                process.wait(max(0, end - time.monotonic()) if follow is None else 1)
                ended = True
            except subprocess.TimeoutExpired:
                pass
            lines, rest = new_lines(reader, rest) if follow else ([], rest)
            for line in lines:
                follow(line)
        if not ended:
            process.kill()
            process.wait()
        reader.seek(0)
        return reader.read().decode("utf-8", "replace").replace("\r\n", "\n"), not ended


def debian_kernel(flavour="cloud"):
    """The unpacked ELF of Debian's kernel, or None when it was not fetched."""
    base = "build/debian"
    for root, _, files in os.walk(base):
        for name in files:
            if name.startswith("vmlinux") and flavour in os.path.join(root, name):
                return os.path.join(root, name)
    return None
