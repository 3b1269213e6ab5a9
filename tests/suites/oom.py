#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Rounds of mixed hogs (tests/guest/mm/oom_rounds_test.c) on our kernel, judged from the console.

usage: oom.py [--rounds N] [--seed N] [--cpus N] [--memory MiB] [--kernel FILE] [--machine M] [--ms N] [--limit SECONDS]
              [--keep FILE] [--host-time] [--linux] [--record]

A round passes when the program saw all memory come back, the victim's within --ms of guest time after the log named it. A report
passes when its victim has the most points of its own table of tasks, by Linux's formula, and when its lines are those of Linux: numbers
masked, columns kept, in Linux's order. The guest's clock counts instructions (-icount), so that what else the host does is not in
the times, and there is one processor (why: ONE_CPU); --host-time: the host's clock, any number of processors, and the times are not
judged. Each round is printed when it has ended. Linux's lines are in tests/expected/oom/report; --linux judges Debian's kernel by the same rules
(but for the time: its reaper waits two seconds), and --record writes the file from what it says. Prints seed and slowest round, and
ends with `N passed, N failed`.
"""
import argparse
import re
import sys
import time

sys.path.insert(0, "tests/harness")
import machine

ONE_CPU = """under -icount there is one processor

With -icount the emulator runs one processor after the other, in turns. A turn lasts until the next timer of the machine is due, or until
the processor executes `pause`, or sets its timer so that it is the next. So time is not shared: one that computes has whole turns, and its
tick ends each of them while the kernel sets the timer, under a lock; one that waits for this lock looks at it once in a turn, just then. Seen
with two processors (QEMU 7.2): one spins, interrupts off, and has looked 5099 times, while the lock's word is 0 whenever the
machine is stopped; or one has its tick's handler and nothing else, turn after turn. A round then lasts until the guest's limit of 30 s, which is
minutes of the host's. The kernel is not at fault: with the host's clock, where processors run side by side, this does not happen.
"""
EXPECTED = "tests/expected/oom/report"
DEBIAN = "build/debian/generic/boot/vmlinuz"
STAMP = re.compile(r"^\[ *\d+\.\d+\] ?")
BEGIN = re.compile(r"^\S.* invoked oom-killer: ")
KILLED = re.compile(r"^Out of memory(?: \(oom_kill_allocating_task\))?: Killed process (\d+) \(")
# Linux's words for one that ended by itself between the choice and the kill. It need not be in the table.
EXITING = re.compile(r"^Out of memory(?: \(oom_kill_allocating_task\))?: OOM victim \d+ \(.*\) is already exiting\. Skip killing the task$")
REAPED = re.compile(r"^oom_reaper: ")
# Linux's words for one whose memory was locked for the reaper's two seconds: by the host's clock they may pass while nobody runs.
UNABLE = re.compile(r"^oom_reaper: unable to reap pid:\d+ \(.*\)$")
# What other processors say meanwhile is no part of a report.
OTHERS = re.compile(r"^(warn_alloc: \d+ messages left out|page allocation failure: )")
ROW = re.compile(r"^\[ *(\d+)\] +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(-?\d+) (.*)$")
# What a Linux says that was built with more: names of the machine, user registers, huge pages, hardware errors.
LINUX_ONLY = re.compile(r"^(Hardware name:|RIP: |Code: |RSP: |R\w\w: |Node \d+ hugepages_|\d+ pages hwpoisoned| ?</?(IRQ|NMI)>)")
LINUX_FIELDS = re.compile(r" (shmem_thp|shmem_pmdmapped|anon_thp): \d+kB")
FRAME = re.compile(r"^ (\? )?[\w.]+\+0x[0-9a-f]+/0x[0-9a-f]+$")
ROUND = re.compile(r"^  round (\d+): (\w+), seed (\d+), victim (\d+), memory back after (-?\d+) ms$", re.M)
# Processes allocate between the choice and the table: so many pages may lie between two that are equal.
SLACK_PAGES = 512


def masked(line):
    """A line of a report without what differs from one report to the next; None: not compared."""
    if LINUX_ONLY.match(line):
        return None
    if FRAME.match(line):
        return " FRAME"
    if line.startswith("CPU: "):
        line = re.sub(r"(Not tainted|Tainted: \S+).*", "TAINT", line)
    if line.startswith("[") and ROW.match(line):  # columns: a number counts with the blanks before it
        return re.sub(r"[ \[]*-?\d+", lambda m: f"<{len(m[0])}>", line[:line.rindex(" ")]) + " NAME"
    line = LINUX_FIELDS.sub("", line)
    line = re.sub(r" \([UMEHCI]+\)", "", line)  # kinds of free blocks
    line = re.sub(r"gfp_mask=0x[0-9a-f]+\([\w|]+\)", "gfp_mask=X(FLAGS)", line)
    line = re.sub(r"^(Node \d+) (DMA32|DMA|Normal)\b", r"\1 ZONE", line)
    line = re.sub(r"all_unreclaimable\? (yes|no)", "all_unreclaimable? WORD", line)
    line = re.sub(r"oom_score_adj[=:]-?\d+", lambda m: m[0].rstrip("-0123456789") + "N", line)
    line = re.sub(r"^lowmem_reserve\[\]:( -?\d+)+", "lowmem_reserve[]: N...", line)
    return re.sub(r"\d+", "N", line)


def shape(lines):
    """The masked lines of a report in the order of their first appearance."""
    out = []
    for line in lines:
        word = masked(line)
        if word is not None and word not in out:
            out.append(word)
    return out


class Report:
    def __init__(self):
        self.lines, self.victim, self.is_skipped = [], None, False

    def rows(self):
        return [ROW.match(line) for line in self.lines if ROW.match(line)]

    def number(self, pattern):
        return next(int(m[1]) for m in (re.search(pattern, line) for line in self.lines) if m)

    def wrong_victim(self, gone):
        """Why another process of the table should have been killed; None: it was right. Those in `gone` were killed before."""
        total = self.number(r"^(\d+) pages RAM") - self.number(r"^(\d+) pages reserved")
        points = {}
        for row in self.rows():
            pid, rss, table_bytes, swap, adj = (int(row[n]) for n in (1, 5, 6, 7, 8))
            if adj != -1000 and (pid not in gone or pid == self.victim):
                points[pid] = rss + swap + table_bytes // 4096 + adj * (total // 1000)
        if self.victim not in points:
            return f"victim {self.victim} is not in the table, or offers nothing"
        best = max(points, key=points.get)
        if points[best] > points[self.victim] + SLACK_PAGES:
            return f"victim {self.victim} has {points[self.victim]} points, process {best} has {points[best]}"
        return None


def split(output):
    """(reports, other lines of the OOM killer)."""
    reports, others, report = [], [], None
    for raw in output.splitlines():
        if not STAMP.match(raw):
            continue
        line = STAMP.sub("", raw, count=1)
        if BEGIN.match(line):
            report = Report()
            reports.append(report)
        killed = KILLED.match(line)
        if report and EXITING.match(line):
            report.is_skipped, report = True, None
        if report and not REAPED.match(line) and not OTHERS.match(line) and not line.startswith("oom: "):
            report.lines.append(line)
        elif REAPED.match(line) or killed:
            others.append(line)
        if killed and report:
            report.victim, report = int(killed[1]), None
    return reports, others


def judge_reports(reports, expected):
    """Failures of the reports."""
    failed, gone = [], set()
    for nr, report in enumerate(reports):
        if report.victim is None and not report.is_skipped:
            failed.append(f"report {nr}: nobody was killed")
            continue
        why = None if report.is_skipped else report.wrong_victim(gone)
        if why:
            failed.append(f"report {nr}: {why}")
        gone.add(report.victim)
        got = shape(report.lines)
        wanted = [line for line in expected if not (report.is_skipped and KILLED.match(line.replace("N", "0")))]
        if got != wanted:
            missing = [line for line in wanted if line not in got]
            added = [line for line in got if line not in wanted]
            failed.append(f"report {nr}: other lines than Linux's (or another order)\n" +
                          "\n".join([f"  - {line}" for line in missing] + [f"  + {line}" for line in added]))
    return failed


def judge_rounds(output, opt, reported):
    """(rounds that passed, failures). Each round's victim must be among those that were @reported, and so judged."""
    rounds = ROUND.findall(output)
    failed = [f"round {n} ({kind}, seed {seed}): memory back after {ms} ms" for n, kind, seed, _, ms in rounds
              if int(ms) >= opt.ms and not (opt.linux or opt.host_time)]
    failed += [f"round {n} ({kind}, seed {seed}): no report about victim {victim}" for n, kind, seed, victim, _ in rounds
               if int(victim) not in reported]
    failed += re.findall(r"^FAIL .*$", output, re.M)
    if len(rounds) != opt.rounds or "== done" not in output:
        failed.append(f"{len(rounds)} of {opt.rounds} rounds ended")
    for line in output.splitlines():
        if re.search(r"\b(warning|panic|BUG|leak):", line, re.I):
            failed.append(f"kernel: {line}")
    by_kind = {}
    for _, kind, _, _, ms in rounds:
        by_kind.setdefault(kind, []).append(int(ms))
    for kind, times in sorted(by_kind.items()):
        print(f"  {kind}: {len(times)} rounds, memory back after {sorted(times)[len(times) // 2]} ms (median), {max(times)} ms (slowest)")
    return len(rounds), failed


