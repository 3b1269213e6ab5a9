/* SPDX-License-Identifier: GPL-2.0-only */
/* trampoline_impl.h - what trampoline.S and smp_boot.c agree on. */
#ifndef ARCH_TRAMPOLINE_IMPL_H
#define ARCH_TRAMPOLINE_IMPL_H

#define TRAMPOLINE_ARGS 0xf00
#define ARGS_CR3 0
#define ARGS_ENTRY 8
#define ARGS_KERNEL_CR3 16
#define ARGS_STACK 24
#define ARGS_GS_BASE 32

#ifndef __ASSEMBLY__
#include <lib/types.h>

struct trampoline_args {
	u64 cr3, entry, kernel_cr3, stack, gs_base;
};
ASSERT_OFFSET(struct trampoline_args, cr3, ARGS_CR3);
ASSERT_OFFSET(struct trampoline_args, entry, ARGS_ENTRY);
ASSERT_OFFSET(struct trampoline_args, kernel_cr3, ARGS_KERNEL_CR3);
ASSERT_OFFSET(struct trampoline_args, stack, ARGS_STACK);
ASSERT_OFFSET(struct trampoline_args, gs_base, ARGS_GS_BASE);

extern const char trampoline_start[], trampoline_end[];
extern const char secondary_start_asm[];
#endif

#endif
