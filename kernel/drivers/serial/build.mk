# SPDX-License-Identifier: GPL-2.0-only
srcs := port.c uart8250.c
deps := lib arch/x86 sync log
public_deps := lib
