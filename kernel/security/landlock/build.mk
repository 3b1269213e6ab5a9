# SPDX-License-Identifier: GPL-2.0-only
# Landlock: what a program gives up about files, for itself and whom it starts.
srcs := object.c rules.c domain.c walk.c move.c policy.c calls.c
deps := lib arch/x86 sync time pages sched security vfs process
public_deps := lib
