# SPDX-License-Identifier: GPL-2.0-only
"""Machines for the bench: one QEMU command line for both kernels, its output, the processor time it used."""
import datetime
import json
import os
import re
import shutil
import subprocess
import time

CPU = "max,-erms,-fsrm,-smap,-la57"
DIR = "build/bench"
OURS = "build/perennial.elf"
DEBIAN = "build/debian/cloud/vmlinux"
CMDLINE = "console=ttyS0 quiet tsc=reliable"


def tsc_khz(icount):
    """The rate of the guest's time stamp counter: one tick an instruction when QEMU counts them, else the host's."""
    if icount:
        return "1000000"
    return subprocess.run([os.path.join(DIR, "tsc")], capture_output=True, text=True, check=True).stdout.strip()


def qemu(kernel, initrd, cpus, memory, words="", icount=False):
    """The command line: the same for ours and for Debian's kernel but for the kernel. No first program without an @initrd."""
    args = ["qemu-system-x86_64", "-M", "microvm,rtc=on", "-cpu", CPU, "-smp", str(cpus), "-m", str(memory)]
    if icount:
        args += ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off"]
    else:
        args += ["-accel", "tcg,thread=multi"]
    return args + ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio",
                   "-kernel", kernel, *(["-initrd", initrd] if initrd else []), "-append",
                   f"{CMDLINE} tsc_early_khz={tsc_khz(icount)} {words}".strip()]


def start(args):
    return subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def stop(process):
    process.kill()
    process.wait()
    process.stdout.close()


def cpu_seconds(process):
    """Processor time of all threads a process has had, in seconds: its clock of the kind CPUCLOCK_SCHED."""
    return time.clock_gettime((~process.pid << 3) | 2)


def text_of(args, limit):
    """Run to the end, at most `limit` seconds; the console's text."""
    process = start(args)
    try:
        out, _ = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        process.kill()
        out, _ = process.communicate()
        out += b"\nbench: time limit\n"
    return out.decode("utf-8", "replace").replace("\r\n", "\n")


def cpio(name, files):
    """Pack {path: host file} and the usual empty directories as build/bench/NAME.cpio."""
    root = os.path.join(DIR, "root-" + name)
    shutil.rmtree(root, ignore_errors=True)
    for folder in ("dev", "proc", "sys", "tmp", "bin"):
        os.makedirs(os.path.join(root, folder))
    for path, source in files.items():
        shutil.copy(source, os.path.join(root, path))
        os.chmod(os.path.join(root, path), 0o755)
    image = os.path.abspath(f"{root}.cpio")
    with open(image, "wb") as out:
        subprocess.run("find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet", shell=True, cwd=root, stdout=out,
                       check=True)
    return image


def record(part, args, figures):
    """Keep what a part measured, with the command, the time and the commit it was measured at."""
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip()
    saved = {"command": " ".join(re.sub(r"^/.*/build/", "build/", word) if "/build/" in word else word for word in args),
             "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
             "commit": commit, "figures": figures}
    with open(os.path.join(DIR, part + ".json"), "w") as out:
        json.dump(saved, out, indent=1)
    return saved


def recorded(part):
    try:
        with open(os.path.join(DIR, part + ".json")) as saved:
            return json.load(saved)
    except FileNotFoundError:
        return None
