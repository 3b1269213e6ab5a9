# SPDX-License-Identifier: GPL-2.0-only
# devpts: the names of pseudo-terminals, and /dev/ptmx.
srcs := devpts.c options.c ptmx.c
deps := lib arch/x86 sync time log pages sched mm vfs process drivers/tty
public_deps := lib
