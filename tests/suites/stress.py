#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A mix of stress-ng's stressors on our kernel: nothing is lost, nothing is left behind, nothing is warned about.

usage: stress.py [--minutes N] [--round SECONDS] [--width N] [--cpus N] [--memory MiB] [--seed N] [--keep FILE]
                 [--kernel FILE] [STRESSOR...]

The stressors of stress.list are shuffled (--seed) and run --width at a time, --round seconds each, until --minutes are full. A
round passes when stress-ng ends with 0, no process is left that was not there, every type of the object registry has as many
instances as after the warm-up and free memory is where it was (within SLACK_KIB). The log must hold no warning. --keep writes the
guest's whole output. Ends with `N passed, N failed`.
"""
import argparse
import random
import re
import subprocess
import sys

LIST = "tests/suites/stress.list"
GUEST = "tests/suites/stress-guest.sh"
LOG = "build/stress.log"
WARM_UP_SECONDS = 10
# Partly filled slabs and pages on the lists of the CPUs: free memory can't come back to the page.
SLACK_KIB = 4096
# kmalloc's sizes and names in caches come and go with what the kernel remembers; a leak grows with the work done.
SLACK_OBJECTS = {"dentry": 64, "p9_inode": 32, "ovl_inode": 32, "kmalloc-*": 96, "xa_node": 24, "magazine": 400}
DEFAULT_SLACK = 4
COMPLAINT = re.compile(r"^stress-ng: (fail|error|warn): ")
WARNING = re.compile(r"\b(warning|BUG|panic|leak|assertion|stall|lock rank|deadlock|call trace|Oops)\b", re.I)


def stressors(only):
    """[words] of each stressor: --name 1 and its options."""
    out = []
    for line in open(LIST):
        words = line.split("#")[0].split()
        if words and (not only or words[0] in only):
            out.append(["--" + words[0], "1"] + words[1:])
    return out


def rounds(chosen, opt):
    """The lines of the rounds: every stressor once before one comes again."""
    count = max(1, opt.minutes * 60 // opt.round)
    order, lines, pick = random.Random(opt.seed), [], []
    for _ in range(count):
        words = []
        for _ in range(min(opt.width, len(chosen))):
            if not pick:
                pick = chosen[:]
                order.shuffle(pick)
            words += pick.pop()
        lines.append(" ".join(words))
    return lines


def run(opt):
    chosen = stressors(opt.stressor)
    lines = rounds(chosen, opt)
    env = {"ROUNDS": "\n".join(lines), "EVERYTHING": " ".join(word for words in chosen for word in words),
           "SECONDS_OF_WARM_UP": WARM_UP_SECONDS, "SECONDS_OF_ROUND": opt.round, "LC_ALL": "C",
           "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    limit = 300 + 3 * opt.round * len(lines)
    args = ["build/perennial", "run", "--user", "root", "--cpus", str(opt.cpus), "--memory", str(opt.memory),
            "--timeout", str(limit), "--log", LOG]
    for name, value in env.items():
        args += ["--env", f"{name}={value}"]
    if opt.kernel:
        args += ["--kernel", opt.kernel]
    result = subprocess.run(args + ["--", "bash", "-c", open(GUEST).read()], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return lines, result.returncode, result.stdout.decode("utf-8", "replace")


def snapshots(text):
    """{name: [(free KiB, {type: live}, [process])]} in the order they were taken."""
    out = {}
    for m in re.finditer(r"^== snapshot (\S+)\n(.*?)== objects\n(.*?)== processes\n(.*?)== end$", text, re.M | re.S):
        free = int(re.search(r"^MemFree:\s+(\d+)", m[2], re.M)[1])
        live = {line.split()[0]: int(line.split()[4]) for line in m[3].splitlines()[1:]}
        out.setdefault(m[1], []).append((free, live, m[4].splitlines()))
    return out


def slack(name):
    return SLACK_OBJECTS.get("kmalloc-*" if name.startswith("kmalloc-") else name, DEFAULT_SLACK)


def differences(before, after):
    """What is not back where it began, as lines."""
    (free0, live0, _), (free1, live1, processes) = before, after
    out = [f"{name}: {live0.get(name, 0)} before, {count} after" for name, count in live1.items()
           if count > live0.get(name, 0) + slack(name)]
    if free1 < free0 - SLACK_KIB:
        out.append(f"free memory: {free0} KiB before, {free1} after")
    allowed = ("[", "bash", "/bin/bash", "perennial", "/perennial", "/init")
    out += [f"process left: {line.strip()}" for line in processes
            if not line.split(None, 2)[2].startswith(allowed) or " Z" in line]
    return out


def complaints(status):
    """What stress-ng itself says about its end."""
    return [line for line in status[1].splitlines() if COMPLAINT.search(line)][:20] if status else []


def last_words(text):
    """The ends of what came from the guest and of its log: the next run overwrites that."""
    return text.splitlines()[-40:] + open(LOG, errors="replace").read().splitlines()[-20:]


def judge(lines, status, text):
    """(passed, [failure])."""
    failures, passed, taken = [], 0, snapshots(text)
    if "== done" not in text:
        failures.append(f"the run did not end (status {status}); its last words:\n    " + "\n    ".join(last_words(text)))
    if "warm-up" not in taken:
        return 0, failures + ["no snapshot after the warm-up"]
    before = (max(s[0] for s in taken["warm-up"]), taken["warm-up"][-1][1], taken["warm-up"][-1][2])
    for number, line in enumerate(lines, 1):
        status = re.search(rf"^== round {number}\n(.*?)^== status (\d+)$", text, re.M | re.S)
        found = min((differences(before, s) for s in taken.get(str(number), [])), key=len, default=["it never ended"])
        if not status or status[2] != "0":
            found = [f"stress-ng ended with {status[2] if status else 'nothing'}"] + complaints(status) + found
        if found:
            failures.append(f"round {number} ({line}):\n    " + "\n    ".join(found))
        else:
            passed += 1
    log = open(LOG, errors="replace").read() + text[text.find("== log"):]
    failures += sorted({"log: " + line for line in log.splitlines() if WARNING.search(line) and "command line:" not in line})[:20]
    return passed, failures


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--round", type=int, default=30)
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--cpus", type=int, default=4)
    parser.add_argument("--memory", type=int, default=2048)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep")
    parser.add_argument("--kernel")
    parser.add_argument("stressor", nargs="*")
    opt = parser.parse_args()

    lines, status, text = run(opt)
    if opt.keep:
        open(opt.keep, "w").write(text)
    passed, failures = judge(lines, status, text)
    for failure in failures:
        print("FAIL", failure)
    print(f"{passed} passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
