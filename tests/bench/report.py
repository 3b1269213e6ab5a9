# SPDX-License-Identifier: GPL-2.0-only
"""The bench's figures as text: the same tables for the terminal and for docs/performance.md."""
import boot
import costs
import rows
import small
import stalls
import vm

HEAD = """# Performance

Written by `make bench`; do not edit. Method: `tests/bench/` (`kbench/` has the rows, `linux.tsv` Linux's recorded figures). Everything
runs under QEMU's TCG with the same command line for both kernels; *minimal* is a Linux 6.1 without modules and mitigations, *Debian*
is `linux-image-cloud-amd64` as it comes. A ratio below 1 says that Perennial needs less than the other kernel.
"""

# Rows that miss a goal say here why. A row that is not named here and misses one is an open fault.
REASONS = {}


def heading(title, saved):
    if not saved:
        return [f"## {title}", "", "Not measured.", ""]
    return [f"## {title}", "", f"    {saved['command']}", "", f"{saved['date']}, commit {saved['commit']}.", ""]


def verdict(is_met):
    return "met" if is_met else "**missed**"


def boot_lines():
    saved = vm.recorded("boot")
    lines = heading("Boot: from the start of QEMU to the first user-space write", saved)
    if not saved:
        return lines
    ours, debian = saved["figures"]["ours"], saved["figures"]["Debian"]
    lines += [f"Median of {boot.ROUNDS} boots in turn, with the same initramfs.", "",
              "| kernel | processor seconds | wall seconds |", "|---|---:|---:|"]
    lines += [f"| {name} | {cpu:.3f} | {wall:.2f} |" for name, (cpu, wall) in saved["figures"].items()]
    to_debian, to_minimal = ours[0] / debian[0], ours[0] / boot.MINIMAL_LINUX
    return lines + ["", f"Of Debian's {to_debian:.3f} (goal {boot.GOAL_DEBIAN}: {verdict(to_debian <= boot.GOAL_DEBIAN)}); of minimal "
                    f"Linux's {boot.MINIMAL_LINUX} s {to_minimal:.3f} (goal {boot.GOAL_MINIMAL}: "
                    f"{verdict(to_minimal <= boot.GOAL_MINIMAL)}).", ""]


def small_lines():
    saved = vm.recorded("small")
    lines = heading(f"A BusyBox shell in {small.MEMORY_MIB} MiB", saved)
    if not saved:
        return lines
    figures = saved["figures"]
    if not figures["reached"]:
        return lines + ["The shell did not come: **missed**.", ""]
    info, image = figures["meminfo"], figures["image"]
    lines += ["| folder | code and data in the image, KiB |", "|---|---:|"]
    lines += [f"| {name} | {kib:.0f} |" for name, kib in sorted(image.items(), key=lambda item: -item[1])]
    lines += [f"| in all | {sum(image.values()):.0f} |", "", "| at run time | KiB |", "|---|---:|"]
    lines += [f"| {name} | {info[name]} |" for name in ("Slab", "KernelStack", "PageTables", "VmallocUsed")]
    lines += [f"| taken before the first program (image, page descriptors, firmware's) | {small.MEMORY_MIB * 1024 - info['MemTotal']} |",
              f"| pages of programs and of the initramfs | {figures['user']} |", f"| free | {info['MemFree']} |", ""]
    return lines + [f"Resident size of the kernel, all memory less what is free and what is the programs': {figures['resident']} KiB "
                    f"(budget {small.BUDGET_KIB}: {verdict(figures['resident'] <= small.BUDGET_KIB)}).", ""]


def costs_lines():
    saved = vm.recorded("costs")
    lines = heading("Frames, objects and promises within the kernel (icount, one CPU)", saved)
    if not saved:
        return lines
    lines += ["Instructions of one each, the best of nine batches of 512. A *pair* takes what it gave back last; *get* and *give* go through",
              "the whole batch, so that filling and emptying the CPU's own list is in them.", "",
              f"| what | alone | beside {costs.OTHERS} open reservations |", "|---|---:|---:|"]
    lines += [f"| {row} | {alone} | {beside} |" for row, (alone, beside) in saved["figures"].items()]
    return lines + [""] + [f"- {what}: {verdict(is_so)}" for what, is_so in costs.judge(saved["figures"])] + [""]


