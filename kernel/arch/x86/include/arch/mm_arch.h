/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mm_arch.h - an address space as the processor sees it: its top-level table and who may have it cached.
 *
 * WHAT        arch_mm_switch() loads a table into CR3. A CPU that runs a kernel thread keeps the last user
 *             table loaded ("lazy"), because loading is dear; it catches up by the generation number.
 * INVARIANTS  I1  A CPU whose bit is clear in @active holds no translation of this address space.
 *             I2  gen counts flushes; a CPU's copy of it says how far its TLB has come.
 * LOCKING     none of its own; switch runs with interrupts off.
 * LIFECYCLE   arch_mm_init -> switch/flush -> arch_mm_fini (takes it from lazy CPUs) .
 */
#ifndef ARCH_MM_ARCH_H
#define ARCH_MM_ARCH_H

#include <arch/atomic.h>
#include <arch/cpumask.h>
#include <arch/pgtypes.h>

struct arch_ldt;

struct arch_mm {
	pgd_t *pgd;
	atomic64_t gen;
	cpumask_t active;
	u64 id; /* unique, never reused */
	const struct arch_ldt *ldt; /* arch_ldt_publish(); NULL: none */
};

/* A new top-level table that shares the kernel half. 0 or -ENOMEM. */
int arch_mm_init(struct arch_mm *mm) __must_check;
/* Takes the table from every CPU that has it lazily and frees it. Nobody runs on it any more; the
 * caller has freed the lower levels of the user half. */
void arch_mm_fini(struct arch_mm *mm);
/* Before threads switch: @next is NULL for a kernel thread (the table stays, lazily). Interrupts off. */
void arch_mm_switch(struct arch_mm *prev, struct arch_mm *next);
/* The running thread leaves its address space for good (exit, exec): loads the kernel's own table. */
void arch_mm_leave(void);
/* The address space whose table this CPU has loaded, or NULL for the kernel's. Preemption off. */
struct arch_mm *arch_mm_loaded(void);
/* The table of descriptors of the loaded address space has changed. Interrupts off. */
void arch_mm_reload_ldt(void);

#endif
