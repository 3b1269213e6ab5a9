# SPDX-License-Identifier: GPL-2.0-only
"""A BusyBox shell in 16 MiB: does it come, and what of the memory is the kernel's."""
import glob
import os
import re
import subprocess

import vm

MEMORY_MIB = 16
BUDGET_KIB = 6 * 1024
USER = ("AnonPages", "Cached", "Buffers")  # pages of programs and of the files of the initramfs
SCRIPT = """#!/bin/sh
/bin/busybox mount -t proc proc /proc
echo shell is here
/bin/busybox cat /proc/meminfo
echo shell is done
/bin/busybox poweroff -f
"""


def image_by_folder(variant="build/release"):
    """KiB of code and data each folder of kernel/ puts into the image, from its object files."""
    folders = {}
    for name in glob.glob(f"{variant}/kernel/**/*.o", recursive=True):
        folder = name[len(variant) + 1:].split("/")[1]
        folders.setdefault(folder, []).append(name)
    sizes = {}
    for folder, names in folders.items():
        out = subprocess.run(["size", *names], capture_output=True, text=True, check=True).stdout.splitlines()[1:]
        sizes[folder] = sum(int(line.split()[3]) for line in out) / 1024
    return sizes


def measure(kernel):
    """Boot with 16 MiB to a shell. Figures: meminfo at the shell, the image by folder, what the kernel holds in all."""
    script = os.path.join(vm.DIR, "small-init")
    with open(script, "w") as out:
        out.write(SCRIPT)
    image = vm.cpio("small", {"init": script, "bin/busybox": "/bin/busybox", "bin/sh": "/bin/busybox"})
    args = vm.qemu(kernel, image, 1, MEMORY_MIB)
    text = vm.text_of(args, 120)
    if "shell is done" not in text:
        print("\n".join(text.splitlines()[-20:]))
        return vm.record("small", args, {"reached": False})
    info = {m[1]: int(m[2]) for m in re.finditer(r"^(\S+):\s+(\d+) kB$", text, re.M)}
    user = sum(info.get(name, 0) for name in USER)
    return vm.record("small", args, {"reached": True, "meminfo": info, "image": image_by_folder(),
                                     "user": user, "resident": MEMORY_MIB * 1024 - info["MemFree"] - user})
