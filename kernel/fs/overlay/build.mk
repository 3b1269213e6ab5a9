# SPDX-License-Identifier: GPL-2.0-only
# overlay: an upper tree over any number of lower ones.
srcs := super.c options.c lookup.c inode.c dir.c copy_up.c flags.c readdir.c file.c
deps := lib arch/x86 sync time log pages sched mm vfs
public_deps :=
