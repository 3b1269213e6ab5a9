/* SPDX-License-Identifier: GPL-2.0-only */
/* asm_check.c - numbers that asm.h repeats for assembler files are right. */
#include <arch/memlayout.h>
#include <arch/msr.h>
#include <arch/ptregs.h>
#include <arch/pv.h>
#include <arch/thread.h>
#include "asm.h"

ASSERT_OFFSET(struct pt_regs, bp, RBP);
ASSERT_OFFSET(struct pt_regs, r11, R11);
ASSERT_OFFSET(struct pt_regs, ax, RAX);
ASSERT_OFFSET(struct pt_regs, cx, RCX);
ASSERT_OFFSET(struct pt_regs, di, RDI);
ASSERT_OFFSET(struct pt_regs, orig_ax, ORIG_RAX);
ASSERT_OFFSET(struct pt_regs, ip, RIP);
ASSERT_OFFSET(struct pt_regs, cs, CS);
ASSERT_OFFSET(struct pt_regs, flags, RFLAGS);
ASSERT_OFFSET(struct pt_regs, sp, RSP);
ASSERT_SIZE(struct pt_regs, PT_REGS_SIZE);
ASSERT_OFFSET(struct arch_thread, sp, ARCH_THREAD_SP);
ASSERT_OFFSET(struct arch_thread, stack_top, ARCH_THREAD_STACK_TOP);
ASSERT_OFFSET(struct arch_thread, work, ARCH_THREAD_WORK);
_Static_assert(PV_return_sysret == PV_return_sysret_NR, "entry.S");
_Static_assert(PV_return_iret == PV_return_iret_NR, "entry.S");
_Static_assert(TIF_EXIT_WORK == TIF_EXIT_WORK_MASK, "entry.S");
_Static_assert(KERNEL_CS == KERNEL_CS_SEL && USER_CS == USER_CS_SEL, "selectors");
_Static_assert(CR4_PAE == CR4_PAE_BIT && CR4_PGE == CR4_PGE_BIT, "control bits");
