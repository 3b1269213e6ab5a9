# SPDX-License-Identifier: GPL-2.0-only
# arch/x86: the processor: entry, page tables, interrupts, FPU, text patching. The only assembler.
srcs := numa.c
deps := lib
public_deps := lib
