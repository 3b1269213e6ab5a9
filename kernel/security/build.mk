# SPDX-License-Identifier: GPL-2.0-only
srcs :=
deps := lib arch/x86 sync log probe sched
public_deps := lib probe
