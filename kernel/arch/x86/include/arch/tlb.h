/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tlb.h - translation caches. Change the tables first, then flush, then free what was mapped.
 * Flushes of an address space may be called with interrupts enabled only (they wait for other CPUs).
 */
#ifndef ARCH_TLB_H
#define ARCH_TLB_H

#include <arch/mm_arch.h>
#include <lib/types.h>

#define TLB_FLUSH_ALL (~0ul)

struct tlb_flush {
	struct arch_mm *mm; /* NULL: kernel addresses */
	unsigned long start, end; /* end == TLB_FLUSH_ALL: everything */
	u64 gen;
	bool freed_tables; /* page-table pages go too: lazy CPUs must let go at once */
};

/* [start, end) of @mm, on every CPU that may have it. */
void tlb_flush_range(struct arch_mm *mm, unsigned long start, unsigned long end, bool freed_tables);
static inline void tlb_flush_page(struct arch_mm *mm, unsigned long addr)
{
	tlb_flush_range(mm, addr & ~4095ul, (addr & ~4095ul) + 4096, false);
}
static inline void tlb_flush_mm(struct arch_mm *mm)
{
	tlb_flush_range(mm, 0, TLB_FLUSH_ALL, true);
}
/* Kernel addresses, on all CPUs. */
void tlb_flush_kernel(unsigned long start, unsigned long end);
void tlb_flush_all_kernel(void);
/* One page on this CPU only: after a spurious fault, or a private mapping. */
void tlb_flush_page_local(unsigned long addr);
void tlb_flush_local(void);

#endif
