/* SPDX-License-Identifier: GPL-2.0-only */
/* ptregs.h - the registers of an interrupted context, in the order user ABI (ptrace, signals) knows. */
#ifndef ARCH_PTREGS_H
#define ARCH_PTREGS_H

#include <lib/types.h>

struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx;
	unsigned long r11, r10, r9, r8, ax, cx, dx, si, di;
	unsigned long orig_ax; /* system call number, or error code, or ~vector */
	unsigned long ip, cs, flags, sp, ss;
};

_Static_assert(sizeof(struct pt_regs) == 21 * 8, "pt_regs is what entry.S pushes");

#define KERNEL_CS 0x10
#define KERNEL_DS 0x18
#define USER_DS 0x2b
#define USER_CS 0x33

#define X86_EFLAGS_CF 0x00000001ul
#define X86_EFLAGS_FIXED 0x00000002ul
#define X86_EFLAGS_PF 0x00000004ul
#define X86_EFLAGS_AF 0x00000010ul
#define X86_EFLAGS_ZF 0x00000040ul
#define X86_EFLAGS_SF 0x00000080ul
#define X86_EFLAGS_TF 0x00000100ul
#define X86_EFLAGS_IF 0x00000200ul
#define X86_EFLAGS_DF 0x00000400ul
#define X86_EFLAGS_OF 0x00000800ul
#define X86_EFLAGS_IOPL 0x00003000ul
#define X86_EFLAGS_NT 0x00004000ul
#define X86_EFLAGS_RF 0x00010000ul
#define X86_EFLAGS_AC 0x00040000ul
#define X86_EFLAGS_ID 0x00200000ul

/* Flag bits that a program may choose by sigreturn or ptrace. */
#define X86_EFLAGS_USER (X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF | \
			 X86_EFLAGS_SF | X86_EFLAGS_TF | X86_EFLAGS_DF | X86_EFLAGS_OF | \
			 X86_EFLAGS_RF | X86_EFLAGS_AC | X86_EFLAGS_NT)

static inline bool user_mode(const struct pt_regs *regs)
{
	return (regs->cs & 3) != 0;
}

/* The system call interface: number, arguments, result. */
static inline unsigned long regs_syscall_nr(const struct pt_regs *regs) { return regs->orig_ax; }
static inline unsigned long regs_return_value(const struct pt_regs *regs) { return regs->ax; }
static inline void regs_set_return_value(struct pt_regs *regs, unsigned long v) { regs->ax = v; }

/* No system call is in progress here: signals must not look for one to restart. */
#define REGS_NO_SYSCALL (~0ul)

/* Repeat the system call: back over the 2-byte SYSCALL with the number in place. */
static inline void regs_restart_syscall(struct pt_regs *regs)
{
	regs->ax = regs->orig_ax;
	regs->ip -= 2;
}

/* Error code bits of a page fault. */
#define FAULT_PRESENT 0x01ul /* the page was present: a protection fault */
#define FAULT_WRITE 0x02ul
#define FAULT_USER 0x04ul
#define FAULT_RSVD 0x08ul
#define FAULT_INSTR 0x10ul
#define FAULT_PKEY 0x20ul

/* Exception vectors. */
enum {
	X86_TRAP_DE = 0, X86_TRAP_DB = 1, X86_TRAP_NMI = 2, X86_TRAP_BP = 3, X86_TRAP_OF = 4,
	X86_TRAP_BR = 5, X86_TRAP_UD = 6, X86_TRAP_NM = 7, X86_TRAP_DF = 8, X86_TRAP_TS = 10,
	X86_TRAP_NP = 11, X86_TRAP_SS = 12, X86_TRAP_GP = 13, X86_TRAP_PF = 14, X86_TRAP_MF = 16,
	X86_TRAP_AC = 17, X86_TRAP_MC = 18, X86_TRAP_XF = 19, X86_TRAP_VE = 20, X86_TRAP_CP = 21,
};

#endif
