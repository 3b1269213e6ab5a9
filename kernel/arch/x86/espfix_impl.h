/* SPDX-License-Identifier: GPL-2.0-only */
/* espfix_impl.h - between espfix.c, who calls it, and the assembler. */
#ifndef ARCH_ESPFIX_IMPL_H
#define ARCH_ESPFIX_IMPL_H

#include <arch/ptregs.h>

/* Hangs the aliases into the kernel's tables: before the first address space copies them. */
void espfix_init(void);
/* @cpu's per-CPU area is there; it has not run a program yet. */
void espfix_init_cpu(int cpu);
/* A double fault: was it the IRET to a 16-bit stack? Then @regs goes on as the program's general protection fault. */
bool espfix_recover(struct pt_regs *regs);

extern const u8 native_iret_insn[], bad_iret_espfix[];

#endif
