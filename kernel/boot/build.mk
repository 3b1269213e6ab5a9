# SPDX-License-Identifier: GPL-2.0-only
# boot: the order in which the kernel comes up, and the hand-over to the first program.
srcs := main.c initramfs.c crash.c crash_reserve.c selftest.c tests/still_stress.c tests/smp_selftest.c version.c
deps := lib arch/x86 sync time log probe paravirt pages sched security mm vfs process
public_deps :=
