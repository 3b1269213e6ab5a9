#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The rows of commands.list: the same stdout, stderr and status on our kernel as on Debian's.

usage: commands.py [--record | --linux] [--self-test] [--jobs N] [NAME...]

Linux's side is recorded in tests/expected/commands/NAME (with the hash of the row and the kernel's package) by --record,
which runs each row twice on Debian's kernel in the same emulator and refuses rows that answer differently; --linux runs the
rows on Debian's kernel and compares them with what is recorded. --self-test damages each recorded output and must see every
one fail; it also runs before every comparison.
"""
import argparse
import concurrent.futures
import hashlib
import sys

import filters
import side

LIST = "tests/suites/commands.list"
SUITE = "commands"
LIMIT = 200
SCRIPT = 'mkdir -p /tmp/row && cd /tmp/row && eval "$ROW"'


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
    return side.run(kernel, ["bash", "-c", SCRIPT], LIMIT, {"ROW": text})


def filtered(names, result):
    return {"status": result["status"], "out": filters.apply(names, result["out"].encode("latin1")).decode("latin1"),
            "err": filters.apply(names, result["err"].encode("latin1")).decode("latin1")}


def expected(row):
    return side.load(SUITE, row[0], row_hash(row))


def record(row, anew):
    """Rows that are recorded already are left alone unless they were asked for by name."""
    name, names, text = row
    if expected(row) and not anew:
        return None
    first, second = filtered(names, run("debian", text)), filtered(names, run("debian", text))
    if first != second:
        return f"FAIL {name}: Linux itself answers differently from run to run:\n  {first}\n  {second}"
    side.save(SUITE, name, row_hash(row), first)
    return None


def compare(name, want, got):
    problems = [f"  {key} is {got[key]!r}\n  not {want[key]!r}" for key in ("status", "out", "err") if want[key] != got[key]]
    return f"FAIL {name}:\n" + "\n".join(problems) if problems else None


def judge(kernel, row):
    name, names, text = row
    want = expected(row)
    if want is None:
        return f"FAIL {name}: Linux's side is not recorded for this row (commands.py --record {name})"
    got = run(kernel, text)
    problem = compare(name, want, filtered(names, got))
    if problem and got["status"] in (side.LAUNCHER_FAILED, side.TIME_LIMIT):
        problem += f"\n  the launcher said:\n{got['err']}"
    return problem


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
    for flag in ("--record", "--linux", "--self-test"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("names", nargs="*")
    opt = parser.parse_args()
    chosen = [r for r in rows() if not opt.names or r[0] in opt.names]
    failures = [] if opt.record else self_test(chosen)
    passed = 0 if failures or opt.record else 1
    for problem in failures:
        print(problem)

    def one(row):
        return record(row, bool(opt.names)) if opt.record else judge("debian" if opt.linux else "ours", row)

    with concurrent.futures.ThreadPoolExecutor(opt.jobs) as pool:
        for problem in pool.map(one, chosen if not opt.self_test else ()):
            if problem:
                failures.append(problem)
                print(problem, flush=True)
            else:
                passed += 1
    print(f"{passed} passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
