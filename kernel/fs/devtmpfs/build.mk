# SPDX-License-Identifier: GPL-2.0-only
# devtmpfs: a tmpfs that the kernel fills with the nodes of registered devices.
srcs := devtmpfs.c
deps := lib arch/x86 sync log pages sched mm vfs fs/tmpfs
public_deps :=
