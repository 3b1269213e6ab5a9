# SPDX-License-Identifier: GPL-2.0-only
# paravirt: back ends of the operations table, one file each, and the patcher.
srcs := native.c patch.c trace.c report.c
deps := lib arch/x86 probe
public_deps := lib arch/x86