def stalls_lines():
    saved = vm.recorded("stalls")
    lines = heading("A page while others take all memory (icount, one CPU, 256 MiB)", saved)
    if not saved:
        return lines
    lines += [f"Instructions of {stalls.TOUCHES} touches by a FIFO task, beside a hog and two readers of more files than there is room for; *plain*, *reserved*: a first touch,",
              f"the second inside of `reserve {stalls.RESERVE}`; *locked*: of pages that mlock() brought in before. Stalls: how often anybody had to free memory himself.", "",
              "| kernel, program | p50 | p99 | longest | stalls |", "|---|---:|---:|---:|---:|"]
    lines += ["| " + " | ".join([key, *map(str, figures)]) + " |" for key, figures in saved["figures"].items()]
    share = saved["figures"]["Perennial, reserved"][2] / saved["figures"]["Perennial, plain"][2]
    return lines + ["", f"The longest wait inside of `reserve` is {share:.4f} of the one without (goal {stalls.GOAL}: {verdict(share <= stalls.GOAL)}).", ""]


def table(ours, debian, column, is_whole):
    """The rows as lines, and the ratios to minimal Linux of those the goals speak of. Not @is_whole: what was measured."""
    known, judged = rows.linux(), {}
    lines = ["| row | unit | Perennial | Debian | minimal | to Debian | to minimal |", "|---|---|---:|---:|---:|---:|---:|"]
    for row, facts in known.items():
        mine, theirs, unit = ours.get(row), debian.get(row), facts["unit"]
        if not mine and not is_whole:
            continue
        cells = [row, unit, f"{mine:.6g}" if mine else "absent", f"{theirs:.6g}" if theirs else "", f"{facts[column]:.6g}",
                 f"{rows.ratio(row, unit, mine, theirs):.2f}" if mine and theirs else "",
                 f"{rows.ratio(row, unit, mine, facts[column]):.2f}" if mine else ""]
        lines.append("| " + " | ".join(cells) + " |")
        if mine and rows.is_judged(row):
            judged[row] = rows.ratio(row, unit, mine, facts[column])
    return lines + [""], judged


def missing_lines(judged, known):
    """What misses a goal, or is not there at all, with the reason."""
    slow = [row for row, times in judged.items() if times > rows.GOAL_ROW]
    absent = [row for row in known if rows.is_judged(row) and row not in judged]
    return [f"- {row}: {REASONS.get(row, 'no reason known: an open fault')}" for row in slow + absent]


def row_lines(title, part, column, is_goal):
    saved, debian = vm.recorded(part), vm.recorded(part + "-debian")
    lines = heading(title, saved)
    if not saved:
        return lines
    body, judged = table(saved["figures"]["rows"], debian["figures"]["rows"] if debian else {}, column, is_goal)
    mean, worst = rows.mean(list(judged.values())), max(judged, key=judged.get, default="none")
    lines += body + [f"Geometric mean to minimal Linux over {len(judged)} rows (without network, `user_*`, `nanosleep_*`, `par2_*`): "
                     f"{mean:.2f}; the highest is {worst} with {judged.get(worst, 0):.2f}."]
    if is_goal:
        missing = missing_lines(judged, rows.linux())
        lines += [f"Goals: mean at most {rows.GOAL_MEAN}: {verdict(mean <= rows.GOAL_MEAN)}; no row above {rows.GOAL_ROW}: "
                  f"{verdict(not missing)}.", *missing]
    else:
        lines += ["Wall time: a loaded machine slows Perennial and Debian of this table down, and not *minimal*, which was measured another day."]
    return lines + [""]


def text():
    lines = [HEAD] + boot_lines() + row_lines("Instructions (icount, one CPU)", "icount", "min_icount_fast", True) + costs_lines() + stalls_lines()
    lines += row_lines("Seconds (two CPUs)", "seconds", "min_seconds_smp2_fast", False) + small_lines()
    return "\n".join(lines).rstrip() + "\n"
