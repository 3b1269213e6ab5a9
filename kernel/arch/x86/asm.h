/* SPDX-License-Identifier: GPL-2.0-only */
/* asm.h - numbers that assembler files need; C asserts them where both know (asm_check.c). */
#ifndef ARCH_ASM_H
#define ARCH_ASM_H

#define KERNEL_CS_SEL 0x10
#define KERNEL_DS_SEL 0x18
#define USER_DS_SEL 0x2b
#define USER_CS_SEL 0x33
#define TSS_SEL 0x40
#define LDT_SEL 0x50

#define CR4_PAE_BIT 0x20
#define CR4_PGE_BIT 0x80
#define CR0_BOOT 0x80050033 /* PG AM WP NE ET MP PE */
#define MSR_EFER_NR 0xc0000080
#define MSR_GS_BASE_NR 0xc0000101

/* struct pt_regs */
#define R15 0
#define R14 8
#define R13 16
#define R12 24
#define RBP 32
#define RBX 40
#define R11 48
#define R10 56
#define R9 64
#define R8 72
#define RAX 80
#define RCX 88
#define RDX 96
#define RSI 104
#define RDI 112
#define ORIG_RAX 120
#define RIP 128
#define CS 136
#define RFLAGS 144
#define RSP 152
#define SS 160
#define PT_REGS_SIZE 168

/* struct arch_thread */
#define ARCH_THREAD_SP 0
#define ARCH_THREAD_STACK_TOP 8
#define ARCH_THREAD_WORK 16
#define TIF_EXIT_WORK_MASK 0xffff

/* struct tss */
#define TSS_SP0 4

#define IST_STACK_SIZE 8192

/* struct espfix_frame: rax, then what IRET pops */
#define ESPFIX_RIP 8
#define ESPFIX_CS 16
#define ESPFIX_RFLAGS 24
#define ESPFIX_RSP 32
#define ESPFIX_SS 40

/* Numbers of the operations that entry.S uses (asm_check.c asserts them). */
#define PV_return_sysret_NR 40
#define PV_return_iret_NR 41

#ifdef __ASSEMBLY__
.macro EX_TABLE_ENTRY from, to
	.pushsection .ex_table, "a"
	.long \from - ., \to - .
	.popsection
.endm
#endif

#endif
