# SPDX-License-Identifier: GPL-2.0-only
# Address spaces, faults, page cache, reclaim.
srcs :=
deps := lib arch/x86 sync time log probe pages sched
public_deps := lib arch/x86 sync pages
