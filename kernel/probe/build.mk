# SPDX-License-Identifier: GPL-2.0-only
srcs := report.c static_key.c tracepoint.c
deps := lib arch/x86 sync
public_deps := lib