def follow(began):
    """What prints each round when it has ended."""
    def look(line):
        round_line = ROUND.match(line)
        if round_line:
            nr, kind, _, _, ms = round_line.groups()
            print(f"  round {nr} ({kind}): memory back after {ms} ms; {time.monotonic() - began:.0f} s", flush=True)
    return look


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cpus", type=int, help="1; by the host's clock 2")
    parser.add_argument("--memory", type=int, default=512)
    parser.add_argument("--kernel", default="build/perennial.elf")
    parser.add_argument("--machine", default="microvm")
    parser.add_argument("--ms", type=int, default=1000)
    parser.add_argument("--limit", type=int, default=280)
    parser.add_argument("--keep")
    parser.add_argument("--host-time", action="store_true")
    parser.add_argument("--linux", action="store_true")
    parser.add_argument("--record", action="store_true")
    opt = parser.parse_args()
    if opt.linux:
        opt.kernel, opt.machine = DEBIAN, "q35"
    icount = not (opt.host_time or opt.linux)
    opt.cpus = opt.cpus or (1 if icount else 2)
    if icount and opt.cpus > 1:
        parser.error(ONE_CPU)
    words = f"tests=mm.oom_rounds oom_rounds={opt.rounds} oom_seed={opt.seed} program_seconds={opt.limit - 10}"
    print(f"  {opt.rounds} rounds, seed {opt.seed}, processors {opt.cpus}", flush=True)
    output, _ = machine.boot(
        machine.qemu_args(opt.kernel, "build/tests/guest.cpio", opt.machine, opt.cpus, opt.memory, words, icount), opt.limit,
        follow(time.monotonic()))
    if opt.keep:
        open(opt.keep, "w").write(output)
    reports, others = split(output)
    if opt.record:
        open(EXPECTED, "w").write("\n".join(shape(reports[0].lines) + sorted({masked(line) for line in others if REAPED.match(line)})) + "\n")
    expected = open(EXPECTED).read().splitlines()
    words_alone = [line for line in expected if REAPED.match(line)]
    passed, failed = judge_rounds(output, opt, {report.victim for report in reports})
    failed += judge_reports(reports, [line for line in expected if not REAPED.match(line)])
    late = [line for line in others if UNABLE.match(line) and not icount]
    failed += [f"not Linux's words: {line}" for line in others if REAPED.match(line) and masked(line) not in words_alone and line not in late]
    if not reports:
        failed.append("no report in the log")
    for text in failed:
        print("FAIL", text)
    skipped = sum(report.is_skipped for report in reports)
    print(f"  {len(reports)} reports, in {skipped} of them the victim ended by itself; {len(late)} could not be reaped in time")
    print(f"{passed + len(reports) if not failed else max(0, passed + len(reports) - len(failed))} passed, {len(failed)} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
