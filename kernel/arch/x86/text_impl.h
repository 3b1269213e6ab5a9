/* SPDX-License-Identifier: GPL-2.0-only */
/* text_impl.h - the breakpoint handler's part of text patching. */
#ifndef ARCH_TEXT_IMPL_H
#define ARCH_TEXT_IMPL_H

#include <arch/ptregs.h>

/* A breakpoint of the kernel: true when it was the patcher's and has been dealt with. */
bool text_poke_trap(struct pt_regs *regs);

#endif
