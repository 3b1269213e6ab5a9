#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Python's own tests (Debian's libpython3.11-testsuite): every case ends on our kernel as it does on Debian's.

usage: python.py [--record | --linux] [--self-test] [--quick] [--jobs N] [MODULE...]

The modules are those of python.list; --quick leaves the slow ones out. Each runs as `python3 -m test MODULE` in a VM of its own;
what each case came to is read from the report that the test program writes itself. Linux's side is in tests/expected/python,
written by --record (two runs that agree) and checked anew by --linux. Cases in python.excused may fail for want of AF_INET and
for no other reason. --self-test, which also precedes every comparison, damages each recorded case and must see it.
"""
import argparse
import collections
import concurrent.futures
import hashlib
import sys
import xml.etree.ElementTree

import side

LIST = "tests/suites/python.list"
EXCUSED = "tests/suites/python.excused"
SUITE = "python"
NO_INET = "[Errno 97]"
SCRIPT = '/usr/bin/python3 -m test --junit-xml /tmp/report.xml "$0" >&2; status=$?; cat /tmp/report.xml; exit $status'


def lines(path):
    with open(path) as f:
        return [line.split() for line in f if line.split() and not line.startswith("#")]


def module_hash(module):
    with open(f"/usr/lib/python3.11/test/{module}.py", "rb") as f:
        return hashlib.sha256(SCRIPT.encode() + f.read()).hexdigest()[:16]


def outcome(case):
    """`ok`, or what else became of it with the reason's first line."""
    for kind in ("failure", "error", "skipped"):
        found = case.find(kind)
        if found is not None:
            reason = found.get("message") or found.text or ""
            return f"{kind}: {reason.strip().splitlines()[0] if reason.strip() else ''}"
    return "ok" if case.get("result") == "completed" else f"skipped: {case.get('result')}"


def cases(report):
    """{id: outcome} of a junit report."""
    return {case.get("name"): outcome(case) for case in xml.etree.ElementTree.fromstring(report).iter("testcase")}


def counts(found):
    kinds = collections.Counter(what.split(":")[0] for what in found.values())
    return {"run": len(found), **{kind: kinds[kind] for kind in ("ok", "skipped", "failure", "error")}}


def run(kernel, module, limit):
    """({status, counts, cases}, None) or (None, what went wrong)."""
    result = side.run(kernel, ["sh", "-c", SCRIPT, module], limit)
    try:
        found = cases(result["out"])
    except xml.etree.ElementTree.ParseError:
        return None, f"FAIL {module}: status {result['status']} and no report; stderr ends with\n{result['err'][-3000:]}"
    return {"status": result["status"], "counts": counts(found), "cases": found}, None


def excused(got_case):
    return got_case is not None and NO_INET in got_case


def compare(module, want, got, may_lack_inet):
    problems, changed = [], False
    for name in sorted(set(want["cases"]) | set(got["cases"])):
        there, here = want["cases"].get(name), got["cases"].get(name)
        if there == here:
            continue
        if name in may_lack_inet and excused(here):
            changed = True
            continue
        problems.append(f"  {name}: {here}, on Linux: {there}")
    if not changed and (want["status"] != got["status"] or want["counts"] != got["counts"]):
        problems.append(f"  status {got['status']} {got['counts']}, on Linux: {want['status']} {want['counts']}")
    return f"FAIL {module}:\n" + "\n".join(problems) if problems else None


def judge(kernel, module, limit, may_lack_inet):
    """(failure or None, line to print)"""
    want = side.load(SUITE, module, module_hash(module))
    if want is None:
        return f"FAIL {module}: Linux's side is not recorded (python.py --record {module})", None
    got, problem = run(kernel, module, limit)
    problem = problem or compare(module, want, got, may_lack_inet)
    return problem, None if problem else f"{module}: {' '.join(f'{k} {v}' for k, v in got['counts'].items() if v)}"


def record(module, limit):
    first, problem = run("debian", module, limit)
    second, again = run("debian", module, limit)
    if problem or again:
        return problem or again, None
    problem = compare(module, first, second, ())
    if problem:
        return f"Linux itself answers differently from run to run: {problem}", None
    side.save(SUITE, module, module_hash(module), first)
    return None, f"{module}: recorded"


def self_test(modules, may_lack_inet):
    """Each damaged case, an absent one and a new one must be seen; an excuse must not cover another error."""
    missed = []
    for module in modules:
        want = side.load(SUITE, module, module_hash(module))
        for name in want["cases"] if want else ():
            damaged = [{**want["cases"], name: "error: OSError: [Errno 22] Invalid argument"},
                       {k: v for k, v in want["cases"].items() if k != name}]
            if not all(compare(module, want, {**want, "cases": c}, may_lack_inet) for c in damaged):
                missed.append(f"FAIL self-test: damage to {name} is not seen")
        for key, value in (("status", 99), ("counts", {}), ("cases", {**want["cases"], "new": "ok"})) if want else ():
            if compare(module, want, {**want, key: value}, may_lack_inet) is None:
                missed.append(f"FAIL self-test: damage to {key} of {module} is not seen")
    return missed


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    for flag in ("--record", "--linux", "--self-test", "--quick"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("modules", nargs="*")
    opt = parser.parse_args()
    chosen = {module: int(limit) for speed, module, limit in lines(LIST)
              if (module in opt.modules if opt.modules else speed == "quick" or not opt.quick)}
    may_lack_inet = {words[0] for words in lines(EXCUSED)}
    failures = [] if opt.record else self_test(chosen, may_lack_inet)
    passed = 0 if failures or opt.record else 1
    for problem in failures:
        print(problem)

    def one(module):
        if opt.record:
            return record(module, chosen[module])
        return judge("debian" if opt.linux else "ours", module, chosen[module], may_lack_inet)

    longest_first = sorted(chosen, key=chosen.get, reverse=True)
    with concurrent.futures.ThreadPoolExecutor(opt.jobs) as pool:
        for problem, line in pool.map(one, longest_first if not opt.self_test else ()):
            failures += [problem] if problem else []
            passed += 0 if problem else 1
            print(problem or line, flush=True)
    print(f"{passed} passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
