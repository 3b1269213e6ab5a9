# SPDX-License-Identifier: GPL-2.0-only
# mem: the devices without hardware: null, zero, full, random, urandom, kmsg.
srcs := mem.c random.c kmsg.c
deps := lib arch/x86 sync time log pages sched mm crypto vfs
public_deps :=
