#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Large programs of Debian with one allocation that was drawn made to fail in each run: the kernel goes on and gets everything back.

usage: injection.py [--draws N] [--seed N] [--kernel FILE] [PROGRAM...]

Each program is one `perennial run`; inject_draw.c does the runs and judges them. Prints `N passed, N failed`. What Linux has of fault injection
Debian's kernel is built without: the format follows its documentation, and there is nothing to compare with.
"""
import argparse
import os
import subprocess
import sys
import tempfile

PROGRAMS = {
    "bash": ["bash", "-c", "for i in 1 2 3; do x=$(echo $i); done; echo ${x@Q} | cat; f() { local a=(1 2 3); echo ${a[@]}; }; f"],
    "python3": ["python3", "-c", "import json, os; print(json.dumps({str(i): [i] * 10 for i in range(100)}), len(os.listdir('/etc')))"],
    "gcc": ["gcc", "-O1", "-c", "-o", "/dev/null", "/tmp/inject.c"],
    "git": ["git", "-C", "/tmp/inject.git", "log", "--stat"],
    "sqlite3": ["sqlite3", ":memory:", "create table t(a, b); insert into t select value, hex(randomblob(9)) from generate_series(1, 500); "
                "select count(*) from (select distinct b from t order by b);"],
}
SETUP = ("printf 'int main(int c, char **v) { return v[c - 1][0]; }\\n' >/tmp/inject.c; "
         "git init -q /tmp/inject.git; cd /tmp/inject.git; for i in 1 2 3; do echo $i >f$i; git add .; "
         "git -c user.name=n -c user.email=e commit -qm $i; done; cd /; ")


def build(folder):
    program = os.path.join(folder, "inject_draw")
    subprocess.run(["gcc", "-O2", "-static", "-Wall", "-Werror", "-Itests/guest/lib", "-o", program, "tests/suites/inject_draw.c"], check=True)
    return program


def run_one(name, draw, opt):
    quoted = " ".join("'" + word.replace("'", "'\\''") + "'" for word in PROGRAMS[name])
    command = SETUP + f"mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null; {draw} {opt.seed} {opt.draws} {quoted}"
    kernel = ("--kernel", opt.kernel) if opt.kernel else ()
    run = subprocess.run(["build/perennial", "run", *kernel, "--timeout", str(opt.limit), "--", "bash", "-c", command], capture_output=True,
                         text=True, errors="replace", timeout=opt.limit + 60)
    print(run.stdout.strip() or f"{name}: nothing said")
    if run.returncode:
        print(f"FAIL {name}: status {run.returncode}\n{run.stdout[-1500:]}{run.stderr[-3000:]}")
    return run.returncode == 0


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--draws", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=int, default=1500)
    parser.add_argument("--kernel", default="")
    parser.add_argument("programs", nargs="*")
    opt = parser.parse_args()
    print(f"seed {opt.seed}")
    with tempfile.TemporaryDirectory(dir="build") as folder:
        draw = os.path.abspath(build(folder))
        results = [run_one(name, draw, opt) for name in opt.programs or PROGRAMS]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
