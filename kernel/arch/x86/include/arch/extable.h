/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * extable.h - instructions of the kernel that may fault, and where to go on when they do.
 * EX_TABLE(from, to) in assembler; fault_fixup() is the lookup. Fixed up code sees the fault in rax if it
 * asked for it (EX_FAULT: trap number).
 */
#ifndef ARCH_EXTABLE_H
#define ARCH_EXTABLE_H

#ifdef __ASSEMBLY__
#define EX_TABLE(from, to)                                                   \
	.pushsection .ex_table, "a";                                         \
	.long from - ., to - .;                                              \
	.popsection
#else
#include <lib/types.h>

#define EX_TABLE(from, to)                                                   \
	".pushsection .ex_table, \"a\"\n"                                    \
	".long " from " - ., " to " - .\n"                                   \
	".popsection\n"

struct pt_regs;

struct ex_entry {
	s32 insn, fixup; /* each relative to its own field */
};

/* Sorts the table. Once, early. */
void extable_init(void);
/* If the interrupted kernel instruction has a fixup, continue there: true. */
bool fault_fixup(struct pt_regs *regs);
/* Is there one? */
bool fault_has_fixup(const struct pt_regs *regs);
/* A fault of the kernel that nothing explains: prints everything and panics. */
void fault_oops(struct pt_regs *regs, const char *what, unsigned long addr, unsigned long error)
	__attribute__((noreturn));
#endif

#endif
