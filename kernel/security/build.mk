# SPDX-License-Identifier: GPL-2.0-only
srcs := hooks.c
deps := lib arch/x86 sync probe
public_deps := lib probe
