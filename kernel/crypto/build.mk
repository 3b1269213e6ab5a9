# SPDX-License-Identifier: GPL-2.0-only
srcs := random.c tests/random_selftest.c
deps := lib arch/x86 sync time log pages mm
public_deps := lib
