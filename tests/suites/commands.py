#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The rows of commands.list: the same stdout, stderr and status on our kernel as on Debian's.

usage: commands.py [--record] [--self-test] [--jobs N] [NAME...]

Linux's side is recorded in tests/expected/commands/NAME (with the hash of the row and the kernel's package version) by --record,
which runs each row twice on Debian's kernel in the same emulator and refuses rows that answer differently. --self-test damages
each recorded output and must see every one fail; it also runs before every comparison.
"""
import argparse
import concurrent.futures
import glob
import hashlib
import json
import os
import subprocess
import sys

import filters

LIST = "tests/suites/commands.list"
EXPECTED = "tests/expected/commands"
LIMIT = 200
opt_names = []  # rows asked for by name are recorded anew
DEBIAN = "build/debian/generic/boot/vmlinuz"


def rows():
    """[name, filters, shell text] of every row."""
    out = []
    for line in open(LIST):
        if line.startswith("== "):
            words = line[3:].split()
            out.append([words[0], words[1].split(",") if len(words) > 1 else [], ""])
        elif out:
            out[-1][2] += line
    return out


def row_hash(row):
    return hashlib.sha256(repr(row).encode()).hexdigest()[:16]


def run(kernel, text):
    args = ["build/perennial", "run", "--timeout", str(LIMIT), "--cpus", "2", "--env", "LC_ALL=C", "--env", "HOME=/root",
            "--env", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "--env", "ROW=" + text]
    if kernel == "debian":
        args += ["--kernel", DEBIAN]
    args += ["--", "bash", "-c", 'mkdir -p /tmp/row && cd /tmp/row && eval "$ROW"']
    result = subprocess.run(args, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT + 100,
                            env={k: v for k, v in os.environ.items() if "MAKE" not in k})
    return {"status": result.returncode, "out": result.stdout.decode("latin1"), "err": result.stderr.decode("latin1")}


def filtered(names, result):
    return {"status": result["status"], "out": filters.apply(names, result["out"].encode("latin1")).decode("latin1"),
            "err": filters.apply(names, result["err"].encode("latin1")).decode("latin1")}


def package_version():
    names = sorted(glob.glob("build/debian/generic/boot/System.map-*") + glob.glob("build/debian/generic/package/*"))
    return os.path.basename(names[0]) if names else "unknown"


def record(row):
    name, names, text = row
    if expected(row) and not opt_names:
        return None
    first, second = filtered(names, run("debian", text)), filtered(names, run("debian", text))
    if first != second:
        return f"FAIL {name}: Linux itself answers differently from run to run:\n  {first}\n  {second}"
    first.update(hash=row_hash(row), kernel=package_version())
    os.makedirs(EXPECTED, exist_ok=True)
    with open(f"{EXPECTED}/{name}", "w") as f:
        json.dump(first, f, indent=1)
        f.write("\n")
    return None


def expected(row):
    try:
        with open(f"{EXPECTED}/{row[0]}") as f:
            want = json.load(f)
    except FileNotFoundError:
        return None
    return want if want["hash"] == row_hash(row) else None


def compare(name, want, got):
    for key in ("status", "out", "err"):
        if want[key] != got[key]:
            return f"FAIL {name}: {key} is\n  {got[key]!r}\nnot\n  {want[key]!r}"
    return None


def judge(row):
    name, names, text = row
    want = expected(row)
    if want is None:
        return f"FAIL {name}: Linux's side is not recorded for this row (commands.py --record {name})"
    try:
        return compare(name, want, filtered(names, run("ours", text)))
    except subprocess.TimeoutExpired:
        return f"FAIL {name}: the launcher did not come back"


def self_test(chosen):
    """Each damaged output must be seen."""
    missed = []
    for row in chosen:
        want = expected(row)
        for key, damage in (("out", "x"), ("err", "x"), ("status", 1)) if want else ():
            got = dict(want)
            got[key] = got[key] + damage
            if compare(row[0], want, filtered(row[1], got)) is None:
                missed.append(f"FAIL self-test: damage to {key} of {row[0]} is not seen")
    return missed


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("names", nargs="*")
    opt = parser.parse_args()
    opt_names.extend(opt.names)
    chosen = [r for r in rows() if not opt.names or r[0] in opt.names]
    failures = [] if opt.record else self_test(chosen)
    passed = 0 if failures or opt.record else 1
    if not opt.self_test:
        with concurrent.futures.ThreadPoolExecutor(opt.jobs) as pool:
            for problem in pool.map(record if opt.record else judge, chosen):
                if problem:
                    failures.append(problem)
                    print(problem, flush=True)
                else:
                    passed += 1
    print(f"{passed} passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
