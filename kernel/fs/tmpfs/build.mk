# SPDX-License-Identifier: GPL-2.0-only
# tmpfs: files that live in memory; memfd; the base of devtmpfs and of the root file system.
srcs := inode.c dir.c file.c super.c memfd.c export.c
deps := lib arch/x86 sync time pages sched mm crypto vfs
public_deps := lib vfs
