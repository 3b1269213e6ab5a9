# SPDX-License-Identifier: GPL-2.0-only
# sys: sysfs and debugfs over one tree of nodes.
srcs := node.c sysfs.c system.c topology.c fault.c reserve.c
deps := lib arch/x86 sync time log probe pages sched mm vfs process
public_deps := lib probe
