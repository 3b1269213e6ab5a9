# SPDX-License-Identifier: GPL-2.0-only
srcs := rtc.c
deps := lib arch/x86 sync time log pages sched vfs
public_deps :=
