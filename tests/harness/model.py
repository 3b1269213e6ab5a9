#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Models under tests/model, checked over every interleaving by spin: each must hold, and each of its wrong variants be rejected.

usage: model.py

A model names its variants: -DWRONG_... in its head. Prints a line for each run and closes with `N passed, N failed`.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def explore(model, variant, folder):
    """(errors that spin counted, what it said): 0 errors is a model that holds, over a search that was not cut short."""
    spin = ["spin", "-a"] + (["-D" + variant] if variant else []) + [model]
    made = subprocess.run(spin, cwd=folder, capture_output=True, text=True)
    built = subprocess.run(["gcc", "-O2", "-o", "pan", "pan.c"], cwd=folder, capture_output=True, text=True)
    if made.returncode or built.returncode:
        return None, made.stdout + made.stderr + built.stderr
    out = subprocess.run(["./pan", "-m1000000"], cwd=folder, capture_output=True, text=True).stdout
    errors = re.search(r"errors: (\d+)", out)
    if not errors or "max search depth too small" in out:
        return None, out
    return int(errors[1]), out


def check(model, variant):
    folder = tempfile.mkdtemp()
    errors, out = explore(model, variant, folder)
    shutil.rmtree(folder)
    ok = errors is not None and (errors > 0) == bool(variant)
    states = re.search(r"([\d.e+]+) states, stored", out)
    why = re.search(r"pan:\d+: (.*?) \(at", out)
    print("%s %s %s: %s states%s" % ("ok" if ok else "FAIL", os.path.basename(model), variant or "as it is", states[1] if states else "no",
                                     ", rejected: " + why[1] if why else ""))
    if not ok:
        print("\n".join("  | " + line for line in out.splitlines()[:15]))
    return ok


def main():
    if not shutil.which("spin"):
        print("0 passed, 0 failed, 1 skipped: spin is not installed")
        return 0
    results = []
    for model in sorted(glob.glob(os.path.join(ROOT, "tests/model/*.pml"))):
        with open(model, encoding="utf-8") as file:
            variants = re.findall(r"-D(WRONG_\w+)", file.read())
        results += [check(model, variant) for variant in [None] + variants]
    print("%d passed, %d failed" % (sum(results), len(results) - sum(results)))
    return 0 if results and all(results) else 1


sys.exit(main())
