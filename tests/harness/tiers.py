#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Run the steps of a tier (tests/tiers.list), one after the other, and add up what they counted.

usage: tiers.py [--status FILE [--resume]] [--list] TIER [STEP...]

Every step is a command that prints `N passed, N failed[, N skipped]`; it has a time limit. Prints a line when a step starts and one
when it has ended; of a step that failed its whole output, and at the end every failed case once more. The last line is the sum.
A step that prints no such line, runs out of time or exits with an error although nothing failed counts as one failure.
--status FILE writes a table of what ran (commit, date, command, result, seconds) after each step, so that hours of work survive a
lost machine; with --resume the steps that it says passed are not run again, if since their commit only documentation has changed.
--list only names the steps.
"""
import argparse
import os
import re
import signal
import subprocess
import sys
import time

LIST = "tests/tiers.list"
LINE = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)
CASE = re.compile(r"^(?:FAIL|FAILED|failed) +(.*)$", re.M)
ROW = re.compile(r"^\| (\S+) \| `(.*)` \| (\d+) passed, 0 failed, (\d+) skipped \| (\d+) \| ([0-9a-f]+) \| (.*) \|$", re.M)
DOCUMENTS = ("docs", "*.md", "README*", "CAVEATS", "CHANGES", "ARCHITECTURE*", "CONTRIBUTING*")
SHOWN = 20000  # of a failed step's output, its end


class Step:
    """A line of the list and what became of it."""

    def __init__(self, line):
        tiers, self.name, limit, self.command = line.split(None, 3)
        self.tiers, self.limit = tiers.split(","), int(limit)
        self.output, self.status, self.seconds = "", None, 0
        self.counts = None
        self.commit = self.date = ""

    def run(self):
        """The step's whole process group ends with it; the status is None at the limit."""
        start = time.monotonic()
        self.commit, self.date = commit_of_the_tree(), time.strftime("%Y-%m-%d %H:%M", time.gmtime())
        process = subprocess.Popen(["bash", "-c", self.command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        try:
            output, _ = process.communicate(timeout=self.limit)
            self.status = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
        self.output = output.decode("utf-8", "replace")
        self.seconds = time.monotonic() - start
        self.counts = self.judge()

    def judge(self):
        """(passed, failed, skipped)"""
        counts = LINE.findall(self.output)
        if not counts:
            return 0, 1, 0
        passed, failed, skipped = (int(n or 0) for n in counts[-1])
        if not failed and (self.status != 0 or not passed):
            failed = 1
        return passed, failed, skipped

    def result(self):
        words = "%d passed, %d failed, %d skipped" % self.counts
        return words + (f", stopped at its limit of {self.limit} s" if self.status is None else "")

    def failed_cases(self):
        """One line each; a step that names none is named itself."""
        cases = [case[:200] for case in CASE.findall(self.output)] if self.counts[1] else []
        if self.counts[1] and not cases:
            cases = ["no case named: stopped at its limit" if self.status is None else f"no case named: status {self.status}"]
        return [f"{self.name}: {case}" for case in cases]


def read_steps(tier):
    lines = (line.split("#")[0].strip() for line in open(LIST))
    return [step for step in map(Step, filter(None, lines)) if tier in step.tiers]


def report(step):
    if step.counts[1]:
        print(step.output[-SHOWN:])
    for line in re.findall(r"^SKIP.*$", step.output, re.M):
        print("  " + line)
    print(f"[{step.name}] {step.result()} in {step.seconds:.0f} s", flush=True)


def run_all(steps, written):
    for number, step in enumerate(steps, 1):
        if step.counts:
            print(f"[{step.name}] {number} of {len(steps)}: {step.result()} on {step.date}, commit {step.commit}", flush=True)
            continue
        print(f"[{step.name}] {number} of {len(steps)}, at most {step.limit} s: {step.command}", flush=True)
        step.run()
        report(step)
        written()


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def commit_of_the_tree():
    """Its short hash, marked if something else than documentation is not committed."""
    changed = output_of("git", "status", "--porcelain", "--untracked-files=no", "--", ".", *(f":!{d}" for d in DOCUMENTS))
    return output_of("git", "rev-parse", "--short=10", "HEAD") + ("+changes" if changed else "")


def only_documents_since(commit):
    """Is the tree as @commit had it but for documentation?"""
    return subprocess.run(["git", "diff", "--quiet", commit, "--", ".", *(f":!{d}" for d in DOCUMENTS)],
                          stderr=subprocess.DEVNULL).returncode == 0


def resume(path, steps):
    """Take over from the status file what passed and still counts."""
    rows = {row[0]: row for row in ROW.findall(open(path).read())} if os.path.exists(path) else {}
    for step in steps:
        row = rows.get(step.name)
        if row and row[1].replace("\\|", "|") == step.command and only_documents_since(row[5]):
            step.counts, step.seconds, step.status = (int(row[2]), 0, int(row[3])), int(row[4]), 0
            step.commit, step.date = row[5], row[6]


def write_status(path, tier, steps):
    done = [step for step in steps if step.counts]
    with open(path, "w") as out:
        out.write(f"# What `make {tier}` said\n\nWritten by tests/harness/tiers.py after each step: the commit that ran, and when it began (UTC).\n\n"
                  f"- machine: {os.cpu_count()} CPUs, {output_of('uname', '-srm')}\n- steps: {len(done)} of {len(steps)}\n- sum: {sum_of(done)}\n\n"
                  "| step | command | result | seconds | commit | date |\n|---|---|---|---:|---|---|\n")
        for step in done:
            command = step.command.replace("|", "\\|")
            out.write(f"| {step.name} | `{command}` | {step.result()} | {step.seconds:.0f} | {step.commit} | {step.date} |\n")
        failed = [case for step in done for case in step.failed_cases()]
        if failed:
            out.write("\nFailed:\n\n" + "".join(f"- `{case}`\n" for case in failed))


def sum_of(steps):
    return "%d passed, %d failed, %d skipped" % tuple(sum(step.counts[i] for step in steps) for i in range(3))


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--status")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("tier")
    parser.add_argument("names", nargs="*")
    opt = parser.parse_args()
    steps = [s for s in read_steps(opt.tier) if not opt.names or s.name in opt.names]
    if opt.list:
        print("".join(f"{s.name:14} {s.limit:5} s  {s.command}\n" for s in steps), end="")
        return
    if opt.resume:
        resume(opt.status, steps)
    run_all(steps, lambda: opt.status and write_status(opt.status, opt.tier, steps))
    failed = [case for step in steps for case in step.failed_cases()]
    if failed:
        print("Failed:\n" + "".join(f"  {case}\n" for case in failed), end="")
    print(sum_of(steps))
    sys.exit(1 if not steps or any(step.counts[1] for step in steps) else 0)


if __name__ == "__main__":
    main()
