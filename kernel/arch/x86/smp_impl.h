/* SPDX-License-Identifier: GPL-2.0-only */
/* smp_impl.h - cross-call and start-up parts that other files of arch/x86 call. */
#ifndef ARCH_SMP_IMPL_H
#define ARCH_SMP_IMPL_H

#include <arch/smp.h>

struct pt_regs;

/* Runs the calls other CPUs have queued here. Interrupts off. */
void smp_handle_calls(void);
/* NMI: stop for ever if panic asked for that. */
void smp_handle_nmi(struct pt_regs *regs);
/* Where a started CPU arrives, on its idle thread's stack. */
__noreturn void secondary_start(void);

#endif
