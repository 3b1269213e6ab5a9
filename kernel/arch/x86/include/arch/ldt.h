/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ldt.h - segments of an address space's own: the local descriptor table.
 *
 * WHAT        Most address spaces have none. One that has is loaded with the page tables (mm_arch.c).
 * INVARIANTS  I1  A published table never changes: a change is a new table.
 *             I2  Its entries are data or code of privilege 3, 16 or 32 bits wide, never system descriptors.
 *             I3  After arch_ldt_publish() no CPU uses the old table.
 * LOCKING     Publishers: mmap_lock for writing. Loading: interrupts off.
 */
#ifndef ARCH_LDT_H
#define ARCH_LDT_H

#include <arch/mm_arch.h>
#include <asm/ldt.h>

struct arch_ldt {
	u32 nr_entries;
	u64 entries[];
};

/* The descriptor that @desc asks for. */
u64 arch_ldt_entry(const struct user_desc *desc);
/* @ldt (kept, borrowed until the next call) becomes @mm's table on every CPU that runs it; the old one may be freed after. */
void arch_ldt_publish(struct arch_mm *mm, const struct arch_ldt *ldt);
/* This CPU uses @ldt, or none. Interrupts off. */
void arch_ldt_load(const struct arch_ldt *ldt);
/* @selector, or 0 when loading it would fault: its descriptor may be gone. Interrupts off. */
u32 arch_usable_selector(u32 selector);

#endif
