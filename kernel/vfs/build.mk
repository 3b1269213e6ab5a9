# SPDX-License-Identifier: GPL-2.0-only
# vfs: path walk, dentries, inodes, open files, mounts.
srcs :=
deps := lib arch/x86 sync time log pages sched mm
public_deps := lib arch/x86 sync time pages sched mm
